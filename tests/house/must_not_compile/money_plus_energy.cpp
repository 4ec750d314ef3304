// SPDX-License-Identifier: Apache-2.0
// must not compile: no match for .operator|invalid operands to binary expression
#include <wattpurse/base/money.hpp>
#include <wattpurse/base/quantity.hpp>

using namespace wattpurse;

const money one{decimal<6>::of(1), currency{"CNY"}};
#ifdef CONTROL
const auto sum = one + one;
#else
const auto sum = one + energy::of(1);
#endif
