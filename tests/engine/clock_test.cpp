// SPDX-License-Identifier: Apache-2.0
// Clocks that are wrong, and put right: the house's and the meters'.
#include <set>

#include <wattpurse/engine/verify.hpp>
#include <wattpurse/ledger/audit.hpp>

#include "playing.hpp"
#include "quiet_house.hpp"
#include "watching.hpp"

using namespace wattpurse;
using namespace wattpurse::engine::playing;
using wattpurse::credit::examples::yuan;

namespace {

/// From `at` (in truth) on, the house's clock is this much ahead.
struct put_to {
    instant at;
    duration ahead;
};

/// A play of an engine whose clock is put forward and back. The world keeps the true time.
struct clock_play {
    clock_play(const sim::world_options& options, std::vector<put_to> clock, bool easy = false)
        : around{options},
          clock_{std::move(clock)},
          centre{around.site(), tariff::examples::zhejiang(),
                 easy ? credit::examples::residential() : strict(around), store}
    {
        REQUIRE(centre.start(house_time()));
        while (around.now() < end_of(around)) {
            const instant next = centre.step(house_time());
            REQUIRE(centre.failure() == "");
            for (std::size_t bus = 0; bus < centre.where().buses.size(); ++bus) {
                const byte_span out = centre.output(bus);
                around.line_in(bus, out);
                centre.sent(bus, out.size());
            }
            for (const auto& said : centre.take_messages()) around.desk_in(said);
            const instant wake = std::min(next - ahead(), end_of(around));
            const auto delivered =
                around.advance(std::min(std::max(wake, around.now()), next_change()));
            for (const auto& line : delivered.lines) {
                centre.receive(line.bus, line.bytes, delivered.at + ahead());
            }
            for (const auto& order : delivered.orders) centre.receive(order);
        }
    }

    duration ahead() const
    {
        duration out{0};
        for (const put_to& each : clock_) {
            if (each.at <= around.now()) out = each.ahead;
        }
        return out;
    }
    instant house_time() const { return around.now() + ahead(); }
    instant next_change() const
    {
        for (const put_to& each : clock_) {
            if (each.at > around.now()) return each.at;
        }
        return instant::max();
    }

    /// Sound books, no reading twice, the numbers of each account in the order of the blocks, and
    /// at most one cut an episode, never without its notice.
    void check()
    {
        CHECK(centre.closed_until(around.end()));
        CHECK(ledger::audit(store).value().ok());
        const auto metering =
            engine::verify(store, around.site(), tariff::examples::zhejiang()).value();
        CHECK(metering.charged_once.fault == "");
        CHECK(metering.registers.fault == "");
        for (const auto& account : around.site().accounts) {
            const auto rows = ledger::account_postings(store, account.account).value();
            for (std::size_t i = 1; i < rows.size(); ++i) {
                CHECK(rows[i].account_seq == rows[i - 1].account_seq + 1);
                CHECK(rows[i].block >= rows[i - 1].block);
                CHECK(rows[i].recorded_at >= rows[i - 1].recorded_at);  // the books' time
            }
            CHECK(moves_of(account.account, relay_state::open) <= 1);
        }
        check_notices();
    }

    void check_notices()
    {
        const auto told = store.notices().value();
        const auto known = store.commands().value();
        for (const command& each : known) {
            if (each.kind != command_kind::trip || !each.sent_at) continue;
            CAPTURE(row(each));
            const bool is_warned = std::any_of(told.begin(), told.end(), [&](const notice& n) {
                return n.account == each.account && n.kind == notice_kind::cut_warning &&
                       n.delivered_at && *n.delivered_at + 6h <= *each.sent_at;
            });
            CHECK(is_warned);
        }
    }

    /// How often the relay really moved there.
    std::size_t moves_of(const account_id& account, relay_state to)
    {
        const auto happened = around.what_happened();
        return static_cast<std::size_t>(std::count_if(
            happened.relays.begin(), happened.relays.end(), [&](const sim::truth::relay_at& each) {
                return each.account == account && each.relay == to;
            }));
    }

