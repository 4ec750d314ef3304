// SPDX-License-Identifier: Apache-2.0
// must not compile: ignoring return value
#include <wattpurse/base/quantity.hpp>

using namespace wattpurse;

void add(energy a, energy b)
{
#ifdef CONTROL
    const auto sum = a + b;
    static_cast<void>(sum);
#else
    a + b;  // an overflow would go unseen
#endif
}
