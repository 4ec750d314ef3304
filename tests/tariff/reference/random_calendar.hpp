// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <wattpurse/tariff/tariff.hpp>

#include "tariff/reference/clock.hpp"
#include "tariff/reference/dice.hpp"

namespace wattpurse::tariff::reference {

/// What a case is about, drawn before its tariff and its rows, so that they fit.
struct plan_of_case {
    civil_day first;           ///< of the period
    civil_day after_last;
    int grain = 60;            ///< rows and bands begin at multiples of so many minutes
    bool is_spread = false;    ///< rows of any length, spread over what they cross
    bool has_registers = false;
    bool has_clock = false;
    bool is_one_meter = false;
    bool has_series = false;
    bool has_purchases = false;
    bool is_aligned = false;   ///< the period is of whole months
    std::vector<civil_day> versions;
};

/// Draws seasons that cover the year, classes of day, and plans that cover the day.
class calendar_maker {
public:
    calendar_maker(dice& chance, const plan_of_case& plan, const std::vector<band>& bands)
        : chance_{chance}, plan_{plan}, bands_{bands}
    {
    }

    calendar operator()()
    {
        calendar out;
        if (chance_.one_in(2)) draw_seasons(out);
        if (chance_.one_in(2)) draw_days(out);
        draw_plans(out);
        return out;
    }

    void draw_plans(calendar& out)
    {
        out.plans.clear();
        out.rules.clear();
        if (!plan_.has_clock) return;
        const auto draw_plan = [this](const std::string& name) {
            day_plan next;
            next.name = name;
            std::vector<std::int16_t> bounds;
            const int count = chance_.between(1, 5);
            for (int i = 0; i < count; ++i) {
                const int at = chance_.between(0, 1439) / plan_.grain * plan_.grain;
                bounds.push_back(static_cast<std::int16_t>(at));
            }
            std::sort(bounds.begin(), bounds.end());
            bounds.erase(std::unique(bounds.begin(), bounds.end()), bounds.end());
            for (std::size_t i = 0; i < bounds.size(); ++i) {
                const bool is_last = i + 1 == bounds.size();
                std::int16_t until = is_last ? bounds.front() : bounds[i + 1];
                if (is_last && until == 0) until = minutes_per_day;
                if (bounds.size() == 1) {  // a plan of one band
                    next.windows = {{0, minutes_per_day, bands_.front().name}};
                    break;
                }
                next.windows.push_back({bounds[i], until, chance_.one_of(bands_).name});
            }
            return next;
        };
        out.plans.push_back(draw_plan("p0"));
        const auto add_rule = [&](schedule_rule rule) {
            rule.plan = "p" + std::to_string(out.plans.size());
            out.plans.push_back(draw_plan(rule.plan));
            out.rules.push_back(std::move(rule));
        };
        if (!out.days.empty() && chance_.one_in(2)) {
            schedule_rule rule;
            rule.days = {out.days.front().name};
            if (!out.seasons.empty() && chance_.one_in(2)) rule.seasons = {out.seasons[0].name};
            add_rule(rule);
        }
        if (!out.seasons.empty() && chance_.one_in(2)) {
            schedule_rule rule;
            rule.seasons = {out.seasons.back().name};
            add_rule(rule);
        }
        out.rules.push_back({{}, {}, "p0"});
    }

private:
    void draw_seasons(calendar& out)
    {
        std::vector<month_day> begins;
        const int count = chance_.between(2, 3);
        while (static_cast<int>(begins.size()) < count) {
            const month_day day{static_cast<std::uint8_t>(chance_.between(1, 12)),
                                static_cast<std::uint8_t>(chance_.one_of<int>({1, 1, 15, 20}))};
            if (std::find(begins.begin(), begins.end(), day) == begins.end()) begins.push_back(day);
        }
        std::sort(begins.begin(), begins.end());
        for (std::size_t i = 0; i < begins.size(); ++i) {
            const month_day next = begins[(i + 1) % begins.size()];
            civil_day last{std::chrono::year{2028} / int{next.month} / int{next.day}};
            last -= days{1};
            out.seasons.push_back({"s" + std::to_string(i), {{begins[i], month_day_of(last)}}});
        }
    }

    void draw_days(calendar& out)
    {
        if (chance_.one_in(2)) {
            day_class heat;
            heat.name = "heat";
            heat.event = "heat";
            out.days.push_back(heat);
        }
        if (chance_.one_in(2)) {
            day_class holiday;
            holiday.name = "holiday";
            holiday.dates = {plan_.first + days{chance_.between(0, 20)},
                             plan_.first + days{chance_.between(21, 27)}};
            holiday.every = {{1, 1}, month_day_of(plan_.first + days{chance_.between(0, 20)})};
            out.days.push_back(holiday);
        }
        if (chance_.one_in(2)) {
            day_class weekend;
            weekend.name = "weekend";
            weekend.weekdays = static_cast<std::uint8_t>(chance_.one_of<int>({0x60, 0x40, 0x41}));
            out.days.push_back(weekend);
        }
    }

    dice& chance_;
    const plan_of_case& plan_;
    const std::vector<band>& bands_;
};

}  // namespace wattpurse::tariff::reference
