// SPDX-License-Identifier: Apache-2.0
// must not compile: no match for .operator|invalid operands to binary expression
#include <wattpurse/base/product.hpp>

using namespace wattpurse;

#ifdef CONTROL
const auto product = energy::of(1) * price::of(2);
#else
const auto product = energy::of(1) * energy::of(2);  // there are no square kilowatt-hours here
#endif
