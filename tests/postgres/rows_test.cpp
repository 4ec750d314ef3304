// SPDX-License-Identifier: Apache-2.0
// Texts of any bytes, batches of any size, and what an audit finds in tables that were changed.
#include <wattpurse/port/memory_store.hpp>

#include <set>

#include "postgres/work.hpp"

using namespace test_postgres;

namespace {

/// Texts that PostgreSQL would not take, and texts that look like what they are stored as.
[[nodiscard]] std::string odd_text(dice& random)
{
    static const std::vector<std::string> parts{
        "a", "b", "\\", "\\\\", "\\x00", "\\x", "x41", std::string(1, '\0'), "\xFF", "\xC3",
        "\xE5\x85\x85", "\xE5\x85", "\x85", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC0\x80",
        "\xF0\x9F\x94\x8C", "%", "_", "'", "\"", "{,}", "NULL", "\n", "\x7F"};
    std::string out;
    for (std::uint32_t n = random.below(7); n > 0; --n) {
        out += parts[random.below(static_cast<std::uint32_t>(parts.size()))];
    }
    return out;
}

}  // namespace

TEST_CASE("texts of any bytes come back, are found, and are told apart by their beginning")
{
    dice random{7};
    postgres_store books{common_server().conninfo(), fresh_shard()};
    port::memory_store memory;
    writer hand{books};
    writer in_memory{memory};
    std::vector<transfer> work;
    std::set<std::string> keys;
    std::vector<std::string> subjects;
    for (int i = 0; i < 600; ++i) {
        transfer each = charge(odd_text(random), "F01", odd_text(random), "1", 1);
        each.explain = odd_text(random);
        if (each.key.empty() || !keys.insert(each.key).second) continue;
        subjects.push_back(each.subject);
        work.push_back(std::move(each));
    }
    REQUIRE(hand.commit(batch_of(hand, work, 1)).status == commit_status::committed);
    REQUIRE(in_memory.commit(batch_of(in_memory, work, 1)).status == commit_status::committed);
    for (const transfer& each : work) {
        const auto legs = books.find_transfer(each.key).value();
        REQUIRE(same(legs, memory.find_transfer(each.key).value()));
    }
    check_audit(books);
    // A prefix may end within a character, or within what a backslash is stored as.
    for (const std::string& subject : subjects) {
        for (std::size_t size = 0; size <= subject.size(); ++size) {
            const auto prefix = subject.substr(0, size);
            REQUIRE(same(books.booked(prefix, instant::min()).value(),
                         memory.booked(prefix, instant::min()).value()));
        }
    }
    CHECK(books.find_transfer("not there").value().empty());
}

TEST_CASE("a transfer of many legs is found whole")
{
    postgres_store books{common_server().conninfo(), fresh_shard()};
    writer hand{books};
    transfer wide = top_up("wide", "F01", "1", 1);
    wide.legs.clear();
    for (std::size_t i = 0; i < 100; ++i) {
        wide.legs.push_back({account(numbered("F", i)), yuan("0.5")});
    }
    wide.legs.push_back({account("house.payments"), yuan("-50")});
    const std::vector<transfer> work{top_up("a", "F01", "1", 1), wide, top_up("b", "F1", "1", 1)};
    REQUIRE(hand.commit(batch_of(hand, work, 1)).status == commit_status::committed);
    CHECK(books.find_transfer("wide").value().size() == 101);
    CHECK(books.find_transfer("a").value().size() == 2);
    CHECK(books.find_transfer("b").value().size() == 2);
    auto odd = hand.staged({top_up("c", "F01", "1", 2)}, 2);
    odd.postings[0].leg = 1;  // a key without its first leg would not be found
    const auto outcome = hand.commit(odd);
    CHECK(outcome.status == commit_status::conflict);
    CHECK_MESSAGE(contains(outcome.detail, "leg 1"), outcome.detail);
}

TEST_CASE("a row that comes twice in one batch is written as it came last")
{
    postgres_store books{common_server().conninfo(), fresh_shard()};
    writer hand{books};
    port::batch work;
    work.fence_epoch = hand.epoch;
    notice note{"n/1", account("F01"), notice_kind::alarm_1, at(1), {}, "low"};
    work.notices = {note, note};
    work.notices[1].delivered_at = at(2);
    command order;
    order.key = "c/1";
    order.account = account("F01");
    work.commands = {order, order};
    work.commands[1].state = command_state::superseded;
    work.credit_states.resize(2);
    for (credit_state& each : work.credit_states) each.account = account("F01");
    work.credit_states[1].episode = 2;
    work.events = {{at(1), {}, {}, event_kind::meter_silent, "x"},
                   {at(1), {}, {}, event_kind::meter_silent, "x"}};
    work.arrivals = {arrival{}};
    work.arrivals[0].id = 3;
    work.booked_arrivals = {3};
    REQUIRE(hand.commit(work).status == commit_status::committed);
    CHECK(books.notices().value().at(0).delivered_at == at(2));
    CHECK(books.notices().value().size() == 1);
    CHECK(books.commands().value().at(0).state == command_state::superseded);
    const auto state = books.load().value();
    CHECK(state.credit_states.at(0).episode == 2);
    CHECK(state.arrivals.empty());
    CHECK(books.events().value().size() == 1);
}

