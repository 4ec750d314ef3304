// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/tariff/rounding_rules.hpp>
#include <wattpurse/tariff/scalar.hpp>
#include <wattpurse/tariff/title.hpp>

namespace wattpurse::tariff {

/// How a table prices a quantity.
enum class rate_mode : std::uint8_t {
    flat,       ///< one price, whatever the quantity
    graduated,  ///< each tier prices what lies within it (阶梯, 分段累进)
    volume,     ///< the tier that is reached prices everything
    package,    ///< by begun blocks of `tier::block`
    select,     ///< the tier that another determinant reaches gives the price
    series,     ///< a price for each interval of time (`consumption::prices`)
};

/// The price of one band in a tier.
struct band_price {
    std::string band;
    unit_price each;

    friend bool operator==(const band_price&, const band_price&) = default;
};

/// One tier (档): what lies above the tier before it, up to and including `up_to`.
struct tier {
    std::string name;               ///< "2"; empty: its number, from 1
    wattpurse::tariff::title title;
    std::optional<scalar> up_to;    ///< cumulative bound, not a width; none in the last tier
    unit_price each;                ///< where there are no prices by band
    std::vector<band_price> bands;  ///< a price for every band that is counted
    unit_price fee;                 ///< once, when the tier is reached; the first always is
    scalar block;                   ///< not zero: priced by begun blocks of so much

    friend bool operator==(const tier&, const tier&) = default;
};

/// Which band's energy lies in which tier, where prices differ by both.
enum class band_split : std::uint8_t {
    none,           ///< it does not matter
    pro_rata,       ///< each tier holds all bands in the proportion in which they were used
    chronological,  ///< tiers fill in the order of time
};

/// Bounds that depend on the account or the period: (up_to + plus) * times, rounded. The last
/// tier stays without bound.
struct bounds_rule {
    std::string times;  ///< a determinant: days, months, persons, kW (hours of use)
    std::string plus;   ///< a determinant: 100 kWh more for a large household
    std::optional<rounding_rule> rounding;

    friend bool operator==(const bounds_rule&, const bounds_rule&) = default;
};

/// Prices by quantity. Bounds are cumulative and touch: a tier begins where the one before it
/// ends, and the last one has no end.
struct rate_table {
    rate_mode mode = rate_mode::flat;
    std::vector<tier> tiers;
    band_split split = band_split::none;
    bounds_rule bounds;
    std::string selected_by;      ///< select: a determinant
    std::string series;           ///< series: its name
    unit_price adder;             ///< series: on top of each price
    unit_price factor = unit_price::of(100'000'000);  ///< series: times each price, before
    int settlement_minutes = 0;   ///< series: the mean price over so long; 0: as it comes
    std::optional<rounding_rule> price_rounding;  ///< series: of that mean and product

    [[nodiscard]] static rate_table flat(unit_price each)
    {
        rate_table out;
        out.tiers.resize(1);
        out.tiers.front().each = each;
        return out;
    }

    friend bool operator==(const rate_table&, const rate_table&) = default;
};

/// The name of tier `index`: its own, else its number from 1.
[[nodiscard]] std::string name_of(const rate_table& table, std::size_t index);
/// Whether any tier has prices by band.
[[nodiscard]] bool is_by_band(const rate_table& table) noexcept;

[[nodiscard]] std::string_view to_string(rate_mode value) noexcept;
[[nodiscard]] std::string_view to_string(band_split value) noexcept;

}  // namespace wattpurse::tariff
