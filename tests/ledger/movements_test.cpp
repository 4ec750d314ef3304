// SPDX-License-Identifier: Apache-2.0
// Reversals, groups, at most what is left, energy as an asset, terms and closing.
#include <wattpurse/ledger/closing.hpp>
#include <wattpurse/ledger/journal.hpp>
#include <wattpurse/ledger/reversal.hpp>

#include <doctest/doctest.h>

#include <wattpurse/port/memory_store.hpp>

#include "port/books.hpp"

using namespace test_books;
using ledger::journal;
using ledger::refusal;

namespace {

transfer top_up(std::string key, std::string_view amount)
{
    return move(std::move(key), posting_kind::top_up, "house.payments", "F01", amount, 1);
}

/// From F01 to F02: the payer's leg is the first.
transfer pay(std::string key, posting_kind kind, std::string_view amount)
{
    transfer out = move(std::move(key), kind, "F01", "F02", amount, 2);
    std::swap(out.legs[0], out.legs[1]);
    return out;
}

/// Books with a store, to which every reversal is committed.
struct house {
    port::memory_store store;
    writer hand{store};

    std::vector<transfer_leg> left(std::string_view key)
    {
        return ledger::what_is_left(key, store, hand.journal.staged()).value();
    }
    void take_back(std::string_view link, std::string key, std::string_view customer = {})
    {
        auto work = ledger::reversal_of(link, left(link), std::move(key), at(5), at(6));
        if (!customer.empty()) {  // only so much
            work.legs = {{account("F01"), yuan(customer)},
                         {account("house.revenue"), -yuan(customer)}};
        }
        REQUIRE(hand.journal.stage(work, left(link)));
        port::batch batch = hand.staged({}, 6);
        REQUIRE(hand.commit(batch).status == port::commit_status::committed);
    }
    money balance() { return hand.journal.balance(account("F01")); }
};

}  // namespace

TEST_CASE("a reversal takes back what is left, in parts, and no more")
{
    house home;
    (void)home.hand.post({charge("c/1", "F01", "2026-01/energy", "10", 1)}, 1);
    home.take_back("c/1", "v/1", "4");
    CHECK(home.balance() == yuan("-6"));
    const auto rest = home.left("c/1");
    REQUIRE(rest.size() == 2);
    CHECK(rest[0].amount == yuan("-6"));
    transfer too_much = ledger::reversal_of("c/1", rest, "v/2", at(7), at(7));
    too_much.legs[0].amount = yuan("6.000001");
    too_much.legs[1].amount = yuan("-6.000001");
    CHECK(home.hand.journal.stage(too_much, rest).error() == refusal::exceeds_original);
    too_much.legs[0].amount = yuan("-1");  // more of the same is no reversal
    too_much.legs[1].amount = yuan("1");
    CHECK(home.hand.journal.stage(too_much, rest).error() == refusal::exceeds_original);
    CHECK(home.hand.journal.stage(ledger::reversal_of("c/1", rest, "v/2", at(7), at(7))).error() ==
          refusal::exceeds_original);  // nobody has said what is left
    home.take_back("c/1", "v/2");
    CHECK(home.balance() == yuan("0"));
    CHECK(home.left("c/1").empty());
}

TEST_CASE("a reversal that is reversed leaves the original as it was")
{
    house home;
    (void)home.hand.post({charge("c/1", "F01", "2026-01/energy", "10", 1)}, 1);
    home.take_back("c/1", "v/1");
    CHECK(home.left("c/1").empty());
    home.take_back("v/1", "w/1");
    CHECK(home.balance() == yuan("-10"));
    REQUIRE(home.left("c/1").size() == 2);
    CHECK(home.left("c/1")[0].amount == yuan("-10"));
    CHECK(home.left("v/1").empty());
    home.take_back("c/1", "v/2");
    CHECK(home.balance() == yuan("0"));
    const auto unknown = ledger::what_is_left("c/9", home.store);
    CHECK(unknown.error() == "'c/9' is not in the books");
}

TEST_CASE("by turns no more is taken back than the first transfer has left")
{
    house home;
    (void)home.hand.post({charge("c/1", "F01", "2026-01/energy", "10", 1)}, 1);
    home.take_back("c/1", "v/1");
    home.take_back("v/1", "w/1");
    home.take_back("c/1", "v/2", "4");
    const auto rest = home.left("w/1");  // which gave back 10, of which 4 are gone again
    REQUIRE(rest.size() == 2);
    CHECK(rest[0].amount == yuan("-6"));
    CHECK(rest[1].amount == yuan("6"));
    home.take_back("w/1", "x/1");
    CHECK(home.balance() == yuan("0"));
    CHECK(home.left("c/1").empty());
    CHECK(home.left("w/1").empty());
}

TEST_CASE("a reservation is ended and not taken back, nor is its end")
{
    house home;
    (void)home.hand.post({top_up("t/1", "50")}, 1);
    transfer aside = move("r/1", posting_kind::reserve, "F01", "house.reserved", "20", 2);
    std::swap(aside.legs[0], aside.legs[1]);  // the payer's first
    REQUIRE(home.hand.post({aside}, 2).status == port::commit_status::committed);
    CHECK(home.left("r/1").empty());
    CHECK(home.left("t/1").size() == 2);
}

TEST_CASE("a reversal reaches what is staged and not committed yet")
{
    house home;
    REQUIRE(home.hand.journal.stage(charge("c/1", "F01", "2026-01/energy", "10", 1)));
    const auto left = home.left("c/1");
    REQUIRE(home.hand.journal.stage(
        ledger::reversal_of("c/1", left, "v/1", at(2), at(2)), left));
    CHECK(home.left("c/1").empty());
}

