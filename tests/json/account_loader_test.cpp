// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/adapter/json/account.hpp>
#include <wattpurse/base/decimal_text.hpp>

using namespace wattpurse;
using adapter::json::load_account;

namespace {

using texts = std::vector<std::string>;

/// The faults of an account with these members, one a string; empty where it loads.
texts faults_in(const std::string& members)
{
    texts out;
    const auto loaded =
        load_account("{\"format\": \"wattpurse-account/1\", " + members + "}", china_zone);
    if (loaded) return out;
    for (const fault& each : loaded.error()) out.push_back(to_string(each));
    return out;
}

}  // namespace

TEST_CASE("an account says all that a tariff may ask of it")
{
    const auto loaded = load_account(R"({
      "format": "wattpurse-account/1",
      "attributes": [{ "name": "contract_kva", "value": "50" },
                     { "name": "contract_kva", "from": "2026-07-21", "value": "100.5" }],
      "openings": [{ "determinant": "energy", "band": "peak", "quantity": "1200" }],
      "past": [{ "determinant": "demand", "month": "2026-03", "value": "480" }],
      "credits": [{ "of": "export", "earned": "2026-01-01", "expires": "2027-01-01",
                    "quantity": "12.50" }],
      "prices": [{ "name": "spot", "from": "2026-01-01T00:00:00+01:00", "step": "60min",
                   "values": ["0.1", "-0.02"] }],
      "events": [{ "name": "heat", "day": "2026-07-14" }],
      "meters": ["main", "pump"],
      "service_from": "2026-01-05", "service_until": "2026-07-01",
      "carried": "-0.004" })", china_zone);
    REQUIRE(loaded.has_value());
    REQUIRE(loaded->attributes.size() == 2);
    CHECK(loaded->attributes[0].from == instant::min());
    CHECK(loaded->attributes[1].from == parse_iso8601("2026-07-21T00:00:00+08:00").value());
    CHECK(to_string(loaded->attributes[1].value) == "100.5000");
    CHECK(loaded->openings[0].band == "peak");
    CHECK(loaded->past[0].month == tariff::parse_day("2026-03-01").value());
    CHECK(to_string(loaded->credits[0].quantity) == "12.500000");
    CHECK(loaded->prices[0].step == std::chrono::hours{1});
    CHECK(to_string(loaded->prices[0].prices[1]) == "-0.02000000");
    CHECK(loaded->events[0].name == "heat");
    CHECK(loaded->meters == texts{"main", "pump"});
    CHECK(loaded->service_from == parse_iso8601("2026-01-05T00:00:00+08:00").value());
    CHECK(to_string(loaded->carried) == "-0.004000");
}

TEST_CASE("an account that says nothing has one meter, and is served for ever")
{
    const auto loaded = load_account(R"({"format": "wattpurse-account/1"})", china_zone);
    REQUIRE(loaded.has_value());
    CHECK(*loaded == tariff::consumption{});
    CHECK(loaded->meters == texts{"main"});
}

TEST_CASE("a day begins when it does in the zone of the tariff")
{
    const auto zone = tariff::civil_zone::of(
        "Europe/London", std::chrono::minutes{0},
        {{parse_iso8601("2026-03-29T01:00:00Z").value(), std::chrono::minutes{60}}});
    REQUIRE(zone.has_value());
    const auto loaded = load_account(
        R"({"format": "wattpurse-account/1", "service_from": "2026-03-29",
            "service_until": "2026-03-30"})", *zone);
    REQUIRE(loaded.has_value());
    CHECK(loaded->service_from == parse_iso8601("2026-03-29T00:00:00Z").value());
    CHECK(loaded->service_until == parse_iso8601("2026-03-29T23:00:00Z").value());
}

TEST_CASE("each fault of an account has its place, its value and what was expected")
{
    CHECK(faults_in(R"("attributes": [{"name": "persons", "value": 5}])") ==
          texts{"/attributes/0/value: 5 (expected a value, as a string: \"5\" (a JSON number would "
                "pass through a binary fraction))"});
    CHECK(faults_in(R"("attributes": [{"name": "", "value": "5"}, {"value": "5"}])") ==
          texts{"/attributes/0/name: \"\" (expected the name of an attribute, as a string that is "
                "not empty)",
                "/attributes/1/name: (missing) (expected the name of an attribute)"});
    CHECK(faults_in(R"("openings": [{"determinant": "e", "quantity": "1.00001"}])") ==
          texts{"/openings/0/quantity: \"1.00001\" (expected a quantity, with at most 4 decimal "
                "places)"});
    CHECK(faults_in(R"("past": [{"determinant": "kw", "month": "03", "value": "1"}])") ==
          texts{"/past/0/month: \"03\" (expected a month, as \"2026-03\")"});
    CHECK(faults_in(R"("past": [{"determinant": "kw", "month": "2026-13", "value": "1"}])") ==
          texts{"/past/0/month: \"2026-13\" (expected a month, as \"2026-03\")"});
    CHECK(faults_in(R"("credits": [{"of": "x", "earned": "2026-01-01", "expires": "never",
                                    "quantity": "-1"}])") ==
          texts{"/credits/0/expires: \"never\" (expected a date such as \"2026-01-31\")",
                "/credits/0/quantity: \"-1\" (expected kWh or money not below zero)"});
    CHECK(faults_in(R"("credits": [{"of": "x", "earned": "2026-02-01", "expires": "2026-02-01",
                                    "quantity": "1"},
                                   {"of": "x", "earned": "2026-02-01", "expires": "2025-12-31",
                                    "quantity": "1"},
                                   {"of": "x", "earned": "1970-01-01", "expires": "1969-12-31",
                                    "quantity": "1"},
                                   {"of": "x", "earned": "2026-02-01", "expires": "2026-02-02",
                                    "quantity": "1"}])") ==
          texts{"/credits/0/expires: \"2026-02-01\" (expected a day after 2026-02-01, when it was "
                "earned)",
                "/credits/1/expires: \"2025-12-31\" (expected a day after 2026-02-01, when it was "
                "earned)",
                "/credits/2/expires: \"1969-12-31\" (expected a day after 1970-01-01, when it was "
                "earned)"});
    CHECK(faults_in(R"("openings": [{"determinant": "e", "quantity": "-0.0001"},
                                    {"determinant": "f", "quantity": "0"}])") ==
          texts{"/openings/0/quantity: \"-0.0001\" (expected a quantity not below zero)"});
    CHECK(faults_in(R"("events": [{"name": "heat", "day": "14 July"}])") ==
          texts{"/events/0/day: \"14 July\" (expected a date such as \"2026-01-31\")"});
    CHECK(faults_in(R"("events": [{"name": "heat", "day": "2026-02-29"}])").size() == 1);
    CHECK(faults_in("\"carried\": \"a lot\"") ==
          texts{"/carried: \"a lot\" (expected an amount, written as digits with at most one point "
                "and 6 decimal places)"});
    CHECK(faults_in("\"colour\": \"red\"") ==
          texts{"/colour: \"red\" (expected no such key: only format, attributes, openings, past, "
                "credits, prices, events, meters, service_from, service_until and carried are "
                "supported here)"});
}

