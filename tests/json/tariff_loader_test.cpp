// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

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

constexpr std::string_view charges = "/versions/0/charges";

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

TEST_CASE("a file of the first format is refused with advice")
{
    const auto found = faults_with("wattpurse-tariff/2", "wattpurse-tariff/1");
    REQUIRE(found.size() == 1);
    CHECK(found[0].find("/format: \"wattpurse-tariff/1\"") == 0);
    CHECK(found[0].find("docs/tariffs.md") != std::string::npos);
}

TEST_CASE("each fault of form has its place, its value and what was expected")
{
    const std::string at{charges};
    CHECK(faults_with("\"0.568\"", "0.568") ==
          texts{at + "/0/rate/prices/peak: 0.568 (expected a price, as a string: \"0.568\" (a JSON "
                     "number would pass through a binary fraction))"});
    CHECK(faults_with("\"0.568\"", "\"0.5680000001\"").size() == 1);
    CHECK(faults_with("\"T2\"", "\"T9\"") ==
          texts{"/bands/0/register: \"T9\" (expected T1, T2, T3 or T4)"});
    CHECK(faults_with("\"scope\": \"month\"", "\"scope\": \"week\"") ==
          texts{"/versions/0/determinants/0/scope: \"week\" (expected period, day, month, "
                "two_months, year or purchase)"});
    CHECK(faults_with("\"mode\": \"graduated\"", "\"mode\": \"stepped\"") ==
          texts{at + "/1/rate/mode: \"stepped\" (expected flat, graduated, volume, package, select "
                     "or series)"});
    CHECK(faults_with("\"22:00\", \"until\"", "\"25:00\", \"until\"").size() == 1);
    const auto unknown = faults_with("\"of\": \"import\"", "\"of\": \"import\", \"hue\": \"red\"");
    REQUIRE(unknown.size() == 1);
    CHECK(unknown[0].find("/versions/0/determinants/0/hue: \"red\" (expected no such key") == 0);
    CHECK(faults_in("{\"format\": ").size() == 1);
    CHECK(faults_in("[]").size() >= 1);
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
