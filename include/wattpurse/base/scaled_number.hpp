// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/rounding.hpp>
#include <wattpurse/base/scaled_arithmetic.hpp>
#include <wattpurse/base/scaled_text.hpp>

namespace wattpurse {

/// An exact decimal whose scale is known only at run time: mantissa x 10^exponent. What a device
/// has measured, before it becomes a quantity of the books (`decimal`, `energy` ...).
///
/// 23.40 is {2340, -2} and is written with both places: they tell the device's resolution.
struct scaled_number {
    std::int64_t mantissa = 0;
    std::int8_t exponent = 0;  ///< -18 to 18
};

/// The mantissa at another exponent. `overflow`; `inexact` where digits would be lost and `mode`
/// is `rounding::exact`; `out_of_range` for an exponent outside -18 to 18.
[[nodiscard]] constexpr result<std::int64_t> rescaled(scaled_number value, int exponent,
                                                      rounding mode) noexcept;

/// The exact product, its exponent the sum of both; where that or the mantissa does not fit, with
/// fewer zeros at the end. `overflow` where there are not enough of them.
[[nodiscard]] constexpr result<scaled_number> product(scaled_number a, scaled_number b) noexcept;

/// Compares values, not representations: 1.0 equals 1.00.
[[nodiscard]] constexpr int compare(scaled_number a, scaled_number b) noexcept;

/// "-12.340", "1500" for {15, 2}; kept inside the object.
struct scaled_text_buffer {
    std::array<char, 48> data{};
    std::size_t size = 0;
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {data.data(), size}; }
};
[[nodiscard]] constexpr scaled_text_buffer to_text(scaled_number value) noexcept;

/// "-12.340" as {-12340, -3}: as many places as are written. `syntax`, `overflow`, and
/// `too_many_places` above 18.
[[nodiscard]] constexpr result<scaled_number> parse_scaled(std::string_view text) noexcept;

// ---------------------------------------------------------------------------------------------

inline constexpr int scaled_exponent_max = 18;

constexpr result<std::int64_t> rescaled(scaled_number value, int exponent, rounding mode) noexcept
{
    if (exponent < -scaled_exponent_max || exponent > scaled_exponent_max) {
        return fail(errc::out_of_range);
    }
    int shift = value.exponent - exponent;
    kernel::outcome at = kernel::done(value.mantissa);
    if (shift >= 0) {
        for (; shift > 0 && at.ok && at.mantissa != 0; shift -= scaled_exponent_max) {
            at = kernel::scale_up(at.mantissa,
                                  shift < scaled_exponent_max ? shift : scaled_exponent_max);
        }
    } else {
        const std::uint64_t magnitude = kernel::magnitude(value.mantissa);
        const int places = -shift;
        // A mantissa is below 10^19: beyond that many places all of it is less than a half.
        const bool is_crumb = places > 19;
        const std::uint64_t divisor = kernel::pow10_of(is_crumb ? 19 : places);
        const std::uint64_t rest = is_crumb ? (magnitude != 0 ? 1U : 0U) : magnitude % divisor;
        at = kernel::round_quotient(is_crumb ? 0 : magnitude / divisor, rest, divisor,
                                    value.mantissa < 0, mode);
    }
    if (!at.ok) {
        return fail(at.error);
    }
    return at.mantissa;
}

namespace detail {

/// An unsigned number of 128 bits, for a product on machines that have none.
struct wide_magnitude {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    [[nodiscard]] static constexpr wide_magnitude product(std::uint64_t a, std::uint64_t b) noexcept
    {
        constexpr std::uint64_t half = 0xFFFF'FFFFU;
        const std::uint64_t low = (a & half) * (b & half);
        const std::uint64_t cross = (a >> 32U) * (b & half) + (low >> 32U);
        const std::uint64_t other = (a & half) * (b >> 32U) + (cross & half);
        return {(a >> 32U) * (b >> 32U) + (cross >> 32U) + (other >> 32U),
                other << 32U | (low & half)};
    }
    /// Divides by ten and returns the last digit.
    constexpr unsigned take_digit() noexcept
    {
        constexpr std::uint64_t half = 0xFFFF'FFFFU;
        const std::uint64_t upper = (high % 10) << 32U | low >> 32U;
        const std::uint64_t lower = (upper % 10) << 32U | (low & half);
        high /= 10;
        low = (upper / 10) << 32U | lower / 10;
        return static_cast<unsigned>(lower % 10);
    }
};

}  // namespace detail

