// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <wattpurse/credit/decide.hpp>
#include <wattpurse/credit/policy.hpp>
#include <wattpurse/credit/protection.hpp>

namespace wattpurse::credit::examples {

using namespace std::chrono_literals;

inline constexpr currency cny{"CNY"};

inline money yuan(std::string_view text)
{
    return {money::amount_type::parse(text).value(), cny};
}

/// A wall clock in China, "2026-01-05T09:00".
inline instant at(std::string_view minute)
{
    return parse_iso8601(std::string{minute} + ":00+08:00").value();
}

inline account_id flat(std::string_view name) { return account_id::parse(name).value(); }

/// Thirty and ten yuan, five yuan of overdraft, twelve hours of notice, cuts from 9 to 17.
inline policy residential()
{
    policy rules;
    rules.name = "residential";
    rules.unit = cny;
    rules.zone = china_zone;
    rules.alarm_1 = yuan("30");
    rules.alarm_2 = yuan("10");
    rules.overdraft_limit = yuan("5");
    rules.reconnect_above = yuan("0");
    rules.notice_age_min = 12h;
    rules.reading_age_max = 3h;
    rules.protected_hours = {{17h, 9h}};
    rules.protected_days = {std::chrono::year{2026} / 1 / 1};
    return rules;
}

/// A flat whose relay was read closed just now and whose reading is fresh.
inline account_view quiet(std::string_view balance, instant now)
{
    account_view view;
    view.state.account = flat("F07");
    view.state.relay = relay_state::closed;
    view.state.relay_read_at = now;
    view.balance = yuan(balance);
    view.newest_reading = now;
    return view;
}

/// A flat in arrears at which every guard of a trip holds at `now` (a free hour).
inline account_view ripe(instant now)
{
    account_view view = quiet("-5.000001", now);
    view.state.level = credit_level::over_limit;
    view.state.told = credit_level::exhausted;
    view.state.episode = 3;
    view.state.warned_at = now - 13h;
    view.state.warning_delivered_at = now - 12h;
    return view;
}

/// That flat after its trip was sent at `now - 1h` and proven.
inline account_view cut(instant now)
{
    account_view view = ripe(now);
    view.state.relay = relay_state::open;
    view.state.cut_wanted = true;
    view.state.told = credit_level::over_limit;
    view.state.command_count = 1;
    command trip;
    trip.key = "trip/F07/1";
    trip.account = view.state.account;
    trip.state = command_state::confirmed;
    trip.sent_at = now - 1h;
    trip.acknowledged_at = now - 1h;
    trip.attempts = 1;
    view.last_attempt_at = trip.sent_at;
    view.last_command = trip;
    return view;
}

/// A queued command as the engine makes it of an intent.
inline command queued(const intent& wanted, const account_view& view, instant now)
{
    command out;
    out.key = wanted.key;
    out.account = view.state.account;
    out.kind = wanted.kind;
    out.reason = wanted.reason;
    out.queued_at = now;
    return out;
}

inline const instant noon = at("2026-01-06T12:00");  // a Tuesday


/// Kinds of the notices of a decision, "alarm_1 cut".
inline std::string told(const decision& made)
{
    std::string out;
    for (const auto& each : made.notices) {
        if (!out.empty()) out += ' ';
        out += to_string(each.kind);
    }
    return out;
}

inline std::string asked(const decision& made)
{
    return made.command ? std::string{to_string(made.command->kind)} : "";
}

inline bool holds(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

inline command ended(command_kind kind, command_state state, instant sent_at)
{
    command out;
    out.account = flat("F07");
    out.kind = kind;
    out.state = state;
    out.sent_at = sent_at;
    out.attempts = 1;
    return out;
}

inline void remember(account_view& view, const command& last)
{
    view.last_command = last;
    view.last_attempt_at = last.sent_at;
}

}  // namespace wattpurse::credit::examples
