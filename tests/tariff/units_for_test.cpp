// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/tariff/check.hpp>
#include <wattpurse/tariff/units_for.hpp>

#include "examples.hpp"

using namespace wattpurse;
using namespace wattpurse::tariff;
using namespace wattpurse::tariff::examples;

namespace {

using tariff_type = wattpurse::tariff::tariff;
using std::chrono::hours;

money cny(std::string_view text) { return {amount::parse(text).value(), currency{"CNY"}}; }

band_profile on_t1()
{
    band_profile out;
    out.steps = {{"all", of("1")}};
    out.at = january().from + hours{240};
    return out;
}

units bought(money what, const tariff_type& by, const band_profile& profile,
             const consumption& used = {}, std::string_view step = "0.0001")
{
    const auto out = units_for(what, by, used, january(), profile, of(step));
    if (!out) FAIL(to_string(out.error().front()));
    return *out;
}

/// By the definition: one step after the other, until one costs too much.
scalar by_walking(money what, const tariff_type& by, const band_profile& profile,
                  const consumption& used, std::string_view step, std::int64_t steps_max)
{
    const money before = rate(by, used, january(), profile.at + duration{1})->sum;
    std::int64_t last = 0;
    for (std::int64_t n = 1; n <= steps_max; ++n) {
        consumption with = used;
        std::int64_t left = n * of(step).mantissa();
        std::int64_t cycle = 0;
        for (const auto& each : profile.steps) cycle += each.quantity.mantissa();
        const std::int64_t cycles = left / cycle;
        left %= cycle;
        for (const auto& each : profile.steps) {
            const std::int64_t part = std::min(left, each.quantity.mantissa());
            left -= part;
            consumption_row row;
            row.from = profile.at;
            row.until = profile.at + duration{1};
            for (const band& known : by.bands) {
                if (known.name == each.band) {
                    row.register_index = static_cast<std::int8_t>(*known.register_index);
                }
            }
            row.quantity = scalar::of(cycles * each.quantity.mantissa() + part);
            if (!row.quantity.is_zero()) with.rows.push_back(row);
        }
        const money now = rate(by, with, january(), profile.at + duration{1})->sum;
        if (now.mantissa() - before.mantissa() > what.mantissa()) break;
        last = n;
    }
    return scalar::of(last * of(step).mantissa());
}

}  // namespace

TEST_CASE("the last step is paid for, one more is not")
{
    const auto by = single("CNY", rate_table::flat(price_of("0.5283")));
    const units got = bought(cny("100"), by, on_t1());
    CHECK(to_string(got.quantity) == "189.2863");  // 100 / 0.5283 = 189.28639..., rounded down
    CHECK(to_string(got.cost) == "99.999952 CNY");
    CHECK(to_string(got.left) == "0.000048 CNY");
    CHECK(got.is_bounded);
}

TEST_CASE("money runs through the tiers from where the month stands")
{
    const auto by =
        single("CNY", graduated({{"230", "0.50"}, {"400", "0.55"}, {"", "0.80"}}));
    CHECK(to_string(bought(cny("115"), by, on_t1()).quantity) == "230.0000");
    CHECK(to_string(bought(cny("208.50"), by, on_t1()).quantity) == "400.0000");
    CHECK(to_string(bought(cny("208.58"), by, on_t1()).quantity) == "400.1000");
    consumption so_far = used("0");
    consumption_row row;
    row.from = january().from;
    row.until = row.from + hours{100};
    row.register_index = 0;
    row.quantity = of("229");
    so_far.rows = {row};
    CHECK(to_string(bought(cny("1.05"), by, on_t1(), so_far).quantity) == "2.0000");
}

TEST_CASE("a profile is used in turn, so its proportion holds to the last cycle")
{
    band_profile profile = on_t1();
    profile.steps = {{"peak", of("0.6")}, {"valley", of("0.4")}};
    const units got = bought(cny("200"), zhejiang(), profile);
    CHECK(to_string(got.quantity) == "412.0322");
    CHECK(to_string(bought(cny("0"), zhejiang(), profile).quantity) == "0.0000");
}

