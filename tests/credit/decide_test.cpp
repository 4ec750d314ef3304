// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "examples.hpp"

using namespace wattpurse;
using namespace wattpurse::credit;
using namespace wattpurse::credit::examples;

TEST_CASE("alarms are told once each as the balance falls")
{
    const policy rules = residential();
    account_view view = quiet("30.000001", noon);
    struct row {
        const char* balance;
        const char* notices;
        std::uint32_t episode;
    };
    for (const row& step : {row{"30.000001", "", 0}, row{"30", "alarm_1", 1},
                            row{"29", "", 1}, row{"10", "alarm_2", 1}, row{"20", "", 1},
                            row{"9", "", 1}, row{"0", "exhausted", 1}, row{"-5", "", 1},
                            row{"-5.000001", "cut_warning", 1}, row{"-6", "", 1},
                            row{"30.000001", "", 2}, row{"-3", "exhausted", 3},
                            row{"31", "", 3}, row{"-3", "exhausted", 4}}) {
        CAPTURE(step.balance);
        view.balance = yuan(step.balance);
        const decision made = decide(view, rules, noon);
        CHECK(told(made) == step.notices);
        CHECK(made.next.episode == step.episode);
        CHECK(asked(made) == "");
        view.state = made.next;
    }
}

TEST_CASE("of several alarms passed at once only the worst is told")
{
    const policy rules = residential();
    CHECK(told(decide(quiet("5", noon), rules, noon)) == "alarm_2");
    CHECK(told(decide(quiet("-1", noon), rules, noon)) == "exhausted");
    const decision made = decide(quiet("-100", noon), rules, noon);
    CHECK(told(made) == "cut_warning");
    CHECK(made.next.warned_at == noon);
    CHECK(made.notices[0].key == "cut_warning/F07/1");
}

TEST_CASE("a trip is asked for when every guard holds, and once")
{
    const policy rules = residential();
    account_view view = ripe(noon);
    const decision made = decide(view, rules, noon);
    REQUIRE(asked(made) == "trip");
    CHECK(made.command->key == "trip/F07/1");
    CHECK(holds(made.command->reason, "-5.000001 CNY below -5.00 CNY"));
    CHECK(made.next.cut_wanted);
    CHECK(made.next.command_count == 1);
    CHECK(told(made) == "");
    view.state = made.next;
    view.open_command = queued(*made.command, view, noon);
    const decision again = decide(view, rules, noon);
    CHECK(asked(again) == "");
    CHECK_FALSE(again.supersede_open);
    CHECK(again.next == made.next);
    CHECK(may_send(*view.open_command, view, rules, noon).allowed);
}

TEST_CASE("each guard alone holds back the trip, in the house and at the door")
{
    struct row {
        const char* name;
        std::function<void(account_view&, policy&)> change;
        const char* reason;
        std::optional<instant> again;
    };
    const std::vector<row> rows = {
        {"limit reached exactly",
         [](account_view& v, policy&) { v.balance = yuan("-5"); }, "is not below", {}},
        {"protected account",
         [](account_view&, policy& p) { p.protected_accounts = {flat("F07")}; }, "protected", {}},
        {"relay never read",
         [](account_view& v, policy&) { v.state.relay = relay_state::unknown; }, "not been read",
         {}},
        {"relay open",
         [](account_view& v, policy&) { v.state.relay = relay_state::open; }, "open already", {}},
        {"keep-power bit",
         [](account_view& v, policy&) { v.state.protect_read = true; }, "keeps supply", {}},
        {"not warned", [](account_view& v, policy&) { v.state.warned_at.reset(); },
         "no cut warning", {}},
        {"not delivered",
         [](account_view& v, policy&) { v.state.warning_delivered_at.reset(); }, "not delivered",
         {}},
        {"receipt of an older warning",
         [](account_view& v, policy&) { v.state.warned_at = noon - 1h; }, "not delivered", {}},
        {"one millisecond too young",
         [](account_view& v, policy&) { *v.state.warning_delivered_at += 1ms; },
         "not old enough", noon + 1ms},
        {"too young until the evening",
         [](account_view& v, policy&) { *v.state.warning_delivered_at += 5h; },
         "not old enough", at("2026-01-07T09:00")},
        {"protected hour",
         [](account_view&, policy& p) { p.protected_hours.push_back({12h, 14h}); },
         "protected time", noon + 2h},
        {"protected hour about to begin",
         [](account_view&, policy& p) { p.protected_hours.push_back({12h + 9min, 14h}); },
         "protected time", noon + 2h},
        {"protected weekday",
         [](account_view&, policy& p) { p.protected_weekdays = {2}; }, "protected time",
         at("2026-01-07T09:00")},
        {"holiday",
         [](account_view&, policy& p) { p.protected_days = {std::chrono::year{2026} / 1 / 6}; },
         "protected time", at("2026-01-07T09:00")},
        {"all time protected",
         [](account_view&, policy& p) { p.protected_hours = {{0h, 24h}}; }, "all time", {}},
        {"no reading", [](account_view& v, policy&) { v.newest_reading.reset(); }, "no reading",
         {}},
        {"stale reading",
         [](account_view& v, policy&) { v.newest_reading = noon - 3h - 1ms; }, "too old", {}},
        {"payment on its way",
         [](account_view& v, policy&) { v.payment_in_flight = true; }, "payment", {}},
    };
    for (const row& each : rows) {
        CAPTURE(each.name);
        policy rules = residential();
        account_view view = ripe(noon);
        command trip = ended(command_kind::trip, command_state::queued, noon);
        trip.sent_at.reset();
        trip.attempts = 0;
        REQUIRE(may_send(trip, view, rules, noon).allowed);
        each.change(view, rules);
        const verdict sent = may_send(trip, view, rules, noon);
        CHECK_FALSE(sent.allowed);
        CHECK_MESSAGE(holds(sent.reason, each.reason), sent.reason);
        const decision made = decide(view, rules, noon);
        CHECK(asked(made) != "trip");
        CHECK(made.evaluate_again_at == each.again);
        CHECK_FALSE(made.next.cut_wanted);
    }
}

