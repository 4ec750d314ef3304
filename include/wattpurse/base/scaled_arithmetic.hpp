// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/rounding.hpp>

// The 128-bit paths can be switched off to prove, on a machine that has them, the compiled
// fallback for machines that do not.
#if defined(__SIZEOF_INT128__) && !defined(WATTPURSE_WITHOUT_INT128)
#define WATTPURSE_HAS_INT128 1
#else
#define WATTPURSE_HAS_INT128 0
#endif

/// Integer kernels under `decimal<Scale>`: mantissas in, mantissas out, scales as powers of ten.
/// A mantissa is any int64 but INT64_MIN. Where a result is both out of range and inexact the
/// error is `errc::overflow`; `errc::inexact` speaks of results that would otherwise fit.
namespace wattpurse::kernel {

inline constexpr std::int64_t mantissa_max = std::numeric_limits<std::int64_t>::max();
inline constexpr std::uint64_t magnitude_max = static_cast<std::uint64_t>(mantissa_max);

/// 10^0 to 10^19, all that fit 64 bits.
inline constexpr std::array<std::uint64_t, 20> pow10 = [] {
    std::array<std::uint64_t, 20> powers{};
    std::uint64_t power = 1;
    for (auto& each : powers) {
        each = power;
        power *= 10;
    }
    return powers;
}();

[[nodiscard]] constexpr std::uint64_t pow10_of(int exponent) noexcept
{
    return pow10[static_cast<std::size_t>(exponent)];
}

[[nodiscard]] constexpr std::uint64_t magnitude(std::int64_t value) noexcept
{
    const auto bits = static_cast<std::uint64_t>(value);
    return value < 0 ? 0 - bits : bits;
}

/// What a kernel gives back. Not a `result`: two plain fields stay in registers, whereas gcc 12
/// takes each copy of the union in `result` through memory, which costs more than the arithmetic.
struct outcome {
    std::int64_t mantissa = 0;
    errc error = errc::overflow;
    bool ok = false;
};

[[nodiscard]] constexpr outcome done(std::int64_t mantissa) noexcept
{
    return {mantissa, errc::overflow, true};
}

[[nodiscard]] constexpr outcome failed(errc error) noexcept
{
    return {0, error, false};
}

/// The mantissa of that sign and magnitude, or `errc::overflow`.
[[nodiscard]] constexpr outcome with_sign(std::uint64_t value, bool negative) noexcept
{
    if (value > magnitude_max) [[unlikely]] {
        return failed(errc::overflow);
    }
    const auto signed_value = static_cast<std::int64_t>(value);
    return done(negative ? -signed_value : signed_value);
}

/// Rounds `quotient` + `remainder` / `divisor` (a magnitude) and gives it its sign.
template <class Unsigned>
[[nodiscard]] WATTPURSE_INLINE constexpr outcome
round_quotient(std::uint64_t quotient, Unsigned remainder, Unsigned divisor, bool negative,
               rounding mode) noexcept
{
    if (mode == rounding::exact && remainder != 0 && quotient <= magnitude_max) {
        return failed(errc::inexact);
    }
    const bool away = rounds_away(mode, negative, (quotient & 1U) != 0, remainder, divisor);
    const std::uint64_t rounded = quotient + (away ? 1U : 0U);
    return with_sign(quotient > magnitude_max ? quotient : rounded, negative);
}

[[nodiscard]] constexpr outcome add(std::int64_t a, std::int64_t b) noexcept
{
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum) || sum < -mantissa_max) [[unlikely]] {
        return failed(errc::overflow);
    }
    return done(sum);
}

/// a * 10^places, exactly; 0 <= places <= 18.
[[nodiscard]] constexpr outcome scale_up(std::int64_t a, int places) noexcept
{
    std::int64_t product = 0;
    const auto factor = static_cast<std::int64_t>(pow10_of(places));
    if (__builtin_mul_overflow(a, factor, &product) || product < -mantissa_max) [[unlikely]] {
        return failed(errc::overflow);
    }
    return done(product);
}

