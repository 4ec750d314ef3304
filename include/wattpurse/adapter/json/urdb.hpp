// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/model/fault.hpp>

namespace wattpurse::adapter::json {

/// What a rate of the U.S. Utility Rate Database does not say, and a tariff must.
struct urdb_rules {
    std::string zone;  ///< "-08:00", "America/Los_Angeles"; empty: +00:00, which is a note
    std::string currency = "USD";
};

/// A tariff made of a rate.
struct urdb_import {
    std::string text;                ///< of a tariff file, see `load_tariff`
    std::vector<std::string> notes;  ///< what it does not carry, and what had to be supposed
};

/// Translates a rate of the OpenEI Utility Rate Database (URDB), as its interface gives it
/// (versions 3 to 8, `detail=full`), into a tariff file. One way: a tariff can say more.
///
/// Numbers are taken as they are written, so 0.1 is 0.1; prices of more than 8 places are rounded
/// to 8, and that is a note. Carried are tiers of energy (kWh, kWh daily, kWh/kW, kWh/kW daily),
/// both schedules, fuel adjustments, demand charges by time of use and by month, look-back, fixed
/// and minimum charges, and sell rates. Tiers and demand count over the billing period.
///
/// Faults: no JSON, not one rate, something of another shape than URDB has, tiers that cannot be
/// told (bounds that do not rise, or of several units).
[[nodiscard]] result<urdb_import, std::vector<fault>> import_urdb(std::string_view text,
                                                                  const urdb_rules& by = {});

}  // namespace wattpurse::adapter::json
