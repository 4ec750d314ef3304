// SPDX-License-Identifier: Apache-2.0
// The process is killed, at every failpoint and at moments of no plan, and the file is read by
// the next one: a batch is there whole or not at all, and none that was acknowledged is missing.
#include <wattpurse/adapter/sqlite/store.hpp>

#include <algorithm>
#include <cstdint>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>
#include <string>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wattpurse/ledger/audit.hpp>
#include <wattpurse/sim/draw.hpp>

#include "port/books.hpp"
#include "sqlite/temporary_books.hpp"

using namespace test_books;
using port::commit_status;
using sqlite_store = adapter::sqlite::store;

namespace {

constexpr int batches = 12;

[[nodiscard]] std::string key_of(int i)
{
    return "t/" + std::to_string(i);
}

/// Batch i: a top-up, a charge, a reading, a notice and an arrival; the one before is booked.
[[nodiscard]] port::batch batch_of(writer& hand, int i)
{
    port::batch work = hand.staged(
        {move(key_of(i), posting_kind::top_up, "house.payments", "F01", "20.5", i),
         charge("c/" + std::to_string(i), "F01", "2026-01/energy.peak", "0.333333", i)},
        i);
    reading r;
    r.account = account("F01");
    r.meter = meter("000000000001");
    r.effective_at = at(i);
    work.readings = {r};
    notice told;
    told.key = "n/" + std::to_string(i);
    told.account = account("F01");
    told.issued_at = at(i);
    work.notices = {told};
    arrival a;
    a.id = static_cast<std::uint64_t>(i);
    work.arrivals = {a};
    if (i > 1) {
        work.booked_arrivals = {a.id - 1};
    }
    work.progress = port::progress{at(i), a.id};
    return work;
}

/// Goes on from wherever the file stands to the last batch. `acknowledge(i)` after each commit.
template <class Acknowledge>
void work_on(const std::string& path, Acknowledge acknowledge)
{
    sqlite_store books{path};
    writer hand{books};
    for (int i = 1; i <= batches; ++i) {
        if (books.find_transfer(key_of(i)).value().empty()) {
            if (hand.commit(batch_of(hand, i)).status != commit_status::committed) {
                _exit(3);
            }
            acknowledge(i);
        }
    }
}

struct end_of_child {
    bool killed = false;
    int acknowledged = 0;  ///< the last batch that the child was told is durable
};

using told = std::function<void(int)>;

/// Runs `work` in a process of its own. With `kill_after` above 0 the parent kills it that many
/// microseconds after it has begun to work.
[[nodiscard]] end_of_child run_child(const std::function<void(const told&)>& work,
                                     const char* failpoint, const char* log, unsigned kill_after)
{
    int ends[2] = {};
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        close(ends[0]);
        if (failpoint != nullptr) {
            setenv("WATTPURSE_FAILPOINT", failpoint, 1);
        }
        if (log != nullptr) {
            setenv("WATTPURSE_FAILPOINT_LOG", log, 1);
        }
        const auto tell = [&ends](int i) {
            if (write(ends[1], &i, sizeof i) != sizeof i) {
                _exit(4);
            }
        };
        tell(0);
        work(tell);
        _exit(0);
    }
    close(ends[1]);
    end_of_child end;
    int number = 0;
    if (kill_after > 0 && read(ends[0], &number, sizeof number) == sizeof number) {
        usleep(kill_after);
        kill(child, SIGKILL);
    }
    while (read(ends[0], &number, sizeof number) == sizeof number) {
        end.acknowledged = number;
    }
    close(ends[0]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    end.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    CHECK((end.killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0)));
    return end;
}

/// The twelve batches, in a process of their own.
[[nodiscard]] end_of_child run_child(const std::string& path, const char* failpoint,
                                     const char* log, unsigned kill_after)
{
    return run_child([&path](const told& tell) { work_on(path, tell); }, failpoint, log,
                     kill_after);
}

/// The file holds batches 1 to n, each whole; n is returned.
[[nodiscard]] int whole_batches(const std::string& path)
{
    sqlite_store books{path};
    const auto report = ledger::audit(books).value();
    CHECK_MESSAGE(report.ok(), report.chain.fault, report.balances.fault);
    const auto n = static_cast<int>(report.blocks);
    const auto state = books.load().value();
    CHECK(report.postings == 4 * report.blocks);
    CHECK(books.readings(account("F01"), at(0), at(1'000'000)).value().size() == report.blocks);
    CHECK(state.undelivered_notices.size() == report.blocks);
    if (n > 0) {
        REQUIRE(state.arrivals.size() == 1);
        CHECK(state.arrivals[0].id == report.blocks);
        CHECK(state.progress.value().booked_until == at(n));
        CHECK_FALSE(books.find_transfer(key_of(n)).value().empty());
    }
    CHECK(books.find_transfer(key_of(n + 1)).value().empty());
    return n;
}

void check_end(const std::string& path)
{
    CHECK_FALSE(run_child(path, nullptr, nullptr, 0).killed);
    CHECK(whole_batches(path) == batches);
    sqlite_store books{path};
    CHECK(books.load().value().heads.at(0).balance == yuan("242.000004"));
}

}  // namespace

