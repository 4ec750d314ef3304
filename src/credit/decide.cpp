// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/credit/decide.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

#include "guards.hpp"
#include "wording.hpp"

namespace wattpurse::credit {
namespace {

/// One decision in the making. The steps run in the order of `run`; each sees in `view.state`
/// what the steps before it have changed.
class deliberation {
public:
    deliberation(const account_view& seen, const policy& rules, instant now)
        : view_{seen}, rules_{rules}, now_{now}
    {
    }

    decision run()
    {
        follow_level();
        follow_relay();
        tell();
        if (view_.open_command) judge_open_command();
        if (!view_.open_command) choose_command();
        state().protect_wanted = is_protected(rules_, state().account);
        out_.next = state();
        out_.why = std::string{to_string(state().level)} + " at " + amount_text(view_.balance) +
                   "; " + (why_.empty() ? resting() : why_);
        return std::move(out_);
    }

private:
    credit_state& state() { return view_.state; }

    /// The level as far as a notice speaks of it; over the limit there is the warning.
    credit_level told_level() const
    {
        return std::min(view_.state.level, credit_level::exhausted);
    }

    bool is_open(command_kind kind) const
    {
        return view_.open_command && view_.open_command->kind == kind;
    }

    /// The open command has not left the house, so it can still be taken back.
    bool is_unsent() const
    {
        return view_.open_command && view_.open_command->state == command_state::queued &&
               view_.open_command->attempts == 0;
    }

    bool reconnect_wanted() const
    {
        return view_.state.cut_wanted && may_have_supply(view_, rules_);
    }

    std::string key_of(std::string_view what, std::uint32_t number) const
    {
        return std::string{what} + '/' + std::string{view_.state.account.view()} + '/' +
               std::to_string(number);
    }

    void add_notice(notice_kind kind)
    {
        out_.notices.push_back({kind, key_of(to_string(kind), state().episode),
                                notice_text(kind, view_, rules_, now_)});
    }

    void follow_level()
    {
        const credit_level before = state().level;
        state().level = level_of(rules_, view_.balance);
        const bool normal = state().level == credit_level::normal;
        if (before == credit_level::normal && !normal) ++state().episode;
        if (state().warned_at && (normal || may_have_supply(view_, rules_))) {
            // Paid, or protected: the next cut needs a warning and a number of its own.
            state().warned_at.reset();
            state().warning_delivered_at.reset();
            ++state().episode;
            if (!is_cut_told()) state().told = std::min(state().told, told_level());
        }
        if (normal && !is_cut_told()) state().told = credit_level::normal;
    }

    bool is_cut_told() const { return view_.state.told == credit_level::over_limit; }

    void follow_relay()
    {
        if (!state().cut_wanted) return;
        if (state().relay == relay_state::open && !is_cut_told()) {
            if (is_opened_by_others()) {
                state().cut_wanted = false;
                return;
            }
            add_notice(notice_kind::cut);
            state().told = credit_level::over_limit;
        }
        if (reconnect_wanted() && is_known_closed(view_) &&
            (!is_open(command_kind::trip) || is_unsent())) {
            end_cut();
        }
    }

    /// Our trip has not left the house, and none did before, but the relay is open.
    bool is_opened_by_others() const
    {
        const bool tripped_before =
            view_.last_command && view_.last_command->kind == command_kind::trip;
        return is_open(command_kind::trip) && is_unsent() && !tripped_before;
    }

    void end_cut()
    {
        state().cut_wanted = false;
        if (!is_cut_told()) return;
        add_notice(notice_kind::restored);
        state().told = told_level();
    }

    void tell()
    {
        const bool warn = state().level == credit_level::over_limit && !state().warned_at &&
                          !is_protected(rules_, state().account) &&
                          state().relay != relay_state::open;
        if (told_level() > state().told) {
            // The warning says more than the alarm it would come with.
            if (!warn) add_notice(alarm_of(told_level()));
            state().told = told_level();
        }
        if (!warn) return;
        add_notice(notice_kind::cut_warning);
        state().warned_at = now_;
        state().warning_delivered_at.reset();
    }

    static notice_kind alarm_of(credit_level level)
    {
        switch (level) {
            case credit_level::normal:
            case credit_level::alarm_1: return notice_kind::alarm_1;
            case credit_level::alarm_2: return notice_kind::alarm_2;
            case credit_level::exhausted:
            case credit_level::over_limit: break;
        }
        return notice_kind::exhausted;
    }

    bool is_still_wanted(command_kind kind) const
    {
        switch (kind) {
            case command_kind::trip: return has_cause_to_trip(view_, rules_);
            case command_kind::permit:
            case command_kind::close: return reconnect_wanted();
            case command_kind::protect:
                return is_protected(rules_, view_.state.account) && !view_.state.protect_read;
            case command_kind::unprotect: return must_unprotect(view_, rules_);
        }
        return true;
    }

