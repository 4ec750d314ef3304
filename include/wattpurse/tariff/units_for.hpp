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
/// The energy is used in rows of a millisecond, one for each band of the profile: at `profile.at`
/// where a register tells the band, else when the band next holds. `used` leaves room for them,
/// and both costs are those up to their end. Where a chronological table meets several registers,
/// bands fill its tiers in the turns of the profile, and each tier takes a millisecond.
///
/// Not every v is rated. From the tariff it is told how each line of the bill moves as energy is
/// added, and a stretch of quantities is passed over when the bill cannot be too high within it;
/// any other is halved. That takes some dozens of ratings, and a few more for each tier of a volume
/// table. What cannot be told is rated step by step: determinants less others that energy moves,
/// bounds that it moves, bands whose price falls from tier to tier (pro rata), series of prices
/// above and below zero over several bands.
///
/// Faults as `rate`, and: `what` is negative or of another currency; a profile without steps, or
/// with more than 1000; a band that is none of the tariff's, or does not come any more;
/// `profile.at` outside the period, or with no room for the tiers before its day ends; after
/// `units_looks_max` ratings it is still not known, so that `step` has to be larger.
[[nodiscard]] result<units, std::vector<fault>>
units_for(money what, const tariff& by, const consumption& used, const period& over,
          const band_profile& profile, scalar step = scalar::of(1));

}  // namespace wattpurse::tariff
