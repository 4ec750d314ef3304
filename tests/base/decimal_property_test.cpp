// SPDX-License-Identifier: Apache-2.0
//
// The kernels against Boost.Multiprecision's checked integers: fixed seed, full-range operands,
// every tie with its two neighbours. (Python's decimal is the other oracle, decimal_oracle.py.)
#include <array>
#include <cstdint>
#include <optional>

#include <boost/multiprecision/cpp_int.hpp>
#include <doctest/doctest.h>

#include <wattpurse/base/decimal.hpp>
#include <wattpurse/base/decimal_text.hpp>

#include "random_operands.hpp"

namespace {

using namespace wattpurse;
using test::operands;
using test::random_source;
using wide = boost::multiprecision::checked_int512_t;

wide power_of_ten(int exponent)
{
    return boost::multiprecision::pow(wide{10}, static_cast<unsigned>(exponent));
}

/// floor and ceiling of a fraction with a positive denominator.
wide floor_of(const wide& numerator, const wide& denominator)
{
    const wide truncated = numerator / denominator;
    return truncated * denominator > numerator ? wide{truncated - 1} : truncated;
}

/// What the definition of each mode says, by comparing distances to the two neighbours: written
/// differently from the kernel on purpose.
result<wide> round_by_definition(wide numerator, wide denominator, rounding mode)
{
    if (denominator < 0) {
        numerator = -numerator;
        denominator = -denominator;
    }
    const wide below = floor_of(numerator, denominator);
    if (below * denominator == numerator) {
        return below;
    }
    const wide above = below + 1;
    const wide& towards_zero = numerator > 0 ? below : above;
    const wide& away = numerator > 0 ? above : below;
    const wide to_below = numerator - below * denominator;
    const wide to_above = above * denominator - numerator;
    const wide& nearest = to_below < to_above ? below : above;
    const bool tie = to_below == to_above;
    switch (mode) {
        case rounding::half_up: return tie ? away : nearest;
        case rounding::half_down: return tie ? towards_zero : nearest;
        case rounding::half_even: return !tie ? nearest : below % 2 == 0 ? below : above;
        case rounding::up: return away;
        case rounding::down: return towards_zero;
        case rounding::ceiling: return above;
        case rounding::floor: return below;
        case rounding::exact: break;
    }
    const wide size = abs(towards_zero);
    return fail(size > test::operand_max ? errc::overflow : errc::inexact);
}

result<std::int64_t> expected(const wide& numerator, const wide& denominator, rounding mode)
{
    const auto rounded = round_by_definition(numerator, denominator, mode);
    if (!rounded) {
        return fail(rounded.error());
    }
    if (abs(*rounded) > test::operand_max) {
        return fail(errc::overflow);
    }
    return static_cast<std::int64_t>(*rounded);
}

template <int S>
result<std::int64_t> mantissa_of(const result<decimal<S>>& value)
{
    if (!value) {
        return fail(value.error());
    }
    return value->mantissa();
}

struct counts {
    int cases = 0;
    int ties = 0;
    int overflows = 0;
};

/// Checks one pair in all modes; quiet unless something is wrong, for doctest is slow.
template <class Ours>
void check(counts& seen, const operands& x, const wide& numerator, const wide& denominator,
           Ours ours)
{
    seen.ties += numerator * 2 % denominator == 0 && numerator % denominator != 0 ? 1 : 0;
    for (int m = 0; m < rounding_count; ++m) {
        const auto mode = static_cast<rounding>(m);
        const result<std::int64_t> wanted = expected(numerator, denominator, mode);
        const result<std::int64_t> got = ours(mode);
        ++seen.cases;
        seen.overflows += !wanted && wanted == fail(errc::overflow) ? 1 : 0;
        if (wanted != got) {
            CAPTURE(x.a);
            CAPTURE(x.b);
            CAPTURE(to_string(mode));
            CHECK(wanted == got);
        }
    }
}

template <int A, int B, int To>
void check_mul(counts& seen, const operands& x)
{
    constexpr int places = A + B - To;
    const wide numerator = wide{x.a} * x.b * power_of_ten(places < 0 ? -places : 0);
    check(seen, x, numerator, power_of_ten(places > 0 ? places : 0), [&x](rounding mode) {
        return mantissa_of(mul<To>(decimal<A>::of(x.a), decimal<B>::of(x.b), mode));
    });
}

template <int A, int B, int To>
void check_div(counts& seen, const operands& x)
{
    constexpr int places = To + B - A;
    if (x.b == 0) {
        CHECK(div<To>(decimal<A>::of(x.a), decimal<B>{}, rounding::up) ==
              fail(errc::divide_by_zero));
        return;
    }
    const wide numerator = wide{x.a} * power_of_ten(places > 0 ? places : 0);
    check(seen, x, numerator, wide{x.b} * power_of_ten(places < 0 ? -places : 0),
          [&x](rounding mode) {
              return mantissa_of(div<To>(decimal<A>::of(x.a), decimal<B>::of(x.b), mode));
          });
}

/// A tie, its two neighbours, and operands of every other kind.
template <class Check>
void draw_and_check(random_source& random, const operands& tie, const operands& limit, Check each)
{
    each(tie);
    each(test::neighbour(random, tie, 1));
    each(test::neighbour(random, tie, -1));
    each(limit);
    each(operands{random.any_length(), random.any_length()});
    each(operands{random.any_value(), random.any_value()});
    each(operands{random.edge(), random.any_length()});
    each(operands{random.any_length(), random.edge()});
}

constexpr int rounds = 400;

template <int A, int B, int To>
counts many_products(random_source& random)
{
    constexpr int places = A + B - To;
    counts seen;
    for (int i = 0; i < rounds; ++i) {
        const operands tie = places > 0 ? test::tie_for_mul(random, places) : operands{1, 1};
        const operands limit = test::near_limit_for_mul(random, places);
        draw_and_check(random, tie, limit,
                       [&seen](const operands& x) { check_mul<A, B, To>(seen, x); });
    }
    return seen;
}

template <int A, int B, int To>
counts many_quotients(random_source& random)
{
    constexpr int places = To + B - A;
    counts seen;
    for (int i = 0; i < rounds; ++i) {
        const operands tie = test::tie_for_div(random, places);
        const operands limit = test::near_limit_for_div(random, places);
        draw_and_check(random, tie, limit,
                       [&seen](const operands& x) { check_div<A, B, To>(seen, x); });
    }
    return seen;
}

void require_hard_cases(const counts& seen)
{
    REQUIRE(seen.cases > rounds * rounding_count);
    REQUIRE(seen.ties > rounds / 20);
    REQUIRE(seen.overflows > 0);
}

}  // namespace

