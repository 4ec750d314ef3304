// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <wattpurse/tariff/calendar.hpp>
#include <wattpurse/tariff/tariff.hpp>

#include "phrases.hpp"

namespace wattpurse::cli {

struct tariff_picture {
    std::chrono::year year{2026};
    std::vector<tariff::event_day> events;
};

/// A tariff as a picture (SVG) that needs nothing beside it: the year by day and hour, coloured
/// by band (by season where bands are known from registers only), and below it the price of each
/// charge over its quantity.
[[nodiscard]] std::string tariff_svg(const tariff::tariff& by, const tariff_picture& what,
                                     const phrases& say);

}  // namespace wattpurse::cli
