// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/time.hpp>
#include <wattpurse/model/reading.hpp>
#include <wattpurse/model/usage.hpp>
#include <wattpurse/tariff/calendar.hpp>
#include <wattpurse/tariff/scalar.hpp>

namespace wattpurse::tariff {

/// What a row of consumption counts.
enum class channel : std::uint8_t { import, export_, reactive, purchase, demand };

/// So much in so long: a difference of two readings, an interval of a load profile, a purchase
/// (`until` is `from` then), or the demand a maximum register showed in that time.
struct consumption_row {
    instant from;
    instant until;                  ///< half open; who has end-stamped data subtracts the interval
    channel what = channel::import;
    std::int8_t register_index = no_index;  ///< 0 to 3 for T1 to T4; none: bands by the clock
    wattpurse::quality quality = wattpurse::quality::good;
    std::uint16_t meter = 0;        ///< index in `consumption::meters`
    scalar quantity;                ///< kWh, kvarh or kW; not negative

    friend bool operator==(const consumption_row&, const consumption_row&) = default;
};

/// The value of an attribute from a moment on.
struct attribute_value {
    std::string name;
    instant from;
    scalar value;

    friend bool operator==(const attribute_value&, const attribute_value&) = default;
};

/// What a determinant had counted in its scope before the first row: this year's kWh of an
/// account that is taken over in May.
struct opening {
    std::string determinant;
    std::string band;  ///< where the tariff prices tier by band pro rata; else empty
    scalar quantity;

    friend bool operator==(const opening&, const opening&) = default;
};

/// The value a determinant had in a month before: what a ratchet looks back on.
struct past_value {
    std::string determinant;
    civil_day month;  ///< its first day
    scalar value;

    friend bool operator==(const past_value&, const past_value&) = default;
};

/// A credit that an earlier period left: kWh of a determinant's bank, money of an adjustment's.
struct credit {
    std::string of;       ///< name of the determinant, line of the adjustment
    civil_day earned;     ///< first day of the period it comes from
    civil_day expires;    ///< first day on which it is worth nothing any more
    amount quantity;      ///< kWh or money

    friend bool operator==(const credit&, const credit&) = default;
};

/// Prices by the interval: half-hourly, quarter-hourly.
struct price_series {
    std::string name;
    instant from;
    duration step{0};
    std::vector<unit_price> prices;

    friend bool operator==(const price_series&, const price_series&) = default;
};

/// Everything about an account that its tariff may ask for.
struct consumption {
    std::vector<std::string> meters{"main"};
    /// In any order: the order of rows never matters. Rows of one meter, channel and register do
    /// not overlap. They may begin before the period: a ladder by the year counts from there.
    std::vector<consumption_row> rows;
    std::vector<attribute_value> attributes;
    std::vector<opening> openings;
    std::vector<past_value> past;
    std::vector<credit> credits;
    std::vector<price_series> prices;
    std::vector<event_day> events;
    std::optional<instant> service_from;   ///< none: since ever
    std::optional<instant> service_until;  ///< none: for ever
    amount carried;                        ///< residue of the bill before, see `residue_policy`

    friend bool operator==(const consumption&, const consumption&) = default;
};

/// The same from the registers of a billing period: one row for each register that counted.
[[nodiscard]] consumption consumption_of(const period_usage& used);

[[nodiscard]] std::string_view to_string(channel value) noexcept;

}  // namespace wattpurse::tariff