TEST_CASE("where a larger quantity is cheaper, the first crossing counts")
{
    rate_table volume = graduated({{"10", "1"}, {"", "0.5"}});
    volume.mode = rate_mode::volume;
    const auto by = single("CNY", volume);
    REQUIRE(check(by).empty());
    CHECK(to_string(bought(cny("6"), by, on_t1()).quantity) == "6.0000");
    CHECK(to_string(bought(cny("9.9999"), by, on_t1()).quantity) == "9.9999");
    CHECK(to_string(bought(cny("10"), by, on_t1()).quantity) == "20.0000");
}

TEST_CASE("free energy is without end, a fee is paid before it")
{
    const auto free = single("CNY", rate_table::flat({}));
    const units all = bought(cny("1"), free, on_t1());
    CHECK_FALSE(all.is_bounded);
    CHECK(all.cost.is_zero());
    rate_table with_fee = graduated({{"10", "0"}, {"", "0.5"}});
    with_fee.tiers[1].fee = price_of("2");
    const auto by = single("CNY", with_fee);
    CHECK(to_string(bought(cny("1.99"), by, on_t1()).quantity) == "10.0000");
    CHECK(to_string(bought(cny("2.5"), by, on_t1()).quantity) == "11.0000");
}

TEST_CASE("the same as walking up to it, for tables of every kind and coarse money")
{
    rate_table volume = graduated({{"3", "1.5"}, {"5", "0.7"}, {"", "1.1"}});
    volume.mode = rate_mode::volume;
    rate_table blocks = rate_table::flat(price_of("2.3"));
    blocks.mode = rate_mode::package;
    blocks.tiers.front().block = of("0.7");
    rate_table split = graduated({{"2", "0"}, {"4", "0"}, {"", "0"}});
    split.split = band_split::pro_rata;
    for (std::size_t i = 0; i < 3; ++i) {
        split.tiers[i].bands = {{"peak", price_of(i == 1 ? "1.9" : "0.9")},
                                {"valley", price_of(i == 2 ? "1.4" : "0.2")}};
    }
    auto by_bands = zhejiang();
    by_bands.versions[0].charges = {charge_on("energy", "energy", split)};
    auto coarse = single("CNY", graduated({{"2", "0.31"}, {"", "0.77"}}));
    coarse.versions[0].rounding.line = {amount::of(50'000), rounding::half_up};
    adjustment rebate;
    rebate.line = "rebate";
    rebate.over = {"energy"};
    rebate.rate = rate_table::flat(price_of("-0.15"));
    rebate.rounding = rounding_rule{amount::of(20'000), rounding::half_even};
    auto reduced = coarse;
    reduced.versions[0].adjustments = {rebate};
    struct { const char* what; tariff_type by; band_profile profile; } cases[]{
        {"volume", single("CNY", volume), on_t1()},
        {"package", single("CNY", blocks), on_t1()},
        {"tier by band", by_bands, on_t1()},
        {"coarse", coarse, on_t1()},
        {"rebate", reduced, on_t1()}};
    cases[2].profile.steps = {{"peak", of("0.03")}, {"valley", of("0.05")}};
    for (const auto& each : cases) {
        CAPTURE(each.what);
        REQUIRE(check(each.by).empty());
        for (const char* funds : {"0.01", "0.3", "1", "2.31", "3.5", "4.45", "5"}) {
            CAPTURE(funds);
            CHECK(bought(cny(funds), each.by, each.profile, {}, "0.01").quantity ==
                  by_walking(cny(funds), each.by, each.profile, {}, "0.01", 3000));
        }
    }
}

TEST_CASE("what cannot be bought is said")
{
    const auto by = single("CNY", rate_table::flat(price_of("0.5")));
    const auto fault_of = [&](money what, const band_profile& profile) {
        const auto out = units_for(what, by, {}, january(), profile);
        return out ? std::string{} : to_string(out.error().front());
    };
    CHECK(fault_of(cny("-1"), on_t1()) ==
          "/money: -1.000000 CNY (expected an amount not below zero)");
    CHECK(fault_of({amount::of(1), currency{"EUR"}}, on_t1()) ==
          "/money: 0.000001 EUR (expected an amount of CNY)");
    band_profile other = on_t1();
    other.steps = {{"shoulder", of("1")}};
    CHECK(fault_of(cny("1"), other) ==
          "/profile/0/band: \"shoulder\" (expected a band of the tariff)");
    other.steps.clear();
    CHECK(fault_of(cny("1"), other) == "/profile: no steps (expected at least one step)");
}
