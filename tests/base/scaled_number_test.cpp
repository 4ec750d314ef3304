// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/multiprecision/cpp_int.hpp>
#include <doctest/doctest.h>

#include <wattpurse/base/scaled_number.hpp>

#include "random_operands.hpp"

namespace {

using namespace wattpurse;
using test::operand_max;
using test::random_source;
using big = boost::multiprecision::checked_int512_t;

big ten_to(int exponent)
{
    return boost::multiprecision::pow(big{10}, static_cast<unsigned>(exponent));
}

/// The value times 10^40, which makes every one of them whole.
big whole(scaled_number value)
{
    return big{value.mantissa} * ten_to(40 + value.exponent);
}

scaled_number drawn(random_source& random)
{
    const std::int64_t mantissa = random.below(3) == 0 ? random.edge() : random.any_length();
    return {mantissa, static_cast<std::int8_t>(random.between(-18, 18))};
}

/// Rounds numerator / denominator by comparing distances: written differently from the kernel.
big rounded(const big& numerator, const big& denominator, rounding mode)
{
    big below = numerator / denominator;
    if (below * denominator > numerator) {
        below -= 1;
    }
    const big above = below + 1;
    const big to_below = numerator - below * denominator;
    if (to_below == 0) {
        return below;
    }
    const big to_above = above * denominator - numerator;
    const big& towards_zero = numerator > 0 ? below : above;
    const big& away = numerator > 0 ? above : below;
    const big& nearest = to_below < to_above ? below : above;
    const bool is_tie = to_below == to_above;
    switch (mode) {
        case rounding::half_up: return is_tie ? away : nearest;
        case rounding::half_down: return is_tie ? towards_zero : nearest;
        case rounding::half_even: return !is_tie ? nearest : below % 2 == 0 ? below : above;
        case rounding::up: return away;
        case rounding::down: return towards_zero;
        case rounding::ceiling: return above;
        case rounding::floor:
        case rounding::exact: break;
    }
    return below;
}

std::string text(scaled_number value)
{
    return std::string{to_text(value).view()};
}

}  // namespace

TEST_CASE("rescaling agrees with wide integers in every rounding mode")
{
    random_source random{4};
    std::array<int, 3> ends{};  // done, inexact, overflow
    for (int round = 0; round < 20'000; ++round) {
        const scaled_number value = drawn(random);
        const int exponent = random.between(-18, 18);
        const big numerator = whole(value);
        const big denominator = ten_to(40 + exponent);
        for (int m = 0; m < rounding_count; ++m) {
            const auto mode = static_cast<rounding>(m);
            const auto got = rescaled(value, exponent, mode);
            const big wanted = rounded(numerator, denominator, mode);
            const bool is_whole = numerator % denominator == 0;
            const bool fits = abs(wanted) <= operand_max;
            bool right = false;
            if (!got) {
                right = got.error() == errc::overflow ? !fits
                                                      : mode == rounding::exact && !is_whole;
            } else {
                right = *got == wanted && (mode != rounding::exact || is_whole);
            }
            ++ends[got ? 0 : got.error() == errc::inexact ? 1 : 2];
            if (!right) {
                CAPTURE(value.mantissa);
                CAPTURE(int{value.exponent});
                CAPTURE(exponent);
                CAPTURE(to_string(mode));
                CHECK(right);
            }
        }
    }
    for (const int each : ends) {
        CHECK(each > 1000);
    }
}

TEST_CASE("a number is brought to another scale exactly or with a named rounding")
{
    CHECK(rescaled({12345, -3}, -2, rounding::half_even) == 1234);
    CHECK(rescaled({12355, -3}, -2, rounding::half_even) == 1236);
    CHECK(rescaled({12345, -3}, -2, rounding::half_up) == 1235);
    CHECK(rescaled({12345, -3}, -2, rounding::exact) == fail(errc::inexact));
    CHECK(rescaled({12340, -3}, -2, rounding::exact) == 1234);
    CHECK(rescaled({7, 3}, -4, rounding::exact) == 70'000'000);
    CHECK(rescaled({1, 18}, -18, rounding::exact) == fail(errc::overflow));
    CHECK(rescaled({operand_max, -18}, 18, rounding::half_up) == 0);
    CHECK(rescaled({operand_max, -18}, 18, rounding::up) == 1);
}

TEST_CASE("a rest twenty places down is below one half, whatever its digits")
{
    const scaled_number nine{9'000'000'000'000'000'000, -18};  // 9
    CHECK(rescaled(nine, 1, rounding::half_up) == 1);          // 0.9 of ten
    CHECK(rescaled(nine, 2, rounding::half_up) == 0);          // 0.09 of a hundred
    CHECK(rescaled(nine, 2, rounding::up) == 1);
    CHECK(rescaled({-9'000'000'000'000'000'000, -18}, 18, rounding::floor) == -1);
    CHECK(rescaled(nine, 18, rounding::exact) == fail(errc::inexact));
    CHECK(rescaled({0, -18}, 18, rounding::exact) == 0);
    CHECK(rescaled({1, 0}, 19, rounding::up) == fail(errc::out_of_range));
    CHECK(rescaled({1, 0}, -19, rounding::up) == fail(errc::out_of_range));
}