TEST_CASE("products round as their definition says, over the whole range")
{
    random_source random{20260101};
    require_hard_cases(many_products<4, 8, 6>(random));
    require_hard_cases(many_products<4, 8, 2>(random));
    require_hard_cases(many_products<6, 6, 6>(random));
    require_hard_cases(many_products<18, 1, 1>(random));
    many_products<4, 8, 12>(random);
    many_products<0, 0, 18>(random);
    many_products<18, 18, 17>(random);
    many_products<18, 18, 0>(random);
}

TEST_CASE("quotients round as their definition says, over the whole range")
{
    random_source random{20260102};
    require_hard_cases(many_quotients<4, 4, 4>(random));
    require_hard_cases(many_quotients<6, 4, 8>(random));
    require_hard_cases(many_quotients<0, 18, 1>(random));
    many_quotients<0, 0, 0>(random);
    many_quotients<0, 18, 18>(random);
    many_quotients<18, 0, 0>(random);
    many_quotients<12, 2, 1>(random);
}

TEST_CASE("reversing a product reverses its rounding in the modes that are symmetric")
{
    random_source random{20260103};
    for (int i = 0; i < 20000; ++i) {
        const operands x{random.any_length(), random.any_length()};
        for (const auto mode : {rounding::half_up, rounding::half_even, rounding::half_down,
                                rounding::up, rounding::down, rounding::exact}) {
            const auto plus = mul<6>(decimal<4>::of(x.a), decimal<8>::of(x.b), mode);
            const auto minus = mul<6>(decimal<4>::of(-x.a), decimal<8>::of(x.b), mode);
            REQUIRE(plus.has_value() == minus.has_value());
            REQUIRE((!plus || *plus == -*minus));
        }
    }
}

TEST_CASE("what is written is read back, over the whole range and every scale in use")
{
    random_source random{20260104};
    const auto round_trip = [&random]<int S>(std::integral_constant<int, S>) {
        for (int i = 0; i < 20000; ++i) {
            const auto value = decimal<S>::of(i % 4 == 0 ? random.edge() : random.any_length());
            REQUIRE(decimal<S>::parse(text(value)).value() == value);
        }
    };
    round_trip(std::integral_constant<int, 0>{});
    round_trip(std::integral_constant<int, 2>{});
    round_trip(std::integral_constant<int, 4>{});
    round_trip(std::integral_constant<int, 6>{});
    round_trip(std::integral_constant<int, 8>{});
    round_trip(std::integral_constant<int, 18>{});
}
