// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/model/fault.hpp>
#include <wattpurse/tariff/civil_zone.hpp>
#include <wattpurse/tariff/tariff.hpp>

namespace wattpurse::adapter::json {

/// What the member `format` of a tariff file says.
inline constexpr std::string_view tariff_format = "wattpurse-tariff/2";

/// Finds a zone that is no fixed offset by its name, "Europe/London"; `adapter/tz` has one.
using zone_finder = std::function<result<tariff::civil_zone>(std::string_view name)>;

/// Reads a tariff from the text of its file, or says everything that is wrong with it.
///
///     {
///       "format": "wattpurse-tariff/2",
///       "name": "Zhejiang residential",       "source": where and when published (optional)
///       "currency": "CNY",                    "zone": "+08:00", or a name that `zones` finds
///       "bands": [{ "name": "peak", "title": { "en": "peak", "zh": "峰" }, "register": "T2" }],
///       "attributes": [{ "name": "persons", "title": {...}, "value": "4" }],        (optional)
///       "versions": [{
///         "name": "2026", "from": "2026-01-01",                     (from: not in the first)
///         "calendar": {                                                           (optional)
///           "seasons": [{ "name": "summer", "ranges": [{ "first": "07-01", "last": "09-30" }] }],
///           "days": [{ "name": "hot", "event": "heat" },
///                    { "name": "holiday", "dates": ["2026-10-01"], "every": ["01-01"] },
///                    { "name": "weekend", "weekdays": ["sat", "sun"] }],
///           "plans": [{ "name": "plain",
///                       "windows": [{ "from": "22:00", "until": "08:00", "band": "valley" }] }],
///           "rules": [{ "seasons": ["summer"], "days": ["hot"], "plan": "plain" }] },
///         "interval_split": "refuse" or "pro_rata",                       (optional: refuse)
///         "determinants": [{ "name": "energy", "unit": "kWh", "of": "import",
///                            "bands": [], "seasons": [], "days": [], "meters": [],
///                            "scope": "year", "anchor": "01-01", ... , "steps": [...] }],
///         "charges": [{ "line": "energy", "title": {...}, "on": "energy", "rate": {...},
///                       "tags": ["energy"], "credit": false, "round": {...} }],
///         "adjustments": [{ "line": "vat", "kind": "percent", "over": ["energy"],
///                           "rate": { "mode": "flat", "price": "0.13" }, "tags": [],
///                           "on": ..., "keep_months": 12, "when": "always" or "close" }],
///         "rounding": { "line": { "increment": "0.000001", "mode": "half_up" },
///                       "tax": {...}, "bill": { "increment": "0.01", "mode": "half_up" },
///                       "cash": {...}, "residue": "post" } }]        (tax, cash, residue optional)
///     }
///
/// `docs/tariffs.md` has an example of each structure, `share/schemas/tariff.schema.json` the
/// grammar.
/// Prices (at most 8 places), quantities (4) and increments (6) are strings, for a JSON number
/// would pass through a binary fraction. What is not computed is not accepted: an unknown key is
/// a fault. Faults are complete: of form, in the order of reading, then those `tariff::check`
/// finds. A text that is no JSON gives one fault of line and column, after the keys that stood
/// twice before it.
[[nodiscard]] result<tariff::tariff, std::vector<fault>>
load_tariff(std::string_view text, const zone_finder& zones = {});

}  // namespace wattpurse::adapter::json
