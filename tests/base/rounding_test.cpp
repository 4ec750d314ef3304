// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <doctest/doctest.h>

#include <wattpurse/base/decimal.hpp>

namespace {

using namespace wattpurse;

// The table of java.math.RoundingMode, whose columns are the same seven modes.
constexpr std::array<int, 10> tenths{55, 25, 16, 11, 10, -10, -11, -16, -25, -55};
struct expectation {
    rounding mode;
    std::array<int, 10> whole;
};
constexpr std::array<expectation, 7> table{{
    {rounding::up, {6, 3, 2, 2, 1, -1, -2, -2, -3, -6}},
    {rounding::down, {5, 2, 1, 1, 1, -1, -1, -1, -2, -5}},
    {rounding::ceiling, {6, 3, 2, 2, 1, -1, -1, -1, -2, -5}},
    {rounding::floor, {5, 2, 1, 1, 1, -1, -2, -2, -3, -6}},
    {rounding::half_up, {6, 3, 2, 1, 1, -1, -1, -2, -3, -6}},
    {rounding::half_down, {5, 2, 2, 1, 1, -1, -1, -2, -2, -5}},
    {rounding::half_even, {6, 2, 2, 1, 1, -1, -1, -2, -2, -6}},
}};

}  // namespace

TEST_CASE("each rounding mode gives the published result for the published inputs")
{
    for (const auto& row : table) {
        for (std::size_t i = 0; i < tenths.size(); ++i) {
            CAPTURE(to_string(row.mode));
            CAPTURE(tenths[i]);
            const auto rounded = rescale<0>(decimal<1>::of(tenths[i]), row.mode);
            REQUIRE(rounded.has_value());
            CHECK(rounded->mantissa() == row.whole[i]);
        }
    }
}

TEST_CASE("exact refuses to lose a digit and passes what loses none")
{
    CHECK(rescale<0>(decimal<1>::of(11), rounding::exact) == fail(errc::inexact));
    CHECK(rescale<0>(decimal<1>::of(-10), rounding::exact).value() == decimal<0>::of(-1));
    CHECK(rescale<0>(decimal<1>::of(0), rounding::exact).value().is_zero());
}

TEST_CASE("every rounding mode is read back from its name, and nothing else is")
{
    for (int i = 0; i < rounding_count; ++i) {
        const auto mode = static_cast<rounding>(i);
        CHECK(parse_rounding(to_string(mode)).value() == mode);
    }
    CHECK(parse_rounding("HALF_UP") == fail(errc::syntax));
    CHECK(parse_rounding("half_up ") == fail(errc::syntax));
    CHECK(parse_rounding("") == fail(errc::syntax));
}
