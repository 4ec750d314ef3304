// SPDX-License-Identifier: Apache-2.0
// Rows of every kind, and a whole store compared before and after.
#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "port/books.hpp"

namespace store_conformance {

using namespace test_books;
using port::commit_status;

inline transfer top_up(std::string key, std::string_view to, std::string_view amount, int minute)
{
    return move(std::move(key), posting_kind::top_up, "house.payments", to, amount, minute);
}

inline reading reading_at(int minute, std::string_view kwh)
{
    reading r;
    r.account = account("F01");
    r.meter = meter("000000000001");
    r.effective_at = at(minute);
    r.recorded_at = at(minute + 1);
    r.registers.total = *energy::parse(kwh);
    r.registers.tariff = {*energy::parse("1.25"), r.registers.total, {}, *energy::parse("0.0001")};
    return r;
}

inline command command_of(std::string key, command_state state, int minute)
{
    command c;
    c.key = std::move(key);
    c.account = account("F01");
    c.meter = meter("000000000001");
    c.kind = command_kind::close;
    c.state = state;
    c.reason = "topped up";
    c.queued_at = at(minute);
    c.sent_at = at(minute + 1);
    c.relay_read = relay_state::open;
    c.attempts = 2;
    return c;
}

inline arrival payment(std::uint64_t id)
{
    arrival a;
    a.id = id;
    a.kind = arrival_kind::payment;
    a.account = account("F01");
    a.at = at(5);
    a.key = "pay/" + std::to_string(id);
    a.amount = 50'000'000;
    return a;
}

/// One row of every kind, no member at its default.
inline void add_one_of_each(port::batch& work)
{
    work.readings = {reading_at(10, "123.4567")};
    work.readings[0].source = reading_source::exchange_first;
    work.readings[0].quality = quality::estimated;
    work.reservations = {{"r/1", account("F01"), account("house.reserved"), yuan("7.5"), at(99),
                          reservation_state::open}};
    work.terms = {{account("F01"), at(0), yuan("-20"), false}, {account("F01"), at(9), {}, true}};
    work.services = {{account("F01"), meter("000000000001"), *bus_id::parse("bus-1"), at(0),
                      at(900)}};
    credit_state state{account("F01"), credit_level::exhausted, 3, credit_level::alarm_2, at(1),
                       at(2), true, true, 7, relay_state::closed, at(3), true};
    work.credit_states = {state};
    work.commands = {command_of("close/F01/1", command_state::acknowledged, 4)};
    work.commands[0].acknowledged_at = at(6);
    work.notices = {{"cut_warning/F01/3", account("F01"), notice_kind::cut_warning, at(7), {},
                     "supply will be cut"}};
    work.events = {{at(8), account("F01"), meter("000000000001"), event_kind::meter_exchanged,
                    "a new meter"}};
    work.bills = {{account("F01"), *period_id::parse("2025-12"), at(-100), at(0),
                   {*energy::parse("1"), {}, *energy::parse("2.5"), {}}, yuan("-12.345678"),
                   yuan("12.35"), at(9)}};
    arrival a = payment(41);
    a.kind = arrival_kind::exchange;
    a.meter = meter("000000000001");
    a.source = reading_source::daily_freeze;
    a.registers.total = *energy::parse("5.5");
    a.next_meter = meter("000000000002");
    a.next_registers.tariff[3] = *energy::parse("0.0001");
    a.code = 0xFFFFFFFFU;
    a.answer = command_answer::no_answer;
    work.arrivals = {a};
    work.progress = port::progress{at(12), 41};
}

inline void check_rows(port::store& books, const port::batch& work)
{
    const auto state = books.load().value();
    CHECK(same(state.reservations, work.reservations));
    CHECK(same(state.terms, work.terms));
    CHECK(same(state.services, work.services));
    CHECK(same(state.credit_states, work.credit_states));
    CHECK(same(state.open_commands, work.commands));
    CHECK(same(state.undelivered_notices, work.notices));
    CHECK(same(state.arrivals, work.arrivals));
    CHECK(same(state.bills, work.bills));
    REQUIRE(state.progress.has_value());
    CHECK(state.progress->booked_until == work.progress->booked_until);
    CHECK(state.progress->last_arrival == work.progress->last_arrival);
    CHECK(same(books.readings(account("F01"), at(0), at(100)).value(), work.readings));
    CHECK(same(books.commands().value(), work.commands));
    CHECK(same(books.notices().value(), work.notices));
    CHECK(same(books.events().value(), work.events));
}

/// All that a store can say about its books, to be compared before and after.
struct whole {
    port::snapshot state;
    std::vector<block_seal> seals;
    std::vector<posting> postings;
    std::vector<reading> readings;
    std::vector<command> commands;
    std::vector<event> events;

    explicit whole(port::store& books)
        : state{books.load().value()},
          postings{books.blocks(0, 1000000, seals).value()},
          readings{books.readings(account("F01"), at(-100000), at(100000)).value()},
          commands{books.commands().value()},
          events{books.events().value()}
    {
    }

    [[nodiscard]] bool operator==(const whole& other) const
    {
        return same(state.heads, other.state.heads) &&
               same(state.last_seal, other.state.last_seal) &&
               same(state.arrivals, other.state.arrivals) &&
               same(state.bills, other.state.bills) &&
               same(state.reservations, other.state.reservations) &&
               same(state.terms, other.state.terms) &&
               same(state.credit_states, other.state.credit_states) &&
               same(state.undelivered_notices, other.state.undelivered_notices) &&
               state.progress.has_value() == other.state.progress.has_value() &&
               same(seals, other.seals) && same(postings, other.postings) &&
               same(readings, other.readings) && same(commands, other.commands) &&
               same(events, other.events);
    }
};

/// The batch is a conflict, and leaves no trace.
inline void check_refused(port::store& books, writer& hand, const port::batch& work,
                          std::string_view detail)
{
    const whole before{books};
    const auto outcome = hand.commit(work);
    CHECK(outcome.status == commit_status::conflict);
    CHECK_MESSAGE(outcome.detail.find(detail) != std::string::npos, outcome.detail);
    CHECK(whole{books} == before);
}

}  // namespace store_conformance
