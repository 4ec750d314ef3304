// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string_view>

#include <wattpurse/base/result.hpp>
#include <wattpurse/tariff/civil_zone.hpp>

namespace wattpurse::adapter::tz {

/// The zone of that name, "Europe/London", with every change of its clock from the begin of the
/// year `first` to the end of the year `last` (UTC). Before and after, its first and last offset
/// hold.
///
/// It comes from the time zone database of the system. Years for which that has no list of
/// changes any more follow the rule it gives for the future, so a zone that has summer time today
/// has it in 2090. Offsets with seconds (Liberia, until 1972) are cut to the minute below.
///
/// Errors: `not_found` (no such name, or no database), `out_of_range` (`last` before `first`, or
/// years beyond 1900 to 2500).
[[nodiscard]] result<tariff::civil_zone> find_zone(std::string_view name, std::chrono::year first,
                                                   std::chrono::year last);

/// The same from 1970 to 2100: what a tariff may ask for.
[[nodiscard]] result<tariff::civil_zone> find_zone(std::string_view name);

}  // namespace wattpurse::adapter::tz
