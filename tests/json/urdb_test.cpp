// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/adapter/json/tariff.hpp>
#include <wattpurse/adapter/json/urdb.hpp>
#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/rate.hpp>

using namespace wattpurse;
using adapter::json::import_urdb;

namespace {

using texts = std::vector<std::string>;

const adapter::json::urdb_rules eastern{"-05:00", "USD"};

/// 12 months of 24 hours: `inside` from `begin` to `end` o'clock in the months of `months`.
std::string schedule(int outside, int inside, int begin, int end, std::string_view months)
{
    std::string out = "[";
    for (int m = 0; m < 12; ++m) {
        out += m == 0 ? "[" : ",[";
        for (int h = 0; h < 24; ++h) {
            const bool is_in = months[static_cast<std::size_t>(m)] == 'x' && h >= begin && h < end;
            out += (h == 0 ? "" : ",") + std::to_string(is_in ? inside : outside);
        }
        out += ']';
    }
    return out + ']';
}

constexpr std::string_view all_months = "xxxxxxxxxxxx";

std::string rate_with(std::string_view members)
{
    return R"({"items": [{"utility": "Town Light", "name": "R-1", "label": "abc",)" +
           std::string{members} + "}]}";
}

tariff::tariff tariff_of(const std::string& urdb, texts* notes = nullptr)
{
    const auto made = import_urdb(urdb, eastern);
    if (!made) {
        for (const fault& each : made.error()) MESSAGE(to_string(each));
    }
    REQUIRE(made.has_value());
    if (notes != nullptr) *notes = made->notes;
    const auto loaded = adapter::json::load_tariff(made->text);
    if (!loaded) {
        for (const fault& each : loaded.error()) MESSAGE(to_string(each));
    }
    REQUIRE(loaded.has_value());
    return *loaded;
}

texts faults_of(const std::string& urdb)
{
    texts out;
    const auto made = import_urdb(urdb, eastern);
    REQUIRE(!made.has_value());
    for (const fault& each : made.error()) out.push_back(to_string(each));
    return out;
}

instant at(std::string_view text)
{
    return parse_iso8601(text).value();
}

/// Energy of some hours, in kWh.
tariff::consumption_row row(std::string_view from, std::string_view until, std::string_view kwh)
{
    tariff::consumption_row out;
    out.from = at(from);
    out.until = at(until);
    out.quantity = tariff::scalar::parse(kwh).value();
    return out;
}

tariff::period month(std::string_view name)
{
    return tariff::period_of(*period_id::parse(name), fixed_zone{std::chrono::minutes{-300}})
        .value();
}

/// Lines that are not zero, "energy.p1 50.000000", then the sum.
texts bill_of(const tariff::tariff& by, const std::vector<tariff::consumption_row>& rows,
              std::string_view month_name)
{
    tariff::consumption used;
    used.rows = rows;
    const auto made = tariff::rate(by, used, month(month_name));
    if (!made) {
        for (const fault& each : made.error()) MESSAGE(to_string(each));
    }
    REQUIRE(made.has_value());
    texts out;
    for (const tariff::line& each : made->lines) {
        if (each.amount.is_zero()) continue;
        out.push_back(std::string{each.id.view()} + ' ' + to_string(each.amount.amount()));
    }
    out.push_back(to_string(made->sum.amount()));
    return out;
}

bool has_note(const texts& notes, std::string_view part)
{
    return std::any_of(notes.begin(), notes.end(), [&](const std::string& each) {
        return each.find(part) != std::string::npos;
    });
}

}  // namespace

TEST_CASE("a flat rate with a fixed charge, and numbers as they are written")
{
    texts notes;
    const auto by = tariff_of(
        rate_with(R"("energyratestructure": [[{"rate": 0.1, "adj": 2.5e-3}]],
                     "fixedchargefirstmeter": 12.35, "fixedchargeunits": "$/month",
                     "startdate": 1433116800)"),
        &notes);
    CHECK(notes.empty());
    CHECK(by.name == "Town Light, R-1");
    CHECK(by.source == "OpenEI Utility Rate Database, abc");
    CHECK(by.unit == currency{"USD"});
    CHECK(by.zone.name() == "-05:00");
    CHECK(by.bands.empty());
    REQUIRE(by.versions.size() == 1);
    CHECK(by.versions[0].name == "2015-06-01");
    CHECK(bill_of(by, {row("2026-01-02T00:00:00-05:00", "2026-01-03T00:00:00-05:00", "100.5")},
                  "2026-01") == texts{"fixed 12.350000", "energy 10.301250", "22.651250"});
}

