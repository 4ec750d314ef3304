// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "tariff_parts.hpp"

namespace wattpurse::adapter::json {

namespace {

std::string name_in(object& from, std::string_view what)
{
    auto at = from.required("name", what);
    return at ? at->text(what).value_or("") : std::string{};
}

tariff::date_range read_range(const cursor& at)
{
    tariff::date_range out;
    out.first.day = 0;  // no day, until it is read
    object members{at, "a range of days"};
    if (auto found = members.required("first", "a day of the year, 07-01")) {
        out.first = read_month_day(*found).value_or(out.first);
    }
    if (auto found = members.required("last", "a day of the year, 09-30")) {
        out.last = read_month_day(*found).value_or(tariff::month_day{1, 0});
    }
    members.finish();
    return out;
}

tariff::season read_season(const cursor& at)
{
    tariff::season out;
    object members{at, "a season"};
    out.name = name_in(members, "the name of the season");
    if (auto found = members.required("ranges", "an array of ranges of days")) {
        found->each("ranges of days",
                    [&](const cursor& item) { out.ranges.push_back(read_range(item)); });
    }
    members.finish();
    return out;
}

std::uint8_t read_weekdays(const cursor& at)
{
    std::uint8_t out = 0;
    at.each("days of the week", [&](const cursor& item) {
        const auto day = item.one_of({"mon", "tue", "wed", "thu", "fri", "sat", "sun"});
        if (day) out = static_cast<std::uint8_t>(out | 1U << *day);
    });
    return out;
}

tariff::day_class read_day_class(const cursor& at)
{
    tariff::day_class out;
    object members{at, "a class of days"};
    out.name = name_in(members, "the name of the class of days");
    take(members, "weekdays", out.weekdays, read_weekdays);
    if (auto found = members.optional("dates")) {
        found->each("dates", [&](const cursor& item) {
            if (const auto day = read_day(item)) out.dates.push_back(*day);
        });
    }
    if (auto found = members.optional("every")) {
        found->each("days of the year", [&](const cursor& item) {
            if (const auto day = read_month_day(item)) out.every.push_back(*day);
        });
    }
    if (auto found = members.optional("event")) {
        out.event = found->text("the name under which days are announced").value_or("");
    }
    members.finish();
    return out;
}

tariff::clock_window read_window(const cursor& at)
{
    object members{at, "a window"};
    std::optional<clock_minutes> from;
    std::optional<clock_minutes> until;
    std::optional<std::string> band;
    if (auto found = members.required("from", "a time of day")) from = found->clock();
    if (auto found = members.required("until", "a time of day")) until = found->clock();
    if (auto found = members.required("band", "the name of a band")) {
        band = found->text("the name of a band");
    }
    members.finish();
    // What could not be read is of no length, so that `check` does not miss it.
    const bool is_read = from && until;
    return {is_read ? *from : clock_minutes{0}, is_read ? *until : clock_minutes{0},
            band.value_or("")};
}

tariff::day_plan read_plan(const cursor& at)
{
    tariff::day_plan out;
    object members{at, "a plan of the day"};
    out.name = name_in(members, "the name of the plan");
    if (auto found = members.required("windows", "an array of windows")) {
        found->each("windows",
                    [&](const cursor& item) { out.windows.push_back(read_window(item)); });
    }
    members.finish();
    return out;
}

tariff::schedule_rule read_schedule_rule(const cursor& at)
{
    tariff::schedule_rule out;
    object members{at, "a rule"};
    take(members, "seasons", out.seasons,
         [](const cursor& found) { return read_names(found, "names of seasons"); });
    take(members, "days", out.days,
         [](const cursor& found) { return read_names(found, "names of classes of days"); });
    if (auto found = members.required("plan", "the name of a plan")) {
        out.plan = found->text("the name of a plan").value_or("");
    }
    members.finish();
    return out;
}

}  // namespace

std::optional<tariff::civil_day> read_day(const cursor& at)
{
    const auto date = at.date();
    if (!date) return std::nullopt;
    const auto day = tariff::day_of(date->year, date->month, date->day);
    return day ? std::optional{*day} : std::nullopt;
}

std::optional<tariff::month_day> read_month_day(const cursor& at)
{
    const std::string& written = at.value().text;
    if (at.is(node::kind::string) && written.size() == 5 && written[2] == '-') {
        const int month = wattpurse::detail::digits(written, 0, 2);
        const int day = wattpurse::detail::digits(written, 3, 2);
        if (tariff::day_of(2024, month, day)) {  // a leap year: 29 February is a day
            return tariff::month_day{static_cast<std::uint8_t>(month),
                                     static_cast<std::uint8_t>(day)};
        }
    }
    at.fault("a day of the year, as \"07-31\"");
    return std::nullopt;
}

tariff::calendar read_calendar(const cursor& at)
{
    tariff::calendar out;
    object members{at, "a calendar"};
    if (auto found = members.optional("seasons")) {
        read_parts(*found, "seasons", out.seasons, read_season);
    }
    if (auto found = members.optional("days")) {
        read_parts(*found, "classes of days", out.days, read_day_class);
    }
    if (auto found = members.optional("plans")) {
        read_parts(*found, "plans", out.plans, read_plan);
    }
    if (auto found = members.optional("rules")) {
        read_parts(*found, "rules", out.rules, read_schedule_rule);
    }
    members.finish();
    if (!at.is(node::kind::object)) {  // determinants may name what it would have had
        out.seasons.emplace_back();
        out.days.emplace_back();
    }
    return out;
}

}  // namespace wattpurse::adapter::json
