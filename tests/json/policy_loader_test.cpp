// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wattpurse/adapter/json/policy.hpp>

using namespace wattpurse;
using namespace std::chrono_literals;
using adapter::json::load_policy;

namespace {

const std::string sound = R"({
  "format": "wattpurse-policy/1", "name": "strict", "describe": "for tests",
  "currency": "CNY", "zone": "+08:00",
  "alarm_1": "30.5", "alarm_2": "10", "overdraft_limit": "5.000001", "reconnect_above": "-1",
  "notice_age_min_minutes": 30, "reading_age_max_minutes": 90, "reconnect": "permit",
  "protected_hours": [{ "from": "17:00", "to": "09:00" }, { "from": "12:00", "to": "24:00" }],
  "protected_weekdays": ["sunday", "saturday"],
  "protected_days": ["2026-02-17"],
  "protected_accounts": ["F07", "F11"]
})";

std::string with(std::string text, std::string_view old_part, std::string_view new_part)
{
    const auto at = text.find(old_part);
    REQUIRE(at != std::string::npos);
    return text.replace(at, old_part.size(), new_part);
}

std::vector<fault> faults_of(const std::string& text)
{
    const auto loaded = load_policy(text);
    return loaded ? std::vector<fault>{} : loaded.error();
}

std::vector<std::string> paths_of(const std::string& text)
{
    std::vector<std::string> paths;
    for (const fault& each : faults_of(text)) {
        CHECK_FALSE(each.expected.empty());
        paths.push_back(each.path);
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

money yuan(std::string_view text)
{
    return {money::amount_type::parse(text).value(), currency{"CNY"}};
}

}  // namespace

TEST_CASE("every member of a policy file is taken as it stands")
{
    const auto loaded = load_policy(sound);
    REQUIRE(loaded);
    CHECK(loaded->name == "strict");
    CHECK(loaded->describe == "for tests");
    CHECK(loaded->unit == currency{"CNY"});
    CHECK(loaded->zone == china_zone);
    CHECK(loaded->alarm_1 == yuan("30.5"));
    CHECK(loaded->alarm_2 == yuan("10"));
    CHECK(loaded->overdraft_limit == yuan("5.000001"));
    CHECK(loaded->reconnect_above == yuan("-1"));
    CHECK(loaded->notice_age_min == 30min);
    CHECK(loaded->reading_age_max == 90min);
    CHECK_FALSE(loaded->direct_reconnect);
    CHECK(loaded->protected_hours ==
          std::vector<credit::daily_window>{{17h, 9h}, {12h, 24h}});
    CHECK(loaded->protected_weekdays == std::vector<std::uint8_t>{0, 6});
    REQUIRE(loaded->protected_days.size() == 1);
    CHECK(loaded->protected_days[0] == std::chrono::year{2026} / 2 / 17);
    REQUIRE(loaded->protected_accounts.size() == 2);
    CHECK(loaded->protected_accounts[1].view() == "F11");
}

TEST_CASE("the policy that comes with the house loads")
{
    std::ifstream file{WATTPURSE_SOURCE_DIR "/share/policies/residential.json"};
    std::stringstream text;
    text << file.rdbuf();
    const auto loaded = load_policy(text.str());
    REQUIRE(loaded);
    CHECK(loaded->overdraft_limit == yuan("5"));
    CHECK(loaded->reconnect_above == yuan("0"));
    CHECK(loaded->notice_age_min == 12h);
    CHECK(loaded->reading_age_max == 3h);
    CHECK(loaded->direct_reconnect);
    CHECK(loaded->protected_hours == std::vector<credit::daily_window>{{17h, 9h}});
    CHECK(loaded->protected_days.size() == 3);
    CHECK(loaded->protected_accounts.empty());
}

TEST_CASE("the lists may be absent, nothing else may")
{
    const std::string least = R"({"format": "wattpurse-policy/1", "name": "n",
        "currency": "CNY", "zone": "+00:00", "alarm_1": "2", "alarm_2": "1",
        "overdraft_limit": "0", "reconnect_above": "0", "notice_age_min_minutes": 0,
        "reading_age_max_minutes": 60, "reconnect": "direct"})";
    CHECK(load_policy(least));
    const std::vector<std::string> all = {
        "/alarm_1", "/alarm_2", "/currency", "/format", "/name", "/notice_age_min_minutes",
        "/overdraft_limit", "/reading_age_max_minutes", "/reconnect", "/reconnect_above",
        "/zone"};
    CHECK(paths_of("{}") == all);
}

