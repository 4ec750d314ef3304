// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "dice.hpp"
#include "examples.hpp"

using namespace wattpurse;
using namespace wattpurse::credit;
using namespace wattpurse::credit::examples;

namespace {

policy only_hours(std::vector<daily_window> hours)
{
    policy rules = residential();
    rules.protected_hours = std::move(hours);
    rules.protected_days.clear();
    return rules;
}

}  // namespace

TEST_CASE("a window over midnight protects the evening and the morning, half-open")
{
    const policy rules = only_hours({{17h, 9h}});
    CHECK(is_protected_time(rules, at("2026-01-05T08:59")));
    CHECK(is_protected_time(rules, at("2026-01-05T09:00") - 1ms));
    CHECK_FALSE(is_protected_time(rules, at("2026-01-05T09:00")));
    CHECK_FALSE(is_protected_time(rules, at("2026-01-05T17:00") - 1ms));
    CHECK(is_protected_time(rules, at("2026-01-05T17:00")));
    CHECK(is_protected_time(rules, at("2026-01-06T00:00")));
    CHECK(next_unprotected(rules, at("2026-01-05T17:00")) == at("2026-01-06T09:00"));
    CHECK(next_unprotected(rules, at("2026-01-06T03:12") + 13s) == at("2026-01-06T09:00"));
    CHECK(next_unprotected(rules, at("2026-01-05T12:00") + 13ms) ==
          at("2026-01-05T12:00") + 13ms);
}

TEST_CASE("a window within the day ends on the day, 24:00 is the end of it")
{
    const policy lunch = only_hours({{12h, 14h}});
    CHECK_FALSE(is_protected_time(lunch, at("2026-01-05T11:59")));
    CHECK(next_unprotected(lunch, at("2026-01-05T12:00")) == at("2026-01-05T14:00"));
    const policy late = only_hours({{18h, 24h}});
    CHECK(next_unprotected(late, at("2026-01-05T23:59")) == at("2026-01-06T00:00"));
    const policy chained = only_hours({{14h, 16h}, {12h, 14h}, {22h, 3h}, {2h, 4h}});
    CHECK(next_unprotected(chained, at("2026-01-05T12:30")) == at("2026-01-05T16:00"));
    CHECK(next_unprotected(chained, at("2026-01-05T23:00")) == at("2026-01-06T04:00"));
}

TEST_CASE("weekdays and holidays are those of the local calendar")
{
    policy rules = only_hours({});
    rules.protected_weekdays = {0};  // 2026-01-04 is a Sunday
    CHECK_FALSE(is_protected_time(rules, at("2026-01-04T00:00") - 1ms));
    CHECK(is_protected_time(rules, at("2026-01-04T00:00")));  // 16:00 on Saturday in UTC
    CHECK(is_protected_time(rules, at("2026-01-05T00:00") - 1ms));
    CHECK(next_unprotected(rules, at("2026-01-04T10:00")) == at("2026-01-05T00:00"));
    rules.protected_days = {std::chrono::year{2026} / 1 / 5, std::chrono::year{2026} / 1 / 6};
    rules.protected_hours = {{17h, 9h}};
    CHECK(next_unprotected(rules, at("2026-01-03T17:00")) == at("2026-01-07T09:00"));
    rules.zone = fixed_zone{};
    CHECK(next_unprotected(rules, at("2026-01-04T07:59")) == at("2026-01-07T17:00"));
}

TEST_CASE("where all time is protected there is no next moment, and the search ends")
{
    CHECK(next_unprotected(only_hours({{0h, 24h}}), at("2026-01-05T12:00")) == instant::max());
    CHECK(next_unprotected(only_hours({{8h, 20h}, {20h, 8h}}), at("2026-01-05T12:00")) ==
          instant::max());
    CHECK(next_unprotected(only_hours({{8h, 8h}}), at("2026-01-05T12:00")) == instant::max());
    policy rules = only_hours({});
    rules.protected_weekdays = {0, 1, 2, 3, 4, 5, 6};
    CHECK(next_unprotected(rules, at("2026-01-05T12:00")) == instant::max());
    CHECK(next_unprotected(rules, instant::max()) == instant::max());
}

TEST_CASE("dates that take away the only free weekday delay by whole weeks")
{
    policy rules = only_hours({});
    rules.protected_weekdays = {0, 1, 2, 4, 5, 6};  // Wednesdays only
    for (int week = 0; week < 30; ++week) {
        const auto day = std::chrono::sys_days{std::chrono::year{2026} / 1 / 7} +
                         std::chrono::days{7 * week};
        rules.protected_days.emplace_back(day);
    }
    CHECK(next_unprotected(rules, at("2026-01-05T12:00")) ==
          at("2026-01-07T00:00") + std::chrono::days{210});
}

TEST_CASE("a gap that is too short for the whole work is passed over")
{
    const policy rules = only_hours({{0h, 9h}, {9h + 5min, 13h}, {17h, 24h}});
    CHECK(next_unprotected(rules, at("2026-01-05T08:00"), 5min) == at("2026-01-05T09:00"));
    CHECK(next_unprotected(rules, at("2026-01-05T08:00"), 6min) == at("2026-01-05T13:00"));
    CHECK(next_unprotected(rules, at("2026-01-05T16:50"), 10min) == at("2026-01-05T16:50"));
    CHECK(next_unprotected(rules, at("2026-01-05T16:50") + 1ms, 10min) ==
          at("2026-01-06T13:00"));
    CHECK(next_unprotected(only_hours({{0h, 12h}, {12h + 5min, 24h}}), at("2026-01-05T08:00"),
                           10min) == instant::max());
}

TEST_CASE("next_unprotected agrees with looking at every minute")
{
    dice roll{7};
    for (int round = 0; round < 300; ++round) {
        policy rules = only_hours({});
        rules.zone.offset = std::chrono::minutes{roll.between(-720, 720)};
        for (auto n = roll.below(4); n > 0; --n) {
            rules.protected_hours.push_back({std::chrono::minutes{roll.between(0, 1439)},
                                             std::chrono::minutes{roll.between(0, 1440)}});
        }
        for (auto n = roll.below(5); n > 0; --n) {
            rules.protected_weekdays.push_back(static_cast<std::uint8_t>(roll.below(7)));
        }
        for (auto n = roll.below(6); n > 0; --n) {
            rules.protected_days.push_back(std::chrono::year{2026} / 1 /
                                           std::chrono::day{static_cast<unsigned>(
                                               roll.between(1, 14))});
        }
        const instant from = at("2026-01-03T00:00") + std::chrono::minutes{roll.below(4000)};
        instant expected = from;
        const instant end = from + std::chrono::days{40};
        while (expected < end && is_protected_time(rules, expected)) expected += 1min;
        if (expected == end) expected = instant::max();
        CAPTURE(round);
        CHECK(next_unprotected(rules, from) == expected);
    }
}
