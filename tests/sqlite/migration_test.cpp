// SPDX-License-Identifier: Apache-2.0
// A file of each released version is brought up when it is opened, and nothing in it changes.
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/adapter/sqlite/backup.hpp>
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

std::string tables_of(int version)
{
    return text_of(std::string{WATTPURSE_SOURCE_DIR} + "/tests/sqlite/released/version_" +
                   std::to_string(version) + ".sql");
}

/// Writes the books of `from`, as far as that version can hold them, into a file of it.
void write_version(int version, const std::string& from, const std::string& to)
{
    raw_file{to}.execute(tables_of(version));
    raw_file file{from};
    file.execute("ATTACH '" + to + "' AS old");
    std::vector<std::string> tables{"postings", "blocks", "readings", "services", "credit_states",
                                    "commands", "notices", "events", "bills", "inbox"};
    if (version >= 2) {
        tables.insert(tables.end(), {"reservations", "account_terms", "sealed_days"});
    }
    for (const std::string& table : tables) {
        const std::string columns =
            file.value("SELECT group_concat(name) FROM pragma_table_info('" + table +
                       "', 'old')");
        file.execute("INSERT INTO old." + table + " (" + columns + ") SELECT " + columns +
                     " FROM main." + table);
    }
    file.execute("INSERT INTO old.meta SELECT name, iif(name = 'schema_version', " +
                 std::to_string(version) + ", value) FROM meta WHERE name <> 'indexed_before'");
}

void go_on(int version)
{
    CAPTURE(version);
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
        if (version < 2) {
            work.reservations.clear();
            work.terms.clear();
        }
        REQUIRE(hand.commit(work).status == port::commit_status::committed);
    }
    write_version(version, new_path, old_path);
    {
        adapter::sqlite::store books{old_path};
        store_conformance::check_rows(books, work);
        CHECK(store_conformance::whole{books} ==
              store_conformance::whole{*std::make_unique<adapter::sqlite::store>(new_path)});
        CHECK(adapter::sqlite::check_index(old_path).has_value());
        const auto report = ledger::audit(books).value();
        CHECK(report.chain.holds);
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
    CHECK(ledger::audit(again).value().chain.holds);
}

}  // namespace

TEST_CASE("a file of each released version goes on as it was")
{
    for (int version = 1; version < adapter::sqlite::schema_version; ++version) go_on(version);
}

TEST_CASE("a new file and those that were brought up have the same tables")
{
    const temporary_directory folder;
    const char* const tables =
        "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL "
        "ORDER BY name)";
    const std::string new_path = folder / "new.db";
    { adapter::sqlite::store fresh{new_path}; }
    for (int version = 1; version < adapter::sqlite::schema_version; ++version) {
        CAPTURE(version);
        const std::string old_path = folder / ("old" + std::to_string(version)).c_str();
        raw_file{old_path}.execute(tables_of(version));
        raw_file{old_path}.execute("INSERT INTO meta VALUES ('schema_version', " +
                                   std::to_string(version) + ")");
        { adapter::sqlite::store old{old_path}; }
        CHECK(raw_file{old_path}.value(tables) == raw_file{new_path}.value(tables));
    }
}
