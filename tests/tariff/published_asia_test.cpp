// SPDX-License-Identifier: Apache-2.0
// Bills from Taiwan, Korea, Japan and Malaysia whose inputs and money are published.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "tariff/build.hpp"

using namespace wattpurse;
using namespace wattpurse::tariff::build;
namespace tf = wattpurse::tariff;

namespace {

/// Summer is June to September: a ladder for it and one for the rest of the year.
tf::tariff by_season(const std::vector<tier_texts>& summer, const std::vector<tier_texts>& other)
{
    tf::tariff out = sheet("TWD");
    tf::version& only = out.versions.front();
    only.calendar.seasons = {{"summer", {{{6, 1}, {9, 30}}}}, {"other", {{{10, 1}, {5, 31}}}}};
    tf::determinant in_summer = energy_on("summer");
    in_summer.where.seasons = {"summer"};
    tf::determinant in_other = energy_on("other");
    in_other.where.seasons = {"other"};
    only.determinants = {in_summer, in_other};
    only.charges = {line_of("summer", "summer", graduated(summer)),
                    line_of("other", "other", graduated(other))};
    return out;
}

tf::tariff taipower_home()
{
    return by_season({{"120", "1.63"}, {"330", "2.38"}, {"500", "3.52"}, {"700", "4.80"},
                      {"1000", "5.66"}, {"", "6.99"}},
                     {{"120", "1.63"}, {"330", "2.10"}, {"500", "2.89"}, {"700", "3.94"},
                      {"1000", "4.60"}, {"", "5.48"}});
}
tf::tariff taipower_shop()
{
    return by_season({{"330", "2.53"}, {"700", "3.55"}, {"1500", "4.25"}, {"", "6.43"}},
                     {{"330", "2.12"}, {"700", "2.91"}, {"1500", "3.44"}, {"", "5.05"}});
}

std::string total(const tf::tariff& what, std::string_view id, std::string_view kwh)
{
    return bill_of(what, energy_of(month(id), kwh), month(id)).total();
}

/// A fee by the month, a price by the contracted kW, and a price for each of four registers.
tf::tariff contracted(std::string_view customer, std::string_view per_kw,
                      const std::array<std::string_view, 4>& prices)
{
    tf::tariff out = sheet("TWD", {on_register("1", T1), on_register("2", T2),
                                   on_register("3", T3), on_register("4", T4)});
    ask(out, "contract");
    out.versions.front().determinants = {counted("months", tf::source::months, "months"),
                                         asked("contract"), energy_on("energy")};
    out.versions.front().charges = {
        line_of("customer", "months", flat(customer)),
        line_of("contract", "contract", flat(per_kw)),
        line_of("energy", "energy", by_band({{"1", prices[0]}, {"2", prices[1]},
                                             {"3", prices[2]}, {"4", prices[3]}}))};
    return out;
}

std::string total(const tf::tariff& what, std::string_view contract,
                  const std::array<std::string_view, 4>& kwh)
{
    tf::consumption used;
    for (std::size_t i = 0; i < kwh.size(); ++i) {
        used.rows.push_back(
            import_row("2026-03-02", 24, kwh[i], static_cast<std::int8_t>(i)));
    }
    says(used, "contract", contract);
    return bill_of(what, used, month("2026-03")).total();
}

}  // namespace

// hanhsuan/taipower test/test_residential.c
TEST_CASE("TW-01: the residential ladder of Taipower, in summer and not")
{
    const tf::tariff home = taipower_home();
    CHECK(total(home, "2026-07", "100") == "163");
    CHECK(total(home, "2026-07", "200") == "386");
    CHECK(total(home, "2026-07", "350") == "765.8");
    CHECK(total(home, "2026-07", "550") == "1533.8");

    // Four numbers of the source are wrong by 0.5: its asserts look from one side only
    // (actual - expected < 0.01).
    CHECK(total(home, "2026-07", "750") == "2536.8");
    CHECK_FALSE(total(home, "2026-07", "750") == "2537.3");
    CHECK(total(home, "2026-07", "1750") == "9194.3");
    CHECK_FALSE(total(home, "2026-07", "1750") == "9194.8");
    CHECK(total(home, "2026-01", "750") == "2145.9");
    CHECK_FALSE(total(home, "2026-01", "750") == "2146.4");
    CHECK(total(home, "2026-01", "1750") == "7405.9");
    CHECK_FALSE(total(home, "2026-01", "1750") == "7406.4");
}

