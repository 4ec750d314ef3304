// SPDX-License-Identifier: Apache-2.0
// Chinese bills whose inputs and money are published, to the last digit.
#include <algorithm>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "tariff/build.hpp"

using namespace wattpurse;
using namespace wattpurse::tariff::build;
namespace tf = wattpurse::tariff;

namespace {

/// The power factor's share of the bill for the standard 0.90 [(83) shui dian cai zi 215]: half a
/// percent for each 0.01 below it, one below 0.70, two below 0.65; a discount above it.
tf::rate_table power_factor_090()
{
    tf::rate_table out;
    out.mode = tf::rate_mode::select;
    out.selected_by = "power_factor";
    for (int hundredths = 0; hundredths <= 95; ++hundredths) {
        int per_mille_and_half = 0;  // in steps of 0.0005
        if (hundredths > 90) per_mille_and_half = -3 * (hundredths - 90);
        if (hundredths < 90) per_mille_and_half = 10 * (90 - std::max(hundredths, 70));
        if (hundredths < 70) per_mille_and_half += 20 * (70 - std::max(hundredths, 65));
        if (hundredths < 65) per_mille_and_half += 40 * (65 - hundredths);
        tf::tier next;
        if (hundredths < 95) next.up_to = tf::scalar::of(hundredths * 100);
        next.each = tf::unit_price::of(per_mille_and_half * 50'000);
        out.tiers.push_back(next);
    }
    return out;
}

tf::determinant power_factor(std::string active, std::string reactive)
{
    tf::determinant out = counted("power_factor", tf::source::power_factor, "1");
    out.active = std::move(active);
    out.reactive = std::move(reactive);
    out.rounding = to_nearest("0.01");
    return out;
}

/// 2000 kVA at 10 and every kWh at 0.20.
tf::tariff two_part()
{
    tf::tariff out = sheet("CNY");
    ask(out, "contract_kva");
    out.versions.front().determinants = {asked("contract_kva", "kVA"), energy_on("energy")};
    out.versions.front().charges = {line_of("basic", "contract_kva", flat("10")),
                                    line_of("energy", "energy", flat("0.20"))};
    return out;
}

std::string two_part_costs(std::string_view kwh)
{
    tf::consumption used = energy_of(month("2026-03"), kwh);
    says(used, "contract_kva", "2000");
    return bill_of(two_part(), used, month("2026-03")).sum();
}

}  // namespace

// dushuang.com/detail/981711.html (an exam for meter readers, its answer published)
TEST_CASE("CN-01: a transformer is swapped on the 21st, its loss is prorated and rounded")
{
    tf::tariff what = sheet("CNY", {on_register("peak", T2), on_register("flat", T3),
                                    on_register("valley", T4)});
    ask(what, "iron_loss");
    tf::determinant loss = asked("iron_loss", "kWh");
    loss.proration = tf::proration::thirty_days;
    loss.rounding = to_nearest("1");
    tf::determinant before = energy_on("before");
    before.where.meters = {"old"};
    before.steps = {then_scale("20"), then(tf::step::kind::add, named("iron_loss"))};
    tf::determinant after = energy_on("after");
    after.where.meters = {"new"};
    after.steps = {then_scale("200")};
    tf::determinant reactive = counted("reactive", tf::source::reactive, "kvarh");
    reactive.where.meters = {"new"};
    reactive.steps = {then_scale("200")};
    tf::adjustment by_factor = percent("power_factor", "0", {"after"});
    by_factor.rate = power_factor_090();
    what.versions.front().determinants = {loss, before, after, reactive,
                                          power_factor("after", "reactive")};
    what.versions.front().charges = {
        line_of("before", "before", flat("0.5")),
        line_of("energy", "after", by_band({{"peak", "0.8"}, {"flat", "0.5"}, {"valley", "0.2"}}),
                {"after"})};
    what.versions.front().adjustments = {by_factor};

    tf::consumption used = rows({import_row("2026-06-01", 480, "300", T3),
                                 import_row("2026-06-21", 240, "40", T2),
                                 import_row("2026-06-21", 240, "110", T3),
                                 import_row("2026-06-21", 240, "30", T4),
                                 row_of(tf::channel::reactive, "2026-06-21", 240, "81", T3)});
    used.meters = {"old", "new"};
    for (std::size_t i = 1; i < used.rows.size(); ++i) used.rows[i].meter = 1;
    says(used, "iron_loss", "304", at("2026-01-01"));
    says(used, "iron_loss", "0", at("2026-06-21"));

    const bill june = bill_of(what, used, month("2026-06"));
    CHECK(june.quantity("before") == "6203");  // 304 * 20 / 30 = 202.67: 203, before pricing
    CHECK(june["before"] == "3101.5");
    CHECK(june["energy.peak"] == "6400");
    CHECK(june["energy.valley"] == "1200");
    CHECK(june["energy.flat"] == "11000");
    CHECK(june["power_factor"] == "-27.9");  // 0.9119 is 0.91: -0.15 %
    CHECK(june.total() == "21673.6");
}

// app.ixiawen.com/question/36540193/267137918409df60f0dbd5dd7a4e4c7f.html
TEST_CASE("CN-02: a missed reading of kvarh is billed afterwards, as a difference")
{
    tf::tariff what = sheet("CNY");
    tf::adjustment by_factor = percent("power_factor", "0", {"energy"});
    by_factor.rate = power_factor_090();
    what.versions.front().determinants = {energy_on("energy"),
                                          counted("kvarh", tf::source::reactive, "kvarh"),
                                          power_factor("energy", "kvarh")};
    what.versions.front().charges = {line_of("energy", "energy", flat("0.3"), {"energy"})};
    what.versions.front().adjustments = {by_factor};

    tf::consumption used = energy_of(month("2026-03"), "40000");
    used.rows.push_back(row_of(tf::channel::reactive, "2026-03-02", 24, "30000"));
    const bill first = bill_of(what, used, month("2026-03"));
    CHECK(first["power_factor"] == "600");  // 0.80: +5 %
    CHECK(first.total() == "12600");

    used.rows.push_back(row_of(tf::channel::reactive, "2026-03-03", 24, "9670"));
    const bill corrected = bill_of(what, used, month("2026-03"));
    CHECK(corrected.total() == "13140");  // 0.71: +9.5 %

    const auto owed = tf::difference(corrected.what.lines, booked(first.what), what.unit);
    REQUIRE(owed.has_value());
    REQUIRE(owed->size() == 1);
    CHECK(owed->front().line.view() == "power_factor");
    CHECK(plain(owed->front().owed.amount()) == "540");
}

// m.zjtcn.com/news/50218378.html
TEST_CASE("CN-04: a power factor is rounded half up to two places")
{
    tf::tariff what = sheet("CNY");
    ask(what, "factor");
    tf::determinant factor = asked("factor", "1");
    factor.rounding = to_nearest("0.01");
    what.versions.front().determinants = {factor};
    what.versions.front().charges = {line_of("factor", "factor", flat("1"))};
    for (const auto& [measured, rounded] :
         {std::pair{"0.855", "0.86"}, std::pair{"0.754", "0.75"}}) {
        tf::consumption used;
        says(used, "factor", measured);
        CHECK(bill_of(what, used, month("2026-03")).quantity("factor") == rounded);
        CHECK(plain(tf::round(coins(measured), to_nearest("0.01")).value()) == rounded);
    }
}

// taowenge.com/p-36335024.html, question 1
TEST_CASE("CN-05: capacity and energy, the mean price, and how much makes it 0.05 less")
{
    CHECK(two_part_costs("100000") == "40000");  // 0.400 for a kWh
    // 20000 / (0.35 - 0.20): printed as 133333.333, which is cut off and so not enough
    const auto mean_is_at_most_035 = [](std::string_view kwh) {
        const auto limit = mul<6>(number(kwh), each("0.35"), rounding::exact).value();
        return coins(two_part_costs(kwh)) <= limit;
    };
    CHECK_FALSE(mean_is_at_most_035("133333.3330"));
    CHECK_FALSE(mean_is_at_most_035("133333.3333"));
    CHECK(mean_is_at_most_035("133333.3334"));
}

// m.ayhf.cn/post/140709.html (Shanghai market regulator, case 4)
TEST_CASE("CN-07: who resells may not keep more than the grid charges")
{
    tf::tariff what = sheet("CNY");
    ask(what, "collected");
    ask(what, "due");
    what.versions.front().determinants = {asked("collected", "CNY"), asked("due", "CNY")};
    what.versions.front().charges = {line_of("collected", "collected", flat("1"), {"collected"})};
    what.versions.front().adjustments = {limited("excess", tf::adjustment_kind::maximum, "due",
                                                 flat("1"), {"collected"})};
    tf::consumption used;
    says(used, "collected", "1174359.77");
    says(used, "due", "1080373.57");
    const bill year = bill_of(what, used, month("2025-12"));
    CHECK(year["excess"] == "-93986.2");
    CHECK(year.total() == "1080373.57");
}

// github xiaoshi930/state_grid_info issue #7; prices: cc01cc/Eru living-cost-electricity.md
TEST_CASE("CN-09: Zhejiang, peak and valley with a ladder by the year")
{
    tf::tariff what = sheet("CNY", {on_register("peak", T2), on_register("valley", T4)});
    what.zone = china_zone;
    what.versions.front().determinants = {energy_on("energy"),
                                          energy_on("year", tf::scope::year)};
    what.versions.front().charges = {
        line_of("energy", "energy", by_band({{"peak", "0.568"}, {"valley", "0.288"}})),
        line_of("ladder", "year", graduated({{"2760", "0"}, {"4800", "0.05"}, {"", "0.30"}}))};
    const bill january = bill_of(what,
                                 rows({import_row("2026-01-05", 24, "10.76", T2),
                                       import_row("2026-01-05", 24, "7.53", T4)}),
                                 month("2026-01", china_zone));
    CHECK(january["energy.peak"] == "6.11168");
    CHECK(january["energy.valley"] == "2.16864");
    CHECK(january["ladder.1"] == "0");
    CHECK(january.sum() == "8.28032");
    CHECK(january.total() == "8.28");
}
