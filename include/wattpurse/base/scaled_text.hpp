// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/rounding.hpp>
#include <wattpurse/base/scaled_arithmetic.hpp>

/// Text kernels under `decimal<Scale>`. Locale-free, no allocation, usable in constant
/// expressions. Grammar: `-?digits(.digits)?`, nothing before, between or after.
namespace wattpurse::kernel {

/// A number as it stands in a text: its digits are found, its value is not yet computed.
struct scanned_number {
    bool negative = false;
    std::string_view whole;     ///< at least one digit
    std::string_view fraction;  ///< empty where there is no point
    std::uint64_t digits = 0;   ///< all digits as one number, modulo 2^64
};

/// Finds the parts of a number; `errc::syntax` where the text is anything else.
[[nodiscard]] constexpr result<scanned_number> scan_number(std::string_view text) noexcept;

/// The mantissa at `places` places; `errc::too_many_places` where the text has more, whatever
/// digits they are. Syntax is judged first, then places, then range.
[[nodiscard]] constexpr outcome parse_strict(std::string_view text, int places) noexcept;

/// The mantissa at `places` places; further digits are rounded.
[[nodiscard]] constexpr outcome parse_rounded(std::string_view text, int places,
                                              rounding mode) noexcept;

/// Writes a non-negative number with exactly `places` digits after the point (no point for 0)
/// and returns the end of what was written: at most 20 characters, no terminating zero. Up to
/// 21 - Places characters are touched whatever the value.
template <int Places>
constexpr char* format_magnitude(char* first, std::uint64_t value) noexcept;

// ---------------------------------------------------------------------------------------------

[[nodiscard]] constexpr unsigned digit_of(char c) noexcept
{
    return static_cast<unsigned>(static_cast<unsigned char>(c)) - unsigned{'0'};
}

/// Appends the digits at `p` to `number` and returns the first character that is none.
constexpr const char* take_digits(const char* p, const char* last, std::uint64_t& number) noexcept
{
    std::uint64_t value = number;
    for (; p != last; ++p) {
        const unsigned digit = digit_of(*p);
        if (digit > 9) {
            break;
        }
        value = value * 10 + digit;
    }
    number = value;
    return p;
}

constexpr result<scanned_number> scan_number(std::string_view text) noexcept
{
    scanned_number number;
    const char* p = text.data();
    const char* const last = p + text.size();
    if (p != last && *p == '-') {
        number.negative = true;
        ++p;
    }
    const char* const whole = p;
    p = take_digits(p, last, number.digits);
    number.whole = std::string_view{whole, static_cast<std::size_t>(p - whole)};
    if (p == whole) {
        return fail(errc::syntax);
    }
    if (p == last) {
        return number;
    }
    const char* const fraction = p + 1;
    if (*p != '.' || fraction == last) {
        return fail(errc::syntax);
    }
    p = take_digits(fraction, last, number.digits);
    number.fraction = std::string_view{fraction, static_cast<std::size_t>(p - fraction)};
    if (p != last) {
        return fail(errc::syntax);
    }
    return number;
}

/// value * 10 + digit; false where that does not fit 64 bits.
constexpr bool append_digit(std::uint64_t& value, unsigned digit) noexcept
{
    return !__builtin_mul_overflow(value, std::uint64_t{10}, &value) &&
           !__builtin_add_overflow(value, std::uint64_t{digit}, &value);
}

/// The truncated magnitude at `places` places of a number with any count of digits.
constexpr result<std::uint64_t> truncated_magnitude(const scanned_number& number,
                                                    std::size_t places) noexcept
{
    std::uint64_t value = 0;
    for (const char c : number.whole) {
        if (!append_digit(value, digit_of(c))) {
            return fail(errc::overflow);
        }
    }
    for (std::size_t i = 0; i < places; ++i) {
        const unsigned digit = i < number.fraction.size() ? digit_of(number.fraction[i]) : 0;
        if (!append_digit(value, digit)) {
            return fail(errc::overflow);
        }
    }
    return value;
}

constexpr outcome parse_strict(std::string_view text, int places) noexcept
{
    const auto scanned = scan_number(text);
    if (!scanned) {
        return failed(scanned.error());
    }
    const scanned_number& number = *scanned;
    const auto wanted = static_cast<std::size_t>(places);
    const std::size_t given = number.fraction.size();
    if (given > wanted) {
        return failed(errc::too_many_places);
    }
    if (number.whole.size() + wanted <= 19) [[likely]] {  // 10^19 - 1 fits 64 bits
        return with_sign(number.digits * pow10[wanted - given], number.negative);
    }
    const auto value = truncated_magnitude(number, wanted);
    if (!value) {
        return failed(value.error());
    }
    return with_sign(*value, number.negative);
}

constexpr outcome parse_rounded(std::string_view text, int places, rounding mode) noexcept
{
    const auto scanned = scan_number(text);
    if (!scanned) {
        return failed(scanned.error());
    }
    const scanned_number& number = *scanned;
    const auto wanted = static_cast<std::size_t>(places);
    const auto value = truncated_magnitude(number, wanted);
    if (!value) {
        return failed(value.error());
    }
    // The digits that are cut off, as twentieths: only below, on or above the half matters, and
    // whether there is anything at all.
    std::uint64_t twentieths = 0;
    for (std::size_t i = wanted; i < number.fraction.size(); ++i) {
        const unsigned digit = digit_of(number.fraction[i]);
        if (i == wanted) {
            twentieths = std::uint64_t{digit} * 2;
        } else if (digit != 0) {
            twentieths |= 1U;
            break;
        }
    }
    return round_quotient(*value, twentieths, std::uint64_t{20}, number.negative, mode);
}

/// "00" to "99".
inline constexpr std::array<char, 200> digit_pairs = [] {
    std::array<char, 200> pairs{};
    for (std::size_t i = 0; i < 100; ++i) {
        pairs[2 * i] = static_cast<char>('0' + i / 10);
        pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
}();

/// Writes the two digits of `value` (below 100).
constexpr void put_pair(char* at, std::uint64_t value) noexcept
{
    const auto index = static_cast<std::size_t>(2 * value);
    at[0] = digit_pairs[index];
    at[1] = digit_pairs[index + 1];
}

/// How many decimal digits `value` has; 1 for zero.
[[nodiscard]] constexpr int count_digits(std::uint64_t value) noexcept
{
    // 1233 / 4096 is close enough to log10(2) for 64 bits: the guess is right or one too low.
    const int guess = (static_cast<int>(std::bit_width(value | 1U)) * 1233) >> 12;
    return guess + (value >= pow10_of(guess) || guess == 0 ? 1 : 0);
}

/// Writes `value`, below 10^Digits, as exactly that many digits; Digits is 4 or 8.
template <int Digits>
constexpr void put_digits(char* first, std::uint32_t value) noexcept
{
    if constexpr (Digits == 4) {
        put_pair(first, value / 100);
        put_pair(first + 2, value % 100);
    } else {
        put_digits<Digits / 2>(first, value / 10000);
        put_digits<Digits / 2>(first + Digits / 2, value % 10000);
    }
}

template <int Places>
constexpr char* format_magnitude(char* first, std::uint64_t value) noexcept
{
    // All twenty digits with their leading zeros, then copies of constant length from where the
    // number begins: no branch depends on the value.
    constexpr std::uint64_t block = pow10_of(8);
    std::array<char, 40> digits{};  // a copy may run past the end of the number
    const std::uint64_t upper = value / block;
    put_digits<4>(digits.data(), static_cast<std::uint32_t>(upper / block));
    put_digits<8>(digits.data() + 4, static_cast<std::uint32_t>(upper % block));
    put_digits<8>(digits.data() + 12, static_cast<std::uint32_t>(value % block));
    constexpr int whole_max = 20 - Places;
    const int count = count_digits(value);
    const int whole = count > Places ? count - Places : 1;
    const char* const from = digits.data() + (whole_max - whole);
    for (int i = 0; i < whole_max; ++i) {
        first[i] = from[i];
    }
    first += whole;
    if constexpr (Places > 0) {
        *first++ = '.';
        for (int i = 0; i < Places; ++i) {
            first[i] = digits[static_cast<std::size_t>(whole_max + i)];
        }
        first += Places;
    }
    return first;
}

}  // namespace wattpurse::kernel
