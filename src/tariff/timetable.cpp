// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/timetable.hpp>

#include <algorithm>
#include <string>

namespace wattpurse::tariff {

namespace {

using std::chrono::minutes;

/// A plan by the minute: where the band changes, and to which.
struct plan_steps {
    struct change {
        std::int16_t minute;
        std::int16_t band;
    };
    std::vector<change> changes;  ///< the first is at 0
};

std::int16_t index_of(std::span<const band> bands, const std::string& name)
{
    const auto found = std::find_if(bands.begin(), bands.end(),
                                    [&](const band& each) { return each.name == name; });
    return found == bands.end() ? std::int16_t{no_index}
                                : static_cast<std::int16_t>(found - bands.begin());
}

plan_steps steps_of(const day_plan& plan, std::span<const band> bands)
{
    plan_steps out;
    for (const clock_window& window : plan.windows) {
        const std::int16_t in = index_of(bands, window.band);
        out.changes.push_back({window.from, in});
        const bool wraps = window.from >= window.until && window.until != 0;
        if (wraps) out.changes.push_back({0, in});
    }
    std::sort(out.changes.begin(), out.changes.end(),
              [](const auto& a, const auto& b) { return a.minute < b.minute; });
    return out;
}

template <class Names, class Parts>
bool fits(const Names& names, const Parts& parts, std::int16_t index)
{
    if (names.empty()) return true;
    if (index < 0) return false;
    const std::string& own = parts[static_cast<std::size_t>(index)].name;
    return std::find(names.begin(), names.end(), own) != names.end();
}

class layout {
public:
    layout(const calendar& by, std::span<const band> bands, const civil_zone& zone,
           const std::vector<event_day>& events)
        : by_{by}, zone_{zone}, events_{events}
    {
        for (const day_plan& plan : by.plans) plans_.push_back(steps_of(plan, bands));
    }

    std::vector<run> over(instant from, instant until) &&
    {
        // Stretches of constant offset, in them days, in them windows: each instant has one
        // wall clock, and its band is what that clock says.
        for (instant stretch = from; stretch < until;) {
            const instant end = std::min(until, zone_.next_change(stretch));
            for (instant at = stretch; at < end;) at = day(at, end, zone_.at(stretch).offset);
            stretch = end;
        }
        return std::move(runs_);
    }

private:
    /// Lays out the local day that `at` falls on, up to `end`; gives where it stopped.
    instant day(instant at, instant end, minutes offset)
    {
        const auto midnight = std::chrono::floor<std::chrono::days>(at + offset);
        const civil_day today{midnight.time_since_epoch()};
        const instant begins = instant{midnight} - offset;
        const instant ends = std::min(end, begins + minutes{minutes_per_day});
        run next;
        next.season = season_of(by_, today);
        next.day = class_of(by_, today, events_);
        const plan_steps* const plan = plan_for(next.season, next.day);
        if (plan == nullptr || plan->changes.empty()) {
            next.from = at;
            next.until = ends;
            append(next);
            return ends;
        }
        for (std::size_t i = 0; i < plan->changes.size(); ++i) {
            const bool last = i + 1 == plan->changes.size();
            next.band = plan->changes[i].band;
            next.from = std::max(at, begins + minutes{plan->changes[i].minute});
            next.until = ends;
            if (!last) {
                next.until = std::min(ends, begins + minutes{plan->changes[i + 1].minute});
            }
            if (next.from < next.until) append(next);
        }
        return ends;
    }

    [[nodiscard]] const plan_steps* plan_for(std::int16_t season, std::int16_t day) const
    {
        for (const schedule_rule& rule : by_.rules) {
            if (!fits(rule.seasons, by_.seasons, season) || !fits(rule.days, by_.days, day)) {
                continue;
            }
            for (std::size_t i = 0; i < plans_.size(); ++i) {
                if (by_.plans[i].name == rule.plan) return &plans_[i];
            }
        }
        return nullptr;
    }

    void append(const run& next)
    {
        if (!runs_.empty()) {
            run& before = runs_.back();
            if (before.band == next.band && before.season == next.season &&
                before.day == next.day) {
                before.until = next.until;
                return;
            }
        }
        runs_.push_back(next);
    }

    const calendar& by_;
    const civil_zone& zone_;
    const std::vector<event_day>& events_;
    std::vector<plan_steps> plans_;
    std::vector<run> runs_;
};

}  // namespace

std::vector<run> timetable(const calendar& by, std::span<const band> bands,
                           const civil_zone& zone, const std::vector<event_day>& events,
                           instant from, instant until)
{
    return layout{by, bands, zone, events}.over(from, until);
}

}  // namespace wattpurse::tariff
