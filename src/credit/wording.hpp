// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/credit/decide.hpp>

namespace wattpurse::credit {

/// "-5.00 CNY": exact, with at least the currency's own places and no idle zeros beyond them.
[[nodiscard]] std::string amount_text(const money& amount);

/// "2026-01-05 09:00 (+08:00)".
[[nodiscard]] std::string moment_text(instant at, fixed_zone zone);

/// The text of a notice about the account as it stands: who, how much, what happens next and
/// when supply can be cut at the earliest.
[[nodiscard]] std::string notice_text(notice_kind kind, const account_view& view,
                                      const policy& rules, instant now);

}  // namespace wattpurse::credit
