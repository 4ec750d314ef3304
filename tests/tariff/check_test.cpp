// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/tariff/check.hpp>

#include "examples.hpp"

using namespace wattpurse;
using namespace wattpurse::tariff;
using namespace wattpurse::tariff::examples;

namespace {

using tariff_type = wattpurse::tariff::tariff;
using faults = std::vector<std::string>;

faults of(const tariff_type& what)
{
    faults out;
    for (const fault& each : check(what)) out.push_back(to_string(each));
    return out;
}

/// What is found in Zhejiang's tariff after `spoil`.
faults after(const std::function<void(tariff_type&)>& spoil)
{
    tariff_type by = zhejiang();
    spoil(by);
    return of(by);
}

faults in_version(const std::function<void(version&)>& spoil)
{
    return after([&](tariff_type& by) { spoil(by.versions[0]); });
}

determinant named(std::string_view name, source counts)
{
    determinant out;
    out.name = name;
    out.of = counts;
    return out;
}

}  // namespace

TEST_CASE("the tariff that everything here spoils is sound")
{
    CHECK(of(zhejiang()) == faults{});
}

TEST_CASE("names, currency, versions")
{
    CHECK(after([](auto& by) { by.name = ""; }) ==
          faults{"/name: \"\" (expected the name of the tariff)"});
    CHECK(after([](auto& by) { by.unit = currency{}; }) ==
          faults{"/currency: \"XXX\" (expected the currency of its prices)"});
    CHECK(after([](auto& by) { by.versions.clear(); }) ==
          faults{"/versions: an empty array (expected at least one version)"});
    CHECK(after([](auto& by) {
              by.versions.push_back(by.versions[0]);
              by.versions[1].name = "2027";
          }) == faults{"/versions/1/from: (missing) (expected a date: only the first version has "
                       "none)"});
    CHECK(after([](auto& by) {
              by.versions.push_back(by.versions[0]);
              by.versions[0].from = day_of(2026, 7, 1).value();
              by.versions[1].from = day_of(2026, 7, 1).value();
          }) == faults{"/versions/1/name: \"2012\" (expected a name that no other version has)",
                       "/versions/1/from: \"2026-07-01\" (expected a date after 2026-07-01)"});
}

TEST_CASE("bands: a register serves one, and each is priced")
{
    CHECK(after([](auto& by) { by.bands[1].register_index = 1; }) ==
          faults{"/bands/1/register: \"T2\" (expected a register of its own: this one is that of "
                 "\"peak\")"});
    CHECK(after([](auto& by) { by.bands[1].register_index = 7; }) ==
          faults{"/bands/1/register: \"T8\" (expected T1, T2, T3 or T4)"});
    CHECK(after([](auto& by) {
              by.bands.push_back({"sharp", {}, 0});
              by.versions[0].determinants[0].where.bands = {"peak", "valley"};
          }) == faults{"/bands/2/name: \"sharp\" (expected a band that some charge of /versions/0 "
                       "prices, be it at zero)"});
    CHECK(after([](auto& by) { by.bands.push_back({"sharp", {}, 0}); }) ==
          faults{"/versions/0/charges/0/rate/prices: no price for \"sharp\" (expected a price for "
                 "every band that is counted)"});
}

TEST_CASE("windows cover the day once")
{
    CHECK(in_version([](version& by) { by.calendar.plans[0].windows[0].until = 1200; }) ==
          faults{"/versions/0/calendar/plans/0/windows: no window at 20:00 (expected windows that "
                 "cover the whole day)"});
    CHECK(in_version([](version& by) { by.calendar.plans[0].windows[0].until = 1380; }) ==
          faults{"/versions/0/calendar/plans/0/windows/1: 22:00 to 08:00 (expected a time that no "
                 "other window covers: 22:00 is taken)"});
    CHECK(in_version([](version& by) { by.calendar.plans[0].windows[0].band = "sharp"; }) ==
          faults{"/versions/0/calendar/plans/0/windows/0/band: \"sharp\" (expected the name of a "
                 "band)"});
    CHECK(in_version([](version& by) { by.calendar.rules[0].plan = "other"; }) ==
          faults{"/versions/0/calendar/rules/0/plan: \"other\" (expected the name of a plan)"});
}

