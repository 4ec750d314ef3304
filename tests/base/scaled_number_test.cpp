// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/base/scaled_number.hpp>

#include <cstdint>
#include <string>

#include <boost/multiprecision/cpp_int.hpp>
#include <doctest/doctest.h>

#include "random_operands.hpp"

namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;
using wattpurse::compare;
using wattpurse::errc;
using wattpurse::parse_scaled;
using wattpurse::product;
using wattpurse::rescaled;
using wattpurse::rounding;
using wattpurse::scaled_number;

std::string text(scaled_number value)
{
    return std::string{to_text(value).view()};
}

cpp_rational exact(scaled_number value)
{
    cpp_int power = 1;
    for (int i = 0; i < (value.exponent < 0 ? -value.exponent : value.exponent); ++i) power *= 10;
    return value.exponent < 0 ? cpp_rational{value.mantissa, power}
                              : cpp_rational{cpp_int{value.mantissa} * power};
}

/// Of any length, at any scale.
scaled_number drawn(wattpurse::test::random_source& dice)
{
    auto mantissa = static_cast<std::int64_t>(dice.next() >> (1 + dice.below(63)));
    if (dice.below(2) == 0) mantissa = -mantissa;
    return {mantissa, static_cast<std::int8_t>(dice.between(-18, 18))};
}

}  // namespace

TEST_CASE("a scaled number is written with all its places")
{
    CHECK(text({0, 0}) == "0");
    CHECK(text({0, -2}) == "0.00");
    CHECK(text({0, 3}) == "0");
    CHECK(text({5, -3}) == "0.005");
    CHECK(text({-12340, -3}) == "-12.340");
    CHECK(text({15, 2}) == "1500");
    CHECK(text({-1, 18}) == "-1000000000000000000");
    CHECK(text({INT64_MAX, -18}) == "9.223372036854775807");
    CHECK(text({INT64_MAX, 18}) == "9223372036854775807000000000000000000");
}

TEST_CASE("what is written is read again, with its places")
{
    for (const scaled_number each :
         {scaled_number{0, 0}, {0, -2}, {5, -3}, {-12340, -3}, {INT64_MAX, -18}}) {
        const auto read = parse_scaled(text(each));
        REQUIRE(read);
        CHECK(read->mantissa == each.mantissa);
        CHECK(read->exponent == each.exponent);
    }
    CHECK(parse_scaled("").error() == errc::syntax);
    CHECK(parse_scaled("1e3").error() == errc::syntax);
    CHECK(parse_scaled(" 1").error() == errc::syntax);
    CHECK(parse_scaled("1.").error() == errc::syntax);
    CHECK(parse_scaled("0.1234567890123456789").error() == errc::too_many_places);
    CHECK(parse_scaled("9223372036854775808").error() == errc::overflow);
}

TEST_CASE("a number is brought to another scale exactly or with a named rounding")
{
    CHECK(rescaled({12345, -3}, -2, rounding::half_even) == 1234);
    CHECK(rescaled({12355, -3}, -2, rounding::half_even) == 1236);
    CHECK(rescaled({12345, -3}, -2, rounding::half_up) == 1235);
    CHECK(rescaled({12345, -3}, -2, rounding::exact).error() == errc::inexact);
    CHECK(rescaled({12340, -3}, -2, rounding::exact) == 1234);
    CHECK(rescaled({7, 3}, -4, rounding::exact) == 70'000'000);
    CHECK(rescaled({1, 18}, -18, rounding::exact).error() == errc::overflow);
    CHECK(rescaled({0, 18}, -18, rounding::exact) == 0);
    CHECK(rescaled({INT64_MAX, -18}, 18, rounding::half_up) == 0);
    CHECK(rescaled({INT64_MAX, -18}, 18, rounding::up) == 1);
    CHECK(rescaled({1, 0}, 19, rounding::down).error() == errc::out_of_range);
}

TEST_CASE("the steps of a scale agree with rational arithmetic")
{
    wattpurse::test::random_source dice{20261127};
    for (int i = 0; i < 20'000; ++i) {
        const scaled_number value = drawn(dice);
        const int to = dice.between(-18, 18);
        const cpp_rational wanted = exact(value) / exact({1, static_cast<std::int8_t>(to)});
        const cpp_int whole = numerator(wanted) / denominator(wanted);
        const auto got = rescaled(value, to, rounding::down);
        CAPTURE(text(value));
        CAPTURE(to);
        if (abs(whole) > INT64_MAX) {
            REQUIRE(!got);
            CHECK(got.error() == errc::overflow);
        } else {
            REQUIRE(got);
            CHECK(cpp_int{*got} == whole);
        }
        const auto same = rescaled(value, to, rounding::exact);
        CHECK(same.has_value() == (denominator(wanted) == 1 && abs(whole) <= INT64_MAX));
    }
}

TEST_CASE("numbers are compared by value")
{
    CHECK(compare({10, -1}, {100, -2}) == 0);
    CHECK(compare({0, 5}, {0, -5}) == 0);
    CHECK(compare({-1, 18}, {1, -18}) == -1);
    CHECK(compare({INT64_MAX, 0}, {922337203685477581, 1}) == -1);
    wattpurse::test::random_source dice{7};
    for (int i = 0; i < 20'000; ++i) {
        const scaled_number a = drawn(dice);
        scaled_number b = drawn(dice);
        if (i % 3 == 0 && a.mantissa % 10 == 0 && a.exponent < 18) {
            b = {a.mantissa / 10, static_cast<std::int8_t>(a.exponent + 1)};
        }
        const int wanted = exact(a) < exact(b) ? -1 : (exact(a) == exact(b) ? 0 : 1);
        CAPTURE(text(a));
        CAPTURE(text(b));
        CHECK(compare(a, b) == wanted);
    }
}

TEST_CASE("a product is exact or an overflow")
{
    CHECK(text(*product({230, -1}, {40, 0})) == "920.0");
    CHECK(text(*product({1, 18}, {5, 0})) == "5000000000000000000");
    CHECK(product({1, 18}, {1, 18}).error() == errc::overflow);
    CHECK(product({1, -18}, {1, -1}).error() == errc::overflow);
    CHECK(text(*product({10, -18}, {1, -1})) == "0.000000000000000001");
    wattpurse::test::random_source dice{11};
    for (int i = 0; i < 20'000; ++i) {
        const scaled_number a = drawn(dice);
        const scaled_number b = drawn(dice);
        const auto got = product(a, b);
        if (got) CHECK(exact(*got) == exact(a) * exact(b));
    }
}
