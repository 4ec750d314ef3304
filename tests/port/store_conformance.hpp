// SPDX-License-Identifier: Apache-2.0
// What every store must do, whatever it keeps the books in. A fixture type gives:
//     port::store& store();   the books
//     void reopen();          the same books after a restart of the program
// and a test file says TEST_CASE_TEMPLATE_INVOKE(store_conformance, fixture).
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/ledger/audit.hpp>
#include <wattpurse/ledger/chain.hpp>
#include <wattpurse/ledger/reserving.hpp>
#include <wattpurse/ledger/statement.hpp>

#include "port/store_rows.hpp"

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
        std::vector<block_seal> seals(1);
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
    SUBCASE("what is reserved waits over a restart, and is not there once it has ended")
    {
        std::optional<reservation> what;
        {
            writer hand{books};
            transfer aside = top_up("r/1", "house.reserved", "5", 1);
            aside.kind = posting_kind::reserve;
            aside.legs = {{account("F01"), yuan("-5")}, {account("house.reserved"), yuan("5")}};
            aside.expires_at = at(30);
            REQUIRE(hand.post({top_up("t/1", "F01", "50", 1), aside}, 1).status ==
                    commit_status::committed);
            what = hand.journal.reserved("r/1");
            REQUIRE(what);
        }
        fixture.reopen();
        port::store& again = fixture.store();
        writer hand{again};
        CHECK(hand.journal.reserved("r/1") == what);
        REQUIRE(hand.post({ledger::release_of(*what, "x/1", at(30))}, 30).status ==
                commit_status::committed);
        const auto linked = again.linked("r/1").value();
        CHECK(same(linked, again.find_transfer("x/1").value()));
        CHECK(linked.size() == 2);
        CHECK(again.linked("").value().empty());
        CHECK(again.linked("x/1").value().empty());
        fixture.reopen();
        CHECK(fixture.store().load().value().reservations.empty());
        CHECK(ledger::audit(fixture.store()).value().ok());
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
        std::swap(work.postings[0], work.postings[1]);
        check_refused(books, hand, work, "does not stand beside the leg before it");
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
        std::vector<block_seal> seals;
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
        const auto lines = books.booked("2026-01/", at(0)).value();
        REQUIRE(lines.size() == 3);
        using line = port::booked_line;
        CHECK(same(lines[0], line{account("F01"), "2026-01/energy.peak", yuan("-1.000001"), 3}));
        CHECK(same(lines[1], line{account("F01"), "2026-01/tier.2", yuan("-4"), 1}));
        CHECK(same(lines[2], line{account("F02"), "2026-01/energy.peak", yuan("-7"), 1}));
        CHECK(books.booked("", instant::min()).value().size() == 5);
        CHECK(books.booked("2026-03", at(0)).value().empty());
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
    SUBCASE("a sealed day takes the loose readings of its account, meter and day with it")
    {
        writer hand{books};
        port::batch work = hand.staged({}, 1);
        work.readings = {reading_at(10, "1"), reading_at(20, "2"), reading_at(30, "3"),
                         reading_at(20, "2"), reading_at(20, "2")};
        work.readings[3].account = account("F02");
        work.readings[3].source = reading_source::daily_freeze;
        work.readings[4].meter = meter("000000000002");
        REQUIRE(hand.commit(work).status == commit_status::committed);
        CHECK(books.loose_readings(at(20), 100).value().size() == 1);
        const auto two = books.loose_readings(at(30), 2).value();
        REQUIRE(two.size() == 2);
        CHECK(same(two[0], work.readings[0]));
        CHECK(same(two[1], work.readings[1]));

        port::batch sealing = hand.staged({}, 2);
        sealing.sealed_days = {
            {{account("F01"), meter("000000000001"), at(10), at(30), 1, {1, 0, 255}}, 3}};
        check_refused(books, hand, sealing, "has 2 loose readings, expected 3");
        sealing.sealed_days[0].loose = 2;
        REQUIRE(hand.commit(sealing).status == commit_status::committed);
        check_refused(books, hand, sealing, "does not follow revision 1");
        sealing.sealed_days[0].day.revision = 3;
        check_refused(books, hand, sealing, "does not follow revision 1");
        const auto left = books.loose_readings(at(100), 100).value();
        REQUIRE(left.size() == 3);
        CHECK(same(left[0], work.readings[2]));
        CHECK(same(left[1], work.readings[4]));
        CHECK(same(left[2], work.readings[3]));

        // A late one is loose until the next revision, which is told instead of the one before.
        port::batch late = hand.staged({}, 3);
        late.readings = {reading_at(15, "1.5")};
        REQUIRE(hand.commit(late).status == commit_status::committed);
        CHECK(books.readings(account("F01"), at(10), at(19)).value().size() == 1);
        sealing.sealed_days[0].day.revision = 2;
        sealing.sealed_days[0].day.bytes = {2};
        sealing.sealed_days[0].loose = 1;
        sealing.sealed_days.push_back(
            {{account("F01"), meter("000000000001"), at(-10), at(10), 1, {}}, 0});
        REQUIRE(hand.commit(sealing).status == commit_status::committed);
        fixture.reopen();
        port::store& again = fixture.store();
        CHECK(again.readings(account("F01"), at(10), at(19)).value().empty());
        const auto days = again.sealed_days(account("F01"), at(9), at(10)).value();
        REQUIRE(days.size() == 2);
        CHECK(days[0] == sealing.sealed_days[1].day);
        CHECK(days[1] == sealing.sealed_days[0].day);
        CHECK(again.sealed_days(account("F01"), at(29), at(29)).value().size() == 1);
        CHECK(again.sealed_days(account("F01"), at(30), at(100)).value().empty());
        CHECK(again.sealed_days(account("F02"), at(0), at(100)).value().empty());
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
        port::batch again = hand.staged({}, 2);
        again.events = {work.events[0], {at(3), {}, {}, event_kind::command_failed, "other"}};
        REQUIRE(hand.commit(again).status == commit_status::committed);
        CHECK(books.events().value().size() == 3);  // told twice it is one event
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
