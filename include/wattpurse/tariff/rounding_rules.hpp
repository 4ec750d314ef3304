// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <wattpurse/base/rounding.hpp>
#include <wattpurse/tariff/scalar.hpp>

namespace wattpurse::tariff {

/// To a multiple of what, and how. Increments are not powers of ten only: 0.05 for cash, 10 for
/// the won.
struct rounding_rule {
    amount increment = amount::of(1);
    wattpurse::rounding mode = wattpurse::rounding::half_up;

    friend constexpr bool operator==(const rounding_rule&, const rounding_rule&) = default;
};

/// What becomes of the difference between a bill and the sum of its lines.
enum class residue_policy : std::uint8_t {
    post,       ///< a rounding of its own, once a bill (what the ledger posts)
    carry,      ///< goes into the next bill (`consumption::carried`)
    last_line,  ///< the last line takes it, so that lines sum to the bill
};

/// Where money is rounded; there are no other places. A charge or an adjustment may name a rule
/// of its own, a determinant or a bound rounds quantities where it says so.
struct rounding_rules {
    rounding_rule line;                     ///< each line of a charge, from its exact amount
    rounding_rule tax;                      ///< each line of an adjustment
    rounding_rule bill{amount::of(10'000), wattpurse::rounding::half_up};  ///< its total (分)
    std::optional<rounding_rule> cash;      ///< what is to be paid where coins are scarce
    residue_policy residue = residue_policy::post;

    friend constexpr bool operator==(const rounding_rules&, const rounding_rules&) = default;
};

[[nodiscard]] constexpr std::string_view to_string(residue_policy value) noexcept
{
    switch (value) {
        case residue_policy::post: return "post";
        case residue_policy::carry: return "carry";
        case residue_policy::last_line: return "last_line";
    }
    return "unknown";
}

/// The nearest multiple of the rule's increment. Errors: `overflow`, `inexact`.
[[nodiscard]] result<amount> round(amount value, const rounding_rule& by) noexcept;

}  // namespace wattpurse::tariff
