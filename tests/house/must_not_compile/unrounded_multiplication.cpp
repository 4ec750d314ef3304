// SPDX-License-Identifier: Apache-2.0
// must not compile: no matching function for call to
#include <wattpurse/base/decimal.hpp>

using namespace wattpurse;

#ifdef CONTROL
const auto product = mul<4>(decimal<4>::of(1), decimal<8>::of(3), rounding::half_up);
#else
const auto product = mul<4>(decimal<4>::of(1), decimal<8>::of(3));
#endif
