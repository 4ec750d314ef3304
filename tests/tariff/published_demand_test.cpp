// SPDX-License-Identifier: Apache-2.0
// Demand and hours of use whose inputs and money are published: REopt, eeco and SSC.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "tariff/build.hpp"

using namespace wattpurse;
using namespace wattpurse::tariff::build;
namespace tf = wattpurse::tariff;

namespace {

std::string month_id(int year, int number)
{
    return std::to_string(year) + (number < 10 ? "-0" : "-") + std::to_string(number);
}

tf::determinant peak_with_ratchet(std::string_view share, std::vector<std::uint8_t> in_months = {})
{
    tf::determinant out = counted("peak", tf::source::demand_reading, "kW");
    tf::step ratchet = then(tf::step::kind::ratchet, constant(share));
    ratchet.back_months = 12;
    ratchet.months = std::move(in_months);
    ratchet.rounding = to_nearest("0.0001");
    out.steps = {ratchet};
    return out;
}

/// What the months of 2026 cost where 2025 was the same; each bill leaves what the next looks
/// back on. `tariff_in(month)` gives the tariff, `peak_in(month)` the demand.
template <class TariffIn, class PeakIn>
std::string second_year(TariffIn tariff_in, PeakIn peak_in)
{
    tf::amount total;
    std::vector<tf::past_value> past;
    for (int i = 0; i < 24; ++i) {
        const int year = 2025 + i / 12;
        const int in_year = i % 12 + 1;
        const tf::period over = month(month_id(year, in_year));
        const std::string_view peak = peak_in(in_year);
        tf::consumption used = rows({used_from(over.from, std::chrono::hours{24}, peak,
                                               tf::no_index, tf::channel::demand),
                                     used_from(over.from, std::chrono::hours{24}, "1")});
        used.past = past;
        const bill billed = bill_of(tariff_in(in_year), used, over);
        REQUIRE(!billed.what.past.empty());
        past.insert(past.end(), billed.what.past.begin(), billed.what.past.end());
        if (year == 2026) total = (total + billed.what.sum.amount()).value();
    }
    return plain(total);
}

/// Half past eight to noon and six to half past nine is half peak, between them is peak.
tf::tariff eeco(bool less_before)
{
    tf::tariff out = sheet("USD", {by_clock("peak"), by_clock("half"), by_clock("off")});
    tf::version& only = out.versions.front();
    only.calendar.plans = {{"day",
                            {{720, 1080, "peak"},
                             {510, 720, "half"},
                             {1080, 1290, "half"},
                             {1290, 510, "off"}}}};
    only.calendar.rules = {{{}, {}, "day"}};
    only.determinants = {energy_on("energy")};
    only.charges = {line_of("energy", "energy", flat("0"))};
    const auto add = [&](const std::string& name, std::vector<std::string> bands,
                         std::string_view price) {
        tf::determinant highest = counted(name, tf::source::demand, "kW");
        highest.where.bands = std::move(bands);
        if (less_before) {
            ask(out, name + "_before");
            only.determinants.push_back(asked(name + "_before"));
            highest.steps = {then(tf::step::kind::subtract, named(name + "_before")),
                             then(tf::step::kind::at_least, constant("0"))};
        }
        only.determinants.push_back(highest);
        only.charges.push_back(line_of(name, name, flat(price)));
    };
    add("peak", {"peak"}, "1");
    add("half", {"half"}, "2");
    add("all", {}, "10");
    return out;
}

/// 0, 1, 2 ... 95 kW in the quarters of an hour of a day.
tf::consumption ramp()
{
    tf::consumption out;
    for (int i = 0; i < 96; ++i) {
        tf::consumption_row next = used_from(at("2026-03-02", 0, i * 15),
                                             std::chrono::minutes{15}, "0");
        next.quantity = tf::scalar::of(i * 2500);
        out.rows.push_back(next);
    }
    return out;
}

}  // namespace

// REopt.jl test/runtests.jl, Lookback #1
TEST_CASE("RE-01: 35 % of the year's highest demand, at the price of the season")
{
    tf::tariff what = sheet("USD");
    tf::version& only = what.versions.front();
    only.calendar.seasons = {{"warm", {{{4, 1}, {9, 30}}}}, {"cold", {{{10, 1}, {3, 31}}}}};
    tf::determinant in_warm = energy_on("in_warm");
    in_warm.where.seasons = {"warm"};
    only.determinants = {peak_with_ratchet("0.35"), in_warm};
    only.charges = {
        line_of("demand", "peak", selected("in_warm", {{"0", "10.5"}, {"", "11.5"}}))};
    const auto always = [&what](int) { return what; };
    CHECK(second_year(always, [](int in) { return in == 1 ? "100" : "1"; }) == "5302.5");
}

// REopt.jl, Lookback #2
TEST_CASE("RE-02: 75 % of the highest demand of January, April and December")
{
    constexpr std::array prices{"10", "10", "20", "50", "20", "10",
                                "20", "20", "20", "20", "20", "5"};
    const auto priced = [&prices](int in) {
        tf::tariff out = sheet("USD");
        out.versions.front().determinants = {peak_with_ratchet("0.75", {1, 4, 12})};
        out.versions.front().charges = {
            line_of("demand", "peak", flat(prices[static_cast<std::size_t>(in - 1)]))};
        return out;
    };
    const auto peak_in = [](int in) {
        switch (in) {
            case 1: return "200";
            case 4: return "400";
            case 6: return "500";
            case 12: return "300";
            default: return "100";
        }
    };
    CHECK(second_year(priced, peak_in) == "74500");
}

