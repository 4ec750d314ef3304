// SPDX-License-Identifier: Apache-2.0
#include "guards.hpp"

#include <algorithm>

#include <wattpurse/credit/protection.hpp>

#include "wording.hpp"

namespace wattpurse::credit {
namespace {

bool was_read_since_attempt(const account_view& view)
{
    if (!view.last_attempt_at) return true;
    return view.state.relay_read_at && *view.state.relay_read_at > *view.last_attempt_at;
}

/// Anything of the meter has come in since the last attempt: its line is not dead.
bool was_heard_since_attempt(const account_view& view)
{
    return was_read_since_attempt(view) ||
           (view.newest_reading && *view.newest_reading > *view.last_attempt_at);
}

/// The guards that something must come in for.
std::optional<hindrance> standing_hindrance(const account_view& view, const policy& rules)
{
    const auto because = [](std::string reason) {
        return hindrance{std::move(reason), std::nullopt};
    };
    const credit_state& state = view.state;
    if (level_of(rules, view.balance) != credit_level::over_limit) {
        return because("the balance " + amount_text(view.balance) + " is not below " +
                       amount_text(-rules.overdraft_limit));
    }
    if (is_protected(rules, state.account)) return because("the account is protected");
    if (state.relay == relay_state::unknown) return because("the relay has not been read");
    if (state.relay == relay_state::open) return because("the relay is open already");
    if (state.protect_read) return because("the meter keeps supply (protected)");
    if (!state.warned_at) return because("no cut warning was issued");
    // A receipt older than the warning belongs to an earlier one.
    if (!state.warning_delivered_at || *state.warning_delivered_at < *state.warned_at) {
        return because("the cut warning is not delivered");
    }
    return std::nullopt;
}

}  // namespace

std::optional<hindrance> trip_hindrance(const account_view& view, const policy& rules,
                                        instant now, std::optional<instant> held_until)
{
    if (auto standing = standing_hindrance(view, rules)) return standing;

    const instant old_enough = *view.state.warning_delivered_at + rules.notice_age_min;
    const instant earliest = std::max({now, old_enough, held_until.value_or(now)});
    const instant ripe = next_unprotected(rules, earliest, trip_time);
    if (ripe > now) {
        std::string reason = "protected time, or too near to it";
        if (held_until && *held_until > now) reason = "pause after the last attempt";
        if (old_enough > now) reason = "the cut warning is not old enough";
        if (ripe == instant::max()) return hindrance{"all time is protected", std::nullopt};
        return hindrance{reason + ", not before " + moment_text(ripe, rules.zone), ripe};
    }
    if (!view.newest_reading) return hindrance{"there is no reading", std::nullopt};
    if (now - *view.newest_reading > rules.reading_age_max) {
        return hindrance{"the newest reading is of " +
                             moment_text(*view.newest_reading, rules.zone) + ", too old",
                         std::nullopt};
    }
    if (view.payment_in_flight) return hindrance{"a payment is on its way", std::nullopt};
    return std::nullopt;
}

bool has_cause_to_trip(const account_view& view, const policy& rules)
{
    return level_of(rules, view.balance) == credit_level::over_limit &&
           !is_protected(rules, view.state.account) &&
           view.state.relay == relay_state::closed && view.state.warned_at.has_value();
}

bool may_have_supply(const account_view& view, const policy& rules)
{
    return view.balance.amount() >= rules.reconnect_above.amount() ||
           is_protected(rules, view.state.account);
}

bool is_known_closed(const account_view& view)
{
    if (view.state.relay != relay_state::closed) return false;
    if (view.last_command) {
        if (view.last_command->kind == command_kind::trip) return false;
        if (view.last_command->state == command_state::confirmed) return true;
    }
    return was_read_since_attempt(view);
}

bool must_unprotect(const account_view& view, const policy& rules)
{
    if (is_protected(rules, view.state.account)) return false;
    if (view.state.protect_read) return true;
    return view.last_command && view.last_command->kind == command_kind::protect &&
           view.last_command->state != command_state::confirmed && !was_read_since_attempt(view);
}

std::optional<instant> pause_end(const account_view& view, command_kind kind, instant now)
{
    if (!view.last_attempt_at) return std::nullopt;
    duration pause = retry_after;
    if (view.last_command) {
        if (view.last_command->kind != kind) return std::nullopt;
        // It is the customer who closes the relay: an accepted permit has done its part, though
        // the relay was not found closed in time.
        const bool accepted = view.last_command->acknowledged_at.has_value();
        if (kind == command_kind::permit && accepted) pause = permit_again_after;
    }
    if (!was_heard_since_attempt(view)) pause = std::max(pause, retry_silent_after);
    const instant end = *view.last_attempt_at + pause;
    return end > now ? std::optional{end} : std::nullopt;
}

}  // namespace wattpurse::credit
