// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <optional>
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

std::string shipped()
{
    std::ifstream file{WATTPURSE_SOURCE_DIR "/share/tariffs/zhejiang_residential.json"};
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
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

TEST_CASE("the tariff that is shipped loads and says what it should")
{
    const auto loaded = load_tariff(shipped());
    REQUIRE(loaded.has_value());
    const tariff::tariff& by = *loaded;
    CHECK(by.name == "Zhejiang residential, peak and valley");
    CHECK(by.unit == currency{"CNY"});
    CHECK(by.zone == china_zone);
    REQUIRE(by.bands.size() == 2);
    CHECK(by.bands[0] == tariff::band{"peak", 1, {{8 * 60, 22 * 60}}});
    CHECK(by.bands[1] == tariff::band{"valley", 3, {{22 * 60, 8 * 60}}});
    REQUIRE(by.charges.size() == 3);
    CHECK(by.charges[0].rate == tariff::rate_table::flat(price::of(56'800'000)));
    CHECK(by.charges[1].rate == tariff::rate_table::flat(price::of(28'800'000)));
    CHECK(by.charges[2].on.bands == texts{"peak", "valley"});
    const auto& tiers = by.charges[2].rate.tiers;
    REQUIRE(tiers.size() == 3);
    CHECK(tiers[0] == tariff::tier{"", energy::of(2'300'000), price{}});
    CHECK(tiers[1] == tariff::tier{"", energy::of(4'000'000), price::of(5'000'000)});
    CHECK(tiers[2] == tariff::tier{"", std::nullopt, price::of(30'000'000)});
    CHECK(by.rounding.line == tariff::rounding_rule{6, rounding::half_up});
    CHECK(by.rounding.bill == tariff::rounding_rule{2, rounding::half_up});
    CHECK(tariff::check(by).empty());
}

TEST_CASE("a loaded tariff rates a published bill to the fen")
{
    // Peak 10.76 and valley 7.53 kWh: 8.28 yuan (github.com/xiaoshi930/state_grid_info, issue 7).
    const auto by = load_tariff(shipped());
    REQUIRE(by.has_value());
    period_usage used;
    used.tariff[1] = energy::of(107'600);
    used.tariff[3] = energy::of(75'300);
    const auto lines = tariff::rate(*by, used);
    REQUIRE(lines.has_value());
    const auto bill = tariff::bill_total(*by, tariff::sum_of(*by, *lines).value());
    CHECK(to_string(bill.value()) == "8.280000 CNY");
}

TEST_CASE("every fault of a bad file is told at once, with its path")
{
    const std::string_view bad = R"({
  "format": "wattpurse-tariff/2",
  "name": "",
  "currency": "yuan",
  "zone": 8,
  "season": "summer",
  "bands": [
    { "name": "peak", "register": "T9", "windows": [{ "from": "8:00", "until": "22:00" }] },
    { "name": "valley", "register": "T4", "windows": "at night" },
    { "name": "valley", "register": "T3" },
    "flat"
  ],
  "charges": [
    { "line": "energy.peak", "line": "energy.top",
      "determinant": { "bands": ["peak"], "scope": "year" },
      "rate": { "mode": "flat", "price": 0.568 } },
    { "line": "energy valley",
      "determinant": { "bands": ["valley", 7, "night"], "scope": "month", "reducer": "max" },
      "rate": { "mode": "volume", "price": "0.123456789" } },
    { "line": "tier",
      "determinant": { "bands": ["peak", "peak"], "scope": "month" },
      "rate": { "mode": "graduated", "price": "0.1", "tiers": [
        { "up_to": "230", "price": "-0.5" },
        { "up_to": "200", "price": "1e3" },
        { "price": "" },
        { "up_to": 400, "price": "0.05" },
        { "up_to": "500.00001", "price": "0.06" },
        { "up_to": "600", "cost": "0.30" } ] } },
    { "rate": { "mode": "graduated" } }
  ],
  "adjustments": [ { "percent": "13" } ],
  "rounding": { "line": { "places": 2, "mode": "half_up" },
                "bill": { "places": "2", "mode": "bankers" } }
})";
    const texts expected{
        R"(/charges/0/line: a second "line" (expected each key once))",
        R"(/format: "wattpurse-tariff/2" (expected wattpurse-tariff/1))",
        R"(/name: "" (expected the name of the tariff, as a string that is not empty))",
        R"(/currency: "yuan" (expected a currency, as three capital letters such as "CNY"))",
        R"(/zone: 8 (expected an offset from UTC such as "+08:00"))",
        R"(/bands/0/register: "T9" (expected T1, T2, T3 or T4))",
        R"(/bands/0/windows/0/from: "8:00" (expected a time of day from "00:00" to "24:00"))",
        R"(/bands/1/windows: "at night" (expected an array of windows))",
        R"(/bands/3: "flat" (expected a band, as an object))",
        R"(/charges/0/determinant/scope: "year" (expected month; other scopes are not supported))",
        R"(/charges/0/rate/price: 0.568 (expected a price per kWh, as a string: "0.568" )"
        R"((a JSON number would pass through a binary fraction)))",
        R"(/charges/1/determinant/bands/1: 7 (expected the name of a band, as a string that )"
        R"(is not empty))",
        R"(/charges/1/determinant/reducer: "max" (expected no such key: only bands and scope )"
        R"(are supported here))",
        R"(/charges/1/rate/mode: "volume" (expected flat or graduated; other modes are not )"
        R"(supported))",
        R"(/charges/1/rate/price: "0.123456789" (expected a price per kWh, with at most 8 )"
        R"(decimal places))",
        R"(/charges/2/rate/tiers/1/price: "1e3" (expected a price per kWh, written as digits )"
        R"(with at most one point and 8 decimal places))",
        R"(/charges/2/rate/tiers/2/price: "" (expected a price per kWh, written as digits )"
        R"(with at most one point and 8 decimal places))",
        R"(/charges/2/rate/tiers/3/up_to: 400 (expected an energy in kWh, as a string: "400" )"
        R"((a JSON number would pass through a binary fraction)))",
        R"(/charges/2/rate/tiers/4/up_to: "500.00001" (expected an energy in kWh, with at )"
        R"(most 4 decimal places))",
        R"(/charges/2/rate/tiers/5/price: (missing) (expected a price per kWh))",
        R"(/charges/2/rate/tiers/5/cost: "0.30" (expected no such key: only name, up_to and )"
        R"(price are supported here))",
        R"(/charges/2/rate/price: "0.1" (expected no such key: only mode and tiers are )"
        R"(supported here))",
        R"(/charges/3/line: (missing) (expected a line id))",
        R"(/charges/3/determinant: (missing) (expected what it is charged on))",
        R"(/charges/3/rate/tiers: (missing) (expected an array of tiers))",
        R"(/adjustments/0: an object (expected nothing: adjustments are not supported))",
        R"(/rounding/line/places: 2 (expected decimal places, as a whole number: only 6 is )"
        R"(supported))",
        R"(/rounding/bill/places: "2" (expected decimal places, as a whole number from 0 to 6))",
        R"(/rounding/bill/mode: "bankers" (expected half_up, half_even, half_down, up, down, )"
        R"(ceiling, floor or exact))",
        R"(/season: "summer" (expected no such key: only format, name, source, currency, zone, )"
        R"(bands, charges, adjustments and rounding are supported here))",
        R"(/bands/2/name: "valley" (expected a name that no other band has))",
        R"(/charges/1/line: "energy valley" (expected a line id of 1 to 23 ASCII characters )"
        R"(without space, comma and quotes))",
        R"(/charges/2/determinant/bands/1: "peak" (expected each band once))",
        R"(/charges/2/rate/tiers/0/price: "-0.5" (expected a price that is not negative))",
        R"(/charges/2/rate/tiers/1/up_to: "200" (expected a bound above 230 kWh))",
        R"(/charges/2/rate/tiers/2/up_to: (missing) (expected a bound: only the last tier has )"
        R"(none))",
        R"(/charges/2/rate/tiers/5/up_to: "600" (expected no bound in the last tier, so that )"
        R"(all energy has a price))"};
    const texts found = faults_in(bad);
    CHECK(found.size() == expected.size());
    for (std::size_t i = 0; i < std::min(found.size(), expected.size()); ++i) {
        CHECK(found[i] == expected[i]);
    }
}

TEST_CASE("one change makes exactly one fault")
{
    struct { const char* before; const char* after; const char* told; }
    constexpr cases[]{
        {R"("name": "Zhejiang residential, peak and valley",)", "",
         "/name: (missing) (expected the name of the tariff)"},
        {R"("CNY")", "null",
         R"(/currency: null (expected a currency, as three capital letters such as "CNY"))"},
        {R"("price": "0.568")", R"("price": 0)",
         R"(/charges/0/rate/price: 0 (expected a price per kWh, as a string: "0" (a JSON number )"
         R"(would pass through a binary fraction)))"},
        {R"("price": "0.568")", R"("price": "-0.568")",
         R"(/charges/0/rate/price: "-0.568" (expected a price that is not negative))"},
        {R"("price": "0.568")", R"("price": true)",
         R"(/charges/0/rate/price: true (expected a price per kWh, as a string))"},
        {R"("price": "0.568")", R"("price": "92233720368.54775808")",
         R"(/charges/0/rate/price: "92233720368.54775808" (expected a price per kWh, of at most )"
         R"(10 digits before the point))"},
        {R"("up_to": "400")", R"("up_to": "230")",
         R"(/charges/2/rate/tiers/1/up_to: "230" (expected a bound above 230 kWh))"},
        {R"({ "price": "0.30" })", R"({ "up_to": "500", "price": "0.30" })",
         R"(/charges/2/rate/tiers/2/up_to: "500" (expected no bound in the last tier, so that )"
         R"(all energy has a price))"},
        {R"("scope": "month")", R"("scope": "day")",
         R"(/charges/0/determinant/scope: "day" (expected month; other scopes are not )"
         R"(supported))"},
        {R"("register": "T4")", R"("register": "T2")",
         R"(/bands/1/register: "T2" (expected a register of its own: this one is that of )"
         R"("peak"))"},
        {R"("until": "22:00")", R"("until": "21:00")",
         "/bands: no window at 21:00 (expected windows that cover the whole day, or none)"},
        {R"("until": "22:00")", R"("until": "24:01")",
         R"(/bands/0/windows/0/until: "24:01" (expected a time of day from "00:00" to "24:00"))"},
        {R"("bands": ["valley"])", R"("bands": ["peak"])",
         nullptr},  // sound: the tiers price the valley too
        {R"("places": 2)", R"("places": 2.0)",
         "/rounding/bill/places: 2.0 (expected decimal places, as a whole number from 0 to 6)"},
        {R"("places": 2)", R"("places": 7)",
         "/rounding/bill/places: 7 (expected decimal places, as a whole number from 0 to 6)"},
        {R"("adjustments": [])", R"("adjustments": {})",
         "/adjustments: an object (expected an array of adjustments, which must be empty)"},
        {R"("adjustments": [],)", "", nullptr},
        {R"("title": "valley",)", "", nullptr},
        {R"("line": "energy.valley",)", R"("line": "energy.peak",)",
         R"(/charges/1/line: "energy.peak" (expected a line id that no other line has))"},
        {R"("format")", R"("for~m/at")", nullptr}};
    for (const auto& each : cases) {
        CAPTURE(each.before);
        CAPTURE(each.after);
        if (std::string_view{each.before} == R"("format")") {
            // A key is escaped in its path as RFC 6901 wants it.
            const texts found = faults_with(each.before, each.after);
            REQUIRE(found.size() == 2);
            CHECK(found[0] == R"(/format: (missing) (expected "wattpurse-tariff/1"))");
            CHECK(found[1].starts_with("/for~0m~1at: \"wattpurse-tariff/1\" (expected no such"));
            continue;
        }
        CHECK(faults_with(each.before, each.after) ==
              (each.told == nullptr ? texts{} : texts{each.told}));
    }
}

TEST_CASE("what could not be read draws no second fault after it")
{
    CHECK(faults_with(R"("name": "valley",)", R"("name": 4,)").size() == 1);
    CHECK(faults_with(R"(["peak", "valley"])", R"("all")").size() == 1);
    CHECK(faults_with(R"("bands": ["peak", "valley"], "scope")", R"("scope")").size() == 1);
    CHECK(faults_with(R"("register": "T4")", R"("register": 4)").size() == 1);
    CHECK(faults_with(R"("line": "energy.peak")", R"("line": null)").size() == 1);
    CHECK(faults_with(R"("up_to": "230")", R"("up_to": 230)").size() == 1);
    CHECK(faults_with(R"([{ "from": "08:00", "until": "22:00" }])", "[8]").size() == 1);
    CHECK(faults_with(R"({ "up_to": "230", "price": "0" })", "230").size() == 1);
    CHECK(faults_with(R"("rounding")", R"("roundings")").size() == 2);
}

TEST_CASE("what could not be read hides no fault of another place")
{
    std::string text = with(R"("until": "22:00")", R"("until": "21:00")");
    text.replace(text.find("\"T2\""), 4, "\"T9\"");
    CHECK(faults_in(text) ==
          texts{R"(/bands/0/register: "T9" (expected T1, T2, T3 or T4))",
                "/bands: no window at 21:00 (expected windows that cover the whole day, or none)"});
}

TEST_CASE("the end of a file that was cut off is told by line and column")
{
    CHECK(faults_in("") == texts{"line 1, column 1: end of file (expected valid JSON: syntax "
                                 "error while parsing value - unexpected end of input; expected "
                                 "'[', '{', or a literal)"});
    CHECK(faults_in("{\n  \"format\": \"wattpurse-tariff/1\",\n  \"na") ==
          texts{"line 3, column 6: end of file (expected valid JSON: syntax error while parsing "
                "object key - invalid string: missing closing quote; expected string literal)"});
    const std::string whole = shipped();
    std::size_t end = whole.find_last_of('}');
    for (std::size_t size = 0; size < end; ++size) {
        const auto loaded = load_tariff(std::string_view{whole}.substr(0, size));
        REQUIRE_FALSE(loaded.has_value());
        REQUIRE(loaded.error().size() == 1);
        REQUIRE(loaded.error()[0].path.starts_with("line "));
    }
}

TEST_CASE("a slip of the pen is told by line and column, in characters")
{
    const std::string zhejiang = "\"\xE6\xB5\x99\xE6\xB1\x9F\"";  // two characters
    CHECK(faults_in("{\n  \"name\": " + zhejiang + " x\n}") ==
          texts{"line 2, column 16: " + zhejiang + " x (expected valid JSON: syntax error "
                "while parsing object - invalid literal; expected '}')"});
    CHECK(faults_in("{} {}").size() == 1);
    CHECK(faults_in("{'name': 1}").size() == 1);
    CHECK(faults_in("{\"name\": \"\xFF\"}").size() == 1);
    CHECK(faults_in("{\"name\": 1e999}").size() == 1);
    CHECK(faults_in("// a comment\n{}").size() == 1);
    CHECK(faults_in(std::string_view{"{\0}", 3}).size() == 1);
}

TEST_CASE("a file that is no object is one fault")
{
    CHECK(faults_in("[]") == texts{"/: an empty array (expected a tariff, as an object)"});
    CHECK(faults_in("null") == texts{"/: null (expected a tariff, as an object)"});
    CHECK(faults_in("\"tariff\"") == texts{"/: \"tariff\" (expected a tariff, as an object)"});
    CHECK(faults_in("17").size() == 1);
}

TEST_CASE("keys that stand twice are faults, wherever they are")
{
    CHECK(faults_with(R"("currency": "CNY",)", R"("currency": "CNY", "currency": "USD",)") ==
          texts{R"(/currency: a second "currency" (expected each key once))"});
    CHECK(faults_with(R"({ "price": "0.30" })", R"({ "price": "0.30", "price": { "a": [1] } })") ==
          texts{R"(/charges/2/rate/tiers/2/price: a second "price" (expected each key once))"});
    // The first stands, and is judged; what stood twice is told even where the syntax is broken.
    CHECK(faults_with(R"("price": "0.568")", R"("price": "-1", "price": "0.568")").size() == 2);
    CHECK(faults_in("{\"a\": 1, \"a\": 2, ]").size() == 2);
}

TEST_CASE("deep nesting is a fault and not a crash")
{
    for (const std::string_view open : {"[", "{\"a\":"}) {
        std::string deep;
        for (int i = 0; i < 100'000; ++i) deep += open;
        const texts found = faults_in(deep);
        REQUIRE(found.size() == 1);
        CHECK(found[0].find("at most 32 levels of nesting") != std::string::npos);
        CHECK(found[0].size() < 200);
    }
    std::string allowed = "{\"name\": ";
    allowed += std::string(31, '[') + std::string(31, ']') + '}';
    for (const std::string& each : faults_in(allowed)) {
        CHECK(each.find("nesting") == std::string::npos);
    }
}

TEST_CASE("numbers without end are faults that stay short")
{
    const std::string digits(1'000'000, '9');
    const texts found = faults_with("\"0.568\"", '"' + digits + '"');
    REQUIRE(found.size() == 1);
    CHECK(found[0].size() < 250);
    CHECK(found[0].find("(1000000 bytes)") != std::string::npos);
    CHECK(faults_with("\"0.568\"", "\"0." + digits + '"').size() == 1);
    CHECK(faults_with("\"230\"", "\"1000000000000000000\"") ==
          texts{R"(/charges/2/rate/tiers/0/up_to: "1000000000000000000" (expected an energy in )"
                R"(kWh, of at most 14 digits before the point))"});
    CHECK(faults_with("\"places\": 2", "\"places\": 18446744073709551616").size() == 1);
    CHECK(faults_with("\"places\": 2", "\"places\": 18446744073709551615").size() == 1);
}

TEST_CASE("a file of another kind does not drown its reader in faults")
{
    CHECK(faults_in(std::string((std::size_t{4} << 20U) + 1, ' ')).size() == 1);
    std::string many = "{\"charges\": [";
    for (int i = 0; i < 5000; ++i) many += "1,";
    many += "1]}";
    CHECK(faults_in(many).size() <= 1001);
    std::string wide = "{";
    for (int i = 0; i < 5000; ++i) wide += "\"k" + std::to_string(i) + "\": 0, ";
    wide += "\"end\": 0}";
    CHECK(faults_in(wide) == texts{"/: an object (expected at most 1000 members)"});
}

TEST_CASE("control characters and long keys are shown on one short line")
{
    const texts found = faults_with("\"source\"", "\"line\\nbreak\"");
    REQUIRE(found.size() == 1);
    CHECK(found[0].starts_with("/line\\u000abreak: "));
    const texts long_key = faults_with("\"source\"", '"' + std::string(100'000, 'k') + '"');
    REQUIRE(long_key.size() == 1);
    CHECK(long_key[0].size() < 500);
}
