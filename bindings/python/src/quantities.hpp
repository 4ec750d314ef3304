// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <pybind11/pybind11.h>

#include <wattpurse/base/product.hpp>

namespace wattpurse::python {

namespace py = pybind11;

/// An exact charge from text with up to twelve places, as `exact_charge::text` writes it.
[[nodiscard]] exact_charge exact_charge_from(std::string_view text, const char* place);

/// The charge rounded once to so many places (0 to 6) of the currency.
[[nodiscard]] money rounded(const exact_charge& charge, rounding mode, currency unit, int places);

}  // namespace wattpurse::python
