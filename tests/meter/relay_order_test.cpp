// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include <wattpurse/meter/relay_order.hpp>

#include "fake_line.hpp"
#include "fake_security.hpp"

using namespace wattpurse;
using fake::reply;
using meter::relay_order;
using meter::relay_reason;
using meter::relay_verdict;
using meter::status_word_3;
namespace dlt645 = wattpurse::codec::dlt645;

namespace {

const meter::credentials who{0x02, {0x11, 0x22, 0x33}, {0x01, 0x02, 0x03, 0x04}};

enum class mood : std::uint8_t {
    good,
    deaf,
    lose_answer,
    refuse,
    act_and_refuse,
    say_yes,
    hold_back,     ///< told, not yet opened
    forget_session,
};

/// A meter with a relay, and a clock of its own.
struct relay_meter {
    dlt645::address plate = dlt645::address::parse("000072007201").value();
    duration clock_error{0};
    bool whole_clock = true;
    std::deque<mood> moods;
    status_word_3 status{0};
    int moves_late = 0;            ///< status readings until the relay shows it
    std::uint16_t after_moving = 0;
    bool moving = false;
    bool silent = false;
    bool clock_nonsense = false;
    bool status_silent = false;
    bool session = true;
    bool keep_power = false;
    int sealed = 0;
    int orders = 0;
    int expired = 0;
    std::vector<civil_time> limits_seen;
    duration clock_runs{0};        ///< what passes between reading date and time

    [[nodiscard]] civil_time clock(instant now) const
    {
        return to_civil(now + clock_error, china_zone);
    }

    std::vector<reply> operator()(const dlt645::frame& request, instant now)
    {
        if (silent) return {};
        if (request.function() == 0x11) return read(request, now);
        if (request.function() == 0x03) {
            session = true;
            const std::vector<std::uint8_t> told{0x77, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8};
            return {{dlt645::security_answer(plate, dlt645::data_id::identity, told).value()}};
        }
        return control(request, now);
    }

    std::vector<reply> read(const dlt645::frame& request, instant now)
    {
        const auto id = dlt645::parse_data_id(request).value();
        std::vector<std::uint8_t> bytes(6);
        const civil_time shown = clock(now);
        REQUIRE(dlt645::write_seconds(shown, std::span<std::uint8_t, 6>{bytes}).has_value());
        if (id == dlt645::data_id::status_word_3) {
            if (status_silent) return {};
            if (moving && moves_late-- <= 0) {
                status.raw = after_moving;
                moving = false;
            }
            return fake::answer(plate, id, {static_cast<std::uint8_t>(status.raw & 0xFFU),
                                            static_cast<std::uint8_t>(status.raw >> 8U)});
        }
        if (clock_nonsense) return fake::answer(plate, id, {0xAB, 0xCD, 0xEF});
        if (id == dlt645::data_id::date_and_time && whole_clock) {
            return fake::answer(plate, id, {bytes[0], bytes[1], bytes[2], 0x01, bytes[3],
                                            bytes[4], bytes[5]});
        }
        if (id == dlt645::data_id::date_and_weekday) {
            clock_error += clock_runs;
            clock_runs = duration{0};
            return fake::answer(plate, id, {0x01, bytes[3], bytes[4], bytes[5]});
        }
        if (id == dlt645::data_id::time_of_day) {
            return fake::answer(plate, id, {bytes[0], bytes[1], bytes[2]});
        }
        return fake::no_data(plate, request);
    }

