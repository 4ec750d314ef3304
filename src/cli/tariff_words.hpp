// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/explain.hpp>
#include <wattpurse/tariff/tariff.hpp>

#include "phrases.hpp"

namespace wattpurse::cli {

/// What a tariff charges on what, in sentences: a paragraph a version, a line a charge.
[[nodiscard]] std::string tariff_words(const tariff::tariff& by, const phrases& say);

/// "up to 230 kWh", "above 230 to 400 kWh", "above 400 kWh"; empty where there is one tier.
[[nodiscard]] std::string tier_words(const tariff::rate_table& rate, std::size_t index,
                                     const std::string& unit, const phrases& say);
/// "kWh", "kWh/day": of a table's bounds, which are in `unit` unless another determinant selects,
/// and for each of what scales them.
[[nodiscard]] std::string bound_unit(const tariff::version& in, const tariff::rate_table& rate,
                                     const std::string& unit);
/// "2760", "0.568": without zeros at the end.
template <int Scale>
[[nodiscard]] std::string short_number(decimal<Scale> value)
{
    return tariff::trimmed(text(value).view(), 0);
}
/// "energy taken", "days": what a source counts.
[[nodiscard]] std::string source_words(tariff::source of, const phrases& say);

[[nodiscard]] const tariff::determinant* find_determinant(const tariff::version& in,
                                                          const std::string& name);

}  // namespace wattpurse::cli
