// SPDX-License-Identifier: Apache-2.0
// Servers that are killed in the middle of a batch, and servers that stay away.
#include <atomic>
#include <set>

#include "postgres/work.hpp"

using namespace test_postgres;

namespace {

constexpr std::size_t transfers_a_batch = 150;

/// Commits batch after batch until the server is gone; which were acknowledged.
struct load {
    std::set<int> acknowledged;
    int last = 0;  ///< the one that was answered otherwise
    port::commit_outcome answer;

    void run(const std::string& conninfo, const options& how, int first, std::atomic<int>& done)
    {
        postgres_store books{conninfo, 1, how};
        writer hand{books};
        for (last = first;; ++last) {
            answer = hand.commit(batch_of(hand, top_ups("k", last, transfers_a_batch, 60), last));
            if (answer.status != commit_status::committed) break;
            acknowledged.insert(last);
            ++done;
        }
        // The store takes nothing more, even if the server were there again.
        const auto again = hand.post({top_up("after", "F01", "1", 1)}, 1);
        if (again.status != commit_status::failed) answer.detail = "went on: " + again.detail;
    }
};

/// How many transfers of a batch are in the books.
[[nodiscard]] std::size_t found_of(port::store& books, int batch)
{
    std::size_t count = 0;
    for (const transfer& each : top_ups("k", batch, transfers_a_batch, 60)) {
        count += books.find_transfer(each.key).value().size() == 2 ? 1U : 0U;
    }
    return count;
}

}  // namespace

TEST_CASE("a server killed in the middle of a batch has what it acknowledged, others whole or not")
{
    server doomed{in_memory()};
    options how;
    how.patience = duration{100};
    int next = 1;
    for (int round = 0; round < 6; ++round) {
        CAPTURE(round);
        std::atomic<int> done = 0;
        load work;
        std::thread client{[&] { work.run(doomed.conninfo(), how, next, done); }};
        while (done < 3 + round) std::this_thread::sleep_for(std::chrono::milliseconds{1});
        std::this_thread::sleep_for(std::chrono::milliseconds{3 * round});
        doomed.kill_all();
        client.join();
        CHECK(work.answer.status == commit_status::failed);
        CHECK_MESSAGE(contains(work.answer.detail, "connection"), work.answer.detail);
        doomed.start();
        postgres_store books{doomed.conninfo(), 1};
        check_audit(books);
        for (const int batch : work.acknowledged) {
            CHECK(found_of(books, batch) == transfers_a_batch);
        }
        const std::size_t in_doubt = found_of(books, work.last);
        CHECK((in_doubt == 0 || in_doubt == transfers_a_batch));
        CHECK(books.find_transfer("after").value().empty());
        next = work.last + 1;
    }
}

TEST_CASE("a server that is back in time is gone on with, in the same submit")
{
    server restarted{in_memory()};
    options how;
    how.patience = duration{30'000};
    postgres_store books{restarted.conninfo(), 1, how};
    writer hand{books};
    std::vector<std::string> refused;
    std::atomic<int> done = 0;
    std::thread client{[&] {
        for (int i = 1; i <= 30; ++i) {
            const auto outcome = hand.commit(batch_of(hand, top_ups("k", i, 50, 60), i));
            if (outcome.status != commit_status::committed) refused.push_back(outcome.detail);
            ++done;
        }
    }};
    for (const int after : {8, 16}) {
        while (done < after) std::this_thread::sleep_for(std::chrono::milliseconds{1});
        restarted.kill_all();
        restarted.start();
    }
    client.join();
    CHECK_MESSAGE(refused.empty(), refused.front());
    check_audit(books);
    CHECK(ledger::audit(books)->postings == 30 * 100);
}
