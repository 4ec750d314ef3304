// SPDX-License-Identifier: Apache-2.0
// A file of each released version is brought up when it is opened, and nothing in it changes.
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/ledger/audit.hpp>

#include "port/books.hpp"
#include "port/store_rows.hpp"
#include "sqlite/temporary_books.hpp"

using namespace test_books;

namespace {

std::string text_of(const std::string& path)
{
    std::ifstream file{path};
    REQUIRE(file);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
}

/// Writes the books of `from` into a file of version 1.
void write_version_1(const std::string& from, const std::string& to)
{
    raw_file{to}.execute(text_of(std::string{WATTPURSE_SOURCE_DIR} +
                                 "/tests/sqlite/released/version_1.sql"));
    raw_file file{from};
    file.execute("ATTACH '" + to + "' AS old");
    for (const char* const table :
         {"postings", "blocks", "readings", "services", "credit_states", "commands", "notices",
          "events", "bills", "inbox", "meta"}) {
        const std::string columns = file.value(
            "SELECT group_concat(name) FROM pragma_table_info('" + std::string{table} +
            "') WHERE name NOT IN ('link', 'expires_at', 'first_posting')");
        file.execute("INSERT INTO old." + std::string{table} + " (" + columns + ") SELECT " +
                     columns + " FROM " + table);
    }
    file.execute("UPDATE old.meta SET value = 1 WHERE name = 'schema_version'");
}

}  // namespace

TEST_CASE("a file of version 1 goes on as it was")
{
    const temporary_directory folder;
    const std::string new_path = folder / "new.db";
    const std::string old_path = folder / "old.db";
    port::batch work;
    {
        adapter::sqlite::store books{new_path};
        writer hand{books};
        work = hand.staged({move("t/1", posting_kind::top_up, "house.payments", "F01", "50", 1),
                            charge("c/1", "F01", "2026-01/energy", "7.25", 2)},
                           2);
        store_conformance::add_one_of_each(work);
        work.reservations.clear();  // version 1 has none
        work.terms.clear();
        REQUIRE(hand.commit(work).status == port::commit_status::committed);
    }
    write_version_1(new_path, old_path);
    {
        adapter::sqlite::store books{old_path};
        store_conformance::check_rows(books, work);
        CHECK(store_conformance::whole{books} ==
              store_conformance::whole{*std::make_unique<adapter::sqlite::store>(new_path)});
        const auto report = ledger::audit(books).value();
        CHECK(report.ok());
        CHECK(report.blocks == 1);
        writer hand{books};
        transfer back = move("v/1", posting_kind::reversal, "house.revenue", "F01", "7.25", 3);
        back.link = "c/1";
        REQUIRE(hand.journal.stage(back, std::vector<transfer_leg>{
                                             {account("F01"), yuan("-7.25")},
                                             {account("house.revenue"), yuan("7.25")}}));
        REQUIRE(hand.commit(hand.staged({}, 3)).status == port::commit_status::committed);
    }
    adapter::sqlite::store again{old_path};
    CHECK(again.linked("c/1").value().size() == 2);
    CHECK(ledger::audit(again).value().ok());
}

TEST_CASE("a new file and one that was brought up have the same tables")
{
    const temporary_directory folder;
    const std::string old_path = folder / "old.db";
    const std::string new_path = folder / "new.db";
    raw_file{old_path}.execute(text_of(std::string{WATTPURSE_SOURCE_DIR} +
                                       "/tests/sqlite/released/version_1.sql"));
    raw_file{old_path}.execute("INSERT INTO meta VALUES ('schema_version', 1)");
    { adapter::sqlite::store old{old_path}; }
    { adapter::sqlite::store fresh{new_path}; }
    const char* const tables =
        "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL "
        "ORDER BY name)";
    CHECK(raw_file{old_path}.value(tables) == raw_file{new_path}.value(tables));
}
