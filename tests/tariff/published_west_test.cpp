// SPDX-License-Identifier: Apache-2.0
// Bills from Canada, Poland, the United States and Britain whose inputs and money are published.
#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

#include "tariff/build.hpp"

using namespace wattpurse;
using namespace wattpurse::tariff::build;
namespace tf = wattpurse::tariff;

namespace {

tf::determinant months() { return counted("months", tf::source::months, "months"); }
tf::determinant days() { return counted("days", tf::source::days, "days"); }

/// A Polish seller: prices by kWh and by month, tax on all of them, rounded once.
tf::adjustment polish_tax()
{
    tf::adjustment out = percent("vat", "0.23", {"*"});
    out.rounding = to_nearest("0.01");
    return out;
}

std::string net_of(const bill& all)
{
    return plain((all.totals.charged.amount() - all.at("vat").amount.amount()).value());
}

}  // namespace

// bchydro.com residential-rates.html
TEST_CASE("CA-01: BC Hydro's first step ends at 22.1918 kWh for each day of the bill")
{
    tf::tariff what = sheet("CAD");
    tf::rate_table steps = graduated({{"22.1918", "0.0959"}, {"", "0.1422"}});
    steps.bounds.times = "days";
    steps.bounds.rounding = to_nearest("1");
    what.versions.front().determinants = {energy_on("energy"), days()};
    what.versions.front().charges = {line_of("energy", "energy", steps)};
    for (const auto& [until, bound] :
         {std::pair{"2026-03-02", "1332"}, std::pair{"2026-02-28", "1287"}}) {
        const tf::period over = from_to("2026-01-01", until);  // 60 and 58 days
        const bill billed = bill_of(what, energy_of(over, "1400"), over);
        CHECK(plain(billed.at("energy.1").up_to.value()) == bound);
        CHECK(billed.quantity("energy.1") == bound);
    }
}

// oakvillehydro.com understanding-your-bill-tiered-may-1-october-31-2022
TEST_CASE("CA-02: Oakville Hydro prices 3.76 % of losses, and rounds each line")
{
    tf::tariff what = sheet("CAD");
    tf::determinant with_losses = energy_on("with_losses");
    with_losses.steps = {then_scale("1.0376", to_nearest("0.0001"))};
    tf::determinant losses = energy_on("losses");
    losses.steps = {then_scale("0.0376", to_nearest("0.0001"))};
    tf::version& only = what.versions.front();
    only.rounding.line = to_nearest("0.01");
    only.determinants = {energy_on("energy"), with_losses, losses, months()};
    only.charges = {line_of("energy", "energy", graduated({{"600", "0.098"}, {"", "0.115"}})),
                    line_of("service", "months", flat("31.62")),
                    line_of("variable", "energy", flat("0.0010")),
                    line_of("transmission", "with_losses", flat("0.0160")),
                    line_of("losses", "losses", flat("0.115")),
                    line_of("wholesale", "with_losses", flat("0.0039")),
                    line_of("supply", "months", flat("0.25"))};
    const bill may = bill_of(what, energy_of(month("2022-05"), "700"), month("2022-05"));
    CHECK(may["energy.1"] == "58.8");
    CHECK(may["energy.2"] == "11.5");  // 70.30 of electricity altogether
    CHECK(may["variable"] == "0.7");
    CHECK(may.quantity("transmission") == "726.32");
    CHECK(may["transmission"] == "11.62");
    CHECK(may.quantity("losses") == "26.32");
    CHECK(may["losses"] == "3.03");
    CHECK(may["wholesale"] == "2.83");
    // The quantities that are printed, 726 and 26 kWh, are not those that are priced.
    CHECK_FALSE(plain(mul<2>(number("26"), each("0.115"), rounding::half_up).value()) ==
                may["losses"]);
}

// sewerk/Bill-Calculator PgeG11CalculatedBillTest.kt
TEST_CASE("PL-01: PGE G11, two months")
{
    tf::tariff what = sheet("PLN");
    tf::version& only = what.versions.front();
    only.determinants = {energy_on("energy"), months()};
    only.charges = {line_of("energy", "energy", flat("1.11")),
                    line_of("quality", "energy", flat("2.02")),
                    line_of("network", "energy", flat("3.03")),
                    line_of("transition", "months", flat("4.04")),
                    line_of("fixed", "months", flat("5.05")),
                    line_of("subscription", "months", flat("6.06"))};
    only.adjustments = {polish_tax()};
    const tf::period over = from_to("2015-03-01", "2015-05-01");
    const bill billed = bill_of(what, energy_of(over, "10"), over);
    CHECK(net_of(billed) == "91.9");
    CHECK(billed["vat"] == "21.14");  // 21.137
    CHECK(billed.total() == "113.04");
}