constexpr result<scaled_number> product(scaled_number a, scaled_number b) noexcept
{
    auto exact = detail::wide_magnitude::product(kernel::magnitude(a.mantissa),
                                                 kernel::magnitude(b.mantissa));
    int exponent = a.exponent + b.exponent;
    // Zeros at the end are given up only where they have to be.
    while (exact.high != 0 || exact.low > kernel::magnitude_max ||
           exponent < -scaled_exponent_max) {
        if (exact.take_digit() != 0) {
            return fail(errc::overflow);
        }
        ++exponent;
    }
    for (; exponent > scaled_exponent_max; --exponent) {
        if (exact.low > kernel::magnitude_max / 10) {
            return fail(errc::overflow);
        }
        exact.low *= 10;
    }
    const auto mantissa = static_cast<std::int64_t>(exact.low);
    const bool is_negative = (a.mantissa < 0) != (b.mantissa < 0);
    return scaled_number{is_negative ? -mantissa : mantissa, static_cast<std::int8_t>(exponent)};
}

namespace detail {

/// The place before the point of the first digit, of a magnitude other than 0.
[[nodiscard]] constexpr int first_digit_place(std::uint64_t magnitude, int exponent) noexcept
{
    int digits = 0;
    for (; magnitude != 0; magnitude /= 10) {
        ++digits;
    }
    return digits + exponent;
}

/// Compares magnitudes other than 0, digit by digit from the first one.
[[nodiscard]] constexpr int compare_magnitudes(std::uint64_t a, int a_exponent, std::uint64_t b,
                                               int b_exponent) noexcept
{
    const int a_place = first_digit_place(a, a_exponent);
    const int b_place = first_digit_place(b, b_exponent);
    if (a_place != b_place) {
        return a_place < b_place ? -1 : 1;
    }
    // Both begin at one place, so the exponents differ by 18 at most, and the one with the higher
    // exponent has as many digits fewer: it fits when it is brought to the other's.
    if (a_exponent > b_exponent) {
        a *= kernel::pow10_of(a_exponent - b_exponent);
    } else {
        b *= kernel::pow10_of(b_exponent - a_exponent);
    }
    return a == b ? 0 : (a < b ? -1 : 1);
}

}  // namespace detail

constexpr int compare(scaled_number a, scaled_number b) noexcept
{
    const int a_sign = a.mantissa == 0 ? 0 : (a.mantissa < 0 ? -1 : 1);
    const int b_sign = b.mantissa == 0 ? 0 : (b.mantissa < 0 ? -1 : 1);
    if (a_sign != b_sign || a_sign == 0) {
        return a_sign == b_sign ? 0 : (a_sign < b_sign ? -1 : 1);
    }
    return a_sign * detail::compare_magnitudes(kernel::magnitude(a.mantissa), a.exponent,
                                               kernel::magnitude(b.mantissa), b.exponent);
}

constexpr scaled_text_buffer to_text(scaled_number value) noexcept
{
    scaled_text_buffer out;
    const int places = value.exponent < 0 ? -value.exponent : 0;
    std::array<char, 48> reversed{};
    std::size_t count = 0;
    std::uint64_t rest = kernel::magnitude(value.mantissa);
    if (rest != 0) {
        for (int i = 0; i < value.exponent; ++i) {
            reversed[count++] = '0';
        }
    }
    for (int digit = 0; digit <= places || rest != 0; ++digit) {
        if (digit == places && places > 0) {
            reversed[count++] = '.';
        }
        reversed[count++] = static_cast<char>('0' + rest % 10);
        rest /= 10;
    }
    if (value.mantissa < 0) {
        out.data[out.size++] = '-';
    }
    while (count > 0) {
        out.data[out.size++] = reversed[--count];
    }
    return out;
}

constexpr result<scaled_number> parse_scaled(std::string_view text) noexcept
{
    const auto scanned = kernel::scan_number(text);
    if (!scanned) {
        return fail(scanned.error());
    }
    if (scanned->fraction.size() > static_cast<std::size_t>(scaled_exponent_max)) {
        return fail(errc::too_many_places);
    }
    const int places = static_cast<int>(scanned->fraction.size());
    const kernel::outcome mantissa = kernel::parse_strict(text, places);
    if (!mantissa.ok) {
        return fail(mantissa.error);
    }
    return scaled_number{mantissa.mantissa, static_cast<std::int8_t>(-places)};
}

}  // namespace wattpurse
