// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/usage/series.hpp>

#include "flat_readings.hpp"

using namespace wattpurse;
using namespace wattpurse::usage::flat_readings;
using usage::series;

TEST_CASE("a period's use is what the registers moved since its first reading")
{
    auto month = first_period();
    CHECK(month.used() == tariff_energy{});
    CHECK(month.last_good() == start);
    insert_all(month, {at(start, 1000, 500), at(start + hour, 1000, 520),
                       at(start + 9 * hour, 1110, 600)});
    CHECK(month.used() == used(110, 100));
    CHECK(month.last_good() == start + 9 * hour);
    CHECK(month.take_findings().empty());
}

TEST_CASE("a roll-over within a period is used energy")
{
    auto month = first_period();
    auto before = at(start, 99'999'990, 0);
    auto after = at(start + hour, 15, 0);
    insert_all(month, {before, after});
    CHECK(month.used() == used(25, 0));
    CHECK(qualities(month) == std::vector{quality::good, quality::good});
}

TEST_CASE("a register that went back once is rejected and later ones are right again")
{
    auto month = first_period();
    insert_all(month, {at(start, 1000, 500), at(start + hour, 1010, 500),
                       at(start + 2 * hour, 990, 500), at(start + 3 * hour, 1030, 500)});
    CHECK(month.used() == used(30, 0));
    CHECK(qualities(month) == std::vector{quality::good, quality::good, quality::rejected,
                                          quality::good});
    const auto found = month.take_findings();
    REQUIRE(found.size() == 1);
    CHECK(found[0].why == event_kind::register_went_back);
    CHECK(found[0].what.effective_at == start + 2 * hour);
    CHECK(found[0].what.quality == quality::rejected);
    CHECK(found[0].text ==
          "register went back: total from 15.1000 to 14.9000 kWh, T2 from 10.1000 to 9.9000 kWh");
    CHECK(month.take_findings().empty());
}

