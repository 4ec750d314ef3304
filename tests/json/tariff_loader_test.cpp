// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <wattpurse/adapter/json/tariff.hpp>
#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/check.hpp>
#include <wattpurse/tariff/rate.hpp>

using namespace wattpurse;
using adapter::json::load_tariff;

namespace {

using texts = std::vector<std::string>;

std::string read(const std::filesystem::path& path)
{
    std::ifstream file{path};
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

std::string shipped(std::string_view name = "zhejiang_residential")
{
    return read(std::filesystem::path{WATTPURSE_SOURCE_DIR} / "share/tariffs" /
                (std::string{name} + ".json"));
}

/// Every zone of the shipped files that has a name, with a summer time that does not matter here.
result<tariff::civil_zone> some_zone(std::string_view name)
{
    if (name == "Nowhere/Land") return fail(errc::not_found);
    return tariff::civil_zone::of(std::string{name}, std::chrono::minutes{60}, {});
}

/// The faults of a text, one a string; empty where it loads.
texts faults_in(std::string_view text)
{
    texts out;
    const auto loaded = load_tariff(text);
    if (loaded) return out;
    for (const fault& each : loaded.error()) out.push_back(to_string(each));
    return out;
}

/// The tariff that is shipped, with the first `before` replaced.
std::string with(std::string_view before, std::string_view after)
{
    std::string text = shipped();
    const auto at = text.find(before);
    REQUIRE(at != std::string::npos);
    return text.replace(at, before.size(), after);
}

texts faults_with(std::string_view before, std::string_view after)
{
    return faults_in(with(before, after));
}

}  // namespace

TEST_CASE("every tariff that is shipped loads, and passes the check")
{
    const auto folder = std::filesystem::path{WATTPURSE_SOURCE_DIR} / "share/tariffs";
    std::size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator{folder}) {
        CAPTURE(file.path().filename().string());
        const auto loaded = load_tariff(read(file.path()), some_zone);
        if (!loaded) FAIL(to_string(loaded.error().front()));
        CHECK(tariff::check(*loaded).empty());
        CHECK_FALSE(loaded->source.empty());
        ++count;
    }
    CHECK(count >= 9);
}

