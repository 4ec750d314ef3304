// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>

namespace wattpurse::tariff {

/// A day of the calendar, without a zone.
using civil_day = std::chrono::local_days;

/// The day `year`-`month`-`day`, or `errc::out_of_range` where there is none.
[[nodiscard]] result<civil_day> day_of(int year, int month, int day) noexcept;
/// "2026-01-31"; errors: `syntax`, `out_of_range`.
[[nodiscard]] result<civil_day> parse_day(std::string_view text) noexcept;
/// "2026-01-31".
[[nodiscard]] std::string to_string(civil_day day);

/// From `at` on, clocks show UTC plus `offset`.
struct offset_change {
    instant at;
    std::chrono::minutes offset{0};

    friend constexpr bool operator==(const offset_change&, const offset_change&) = default;
};

/// A zone whose offset from UTC may change (summer time), as a value: a name and the moments of
/// its changes. A fixed zone is one without changes, so China needs no database; the others come
/// from `adapter/tz`.
///
/// Every instant has one wall clock, so a band or a day is never ambiguous when it is looked up
/// from the time line: an hour that is shown twice is twice in the band its clock shows, and an
/// hour that is skipped is in none.
class civil_zone {
public:
    civil_zone() = default;  ///< UTC
    civil_zone(fixed_zone zone);  // NOLINT(google-explicit-constructor): a fixed zone is a zone

    /// `changes` rise in time; before the first of them `before` holds. Error: `out_of_range`
    /// (times do not rise, an offset beyond 18 hours).
    [[nodiscard]] static result<civil_zone> of(std::string name, std::chrono::minutes before,
                                               std::vector<offset_change> changes);

    /// "Europe/London", or "+08:00" for a fixed zone.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] bool is_fixed() const noexcept { return changes_.empty(); }

    /// The offset in force at `at`.
    [[nodiscard]] fixed_zone at(instant at) const noexcept;
    /// The next change after `at`, or the largest instant.
    [[nodiscard]] instant next_change(instant at) const noexcept;
    /// The day that `at` falls on.
    [[nodiscard]] civil_day day_at(instant at) const noexcept;
    /// The first instant of a day: midnight, or the moment the clock jumps over it.
    [[nodiscard]] instant start_of(civil_day day) const noexcept;

    friend bool operator==(const civil_zone& a, const civil_zone& b) noexcept
    {
        return a.before_ == b.before_ && a.changes_ == b.changes_;
    }

private:
    std::string name_ = "+00:00";
    std::chrono::minutes before_{0};
    std::vector<offset_change> changes_;
};

}  // namespace wattpurse::tariff
