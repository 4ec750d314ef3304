// SPDX-License-Identifier: Apache-2.0
// A copy made with SQLite's backup while the books are being written.
#include <cstdint>
#include <string>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <wattpurse/adapter/sqlite/store.hpp>

#include "disk/scenario.hpp"

using namespace test_disk;

namespace {

constexpr const char* copy_path = "/copy.db";

/// A backup under way, a few pages at a time, over connections of its own.
class backup {
public:
    backup()
    {
        REQUIRE(sqlite3_open(ledger_path, &from_) == SQLITE_OK);
        REQUIRE(sqlite3_open(copy_path, &to_) == SQLITE_OK);
        work_ = sqlite3_backup_init(to_, "main", from_, "main");
        REQUIRE(work_ != nullptr);
    }
    ~backup()
    {
        sqlite3_backup_finish(work_);
        sqlite3_close(to_);
        sqlite3_close(from_);
    }
    backup(const backup&) = delete;
    backup& operator=(const backup&) = delete;

    /// Whether it is complete.
    [[nodiscard]] bool step(int pages)
    {
        const int code = sqlite3_backup_step(work_, pages);
        REQUIRE((code == SQLITE_OK || code == SQLITE_DONE));
        return code == SQLITE_DONE;
    }

private:
    sqlite3* from_ = nullptr;
    sqlite3* to_ = nullptr;
    sqlite3_backup* work_ = nullptr;
};

}  // namespace

TEST_CASE("a backup made under load holds the books as they were after some batch")
{
    const scenario of{31, 24, 3, 24};
    const auto expected = undisturbed(of);
    for (const int pages : {-1, 5, 12}) {
        for (int begun_after = 1; begun_after < 20; begun_after += 3) {
            CAPTURE(pages);
            CAPTURE(begun_after);
            const computer on{{}, of.seed};
            const connection_settings settings{30};
            int held = 0;
            {
                wattpurse::adapter::sqlite::store books{ledger_path};
                test_books::writer hand{books};
                for (int i = 1; i <= begun_after; ++i) {
                    REQUIRE(hand.commit(batch_of(hand, of, i)).detail.empty());
                }
                int done = begun_after;
                backup copying;
                // Every batch makes a backup that is under way begin anew, as it must.
                for (bool complete = false; !complete;) {
                    complete = copying.step(pages);
                    if (!complete && done < of.batches) {
                        REQUIRE(hand.commit(batch_of(hand, of, ++done)).detail.empty());
                    }
                }
                held = done;
            }
            int copied = 0;
            const std::string fault = inspect(of, expected, copied, copy_path);
            CHECK_MESSAGE(fault.empty(), fault);
            CHECK(copied == held);
            CHECK(inspect(of, expected, held).empty());
        }
    }
}