/// a / 10^Places, 0 <= Places <= 18. A template, so that the division is a multiplication.
template <int Places>
[[nodiscard]] WATTPURSE_INLINE constexpr outcome scale_down(std::int64_t a, rounding mode) noexcept
{
    constexpr std::uint64_t divisor = pow10_of(Places);
    const std::uint64_t value = magnitude(a);
    return round_quotient(value / divisor, value % divisor, divisor, a < 0, mode);
}

#if WATTPURSE_HAS_INT128
__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

/// 10^0 to 10^38.
[[nodiscard]] constexpr uint128 wide_pow10_of(int exponent) noexcept
{
    return exponent <= 19 ? uint128{pow10_of(exponent)}
                          : uint128{pow10_of(19)} * pow10_of(exponent - 19);
}

/// As `round_quotient`, of a quotient that may be too long.
[[nodiscard]] constexpr outcome round_wide(uint128 quotient, uint128 remainder, uint128 divisor,
                                           bool negative, rounding mode) noexcept
{
    if (quotient > magnitude_max) {
        return failed(errc::overflow);
    }
    return round_quotient(static_cast<std::uint64_t>(quotient), remainder, divisor, negative, mode);
}

/// 10^Places ready for division by multiplication: N. Moeller, T. Granlund, "Improved division
/// by invariant integers" (IEEE Transactions on Computers 60, 2011), algorithm 4. A library call
/// for 128 by 64 bits takes several times as long.
template <int Places>
struct invariant_pow10 {
    static constexpr std::uint64_t value = pow10_of(Places);
    static constexpr int shift = std::countl_zero(value);
    static constexpr std::uint64_t normal = value << shift;
    /// floor((2^128 - 1) / normal) - 2^64
    static constexpr auto reciprocal = static_cast<std::uint64_t>(~uint128{0} / normal);

    // The algorithm's last correction (a remainder of `normal` or more) cannot occur here: with
    // high < normal / 2 it would need high * error + low * (2^64 - normal) >= normal * 2^64.
    static constexpr uint128 error = 0 - ((uint128{1} << 64U) + reciprocal) * normal;
    static_assert(uint128{normal / 2} * error + uint128{~std::uint64_t{0}} * (0 - normal) <
                  (uint128{normal} << 64U));

    struct parts {
        std::uint64_t quotient;
        std::uint64_t remainder;  ///< times 2^shift, to be compared with `normal`
    };
    /// dividend < value * 2^63.
    [[nodiscard]] WATTPURSE_INLINE static constexpr parts divide(uint128 dividend) noexcept
    {
        const uint128 shifted = dividend << shift;
        const auto high = static_cast<std::uint64_t>(shifted >> 64U);
        const auto low = static_cast<std::uint64_t>(shifted);
        const uint128 estimate = uint128{reciprocal} * high + shifted;
        std::uint64_t quotient = static_cast<std::uint64_t>(estimate >> 64U) + 1;
        std::uint64_t remainder = low - quotient * normal;
        const bool too_large = remainder > static_cast<std::uint64_t>(estimate);
        // Half of all quotients are: as arithmetic, because a branch would be mispredicted.
        const std::uint64_t correction = 0 - std::uint64_t{too_large};
        quotient += correction;
        remainder += correction & normal;
        return {quotient, remainder};
    }
};

/// a * b / 10^Places for 1 <= Places <= 18, from the exact product.
template <int Places>
[[nodiscard]] WATTPURSE_INLINE constexpr outcome mul_down(std::int64_t a, std::int64_t b,
                                                          rounding mode) noexcept
{
    using divisor = invariant_pow10<Places>;
    const bool negative = (a ^ b) < 0;
    const uint128 product = uint128{magnitude(a)} * magnitude(b);
    // product >= 10^Places * 2^63, by its high half alone, since the power of ten is even.
    if (static_cast<std::uint64_t>(product >> 64U) >= divisor::value / 2) [[unlikely]] {
        return failed(errc::overflow);
    }
    const auto [quotient, remainder] = divisor::divide(product);
    return round_quotient(quotient, remainder, divisor::normal, negative, mode);
}

