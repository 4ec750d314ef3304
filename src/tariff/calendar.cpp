// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/calendar.hpp>

#include <algorithm>

namespace wattpurse::tariff {

namespace {

month_day date_of(civil_day day) noexcept
{
    const std::chrono::year_month_day date{day};
    return {static_cast<std::uint8_t>(static_cast<unsigned>(date.month())),
            static_cast<std::uint8_t>(static_cast<unsigned>(date.day()))};
}

bool has(const date_range& range, month_day date) noexcept
{
    if (range.first <= range.last) return range.first <= date && date <= range.last;
    return date >= range.first || date <= range.last;
}

bool has(const day_class& kind, civil_day day, month_day date,
         const std::vector<event_day>& events) noexcept
{
    const unsigned weekday = std::chrono::weekday{day}.iso_encoding();  // 1 is Monday
    if ((kind.weekdays >> (weekday - 1) & 1U) != 0) return true;
    if (std::find(kind.every.begin(), kind.every.end(), date) != kind.every.end()) return true;
    if (std::find(kind.dates.begin(), kind.dates.end(), day) != kind.dates.end()) return true;
    return !kind.event.empty() &&
           std::any_of(events.begin(), events.end(), [&](const event_day& each) {
               return each.day == day && each.name == kind.event;
           });
}

}  // namespace

std::int16_t season_of(const calendar& by, civil_day day) noexcept
{
    const month_day date = date_of(day);
    for (std::size_t i = 0; i < by.seasons.size(); ++i) {
        const auto& ranges = by.seasons[i].ranges;
        if (std::any_of(ranges.begin(), ranges.end(),
                        [date](const date_range& range) { return has(range, date); })) {
            return static_cast<std::int16_t>(i);
        }
    }
    return no_index;
}

std::int16_t class_of(const calendar& by, civil_day day,
                      const std::vector<event_day>& events) noexcept
{
    const month_day date = date_of(day);
    for (std::size_t i = 0; i < by.days.size(); ++i) {
        if (has(by.days[i], day, date, events)) return static_cast<std::int16_t>(i);
    }
    return no_index;
}

}  // namespace wattpurse::tariff
