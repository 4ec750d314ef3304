// SPDX-License-Identifier: Apache-2.0
// A bill that is closed does not change: what it should have said is posted in the open period,
// under its name. And tiers by the year run through the months.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/engine/billing.hpp>
#include <wattpurse/port/memory_store.hpp>

#include "playing.hpp"

using namespace wattpurse;
using namespace wattpurse::engine::playing;

namespace {

const account_id flat = account_id::parse("F07").value();
const meter_id meter = meter_id::parse("000000000007").value();

engine::site where()
{
    engine::site out;
    out.opened_at = at("2026-01-01T00:00");
    return out;
}

/// Registers in whole kWh.
reading take(std::string_view when, std::int64_t peak, std::int64_t valley)
{
    register_set shown;
    shown.tariff[1] = energy::of(peak * 10'000);
    shown.tariff[3] = energy::of(valley * 10'000);
    shown.total = energy::of((peak + valley) * 10'000);
    return {flat, meter, at(when), instant{}, shown, reading_source::daily_freeze, quality::good};
}

/// Books over a store, which can be taken up anew.
struct house {
    explicit house(tariff::tariff by) : prices{std::move(by)} { take_up(); }

    void take_up()
    {
        billing = std::make_unique<engine::billing>(site, prices);
        billing->open(flat, site.opened_at);
        REQUIRE(billing->load(store, *store.load(), tick));
    }

    void book(std::string_view when, const std::vector<reading>& arrived)
    {
        tick = at(when);
        for (reading each : arrived) {
            each.recorded_at = tick;
            (void)billing->insert(each);
        }
        port::batch work;
        const auto done = billing->book(tick, journal, work);
        if (!done) FAIL(done.error());
        for (const posting& each : journal.staged()) {
            if (each.account != flat) continue;
            told.push_back(each.subject + ' ' + to_string(each.amount.amount()));
            texts.push_back(each.explain);
        }
        if (!journal.empty()) {
            auto block = journal.seal(tick);
            work.expected_heads = std::move(block.expected_heads);
            work.postings = std::move(block.postings);
            work.reservations = std::move(block.reservations);
            work.seal = block.seal;
        }
        for (const bill& each : work.bills) bills.push_back(each);
        work.fence_epoch = epoch;
        store.submit(work);
        const auto outcome = store.poll();
        REQUIRE(outcome);
        if (outcome->status != port::commit_status::committed) FAIL(outcome->detail);
        if (work.seal) journal.accept();
    }

    std::vector<std::string> take_told() { return std::exchange(told, {}); }

    tariff::tariff prices;
    engine::site site = where();
    port::memory_store store;
    std::uint64_t epoch = store.fence().value();
    ledger::journal journal{currency{"CNY"}};
    instant tick = at("2026-01-01T00:01");
    std::unique_ptr<engine::billing> billing;
    std::vector<std::string> told;
    std::vector<std::string> texts;
    std::vector<bill> bills;
};

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("what a closed bill should have said is posted in the open period and names it")
{
    for (const bool restarts : {false, true}) {
        CAPTURE(restarts);
        house home{tariff::examples::zhejiang()};
        home.book("2026-01-20T00:02", {take("2026-01-02T00:00", 100, 100),
                                       take("2026-01-20T00:00", 150, 120)});
        home.book("2026-02-01T00:02", {take("2026-02-01T00:00", 200, 160)});
        REQUIRE(home.bills.size() == 1);
        CHECK(to_string(home.bills[0].total) == "74.080000 CNY");  // 100 peak, 60 valley
        home.book("2026-02-03T00:02", {take("2026-02-03T00:00", 210, 160)});
        (void)home.take_told();
        if (restarts) home.take_up();
        // The freeze of the first day comes in: ten kilowatt-hours more were used in January.
        home.book("2026-02-04T00:02", {take("2026-01-01T00:00", 90, 100)});
        CHECK(home.take_told() == lines{"2026-02/2026-01/energy.peak -5.680000"});
        CHECK(home.texts.back() ==
              "of the closed bill 2026-01, corrected to: energy peak 110.00 kWh x 0.568 CNY/kWh = "
              "62.48 CNY");
        if (restarts) home.take_up();
        home.book("2026-02-05T00:02", {take("2026-01-01T00:00", 90, 100)});
        CHECK(home.take_told() == lines{});  // a repeat has nothing to post
        home.book("2026-03-01T00:02", {take("2026-03-01T00:00", 300, 200)});
        REQUIRE(home.bills.size() == 2);
        CHECK(home.bills[0].total == home.store.load()->bills[0].total);
        // 100 peak and 40 valley of February, and 5.68 of January
        CHECK(to_string(home.bills[1].charged) == "74.000000 CNY");
        CHECK(to_string(home.bills[1].total) == "74.000000 CNY");
    }
}

TEST_CASE("prices that change within the month are each paid for what was used under them")
{
    auto by = tariff::examples::zhejiang();
    by.versions[0].split = tariff::interval_split::pro_rata;
    by.versions.push_back(by.versions[0]);
    by.versions[1].name = "2026-01-16";
    by.versions[1].from = tariff::parse_day("2026-01-16").value();
    by.versions[1].charges[0].rate =
        tariff::examples::by_band({{"peak", "0.6"}, {"valley", "0.3"}});
    house home{by};
    home.book("2026-01-16T00:02", {take("2026-01-01T00:00", 0, 0),
                                   take("2026-01-16T00:00", 100, 50)});
    CHECK(home.take_told() ==
          lines{"2026-01/energy.peak -56.800000", "2026-01/energy.valley -14.400000"});
    home.book("2026-02-01T00:02", {take("2026-02-01T00:00", 200, 50)});
    // 150 kWh are used up of the 230: the ladder runs on over the change.
    CHECK(home.take_told() ==
          lines{"2026-01/energy.peak@2 -60.000000", "2026-01/tier.2@2 -1.000000",
                "2026-01/rounding 0.000000"});
    REQUIRE(home.bills.size() == 1);
    CHECK(to_string(home.bills[0].charged) == "132.200000 CNY");
}

TEST_CASE("a ladder by the year runs through the months, also after a restart and a correction")
{
    auto by = tariff::examples::zhejiang();
    by.versions[0].determinants[0].scope = tariff::scope::year;
    std::string first_balance;
    for (const bool restarts : {false, true}) {
        CAPTURE(restarts);
        house home{by};
        home.book("2026-01-03T00:02", {take("2026-01-02T00:00", 0, 0)});
        home.book("2026-02-01T00:02", {take("2026-02-01T00:00", 150, 50)});
        if (restarts) home.take_up();
        (void)home.take_told();
        home.book("2026-02-10T00:02", {take("2026-02-10T00:00", 200, 50)});
        // 200 kWh in January and 50 more: 230 are passed by 20, at 0.05 yuan.
        CHECK(home.take_told() ==
              lines{"2026-02/energy.peak -28.400000", "2026-02/tier.2 -1.000000"});
        home.book("2026-03-01T00:02", {take("2026-03-01T00:00", 300, 100)});
        if (restarts) home.take_up();
        (void)home.take_told();
        home.book("2026-03-05T00:02", {take("2026-03-05T00:00", 310, 100)});
        CHECK(home.take_told() ==
              lines{"2026-03/energy.peak -5.680000", "2026-03/tier.3 -3.000000"});
        const std::string balance = to_string(home.journal.balance(flat));
        if (first_balance.empty()) first_balance = balance;
        CHECK(balance == first_balance);
    }
}

namespace {

/// Half a year of 60 kWh a month, read on the first and in the middle of each; the freeze of the
/// middle of January comes late. Gives what was posted.
std::vector<std::string> half_a_year(const tariff::tariff& by, bool restarts)
{
    house home{by};
    home.book("2026-01-01T00:02", {take("2026-01-01T00:00", 0, 0)});
    for (int month = 1; month <= 6; ++month) {
        const auto day = [&](int of_month, const char* number) {
            return "2026-0" + std::to_string(of_month) + '-' + number + "T00:00";
        };
        if (month != 1) home.book(day(month, "16"), {take(day(month, "15"), 60 * month - 40, 0)});
        home.book(day(month + 1, "01"), {take(day(month + 1, "01"), 60 * month, 0)});
        if (month == 2) home.book("2026-03-02T00:00", {take("2026-01-15T00:00", 50, 0)});
        if (restarts) home.take_up();
    }
    return home.take_told();
}

}  // namespace

TEST_CASE("a ladder by the year counts months that rest as they were read, after any restart")
{
    auto by = tariff::examples::zhejiang();
    by.versions[0].determinants[0].scope = tariff::scope::year;
    by.versions[0].split = tariff::interval_split::pro_rata;
    const auto plain = half_a_year(by, false);
    // 240 kWh by the end of April: 10 are above 230, at 0.05 yuan.
    CHECK(std::count(plain.begin(), plain.end(), "2026-04/tier.2 -0.500000") == 1);
    CHECK(half_a_year(by, true) == plain);
    // Of January only its second half counts: where in it energy was used is told by its readings.
    by.versions[0].calendar.seasons = {{"late", {{{1, 15}, {12, 31}}}},
                                       {"early", {{{1, 1}, {1, 14}}}}};
    by.versions[0].determinants[0].where.seasons = {"late"};
    const auto seasonal = half_a_year(by, false);
    CHECK(seasonal != plain);
    CHECK(half_a_year(by, true) == seasonal);
}

TEST_CASE("a tariff that registers do not suffice for is refused before anything is booked")
{
    const auto why_not = [](const std::function<void(tariff::tariff&)>& change) {
        auto by = tariff::examples::zhejiang();
        change(by);
        sim::world around{four_days()};
        port::memory_store store;
        engine::system centre{around.site(), by, strict(around), store};
        const auto started = centre.start(around.now());
        return started ? std::string{} : started.error();
    };
    CHECK(why_not([](auto&) {}) == "");
    CHECK(why_not([](auto& by) { by.bands[0].register_index.reset(); }) ==
          "the tariff's band peak has no register");
    CHECK(why_not([](auto& by) {
              tariff::determinant kw;
              kw.name = "kw";
              kw.of = tariff::source::demand;
              by.versions[0].determinants.push_back(kw);
          }) == "the tariff's kw needs demand, which the engine does not have");
    CHECK(why_not([](auto& by) {
              by.versions[0].determinants[0].scope = tariff::scope::year;
              by.versions[0].determinants[0].anchor = {6, 15};
          }).find("interval_split pro_rata") != std::string::npos);
    CHECK(why_not([](auto& by) {
              by.versions.push_back(by.versions[0]);
              by.versions[1].from = tariff::parse_day("2026-01-30").value();
          }).find("interval_split pro_rata") != std::string::npos);
}
