// SPDX-License-Identifier: Apache-2.0
// A copy made while the writer goes on holds whole batches, all up to one and none after it.
#include <wattpurse/adapter/sqlite/backup.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/ledger/audit.hpp>

#include "port/books.hpp"
#include "port/store_rows.hpp"
#include "sqlite/temporary_books.hpp"

using namespace test_books;
using namespace store_conformance;
using adapter::sqlite::back_up;

TEST_CASE("a backup under load is a consistent prefix")
{
    const temporary_directory folder;
    const std::string path = folder / "ledger.db";
    std::atomic<int> written{0};
    std::atomic<bool> is_enough{false};
    std::thread busy{[&] {
        adapter::sqlite::store books{path};
        writer hand{books};
        for (int i = 1; !is_enough; ++i) {
            (void)hand.post({top_up("t/" + std::to_string(i), "F01", "1", i)}, i);
            written = i;
        }
    }};
    for (int copies = 0; copies < 5; ++copies) {
        const int before = written;
        while (written < before + 20) std::this_thread::yield();
        const std::string copy = folder / ("copy" + std::to_string(copies)).c_str();
        const int acknowledged = written;
        const auto done = back_up(path, copy);
        if (!done) FAIL_CHECK(done.error());
        const int later = written + 1;  // the one under way may be in it
        adapter::sqlite::store books{copy};
        const auto report = ledger::audit(books).value();
        CHECK(report.ok());
        CHECK(report.blocks >= static_cast<std::uint64_t>(acknowledged));
        CHECK(report.blocks <= static_cast<std::uint64_t>(later));
    }
    is_enough = true;
    busy.join();
}

TEST_CASE("a backup does not overwrite, and says what cannot be copied")
{
    const temporary_directory folder;
    const std::string path = folder / "ledger.db";
    { adapter::sqlite::store books{path}; }
    const std::string copy = folder / "copy.db";
    REQUIRE(back_up(path, copy));
    CHECK(back_up(path, copy).error() == copy + ": is there already");
    CHECK(back_up(folder / "none.db", folder / "x.db").error() ==
          (folder / "none.db") + ": no such file");
    const std::string notes = folder / "notes.txt";
    std::ofstream{notes} << std::string(5000, 'n');
    CHECK(back_up(notes, folder / "y.db").error().find("not a database") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(folder / "y.db"));
    CHECK_FALSE(std::filesystem::exists(folder / "y.db.part"));
    CHECK(adapter::sqlite::check_integrity(copy).has_value());
    {
        std::fstream file{copy, std::ios::in | std::ios::out | std::ios::binary};
        file.seekp(4096);
        file << std::string(4096, 'z');
    }
    CHECK_FALSE(adapter::sqlite::check_integrity(copy).has_value());
}
