// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <wattpurse/model/fault.hpp>
#include <wattpurse/tariff/rate.hpp>

namespace wattpurse::adapter::json {

/// A bill as a JSON object: lines with every field of `tariff::line` (numbers as decimal strings,
/// times as ISO 8601 in the tariff's zone, `explain` in English and Chinese), totals, credits,
/// past values, gaps in the data, the counts of estimated and left out rows, and `notes`: each as
/// `fault` has it, an object of `path`, `value` and `expected`. Ends with a line feed.
[[nodiscard]] std::string bill_text(const tariff::tariff& by, const tariff::period& over,
                                    const tariff::rated& what,
                                    const tariff::bill_totals& totals,
                                    const std::vector<fault>& notes = {});

}  // namespace wattpurse::adapter::json
