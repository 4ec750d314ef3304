// SPDX-License-Identifier: Apache-2.0
// Money comes in while supply is being cut: at every moment around the cut, one relay move an
// episode at most, and none back before the money is in the books.
#include <wattpurse/ledger/audit.hpp>

#include "playing.hpp"
#include "watching.hpp"
#include "wrapped_store.hpp"

using namespace wattpurse;
using namespace wattpurse::engine::playing;
using test_stores::late_store;

namespace {

/// A play in which F01's people pay at `paid_at` besides, under the eyes of somebody who looks up
/// in the books what leaves.
struct race_play {
    race_play(std::optional<instant> paid_at, duration commit_takes)
        : around{options()},
          store{[this] { return around.now(); }},
          centre{around.site(), tariff::examples::zhejiang(), strict(around), store},
          flat{around.site().accounts[0].account}
    {
        REQUIRE(centre.start(around.now()));
        store.takes = commit_takes;
        bool is_paid = !paid_at;
        while (around.now() < end_of(around)) {
            const instant next = centre.step(around.now());
            if (!centre.failure().empty()) FAIL(centre.failure());
            for (std::size_t bus = 0; bus < centre.where().buses.size(); ++bus) {
                const byte_span out = centre.output(bus);
                look_at(out);
                around.line_in(bus, out);
                centre.sent(bus, out.size());
            }
            for (const auto& said : centre.take_messages()) around.desk_in(said);
            instant until = std::min(next, end_of(around));
            if (!is_paid) until = std::min(until, *paid_at);
            const auto delivered = around.advance(std::max(until, around.now()));
            for (const auto& line : delivered.lines) {
                centre.receive(line.bus, line.bytes, delivered.at);
            }
            for (const auto& order : delivered.orders) centre.receive(order);
            if (!is_paid && around.now() >= *paid_at) {
                is_paid = true;
                centre.receive(payment(*paid_at));
                centre.receive(payment(*paid_at));  // and once more
            }
        }
    }

    static sim::world_options options()
    {
        auto out = without_faults(four_days());
        out.events = false;
        return out;
    }

    arrival payment(instant at) const
    {
        arrival in;
        in.kind = arrival_kind::payment;
        in.key = "race";
        in.account = flat;
        in.amount = 200'000'000;
        in.at = floor_to(at, 1min);
        return in;
    }

    /// A reconnection leaves: the money that allows it is in the store, not only in memory.
    void look_at(byte_span leaving)
    {
        for (const auto& frame : frames_in(leaving)) {
            if (frame.function() != 0x1C) continue;
            const auto known = store.commands().value();
            const auto sent = std::find_if(known.begin(), known.end(), [&](const command& each) {
                return each.state == command_state::sent && each.account == flat &&
                       each.meter.view() == frame.address.text().view();
            });
            if (sent == known.end() || sent->kind != command_kind::close) continue;
            ++closes;
            const auto rows = ledger::account_postings(store, flat).value();
            const auto least = strict(around).reconnect_above;
            if (rows.empty() || rows.back().running_balance.amount() < least.amount()) {
                faults += "closed before it was paid for: " + row(*sent) + "\n";
            }
        }
    }

    std::size_t moves(relay_state to)
    {
        const auto happened = around.what_happened();
        return static_cast<std::size_t>(std::count_if(
            happened.relays.begin(), happened.relays.end(), [&](const sim::truth::relay_at& each) {
                return each.account == flat && each.relay == to;
            }));
    }

    std::optional<instant> first_trip()
    {
        const auto known = store.commands().value();
        for (const command& each : known) {
            if (each.kind == command_kind::trip && each.sent_at) return each.sent_at;
        }
        return std::nullopt;
    }

    sim::world around;
    late_store store;
    engine::system centre;
    account_id flat;
    unsigned closes = 0;
    std::string faults;
};

}  // namespace

TEST_CASE("a top-up at any moment around the cut: one cut an episode, and money before supply")
{
    for (const duration disk : {duration{0}, duration{2s}}) {
        race_play undisturbed{std::nullopt, disk};
        const auto cut = undisturbed.first_trip();
        REQUIRE(cut);
        REQUIRE(undisturbed.moves(relay_state::open) == 1);
        std::vector<duration> moments{-2min, -61s, -60s, -59s, -1s, -1ms, 0ms, 1ms};
        for (int i = 1; i <= 12; ++i) moments.push_back(i * 50ms);
        for (int i = 1; i <= 12; ++i) moments.push_back(i * 13s);
        std::size_t spared = 0;
        std::size_t restored = 0;
        for (const duration after : moments) {
            CAPTURE(disk.count());
            CAPTURE(after.count());
            race_play play{*cut + after, disk};
            CHECK(play.faults == "");
            CHECK(play.moves(relay_state::open) <= 1);
            CHECK(play.moves(relay_state::closed) == play.moves(relay_state::open));
            CHECK(play.centre.credit(play.flat).relay != relay_state::open);
            const auto report = ledger::audit(play.store).value();
            CHECK(report.ok());
            CHECK(play.store.find_transfer("top_up/race").value().size() == 2);
            const auto told = play.store.notices().value();
            CHECK(std::count_if(told.begin(), told.end(), [&](const notice& each) {
                      return each.account == play.flat && each.kind == notice_kind::cut;
                  }) <= 1);
            spared += play.moves(relay_state::open) == 0 ? 1 : 0;
            restored += play.closes > 0 ? 1 : 0;
        }
        CHECK(spared > 0);     // both ends are met
        CHECK(restored > 5);
    }
}
