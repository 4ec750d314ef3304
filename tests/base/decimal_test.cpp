// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

#include <doctest/doctest.h>

#include <wattpurse/base/decimal.hpp>
#include <wattpurse/base/decimal_text.hpp>

namespace {

using namespace wattpurse;

constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t min = std::numeric_limits<std::int64_t>::min();

using kwh = decimal<4>;
using price8 = decimal<8>;

// Usable in constant expressions, as tariffs written in code are.
static_assert((*kwh::parse("-12.3456")).mantissa() == -123456);
static_assert((*mul<6>(kwh::of(10000), price8::of(56800000), rounding::exact)).mantissa() ==
              568000);
static_assert(text(kwh::of(-500)).view() == "-0.0500");
static_assert(std::is_trivially_copyable_v<kwh> && sizeof(kwh) == 8);
static_assert(std::is_trivially_copyable_v<result<kwh>>);

}  // namespace

TEST_CASE("the smallest 64-bit integer is outside the range, so negation is total")
{
    CHECK(kwh::from_mantissa(min) == fail(errc::overflow));
    CHECK(kwh::from_mantissa(min + 1).value() == -kwh::of(max));
    CHECK((-kwh::of(-max)).mantissa() == max);
    CHECK((kwh::of(-max) + kwh::of(-1)) == fail(errc::overflow));
    CHECK((kwh::of(-max) - kwh::of(1)) == fail(errc::overflow));
    CHECK(mul<0>(decimal<0>::of(std::int64_t{1} << 32), decimal<0>::of(-(std::int64_t{1} << 31)),
                 rounding::down) == fail(errc::overflow));  // exactly INT64_MIN
    CHECK(abs(kwh::of(-max)) == kwh::of(max));
}

TEST_CASE("sums are exact and overflow is an error, not a wrap")
{
    CHECK((kwh::of(1) + kwh::of(2)).value() == kwh::of(3));
    CHECK((kwh::of(max) + kwh::of(0)).value() == kwh::of(max));
    CHECK((kwh::of(max) + kwh::of(1)) == fail(errc::overflow));
    CHECK((kwh::of(max) - kwh::of(-1)) == fail(errc::overflow));
    CHECK((kwh::of(max) - kwh::of(max)).value().is_zero());
}

TEST_CASE("products known to have gone wrong elsewhere come out right")
{
    // vpiotr/decimal_for_cpp issue 70: 96.6295024057 * 9872500 gave -890699644.87.
    const auto product =
        mul<10>(decimal<10>::of(966295024057), decimal<0>::of(9872500), rounding::exact);
    REQUIRE(product.has_value() == false);  // 19 digits and more at 10 places: said, not wrapped
    CHECK(product == fail(errc::overflow));
    CHECK(
        to_string(mul<2>(decimal<10>::of(966295024057), decimal<0>::of(9872500), rounding::half_up)
                      .value()) == "953974762.50");
}

TEST_CASE("multiplying up to more places than the factors have is exact or an overflow")
{
    CHECK(mul<18>(decimal<0>::of(3), decimal<0>::of(3), rounding::exact).value() ==
          decimal<18>::of(9'000'000'000'000'000'000));
    CHECK(mul<18>(decimal<0>::of(2), decimal<0>::of(5), rounding::exact) == fail(errc::overflow));
    CHECK(mul<18>(decimal<0>::of(max), decimal<0>::of(0), rounding::exact).value().is_zero());
}

TEST_CASE("36 places fall away at once and are still seen by the rounding")
{
    using tiny = decimal<18>;
    CHECK(mul<0>(tiny::of(1), tiny::of(1), rounding::up).value() == decimal<0>::of(1));
    CHECK(mul<0>(tiny::of(1), tiny::of(-1), rounding::ceiling).value().is_zero());
    CHECK(mul<0>(tiny::of(1), tiny::of(-1), rounding::floor).value() == decimal<0>::of(-1));
    CHECK(mul<0>(tiny::of(1), tiny::of(1), rounding::exact) == fail(errc::inexact));
    CHECK(mul<0>(tiny::of(max), tiny::of(max), rounding::down).value() == decimal<0>::of(85));
}

