// SPDX-License-Identifier: Apache-2.0
// What a series says depends on the set of its readings, not on their order.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/usage/series.hpp>

#include "flat_readings.hpp"

using namespace wattpurse;
using namespace wattpurse::usage::flat_readings;
using usage::series;

namespace {

/// A generator of its own, so that every platform shuffles alike (splitmix64).
struct dice {
    std::uint64_t state;
    std::uint64_t operator()()
    {
        state += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
};

template <class T>
void shuffle(std::vector<T>& what, dice& by)
{
    for (std::size_t i = what.size(); i > 1; --i) std::swap(what[i - 1], what[by() % i]);
}

/// A day with everything in it: a reading that went back, a spike, an exchange, a freeze beside
/// a poll of the same moment.
std::vector<reading> eventful_day()
{
    std::vector<reading> day{
        at(start, 1000, 500, reading_source::daily_freeze),
        at(start, 1001, 500),
        at(start + 1 * hour, 1000, 510),
        at(start + 2 * hour, 1000, 400),     // went back
        at(start + 3 * hour, 1000, 530),
        at(start + 4 * hour, 1000, 530),
        at(start + 5 * hour, 90'000, 530),   // spike
        at(start + 6 * hour, 1040, 560),
        at(start + 7 * hour, 1060, 560, reading_source::exchange_final),
        at(start + 7 * hour, 3, 2, reading_source::exchange_first, new_meter),
        at(start + 8 * hour, 53, 2, reading_source::poll, new_meter),
        at(start + 8 * hour, 1200, 560),     // of the meter that is gone
        at(start + 9 * hour, 20, 2, reading_source::poll, new_meter),  // went back
        at(start + 24 * hour, 103, 12, reading_source::daily_freeze, new_meter),
    };
    return day;
}

}  // namespace

TEST_CASE("a late reading changes the judgement of those after it, and they are told of again")
{
    auto month = first_period();
    insert_all(month, {at(start, 1000, 0), at(start + 10 * hour, 11'000, 0),
                       at(start + 11 * hour, 1100, 0)});
    CHECK(qualities(month) == std::vector{quality::good, quality::good, quality::rejected});
    CHECK(month.used() == used(10'000, 0));
    CHECK(month.take_changed().size() == 3);
    CHECK(month.take_findings().size() == 1);
    // The reading of 09:00 comes late and shows that the one of 10:00 was a spike.
    insert_all(month, {at(start + 9 * hour, 1090, 0)});
    CHECK(qualities(month) ==
          std::vector{quality::good, quality::good, quality::suspect, quality::good});
    CHECK(month.used() == used(100, 0));
    const auto changed = month.take_changed();
    REQUIRE(changed.size() == 3);
    CHECK(changed[0].effective_at == start + 9 * hour);
    CHECK(changed[1].quality == quality::suspect);
    CHECK(changed[2].quality == quality::good);
    const auto found = month.take_findings();
    REQUIRE(found.size() == 1);
    CHECK(found[0].what.effective_at == start + 10 * hour);
}

TEST_CASE("restored from the store it goes on as if it had never stopped")
{
    const auto day = eventful_day();
    for (std::size_t cut = 0; cut <= day.size(); ++cut) {
        auto straight = first_period();
        for (std::size_t i = 0; i < cut; ++i) static_cast<void>(straight.insert(day[i]));
        static_cast<void>(straight.take_changed());
        static_cast<void>(straight.take_findings());
        auto restored = first_period();
        for (const reading& stored : straight.readings()) {
            CHECK(restored.restore(stored) == outcome::added);
        }
        CHECK(restored.take_changed().empty());
        CHECK(restored.take_findings().empty());
        for (std::size_t i = cut; i < day.size(); ++i) {
            static_cast<void>(straight.insert(day[i]));
            static_cast<void>(restored.insert(day[i]));
            CHECK(restored.take_changed().size() == straight.take_changed().size());
            CHECK(restored.take_findings().size() == straight.take_findings().size());
        }
        CHECK(restored.used() == straight.used());
        CHECK(restored.last_good() == straight.last_good());
        CHECK(qualities(restored) == qualities(straight));
    }
}

TEST_CASE("the eventful day is judged as it should be")
{
    auto month = first_period();
    insert_all(month, eventful_day());
    // Old meter 10.00 to 10.60 and 5.00 to 5.60, new one 0.03 to 1.03 and 0.02 to 0.12.
    CHECK(month.used() == used(60 + 100, 60 + 10));
    CHECK(month.take_findings().size() == 4);
}

TEST_CASE("any order of six readings gives the same use and the same qualities")
{
    const auto all = eventful_day();
    const std::vector<reading> six{all[0], all[2], all[3], all[4], all[6], all[7]};
    auto expected = first_period();
    insert_all(expected, six);
    std::vector<std::size_t> order(six.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::size_t count = 0;
    do {
        auto month = first_period();
        for (const std::size_t i : order) REQUIRE(month.insert(six[i]) == outcome::added);
        REQUIRE(month.used() == expected.used());
        REQUIRE(qualities(month) == qualities(expected));
        REQUIRE(month.last_good() == expected.last_good());
        ++count;
    } while (std::next_permutation(order.begin(), order.end()));
    CHECK(count == 720);
}

TEST_CASE("any order of a day's readings, each twice, gives the same in both kinds of period")
{
    for (const bool first : {true, false}) {
        series expected{flat, start, std::nullopt, single_phase, first};
        const auto day = eventful_day();
        insert_all(expected, day);
        dice roll{2026};
        for (int round = 0; round < 2000; ++round) {
            auto twice = day;
            twice.insert(twice.end(), day.begin(), day.end());
            shuffle(twice, roll);
            series month{flat, start, std::nullopt, single_phase, first};
            for (const reading& each : twice) {
                const auto got = month.insert(each);
                REQUIRE((got == outcome::added || got == outcome::duplicate));
            }
            REQUIRE(month.used() == expected.used());
            REQUIRE(qualities(month) == qualities(expected));
            REQUIRE(month.last_good() == expected.last_good());
            REQUIRE(month.has_boundary(start + 24 * hour));
        }
    }
}

TEST_CASE("what take_changed has told adds up to the present qualities, whatever the order")
{
    const auto day = eventful_day();
    dice roll{7};
    for (int round = 0; round < 500; ++round) {
        auto shuffled = day;
        shuffle(shuffled, roll);
        auto month = first_period();
        std::vector<reading> told;
        for (const reading& each : shuffled) {
            static_cast<void>(month.insert(each));
            if (roll() % 3 != 0) continue;
            for (const reading& changed : month.take_changed()) told.push_back(changed);
        }
        for (const reading& changed : month.take_changed()) told.push_back(changed);
        for (const reading& now : month.readings()) {
            const auto last = std::find_if(told.rbegin(), told.rend(), [&](const reading& r) {
                return r.meter == now.meter && r.effective_at == now.effective_at &&
                       r.source == now.source;
            });
            REQUIRE(last != told.rend());
            REQUIRE(last->quality == now.quality);
            REQUIRE(last->registers == now.registers);
        }
    }
}

TEST_CASE("a reading that was righted before anybody was told is not told of")
{
    auto month = first_period();
    insert_all(month, {at(start, 1000, 0), at(start + 10 * hour, 11'000, 0),
                       at(start + 11 * hour, 1100, 0), at(start + 9 * hour, 1090, 0)});
    const auto found = month.take_findings();
    REQUIRE(found.size() == 1);
    CHECK(found[0].what.effective_at == start + 10 * hour);
    CHECK(found[0].what.quality == quality::suspect);
}
