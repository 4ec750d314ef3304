// SPDX-License-Identifier: Apache-2.0
// Books altered behind the library's back: the audit says so and names the block.
#include <wattpurse/ledger/audit.hpp>

#include <doctest/doctest.h>

#include "port/books.hpp"
#include "sqlite/temporary_books.hpp"

using namespace test_books;

namespace {

/// Three blocks of four postings, two customers.
class three_blocks {
public:
    three_blocks()
    {
        adapter::sqlite::store books{path_};
        writer hand{books};
        for (int i = 1; i <= 3; ++i) {
            const std::string n = std::to_string(i);
            const auto done = hand.post(
                {move("t/" + n, posting_kind::top_up, "house.payments", "F01", "50", i),
                 charge("c/" + n, "F02", "2026-01/energy.peak", "1.25", i)},
                i);
            REQUIRE(done.status == port::commit_status::committed);
        }
        REQUIRE(audit().ok());
    }

    [[nodiscard]] ledger::audit_report after(const std::string& sql)
    {
        raw_file{path_}.execute(sql);
        return audit();
    }

    /// What cannot be read as books breaks the chain where it is.
    [[nodiscard]] ledger::audit_report audit()
    {
        adapter::sqlite::store books{path_};
        auto report = ledger::audit(books);
        if (report) return *report;
        constexpr std::string_view what = "reading blocks: ";
        REQUIRE(report.error().starts_with(what));
        ledger::audit_report unread;
        unread.chain = {false, report.error().substr(what.size())};
        return unread;
    }

private:
    temporary_directory directory_;
    std::string path_ = directory_ / "ledger.db";
};

void check_block(const ledger::audit_report& report, const std::string& block)
{
    CHECK_FALSE(report.ok());
    CHECK_FALSE(report.chain.holds);
    CHECK_MESSAGE(report.chain.fault.find("block " + block) == 0, report.chain.fault);
}

}  // namespace

TEST_CASE("an altered amount is found, even where all sums were made good again")
{
    three_blocks books;
    const auto report = books.after(
        "UPDATE postings SET amount = amount - 10, running_balance = running_balance - 10 "
        "WHERE key = 't/3' AND leg = 0;"
        "UPDATE postings SET amount = amount + 10, running_balance = running_balance + 10 "
        "WHERE key = 't/3' AND leg = 1;");
    check_block(report, "3");
    CHECK(report.zero_sum.holds);
    CHECK(report.balances.holds);
}

TEST_CASE("an altered amount alone breaks the sums as well")
{
    three_blocks books;
    const auto report = books.after("UPDATE postings SET amount = amount + 1 "
                                    "WHERE key = 't/2' AND leg = 0");
    check_block(report, "2");
    CHECK_FALSE(report.zero_sum.holds);
    CHECK(report.zero_sum.fault == "transfer t/2 in block 2 sums to 0.000001 CNY");
    CHECK_FALSE(report.balances.holds);
    CHECK(report.balances.fault.find("account F01, posting 2 (key t/2, leg 0, block 2)") == 0);
}

TEST_CASE("two postings that changed places are found")
{
    three_blocks books;
    const auto report = books.after(
        "UPDATE postings SET id = 1000 WHERE key = 't/2' AND leg = 0;"
        "UPDATE postings SET id = (SELECT id FROM postings WHERE key = 't/2' AND leg = 1) - 1 "
        "WHERE key = 'c/2' AND leg = 0;");
    check_block(report, "2");
}

TEST_CASE("an altered account is found")
{
    three_blocks books;
    const auto report = books.after("UPDATE postings SET account = 'F03' "
                                    "WHERE key = 't/1' AND leg = 0");
    check_block(report, "1");
    CHECK_FALSE(report.sequence.holds);
}

TEST_CASE("altered times, words and keys are found")
{
    for (const char* change : {"effective_at = effective_at + 1", "recorded_at = recorded_at - 1",
                               "explain = explain || '.'", "subject = 'x'", "key = 'c/9'",
                               "kind = 'adjustment'", "currency = 'CNX'"}) {
        CAPTURE(change);
        three_blocks books;
        check_block(books.after("UPDATE postings SET " + std::string{change} +
                                " WHERE key = 'c/2' AND leg = 1"),
                    "2");
    }
}

TEST_CASE("an altered seal is found")
{
    for (const char* change : {"sealed_at = sealed_at + 1", "digest = zeroblob(32)",
                               "previous = zeroblob(32)", "postings = 3", "number = 9"}) {
        CAPTURE(change);
        three_blocks books;
        const auto report = books.after("UPDATE blocks SET " + std::string{change} +
                                        " WHERE number = 2");
        CHECK_FALSE(report.chain.holds);
        CHECK_FALSE(report.chain.fault.empty());
    }
}

TEST_CASE("a removed posting and a removed block are found")
{
    three_blocks one;
    const auto gap = one.after("DELETE FROM postings WHERE key = 'c/2'");
    check_block(gap, "2");
    CHECK(gap.chain.fault == "block 2 sealed 4 postings and has 2");
    CHECK_FALSE(gap.sequence.holds);

    three_blocks two;
    const auto hole = two.after("DELETE FROM postings WHERE block = 2;"
                                "DELETE FROM blocks WHERE number = 2");
    check_block(hole, "3");
}

TEST_CASE("a posting slipped in at the end is found")
{
    three_blocks books;
    const auto report = books.after(
        "INSERT INTO postings (account, account_seq, key, leg, kind, subject, effective_at, "
        "recorded_at, amount, running_balance, currency, block, explain) "
        "SELECT account, account_seq + 1, 'gift', 0, kind, subject, effective_at, recorded_at, "
        "1, running_balance + 1, currency, 4, explain FROM postings "
        "WHERE key = 't/3' AND leg = 0");
    CHECK_FALSE(report.balances.holds);
    CHECK(report.balances.fault.find("account F01: head is number 4") == 0);
}
