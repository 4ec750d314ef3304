// SPDX-License-Identifier: Apache-2.0
// What every store must do, whatever it keeps the books in. A fixture type gives:
//     port::store& store();   the books
//     void reopen();          the same books after a restart of the program
// and a test file says TEST_CASE_TEMPLATE_INVOKE(store_conformance, fixture).
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/ledger/audit.hpp>
#include <wattpurse/ledger/chain.hpp>
#include <wattpurse/ledger/statement.hpp>

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
    std::vector<port::block_seal> seals;
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

TEST_CASE_TEMPLATE_DEFINE("a store does what every store must", Fixture, store_conformance)
{
    using namespace store_conformance;
    Fixture fixture;
    port::store& books = fixture.store();

    SUBCASE("new books are empty")
    {
        const auto state = books.load().value();
        CHECK_FALSE(state.progress.has_value());
        CHECK(state.heads.empty());
        CHECK(state.last_seal.number == 0);
        std::vector<port::block_seal> seals(1);
        CHECK(books.blocks(0, 10, seals).value().empty());
        CHECK(seals.empty());
        CHECK(books.find_transfer("nothing").value().empty());
        CHECK(books.postings(account("F01"), 0, 10).value().empty());
        CHECK_FALSE(books.poll().has_value());
    }
    SUBCASE("every member of every row comes back, after a restart too")
    {
        port::batch work;
        {
            writer hand{books};
            work = hand.staged({top_up("t/1", "F01", "50", 1)}, 1);
            add_one_of_each(work);
            REQUIRE(hand.commit(work).status == commit_status::committed);
            CHECK_FALSE(books.poll().has_value());  // an outcome is told once
        }
        check_rows(books, work);
        fixture.reopen();
        port::store& again = fixture.store();
        check_rows(again, work);
        const auto state = again.load().value();
        REQUIRE(state.heads.size() == 2);
        CHECK(same(state.heads[0], account_head{account("F01"), 1, yuan("50")}));
        CHECK(same(state.heads[1], account_head{account("house.payments"), 1, yuan("-50")}));
        CHECK(same(state.last_seal, *work.seal));
        CHECK(same(again.find_transfer("t/1").value(), work.postings));
    }
    SUBCASE("a batch of an older or a never given epoch is a conflict")
    {
        writer first{books};
        REQUIRE(first.post({top_up("t/1", "F01", "50", 1)}, 1).status ==
                commit_status::committed);
        const writer second{books};
        CHECK(second.epoch > first.epoch);
        check_refused(books, first, first.staged({top_up("t/2", "F01", "1", 2)}, 2), "epoch");
        port::batch work;
        work.fence_epoch = second.epoch + 1;
        check_refused(books, first, work, "epoch");
    }
    SUBCASE("an epoch is not given twice, after a restart either")
    {
        const std::uint64_t first = books.fence().value();
        fixture.reopen();
        CHECK(fixture.store().fence().value() > first);
    }
    SUBCASE("a head that is not as expected is a conflict")
    {
        writer hand{books};
        REQUIRE(hand.post({top_up("t/1", "F01", "50", 1)}, 1).status == commit_status::committed);
        auto work = hand.staged({top_up("t/2", "F01", "1", 2)}, 2);
        work.expected_heads.push_back({account("F02"), 1, yuan("3")});
        check_refused(books, hand, work, "F02");
        work = hand.staged({top_up("t/2", "F01", "1", 2)}, 2);
        work.expected_heads[0].balance = yuan("49.999999");
        check_refused(books, hand, work, "stands at number 1");
        CHECK(hand.post({top_up("t/2", "F01", "1", 2)}, 2).status == commit_status::committed);
    }
    SUBCASE("a key that turns up again in the middle takes the whole batch with it")
    {
        writer hand{books};
        REQUIRE(hand.post({top_up("t/1", "F01", "50", 1)}, 1).status == commit_status::committed);
        // The journal does not know the store's keys, so this is how a repeat arrives.
        auto work = hand.staged({top_up("t/2", "F01", "1", 2), top_up("t/1", "F01", "50", 2),
                                 top_up("t/3", "F01", "1", 2)},
                                2);
        add_one_of_each(work);
        check_refused(books, hand, work, "'t/1' leg 0");
        fixture.reopen();
        CHECK(fixture.store().readings(account("F01"), at(0), at(100)).value().empty());
        CHECK(fixture.store().find_transfer("t/2").value().empty());
    }
    SUBCASE("postings that do not follow the account's last one are a conflict")
    {
        writer hand{books};
        REQUIRE(hand.post({top_up("t/1", "F01", "50", 1)}, 1).status == commit_status::committed);
        auto work = hand.staged({top_up("t/2", "F01", "1", 2)}, 2);
        work.postings[0].account_seq += 1;  // a gap
        check_refused(books, hand, work, "does not follow");
        work = hand.staged({top_up("t/2", "F01", "1", 2)}, 2);
        work.postings[0].running_balance = yuan("52");
        check_refused(books, hand, work, "does not follow");
        work = hand.staged({top_up("t/2", "F01", "1", 2)}, 2);
        work.expected_heads.clear();  // and it is looked at without being told to
        work.postings[0].account_seq = 1;
        check_refused(books, hand, work, "does not follow");
    }
    SUBCASE("a seal that does not belong is a conflict")
    {
        writer hand{books};
        REQUIRE(hand.post({top_up("t/1", "F01", "50", 1)}, 1).status == commit_status::committed);
        const auto good = hand.staged({top_up("t/2", "F01", "1", 2)}, 2);
        hand.journal.discard();
        auto work = good;
        work.seal.reset();
        check_refused(books, hand, work, "seal");
        work = good;
        work.seal->number += 1;
        check_refused(books, hand, work, "does not follow block 1");
        work = good;
        work.seal->previous[31] ^= 1U;
        check_refused(books, hand, work, "does not follow block 1");
        work = good;
        work.seal->postings += 1;
        check_refused(books, hand, work, "count");
        work = good;
        work.postings[1].block += 1;
        check_refused(books, hand, work, "not of the batch's block");
        work = {};
        work.fence_epoch = hand.epoch;
        work.seal = good.seal;
        check_refused(books, hand, work, "seal");
    }
    SUBCASE("a repeat is recognised by its key and its content")
    {
        writer hand{books};
        const transfer first = charge("c/1", "F01", "2026-01/energy.peak", "1.234567", 1);
        REQUIRE(hand.post({first}, 1).status == commit_status::committed);
        const auto legs = books.find_transfer("c/1").value();
        REQUIRE(legs.size() == 2);
        CHECK(legs[0].leg == 0);
        CHECK(legs[1].leg == 1);
        transfer repeat = first;
        repeat.recorded_at = at(999);
        CHECK(ledger::journal::same_content(repeat, legs));
        repeat.legs[0].amount = yuan("-1.234568");
        CHECK_FALSE(ledger::journal::same_content(repeat, legs));
        CHECK(books.find_transfer("c/").value().empty());
        CHECK(books.find_transfer("c/1 ").value().empty());
    }
    SUBCASE("an account's postings are paged by their numbers")
    {
        writer hand{books};
        for (int i = 1; i <= 7; ++i) {
            const auto key = "t/" + std::to_string(i);
            REQUIRE(hand.post({top_up(key, i % 2 == 0 ? "F02" : "F01", "1.5", i)}, i).status ==
                    commit_status::committed);
        }
        const auto page = books.postings(account("F01"), 1, 2).value();
        REQUIRE(page.size() == 2);
        CHECK(page[0].account_seq == 2);
        CHECK(page[1].account_seq == 3);
        CHECK(page[1].running_balance == yuan("4.5"));
        CHECK(books.postings(account("F01"), 4, 10).value().empty());
        CHECK(books.postings(account("F01"), 0, 0).value().empty());
        CHECK(ledger::account_postings(books, account("F01")).value().size() == 4);
        CHECK(ledger::account_postings(books, account("F0")).value().empty());
    }
    SUBCASE("blocks come whole, with their seals, and verify")
    {
        writer hand{books};
        for (int i = 1; i <= 5; ++i) {
            const auto n = std::to_string(i);
            REQUIRE(hand.post({top_up("a/" + n, "F01", "2", i), top_up("b/" + n, "F02", "3", i)}, i)
                        .status == commit_status::committed);
        }
        std::vector<port::block_seal> seals;
        const auto rows = books.blocks(1, 3, seals).value();
        REQUIRE(seals.size() == 3);
        CHECK(seals[0].number == 2);
        CHECK(seals[2].number == 4);
        REQUIRE(rows.size() == 12);
        CHECK(rows[0].key == "a/2");
        CHECK(rows[3].key == "b/2");
        CHECK(rows[3].leg == 1);
        const auto second = std::span{rows}.subspan(4, 4);
        CHECK(ledger::verify(second, seals[0], seals[1]).has_value());
        CHECK(books.blocks(5, 3, seals).value().empty());
        CHECK(seals.empty());
        const auto report = ledger::audit(books).value();
        CHECK(report.ok());
        CHECK(report.blocks == 5);
        CHECK(report.postings == 20);
    }
    SUBCASE("booked lines sum the customers' charges and adjustments under a prefix")
    {
        writer hand{books};
        REQUIRE(hand.post({charge("c/1", "F01", "2026-01/energy.peak", "1.25", 1),
                           charge("c/2", "F01", "2026-01/energy.peak", "0.000001", 1),
                           charge("c/3", "F01", "2026-01/tier.2", "4", 1),
                           charge("c/4", "F02", "2026-01/energy.peak", "7", 1),
                           charge("c/5", "F01", "2026-02/energy.peak", "8", 1),
                           charge("c/6", "F01", "2026_01/energy.peak", "8", 1),
                           top_up("t/1", "F01", "100", 1)},
                          1)
                    .status == commit_status::committed);
        transfer back = charge("x/1", "F01", "2026-01/energy.peak", "-0.25", 2);
        back.kind = posting_kind::adjustment;
        transfer round = charge("r/1", "F01", "2026-01/energy.peak", "0.5", 2);
        round.kind = posting_kind::rounding;
        REQUIRE(hand.post({back, round}, 2).status == commit_status::committed);
        const auto lines = books.booked("2026-01/").value();
        REQUIRE(lines.size() == 3);
        using line = port::booked_line;
        CHECK(same(lines[0], line{account("F01"), "2026-01/energy.peak", yuan("-1.000001"), 3}));
        CHECK(same(lines[1], line{account("F01"), "2026-01/tier.2", yuan("-4"), 1}));
        CHECK(same(lines[2], line{account("F02"), "2026-01/energy.peak", yuan("-7"), 1}));
        CHECK(books.booked("").value().size() == 5);
        CHECK(books.booked("2026-03").value().empty());
    }
    SUBCASE("a later state takes the place of an earlier one")
    {
        writer hand{books};
        port::batch work = hand.staged({}, 1);
        add_one_of_each(work);
        REQUIRE(hand.commit(work).status == commit_status::committed);
        port::batch next = hand.staged({}, 2);
        next.commands = work.commands;
        next.commands[0].state = command_state::confirmed;
        next.notices = work.notices;
        next.notices[0].delivered_at = at(50);
        next.readings = work.readings;
        next.readings[0].quality = quality::rejected;
        next.services = work.services;
        next.services[0].until.reset();
        next.credit_states = work.credit_states;
        next.credit_states[0].warned_at.reset();
        REQUIRE(hand.commit(next).status == commit_status::committed);
        const auto state = books.load().value();
        CHECK(state.open_commands.empty());
        CHECK(state.undelivered_notices.empty());
        CHECK(same(state.services, next.services));
        CHECK(same(state.credit_states, next.credit_states));
        CHECK(same(books.commands().value(), next.commands));
        CHECK(same(books.notices().value(), next.notices));
        CHECK(same(books.readings(account("F01"), at(0), at(100)).value(), next.readings));
        CHECK(state.progress->last_arrival == 41);  // what a batch does not name stays
    }
    SUBCASE("an arrival is staged once and booked once")
    {
        writer hand{books};
        port::batch work = hand.staged({}, 1);
        work.arrivals = {payment(2), payment(1)};
        REQUIRE(hand.commit(work).status == commit_status::committed);
        check_refused(books, hand, work, "arrival");
        const auto waiting = books.load().value().arrivals;
        REQUIRE(waiting.size() == 2);
        CHECK(waiting[0].id == 1);
        port::batch book = hand.staged({top_up("t/2", "F01", "50", 2)}, 2);
        book.booked_arrivals = {2};
        REQUIRE(hand.commit(book).status == commit_status::committed);
        port::batch twice = hand.staged({}, 3);
        twice.readings = {reading_at(1, "1")};
        twice.booked_arrivals = {1, 2};
        check_refused(books, hand, twice, "arrival 2");
        twice.booked_arrivals = {1};
        CHECK(hand.commit(twice).status == commit_status::committed);
        CHECK(books.load().value().arrivals.empty());
    }
    SUBCASE("a bill is written once")
    {
        writer hand{books};
        port::batch work = hand.staged({}, 1);
        add_one_of_each(work);
        REQUIRE(hand.commit(work).status == commit_status::committed);
        port::batch again = hand.staged({}, 2);
        again.events = work.events;
        again.bills = work.bills;
        again.bills[0].total = yuan("12.34");
        check_refused(books, hand, again, "2025-12");
    }
    SUBCASE("readings come by moment and source, within the bounds, both ends included")
    {
        writer hand{books};
        port::batch work = hand.staged({}, 1);
        work.readings = {reading_at(30, "3"), reading_at(10, "1"), reading_at(20, "2"),
                         reading_at(20, "2"), reading_at(40, "4")};
        work.readings[2].source = reading_source::daily_freeze;
        REQUIRE(hand.commit(work).status == commit_status::committed);
        const auto found = books.readings(account("F01"), at(20), at(30)).value();
        REQUIRE(found.size() == 3);
        CHECK(found[0].source == reading_source::poll);
        CHECK(found[1].source == reading_source::daily_freeze);
        CHECK(found[2].effective_at == at(30));
        CHECK(books.readings(account("F02"), at(0), at(100)).value().empty());
    }
    SUBCASE("commands, notices and events come by time")
    {
        writer hand{books};
        port::batch work = hand.staged({}, 1);
        work.commands = {command_of("b", command_state::refused, 5),
                         command_of("a", command_state::refused, 5),
                         command_of("c", command_state::queued, 1)};
        work.events = {{at(3), {}, {}, event_kind::command_failed, "late"},
                       {at(1), {}, {}, event_kind::meter_silent, "early"}};
        REQUIRE(hand.commit(work).status == commit_status::committed);
        const auto found = books.commands().value();
        REQUIRE(found.size() == 3);
        CHECK(found[0].key == "c");
        CHECK(found[1].key == "a");
        CHECK(found[2].key == "b");
        CHECK(books.events().value().at(0).text == "early");
        CHECK(books.load().value().open_commands.size() == 1);
    }
    SUBCASE("any text is kept byte for byte")
    {
        writer hand{books};
        transfer odd = top_up("k'\"; DROP TABLE postings; --", "F01", "1", 1);
        odd.explain = std::string{"a\0b", 3} + " \xE5\x85\x85\xE5\x80\xBC\n%_";
        odd.subject = std::string{"s\0", 2};
        REQUIRE(hand.post({odd}, 1).status == commit_status::committed);
        fixture.reopen();
        const auto legs = fixture.store().find_transfer(odd.key).value();
        REQUIRE(legs.size() == 2);
        CHECK(legs[0].explain == odd.explain);
        CHECK(legs[1].subject == odd.subject);
        CHECK(ledger::audit(fixture.store()).value().ok());
    }
    SUBCASE("money keeps its whole range")
    {
        writer hand{books};
        const auto most = std::string{text(decimal<6>::of(decimal<6>::mantissa_max)).view()};
        REQUIRE(hand.post({top_up("t/1", "F01", most, 1)}, 1).status ==
                commit_status::committed);
        const auto heads = books.load().value().heads;
        CHECK(heads.at(0).balance.mantissa() == decimal<6>::mantissa_max);
        CHECK(heads.at(1).balance.mantissa() == -decimal<6>::mantissa_max);
    }
    SUBCASE("a batch with nothing in it is committed")
    {
        writer hand{books};
        CHECK(hand.commit(hand.staged({}, 1)).status == commit_status::committed);
    }
}
