// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/audit.hpp>

#include <doctest/doctest.h>

#include <wattpurse/port/memory_store.hpp>

#include "port/books.hpp"

using namespace test_books;
using ledger::auditor;

namespace {

[[nodiscard]] posting leg_of(std::string_view who, std::uint64_t seq, std::string key,
                             std::uint32_t leg, std::string_view amount, std::string_view balance)
{
    posting row;
    row.account = account(who);
    row.account_seq = seq;
    row.key = std::move(key);
    row.leg = leg;
    row.amount = yuan(amount);
    row.running_balance = yuan(balance);
    row.block = 1;
    return row;
}

/// An audit of one block with these rows, properly sealed, and these heads.
[[nodiscard]] ledger::audit_report audit_of(const std::vector<posting>& rows,
                                            const std::vector<account_head>& heads,
                                            std::span<const ledger::account_floor> floors = {})
{
    const auto seal = ledger::seal_of({}, rows, at(1));
    auditor check{floors};
    check.block(seal, rows);
    return check.finish(heads, seal);
}

const std::vector<account_head> good_heads = {{account("A"), 1, yuan("5")},
                                              {account("B"), 1, yuan("-5")}};

[[nodiscard]] std::vector<posting> good_rows()
{
    return {leg_of("A", 1, "t/1", 0, "5", "5"), leg_of("B", 1, "t/1", 1, "-5", "-5")};
}

}  // namespace

TEST_CASE("sound books pass, empty ones too")
{
    CHECK(audit_of(good_rows(), good_heads).ok());
    port::memory_store empty;
    const auto report = ledger::audit(empty).value();
    CHECK(report.ok());
    CHECK(report.blocks == 0);
}

TEST_CASE("I1: a transfer that does not sum to zero is named, where the whole does")
{
    auto rows = good_rows();
    rows.push_back(leg_of("C", 1, "t/2", 0, "1", "1"));
    rows.push_back(leg_of("D", 1, "t/3", 0, "-1", "-1"));
    auto heads = good_heads;
    heads.push_back({account("C"), 1, yuan("1")});
    heads.push_back({account("D"), 1, yuan("-1")});
    const auto report = audit_of(rows, heads);
    CHECK_FALSE(report.zero_sum.holds);
    CHECK(report.zero_sum.fault == "transfer t/2 in block 1 sums to 1.000000 CNY");
    CHECK(report.balances.holds);
    CHECK(report.sequence.holds);
    CHECK(report.chain.holds);
    CHECK_FALSE(report.ok());
}

TEST_CASE("I2: a running balance, a head or a missing head that is not the sum of the postings")
{
    auto rows = good_rows();
    rows[1].running_balance = yuan("-4.999999");
    auto report = audit_of(rows, good_heads);
    CHECK(report.balances.fault == "account B, posting 1 (key t/1, leg 1, block 1): running "
                                   "balance -4.999999 CNY, sum of postings -5.000000 CNY");
    auto heads = good_heads;
    heads[0].balance = yuan("5.000001");
    report = audit_of(good_rows(), heads);
    CHECK(report.balances.fault == "account A: head is number 1 with 5.000001 CNY, postings end "
                                   "at number 1 with 5.000000 CNY");
    heads.erase(heads.begin());
    report = audit_of(good_rows(), heads);
    CHECK(report.balances.fault == "account A has no head");
    CHECK(report.zero_sum.holds);
}

TEST_CASE("I3: a gap in an account's numbers")
{
    auto rows = good_rows();
    rows[0].account_seq = 2;
    auto heads = good_heads;
    heads[0].seq = 2;
    const auto report = audit_of(rows, heads);
    CHECK(report.sequence.fault == "account A, posting 2 (key t/1, leg 0, block 1): expected "
                                   "number 1");
    CHECK(report.balances.holds);
}

TEST_CASE("I4: the chain ends where the store says it does")
{
    const auto rows = good_rows();
    const auto seal = ledger::seal_of({}, rows, at(1));
    auto last = seal;
    last.number = 2;
    auditor check;
    check.block(seal, rows);
    const auto report = check.finish(good_heads, last);
    CHECK(report.chain.fault == "the last block is 2, the chain ends at block 1");
}

TEST_CASE("I7: a discretionary debit below the limit, and no other posting")
{
    const std::vector<ledger::account_floor> floors = {{account("B"), yuan("-4")}};
    auto rows = good_rows();
    rows[0].kind = rows[1].kind = posting_kind::charge;
    CHECK(audit_of(rows, good_heads, floors).ok());
    rows[0].kind = rows[1].kind = posting_kind::transfer;
    const auto report = audit_of(rows, good_heads, floors);
    CHECK(report.limits.fault == "account B, posting 1 (key t/1, leg 1, block 1): transfer left "
                                 "-5.000000 CNY, limit -4.000000 CNY");
    CHECK(report.chain.holds);
}

TEST_CASE("currencies are summed apart")
{
    auto rows = good_rows();
    rows[1].amount = money{rows[1].amount.amount(), currency{"USD"}};
    rows[1].running_balance = rows[1].amount;
    auto heads = good_heads;
    heads[1].balance = rows[1].amount;
    const auto report = audit_of(rows, heads);
    CHECK_FALSE(report.zero_sum.holds);
    CHECK(report.balances.holds);
}
