// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/tariff/check.hpp>

#include "examples.hpp"

using namespace wattpurse;
using namespace wattpurse::tariff;
using namespace wattpurse::tariff::examples;

namespace {

std::vector<std::string> told(const wattpurse::tariff::tariff& what)
{
    std::vector<std::string> out;
    for (const fault& each : check(what)) out.push_back(to_string(each));
    return out;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a sound tariff has no faults")
{
    CHECK(told(zhejiang()).empty());
    CHECK(told(single("TWD", graduated({{"120", "1.63"}, {"", "2.38"}}))).empty());
}

TEST_CASE("an empty tariff lacks everything")
{
    CHECK(told(wattpurse::tariff::tariff{}) == texts{
        "/name: \"\" (expected the name of the tariff)",
        "/currency: \"XXX\" (expected the currency of its prices)",
        "/bands: an empty array (expected at least one band)",
        "/charges: an empty array (expected at least one charge)"});
}

TEST_CASE("bands have names and registers of their own, and each is priced")
{
    auto by = zhejiang();
    by.bands.push_back({"peak", 1, {}});
    by.bands.push_back({"", 4, {}});
    by.bands.push_back({"idle", 0, {}});
    CHECK(told(by) == texts{
        "/bands/2/name: \"peak\" (expected a name that no other band has)",
        "/bands/2/register: \"T2\" (expected a register of its own: this one is that of "
        "\"peak\")",
        "/bands/3/name: \"\" (expected the name of the band)",
        "/bands/3/register: \"T5\" (expected T1, T2, T3 or T4)",
        "/bands/4/name: \"idle\" (expected a band that some charge prices, be it at zero)"});
}

TEST_CASE("windows cover the day once or are not given")
{
    auto by = zhejiang();
    by.bands[0].windows = {{480, 1321}};
    CHECK(told(by) == texts{"/bands/1/windows/0: 22:00 to 08:00 (expected a time that no other "
                            "window covers: 22:00 is taken)"});
    by.bands[0].windows = {{481, 1320}};
    CHECK(told(by) == texts{"/bands: no window at 08:00 (expected windows that cover the whole "
                            "day, or none)"});
    by.bands[0].windows = {{480, 480}};
    CHECK(told(by) == texts{"/bands/0/windows/0: a window of nothing (expected from and until "
                            "within a day, and not the same)"});
    by.bands[0].windows = {{480, 1441}};
    CHECK(told(by).size() == 1);
    by.bands[0].windows = {{-1, 1000}};
    CHECK(told(by).size() == 1);
    by.bands[0].windows = {{480, 720}, {840, 1320}};
    by.bands[1].windows = {{720, 840}, {1320, 0}, {0, 480}};
    CHECK(told(by).empty());
    by.bands[1].windows = {{720, 840}, {1320, 1440}, {0, 480}};
    CHECK(told(by).empty());
    by.bands[0].windows.clear();
    by.bands[1].windows.clear();
    CHECK(told(by).empty());
}

TEST_CASE("bounds rise and only the last tier has none")
{
    auto by = zhejiang();
    by.charges[2].rate = graduated({{"230", "0"}, {"230", "0"}, {"", "0.1"}, {"100", "0"},
                                    {"229", "0"}, {"400", "-0.3"}});
    CHECK(told(by) == texts{
        "/charges/2/rate/tiers/1/up_to: \"230\" (expected a bound above 230 kWh)",
        "/charges/2/rate/tiers/2/up_to: (missing) (expected a bound: only the last tier has "
        "none)",
        "/charges/2/rate/tiers/3/up_to: \"100\" (expected a bound above 230 kWh)",
        "/charges/2/rate/tiers/4/up_to: \"229\" (expected a bound above 230 kWh)",
        "/charges/2/rate/tiers/5/price: \"-0.3\" (expected a price that is not negative)",
        "/charges/2/rate/tiers/5/up_to: \"400\" (expected no bound in the last tier, so that "
        "all energy has a price)"});
    by.charges[2].rate = graduated({{"0", "0"}, {"", "0"}});
    CHECK(told(by) ==
          texts{"/charges/2/rate/tiers/0/up_to: \"0\" (expected a bound above 0 kWh)"});
    by.charges[2].rate.tiers.clear();
    CHECK(told(by) ==
          texts{"/charges/2/rate/tiers: an empty array (expected at least one tier)"});
}

TEST_CASE("a flat rate is one price, not negative and not bounded")
{
    auto by = zhejiang();
    by.charges[0].rate = rate_table::flat(price_of("-0.5"));
    CHECK(told(by) ==
          texts{"/charges/0/rate/price: \"-0.5\" (expected a price that is not negative)"});
    by.charges[0].rate.tiers.clear();
    CHECK(told(by) == texts{"/charges/0/rate/tiers: 0 tiers (expected one price without a "
                            "bound, or the mode graduated)"});
    by.charges[0].rate = rate_table::flat(price_of("0.5"));
    by.charges[0].rate.tiers[0].up_to = kwh("5");
    CHECK(told(by).size() == 1);
}

TEST_CASE("determinants name bands of the tariff, each once")
{
    auto by = zhejiang();
    by.charges[2].on.bands = {"peak", "night", "peak", "valley"};
    by.charges[1].on.bands.clear();
    CHECK(told(by) == texts{
        "/charges/1/determinant/bands: an empty array (expected at least one band)",
        "/charges/2/determinant/bands/1: \"night\" (expected the name of one of the tariff's "
        "bands)",
        "/charges/2/determinant/bands/2: \"peak\" (expected each band once)"});
}

TEST_CASE("line ids are fit to be ids and differ")
{
    auto by = zhejiang();
    by.charges[0].line = "energy.valley";
    by.charges[2].line = "a name too long to be one";
    CHECK(told(by) == texts{
        "/charges/1/line: \"energy.valley\" (expected a line id that no other line has)",
        "/charges/2/line: \"a name too long to be one.1\" (expected a line id of 1 to 23 ASCII "
        "characters without space, comma and quotes)"});
    by = zhejiang();
    by.charges[2].rate.tiers[0].name = "3";
    by.charges[2].rate.tiers[1].name = "with space";
    by.charges[1].line = "";
    CHECK(told(by) == texts{
        "/charges/1/line: \"\" (expected a line id of 1 to 23 ASCII characters without space, "
        "comma and quotes)",
        "/charges/2/rate/tiers/1/name: \"tier.with space\" (expected a line id of 1 to 23 ASCII "
        "characters without space, comma and quotes)",
        "/charges/2/line: \"tier.3\" (expected a line id that no other line has)"});
}

TEST_CASE("rounding that is not done is not accepted")
{
    auto by = zhejiang();
    by.rounding.line = {2, rounding::exact};
    by.rounding.bill = {7, rounding::exact};
    CHECK(told(by) == texts{
        "/rounding/line/places: 2 (expected 6: lines are kept at 10^-6, whole fen are made once "
        "a bill)",
        "/rounding/line/mode: \"exact\" (expected a mode that always gives an amount, such as "
        "half_up)",
        "/rounding/bill/places: 7 (expected 0 to 6)",
        "/rounding/bill/mode: \"exact\" (expected a mode that always gives an amount, such as "
        "half_up)"});
}
