// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <pybind11/pybind11.h>

#include <wattpurse/tariff/tariff.hpp>

namespace wattpurse::python {

namespace py = pybind11;

/// wattpurse.Tariff: a tariff that has passed `check`, with the text it was read from. It never
/// changes, so it may be read without the GIL as long as a pointer to it is held.
struct checked_tariff {
    std::string text{};
    tariff::tariff value{};
};

using tariff_ptr = std::shared_ptr<const checked_tariff>;

/// The tariff of a wattpurse.Tariff, shared; anything else raises WrongType naming the parameter.
[[nodiscard]] tariff_ptr tariff_pointer(py::handle value, const char* place = "tariff");
/// The same as a reference, good as long as the Python object lives.
[[nodiscard]] const tariff::tariff& tariff_of(py::handle value, const char* place = "tariff");

}  // namespace wattpurse::python
