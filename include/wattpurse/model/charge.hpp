// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/quantity.hpp>
#include <wattpurse/model/names.hpp>

namespace wattpurse {

/// One line of a charge: so much energy at such a price is so much money, and why.
/// `amount` is positive where the customer owes it, at 10^-6 of the currency unit.
struct charge_line {
    line_id line;
    energy quantity;
    wattpurse::price unit_price;
    money amount;
    std::string explain;  ///< "peak 120.50 kWh x 0.568 CNY/kWh = 68.444000 CNY"
};

}  // namespace wattpurse
