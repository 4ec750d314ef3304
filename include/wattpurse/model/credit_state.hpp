// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <wattpurse/base/time.hpp>
#include <wattpurse/model/command.hpp>
#include <wattpurse/model/names.hpp>

namespace wattpurse {

/// How an account stands against its thresholds, best first.
enum class credit_level : std::uint8_t {
    normal,
    alarm_1,     ///< at or under the first alarm (报警金额1)
    alarm_2,     ///< at or under the second alarm (报警金额2)
    exhausted,   ///< at or under zero
    over_limit,  ///< below minus the overdraft limit (透支门限)
};

/// Everything credit control remembers of one account between two decisions.
///
/// Account credit (`level`) and supply (`cut_wanted`, `relay`) are two machines: what is wanted
/// of the relay and what it was read to be are separate facts.
struct credit_state {
    account_id account;
    credit_level level = credit_level::normal;
    /// Rises when the balance leaves `normal`, and when a payment or protection lifts a warning;
    /// part of notice keys.
    std::uint32_t episode = 0;
    /// Worst level told to the customer this episode; `over_limit` from the notice that supply
    /// was cut to the one that it is back.
    credit_level told = credit_level::normal;
    std::optional<instant> warned_at;     ///< cut warning issued, this episode
    std::optional<instant> warning_delivered_at;  ///< its receipt; a cut waits from here
    bool cut_wanted = false;              ///< we hold supply back, for arrears and nothing else
    bool protect_wanted = false;          ///< the account is protected and the meter is to know
    std::uint32_t command_count = 0;      ///< commands issued so far; part of command keys
    relay_state relay = relay_state::unknown;
    std::optional<instant> relay_read_at;
    bool protect_read = false;            ///< keep-power bit as last read (保电, word 3 bit 12)

    friend bool operator==(const credit_state&, const credit_state&) = default;
};

[[nodiscard]] constexpr std::string_view to_string(credit_level level) noexcept
{
    switch (level) {
        case credit_level::normal: return "normal";
        case credit_level::alarm_1: return "alarm_1";
        case credit_level::alarm_2: return "alarm_2";
        case credit_level::exhausted: return "exhausted";
        case credit_level::over_limit: return "over_limit";
    }
    return "unknown";
}

}  // namespace wattpurse
