// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/sqlite/store.hpp>

#include <fstream>
#include <memory>

#include "port/store_conformance.hpp"
#include "sqlite/temporary_books.hpp"

using namespace test_books;
using port::commit_status;
using sqlite_store = adapter::sqlite::store;

namespace {

class sqlite_fixture {
public:
    port::store& store() { return *books_; }
    void reopen()
    {
        books_.reset();
        books_ = std::make_unique<sqlite_store>(directory_ / "ledger.db");
    }

private:
    temporary_directory directory_;
    std::unique_ptr<sqlite_store> books_ =
        std::make_unique<sqlite_store>(directory_ / "ledger.db");
};

[[nodiscard]] transfer top_up(std::string key, std::string_view to, std::string_view amount,
                              int minute)
{
    return move(std::move(key), posting_kind::top_up, "house.payments", to, amount, minute);
}

/// What opening the file says when it refuses.
[[nodiscard]] std::string refusal_of(const std::string& path)
{
    try {
        const sqlite_store opened{path};
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

[[nodiscard]] bool contains(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace

TYPE_TO_STRING(sqlite_fixture);
TEST_CASE_TEMPLATE_INVOKE(store_conformance, sqlite_fixture);

TEST_CASE("the file keeps its log ahead and flushes every commit")
{
    const temporary_directory directory;
    const sqlite_store books{directory / "ledger.db"};
    raw_file raw{directory / "ledger.db"};
    CHECK(raw.value("PRAGMA journal_mode") == "wal");
    CHECK(raw.value("SELECT value FROM meta WHERE name = 'schema_version'") ==
          std::to_string(adapter::sqlite::schema_version));
}

TEST_CASE("money stands in the file as integers of a millionth")
{
    const temporary_directory directory;
    {
        sqlite_store books{directory / "ledger.db"};
        writer hand{books};
        REQUIRE(hand.post({top_up("t/1", "F01", "50.000001", 1)}, 1).status ==
                commit_status::committed);
    }
    raw_file raw{directory / "ledger.db"};
    CHECK(raw.value("SELECT amount FROM postings WHERE account = 'F01'") == "50000001");
    CHECK(raw.value("SELECT typeof(amount) FROM postings WHERE account = 'F01'") == "integer");
    CHECK(raw.value("SELECT sum(amount) FROM postings") == "0");
    CHECK(raw.value("SELECT kind FROM postings LIMIT 1") == "top_up");
}

TEST_CASE("a second writer ends the first one's term")
{
    const temporary_directory directory;
    sqlite_store first_store{directory / "ledger.db"};
    writer first{first_store};
    REQUIRE(first.post({top_up("t/1", "F01", "50", 1)}, 1).status == commit_status::committed);
    sqlite_store second_store{directory / "ledger.db"};
    writer second{second_store};
    const auto late = first.post({top_up("t/2", "F01", "1", 2)}, 2);
    CHECK(late.status == commit_status::conflict);
    CHECK(contains(late.detail, "epoch"));
    CHECK(second.post({top_up("t/2", "F01", "1", 2)}, 2).status == commit_status::committed);
    CHECK(second.journal.balance(account("F01")) == yuan("51"));
    CHECK(ledger::audit(first_store).value().ok());  // reading is still allowed
}

TEST_CASE("a file locked for too long is a conflict, and the store goes on afterwards")
{
    const temporary_directory directory;
    sqlite_store books{directory / "ledger.db", duration{20}};
    writer hand{books};
    raw_file other{directory / "ledger.db"};
    other.execute("BEGIN IMMEDIATE");
    const auto blocked = hand.post({top_up("t/1", "F01", "50", 1)}, 1);
    CHECK(blocked.status == commit_status::conflict);
    CHECK(contains(blocked.detail, "locked"));
    other.execute("ROLLBACK");
    CHECK(hand.post({top_up("t/1", "F01", "50", 1)}, 1).status == commit_status::committed);
}

TEST_CASE("a newer schema is refused in words")
{
    const temporary_directory directory;
    const std::string path = directory / "ledger.db";
    {
        const sqlite_store books{path};
    }
    raw_file{path}.execute("UPDATE meta SET value = 99 WHERE name = 'schema_version'");
    const std::string words = refusal_of(path);
    CHECK(contains(words, path));
    CHECK(contains(words, "schema version 99"));
    CHECK(contains(words, "than " + std::to_string(adapter::sqlite::schema_version)));
}

TEST_CASE("what is not a ledger is refused and left alone")
{
    const temporary_directory directory;
    const std::string other = directory / "other.db";
    raw_file{other}.execute("CREATE TABLE recipes (name TEXT)");
    CHECK(contains(refusal_of(other), "some other program"));
    CHECK(raw_file{other}.value("SELECT count(*) FROM sqlite_schema") == "1");
    CHECK(raw_file{other}.value("PRAGMA journal_mode") == "delete");

    const std::string text = directory / "notes.txt";
    std::ofstream{text} << std::string(5000, 'n');
    CHECK(contains(refusal_of(text), "not a database"));
    CHECK(contains(refusal_of(directory / "missing/ledger.db"), "missing/ledger.db"));
}

TEST_CASE("a row that was never written by us is an error with its place")
{
    const temporary_directory directory;
    const std::string path = directory / "ledger.db";
    sqlite_store books{path};
    writer hand{books};
    REQUIRE(hand.post({top_up("t/1", "F01", "50", 1)}, 1).status == commit_status::committed);
    raw_file{path}.execute("UPDATE postings SET kind = 'gift' WHERE account = 'F01'");
    const auto report = ledger::audit(books);
    REQUIRE_FALSE(report.has_value());
    CHECK(contains(report.error(), "posting row 1 of block 1"));
    CHECK(contains(report.error(), "'gift'"));
    CHECK_FALSE(books.find_transfer("t/1").has_value());
}

TEST_CASE("heads are found without a table of balances, whatever was posted last")
{
    const temporary_directory directory;
    sqlite_store books{directory / "ledger.db"};
    writer hand{books};
    for (int i = 1; i <= 30; ++i) {
        const std::string customer = "F" + std::to_string(i % 7);
        REQUIRE(hand.post({top_up("t/" + std::to_string(i), customer, "1.5", i)}, i).status ==
                commit_status::committed);
    }
    CHECK(same(books.load().value().heads, hand.journal.heads()));
}
