// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <wattpurse/tariff/band.hpp>
#include <wattpurse/tariff/calendar.hpp>

namespace wattpurse::tariff {

/// A stretch of the time line in which nothing of the calendar changes.
struct run {
    instant from;
    instant until;
    std::int16_t band = no_index;    ///< index in the tariff's bands; `no_index` without plans
    std::int16_t season = no_index;  ///< index in the calendar's seasons
    std::int16_t day = no_index;     ///< index in the calendar's day classes

    friend constexpr bool operator==(const run&, const run&) = default;
};

/// The calendar laid out on the time line over [from, until): runs that touch, each as long as
/// it can be. Summer time, leap days, holidays and announced days are settled here, once, so that
/// rating knows nothing of them. `by` has passed `check`.
[[nodiscard]] std::vector<run> timetable(const calendar& by, std::span<const band> bands,
                                         const civil_zone& zone,
                                         const std::vector<event_day>& events, instant from,
                                         instant until);

}  // namespace wattpurse::tariff
