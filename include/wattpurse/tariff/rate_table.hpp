// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/quantity.hpp>

namespace wattpurse::tariff {

/// How a table of tiers prices a quantity.
enum class rate_mode : std::uint8_t {
    flat,       ///< one price, whatever the quantity: a single tier without bound
    graduated,  ///< each tier prices only what lies within it (阶梯, 分段累进)
};

/// One tier (档): what lies above the tier before it, up to and including `up_to`.
struct tier {
    std::string name;             ///< "2"; empty: its number, from 1
    std::optional<energy> up_to;  ///< cumulative bound, not a width; none in the last tier
    price each;

    friend bool operator==(const tier&, const tier&) = default;
};

/// Prices by quantity. Bounds are cumulative and touch: a tier begins where the one before it
/// ends, and the last one has no end.
struct rate_table {
    rate_mode mode = rate_mode::flat;
    std::vector<tier> tiers;

    [[nodiscard]] static rate_table flat(price each)
    {
        return {rate_mode::flat, {tier{{}, std::nullopt, each}}};
    }

    friend bool operator==(const rate_table&, const rate_table&) = default;
};

/// Where tier `index` begins: the bound of the tier before it.
[[nodiscard]] energy lower_bound_of(const rate_table& table, std::size_t index);

/// What of `quantity` (not negative) lies in tier `index` of a table that passes `check`.
/// The parts of all tiers sum to the quantity, and none falls when the quantity grows.
[[nodiscard]] energy part_in(const rate_table& table, std::size_t index, energy quantity);

/// The name of tier `index`: its own, else its number from 1.
[[nodiscard]] std::string name_of(const rate_table& table, std::size_t index);

[[nodiscard]] constexpr std::string_view to_string(rate_mode mode) noexcept
{
    switch (mode) {
        case rate_mode::flat: return "flat";
        case rate_mode::graduated: return "graduated";
    }
    return "unknown";
}

}  // namespace wattpurse::tariff