// hanhsuan/taipower test/test_commercial.c
TEST_CASE("TW-03: the commercial ladder of Taipower, in summer and not")
{
    const tf::tariff shop = taipower_shop();
    CHECK(total(shop, "2026-07", "100") == "253");
    CHECK(total(shop, "2026-07", "350") == "905.9");
    CHECK(total(shop, "2026-07", "750") == "2360.9");
    CHECK(total(shop, "2026-07", "1750") == "7155.9");
    CHECK(total(shop, "2026-01", "100") == "212");
    CHECK(total(shop, "2026-01", "350") == "757.8");
    CHECK(total(shop, "2026-01", "750") == "1948.3");
    CHECK(total(shop, "2026-01", "1750") == "5790.8");
}

// hanhsuan/taipower test/test_service_a.c
TEST_CASE("TW-04: two bands, and more for what is above 2000 kWh")
{
    tf::tariff what = contracted("75", "0", {"4.44", "1.80", "1.80", "0"});
    what.versions.front().charges.push_back(
        line_of("over", "energy", graduated({{"2000", "0"}, {"", "0.96"}})));
    CHECK(total(what, "0", {"1200", "500", "500", "0"}) == "7395");
}

// hanhsuan/taipower test/*.c, whose comments quote examples that Taipower published
TEST_CASE("TW-06: time of use, three phases, 20 kW")
{
    CHECK(total(contracted("262.5", "236.2", {"3.24", "2.14", "1.39", "0"}), "20",
                {"2000", "500", "1500", "0"}) == "14621.5");
}

TEST_CASE("TW-07: low voltage by installed capacity, 30 kW")
{
    CHECK(total(contracted("105", "137.5", {"3.24", "2.14", "1.39", "0"}), "30",
                {"2000", "1000", "1500", "0"}) == "14935");
}

TEST_CASE("TW-09: high voltage in two bands, 150 kW")
{
    CHECK(total(contracted("0", "223.6", {"3.13", "1.97", "1.35", "0"}), "150",
                {"15600", "5000", "13000", "0"}) == "109768");
}

TEST_CASE("TW-11: high voltage in three bands with designated days, 500 kW")
{
    CHECK(total(contracted("0", "223.6", {"7.49", "2.76", "1.78", "1.26"}), "500",
                {"3000", "22000", "5000", "20000"}) == "229090");
}

TEST_CASE("TW-12: extra-high voltage in two bands, 10 MW")
{
    CHECK(total(contracted("0", "217.3", {"3.11", "1.95", "1.32", "0"}), "10000",
                {"160000", "50000", "130000", "0"}) == "2939700");
}

// hanhsuan/taipower test/test_time_of_use_option_core.c; the rule: JUN-WEI-DING/tou_calculator,
// data, lines 409 to 450
TEST_CASE("TW-14: demand above the contract costs twice, and beyond a tenth three times")
{
    tf::tariff what = sheet("TWD", {on_register("peak", T1), on_register("saturday", T2),
                                    on_register("off", T3)});
    ask(what, "contract");
    const auto above = [](std::string name, std::string in) {
        tf::determinant out = counted(std::move(name), tf::source::demand_reading, "kW");
        out.where.bands = {std::move(in)};
        out.steps = {then(tf::step::kind::subtract, named("contract")),
                     then(tf::step::kind::at_least, constant("0"))};
        return out;
    };
    // Off peak counts only where it is more above than the peak was.
    tf::determinant off = above("off_above", "off");
    off.steps.push_back(then(tf::step::kind::subtract, named("peak_above")));
    off.steps.push_back(then(tf::step::kind::at_least, constant("0")));
    const auto fine = [](std::string_view twice, std::string_view thrice) {
        tf::rate_table out = graduated({{"0.1", twice}, {"", thrice}});
        out.bounds.times = "contract";
        out.bounds.rounding = to_nearest("0.0001");
        return out;
    };
    what.versions.front().determinants = {asked("contract"), energy_on("energy"),
                                          above("peak_above", "peak"), off};
    what.versions.front().charges = {
        line_of("basic", "contract", flat("166.9")),
        line_of("energy", "energy",
                by_band({{"peak", "3.08"}, {"saturday", "2.13"}, {"off", "1.53"}}), {"energy"}),
        line_of("fine", "peak_above", fine("333.8", "500.7")),
        line_of("fine_off", "off_above", fine("94.4", "141.6"))};

    tf::consumption used;
    const auto add = [&used](tf::channel counted_as, std::string_view quantity, std::int8_t index) {
        used.rows.push_back(row_of(counted_as, "2026-03-02", 24, quantity, index));
    };
    add(tf::channel::import, "81240", T1);
    add(tf::channel::import, "9480", T2);
    add(tf::channel::import, "36000", T3);
    add(tf::channel::demand, "534", T1);
    add(tf::channel::demand, "312", T2);
    add(tf::channel::demand, "313", T3);
    says(used, "contract", "480");
    const bill march = bill_of(what, used, month("2026-03"));
    CHECK(march["basic"] == "80112");
    CHECK(march["energy.peak"] == "250219.2");
    CHECK(march["energy.saturday"] == "20192.4");
    CHECK(march["energy.off"] == "55080");  // 325491.6 for energy altogether
    CHECK(march.quantity("fine.1") == "48");
    CHECK(march["fine.1"] == "16022.4");
    CHECK(march["fine.2"] == "3004.2");  // 19026.6 altogether
    CHECK(march["fine_off.1"] == "0");
    CHECK(march.total() == "424630.2");
}

