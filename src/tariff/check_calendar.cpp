// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <optional>

#include "checking.hpp"

namespace wattpurse::tariff {

namespace {

std::string two(unsigned value)
{
    return {static_cast<char>('0' + value / 10 % 10), static_cast<char>('0' + value % 10)};
}

std::string clock(std::size_t minutes)
{
    return two(static_cast<unsigned>(minutes / 60)) + ':' +
           two(static_cast<unsigned>(minutes % 60));
}

std::string text_of(month_day date) { return two(date.month) + '-' + two(date.day); }

/// A leap year, so that 29 February is a day.
constexpr std::array<std::size_t, 12> month_lengths{31, 29, 31, 30, 31, 30,
                                                    31, 31, 30, 31, 30, 31};
constexpr std::size_t year_length = 366;

bool is_valid(month_day date)
{
    return date.month >= 1 && date.month <= 12 && date.day >= 1 &&
           date.day <= month_lengths[date.month - 1U];
}

std::size_t number_of(month_day date)
{
    std::size_t out = date.day - 1U;
    for (std::size_t i = 1; i < date.month; ++i) out += month_lengths[i - 1];
    return out;
}

month_day date_of(std::size_t number)
{
    std::uint8_t month = 1;
    while (number >= month_lengths[month - 1U]) number -= month_lengths[month++ - 1U];
    return {month, static_cast<std::uint8_t>(number + 1)};
}

void check_seasons(const checking& in)
{
    const auto& seasons = in.in.calendar.seasons;
    check_names(in, seasons, "/calendar/seasons", "season");
    std::array<bool, year_length> covered{};
    bool sound = !seasons.empty();
    for (std::size_t i = 0; i < seasons.size(); ++i) {
        const std::string path = "/calendar/seasons/" + std::to_string(i) + "/ranges";
        if (seasons[i].ranges.empty()) in.note(path, "an empty array", "at least one range");
        sound = sound && !seasons[i].ranges.empty();
        for (std::size_t j = 0; j < seasons[i].ranges.size(); ++j) {
            const date_range& range = seasons[i].ranges[j];
            const std::string place = path + '/' + std::to_string(j);
            if (!is_valid(range.first) || !is_valid(range.last)) {
                in.note(place, text_of(range.first) + " to " + text_of(range.last),
                        "two days of the year");
                sound = false;
                continue;
            }
            std::optional<std::size_t> overlap;
            const std::size_t last = number_of(range.last);
            for (std::size_t day = number_of(range.first);; day = (day + 1) % year_length) {
                if (covered[day] && !overlap) overlap = day;
                covered[day] = true;
                if (day == last) break;
            }
            if (!overlap) continue;
            in.note(place, text_of(range.first) + " to " + text_of(range.last),
                    "days of no other season: " + text_of(date_of(*overlap)) + " is taken");
        }
    }
    const auto gap = std::find(covered.begin(), covered.end(), false);
    if (!sound || gap == covered.end()) return;
    in.note("/calendar/seasons",
            "no season on " + text_of(date_of(static_cast<std::size_t>(gap - covered.begin()))),
            "seasons that cover the year, or none");
}

void check_days(const checking& in)
{
    const auto& days = in.in.calendar.days;
    check_names(in, days, "/calendar/days", "day class");
    for (std::size_t i = 0; i < days.size(); ++i) {
        const std::string path = "/calendar/days/" + std::to_string(i);
        const day_class& each = days[i];
        if (each.weekdays == 0 && each.dates.empty() && each.every.empty() &&
            each.event.empty()) {
            in.note(path, "no day", "weekdays, dates, days of every year or an event");
        }
        for (std::size_t j = 0; j < each.every.size(); ++j) {
            if (is_valid(each.every[j])) continue;
            in.note(path + "/every/" + std::to_string(j), quoted(text_of(each.every[j])),
                    "a day of the year");
        }
    }
}

/// Marks the window's minutes; false where it is no window.
bool check_window(const checking& in, const clock_window& window, const std::string& path,
                  std::array<bool, minutes_per_day>& covered)
{
    if (!may_have(in.what.bands, window.band)) {
        in.note(path + "/band", quoted(window.band), "the name of a band");
    }
    const bool in_day = window.from >= 0 && window.from < minutes_per_day && window.until >= 0 &&
                        window.until <= minutes_per_day;
    if (!in_day || window.from == window.until) {
        in.note(path, "a window of nothing", "from and until within a day, and not the same");
        return false;
    }
    const auto from = static_cast<std::size_t>(window.from);
    const auto until = static_cast<std::size_t>(window.until);
    std::optional<std::size_t> overlap;
    for (std::size_t minute = from; minute != until; ++minute) {
        if (minute == covered.size()) {
            if (until == 0) break;
            minute = 0;
        }
        if (covered[minute] && !overlap) overlap = minute;
        covered[minute] = true;
    }
    if (overlap) {
        in.note(path, clock(from) + " to " + clock(until),
                "a time that no other window covers: " + clock(*overlap) + " is taken");
    }
    return true;
}

void check_plans(const checking& in)
{
    const auto& plans = in.in.calendar.plans;
    check_names(in, plans, "/calendar/plans", "plan");
    for (std::size_t i = 0; i < plans.size(); ++i) {
        const std::string path = "/calendar/plans/" + std::to_string(i) + "/windows";
        std::array<bool, minutes_per_day> covered{};
        bool sound = true;
        for (std::size_t j = 0; j < plans[i].windows.size(); ++j) {
            sound = check_window(in, plans[i].windows[j], path + '/' + std::to_string(j),
                                 covered) &&
                    sound;
        }
        const auto gap = std::find(covered.begin(), covered.end(), false);
        if (!sound || gap == covered.end()) continue;
        in.note(path, "no window at " + clock(static_cast<std::size_t>(gap - covered.begin())),
                "windows that cover the whole day");
    }
}

template <class Parts>
bool fits(const std::vector<std::string>& names, const Parts& parts, std::size_t index)
{
    if (names.empty()) return true;
    return index < parts.size() &&
           std::find(names.begin(), names.end(), parts[index].name) != names.end();
}

template <class Parts>
std::string shown(const Parts& parts, std::size_t index)
{
    return index < parts.size() ? parts[index].name : std::string{"no class"};
}

/// Every season and class of day has a rule, and every rule has one of them.
void check_reach(const checking& in)
{
    const calendar& by = in.in.calendar;
    std::uint8_t weekdays = 0;
    for (const day_class& each : by.days) weekdays |= each.weekdays;
    const bool some_of_none = weekdays != 0x7F;
    std::vector<bool> used(by.rules.size());
    for (std::size_t season = 0; season < std::max<std::size_t>(1, by.seasons.size()); ++season) {
        for (std::size_t day = 0; day < by.days.size() + (some_of_none ? 1 : 0); ++day) {
            const auto rule = std::find_if(
                by.rules.begin(), by.rules.end(), [&](const schedule_rule& each) {
                    return fits(each.seasons, by.seasons, season) &&
                           fits(each.days, by.days, day);
                });
            if (rule != by.rules.end()) {
                used[static_cast<std::size_t>(rule - by.rules.begin())] = true;
                continue;
            }
            std::string when;
            if (!by.seasons.empty()) when = "season " + shown(by.seasons, season) + ", ";
            in.note("/calendar/rules", when + "days of " + shown(by.days, day),
                    "a rule for these days");
        }
    }
    for (std::size_t i = 0; i < used.size(); ++i) {
        if (used[i]) continue;
        in.note("/calendar/rules/" + std::to_string(i), "a rule after others that fit",
                "a rule that some day reaches");
    }
}

}  // namespace

void check_calendar(const checking& in)
{
    const calendar& by = in.in.calendar;
    check_seasons(in);
    check_days(in);
    check_plans(in);
    bool sound = true;
    for (std::size_t i = 0; i < by.rules.size(); ++i) {
        const std::string path = "/calendar/rules/" + std::to_string(i);
        const std::size_t before = in.faults.size();
        check_choice(in, by.rules[i].seasons, by.seasons, path + "/seasons", "season");
        check_choice(in, by.rules[i].days, by.days, path + "/days", "day class");
        if (!may_have(by.plans, by.rules[i].plan)) {
            in.note(path + "/plan", quoted(by.rules[i].plan), "the name of a plan");
        }
        sound = sound && in.faults.size() == before;
    }
    if (by.plans.empty() != by.rules.empty()) {
        in.note("/calendar/rules", std::to_string(by.rules.size()) + " of them",
                by.plans.empty() ? "none, since there are no plans" : "rules that use the plans");
    } else if (!by.rules.empty() && sound) {
        check_reach(in);
    }
}

}  // namespace wattpurse::tariff