    std::vector<reply> control(const dlt645::frame& request, instant now)
    {
        ++orders;
        std::uint8_t code = 0;
        civil_time until;
        if (request.data[0] == dlt645::sealed_level) {
            ++sealed;
            if (!session) return {{dlt645::refusal_of_word(plate, request, 0x0008)}};
            REQUIRE(request.length == 28);
            std::array<std::uint8_t, 8> plain{};
            for (std::size_t i = 0; i < 8; ++i) {
                plain[i] = static_cast<std::uint8_t>(request.data[8 + i] ^ 0xC3U);
            }
            CHECK(request.data[24] == fake::security::sum(plain, 1));
            code = plain[0];
            until = dlt645::read_seconds(byte_span{plain}.subspan(2)).value();
        } else {
            const auto order = dlt645::parse_control(request).value();
            if (!order.who.opens(who)) {
                return {{dlt645::refusal(plate, request, dlt645::error_bit::password)}};
            }
            code = order.code;
            until = order.valid_until;
        }
        limits_seen.push_back(until);
        if (clock(now) > until) {
            ++expired;
            return {{dlt645::refusal_of_word(plate, request, 0x0010)}};
        }
        const mood feels = moods.empty() ? mood::good : moods.front();
        if (!moods.empty()) moods.pop_front();
        const auto no = dlt645::refusal(plate, request, dlt645::error_bit::other);
        switch (feels) {
            case mood::good: act(code); return {{dlt645::control_answer(plate)}};
            case mood::deaf: return {};
            case mood::lose_answer: act(code); return {};
            case mood::refuse: return {{no}};
            case mood::act_and_refuse: act(code); return {{no}};
            case mood::say_yes: return {{dlt645::control_answer(plate)}};
            case mood::hold_back: {
                status.raw |= status_word_3::command_open_bit;
                const std::vector<std::uint8_t> state{0x08, 0x00};  // delayed
                return {{dlt645::control_answer(plate, state).value()}};
            }
            case mood::forget_session:
                session = false;
                return {{dlt645::refusal_of_word(plate, request, 0x0008)}};
        }
        return {};
    }

    void act(std::uint8_t code)
    {
        const std::uint16_t open = status_word_3::relay_open_bit | status_word_3::command_open_bit;
        moving = true;
        after_moving = status.raw;
        switch (code) {
            case 0x1A: after_moving = open; break;
            case 0x1B: after_moving = status_word_3::relay_open_bit; break;
            case 0x1C: after_moving = 0; break;
            case 0x3A: after_moving = status.raw | status_word_3::keep_power_bit; break;
            case 0x3B: after_moving = 0; break;
            default: FAIL("an order nobody gave");
        }
        if (keep_power && code == 0x1A) after_moving = status_word_3::keep_power_bit;
    }
};

struct play {
    relay_meter at_home;
    fake::security module;
    meter::access right;
    meter::relay_limits limits;
    command_kind what = command_kind::trip;
    std::size_t waited = 0;
    instant end;

    play()
    {
        right.plain = who;
        right.sealing = &module;
        module.session = true;
    }

    meter::relay_outcome run(const meter::dialect& kind)
    {
        fake::line line{std::ref(at_home)};
        relay_order order{kind, at_home.plate, what, right, limits};
        line.drive(order);
        end = line.now;
        CHECK(order.outcome().verdict != relay_verdict::pending);
        return order.outcome();
    }
};

void check(const meter::relay_outcome& found, relay_verdict verdict, relay_reason reason)
{
    CHECK(to_string(found.verdict) == to_string(verdict));
    CHECK(to_string(found.reason) == to_string(reason));
}

}  // namespace

TEST_CASE("every command is confirmed by status word 3, in every dialect")
{
    for (const auto& kind : meter::dialects()) {
        for (const command_kind what : {command_kind::trip, command_kind::permit,
                                        command_kind::close, command_kind::protect,
                                        command_kind::unprotect}) {
            CAPTURE(kind.name);
            CAPTURE(to_string(what));
            play one;
            one.what = what;
            const auto found = one.run(kind);
            check(found, relay_verdict::confirmed, relay_reason::none);
            CHECK(found.sends == 1);
            CHECK(found.acknowledged);
            REQUIRE(found.status.has_value());
            CHECK(meter::confirms(*found.status, what));
            CHECK(found.sealed == !meter::accepts_plain(kind, what));
            CHECK(one.at_home.sealed == (found.sealed ? 1 : 0));
        }
    }
}

