// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <pybind11/pybind11.h>

#include <wattpurse/base/decimal.hpp>
#include <wattpurse/base/money.hpp>
#include <wattpurse/base/rounding.hpp>

namespace wattpurse::python {

namespace py = pybind11;

/// The exact number of an object as text (`-?digits(.digits)?`): of a decimal.Decimal, an int or
/// what counts as one (numpy.int64), or a str. A float raises FloatRefused, NaN and infinities
/// InvalidValue, anything else WrongType; `place` names the parameter.
[[nodiscard]] std::string number_text(py::handle value, const char* place);

/// The mantissa at so many places. More places than that are an error unless a rounding is named.
[[nodiscard]] std::int64_t mantissa_of(py::handle value, int places,
                                       std::optional<rounding> mode, const char* place);

/// A whole number from `least` to `most`; WrongType or InvalidValue, which name the parameter.
[[nodiscard]] std::int64_t integer_of(py::handle value, const char* place, std::int64_t least,
                                      std::int64_t most);
/// 0 to 65535.
[[nodiscard]] inline std::uint16_t word_of(py::handle value, const char* place)
{
    return static_cast<std::uint16_t>(integer_of(value, place, 0, 0xFFFF));
}
/// 0 to 255.
[[nodiscard]] inline std::uint8_t byte_of(py::handle value, const char* place)
{
    return static_cast<std::uint8_t>(integer_of(value, place, 0, 0xFF));
}

/// A decimal.Decimal from text.
[[nodiscard]] py::object decimal_from(std::string_view text);

/// Rounding.HALF_UP or "half_up".
[[nodiscard]] rounding rounding_of(py::handle value, const char* place = "rounding");
/// The same, or none for None.
[[nodiscard]] std::optional<rounding> optional_rounding_of(py::handle value,
                                                           const char* place = "rounding");

/// Three capital letters.
[[nodiscard]] currency currency_of(py::handle value, const char* place = "currency");

/// A number of fixed places from a Python object.
template <int Scale>
[[nodiscard]] decimal<Scale> number_of(py::handle value, const char* place,
                                       std::optional<rounding> mode = {})
{
    return decimal<Scale>::of(mantissa_of(value, Scale, mode, place));
}

}  // namespace wattpurse::python