TEST_CASE("time of use: weekdays, weekends, seasons")
{
    const auto by = tariff_of(rate_with(
        R"("energyratestructure": [[{"rate": 0.1}], [{"rate": 0.3}]],
           "energyweekdayschedule": )" + schedule(0, 1, 12, 18, "-----xxxx---") +
        R"(, "energyweekendschedule": )" + schedule(0, 0, 0, 0, all_months)));
    REQUIRE(by.bands.size() == 2);
    CHECK(by.bands[0].name == "p1");
    CHECK(by.bands[1].title.en == "period 2");
    const auto& calendar = by.versions[0].calendar;
    REQUIRE(calendar.seasons.size() == 2);
    CHECK(calendar.seasons[0].name == "jan_may_oct_dec");
    CHECK(calendar.seasons[1].name == "jun_sep");
    // 2026-07-03 is a Friday, 2026-07-04 a Saturday.
    const std::vector<tariff::consumption_row> rows{
        row("2026-07-03T12:00:00-05:00", "2026-07-03T13:00:00-05:00", "10"),
        row("2026-07-03T18:00:00-05:00", "2026-07-03T19:00:00-05:00", "20"),
        row("2026-07-04T12:00:00-05:00", "2026-07-04T13:00:00-05:00", "40")};
    CHECK(bill_of(by, rows, "2026-07") ==
          texts{"energy.p1 6.000000", "energy.p2 3.000000", "9.000000"});
    const std::vector<tariff::consumption_row> winter{
        row("2026-01-05T12:00:00-05:00", "2026-01-05T13:00:00-05:00", "10")};
    CHECK(bill_of(by, winter, "2026-01") == texts{"energy.p1 1.000000", "1.000000"});
}

TEST_CASE("tiers: one ladder a month, whose parts are split over the periods used")
{
    const auto by = tariff_of(rate_with(
        R"("energyratestructure": [[{"rate": 0.1, "max": 100, "unit": "kWh"}, {"rate": 0.2}],
                                   [{"rate": 0.3, "max": 100}, {"rate": 0.4, "unit": "kWh"}]],
           "energyweekdayschedule": )" + schedule(0, 1, 12, 18, all_months) +
        R"(, "energyweekendschedule": )" + schedule(0, 1, 12, 18, all_months)));
    // 150 kWh in proportion 2 : 1, of which 100 are in the first tier.
    const std::vector<tariff::consumption_row> rows{
        row("2026-07-03T06:00:00-05:00", "2026-07-03T07:00:00-05:00", "100"),
        row("2026-07-03T12:00:00-05:00", "2026-07-03T13:00:00-05:00", "50")};
    CHECK(bill_of(by, rows, "2026-07") ==
          texts{"energy.1.p1 6.666670", "energy.1.p2 9.999990", "energy.2.p1 6.666660",
                "energy.2.p2 6.666680", "30.000000"});
}

TEST_CASE("a last bound of 1e38 is none")
{
    texts notes;
    const auto by = tariff_of(
        rate_with(R"("energyratestructure": [[{"rate": 0.1, "max": 1e+38, "unit": "kWh"}]])"),
        &notes);
    CHECK(notes.empty());
    CHECK(by.versions[0].charges[0].rate ==
          tariff::rate_table::flat(tariff::unit_price::of(10'000'000)));
}

TEST_CASE("bounds by the day, and by kW")
{
    const auto daily = tariff_of(rate_with(
        R"("energyratestructure": [[{"rate": 0.1, "max": 10, "unit": "kWh daily"},
                                    {"rate": 0.2}]])"));
    // 31 days of 10 kWh at 0.1, 90 kWh at 0.2.
    const std::vector<tariff::consumption_row> rows{
        row("2026-07-03T06:00:00-05:00", "2026-07-03T07:00:00-05:00", "400")};
    CHECK(bill_of(daily, rows, "2026-07") ==
          texts{"energy.1 31.000000", "energy.2 18.000000", "49.000000"});
    const auto hours_of_use = tariff_of(rate_with(
        R"("energyratestructure": [[{"rate": 0.1, "max": 5, "unit": "kWh/kW"}, {"rate": 0.05}]],
           "demandwindow": 60)"));
    // 20 kW for two hours and 60 kWh at 10 kW: 100 kWh at 20 kW, all within 5 hours of use.
    std::vector<tariff::consumption_row> used{
        row("2026-07-03T06:00:00-05:00", "2026-07-03T07:00:00-05:00", "20"),
        row("2026-07-03T07:00:00-05:00", "2026-07-03T08:00:00-05:00", "20")};
    for (const std::string hour : {"08", "09", "10", "11", "12", "13", "14", "15"}) {
        used.push_back(row("2026-07-03T" + hour + ":00:00-05:00",
                           "2026-07-03T" + hour + ":59:59-05:00", "10"));
        used.back().until += std::chrono::seconds{1};
    }
    CHECK(bill_of(hours_of_use, used, "2026-07") ==
          texts{"energy.1 10.000000", "energy.2 1.000000", "11.000000"});
}

