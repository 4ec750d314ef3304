// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include <wattpurse/model/fault.hpp>
#include <wattpurse/tariff/tariff.hpp>

namespace wattpurse::tariff {

/// Bands, charges, tiers of a charge: more of one kind make no tariff.
inline constexpr std::size_t parts_max = 1000;

/// Everything that is wrong with a tariff, in the order of its parts; empty where it can be
/// rated. Paths are those of the tariff's file: `/charges/2/rate/tiers/1/up_to`.
///
/// Checked: names and line ids are there, well formed and not used twice; each register serves
/// one band and each band is priced; windows, where any are given, cover the day once; bounds
/// rise and the last tier has none; no price is negative; what is asked of rounding is done.
[[nodiscard]] std::vector<fault> check(const tariff& what);

}  // namespace wattpurse::tariff
