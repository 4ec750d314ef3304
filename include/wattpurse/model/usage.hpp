// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/model/reading.hpp>

namespace wattpurse {

/// What an account has used since its billing period began, over all meters that served it.
///
/// Cumulative on purpose: a period is always rated as a whole, and what is posted is that charge
/// less what is already posted (DESIGN, "deduction telescopes").
struct period_usage {
    account_id account;
    period_id period;
    instant from;             ///< start of the period, or of service in it
    instant until;            ///< the latest reading that counts
    tariff_energy tariff{};   ///< kWh per tariff register since `from`
};

}  // namespace wattpurse
