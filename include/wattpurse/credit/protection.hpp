// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wattpurse/base/time.hpp>
#include <wattpurse/credit/policy.hpp>

namespace wattpurse::credit {

/// Nobody may be cut at `at`: an hour, a weekday or a day of protection in the policy's zone.
[[nodiscard]] bool is_protected_time(const policy& rules, instant at);

/// The first moment, not before `at`, that is not protected. `instant::max()` where there is
/// none, because the hours cover the whole day or the weekdays the whole week; also for moments
/// after the year 9999.
[[nodiscard]] instant next_unprotected(const policy& rules, instant at);

/// The first moment, not before `at`, from which nothing is protected for `lasting` (half-open;
/// minutes or more). `instant::max()` where there is none, as above, and where every gap between
/// protected times is shorter.
[[nodiscard]] instant next_unprotected(const policy& rules, instant at, duration lasting);

}  // namespace wattpurse::credit
