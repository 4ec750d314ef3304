// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace wattpurse::codec::modbus {

/// The silences of RTU (Modbus over serial line V1.02, 2.5.1.1): more than `t1_5_us` within a
/// frame spoils it, and at least `t3_5_us` parts frames.
///
/// A character takes 11 bits: start, 8 data, parity or a second stop, stop. Above 19200 baud both
/// are fixed. Rounded up to whole microseconds.
struct silences {
    std::uint32_t t1_5_us = 0;
    std::uint32_t t3_5_us = 0;

    [[nodiscard]] friend constexpr bool operator==(const silences&,
                                                   const silences&) noexcept = default;
};

inline constexpr std::uint32_t bits_a_character = 11;
inline constexpr std::uint32_t fixed_silences_above_baud = 19'200;

/// ASCII: as much may pass between two characters of a frame (2.5.2.1).
inline constexpr std::uint32_t ascii_gap_ms_max = 1000;

/// How long so many characters occupy the line, rounded up. At 0 baud: no time.
[[nodiscard]] constexpr std::uint32_t characters_us(std::uint32_t count,
                                                    std::uint32_t baud) noexcept
{
    if (baud == 0) {
        return 0;
    }
    const std::uint64_t bits = std::uint64_t{count} * bits_a_character * 1'000'000U;
    return static_cast<std::uint32_t>((bits + baud - 1) / baud);
}

[[nodiscard]] constexpr silences silences_at(std::uint32_t baud) noexcept
{
    if (baud == 0) {
        return {};
    }
    if (baud > fixed_silences_above_baud) {
        return {750, 1750};
    }
    const auto half_characters = [baud](std::uint32_t count) {
        const std::uint64_t twice = 2 * std::uint64_t{baud};
        const std::uint64_t bits = std::uint64_t{count} * bits_a_character * 1'000'000U;
        return static_cast<std::uint32_t>((bits + twice - 1) / twice);
    };
    return {half_characters(3), half_characters(7)};
}

/// For clocks of milliseconds, rounded up.
[[nodiscard]] constexpr std::uint32_t milliseconds_up(std::uint32_t microseconds) noexcept
{
    return microseconds / 1000 + (microseconds % 1000 != 0 ? 1U : 0U);
}

}  // namespace wattpurse::codec::modbus
