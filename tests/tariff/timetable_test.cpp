// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/tariff/period.hpp>
#include <wattpurse/tariff/timetable.hpp>

using namespace wattpurse;
using namespace wattpurse::tariff;

namespace {

using std::chrono::minutes;

instant at(std::string_view text) { return parse_iso8601(text).value(); }
civil_day day(std::string_view text) { return parse_day(text).value(); }

/// London in 2026: an hour is skipped on 29 March, one is shown twice on 25 October.
civil_zone london()
{
    return civil_zone::of("Europe/London", minutes{0},
                          {{at("2026-03-29T01:00:00Z"), minutes{60}},
                           {at("2026-10-25T01:00:00Z"), minutes{0}}})
        .value();
}

/// A zone whose clocks jump over midnight.
civil_zone jumps_at_midnight()
{
    return civil_zone::of("Nowhere/Jump", minutes{-240},
                          {{at("2026-09-06T04:00:00Z"), minutes{-180}}})
        .value();
}

const std::vector<band> bands{{"night", {}, {}}, {"day", {}, {}}, {"sharp", {}, {}}};

calendar plain()
{
    calendar out;
    out.plans = {{"plain", {{30, 450, "night"}, {450, 30, "day"}}}};
    out.rules = {{{}, {}, "plain"}};
    return out;
}

std::vector<std::string> shown(const std::vector<run>& runs, const civil_zone& zone)
{
    std::vector<std::string> out;
    for (const run& each : runs) {
        const std::string name =
            each.band < 0 ? "-" : bands[static_cast<std::size_t>(each.band)].name;
        out.push_back(std::string{iso8601(each.from, zone.at(each.from)).view().substr(5, 11)} +
                      ' ' + name + ' ' +
                      std::to_string((each.until - each.from) / minutes{1}));
    }
    return out;
}

std::vector<run> of(const calendar& by, const civil_zone& zone, std::string_view from,
                    std::string_view until, const std::vector<event_day>& events = {})
{
    return timetable(by, bands, zone, events, zone.start_of(day(from)),
                     zone.start_of(day(until)));
}

}  // namespace

TEST_CASE("a band that passes midnight is one run")
{
    const std::vector<std::string> expected{"01-01T00:00 day 30", "01-01T00:30 night 420",
                                            "01-01T07:30 day 1020", "01-02T00:30 night 420",
                                            "01-02T07:30 day 990"};
    CHECK(shown(of(plain(), china_zone, "2026-01-01", "2026-01-03"), china_zone) == expected);
}

TEST_CASE("the hour that is skipped is in no band, the one that is shown twice is twice in its own")
{
    const std::vector<std::string> spring{"03-29T00:00 day 30", "03-29T00:30 night 360",
                                          "03-29T07:30 day 990"};
    CHECK(shown(of(plain(), london(), "2026-03-29", "2026-03-30"), london()) == spring);
    calendar by = plain();
    by.plans[0].windows = {{0, 90, "night"}, {90, 1440, "day"}};
    // 01:00 to 01:30 comes twice: night, day, night again, day again.
    const std::vector<std::string> autumn{"10-25T00:00 night 90", "10-25T01:30 day 30",
                                          "10-25T01:00 night 30", "10-25T01:30 day 1350"};
    CHECK(shown(of(by, london(), "2026-10-25", "2026-10-26"), london()) == autumn);
}

TEST_CASE("days have 23 and 25 hours, and begin where midnight is jumped over")
{
    const civil_zone zone = london();
    const auto length = [](const civil_zone& in, std::string_view which) {
        const civil_day here = day(which);
        return (in.start_of(here + std::chrono::days{1}) - in.start_of(here)) / minutes{1};
    };
    CHECK(length(zone, "2026-03-29") == 23 * 60);
    CHECK(length(zone, "2026-10-25") == 25 * 60);
    CHECK(length(zone, "2026-06-01") == 24 * 60);
    const civil_zone jump = jumps_at_midnight();
    CHECK(jump.start_of(day("2026-09-06")) == at("2026-09-06T04:00:00Z"));
    CHECK(length(jump, "2026-09-06") == 23 * 60);
    CHECK(jump.day_at(at("2026-09-06T03:59:59Z")) == day("2026-09-05"));
    CHECK(jump.day_at(at("2026-09-06T04:00:00Z")) == day("2026-09-06"));
}

TEST_CASE("seasons may cross the year and begin within a month")
{
    calendar by = plain();
    by.seasons = {{"winter", {{{12, 15}, {1, 31}}}}, {"rest", {{{2, 1}, {12, 14}}}}};
    CHECK(season_of(by, day("2026-12-14")) == 1);
    CHECK(season_of(by, day("2026-12-15")) == 0);
    CHECK(season_of(by, day("2027-01-31")) == 0);
    CHECK(season_of(by, day("2028-02-29")) == 1);
}

TEST_CASE("a day is of the first class it fits; announced days come in from outside")
{
    calendar by = plain();
    by.days = {{"hot", 0, {}, {}, "heat"},
               {"holiday", 0, {day("2026-10-02")}, {{10, 1}}, {}},
               {"weekend", 0x60, {}, {}, {}}};
    by.plans.push_back({"sharp", {{0, 1440, "sharp"}}});
    by.rules = {{{}, {"hot"}, "sharp"}, {{}, {}, "plain"}};
    const std::vector<event_day> events{{"heat", day("2026-07-14")}, {"frost", day("2026-07-15")}};
    CHECK(class_of(by, day("2026-07-14"), events) == 0);
    CHECK(class_of(by, day("2026-07-15"), events) == no_index);
    CHECK(class_of(by, day("2027-10-01"), events) == 1);
    CHECK(class_of(by, day("2026-10-02"), events) == 1);
    CHECK(class_of(by, day("2026-10-03"), events) == 2);  // a Saturday
    const auto hot = shown(of(by, china_zone, "2026-07-14", "2026-07-15", events), china_zone);
    CHECK(hot == std::vector<std::string>{"07-14T00:00 sharp 1440"});
}

TEST_CASE("runs touch, cover what was asked for, and never repeat a band")
{
    for (const civil_zone& zone : {london(), jumps_at_midnight(), civil_zone{china_zone}}) {
        const instant from = zone.start_of(day("2026-01-01")) + minutes{17};
        const instant until = zone.start_of(day("2027-01-01")) - minutes{5};
        const auto runs = timetable(plain(), bands, zone, {}, from, until);
        CHECK(runs.front().from == from);
        CHECK(runs.back().until == until);
        for (std::size_t i = 1; i < runs.size(); ++i) {
            REQUIRE(runs[i - 1].until == runs[i].from);
            REQUIRE(runs[i - 1].band != runs[i].band);
        }
        for (const run& each : runs) {  // by the definition: what the clock on the wall says
            const auto clock = to_civil(each.from, zone.at(each.from));
            const int minute = clock.hour * 60 + clock.minute;
            REQUIRE(each.band == (minute >= 30 && minute < 450 ? 0 : 1));
        }
    }
}

TEST_CASE("a zone's changes have to rise, and offsets to be possible")
{
    const offset_change change{at("2026-03-29T01:00:00Z"), minutes{60}};
    CHECK(civil_zone::of("x", minutes{0}, {change, change}).error() == errc::out_of_range);
    CHECK(civil_zone::of("x", minutes{1200}, {}).error() == errc::out_of_range);
    CHECK(civil_zone{fixed_zone{minutes{-210}}}.name() == "-03:30");
}