TEST_CASE("an attribute has one value at a time")
{
    CHECK(faults_in(R"("attributes": [{"name": "a", "value": "1"}, {"name": "b", "value": "1"},
        {"name": "a", "from": "2026-01-01", "value": "2"},
        {"name": "b", "from": "2026-01-01", "value": "2"},
        {"name": "a", "from": "2026-01-02", "value": "3"}])").empty());
    CHECK(faults_in(R"("attributes": [{"name": "a", "value": "1"},
        {"name": "a", "from": "2026-01-01", "value": "2"}, {"name": "a", "value": "1"},
        {"name": "a", "from": "2026-01-01", "value": "3"}])") ==
          texts{"/attributes/2/name: \"a\" (expected an attribute that has no other value since "
                "ever)",
                "/attributes/3/name: \"a\" (expected an attribute that has no other value from "
                "2026-01-01 on)"});
    // Of a value at an unknown time nothing more is said.
    CHECK(faults_in(R"("attributes": [{"name": "a", "value": "1"},
                                      {"name": "a", "from": "soon", "value": "1"}])").size() == 1);
}

TEST_CASE("a series of prices says when it begins and how long each one holds")
{
    const auto prices = [](std::string_view from, std::string_view step, std::string_view value) {
        return faults_in(R"("prices": [{"name": "spot", "from": )" + std::string{from} +
                         R"(, "step": )" + std::string{step} + R"(, "values": [)" +
                         std::string{value} + "]}]");
    };
    constexpr std::string_view from = "\"2026-01-01T00:00:00Z\"";
    CHECK(prices(from, "\"15min\"", "\"0.1\"").empty());
    CHECK(prices("\"2026-01-01\"", "\"1h\"", "\"0.1\"") ==
          texts{"/prices/0/from: \"2026-01-01\" (expected a moment, as "
                "\"2026-01-01T00:00:00+01:00\")"});
    CHECK(prices(from, "\"an hour\"", "\"0.1\"") ==
          texts{"/prices/0/step: \"an hour\" (expected the time between prices, as a length of "
                "time such as \"90s\", \"30min\", \"24h\" or \"3d\")"});
    CHECK(prices(from, "\"0h\"", "\"0.1\"") ==
          texts{"/prices/0/step: \"0h\" (expected a length above zero, as \"60min\")"});
    CHECK(prices(from, "\"1h\"", "\"0.1\", 0.2") ==
          texts{"/prices/0/values/1: 0.2 (expected a price, as a string: \"0.2\" (a JSON number "
                "would pass through a binary fraction))"});
}

TEST_CASE("meters are called differently, and service ends after it has begun")
{
    CHECK(faults_in("\"meters\": \"main\"") ==
          texts{"/meters: \"main\" (expected an array of names of meters)"});
    CHECK(faults_in("\"meters\": []") ==
          texts{"/meters: an empty array (expected at least one meter)"});
    CHECK(faults_in(R"("meters": ["a", "", "", "a"])") ==
          texts{"/meters/1: \"\" (expected a name, as a string that is not empty)",
                "/meters/2: \"\" (expected a name, as a string that is not empty)",
                "/meters/3: \"a\" (expected each meter once)"});
    CHECK(faults_in(R"("service_from": "2026-06-01", "service_until": "2026-06-01")") ==
          texts{"/service_until: \"2026-06-01\" (expected a day after service_from)"});
    CHECK(faults_in(R"("service_until": "2026-06-01")").empty());
}

TEST_CASE("all faults of an account are told at once")
{
    CHECK(faults_in(R"("colour": "red", "carried": "a lot", "meters": "main")").size() == 3);
    CHECK(faults_in("\"past\": [], \"past\": []") ==
          texts{"/past: a second \"past\" (expected each key once)"});
    const auto first = [](std::string_view text) {
        return to_string(load_account(text, china_zone).error().at(0));
    };
    CHECK(first("{}") == "/format: (missing) (expected \"wattpurse-account/1\")");
    CHECK(first("[]") == "/: an empty array (expected an account, as an object)");
    CHECK(first(R"({"format": "wattpurse-tariff/2"})") ==
          "/format: \"wattpurse-tariff/2\" (expected wattpurse-account/1)");
    CHECK(load_account("{", china_zone).error().size() == 1);
}