TEST_CASE("quotients need up to 183 bits and are exact all the same")
{
    using tiny = decimal<18>;
    CHECK(div<18>(decimal<0>::of(9), tiny::of(max), rounding::half_up).value() ==
          tiny::of(975781955236953991));  // 9 / 9.223372036854775807
    CHECK(div<18>(decimal<0>::of(1), tiny::of(1), rounding::half_up) == fail(errc::overflow));
    CHECK(div<0>(tiny::of(max), decimal<0>::of(max), rounding::up).value() == decimal<0>::of(1));
    CHECK(div<0>(tiny::of(max), decimal<0>::of(max), rounding::half_up).value().is_zero());
    CHECK(div<18>(tiny::of(max), tiny::of(-max), rounding::exact).value() ==
          -tiny::of(1'000'000'000'000'000'000));
    CHECK(div<2>(kwh::of(1), kwh::of(0), rounding::half_up) == fail(errc::divide_by_zero));
    CHECK(div<2>(kwh::of(0), kwh::of(0), rounding::half_up) == fail(errc::divide_by_zero));
}

TEST_CASE("rescaling up is exact or an overflow, whatever the mode")
{
    CHECK(rescale<18>(decimal<0>::of(9), rounding::exact).value() ==
          decimal<18>::of(9'000'000'000'000'000'000));
    CHECK(rescale<18>(decimal<0>::of(10), rounding::down) == fail(errc::overflow));
    CHECK(rescale<4>(kwh::of(-7), rounding::exact).value() == kwh::of(-7));
}

TEST_CASE("a rounded-up quotient that leaves the range is an overflow")
{
    const auto half = div<0>(decimal<0>::of(max), decimal<1>::of(10), rounding::exact);
    CHECK(half.value() == decimal<0>::of(max));
    // (2^63 - 1) + 0.5, rounded both ways.
    CHECK(div<0>(decimal<1>::parse("922337203685477580.7").value(), decimal<2>::of(10),
                 rounding::exact)
              .value() == decimal<0>::of(max));
    CHECK(mul<0>(decimal<0>::of(6148914691236517205), decimal<1>::of(15), rounding::down).value() ==
          decimal<0>::of(max));  // 9223372036854775807.5
    CHECK(mul<0>(decimal<0>::of(6148914691236517205), decimal<1>::of(15), rounding::half_up) ==
          fail(errc::overflow));
    CHECK(mul<0>(decimal<0>::of(6148914691236517205), decimal<1>::of(15), rounding::exact) ==
          fail(errc::inexact));
}

TEST_CASE("text of the expected form is read")
{
    CHECK(kwh::parse("0").value().is_zero());
    CHECK(kwh::parse("-0").value().is_zero());
    CHECK(kwh::parse("-0.0000").value() == kwh{});
    CHECK(kwh::parse("12.5").value() == kwh::of(125000));
    CHECK(kwh::parse("0012.5").value() == kwh::of(125000));
    CHECK(kwh::parse("922337203685477.5807").value() == kwh::of(max));
    CHECK(kwh::parse("-922337203685477.5807").value() == kwh::of(-max));
    CHECK(kwh::parse("000000000000000000000000000000922337203685477.5807").value() == kwh::of(max));
    CHECK(decimal<18>::parse("9.223372036854775807").value() == decimal<18>::of(max));
    CHECK(decimal<0>::parse("9223372036854775807").value() == decimal<0>::of(max));
}

