// SPDX-License-Identifier: Apache-2.0
// A disk that takes two seconds a flush, or stands still: meters are read on in their slots, what
// is not durable is bounded, and nothing is booked otherwise than with a fast one.
#include <set>

#include <wattpurse/ledger/audit.hpp>

#include "playing.hpp"
#include "quiet_house.hpp"
#include "watching.hpp"
#include "wrapped_store.hpp"

using namespace wattpurse;
using namespace wattpurse::engine::playing;
using test_stores::late_store;
using wattpurse::credit::examples::yuan;

namespace {

/// A play in which a commit takes so long, with what left and came in meanwhile.
struct slow_play {
    slow_play(const sim::world_options& options, duration commit_takes, bool easy)
        : around{options},
          store{[this] { return around.now(); }},
          centre{around.site(), tariff::examples::zhejiang(),
                 easy ? credit::examples::residential() : strict(around), store}
    {
        REQUIRE(centre.start(around.now()));
        store.takes = commit_takes;
        while (around.now() < end_of(around)) {
            const instant next = centre.step(around.now());
            if (!centre.failure().empty()) FAIL(centre.failure());
            for (std::size_t bus = 0; bus < centre.where().buses.size(); ++bus) {
                const byte_span out = centre.output(bus);
                asked_meanwhile += store.is_busy() && !out.empty() ? 1 : 0;
                around.line_in(bus, out);
                centre.sent(bus, out.size());
            }
            for (const auto& said : centre.take_messages()) around.desk_in(said);
            const auto delivered = around.advance(std::min(next, end_of(around)));
            for (const auto& line : delivered.lines) {
                answered_meanwhile += store.is_busy() ? 1 : 0;
                centre.receive(line.bus, line.bytes, delivered.at);
            }
            for (const auto& each : delivered.orders) REQUIRE(centre.receive(each));
            most_waiting = std::max(most_waiting, centre.not_durable());
        }
    }

    /// Rows of these kinds, as text.
    std::vector<std::string> rows(std::initializer_list<std::string_view> kinds)
    {
        auto all = rows_of(store, around.site());
        all.erase(std::remove_if(all.begin(), all.end(),
                                 [&](const std::string& each) {
                                     return std::none_of(kinds.begin(), kinds.end(),
                                                         [&](std::string_view kind) {
                                                             return each.starts_with(kind);
                                                         });
                                 }),
                  all.end());
        return all;
    }

    sim::world around;
    late_store store;
    engine::system centre;
    std::size_t asked_meanwhile = 0;
    std::size_t answered_meanwhile = 0;
    std::size_t most_waiting = 0;
};

sim::world_options without_events()
{
    auto out = without_faults(four_days());
    out.events = false;
    return out;
}

/// Many small orders, to be told apart by their time.
arrival order(std::size_t number)
{
    arrival in;
    in.kind = arrival_kind::payment;
    in.key = "P-" + std::to_string(number);
    in.account = quiet_house::account(number % 2 == 0 ? "F01" : "F02");
    in.amount = 10'000;
    in.at = quiet_house::site_of().opened_at + duration{static_cast<std::int64_t>(number)};
    return in;
}

}  // namespace

TEST_CASE("two seconds a commit: the same readings in the same slots, and the same books")
{
    auto options = without_events();
    options.flats = options.flats_per_bus = 24;  // so that a round takes some ten seconds
    options.days = 2;
    slow_play fast{options, 0s, true};
    slow_play slow{options, 2s, true};
    const auto books = {std::string_view{"reading "}, std::string_view{"posting "},
                        std::string_view{"bill "}};
    CHECK(first_difference(slow.rows(books), fast.rows(books)) == "");
    CHECK(count_of(slow.rows(books), "reading F01") > 2 * 23);
    CHECK(slow.asked_meanwhile > 5 * 2 * 24);  // of each round, at least five inquiries
    CHECK(slow.answered_meanwhile > 5 * 2 * 24);
    CHECK(slow.store.overlapping == 0);
    CHECK(slow.most_waiting < 40);
    CHECK(slow.centre.closed_until(slow.around.end()));
    CHECK(ledger::audit(slow.store).value().ok());
}

TEST_CASE("two seconds a commit, over a line with faults: every slot is read, cuts are proven")
{
    slow_play fast{four_days(), 0s, false};
    slow_play slow{four_days(), 2s, false};
    const auto slots = [](slow_play& play) {
        std::set<std::string> out;
        for (const auto& account : play.around.site().accounts) {
            const auto known =
                play.store.readings(account.account, instant::min(), instant::max()).value();
            for (const reading& each : known) {
                out.insert(text_of(each.account) + ' ' +
                           text_of(floor_to(each.effective_at, std::chrono::hours{1})));
            }
        }
        return out;
    };
    CHECK(slots(slow) == slots(fast));
    CHECK(count_of(slow.rows({"command"}), "trip confirmed") ==
          count_of(fast.rows({"command"}), "trip confirmed"));
    CHECK(slow.store.overlapping == 0);
    CHECK(ledger::audit(slow.store).value().ok());
}

