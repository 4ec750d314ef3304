// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace wattpurse::tariff {

/// Minutes in a day; the end of a window that reaches to midnight.
inline constexpr std::int16_t minutes_per_day = 1440;

/// A time of day, local to the meter: [from, until) in minutes since midnight. Where `from` is
/// not before `until` it passes midnight: 22:00 to 08:00.
struct clock_window {
    std::int16_t from = 0;
    std::int16_t until = minutes_per_day;

    friend constexpr bool operator==(const clock_window&, const clock_window&) = default;
};

/// A time band (时段): a name for one tariff register of the meter.
///
/// The meter's own clock decides which register counts; the windows say what it has been set
/// to, for people to read. They are checked for being disjoint and whole, and price nothing.
struct band {
    std::string name;                   ///< "peak"
    std::size_t register_index = 0;     ///< 0 to 3 for T1 to T4
    std::vector<clock_window> windows;  ///< none where it is not known

    friend bool operator==(const band&, const band&) = default;
};

}  // namespace wattpurse::tariff
