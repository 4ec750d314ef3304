// SPDX-License-Identifier: Apache-2.0
// What the house does at night with readings that are old.
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/engine/day_archive.hpp>
#include <wattpurse/port/memory_store.hpp>

#include "quiet_house.hpp"

using namespace wattpurse;
using namespace wattpurse::engine::playing;
using namespace std::chrono_literals;

TEST_CASE("a night whose days do not all seal is told, once")
{
    port::memory_store books;
    const instant opened = quiet_house::site_of().opened_at;
    const auto read = [&](std::int64_t steps, duration after) {
        reading out;
        out.account = quiet_house::account("F01");
        out.meter = quiet_house::meter("202600000001");
        out.effective_at = out.recorded_at = opened + after;
        out.registers.total = *energy::from_mantissa(steps);
        out.registers.tariff[0] = out.registers.total;
        return out;
    };
    {
        quiet_house house{books};
        REQUIRE(house.centre.start(house.now));
        house.run_for(2min);
    }
    const auto epoch = books.fence().value();
    const auto commit = [&](std::vector<reading> rows, std::vector<port::day_sealing> days) {
        port::batch work;
        work.fence_epoch = epoch;
        work.readings = std::move(rows);
        work.sealed_days = std::move(days);
        books.submit(work);
        REQUIRE(books.poll()->status == port::commit_status::committed);
    };
    commit({read(1, 1h)}, {});
    std::string fault;
    auto days = engine::closed_days(books, opened + 48h, quiet_house::site_of().zone, 100, fault);
    REQUIRE(days.size() == 1);
    days[0].day.bytes.back() ^= 1;
    commit({}, days);
    commit({read(2, 2h)}, {});
    quiet_house house{books};
    house.now = opened + 100 * 24h;
    REQUIRE(house.centre.start(house.now));
    house.run_for(24h);
    const auto told = house.events(event_kind::day_not_sealed);
    REQUIRE(told.size() == 1);
    CHECK_MESSAGE(told[0].starts_with(": the day 2026-01-04T16:00:00+00:00 of meter 202600000001"),
                  told[0]);
    CHECK(house.centre.failure().empty());
}
