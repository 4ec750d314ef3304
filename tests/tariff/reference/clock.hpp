// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <wattpurse/tariff/consumption.hpp>
#include <wattpurse/tariff/period.hpp>
#include <wattpurse/tariff/tariff.hpp>

#include "tariff/reference/exact.hpp"

namespace wattpurse::tariff::reference {

using std::chrono::days;
using std::chrono::minutes;

/// The wall clock of a zone.
struct wall_clock {
    const civil_zone& zone;

    civil_day day_at(instant when) const
    {
        return civil_day{std::chrono::floor<days>(local(when)).time_since_epoch()};
    }
    /// Minutes since midnight, as the clock shows them.
    int minute_at(instant when) const
    {
        const instant shown = local(when);
        return static_cast<int>(
            std::chrono::floor<minutes>(shown - std::chrono::floor<days>(shown)).count());
    }
    /// The first moment of a day. Where the clock changes nearby, minute by minute.
    instant begin_of(civil_day day) const
    {
        const instant shown{std::chrono::sys_days{day.time_since_epoch()}};
        const minutes before = zone.at(shown - std::chrono::hours{36}).offset;
        const minutes after = zone.at(shown + std::chrono::hours{36}).offset;
        if (before == after) return shown - before;
        instant when = shown - std::chrono::hours{20};
        while (day_at(when) < day) when += minutes{1};
        return when;
    }

private:
    instant local(instant when) const { return when + zone.at(when).offset; }
};

inline std::chrono::year_month_day date_of(civil_day day)
{
    return std::chrono::year_month_day{day};
}
inline civil_day first_of_month(civil_day day, int months_later = 0)
{
    const auto date = date_of(day);
    const auto month = date.year() / date.month() + std::chrono::months{months_later};
    return civil_day{month / std::chrono::day{1}};
}
/// Months since the year 0.
inline int month_number(civil_day day)
{
    const auto date = date_of(day);
    return static_cast<int>(date.year()) * 12 + static_cast<int>(unsigned{date.month()}) - 1;
}
inline month_day month_day_of(civil_day day)
{
    const auto date = date_of(day);
    return {static_cast<std::uint8_t>(unsigned{date.month()}),
            static_cast<std::uint8_t>(unsigned{date.day()})};
}

inline int season_on(const calendar& by, civil_day day)
{
    const month_day today = month_day_of(day);
    for (std::size_t i = 0; i < by.seasons.size(); ++i) {
        for (const date_range& range : by.seasons[i].ranges) {
            const bool inside = range.first <= range.last
                                    ? range.first <= today && today <= range.last
                                    : range.first <= today || today <= range.last;
            if (inside) return static_cast<int>(i);
        }
    }
    return -1;
}

inline int class_on(const calendar& by, civil_day day, const std::vector<event_day>& events)
{
    const unsigned weekday = std::chrono::weekday{day}.iso_encoding() - 1;
    for (std::size_t i = 0; i < by.days.size(); ++i) {
        const day_class& kind = by.days[i];
        bool fits = ((kind.weekdays >> weekday) & 1U) != 0;
        for (const civil_day date : kind.dates) fits = fits || date == day;
        for (const month_day& date : kind.every) fits = fits || date == month_day_of(day);
        for (const event_day& event : events) {
            fits = fits || (!kind.event.empty() && event.name == kind.event && event.day == day);
        }
        if (fits) return static_cast<int>(i);
    }
    return -1;
}

/// Whether a list of names is empty or holds the name that `index` has in `all`.
template <class Named>
bool admits(const std::vector<std::string>& names, const std::vector<Named>& all, int index)
{
    if (names.empty()) return true;
    if (index < 0) return false;
    const std::string& name = all[static_cast<std::size_t>(index)].name;
    return std::find(names.begin(), names.end(), name) != names.end();
}

template <class Named>
int index_of(const std::vector<Named>& all, const std::string& name)
{
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].name == name) return static_cast<int>(i);
    }
    return -1;
}

/// The plan of a day of that season and class.
inline const day_plan& plan_on(const calendar& by, int season, int kind)
{
    for (const schedule_rule& rule : by.rules) {
        if (admits(rule.seasons, by.seasons, season) && admits(rule.days, by.days, kind)) {
            return by.plans[static_cast<std::size_t>(index_of(by.plans, rule.plan))];
        }
    }
    throw std::logic_error{"a day without a rule"};
}

inline int band_at(const day_plan& plan, const std::vector<band>& bands, int minute)
{
    for (const clock_window& window : plan.windows) {
        const bool inside = window.from < window.until
                                ? window.from <= minute && minute < window.until
                                : window.from <= minute || minute < window.until;
        if (inside) return index_of(bands, window.band);
    }
    throw std::logic_error{"a minute without a band"};
}

struct stretch {
    instant from;
    instant until;
};

/// The windows of a determinant's scope that touch [from, until).
inline std::vector<stretch> windows_of(const determinant& of, const wall_clock& clock,
                                       const period& over, const std::vector<instant>& purchases,
                                       instant from, instant until)
{
    const month_day anchor = of.anchor;
    std::vector<stretch> all;
    const civil_day first = clock.day_at(from);
    const civil_day last = clock.day_at(until);
    const auto add = [&all, &clock](civil_day begin, civil_day end) {
        all.push_back({clock.begin_of(begin), clock.begin_of(end)});
    };
    switch (of.scope) {
        case scope::period: all.push_back({over.from, over.until}); break;
        case scope::day:
            for (civil_day day = first; day <= last; day += days{1}) add(day, day + days{1});
            break;
        case scope::month:
            for (civil_day day = first_of_month(first); day <= last; day = first_of_month(day, 1)) {
                add(day, first_of_month(day, 1));
            }
            break;
        case scope::two_months:
            for (civil_day day = first_of_month(first, -1); day <= last;
                 day = first_of_month(day, 1)) {
                const int months_away = static_cast<int>(month_day_of(day).month) - anchor.month;
                if (months_away % 2 == 0) add(day, first_of_month(day, 2));
            }
            break;
        case scope::year:
            for (int year = static_cast<int>(date_of(first).year()) - 1;
                 year <= static_cast<int>(date_of(last).year()); ++year) {
                const auto on = [&anchor](int in) {
                    return civil_day{std::chrono::year{in} / int{anchor.month} /
                                     int{anchor.day}};
                };
                add(on(year), on(year + 1));
            }
            break;
        case scope::purchase:
            if (of.of != source::purchase) {  // what was used before anything was bought
                const instant first_one = purchases.empty() ? instant::max() : purchases.front();
                all.push_back({over.from, first_one});
            }
            for (std::size_t i = 0; i < purchases.size(); ++i) {
                all.push_back({purchases[i], i + 1 < purchases.size() ? purchases[i + 1]
                                                                      : instant::max()});
            }
            break;
    }
    std::vector<stretch> out;
    for (const stretch& window : all) {
        if (window.from < until && from < window.until) out.push_back(window);
    }
    return out;
}

}  // namespace wattpurse::tariff::reference
