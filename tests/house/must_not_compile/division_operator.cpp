// SPDX-License-Identifier: Apache-2.0
// must not compile: no match for .operator|invalid operands to binary expression
#include <wattpurse/base/quantity.hpp>

using namespace wattpurse;

#ifdef CONTROL
const auto share = ratio<8>(energy::of(1), energy::of(3), rounding::half_up);
#else
const auto share = energy::of(1) / energy::of(3);  // an operator has no place for a rounding
#endif
