// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/model/fault.hpp>
#include <wattpurse/tariff/consumption.hpp>

namespace wattpurse::adapter::json {

/// What the member `format` of an account file says.
inline constexpr std::string_view account_format = "wattpurse-account/1";

/// Reads what a tariff asks of an account beside its energy; every member but `format` may be
/// absent. `zone` tells when days begin.
///
///     { "format": "wattpurse-account/1",
///       "attributes": [{ "name": "contract_kva", "value": "50" },
///                      { "name": "contract_kva", "from": "2026-07-21", "value": "100" }],
///       "openings": [{ "determinant": "energy", "band": "peak", "quantity": "1200" }],
///       "past": [{ "determinant": "demand", "month": "2026-03", "value": "480" }],
///       "credits": [{ "of": "export", "earned": "2026-01-01", "expires": "2027-01-01",
///                     "quantity": "12.50" }],
///       "prices": [{ "name": "spot", "from": "2026-01-01T00:00:00+01:00", "step": "60min",
///                    "values": ["0.1", "-0.02"] }],
///       "events": [{ "name": "heat", "day": "2026-07-14" }],
///       "meters": ["main", "pump"],
///       "service_from": "2026-01-01", "service_until": "2026-06-30",  (the first day without)
///       "carried": "0.004" }
[[nodiscard]] result<tariff::consumption, std::vector<fault>>
load_account(std::string_view text, const tariff::civil_zone& zone);

}  // namespace wattpurse::adapter::json
