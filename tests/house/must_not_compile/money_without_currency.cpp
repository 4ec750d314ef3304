// SPDX-License-Identifier: Apache-2.0
// must not compile: no matching function for call to|no matching constructor
#include <wattpurse/base/money.hpp>

using namespace wattpurse;

#ifdef CONTROL
const money one{decimal<6>::of(1), currency{"CNY"}};
#else
const money one{decimal<6>::of(1)};
#endif