TEST_CASE("demand by time of use and by month")
{
    const auto by = tariff_of(rate_with(
        R"("energyratestructure": [[{"rate": 0}]],
           "demandratestructure": [[{"rate": 0}], [{"rate": 6.25, "max": 8}, {"rate": 7}]],
           "demandweekdayschedule": )" + schedule(0, 1, 14, 19, "-----xxxx---") +
        R"(, "demandweekendschedule": )" + schedule(0, 0, 0, 0, all_months) +
        R"(, "demandrateunit": "kW", "demandwindow": 30,
           "flatdemandstructure": [[{"rate": 4}], [{"rate": 5.5, "adj": 0.25}]],
           "flatdemandmonths": [0,0,0,0,0,1,1,1,1,0,0,0], "flatdemandunit": "kW")"));
    // Half hours: 5 kWh are 10 kW.
    const std::vector<tariff::consumption_row> rows{
        row("2026-07-03T14:00:00-05:00", "2026-07-03T14:30:00-05:00", "5"),
        row("2026-07-03T20:00:00-05:00", "2026-07-03T20:30:00-05:00", "6")};
    CHECK(bill_of(by, rows, "2026-07") ==
          texts{"demand_2.1 50.000000", "demand_2.2 14.000000", "flat_demand_2 69.000000",
                "133.000000"});
    const std::vector<tariff::consumption_row> winter{
        row("2026-01-05T14:00:00-05:00", "2026-01-05T14:30:00-05:00", "5")};
    CHECK(bill_of(by, winter, "2026-01") == texts{"flat_demand_1 40.000000", "40.000000"});
}

