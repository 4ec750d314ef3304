// SPDX-License-Identifier: Apache-2.0
// The published test numbers of other billing engines: Kill Bill, Lago, OpenMeter and OCPI.
#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

#include "tariff/build.hpp"

using namespace wattpurse;
using namespace wattpurse::tariff::build;
namespace tf = wattpurse::tariff;

namespace {

const tf::period march = month("2026-03");

/// One table over all that was used.
tf::tariff over_energy(tf::rate_table rate)
{
    tf::tariff out = sheet("USD");
    out.versions.front().determinants = {energy_on("energy")};
    out.versions.front().charges = {line_of("energy", "energy", std::move(rate))};
    return out;
}

bill bill_over(tf::rate_table rate, std::string_view quantity)
{
    return bill_of(over_energy(std::move(rate)), energy_of(march, quantity), march);
}

/// A session of charging a car: a price for each kWh, a fee to start, taxes of their own.
tf::tariff session()
{
    tf::tariff out = sheet("EUR");
    out.versions.front().determinants = {energy_on("energy"),
                                         counted("start", tf::source::one, "x")};
    out.versions.front().charges = {line_of("energy", "energy", flat("0.25"), {"energy"}),
                                    line_of("start", "start", flat("0.50"), {"start"})};
    out.versions.front().adjustments = {percent("vat_energy", "0.10", {"energy"}),
                                        percent("vat_start", "0.20", {"start"})};
    return out;
}

/// The amounts of these lines.
std::string sum_of(const bill& of, std::initializer_list<std::string_view> ids)
{
    tf::amount out;
    for (const std::string_view id : ids) out = (out + of.at(id).amount.amount()).value();
    return plain(out);
}

}  // namespace

// killbill TestContiguousIntervalConsumableInArrear, testComputeBilledUsageSizeOneWith_ALL_TIERS;
// a tier's "max" there is its width: 10, 100 and 1000 are bounds of 10, 110 and no end here
TEST_CASE("KB-01: every tier prices its part")
{
    const bill billed = bill_over(graduated({{"10", "1.5"}, {"110", "1.0"}, {"", "0.5"}}), "111");
    CHECK(billed["energy.1"] == "15");
    CHECK(billed["energy.2"] == "100");
    CHECK(billed["energy.3"] == "0.5");
}

// The same, SizeOneWith_TOP_TIER
TEST_CASE("KB-02: the tier that is reached prices everything")
{
    const bill billed = bill_over(volume({{"10", "1.5"}, {"110", "1.0"}, {"", "0.5"}}), "111");
    CHECK(billed["energy"] == "55.5");
    CHECK(billed.at("energy").tier == "3");
}

// The same, testComputeBilledUsageWith_TOP_TIER
TEST_CASE("KB-04: the tier that is reached prices everything by begun blocks")
{
    tf::rate_table blocks = volume({{"1000", "1"}, {"101000", "1"}, {"", "0.5"}});
    blocks.tiers[0].block = number("100");
    blocks.tiers[1].block = number("1000");
    blocks.tiers[2].block = number("1000");
    CHECK(bill_over(blocks, "1000").total() == "10");
    CHECK(bill_over(blocks, "101000").total() == "101");
    CHECK(bill_over(blocks, "101001").total() == "51");
    CHECK(bill_over(blocks, "300000").total() == "150");
}

// lago-api spec/services/charge_models/graduated_service_spec.rb
TEST_CASE("LG-01: a fee for each tier that is reached, of the first one always")
{
    tf::rate_table table = graduated({{"10", "10"}, {"20", "5"}, {"", "5"}});
    table.tiers[0].fee = each("2");
    table.tiers[1].fee = each("3");
    table.tiers[2].fee = each("3");
    for (const auto& [quantity, costs] :
         {std::pair{"0", "2"}, std::pair{"1", "12"}, std::pair{"10", "102"},
          std::pair{"11", "110"}, std::pair{"12", "115"}, std::pair{"21", "163"}}) {
        CHECK(bill_over(table, quantity).total() == costs);
    }
}

// lago-api package_service_spec.rb
TEST_CASE("LG-03: begun packages of ten, some units free")
{
    for (const auto& [free, costs] :
         {std::pair{"0", "1300"}, std::pair{"10", "1200"}, std::pair{"200", "0"}}) {
        tf::rate_table packages = flat("100");
        packages.mode = tf::rate_mode::package;
        packages.tiers.front().block = number("10");
        tf::tariff what = over_energy(packages);
        what.versions.front().determinants.front().steps = {
            then(tf::step::kind::subtract, constant(free)),
            then(tf::step::kind::at_least, constant("0"))};
        CHECK(bill_of(what, energy_of(march, "121"), march).total() == costs);
    }
}

// openmeter billing/rating/service/rate/tieredgraduated_test.go
TEST_CASE("OM-01: tiers of a fee, of a price, and of both")
{
    tf::rate_table table = graduated({{"5", "0"}, {"10", "0"}, {"15", "5"}, {"", "1"}});
    table.tiers[0].fee = each("100");
    table.tiers[1].fee = each("50");
    const bill billed = bill_over(table, "22");
    CHECK(billed["energy.1.fee"] == "100");
    CHECK(billed["energy.2.fee"] == "50");
    CHECK(billed["energy.3"] == "25");
    CHECK(billed["energy.4"] == "7");
    CHECK(billed.total() == "182");
}