/// a * b / 10^places for 19 <= places <= 36.
[[nodiscard]] constexpr outcome mul_far_down(std::int64_t a, std::int64_t b, int places,
                                             rounding mode) noexcept
{
    const uint128 product = uint128{magnitude(a)} * magnitude(b);
    const uint128 divisor = wide_pow10_of(places);
    const uint128 quotient = product / divisor;
    return round_wide(quotient, product - quotient * divisor, divisor, (a ^ b) < 0, mode);
}

/// a * 10^places / b for -18 <= places <= 36; b is not zero.
[[nodiscard]] constexpr outcome div_wide(std::int64_t a, std::int64_t b, int places,
                                         rounding mode) noexcept
{
    const bool negative = (a ^ b) < 0;
    const uint128 divisor = magnitude(b);
    if (places < 0) {
        const uint128 scaled_divisor = divisor * pow10_of(-places);
        const uint128 value = magnitude(a);
        return round_wide(value / scaled_divisor, value % scaled_divisor, scaled_divisor, negative,
                          mode);
    }
    // Schoolbook division in two digits, since a * 10^36 needs 183 bits: the first digit takes
    // up to 18 places, its remainder (below b, hence 63 bits) carries the others.
    const int first_places = places < 18 ? places : 18;
    const uint128 rest_factor = pow10_of(places - first_places);
    const uint128 value = uint128{magnitude(a)} * pow10_of(first_places);
    const uint128 first = value / divisor;
    if (first > magnitude_max) {
        return failed(errc::overflow);
    }
    const uint128 rest = (value % divisor) * rest_factor;
    return round_wide(first * rest_factor + rest / divisor, rest % divisor, divisor, negative,
                      mode);
}
#endif

/// The same over Boost.Multiprecision, compiled in src/base/wide_product.cpp for machines without
/// a 128-bit integer: a * b / 10^places for 1 <= places <= 36.
[[nodiscard]] outcome boost_mul(std::int64_t a, std::int64_t b, int places, rounding mode) noexcept;
/// The same for a * 10^places / b, -18 <= places <= 36; b is not zero.
[[nodiscard]] outcome boost_div(std::int64_t a, std::int64_t b, int places, rounding mode) noexcept;

/// a * b / 10^Places, -18 <= Places <= 36.
template <int Places>
[[nodiscard]] WATTPURSE_INLINE constexpr outcome mul(std::int64_t a, std::int64_t b,
                                                     rounding mode) noexcept
{
    if constexpr (Places <= 0) {
        std::int64_t product = 0;
        if (__builtin_mul_overflow(a, b, &product)) {
            return failed(errc::overflow);
        }
        return scale_up(product, -Places);
    } else {
#if WATTPURSE_HAS_INT128
        if constexpr (Places <= 18) {
            return mul_down<Places>(a, b, mode);
        } else {
            return mul_far_down(a, b, Places, mode);
        }
#else
        std::int64_t product = 0;
        if constexpr (Places <= 18) {
            if (!__builtin_mul_overflow(a, b, &product)) {
                return scale_down<Places>(product, mode);
            }
        }
        return boost_mul(a, b, Places, mode);
#endif
    }
}

/// a * 10^places / b, -18 <= places <= 36; `errc::divide_by_zero` where b is zero.
[[nodiscard]] constexpr outcome div(std::int64_t a, std::int64_t b, int places,
                                    rounding mode) noexcept
{
    if (b == 0) [[unlikely]] {
        return failed(errc::divide_by_zero);
    }
    std::uint64_t value = 0;
    if (places >= 0 && places <= 19 &&
        !__builtin_mul_overflow(magnitude(a), pow10_of(places), &value)) {
        const std::uint64_t divisor = magnitude(b);
        return round_quotient(value / divisor, value % divisor, divisor, (a ^ b) < 0, mode);
    }
#if WATTPURSE_HAS_INT128
    return div_wide(a, b, places, mode);
#else
    return boost_div(a, b, places, mode);
#endif
}

}  // namespace wattpurse::kernel
