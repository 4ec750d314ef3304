// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/tariff/band.hpp>
#include <wattpurse/tariff/charge.hpp>
#include <wattpurse/tariff/rounding_rules.hpp>

namespace wattpurse::tariff {

/// A tariff (电价方案): what a month of energy costs. A value; it comes from a file
/// (`adapter/json/tariff.hpp`) or is put together in code and then passed to `check`.
struct tariff {
    std::string name;    ///< "Zhejiang residential"
    std::string source;  ///< where its prices were published; may be empty
    currency unit;
    fixed_zone zone;     ///< in which months and days begin
    std::vector<band> bands;
    std::vector<charge> charges;  ///< in the order of the bill
    rounding_rules rounding;

    friend bool operator==(const tariff&, const tariff&) = default;
};

}  // namespace wattpurse::tariff
