// SPDX-License-Identifier: Apache-2.0
#include <compare>
#include <limits>
#include <string_view>

#include <doctest/doctest.h>

#include <wattpurse/base/money.hpp>

namespace {

using namespace wattpurse;

constexpr currency cny{"CNY"};
constexpr money yuan(std::int64_t mantissa)
{
    return {decimal<6>::of(mantissa), cny};
}
constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("a currency is three capital letters")
{
    CHECK(currency::parse("CNY").value() == cny);
    for (const std::string_view bad : {"", "CN", "CNYX", "cny", "CN1", "C Y"}) {
        CAPTURE(bad);
        CHECK(currency::parse(bad) == fail(errc::syntax));
    }
    CHECK(cny.code() == "CNY");
    CHECK(currency{}.code() == "XXX");
}

TEST_CASE("a currency knows its places")
{
    CHECK(cny.decimals() == 2);
    CHECK(currency{"JPY"}.decimals() == 0);
    CHECK(currency{"KRW"}.decimals() == 0);
    CHECK(currency{"KWD"}.decimals() == 3);
    CHECK(currency{"CLF"}.decimals() == 4);
}

TEST_CASE("amounts of one currency add up exactly")
{
    CHECK((yuan(1) + yuan(2)).value() == yuan(3));
    CHECK((yuan(1) - yuan(2)).value() == -yuan(1));
    CHECK((yuan(max) + yuan(1)) == fail(errc::overflow));
    CHECK((yuan(-max) - yuan(1)) == fail(errc::overflow));
    CHECK(compare(yuan(1), yuan(2)).value() == std::strong_ordering::less);
    CHECK(to_string(yuan(-12'500'000)) == "-12.500000 CNY");
}

TEST_CASE("two currencies do not mix")
{
    const money yen{decimal<6>::of(1), "JPY"};
    CHECK((yuan(1) + yen) == fail(errc::currency_mismatch));
    CHECK((yuan(1) - yen) == fail(errc::currency_mismatch));
    CHECK(compare(yuan(1), yen) == fail(errc::currency_mismatch));
    CHECK(yuan(1) != yen);
    CHECK((yuan(0) + money{}) == fail(errc::currency_mismatch));
}

TEST_CASE("rounding to whole fen keeps the six places and drops what is below a fen")
{
    CHECK(round_to(yuan(1'234'999), 2, rounding::half_up).value() == yuan(1'230'000));
    CHECK(round_to(yuan(1'235'000), 2, rounding::half_up).value() == yuan(1'240'000));
    CHECK(round_to(yuan(1'235'000), 2, rounding::half_even).value() == yuan(1'240'000));
    CHECK(round_to(yuan(1'225'000), 2, rounding::half_even).value() == yuan(1'220'000));
    CHECK(round_to(yuan(-1'235'000), 2, rounding::half_up).value() == yuan(-1'240'000));
    CHECK(round_to(yuan(1'235'001), 6, rounding::exact).value() == yuan(1'235'001));
    CHECK(round_to(yuan(1'500'000), 0, rounding::half_up).value() == yuan(2'000'000));
    CHECK(round_to(yuan(1'235'001), 2, rounding::exact) == fail(errc::inexact));
    CHECK(round_to(yuan(max), 2, rounding::up) == fail(errc::overflow));
    CHECK(round_to(yuan(1), 7, rounding::up) == fail(errc::out_of_range));
    CHECK(round_to(yuan(1), -1, rounding::up) == fail(errc::out_of_range));
    CHECK(round_to(yuan(1), 2, rounding::up).value().unit() == cny);
}
