// SPDX-License-Identifier: Apache-2.0
// must not compile: no matching function for call to
#include <wattpurse/base/decimal.hpp>

using namespace wattpurse;

#ifdef CONTROL
const auto fen = rescale<2>(decimal<6>::of(1), rounding::half_even);
#else
const auto fen = rescale<2>(decimal<6>::of(1));
#endif