TEST_CASE("seasons cover the year once, rules cover all days, and each some")
{
    const auto with_seasons = [](version& by) {
        by.calendar.seasons = {{"summer", {{{7, 1}, {9, 30}}}}, {"rest", {{{10, 1}, {6, 30}}}}};
    };
    CHECK(in_version(with_seasons) == faults{});
    CHECK(in_version([&](version& by) {
              with_seasons(by);
              by.calendar.seasons[1].ranges[0].first = {9, 30};
          }) == faults{"/versions/0/calendar/seasons/1/ranges/0: 09-30 to 06-30 (expected days of "
                       "no other season: 09-30 is taken)"});
    CHECK(in_version([&](version& by) {
              with_seasons(by);
              by.calendar.seasons[1].ranges[0].last = {2, 28};
          }) == faults{"/versions/0/calendar/seasons: no season on 02-29 (expected seasons that "
                       "cover the year, or none)"});
    CHECK(in_version([&](version& by) {
              with_seasons(by);
              by.calendar.rules[0].seasons = {"summer"};
          }) == faults{"/versions/0/calendar/rules: season rest, days of no class (expected a rule "
                       "for these days)"});
    CHECK(in_version([&](version& by) { by.calendar.rules.push_back({{}, {}, "day"}); }) ==
          faults{"/versions/0/calendar/rules/1: a rule after others that fit (expected a rule that "
                 "some day reaches)"});
    CHECK(in_version([&](version& by) { by.calendar.days = {{"never", 0, {}, {}, {}}}; }) ==
          faults{"/versions/0/calendar/days/0: no day (expected weekdays, dates, days of every "
                 "year or an event)"});
}

TEST_CASE("bounds rise, and the last tier has none")
{
    CHECK(in_version([](version& by) {
              by.charges[1].rate.tiers[1].up_to = scalar::parse("230").value();
          }) ==
          faults{"/versions/0/charges/1/rate/tiers/1/up_to: \"230\" (expected a bound above 230)"});
    CHECK(in_version([](version& by) {
              by.charges[1].rate.tiers[2].up_to = scalar::parse("500").value();
          }) ==
          faults{"/versions/0/charges/1/rate/tiers/2/up_to: \"500\" (expected no bound in the last "
                 "tier, so that everything has a price)"});
    CHECK(in_version([](version& by) { by.charges[1].rate.tiers[0].up_to.reset(); }) ==
          faults{"/versions/0/charges/1/rate/tiers/0/up_to: (missing) (expected a bound: only the "
                 "last tier has none)"});
    CHECK(in_version([](version& by) { by.charges[1].rate.tiers.clear(); }) ==
          faults{"/versions/0/charges/1/rate/tiers: an empty array (expected at least one tier)"});
}

TEST_CASE("where tiers and bands meet, how they meet is said")
{
    const auto meet = [](version& by) {
        for (tier& each : by.charges[1].rate.tiers) {
            each.bands = {{"peak", each.each}, {"valley", each.each}};
        }
    };
    CHECK(in_version(meet) ==
          faults{"/versions/0/charges/1/rate/split: (missing) (expected pro_rata or chronological: "
                 "which band's energy lies in which tier)"});
    CHECK(in_version([&](version& by) {
              meet(by);
              by.charges[1].rate.split = band_split::chronological;
              step loss;
              loss.does = step::kind::scale;
              loss.with.value = unit_price::of(200'000'000);
              by.determinants[0].steps = {loss};
          }) == faults{"/versions/0/charges/1/rate/split: \"chronological\" (expected a "
                       "determinant without steps: they would change what was used when)"});
    CHECK(in_version([](version& by) { by.charges[1].rate.split = band_split::pro_rata; }) ==
          faults{"/versions/0/charges/1/rate/split: \"pro_rata\" (expected nothing: no tier has "
                 "prices by band)"});
}

