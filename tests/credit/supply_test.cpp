// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "examples.hpp"

using namespace wattpurse;
using namespace wattpurse::credit;
using namespace wattpurse::credit::examples;

TEST_CASE("a failed trip pauses before it is tried again, a close does not wait for it")
{
    const policy rules = residential();
    account_view view = ripe(noon);
    view.state.cut_wanted = true;
    remember(view, ended(command_kind::trip, command_state::timed_out, noon - 4min));
    decision made = decide(view, rules, noon);
    CHECK(asked(made) == "");
    CHECK(made.evaluate_again_at == noon + 6min);
    CHECK(made.next.cut_wanted);
    view.newest_reading = noon;
    CHECK(asked(decide(view, rules, noon + 6min)) == "trip");
    view.balance = yuan("0");
    made = decide(view, rules, noon);
    CHECK(asked(made) == "close");  // nobody answered the trip, so it may have worked
    CHECK(told(made) == "");
}

TEST_CASE("a cut is told once it was read, and supply comes back at any hour once it is paid")
{
    const policy rules = residential();
    account_view view = cut(noon);
    view.state.told = credit_level::exhausted;
    decision made = decide(view, rules, noon);
    CHECK(told(made) == "cut");
    CHECK(made.notices[0].key == "cut/F07/3");
    CHECK(asked(made) == "");
    view.state = made.next;
    CHECK(told(decide(view, rules, noon)) == "");

    const instant midnight = at("2026-01-07T00:00");
    view.balance = yuan("-0.000001");
    CHECK(asked(decide(view, rules, midnight)) == "");
    view.balance = yuan("0");
    made = decide(view, rules, midnight);
    CHECK(asked(made) == "close");
    CHECK(made.next.episode == 4);
    CHECK_FALSE(made.next.warned_at);
    CHECK(made.next.cut_wanted);
    view.state = made.next;
    command close = queued(*made.command, view, midnight);
    CHECK(may_send(close, view, rules, midnight).allowed);

    close.state = command_state::confirmed;
    close.sent_at = midnight;
    remember(view, close);
    view.state.relay = relay_state::closed;
    view.state.relay_read_at = midnight;
    made = decide(view, rules, midnight);
    CHECK(told(made) == "restored");
    CHECK(made.notices[0].key == "restored/F07/4");
    CHECK_FALSE(made.next.cut_wanted);
    CHECK(made.next.told == credit_level::exhausted);
    CHECK(asked(made) == "");
}

TEST_CASE("a close that did not work is tried again after the pause")
{
    const policy rules = residential();
    account_view view = cut(noon);
    view.balance = yuan("100");
    for (const auto state : {command_state::timed_out, command_state::refused,
                             command_state::confirmed}) {
        remember(view, ended(command_kind::close, state, noon - 9min));
        const decision paused = decide(view, rules, noon);
        CHECK(asked(paused) == "");
        CHECK(paused.evaluate_again_at == noon + 1min);
        CHECK(asked(decide(view, rules, noon + 1min)) == "close");
    }
}

TEST_CASE("a relay that others opened is left to them")
{
    const policy rules = residential();
    account_view view = quiet("100", noon);
    view.state.relay = relay_state::open;
    CHECK(asked(decide(view, rules, noon)) == "");
    CHECK(told(decide(view, rules, noon)) == "");
    const command close = ended(command_kind::close, command_state::queued, noon);
    CHECK_FALSE(may_send(close, view, rules, noon).allowed);

    view = ripe(noon);  // our trip is still in the house
    const decision made = decide(view, rules, noon);
    view.open_command = queued(made.command.value(), view, noon);
    view.state = made.next;
    view.state.relay = relay_state::open;
    const decision seen = decide(view, rules, noon);
    CHECK(seen.supersede_open);
    CHECK_FALSE(seen.next.cut_wanted);
    CHECK(told(seen) == "");
}

TEST_CASE("nobody is warned of a cut while the relay is open")
{
    const policy rules = residential();
    account_view view = cut(noon);
    view.balance = yuan("1");
    view.state = decide(view, rules, noon).next;  // paid, but the close has not worked yet
    view.balance = yuan("-6");
    CHECK(told(decide(view, rules, noon)) == "");
    CHECK(asked(decide(view, rules, noon)) == "");
    view.state.relay = relay_state::closed;
    CHECK(told(decide(view, rules, noon)) == "cut_warning");
    CHECK(asked(decide(view, rules, noon)) == "");
}

TEST_CASE("a relay found closed after a cut is tripped again under all guards")
{
    const policy rules = residential();
    account_view view = cut(noon);
    view.state.relay = relay_state::closed;
    const decision made = decide(view, rules, noon);
    CHECK(asked(made) == "trip");
    CHECK(told(made) == "");
    const instant evening = at("2026-01-06T19:00");
    view.newest_reading = evening;
    const decision later = decide(view, rules, evening);
    CHECK(asked(later) == "");
    CHECK(later.next.cut_wanted);
    CHECK(later.evaluate_again_at == at("2026-01-07T09:00"));
}

