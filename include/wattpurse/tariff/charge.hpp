// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <wattpurse/tariff/rate_table.hpp>
#include <wattpurse/tariff/title.hpp>

namespace wattpurse::tariff {

/// A charge: a determinant priced by a table.
///
/// Each of its bill lines has one price. A charge of one price is named as the charge,
/// `energy`; prices by band add the band, `energy.peak`; several tiers that price their parts add
/// the tier, `energy.2` or `energy.2.peak`; a fee adds `.fee`. In a period in which the tariff
/// changed, lines of later versions end in `@2`, `@3`.
struct charge {
    std::string line;   ///< id of its bill line, or what the ids of its lines begin with
    wattpurse::tariff::title title;
    std::string on;     ///< a determinant
    rate_table rate;
    std::vector<std::string> tags;          ///< what adjustments call it by
    bool credit = false;                    ///< what it gives is owed to the customer (export)
    std::optional<rounding_rule> rounding;  ///< in place of `rounding_rules::line`

    friend bool operator==(const charge&, const charge&) = default;
};

}  // namespace wattpurse::tariff
