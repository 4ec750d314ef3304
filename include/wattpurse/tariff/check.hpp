// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include <wattpurse/model/fault.hpp>
#include <wattpurse/tariff/tariff.hpp>

namespace wattpurse::tariff {

/// Bands, charges, tiers of a charge: more of one kind make no tariff.
inline constexpr std::size_t parts_max = 1000;

/// Everything that is wrong with a tariff, up to about `parts_max` faults, in the order of its
/// parts; empty where it can be rated. Paths are those of the tariff's file:
/// `/versions/0/charges/2/rate/tiers/1/up_to`.
///
/// Checked: names and line ids are there, well formed and not used twice; every name that is
/// used is defined, and determinants do not go in circles; seasons cover the year once, windows
/// the day once, rules every season and class of day, and each rule some day; a register serves
/// one band; each band is priced; bounds rise and the last tier has none; a tag that an adjustment
/// is over belongs to a line before it; what can be inexact names its rounding, and where tiers
/// and bands meet, how they meet; versions rise.
[[nodiscard]] std::vector<fault> check(const tariff& what);

}  // namespace wattpurse::tariff