TEST_CASE("names that are used are defined, and determinants do not go in circles")
{
    CHECK(in_version([](version& by) { by.charges[1].on = "power"; }) ==
          faults{"/versions/0/charges/1/on: \"power\" (expected the name of a determinant)"});
    CHECK(in_version([](version& by) { by.charges[1].rate.bounds.plus = "persons"; }) ==
          faults{"/versions/0/charges/1/rate/bounds/plus: \"persons\" (expected the name of a "
                 "determinant)"});
    CHECK(in_version([](version& by) {
              step more;
              more.does = step::kind::add;
              more.with.determinant = "energy";
              by.determinants[0].steps = {more};
          }) == faults{"/versions/0/determinants/0: \"energy\" (expected a determinant that does "
                       "not need itself)"});
    CHECK(in_version([](version& by) { by.determinants[0].where.bands = {"peak", "shoulder"}; })
              .front() == "/versions/0/determinants/0/bands/1: \"shoulder\" (expected the name of "
                          "a band)");
    CHECK(in_version([](version& by) {
              by.determinants.push_back(named("kva", source::attribute));
              by.determinants[1].attribute = "contract";
          }) == faults{"/versions/0/determinants/1/attribute: \"contract\" (expected one of the "
                       "tariff's attributes)"});
}

TEST_CASE("what may be inexact names its rounding")
{
    CHECK(in_version([](version& by) {
              by.determinants.push_back(named("pf", source::power_factor));
              by.determinants[1].active = "energy";
              by.determinants[1].reactive = "energy";
          }) == faults{"/versions/0/determinants/1/round: (missing) (expected how the power factor "
                       "is rounded)"});
    CHECK(in_version([](version& by) {
              by.determinants.push_back(named("kw", source::demand));
              by.determinants[1].window_minutes = 50;
          }) == faults{"/versions/0/determinants/1/window: 50 (expected minutes that divide the "
                       "day, such as 15 or 30)"});
    CHECK(in_version([](version& by) {
              by.determinants.push_back(named("kw", source::demand));
              by.determinants[1].window_minutes = 45;
          }) == faults{"/versions/0/determinants/1/round: (missing) (expected how kW is rounded: "
                       "60 minutes are no multiple of the window)"});
    CHECK(in_version([](version& by) {
              step loss;
              loss.does = step::kind::scale;
              loss.with.value = unit_price::of(103'760'000);
              by.determinants[0].steps = {loss};
          }) == faults{"/versions/0/determinants/0/steps/0/round: (missing) (expected how what is "
                       "finer than 0.0001 is rounded)"});
    CHECK(in_version([](version& by) { by.rounding.line = {amount{}, rounding::exact}; }) ==
          faults{"/versions/0/rounding/line/increment: \"0\" (expected an increment above zero)",
                 "/versions/0/rounding/line/mode: \"exact\" (expected a mode that always gives an "
                 "amount, such as half_up)"});
}

TEST_CASE("adjustments: tags belong to lines before, kinds have what they need")
{
    const auto with = [](adjustment what) {
        return in_version([&](version& by) { by.adjustments = {what}; });
    };
    adjustment vat;
    vat.line = "vat";
    vat.over = {"energy"};
    vat.rate = rate_table::flat(price_of("0.13"));
    CHECK(with(vat) == faults{});
    adjustment other = vat;
    other.over = {"fund"};
    CHECK(with(other) == faults{"/versions/0/adjustments/0/over/0: \"fund\" (expected a tag of a "
                                "charge or of an adjustment before)"});
    other = vat;
    other.kind = adjustment_kind::minimum;
    CHECK(with(other) ==
          faults{"/versions/0/adjustments/0/on: \"\" (expected the name of a determinant)"});
    other = vat;
    other.rate = graduated({{"1", "0.1"}, {"", "0.2"}});
    CHECK(with(other) == faults{"/versions/0/adjustments/0/rate/mode: \"graduated\" (expected flat "
                                "or select, without bands)"});
}

TEST_CASE("line ids are fit to be ids, and no two lines share one")
{
    CHECK(in_version([](version& by) { by.charges[1].line = "energy"; }) == faults{});
    CHECK(in_version([](version& by) { by.charges[1].line = "energy of all"; }).size() == 1);
    CHECK(in_version([](version& by) {
              by.charges.push_back(charge_on("energy.peak", "energy", rate_table::flat({})));
          }) == faults{"/versions/0/charges/2/line: \"energy.peak\" (expected a line id that no "
                       "other line has)"});
    CHECK(in_version([](version& by) { by.charges[1].line = std::string(60, 'x'); }).size() == 1);
}

