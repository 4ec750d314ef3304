// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/credit/protection.hpp>

#include <algorithm>
#include <chrono>

namespace wattpurse::credit {
namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr minutes day_length{24 * 60};
/// 10000-01-01T00:00:00Z; calendars end here.
constexpr instant calendar_end{std::chrono::seconds{253402300800}};

struct local_moment {
    std::chrono::sys_days day;
    minutes clock;  ///< since local midnight, seconds cut off
};

local_moment local(const policy& rules, instant at)
{
    const instant shifted = at + rules.zone.offset;
    const auto day = std::chrono::floor<days>(shifted);
    return {day, std::chrono::floor<minutes>(shifted - day)};
}

bool is_protected_day(const policy& rules, std::chrono::sys_days day)
{
    const auto& weekdays = rules.protected_weekdays;
    const auto weekday = std::chrono::weekday{day}.c_encoding();
    if (std::find(weekdays.begin(), weekdays.end(), weekday) != weekdays.end()) return true;
    const auto& dates = rules.protected_days;
    const std::chrono::year_month_day date{day};
    return std::find(dates.begin(), dates.end(), date) != dates.end();
}

/// The minute of the day at which the protection of `clock` by this window ends; `clock` itself
/// where the window does not hold it.
minutes end_of(const daily_window& window, minutes clock)
{
    if (window.from < window.to) {
        return clock >= window.from && clock < window.to ? window.to : clock;
    }
    if (clock >= window.from || window.from == window.to) return day_length;
    return clock < window.to ? window.to : clock;
}

/// Days after which nothing new can come: every week holds a free weekday, if any does, and each
/// protected date takes away one day at most.
days horizon(const policy& rules)
{
    return days{7 * (static_cast<int>(rules.protected_days.size()) + 1) + 2};
}

/// The first moment of protection in [from, until); `until` if there is none.
instant first_protected(const policy& rules, instant from, instant until)
{
    // Protection begins on a whole minute, since zones are whole minutes too.
    for (instant at = from; at < until; at = floor_to(at, minutes{1}) + minutes{1}) {
        if (is_protected_time(rules, at)) return at;
    }
    return until;
}

/// The first minute of the day, not before `clock`, that no window holds; `day_length` if none.
minutes first_free(const policy& rules, minutes clock)
{
    for (;;) {
        minutes next = clock;
        for (const auto& window : rules.protected_hours) {
            next = std::max(next, end_of(window, clock));
        }
        if (next == clock || next >= day_length) return std::min(next, day_length);
        clock = next;
    }
}

}  // namespace

bool is_protected_time(const policy& rules, instant at)
{
    const auto [day, clock] = local(rules, at);
    return is_protected_day(rules, day) || first_free(rules, clock) != clock;
}

instant next_unprotected(const policy& rules, instant at)
{
    if (at >= calendar_end) return instant::max();
    auto [day, clock] = local(rules, at);
    const minutes asked = clock;
    const auto days_max = horizon(rules).count();
    for (int i = 0; i < days_max; ++i) {
        if (!is_protected_day(rules, day)) {
            const minutes free = first_free(rules, clock);
            if (free < day_length) {
                if (i == 0 && free == asked) return at;
                return instant{day} + free - rules.zone.offset;
            }
        }
        day += days{1};
        clock = minutes{0};
    }
    return instant::max();
}

instant next_unprotected(const policy& rules, instant at, duration lasting)
{
    if (at >= calendar_end) return instant::max();
    const instant end = at + horizon(rules);
    while (at < end) {
        at = next_unprotected(rules, at);
        if (at == instant::max()) break;
        const instant protected_at = first_protected(rules, at, at + lasting);
        if (protected_at == at + lasting) return at;
        at = protected_at;
    }
    return instant::max();
}

}  // namespace wattpurse::credit
