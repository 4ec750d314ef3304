// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <boost/multiprecision/cpp_int.hpp>
#include <doctest/doctest.h>

#include <wattpurse/base/product.hpp>

#include "random_operands.hpp"

namespace {

using namespace wattpurse;
using wide = boost::multiprecision::checked_int256_t;

constexpr currency cny{"CNY"};
constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();

energy kwh(std::string_view text)
{
    return energy::parse(text).value();
}
price each(std::string_view text)
{
    return price::parse(text).value();
}

}  // namespace

TEST_CASE("a product keeps all twelve places until it is rounded once")
{
    const exact_charge peak = kwh("123.4567") * each("0.56800000");
    const exact_charge valley = each("0.28800000") * kwh("100.0001");
    CHECK(peak.text() == "70.123405600000");
    CHECK(valley.text() == "28.800028800000");
    const exact_charge sum = (peak + valley).value();
    CHECK(sum.text() == "98.923434400000");
    CHECK(sum.round(cny, rounding::half_up).value() == money{decimal<6>::of(98'923'434), cny});
    CHECK(sum.round(cny, rounding::exact) == fail(errc::inexact));
    CHECK((sum - sum).value().is_zero());
    CHECK((-sum).is_negative());
    CHECK(valley < peak);
}

TEST_CASE("the largest product fits; sums of them overflow as an error")
{
    const exact_charge largest = energy::of(max) * price::of(max);
    CHECK(largest.text() == "85070591730234615847396907.784232501249");
    CHECK((-largest).text() == "-85070591730234615847396907.784232501249");
    CHECK(largest.round(cny, rounding::half_up) == fail(errc::overflow));
    const exact_charge twice = (largest + largest).value();  // 2^127 - 2^65 + 2
    CHECK((twice + largest) == fail(errc::overflow));
    CHECK((-twice - largest) == fail(errc::overflow));
    CHECK((twice + -largest).value() == largest);
    CHECK(exact_charge{}.text() == "0.000000000000");
    // The last step to -2^127, which is outside the range as INT64_MIN is for a decimal.
    const exact_charge rest = energy::of(6) * price::of(6148914691236517205);  // 2^65 - 2
    CHECK((-twice - rest) == fail(errc::overflow));
    const exact_charge one = energy::of(1) * price::of(1);
    const exact_charge lowest = (-twice - (rest - one).value()).value();
    CHECK(lowest.text() == "-170141183460469231731687303.715884105727");
    CHECK((-lowest).text() == "170141183460469231731687303.715884105727");
    CHECK((lowest - one) == fail(errc::overflow));
}

TEST_CASE("products equal those of Boost.Multiprecision over the whole range")
{
    test::random_source random{20260107};
    for (int i = 0; i < 20000; ++i) {
        const std::int64_t a = random.any_length();
        const std::int64_t b = random.any_length();
        const std::int64_t c = random.any_length();
        const auto sum = energy::of(a) * price::of(b) + energy::of(c) * price::of(b);
        wide exact = wide{a} * b + wide{c} * b;
        const bool negative = exact < 0;
        exact = negative ? wide{-exact} : exact;
        std::string digits = exact.str();
        digits.insert(0, digits.size() < 13 ? 13 - digits.size() : 0, '0');
        digits.insert(digits.size() - 12, 1, '.');
        REQUIRE(sum.value().text() == (negative ? "-" : "") + digits);
        const wide rounded = (exact + 500000) / 1000000;
        const auto got = sum.value().round(cny, rounding::half_up);
        REQUIRE(got.has_value() == (rounded <= max));
        REQUIRE((!got || kernel::magnitude(got->mantissa()) == rounded));
    }
}

TEST_CASE("a total holds what no single quantity can, and says so when narrowed")
{
    energy_total all;
    all.add(energy::of(max));
    CHECK(all.narrow().value() == energy::of(max));
    all.add(energy::of(max));
    CHECK(all.narrow() == fail(errc::overflow));
    CHECK(all.text() == "1844674407370955.1614");
    all.sub(energy::of(max));
    all.sub(energy::of(max));
    CHECK(all.is_zero());
    all.sub(energy::of(max));
    CHECK(all.narrow().value() == -energy::of(max));
    all.sub(energy::of(1));
    CHECK(all.narrow() == fail(errc::overflow));
    CHECK((all + all).value().is_negative());
}

TEST_CASE("totals that are doubled beyond 128 bits are an error")
{
    energy_total all;
    all.add(energy::of(max));
    for (int i = 0; i < 64; ++i) {
        all = (all + all).value();
    }
    CHECK((all + all) == fail(errc::overflow));
}

TEST_CASE("a total of money keeps to its currency")
{
    money_total purse{cny};
    CHECK(purse.add({decimal<6>::of(5), cny}).has_value());
    CHECK(purse.add({decimal<6>::of(5), "JPY"}) == fail(errc::currency_mismatch));
    CHECK(purse.sub({decimal<6>::of(7), cny}).has_value());
    CHECK(purse.narrow().value() == money{decimal<6>::of(-2), cny});
    CHECK(purse.text() == "-0.000002");
    CHECK(purse.is_negative());
}
