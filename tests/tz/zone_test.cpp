// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string_view>

#include <doctest/doctest.h>

#include <wattpurse/adapter/tz/zone.hpp>
#include <wattpurse/tariff/period.hpp>

using namespace wattpurse;
using adapter::tz::find_zone;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

tariff::civil_zone zone_of(std::string_view name)
{
    const auto found = find_zone(name);
    REQUIRE(found.has_value());
    return *found;
}

instant at(std::string_view text)
{
    return parse_iso8601(text).value();
}

tariff::civil_day day(std::string_view text)
{
    return tariff::parse_day(text).value();
}

duration length_of(const tariff::civil_zone& zone, std::string_view text)
{
    const tariff::civil_day today = day(text);
    return zone.start_of(today + std::chrono::days{1}) - zone.start_of(today);
}

}  // namespace

TEST_CASE("London changes its clocks twice in 2026, and its days have 23 and 25 hours then")
{
    const auto london = zone_of("Europe/London");
    CHECK(london.name() == "Europe/London");
    CHECK(!london.is_fixed());
    CHECK(london.next_change(at("2026-01-01T00:00:00Z")) == at("2026-03-29T01:00:00Z"));
    CHECK(london.next_change(at("2026-03-29T01:00:00Z")) == at("2026-10-25T01:00:00Z"));
    CHECK(london.at(at("2026-03-29T00:59:59Z")).offset == minutes{0});
    CHECK(london.at(at("2026-03-29T01:00:00Z")).offset == minutes{60});
    CHECK(london.at(at("2026-10-25T01:00:00Z")).offset == minutes{0});
    CHECK(length_of(london, "2026-03-29") == hours{23});
    CHECK(length_of(london, "2026-10-25") == hours{25});
    CHECK(length_of(london, "2026-10-26") == hours{24});
    const auto march = tariff::period_at(at("2026-03-15T12:00:00Z"), london);
    CHECK(march.until - march.from == hours{31 * 24 - 1});
}

TEST_CASE("the rule holds when the list of the database has ended")
{
    const auto london = zone_of("Europe/London");
    CHECK(london.next_change(at("2037-06-01T00:00:00Z")) == at("2037-10-25T01:00:00Z"));
    CHECK(london.next_change(at("2038-01-01T00:00:00Z")) == at("2038-03-28T01:00:00Z"));
    CHECK(london.next_change(at("2099-06-01T00:00:00Z")) == at("2099-10-25T01:00:00Z"));
    CHECK(length_of(london, "2090-03-26") == hours{23});
    // Half a year apart, and the other way round: the south.
    const auto sydney = zone_of("Australia/Sydney");
    CHECK(sydney.next_change(at("2050-01-01T00:00:00Z")) == at("2050-04-02T16:00:00Z"));
    CHECK(sydney.next_change(at("2050-06-01T00:00:00Z")) == at("2050-10-01T16:00:00Z"));
    // Ireland's law has winter time as the exception.
    const auto dublin = zone_of("Europe/Dublin");
    CHECK(dublin.at(at("2060-01-15T00:00:00Z")).offset == minutes{0});
    CHECK(dublin.at(at("2060-07-15T00:00:00Z")).offset == minutes{60});
    // At -1 o'clock on Sunday, which is on Saturday.
    const auto nuuk = zone_of("America/Nuuk");
    CHECK(nuuk.next_change(at("2050-01-01T00:00:00Z")) == at("2050-03-27T01:00:00Z"));
}

TEST_CASE("Lord Howe moves by half an hour")
{
    const auto island = zone_of("Australia/Lord_Howe");
    CHECK(island.at(at("2026-01-01T00:00:00Z")).offset == minutes{11 * 60});
    CHECK(island.at(at("2026-07-01T00:00:00Z")).offset == minutes{10 * 60 + 30});
    CHECK(length_of(island, "2026-04-05") == hours{24} + minutes{30});
    CHECK(length_of(island, "2026-10-04") == hours{23} + minutes{30});
}

TEST_CASE("a day without midnight begins when its clock is first shown")
{
    const auto havana = zone_of("America/Havana");  // 00:00 becomes 01:00
    const tariff::civil_day spring = day("2026-03-08");
    CHECK(havana.start_of(spring) == at("2026-03-08T05:00:00Z"));
    CHECK(havana.at(havana.start_of(spring)).offset == minutes{-4 * 60});
    CHECK(havana.day_at(havana.start_of(spring)) == spring);
    CHECK(havana.day_at(havana.start_of(spring) - duration{1}) == spring - std::chrono::days{1});
    CHECK(length_of(havana, "2026-03-08") == hours{23});
    CHECK(length_of(havana, "2026-11-01") == hours{25});
}

TEST_CASE("a zone that no longer changes")
{
    const auto shanghai = zone_of("Asia/Shanghai");
    CHECK(shanghai.next_change(at("1992-01-01T00:00:00Z")) == instant::max());
    CHECK(shanghai.next_change(at("1991-06-01T00:00:00Z")) == at("1991-09-14T17:00:00Z"));
    CHECK(shanghai.at(at("2026-07-01T00:00:00Z")) == china_zone);
    const auto today = find_zone("Asia/Shanghai", std::chrono::year{1992}, std::chrono::year{2100});
    REQUIRE(today.has_value());
    CHECK(today->is_fixed());
    CHECK(*today == tariff::civil_zone{china_zone});
    CHECK(today->name() == "Asia/Shanghai");
}

TEST_CASE("only the years that were asked for")
{
    const auto one = find_zone("Europe/London", std::chrono::year{2026}, std::chrono::year{2026});
    REQUIRE(one.has_value());
    CHECK(one->next_change(instant{}) == at("2026-03-29T01:00:00Z"));
    CHECK(one->next_change(at("2026-12-01T00:00:00Z")) == instant::max());
    const auto far = find_zone("Europe/London", std::chrono::year{2060}, std::chrono::year{2060});
    REQUIRE(far.has_value());
    CHECK(far->next_change(instant{}) == at("2060-03-28T01:00:00Z"));
    CHECK(far->next_change(at("2060-12-01T00:00:00Z")) == instant::max());
}

TEST_CASE("what there is not")
{
    using std::chrono::year;
    for (const std::string_view name : {"Europe/Atlantis", "", "../../etc/passwd", "europe london",
                                        "/usr/share/zoneinfo/UTC"}) {
        CAPTURE(name);
        const auto found = find_zone(name);
        REQUIRE(!found.has_value());
        CHECK(found.error() == errc::not_found);
    }
    CHECK(find_zone("Europe/London", year{2027}, year{2026}).error() == errc::out_of_range);
    CHECK(find_zone("Europe/London", year{1800}, year{2026}).error() == errc::out_of_range);
    CHECK(find_zone("Europe/London", year{2026}, year{9999}).error() == errc::out_of_range);
}
