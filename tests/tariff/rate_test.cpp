// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/tariff/check.hpp>
#include <wattpurse/tariff/explain.hpp>
#include <wattpurse/tariff/rate.hpp>

#include "examples.hpp"

using namespace wattpurse;
using namespace wattpurse::tariff;
using namespace wattpurse::tariff::examples;

namespace {

using tariff_type = wattpurse::tariff::tariff;

std::vector<std::string> told(const tariff_type& by, const consumption& what,
                              language in = language::english)
{
    std::vector<std::string> out;
    const auto done = rate(by, what, january());
    REQUIRE(done.has_value());
    for (const line& each : done->lines) {
        out.push_back(std::string{each.id.view()} + ": " + explain(each, in));
    }
    return out;
}

std::string amount_of(const rated& what, std::string_view id)
{
    for (const line& each : what.lines) {
        if (each.id.view() == id) return to_string(each.amount.amount());
    }
    return "no line " + std::string{id};
}

/// One row of `hours` from the beginning of a day of January, without register.
consumption_row row_of(int day, int hour, int hours, std::string_view quantity)
{
    consumption_row out;
    out.from = january().from + std::chrono::hours{24 * (day - 1) + hour};
    out.until = out.from + std::chrono::hours{hours};
    out.quantity = of(quantity);
    return out;
}

std::vector<std::string> faults_of(const tariff_type& by, const consumption& what)
{
    const auto done = rate(by, what, january());
    std::vector<std::string> out;
    if (done) return out;
    for (const fault& each : done.error()) out.push_back(to_string(each));
    return out;
}

}  // namespace

TEST_CASE("a month in Zhejiang has one line a price, each with its arithmetic")
{
    REQUIRE(check(zhejiang()).empty());
    const std::vector<std::string> expected{
        "energy.peak: energy peak 312.50 kWh x 0.568 CNY/kWh = 177.50 CNY",
        "energy.valley: energy valley 120.25 kWh x 0.288 CNY/kWh = 34.632 CNY",
        "tier.1: ladder tier 1 (to 230 kWh) 230.00 kWh x 0.00 CNY/kWh = 0.00 CNY",
        "tier.2: ladder tier 2 (above 230 to 400 kWh) 170.00 kWh x 0.05 CNY/kWh = 8.50 CNY",
        "tier.3: ladder tier 3 (above 400 kWh) 32.75 kWh x 0.30 CNY/kWh = 9.825 CNY"};
    CHECK(told(zhejiang(), used("0", "312.5", "0", "120.25")) == expected);
    CHECK(bill_text(zhejiang(), used("0", "312.5", "0", "120.25")) == "230.460000 CNY");
}

TEST_CASE("a tenant in China reads the same in Chinese")
{
    const auto lines = told(zhejiang(), used("0", "312.5", "0", "120.25"), language::chinese);
    CHECK(lines[0] == "energy.peak: \u7535\u8d39 \u5cf0 312.50 \u5343\u74e6\u65f6 x 0.568 "
                      "\u5143/\u5343\u74e6\u65f6 = 177.50 \u5143");
    CHECK(lines[3] == "tier.2: \u9636\u68af\u52a0\u4ef7 \u7b2c2\u6863 (\u8d85\u8fc7 230 \u81f3 "
                      "400 \u5343\u74e6\u65f6) 170.00 \u5343\u74e6\u65f6 x 0.05 "
                      "\u5143/\u5343\u74e6\u65f6 = 8.50 \u5143");
}

