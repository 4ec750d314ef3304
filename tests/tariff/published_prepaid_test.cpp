// SPDX-License-Identifier: Apache-2.0
// Purchases whose money and energy are published: how much an amount buys.
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <wattpurse/tariff/units_for.hpp>

#include "tariff/build.hpp"

using namespace wattpurse;
using namespace wattpurse::tariff::build;
namespace tf = wattpurse::tariff;

namespace {

const tf::period september = month("2018-09");

/// What that much money buys on the third of the month, where nothing was bought before.
tf::units bought_for(std::string_view paid, const tf::tariff& what, std::string_view step)
{
    const std::vector<fault> wrong = tf::check(what);
    REQUIRE_MESSAGE(wrong.empty(), text_of(wrong));
    tf::band_profile profile;
    profile.steps = {{{}, number("1")}};
    profile.what = tf::channel::purchase;
    profile.at = at("2018-09-03", 12);
    const auto got = tf::units_for(money{coins(paid), what.unit}, what, {}, september, profile,
                                   number(step));
    REQUIRE_MESSAGE(got.has_value(), text_of(got.error()));
    return *got;
}

bill bill_for(const tf::tariff& what, std::string_view kwh)
{
    return bill_of(what, rows({purchase_row(at("2018-09-03", 12), kwh)}), september);
}

/// Kenya Power: a standing charge at the first purchase of a month and for months without one.
tf::tariff kenya(std::string_view standing)
{
    tf::tariff out = sheet("KES");
    tf::determinant fixed = counted("fixed", tf::source::months, "months");
    fixed.proration = tf::proration::catch_up;
    out.versions.front().determinants = {fixed, bought("energy", tf::scope::month)};
    out.versions.front().charges = {line_of("fixed", "fixed", flat(standing), {"vat"})};
    out.versions.front().adjustments = {percent("vat", "0.16", {"vat"})};
    return out;
}

/// PLN: an administration fee for each purchase, a street light tax (PPJ) of 3 % of the rest of
/// the money, and energy for what is left. Of the price of the energy the tax is 3/97.
tf::tariff indonesia(std::string_view admin, std::string_view price)
{
    tf::tariff out = sheet("IDR");
    tf::rate_table fee = flat("0");
    fee.tiers.front().fee = each(admin);
    out.versions.front().determinants = {bought("energy", tf::scope::purchase)};
    out.versions.front().charges = {line_of("admin", "energy", fee),
                                    line_of("energy", "energy", flat(price), {"energy"})};
    out.versions.front().adjustments = {percent("ppj", "0.03092784", {"energy"})};
    return out;
}

}  // namespace

// viewer.joomag.com thornhill-estate-september-2018
TEST_CASE("ZA-01: 2000 rand through inclining blocks of what is bought in a month")
{
    tf::tariff what = sheet("ZAR");
    what.versions.front().determinants = {bought("energy", tf::scope::month)};
    what.versions.front().charges = {
        line_of("energy", "energy",
                graduated({{"500", "1.4316"}, {"1000", "1.6954"}, {"", "1.8154"}}))};
    const tf::units got = bought_for("2000", what, "0.01");
    CHECK(plain(got.quantity) == "1240.44");
    CHECK(plain(got.cost.amount()) == "1999.994776");
    CHECK(plain(got.left.amount()) == "0.005224");
    const bill spent = bill_for(what, "1240.44");
    CHECK(spent["energy.1"] == "715.8");
    CHECK(spent["energy.2"] == "847.7");
    CHECK(spent["energy.3"] == "436.494776");  // of 436.50 that were left for the third block
}

// lists.my.co.ke skunkworks A6FKYSSPR2A2AZXPBJ6442M5FDIQ73QS
TEST_CASE("KE-01: the standing charge and its tax come off the first purchase")
{
    const tf::tariff what = kenya("120");
    CHECK(bill_for(what, "0").sum() == "139.2");
    const auto left = coins("200") - coins(bill_for(what, "0").sum());
    CHECK(plain(left.value()) == "60.8");
}

