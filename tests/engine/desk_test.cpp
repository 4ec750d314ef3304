// SPDX-License-Identifier: Apache-2.0
// Orders of the desk: payments, exchanges of meters.
#include <array>
#include <limits>
#include <string>
#include <vector>

#include <wattpurse/ledger/audit.hpp>
#include <wattpurse/port/memory_store.hpp>

#include "playing.hpp"
#include "quiet_house.hpp"

using namespace wattpurse;
using namespace wattpurse::engine::playing;
using wattpurse::credit::examples::yuan;

namespace {

struct desk_fixture {
    desk_fixture() { REQUIRE(house.centre.start(house.now)); }

    money balance(std::string_view of) const
    {
        return house.centre.balance(quiet_house::account(of));
    }

    std::size_t postings_of(std::string_view account) const
    {
        return ledger::account_postings(store, quiet_house::account(account))->size();
    }

    /// A fitter's order: `old` comes out and `next` goes in, some minutes after the start.
    arrival exchange(std::string_view key, std::string_view old, std::string_view next,
                     int minute) const
    {
        arrival out;
        out.kind = arrival_kind::exchange;
        out.key = key;
        out.account = quiet_house::account("F01");
        out.meter = quiet_house::meter(old);
        out.next_meter = quiet_house::meter(next);
        out.registers = shown(120'000);
        out.next_registers = shown(12);
        out.at = quiet_house::site_of().opened_at + minute * 1min;
        return out;
    }

    /// Hundredths of a kWh, all of them peak.
    static register_set shown(std::int64_t peak)
    {
        register_set out;
        out.tariff[1] = out.total = energy::of(peak * 100);
        return out;
    }

    /// Services as "meter until".
    std::vector<std::string> services_of(std::string_view account) const
    {
        std::vector<std::string> out;
        const auto state = store.load().value();
        for (const auto& each : state.services) {
            if (each.account.view() != account) continue;
            out.push_back(text_of(each.meter) + ' ' + text_of(each.until));
        }
        return out;
    }

    mutable port::memory_store store;
    quiet_house house{store};
};

constexpr auto old_meter = "202600000001";
constexpr auto new_meter = "202600090001";

}  // namespace

TEST_CASE_FIXTURE(desk_fixture, "a payment is accepted when it is durable and booked at the tick")
{
    house.now += 7s;
    house.pay("P-1", "F01", "49.99");
    house.run_for(20s);  // the line has to be quiet first
    CHECK(house.has_accepted("P-1"));
    CHECK(balance("F01") == yuan("100"));
    house.run_for(40s);
    CHECK(balance("F01") == yuan("149.99"));
    CHECK(balance("F02") == yuan("100"));
    const auto rows = store.find_transfer("top_up/P-1").value();
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].kind == posting_kind::top_up);
    CHECK(rows[0].amount == yuan("49.99"));
    CHECK(rows[0].recorded_at == quiet_house::site_of().opened_at + 1min);
    CHECK(text_of(rows[1].account) == "house:payments");
    CHECK(rows[1].amount == yuan("-49.99"));
    CHECK(ledger::audit(store)->ok());
}

TEST_CASE_FIXTURE(desk_fixture, "a payment told again and again is accepted again and booked once")
{
    for (int i = 0; i < 5; ++i) {
        house.pay("P-1", "F01", "20");
        house.pay("P-1", "F01", "20");
        house.run_for(i < 3 ? 17s : 1h);
        CHECK(house.has_accepted("P-1"));
        house.said.clear();
    }
    CHECK(balance("F01") == yuan("120"));
    CHECK(postings_of("F01") == 2);
    CHECK(house.events(event_kind::order_conflict).empty());
}

TEST_CASE_FIXTURE(desk_fixture, "a payment for nobody known goes to suspense, and someone is told")
{
    house.pay("P-9", "F77", "33.30");
    house.run_for(2min);
    CHECK(house.has_accepted("P-9"));
    CHECK(house.centre.balance(quiet_house::account("house:suspense")) == yuan("33.30"));
    CHECK(house.events(event_kind::account_unknown) ==
          std::vector<std::string>{"F77: payment P-9: credited to suspense"});
    CHECK(store.find_transfer("top_up/P-9")->at(0).explain == "payment P-9 for F77");
    CHECK(balance("F01") == yuan("100"));
    CHECK(ledger::audit(store)->ok());
    house.pay("P-9", "F77", "33.30");  // and again: no second event, no second money
    house.run_for(2min);
    CHECK(house.centre.balance(quiet_house::account("house:suspense")) == yuan("33.30"));
    CHECK(house.events(event_kind::account_unknown).size() == 1);
}

