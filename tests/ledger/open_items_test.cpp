// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/open_items.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/port/memory_store.hpp>
#include <wattpurse/sim/draw.hpp>

#include "port/books.hpp"

using namespace test_books;
using ledger::open_item;
using ledger::open_items_of;

namespace {

transfer linked(transfer what, std::string to)
{
    what.link = std::move(to);
    return what;
}

transfer stray(int n, std::string_view amount)
{
    return move("top_up/" + std::to_string(n), posting_kind::top_up, "house:payments",
                "house:suspense", amount, n);
}

std::vector<open_item> suspense(port::store& books)
{
    return open_items_of(books, account("house:suspense")).value();
}

}  // namespace

TEST_CASE("what lies in suspense is told payment by payment, until each was given away")
{
    port::memory_store books;
    writer hand{books};
    REQUIRE(hand.post({stray(1, "10"), stray(2, "20"), stray(3, "5")}, 1).status ==
            port::commit_status::committed);
    REQUIRE(suspense(books).size() == 3);
    CHECK(suspense(books)[1].key == "top_up/2");
    CHECK(suspense(books)[1].amount == yuan("20"));
    CHECK(suspense(books)[1].since == at(2));

    // The second belongs to F01, in two parts; what was given in error comes back.
    const auto give = [](const char* key, const char* amount, const char* to) {
        return linked(move(key, posting_kind::top_up, "house:suspense", "F01", amount, 4), to);
    };
    REQUIRE(hand.post({give("g/1", "15", "top_up/2"), give("g/2", "5", "top_up/2")}, 4).status ==
            port::commit_status::committed);
    REQUIRE(suspense(books).size() == 2);
    CHECK(suspense(books)[1].key == "top_up/3");
    REQUIRE(hand.post({linked(move("back", posting_kind::top_up, "F01", "house:suspense", "5", 5),
                              "g/2")},
                      5)
                .status == port::commit_status::committed);
    const auto again = suspense(books);
    REQUIRE(again.size() == 3);
    CHECK(again[1].key == "top_up/2");
    CHECK(again[1].since == at(2));
    CHECK(again[1].amount == yuan("5"));
    CHECK(open_items_of(books, account("nobody")).value().empty());
}

TEST_CASE("a sum that was paid over clears the oldest payments first")
{
    port::memory_store books;
    writer hand{books};
    REQUIRE(hand.post({stray(1, "10"), stray(2, "20"), stray(3, "5"),
                       move("paid/1", posting_kind::transfer, "house:suspense", "house:bank", "25",
                            4)},
                      4)
                .status == port::commit_status::committed);
    auto left = suspense(books);
    REQUIRE(left.size() == 2);
    CHECK(left[0].key == "top_up/2");
    CHECK(left[0].amount == yuan("5"));
    CHECK(left[1].amount == yuan("5"));
    REQUIRE(hand.post({move("paid/2", posting_kind::transfer, "house:suspense", "house:bank", "12",
                            5)},
                      5)
                .status == port::commit_status::committed);
    left = suspense(books);
    REQUIRE(left.size() == 1);
    CHECK(left[0].key == "paid/2");
    CHECK(left[0].amount == yuan("-2"));
}

TEST_CASE("open items sum to the balance, whatever has happened")
{
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        port::memory_store books;
        writer hand{books};
        for (int i = 1; i <= 80; ++i) {
            const auto any = [&](std::uint64_t below, std::uint64_t what) {
                return sim::draw({seed, static_cast<std::uint64_t>(i), what}) % below;
            };
            const bool comes = any(2, 1) == 0;
            transfer next = move("t/" + std::to_string(i), posting_kind::top_up,
                                 comes ? "house:payments" : "house:suspense",
                                 comes ? "house:suspense" : "house:bank",
                                 std::to_string(1 + any(9, 2)), i);
            if (i > 1 && any(3, 3) == 0) {
                next.link = "t/" + std::to_string(1 + any(static_cast<std::uint64_t>(i) - 1, 4));
            }
            REQUIRE(hand.post({next}, i).status == port::commit_status::committed);
            money sum = yuan("0");
            for (const open_item& each : suspense(books)) {
                CHECK_FALSE(each.amount.is_zero());
                sum = (sum + each.amount).value();
            }
            CHECK(sum == hand.journal.balance(account("house:suspense")));
        }
    }
}
