// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <wattpurse/tariff/line.hpp>

#include "measure.hpp"
#include "tables.hpp"

namespace wattpurse::tariff {

/// One version over its part of the period.
struct version_stretch {
    const version* by = nullptr;
    std::size_t number = 1;   ///< of those that touch the period, from 1
    bool is_only = true;
    bool is_last = true;
    stretch over;
};

/// The lines of a charge.
void rate_charge(meter& quantities, const version_stretch& when, const charge& what,
                 std::vector<line>& into);

/// The line of an adjustment to those before it, `first` being the version's first.
void rate_adjustment(meter& quantities, const version_stretch& when, const adjustment& what,
                     std::size_t first, std::vector<line>& into, std::vector<credit>& kept);

/// What `table` on `on` costs over the version's part of the period.
void price_all(pricing& into, meter& quantities, const version_stretch& when,
               const determinant& on);

}  // namespace wattpurse::tariff
