// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/tariff/rate_table.hpp>
#include <wattpurse/tariff/title.hpp>

namespace wattpurse::tariff {

/// What an adjustment does to the sum of the lines it is over.
enum class adjustment_kind : std::uint8_t {
    percent,  ///< a share of it: tax, fund, discount, the power factor's (力调电费)
    minimum,  ///< brings it up to an amount (最低消费)
    maximum,  ///< brings it down to an amount
    bank,     ///< where it is a credit, keeps it for later; where it is owed, draws on what is kept
};

/// A line made from other lines: from those before it, charges and adjustments, that bear one of
/// the tags in `over`. Adjustments are computed in their order.
struct adjustment {
    std::string line;
    wattpurse::tariff::title title;
    adjustment_kind kind = adjustment_kind::percent;
    std::vector<std::string> over;  ///< tags; "*" for all lines before
    /// percent: a flat or selected share (0.13), a tier's `fee` is not used.
    /// minimum, maximum: the amount, as what `on` costs by this table.
    rate_table rate;
    std::string on;                 ///< minimum, maximum: a determinant
    int keep_months = 12;           ///< bank
    bool at_close = false;          ///< only once the period has ended: what a month must at least
                                    ///  cost is not owed on its first day
    std::vector<std::string> tags;
    std::optional<rounding_rule> rounding;  ///< in place of `rounding_rules::tax`

    friend bool operator==(const adjustment&, const adjustment&) = default;
};

[[nodiscard]] std::string_view to_string(adjustment_kind value) noexcept;

}  // namespace wattpurse::tariff
