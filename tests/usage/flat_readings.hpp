// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/usage/series.hpp>

/// Readings of one flat, for the tests of series.
namespace wattpurse::usage::flat_readings {

using outcome = series::outcome;


inline const account_id flat = *account_id::parse("F07");
inline const meter_id old_meter = *meter_id::parse("000000000007");
inline const meter_id new_meter = *meter_id::parse("000000000107");
inline const limits single_phase{energy::of(10'000'000'000), power::of(132'000)};

inline const instant start = *parse_iso8601("2026-01-01T00:00:00+08:00");
inline constexpr duration minute{60'000};
inline constexpr duration hour{3'600'000};

/// Peak and valley registers (T2 and T4) in steps of 0.01 kWh.
inline register_set shown(std::int64_t peak, std::int64_t valley)
{
    register_set out;
    out.tariff[1] = energy::of(peak * 100);
    out.tariff[3] = energy::of(valley * 100);
    out.total = energy::of((peak + valley) * 100);
    return out;
}

inline reading at(instant when, std::int64_t peak, std::int64_t valley,
           reading_source source = reading_source::poll, meter_id meter = old_meter)
{
    return {flat, meter, when, when + minute, shown(peak, valley), source, quality::good};
}

inline tariff_energy used(std::int64_t peak, std::int64_t valley)
{
    return {energy{}, energy::of(peak * 100), energy{}, energy::of(valley * 100)};
}

inline series first_period() { return {flat, start, std::nullopt, single_phase, true}; }
inline series later_period() { return {flat, start, std::nullopt, single_phase, false}; }

inline void insert_all(series& into, const std::vector<reading>& readings)
{
    for (const reading& each : readings) REQUIRE(into.insert(each) == outcome::added);
}

inline std::vector<quality> qualities(const series& of)
{
    std::vector<quality> out;
    for (const reading& each : of.readings()) out.push_back(each.quality);
    return out;
}

}  // namespace wattpurse::usage::flat_readings