// pulselive.co.ke how-kenya-power-tokens-work
TEST_CASE("KE-02: 500 shillings buy 32.2 kWh, not 32.3")
{
    tf::tariff what = kenya("150");
    tf::version& only = what.versions.front();
    only.charges.push_back(line_of("energy", "energy", flat("2.50"), {"vat", "rep"}));
    only.charges.push_back(line_of("fuel", "energy", flat("5.71"), {"vat"}));
    only.charges.push_back(line_of("forex", "energy", flat("0.17"), {"vat"}));
    only.charges.push_back(line_of("warma", "energy", flat("0.05")));
    only.charges.push_back(line_of("inflation", "energy", flat("0.18")));
    only.charges.push_back(line_of("erc", "energy", flat("0.03")));
    only.adjustments.push_back(percent("rep", "0.05", {"rep"}));

    // The lines published for 32.3 kWh sum to more than was paid: the token's resolution of
    // 0.1 kWh was rounded to nearest.
    const bill published = bill_for(what, "32.3");
    CHECK(published["energy"] == "80.75");
    CHECK(published["fuel"] == "184.433");
    CHECK(published["vat"] == "67.30784");
    CHECK(published["rep"] == "4.0375");
    CHECK(published.sum() == "500.41734");
    CHECK(published.total() == "500.42");
    CHECK_FALSE(published.total() == "500");

    const tf::units got = bought_for("500", what, "0.1");
    CHECK(plain(got.quantity) == "32.2");
    CHECK_FALSE(plain(got.quantity) == "32.3");
    CHECK(plain(got.cost.amount()) == bill_for(what, "32.2").sum());
    CHECK(plain(got.cost.amount()) == "499.40676");
    CHECK(plain(got.left.amount()) == "0.59324");
}

// pekanbaru.tribunnews.com 2025-07-12
TEST_CASE("ID-01: 50000 rupiah without a fee")
{
    const tf::units got = bought_for("50000", indonesia("0", "1444.70"), "0.01");
    CHECK(plain(got.quantity) == "33.57");
    CHECK_FALSE(plain(got.quantity) == "33.58");  // printed on the same page
}

// voastercell.blogspot.com/2013/12
TEST_CASE("ID-02: 20000 rupiah less a fee of 1600")
{
    CHECK(plain(bought_for("20000", indonesia("1600", "790"), "0.01").quantity) == "22.59");
}

TEST_CASE("ID-04: 21.487 kWh are 21.48: what a token holds is cut off")
{
    const tf::tariff what = indonesia("2500", "790");
    const tf::units got = bought_for("20000", what, "0.01");
    CHECK(plain(got.quantity) == "21.48");
    CHECK_FALSE(plain(got.quantity) == "21.49");
    CHECK(plain(bought_for("20000", what, "0.001").quantity) == "21.487");
}

// erongored.com/faq-items/how-is-my-account-calculated
TEST_CASE("NA-01: three blocks, a charge by the ampere and two levies")
{
    tf::tariff what = sheet("NAD");
    ask(what, "amperes");
    what.versions.front().determinants = {energy_on("energy"), asked("amperes", "A")};
    what.versions.front().charges = {
        line_of("energy", "energy", graduated({{"250", "1.56"}, {"750", "1.68"}, {"", "2.06"}})),
        line_of("basic", "amperes", flat("8.00")), line_of("ecb", "energy", flat("0.0150")),
        line_of("nef", "energy", flat("0.0108"))};
    tf::consumption used = energy_of(september, "850");  // 34029 - 33179
    says(used, "amperes", "40");
    const bill account = bill_of(what, used, september);
    CHECK(account["energy.1"] == "390");
    CHECK(account["energy.2"] == "840");
    CHECK(account["energy.3"] == "206");
    CHECK(account["basic"] == "320");
    CHECK(account["ecb"] == "12.75");
    CHECK(account["nef"] == "9.18");
    CHECK(account.total() == "1777.93");
}