TEST_CASE_FIXTURE(desk_fixture, "one payment id with two contents: the first stands, with an event")
{
    house.pay("P-1", "F01", "20");
    house.run_for(2min);
    house.pay("P-1", "F01", "200");
    house.run_for(2min);
    CHECK(balance("F01") == yuan("120"));
    house.pay("P-1", "F02", "20");  // another account is another content too
    house.run_for(2min);
    CHECK(balance("F01") == yuan("120"));
    CHECK(balance("F02") == yuan("100"));
    CHECK(house.events(event_kind::order_conflict) ==
          std::vector<std::string>{"F01: payment P-1: booked before with other content",
                                   "F02: payment P-1: booked before with other content"});
    CHECK(house.centre.failure() == "");
}

TEST_CASE_FIXTURE(desk_fixture, "two contents of one payment id within one tick: one stands")
{
    house.run_for(90s);
    house.pay("P-1", "F02", "30");
    house.pay("P-1", "F01", "20");
    house.run_for(2min);
    // A tick is booked in the order of accounts, whoever came first.
    CHECK(balance("F01") == yuan("120"));
    CHECK(balance("F02") == yuan("100"));
    CHECK(house.events(event_kind::order_conflict).size() == 1);
    CHECK(house.centre.failure() == "");
    CHECK(ledger::audit(store)->ok());
}

TEST_CASE("payments of one tick are booked in one order, whatever the order of arrival")
{
    const auto rows_after = [](bool reversed) {
        desk_fixture on;
        const std::array<std::string, 3> keys{"P-1", "P-2", "P-3"};
        for (std::size_t i = 0; i < keys.size(); ++i) {
            on.house.pay(keys.at(reversed ? keys.size() - 1 - i : i), "F01",
                         reversed ? std::to_string(12 - i) : std::to_string(10 + i));
        }
        on.house.run_for(2min);
        return rows_of(on.store, quiet_house::site_of());
    };
    const auto rows = rows_after(false);
    CHECK(count_of(rows, "top_up/P-") == 6);
    CHECK(first_difference(rows_after(true), rows) == "");
}

TEST_CASE_FIXTURE(desk_fixture, "amounts that are no payment are refused with an event")
{
    house.pay_exactly("P-0", "F01", 0);
    house.pay_exactly("P-1", "F01", -1);
    house.pay_exactly("P-2", "F01", std::numeric_limits<std::int64_t>::min());
    house.pay_exactly("P-3", "F01", std::numeric_limits<std::int64_t>::max());  // overflows
    house.pay_exactly("P-4", "F01", 1);
    house.run_for(2min);
    CHECK(balance("F01") == yuan("100.000001"));
    CHECK(house.events(event_kind::order_conflict) ==
          std::vector<std::string>{"F01: payment P-0: an amount above zero was expected",
                                   "F01: payment P-1: an amount above zero was expected",
                                   "F01: payment P-2: an amount above zero was expected",
                                   "F01: payment P-3: overflow"});
    CHECK(house.centre.failure() == "");
    CHECK(ledger::audit(store)->ok());
}

