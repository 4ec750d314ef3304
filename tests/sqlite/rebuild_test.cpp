// SPDX-License-Identifier: Apache-2.0
// Reservations are a projection: whatever became of their table, the postings make it anew.
#include <string>

#include <doctest/doctest.h>

#include <wattpurse/adapter/sqlite/backup.hpp>
#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/ledger/audit.hpp>
#include <wattpurse/ledger/reserving.hpp>

#include "port/books.hpp"
#include "port/store_rows.hpp"
#include "sqlite/temporary_books.hpp"

using namespace test_books;
using namespace store_conformance;

namespace {

result<std::size_t, std::string> rebuild(const std::string& path)
{
    adapter::sqlite::store books{path};
    return adapter::sqlite::replace_reservations(path,
                                                 ledger::posted_reservations(books).value());
}

transfer reserve(std::string key, std::string_view amount, int until)
{
    transfer out = move(std::move(key), posting_kind::reserve, "F01", "house.reserved", amount, 1);
    std::swap(out.legs[0], out.legs[1]);
    out.expires_at = at(until);
    return out;
}

/// One open, one settled, one released within the block that opened it.
void write_books(const std::string& path)
{
    adapter::sqlite::store books{path};
    writer hand{books};
    REQUIRE(hand.post({top_up("t/1", "F01", "50", 1), reserve("r/1", "5", 60),
                       reserve("r/2", "7", 61)},
                      1)
                .status == commit_status::committed);
    const auto second = hand.journal.reserved("r/2").value();
    REQUIRE(hand.post({ledger::settle_of(second, yuan("3"), account("house.revenue"), "s/2", at(2))
                           .value(),
                       reserve("r/3", "1", 62)},
                      2)
                .status == commit_status::committed);
    const auto third = hand.journal.reserved("r/3").value();
    REQUIRE(hand.post({ledger::release_of(third, "x/3", at(3))}, 3).status ==
            commit_status::committed);
}

}  // namespace

TEST_CASE("what a store says is reserved is what its postings say")
{
    const temporary_directory folder;
    const std::string path = folder / "ledger.db";
    write_books(path);
    CHECK(rebuild(path).value() == 0);
    const struct {
        const char* sql;
        std::size_t wrong;
    } damages[] = {
        {"DELETE FROM reservations", 3},
        {"UPDATE reservations SET amount = 1 WHERE key = 'r/1'", 1},
        {"UPDATE reservations SET state = 'open'", 2},
        {"UPDATE reservations SET expires_at = NULL WHERE key = 'r/1'", 1},
        {"INSERT INTO reservations VALUES ('r/9', 'F01', 'house.reserved', 1, 'CNY', 1, 'open')",
         1},
    };
    for (const auto& each : damages) {
        CAPTURE(each.sql);
        raw_file{path}.execute(each.sql);
        {
            adapter::sqlite::store books{path};
            CHECK_FALSE(ledger::audit(books).value().balances.holds);
        }
        CHECK(rebuild(path).value() == each.wrong);
        adapter::sqlite::store books{path};
        CHECK(ledger::audit(books).value().ok());
        const auto open = books.load().value().reservations;
        REQUIRE(open.size() == 1);
        CHECK(open[0] == reservation{"r/1", account("F01"), account("house.reserved"), yuan("5"),
                                     at(60), reservation_state::open});
    }
    CHECK(adapter::sqlite::replace_reservations(folder / "none.db", {}).error() ==
          (folder / "none.db") + ": no such file");
}