// REopt.jl, "Tiered TOU Demand" (expected there as a formula)
TEST_CASE("RE-04: a flat load of a million kWh a year, 50 kW of it free")
{
    tf::tariff what = sheet("USD");
    tf::determinant highest = counted("peak", tf::source::demand, "kW");
    highest.window_minutes = 60;
    what.versions.front().determinants = {highest};
    what.versions.front().charges = {
        line_of("demand", "peak", graduated({{"50", "0"}, {"", "12"}}))};
    tf::amount year;
    for (int in = 1; in <= 12; ++in) {
        const tf::period over = month(month_id(2026, in));
        tf::consumption used;
        for (int hour = 0; hour < 48; ++hour) {  // 1000000 / 8760 in steps of 0.0001 kWh
            used.rows.push_back(used_from(over.from + std::chrono::hours{hour},
                                          std::chrono::hours{1}, "114.1553"));
        }
        const bill billed = bill_of(what, used, over);
        CHECK(billed["demand.1"] == "0");
        CHECK(billed["demand.2"] == "769.8636");
        year = (year + billed.what.sum.amount()).value();
    }
    CHECK(plain(tf::round(year, to_nearest("0.01")).value()) == "9238.36");
}

// we3lab/electric-emission-cost test_costs.py
TEST_CASE("EE-01: 1 kW for a day in quarters of an hour")
{
    tf::tariff what = sheet("USD");
    what.versions.front().determinants = {energy_on("energy")};
    what.versions.front().charges = {line_of("energy", "energy", flat("0.05"))};
    tf::consumption used = ramp();
    for (tf::consumption_row& row : used.rows) row.quantity = number("0.25");
    CHECK(bill_of(what, used, month("2026-03")).total() == "1.2");
}

// The same file
TEST_CASE("EE-03: demand at peak, at half peak and at any time, windows from half past eight")
{
    const bill march = bill_of(eeco(false), ramp(), month("2026-03"));
    CHECK(march["peak"] == "71");
    CHECK(march["half"] == "170");
    CHECK(march["all"] == "950");
    CHECK(march.total() == "1191");
}

// The same file
TEST_CASE("EE-04: only what is above the demand that was paid this month is owed")
{
    tf::consumption used = ramp();
    says(used, "peak_before", "150");
    says(used, "half_before", "40");
    says(used, "all_before", "90");
    const bill march = bill_of(eeco(true), used, month("2026-03"));
    CHECK(march["peak"] == "0");
    CHECK(march["half"] == "90");
    CHECK(march["all"] == "50");
    CHECK(march.total() == "140");
}

// NREL ssc Test_Commercial_kWh_per_kW_charges: bounds of kWh within the first 200 hours of use,
// then of hours. The load file is not at hand, so its July is taken as the sums that are printed,
// and every price is 1: what is checked is which kWh lie where.
TEST_CASE("SSC-06: blocks of kWh within a block of hours of use")
{
    tf::tariff what = sheet("USD");
    ask(what, "kwh_of_200_hours");
    tf::determinant first = energy_on("first");
    first.steps = {then(tf::step::kind::at_most, named("kwh_of_200_hours"))};
    tf::rate_table by_hours = graduated({{"1", "0"}, {"2", "1"}, {"", "1"}});
    by_hours.bounds.times = "kwh_of_200_hours";
    by_hours.bounds.rounding = to_nearest("0.0001");
    what.versions.front().determinants = {energy_on("energy"), asked("kwh_of_200_hours", "kWh"),
                                          first};
    what.versions.front().charges = {
        line_of("first", "first", graduated({{"3000", "1"}, {"10000", "1"}, {"", "1"}})),
        line_of("hours", "energy", by_hours)};
    const tf::period july = month("2026-07");
    tf::consumption used = energy_of(july, "384169.62");
    says(used, "kwh_of_200_hours", "131603.13");
    const bill billed = bill_of(what, used, july);
    CHECK(billed["first.1"] == "3000");
    CHECK(billed["first.2"] == "7000");
    CHECK(billed["first.3"] == "121603.13");
    CHECK(billed["hours.2"] == "131603.13");
    CHECK(billed["hours.3"] == "120963.36");
}

// ssc lib_utility_rate_equations_test.cpp test_demand_charges
TEST_CASE("SSC-08: demand by the time of use, each in tiers of its own")
{
    tf::tariff what = sheet("USD", {on_register("1", T1), on_register("2", T2)});
    tf::version& only = what.versions.front();
    only.determinants = {energy_on("energy")};
    only.charges = {line_of("energy", "energy", flat("0"))};
    const auto add = [&only](const std::string& name, std::string_view low,
                             std::string_view high) {
        tf::determinant highest = counted("peak" + name, tf::source::demand_reading, "kW");
        highest.where.bands = {name};
        only.determinants.push_back(highest);
        only.charges.push_back(
            line_of("peak" + name, "peak" + name, graduated({{"100", low}, {"", high}})));
    };
    add("1", "20", "15");
    add("2", "10", "5");
    const bill march = bill_of(what,
                               rows({row_of(tf::channel::demand, "2026-03-02", 24, "5", T1),
                                     row_of(tf::channel::demand, "2026-03-02", 24, "10", T2)}),
                               month("2026-03"));
    CHECK(march["peak1.1"] == "100");
    CHECK(march["peak2.1"] == "100");
    CHECK(march.total() == "200");
}
