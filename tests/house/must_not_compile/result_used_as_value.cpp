// SPDX-License-Identifier: Apache-2.0
// must not compile: no match for .operator|invalid operands to binary expression
#include <wattpurse/base/quantity.hpp>

using namespace wattpurse;

#ifdef CONTROL
const auto sum = energy::of(1) + *(energy::of(2) + energy::of(3));
#else
const auto sum = energy::of(1) + (energy::of(2) + energy::of(3));  // it may be an error
#endif
