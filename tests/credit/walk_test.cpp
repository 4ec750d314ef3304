// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "household.hpp"

using namespace wattpurse;
using namespace wattpurse::credit;
using namespace wattpurse::credit::examples;

namespace {

constexpr std::uint64_t seeds = 60;
constexpr int month_ticks = 31 * 288;

policy drawn(std::uint64_t seed)
{
    dice roll{seed * 977 + 5};
    policy rules = residential();
    rules.notice_age_min = std::chrono::minutes{roll.between(0, 1440)};
    rules.reading_age_max = std::chrono::minutes{roll.between(10, 240)};
    rules.overdraft_limit = money{money::amount_type::of(roll.below(8) * 1'000'000), cny};
    rules.reconnect_above = -rules.overdraft_limit;
    if (!roll.one_in(4)) rules.reconnect_above = yuan(roll.one_in(2) ? "0" : "12.5");
    rules.direct_reconnect = !roll.one_in(4);
    const std::chrono::minutes from{roll.between(0, 1439)};
    rules.protected_hours = {{from, from == 9h ? 10h : 9h}};
    if (roll.one_in(2)) rules.protected_weekdays = {0, 6};
    REQUIRE(check(rules).empty());
    return rules;
}

/// What must hold for a trip that is asked for or sent, whatever came before.
void check_trip(const account_view& view, const policy& rules, instant now)
{
    CHECK_FALSE(is_protected_time(rules, now));
    CHECK_FALSE(is_protected_time(rules, now + household::tick));
    CHECK(rules.protected_accounts.empty());
    CHECK(view.balance.amount() < -rules.overdraft_limit.amount());
    REQUIRE(view.state.warned_at);
    REQUIRE(view.state.warning_delivered_at);
    CHECK(*view.state.warned_at <= *view.state.warning_delivered_at);
    CHECK(now - *view.state.warning_delivered_at >= rules.notice_age_min);
    REQUIRE(view.newest_reading);
    CHECK(now - *view.newest_reading <= rules.reading_age_max);
    CHECK_FALSE(view.payment_in_flight);
}

/// Decided again at once, with its own outcome, nothing new is asked for.
void check_idempotent(const household& home, const decision& made)
{
    const decision again = decide(home.view(), home.rules(), home.now);
    CHECK(again.notices.empty());
    // A command that expired at the door may be asked for again, but only that.
    if (home.view().open_command) {
        CHECK_FALSE(again.command);
        CHECK_FALSE(again.supersede_open);
        CHECK(again.next == made.next);
    }
}

/// Until the moment it names, time alone brings nothing.
void check_sleep(const account_view& seen, const decision& made, const policy& rules, instant now)
{
    if (made.evaluate_again_at) CHECK(*made.evaluate_again_at > now);
    if (made.command || made.supersede_open) return;
    account_view view = seen;
    view.state = made.next;
    const instant end = made.evaluate_again_at.value_or(now + 72h);
    for (const instant then : {now + 1ms, now + (end - now) / 2, end - 1ms}) {
        if (then <= now || then >= end) continue;
        view.newest_reading = then;  // if only time and readings go on
        // The first reading of a meter that was silent, or whose readings were too old, may bring
        // a decision.
        if (!seen.newest_reading || now - *seen.newest_reading > rules.reading_age_max ||
            (seen.last_attempt_at && *seen.newest_reading <= *seen.last_attempt_at)) {
            view.newest_reading = seen.newest_reading;
        }
        const decision later = decide(view, rules, then);
        CHECK(later.notices.empty());
        CHECK_FALSE(later.command);
    }
}

void walk(household& home, int ticks)
{
    for (int i = 0; i < ticks; ++i) {
        const int trips = home.sent[command_kind::trip];
        const auto [seen, made] = home.step();
        account_view decided = seen;
        decided.state = made.next;
        if (made.command && made.command->kind == command_kind::trip) {
            check_trip(decided, home.rules(), home.now);
        }
        if (home.sent[command_kind::trip] != trips) {
            check_trip(home.view(), home.rules(), home.now);
        }
        check_idempotent(home, made);
        if (i % 7 == 0) check_sleep(seen, made, home.rules(), home.now);
    }
}

/// A line without faults and a customer who neither pays nor changes.
void calm(household& home)
{
    home.sky = {0, 0, 0, 0, 0, 0};
}

int count(const household& home, std::string_view kind)
{
    return static_cast<int>(std::count_if(
        home.notices.begin(), home.notices.end(),
        [kind](const auto& each) { return each.first.starts_with(kind); }));
}

}  // namespace

TEST_CASE("a month of household life never breaks a rule, and whoever pays has supply again")
{
    int trips = 0;
    int cuts = 0;
    int restored = 0;
    int protects = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        CAPTURE(seed);
        household home{seed, drawn(seed)};
        walk(home, month_ticks);
        calm(home);
        home.set_balance(yuan("1000"));
        walk(home, 2 * 288 + 1);  // a permit is repeated after a day
        // In this world only we open relays.
        CHECK_FALSE(home.relay_is_open);
        CHECK_FALSE(home.view().state.cut_wanted);
        CHECK(home.view().state.level == credit_level::normal);
        for (const auto& each : home.notices) {
            CAPTURE(each.first);
            CHECK(each.second == 1);
        }
        CHECK(count(home, "cut/") == count(home, "restored/"));
        trips += home.sent[command_kind::trip];
        cuts += count(home, "cut/");
        restored += count(home, "restored/");
        protects += home.sent[command_kind::protect];
    }
    // The walks do go where the rules bite.
    CHECK(cuts > 100);
    CHECK(restored == cuts);
    CHECK(trips > cuts);
    CHECK(protects > 50);
}

TEST_CASE("whoever stays in arrears is cut in the end, unless protected")
{
    int protected_ones = 0;
    for (std::uint64_t seed = 1; seed <= seeds / 2; ++seed) {
        CAPTURE(seed);
        household home{seed, drawn(seed)};
        walk(home, 5 * 288);
        calm(home);
        home.set_balance(yuan("-50"));
        walk(home, 9 * 288);
        const bool is_free = home.rules().protected_accounts.empty();
        protected_ones += is_free ? 0 : 1;
        CHECK(home.relay_is_open == is_free);
        CHECK(home.view().state.cut_wanted == is_free);
        CHECK(home.view().state.protect_read != is_free);
    }
    CHECK(protected_ones > 0);
}

TEST_CASE("nothing is closed that others have opened while the account was in credit")
{
    int openings = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        household home{seed, drawn(seed)};
        home.set_balance(yuan("100000"));
        home.sky.opened_by_others = 300;
        home.sky.protection_changes = 0;
        for (int i = 0; i < month_ticks; ++i) {
            const decision made = home.step().second;
            CHECK_FALSE(made.command);
            CHECK(made.notices.empty());
            openings += home.relay_is_open ? 1 : 0;
        }
    }
    CHECK(openings > 1000);
}

TEST_CASE("the same life gives the same decisions")
{
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        household first{seed, drawn(seed)};
        household second{seed, drawn(seed)};
        for (int i = 0; i < month_ticks; ++i) {
            const decision a = first.step().second;
            const decision b = second.step().second;
            REQUIRE(a.why == b.why);
            REQUIRE(a.next == b.next);
        }
        CHECK(first.log == second.log);
        CHECK_FALSE(first.log.empty());
        household other{seed + 1000, drawn(seed)};
        for (int i = 0; i < month_ticks; ++i) static_cast<void>(other.step());
        CHECK(first.log != other.log);
    }
}
