// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/engine/day_archive.hpp>
#include <wattpurse/engine/system.hpp>
#include <wattpurse/ledger/statement.hpp>
#include <wattpurse/port/memory_store.hpp>
#include <wattpurse/sim/play.hpp>
#include <wattpurse/sim/world.hpp>

#include "../credit/examples.hpp"
#include "../tariff/examples.hpp"

/// Short plays of an engine in a simulated world, for the tests of this folder.
namespace wattpurse::engine::playing {

using namespace std::chrono_literals;

/// Wall clock in China, "2026-01-31T09:00".
inline instant at(std::string_view minute)
{
    return parse_iso8601(std::string{minute} + ":00+08:00").value();
}

/// Four flats on two lines, from 28 January to the end of the month.
inline sim::world_options four_days()
{
    sim::world_options out;
    out.flats = 4;
    out.flats_per_bus = 2;
    out.days = 4;
    out.start = at("2026-01-28T00:00");
    return out;
}

/// That, with a line that does nothing wrong and a desk that says everything once.
inline sim::world_options without_faults(sim::world_options of)
{
    of.lost = of.late = of.doubled = of.garbled = of.orders_doubled = 0;
    return of;
}

/// So strict that four days have their warnings, cuts and reconnections.
inline credit::policy strict(const sim::world& around)
{
    auto rules = credit::examples::residential();
    rules.alarm_1 = credit::examples::yuan("12");
    rules.alarm_2 = credit::examples::yuan("6");
    rules.overdraft_limit = credit::examples::yuan("1");
    rules.notice_age_min = 6h;
    rules.protected_accounts = {around.protected_account()};
    return rules;
}

/// What the engine does after the play's end: reads the last freeze, closes the month.
inline instant end_of(const sim::world& around) { return around.end() + 30min; }

inline std::string text_of(instant at) { return std::string{iso8601(at, china_zone).view()}; }
inline std::string text_of(const std::optional<instant>& at) { return at ? text_of(*at) : "-"; }

inline std::string text_of(const register_set& shown)
{
    std::string out = to_string(shown.total);
    for (const energy each : shown.tariff) out += ' ' + to_string(each);
    return out;
}

template <class Label>
std::string text_of(const Label& id)
{
    return std::string{id.view()};
}

inline std::string row(const posting& p)
{
    return "posting " + text_of(p.account) + ' ' + std::to_string(p.account_seq) + ' ' + p.key +
           ' ' + std::to_string(p.leg) + ' ' + std::string{to_string(p.kind)} + ' ' + p.subject +
           ' ' + text_of(p.effective_at) + ' ' + text_of(p.recorded_at) + ' ' +
           to_string(p.amount) + ' ' + to_string(p.running_balance) + ' ' +
           std::to_string(p.block) + ' ' + p.explain;
}

inline std::string row(const reading& r)
{
    return "reading " + text_of(r.account) + ' ' + text_of(r.meter) + ' ' +
           text_of(r.effective_at) + ' ' + text_of(r.recorded_at) + ' ' + text_of(r.registers) +
           ' ' + std::string{to_string(r.source)} + ' ' + std::string{to_string(r.quality)};
}

inline std::string row(const command& c)
{
    return "command " + c.key + ' ' + text_of(c.account) + ' ' + text_of(c.meter) + ' ' +
           std::string{to_string(c.kind)} + ' ' + std::string{to_string(c.state)} + ' ' +
           text_of(c.queued_at) + ' ' + text_of(c.sent_at) + ' ' + text_of(c.acknowledged_at) +
           ' ' + text_of(c.confirmed_at) + ' ' + std::string{to_string(c.relay_read)} + ' ' +
           std::to_string(c.attempts) + ' ' + c.reason;
}

inline std::string row(const notice& n)
{
    return "notice " + n.key + ' ' + text_of(n.account) + ' ' + std::string{to_string(n.kind)} +
           ' ' + text_of(n.issued_at) + ' ' + text_of(n.delivered_at) + ' ' + n.text;
}

inline std::string row(const event& e)
{
    return "event " + text_of(e.at) + ' ' + text_of(e.account) + ' ' + text_of(e.meter) + ' ' +
           std::string{to_string(e.kind)} + ' ' + e.text;
}

inline std::string row(const bill& b)
{
    std::string out = "bill " + text_of(b.account) + ' ' + text_of(b.period) + ' ' +
                      text_of(b.from) + ' ' + text_of(b.until) + ' ' + text_of(b.closed_at) +
                      ' ' + to_string(b.charged) + ' ' + to_string(b.total);
    for (const energy each : b.used) out += ' ' + to_string(each);
    return out;
}

inline std::string row(const service& s)
{
    return "service " + text_of(s.account) + ' ' + text_of(s.meter) + ' ' + text_of(s.bus) + ' ' +
           text_of(s.from) + ' ' + text_of(s.until);
}

inline std::string row(const credit_state& s)
{
    return "credit " + text_of(s.account) + ' ' + std::string{to_string(s.level)} + ' ' +
           std::to_string(s.episode) + ' ' + std::string{to_string(s.told)} + ' ' +
           text_of(s.warned_at) + ' ' + text_of(s.warning_delivered_at) + ' ' +
           (s.cut_wanted ? "cut " : "") + (s.protect_wanted ? "protect " : "") +
           std::to_string(s.command_count) + ' ' + std::string{to_string(s.relay)} + ' ' +
           text_of(s.relay_read_at) + (s.protect_read ? " protected" : "");
}

template <class Rows>
void append(std::vector<std::string>& to, const Rows& rows)
{
    for (const auto& each : rows) to.push_back(row(each));
}

/// Everything a store holds for good, one line a row.
inline std::vector<std::string> rows_of(port::store& books, const engine::site& where)
{
    std::vector<std::string> out;
    const auto state = books.load().value();
    for (const auto& head : state.heads) {
        append(out, ledger::account_postings(books, head.account).value());
    }
    for (const auto& account : where.accounts) {
        append(out, engine::readings_of(books, account.account, instant::min(), instant::max())
                        .value());
    }
    append(out, books.commands().value());
    append(out, books.notices().value());
    append(out, books.events().value());
    append(out, state.bills);
    append(out, state.services);
    append(out, state.credit_states);
    return out;
}

/// The first line that differs, as "ours | theirs"; empty where there is none.
inline std::string first_difference(const std::vector<std::string>& ours,
                                    const std::vector<std::string>& theirs)
{
    for (std::size_t i = 0; i < std::max(ours.size(), theirs.size()); ++i) {
        const std::string a = i < ours.size() ? ours[i] : "(nothing)";
        const std::string b = i < theirs.size() ? theirs[i] : "(nothing)";
        if (a != b) return a + " | " + b;
    }
    return {};
}

inline std::size_t count_of(const std::vector<std::string>& rows, std::string_view part)
{
    return static_cast<std::size_t>(std::count_if(
        rows.begin(), rows.end(),
        [&](const std::string& each) { return each.find(part) != std::string::npos; }));
}

}  // namespace wattpurse::engine::playing
