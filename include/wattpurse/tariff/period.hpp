// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>

namespace wattpurse::tariff {

/// A billing period on the time line, half open: [from, until).
struct period {
    period_id id;
    instant from;
    instant until;

    friend constexpr bool operator==(const period&, const period&) = default;
};

/// The local calendar month that `at` falls on, "2026-01". Years 0000 to 9999.
[[nodiscard]] period_id month_of(instant at, fixed_zone zone) noexcept;

/// The same month with its bounds. The reading at `until` closes it and opens the next.
[[nodiscard]] period period_at(instant at, fixed_zone zone) noexcept;

/// The month of that name. Errors: `syntax` (not "YYYY-MM"), `out_of_range` (no such month).
[[nodiscard]] result<period> period_of(const period_id& id, fixed_zone zone) noexcept;

}  // namespace wattpurse::tariff
