// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/journal.hpp>

#include <doctest/doctest.h>

#include "port/books.hpp"

using namespace test_books;
using ledger::journal;
using ledger::refusal;

namespace {

const currency usd{"USD"};

[[nodiscard]] transfer top_up(std::string key, std::string_view to, std::string_view amount)
{
    return move(std::move(key), posting_kind::top_up, "house.payments", to, amount, 1);
}

/// The reason of a refusal, and proof that it left no trace.
[[nodiscard]] refusal refused(journal& books, const transfer& work)
{
    const auto rows = books.staged().size();
    const auto heads = books.heads();
    const auto done = books.stage(work);
    REQUIRE_FALSE(done.has_value());
    CHECK(books.staged().size() == rows);
    CHECK(same(books.heads(), heads));
    return done.error();
}

void commit(journal& books)
{
    CHECK(books.seal(at(1)).seal.number == books.last_seal().number + 1);
    books.accept();
}

}  // namespace

TEST_CASE("a staged transfer moves both balances and numbers both accounts")
{
    journal books{cny};
    REQUIRE(books.stage(top_up("t/1", "F01", "50.000001")).has_value());
    REQUIRE(books.stage(charge("c/1", "F01", "2026-01/energy.peak", "0.5", 1)).has_value());
    CHECK(books.balance(account("F01")) == yuan("49.500001"));
    CHECK(books.balance(account("house.payments")) == yuan("-50.000001"));
    CHECK(books.balance(account("nobody")) == yuan("0"));
    CHECK(books.head(account("F01")).seq == 2);

    const auto block = books.seal(at(2));
    REQUIRE(block.postings.size() == 4);
    CHECK(block.postings[0].account_seq == 1);
    CHECK(block.postings[2].account_seq == 2);
    CHECK(block.postings[2].leg == 0);
    CHECK(block.postings[2].amount == yuan("-0.5"));
    CHECK(block.postings[2].running_balance == yuan("49.500001"));
    CHECK(block.postings[3].account == account("house.revenue"));
    CHECK(block.postings[3].block == 1);
    REQUIRE(block.expected_heads.size() == 3);
    CHECK(block.expected_heads[0].account == account("F01"));
    CHECK(block.expected_heads[0].seq == 0);
    CHECK(block.seal.postings == 4);
    CHECK(block.seal.sealed_at == at(2));
}

TEST_CASE("accepting goes on from the sealed block, discarding goes back before it")
{
    journal books{cny};
    REQUIRE(books.stage(top_up("t/1", "F01", "50")).has_value());
    commit(books);
    CHECK(books.empty());
    const auto first = books.last_seal();

    REQUIRE(books.stage(top_up("t/2", "F01", "1")).has_value());
    REQUIRE(books.stage(top_up("t/3", "F02", "1")).has_value());
    static_cast<void>(books.seal(at(3)));
    books.discard();
    CHECK(books.empty());
    CHECK(same(books.last_seal(), first));
    CHECK(books.balance(account("F01")) == yuan("50"));
    CHECK(books.balance(account("F02")) == yuan("0"));
    CHECK(books.head(account("F01")).seq == 1);
    CHECK(books.heads().size() == 2);

    REQUIRE(books.stage(top_up("t/2", "F01", "2")).has_value());
    const auto block = books.seal(at(3));
    CHECK(block.seal.number == 2);
    CHECK(block.seal.previous == first.value);
    CHECK(block.expected_heads[0].seq == 1);
    CHECK(block.expected_heads[0].balance == yuan("50"));
    CHECK(block.postings[0].account_seq == 2);
}

TEST_CASE("what was restored is gone on from")
{
    journal books{cny};
    const account_head head{account("F01"), 7, yuan("-3.25")};
    block_seal last;
    last.number = 4;
    last.value[0] = 9;
    REQUIRE(books.restore(std::span{&head, 1}, last).has_value());
    REQUIRE(books.stage(top_up("t/1", "F01", "1")).has_value());
    const auto block = books.seal(at(1));
    CHECK(block.postings[0].account_seq == 8);
    CHECK(block.postings[0].running_balance == yuan("-2.25"));
    CHECK(block.seal.number == 5);
    CHECK(block.seal.previous == last.value);

    const account_head foreign{account("F01"), 7, money{{}, usd}};
    CHECK(books.restore(std::span{&foreign, 1}, last).error() == errc::currency_mismatch);
}

TEST_CASE("what does not balance, does not fit or names nobody is refused")
{
    journal books{cny};
    transfer work = top_up("t/1", "F01", "50");
    work.legs[0].amount = yuan("50.000001");
    CHECK(refused(books, work) == refusal::unbalanced);
    work.legs.pop_back();
    CHECK(refused(books, work) == refusal::unbalanced);
    work.legs.clear();
    CHECK(refused(books, work) == refusal::empty);

    work = top_up("", "F01", "50");
    CHECK(refused(books, work) == refusal::empty);
    work = top_up("t/1", "F01", "50");
    work.legs[1].account = {};
    CHECK(refused(books, work) == refusal::empty);
    work = top_up("t/1", "house.payments", "50");
    CHECK(refused(books, work) == refusal::account_repeated);

    work = top_up("t/1", "F01", "50");
    work.legs[0].amount = money{*decimal<6>::parse("50"), usd};
    CHECK(refused(books, work) == refusal::currency_mismatch);
}

