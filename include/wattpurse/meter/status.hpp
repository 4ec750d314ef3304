// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <wattpurse/model/command.hpp>

namespace wattpurse::meter {

/// Running status word 3 (运行状态字 3, 04000503). Bits 0 to 4 are DL/T 645-2007, annex C; the
/// others are the State Grid filing document's.
struct status_word_3 {
    static constexpr std::uint16_t relay_open_bit = 1U << 4U;
    static constexpr std::uint16_t command_open_bit = 1U << 6U;
    static constexpr std::uint16_t trip_alarm_bit = 1U << 7U;
    static constexpr std::uint16_t keep_power_bit = 1U << 12U;

    std::uint16_t raw = 0;

    /// What the relay is (b4). This and nothing else confirms a command.
    [[nodiscard]] constexpr relay_state relay() const noexcept { return state(relay_open_bit); }
    /// What the relay was last told to be (b6); differs while a customer has yet to press the
    /// key, or a trip is held back.
    [[nodiscard]] constexpr relay_state commanded() const noexcept
    {
        return state(command_open_bit);
    }
    /// The meter announces a trip (b7, 预跳闸报警).
    [[nodiscard]] constexpr bool trip_alarm() const noexcept
    {
        return (raw & trip_alarm_bit) != 0;
    }
    /// Supply is kept whatever comes (b12, 保电).
    [[nodiscard]] constexpr bool keep_power() const noexcept
    {
        return (raw & keep_power_bit) != 0;
    }

    friend constexpr bool operator==(const status_word_3&, const status_word_3&) = default;

private:
    [[nodiscard]] constexpr relay_state state(std::uint16_t bit) const noexcept
    {
        return (raw & bit) != 0 ? relay_state::open : relay_state::closed;
    }
};

}  // namespace wattpurse::meter
