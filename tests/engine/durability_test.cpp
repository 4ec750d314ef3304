// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "playing.hpp"
#include "quiet_house.hpp"
#include "watching.hpp"
#include "wrapped_store.hpp"

using namespace wattpurse;
using namespace wattpurse::engine::playing;
using test_stores::breaking_store;
using test_stores::slow_store;
using wattpurse::credit::examples::yuan;

TEST_CASE("nothing leaves the house before the batch that decided it is durable")
{
    std::vector<std::string> balances;
    for (const unsigned polls : {0U, 1U, 7U, 40U}) {
        CAPTURE(polls);
        sim::world around{four_days()};
        slow_store store{polls};
        doorkeeper door{store};
        engine::system centre{around.site(), tariff::examples::zhejiang(), strict(around), store};
        REQUIRE(centre.start(around.now()));
        play_watched(around, centre, end_of(around), door);
        CHECK(centre.failure() == "");
        CHECK(centre.closed_until(around.end()));
        CHECK(door.faults == "");
        CHECK(door.commands >= 3);  // protect, trip, close
        CHECK(door.notices >= 5);
        CHECK(door.payments >= 1);
        std::string found;
        for (const auto& each : around.site().accounts) {
            found += to_string(centre.balance(each.account)) + ' ';
        }
        balances.push_back(found);
    }
    CHECK(balances[1] == balances[0]);  // a slow disk is no reason for another bill
    CHECK(balances[2] == balances[0]);
    CHECK(balances[3] == balances[0]);
}

TEST_CASE("of a batch that failed nothing leaves, whichever it was")
{
    std::string faults;
    unsigned plays = 0;
    unsigned stopped = 0;
    std::uint64_t batches = 0;
    for (std::uint64_t n = 0; n <= batches; n += 3) {  // 0: none fails
        sim::world around{four_days()};
        breaking_store store{breaking_store::moment::before, {n}};
        doorkeeper door{store};
        engine::system centre{around.site(), tariff::examples::zhejiang(), strict(around), store};
        REQUIRE(centre.start(around.now()));
        play_watched(around, centre, end_of(around), door);
        faults += door.faults;
        ++plays;
        if (centre.failure() == "failed: broken on purpose") ++stopped;
        if (n == 0) batches = store.batches();
    }
    CHECK(faults == "");
    CHECK(plays > 60);
    CHECK(stopped == plays - 1);
}

TEST_CASE("an engine whose medium fails stops for good and says why")
{
    breaking_store store{breaking_store::moment::before, {2}};  // 1 opened the books
    quiet_house house{store};
    REQUIRE(house.centre.start(house.now));
    house.pay("P-1", "F01", "20");
    house.run_for(2min);
    CHECK(house.centre.failure() == "failed: broken on purpose");
    CHECK(house.said.empty());
    const std::size_t sent = house.sent.size();
    house.pay("P-2", "F01", "20");
    CHECK(house.centre.step(house.now) >= house.now);
    house.run_for(2min);
    CHECK(store.batches() == 2);
    CHECK(house.said.empty());
    CHECK(house.sent.size() == sent);
    CHECK(store.find_transfer("top_up/P-1")->empty());
}

TEST_CASE("a second engine on the same books ends the first one's term")
{
    port::memory_store store;
    quiet_house first{store};
    REQUIRE(first.centre.start(first.now));
    first.run_for(2min);
    quiet_house second{store};
    second.now = first.now;
    REQUIRE(second.centre.start(second.now));

    first.pay("P-1", "F01", "20");
    first.said.clear();
    first.sent.clear();
    first.run_for(2min);
    CHECK(first.centre.failure() ==
          "conflict: epoch 1 is not the writer's, which is 2");
    CHECK(first.said.empty());
    CHECK(first.commands_sent() == 0);

    second.pay("P-1", "F01", "20");
    second.run_for(2min);
    CHECK(second.centre.failure() == "");
    CHECK(second.centre.balance(second.account("F01")) == yuan("120"));
    CHECK(second.has_accepted("P-1"));
}

TEST_CASE("books that cannot be opened are an error of start, in words")
{
    breaking_store store{breaking_store::moment::before, {1}};
    quiet_house house{store};
    const auto started = house.centre.start(house.now);
    REQUIRE(!started);
    CHECK(started.error() == "opening the books: broken on purpose");
    CHECK(store.load()->heads.empty());
}

TEST_CASE("a payment whose booking cannot be looked up is booked after a new start")
{
    class : public test_stores::wrapped_store {
    public:
        bool answers = true;
        result<std::vector<posting>, std::string> find_transfer(std::string_view key) override
        {
            if (answers) return books_.find_transfer(key);
            return tl::unexpected<std::string>{"nobody there"};
        }
    } store;
    quiet_house first{store};
    REQUIRE(first.centre.start(first.now));
    first.pay("P-1", "F01", "20");
    first.run_for(10s);
    REQUIRE(first.has_accepted("P-1"));  // staged, to be booked at the tick
    store.answers = false;
    first.run_for(2min);
    CHECK(first.centre.failure() == "top_up/P-1: nobody there");

    store.answers = true;
    quiet_house second{store};
    second.now = first.now;
    REQUIRE(second.centre.start(second.now));
    second.run_for(2min);
    CHECK(second.centre.balance(second.account("F01")) == yuan("120"));
    CHECK(store.find_transfer("top_up/P-1").value().size() == 2);
}