TEST_CASE("what was rounded is said, with the residue")
{
    auto by = single("CNY", rate_table::flat(price_of("0.333333")));
    by.versions[0].rounding.line = {amount::of(10'000), rounding::half_up};
    const auto done = rate(by, used("0.5"), january());
    REQUIRE(done.has_value());
    const line& only = done->lines.front();
    CHECK(to_string(only.amount) == "0.170000 CNY");
    CHECK(to_string(only.residue) == "-0.003333500000");
    CHECK(explain(only) == "energy 0.50 kWh x 0.333333 CNY/kWh = 0.17 CNY rounded half_up to 0.01");
}

TEST_CASE("a tier ends with its bound: the bound itself is still in it")
{
    struct { const char* peak; const char* valley; const char* second; const char* third; }
    constexpr cases[]{{"229.9999", "0", "0.000000", "0.000000"},
                      {"200", "30", "0.000000", "0.000000"},
                      {"230.0001", "0", "0.000005", "0.000000"},
                      {"0", "400", "8.500000", "0.000000"},
                      {"400", "0.0001", "8.500000", "0.000030"}};
    for (const auto& each : cases) {
        CAPTURE(each.peak);
        const auto done = rate(zhejiang(), used("0", each.peak, "0", each.valley), january());
        REQUIRE(done.has_value());
        CHECK(amount_of(*done, "tier.2") == each.second);
        CHECK(amount_of(*done, "tier.3") == each.third);
    }
}

TEST_CASE("every line is there when nothing was used")
{
    const auto done = rate(zhejiang(), consumption{}, january());
    REQUIRE(done.has_value());
    CHECK(done->lines.size() == 5);
    for (const line& each : done->lines) CHECK(each.amount == money{{}, currency{"CNY"}});
}

TEST_CASE("interval data is in the band of the clock, registers are in the band they say")
{
    consumption what;
    what.rows = {row_of(1, 7, 1, "1"), row_of(1, 8, 1, "2"), row_of(1, 21, 1, "4"),
                 row_of(1, 22, 1, "8")};
    const auto done = rate(zhejiang(), what, january());
    REQUIRE(done.has_value());
    CHECK(amount_of(*done, "energy.peak") == "3.408000");
    CHECK(amount_of(*done, "energy.valley") == "2.592000");
    what.rows[0].register_index = 1;  // the meter's clock has decided
    const auto by_register = rate(zhejiang(), what, january());
    REQUIRE(by_register.has_value());
    CHECK(amount_of(*by_register, "energy.peak") == "3.976000");
}

TEST_CASE("an interval over a bound of bands is refused, or spread where that is declared")
{
    consumption what;
    what.rows = {row_of(3, 7, 3, "1")};
    CHECK(faults_of(zhejiang(), what) ==
          std::vector<std::string>{
              "/rows/0: 2026-01-03T07:00:00+08:00 to 2026-01-03T10:00:00+08:00 (expected an "
              "interval that ends at 2026-01-03T08:00:00+08:00, where a band, a period or a price "
              "changes (or interval_split pro_rata))"});
    auto by = zhejiang();
    by.versions[0].split = interval_split::pro_rata;
    const auto done = rate(by, what, january());
    REQUIRE(done.has_value());
    CHECK(amount_of(*done, "energy.valley") == "0.095990");  // 0.3333 kWh, rounded down
    CHECK(amount_of(*done, "energy.peak") == "0.378686");    // the rest: 0.6667 kWh
}

TEST_CASE("faults in what was used are all told, each with its place")
{
    consumption what;
    what.rows = {row_of(1, 0, 1, "1"), row_of(1, 0, 1, "1"), row_of(2, 3, 1, "2")};
    CHECK(faults_of(zhejiang(), what) ==
          std::vector<std::string>{
              "/rows/1: 2026-01-01T00:00:00+08:00 to 2026-01-01T01:00:00+08:00 (expected a row "
              "that does not overlap /rows/0)"});
    what.rows = {row_of(1, 0, 1, "-1"), row_of(2, 1, -1, "1"), row_of(3, 0, 1, "1")};
    what.rows[2].meter = 4;
    const auto found = faults_of(zhejiang(), what);
    REQUIRE(found.size() == 3);
    CHECK(found[0] == "/rows/0/quantity: -1.0000 (expected a quantity not below zero)");
    CHECK(found[2] == "/rows/2/meter: 4 (expected the number of a meter)");
    what = used("5");
    CHECK(faults_of(zhejiang(), what) ==
          std::vector<std::string>{
              "/rows/0/register: \"T1\" (expected a register that one of the tariff's bands has)"});
}

TEST_CASE("suspect and rejected rows are not charged, estimated ones are, and all are counted")
{
    consumption what;
    what.rows = {row_of(1, 9, 1, "1"), row_of(2, 9, 1, "10"), row_of(3, 9, 1, "100"),
                 row_of(4, 9, 1, "1000")};
    what.rows[1].quality = quality::estimated;
    what.rows[2].quality = quality::suspect;
    what.rows[3].quality = quality::rejected;
    const auto done = rate(zhejiang(), what, january());
    REQUIRE(done.has_value());
    CHECK(amount_of(*done, "energy.peak") == "6.248000");
    CHECK(done->estimated == 1);
    CHECK(done->left_out == 2);
}

TEST_CASE("numbers that no sum holds are faults, not a wrong bill")
{
    const consumption what = used("0", "900000000000000");
    CHECK(faults_of(zhejiang(), what) ==
          std::vector<std::string>{
              "/versions/0/charges/0: overflow (expected numbers that fit)",
              "/versions/0/charges/1: overflow (expected numbers that fit)"});
    period empty = january();
    empty.until = empty.from;
    CHECK_FALSE(rate(zhejiang(), what, empty).has_value());
    CHECK(faults_of(zhejiang(), used("0", "900000000000000", "0", "900000000000000")) ==
          std::vector<std::string>{
              "/rows: overflow (expected rows and openings that sum to less)"});
    consumption before = used("0", "5");
    before.openings = {{"energy", "peak", scalar::of(kernel::mantissa_max)},
                       {"energy", "valley", scalar::of(kernel::mantissa_max)}};
    CHECK(faults_of(zhejiang(), before) ==
          std::vector<std::string>{
              "/rows: overflow (expected rows and openings that sum to less)"});
    before.openings = {{"energy", "peak", of("-1")}};
    before.credits = {{"bank", {}, {}, amount::of(-1)}};
    CHECK(faults_of(zhejiang(), before) ==
          std::vector<std::string>{"/openings/0: -1.0000 (expected a quantity not below zero)",
                                   "/credits/0: -0.000001 (expected a credit not below zero)"});
    rate_table blocks = rate_table::flat(price_of("1"));
    blocks.mode = rate_mode::package;
    blocks.tiers[0].block = of("0.0001");
    CHECK(faults_of(single("CNY", blocks), used("900000000000000")) ==
          std::vector<std::string>{
              "/versions/0/charges/0/rate: overflow (expected numbers that fit)"});
}

TEST_CASE("a minimum priced by band counts clock bands as a charge does")
{
    auto by = zhejiang();
    by.versions[0].charges.erase(by.versions[0].charges.begin());  // the ladder, at no price
    adjustment least;
    least.line = "least";
    least.kind = adjustment_kind::minimum;
    least.over = {"*"};
    least.on = "energy";
    least.rate = by_band({{"peak", "0.4"}, {"valley", "0.1"}});
    by.versions[0].adjustments = {least};
    consumption what;
    what.rows = {row_of(1, 9, 1, "10"), row_of(1, 23, 1, "5")};
    const auto done = rate(by, what, january());
    REQUIRE(done.has_value());
    CHECK(amount_of(*done, "least") == "4.500000");
}

TEST_CASE("bounds of an adjustment's table count over their whole scope")
{
    // At least 1 yuan for each of the first (export of the year) kWh: export of before counts.
    auto by = single("CNY", rate_table::flat(price_of("0")));
    determinant back = energy_of("back", scope::year);
    back.of = source::export_;
    determinant all = energy_of("all", scope::year);
    by.versions[0].determinants.push_back(back);
    by.versions[0].determinants.push_back(all);
    adjustment least;
    least.line = "least";
    least.kind = adjustment_kind::minimum;
    least.over = {"*"};
    least.on = "all";
    least.rate = graduated({{"1", "1"}, {"", "0"}});
    least.rate.bounds.times = "back";
    by.versions[0].adjustments = {least};
    const period february = period_of(period_id::parse("2026-02").value(), china_zone).value();
    consumption what;
    what.rows = {row_of(3, 0, 1, "7"), row_of(40, 0, 1, "20")};
    what.rows[0].what = channel::export_;
    what.rows[0].register_index = no_index;
    what.rows[1].register_index = 0;
    const auto done = rate(by, what, february);
    REQUIRE(done.has_value());
    CHECK(amount_of(*done, "least") == "7.000000");
}

TEST_CASE("a chain of determinants takes time as its length, not as its power")
{
    auto by = single("CNY", rate_table::flat(price_of("0.5")));
    for (int i = 0; i < 60; ++i) {
        determinant next = energy_of("d" + std::to_string(i));
        next.of = source::zero;
        step more;
        more.does = step::kind::add;
        more.with.determinant = i == 0 ? "energy" : "d" + std::to_string(i - 1);
        step less = more;
        less.does = step::kind::at_most;
        next.steps = {more, less};
        by.versions[0].determinants.push_back(next);
    }
    by.versions[0].charges[0].on = "d59";
    const auto done = rate(by, used("10"), january());
    REQUIRE(done.has_value());
    CHECK(amount_of(*done, "energy") == "5.000000");
}

TEST_CASE("a line of a volume table by the year shows the tier that the year has reached")
{
    auto table = graduated({{"230", "0.5"}, {"400", "0.6"}, {"", "0.9"}});
    table.mode = rate_mode::volume;
    auto by = single("CNY", table);
    by.versions[0].determinants[0].scope = scope::year;
    const period february = period_of(period_id::parse("2026-02").value(), china_zone).value();
    consumption what;
    what.rows = {row_of(3, 0, 1, "100"), row_of(40, 0, 1, "200")};
    for (consumption_row& each : what.rows) each.register_index = 0;
    const auto done = rate(by, what, february);
    REQUIRE(done.has_value());
    const line& energy = done->lines.front();
    CHECK(to_string(energy.amount.amount()) == "130.000000");  // 300 x 0.6 - 100 x 0.5
    CHECK(energy.tier == "2");
    CHECK(energy.above == of("230"));
    CHECK(energy.up_to == of("400"));
    CHECK(energy.is_average);
}

TEST_CASE("a purchase has the price of its moment")
{
    rate_table table;
    table.mode = rate_mode::series;
    table.series = "spot";
    table.tiers.resize(1);
    auto by = single("CNY", table);
    by.versions[0].determinants[0].of = source::purchase;
    consumption what;
    consumption_row bought = row_of(1, 1, 0, "10");
    bought.what = channel::purchase;
    what.rows = {bought};
    what.prices = {{"spot", january().from, std::chrono::hours{1},
                    {price_of("0.3"), price_of("0.7"), price_of("0.9")}}};
    const auto done = rate(by, what, january());
    REQUIRE(done.has_value());
    CHECK(amount_of(*done, "energy") == "7.000000");
}

TEST_CASE("energy of no band is refused where prices are by band, not given away")
{
    auto by = zhejiang();
    by.versions[0].calendar = {};
    consumption what;
    what.rows = {row_of(1, 9, 1, "10")};
    CHECK(faults_of(by, what) ==
          std::vector<std::string>{"/rows/0/register: none (expected a register, by which alone "
                                   "this tariff knows its bands)"});
}
