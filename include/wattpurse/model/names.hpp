// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wattpurse/base/label.hpp>

namespace wattpurse {

/// A purse in the books: a customer's prepaid account, or one of the house's own accounts.
using account_id = label<struct account_tag>;
/// A meter, by the number on its plate; for DL/T 645 the 12 digits of its address.
using meter_id = label<struct meter_tag>;
/// A line of a bill, such as `energy.peak`, `energy.2.valley` or, after a change of prices within
/// the period, `energy.peak@2`.
using line_id = label<struct line_tag, 47>;
/// A billing period, such as `2026-01`.
using period_id = label<struct period_tag>;
/// A half-duplex line with meters on it, such as `bus-1`.
using bus_id = label<struct bus_tag>;

}  // namespace wattpurse
