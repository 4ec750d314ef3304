// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/base/result.hpp>

namespace wattpurse {

/// What becomes of digits that do not fit. Always named by the caller: there is no default and
/// no global mode. The names are those of the General Decimal Arithmetic specification
/// (speleotrove.com/decimal), except `exact`.
enum class rounding : std::uint8_t {
    half_up,    ///< to nearest, ties away from zero (the commercial rule, 四舍五入)
    half_even,  ///< to nearest, ties to the even digit
    half_down,  ///< to nearest, ties towards zero
    up,         ///< away from zero
    down,       ///< towards zero
    ceiling,    ///< towards plus infinity
    floor,      ///< towards minus infinity
    exact,      ///< refuse with `errc::inexact` where a digit other than zero would be lost
};

/// How many modes there are; they are numbered from 0.
inline constexpr int rounding_count = 8;

/// Stable lower-case name, the one `parse_rounding` reads.
[[nodiscard]] constexpr std::string_view to_string(rounding mode) noexcept;

/// The mode of that name; `errc::syntax` for any other text.
[[nodiscard]] constexpr result<rounding> parse_rounding(std::string_view text) noexcept;

constexpr std::string_view to_string(rounding mode) noexcept
{
    switch (mode) {
        case rounding::half_up: return "half_up";
        case rounding::half_even: return "half_even";
        case rounding::half_down: return "half_down";
        case rounding::up: return "up";
        case rounding::down: return "down";
        case rounding::ceiling: return "ceiling";
        case rounding::floor: return "floor";
        case rounding::exact: return "exact";
    }
    return "unknown";
}

constexpr result<rounding> parse_rounding(std::string_view text) noexcept
{
    for (int i = 0; i < rounding_count; ++i) {
        const auto mode = static_cast<rounding>(i);
        if (text == to_string(mode)) {
            return mode;
        }
    }
    return fail(errc::syntax);
}

namespace kernel {

/// Whether a quotient, truncated towards zero, has to grow by one in magnitude.
/// `remainder < divisor`; `odd` is the parity of the truncated quotient. For `exact` the caller
/// has already refused a remainder other than zero.
template <class Unsigned>
[[nodiscard]] WATTPURSE_INLINE constexpr bool
rounds_away(rounding mode, bool negative, bool odd, Unsigned remainder, Unsigned divisor) noexcept
{
    const Unsigned rest = static_cast<Unsigned>(divisor - remainder);
    switch (mode) {
        case rounding::half_up: return remainder >= rest;
        case rounding::half_even: return remainder > rest || (remainder == rest && odd);
        case rounding::half_down: return remainder > rest;
        case rounding::up: return remainder != 0;
        case rounding::down: return false;
        case rounding::ceiling: return remainder != 0 && !negative;
        case rounding::floor: return remainder != 0 && negative;
        case rounding::exact: return false;
    }
    return false;
}

}  // namespace kernel

}  // namespace wattpurse
