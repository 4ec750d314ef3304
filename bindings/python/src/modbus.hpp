// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <wattpurse/codec/modbus/guess.hpp>

#include "modbus_frame.hpp"

namespace wattpurse::python {

namespace py = pybind11;

/// An ADU that owns its PDU.
struct modbus_adu {
    codec::modbus::framing framing = codec::modbus::framing::rtu;
    std::uint16_t transaction = 0;
    std::uint8_t unit = 0;
    std::vector<std::uint8_t> pdu{};

    friend bool operator==(const modbus_adu&, const modbus_adu&) = default;
};

/// "rtu", "ascii", "tcp".
[[nodiscard]] codec::modbus::framing framing_of(const std::string& name);

/// Framers and sans-IO clients.
void bind_modbus_clients(py::module_& to);

}  // namespace wattpurse::python
