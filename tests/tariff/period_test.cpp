// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include <doctest/doctest.h>

#include <wattpurse/tariff/period.hpp>

using namespace wattpurse;
using namespace wattpurse::tariff;

namespace {

instant at(std::string_view text) { return parse_iso8601(text).value(); }
period_id id(std::string_view text) { return period_id::parse(text).value(); }

}  // namespace

TEST_CASE("a month begins at local midnight, wherever UTC is")
{
    CHECK(month_of(at("2025-12-31T23:59:59+08:00"), china_zone) == id("2025-12"));
    CHECK(month_of(at("2026-01-01T00:00:00+08:00"), china_zone) == id("2026-01"));
    CHECK(month_of(at("2025-12-31T16:00:00Z"), china_zone) == id("2026-01"));
    CHECK(month_of(at("2025-12-31T16:00:00Z"), fixed_zone{}) == id("2025-12"));
    CHECK(month_of(at("2026-02-01T02:00:00Z"), *fixed_zone::parse("-03:30")) == id("2026-01"));
}

TEST_CASE("a month is half open and ends where the next begins")
{
    const auto february = period_at(at("2028-02-29T12:00:00+08:00"), china_zone);
    CHECK(february.id == id("2028-02"));
    CHECK(february.from == at("2028-02-01T00:00:00+08:00"));
    CHECK(february.until == at("2028-03-01T00:00:00+08:00"));
    CHECK(period_at(february.until, china_zone).from == february.until);
    CHECK(period_at(february.from, china_zone) == february);
}

TEST_CASE("a month's name gives the month back")
{
    const auto found = period_of(id("2026-12"), china_zone);
    REQUIRE(found.has_value());
    CHECK(found->from == at("2026-12-01T00:00:00+08:00"));
    CHECK(found->until == at("2027-01-01T00:00:00+08:00"));
    CHECK(period_of(id("2026-13"), china_zone).error() == errc::out_of_range);
    CHECK(period_of(id("2026-00"), china_zone).error() == errc::out_of_range);
    CHECK(period_of(id("2026/01"), china_zone).error() == errc::syntax);
    CHECK(period_of(id("2026-1"), china_zone).error() == errc::syntax);
    CHECK(period_of(id("20x6-01"), china_zone).error() == errc::syntax);
}