// tendee99.pixnet.net/blog/post/60005464
TEST_CASE("TW-16: for two months the bounds are twice those of a month")
{
    tf::tariff what = sheet("TWD");
    tf::rate_table ladder = graduated({{"120", "1.63"}, {"", "2.83"}});
    ladder.bounds.times = "months";
    what.versions.front().determinants = {energy_on("energy"),
                                          counted("months", tf::source::months, "months")};
    what.versions.front().charges = {line_of("energy", "energy", ladder)};
    const tf::period summer = from_to("2026-07-01", "2026-09-01");
    const bill two_months = bill_of(what, energy_of(summer, "300"), summer);
    CHECK(two_months.quantity("energy.1") == "240");
    CHECK(two_months["energy.1"] == "391.2");
    CHECK(two_months["energy.2"] == "169.8");
    CHECK(two_months.total() == "561");
}

// m.ajunews.com/amp/20160809145918169
TEST_CASE("KR-01: KEPCO: a base fee by the tier that is reached, and three ways to round")
{
    tf::tariff what = sheet("KRW");
    tf::rate_table base = volume({{"100", "0"}, {"200", "0"}, {"", "0"}});
    base.tiers[0].fee = each("410");
    base.tiers[1].fee = each("910");
    base.tiers[2].fee = each("1600");
    tf::rate_table energy = graduated({{"100", "60.7"}, {"200", "125.9"}, {"", "187.9"}});
    tf::version& only = what.versions.front();
    only.determinants = {energy_on("energy")};
    only.charges = {line_of("base", "energy", base), line_of("energy", "energy", energy)};
    tf::adjustment fund = percent("fund", "0.037", {"*"});
    fund.over = {"subtotal"};
    fund.rounding = down_to("10");
    only.charges[0].tags = only.charges[1].tags = {"subtotal"};
    only.adjustments = {percent("vat", "0.1", {"subtotal"}), fund};
    only.rounding.line = down_to("1");
    only.rounding.tax = to_nearest("1");
    only.rounding.bill = down_to("10");

    const bill july = bill_of(what, energy_of(month("2016-07"), "225"), month("2016-07"));
    CHECK(july["base.fee"] == "1600");
    CHECK(july["energy.1"] == "6070");
    CHECK(july["energy.2"] == "12590");
    CHECK(july["energy.3"] == "4697");  // 4697.5; 23357 for energy altogether
    CHECK(july["vat"] == "2496");       // 2495.7
    CHECK(july["fund"] == "920");       // 923.409
    CHECK(july.sum() == "28373");
    CHECK(july.total() == "28370");
    CHECK(plain(july.totals.residue.amount()) == "-3");
}

// calc.soltools.kr/electricity
TEST_CASE("KR-03: KEPCO with a climate and a fuel charge for each kWh")
{
    tf::tariff what = sheet("KRW");
    tf::rate_table base = volume({{"200", "0"}, {"", "0"}});
    base.tiers[0].fee = each("910");
    base.tiers[1].fee = each("1600");
    tf::version& only = what.versions.front();
    only.determinants = {energy_on("energy")};
    only.charges = {line_of("base", "energy", base, {"net"}),
                    line_of("energy", "energy", graduated({{"200", "120"}, {"", "214.6"}}),
                            {"net"}),
                    line_of("climate", "energy", flat("9"), {"net"}),
                    line_of("fuel", "energy", flat("5"), {"net"})};
    tf::adjustment fund = percent("fund", "0.037", {"net"});
    fund.rounding = down_to("10");
    only.adjustments = {percent("vat", "0.1", {"net"}), fund};
    only.rounding.tax = to_nearest("1");
    only.rounding.bill = down_to("1");

    const bill month_of_350 = bill_of(what, energy_of(month("2026-03"), "350"), month("2026-03"));
    CHECK(month_of_350["energy.1"] == "24000");
    CHECK(month_of_350["energy.2"] == "32190");  // 56190 altogether
    CHECK(month_of_350["climate"] == "3150");
    CHECK(month_of_350["fuel"] == "1750");
    CHECK(month_of_350["vat"] == "6269");
    CHECK(month_of_350["fund"] == "2310");
    CHECK(month_of_350.total() == "71269");
}

