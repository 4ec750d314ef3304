// SPDX-License-Identifier: Apache-2.0
// must not compile: no match for .operator|invalid operands to binary expression
#include <wattpurse/base/decimal.hpp>

using namespace wattpurse;

#ifdef CONTROL
const auto sum = decimal<4>::of(1) + decimal<4>::of(1);
#else
const auto sum = decimal<4>::of(1) + decimal<6>::of(1);
#endif