TEST_CASE_FIXTURE(desk_fixture, "an exchange ends one service and begins the next, once")
{
    const auto order = exchange("X-1", old_meter, new_meter, 5);
    const std::vector<std::string> exchanged{
        std::string{old_meter} + " 2026-01-05T12:05:00+08:00", std::string{new_meter} + " -"};
    house.run_for(6min);
    house.centre.receive(order);
    house.centre.receive(order);
    house.run_for(2min);
    CHECK(house.has_accepted("X-1"));
    CHECK(services_of("F01") == exchanged);
    house.centre.receive(order);
    house.run_for(2min);
    CHECK(services_of("F01") == exchanged);
    CHECK(house.events(event_kind::meter_exchanged) ==
          std::vector<std::string>{"F01: in place of 202600000001"});
    CHECK(house.events(event_kind::order_conflict).empty());
    const auto known = store.readings(quiet_house::account("F01"), instant::min(),
                                      instant::max()).value();
    REQUIRE(known.size() == 2);
    CHECK(known[0].source == reading_source::exchange_final);
    CHECK(known[0].registers == shown(120'000));
    CHECK(known[1].source == reading_source::exchange_first);
    CHECK(known[1].registers == shown(12));
}

TEST_CASE_FIXTURE(desk_fixture, "after an exchange the new meter is asked and the old one is not")
{
    house.run_for(6min);
    house.centre.receive(exchange("X-1", old_meter, new_meter, 5));
    house.run_for(2min);
    house.sent.clear();
    house.run_for(1h);
    unsigned old_asked = 0;
    unsigned new_asked = 0;
    for (const auto& frame : frames_in({house.sent.data(), house.sent.size()})) {
        if (frame.address.text().view() == old_meter) ++old_asked;
        if (frame.address.text().view() == new_meter) ++new_asked;
    }
    CHECK(old_asked == 0);
    CHECK(new_asked > 0);
}

TEST_CASE_FIXTURE(desk_fixture, "orders for a meter that does not serve the account are refused")
{
    house.run_for(10min);
    SUBCASE("a meter of somebody else")
    {
        house.centre.receive(exchange("X-1", "202600000002", new_meter, 5));
        house.run_for(2min);
        CHECK(house.events(event_kind::account_unknown) ==
              std::vector<std::string>{"F01: exchange X-1: no such meter serves this account"});
    }
    SUBCASE("a meter that nobody has")
    {
        house.centre.receive(exchange("X-1", "202600000099", new_meter, 5));
        house.run_for(2min);
        CHECK(house.events(event_kind::account_unknown).size() == 1);
    }
    SUBCASE("before it was put in")
    {
        house.centre.receive(exchange("X-1", old_meter, new_meter, -5));
        house.run_for(2min);
        CHECK(house.events(event_kind::order_conflict) ==
              std::vector<std::string>{"F01: exchange X-1: the meter was not in service then"});
    }
    SUBCASE("by itself")
    {
        house.centre.receive(exchange("X-1", old_meter, old_meter, 5));
        house.run_for(2min);
        CHECK(house.events(event_kind::order_conflict).size() == 1);
    }
    CHECK(house.has_accepted("X-1"));  // it was understood; what came of it is an event
    CHECK(services_of("F01") == std::vector<std::string>{std::string{old_meter} + " -"});
    CHECK(store.readings(quiet_house::account("F01"), instant::min(), instant::max())->empty());
    CHECK(house.centre.failure() == "");
}

TEST_CASE_FIXTURE(desk_fixture, "a second exchange of a meter that is out is a conflict")
{
    house.run_for(6min);
    house.centre.receive(exchange("X-1", old_meter, new_meter, 5));
    house.run_for(10min);
    house.centre.receive(exchange("X-2", old_meter, "202600090002", 9));
    house.run_for(2min);
    CHECK(house.events(event_kind::order_conflict) ==
          std::vector<std::string>{"F01: exchange X-2: the meter was not in service then"});
    CHECK(services_of("F01").size() == 2);
}

TEST_CASE_FIXTURE(desk_fixture, "an exchange told with another new meter is a conflict")
{
    house.run_for(6min);
    house.centre.receive(exchange("X-1", old_meter, new_meter, 5));
    house.run_for(2min);
    house.centre.receive(exchange("X-1", old_meter, "202600090002", 5));
    house.run_for(2min);
    CHECK(house.events(event_kind::order_conflict).size() == 1);
    CHECK(services_of("F01").size() == 2);
}

TEST_CASE_FIXTURE(desk_fixture, "a meter that comes back to its place can be exchanged again")
{
    house.run_for(40min);
    house.centre.receive(exchange("X-1", old_meter, new_meter, 5));
    house.run_for(2min);
    house.centre.receive(exchange("X-2", new_meter, old_meter, 15));
    house.run_for(2min);
    house.centre.receive(exchange("X-3", old_meter, new_meter, 25));
    house.run_for(2min);
    CHECK(house.events(event_kind::order_conflict).empty());
    CHECK(house.events(event_kind::meter_exchanged).size() == 3);
    CHECK(services_of("F01") ==
          std::vector<std::string>{std::string{old_meter} + " 2026-01-05T12:05:00+08:00",
                                   std::string{new_meter} + " 2026-01-05T12:15:00+08:00",
                                   std::string{old_meter} + " 2026-01-05T12:25:00+08:00",
                                   std::string{new_meter} + " -"});
}

TEST_CASE_FIXTURE(desk_fixture, "a meter that serves another account cannot be put in")
{
    house.run_for(6min);
    house.centre.receive(exchange("X-1", old_meter, "202600000002", 5));
    house.run_for(2min);
    CHECK(services_of("F01") == std::vector<std::string>{std::string{old_meter} + " -"});
    CHECK(house.events(event_kind::order_conflict).size() == 1);
}

TEST_CASE_FIXTURE(desk_fixture, "a number that no meter can have is refused, not a crash")
{
    house.run_for(6min);
    house.centre.receive(exchange("X-1", old_meter, "meter-1", 5));
    house.run_for(2h);
    CHECK(services_of("F01") == std::vector<std::string>{std::string{old_meter} + " -"});
    CHECK(house.events(event_kind::order_conflict).size() == 1);
    CHECK(house.centre.failure() == "");
}
