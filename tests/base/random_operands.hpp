// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include <wattpurse/base/scaled_arithmetic.hpp>

#if !WATTPURSE_HAS_INT128
#include <boost/multiprecision/cpp_int.hpp>
#endif

/// Operands for exact arithmetic, drawn from one seed: full range, with the places where
/// arithmetic goes wrong drawn far more often than chance would.
namespace wattpurse::test {

inline constexpr std::int64_t operand_max = std::numeric_limits<std::int64_t>::max();

struct operands {
    std::int64_t a = 0;
    std::int64_t b = 0;
};

/// splitmix64 (Steele, Lea, Flood 2014): the same numbers everywhere.
class random_source {
public:
    explicit random_source(std::uint64_t seed) : state_{seed} {}

    std::uint64_t next()
    {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
    /// 0 to bound - 1.
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    int between(int low, int high)
    {
        return low + static_cast<int>(below(static_cast<std::uint64_t>(high - low + 1)));
    }
    std::int64_t sign(std::int64_t value) { return (next() & 1U) != 0 ? -value : value; }

    /// Every length from 1 to 63 bits equally often, either sign.
    std::int64_t any_length() { return sign(up_to_bits(between(1, 63))); }
    /// 0 to 2^bits - 1.
    std::int64_t up_to_bits(int bits)
    {
        return static_cast<std::int64_t>(next() >> static_cast<unsigned>(64 - bits));
    }
    /// Uniform over the whole range; nearly always 18 or 19 digits.
    std::int64_t any_value() { return sign(up_to_bits(63)); }

    /// Zero, one, powers of ten and of two, the ends of the range, and their neighbours.
    std::int64_t edge()
    {
        std::int64_t value = 0;
        switch (below(4)) {
            case 0: value = power(10, between(0, 18)); break;
            case 1: value = std::int64_t{1} << below(63); break;
            case 2: value = operand_max - static_cast<std::int64_t>(below(3)); break;
            default: value = static_cast<std::int64_t>(below(12)); break;
        }
        return sign(step(value, between(-1, 1)));
    }

    static std::int64_t power(std::int64_t base, int exponent)
    {
        std::int64_t value = 1;
        for (int i = 0; i < exponent; ++i) {
            value *= base;
        }
        return value;
    }
    /// value + by, held inside the range.
    static std::int64_t step(std::int64_t value, std::int64_t by)
    {
        std::int64_t moved = 0;
        return __builtin_add_overflow(value, by, &moved) || moved < -operand_max ? value : moved;
    }
    /// a * b, or 0 where that does not fit.
    static std::int64_t fitting_product(std::int64_t a, std::int64_t b)
    {
        std::int64_t product = 0;
        return __builtin_mul_overflow(a, b, &product) || product < -operand_max ? 0 : product;
    }
    /// value times a random odd number, as large as fits; 0 stays 0.
    std::int64_t odd_multiple(std::int64_t value)
    {
        if (value == 0) {
            return 0;
        }
        const auto room = static_cast<std::uint64_t>(operand_max / value);
        const std::uint64_t factor = (below(room) >> below(40)) | 1U;
        return fitting_product(value, static_cast<std::int64_t>(std::min(factor, room)));
    }

private:
    std::uint64_t state_;
};

/// a * b is an odd multiple of half of 10^places: 2^(places-1) and 5^places are dealt out to
/// the two factors. Zero factors where the deal does not fit; 1 <= places <= 36.
inline operands tie_for_mul(random_source& random, int places)
{
    const int fives_low = std::max(0, places - 27);  // 5^27 < 2^63
    const int fives = random.between(fives_low, std::min(27, places));
    const int twos_low = std::max(0, places - 1 - 62);
    const int twos = random.between(twos_low, places - 1);
    const auto share = [&random](int five_count, int two_count) {
        const std::int64_t base = random_source::fitting_product(
            random_source::power(5, five_count),
            std::int64_t{1} << static_cast<unsigned>(std::min(two_count, 62)));
        return random.sign(random.odd_multiple(base));
    };
    return {share(fives, twos), share(places - fives, places - 1 - twos)};
}

/// a * 10^places / b is an odd multiple of one half; -18 <= places <= 36.
inline operands tie_for_div(random_source& random, int places)
{
    const std::int64_t common = random.up_to_bits(random.between(1, 40)) | 1;
    if (places < 0) {
        // a = odd * b * 10^-places / 2, whose half is 5 * 10^(-places - 1).
        const std::int64_t half = 5 * random_source::power(10, -places - 1);
        const std::int64_t b = common % (operand_max / half) + 1;
        return {random.sign(random.odd_multiple(b * half)), random.sign(b)};
    }
    // b = 2^(places + 1) * 5^fives * common, a = odd * common.
    std::int64_t b = std::int64_t{1} << static_cast<unsigned>(places + 1);
    for (int fives = random.between(0, places); fives > 0; --fives) {
        const std::int64_t more = random_source::fitting_product(b, 5);
        b = more != 0 ? more : b;
    }
    const std::int64_t times_common = random_source::fitting_product(b, common);
    const std::int64_t a = random.odd_multiple(times_common != 0 ? common : 1);
    return {random.sign(a), random.sign(times_common != 0 ? times_common : b)};
}

/// An odd multiple of half of 10^places; 1 <= places <= 18.
inline std::int64_t tie_for_rescale(random_source& random, int places)
{
    return random.sign(random.odd_multiple(5 * random_source::power(10, places - 1)));
}

/// Moves one operand by `by` steps: the neighbour of a tie.
inline operands neighbour(random_source& random, operands pair, std::int64_t by)
{
    std::int64_t& moved = random.below(2) == 0 ? pair.a : pair.b;
    moved = random_source::step(moved, by);
    return pair;
}

#if WATTPURSE_HAS_INT128
using wide = kernel::uint128;
#else
using wide = boost::multiprecision::uint256_t;
#endif

inline wide wide_power(int places)
{
    wide out = 1;
    for (int i = 0; i < places; ++i) {
        out *= 10U;
    }
    return out;
}

/// Operands whose product over 10^places lies close to the end of the range; where there are
/// none, anything.
inline operands near_limit_for_mul(random_source& random, int places)
{
    const std::int64_t b = random.up_to_bits(random.between(1, 63)) | 1;
    if (places > 18) {
        return {random.any_value(), random.any_value()};
    }
    const wide limit = static_cast<std::uint64_t>(operand_max);
    const wide target = places < 0 ? wide{limit / wide_power(-places)}
                                   : wide{limit * wide_power(places)};
    const wide size = target / static_cast<std::uint64_t>(b);
    const auto a = size < limit ? static_cast<std::int64_t>(size) : random.any_value();
    return {random.sign(random_source::step(a, random.between(-2, 2))), random.sign(b)};
}

/// Operands whose quotient times 10^places lies close to the end of the range; where there are
/// none, anything.
inline operands near_limit_for_div(random_source& random, int places)
{
    const std::int64_t b = random.up_to_bits(random.between(1, 63)) | 1;
    if (places < 0) {
        return {random.any_value(), random.sign(b)};
    }
    const wide limit = static_cast<std::uint64_t>(operand_max);
    const wide size = limit * static_cast<std::uint64_t>(b) / wide_power(places);
    const auto a = size < limit ? static_cast<std::int64_t>(size) : random.any_value();
    return {random.sign(random_source::step(a, random.between(-2, 2))), random.sign(b)};
}

}  // namespace wattpurse::test