    /// Energy of every closed bill; amounts of money where prices do not depend on the hour.
    std::vector<std::string> used() const
    {
        std::vector<std::string> out;
        auto bills = const_cast<port::memory_store&>(store).load()->bills;
        for (const bill& each : bills) {
            std::string text = text_of(each.account);
            for (const energy part : each.used) text += ' ' + to_string(part);
            out.push_back(text + ' ' + to_string(each.total));
        }
        return out;
    }

    sim::world around;

private:
    std::vector<put_to> clock_;

public:
    port::memory_store store;
    engine::system centre;
};

sim::world_options calm()
{
    auto out = without_faults(four_days());
    out.events = false;
    return out;
}

}  // namespace

TEST_CASE("a house's clock an hour ahead, or behind, for a while: the same energy, billed once")
{
    const auto right = clock_play{calm(), {}, true}.used();
    REQUIRE(right.size() == 4);
    for (const duration wrong : {duration{1h}, duration{-1h}, duration{3s}, duration{-3s}}) {
        for (const auto* from : {"2026-01-29T09:59", "2026-01-29T23:40", "2026-01-30T00:20"}) {
            CAPTURE(wrong.count());
            CAPTURE(from);
            clock_play play{calm(), {{at(from) + 58s + 250ms, wrong}, {at(from) + 5h, 0h}}, true};
            play.check();
            CHECK(play.used() == right);
        }
    }
}

TEST_CASE("a clock that jumps to and fro every few minutes costs nothing but readings")
{
    const auto right = clock_play{calm(), {}, true}.used();
    std::vector<put_to> clock;
    for (int i = 0; i < 300; ++i) {
        clock.push_back({at("2026-01-28T08:00") + i * 13min + i * 7s, (i % 7 - 3) * 17min});
    }
    clock.push_back({at("2026-01-31T08:00"), 0min});
    clock_play play{calm(), clock, true};
    play.check();
    CHECK(play.used() == right);
}

