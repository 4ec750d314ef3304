// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "rating.hpp"

namespace wattpurse::tariff {

/// The windows of a scope that touch `over`, in order. The first may begin before it.
[[nodiscard]] std::vector<stretch> windows_of(const determinant& what, const rating& in);

/// Where the window of `what` that contains the beginning of the period begins.
[[nodiscard]] instant scope_start(const determinant& what, const rating& in);

/// Moments of purchases, in order, those before the period too.
[[nodiscard]] std::vector<instant> purchases_of(const consumption& used);

/// Local days that begin in `over`, those alone in which there is service.
[[nodiscard]] std::int64_t days_in(const rating& in, stretch over);
/// Local days that begin in `over`, served or not.
[[nodiscard]] std::int64_t all_days_in(const rating& in, stretch over);

}  // namespace wattpurse::tariff