TEST_CASE("valid-until comes from the meter's clock, however wrong it is")
{
    // A master that sends its own "now" is refused by a meter whose clock is ahead.
    for (const bool whole : {true, false}) {
        for (const auto error : {std::chrono::hours{3}, std::chrono::hours{-30},
                                 std::chrono::hours{24 * 400}}) {
            play one;
            one.at_home.whole_clock = whole;
            one.at_home.clock_error = error;
            const auto found = one.run(meter::park_plain);
            check(found, relay_verdict::confirmed, relay_reason::none);
            CHECK(one.at_home.expired == 0);
            REQUIRE(found.drift.has_value());
            CHECK(std::chrono::abs(*found.drift - duration{error}) < std::chrono::seconds{3});
            CHECK(found.drift_is_large);
            const auto shown = to_instant(*found.meter_clock, china_zone).value();
            const auto until = to_instant(*found.valid_until, china_zone).value();
            CHECK(until - shown == std::chrono::minutes{5});
        }
    }
    play right;
    const auto found = right.run(meter::park_plain);
    CHECK(!found.drift_is_large);
    CHECK(std::chrono::abs(*found.drift) < std::chrono::seconds{3});
}

TEST_CASE("a meter that finds the command expired gets a new one, by its clock as it is then")
{
    play one;
    one.limits.margin = duration{-60'000};  // a margin that is none
    const auto found = one.run(meter::park_plain);
    check(found, relay_verdict::refused, relay_reason::refused_by_meter);
    CHECK(found.sends == one.limits.sends_max);
    CHECK(found.answer_size == 2);
    CHECK(found.answer_word == 0x0010);
    REQUIRE(one.at_home.limits_seen.size() == 3);
    CHECK(one.at_home.limits_seen[0] < one.at_home.limits_seen[2]);
}

TEST_CASE("a date read before midnight and a time read after it are not put together")
{
    play one;
    one.at_home.whole_clock = false;
    // The clock stands three seconds before midnight when the date is read.
    const auto before = parse_iso8601("2026-03-05T23:59:57+08:00").value();
    one.at_home.clock_error = before - fake::start;
    one.at_home.clock_runs = duration{10'000};
    const auto found = one.run(meter::park_plain);
    check(found, relay_verdict::confirmed, relay_reason::none);
    CHECK(found.meter_clock->day == 6);
    CHECK(found.meter_clock->hour == 0);
    CHECK(found.sends == 1);
    CHECK(one.at_home.expired == 0);
}

TEST_CASE("a lost answer is resolved by reading, without a second command")
{
    play one;
    one.at_home.moods = {mood::lose_answer};
    const auto found = one.run(meter::park_plain);
    check(found, relay_verdict::confirmed, relay_reason::none);
    CHECK(!found.acknowledged);
    CHECK(one.at_home.orders == 1);
}

TEST_CASE("a command nobody heard is sent again, and not for ever")
{
    play once;
    once.at_home.moods = {mood::deaf};
    check(once.run(meter::park_plain), relay_verdict::confirmed, relay_reason::none);
    CHECK(once.at_home.orders == 2);

    play never;
    never.at_home.moods = std::deque<mood>(10, mood::deaf);
    const auto found = never.run(meter::park_plain);
    check(found, relay_verdict::not_confirmed, relay_reason::unanswered);
    CHECK(never.at_home.orders == 3);
    CHECK(found.status == status_word_3{0});
}

TEST_CASE("a refusal is read back, and believed only where the relay did not move")
{
    play moved;
    moved.at_home.moods = {mood::act_and_refuse};
    auto found = moved.run(meter::park_plain);
    check(found, relay_verdict::confirmed, relay_reason::none);
    CHECK(found.was_refused);

    play still;
    still.at_home.moods = {mood::refuse};
    found = still.run(meter::park_plain);
    check(found, relay_verdict::refused, relay_reason::refused_by_meter);
    CHECK(still.at_home.orders == 1);
    CHECK(found.answer_word == 0x01);
    CHECK(found.answer_size == 1);
}

TEST_CASE("a wrong password is tried once and never again")
{
    play one;
    one.right.plain = meter::credentials{0x02, {0x99, 0x99, 0x99}, {}};
    const auto found = one.run(meter::park_plain);
    check(found, relay_verdict::refused, relay_reason::refused_by_meter);
    CHECK(found.answer_word == 0x04);
    CHECK(one.at_home.orders == 1);
}

TEST_CASE("a relay that takes its time is waited for, with pauses")
{
    play one;
    one.at_home.moves_late = 5;
    const auto found = one.run(meter::park_plain);
    check(found, relay_verdict::confirmed, relay_reason::none);
    CHECK(one.end - fake::start > 5 * one.limits.poll_pause);
    CHECK(one.at_home.orders == 1);

    play slow;
    slow.at_home.moves_late = 50;
    check(slow.run(meter::park_plain), relay_verdict::not_confirmed, relay_reason::not_shown);
}

TEST_CASE("why a trip does not happen is told")
{
    play held;
    held.at_home.moods = {mood::hold_back};
    auto found = held.run(meter::park_plain);
    check(found, relay_verdict::not_confirmed, relay_reason::held_back);
    CHECK(found.answer_size == 2);
    CHECK(found.answer_word == 0x0008);

    play kept;
    kept.at_home.keep_power = true;
    check(kept.run(meter::park_plain), relay_verdict::not_confirmed, relay_reason::kept_on);

    play odd;
    odd.at_home.moods = {mood::say_yes};
    check(odd.run(meter::park_plain), relay_verdict::not_confirmed, relay_reason::not_shown);
}

TEST_CASE("a session that the meter has forgotten is opened once more, and only once")
{
    const auto& kind = meter::state_grid_filing;
    play fresh;
    fresh.module.session = fresh.at_home.session = false;
    check(fresh.run(kind), relay_verdict::confirmed, relay_reason::none);
    CHECK(fresh.module.opened == 1);

    play stale;
    stale.at_home.session = false;
    const auto found = stale.run(kind);
    check(found, relay_verdict::confirmed, relay_reason::none);
    CHECK(found.sends == 2);
    CHECK(stale.module.opened == 1);
    CHECK(stale.module.dropped == 1);

    play never;
    never.at_home.moods = {mood::forget_session, mood::forget_session, mood::forget_session};
    check(never.run(kind), relay_verdict::refused, relay_reason::refused_by_meter);
    CHECK(never.module.opened == 1);
    CHECK(never.at_home.orders == 2);
}

TEST_CASE("without the right, the clock, or an answer nothing is sent, and it ends")
{
    play none;
    none.right.plain.reset();
    none.right.sealing = nullptr;
    check(none.run(meter::park_plain), relay_verdict::not_sent, relay_reason::no_right);

    play sealed;
    sealed.right.sealing = nullptr;
    check(sealed.run(meter::state_grid_filing), relay_verdict::not_sent, relay_reason::no_right);
    CHECK(sealed.at_home.orders == 0);

    play broken;
    broken.module.session = false;
    broken.module.works = false;
    check(broken.run(meter::state_grid_filing), relay_verdict::not_sent, relay_reason::no_right);

    play dead;
    dead.at_home.silent = true;
    check(dead.run(meter::park_plain), relay_verdict::not_sent, relay_reason::clock_unreadable);

    play odd;
    odd.at_home.clock_nonsense = true;
    check(odd.run(meter::park_plain), relay_verdict::not_sent, relay_reason::clock_unreadable);
    CHECK(odd.at_home.orders == 0);

    play blind;
    blind.at_home.status_silent = true;
    const auto found = blind.run(meter::park_plain);
    check(found, relay_verdict::unknown, relay_reason::unreadable);
    CHECK(found.acknowledged);
    CHECK(!found.status);
    CHECK(blind.at_home.orders == 1);
}

TEST_CASE("a meter at the end of its century gets no command that it would misread")
{
    play one;
    one.at_home.clock_error = parse_iso8601("2099-12-31T23:58:00+08:00").value() - fake::start;
    check(one.run(meter::park_plain), relay_verdict::not_sent, relay_reason::clock_unreadable);
}

TEST_CASE("the module is used where there is no password, even for what may go plain")
{
    play one;
    one.what = command_kind::close;
    one.right.plain.reset();
    const auto found = one.run(meter::state_grid_filing);
    check(found, relay_verdict::confirmed, relay_reason::none);
    CHECK(found.sealed);
}

TEST_CASE("names of verdicts and reasons are complete")
{
    for (int i = 0; i <= static_cast<int>(relay_reason::unreadable); ++i) {
        CHECK(to_string(static_cast<relay_reason>(i)) != "unknown");
    }
    CHECK(to_string(relay_verdict::not_sent) == "not_sent");
}
