// SPDX-License-Identifier: Apache-2.0
// The same readings in any order, in one booking or in many: the same balance.
#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/engine/billing.hpp>
#include <wattpurse/sim/draw.hpp>

#include "playing.hpp"

using namespace wattpurse;
using namespace wattpurse::engine::playing;

namespace {

const account_id flat = account_id::parse("F07").value();
const meter_id old_meter = meter_id::parse("000000000007").value();
const meter_id new_meter = meter_id::parse("000000000107").value();

engine::site where()
{
    engine::site out;
    out.opened_at = at("2026-01-30T00:00");
    return out;
}

reading take(std::string_view when, std::int64_t peak, std::int64_t valley,
             reading_source source = reading_source::poll, const meter_id& meter = old_meter)
{
    register_set shown;  // in hundredths of a kWh
    shown.tariff[1] = energy::of(peak * 100);
    shown.tariff[3] = energy::of(valley * 100);
    shown.total = energy::of((peak + valley) * 100);
    return {flat, meter, at(when), instant{}, shown, source, quality::good};
}

/// Two days of a flat whose meter is exchanged, with a reading that goes back and one that jumps,
/// but for the freeze that ends the month.
std::vector<reading> two_days()
{
    std::vector<reading> out;
    out.push_back(take("2026-01-30T00:00", 50'000, 20'000, reading_source::daily_freeze));
    std::int64_t peak = 50'000;
    std::int64_t valley = 20'000;
    for (int hour = 1; hour <= 33; ++hour) {
        peak += 600 + 3 * hour;  // so much that the second tier is reached
        valley += 300;
        reading next = take("2026-01-30T00:00", peak, valley);
        next.effective_at += hour * 1h;
        out.push_back(next);
    }
    out.push_back(take("2026-01-31T00:00", 50'000 + 24 * 600 + 3 * 300,
                       20'000 + 24 * 300, reading_source::daily_freeze));
    out.push_back(take("2026-01-30T14:05", 40'000, 20'000));      // back
    out.push_back(take("2026-01-30T17:20", 9'000'000, 26'000));   // no supply can deliver that
    out.push_back(take("2026-01-31T10:32", peak + 700, valley + 10,
                       reading_source::exchange_final));
    out.push_back(take("2026-01-31T10:32", 12, 0, reading_source::exchange_first, new_meter));
    for (int hour = 11; hour <= 23; ++hour) {
        reading next = take("2026-01-31T00:00", 12 + 150 * (hour - 10), 0, reading_source::poll,
                            new_meter);
        next.effective_at += hour * 1h;
        out.push_back(next);
    }
    return out;
}

reading month_end()
{
    return take("2026-02-01T00:00", 12 + 150 * 14, 77, reading_source::daily_freeze, new_meter);
}

std::vector<reading> shuffled(std::vector<reading> all, std::uint64_t luck)
{
    for (std::size_t i = all.size(); i > 1; --i) {
        std::swap(all[i - 1], all[sim::draw({luck, i}) % i]);
    }
    return all;
}

/// A billing with its books, tick by tick.
struct bench {
    bench() { billing.open(flat, site.opened_at); }

    void book(const std::vector<reading>& arrived)
    {
        tick += 1min;
        for (reading each : arrived) {
            each.recorded_at = tick;
            (void)billing.insert(each);
        }
        port::batch work;
        const auto done = billing.book(tick, journal, work);
        REQUIRE(done);
        for (const posting& each : journal.staged()) postings.push_back(row(each));
        for (const reading& each : work.readings) {
            known[{each.meter, each.effective_at, each.source}] = each;
        }
        append(events, work.events);
        append(bills, work.bills);
        if (!journal.empty()) {
            (void)journal.seal(tick);
            journal.accept();
        }
    }

    /// Qualities of all readings, in order.
    std::string qualities() const
    {
        std::string out;
        for (const auto& [id, each] : known) out += to_string(each.quality).substr(0, 1);
        return out;
    }

    money balance() const { return journal.balance(flat); }

    engine::site site = where();
    engine::billing billing{site, tariff::examples::zhejiang()};
    ledger::journal journal{currency{"CNY"}};
    instant tick = at("2026-02-01T01:00");
    std::vector<std::string> postings;
    std::vector<std::string> events;
    std::vector<std::string> bills;
    std::map<std::tuple<meter_id, instant, reading_source>, reading> known;
};

/// All in the order of their moments, the month's end in a booking of its own.
struct in_order : bench {
    in_order()
    {
        for (const reading& each : two_days()) book({each});
        book({month_end()});
    }
};

}  // namespace

TEST_CASE("in order, two tiers are reached, two readings are set aside, the month closes")
{
    const in_order calm;
    CHECK(calm.bills.size() == 1);
    CHECK(calm.events.size() == 2);
    const std::string qualities = calm.qualities();
    CHECK(std::count(qualities.begin(), qualities.end(), 'r') == 1);
    CHECK(std::count(qualities.begin(), qualities.end(), 's') == 1);
    // The old meter's hours and its last 7.10 kWh, the new one's 21.00 and 0.77.
    std::int64_t peak = 700 + 150 * 14;
    std::int64_t valley = 10 + 77;
    for (int hour = 1; hour <= 33; ++hour) {
        peak += 600 + 3 * hour;
        valley += 300;
    }
    const std::int64_t all = peak + valley;
    REQUIRE(all > 23'000);
    REQUIRE(all < 40'000);
    // Prices of a hundredth of a kWh, in 10^-6 yuan.
    const std::int64_t exact = peak * 5'680 + valley * 2'880 + (all - 23'000) * 500;
    const std::int64_t rest = exact % 10'000;
    CHECK(-calm.balance().mantissa() == exact - rest + (rest >= 5'000 ? 10'000 : 0));
}

TEST_CASE("one booking gives the same postings whatever the order of arrival")
{
    auto all = two_days();
    all.push_back(month_end());
    bench calm;
    calm.book(all);
    REQUIRE(calm.postings.size() == 8);  // two legs of peak, valley, tier.2, rounding
    for (std::uint64_t luck = 0; luck < 200; ++luck) {
        CAPTURE(luck);
        bench other;
        other.book(shuffled(all, luck));
        CHECK(first_difference(other.postings, calm.postings) == "");
        CHECK(first_difference(other.bills, calm.bills) == "");
        CHECK(other.qualities() == calm.qualities());
        std::sort(other.events.begin(), other.events.end());
        std::sort(calm.events.begin(), calm.events.end());
        CHECK(first_difference(other.events, calm.events) == "");
    }
    CHECK(calm.balance() == in_order{}.balance());
}

TEST_CASE("many bookings give the same balance whatever the order of arrival")
{
    const in_order calm;
    for (std::uint64_t luck = 0; luck < 200; ++luck) {
        CAPTURE(luck);
        const auto all = shuffled(two_days(), luck);
        bench other;
        std::size_t next = 0;
        while (next < all.size()) {
            const std::size_t count =
                std::min(all.size() - next, std::size_t{1} + sim::draw({luck, next}) % 9);
            const auto first = all.begin() + static_cast<std::ptrdiff_t>(next);
            other.book({first, first + static_cast<std::ptrdiff_t>(count)});
            next += count;
        }
        other.book({month_end()});
        CHECK(other.balance() == calm.balance());
        CHECK(other.qualities() == calm.qualities());
        CHECK(other.bills.size() == 1);
    }
}

TEST_CASE("every reading twice, at once and later, posts nothing more")
{
    const in_order calm;
    for (std::uint64_t luck = 0; luck < 50; ++luck) {
        CAPTURE(luck);
        bench other;
        std::vector<reading> before;
        for (const reading& each : shuffled(two_days(), luck)) {
            other.book({each, each});
            other.book(before);
            before = {each};
        }
        other.book({month_end(), month_end()});
        const auto postings = other.postings.size();
        other.book(two_days());
        other.book({month_end()});
        CHECK(other.postings.size() == postings);
        CHECK(other.balance() == calm.balance());
    }
}

TEST_CASE("readings that come after the month was closed between sound ones change no money")
{
    std::vector<reading> sound;
    for (const reading& each : two_days()) {
        const bool odd = each.effective_at == at("2026-01-30T14:05") ||
                         each.effective_at == at("2026-01-30T17:20");
        if (!odd) sound.push_back(each);
    }
    const auto is_end = [](const reading& each) {
        return each.source != reading_source::poll;
    };
    for (std::uint64_t luck = 0; luck < 50; ++luck) {
        CAPTURE(luck);
        auto all = shuffled(sound, luck);
        // Freezes and the exchange first: they are all a bill needs.
        std::stable_partition(all.begin(), all.end(), is_end);
        const auto polls = std::find_if_not(all.begin(), all.end(), is_end);
        bench late;
        late.book({all.begin(), polls});
        late.book({month_end()});
        const money closed = late.balance();
        for (auto each = polls; each != all.end(); ++each) late.book({*each});
        CHECK(late.balance() == closed);
        CHECK(late.balance() == in_order{}.balance());
    }
}

TEST_CASE("a conflicting reading of one moment leaves the first one standing")
{
    bench house;
    house.book({take("2026-01-30T00:00", 50'000, 20'000, reading_source::daily_freeze),
                take("2026-01-30T01:00", 50'100, 20'000)});
    const money before = house.balance();
    house.book({take("2026-01-30T01:00", 50'200, 20'000)});
    CHECK(house.balance() == before);
    REQUIRE(house.events.size() == 1);
    CHECK(house.events[0].find("reading_conflict") != std::string::npos);
}
