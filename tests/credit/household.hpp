// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "dice.hpp"
#include "examples.hpp"

namespace wattpurse::credit::examples {

/// What the world throws at a household; the chances are "one in so many ticks", 0 is never.
struct weather {
    std::int64_t answer_lost = 5;
    std::int64_t reading_missed = 4;
    std::int64_t payment = 350;
    std::int64_t protection_changes = 2500;
    std::int64_t opened_by_others = 0;
    std::int64_t closed_by_others = 400;
};

/// One household with a meter, a bad line and a purse that obeys `decide`: what an engine does,
/// in the small. Ticks are five minutes. `log` holds all that left the house.
class household {
public:
    household(std::uint64_t seed, policy rules) : roll_{seed}, rules_{std::move(rules)}
    {
        view_.state.account = flat("F07");
        view_.balance = yuan("40");
    }

    static constexpr duration tick = std::chrono::minutes{5};

    weather sky;
    instant now = at("2026-01-01T00:00");
    bool relay_is_open = false;  ///< the truth at the meter
    bool keep_power = false;     ///< the truth at the meter
    bool cut_by_us = false;      ///< a trip of ours was the last thing to open the relay
    std::string log;
    std::map<std::string, int> notices;  ///< how often each key was used
    std::map<command_kind, int> sent;

    const account_view& view() const { return view_; }
    const policy& rules() const { return rules_; }
    void set_balance(const money& balance) { view_.balance = balance; }

    /// One tick: the world moves, what came back is taken, a decision is made and carried out.
    /// Returns the decision and the view it was made of.
    std::pair<account_view, decision> step()
    {
        now += tick;
        live();
        take_receipts();
        poll();
        follow_command();
        const account_view seen = view_;
        decision made = decide(seen, rules_, now);
        obey(made);
        send();
        return {seen, std::move(made)};
    }

private:
    bool happens(std::int64_t one_in) { return one_in > 0 && roll_.one_in(one_in); }

    void live()
    {
        if (payment_) {
            add(std::exchange(payment_, 0));
        }
        view_.payment_in_flight = false;
        if (happens(sky.payment)) {
            payment_ = roll_.between(1, 25'000'000);
            view_.payment_in_flight = true;
        }
        if (!relay_is_open) add(-roll_.between(0, 100'000));
        if (happens(sky.opened_by_others)) relay_is_open = true;
        if (happens(sky.closed_by_others)) relay_is_open = false;
        if (happens(sky.protection_changes)) {
            auto& accounts = rules_.protected_accounts;
            accounts.empty() ? accounts.push_back(flat("F07")) : accounts.clear();
        }
    }

    void add(std::int64_t micros)
    {
        const money change{money::amount_type::of(micros), cny};
        view_.balance = (view_.balance + change).value();
    }

    void take_receipts()
    {
        if (warned_ && happens(20)) {
            if (view_.state.warned_at == *warned_) view_.state.warning_delivered_at = now;
            warned_.reset();
        }
    }

    void poll()
    {
        if (happens(sky.reading_missed)) return;
        view_.newest_reading = now;
        read_status();
    }

    void read_status()
    {
        view_.state.relay = relay_is_open ? relay_state::open : relay_state::closed;
        view_.state.relay_read_at = now;
        view_.state.protect_read = keep_power;
        if (auto& open = view_.open_command; open && open->state == command_state::acknowledged) {
            open->relay_read = view_.state.relay;
        }
    }

    bool is_proven(command_kind kind) const
    {
        const credit_state& state = view_.state;
        switch (kind) {
            case command_kind::trip: return state.relay == relay_state::open;
            case command_kind::permit:
            case command_kind::close: return state.relay == relay_state::closed;
            case command_kind::protect: return state.protect_read;
            case command_kind::unprotect: return !state.protect_read;
        }
        return false;
    }

    void follow_command()
    {
        auto& open = view_.open_command;
        if (!open || open->state == command_state::queued) return;
        if (open->relay_read != relay_state::unknown && is_proven(open->kind)) {
            finish(command_state::confirmed);
        } else if (now - *open->sent_at >= tick) {
            finish(roll_.one_in(4) ? command_state::refused : command_state::timed_out);
        }
    }

    void finish(command_state state)
    {
        view_.open_command->state = state;
        if (view_.open_command->sent_at) {
            view_.last_attempt_at = view_.open_command->sent_at;
            view_.last_command = view_.open_command;
        }
        view_.open_command.reset();
    }

    void obey(const decision& made)
    {
        if (made.supersede_open) finish(command_state::superseded);
        view_.state = made.next;
        for (const auto& each : made.notices) {
            ++notices[each.key];
            if (each.kind == notice_kind::cut_warning) warned_ = now;
            note(each.key);
        }
        if (made.command) {
            view_.open_command = queued(*made.command, view_, now);
            note("queue " + made.command->key);
        }
    }

    void send()
    {
        auto& open = view_.open_command;
        if (!open || open->state != command_state::queued || happens(sky.answer_lost)) return;
        if (!may_send(*open, view_, rules_, now).allowed) return finish(command_state::expired);
        note("send " + open->key);
        ++sent[open->kind];
        open->state = command_state::acknowledged;
        open->sent_at = now;
        open->attempts = 1;
        if (happens(sky.answer_lost)) return;  // did not arrive
        carry_out(open->kind);
        if (!happens(sky.answer_lost)) open->acknowledged_at = now;
    }

    void carry_out(command_kind kind)
    {
        switch (kind) {
            case command_kind::trip:
                if (!keep_power && !relay_is_open) relay_is_open = cut_by_us = true;
                return;
            case command_kind::permit:
                if (happens(3)) return;  // nobody at home
                [[fallthrough]];
            case command_kind::close: relay_is_open = cut_by_us = false; return;
            case command_kind::protect: keep_power = true; return;
            case command_kind::unprotect: keep_power = false; return;
        }
    }

    void note(const std::string& what)
    {
        log += std::string{iso8601(now, china_zone).view()} + ' ' + what + '\n';
    }

    dice roll_;
    policy rules_;
    account_view view_;
    std::int64_t payment_ = 0;
    std::optional<instant> warned_;
};

}  // namespace wattpurse::credit::examples