TEST_CASE("one wrong member is one fault at its path")
{
    const std::vector<std::pair<std::pair<const char*, const char*>, const char*>> rows = {
        {{R"("wattpurse-policy/1")", R"("wattpurse-policy/2")"}, "/format"},
        {{R"("strict")", R"("")"}, "/name"},
        {{R"("CNY")", R"("yuan")"}, "/currency"},
        {{R"("+08:00")", R"("Asia/Shanghai")"}, "/zone"},
        {{R"("30.5")", "30.5"}, "/alarm_1"},
        {{R"("30.5")", R"("9.999999")"}, "/alarm_1"},
        {{R"("alarm_2": "10")", R"("alarm_2": "1e1")"}, "/alarm_2"},
        {{R"("alarm_2": "10")", R"("alarm_2": "-1")"}, "/alarm_2"},
        {{R"("5.000001")", R"("5.0000001")"}, "/overdraft_limit"},
        {{R"("5.000001")", R"("99999999999999")"}, "/overdraft_limit"},
        {{R"("-1")", R"("-5.000002")"}, "/reconnect_above"},
        {{"_minutes\": 30", "_minutes\": \"30\""}, "/notice_age_min_minutes"},
        {{"_minutes\": 30", "_minutes\": -1"}, "/notice_age_min_minutes"},
        {{"_minutes\": 30", "_minutes\": 527041"}, "/notice_age_min_minutes"},
        {{"_minutes\": 90", "_minutes\": 0"}, "/reading_age_max_minutes"},
        {{"_minutes\": 90", "_minutes\": 1.5"}, "/reading_age_max_minutes"},
        {{R"("permit")", R"("always")"}, "/reconnect"},
        {{R"("17:00")", R"("17")"}, "/protected_hours/0/from"},
        {{R"("17:00")", R"("24:00")"}, "/protected_hours/0/from"},
        {{R"("09:00")", R"("17:00")"}, "/protected_hours/0"},
        {{R"({ "from": "12:00", )", "{"}, "/protected_hours/1/from"},
        {{R"("saturday")", R"("Saturday")"}, "/protected_weekdays/1"},
        {{R"("saturday")", R"("sunday")"}, "/protected_weekdays/1"},
        {{R"("2026-02-17")", R"("2026-02-29")"}, "/protected_days/0"},
        {{R"("F11")", R"("F 11")"}, "/protected_accounts/1"},
        {{R"("F11")", R"("F07")"}, "/protected_accounts/1"},
        {{R"(["sunday", "saturday"])", R"("sunday")"}, "/protected_weekdays"},
        {{R"("describe")", R"("description")"}, "/description"},
        {{R"("name")", R"("zone": "+08:00", "name")"}, "/zone"},
    };
    for (const auto& row : rows) {
        const auto& change = row.first;
        CAPTURE(change.first);
        CAPTURE(change.second);
        CHECK(paths_of(with(sound, change.first, change.second)) ==
              std::vector<std::string>{row.second});
    }
}

TEST_CASE("all faults come at once, and none that only follow from another")
{
    std::string text = with(sound, R"("30.5")", "30.5");
    text = with(text, R"("5.000001")", "5");
    text = with(text, R"("17:00")", R"("25:00")");
    text = with(text, R"("2026-02-17")", R"("tomorrow", "2026-02-17", "2026-02-17")");
    text = with(text, R"("F07")", R"("", "")");
    const std::vector<std::string> expected = {
        "/alarm_1", "/overdraft_limit", "/protected_accounts/0", "/protected_accounts/1",
        "/protected_days/2", "/protected_days/0", "/protected_hours/0/from"};
    auto sorted = expected;
    std::sort(sorted.begin(), sorted.end());
    CHECK(paths_of(text) == sorted);
}

TEST_CASE("a number where an amount belongs is shown and named")
{
    const auto faults = faults_of(with(sound, R"("30.5")", "30.5"));
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].value == "30.5");
    CHECK(faults[0].expected.find("string") != std::string::npos);
}

TEST_CASE("a text that is no JSON, or no object, is one fault")
{
    CHECK(faults_of("{\"format\": ").size() == 1);
    CHECK(faults_of("").size() == 1);
    CHECK(faults_of("[]").size() == 1);
}
