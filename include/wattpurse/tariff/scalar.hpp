// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wattpurse/base/decimal.hpp>

namespace wattpurse::tariff {

/// A number of kWh, kvarh, kW, kVA, days, months or pieces, in steps of 10^-4: what a charge is
/// charged on. Its unit is named beside it, for it is data.
using scalar = decimal<4>;

/// Money for one of what is counted, or a share (0.13 is 13 %), in steps of 10^-8.
using unit_price = decimal<8>;

/// Money of the tariff's currency, in steps of 10^-6, where the currency is known.
using amount = decimal<6>;

}  // namespace wattpurse::tariff