TEST_CASE("a group is posted whole or not at all")
{
    journal books{cny};
    REQUIRE(books.stage(top_up("t/1", "50")));
    REQUIRE(books.set_limit(account("F01"), yuan("0")));
    const auto heads = books.heads();
    std::vector<transfer> group{pay("p/1", posting_kind::transfer, "20"),
                                top_up("t/2", "1"),
                                pay("p/2", posting_kind::transfer, "40")};
    CHECK(books.stage_all(group).error() == refusal::limit_exceeded);
    CHECK(same(books.heads(), heads));
    CHECK(books.staged().size() == 2);
    CHECK(books.balance(account("F02")) == yuan("0"));
    group[2] = pay("p/2", posting_kind::transfer, "31");
    REQUIRE(books.stage_all(group));
    CHECK(books.balance(account("F01")) == yuan("0"));
    CHECK(books.staged().size() == 8);
    CHECK(books.head(account("F01")).seq == 4);
}

TEST_CASE("at most takes what the limit leaves, which may be nothing, and is recognised again")
{
    journal books{cny};
    REQUIRE(books.stage(top_up("t/1", "50")));
    REQUIRE(books.set_limit(account("F01"), yuan("5")));
    transfer work = pay("p/1", posting_kind::transfer, "100");
    work.at_most = true;
    REQUIRE(books.stage(work));
    CHECK(books.balance(account("F01")) == yuan("-5"));
    CHECK(books.balance(account("F02")) == yuan("55"));
    REQUIRE(books.stage(work));
    CHECK(books.staged().size() == 4);
    work.legs[0].amount = yuan("-54");  // asks for less than was posted: another transfer
    work.legs[1].amount = yuan("54");
    CHECK(books.stage(work).error() == refusal::duplicate_key_other_content);
    work = pay("p/2", posting_kind::transfer, "1");
    work.at_most = true;
    REQUIRE(books.stage(work));
    CHECK(books.balance(account("F02")) == yuan("55"));
    std::swap(work.legs[0], work.legs[1]);
    work.key = "p/3";
    CHECK(books.stage(work).error() == refusal::malformed);
}

TEST_CASE("energy that is sold for money is one transfer, and each asset sums to zero")
{
    const auto kwh = [](std::string_view text) {
        return money{*decimal<6>::parse(text), kilowatt_hours};
    };
    journal books{cny};
    transfer sale;
    sale.key = "sale/1";
    sale.kind = posting_kind::transfer;
    sale.legs = {{account("F01"), yuan("-100")},
                 {account("house.revenue"), yuan("100")},
                 {account("F01.kwh"), kwh("189.2863")},
                 {account("house.kwh"), kwh("-189.2863")}};
    REQUIRE(books.stage(sale));
    CHECK(books.balance(account("F01.kwh")) == kwh("189.2863"));
    sale.key = "sale/2";
    sale.legs[2].amount = kwh("1");
    CHECK(books.stage(sale).error() == refusal::unbalanced);
    sale.legs[2].account = account("F02");
    sale.legs[3].account = account("F01");  // holds money
    CHECK(books.stage(sale).error() == refusal::currency_mismatch);
    transfer mixed = pay("p/1", posting_kind::transfer, "1");
    mixed.legs[0] = {account("F01.kwh"), yuan("-1")};
    CHECK(books.stage(mixed).error() == refusal::currency_mismatch);
}

TEST_CASE("a closed account takes charges, and nothing at anybody's discretion")
{
    journal books{cny};
    REQUIRE(books.stage(top_up("t/1", "50")));
    const auto out = ledger::closing_of(books.head(account("F01")), account("house.payments"),
                                        account("house.debt"), "close/F01", at(3));
    REQUIRE(out);
    REQUIRE(books.stage(*out));
    CHECK(books.balance(account("F01")) == yuan("0"));
    CHECK(books.balance(account("house.payments")) == yuan("0"));
    REQUIRE(books.set_terms({account("F01"), at(3), yuan("0"), true}));
    CHECK(books.is_closed(account("F01")));
    CHECK(books.stage(pay("p/1", posting_kind::transfer, "1")).error() == refusal::account_closed);
    REQUIRE(books.stage(charge("c/1", "F01", "2026-01/energy", "7", 4)));
    const auto late = ledger::closing_of(books.head(account("F01")), account("house.payments"),
                                         account("house.debt"), "close/F01/2", at(5));
    CHECK(books.stage(*late).error() == refusal::account_closed);
    REQUIRE(books.set_terms({account("F01"), at(5), yuan("0"), false}));
    REQUIRE(books.stage(*late));
    CHECK(books.balance(account("house.debt")) == yuan("-7"));
    CHECK_FALSE(ledger::closing_of(books.head(account("F01")), account("p"), account("d"), "k",
                                   at(6)));
    CHECK(books.set_terms({account("F01"), at(7), money{{}, kilowatt_hours}, false}).error() ==
          errc::currency_mismatch);
}

TEST_CASE("a balance as of a moment is told on both axes")
{
    journal books{cny};
    REQUIRE(books.stage(top_up("t/1", "50")));  // at minute 1
    transfer late = charge("c/1", "F01", "2026-01/energy", "7", 1);
    late.recorded_at = at(9);
    REQUIRE(books.stage(late));
    std::vector<posting> own;
    for (const posting& each : books.staged()) {
        if (each.account == account("F01")) own.push_back(each);
    }
    using ledger::balance_as_of;
    using ledger::time_axis;
    CHECK(balance_as_of(own, at(5), time_axis::recorded).value() == yuan("50"));
    CHECK(balance_as_of(own, at(5), time_axis::effective).value() == yuan("43"));
    CHECK(balance_as_of(own, at(0), time_axis::effective).value() == yuan("0"));
    CHECK(balance_as_of({}, at(0), time_axis::effective).error() == errc::empty);
}