TEST_CASE("sums that only cancel when they wrap do not balance")
{
    journal books{cny};
    const auto most = money{decimal<6>::of(decimal<6>::mantissa_max), cny};
    transfer work = top_up("t/1", "F01", "1");
    // 2 * (2^63 - 1) + 2 is 2^64, and nothing in 64 bits.
    work.legs = {{account("A"), most}, {account("B"), most}, {account("C"), yuan("0.000002")}};
    CHECK(refused(books, work) == refusal::unbalanced);
    work.legs = {{account("A"), most}, {account("B"), -most}};
    CHECK(books.stage(work).has_value());
}

TEST_CASE("a balance that would leave the range is refused, on either side")
{
    journal books{cny};
    const auto most = money{decimal<6>::of(decimal<6>::mantissa_max), cny};
    transfer work = top_up("t/1", "F01", "1");
    work.legs = {{account("F01"), most}, {account("house.payments"), -most}};
    REQUIRE(books.stage(work).has_value());
    CHECK(refused(books, move("t/2", posting_kind::top_up, "A", "F01", "0.000001", 1)) ==
          refusal::overflow);
    CHECK(refused(books, move("t/3", posting_kind::top_up, "house.payments", "A", "0.000001",
                              1)) == refusal::overflow);
}

TEST_CASE("a limit refuses discretionary debits and nothing else")
{
    journal books{cny};
    REQUIRE(books.set_limit(account("F01"), yuan("5")).has_value());
    REQUIRE(books.stage(top_up("t/1", "F01", "10")).has_value());

    const auto refund = [](std::string key, std::string_view amount) {
        return move(std::move(key), posting_kind::refund, "F01", "house.payments", amount, 1);
    };
    CHECK(refused(books, refund("r/1", "15.000001")) == refusal::limit_exceeded);
    CHECK(books.stage(refund("r/2", "15")).has_value());
    CHECK(refused(books, move("x/1", posting_kind::transfer, "F01", "F02", "0.000001", 1)) ==
          refusal::limit_exceeded);

    // Energy that was used always posts, and so does whatever raises the balance.
    CHECK(books.stage(charge("c/1", "F01", "2026-01/tier.3", "100", 1)).has_value());
    CHECK(books.balance(account("F01")) == yuan("-105"));
    CHECK(books.stage(move("x/2", posting_kind::transfer, "F02", "F01", "1", 1)).has_value());

    // A limit can change, and an account without one is not limited.
    REQUIRE(books.set_limit(account("F01"), yuan("200")).has_value());
    CHECK(books.stage(refund("r/3", "50")).has_value());
    CHECK(books.floor(account("F01")) == yuan("-200"));
    CHECK_FALSE(books.floor(account("F02")).has_value());
    CHECK(books.set_limit(account("F01"), yuan("-1")).error() == errc::out_of_range);
    CHECK(books.set_limit(account("F01"), money{{}, usd}).error() == errc::currency_mismatch);
}

TEST_CASE("a limit alone opens no account")
{
    journal books{cny};
    REQUIRE(books.set_limit(account("F01"), yuan("5")).has_value());
    CHECK(books.heads().empty());
}

TEST_CASE("a key staged twice is one transfer, and with other content an error")
{
    journal books{cny};
    const transfer work = top_up("t/1", "F01", "50");
    REQUIRE(books.stage(work).has_value());
    transfer repeat = work;
    repeat.recorded_at = at(77);
    repeat.explain = "worded anew";
    CHECK(books.stage(repeat).has_value());
    CHECK(books.staged().size() == 2);
    CHECK(books.balance(account("F01")) == yuan("50"));

    transfer other = work;
    other.subject = "something else";
    CHECK(refused(books, other) == refusal::duplicate_key_other_content);
    other = work;
    other.effective_at = at(2);
    CHECK(refused(books, other) == refusal::duplicate_key_other_content);
    other = work;
    other.kind = posting_kind::opening;
    CHECK(refused(books, other) == refusal::duplicate_key_other_content);
    other = work;
    std::swap(other.legs[0], other.legs[1]);
    CHECK(refused(books, other) == refusal::duplicate_key_other_content);
    other = top_up("t/1", "F01", "50.000001");
    CHECK(refused(books, other) == refusal::duplicate_key_other_content);
}

TEST_CASE("content is the same only for the legs of that very key")
{
    journal books{cny};
    const transfer work = top_up("t/1", "F01", "50");
    REQUIRE(books.stage(work).has_value());
    const auto rows = books.seal(at(1)).postings;
    CHECK(journal::same_content(work, rows));
    CHECK_FALSE(journal::same_content(work, {}));
    CHECK_FALSE(journal::same_content(work, std::span{rows}.first(1)));
    transfer other = work;
    other.key = "t/2";
    CHECK_FALSE(journal::same_content(other, rows));
}

TEST_CASE("a limit is in the asset that the account will hold")
{
    ledger::journal books{cny};
    REQUIRE(books.set_terms({account("F01"), at(0), yuan("0"), false}));
    const money energy{*decimal<6>::parse("3"), kilowatt_hours};
    transfer work;
    work.key = "t/1";
    work.kind = posting_kind::charge;
    work.legs = {{account("F01"), energy}, {account("house.grid"), -energy}};
    const auto staged = books.stage(work);
    REQUIRE_FALSE(staged);
    CHECK(staged.error() == ledger::refusal::currency_mismatch);
    CHECK(books.stage(move("t/2", posting_kind::top_up, "house.payments", "F01", "10", 1)));
}