TEST_CASE("a commit that takes longer than the tick: later ticks wait, and all is billed")
{
    auto options = without_events();
    options.days = 2;
    slow_play fast{options, 0s, true};
    slow_play slow{options, 150s, true};
    const auto bills = [](slow_play& play) {
        std::vector<std::string> out;
        const auto known = play.store.load()->bills;
        for (const bill& each : known) {
            out.push_back(text_of(each.account) + ' ' + to_string(each.total));
        }
        return out;
    };
    CHECK(bills(slow) == bills(fast));
    CHECK(bills(slow).size() == 4);
    CHECK(slow.store.overlapping == 0);
    CHECK(ledger::audit(slow.store).value().ok());
}

TEST_CASE("a disk that stands still: orders are refused at the bound, and no round begins")
{
    instant clock = quiet_house::site_of().opened_at;
    late_store store{[&clock] { return clock; }};
    quiet_house house{store};
    REQUIRE(house.centre.start(house.now));
    store.stands_still = true;
    const auto run_for = [&](duration span) {
        clock = house.now + span;
        house.run_for(span);
    };
    REQUIRE(house.centre.receive(order(0)));
    run_for(2min);
    REQUIRE(store.is_busy());

    const std::size_t room = engine::system::not_durable_max - house.centre.not_durable();
    for (std::size_t n = 1; n <= room; ++n) {
        if (!house.centre.receive(order(n))) FAIL("order " << n << " is not taken");
    }
    CHECK_FALSE(house.centre.receive(order(room + 1)));
    CHECK(house.centre.receive(order(room)));  // a repeat of one that is taken
    const std::size_t sent = house.sent.size();
    run_for(3h);
    CHECK(house.sent.size() == sent);
    CHECK(house.centre.not_durable() <= engine::system::not_durable_max);
    CHECK_FALSE(house.has_accepted("P-0"));

    store.stands_still = false;
    run_for(5min);
    CHECK(house.centre.failure() == "");
    CHECK(house.centre.not_durable() == 0);
    CHECK(house.sent.size() > sent);  // rounds begin again
    CHECK(house.has_accepted("P-0"));
    CHECK(house.has_accepted("P-" + std::to_string(room)));
    CHECK(house.centre.receive(order(room + 1)));  // the desk says it again
    run_for(2min);
    const auto report = ledger::audit(store).value();
    CHECK(report.ok());
    CHECK(report.postings == 2 * (2 + room + 2));  // two openings
    CHECK(store.overlapping == 0);
    // 0.01 yuan each, none twice.
    const auto total = house.centre.balance(quiet_house::account("F01")).mantissa() +
                       house.centre.balance(quiet_house::account("F02")).mantissa();
    CHECK(total == 2 * yuan("100").mantissa() + static_cast<std::int64_t>(room + 2) * 10'000);
}

TEST_CASE("what comes in after a tick is booked with the next, however late the tick's batch is")
{
    instant clock = quiet_house::site_of().opened_at;
    late_store store{[&clock] { return clock; }};
    quiet_house house{store};
    REQUIRE(house.centre.start(house.now));
    const auto run_for = [&](duration span) {
        for (; span > 0ms; span -= 100ms) {
            clock = house.now + 100ms;
            house.run_for(100ms);
        }
    };
    const instant opened = house.now;
    run_for(59s + 500ms);
    store.takes = 2s;
    house.pay("P-1", "F01", "20");
    run_for(1s);  // P-1 is being staged, and a tick is due meanwhile
    REQUIRE(store.is_busy());
    house.pay("P-2", "F01", "5");
    run_for(3min);
    CHECK(house.has_accepted("P-1"));
    CHECK(house.has_accepted("P-2"));
    const auto recorded = [&](std::string_view key) {
        return store.find_transfer(key).value().at(0).recorded_at - opened;
    };
    CHECK(recorded("top_up/P-1") == 1min);
    CHECK(recorded("top_up/P-2") == 2min);
    CHECK(store.overlapping == 0);
}

TEST_CASE("an order that is said twice is not accepted before it is on the disk")
{
    instant clock = quiet_house::site_of().opened_at;
    late_store store{[&clock] { return clock; }};
    quiet_house house{store};
    REQUIRE(house.centre.start(house.now));
    store.stands_still = true;
    house.pay("P-1", "F01", "20");
    house.run_for(10s);
    REQUIRE(store.is_busy());  // it is being staged
    house.pay("P-1", "F01", "20");
    house.run_for(1s);
    CHECK_FALSE(house.has_accepted("P-1"));
    store.stands_still = false;
    house.run_for(1s);
    CHECK(house.has_accepted("P-1"));
    const auto told = house.said.size();
    house.pay("P-1", "F01", "20");  // now it is durable, and told at once
    house.run_for(1s);
    CHECK(house.said.size() == told + 1);
}
