// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/pybind11.h>

#include <nlohmann/json_fwd.hpp>

namespace wattpurse::python {

namespace py = pybind11;

/// The same in dict, list, str, int, bool and None. A fraction, which the library never writes,
/// becomes a str.
[[nodiscard]] py::object object_from(const nlohmann::ordered_json& value);

}  // namespace wattpurse::python
