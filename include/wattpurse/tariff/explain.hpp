// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/quantity.hpp>

namespace wattpurse::tariff {

/// A number without the zeros at its end, but with at least `places_min` decimal places:
/// "120.5000" is "120.50" with 2 and "120.5" with 0 or 1.
[[nodiscard]] std::string trimmed(std::string_view number, std::size_t places_min);

/// "120.50 kWh": at least two places, as a meter shows it.
[[nodiscard]] std::string text_of(energy quantity);

/// "peak 120.50 kWh x 0.568 CNY/kWh = 68.444000 CNY". The quantity times the price is the
/// amount but for the one rounding to six places, so that anybody can check it by hand.
[[nodiscard]] std::string explain(std::string_view title, energy quantity, price each,
                                  money amount);

}  // namespace wattpurse::tariff
