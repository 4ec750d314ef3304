// SPDX-License-Identifier: Apache-2.0
// Sealed or loose, the readings are the same.
#include <wattpurse/engine/day_archive.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/port/memory_store.hpp>
#include <wattpurse/sim/draw.hpp>

#include "port/books.hpp"

using namespace test_books;
using engine::readings_of;

namespace {

constexpr std::size_t all_there_are = std::numeric_limits<std::size_t>::max();

reading read_at(std::string_view account_name, std::string_view number, int minute,
                std::int64_t steps)
{
    reading out;
    out.account = account(account_name);
    out.meter = meter(number);
    out.effective_at = at(minute);
    out.recorded_at = at(minute + 1);
    out.registers.total = *energy::from_mantissa(steps);
    out.registers.tariff[0] = out.registers.total;
    return out;
}

void commit(port::store& books, std::uint64_t epoch, std::vector<reading> rows,
            std::vector<port::day_sealing> days = {})
{
    port::batch work;
    work.fence_epoch = epoch;
    work.readings = std::move(rows);
    work.sealed_days = std::move(days);
    books.submit(work);
    const auto outcome = books.poll();
    REQUIRE_MESSAGE(outcome->status == port::commit_status::committed, outcome->detail);
}

std::vector<port::day_sealing> closed(port::store& books, instant until, std::size_t limit)
{
    std::string fault;
    auto days = engine::closed_days(books, until, china_zone, limit, fault);
    CHECK_MESSAGE(fault.empty(), fault);
    return days;
}

std::vector<reading> all(port::store& books, std::string_view name)
{
    return readings_of(books, account(name), instant::min(), instant::max()).value();
}

}  // namespace

TEST_CASE("closed days are sealed, and the day that has not ended is not")
{
    port::memory_store books;
    const auto epoch = books.fence().value();
    const char* const number = "000000000001";
    commit(books, epoch, {read_at("F01", number, 0, 1), read_at("F01", number, 60, 2),
                          read_at("F01", number, 1440, 3)});
    CHECK(closed(books, at(1439), 100).empty());
    auto days = closed(books, at(1500), 100);
    REQUIRE(days.size() == 1);
    CHECK(days[0].day.from == at(0));
    CHECK(days[0].day.until == at(1440));
    CHECK(days[0].day.revision == 1);
    commit(books, epoch, {}, days);
    CHECK(books.readings(account("F01"), at(0), at(9999)).value().size() == 1);
    CHECK(all(books, "F01").size() == 3);
    CHECK(closed(books, at(1500), 100).empty());

    // Said once more it is loose, and a revision that holds it takes it away.
    commit(books, epoch, {read_at("F01", "000000000001", 60, 2)});
    days = closed(books, at(1500), 100);
    REQUIRE(days.size() == 1);
    CHECK(days[0].day.revision == 2);
    commit(books, epoch, {}, days);
    CHECK(books.readings(account("F01"), at(0), at(1000)).value().empty());
    CHECK(all(books, "F01").size() == 3);
}

TEST_CASE("a day that does not open is named")
{
    port::memory_store books;
    const auto epoch = books.fence().value();
    commit(books, epoch, {read_at("F01", "000000000001", 0, 1)});
    auto days = closed(books, at(1500), 100);
    days[0].day.bytes.back() ^= 1;
    commit(books, epoch, {}, days);
    const auto found = readings_of(books, account("F01"), at(0), at(0));
    REQUIRE_FALSE(found.has_value());
    CHECK_MESSAGE(found.error().starts_with(
                      "the day 2025-12-31T16:00:00+00:00 of meter 000000000001: byte "),
                  found.error());

    // What came late to it stays loose, and other days are sealed all the same.
    commit(books, epoch,
           {read_at("F01", "000000000001", 9, 5), read_at("F02", "000000000002", 9, 5)});
    std::string fault;
    days = engine::closed_days(books, at(1500), china_zone, 100, fault);
    REQUIRE(days.size() == 1);
    CHECK(days[0].day.account == account("F02"));
    CHECK_MESSAGE(fault.starts_with("the day 2025-12-31T16:00:00+00:00 of meter 000000000001: "),
                  fault);
}

TEST_CASE("of days that overlap, since the zone was another, a reading comes once")
{
    port::memory_store books;
    const auto epoch = books.fence().value();
    const reading one = read_at("F01", "000000000001", 30, 1);
    const auto seal = [&](fixed_zone zone, std::int64_t steps, int recorded) {
        reading said = read_at("F01", "000000000001", 30, steps);
        said.recorded_at = at(recorded);
        commit(books, epoch, {said});
        std::string fault;
        auto days = engine::closed_days(books, at(5000), zone, 100, fault);
        REQUIRE(days.size() == 1);
        commit(books, epoch, {}, std::move(days));
    };
    seal(china_zone, 2, 50);
    seal(fixed_zone{}, 1, 40);
    const auto found = all(books, "F01");
    REQUIRE(found.size() == 1);
    CHECK(found[0].registers.total.mantissa() == 2);
    CHECK(found[0].effective_at == one.effective_at);
}

TEST_CASE("whenever days are sealed, and whatever comes late, the readings are the same")
{
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        port::memory_store sealed;
        port::memory_store loose;
        const auto sealed_epoch = sealed.fence().value();
        const auto loose_epoch = loose.fence().value();
        auto any = [&, n = std::uint64_t{0}](std::uint64_t below) mutable {
            return sim::draw({seed, ++n}) % below;
        };
        for (int step = 1; step <= 40; ++step) {
            std::vector<reading> rows;
            for (auto i = any(30); i > 0; --i) {
                const auto minute = static_cast<int>(any(96 * 6) * 15);
                reading row = read_at(any(3) == 0 ? "F02" : "F01",
                                      any(2) == 0 ? "000000000001" : "000000000002", minute,
                                      static_cast<std::int64_t>(any(1'000'000)));
                row.recorded_at = at(10'000 + step);  // what comes later is recorded later
                row.source = any(9) == 0 ? reading_source::daily_freeze : reading_source::poll;
                // One meter serves one account.
                row.meter = meter(row.account == account("F02") ? "000000000003"
                                                                : row.meter.view());
                rows.push_back(row);
            }
            commit(sealed, sealed_epoch, rows);
            commit(loose, loose_epoch, rows);
            if (any(3) != 0) continue;
            const auto until = at(static_cast<int>(any(96 * 7) * 15));
            const std::size_t limit = any(2) == 0 ? 1 + any(50) : all_there_are;
            commit(sealed, sealed_epoch, {},
                   closed(sealed, until, limit));
        }
        for (const char* const name : {"F01", "F02"}) {
            CHECK(same(all(sealed, name), all(loose, name)));
            const auto from = at(static_cast<int>(any(9000)));
            const auto until = at(static_cast<int>(any(9000)));
            CHECK(same(readings_of(sealed, account(name), from, until).value(),
                       readings_of(loose, account(name), from, until).value()));
        }
        while (true) {
            const auto days = closed(sealed, at(10'080), 20);
            if (days.empty()) break;
            commit(sealed, sealed_epoch, {}, days);
        }
        CHECK(sealed.loose_readings(instant::max(), all_there_are).value().empty());
        CHECK(same(all(sealed, "F01"), all(loose, "F01")));
    }
}
