// SPDX-License-Identifier: Apache-2.0
// must not compile: no match for .operator|invalid operands to binary expression
#include <wattpurse/model/names.hpp>

using namespace wattpurse;

#ifdef CONTROL
const bool same = account_id{} == account_id{};
#else
const bool same = account_id{} == meter_id{};
#endif
