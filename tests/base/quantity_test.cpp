// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <type_traits>

#include <doctest/doctest.h>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/product.hpp>
#include <wattpurse/base/quantity.hpp>

namespace {

using namespace wattpurse;

template <class A, class B>
concept can_add = requires(A a, B b)
{
    a + b;
};
template <class A, class B>
concept can_multiply = requires(A a, B b)
{
    a* b;
};
template <class A, class B>
concept can_divide = requires(A a, B b)
{
    a / b;
};
template <class A, class B>
concept can_compare = requires(A a, B b)
{
    a < b;
};

// What neither physics nor bookkeeping allows does not compile.
static_assert(can_add<energy, energy> && !can_add<energy, power> && !can_add<energy, price>);
static_assert(!can_add<energy, money> && !can_add<energy, decimal<4>> && !can_add<energy, int>);
static_assert(can_multiply<energy, price> && can_multiply<price, energy>);
static_assert(!can_multiply<energy, energy> && !can_multiply<power, price>);
static_assert(!can_multiply<money, money> && !can_multiply<money, int>);
static_assert(!can_multiply<decimal<4>, decimal<4>>);
static_assert(!can_divide<energy, energy> && !can_divide<money, int>);
static_assert(!can_divide<decimal<4>, decimal<4>>);
static_assert(can_compare<energy, energy> && !can_compare<energy, power>);
static_assert(!can_compare<money, money>);  // two currencies have no order: see compare()
static_assert(!std::is_convertible_v<decimal<4>, energy> && !std::is_convertible_v<int, energy>);

}  // namespace

TEST_CASE("a quantity behaves as its number and keeps its unit")
{
    CHECK(energy::parse("12.3").value() == energy::of(123000));
    CHECK(energy::parse("0.00005", rounding::half_up).value() == energy::of(1));
    CHECK(energy::parse("0.00005") == fail(errc::too_many_places));
    CHECK((energy::of(5) - energy::of(7)).value() == -energy::of(2));
    CHECK((energy::of(std::numeric_limits<std::int64_t>::max()) + energy::of(1)) ==
          fail(errc::overflow));
    CHECK(energy::from_mantissa(std::numeric_limits<std::int64_t>::min()) == fail(errc::overflow));
    CHECK(energy::of(1) < energy::of(2));
    CHECK(energy{}.is_zero());
    CHECK(energy::of(-1).is_negative());
    CHECK(abs(energy::of(-1)) == energy::of(1));
    CHECK(text(price::of(56800000)).view() == "0.56800000");
    CHECK(to_string(power::of(-12345)) == "-1.2345");
    CHECK(energy::unit_type::symbol == "kWh");
}

TEST_CASE("a share of a quantity and the ratio of two are rounded once, as asked")
{
    const auto primary = scaled(energy::of(123456), decimal<0>::of(30), rounding::exact);
    CHECK(primary.value() == energy::of(3703680));  // through a 150/5 transformer
    CHECK(scaled(energy::of(1), decimal<1>::of(5), rounding::half_even).value().is_zero());
    CHECK(scaled(energy::of(1), decimal<1>::of(5), rounding::exact) == fail(errc::inexact));
    CHECK(ratio<4>(energy::of(1), energy::of(3), rounding::half_up).value() ==
          decimal<4>::of(3333));
    CHECK(ratio<4>(energy::of(1), energy{}, rounding::half_up) == fail(errc::divide_by_zero));
}
