// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/model/reading.hpp>

namespace wattpurse {

/// A closed bill: immutable once written. Later corrections post in the open period.
struct bill {
    account_id account;
    period_id period;
    instant from;
    instant until;
    tariff_energy used{};  ///< kWh per tariff register over the period
    money charged;         ///< sum of the postings of the period, at 10^-6
    money total;           ///< what the bill says, whole fen
    instant closed_at;
};

}  // namespace wattpurse
