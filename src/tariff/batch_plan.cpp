// SPDX-License-Identifier: Apache-2.0
#include "batch_plan.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "rating.hpp"
#include "scopes.hpp"

namespace wattpurse::tariff {

namespace {

constexpr std::int64_t no_bound = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t cells_max = 60'000;

template <class Parts>
bool is_chosen(const std::vector<std::string>& names, const Parts& parts, std::int16_t index)
{
    if (names.empty()) return true;
    if (index < 0) return false;
    return std::find(names.begin(), names.end(), parts[static_cast<std::size_t>(index)].name) !=
           names.end();
}

/// Plans one period, or leaves it to `rate`.
class period_planner {
public:
    period_planner(batch::plan& whole, std::size_t index, const rated& nothing)
        : whole_{whole},
          index_{index},
          over_{whole.periods[index]},
          by_{whole.by.versions[version_at(whole.by, whole.by.zone.day_at(over_.from))]},
          nothing_{nothing}
    {
    }

    void plan(planned_period& out)
    {
        const civil_day last = whole_.by.zone.day_at(over_.until - duration{1});
        const bool one_version = &whole_.by.versions[version_at(whole_.by, last)] == &by_;
        out.bill = by_.rounding.bill;
        const bool plain = one_version && whole_.common.carried.is_zero() &&
                           whole_.common.openings.empty() &&
                           by_.rounding.residue != residue_policy::last_line;
        out.is_planned = plain && plan_charges(out) && plan_adjustments(out) &&
                         out.lines.size() == nothing_.lines.size();
    }

private:
    [[nodiscard]] bool plan_charges(planned_period& out)
    {
        return std::all_of(by_.charges.begin(), by_.charges.end(),
                           [&](const charge& each) { return plan_charge(each, out); });
    }

    [[nodiscard]] const determinant* find(const std::string& name) const
    {
        const auto found =
            std::find_if(by_.determinants.begin(), by_.determinants.end(),
                         [&](const determinant& each) { return each.name == name; });
        return found == by_.determinants.end() ? nullptr : &*found;
    }

    [[nodiscard]] bool plan_charge(const charge& what, planned_period& out)
    {
        const determinant* const on = find(what.on);
        if (on == nullptr) return false;
        if (on->of == source::days || on->of == source::one || on->of == source::months) {
            return plan_constant(what, *on, out);
        }
        const rate_table& rate = what.rate;
        const bool tabled = rate.mode == rate_mode::flat || rate.mode == rate_mode::graduated;
        const bool plain = on->of == source::import && on->steps.empty() && !on->rounding &&
                           on->where.meters.empty() && tabled && rate.bounds == bounds_rule{} &&
                           std::all_of(rate.tiers.begin(), rate.tiers.end(),
                                       [](const tier& each) {
                                           return each.fee.is_zero() && each.block.is_zero();
                                       });
        const bool by_band = is_by_band(rate);
        const bool tiers = rate.mode == rate_mode::graduated && rate.tiers.size() > 1;
        if (!plain || (by_band && tiers && rate.split != band_split::chronological)) return false;
        planned_quantity counted;
        if (tiers && !plan_scope(*on, counted)) return false;
        for (std::size_t i = 0; i < whole_.cells.size(); ++i) {
            const bool here = counts(*on, whole_.cells[i]);
            counted.cells.push_back(here);
            if (here && out.has_cell[i]) {
                counted.counted.push_back(static_cast<std::uint16_t>(i));
            }
        }
        if (!tiers) {
            plan_flat(what, counted, out);
        } else {
            plan_tiers(what, std::move(counted), out);
        }
        return true;
    }

    /// What does not depend on energy is what it is for an account that used nothing.
    [[nodiscard]] bool plan_constant(const charge& what, const determinant& on,
                                     planned_period& out)
    {
        const bool needs_more = !on.steps.empty() || !(what.rate.bounds == bounds_rule{});
        const bool is_priced_by_more = what.rate.mode == rate_mode::series ||
                                       what.rate.mode == rate_mode::select;
        if (needs_more || is_priced_by_more || on.proration == proration::catch_up) {
            return false;
        }
        while (out.lines.size() < nothing_.lines.size() &&
               nothing_.lines[out.lines.size()].rule == what.line) {
            planned_line next;
            next.amount = nothing_.lines[out.lines.size()].amount.mantissa();
            out.lines.push_back(next);
        }
        return true;
    }

    [[nodiscard]] bool counts(const determinant& on, const cell_of_calendar& cell) const
    {
        return is_chosen(on.where.bands, whole_.by.bands, cell.band) &&
               is_chosen(on.where.seasons, by_.calendar.seasons, cell.season) &&
               is_chosen(on.where.days, by_.calendar.days, cell.day);
    }

