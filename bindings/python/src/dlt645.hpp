// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/pybind11.h>

#include <wattpurse/adapter/json/catalogue.hpp>
#include <wattpurse/codec/dlt645/catalogue.hpp>
#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/dlt645/request.hpp>

namespace wattpurse::python {

namespace py = pybind11;
namespace dlt645 = codec::dlt645;

/// The standard catalogue, or a user's own over it. Rows point into it.
struct shared_catalogue {
    adapter::json::user_catalogue own{};
    bool is_standard = true;

    [[nodiscard]] dlt645::catalogue view() const
    {
        return is_standard ? dlt645::standard_catalogue() : own.view();
    }
};

/// "2007" or "1997".
[[nodiscard]] dlt645::edition edition_of_text(py::handle value);
[[nodiscard]] const char* text_of(dlt645::edition which);

/// 0x00010000, "00010000" or "00 01 00 00".
[[nodiscard]] std::uint32_t id_of(py::handle value, dlt645::edition which);
[[nodiscard]] std::string id_text(std::uint32_t id, dlt645::edition which);

/// Twelve digits; fewer are those of a meter whose number is short.
[[nodiscard]] dlt645::address address_of(py::handle value, const char* place = "address");

/// What a rejected candidate says: "checksum 17 at offset 15 should be 16".
[[nodiscard]] py::object rejection_dict(const dlt645::framer_event& event);

void bind_dlt645_catalogue(py::module_& to);
void bind_dlt645_frame(py::module_& to);
void bind_dlt645_requests(py::module_& to);
void bind_dlt645_columns(py::module_& to);
void bind_dlt645_bus(py::module_& to);

}  // namespace wattpurse::python
