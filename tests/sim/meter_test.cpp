// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include <doctest/doctest.h>

#include <wattpurse/meter/decode.hpp>
#include <wattpurse/meter/driver.hpp>
#include <wattpurse/sim/meter.hpp>

using namespace wattpurse;
using namespace std::chrono_literals;
namespace dlt645 = codec::dlt645;

namespace {

constexpr currency cny{"CNY"};
const instant midnight = parse_iso8601("2026-01-05T00:00:00+08:00").value();
const meter_id number = meter_id::parse("202600000001").value();
const meter::credentials right{2, {0x12, 0x34, 0x56}, {1, 0, 0, 0}};
const meter::credentials wrong{2, {0x12, 0x34, 0x57}, {1, 0, 0, 0}};
const meter::profile& profile = meter::single_phase_prepaid;

register_set first()
{
    register_set out;
    out.tariff[1] = energy::of(1'234'500);  // 123.45 kWh
    out.tariff[3] = energy::of(600'700);
    out.total = energy::of(1'835'200);
    return out;
}

/// A meter on the table, with a household behind it, and a driver to talk to it.
struct table {
    explicit table(duration clock_error = 0s)
        : shown{{number, first(), midnight, clock_error, china_zone, profile, right}, people}
    {
    }

    std::optional<dlt645::frame> ask(const link::job& job, instant now)
    {
        return shown.answer(job.request, now);
    }

    register_set energy_at(instant now)
    {
        return meter::registers(profile, ask(driver.request_energy(), now).value()).value();
    }

    meter::status_word_3 status_at(instant now)
    {
        return meter::status(profile, ask(driver.request_status(), now).value()).value();
    }

    /// The meter's word on a command: 0 where it took it, else the error word of its refusal.
    std::uint16_t command(command_kind kind, instant now, const meter::credentials& who = right,
                          duration valid = 5min)
    {
        const auto job = driver.request_command(kind, to_civil(now + valid, china_zone), who);
        const auto said = ask(job.value(), now).value();
        CHECK(said.address == shown.address());
        if (said.is_abnormal()) return dlt645::parse_error_word(said).value();
        CHECK(said.function() == 0x1C);
        return 0;
    }

    civil_time clock_at(instant now)
    {
        const auto date = ask(driver.request_date(), now).value();
        return meter::clock(profile, date, ask(driver.request_time(), now).value()).value();
    }

    sim::household people{1, 0, sim::payer::never, 31, cny};
    sim::meter shown;
    meter::driver driver = meter::driver::of(profile, number).value();
};

}  // namespace

TEST_CASE("registers go on by quarters of an hour, by day in T2 and by night in T4")
{
    table on;
    CHECK(on.energy_at(midnight) == first());
    CHECK(on.energy_at(midnight + 14min + 59s) == first());  // shown at the quarter
    const auto quarter = on.energy_at(midnight + 15min);
    CHECK(quarter.tariff[3] >= first().tariff[3]);
    CHECK(on.energy_at(midnight + 29min) == quarter);
    const auto eight = on.energy_at(midnight + 8h);
    CHECK(eight.tariff[1] == first().tariff[1]);
    CHECK(eight.tariff[3] > first().tariff[3]);
    const auto night = on.energy_at(midnight + 22h);
    CHECK(night.tariff[1] > eight.tariff[1]);
    CHECK(night.tariff[3] == eight.tariff[3]);
    CHECK(night.total == (night.tariff[1] + night.tariff[3]).value());
    // What is shown is what the household used, cut to hundredths.
    std::int64_t peak = first().tariff[1].mantissa();
    for (instant each = midnight + 8h; each < midnight + 22h; each += 15min) {
        peak += on.people.use(each, china_zone).mantissa();
    }
    CHECK(night.tariff[1].mantissa() == peak / 100 * 100);
}

TEST_CASE("what a meter shows does not depend on how often it was asked")
{
    table often;
    for (instant now = midnight; now <= midnight + 26h; now += 7s + 333ms) {
        often.shown.advance(now);
    }
    table seldom;
    CHECK(often.energy_at(midnight + 26h) == seldom.energy_at(midnight + 26h));
}

TEST_CASE("a freeze keeps the registers of its midnight, the latest as number one")
{
    table on;
    const auto after_one = on.energy_at(midnight + 24h);
    CHECK(on.energy_at(midnight + 50h) != after_one);
    const auto frozen = [&](std::uint8_t k) {
        const auto when = meter::freeze_time(
            profile, on.ask(on.driver.request_freeze_time(k), midnight + 50h).value());
        CHECK(to_instant(when.value(), china_zone) == midnight + 48h - (k - 1) * 24h);
        return meter::registers(
            profile, on.ask(on.driver.request_freeze_energy(k), midnight + 50h).value()).value();
    };
    CHECK(frozen(2) == after_one);
    CHECK(frozen(3) == first());  // installed at midnight, so that midnight is frozen
    const auto none = on.ask(on.driver.request_freeze_time(4), midnight + 50h).value();
    CHECK(none.is_abnormal());
    CHECK(dlt645::parse_error_word(none) ==
          static_cast<std::uint16_t>(dlt645::error_bit::no_requested_data));
}

TEST_CASE("a meter keeps as many freezes as its profile says")
{
    table on;
    const instant late = midnight + 24h * 100;
    CHECK_FALSE(on.ask(on.driver.request_freeze_time(62), late)->is_abnormal());
    CHECK(on.ask(on.driver.request_freeze_time(63), late)->is_abnormal());
}

TEST_CASE("a trip opens the relay at the next minute, and status word 3 shows each step")
{
    table on;
    const instant now = midnight + 10h + 30s;
    CHECK(on.status_at(now).raw == 0);
    CHECK(on.command(command_kind::trip, now) == 0);
    CHECK(on.status_at(now + 29s).relay() == relay_state::closed);
    CHECK(on.status_at(now + 29s).commanded() == relay_state::open);
    CHECK(on.status_at(now + 30s).relay() == relay_state::open);
    REQUIRE(on.shown.moves().size() == 1);
    CHECK(on.shown.moves()[0].at == midnight + 10h + 1min);
    CHECK(on.shown.moves()[0].relay == relay_state::open);

    const auto dark = on.energy_at(now + 15min);
    CHECK(on.energy_at(now + 5h) == dark);  // nothing flows

    CHECK(on.command(command_kind::close, now + 5h) == 0);
    CHECK(on.status_at(now + 5h + 1min).raw == 0);
    CHECK(on.energy_at(now + 8h) != dark);
    CHECK(on.shown.moves().size() == 2);
}

TEST_CASE("a repeated trip moves nothing twice")
{
    table on;
    const instant now = midnight + 10h;
    CHECK(on.command(command_kind::trip, now) == 0);
    CHECK(on.command(command_kind::trip, now + 20s) == 0);
    CHECK(on.command(command_kind::trip, now + 5min) == 0);
    on.shown.advance(now + 10min);
    CHECK(on.shown.moves().size() == 1);
}

TEST_CASE("a permit closes the relay when the customer has got to the meter")
{
    table on;
    const instant now = midnight + 10h;
    CHECK(on.command(command_kind::trip, now) == 0);
    CHECK(on.command(command_kind::permit, now + 1h) == 0);
    CHECK(on.status_at(now + 1h + 5min).relay() == relay_state::open);
    CHECK(on.status_at(now + 1h + 5min).commanded() == relay_state::closed);
    CHECK(on.status_at(now + 1h + 11min).relay() == relay_state::closed);
}

TEST_CASE("a control command with a wrong password or past its time is refused")
{
    table on;
    const instant now = midnight + 10h;
    const auto password = static_cast<std::uint16_t>(dlt645::error_bit::password);
    const auto other = static_cast<std::uint16_t>(dlt645::error_bit::other);
    CHECK(on.command(command_kind::trip, now, wrong) == password);
    CHECK(on.command(command_kind::trip, now, right, -1s) == other);
    CHECK(on.command(command_kind::trip, now, wrong, -1s) == password);
    CHECK(on.status_at(now + 10min).raw == 0);
    CHECK(on.shown.moves().empty());
    CHECK(on.command(command_kind::trip, now + 10min, right, 0s) == 0);
}

TEST_CASE("it is the meter's own clock that a command's time is held against")
{
    table on{10min};
    CHECK(on.command(command_kind::trip, midnight + 10h, right, 5min) != 0);
    CHECK(on.command(command_kind::trip, midnight + 10h, right, 11min) == 0);
}

TEST_CASE("a meter that keeps supply refuses a trip until that is ended")
{
    table on;
    const instant now = midnight + 10h;
    CHECK(on.command(command_kind::protect, now) == 0);
    CHECK(on.status_at(now).keep_power());
    CHECK(on.command(command_kind::trip, now + 1min) != 0);
    CHECK(on.status_at(now + 5min).relay() == relay_state::closed);
    CHECK(on.command(command_kind::unprotect, now + 6min) == 0);
    CHECK_FALSE(on.status_at(now + 6min).keep_power());
    CHECK(on.command(command_kind::trip, now + 7min) == 0);
    CHECK(on.status_at(now + 9min).relay() == relay_state::open);
}

TEST_CASE("a broadcast sets the clock, but not by more than five minutes, and nobody answers")
{
    table on{42s};
    const instant now = midnight + 3h + 17s;
    CHECK(on.clock_at(now) == to_civil(now + 42s, china_zone));
    const auto set = [&](instant clock) {
        return on.ask(meter::broadcast_time(to_civil(clock, china_zone)).value(), now);
    };
    CHECK_FALSE(set(now + 42s + 6min));
    CHECK(on.clock_at(now) == to_civil(now + 42s, china_zone));
    CHECK_FALSE(set(now));
    CHECK(on.clock_at(now) == to_civil(now, china_zone));
    CHECK(on.clock_at(now + 9h) == to_civil(now + 9h, china_zone));
}

TEST_CASE("a meter says its address, has no purse, and refuses what it does not know")
{
    table on;
    const auto address = on.shown.answer(dlt645::read_address_request(), midnight);
    CHECK(dlt645::parse_address_answer(address.value()) == on.shown.address());
    const auto money = on.ask(on.driver.request_remaining_money(), midnight).value();
    CHECK(meter::remaining_money(profile, money) == decimal<2>{});
    const auto unknown = dlt645::read_request(on.shown.address(),
                                              static_cast<dlt645::data_id>(0x02010100));
    CHECK(on.shown.answer(unknown, midnight)->is_abnormal());
    // An answer of another meter on the line is not a question.
    CHECK_FALSE(on.shown.answer(address.value(), midnight));
}

TEST_CASE("registers go on at zero after the last digit")
{
    sim::household people{1, 0, sim::payer::never, 31, cny};
    register_set last;
    last.tariff[1] = energy::of(profile.register_capacity.mantissa() - 100);
    last.total = last.tariff[1];
    sim::meter worn{{number, last, midnight + 8h, 0s, china_zone, profile, right}, people};
    worn.advance(midnight + 20h);
    CHECK(worn.registers().tariff[1] < energy::of(20 * 10'000));
    CHECK(worn.registers().total == worn.registers().tariff[1]);
}
