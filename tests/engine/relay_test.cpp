// SPDX-License-Identifier: Apache-2.0
// Commands that do not go the short way: a permit, a meter that refuses.
#include "playing.hpp"
#include "quiet_house.hpp"

using namespace wattpurse;
using namespace wattpurse::engine::playing;

namespace {

struct cut_play {
    /// The engine's site as the world has it, after `change`.
    template <class Change>
    cut_play(credit::policy (*rules)(const sim::world&), Change change)
        : around{four_days()}, centre{changed(around.site(), change),
                                      tariff::examples::zhejiang(), rules(around), store}
    {
        REQUIRE(centre.start(around.now()));
        sim::play(around, centre, end_of(around));
        REQUIRE(centre.failure() == "");
    }

    template <class Change>
    static engine::site changed(engine::site where, Change change)
    {
        change(where);
        return where;
    }

    std::vector<command> commands_of(command_kind kind)
    {
        auto out = store.commands().value();
        out.erase(std::remove_if(out.begin(), out.end(),
                                 [&](const command& each) { return each.kind != kind; }),
                  out.end());
        return out;
    }

    sim::world around;
    port::memory_store store;
    engine::system centre;
};

credit::policy permitting(const sim::world& around)
{
    auto rules = strict(around);
    rules.direct_reconnect = false;
    return rules;
}

const auto as_it_is = [](engine::site&) {};

}  // namespace

TEST_CASE("a permit is proven by the meter's command state, and the customer closes the relay")
{
    cut_play play{permitting, as_it_is};
    const auto trips = play.commands_of(command_kind::trip);
    const auto permits = play.commands_of(command_kind::permit);
    REQUIRE(trips.size() == 1);
    REQUIRE(permits.size() == 1);  // not repeated while the customer is on the way
    CHECK(play.commands_of(command_kind::close).empty());
    CHECK(permits[0].state == command_state::confirmed);
    CHECK(permits[0].relay_read == relay_state::open);  // permitted, not yet closed

    const auto happened = play.around.what_happened();
    REQUIRE(happened.relays.size() == 2);
    CHECK(happened.relays[1].relay == relay_state::closed);
    CHECK(happened.relays[1].at > *permits[0].confirmed_at);

    const account_id flat = permits[0].account;
    CHECK(play.centre.credit(flat).relay == relay_state::closed);
    CHECK_FALSE(play.centre.credit(flat).cut_wanted);
    const auto rows = rows_of(play.store, play.around.site());
    CHECK(count_of(rows, "notice restored/" + text_of(flat)) == 1);
    CHECK(count_of(rows, "command_failed") == 0);
}

TEST_CASE("a meter that refuses is not asked again before the pause is over")
{
    const auto with_wrong_password = [](engine::site& where) {
        where.credentials = codec::dlt645::credentials{2, {0xEE, 0xEE, 0xEE}, {1, 0, 0, 0}};
    };
    cut_play play{strict, with_wrong_password};
    for (const auto kind : {command_kind::trip, command_kind::protect}) {
        CAPTURE(to_string(kind));
        const auto tried = play.commands_of(kind);
        REQUIRE(tried.size() >= 2);
        for (std::size_t i = 0; i < tried.size(); ++i) {
            CAPTURE(row(tried[i]));
            const bool refused_or_lost = tried[i].state == command_state::refused ||
                                         tried[i].state == command_state::timed_out;
            CHECK((refused_or_lost || i + 1 == tried.size()));
            CHECK_FALSE(tried[i].confirmed_at);
            CHECK_FALSE(tried[i].acknowledged_at);
            if (i == 0 || !tried[i].sent_at) continue;
            CHECK(*tried[i].sent_at - *tried[i - 1].sent_at >= credit::retry_after);
        }
    }
    const auto rows = rows_of(play.store, play.around.site());
    const auto refused = count_of(rows, " refused ");
    CHECK(refused >= 4);
    CHECK(count_of(rows, "command_failed") >= refused);
    CHECK(play.around.what_happened().relays.empty());  // and nothing ever moved
    CHECK(play.centre.closed_until(play.around.end()));
}

TEST_CASE("a command to a line where nobody answers times out by itself and is tried again")
{
    auto rules = quiet_house::easy();
    rules.protected_accounts = {quiet_house::account("F01")};
    port::memory_store store;
    quiet_house house{store, rules};
    REQUIRE(house.centre.start(house.now));
    house.run_for(26h);
    const auto tried = store.commands().value();
    REQUIRE(tried.size() >= 2);
    CHECK(tried[0].state == command_state::timed_out);
    for (std::size_t i = 1; i < tried.size(); ++i) {
        CHECK(*tried[i].sent_at - *tried[i - 1].sent_at >= credit::retry_after);
    }
    CHECK(house.events(event_kind::command_failed).size() + 1 >= tried.size());
    CHECK(house.centre.failure() == "");
}

TEST_CASE("a trip that has waited too long in the house is not sent")
{
    // Decided at 13:49 by an engine that died before it sent; the next one comes at 16:58, when a
    // cut could no longer be proven before the protected hours begin.
    const auto late = credit::examples::at("2026-01-29T16:58");
    sim::world around{four_days()};
    auto rules = strict(around);
    port::memory_store store;
    std::string key;
    {
        engine::system centre{around.site(), tariff::examples::zhejiang(), rules, store};
        REQUIRE(centre.start(around.now()));
        sim::play(around, centre, credit::examples::at("2026-01-29T13:50"));
        REQUIRE(centre.failure() == "");
    }
    // A command that was decided and committed, and whose sending was not: as a crash leaves it.
    auto state = store.load().value();
    command trip;
    trip.account = around.site().accounts[0].account;
    trip.meter = around.site().services[0].meter;
    trip.kind = command_kind::trip;
    trip.key = key = "trip/" + text_of(trip.account) + "/1";
    trip.reason = "decided";
    trip.queued_at = credit::examples::at("2026-01-29T13:49");
    port::batch work;
    work.fence_epoch = store.fence().value();
    work.commands.push_back(trip);
    for (auto credit : state.credit_states) {
        if (credit.account != trip.account) continue;
        credit.cut_wanted = true;
        credit.command_count = 1;
        work.credit_states.push_back(credit);
    }
    store.submit(work);
    REQUIRE(store.poll()->status == port::commit_status::committed);

    while (around.now() < late) (void)around.advance(late);  // nobody is there
    around.reconnected();
    engine::system back{around.site(), tariff::examples::zhejiang(), rules, store};
    REQUIRE(back.start(around.now()));
    sim::play(around, back, late + 1h);
    const auto known = store.commands().value();
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const command& each) { return each.key == key; });
    REQUIRE(found != known.end());
    CHECK(found->state == command_state::expired);
    CHECK_FALSE(found->sent_at);
    CHECK(found->reason.find("not sent: ") != std::string::npos);
    CHECK(around.what_happened().relays.empty());
}
