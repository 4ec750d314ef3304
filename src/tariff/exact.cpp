// SPDX-License-Identifier: Apache-2.0
#include "exact.hpp"

#include <numeric>

namespace wattpurse::tariff {

namespace {

/// 10^12 of `exact` over 10^6 of `amount`.
constexpr std::int64_t exact_per_amount = 1'000'000;
/// 10^6 of an increment over 10^4 of a quantity.
constexpr std::int64_t increment_per_quantity = 100;

uint128 magnitude_of(int128 value) noexcept
{
    return value < 0 ? 0 - static_cast<uint128>(value) : static_cast<uint128>(value);
}

/// value / divisor to the nearest whole by `mode`.
result<std::int64_t> divide(int128 value, uint128 divisor, rounding mode) noexcept
{
    const uint128 size = magnitude_of(value);
    constexpr uint128 narrow = ~std::uint64_t{0};
    if (size <= narrow && divisor <= narrow) {  // nearly always, and several times as fast
        const auto a = static_cast<std::uint64_t>(size);
        const auto b = static_cast<std::uint64_t>(divisor);
        const auto out = kernel::round_quotient(a / b, a % b, b, value < 0, mode);
        if (!out.ok) return fail(out.error);
        return out.mantissa;
    }
    const auto out = kernel::round_wide(size / divisor, size % divisor, divisor, value < 0, mode);
    if (!out.ok) return fail(out.error);
    return out.mantissa;
}

result<std::int64_t> multiplied(std::int64_t a, std::int64_t b) noexcept
{
    std::int64_t out = 0;
    if (__builtin_mul_overflow(a, b, &out) || out < -kernel::mantissa_max) {
        return fail(errc::overflow);
    }
    return out;
}

}  // namespace

exact product(std::int64_t quantity, std::int64_t price) noexcept
{
    return {static_cast<int128>(quantity) * price, 1};
}

result<exact> sum(exact a, exact b) noexcept
{
    if (a.denominator != b.denominator) {
        const std::int64_t shared = std::gcd(a.denominator, b.denominator);
        const std::int64_t grow_a = b.denominator / shared;
        const std::int64_t grow_b = a.denominator / shared;
        const auto common = multiplied(a.denominator, grow_a);
        if (!common || __builtin_mul_overflow(a.numerator, int128{grow_a}, &a.numerator) ||
            __builtin_mul_overflow(b.numerator, int128{grow_b}, &b.numerator)) {
            return fail(errc::overflow);
        }
        a.denominator = *common;
    }
    if (__builtin_add_overflow(a.numerator, b.numerator, &a.numerator)) {
        return fail(errc::overflow);
    }
    return a;
}

result<exact> times(exact a, std::int64_t part, std::int64_t whole) noexcept
{
    if (part == whole) return a;
    const std::int64_t shared = std::gcd(part, whole);
    const auto denominator = multiplied(a.denominator, whole / shared);
    if (!denominator ||
        __builtin_mul_overflow(a.numerator, int128{part / shared}, &a.numerator)) {
        return fail(errc::overflow);
    }
    return exact{a.numerator, *denominator};
}

result<amount> round(exact value, const rounding_rule& by) noexcept
{
    const std::int64_t increment = by.increment.mantissa();
    if (increment <= 0) return fail(errc::out_of_range);
    uint128 divisor = static_cast<uint128>(value.denominator) * exact_per_amount;
    if (divisor >> 64U == 0) {  // nearly always, and the product fits; checking it takes long
        divisor *= static_cast<uint128>(increment);
    } else if (__builtin_mul_overflow(divisor, static_cast<uint128>(increment), &divisor)) {
        return fail(errc::overflow);
    }
    const auto steps = divide(value.numerator, divisor, by.mode);
    if (!steps) return fail(steps.error());
    const auto mantissa = multiplied(*steps, increment);
    if (!mantissa) return fail(mantissa.error());
    return amount::of(*mantissa);
}

result<amount> round(amount value, const rounding_rule& by) noexcept
{
    return round(exact{static_cast<int128>(value.mantissa()) * exact_per_amount, 1}, by);
}

decimal<12> residue_of(exact value, amount rounded) noexcept
{
    const int128 taken = static_cast<int128>(rounded.mantissa()) * exact_per_amount;
    const auto rest = sum(value, exact{-taken, 1});
    if (!rest) return {};
    const auto out = divide(rest->numerator, static_cast<uint128>(rest->denominator),
                            rounding::half_even);
    return out ? decimal<12>::of(*out) : decimal<12>{};
}

result<std::int64_t> round_quantity(int128 numerator, int128 denominator,
                                    const std::optional<rounding_rule>& by) noexcept
{
    auto divisor = static_cast<uint128>(denominator);
    if (!by) return divide(numerator, divisor, rounding::exact);
    const std::int64_t increment = by->increment.mantissa() / increment_per_quantity;
    if (increment <= 0 || by->increment.mantissa() % increment_per_quantity != 0) {
        return fail(errc::out_of_range);
    }
    if (__builtin_mul_overflow(divisor, static_cast<uint128>(increment), &divisor)) {
        return fail(errc::overflow);
    }
    const auto steps = divide(numerator, divisor, by->mode);
    if (!steps) return fail(steps.error());
    return multiplied(*steps, increment);
}

std::int64_t floor_share(std::int64_t quantity, std::int64_t part, std::int64_t whole) noexcept
{
    return static_cast<std::int64_t>(static_cast<int128>(quantity) * part / whole);
}

}  // namespace wattpurse::tariff
