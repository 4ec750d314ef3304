// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include <tl/expected.hpp>

namespace wattpurse {

/// Why an operation on values could not be done.
///
/// Operating errors only: refusals by a peer, doubtful data and validation have types of their
/// own, so that a caller can tell whose fault it was.
enum class errc : std::uint8_t {
    overflow,           ///< the exact result lies outside the type's range
    inexact,            ///< digits would be lost and `rounding::exact` was asked for
    divide_by_zero,     ///< the divisor is zero
    syntax,             ///< the text is not of the expected form
    too_many_places,    ///< more decimal places than the type has, and no rounding was named
    out_of_range,       ///< well formed, but outside what the field may hold
    currency_mismatch,  ///< two amounts of different currencies were mixed
    not_bcd,            ///< a nibble above 9 where a decimal digit was expected
    too_long,           ///< does not fit the fixed capacity of its type
    empty,              ///< nothing there where at least one element is needed
    buffer_too_small,   ///< the caller's buffer cannot hold the result
    not_found,          ///< no such thing
    already_exists,     ///< same key, other content
    not_available,      ///< the device marked the value as missing (FF bytes)
};

/// Stable lower-case name of an error, for messages and logs.
[[nodiscard]] constexpr std::string_view to_string(errc code) noexcept;

/// A value or the reason why there is none. Always `tl::expected`: a type that changed with the
/// consumer's compiler would break the binary interface.
template <class T, class E = errc>
using result = tl::expected<T, E>;

/// Shorthand for `tl::unexpected<errc>`.
[[nodiscard]] constexpr tl::unexpected<errc> fail(errc code) noexcept
{
    return tl::unexpected<errc>{code};
}

constexpr std::string_view to_string(errc code) noexcept
{
    switch (code) {
        case errc::overflow: return "overflow";
        case errc::inexact: return "inexact";
        case errc::divide_by_zero: return "divide_by_zero";
        case errc::syntax: return "syntax";
        case errc::too_many_places: return "too_many_places";
        case errc::out_of_range: return "out_of_range";
        case errc::currency_mismatch: return "currency_mismatch";
        case errc::not_bcd: return "not_bcd";
        case errc::too_long: return "too_long";
        case errc::empty: return "empty";
        case errc::buffer_too_small: return "buffer_too_small";
        case errc::not_found: return "not_found";
        case errc::already_exists: return "already_exists";
        case errc::not_available: return "not_available";
    }
    return "unknown";
}

}  // namespace wattpurse
