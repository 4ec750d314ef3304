// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/scaled_arithmetic.hpp>
#include <wattpurse/tariff/rounding_rules.hpp>
#include <wattpurse/tariff/scalar.hpp>

/// Exact numbers before their one rounding.
namespace wattpurse::tariff {

using kernel::int128;
using kernel::uint128;

/// Money that is not rounded yet: numerator / (denominator * 10^12). Products of a quantity and a
/// price have twelve places; a share (20 of 30 days) brings the denominator.
struct exact {
    int128 numerator = 0;
    std::int64_t denominator = 1;

    [[nodiscard]] bool is_zero() const noexcept { return numerator == 0; }
};

/// quantity (10^-4) * price (10^-8): total.
[[nodiscard]] exact product(std::int64_t quantity, std::int64_t price) noexcept;

/// Errors: `overflow`.
[[nodiscard]] result<exact> sum(exact a, exact b) noexcept;
[[nodiscard]] result<exact> times(exact a, std::int64_t part, std::int64_t whole) noexcept;
[[nodiscard]] inline exact negated(exact a) noexcept { return {-a.numerator, a.denominator}; }

/// The one rounding. Errors: `overflow`, `inexact`.
[[nodiscard]] result<amount> round(exact value, const rounding_rule& by) noexcept;

/// What rounding took away, to twelve places. Zero where it would not fit.
[[nodiscard]] decimal<12> residue_of(exact value, amount rounded) noexcept;

/// A quantity numerator / denominator (10^-4), rounded by `by` (to a multiple of 10^-4); without
/// `by` it must be whole. Errors: `overflow`, `inexact`, `out_of_range` (a finer increment).
[[nodiscard]] result<std::int64_t> round_quantity(int128 numerator, int128 denominator,
                                                  const std::optional<rounding_rule>& by) noexcept;

/// floor(quantity * part / whole) for 0 <= part <= whole: where a spread quantity stands.
[[nodiscard]] std::int64_t floor_share(std::int64_t quantity, std::int64_t part,
                                       std::int64_t whole) noexcept;

}  // namespace wattpurse::tariff
