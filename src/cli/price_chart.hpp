// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <wattpurse/tariff/rate_table.hpp>

#include "phrases.hpp"
#include "svg.hpp"

namespace wattpurse::cli {

/// Height of a chart with what keeps it off the next.
inline constexpr int chart_height = 196;

/// Where and how the prices of a table are drawn.
struct price_chart {
    int x = 0;
    int y = 0;
    std::string title;
    std::string unit;      ///< of what is charged
    std::string along;     ///< unit of the bounds
    bool credit = false;   ///< what is paid is paid to the customer: below zero
    std::string currency;
    std::vector<std::pair<std::string, std::string>> colours;  ///< of bands
};

/// The price of one more, as steps over the quantity; a line a band where prices are by band.
void draw_prices(svg& page, const price_chart& chart, const tariff::rate_table& rate,
                 const phrases& say);

}  // namespace wattpurse::cli
