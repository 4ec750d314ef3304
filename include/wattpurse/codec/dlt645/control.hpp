// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wattpurse::codec::dlt645 {

/// What a control command (1C) does, its byte N1 (State Grid filing document).
enum class control_code : std::uint8_t {
    trip = 0x1A,               ///< 跳闸
    permit = 0x1B,             ///< 合闸允许
    close = 0x1C,              ///< 直接合闸
    trip_auto_1 = 0x1D,        ///< trip and close again by itself, after N2 times five minutes
    trip_auto_2 = 0x1E,        ///< the same, the customer has to press the key
    alarm = 0x2A,              ///< 报警
    end_of_alarm = 0x2B,       ///< 报警解除
    keep_power = 0x3A,         ///< 保电
    end_of_keep_power = 0x3B,  ///< 保电解除
};

/// What comes out of the terminal for test pulses (1D).
enum class output_signal : std::uint8_t {
    seconds_pulse = 0,  ///< 时钟秒脉冲
    demand_period = 1,  ///< 需量周期
    period_switch = 2,  ///< 时段投切
};

/// Level byte PA of requests whose content a security module has sealed.
inline constexpr std::uint8_t sealed_level = 0x98;         ///< cipher and authentication code
inline constexpr std::uint8_t authenticated_level = 0x99;  ///< plain with authentication code
/// A sealed control order: sixteen bytes of cipher and four of authentication code.
inline constexpr std::size_t sealed_order_size = 20;

/// "trip", "permit" ...; "unknown" for a code that is none of them.
[[nodiscard]] constexpr std::string_view to_string(control_code code) noexcept
{
    switch (code) {
        case control_code::trip: return "trip";
        case control_code::permit: return "permit";
        case control_code::close: return "close";
        case control_code::trip_auto_1: return "trip, close by itself";
        case control_code::trip_auto_2: return "trip, permit by itself";
        case control_code::alarm: return "alarm";
        case control_code::end_of_alarm: return "end of alarm";
        case control_code::keep_power: return "protect";
        case control_code::end_of_keep_power: return "unprotect";
    }
    return "unknown";
}

[[nodiscard]] constexpr std::string_view to_string(output_signal signal) noexcept
{
    switch (signal) {
        case output_signal::seconds_pulse: return "seconds pulse";
        case output_signal::demand_period: return "demand period";
        case output_signal::period_switch: return "period switch";
    }
    return "unknown";
}

}  // namespace wattpurse::codec::dlt645