TEST_CASE("a product is exact, and overflows only where it cannot be said in 64 bits")
{
    random_source random{5};
    std::array<int, 2> ends{};
    for (int round = 0; round < 100'000; ++round) {
        const scaled_number a = drawn(random);
        const scaled_number b = drawn(random);
        const big mantissa = big{a.mantissa} * b.mantissa;
        const int exponent = a.exponent + b.exponent;
        const auto got = product(a, b);
        ++ends[got ? 0 : 1];
        // Whether any exponent that is allowed makes it fit, tried one by one.
        bool can_be = false;
        for (int e = -18; e <= 18 && !can_be; ++e) {
            const big scaled = mantissa * ten_to(exponent + 40);
            can_be = scaled % ten_to(e + 40) == 0 &&
                     abs(big{scaled / ten_to(e + 40)}) <= operand_max;
        }
        const bool right = got ? can_be && big{got->mantissa} * ten_to(got->exponent + 40) ==
                                               mantissa * ten_to(exponent + 40)
                               : !can_be && got.error() == errc::overflow;
        if (!right) {
            CAPTURE(a.mantissa);
            CAPTURE(int{a.exponent});
            CAPTURE(b.mantissa);
            CAPTURE(int{b.exponent});
            CHECK(right);
        }
    }
    CHECK(ends[0] > 10'000);
    CHECK(ends[1] > 10'000);
}

TEST_CASE("a product keeps its places as long as they fit")
{
    const auto plain = product({250, -2}, {40, -1});
    REQUIRE(plain.has_value());
    CHECK(plain->mantissa == 10'000);
    CHECK(plain->exponent == -3);
    const auto shortened = product({10'000'000'000, -10}, {10'000'000'000, -10});
    REQUIRE(shortened.has_value());
    CHECK(shortened->mantissa == 1'000'000'000'000'000'000);
    CHECK(shortened->exponent == -18);
    CHECK(product({3, -18}, {1, -1}).error() == errc::overflow);
    const auto large = product({1, 18}, {5, 0});
    REQUIRE(large.has_value());
    CHECK(large->exponent == 18);
    CHECK(product({1, 18}, {10, 18}).error() == errc::overflow);
    CHECK(product({0, -18}, {7, -18})->mantissa == 0);
}

TEST_CASE("comparing is comparing values")
{
    random_source random{6};
    for (int round = 0; round < 100'000; ++round) {
        const scaled_number a = drawn(random);
        scaled_number b = drawn(random);
        if (random.below(2) == 0) {  // near each other
            b = {random_source::step(a.mantissa, random.between(-1, 1)), a.exponent};
            if (b.mantissa % 10 == 0 && b.exponent < 18) {
                b = {b.mantissa / 10, static_cast<std::int8_t>(b.exponent + 1)};
            }
        }
        const big difference = whole(a) - whole(b);
        const int wanted = difference == 0 ? 0 : difference < 0 ? -1 : 1;
        if (compare(a, b) != wanted || compare(b, a) != -wanted) {
            CAPTURE(a.mantissa);
            CAPTURE(b.mantissa);
            CHECK(compare(a, b) == wanted);
            CHECK(compare(b, a) == -wanted);
        }
    }
    CHECK(compare({10, -1}, {100, -2}) == 0);
    CHECK(compare({0, 18}, {0, -18}) == 0);
    CHECK(compare({-1, -18}, {0, 0}) < 0);
    CHECK(compare({9, 18}, {operand_max, 0}) < 0);
    CHECK(compare({10, 18}, {operand_max, 0}) > 0);
}

TEST_CASE("texts show the places of a device's resolution")
{
    CHECK(text({2340, -2}) == "23.40");
    CHECK(text({-12340, -3}) == "-12.340");
    CHECK(text({15, 2}) == "1500");
    CHECK(text({0, 5}) == "0");
    CHECK(text({0, -3}) == "0.000");
    CHECK(text({-5, -1}) == "-0.5");
    CHECK(text({7, -18}) == "0.000000000000000007");
    CHECK(text({operand_max, 18}) == "9223372036854775807000000000000000000");
    CHECK(text({-operand_max, -18}) == "-9.223372036854775807");
    CHECK(text({-operand_max, 18}).size() == 38);
}

TEST_CASE("a text is read back as it was written")
{
    random_source random{7};
    for (int round = 0; round < 20'000; ++round) {
        scaled_number value = drawn(random);
        if (value.exponent > 0) {
            value.exponent = static_cast<std::int8_t>(-value.exponent);
        }
        const auto back = parse_scaled(text(value));
        const bool same = back && back->mantissa == value.mantissa &&
                          back->exponent == value.exponent;
        if (!same) {
            CAPTURE(text(value));
            CHECK(same);
        }
    }
}

TEST_CASE("reading a text is strict")
{
    CHECK(parse_scaled("-12.340")->mantissa == -12340);
    CHECK(parse_scaled("-12.340")->exponent == -3);
    CHECK(parse_scaled("007")->mantissa == 7);
    CHECK(parse_scaled("0.000000000000000001")->exponent == -18);
    for (const std::string_view bad :
         {"", "-", "+1", ".5", "1.", "1e3", " 1", "1 ", "1,5", "--1"}) {
        CAPTURE(bad);
        CHECK(parse_scaled(bad).error() == errc::syntax);
    }
    CHECK(parse_scaled("0.0000000000000000001").error() == errc::too_many_places);
    CHECK(parse_scaled("9223372036854775808").error() == errc::overflow);
    CHECK(parse_scaled("9223372036854775807")->mantissa == operand_max);
    CHECK(parse_scaled("9.9999999999999999999").error() == errc::too_many_places);
}

static_assert(to_text({2340, -2}).view() == "23.40");
static_assert((*product({3, -1}, {4, -1})).mantissa == 12);
