// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <wattpurse/tariff/title.hpp>

namespace wattpurse::tariff {

/// A time band (时段): a name that energy is counted under.
///
/// Which energy that is, is said in two ways. Readings of tariff registers: the band is that of
/// the register, whatever the clock says, for the meter's own clock has decided. Interval data
/// without registers: the band is the one the version's calendar gives for that moment.
struct band {
    std::string name;                           ///< "peak"
    wattpurse::tariff::title title;                        ///< "peak", "峰"
    std::optional<std::size_t> register_index;  ///< 0 to 3 for T1 to T4; none: by the clock only

    friend bool operator==(const band&, const band&) = default;
};

}  // namespace wattpurse::tariff