#if defined(WATTPURSE_FAILPOINTS) && WATTPURSE_FAILPOINTS

TEST_CASE("killed at a failpoint: what was not acknowledged is there whole or not at all")
{
    for (const int pass : {1, 2, 7, batches}) {
        for (const std::string name :
             {"sqlite.mid_batch", "sqlite.before_commit", "sqlite.after_commit"}) {
            CAPTURE(name);
            CAPTURE(pass);
            const temporary_directory directory;
            const std::string path = directory / "ledger.db";
            const std::string point = name + ":" + std::to_string(pass);
            const auto end = run_child(path, point.c_str(), nullptr, 0);
            CHECK(end.killed);
            CHECK(end.acknowledged == pass - 1);
            // Durable but not acknowledged is the case that a repeat must recognise.
            const bool durable = name == "sqlite.after_commit";
            CHECK(whole_batches(path) == (durable ? pass : pass - 1));
            check_end(path);
        }
    }
}

TEST_CASE("the failpoints that are passed can be listed")
{
    const temporary_directory directory;
    const std::string log = directory / "failpoints";
    const std::string path = directory / "ledger.db";
    CHECK_FALSE(run_child(path, nullptr, log.c_str(), 0).killed);
    std::ifstream lines{log};
    std::multiset<std::string> names;
    for (std::string line; std::getline(lines, line);) {
        names.insert(line);
    }
    CHECK(names == std::multiset<std::string>{"sqlite.after_commit", "sqlite.before_commit",
                                              "sqlite.mid_batch"});
}

TEST_CASE("a failpoint of another name kills nobody")
{
    const temporary_directory directory;
    for (const char* name : {"sqlite.before", "sqlite.before_commit.", "sqlite.before_commit:",
                             "sqlite.before_commit:0", "sqlite.before_commit:x",
                             "sqlite.before_commit:1000"}) {
        CAPTURE(name);
        CHECK_FALSE(run_child(directory / name, name, nullptr, 0).killed);
    }
}

#endif

TEST_CASE("killed at any moment: acknowledged batches are there, the others whole or not at all")
{
    int killed = 0;
    for (unsigned round = 0; round < 25; ++round) {
        CAPTURE(round);
        const temporary_directory directory;
        const std::string path = directory / "ledger.db";
        // Spread over the whole of a child's life, opening the file included.
        const auto end = run_child(path, nullptr, nullptr, 1 + round * 700);
        killed += end.killed ? 1 : 0;
        CHECK(whole_batches(path) >= end.acknowledged);
        check_end(path);
    }
    CHECK(killed > 3);
}

namespace {

/// Writes one batch after the other, from wherever the file stands, until it is killed.
void work_without_end(const std::string& path, const told& acknowledge)
{
    sqlite_store books{path};
    writer hand{books};
    const auto state = books.load().value();
    int i = state.progress ? static_cast<int>(state.progress->last_arrival) : 0;
    for (;;) {
        if (hand.commit(batch_of(hand, ++i)).status != commit_status::committed) {
            _exit(3);
        }
        acknowledge(i);
    }
}

}  // namespace

TEST_CASE("one file, killed again and again: all that was ever acknowledged is there")
{
    const char* const is_long = std::getenv("WATTPURSE_LONG");
    const int kills = is_long != nullptr && std::string{is_long} == "1" ? 400 : 20;
    const temporary_directory directory;
    const std::string path = directory / "ledger.db";
    constexpr const char* points[] = {"sqlite.mid_batch", "sqlite.before_commit",
                                      "sqlite.after_commit"};
    int there = 0;
    int unacknowledged = 0;
    int by_failpoint = 0;
    for (int round = 0; round < kills; ++round) {
        CAPTURE(round);
        const auto luck = sim::draw({7, static_cast<std::uint64_t>(round)});
        std::string point;
#if defined(WATTPURSE_FAILPOINTS) && WATTPURSE_FAILPOINTS
        if (luck % 3 == 0) {
            point = points[luck / 3 % 3] + std::string{":"} + std::to_string(1 + luck / 9 % 20);
        }
#endif
        const auto work = [&path](const told& tell) { work_without_end(path, tell); };
        const auto end = point.empty()
                             ? run_child(work, nullptr, nullptr,
                                         1 + static_cast<unsigned>(luck / 9 % 40'000))
                             : run_child(work, point.c_str(), nullptr, 0);
        REQUIRE(end.killed);
        const int acknowledged = std::max(there, end.acknowledged);
        const int found = whole_batches(path);  // each whole, in order, and they verify
        CHECK(found >= acknowledged);
        CHECK(found <= acknowledged + 1);
        unacknowledged += found > acknowledged ? 1 : 0;
        by_failpoint += point.empty() ? 0 : 1;
        there = found;
    }
    MESSAGE(kills << " kills, " << by_failpoint << " of them at a failpoint; " << there
                  << " batches are there, " << unacknowledged
                  << " times one that nobody had been told of");
    static_cast<void>(points);
    CHECK(there > kills);
}