TEST_CASE("without direct reconnect the customer is permitted to close, once a day")
{
    policy rules = residential();
    rules.direct_reconnect = false;
    account_view view = cut(noon);
    view.balance = yuan("100");
    CHECK(asked(decide(view, rules, noon)) == "permit");
    command permit = ended(command_kind::permit, command_state::timed_out, noon);
    remember(view, permit);
    CHECK(asked(decide(view, rules, noon + 10min)) == "");  // nobody had answered, nobody is heard
    view.newest_reading = noon + 1min;
    CHECK(asked(decide(view, rules, noon + 10min - 1ms)) == "");
    CHECK(asked(decide(view, rules, noon + 10min)) == "permit");
    permit.acknowledged_at = noon;
    remember(view, permit);
    CHECK(asked(decide(view, rules, noon + 10min)) == "");
    CHECK(decide(view, rules, noon + 10min).evaluate_again_at == noon + 24h);
    CHECK(asked(decide(view, rules, noon + 24h)) == "permit");
    view.state.relay = relay_state::closed;
    view.state.relay_read_at = noon + 1h;
    CHECK(told(decide(view, rules, noon + 1h)) == "restored");
}

TEST_CASE("a protected account is told, never warned, never cut, and the meter is told too")
{
    policy rules = residential();
    rules.protected_accounts = {flat("F07")};
    account_view view = ripe(noon);
    view.state.told = credit_level::alarm_2;
    decision made = decide(view, rules, noon);
    CHECK(told(made) == "exhausted");
    CHECK(asked(made) == "protect");
    CHECK_FALSE(made.next.warned_at);
    CHECK(made.next.protect_wanted);
    CHECK(holds(made.notices[0].text, "protected"));
    view.state = made.next;
    view.state.protect_read = true;
    made = decide(view, rules, noon);
    CHECK(asked(made) == "");
    CHECK(told(made) == "");

    rules.protected_accounts.clear();
    view.state = made.next;
    made = decide(view, rules, noon);
    CHECK(asked(made) == "unprotect");
    CHECK_FALSE(made.next.protect_wanted);
    CHECK(told(made) == "cut_warning");
    view.state = made.next;
    view.state.protect_read = false;
    CHECK(asked(decide(view, rules, noon)) == "");
}

TEST_CASE("an account that becomes protected while it is cut gets its supply back")
{
    policy rules = residential();
    rules.protected_accounts = {flat("F07")};
    account_view view = cut(noon);
    decision made = decide(view, rules, noon);
    CHECK(asked(made) == "close");
    remember(view, ended(command_kind::close, command_state::confirmed, noon));
    view.state = made.next;
    view.state.relay = relay_state::closed;
    made = decide(view, rules, noon + 1min);
    CHECK(told(made) == "restored");
    CHECK(asked(made) == "protect");
}

TEST_CASE("a protect that nobody answered is taken back all the same")
{
    const policy rules = residential();
    account_view view = quiet("100", noon);
    remember(view, ended(command_kind::protect, command_state::timed_out, noon));
    CHECK(asked(decide(view, rules, noon)) == "unprotect");
    view.state.relay_read_at = noon + 1min;  // read since, and the bit is not set
    CHECK(asked(decide(view, rules, noon + 1min)) == "");
}

TEST_CASE("one command at a time: what is wanted instead comes with the superseding")
{
    policy rules = residential();
    account_view view = ripe(noon);
    const decision made = decide(view, rules, noon);
    view.state = made.next;
    view.open_command = queued(made.command.value(), view, noon);
    rules.protected_accounts = {flat("F07")};
    const decision changed = decide(view, rules, noon);
    CHECK(changed.supersede_open);
    CHECK(asked(changed) == "protect");
    CHECK(changed.command->key == "protect/F07/2");
}

TEST_CASE("a meter of which nothing is heard is not told again before a day has passed")
{
    const policy rules = residential();
    account_view view = cut(noon);
    view.balance = yuan("100");
    view.newest_reading = noon - 1h;
    view.state.relay_read_at = noon - 1h;
    remember(view, ended(command_kind::close, command_state::timed_out, noon));
    CHECK(asked(decide(view, rules, noon + 10min)) == "");
    CHECK(decide(view, rules, noon + 10min).evaluate_again_at == noon + 24h);
    CHECK(asked(decide(view, rules, noon + 24h)) == "close");
    view.newest_reading = noon + 1ms;  // its line is back
    CHECK(asked(decide(view, rules, noon + 10min)) == "close");
}
