// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "examples.hpp"

using namespace wattpurse;
using namespace wattpurse::credit;
using namespace wattpurse::credit::examples;

TEST_CASE("levels change exactly at their thresholds, one millionth to either side")
{
    const policy rules = residential();
    const std::vector<std::pair<const char*, credit_level>> rows = {
        {"1000000", credit_level::normal},     {"30.000001", credit_level::normal},
        {"30", credit_level::alarm_1},         {"29.999999", credit_level::alarm_1},
        {"10.000001", credit_level::alarm_1},  {"10", credit_level::alarm_2},
        {"9.999999", credit_level::alarm_2},   {"0.000001", credit_level::alarm_2},
        {"0", credit_level::exhausted},        {"-0.000001", credit_level::exhausted},
        {"-4.999999", credit_level::exhausted}, {"-5", credit_level::exhausted},
        {"-5.000001", credit_level::over_limit}, {"-1000000", credit_level::over_limit},
    };
    for (const auto& row : rows) {
        CAPTURE(row.first);
        CHECK(level_of(rules, yuan(row.first)) == row.second);
    }
}

TEST_CASE("without an overdraft the limit is passed one millionth below zero")
{
    policy rules = residential();
    rules.overdraft_limit = yuan("0");
    CHECK(level_of(rules, yuan("0.000001")) == credit_level::alarm_2);
    CHECK(level_of(rules, yuan("0")) == credit_level::exhausted);
    CHECK(level_of(rules, yuan("-0.000001")) == credit_level::over_limit);
}

TEST_CASE("the ends of the range of money have levels too")
{
    policy rules = residential();
    const auto most = money::amount_type::of(money::amount_type::mantissa_max);
    CHECK(level_of(rules, money{most, cny}) == credit_level::normal);
    CHECK(level_of(rules, money{-most, cny}) == credit_level::over_limit);
    rules.overdraft_limit = money{most, cny};
    CHECK(level_of(rules, money{-most, cny}) == credit_level::exhausted);
}

TEST_CASE("a sound policy has no faults") { CHECK(check(residential()).empty()); }

TEST_CASE("every fault of a policy is found at once, each with its path")
{
    policy rules = residential();
    rules.alarm_1 = yuan("9.999999");
    rules.alarm_2 = yuan("10");
    rules.overdraft_limit = yuan("-1");
    rules.reconnect_above = money{money::amount_type::of(0), currency{"EUR"}};
    rules.notice_age_min = -1min;
    rules.reading_age_max = duration{0};
    rules.protected_hours = {{8h, 8h}, {24h, 1h}, {1h, 25h}};
    rules.protected_weekdays = {0, 7, 0};
    rules.protected_days = {std::chrono::year{2026} / 2 / 30};
    rules.protected_accounts = {flat("F01"), account_id{}, flat("F01")};
    std::vector<std::string> paths;
    for (const fault& each : check(rules)) {
        CHECK_FALSE(each.expected.empty());
        paths.push_back(each.path);
    }
    const std::vector<std::string> expected = {
        "/reconnect_above", "/alarm_1", "/overdraft_limit", "/reconnect_above",
        "/notice_age_min_minutes", "/reading_age_max_minutes", "/protected_hours/0",
        "/protected_hours/1/from", "/protected_hours/2/to", "/protected_weekdays/1",
        "/protected_weekdays/2", "/protected_days/0", "/protected_accounts/1",
        "/protected_accounts/2"};
    CHECK(paths == expected);
}

TEST_CASE("supply may not come back at a balance that would take it away")
{
    policy rules = residential();
    rules.reconnect_above = yuan("-5");
    CHECK(check(rules).empty());
    rules.reconnect_above = yuan("-5.000001");
    REQUIRE(check(rules).size() == 1);
    CHECK(check(rules)[0].path == "/reconnect_above");
}
