// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/model/fault.hpp>
#include <wattpurse/tariff/tariff.hpp>

namespace wattpurse::adapter::json {

/// What the member `format` of a tariff file says.
inline constexpr std::string_view tariff_format = "wattpurse-tariff/1";

/// Reads a tariff from the text of its file, or says everything that is wrong with it.
///
///     {
///       "format": "wattpurse-tariff/1",
///       "name": "Zhejiang residential",           "source": where it was published (optional)
///       "currency": "CNY",                        "zone": "+08:00",
///       "bands": [                                time bands, one for each register in use
///         { "name": "peak", "register": "T2",
///           "windows": [{ "from": "08:00", "until": "22:00" }] } ],    (optional)
///       "charges": [
///         { "line": "energy.peak",                id of the bill line
///           "title": "peak",                      for people (optional)
///           "determinant": { "bands": ["peak"], "scope": "month" },
///           "rate": { "mode": "flat", "price": "0.568" } },
///         { "line": "tier",                       gives the lines tier.1, tier.2, ...
///           "determinant": { "bands": ["peak", "valley"], "scope": "month" },
///           "rate": { "mode": "graduated", "tiers": [
///             { "up_to": "230", "price": "0" },   "name": "1" (optional)
///             { "price": "0.30" } ] } } ],        the last tier has no bound
///       "adjustments": [],                        (optional; none are computed yet)
///       "rounding": { "line": { "places": 6, "mode": "half_up" },
///                     "bill": { "places": 2, "mode": "half_up" } }
///     }
///
/// Prices (at most 8 places) and energies (4) are strings, for a JSON number would pass through
/// a binary fraction. What is not computed is not accepted: an unknown key is a fault. Faults
/// are complete: of form, in the order of reading, then those `tariff::check` finds. A text that
/// is no JSON gives one fault of line and column, after the keys that stood twice before it.
[[nodiscard]] result<tariff::tariff, std::vector<fault>> load_tariff(std::string_view text);

}  // namespace wattpurse::adapter::json
