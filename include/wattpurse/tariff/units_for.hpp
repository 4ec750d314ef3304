// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wattpurse/tariff/rate.hpp>

namespace wattpurse::tariff {

/// How energy that is not used yet is taken to be used: `steps` in turn, over and over. With one
/// band it is just that band; "0.6 kWh peak, 0.4 kWh valley" keeps that proportion to 1 kWh.
struct band_profile {
    struct part {
        std::string band;  ///< of the tariff; empty: energy without register, priced by the clock
        scalar quantity;   ///< kWh, above zero
    };
    std::vector<part> steps;
    channel what = channel::import;  ///< or `purchase`, where blocks count what is bought
    instant at;                      ///< when it is used: the day decides on versions and seasons
};

/// How much energy an amount buys.
struct units {
    scalar quantity;   ///< kWh, in steps of `step`
    money cost;        ///< what it costs: rate(with it) - rate(without)
    money left;        ///< money less cost, which stays in the purse
    bool is_bounded = true;  ///< false where even the most energy there is costs less
};

/// So many quantities are rated at most, by one call of `units_for`.
inline constexpr std::int64_t units_looks_max = 200'000;

/// The largest quantity u, a multiple of `step`, such that for every multiple v <= u the cost of
/// v beyond what was used (`rate(used + v) - rate(used)`) is at most `what`. Where prices fall
/// with the quantity (volume tables) that is the first crossing: the purse is empty there, and
/// what more energy would cost does not matter.
///
/// Not yet right where cost can fall between two tiers: a negative price or a credit on energy that
/// is bought, or steps that bend one of several charges. A chronological table is looked at for
/// 200,000 steps of the profile at most.
///
/// Faults as `rate`, and: `what` is negative or of another currency, a profile without steps, a
/// band that is none of the tariff's.
[[nodiscard]] result<units, std::vector<fault>>
units_for(money what, const tariff& by, const consumption& used, const period& over,
          const band_profile& profile, scalar step = scalar::of(1));

}  // namespace wattpurse::tariff
