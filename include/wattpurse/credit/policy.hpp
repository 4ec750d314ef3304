// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/credit_state.hpp>
#include <wattpurse/model/fault.hpp>
#include <wattpurse/model/names.hpp>

namespace wattpurse::credit {

/// Minutes of the local day in which nobody is cut: from `from` until before `to`. Where `to` is
/// not after `from` the window runs over midnight ("17:00" to "09:00"); equal ends are the whole
/// day, which is the careful reading of a doubtful entry (`check` refuses it).
struct daily_window {
    std::chrono::minutes from{0};  ///< 0 to 1439
    std::chrono::minutes to{0};    ///< 0 to 1440

    friend constexpr bool operator==(const daily_window&, const daily_window&) = default;
};

/// How a supplier deals with arrears: when a customer is told, when supply may be cut and when it
/// comes back. Data, valid once `check` finds no fault; all amounts are of one currency.
struct policy {
    std::string name;
    std::string describe;  ///< free text for people
    currency unit;
    fixed_zone zone;       ///< of the clock and the calendar below

    money alarm_1;          ///< first alarm at or under this balance (报警金额1)
    money alarm_2;          ///< second alarm at or under this balance (报警金额2), <= alarm_1
    money overdraft_limit;  ///< a cut needs a balance below minus this (透支门限), >= 0
    money reconnect_above;  ///< supply comes back at or above this balance, >= -overdraft_limit

    duration notice_age_min{0};    ///< from the receipt of a cut warning to the cut
    duration reading_age_max{0};   ///< a cut needs a reading not older than this
    bool direct_reconnect = true;  ///< close the relay (直接合闸), else permit (合闸允许)

    std::vector<daily_window> protected_hours;
    std::vector<std::uint8_t> protected_weekdays;  ///< 0 is Sunday, 6 is Saturday
    std::vector<std::chrono::year_month_day> protected_days;
    std::vector<account_id> protected_accounts;    ///< never cut (保电)
};

/// A failed command is not tried again before this time has passed since it was last sent, so
/// that a dead meter does not block its line.
inline constexpr duration retry_after = std::chrono::minutes{10};
/// A meter of which nothing has been heard since then (no reading, no status) is not told again
/// before this time: when its line is back, the first reading brings the next decision.
inline constexpr duration retry_silent_after = std::chrono::hours{24};
/// A permit the meter has accepted waits for the customer's hand at the meter; it is repeated
/// only after this time.
inline constexpr duration permit_again_after = std::chrono::hours{24};
/// From the sending of a trip until it is proven or given up. Supply is not cut so late that the
/// proof would come in protected time.
inline constexpr duration trip_time = std::chrono::minutes{10};
/// The longest `notice_age_min` and `reading_age_max` that `check` lets pass.
inline constexpr duration age_limit = std::chrono::hours{24 * 366};

/// Where a balance stands, by exact comparison. Precondition: it is of the policy's currency.
[[nodiscard]] credit_level level_of(const policy& rules, const money& balance);

/// The account is on the list of those that are never cut.
[[nodiscard]] bool is_protected(const policy& rules, const account_id& account);

/// Every fault of a policy, with its path as in the policy file ("/reconnect_above"); empty when
/// it can be used.
[[nodiscard]] std::vector<fault> check(const policy& rules);

}  // namespace wattpurse::credit
