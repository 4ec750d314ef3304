// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/rounding.hpp>

namespace wattpurse::tariff {

/// To how many decimal places of the currency unit, and how.
struct rounding_rule {
    int places = money::scale;
    wattpurse::rounding mode = wattpurse::rounding::half_up;

    friend constexpr bool operator==(const rounding_rule&, const rounding_rule&) = default;
};

/// The two places where money is rounded, and there are no others.
struct rounding_rules {
    /// Each line, from the exact product of quantity and price to money at 10^-6, once.
    rounding_rule line;
    /// The total of a bill, when its period is closed (分): from the sum of what was posted.
    rounding_rule bill{2, wattpurse::rounding::half_up};

    friend constexpr bool operator==(const rounding_rules&, const rounding_rules&) = default;
};

}  // namespace wattpurse::tariff