TEST_CASE("a spike is suspect, not charged, and does not spoil what follows")
{
    auto month = first_period();
    insert_all(month, {at(start, 1000, 500), at(start + hour, 80'000, 500),
                       at(start + 2 * hour, 1040, 500)});
    CHECK(month.used() == used(40, 0));
    CHECK(qualities(month) == std::vector{quality::good, quality::suspect, quality::good});
    const auto found = month.take_findings();
    REQUIRE(found.size() == 1);
    CHECK(found[0].why == event_kind::reading_implausible);
    CHECK(found[0].text ==
          "implausible: total from 15.0000 to 805.0000 kWh, T2 from 10.0000 to 800.0000 kWh");
}

TEST_CASE("use goes on across an exchange of meters")
{
    for (const bool first : {true, false}) {
        series month{flat, start, std::nullopt, single_phase, first};
        const instant swap = start + 5 * hour;
        insert_all(month,
                   {at(start, 1000, 500, reading_source::daily_freeze),
                    at(swap, 1200, 500, reading_source::exchange_final),
                    at(swap, 7, 3, reading_source::exchange_first, new_meter),
                    at(swap + hour, 57, 3, reading_source::poll, new_meter)});
        CHECK(month.used() == used(250, 0));
        CHECK(month.last_good() == swap + hour);
        CHECK(month.take_findings().empty());
    }
}

TEST_CASE("what a meter shows after it was taken out is not charged")
{
    auto month = first_period();
    insert_all(month, {at(start, 0, 0), at(start + hour, 100, 0, reading_source::exchange_final),
                       at(start + 2 * hour, 150, 0)});
    CHECK(month.used() == used(100, 0));
    CHECK(month.readings().back().quality == quality::suspect);
    CHECK(month.take_findings().at(0).text == "read after the meter was taken out");
}

TEST_CASE("a meter that comes back begins anew")
{
    auto month = later_period();
    insert_all(month, {at(start, 0, 0), at(start + hour, 100, 0, reading_source::exchange_final),
                       at(start + 3 * hour, 5000, 0, reading_source::exchange_first),
                       at(start + 4 * hour, 5020, 0)});
    CHECK(month.used() == used(120, 0));
}

TEST_CASE("a new meter whose first reading was spoilt is charged from its next one")
{
    auto month = later_period();
    auto spoilt = at(start + hour, 900, 0, reading_source::exchange_first, new_meter);
    spoilt.quality = quality::suspect;
    insert_all(month, {at(start, 0, 0), spoilt,
                       at(start + 2 * hour, 10, 0, reading_source::poll, new_meter),
                       at(start + 3 * hour, 40, 0, reading_source::poll, new_meter)});
    CHECK(month.used() == used(30, 0));
}

TEST_CASE("a second delivery changes nothing")
{
    auto month = first_period();
    const auto base = at(start, 1000, 500);
    const auto next = at(start + hour, 1010, 500);
    insert_all(month, {base, next});
    CHECK(month.take_changed().size() == 2);
    auto again = next;
    again.recorded_at += 5 * hour;
    CHECK(month.insert(again) == outcome::duplicate);
    CHECK(month.insert(base) == outcome::duplicate);
    CHECK(month.take_changed().empty());
    CHECK(month.used() == used(10, 0));
    CHECK(month.readings().size() == 2);
}

TEST_CASE("of two readings that contradict each other the first stands")
{
    auto month = first_period();
    insert_all(month, {at(start, 1000, 500), at(start + hour, 1010, 500)});
    CHECK(month.insert(at(start + hour, 1020, 500)) == outcome::conflict);
    CHECK(month.used() == used(10, 0));
    // Another source of the same moment is another reading, not a contradiction.
    CHECK(month.insert(at(start + hour, 1010, 500, reading_source::daily_freeze)) ==
          outcome::added);
}

TEST_CASE("only readings of this account and period are taken")
{
    const instant until = start + 10 * hour;
    series month{flat, start, until, single_phase, true};
    auto other = at(start, 0, 0);
    other.account = *account_id::parse("F08");
    CHECK(month.insert(other) == outcome::outside);
    CHECK(month.insert(at(start - minute, 0, 0)) == outcome::outside);
    CHECK(month.insert(at(until + minute, 0, 0)) == outcome::outside);
    CHECK(month.insert(at(start, 0, 0)) == outcome::added);
    CHECK(month.insert(at(until, 10, 0)) == outcome::added);
    CHECK(month.used() == used(10, 0));
}

TEST_CASE("a later period uses nothing before its opening reading is there")
{
    auto month = later_period();
    insert_all(month, {at(start + hour, 1010, 500), at(start + 2 * hour, 1030, 500)});
    CHECK(month.used() == tariff_energy{});
    CHECK(month.last_good() == start);
    CHECK(qualities(month) == std::vector{quality::good, quality::good});
    insert_all(month, {at(start, 1000, 500, reading_source::daily_freeze)});
    CHECK(month.used() == used(30, 0));
    CHECK(month.last_good() == start + 2 * hour);
}

TEST_CASE("a new meter alone does not open a later period")
{
    auto month = later_period();
    insert_all(month, {at(start + hour, 5, 0, reading_source::exchange_first, new_meter),
                       at(start + 2 * hour, 25, 0, reading_source::poll, new_meter)});
    CHECK(month.used() == tariff_energy{});
    insert_all(month, {at(start, 1000, 0, reading_source::daily_freeze),
                       at(start + hour, 1040, 0, reading_source::exchange_final)});
    CHECK(month.used() == used(60, 0));
}

TEST_CASE("a meter that is not the one of the boundary is not charged without an exchange")
{
    auto month = later_period();
    insert_all(month, {at(start, 1000, 0), at(start + hour, 50, 0, reading_source::poll, new_meter),
                       at(start + 2 * hour, 90, 0, reading_source::poll, new_meter)});
    CHECK(month.used() == tariff_energy{});
    CHECK(month.last_good() == start);
}

TEST_CASE("two periods that meet at a boundary share neither gap nor energy")
{
    const instant middle = start + 24 * hour;
    const std::vector<reading> all{
        at(start, 1000, 500), at(middle - hour, 1200, 600),
        at(middle, 1210, 620, reading_source::daily_freeze),
        at(middle, 1211, 620),  // polled some seconds after midnight
        at(middle + hour, 1230, 620)};
    series first{flat, start, middle, single_phase, true};
    series second{flat, middle, std::nullopt, single_phase, false};
    for (const reading& each : all) {
        static_cast<void>(first.insert(each));
        static_cast<void>(second.insert(each));
    }
    CHECK(first.used() == used(210, 120));
    CHECK(second.used() == used(20, 0));
    CHECK(first.has_boundary(middle));
    CHECK(second.has_boundary(middle));
    CHECK(qualities(second) == std::vector{quality::good, quality::good, quality::good});
}

TEST_CASE("a boundary needs a good reading of exactly that moment")
{
    const instant end = start + 24 * hour;
    auto month = first_period();
    CHECK_FALSE(month.has_boundary(start));
    insert_all(month, {at(start, 1000, 500), at(end - minute, 1100, 500),
                       at(end + minute, 1102, 500)});
    CHECK(month.has_boundary(start));
    CHECK_FALSE(month.has_boundary(end));
    insert_all(month, {at(end, 900, 500)});  // went back
    CHECK_FALSE(month.has_boundary(end));
    insert_all(month, {at(end, 1101, 500, reading_source::daily_freeze)});
    CHECK(month.has_boundary(end));
}

TEST_CASE("a boundary asks for the meter that serves, not for the one that is gone")
{
    const instant swap = start + 5 * hour;
    const instant end = start + 24 * hour;
    auto month = first_period();
    insert_all(month, {at(start, 1000, 0), at(swap, 1100, 0, reading_source::exchange_final),
                       at(swap, 0, 0, reading_source::exchange_first, new_meter)});
    CHECK(month.has_boundary(start));
    CHECK(month.has_boundary(swap));
    CHECK_FALSE(month.has_boundary(end));
    insert_all(month, {at(end, 1150, 0)});
    CHECK_FALSE(month.has_boundary(end));
    insert_all(month, {at(end, 90, 0, reading_source::daily_freeze, new_meter)});
    CHECK(month.has_boundary(end));
}

TEST_CASE("a final reading that went back does not hold up the end of a period")
{
    const instant swap = start + 5 * hour;
    auto month = first_period();
    insert_all(month, {at(start, 1000, 0), at(swap, 900, 0, reading_source::exchange_final)});
    CHECK(month.readings().back().quality == quality::rejected);
    CHECK_FALSE(month.has_boundary(swap));
    insert_all(month, {at(swap, 0, 0, reading_source::exchange_first, new_meter)});
    CHECK(month.has_boundary(swap));
}

TEST_CASE("declared quality is kept and estimated readings are charged")
{
    auto month = first_period();
    auto doubtful = at(start + hour, 1010, 500);
    doubtful.quality = quality::suspect;
    auto estimated = at(start + 2 * hour, 1020, 500);
    estimated.quality = quality::estimated;
    insert_all(month, {at(start, 1000, 500), doubtful, estimated});
    CHECK(qualities(month) ==
          std::vector{quality::good, quality::suspect, quality::estimated});
    CHECK(month.used() == used(20, 0));
    CHECK(month.take_findings().empty());
    CHECK_FALSE(month.has_boundary(start + 2 * hour));
}

TEST_CASE("use that no longer fits is an error, never a wrap")
{
    const usage::limits vast{energy::of(INT64_MAX), power::of(INT64_MAX)};
    series month{flat, start, std::nullopt, vast, true};
    auto low = at(start, 0, 0);
    auto high = at(start + hour, 0, 0);
    high.registers.total = high.registers.tariff[1] = energy::of(INT64_MAX - 1);
    auto again = at(start + 2 * hour, 0, 0, reading_source::poll);
    again.registers.total = again.registers.tariff[1] = energy::of(INT64_MAX - 2);
    insert_all(month, {low, high});
    CHECK(month.used().has_value());
    insert_all(month, {again});  // rolled over: INT64_MAX - 1 more
    REQUIRE_FALSE(month.used().has_value());
    CHECK(month.used().error() == errc::overflow);
}
