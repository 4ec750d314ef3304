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
using step_type = wattpurse::tariff::step;
using std::chrono::hours;

constexpr civil_day january_day_first{std::chrono::year{2026} / 1 / 1};

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

civil_day january_day(int months) { return month_start(january_day_first, months); }

/// By the definition: one step after the other, until one costs too much.
scalar by_walking(money what, const tariff_type& by, const band_profile& profile,
                  const consumption& used, std::string_view step, std::int64_t steps_max)
{
    const instant through = profile.at + std::chrono::minutes{1};
    const money before = rate(by, used, january(), through)->sum;
    std::int64_t last = 0;
    for (std::int64_t n = 1; n <= steps_max; ++n) {
        consumption with = used;
        std::int64_t left = n * of(step).mantissa();
        for (std::size_t i = 0; left > 0; ++i) {  // one row after the other, as it is used
            const auto& each = profile.steps[i % profile.steps.size()];
            consumption_row row;
            row.from = profile.at + duration{static_cast<std::int64_t>(i)};
            row.until = row.from + duration{1};
            for (const band& known : by.bands) {
                if (known.name == each.band) {
                    row.register_index = static_cast<std::int8_t>(*known.register_index);
                }
            }
            row.quantity = scalar::of(std::min(left, each.quantity.mantissa()));
            left -= row.quantity.mantissa();
            with.rows.push_back(row);
        }
        const money now = rate(by, with, january(), through)->sum;
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

namespace {

rate_table in_bands(std::initializer_list<std::pair<std::string_view, std::string_view>> prices,
                    band_split split)
{
    rate_table out = graduated({{"2", "0"}, {"5", "0"}, {"", "0"}});
    out.split = split;
    std::size_t i = 0;
    for (const auto& [peak, valley] : prices) {
        out.tiers[i++].bands = {{"peak", price_of(peak)}, {"valley", price_of(valley)}};
    }
    return out;
}

tariff_type zhejiang_with(rate_table rate)
{
    auto out = zhejiang();
    out.versions[0].charges = {charge_on("energy", "energy", std::move(rate))};
    return out;
}

adjustment limit_of(adjustment_kind kind, std::string_view money)
{
    adjustment out;
    out.line = "limit";
    out.kind = kind;
    out.over = {"*"};
    out.on = "one";
    out.rate = rate_table::flat(price_of(money));
    return out;
}

tariff_type limited(adjustment_kind kind, std::string_view money)
{
    auto out = single("CNY", rate_table::flat(price_of("0.5")));
    determinant one;
    one.name = "one";
    one.of = source::one;
    out.versions[0].determinants.push_back(one);
    out.versions[0].adjustments = {limit_of(kind, money)};
    return out;
}

consumption given_back(std::string_view quantity)
{
    consumption_row row;
    row.from = january().from;
    row.until = row.from + hours{1};
    row.what = channel::export_;
    row.quantity = of(quantity);
    consumption out;
    out.rows = {row};
    return out;
}

step_type but(step_type::kind does, std::string_view name)
{
    step_type out;
    out.does = does;
    out.with.determinant = name;
    return out;
}

std::string fault_of(const tariff_type& by, const band_profile& profile, money what = cny("1"),
                     const consumption& used = {}, std::string_view step = "0.0001")
{
    const auto out = units_for(what, by, used, january(), profile, of(step));
    return out ? "bought " + to_string(out->quantity) : to_string(out.error().front());
}

}  // namespace

TEST_CASE("a price below zero, a credit or a rebate on energy lets costs fall on the way")
{
    const auto below = single("CNY", graduated({{"3", "1"}, {"6", "-0.9"}, {"", "1"}}));
    auto credited = single("CNY", graduated({{"3", "1"}, {"6", "0.1"}, {"", "1"}}));
    auto back = charge_on("back", "energy", graduated({{"2", "0"}, {"4", "1.7"}, {"", "0.2"}}));
    back.credit = true;
    credited.versions[0].charges.push_back(back);
    auto dearer_first = zhejiang_with(
        in_bands({{"1.5", "1.1"}, {"0.7", "0.9"}, {"0.2", "0.1"}}, band_split::pro_rata));
    auto bent = single("CNY", rate_table::flat(price_of("1")));
    determinant rest = energy_of("rest");
    rest.steps = {but(step_type::kind::subtract, "energy")};
    rest.of = source::zero;
    bent.versions[0].determinants.push_back(rest);
    bent.versions[0].charges.push_back(
        charge_on("rest", "rest", graduated({{"2", "1.9"}, {"", "1"}})));
    band_profile turns = on_t1();
    turns.steps = {{"peak", of("0.03")}, {"valley", of("0.05")}};
    const auto spread = zhejiang_with(
        in_bands({{"3", "0.1"}, {"0.1", "0.1"}, {"0.1", "0.1"}}, band_split::pro_rata));
    band_profile saws = on_t1();
    saws.steps = {{"peak", of("0.4")}, {"valley", of("1.9")}};
    const struct { const char* what; tariff_type by; band_profile profile; } all[]{
        {"price", below, on_t1()},
        {"credit", credited, on_t1()},
        {"falling by band", dearer_first, turns},
        {"falling with each valley", spread, saws},
        {"what is not used is paid for", bent, on_t1()}};
    for (const auto& each : all) {
        CAPTURE(std::string{each.what});
        REQUIRE(check(each.by).empty());
        for (const char* funds : {"0", "0.01", "1.29", "1.41", "1.5", "2.31", "2.99", "3",
                                  "3.01", "4.45"}) {
            CAPTURE(std::string{funds});
            const auto walked = by_walking(cny(funds), each.by, each.profile, {}, "0.01", 3000);
            if (walked == of("30")) continue;
            CHECK(bought(cny(funds), each.by, each.profile, {}, "0.01").quantity == walked);
        }
    }
    CHECK(to_string(bought(cny("3"), below, on_t1()).quantity) == "8.7000");
    CHECK(to_string(bought(cny("2.9999"), below, on_t1()).quantity) == "2.9999");
}

TEST_CASE("a cap is reached or it is not, and beyond it energy is free")
{
    const auto by = limited(adjustment_kind::maximum, "30");
    CHECK(to_string(bought(cny("29.9999"), by, on_t1()).quantity) == "59.9998");
    const units all = bought(cny("30"), by, on_t1());
    CHECK_FALSE(all.is_bounded);
    CHECK(to_string(all.cost) == "30.000000 CNY");
    auto taxed = by;  // the cap is rounded otherwise than what it caps, and a tax is on top
    taxed.versions[0].rounding.line = {amount::of(70'000), rounding::half_up};
    taxed.versions[0].adjustments[0].rounding = rounding_rule{amount::of(20'000), rounding::up};
    adjustment tax;
    tax.line = "tax";
    tax.over = {"*"};
    tax.rate = rate_table::flat(price_of("0.13"));
    taxed.versions[0].adjustments.push_back(tax);
    REQUIRE(check(taxed).empty());
    CHECK_FALSE(bought(cny("34"), taxed, on_t1()).is_bounded);
    for (const char* funds : {"33.88", "33.8999", "33.9", "33.92", "10"}) {
        CAPTURE(std::string{funds});
        const auto walked = by_walking(cny(funds), taxed, on_t1(), {}, "0.1", 1500);
        const auto got = bought(cny(funds), taxed, on_t1(), {}, "0.1");
        CHECK((got.quantity == walked || (!got.is_bounded && walked == of("150"))));
    }
}

TEST_CASE("what a minimum has charged already is used up for nothing")
{
    const auto by = limited(adjustment_kind::minimum, "30");
    CHECK(to_string(bought(cny("0"), by, on_t1()).quantity) == "60.0000");
    CHECK(to_string(bought(cny("0.5"), by, on_t1()).quantity) == "61.0000");
    auto at_close = by;
    at_close.versions[0].adjustments[0].at_close = true;
    CHECK(to_string(bought(cny("0.5"), at_close, on_t1()).quantity) == "1.0000");
}

TEST_CASE("credit for what was given back is used first")
{
    auto by = single("CNY", rate_table::flat(price_of("0.5")));
    determinant back = energy_of("back");
    back.of = source::export_;
    determinant net = energy_of("net");
    net.steps = {but(step_type::kind::subtract, "back"), {}};
    net.steps.back().does = step_type::kind::bank;
    by.versions[0].determinants = {back, net};
    by.versions[0].charges[0].on = "net";
    REQUIRE(check(by).empty());
    consumption so_far = given_back("100");
    CHECK(to_string(bought(cny("0"), by, on_t1(), so_far).quantity) == "100.0000");
    CHECK(to_string(bought(cny("1"), by, on_t1(), so_far).quantity) == "102.0000");
    so_far.credits = {{"net", january_day(-1), january_day(11), amount::of(7'000'000)}};
    CHECK(to_string(bought(cny("1"), by, on_t1(), so_far).quantity) == "109.0000");

    auto money = single("CNY", rate_table::flat(price_of("0.5")));
    adjustment kept;
    kept.line = "kept";
    kept.kind = adjustment_kind::bank;
    kept.over = {"*"};
    money.versions[0].adjustments = {kept};
    REQUIRE(check(money).empty());
    consumption with;
    with.credits = {{"kept", january_day(-1), january_day(11), amount::of(20'000'000)}};
    CHECK(to_string(bought(cny("0"), money, on_t1(), with).quantity) == "40.0000");
    CHECK(to_string(bought(cny("1"), money, on_t1(), with).quantity) == "42.0000");
}

TEST_CASE("lifeline energy is dearer once there is too much of it")
{
    auto by = single("CNY", rate_table::flat(price_of("1")));
    determinant life = energy_of("life");
    life.steps = {but(step_type::kind::at_most, ""), but(step_type::kind::only_if, "energy")};
    life.steps[0].with.value = price_of("50");
    life.steps[1].limit = of("100");
    by.versions[0].determinants.push_back(life);
    auto rebate = charge_on("life", "life", rate_table::flat(price_of("0.6")));
    rebate.credit = true;
    by.versions[0].charges.push_back(rebate);
    REQUIRE(check(by).empty());
    CHECK(to_string(bought(cny("20"), by, on_t1()).quantity) == "50.0000");
    CHECK(to_string(bought(cny("70"), by, on_t1()).quantity) == "100.0000");
    CHECK(to_string(bought(cny("99.9999"), by, on_t1()).quantity) == "100.0000");
    CHECK(to_string(bought(cny("101"), by, on_t1()).quantity) == "101.0000");
    by.versions[0].charges = {charge_on("life", "life", rate_table::flat(price_of("1")))};
    CHECK(to_string(bought(cny("49"), by, on_t1()).quantity) == "49.0000");
    CHECK_FALSE(bought(cny("50"), by, on_t1()).is_bounded);
}

TEST_CASE("cheap energy with roundings that are coarse")
{
    auto by = single("CNY", rate_table::flat(price_of("0.0001")));
    by.versions[0].rounding.line = {amount::of(1'000'000), rounding::half_up};
    by.versions[0].rounding.tax = {amount::of(1'000'000), rounding::half_up};
    by.versions[0].charges.push_back(
        charge_on("more", "energy", graduated({{"20000", "0.00001"}, {"", "0.00003"}})));
    adjustment rebate;
    rebate.line = "rebate";
    rebate.over = {"energy"};
    rebate.rate = rate_table::flat(price_of("-0.5"));
    by.versions[0].adjustments = {rebate};
    REQUIRE(check(by).empty());
    // 0, 1 - 1 (rounded up), 2 - 1: the second begins to cost at 1.5 / 0.0001.
    CHECK(to_string(bought(cny("0.99"), by, on_t1()).quantity) == "14999.9999");
    CHECK(to_string(bought(cny("1"), by, on_t1()).quantity) == "34999.9999");
}

TEST_CASE("tiers that fill in the order of time fill in the turns of the profile")
{
    const auto by = zhejiang_with(
        in_bands({{"0.9", "0.2"}, {"1.9", "0.1"}, {"1.1", "0.7"}}, band_split::chronological));
    REQUIRE(check(by).empty());
    band_profile turns = on_t1();
    turns.steps = {{"peak", of("0.7")}, {"valley", of("0.9")}};
    for (const char* funds : {"0.01", "0.63", "1", "2.31", "3.5", "4.45", "5"}) {
        CAPTURE(std::string{funds});
        CHECK(bought(cny(funds), by, turns, {}, "0.01").quantity ==
              by_walking(cny(funds), by, turns, {}, "0.01", 3000));
    }
    turns.steps = {{"peak", of("0.0007")}, {"valley", of("0.0009")}};
    CHECK(to_string(bought(cny("90000"), by, turns).quantity) == "102857.9427");
    turns.at = january().until - duration{3};
    CHECK(bought(cny("1"), by, turns).quantity > scalar{});
    turns.at = january().until - duration{2};
    CHECK(fault_of(by, turns) ==
          "/profile/at: 2026-01-31T23:59:59.998+08:00 (expected 3 ms before the end of the day, "
          "one for each tier in which bands are used in turn)");
    band_profile one = on_t1();  // one row is enough, to the last millisecond
    one.steps = {{"peak", of("0.0001")}};
    one.at = january().until - duration{1};
    CHECK(to_string(bought(cny("90000"), by, one).quantity) == "81816.3636");
}

TEST_CASE("where each step has to be looked at, there is an end to it")
{
    auto by = zhejiang_with(
        in_bands({{"1.5", "1.1"}, {"0.7", "0.9"}, {"0.2", "0.1"}}, band_split::pro_rata));
    band_profile turns = on_t1();
    turns.steps = {{"peak", of("0.6")}, {"valley", of("0.4")}};
    CHECK(to_string(bought(cny("100"), by, turns, {}, "1").quantity) == "598.0000");
    CHECK(fault_of(by, turns, cny("10")) ==
          "/step: 0.0001 (expected a larger step: costs may fall as energy is added, so that each "
          "has to be looked at, and 200000 are not enough)");
}

TEST_CASE("what cannot be bought is said")
{
    const auto by = single("CNY", rate_table::flat(price_of("0.5")));
    CHECK(fault_of(by, on_t1(), cny("-1")) ==
          "/money: -1.000000 CNY (expected an amount not below zero)");
    CHECK(fault_of(by, on_t1(), {amount::of(1), currency{"EUR"}}) ==
          "/money: 0.000001 EUR (expected an amount of CNY)");
    CHECK(fault_of(by, on_t1(), cny("1"), {}, "0") ==
          "/step: 0.0000 (expected a step above zero, of at most 10^11 kWh)");
    band_profile other = on_t1();
    other.steps = {{"shoulder", of("1")}};
    CHECK(fault_of(by, other) ==
          "/profile/0/band: \"shoulder\" (expected a band of the tariff)");
    other.steps.clear();
    CHECK(fault_of(by, other) == "/profile: no steps (expected at least one step)");
    for (const instant at : {instant::min(), instant::max(), january().until,
                             january().from - duration{1}}) {
        other = on_t1();
        other.at = at;
        CHECK(fault_of(by, other) ==
              "/profile/at: outside the period (expected a moment before its end)");
    }
    consumption known = used("5");  // of the whole month
    CHECK(fault_of(by, on_t1(), cny("1"), known).find("/rows/") == 0);
}
