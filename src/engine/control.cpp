// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/engine/control.hpp>

#include <algorithm>
#include <utility>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/meter/encode.hpp>
#include <wattpurse/meter/status.hpp>

namespace wattpurse::engine {

namespace {

/// A relay that has not followed its acknowledged command after this long did not obey. Meters
/// may open with a delay (04001401, in minutes).
constexpr duration confirm_within = std::chrono::minutes{5};

}  // namespace

control::control(credit::policy rules) : policy_(std::move(rules)) {}

void control::load(const port::snapshot& state, const std::vector<command>& commands)
{
    for (const auto& saved : state.credit_states) accounts_[saved.account].state = saved;
    for (const auto& given : commands) {
        entry& of = accounts_[given.account];
        if (is_open(given.state)) {
            of.open = given;
        } else if (given.sent_at && (!of.last || of.last->sent_at <= given.sent_at)) {
            of.last = given;
        }
    }
    for (const auto& waiting : state.undelivered_notices) {
        undelivered_.emplace(waiting.key, waiting);
    }
}

void control::open(const account_id& account)
{
    accounts_[account].state.account = account;
}

void control::take_result(const arrival& what, instant tick, port::batch& into)
{
    entry& of = accounts_[what.account];
    if (!of.open || of.open->key != what.key) return;  // an old answer to a finished command
    switch (what.answer) {
        case command_answer::acknowledged:
            of.open->state = command_state::acknowledged;
            of.open->acknowledged_at = tick;
            into.commands.push_back(*of.open);
            return;
        case command_answer::refused:
            finish(of, command_state::refused, tick, into);
            return;
        case command_answer::no_answer:
            // It may have been carried out all the same: the relay is read before anything else.
            of.open->state = command_state::acknowledged;
            into.commands.push_back(*of.open);
            return;
    }
}

void control::take_status(const arrival& what, instant tick, port::batch& into)
{
    entry& of = accounts_[what.account];
    if (what.answer != command_answer::acknowledged) return check_overdue(of, tick, into);
    const meter::status_word_3 word{static_cast<std::uint16_t>(what.code)};
    of.state.relay = word.relay();
    of.state.relay_read_at = tick;
    of.state.protect_read = word.keep_power();
    into.credit_states.push_back(of.state);
    if (!of.open || of.open->state != command_state::acknowledged) return;
    of.open->relay_read = word.relay();
    if (!meter::confirms(word, of.open->kind)) return check_overdue(of, tick, into);
    of.open->confirmed_at = tick;
    finish(of, command_state::confirmed, tick, into);
}

/// The relay has not followed, or could not be read: how long has the command been out?
void control::check_overdue(entry& of, instant tick, port::batch& into)
{
    if (!of.open || of.open->state != command_state::acknowledged) return;
    if (tick - of.open->sent_at.value_or(of.open->queued_at) >= confirm_within) {
        finish(of, command_state::timed_out, tick, into);
    }
}

void control::take_receipt(const arrival& what, instant tick, port::batch& into)
{
    const auto found = undelivered_.find(what.key);
    if (found == undelivered_.end()) return;  // a second receipt
    notice told = std::move(found->second);
    undelivered_.erase(found);
    told.delivered_at = tick;
    entry& of = accounts_[told.account];
    if (told.kind == notice_kind::cut_warning && of.state.warned_at == told.issued_at) {
        of.state.warning_delivered_at = tick;
        into.credit_states.push_back(of.state);
    }
    into.notices.push_back(std::move(told));
}

void control::meter_changed(const account_id& account, port::batch& into)
{
    auto& of = accounts_[account];
    of.state.relay = relay_state::unknown;
    of.state.relay_read_at.reset();
    of.state.protect_read = false;
    into.credit_states.push_back(of.state);
    if (of.open) finish(of, command_state::superseded, instant{}, into);
}

void control::finish(entry& of, command_state state, instant tick, port::batch& into)
{
    of.open->state = state;
    into.commands.push_back(*of.open);
    if (state == command_state::refused || state == command_state::timed_out) {
        into.events.push_back({tick, of.open->account, of.open->meter,
                               event_kind::command_failed,
                               of.open->key + " " + std::string{to_string(state)}});
    }
    if (of.open->sent_at) of.last = std::move(of.open);
    of.open.reset();
}

void control::decide(const account_id& id, const meter_id& meter, const money& balance,
                     std::optional<instant> newest_reading, instant tick, port::batch& into)
{
    entry& of = accounts_[id];
    const credit_state before = of.state;
    auto decision = credit::decide(view(id, balance, newest_reading), policy_, tick);
    of.evaluate_at = decision.evaluate_again_at;
    if (decision.supersede_open && of.open && of.open->state == command_state::queued) {
        finish(of, command_state::superseded, tick, into);
    }
    of.state = decision.next;
    if (of.state.level == credit_level::over_limit && before.level != credit_level::over_limit) {
        into.events.push_back({tick, id, meter, event_kind::limit_exceeded,
                               "balance " + to_string(balance) + " is below the overdraft limit"});
    }
    for (auto& wanted : decision.notices) {
        notice issued{std::move(wanted.key), id, wanted.kind, tick, std::nullopt,
                      std::move(wanted.text)};
        into.notices.push_back(issued);
        undelivered_.emplace(issued.key, std::move(issued));
    }
    if (decision.command && !of.open) {
        command queued;
        queued.key = std::move(decision.command->key);
        queued.account = id;
        queued.meter = meter;
        queued.kind = decision.command->kind;
        queued.reason = std::move(decision.command->reason);
        queued.queued_at = tick;
        into.commands.push_back(queued);
        of.open = std::move(queued);
    }
    if (!(of.state == before)) into.credit_states.push_back(of.state);
}

std::vector<command> control::release(const std::map<account_id, credit::account_view>& views,
                                      instant now, port::batch& into)
{
    std::vector<command> released;
    for (const auto& [id, seen] : views) {
        entry& of = accounts_[id];
        if (!of.open || of.open->state != command_state::queued) continue;
        const auto verdict = credit::may_send(*of.open, seen, policy_, now);
        if (!verdict.allowed) {
            of.open->reason += "; not sent: " + verdict.reason;
            finish(of, command_state::expired, now, into);
            continue;
        }
        of.open->state = command_state::sent;
        of.open->sent_at = now;
        of.open->attempts = 1;
        into.commands.push_back(*of.open);
        released.push_back(*of.open);
    }
    return released;
}

const credit_state& control::state(const account_id& account) const
{
    const auto found = accounts_.find(account);
    WATTPURSE_ASSERT(found != accounts_.end());
    return found->second.state;
}

const command* control::open_command(const account_id& account) const
{
    const auto found = accounts_.find(account);
    return found != accounts_.end() && found->second.open ? &*found->second.open : nullptr;
}

std::vector<account_id> control::queued() const
{
    std::vector<account_id> ids;
    for (const auto& [id, of] : accounts_) {
        if (of.open && of.open->state == command_state::queued) ids.push_back(id);
    }
    return ids;
}

std::vector<notice> control::undelivered() const
{
    std::vector<notice> all;
    for (const auto& [key, waiting] : undelivered_) all.push_back(waiting);
    return all;
}

credit::account_view control::view(const account_id& id, const money& balance,
                                   std::optional<instant> newest_reading) const
{
    const auto& of = accounts_.at(id);
    // At a booking everything that has come in is booked before anything is decided, so no payment
    // is in flight; at the moment of sending the caller knows better.
    return {of.state, balance, newest_reading, false, of.open,
            of.last ? of.last->sent_at : std::nullopt, of.last};
}

instant control::evaluate_at() const
{
    instant next = instant::max();
    for (const auto& [id, of] : accounts_) {
        if (of.evaluate_at) next = std::min(next, *of.evaluate_at);
    }
    return next;
}

}  // namespace wattpurse::engine
