// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <wattpurse/base/time.hpp>
#include <wattpurse/model/command.hpp>

namespace wattpurse::sim {

/// The relay inside a prepaid meter (内置负荷开关) with everything that may hold it: trip delay,
/// keep-power, permission that waits for the customer's key, closing by itself.
class meter_relay {
public:
    /// Who opened it: what the purse opened, money closes again; what the data centre opened,
    /// only the data centre.
    enum class cause : std::uint8_t { none, command, purse };
    /// A move that has happened.
    struct move {
        instant at;
        relay_state to;
        cause why;
    };

    /// Opens after `delay`. While power is kept nothing happens and the answer is false.
    bool trip(instant now, duration delay, cause why);
    /// Trips, and `after` later allows closing or closes by itself (1D, 1E).
    bool trip_for(instant now, duration delay, duration after, bool closes_itself);
    /// 合闸允许: the customer may close with the key; takes back a trip that is still delayed.
    void permit(instant now);
    /// 直接合闸.
    void close(instant now);
    /// The customer presses the key; closes where that is permitted.
    void press_key(instant now);
    /// 保电 on or off; on takes back a trip that is still delayed.
    void keep_power(bool keep);

    /// Lets time pass until `now` and tells what moved since the last call.
    [[nodiscard]] std::vector<move> advance(instant now);

    [[nodiscard]] relay_state state() const noexcept { return state_; }
    /// What it was last told; closed as soon as closing is permitted.
    [[nodiscard]] relay_state commanded() const noexcept { return commanded_; }
    [[nodiscard]] bool is_permitted() const noexcept { return permitted_at_.has_value(); }
    [[nodiscard]] bool keeps_power() const noexcept { return keep_; }
    /// A trip is ordered and still delayed.
    [[nodiscard]] bool is_tripping() const noexcept { return trip_at_.has_value(); }
    [[nodiscard]] cause opened_by() const noexcept { return cause_; }

    /// From a permit to the key, by itself; never if unset.
    std::optional<duration> key_after;

private:
    void move_to(relay_state to, instant at);

    relay_state state_ = relay_state::closed;
    relay_state commanded_ = relay_state::closed;
    cause cause_ = cause::none;
    bool keep_ = false;
    std::optional<instant> trip_at_;
    std::optional<instant> permitted_at_;
    std::optional<duration> back_after_;  // counted from the opening
    std::optional<instant> back_at_;
    bool back_closes_ = false;
    std::vector<move> moves_;
};

}  // namespace wattpurse::sim
