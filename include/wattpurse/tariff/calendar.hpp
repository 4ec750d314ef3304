// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <wattpurse/tariff/civil_zone.hpp>

namespace wattpurse::tariff {

/// Minutes in a day; the end of a window that reaches to midnight.
inline constexpr std::int16_t minutes_per_day = 1440;

/// A day of any year, "07-01".
struct month_day {
    std::uint8_t month = 1;
    std::uint8_t day = 1;

    friend constexpr auto operator<=>(const month_day&, const month_day&) = default;
};

/// The days from `first` to `last`, both among them; passes the end of the year where `last`
/// comes before `first`.
struct date_range {
    month_day first;
    month_day last{12, 31};

    friend constexpr bool operator==(const date_range&, const date_range&) = default;
};

/// A part of the year (季节, 年时区). Seasons share no day and leave none out.
struct season {
    std::string name;
    std::vector<date_range> ranges;

    friend bool operator==(const season&, const season&) = default;
};

/// A kind of day. A day is of the first class of the list that it fits, or of none.
struct day_class {
    std::string name;
    std::uint8_t weekdays = 0;         ///< bit 0 for Monday to bit 6 for Sunday
    std::vector<civil_day> dates;      ///< these days (holidays)
    std::vector<month_day> every;      ///< these days of every year
    std::string event;                 ///< days announced under this name (`consumption::events`)

    friend bool operator==(const day_class&, const day_class&) = default;
};

/// Where no season or day class applies.
inline constexpr std::int8_t no_index = -1;

/// A time of day, [from, until) in minutes since midnight, in a band. Where `from` is not before
/// `until` it passes midnight: 22:00 to 08:00.
struct clock_window {
    std::int16_t from = 0;
    std::int16_t until = minutes_per_day;
    std::string band;

    friend bool operator==(const clock_window&, const clock_window&) = default;
};

/// A division of the day (日时段表): windows that cover 24 hours once.
struct day_plan {
    std::string name;
    std::vector<clock_window> windows;

    friend bool operator==(const day_plan&, const day_plan&) = default;
};

/// Which plan holds on days of these seasons and classes; an empty list means any.
struct schedule_rule {
    std::vector<std::string> seasons;
    std::vector<std::string> days;
    std::string plan;

    friend bool operator==(const schedule_rule&, const schedule_rule&) = default;
};

/// Which band holds when. For each day the first rule that fits gives its plan.
struct calendar {
    std::vector<season> seasons;       ///< none: the year is not divided
    std::vector<day_class> days;
    std::vector<day_plan> plans;       ///< none: bands are known from registers only
    std::vector<schedule_rule> rules;

    friend bool operator==(const calendar&, const calendar&) = default;
};

/// A day that has been announced: "heat" on 2026-07-14, since 35 degrees are forecast.
struct event_day {
    std::string name;
    civil_day day;

    friend bool operator==(const event_day&, const event_day&) = default;
};

/// The season of `by` that `day` falls in, or `no_index`.
[[nodiscard]] std::int16_t season_of(const calendar& by, civil_day day) noexcept;
/// The class of `by` that `day` is of, or `no_index`.
[[nodiscard]] std::int16_t class_of(const calendar& by, civil_day day,
                                    const std::vector<event_day>& events) noexcept;

}  // namespace wattpurse::tariff
