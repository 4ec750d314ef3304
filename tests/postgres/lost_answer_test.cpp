// SPDX-License-Identifier: Apache-2.0
// Connections that end at the worst moment: before the COMMIT, or with its answer on the way.
#include <future>

#include "postgres/proxy.hpp"
#include "postgres/work.hpp"

using namespace test_postgres;

namespace {

/// A store behind a proxy, and the same shard seen directly.
struct broken_line {
    std::uint32_t shard = fresh_shard();
    proxy line{common_server().port()};
    postgres_store books{common_server().tcp(line.port()), shard};
    writer hand{books};

    [[nodiscard]] std::string batches() const
    {
        return open_raw()->value("SELECT batches FROM shards WHERE shard = " +
                                 std::to_string(shard));
    }

    /// Posts `key` on a line that breaks, with somebody else at work before it is mended.
    template <class Meanwhile>
    port::commit_outcome post_broken(proxy::cut how, const std::string& key, Meanwhile meanwhile)
    {
        line.arm(how, true);
        auto outcome = std::async(std::launch::async,
                                  [&] { return hand.post({top_up(key, "F01", "1", 2)}, 2); });
        while (line.cuts() == 0) std::this_thread::sleep_for(std::chrono::milliseconds{1});
        meanwhile();
        line.let_in();
        return outcome.get();
    }
};

}  // namespace

TEST_CASE("a COMMIT whose answer is lost, or that never arrives, is one booking")
{
    broken_line setup;
    REQUIRE(setup.hand.post({top_up("t/0", "F01", "50", 1)}, 1).status ==
            commit_status::committed);
    int posted = 0;
    for (const auto how : {proxy::cut::after_commit, proxy::cut::before_commit,
                           proxy::cut::late_commit, proxy::cut::after_commit}) {
        CAPTURE(static_cast<int>(how));
        const std::string key = "t/" + std::to_string(++posted);
        setup.line.arm(how);
        const auto outcome = setup.hand.post({top_up(key, "F01", "1", 2)}, 2);
        CHECK_MESSAGE(outcome.status == commit_status::committed, outcome.detail);
        CHECK(setup.books.find_transfer(key).value().size() == 2);
        CHECK(setup.batches() == std::to_string(posted + 1));
        CHECK(setup.line.cuts() == posted);
    }
    CHECK(setup.hand.journal.balance(account("F01")) == yuan("54"));
    CHECK(same(setup.books.load().value().heads, setup.hand.journal.heads()));
    check_audit(setup.books);
}

TEST_CASE("a batch without postings whose answer is lost is one batch, too")
{
    broken_line setup;
    port::batch work;
    work.fence_epoch = setup.hand.epoch;
    work.arrivals.resize(1);
    work.arrivals[0].id = 1;
    for (const auto how : {proxy::cut::after_commit, proxy::cut::late_commit}) {
        setup.line.arm(how);
        const auto outcome = setup.hand.commit(work);
        CHECK_MESSAGE(outcome.status == commit_status::committed, outcome.detail);
        work.arrivals[0].id = 2;
    }
    CHECK(setup.books.load().value().arrivals.size() == 2);
    CHECK(setup.batches() == "2");
}

TEST_CASE("another writer takes over while an answer is lost: what is in the books is told")
{
    broken_line setup;
    postgres_store other{common_server().conninfo(), setup.shard};
    const auto take_over = [&] {
        // The proxy turns the first one away until the second has posted more than it lost.
        writer second{other};
        REQUIRE(second.post({top_up("o/1", "F02", "1", 3)}, 3).status == commit_status::committed);
        REQUIRE(second.post({top_up("o/2", "F02", "1", 4)}, 4).status == commit_status::committed);
        REQUIRE(second.post({top_up("o/3", "F02", "1", 5)}, 5).status == commit_status::committed);
    };
    SUBCASE("the batch was in")
    {
        const auto outcome = setup.post_broken(proxy::cut::after_commit, "t/1", take_over);
        CHECK_MESSAGE(outcome.status == commit_status::committed, outcome.detail);
        CHECK(setup.books.find_transfer("t/1").value().size() == 2);
    }
    SUBCASE("the batch was not in")
    {
        const auto outcome = setup.post_broken(proxy::cut::before_commit, "t/1", take_over);
        CHECK(outcome.status == commit_status::conflict);
        CHECK_MESSAGE(contains(outcome.detail, "epoch"), outcome.detail);
        CHECK(setup.books.find_transfer("t/1").value().empty());
    }
    const auto late = setup.hand.post({top_up("t/2", "F01", "1", 6)}, 6);
    CHECK(late.status == commit_status::conflict);
    CHECK(setup.books.find_transfer("o/3").value().size() == 2);
    check_audit(setup.books);
}

TEST_CASE("a line that stays broken is a failure, told without a guess")
{
    const std::uint32_t shard = fresh_shard();
    proxy line{common_server().port()};
    options how;
    how.patience = duration{200};
    postgres_store books{common_server().tcp(line.port()), shard, how};
    writer hand{books};
    line.arm(proxy::cut::after_commit, true);
    const auto told = hand.post({top_up("t/1", "F01", "1", 2)}, 2);
    CHECK(told.status == commit_status::failed);
    CHECK_MESSAGE(contains(told.detail, "is not known"), told.detail);
    line.let_in();
    CHECK(hand.post({top_up("t/2", "F01", "1", 3)}, 3).status == commit_status::failed);
    CHECK_FALSE(books.fence().has_value());
    // Opened anew, the books say that it was in.
    postgres_store again{common_server().conninfo(), shard};
    CHECK(again.find_transfer("t/1").value().size() == 2);
    CHECK(again.find_transfer("t/2").value().empty());
    check_audit(again);
}

TEST_CASE("a connection ended by the server between two batches is made anew")
{
    const std::uint32_t shard = fresh_shard();
    postgres_store books{common_server().conninfo() + " application_name=ended", shard};
    writer hand{books};
    const auto db = open_raw();
    for (std::size_t i = 0; i < 5; ++i) {
        db->execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name = 'ended'");
        if (i % 2 == 0) {
            CHECK(books.load().has_value());
            continue;
        }
        CHECK(hand.post({top_up(numbered("t/", i), "F01", "1", 1)}, 1).status ==
              commit_status::committed);
    }
    check_audit(books);
}
