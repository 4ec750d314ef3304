// SPDX-License-Identifier: Apache-2.0
// What is set aside cannot be spent twice: it is settled or given back, once.
#include <wattpurse/ledger/reserving.hpp>

#include <doctest/doctest.h>

#include <wattpurse/ledger/journal.hpp>

#include "port/books.hpp"

using namespace test_books;
using ledger::journal;
using ledger::refusal;

namespace {

transfer reserve(std::string key, std::string_view amount, std::optional<int> until = {})
{
    transfer out = move(std::move(key), posting_kind::reserve, "F01", "house.reserved", amount, 2);
    std::swap(out.legs[0], out.legs[1]);
    if (until) out.expires_at = at(*until);
    return out;
}

/// F01 holds 50 and may not go below zero.
journal purse()
{
    journal books{cny};
    REQUIRE(books.stage(move("t/1", posting_kind::top_up, "house.payments", "F01", "50", 1)));
    REQUIRE(books.set_limit(account("F01"), yuan("0")));
    (void)books.seal(at(1));
    books.accept();
    return books;
}

void commit(journal& books)
{
    (void)books.seal(at(3));
    books.accept();
}

}  // namespace

TEST_CASE("what is reserved is not there to be spent, and what is too much is refused")
{
    journal books = purse();
    REQUIRE(books.stage(reserve("r/1", "30")));
    CHECK(books.balance(account("F01")) == yuan("20"));
    CHECK(books.reserved("r/1")->amount == yuan("30"));
    CHECK(books.stage(reserve("r/2", "20.000001")).error() == refusal::limit_exceeded);
    // A charge is a fact: it posts whatever is reserved.
    REQUIRE(books.stage(charge("c/1", "F01", "2026-01/energy", "25", 2)));
    CHECK(books.balance(account("F01")) == yuan("-5"));
    transfer one_legged = reserve("r/3", "0");
    one_legged.legs = {{account("F01"), yuan("0")}};
    CHECK(books.stage(one_legged).error() == refusal::malformed);
}

TEST_CASE("a reservation is settled whole or in part, and only once")
{
    for (const char* const price : {"30", "12.345678", "0"}) {
        CAPTURE(price);
        journal books = purse();
        REQUIRE(books.stage(reserve("r/1", "30")));
        commit(books);
        const auto what = books.reserved("r/1").value();
        const auto work =
            ledger::settle_of(what, yuan(price), account("house.revenue"), "s/1", at(4)).value();
        REQUIRE(books.stage(work));
        CHECK(books.balance(account("F01")) == (yuan("50") - yuan(price)).value());
        CHECK(books.balance(account("house.reserved")) == yuan("0"));
        CHECK(books.balance(account("house.revenue")) == yuan(price));
        CHECK_FALSE(books.reserved("r/1"));
        REQUIRE(books.stage(work));  // a repeat changes nothing
        CHECK(books.stage(ledger::release_of(what, "x/1", at(5))).error() ==
              refusal::not_reserved);
        const auto block = books.seal(at(5));
        REQUIRE(block.reservations.size() == 1);
        CHECK(block.reservations[0].state == reservation_state::settled);
        CHECK(block.postings.front().link == "r/1");
    }
    const reservation some{"r/1", account("F01"), account("house.reserved"), yuan("5"), {}, {}};
    CHECK(ledger::settle_of(some, yuan("5.000001"), account("x"), "s", at(1)).error() ==
          errc::out_of_range);
    CHECK(ledger::settle_of(some, yuan("-1"), account("x"), "s", at(1)).error() ==
          errc::out_of_range);
}

TEST_CASE("nothing but all that was reserved leaves its holder")
{
    journal books = purse();
    REQUIRE(books.stage(reserve("r/1", "30")));
    const auto what = books.reserved("r/1").value();
    transfer work = ledger::release_of(what, "x/1", at(4));
    work.legs[0].amount = yuan("-20");
    work.legs[1].amount = yuan("20");
    CHECK(books.stage(work).error() == refusal::malformed);
    work = ledger::release_of(what, "x/1", at(4));
    work.legs[1].account = account("F02");  // not its owner
    CHECK(books.stage(work).error() == refusal::malformed);
    work = ledger::release_of(what, "x/1", at(4));
    work.link = "r/2";
    CHECK(books.stage(work).error() == refusal::not_reserved);
    CHECK(books.reserved("r/1").has_value());
}

TEST_CASE("what has expired is told, the oldest first, and given back like anything else")
{
    journal books = purse();
    REQUIRE(books.stage(reserve("r/1", "10", 30)));
    REQUIRE(books.stage(reserve("r/2", "10", 20)));
    REQUIRE(books.stage(reserve("r/3", "10")));
    CHECK(books.expired(at(19)).empty());
    const auto due = books.expired(at(30));
    REQUIRE(due.size() == 2);
    CHECK(due[0].key == "r/2");
    for (const reservation& each : due) {
        REQUIRE(books.stage(ledger::release_of(each, "expired/" + each.key, at(30))));
    }
    CHECK(books.balance(account("F01")) == yuan("40"));
    CHECK(books.expired(at(99)).empty());
}

TEST_CASE("discarding goes back to what was reserved before, restoring goes on from it")
{
    journal books = purse();
    REQUIRE(books.stage(reserve("r/1", "10")));
    const auto opened = books.seal(at(3));
    books.accept();
    const auto what = books.reserved("r/1").value();
    REQUIRE(books.stage(ledger::release_of(what, "x/1", at(4))));
    REQUIRE(books.stage(reserve("r/2", "5")));
    books.discard();
    CHECK(books.reserved("r/1") == what);
    CHECK_FALSE(books.reserved("r/2"));
    CHECK(books.balance(account("F01")) == yuan("40"));

    journal again{cny};
    REQUIRE(again.restore(books.heads(), books.last_seal(), opened.reservations));
    CHECK(again.reserved("r/1") == what);
    REQUIRE(again.stage(ledger::release_of(what, "x/1", at(4))));
    CHECK(again.balance(account("F01")) == yuan("50"));
}

TEST_CASE("what is opened and ended in one block is of no state to keep")
{
    journal books = purse();
    REQUIRE(books.stage(reserve("r/1", "10")));
    REQUIRE(books.stage(ledger::release_of(books.reserved("r/1").value(), "x/1", at(4))));
    const auto block = books.seal(at(4));
    REQUIRE(block.reservations.size() == 1);
    CHECK(block.reservations[0].state == reservation_state::released);
}