TEST_CASE("fuel by month, energy fed in, a minimum, and what is charged by the day")
{
    const auto by = tariff_of(rate_with(
        R"("energyratestructure": [[{"rate": 0.1, "sell": 0.04}]],
           "fueladjustmentsmonthly": [0,0,0,0,0,0,0.002,0,0,0,0,-0.001],
           "fixedchargefirstmeter": 0.5, "fixedchargeunits": "$/day",
           "mincharge": 20, "minchargeunits": "$/month")"));
    auto fed_in = row("2026-07-03T12:00:00-05:00", "2026-07-03T13:00:00-05:00", "25");
    fed_in.what = tariff::channel::export_;
    const std::vector<tariff::consumption_row> rows{
        row("2026-07-03T06:00:00-05:00", "2026-07-03T07:00:00-05:00", "30"), fed_in};
    // 15.5 + 3 + 0.06 - 1 = 17.56
    CHECK(bill_of(by, rows, "2026-07") ==
          texts{"fixed 15.500000", "energy 3.000000", "fuel_1 0.060000", "sell -1.000000",
                "minimum 2.440000", "20.000000"});
}

TEST_CASE("a look-back holds demand up")
{
    texts notes;
    const auto by = tariff_of(
        rate_with(R"("energyratestructure": [[{"rate": 0}]], "demandwindow": 60,
                     "flatdemandstructure": [[{"rate": 4}]],
                     "flatdemandmonths": [0,0,0,0,0,0,0,0,0,0,0,0],
                     "lookbackPercent": 0.8, "lookbackRange": 11)"),
        &notes);
    CHECK(has_note(notes, "lookbackPercent: applied to every demand charge"));
    tariff::consumption used;
    used.rows = {row("2026-07-03T06:00:00-05:00", "2026-07-03T07:00:00-05:00", "50")};
    used.past = {{"flat_demand_1", tariff::parse_day("2026-01-01").value(),
                  tariff::scalar::parse("100").value()}};
    const auto made = tariff::rate(by, used, month("2026-07"));
    REQUIRE(made.has_value());
    CHECK(to_string(made->sum.amount()) == "320.000000");
}

TEST_CASE("what is not carried is told")
{
    texts notes;
    const auto by = tariff_of(
        rate_with(R"("energyratestructure": [[{"rate": 0.08539999999999999, "max": 50}]],
                     "fixedchargefirstmeter": 100, "fixedchargeunits": "$/year",
                     "dgrules": "Net Metering", "demandreactivepowercharge": 0.25,
                     "annualmincharge": 0, "energycomments": "see rider",
                     "coincidentratestructure": [[{"rate": 1}]], "novelty": 7,
                     "description": null)"),
        &notes);
    CHECK(has_note(notes, "/items/0/energyratestructure/0/0/rate: 0.08539999999999999 is rounded"));
    CHECK(has_note(notes, "the bound of the last tier is left out"));
    CHECK(has_note(notes, "fixedchargeunits: by the year: a twelfth"));
    CHECK(has_note(notes, "dgrules: not carried"));
    CHECK(has_note(notes, "demandreactivepowercharge: not carried: a charge on kVAr"));
    CHECK(has_note(notes, "energycomments: not carried: a comment: read it (see rider)"));
    CHECK(has_note(notes, "coincidentratestructure: not carried"));
    CHECK(has_note(notes, "novelty: not understood"));
    CHECK(!has_note(notes, "annualmincharge"));
    CHECK(!has_note(notes, "description"));
    CHECK(bill_of(by, {row("2026-07-03T06:00:00-05:00", "2026-07-03T07:00:00-05:00", "100")},
                  "2026-07") == texts{"fixed 8.333333", "energy 8.540000", "16.873333"});
    const auto zoneless = import_urdb(rate_with(R"("energyratestructure": [[{"rate": 1}]])"));
    REQUIRE(zoneless.has_value());
    CHECK(has_note(zoneless->notes, "no time zone"));
}

TEST_CASE("rates of other shapes are faults, all of them")
{
    CHECK(faults_of("{\"items\": []}") ==
          texts{"/items: 0 rates (expected one rate of the Utility Rate Database)"});
    CHECK(faults_of("3").size() == 1);
    CHECK(faults_of("{") .size() == 1);
    const auto many = faults_of(rate_with(
        R"("energyratestructure": [[{"rate": "dear"}, {"rate": 0.1}], 7],
           "energyweekdayschedule": [[0]], "flatdemandstructure": [[{"rate": 1}]],
           "flatdemandmonths": [0,0,0,0,0,9,0,0,0,0,0,0], "fixedchargefirstmeter": {})"));
    CHECK(many ==
          texts{"/items/0/energyratestructure/0/0/rate: \"dear\" (expected a number)",
                "/items/0/energyratestructure/0/0/max: (missing) (expected a bound above that of "
                "the tier before)",
                "/items/0/energyratestructure/1: 7 (expected an array of tiers)",
                "/items/0/energyweekdayschedule: an array (expected 12 months of 24 hours)",
                "/items/0/flatdemandmonths/5: 9 (expected a period, 0 to 0)",
                "/items/0/fixedchargefirstmeter: an object (expected a number)"});
    const auto mixed = faults_of(rate_with(
        R"("energyratestructure": [[{"rate": 1, "max": 5, "unit": "kWh"},
                                    {"rate": 2, "max": 9, "unit": "kWh/kW"}, {"rate": 3}]])"));
    CHECK(mixed == texts{"/items/0/energyratestructure: (missing) (expected bounds of one unit in "
                         "all tiers)"});
    const auto stones = faults_of(
        rate_with(R"("energyratestructure": [[{"rate": 1, "max": 5, "unit": "stone"}, {}]])"));
    REQUIRE(stones.size() == 1);
    CHECK(stones[0].find("not in \"stone\"") != std::string::npos);
}

TEST_CASE("numbers of any length and exponent stay numbers, or are faults")
{
    for (const std::string number : {"1e400", "-1e-400", "1e99999999999999999999", "0e0",
                                     "123456789012345678901234567890",
                                     "0.00000000000000000000000000000000000000001"}) {
        CAPTURE(number);
        const auto made = import_urdb(
            rate_with("\"energyratestructure\": [[{\"rate\": " + number + "}]]"), eastern);
        if (!made) CHECK(made.error().size() == 1);
    }
    const auto small = tariff_of(rate_with(R"("energyratestructure": [[{"rate": 1.25E-2}]])"));
    CHECK(small.versions[0].charges[0].rate ==
          tariff::rate_table::flat(tariff::unit_price::of(1'250'000)));
}