// The same file
TEST_CASE("OM-03: a minimum of 1000 where 100 were billed before")
{
    tf::tariff what = over_energy(flat("1"));
    tf::version& only = what.versions.front();
    only.charges.front().tags = {"energy"};
    only.determinants.push_back(counted("once", tf::source::one, "x"));
    tf::adjustment least = limited("minimum", tf::adjustment_kind::minimum, "once", flat("1000"),
                                   {"energy"});
    least.at_close = true;
    only.adjustments = {least};
    tf::consumption used = energy_of(march, "100");
    const auto early = tf::rate(what, used, march, at("2026-03-20"));
    REQUIRE(early.has_value());
    CHECK(plain(early->sum.amount()) == "100");
    used.rows.push_back(import_row("2026-03-21", 24, "0"));
    const bill closed = bill_of(what, used, march);
    CHECK(closed["minimum"] == "900");
    const auto owed = tf::difference(closed.what.lines, booked(*early), what.unit);
    REQUIRE(owed.has_value());
    REQUIRE(owed->size() == 1);
    CHECK(plain(owed->front().owed.amount()) == "900");
}

// ocpi mod_tariffs.asciidoc
TEST_CASE("OC-01: energy and a fee to start, each with a tax of its own")
{
    const bill paid = bill_of(session(), energy_of(march, "20"), march);
    CHECK(sum_of(paid, {"energy", "start"}) == "5.5");
    CHECK(paid.total() == "6.1");
}

// ocpi mod_tariffs.asciidoc
TEST_CASE("OC-03: 40 minutes of parking are three begun quarters of an hour")
{
    tf::tariff what = session();
    ask(what, "parking");
    tf::rate_table quarters = flat("0.50");
    quarters.mode = tf::rate_mode::package;
    quarters.tiers.front().block = number("15");
    tf::version& only = what.versions.front();
    only.determinants.push_back(asked("parking", "min"));
    only.charges.push_back(line_of("parking", "parking", quarters, {"parking"}));
    only.adjustments.push_back(percent("vat_parking", "0.20", {"parking"}));
    tf::consumption used = energy_of(march, "20");
    says(used, "parking", "40");
    const bill paid = bill_of(what, used, march);
    CHECK(paid["parking"] == "1.5");
    CHECK(sum_of(paid, {"energy", "start", "parking"}) == "7");
    CHECK(paid.total() == "7.9");
}

// ocpi mod_tariffs.asciidoc
TEST_CASE("OC-04: a fee, a price for time and one for parking, in steps of 5 minutes")
{
    tf::tariff what = sheet("EUR");
    ask(what, "charging");
    ask(what, "parking");
    const auto hours = [](const std::string& name) {
        tf::determinant out = asked(name, "h");
        out.steps = {then_round(up_to_next("5")), then_scale("0.01666667", to_nearest("0.0001"))};
        return out;
    };
    tf::version& only = what.versions.front();
    only.determinants = {counted("start", tf::source::one, "x"), hours("charging"),
                         hours("parking")};
    only.charges = {line_of("start", "start", flat("2.50"), {"start"}),
                    line_of("charging", "charging", flat("1.00"), {"charging"}),
                    line_of("parking", "parking", flat("5.00"), {"parking"})};
    only.adjustments = {percent("vat_start", "0.15", {"start"}),
                        percent("vat_charging", "0.20", {"charging"}),
                        percent("vat_parking", "0.10", {"parking"})};
    tf::consumption used;
    says(used, "charging", "165");
    says(used, "parking", "42");
    const bill paid = bill_of(what, used, march);
    CHECK(paid["charging"] == "2.75");
    CHECK(paid["parking"] == "3.75");
    CHECK(sum_of(paid, {"start", "charging", "parking"}) == "9");
    CHECK(paid.total() == "10.3");
}

// ocpi issue #494
TEST_CASE("OC-06: the session is rounded up once, at the price of its last part")
{
    tf::tariff what = sheet("EUR", {on_register("low", T1), on_register("high", T2)});
    tf::determinant step = energy_on("step");
    step.steps = {then_round(up_to_next("10")),
                  then(tf::step::kind::subtract, named("energy"))};
    tf::version& only = what.versions.front();
    only.determinants = {energy_on("energy"), step};
    only.charges = {line_of("energy", "energy", by_band({{"low", "2"}, {"high", "5"}})),
                    line_of("step", "step", flat("2"))};
    const bill paid = bill_of(what,
                              rows({import_row("2026-03-02", 1, "3", T1),
                                    import_row("2026-03-03", 1, "3", T2),
                                    import_row("2026-03-04", 1, "3", T1)}),
                              march);
    CHECK(paid.quantity("step") == "1");
    CHECK(paid.total() == "29");
}