// yoilife.com/kounetu/denryo.html
TEST_CASE("JP-01: TEPCO cuts the total off at the yen, not each line")
{
    tf::tariff what = sheet("JPY");
    tf::version& only = what.versions.front();
    only.determinants = {energy_on("energy")};
    only.charges = {line_of("energy", "energy",
                            graduated({{"120", "17.87"}, {"300", "22.86"}, {"", "24.13"}}))};
    only.rounding.bill = down_to("1");
    const tf::consumption used = energy_of(month("2026-03"), "320");
    const bill exact = bill_of(what, used, month("2026-03"));
    CHECK(exact["energy.1"] == "2144.4");
    CHECK(exact["energy.2"] == "4114.8");
    CHECK(exact["energy.3"] == "482.6");
    CHECK(exact.total() == "6741");

    // The page prints 2144, 4114 and 483: two lines cut off and one rounded. Cut off, all of
    // them, they would sum to 6740.
    only.rounding.line = down_to("1");
    const bill cut_off = bill_of(what, used, month("2026-03"));
    CHECK(cut_off["energy.1"] == "2144");
    CHECK(cut_off["energy.2"] == "4114");
    CHECK(cut_off["energy.3"] == "482");
    CHECK_FALSE(cut_off["energy.3"] == "483");
    CHECK_FALSE(cut_off.total() == "6741");
}

// mytnb.com.my/business/understand-your-bill/billing-component
TEST_CASE("MY-01: the two blocks of a small shop of TNB")
{
    tf::tariff what = sheet("MYR");
    what.versions.front().determinants = {energy_on("energy")};
    what.versions.front().charges = {
        line_of("energy", "energy", graduated({{"200", "0.4350"}, {"", "0.5090"}}))};
    const bill march = bill_of(what, energy_of(month("2026-03"), "350"), month("2026-03"));
    CHECK(march["energy.1"] == "87");
    CHECK(march["energy.2"] == "76.35");
}

// threadreaderapp.com/thread/1273128507007291392.html
TEST_CASE("MY-02: a discount on all by the volume, and cash to the nearest 5 sen")
{
    tf::tariff what = sheet("MYR");
    ask(what, "gross");
    tf::version& only = what.versions.front();
    only.determinants = {asked("gross", "MYR"), energy_on("energy")};
    only.charges = {line_of("gross", "gross", flat("1"), {"gross"})};
    tf::adjustment discount = percent("discount", "0", {"gross"});
    discount.rate = selected("energy", {{"300", "0"}, {"600", "-0.15"}, {"", "0"}});
    only.adjustments = {discount};
    only.rounding.cash = to_nearest("0.05");

    tf::consumption used = energy_of(month("2020-04"), "450");
    says(used, "gross", "154.60");
    const bill april = bill_of(what, used, month("2020-04"));
    CHECK(april.total() == "131.41");
    CHECK(april.cash() == "131.4");

    used.attributes.clear();
    says(used, "gross", "463.80");  // three months at once are not three times 131.40
    const bill quarter = bill_of(what, used, month("2020-04"));
    CHECK(quarter.total() == "394.23");
    CHECK(quarter.cash() == "394.25");

    // The page's gross comes from a wrong sum of blocks: 43.60 + 33.40 is printed as 77.20.
    only.charges = {line_of("energy", "energy",
                            graduated({{"200", "0.218"}, {"300", "0.334"}, {"", "0.516"}}),
                            {"gross"})};
    const bill right = bill_of(what, used, month("2020-04"));
    CHECK(right["energy.1"] == "43.6");
    CHECK(right["energy.2"] == "33.4");
    CHECK(right["energy.3"] == "77.4");
    CHECK(right["discount"] == "-23.16");  // of 154.40
    CHECK(right.total() == "131.24");
    CHECK_FALSE(right.total() == "131.41");
    CHECK(right.cash() == "131.25");
}