    /// One window of the scope, which begins with the period, or goes on from the one before.
    [[nodiscard]] bool plan_scope(const determinant& on, planned_quantity& out) const
    {
        const rating in{whole_.by, whole_.common, over_, over_.until};
        if (windows_of(on, in).size() != 1) return false;
        const instant start = scope_start(on, in);
        if (start == over_.from) return true;
        // Data that begins with the first period holds all there is of the scope.
        if (index_ == 0) return whole_.from == over_.from;
        const period& before = whole_.periods[index_ - 1];
        const rating earlier{whole_.by, whole_.common, before, before.until};
        const version& by_before =
            whole_.by.versions[version_at(whole_.by, whole_.by.zone.day_at(before.from))];
        out.goes_on = true;
        return &by_before == &by_ && before.until == over_.from &&
               scope_start(on, earlier) == start && whole_.parts[index_ - 1].is_planned;
    }

    void plan_flat(const charge& what, const planned_quantity& counted, planned_period& out)
    {
        const tier& only = what.rate.tiers.front();
        planned_line next;
        next.does = planned_line::kind::flat;
        next.is_credit = what.credit;
        next.rounding = what.rounding.value_or(by_.rounding.line);
        const auto add = [&](std::int16_t band, unit_price price) {
            next.cells.clear();
            for (const std::uint16_t cell : counted.counted) {
                const bool here = band == no_index || whole_.cells[cell].band == band;
                if (here) next.cells.push_back(cell);
            }
            next.price = price.mantissa();
            out.lines.push_back(next);
        };
        if (only.bands.empty()) return add(no_index, only.each);
        each_band(only, [&](std::int16_t band, unit_price price) { add(band, price); });
    }

    /// Bands in the tariff's order, as `rate` gives their lines.
    template <class Visit>
    void each_band(const tier& of, Visit visit) const
    {
        for (std::size_t i = 0; i < whole_.by.bands.size(); ++i) {
            const auto found = std::find_if(
                of.bands.begin(), of.bands.end(),
                [&](const band_price& each) { return each.band == whole_.by.bands[i].name; });
            if (found != of.bands.end()) visit(static_cast<std::int16_t>(i), found->each);
        }
    }

    void plan_tiers(const charge& what, planned_quantity counted, planned_period& out)
    {
        planned_table table;
        table.quantity = out.quantities.size();
        table.in_time = is_by_band(what.rate);
        for (const tier& each : what.rate.tiers) {
            table.bounds.push_back(each.up_to ? each.up_to->mantissa() : no_bound);
        }
        planned_line next;
        next.is_credit = what.credit;
        next.rounding = what.rounding.value_or(by_.rounding.line);
        next.table = out.tables.size();
        for (std::size_t i = 0; i < what.rate.tiers.size(); ++i) {
            next.tier = i;
            if (!table.in_time) {
                next.does = planned_line::kind::tier;
                next.price = what.rate.tiers[i].each.mantissa();
                out.lines.push_back(next);
                continue;
            }
            next.does = planned_line::kind::tier_band;
            each_band(what.rate.tiers[i], [&](std::int16_t band, unit_price price) {
                next.band = band;
                next.price = price.mantissa();
                out.lines.push_back(next);
            });
        }
        out.is_in_time = out.is_in_time || table.in_time;
        out.quantities.push_back(std::move(counted));
        out.tables.push_back(std::move(table));
    }

    [[nodiscard]] bool plan_adjustments(planned_period& out)
    {
        for (const adjustment& each : by_.adjustments) {
            if (each.kind != adjustment_kind::percent || each.rate.mode != rate_mode::flat) {
                return false;
            }
            planned_line next;
            next.does = planned_line::kind::percent;
            next.price = each.rate.tiers.front().each.mantissa();
            next.rounding = each.rounding.value_or(by_.rounding.tax);
            for (std::size_t i = 0; i < out.lines.size() && i < nothing_.lines.size(); ++i) {
                if (is_over(each, nothing_.lines[i])) next.over.push_back(i);
            }
            out.lines.push_back(next);
        }
        return true;
    }

    static bool is_over(const adjustment& what, const line& each)
    {
        return std::any_of(what.over.begin(), what.over.end(), [&](const std::string& tag) {
            return tag == "*" ||
                   std::find(each.tags.begin(), each.tags.end(), tag) != each.tags.end();
        });
    }

    batch::plan& whole_;
    std::size_t index_;
    const period& over_;
    const version& by_;
    const rated& nothing_;
};

/// Lays out the slices of a period.
class slicer {
public:
    slicer(batch::plan& whole, std::vector<fault>& faults) : whole_{whole}, faults_{faults} {}