TEST_CASE("the tariff of the demo says what it should")
{
    const auto loaded = load_tariff(shipped());
    REQUIRE(loaded.has_value());
    CHECK(loaded->unit == currency{"CNY"});
    CHECK(loaded->zone == tariff::civil_zone{china_zone});
    REQUIRE(loaded->bands.size() == 2);
    CHECK(loaded->bands[0].register_index == std::size_t{1});
    CHECK(loaded->bands[1].title.zh == "\u8c37");
    REQUIRE(loaded->versions.size() == 1);
    const tariff::version& by = loaded->versions[0];
    CHECK(by.calendar.plans[0].windows[1] == tariff::clock_window{1320, 480, "valley"});
    CHECK(by.determinants[0].scope == tariff::scope::month);
    REQUIRE(by.charges.size() == 2);
    CHECK(by.charges[0].rate.tiers[0].bands ==
          std::vector<tariff::band_price>{{"peak", tariff::unit_price::of(56'800'000)},
                                          {"valley", tariff::unit_price::of(28'800'000)}});
    CHECK(by.charges[1].rate.mode == tariff::rate_mode::graduated);
    CHECK(to_string(*by.charges[1].rate.tiers[1].up_to) == "400.0000");
    CHECK_FALSE(by.charges[1].rate.tiers[2].up_to.has_value());
    CHECK(by.rounding.line == tariff::rounding_rule{tariff::amount::of(1), rounding::half_up});
    CHECK(by.rounding.tax == by.rounding.line);  // where it is not said
    CHECK(by.rounding.bill ==
          tariff::rounding_rule{tariff::amount::of(10'000), rounding::half_up});
}

TEST_CASE("the large tariff of Guangdong has everything it should")
{
    const auto loaded = load_tariff(shipped("guangdong_industrial"));
    REQUIRE(loaded.has_value());
    const tariff::version& by = loaded->versions[0];
    CHECK(by.from == tariff::parse_day("2021-10-01").value());
    CHECK(by.calendar.days[0].event == "heat");
    CHECK(by.calendar.rules.size() == 3);
    const tariff::determinant& pf = by.determinants[2];
    CHECK(pf.of == tariff::source::power_factor);
    CHECK(pf.rounding == tariff::rounding_rule{tariff::amount::of(10'000), rounding::half_up});
    const tariff::step& choice = by.determinants[5].steps[0];
    CHECK(choice.does == tariff::step::kind::only_if);
    CHECK(choice.with.determinant == "by_demand");
    CHECK(choice.limit == tariff::scalar{});
    const tariff::rate_table& table = by.adjustments[0].rate;
    CHECK(table.mode == tariff::rate_mode::select);
    REQUIRE(table.tiers.size() == 56);
    CHECK(to_string(table.tiers[50].each) == "0.00000000");   // 0.90
    CHECK(to_string(table.tiers[51].each) == "-0.00150000");  // 0.91
    CHECK(to_string(table.tiers[30].each) == "0.10000000");   // 0.70
    CHECK(to_string(table.tiers[25].each) == "0.15000000");   // 0.65
}

namespace {

/// Every member there is, none with the value it has where it is not said.
constexpr std::string_view everything = R"({
  "format": "wattpurse-tariff/2", "name": "all", "source": "made up", "currency": "EUR",
  "zone": "-03:30",
  "bands": [{ "name": "day", "title": { "en": "day", "zh": "d" }, "register": "T4" }],
  "attributes": [{ "name": "kva", "title": { "en": "power" }, "value": "4.5" }],
  "versions": [{ "name": "v", "from": "2025-02-03",
    "calendar": {
      "seasons": [{ "name": "all", "ranges": [{ "first": "03-01", "last": "02-29" }] }],
      "days": [{ "name": "off", "weekdays": ["mon", "sun"], "dates": ["2026-10-01"],
                 "every": ["12-25"], "event": "heat" }],
      "plans": [{ "name": "p", "windows": [{ "from": "00:00", "until": "24:00", "band": "day" }] }],
      "rules": [{ "seasons": ["all"], "days": ["off"], "plan": "p" }, { "plan": "p" }] },
    "interval_split": "pro_rata",
    "determinants": [
      { "name": "e", "title": { "en": "energy" }, "unit": "MWh", "of": "purchase",
        "bands": ["day"], "seasons": ["all"], "days": ["off"], "meters": ["a", "b"],
        "scope": "two_months", "anchor": "02-01" },
      { "name": "d", "of": "demand", "unit": "kW", "window": 30, "rolling": true,
        "reduce": "mean_top", "distinct": "month", "top": 3,
        "round": { "increment": "0.001", "mode": "floor" },
        "steps": [{ "ratchet": "0.75", "back_months": 6, "months": [1, 12],
                    "round": { "increment": "0.5", "mode": "up" } },
                  { "only_if": { "determinant": "a" }, "at_most": "450.5" }, { "bank": 3 },
                  { "round": { "increment": "2", "mode": "half_even" } }] },
      { "name": "a", "of": "attribute", "attribute": "kva", "prorate": "actual_days",
        "round": { "increment": "1", "mode": "up" } },
      { "name": "q", "of": "reactive" },
      { "name": "pf", "of": "power_factor", "active": "e", "reactive": "q",
        "round": { "increment": "0.01", "mode": "half_up" } }],
    "charges": [
      { "line": "c", "title": { "zh": "c" }, "on": "e", "tags": ["x", "y"], "credit": true,
        "round": { "increment": "0.1", "mode": "down" },
        "rate": { "mode": "graduated", "split": "chronological",
          "bounds": { "times": "a", "plus": "e", "round": { "increment": "1", "mode": "ceiling" } },
          "tiers": [{ "name": "low", "title": { "en": "lowest" }, "up_to": "10.5",
                      "prices": { "day": "0.12345678" }, "fee": "3" },
                    { "prices": { "day": "-1" } }] } },
      { "line": "b", "on": "e", "rate": { "mode": "package", "block": "7.5", "price": "2" } },
      { "line": "k", "on": "e", "rate": { "mode": "select", "by": "d",
        "tiers": [{ "up_to": "-1", "price": "1" }, { "price": "2", "block": "4" }] } },
      { "line": "s", "on": "q", "rate": { "mode": "series", "series": "spot", "adder": "0.01",
        "factor": "1.5", "settlement": 60, "round": { "increment": "0.0001", "mode": "up" } } }],
    "adjustments": [
      { "line": "m", "title": { "en": "at least" }, "kind": "minimum", "over": ["x", "*"],
        "on": "pf", "rate": { "mode": "flat", "price": "5", "fee": "1" }, "when": "close",
        "tags": ["z"], "round": { "increment": "0.2", "mode": "half_down" } },
      { "line": "n", "kind": "bank", "over": ["z"], "keep_months": 24 }],
    "rounding": { "line": { "increment": "0.0001", "mode": "down" },
      "tax": { "increment": "0.001", "mode": "up" }, "bill": { "increment": "0.5", "mode": "up" },
      "cash": { "increment": "5", "mode": "floor" }, "residue": "last_line" } }] })";

tariff::rounding_rule rule(std::string_view increment, rounding mode)
{
    return {tariff::amount::parse(increment).value(), mode};
}

const tariff::tariff& all_of_it()
{
    static const auto loaded = load_tariff(everything);
    if (!loaded) FAIL(to_string(loaded.error().front()));
    return *loaded;
}

}  // namespace

TEST_CASE("every member of a file arrives: the calendar and what holds for all")
{
    const tariff::tariff& all = all_of_it();
    CHECK(all.name == "all");
    CHECK(all.source == "made up");
    CHECK(all.unit == currency{"EUR"});
    CHECK(all.zone.name() == "-03:30");
    CHECK(all.bands == std::vector<tariff::band>{{"day", {"day", "d"}, 3}});
    CHECK(all.attributes == std::vector<tariff::attribute>{
                                {"kva", {"power", ""}, tariff::scalar::of(45'000)}});
    REQUIRE(all.versions.size() == 1);
    const tariff::version& by = all.versions[0];
    CHECK(by.name == "v");
    CHECK(by.from == tariff::parse_day("2025-02-03").value());
    CHECK(by.split == tariff::interval_split::pro_rata);
    CHECK(by.calendar.seasons == std::vector<tariff::season>{{"all", {{{3, 1}, {2, 29}}}}});
    CHECK(by.calendar.days ==
          std::vector<tariff::day_class>{{"off", 0x41,
                                          {tariff::parse_day("2026-10-01").value()},
                                          {{12, 25}},
                                          "heat"}});
    CHECK(by.calendar.plans == std::vector<tariff::day_plan>{{"p", {{0, 1440, "day"}}}});
    CHECK(by.calendar.rules ==
          std::vector<tariff::schedule_rule>{{{"all"}, {"off"}, "p"}, {{}, {}, "p"}});
    const tariff::rounding_rules rules{rule("0.0001", rounding::down), rule("0.001", rounding::up),
                                       rule("0.5", rounding::up), rule("5", rounding::floor),
                                       tariff::residue_policy::last_line};
    CHECK(by.rounding == rules);
}

TEST_CASE("every member of a file arrives: determinants")
{
    tariff::determinant energy;
    energy.name = "e";
    energy.title.en = "energy";
    energy.unit = "MWh";
    energy.of = tariff::source::purchase;
    energy.where = {{"day"}, {"all"}, {"off"}, {"a", "b"}};
    energy.scope = tariff::scope::two_months;
    energy.anchor = {2, 1};
    tariff::determinant demand;
    demand.name = "d";
    demand.unit = "kW";
    demand.of = tariff::source::demand;
    demand.window_minutes = 30;
    demand.rolling = true;
    demand.reducer = tariff::reducer::mean_top;
    demand.distinct = tariff::distinct::month;
    demand.top = 3;
    demand.rounding = rule("0.001", rounding::floor);
    using kind = tariff::step::kind;
    const tariff::operand part{tariff::unit_price::of(75'000'000), ""};
    demand.steps = {
        {kind::ratchet, part, {1, 12}, 6, std::nullopt, rule("0.5", rounding::up)},
        {kind::only_if, {{}, "a"}, {}, 12, tariff::scalar::of(4'505'000), std::nullopt},
        {kind::bank, {}, {}, 3, std::nullopt, std::nullopt},
        {kind::round, {}, {}, 12, std::nullopt, rule("2", rounding::half_even)}};
    const auto& found = all_of_it().versions[0].determinants;
    REQUIRE(found.size() == 5);
    CHECK(found[0] == energy);
    CHECK(found[1] == demand);
    CHECK(found[2].attribute == "kva");
    CHECK(found[2].proration == tariff::proration::actual_days);
    CHECK(found[4].active == "e");
    CHECK(found[4].reactive == "q");
}

TEST_CASE("every member of a file arrives: charges and adjustments")
{
    const tariff::version& by = all_of_it().versions[0];
    const auto price = [](std::string_view text) {
        return tariff::unit_price::parse(text).value();
    };
    tariff::charge ladder;
    ladder.line = "c";
    ladder.title.zh = "c";
    ladder.on = "e";
    ladder.tags = {"x", "y"};
    ladder.credit = true;
    ladder.rounding = rule("0.1", rounding::down);
    ladder.rate.mode = tariff::rate_mode::graduated;
    ladder.rate.split = tariff::band_split::chronological;
    ladder.rate.bounds = {"a", "e", rule("1", rounding::ceiling)};
    ladder.rate.tiers = {{"low", {"lowest", ""}, tariff::scalar::of(105'000), {},
                          {{"day", price("0.12345678")}}, price("3"), {}},
                         {"", {}, std::nullopt, {}, {{"day", price("-1")}}, {}, {}}};
    REQUIRE(by.charges.size() == 4);
    CHECK(by.charges[0] == ladder);
    CHECK(by.charges[1].rate.tiers[0].block == tariff::scalar::of(75'000));
    CHECK(by.charges[2].rate.selected_by == "d");
    CHECK(by.charges[2].rate.tiers[1].block == tariff::scalar::of(40'000));
    tariff::rate_table spot;
    spot.mode = tariff::rate_mode::series;
    spot.series = "spot";
    spot.adder = price("0.01");
    spot.factor = price("1.5");
    spot.settlement_minutes = 60;
    spot.price_rounding = rule("0.0001", rounding::up);
    CHECK(by.charges[3].rate == spot);
    tariff::rate_table amount = tariff::rate_table::flat(price("5"));
    amount.tiers[0].fee = price("1");
    REQUIRE(by.adjustments.size() == 2);
    CHECK(by.adjustments[0] ==
          tariff::adjustment{"m", {"at least", ""}, tariff::adjustment_kind::minimum, {"x", "*"},
                             amount, "pf", 12, true, {"z"}, rule("0.2", rounding::half_down)});
    CHECK(by.adjustments[1].kind == tariff::adjustment_kind::bank);
    CHECK(by.adjustments[1].keep_months == 24);
}

TEST_CASE("a zone is an offset, or a name that is found")
{
    CHECK(faults_with("\"+08:00\"", "\"Asia/Shanghai\"") ==
          texts{"/zone: \"Asia/Shanghai\" (expected an offset from UTC such as \"+08:00\" (names "
                "of zones need adapter/tz))"});
    const auto found = load_tariff(with("\"+08:00\"", "\"Asia/Shanghai\""), some_zone);
    REQUIRE(found.has_value());
    CHECK(found->zone.name() == "Asia/Shanghai");
    const auto unknown = load_tariff(with("\"+08:00\"", "\"Nowhere/Land\""), some_zone);
    REQUIRE_FALSE(unknown.has_value());
    CHECK(to_string(unknown.error().front()) ==
          "/zone: \"Nowhere/Land\" (expected an offset from UTC, or a zone of the tz database such "
          "as \"Europe/London\")");
    CHECK(faults_with("\"+08:00\"", "8").size() == 1);
}

TEST_CASE("a file of the first format is refused with advice, and not read as this one")
{
    const texts advice{"/format: \"wattpurse-tariff/1\" (expected wattpurse-tariff/2; version 1 "
                       "had its bands and charges at the top; see docs/tariffs.md)"};
    CHECK(faults_with("wattpurse-tariff/2", "wattpurse-tariff/1") == advice);
    CHECK(faults_in(R"({"format": "wattpurse-tariff/1", "charges": [], "hue": "red"})") == advice);
    CHECK(faults_with("wattpurse-tariff/2", "tariff") ==
          texts{"/format: \"tariff\" (expected wattpurse-tariff/2)"});
}

TEST_CASE("each fault of form has its place, its value and what was expected")
{
    const auto one = [](std::string_view before, std::string_view after, std::string_view fault) {
        CAPTURE(after);
        CHECK(faults_with(before, after) == texts{std::string{fault}});
    };
    const std::string first{"/versions/0/"};
    const std::string peak = first + "charges/0/rate/prices/peak: ";
    one("\"CNY\"", "\"yuan\"",
        "/currency: \"yuan\" (expected a currency, as three capital letters such as \"CNY\")");
    one("\"0.568\"", "0.568",
        peak + "0.568 (expected a price, as a string: \"0.568\" (a JSON number would pass through "
               "a binary fraction))");
    one("\"0.568\"", "\"0.5680000001\"",
        peak + "\"0.5680000001\" (expected a price, with at most 8 decimal places)");
    one("\"0.568\"", "\"0,568\"",
        peak + "\"0,568\" (expected a price, written as digits with at most one point and 8 "
               "decimal places)");
    one("\"230\"", "\"230.00001\"",
        first + "charges/1/rate/tiers/0/up_to: \"230.00001\" (expected a bound, with at most 4 "
                "decimal places)");
    one("\"T2\"", "\"T9\"", "/bands/0/register: \"T9\" (expected T1, T2, T3 or T4)");
    one("\"month\"", "\"week\"",
        first + "determinants/0/scope: \"week\" (expected period, day, month, two_months, year "
                "or purchase)");
    one("\"graduated\"", "\"stepped\"",
        first + "charges/1/rate/mode: \"stepped\" (expected flat, graduated, volume, package, "
                "select or series)");
    one("\"22:00\", \"until\"", "\"25:00\", \"until\"",
        first + "calendar/plans/0/windows/1/from: \"25:00\" (expected a time of day from \"00:00\" "
                "to \"24:00\")");
    one("\"half_up\"", "\"nearest\"",
        first + "rounding/line/mode: \"nearest\" (expected half_up, half_even, half_down, up, "
                "down, ceiling, floor or exact)");
    one("\"on\": \"energy\",", "",
        first + "charges/0/on: (missing) (expected the name of a determinant)");
    one("\"on\": \"energy\"", "\"on\": 3",
        first + "charges/0/on: 3 (expected the name of a determinant, as a string that is not "
                "empty)");
    one("\"of\": \"import\"", "\"of\": \"import\", \"anchor\": \"02-30\"",
        first + "determinants/0/anchor: \"02-30\" (expected a day of the year, as \"07-31\")");
    one("\"of\": \"import\"", "\"of\": \"import\", \"top\": 0",
        first + "determinants/0/top: 0 (expected a number of values, as a whole number from 1 to "
                "1000)");
    one("\"name\": \"2012\",", "\"name\": \"2012\", \"from\": \"1 July\",",
        first + "from: \"1 July\" (expected a date such as \"2026-01-31\")");
    one("\"mode\": \"flat\",", "\"mode\": \"flat\", \"price\": \"1\",",
        first + "charges/0/rate/price: \"1\" (expected nothing, or no prices by band)");
    one("\"of\": \"import\"", "\"of\": \"import\", \"hue\": \"red\"",
        first + "determinants/0/hue: \"red\" (expected no such key: only name, title, of, bands, "
                "seasons, days, meters, attribute, active, reactive, unit, scope, anchor, window, "
                "rolling, reduce, distinct, top, prorate, round and steps are supported here)");
    one("\"of\": \"import\"", "\"of\": \"import\", \"of\": \"export\"",
        first + "determinants/0/of: a second \"of\" (expected each key once)");
    CHECK(faults_in("{\"format\": ").size() == 1);
    CHECK(faults_in("[]") == texts{"/: an empty array (expected a tariff, as an object)"});
}

TEST_CASE("what a mode or a kind needs, and what it does not have")
{
    const std::string rate{"/versions/0/charges/0/rate"};
    const auto rated = [](std::string_view table) {
        return faults_with(
            R"({ "mode": "flat", "prices": { "peak": "0.568", "valley": "0.288" } })", table);
    };
    CHECK(rated(R"({"mode": "package", "price": "1"})") ==
          texts{rate + "/block: (missing) (expected the size of a block)"});
    CHECK(rated(R"({"mode": "volume"})") ==
          texts{rate + "/tiers: (missing) (expected an array of tiers)"});
    CHECK(rated(R"({"mode": "select", "tiers": [{"price": "1"}]})") ==
          texts{rate + "/by: (missing) (expected the name of a determinant)"});
    CHECK(rated(R"({"mode": "series"})") ==
          texts{rate + "/series: (missing) (expected the name of a series of prices)"});
    CHECK(rated(R"({"mode": "flat", "price": "1", "by": "energy"})") ==
          texts{rate + "/by: \"energy\" (expected no such key: only mode, prices, price, fee and "
                       "block are supported here)"});
    const auto adjusted = [](std::string_view members) {
        const std::string start =
            R"("adjustments": [{"line": "vat", "over": ["*"], )" + std::string{members};
        return faults_with("\"rounding\"", start + "}], \"rounding\"");
    };
    const std::string first{"/versions/0/adjustments/0"};
    CHECK(adjusted(R"("kind": "percent")") ==
          texts{first + "/rate: (missing) (expected a table of prices)"});
    CHECK(adjusted(R"("kind": "minimum", "rate": {"mode": "flat", "price": "5"})") ==
          texts{first + "/on: (missing) (expected the name of a determinant)"});
    CHECK(adjusted(R"("kind": "bank", "keep_months": 0)") ==
          texts{first + "/keep_months: 0 (expected months for which it is kept, as a whole number "
                        "from 1 to 1200)"});
    CHECK(adjusted(R"("kind": "bank", "rate": {})") ==
          texts{first + "/rate: an object (expected no such key: only line, title, kind, over, "
                        "keep_months, when, tags and round are supported here)"});
    // Of a kind that nobody knows, whatever any kind has may be right.
    const texts unknown{first + "/kind: \"max\" (expected percent, minimum, maximum or bank)"};
    CHECK(adjusted(R"("kind": "max", "keep_months": 3, "round": {"increment": "1",
                      "mode": "up"})") == unknown);
    CHECK(adjusted(R"("kind": "max", "on": "energy", "rate": {"mode": "volume", "tiers":
                      [{"price": "5"}]})") == unknown);
}

TEST_CASE("a step has one action; a ratchet's rounding is not taken for another step")
{
    const auto steps = [](std::string_view text) {
        return faults_with("\"of\": \"import\"",
                           "\"of\": \"import\", \"steps\": [" + std::string{text} + "]");
    };
    CHECK(steps(R"({"scale": "1.0376", "round": {"increment": "0.0001", "mode": "half_up"}})")
              .empty());
    CHECK(steps(R"({"ratchet": "0.75", "back_months": 11, "months": [1, 4],
                    "round": {"increment": "1", "mode": "up"}})")
              .empty());
    CHECK(steps(R"({"only_if": {"determinant": "energy"}, "at_most": "450"})").size() == 1);
    CHECK(steps(R"({"twist": "1"})").size() == 2);
    CHECK(steps(R"({"add": "1", "subtract": "2"})").size() == 1);
    CHECK(steps(R"({"scale": {"of": "energy"}})").size() == 2);
    // What is kept or left out is exact: there is nothing to round.
    CHECK(steps(R"({"only_if": {"determinant": "energy"}, "at_most": "1",
                    "round": {"increment": "1", "mode": "up"}})") ==
          texts{"/versions/0/determinants/0/steps/0/round: an object (expected no such key: only "
                "scale, add, subtract, at_least, ratchet, bank, only_if and at_most are supported "
                "here)"});
}

TEST_CASE("faults of form and of meaning are told together, but not what follows from the first")
{
    std::string text = with("\"0.568\"", "\"0,568\"");  // a price that cannot be read ...
    const auto at = text.find("\"up_to\": \"400\"");
    text.replace(at, 14, "\"up_to\": \"200\"");          // ... and a bound that does not rise
    const auto found = faults_in(text);
    REQUIRE(found.size() == 2);
    CHECK(found[0].find("/versions/0/charges/0/rate/prices/peak: \"0,568\"") == 0);
    CHECK(found[1] ==
          "/versions/0/charges/1/rate/tiers/1/up_to: \"200\" (expected a bound above 230)");
}

namespace {

using tree = nlohmann::ordered_json;

/// The faults that are at no place within `path`, each with that path.
texts faults_beside(const tree& spoiled, const std::string& path)
{
    texts out;
    const auto loaded = load_tariff(spoiled.dump(), some_zone);
    if (loaded) return {path + " loads"};
    for (const fault& each : loaded.error()) {
        const bool within = each.path == path || each.path.starts_with(path + '/');
        if (!within) out.push_back(path + " -> " + to_string(each));
    }
    return out;
}

/// Makes every place of a file unreadable, one after the other; gives how many there are.
std::size_t spoil_each(const tree& whole, tree& at, const std::string& path, texts& found)
{
    std::size_t count = 0;
    if (!path.empty()) {
        tree kept = std::exchange(at, nullptr);
        for (std::string& each : faults_beside(whole, path)) found.push_back(std::move(each));
        at = std::move(kept);
        ++count;
    }
    std::size_t index = 0;
    for (auto member = at.begin(); member != at.end() && at.is_structured(); ++member, ++index) {
        const std::string step = at.is_object() ? member.key() : std::to_string(index);
        count += spoil_each(whole, *member, path + '/' + step, found);
    }
    return count;
}

}  // namespace

TEST_CASE("one place that cannot be read is told there, and nowhere else")
{
    const auto folder = std::filesystem::path{WATTPURSE_SOURCE_DIR};
    std::size_t count = 0;
    texts found;
    for (const char* const name : {"share/tariffs", "docs/tariffs"}) {
        for (const auto& file : std::filesystem::directory_iterator{folder / name}) {
            if (file.path().extension() != ".json") continue;
            tree whole = tree::parse(read(file.path()));
            if (!whole.is_object() || whole["format"] != "wattpurse-tariff/2") continue;
            CAPTURE(file.path().filename().string());
            count += spoil_each(whole, whole, "", found);
            CHECK(found == texts{});
            found.clear();
        }
    }
    CHECK(count > 2000);
}

TEST_CASE("what follows from a fault of form is not told")
{
    const auto one = [](std::string_view before, std::string_view after, std::string_view path) {
        CAPTURE(after);
        const texts found = faults_with(before, after);
        REQUIRE(found.size() == 1);
        CHECK(found[0].starts_with(path));
    };
    // The rule for taxes is that for lines where it is not said.
    one("\"0.000001\"", "\"0\"", "/versions/0/rounding/line/increment: \"0\"");
    // Nobody knows which days there are, so nobody knows which rules are missing.
    constexpr std::string_view rules = R"("rules": [{ "plan": "day" }])";
    one(rules, R"("days": [{"name": "work", "weekdays": ["mon", "tue", "wed", "thu", "fri"]},
                           {"name": "end", "weekdays": ["sat", "sunday"]}],
                  "rules": [{"days": ["work"], "plan": "day"}, {"days": ["end"], "plan": "day"}])",
        "/versions/0/calendar/days/1/weekdays/1: \"sunday\"");
    one(rules, R"("seasons": [{"name": 7, "ranges": [{"first": "07-01", "last": "09-30"}]},
                              {"name": "rest", "ranges": [{"first": "10-01", "last": "06-30"}]}],
                  "rules": [{"seasons": ["summer"], "plan": "day"},
                            {"seasons": ["rest"], "plan": "day"}])",
        "/versions/0/calendar/seasons/0/name: 7");
    // The bands a determinant counts are those that need a price.
    one(R"("of": "import")", R"("of": "import", "bands": "peak")",
        "/versions/0/determinants/0/bands");
    // Of a determinant that nobody knows, nobody knows how parts of a month count.
    one(R"("of": "import")", R"("of": "import_", "prorate": "thirty_days")",
        "/versions/0/determinants/0/of: \"import_\"");
}
