// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>

namespace wattpurse {

/// The longest packed BCD number read into 64 bits: 9 bytes, 18 digits.
inline constexpr std::size_t bcd_size_max = 9;

/// Two packed decimal digits; `errc::not_bcd` where a nibble is above 9.
[[nodiscard]] constexpr result<std::uint8_t> from_bcd_byte(std::uint8_t byte) noexcept
{
    const unsigned high = byte >> 4U;
    const unsigned low = byte & 0x0FU;
    if (high > 9 || low > 9) {
        return fail(errc::not_bcd);
    }
    return static_cast<std::uint8_t>(high * 10 + low);
}

/// Two packed decimal digits of a value below 100; `errc::out_of_range`.
[[nodiscard]] constexpr result<std::uint8_t> to_bcd_byte(unsigned value) noexcept
{
    if (value > 99) {
        return fail(errc::out_of_range);
    }
    return static_cast<std::uint8_t>((value / 10) * 16 + value % 10);
}

namespace detail {

/// What no number of up to 18 digits is.
inline constexpr std::uint64_t no_decimal = ~std::uint64_t{0};

/// The digits of at most 9 bytes as a number; `no_decimal` where a nibble is above 9. `top_mask`
/// takes a sign bit off the highest byte. A plain number and no result, because this is the
/// inside of every reading.
[[nodiscard]] constexpr std::uint64_t decimal_of(byte_span bytes,
                                                 std::uint8_t top_mask = 0xFF) noexcept
{
    std::uint64_t value = 0;
    unsigned above_nine = 0;  // collected, not branched upon
    unsigned mask = top_mask;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        const unsigned byte = bytes[i] & mask;
        mask = 0xFF;
        above_nine |= byte & (byte << 1U | byte << 2U) & 0x88U;
        value = value * 100 + (byte - 6U * (byte >> 4U));
    }
    return above_nine == 0 ? value : no_decimal;
}

}  // namespace detail

/// Packed BCD, low byte first, as DL/T 645 sends its numbers: 34 12 is 1234.
/// Errors: `empty`, `too_long` (over 9 bytes), `not_bcd`.
[[nodiscard]] constexpr result<std::uint64_t> from_bcd(byte_span bytes) noexcept
{
    if (bytes.empty()) {
        return fail(errc::empty);
    }
    if (bytes.size() > bcd_size_max) {
        return fail(errc::too_long);
    }
    const std::uint64_t value = detail::decimal_of(bytes);
    if (value == detail::no_decimal) {
        return fail(errc::not_bcd);
    }
    return value;
}

/// Packed BCD, low byte first, filling `out`. `errc::out_of_range` where the value has more
/// digits than that; `out` then holds the low ones and is not to be used.
[[nodiscard]] constexpr result<void> to_bcd(std::uint64_t value,
                                            std::span<std::uint8_t> out) noexcept
{
    for (std::uint8_t& byte : out) {
        const auto pair = static_cast<unsigned>(value % 100);
        byte = static_cast<std::uint8_t>((pair / 10) * 16 + pair % 10);
        value /= 100;
    }
    if (value != 0) {
        return fail(errc::out_of_range);
    }
    return {};
}

}  // namespace wattpurse