    void lay_out(std::size_t index)
    {
        const period& over = whole_.periods[index];
        const std::string path = "/periods/" + std::to_string(index);
        const bool is_possible = is_stretch(over.from, over.until);
        const instant end =
            whole_.from + static_cast<std::int64_t>(whole_.intervals) * whole_.step;
        const bool inside = is_possible && over.from >= whole_.from && over.until <= end &&
                            over.from < over.until;
        const bool on_grid = inside &&
                             (over.from - whole_.from) % whole_.step == duration::zero() &&
                             (over.until - whole_.from) % whole_.step == duration::zero();
        if (!on_grid) {
            faults_.push_back({path, std::string{over.id.view()},
                               "a period of whole intervals within the grid"});
            return;
        }
        const version& by =
            whole_.by.versions[version_at(whole_.by, whole_.by.zone.day_at(over.from))];
        auto runs = timetable(by.calendar, whole_.by.bands, whole_.by.zone, whole_.common.events,
                              over.from, over.until);
        const bool only_band = by.calendar.plans.empty() && whole_.by.bands.size() == 1;
        for (run& each : runs) {
            if (only_band) each.band = 0;
            if ((each.until - whole_.from) % whole_.step != duration::zero()) is_plannable_ = false;
            add(each, whole_.parts[index].slices);
        }
    }

    [[nodiscard]] bool is_plannable() const noexcept { return is_plannable_; }

private:
    void add(const run& each, std::vector<slice>& into)
    {
        const cell_of_calendar cell{each.band, each.season, each.day};
        auto found = std::find(whole_.cells.begin(), whole_.cells.end(), cell);
        if (found == whole_.cells.end()) {
            if (whole_.cells.size() == cells_max) {
                faults_.push_back({"/versions", "more than " + std::to_string(cells_max),
                                   "fewer combinations of band, season and class of day"});
                return;
            }
            found = whole_.cells.insert(whole_.cells.end(), cell);
        }
        const auto place = [&](instant at) {
            return static_cast<std::size_t>((at - whole_.from) / whole_.step);
        };
        into.push_back({place(each.from), place(each.until),
                        static_cast<std::uint16_t>(found - whole_.cells.begin())});
    }

    batch::plan& whole_;
    std::vector<fault>& faults_;
    bool is_plannable_ = true;
};

/// Each period's lines as columns that all periods share.
void name_lines(batch::plan& whole, const std::vector<rated>& nothing)
{
    for (std::size_t i = 0; i < nothing.size(); ++i) {
        planned_period& part = whole.parts[i];
        for (const line& each : nothing[i].lines) {
            auto found = std::find(whole.lines.begin(), whole.lines.end(), each.id);
            if (found == whole.lines.end()) found = whole.lines.insert(whole.lines.end(), each.id);
            part.columns.push_back(static_cast<std::size_t>(found - whole.lines.begin()));
        }
        for (std::size_t j = 0; j < part.lines.size() && part.is_planned; ++j) {
            part.lines[j].column = part.columns[j];
        }
    }
}

}  // namespace

std::vector<fault> plan_batch(batch::plan& into)
{
    std::vector<fault> faults;
    const bool is_laid_out = into.step <= std::chrono::days{1} && is_moment(into.from);
    if (!is_laid_out || into.intervals > static_cast<std::size_t>(batch_intervals_max)) {
        faults.push_back({"/intervals", std::to_string(into.intervals),
                          "at most ten years of minutes, in steps of a day or less"});
        return faults;
    }
    if (into.step <= duration::zero() || into.periods.empty()) {
        faults.push_back({into.periods.empty() ? "/periods" : "/step", "none",
                          "at least one period, and a step above zero"});
        return faults;
    }
    into.parts.resize(into.periods.size());
    slicer slices{into, faults};
    for (std::size_t i = 0; i < into.periods.size(); ++i) slices.lay_out(i);
    if (!faults.empty()) return faults;
    for (planned_period& part : into.parts) {
        part.has_cell.resize(into.cells.size());
        for (const slice& each : part.slices) part.has_cell[each.cell] = true;
    }
    std::vector<rated> nothing;
    for (std::size_t i = 0; i < into.periods.size(); ++i) {
        auto done = rate(into.by, into.common, into.periods[i]);
        if (!done) return std::move(done.error());
        nothing.push_back(std::move(*done));
        if (slices.is_plannable()) {
            period_planner{into, i, nothing.back()}.plan(into.parts[i]);
        }
        into.is_planned = into.is_planned && into.parts[i].is_planned;
    }
    name_lines(into, nothing);
    return faults;
}

}  // namespace wattpurse::tariff
