// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <wattpurse/tariff/line.hpp>
#include <wattpurse/tariff/title.hpp>

namespace wattpurse::tariff {

/// A number without the zeros at its end, but with at least `places_min` decimal places:
/// "120.5000" is "120.50" with 2 and "120.5" with 0 or 1.
[[nodiscard]] std::string trimmed(std::string_view number, std::size_t places_min);

/// One line as a tenant reads it, with its arithmetic, so that anybody can check it by hand:
///
///     peak 120.50 kWh x 0.568 CNY/kWh = 68.444 CNY
///     峰 120.50 千瓦时 x 0.568 元/千瓦时 = 68.444 元
///
/// What was rounded is said: "= 68.4444444... rounded half_up to 0.000001".
[[nodiscard]] std::string explain(const line& what, language in = language::english);

/// The short form without arithmetic: "energy, tier 2 (above 230 to 400 kWh), peak".
[[nodiscard]] std::string title_of(const line& what, language in = language::english);

}  // namespace wattpurse::tariff