TEST_CASE("steps of the clock while commands are under way cut nobody wrongly, and nobody twice")
{
    // The cut, its confirmation and the reconnection, found by a play with a right clock.
    clock_play right{without_faults(four_days()), {}};
    right.check();
    std::vector<instant> moments;
    const auto known = right.store.commands().value();
    for (const command& each : known) {
        if (each.sent_at) moments.push_back(*each.sent_at);
    }
    REQUIRE(moments.size() >= 3);
    const account_id cut = right.around.site().accounts[0].account;
    REQUIRE(right.moves_of(cut, relay_state::open) == 1);
    for (const instant sent : moments) {
        for (const duration wrong : {duration{1h}, duration{-1h}, duration{2s}, duration{-2s}}) {
            for (const duration after : {10ms, 300ms, 2'000ms}) {
                CAPTURE(text_of(sent));
                CAPTURE(wrong.count());
                CAPTURE(after.count());
                clock_play play{without_faults(four_days()),
                                {{sent + after, wrong}, {sent + 90min, 0h}}};
                play.check();
                CHECK(play.moves_of(cut, relay_state::open) ==
                      play.moves_of(cut, relay_state::closed));
            }
        }
    }
}

TEST_CASE("a line that waits for an answer goes on when the clock is put back")
{
    port::memory_store store;
    quiet_house house{store};  // nobody answers
    REQUIRE(house.centre.start(house.now));
    house.run_for(200ms);
    const std::size_t asked = house.sent.size();
    REQUIRE(asked > 0);
    house.now -= 1h;
    house.run_for(30s);
    CHECK(frames_in({house.sent.data(), house.sent.size()}).size() > 3);
    house.pay("P-1", "F01", "20");
    house.run_for(2min);
    CHECK(house.has_accepted("P-1"));
    CHECK(house.centre.balance(quiet_house::account("F01")) == yuan("120"));
    CHECK(ledger::audit(store).value().ok());
}

TEST_CASE("a restart with a clock that was put back goes on at once, and books nothing twice")
{
    port::memory_store store;
    const instant opened = quiet_house::site_of().opened_at;
    {
        quiet_house house{store};
        house.now = opened + 2h;
        REQUIRE(house.centre.start(house.now));
        house.pay("P-1", "F01", "20");
        house.run_for(2min);
    }
    quiet_house house{store};
    house.now = opened + 1h;
    REQUIRE(house.centre.start(house.now));
    house.pay("P-1", "F01", "20");
    house.pay("P-2", "F01", "5");
    house.run_for(2min);
    CHECK(house.centre.balance(quiet_house::account("F01")) == yuan("125"));
    const auto rows = ledger::account_postings(store, quiet_house::account("F01")).value();
    REQUIRE(rows.size() == 3);
    CHECK(rows[2].recorded_at >= rows[1].recorded_at);
    CHECK(ledger::audit(store).value().ok());
}

TEST_CASE("what was read before the clock was put back waits until the books have come up to it")
{
    port::memory_store store;
    const instant opened = quiet_house::site_of().opened_at;
    const instant read_at = opened + 3h;
    arrival early;
    early.account = quiet_house::account("F01");
    early.meter = quiet_house::meter("202600000001");
    early.at = read_at;
    early.registers.total = *energy::from_mantissa(123);
    early.registers.tariff[0] = early.registers.total;
    {
        quiet_house house{store};
        REQUIRE(house.centre.start(house.now));
        house.run_for(2min);
    }
    {
        port::batch work;
        work.fence_epoch = store.fence().value();
        auto progress = *store.load().value().progress;
        early.id = ++progress.last_arrival;
        work.arrivals = {early};
        work.progress = progress;
        store.submit(work);
        REQUIRE(store.poll()->status == port::commit_status::committed);
    }
    quiet_house house{store};
    house.now = opened + 1h;
    REQUIRE(house.centre.start(house.now));
    const auto waits = [&store] {
        const auto staged = store.load().value().arrivals;
        return std::any_of(staged.begin(), staged.end(), [](const arrival& each) {
            return each.kind == arrival_kind::reading;
        });
    };
    house.run_for(1h);
    house.pay("P-1", "F01", "5");
    house.run_for(10min);
    CHECK(house.has_accepted("P-1"));
    CHECK(waits());
    CHECK(house.centre.newest_reading(early.account) != read_at);
    house.run_for(1h);
    CHECK_FALSE(waits());
    CHECK(house.centre.newest_reading(early.account) == read_at);
    CHECK(house.centre.failure().empty());
}

TEST_CASE("a leap year's February ends with its twenty-ninth")
{
    auto options = four_days();
    options.start = at("2028-02-26T00:00");
    clock_play play{options, {}};
    play.check();
    const auto bills = play.store.load()->bills;
    REQUIRE(bills.size() == 4);
    for (const bill& each : bills) {
        CHECK(text_of(each.period) == "2028-02");
        CHECK(each.until == at("2028-03-01T00:00"));
    }
    const auto known = play.store.readings(play.around.site().accounts[0].account,
                                           instant::min(), instant::max()).value();
    const auto has_freeze = [&](std::string_view midnight) {
        return std::any_of(known.begin(), known.end(), [&](const reading& each) {
            return each.effective_at == at(midnight) &&
                   each.source == reading_source::daily_freeze;
        });
    };
    CHECK(has_freeze("2028-02-29T00:00"));
    CHECK(has_freeze("2028-03-01T00:00"));
}

TEST_CASE("meters whose clocks are ten minutes off are read in the house's slots")
{
    auto right = clock_play{calm(), {}, true}.used();
    right.erase(right.begin());  // F01 is cut, and a meter too far ahead does not obey: see below
    for (const duration wrong : {duration{10min}, duration{-10min}}) {
        CAPTURE(wrong.count());
        auto options = calm();
        options.meters_clock_error = wrong;
        clock_play play{options, {}, true};
        play.check();
        auto found = play.used();
        found.erase(found.begin());
        CHECK(found == right);
    }
}

// A relay order names the moment until which it holds, five minutes on. A meter that is further
// ahead than that refuses it: nobody is cut by such an order, and the house is told.
TEST_CASE("a meter ten minutes ahead refuses relay orders, one behind obeys them")
{
    for (const duration wrong : {duration{10min}, duration{-10min}}) {
        CAPTURE(wrong.count());
        auto options = without_faults(four_days());
        options.meters_clock_error = wrong;
        clock_play play{options, {}};
        play.check();
        const account_id cut = play.around.site().accounts[0].account;
        CHECK(play.moves_of(cut, relay_state::open) == (wrong > 0min ? 0 : 1));
        const auto rows = rows_of(play.store, play.around.site());
        CHECK((count_of(rows, "command_failed") > 0) == (wrong > 0min));
    }
}