    void judge_open_command()
    {
        const command_kind kind = view_.open_command->kind;
        const std::string name{to_string(kind)};
        if (is_still_wanted(kind)) {
            why_ = name + " is under way";
        } else if (is_unsent()) {
            out_.supersede_open = true;
            view_.open_command.reset();
            why_ = name + " is no longer wanted";
        } else {
            why_ = name + " was sent and is no longer wanted; its end is awaited";
        }
    }

    void choose_command()
    {
        if (reconnect_wanted()) {
            const auto kind =
                rules_.direct_reconnect ? command_kind::close : command_kind::permit;
            ask(kind, reconnect_reason());
        } else if (is_still_wanted(command_kind::protect)) {
            ask(command_kind::protect, "the account is protected");
        } else if (is_still_wanted(command_kind::unprotect)) {
            ask(command_kind::unprotect, "the account is no longer protected");
        } else {
            consider_trip();
        }
    }

    std::string reconnect_reason() const
    {
        if (is_protected(rules_, view_.state.account)) return "the account is protected";
        return "balance " + amount_text(view_.balance) + " has reached " +
               amount_text(rules_.reconnect_above);
    }

    void consider_trip()
    {
        const auto pause = pause_end(view_, command_kind::trip, now_);
        const auto hindrance = trip_hindrance(view_, rules_, now_, pause);
        if (!hindrance) {
            issue(command_kind::trip, trip_reason());
            state().cut_wanted = true;
            return;
        }
        out_.evaluate_again_at = hindrance->until;
        if (state().level == credit_level::over_limit && why_.empty()) {
            why_ = "no trip: " + hindrance->reason;
        }
        // A trip that expired in the house never cut anything.
        if (state().cut_wanted && !is_cut_told() && is_known_closed(view_)) {
            state().cut_wanted = false;
        }
    }

    std::string trip_reason() const
    {
        return "balance " + amount_text(view_.balance) + " below " +
               amount_text(-rules_.overdraft_limit) + ", warning delivered " +
               moment_text(*view_.state.warning_delivered_at, rules_.zone);
    }

    void ask(command_kind kind, std::string reason)
    {
        if (const auto pause = pause_end(view_, kind, now_)) {
            out_.evaluate_again_at = pause;
            why_ = std::string{to_string(kind)} + " is wanted again, not before " +
                   moment_text(*pause, rules_.zone);
            return;
        }
        issue(kind, std::move(reason));
    }

    void issue(command_kind kind, std::string reason)
    {
        ++state().command_count;
        why_ = std::string{to_string(kind)} + ": " + reason;
        out_.command = intent{kind, key_of(to_string(kind), state().command_count),
                              std::move(reason)};
    }

    std::string resting() const
    {
        if (view_.state.cut_wanted) {
            return "supply is held back until " + amount_text(rules_.reconnect_above);
        }
        if (view_.state.relay == relay_state::open) return "the relay was opened by others";
        return "nothing is wanted";
    }

    account_view view_;
    const policy& rules_;
    instant now_;
    decision out_;
    std::string why_;
};

verdict refuse(std::string reason) { return {false, std::move(reason)}; }

verdict may_reconnect(const account_view& view, const policy& rules)
{
    if (!view.state.cut_wanted) return refuse("supply is not held back by us");
    if (!may_have_supply(view, rules)) {
        return refuse("the balance " + amount_text(view.balance) + " has not reached " +
                      amount_text(rules.reconnect_above));
    }
    return {true, "paid for, or protected"};
}

}  // namespace

decision decide(const account_view& view, const policy& rules, instant now)
{
    return deliberation{view, rules, now}.run();
}

verdict may_send(const command& what, const account_view& view, const policy& rules, instant now)
{
    const account_id& account = view.state.account;
    if (what.account != account) return refuse("the command is for another account");
    switch (what.kind) {
        case command_kind::trip:
            if (auto hindrance = trip_hindrance(view, rules, now, std::nullopt)) {
                return refuse(std::move(hindrance->reason));
            }
            return {true, "every guard holds"};
        case command_kind::permit:
        case command_kind::close: return may_reconnect(view, rules);
        case command_kind::protect:
            if (!is_protected(rules, account)) return refuse("the account is not protected");
            return {true, "the account is protected"};
        case command_kind::unprotect:
            if (is_protected(rules, account)) return refuse("the account is protected");
            return {true, "the account is not protected"};
    }
    return refuse("unknown command");
}

}  // namespace wattpurse::credit
