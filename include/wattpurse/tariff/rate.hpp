// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/model/charge.hpp>
#include <wattpurse/model/usage.hpp>
#include <wattpurse/tariff/tariff.hpp>

namespace wattpurse::tariff {

/// What the energy used since a period began costs, line by line.
///
/// Every line of the tariff is there, in its order, those of nothing too. A line is the exact
/// product of its quantity and price, rounded once by the rule for lines; no line falls when
/// usage grows. So what is still to be posted is this less what was posted, and the postings of
/// a period sum to the same, however often and whenever they are made.
///
/// `by` has passed `check`. Errors: `not_found` where energy was used in a register that no
/// band names (it would be given away); `out_of_range` for negative energy; `overflow`.
[[nodiscard]] result<std::vector<charge_line>> rate(const tariff& by, const period_usage& used);

/// The sum of some lines. Errors: `currency_mismatch`, `overflow`.
[[nodiscard]] result<money> sum_of(const tariff& by, const std::vector<charge_line>& lines);

/// What the bill says where `charged` was posted in its period: rounded by the rule for bills,
/// still carried at 10^-6. Errors: `currency_mismatch`, `overflow`, `inexact`.
[[nodiscard]] result<money> bill_total(const tariff& by, money charged);

}  // namespace wattpurse::tariff
