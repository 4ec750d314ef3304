// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include <wattpurse/tariff/determinant.hpp>
#include <wattpurse/tariff/rate_table.hpp>

namespace wattpurse::tariff {

/// A charge: a determinant priced by a table.
///
/// It gives one bill line a tier, so that each line has one price. A charge of one tier is named
/// as the charge, `energy.peak`; one of several tiers adds the tier's name, `tier.2`.
struct charge {
    std::string line;   ///< id of its bill line, or what the ids of its lines begin with
    std::string title;  ///< for people, "peak"; empty: the id
    determinant on;
    rate_table rate;

    friend bool operator==(const charge&, const charge&) = default;
};

/// The line id of tier `index`; judged by `check`, not here.
[[nodiscard]] std::string line_of(const charge& which, std::size_t index);

/// What people read in front of the quantity: "peak", or "tier 2 (above 230 to 400 kWh)".
[[nodiscard]] std::string title_of(const charge& which, std::size_t index);

}  // namespace wattpurse::tariff
