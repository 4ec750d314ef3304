// SPDX-License-Identifier: Apache-2.0
// must not compile: no match for .operator|invalid operands to binary expression
#include <wattpurse/base/quantity.hpp>

using namespace wattpurse;

#ifdef CONTROL
const bool less = energy::of(1) < energy::of(2);
#else
const bool less = energy::of(1) < power::of(2);
#endif