TEST_CASE("where a line id does not hold a band or a tier, that one is named")
{
    const std::string expected =
        " (expected a line id of 1 to 47 ASCII characters without space, comma and quotes, its "
        "endings included; what does not fit is the ";
    const auto renamed = [](std::string_view old, const std::string& name) {
        return after([&](tariff_type& by) {
            for (band& each : by.bands) each.name = each.name == old ? name : each.name;
            for (tier& each : by.versions[0].charges[0].rate.tiers) {
                for (band_price& price : each.bands) {
                    price.band = price.band == old ? name : price.band;
                }
            }
            for (day_plan& plan : by.versions[0].calendar.plans) {
                for (clock_window& each : plan.windows) {
                    each.band = each.band == old ? name : each.band;
                }
            }
        });
    };
    CHECK(renamed("valley", "hours of night") ==
          faults{"/versions/0/charges/0/line: \"energy.hours of night\"" + expected +
                 "band \"hours of night\")"});
    const std::string longest(40, 'v');
    CHECK(renamed("valley", longest) ==
          faults{"/versions/0/charges/0/line: \"energy." + longest + '"' + expected + "band \"" +
                 longest + "\")"});
    CHECK(in_version([](version& by) { by.charges[1].rate.tiers[0].name = "\u4e00"; }) ==
          faults{"/versions/0/charges/1/line: \"tier.\u4e00\"" + expected +
                 "tier \"\u4e00\")"});
    // The line's own name is no ending.
    const auto own = in_version([](version& by) { by.charges[0].line = "all of it"; });
    REQUIRE(own.size() == 1);
    CHECK(own[0].find("what does not fit") == std::string::npos);
}

TEST_CASE("a name is a step of a path whatever is in it")
{
    CHECK(in_version([](version& by) {
              by.charges[0].rate.tiers[0].bands.push_back({"peak/off~peak", {}});
          }) == faults{"/versions/0/charges/0/rate/prices/peak~1off~0peak: \"0\" (expected a band "
                       "that is counted here, once)"});
}

TEST_CASE("a part without a name is one fault, whoever leaves a name out elsewhere")
{
    CHECK(in_version([](version& by) {
              determinant months = named("", source::attribute);
              months.attribute = "";
              months.proration = proration::thirty_days;
              by.determinants.push_back(months);
              adjustment vat;
              vat.line = "vat";
              vat.over = {"energy"};
              vat.rate = graduated({{"1", "0.1"}, {"", "0.2"}});
              vat.rate.mode = rate_mode::select;
              vat.rate.selected_by = "";
              by.adjustments = {vat};
          }) == faults{"/versions/0/determinants/1/name: \"\" (expected the name of the "
                       "determinant)",
                       "/versions/0/determinants/1/attribute: \"\" (expected one of the tariff's "
                       "attributes)",
                       "/versions/0/adjustments/0/rate/by: (missing) (expected the determinant "
                       "whose tier gives the price)"});
}

TEST_CASE("versions begin on days that a calendar can say")
{
    const std::string expected = " (expected a day from 0000-01-03 to 9999-12-29)";
    const auto first = [](const char* day) {
        return in_version([&](version& by) { by.from = parse_day(day).value(); });
    };
    CHECK(first("0000-01-03") == faults{});
    CHECK(first("9999-12-29") == faults{});
    CHECK(first("0000-01-02") == faults{"/versions/0/from: \"0000-01-02\"" + expected});
    CHECK(first("9999-12-31") == faults{"/versions/0/from: \"9999-12-31\"" + expected});
    CHECK(after([](tariff_type& by) {
              by.versions.push_back(by.versions[0]);
              by.versions[1].name = "later";
              by.versions[1].from = civil_day{std::chrono::year{20'000} / 1 / 1};
          }).size() == 1);
}

TEST_CASE("all faults are told at once")
{
    const auto found = after([](tariff_type& by) {
        by.name = "";
        by.versions[0].charges[0].on = "nothing";
        by.versions[0].charges[1].rate.tiers[1].up_to = scalar::of(1);
        by.versions[0].rounding.bill.increment = amount{};
    });
    CHECK(found.size() == 4);
}