TEST_CASE("a batch of many statements is one block")
{
    postgres_store books{common_server().conninfo(), fresh_shard()};
    writer hand{books};
    const auto work = top_ups("many", 1, 9'000, 700);  // 18,000 postings, 2 MB
    REQUIRE(hand.commit(batch_of(hand, work, 1)).status == commit_status::committed);
    std::vector<block_seal> seals;
    CHECK(books.blocks(0, 10, seals).value().size() == 18'000);
    CHECK(seals.size() == 1);
    check_audit(books);
    CHECK(same(books.load().value().heads, hand.journal.heads()));
}

TEST_CASE("a key too long for an index is refused, and the store goes on")
{
    postgres_store books{common_server().conninfo(), fresh_shard()};
    writer hand{books};
    std::string long_key;
    dice random{1};
    for (int i = 0; i < 9'000; ++i) long_key += static_cast<char>('a' + random.below(26));
    const auto outcome = hand.post({top_up(long_key, "F01", "1", 1)}, 1);
    CHECK(outcome.status == commit_status::conflict);
    CHECK(hand.post({top_up("short", "F01", "1", 1)}, 1).status == commit_status::committed);
}

TEST_CASE("what is changed in the tables is found by an audit")
{
    const std::uint32_t shard = fresh_shard();
    const std::string where = " WHERE shard = " + std::to_string(shard);
    postgres_store books{common_server().conninfo(), shard};
    writer hand{books};
    for (int i = 1; i <= 5; ++i) {
        REQUIRE(hand.post({top_up(numbered("t/", static_cast<std::size_t>(i)), "F01", "50", i),
                           top_up(numbered("u/", static_cast<std::size_t>(i)), "F02", "5", i)}, i)
                    .status == commit_status::committed);
    }
    check_audit(books);
    const auto db = open_raw();
    const auto verdict = [&](const std::vector<std::string>& changes) {
        // A copy of the shard's rows to go back to.
        for (const char* const table : {"postings", "blocks", "shards"}) {
            db->execute(std::string{"CREATE TEMPORARY TABLE kept_"} + table +
                        " AS SELECT * FROM " + table + where);
        }
        for (const std::string& each : changes) db->execute(each + where);
        const auto report = ledger::audit(books);
        for (const char* const table : {"postings", "blocks", "shards"}) {
            db->execute(std::string{"DELETE FROM "} + table + where);
            db->execute(std::string{"INSERT INTO "} + table + " SELECT * FROM kept_" + table);
            db->execute(std::string{"DROP TABLE kept_"} + table);
        }
        check_audit(books);
        return report;
    };
    const auto found = [&](const std::vector<std::string>& changes) {
        const auto report = verdict(changes);
        return !report.has_value() || !report->ok();  // named as what cannot be read, or wrong
    };
    CHECK(found({"UPDATE postings SET amount = amount + CASE position WHEN 1 THEN 1 "
                 "WHEN 2 THEN -1 ELSE 0 END"}));
    CHECK(found({"UPDATE postings SET explain = 'x' || explain"}));
    CHECK(found({"UPDATE postings SET recorded_at = recorded_at + 1"}));
    CHECK(found({"UPDATE postings SET account = CASE account WHEN 'F01' THEN 'F03' "
                 "ELSE account END"}));
    CHECK(found({"UPDATE postings SET position = -position"}));
    CHECK(found({"UPDATE blocks SET number = number + CASE number WHEN 5 THEN -9 ELSE 0 END"}));
    CHECK(found({"UPDATE blocks SET first_position = first_position + 1"}));
    CHECK(found({"INSERT INTO postings SELECT account_seq, position + 100, effective_at, "
                 "recorded_at, amount, running_balance, block, expires_at, shard, leg, "
                 "account || 'x', currency, kind, key || '!', subject, link, explain "
                 "FROM postings"}));
    // Rows that no block speaks of, numbered so that the account's own do not show them, but found
    // by their keys and summed with what is booked.
    for (const auto* const place : {"-position", "1 - position", "position + 100"}) {
        CAPTURE(place);
        CHECK(found({std::string{"INSERT INTO postings SELECT -account_seq, "} + place +
                     ", effective_at, recorded_at, amount, running_balance, block, expires_at, "
                     "shard, leg, account, currency, kind, key || '!', subject, link, explain "
                     "FROM postings"}));
    }
    // The end cut off as a whole: the shard's row remembers.
    const auto end = verdict({"UPDATE postings SET shard = CASE WHEN block = 5 THEN -1 ELSE shard "
                              "END",
                              "UPDATE blocks SET shard = CASE WHEN number = 5 THEN -1 ELSE shard "
                              "END"});
    REQUIRE(end.has_value());
    CHECK_FALSE(end->chain.holds);
    db->execute("DELETE FROM postings WHERE shard = -1");
    db->execute("DELETE FROM blocks WHERE shard = -1");
    const auto gift = verdict({"UPDATE postings SET kind = 'gift'"});
    REQUIRE_FALSE(gift.has_value());
    CHECK_MESSAGE(contains(gift.error(), "position 1"), gift.error());
    CHECK(contains(gift.error(), "'gift'"));
}
