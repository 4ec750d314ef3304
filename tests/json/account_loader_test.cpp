// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/adapter/json/account.hpp>
#include <wattpurse/base/decimal_text.hpp>

using namespace wattpurse;
using adapter::json::load_account;

namespace {

std::vector<std::string> faults_in(const std::string& members)
{
    std::vector<std::string> out;
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
    CHECK(loaded->meters == std::vector<std::string>{"main", "pump"});
    CHECK(loaded->service_from == parse_iso8601("2026-01-05T00:00:00+08:00").value());
    CHECK(to_string(loaded->carried) == "-0.004000");
}

TEST_CASE("what an account cannot mean is said, all of it")
{
    CHECK(faults_in("\"attributes\": [{ \"name\": \"persons\", \"value\": 5 }]").size() == 1);
    CHECK(faults_in("\"events\": [{ \"name\": \"heat\", \"day\": \"14 July\" }]").size() == 1);
    CHECK(faults_in(R"("past": [{ "determinant": "kw", "month": "03", "value": "1" }])") ==
          std::vector<std::string>{"/past/0/month: \"03\" (expected a month, as \"2026-03\")"});
    CHECK(faults_in(R"("colour": "red", "carried": "a lot", "meters": "main")").size() == 3);
    CHECK(load_account("{}", china_zone).error().size() == 1);
    CHECK(load_account("{", china_zone).error().size() == 1);
}