// sewerk/Bill-Calculator TauronG12CalculatedBillTest.kt
TEST_CASE("PL-03: Tauron G12, day and night, ten months")
{
    tf::tariff what = sheet("PLN", {on_register("day", T1), on_register("night", T2)});
    tf::version& only = what.versions.front();
    only.determinants = {energy_on("energy"), months()};
    only.charges = {line_of("energy", "energy", by_band({{"day", "7.07"}, {"night", "8.08"}})),
                    line_of("network", "energy", by_band({{"day", "9.09"}, {"night", "11.11"}})),
                    line_of("transition", "months", flat("5.05")),
                    line_of("fixed", "months", flat("4.04")),
                    line_of("subscription", "months", flat("6.06"))};
    only.adjustments = {polish_tax()};
    const tf::period over = from_to("2015-01-01", "2015-11-01");
    const bill billed = bill_of(what,
                                rows({import_row("2015-02-02", 24, "10", T1),
                                      import_row("2015-02-02", 24, "20", T2)}),
                                over);
    CHECK(net_of(billed) == "696.9");
    CHECK(billed["vat"] == "160.29");  // 160.287
    CHECK(billed.total() == "857.19");
}

// eman/tariffkit tests/test_billing.py TestStatementReconciliation
TEST_CASE("TK-01: PG&E and MCE: three buckets, 27 days, a credit for export")
{
    tf::tariff what = sheet("USD", {on_register("off", T1), on_register("part", T2),
                                    on_register("peak", T3)});
    tf::version& only = what.versions.front();
    only.determinants = {energy_on("energy"), days(), counted("export", tf::source::export_)};
    only.charges = {line_of("energy", "energy", by_band({{"off", "0.37267"}, {"part", "0.42935"},
                                                         {"peak", "0.59123"}})),
                    line_of("base", "days", flat("0.79343")),
                    line_of("acc_plus", "export", flat("0.00880"))};
    only.charges[2].credit = true;
    const tf::period over = from_to("2026-07-02", "2026-07-29");
    const tf::consumption used = rows(
        {import_row("2026-07-03", 24, "22.903", T1), import_row("2026-07-03", 24, "0.228", T2),
         import_row("2026-07-03", 24, "0.458", T3),
         row_of(tf::channel::export_, "2026-07-03", 24, "180.68", T1)});
    const auto cents = [](std::string_view exact) {
        return plain(tf::round(coins(exact), to_nearest("0.01")).value());
    };
    const bill billed = bill_of(what, used, over);
    CHECK(billed["energy.off"] == "8.535261");
    CHECK(billed["energy.part"] == "0.097892");
    CHECK(billed["energy.peak"] == "0.270783");
    const auto two = (billed.at("energy.off").amount + billed.at("energy.part").amount).value();
    const auto energy = (two + billed.at("energy.peak").amount).value();
    CHECK(cents(plain(energy.amount())) == "8.9");
    CHECK(billed.quantity("base") == "27");
    CHECK(cents(billed["base"]) == "21.42");
    CHECK(billed["acc_plus"] == "-1.589984");
    CHECK(cents(billed["acc_plus"]) == "-1.59");

    // The statement rounds energy as a whole: rounded bucket by bucket it is a cent more.
    only.rounding.line = to_nearest("0.01");
    const bill by_line = bill_of(what, used, over);
    CHECK(by_line["energy.off"] == "8.54");
    CHECK(by_line["energy.part"] == "0.1");
    CHECK(by_line["energy.peak"] == "0.27");
    CHECK(by_line["base"] == "21.42");
    CHECK(by_line["acc_plus"] == "-1.59");
}

// github ryanw-mobile/OctoMeter issue #137 (payload of the Octopus API), in pence
TEST_CASE("OCT-01: a standing charge with tax keeps six places")
{
    for (const auto& [net, gross] :
         {std::pair{"45.57", "47.8485"}, std::pair{"40.0125", "42.013125"}}) {
        tf::tariff what = sheet("GBX");
        tf::version& only = what.versions.front();
        only.determinants = {days()};
        only.charges = {line_of("standing", "days", flat(net))};
        only.adjustments = {percent("vat", "0.05", {"*"})};
        const tf::period one_day = from_to("2026-03-01", "2026-03-02");
        CHECK(bill_of(what, {}, one_day).sum() == gross);
    }
}
