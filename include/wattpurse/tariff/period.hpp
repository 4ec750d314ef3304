// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/tariff/civil_zone.hpp>

namespace wattpurse::tariff {

/// A billing period on the time line, half open: [from, until).
struct period {
    period_id id;
    instant from;
    instant until;

    friend constexpr bool operator==(const period&, const period&) = default;
};

/// The local calendar month that `at` falls on, "2026-01". Years 0000 to 9999.
[[nodiscard]] period_id month_of(instant at, const civil_zone& zone) noexcept;

/// The same month with its bounds. The reading at `until` closes it and opens the next.
[[nodiscard]] period period_at(instant at, const civil_zone& zone) noexcept;

/// The month of that name. Errors: `syntax` (not "YYYY-MM"), `out_of_range` (no such month).
[[nodiscard]] result<period> period_of(const period_id& id, const civil_zone& zone) noexcept;

/// The first day of the month of `day`, `months` later (or earlier).
[[nodiscard]] civil_day month_start(civil_day day, int months = 0) noexcept;

/// The day that `from` to `until` (a bill by hand) is named after: "2026-01-05".
[[nodiscard]] period period_between(civil_day from, civil_day until,
                                    const civil_zone& zone) noexcept;

}  // namespace wattpurse::tariff
