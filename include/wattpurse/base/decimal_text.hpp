// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <wattpurse/base/decimal.hpp>

namespace wattpurse {

/// Enough for any `decimal`: sign, 19 digits and point are 21 characters.
inline constexpr std::size_t decimal_text_size_max = 21;

/// Writes the number with all its places ("-0.0500") and returns the end of what was written.
/// `first` has room for `decimal_text_size_max` characters, of which those past the returned end
/// may be overwritten too; no terminating zero, no allocation.
template <int S>
constexpr char* format_to(char* first, decimal<S> value) noexcept
{
    *first = '-';
    return kernel::format_magnitude<S>(first + (value.is_negative() ? 1 : 0),
                                       kernel::magnitude(value.mantissa()));
}

/// The text of a decimal, held by value.
struct decimal_text {
    char data[24] = {};
    std::uint8_t size = 0;

    [[nodiscard]] constexpr std::string_view view() const noexcept { return {data, size}; }
    constexpr operator std::string_view() const noexcept { return view(); }
};

/// The number with all its places, without allocation.
template <int S>
[[nodiscard]] constexpr decimal_text text(decimal<S> value) noexcept
{
    decimal_text out;
    out.size = static_cast<std::uint8_t>(format_to(out.data, value) - out.data);
    return out;
}

/// The same as a string; allocates, so not for the wire column.
template <int S>
[[nodiscard]] std::string to_string(decimal<S> value)
{
    return std::string{text(value).view()};
}

}  // namespace wattpurse
