// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/quantity.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>

namespace wattpurse {

/// Tariff registers that a reading carries (T1 to T4; in China 尖峰平谷).
inline constexpr std::size_t tariff_count = 4;

/// Energy per tariff register T1 to T4, kWh at 10^-4.
using tariff_energy = std::array<energy, tariff_count>;

/// The cumulative forward active registers of a meter at one moment, kWh (正向有功电能).
struct register_set {
    energy total{};
    tariff_energy tariff{};

    friend constexpr bool operator==(const register_set&, const register_set&) = default;
};

/// How far a reading may be trusted. Only `good` and `estimated` readings are charged.
enum class quality : std::uint8_t {
    good,
    estimated,  ///< computed, not measured
    suspect,    ///< measured, but implausible; kept, not charged
    rejected,   ///< contradicts earlier readings (a register that went back); never charged
};

/// Where a reading came from. Part of its identity: a freeze and a poll of one moment are two.
enum class reading_source : std::uint8_t {
    poll,            ///< current registers, asked for in a slot of the reading schedule
    daily_freeze,    ///< what the meter froze at midnight (日冻结)
    exchange_final,  ///< last reading of a meter that was taken out (换表)
    exchange_first,  ///< first reading of the meter that took its place
};

/// One reading of one meter.
struct reading {
    account_id account;
    meter_id meter;
    instant effective_at;  ///< the moment the registers speak of
    instant recorded_at;   ///< the moment the books took note of it
    register_set registers;
    reading_source source = reading_source::poll;
    wattpurse::quality quality = wattpurse::quality::good;
};

[[nodiscard]] constexpr std::string_view to_string(quality value) noexcept
{
    switch (value) {
        case quality::good: return "good";
        case quality::estimated: return "estimated";
        case quality::suspect: return "suspect";
        case quality::rejected: return "rejected";
    }
    return "unknown";
}

[[nodiscard]] constexpr std::string_view to_string(reading_source value) noexcept
{
    switch (value) {
        case reading_source::poll: return "poll";
        case reading_source::daily_freeze: return "daily_freeze";
        case reading_source::exchange_final: return "exchange_final";
        case reading_source::exchange_first: return "exchange_first";
    }
    return "unknown";
}

}  // namespace wattpurse