TEST_CASE("text of any other form is refused, with the reason")
{
    using namespace std::string_view_literals;
    for (const auto bad : {""sv,
                           "-"sv,
                           "."sv,
                           "-."sv,
                           "+1"sv,
                           " 1"sv,
                           "1 "sv,
                           "1."sv,
                           ".5"sv,
                           "-.5"sv,
                           "--1"sv,
                           "1e3"sv,
                           "1E3"sv,
                           "0x10"sv,
                           "1,5"sv,
                           "1'000"sv,
                           "1_000"sv,
                           "1.2.3"sv,
                           "1.-2"sv,
                           "inf"sv,
                           "nan"sv,
                           "12abc"sv,
                           "1\0"sv,
                           "\0"sv,
                           "\xEF\xBC\x91"sv,
                           "1.5\n"sv,
                           "/"sv,
                           ":"sv,
                           "1:"sv,
                           "1./"sv,
                           "99999999999999999999999x"sv}) {
        CAPTURE(bad);
        CHECK(kwh::parse(bad) == fail(errc::syntax));
        CHECK(kwh::parse(bad, rounding::half_up) == fail(errc::syntax));
    }
    CHECK(kwh::parse("1.00000") == fail(errc::too_many_places));
    CHECK(decimal<0>::parse("1.0") == fail(errc::too_many_places));
    CHECK(kwh::parse("922337203685477.5808") == fail(errc::overflow));
    CHECK(kwh::parse("-922337203685477.5808") == fail(errc::overflow));
    CHECK(kwh::parse("99999999999999999999") == fail(errc::overflow));
    CHECK(kwh::parse("1844674407370955.1616") == fail(errc::overflow));  // 2^64
    CHECK(kwh::parse("99999999999999999999.99999") == fail(errc::too_many_places));
}

TEST_CASE("surplus places are rounded where a rounding is named")
{
    CHECK(kwh::parse("1.00005", rounding::half_up).value() == kwh::of(10001));
    CHECK(kwh::parse("1.00005", rounding::half_even).value() == kwh::of(10000));
    CHECK(kwh::parse("1.000050000000000000000000000000001", rounding::half_even).value() ==
          kwh::of(10001));
    CHECK(kwh::parse("1.00004999999999999999999999999", rounding::half_up).value() ==
          kwh::of(10000));
    CHECK(kwh::parse("-1.00000000000000000000000000001", rounding::floor).value() ==
          kwh::of(-10001));
    CHECK(kwh::parse("1.00000", rounding::exact).value() == kwh::of(10000));
    CHECK(kwh::parse("1.00001", rounding::exact) == fail(errc::inexact));
    CHECK(kwh::parse("922337203685477.58074", rounding::half_up).value() == kwh::of(max));
    CHECK(kwh::parse("922337203685477.58075", rounding::half_up) == fail(errc::overflow));
}

TEST_CASE("a number is written with all its places and no more than 21 characters")
{
    CHECK(to_string(kwh::of(0)) == "0.0000");
    CHECK(to_string(kwh::of(-1)) == "-0.0001");
    CHECK(to_string(kwh::of(123456)) == "12.3456");
    CHECK(to_string(decimal<0>::of(-max)) == "-9223372036854775807");
    CHECK(to_string(decimal<18>::of(-max)) == "-9.223372036854775807");
    CHECK(to_string(decimal<18>::of(-1)) == "-0.000000000000000001");
    CHECK(to_string(decimal<17>::of(max)) == "92.23372036854775807");
    CHECK(to_string(decimal<1>::of(10)) == "1.0");
    CHECK(text(decimal<18>::of(-max)).view().size() == decimal_text_size_max);
}

TEST_CASE("formatting stays inside the room it asks for")
{
    std::string room(decimal_text_size_max + 4, '#');
    for (std::int64_t value = 1; value > 0 && value < max / 10; value *= 10) {
        room.assign(room.size(), '#');
        format_to(room.data(), decimal<0>::of(-value));
        format_to(room.data(), decimal<9>::of(-value));
        format_to(room.data(), decimal<18>::of(-value));
        CHECK(room.substr(decimal_text_size_max) == "####");
    }
}
