// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/credit/policy.hpp>
#include <wattpurse/model/command.hpp>
#include <wattpurse/model/credit_state.hpp>
#include <wattpurse/model/notice.hpp>

namespace wattpurse::credit {

/// All that a decision about one account looks at.
struct account_view {
    /// As stored, with `relay`, `relay_read_at` and `protect_read` from the last status word 3
    /// and `warning_delivered_at` from the receipt of the cut warning.
    credit_state state;
    money balance;                          ///< of the policy's currency
    std::optional<instant> newest_reading;  ///< the latest good reading that is booked
    bool payment_in_flight = false;         ///< paid in, not yet booked
    std::optional<command> open_command;    ///< the one that is queued, sent or acknowledged
    /// When a command to this account's meter was last handed to the line, whatever came of it.
    std::optional<instant> last_attempt_at;
    /// The newest command that was handed to the line and has ended. It says what
    /// `last_attempt_at` was about: a failed trip holds back the next trip, not the close.
    /// Not set: `last_attempt_at` holds back commands of every kind.
    std::optional<command> last_command;
};

/// A command that is wanted now.
struct intent {
    command_kind kind = command_kind::trip;
    std::string key;     ///< "trip/F07/2": kind, account, `credit_state::command_count`
    std::string reason;
};

/// A notice that is due now.
struct notice_intent {
    notice_kind kind = notice_kind::alarm_1;
    std::string key;   ///< "alarm_1/F07/3": kind, account, `credit_state::episode`
    std::string text;  ///< plain English for the customer
};

/// What follows from a view. `next` is to be stored together with the notices and the command.
struct decision {
    credit_state next;
    std::vector<notice_intent> notices;
    /// What is wanted now: where there is no open command, or instead of the superseded one.
    std::optional<intent> command;
    bool supersede_open = false;  ///< the open command is queued and no longer wanted
    /// The next moment, after the present one, at which time alone can change the decision; not
    /// set where only something that comes in can.
    std::optional<instant> evaluate_again_at;
    std::string why;  ///< one line for the operator: where the account stands and what it awaits
};

/// Credit control of one account at one moment (费控). Pure: the same view, policy and moment
/// give the same decision, so a run can be replayed, and after an outage there is nothing to be
/// made up for, only to be decided anew.
///
/// Idempotent: with `next` as its state, and the command it asked for as `open_command`, a second
/// call at the same moment asks for nothing.
///
/// - Notices: the worst alarm newly reached, each at most once an episode. An episode begins when
///   the balance leaves `normal`, and anew when a payment lifts a warning; so a cut always has
///   its own warning. `cut` once the relay was read open, `restored` once it was read closed
///   again after a payment. `told` is `over_limit` from the first to the second.
/// - Trip: only where every guard of `may_send` holds now. A relay that was never read is not
///   opened.
/// - Close (or permit): where supply is held back (`cut_wanted`) and the balance has reached
///   `reconnect_above`, or the account has become protected; at any hour. `cut_wanted` stays
///   until the relay is read closed after a close, so a relay that is still open is closed again;
///   a relay that others opened is left to them.
/// - Protect and unprotect: until the meter's keep-power bit is read as the policy wants it.
///
/// One command at a time: reconnect before protection before trip. A command that failed is tried
/// again after `retry_after`.
///
/// `next.command_count` and `next.episode` are counted here and already in the keys.
/// Precondition: the balance is of the policy's currency and `check` finds no fault.
[[nodiscard]] decision decide(const account_view& view, const policy& rules, instant now);

/// Whether a queued command may go out, and why not.
struct verdict {
    bool allowed = false;
    std::string reason;
};

/// Evaluates a command anew at the moment of sending; `view.open_command` is not looked at.
///
/// A trip needs all of this: balance below minus the limit, account not protected, relay read
/// closed, keep-power bit not set, cut warning delivered and old enough, no protected time now or
/// within `trip_time`, a fresh reading, no payment in flight. A close or permit needs supply to be
/// held back by us, and paid for or protected. Precondition as for `decide`.
[[nodiscard]] verdict may_send(const command& what, const account_view& view,
                               const policy& rules, instant now);

}  // namespace wattpurse::credit