TEST_CASE("the age of a notice and of a reading are exact at their ends")
{
    const policy rules = residential();
    account_view view = ripe(noon);
    view.newest_reading = noon - 3h;
    CHECK(asked(decide(view, rules, noon)) == "trip");
    view.state.warning_delivered_at = noon - 12h + 1ms;
    const decision early = decide(view, rules, noon);
    CHECK(asked(early) == "");
    REQUIRE(early.evaluate_again_at == noon + 1ms);
    view.newest_reading = noon;
    CHECK(asked(decide(view, rules, noon + 1ms)) == "trip");
}

TEST_CASE("a new cut after a partial payment needs a new warning with a key of its own")
{
    const policy rules = residential();
    account_view view = ripe(noon);
    view.balance = yuan("1");
    decision made = decide(view, rules, noon);
    CHECK(told(made) == "");
    CHECK_FALSE(made.next.warned_at);
    CHECK_FALSE(made.next.warning_delivered_at);
    CHECK(made.next.told == credit_level::alarm_2);
    view.state = made.next;
    view.balance = yuan("-6");
    made = decide(view, rules, noon);
    CHECK(asked(made) == "");
    CHECK(told(made) == "cut_warning");
    CHECK(made.notices[0].key == "cut_warning/F07/4");
}

TEST_CASE("between the limit and the reconnect threshold a warning stands and a cut stays")
{
    const policy rules = residential();
    account_view view = ripe(noon);
    view.balance = yuan("-4");
    decision made = decide(view, rules, noon);
    CHECK(asked(made) == "");
    CHECK(made.next.warned_at);
    view.state = made.next;
    view.balance = yuan("-6");
    CHECK(asked(decide(view, rules, noon)) == "trip");

    view = cut(noon);
    view.balance = yuan("-4");
    made = decide(view, rules, noon);
    CHECK(asked(made) == "");
    CHECK(made.next.cut_wanted);
}

TEST_CASE("a queued trip is superseded by a payment, a sent one is waited for")
{
    const policy rules = residential();
    account_view view = ripe(noon);
    const decision made = decide(view, rules, noon);
    view.state = made.next;
    view.open_command = queued(made.command.value(), view, noon);
    view.balance = yuan("50");
    const decision paid = decide(view, rules, noon);
    CHECK(paid.supersede_open);
    CHECK(asked(paid) == "");
    CHECK_FALSE(paid.next.cut_wanted);
    CHECK(told(paid) == "");
    CHECK_FALSE(may_send(*view.open_command, view, rules, noon).allowed);

    view.open_command->state = command_state::sent;
    view.open_command->attempts = 1;
    const decision waiting = decide(view, rules, noon);
    CHECK_FALSE(waiting.supersede_open);
    CHECK(asked(waiting) == "");
    CHECK(waiting.next.cut_wanted);
}

TEST_CASE("a trip that expired in the house leaves nothing behind")
{
    const policy rules = residential();
    account_view view = ripe(noon);
    view.state = decide(view, rules, noon).next;
    REQUIRE(view.state.cut_wanted);
    view.payment_in_flight = true;  // why it was not sent
    CHECK_FALSE(decide(view, rules, noon).next.cut_wanted);
}

TEST_CASE("notices say who, how much, what happens next and when")
{
    const policy rules = residential();
    const auto only_text = [&](const account_view& view, instant now) {
        const decision made = decide(view, rules, now);
        REQUIRE(made.notices.size() == 1);
        return made.notices[0].text;
    };
    CHECK(only_text(quiet("29.5", noon), noon) ==
          "Account F07: your balance is 29.50 CNY, at or under the first alarm of 30.00 CNY. A "
          "cut warning follows when the balance falls below -5.00 CNY. Supply will not be cut "
          "before 2026-01-07 09:00 (+08:00). Please top up.");
    CHECK(only_text(quiet("-5.001", noon), noon) ==
          "Account F07: your balance is -5.001 CNY, below the limit of -5.00 CNY. Supply will be "
          "cut unless you pay. Supply will not be cut before 2026-01-07 09:00 (+08:00). Please "
          "pay at least 5.01 CNY.");
    account_view view = cut(noon);
    view.state.told = credit_level::exhausted;
    CHECK(only_text(view, noon) ==
          "Account F07: supply is cut, found so at 2026-01-06 12:00 (+08:00). Your balance is "
          "-5.000001 CNY. Supply comes back when the balance reaches 0.00 CNY. Please pay at "
          "least 5.01 CNY.");
}
