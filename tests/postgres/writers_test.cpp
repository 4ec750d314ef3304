// SPDX-License-Identifier: Apache-2.0
// Several writers on one server: on shards of their own, on one shard, and in each other's way.
#include <atomic>
#include <fstream>
#include <future>
#include <mutex>
#include <set>

#include "postgres/work.hpp"

using namespace test_postgres;

namespace {

/// Waits until somebody waits for a lock, as `db` sees it.
void wait_for_a_lock(raw& db)
{
    for (int i = 0; i < 1000; ++i) {
        if (db.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") !=
            "0") {
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    FAIL("nobody waits");
}

[[nodiscard]] std::size_t times_in_log(std::string_view words)
{
    std::ifstream log{common_server().log()};
    std::size_t count = 0;
    for (std::string line; std::getline(log, line);) count += contains(line, words) ? 1U : 0U;
    return count;
}

}  // namespace

TEST_CASE("writers on shards of their own do not wait for each other, and do not fail")
{
    constexpr std::size_t writers = 6;
    constexpr int batches = 25;
    const std::string here = common_server().conninfo();
    std::vector<std::uint32_t> shards;
    for (std::size_t i = 0; i < writers; ++i) shards.push_back(fresh_shard());
    std::mutex lock;
    std::vector<std::string> refused;
    std::vector<std::thread> all;
    for (const std::uint32_t shard : shards) {
        all.emplace_back([&, shard] {
            postgres_store books{here, shard};
            writer hand{books};
            for (int i = 1; i <= batches; ++i) {
                const auto outcome = hand.commit(batch_of(hand, top_ups("w", i, 40, 90), i));
                const std::lock_guard one{lock};
                if (outcome.status != commit_status::committed) refused.push_back(outcome.detail);
            }
        });
    }
    for (std::thread& each : all) each.join();
    CHECK_MESSAGE(refused.empty(), refused.front());
    for (const std::uint32_t shard : shards) {
        postgres_store books{common_server().conninfo(), shard};
        check_audit(books);
        CHECK(ledger::audit(books)->postings == 2 * 40 * batches);
    }
}

TEST_CASE("a second writer ends the first one's term")
{
    const std::uint32_t shard = fresh_shard();
    postgres_store first_store{common_server().conninfo(), shard};
    writer first{first_store};
    REQUIRE(first.post({top_up("t/1", "F01", "50", 1)}, 1).status == commit_status::committed);
    postgres_store second_store{common_server().conninfo(), shard};
    writer second{second_store};
    const auto late = first.post({top_up("t/2", "F01", "1", 2)}, 2);
    CHECK(late.status == commit_status::conflict);
    CHECK(contains(late.detail, "epoch"));
    CHECK(second.post({top_up("t/2", "F01", "1", 2)}, 2).status == commit_status::committed);
    CHECK(second.journal.balance(account("F01")) == yuan("51"));
    check_audit(first_store);  // reading is still allowed
    CHECK(first_store.find_transfer("t/2").value().size() == 2);
}

TEST_CASE("a store does not trust the heads it remembers once somebody else has committed")
{
    const std::uint32_t shard = fresh_shard();
    postgres_store first_store{common_server().conninfo(), shard};
    writer first{first_store};
    REQUIRE(first.post({top_up("t/1", "F01", "50", 1)}, 1).status == commit_status::committed);
    postgres_store second_store{common_server().conninfo(), shard};
    writer second{second_store};
    REQUIRE(second.post({top_up("t/2", "F01", "1", 2)}, 2).status == commit_status::committed);
    // The first store again, under an epoch of its own, and without loading anything.
    second.epoch = first_store.fence().value();
    auto work = second.staged({top_up("t/3", "F01", "1", 3)}, 3);
    first_store.submit(work);
    const auto outcome = first_store.poll().value();
    CHECK_MESSAGE(outcome.status == commit_status::committed, outcome.detail);
    second.journal.accept();
    // And the second one, whose memory ends before that.
    second.epoch = second_store.fence().value();
    CHECK(second.post({top_up("t/4", "F01", "1", 4)}, 4).status == commit_status::committed);
    check_audit(first_store);
    CHECK(second.journal.balance(account("F01")) == yuan("53"));
}

TEST_CASE("two nodes that take each other's shard away never deduct the same reading")
{
    constexpr std::size_t readings = 60;
    const std::uint32_t shard = fresh_shard();
    const auto key_of = [](std::size_t i) { return numbered("charge/F01/", i); };
    std::atomic<int> conflicts = 0;
    std::atomic<bool> go_on = true;
    const std::string here = common_server().conninfo();
    const auto node = [&](int pause_ms) {
        postgres_store books{here, shard};
        while (go_on) {
            writer hand{books};
            for (bool is_mine = true; is_mine;) {
                std::size_t next = 0;
                while (next < readings && !books.find_transfer(key_of(next)).value().empty()) {
                    ++next;
                }
                if (next == readings) {
                    go_on = false;
                    break;
                }
                const auto outcome = hand.post(
                    {charge(key_of(next), "F01", "2026-01/energy.peak", "1.5", 1)}, 1);
                is_mine = outcome.status == commit_status::committed;
                conflicts += is_mine ? 0 : 1;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{pause_ms});
        }
    };
    std::thread one{node, 3};
    std::thread two{node, 5};
    one.join();
    two.join();
    CHECK(conflicts > 0);
    postgres_store books{common_server().conninfo(), shard};
    check_audit(books);
    const auto posted = books.postings(account("F01"), 0, 10 * readings).value();
    std::set<std::string> keys;
    for (const posting& each : posted) keys.insert(each.key);
    CHECK(posted.size() == readings);
    CHECK(keys.size() == readings);
    CHECK(posted.back().running_balance == yuan("-90"));
}

TEST_CASE("batches that the server breaks off are begun anew, under the same keys")
{
    const std::uint32_t shard = fresh_shard();
    const std::string where = " WHERE shard = " + std::to_string(shard);
    postgres_store books{common_server().conninfo(), shard};
    writer hand{books};
    const std::size_t before = times_in_log("could not serialize access");
    std::atomic<bool> go_on = true;
    std::thread storm{[&] {
        const auto db = open_raw();
        while (go_on) {
            db->execute("BEGIN ISOLATION LEVEL SERIALIZABLE");
            const bool done =
                db->try_to("UPDATE shards SET last_arrival = last_arrival" + where).empty() &&
                db->try_to("SELECT count(*) FROM postings" + where).empty();
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
            (void)db->try_to(done ? "COMMIT" : "ROLLBACK");
            std::this_thread::sleep_for(std::chrono::milliseconds{3});
        }
    }};
    std::vector<std::string> refused;
    for (int i = 1; i <= 300; ++i) {
        const auto outcome = hand.commit(batch_of(hand, top_ups("s", i, 5, 9), i));
        if (outcome.status != commit_status::committed) refused.push_back(outcome.detail);
    }
    go_on = false;
    storm.join();
    CHECK_MESSAGE(refused.empty(), refused.front());
    CHECK(times_in_log("could not serialize access") > before);
    check_audit(books);
    CHECK(ledger::audit(books)->postings == 3000);
    CHECK(open_raw()->value("SELECT batches FROM shards" + where) == "300");
}

TEST_CASE("a deadlock is broken off and done again")
{
    const std::uint32_t shard = fresh_shard();
    const std::string where = " WHERE shard = " + std::to_string(shard);
    postgres_store books{common_server().conninfo(), shard};
    writer hand{books};
    port::batch work;
    work.fence_epoch = hand.epoch;
    work.credit_states.resize(1);
    work.credit_states[0].account = account("F01");
    REQUIRE(hand.commit(work).status == commit_status::committed);
    const std::size_t before = times_in_log("deadlock detected");
    const auto other = open_raw();
    const auto watching = open_raw();
    other->execute("SET deadlock_timeout = '30s'");  // so that it is not the one to be broken off
    other->execute("BEGIN");
    other->execute("UPDATE credit_states SET episode = 7" + where);
    auto outcome = std::async(std::launch::async, [&] { return hand.commit(work); });
    wait_for_a_lock(*watching);
    other->execute("UPDATE shards SET last_arrival = last_arrival" + where);
    other->execute("COMMIT");
    CHECK(outcome.get().status == commit_status::committed);
    CHECK(times_in_log("deadlock detected") > before);
    CHECK(books.load().value().credit_states.at(0).episode == 0);
}

TEST_CASE("a batch that was broken off as often as is allowed is a conflict")
{
    const std::uint32_t shard = fresh_shard();
    options how;
    how.retries_max = 0;
    postgres_store books{common_server().conninfo(), shard, how};
    writer hand{books};
    const auto other = open_raw();
    const auto watching = open_raw();
    other->execute("BEGIN");
    other->execute("UPDATE shards SET last_arrival = last_arrival WHERE shard = " +
                   std::to_string(shard));
    auto outcome = std::async(std::launch::async,
                              [&] { return hand.post({top_up("t/1", "F01", "1", 1)}, 1); });
    wait_for_a_lock(*watching);
    other->execute("COMMIT");
    const auto told = outcome.get();
    CHECK(told.status == commit_status::conflict);
    CHECK_MESSAGE(contains(told.detail, "could not serialize access"), told.detail);
    CHECK(books.find_transfer("t/1").value().empty());
    CHECK(hand.post({top_up("t/1", "F01", "1", 1)}, 1).status == commit_status::committed);
}

TEST_CASE("a shard locked for too long is a conflict, and the store goes on afterwards")
{
    const std::uint32_t shard = fresh_shard();
    options how;
    how.patience = duration{50};
    postgres_store books{common_server().conninfo(), shard, how};
    writer hand{books};
    const auto db = open_raw();
    db->execute("BEGIN");
    db->execute("SELECT * FROM shards WHERE shard = " + std::to_string(shard) + " FOR UPDATE");
    const auto blocked = hand.post({top_up("t/1", "F01", "50", 1)}, 1);  // or it waits for ever
    CHECK(blocked.status == commit_status::conflict);
    CHECK_MESSAGE(contains(blocked.detail, "lock timeout"), blocked.detail);
    CHECK_FALSE(books.fence().has_value());
    db->execute("ROLLBACK");
    CHECK(hand.post({top_up("t/1", "F01", "50", 1)}, 1).status == commit_status::committed);
}

TEST_CASE("a writer that stops in the middle of a batch does not stop the next one")
{
    const std::uint32_t shard = fresh_shard();
    postgres_store books{common_server().conninfo(), shard};
    // As the store does, and then nothing more.
    raw stopped{common_server().conninfo()};
    stopped.execute("SET search_path = wattpurse");
    stopped.execute("SET idle_in_transaction_session_timeout = '200ms'");
    stopped.execute("BEGIN ISOLATION LEVEL SERIALIZABLE");
    stopped.execute("SELECT * FROM shards WHERE shard = " + std::to_string(shard) +
                    " FOR UPDATE");
    writer hand{books};
    CHECK(hand.post({top_up("t/1", "F01", "50", 1)}, 1).status == commit_status::committed);
}
