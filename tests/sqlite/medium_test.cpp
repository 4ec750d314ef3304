// SPDX-License-Identifier: Apache-2.0
// The medium itself: how often it is flushed, and what happens when it fails. The calls that
// SQLite makes to write and flush are taken over for this program.
#include <wattpurse/adapter/sqlite/store.hpp>

#include <cerrno>
#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <wattpurse/ledger/audit.hpp>

#include "port/books.hpp"
#include "sqlite/temporary_books.hpp"

namespace {

/// What the medium does from now on.
struct medium_state {
    int flushes = 0;
    int writes = 0;
    int flush_that_fails = 0;  ///< counted from now; 0 for none
    int write_that_fails = 0;
    int reason = EIO;
    bool has_failed = false;
};

medium_state medium;

[[nodiscard]] bool fails(int count, int wanted)
{
    if (count != wanted) {
        return false;
    }
    medium.has_failed = true;
    errno = medium.reason;
    return true;
}

using write_call = ssize_t (*)(int, const void*, size_t, off_t);
write_call real_write = nullptr;

ssize_t counted_write(int file, const void* bytes, size_t size, off_t offset)
{
    return fails(++medium.writes, medium.write_that_fails) ? -1
                                                           : real_write(file, bytes, size, offset);
}

/// SQLite lets its system calls be replaced for exactly this purpose.
class writes_taken_over {
public:
    writes_taken_over()
    {
        for (const char* each : {"pwrite64", "pwrite"}) {
            if (auto* const real = vfs_->xGetSystemCall(vfs_, each); real != nullptr) {
                name_ = each;
                real_write = reinterpret_cast<write_call>(real);
                break;
            }
        }
        REQUIRE(name_ != nullptr);
        vfs_->xSetSystemCall(vfs_, name_,
                             reinterpret_cast<sqlite3_syscall_ptr>(&counted_write));
    }
    ~writes_taken_over() { vfs_->xSetSystemCall(vfs_, name_, nullptr); }
    writes_taken_over(const writes_taken_over&) = delete;
    writes_taken_over& operator=(const writes_taken_over&) = delete;

private:
    sqlite3_vfs* vfs_ = sqlite3_vfs_find(nullptr);
    const char* name_ = nullptr;
};

int counted_flush(long number, int file)
{
    return fails(++medium.flushes, medium.flush_that_fails)
               ? -1
               : static_cast<int>(syscall(number, file));
}

}  // namespace

// Flushing cannot be replaced through SQLite, so it is replaced in this program.
extern "C" int fdatasync(int file) { return counted_flush(SYS_fdatasync, file); }
extern "C" int fsync(int file) { return counted_flush(SYS_fsync, file); }

using namespace test_books;
using port::commit_status;
using sqlite_store = adapter::sqlite::store;

namespace {

/// A batch of many rows: `transfers` top-ups and as many readings.
[[nodiscard]] port::batch many(writer& hand, int first, int transfers)
{
    for (int i = first; i < first + transfers; ++i) {
        const auto done = hand.journal.stage(move("t/" + std::to_string(i), posting_kind::top_up,
                                                  "house.payments", "F01", "1.5", i));
        REQUIRE(done.has_value());
    }
    port::batch work = hand.staged({}, first);
    for (int i = first; i < first + transfers; ++i) {
        reading r;
        r.account = account("F01");
        r.meter = meter("000000000001");
        r.effective_at = at(i);
        work.readings.push_back(r);
    }
    return work;
}

constexpr int first_batch = 10;
constexpr int second_batch = 60;

/// One commit on a healthy medium, one on a medium that fails as told, and then the file read
/// anew: the second batch is there whole, or not at all. Returns whether the fault happened.
[[nodiscard]] bool survives(medium_state fault)
{
    const temporary_directory directory;
    const std::string path = directory / "ledger.db";
    auto books = std::make_unique<sqlite_store>(path);
    writer hand{*books};
    REQUIRE(hand.commit(many(hand, 1, first_batch)).status == commit_status::committed);

    medium = fault;
    const auto outcome = hand.commit(many(hand, first_batch + 1, second_batch));
    const bool fired = medium.has_failed;
    medium = {};
    if (fired) {
        CHECK(outcome.status == commit_status::failed);
        CHECK_FALSE(outcome.detail.empty());
        // The medium is well again, but this store has lost its trust in it.
        CHECK(hand.post({}, 1).status == commit_status::failed);
        CHECK_FALSE(books->fence().has_value());
    } else {
        CHECK(outcome.status == commit_status::committed);
    }
    books.reset();

    sqlite_store again{path};
    const auto report = ledger::audit(again).value();
    CHECK_MESSAGE(report.ok(), report.chain.fault, report.balances.fault);
    const auto rows = report.postings / 2;
    const auto read = again.readings(account("F01"), at(0), at(1000)).value().size();
    CHECK((rows == first_batch || rows == first_batch + second_batch));
    CHECK(read == rows);
    writer next{again};
    CHECK(next.post({move("t/next", posting_kind::top_up, "house.payments", "F01", "1", 1)}, 1)
              .status == commit_status::committed);
    return fired;
}

}  // namespace

TEST_CASE("a batch of two hundred rows is one flush of the disk")
{
    const temporary_directory directory;
    sqlite_store books{directory / "ledger.db"};
    writer hand{books};
    REQUIRE(hand.commit(many(hand, 1, 10)).status == commit_status::committed);
    for (int i = 1; i <= 3; ++i) {
        const auto work = many(hand, i * 1000, 70);  // 140 postings, 70 readings
        medium = {};
        REQUIRE(hand.commit(work).status == commit_status::committed);
        CHECK(medium.flushes == 1);
    }
}

TEST_CASE("a write that fails, whichever it is, leaves all of a batch or nothing")
{
    const writes_taken_over taken;
    for (const int reason : {EIO, ENOSPC}) {
        int n = 1;
        for (medium_state fault; n < 1000; ++n) {
            CAPTURE(n);
            fault.write_that_fails = n;
            fault.reason = reason;
            if (!survives(fault)) {
                break;
            }
        }
        CHECK(n > 10);    // the batch is more than a few pages
        CHECK(n < 1000);  // and there was an end to it
    }
}

TEST_CASE("a flush that fails leaves all of a batch or nothing")
{
    int n = 1;
    for (medium_state fault; n < 100; ++n) {
        CAPTURE(n);
        fault.flush_that_fails = n;
        if (!survives(fault)) {
            break;
        }
    }
    CHECK(n == 2);
}
