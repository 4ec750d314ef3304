// SPDX-License-Identifier: Apache-2.0
#include "segments.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <wattpurse/base/decimal_text.hpp>

#include "exact.hpp"
#include "scopes.hpp"

namespace wattpurse::tariff {

std::optional<channel> channel_of(source of)
{
    switch (of) {
        case source::import:
        case source::demand: return channel::import;
        case source::export_: return channel::export_;
        case source::reactive: return channel::reactive;
        case source::purchase: return channel::purchase;
        case source::demand_reading: return channel::demand;
        default: return std::nullopt;
    }
}

bool is_charged(const consumption_row& row)
{
    return row.quality == quality::good || row.quality == quality::estimated;
}

namespace {

/// Order of time; what is equal in time is put in an order of its own, so that the order in which
/// rows came never shows.
bool comes_before(const consumption_row& a, const consumption_row& b)
{
    return std::tie(a.from, a.until, a.meter, a.what, a.register_index, a.quantity) <
           std::tie(b.from, b.until, b.meter, b.what, b.register_index, b.quantity);
}

}  // namespace

std::vector<std::uint32_t> rows_in_time(const std::vector<consumption_row>& rows)
{
    std::vector<std::uint32_t> order(rows.size());
    std::iota(order.begin(), order.end(), 0U);
    const auto before = [&](std::uint32_t a, std::uint32_t b) {
        return comes_before(rows[a], rows[b]);
    };
    if (!std::is_sorted(order.begin(), order.end(), before)) {
        std::sort(order.begin(), order.end(), before);
    }
    return order;
}

namespace {

std::string path_of(std::size_t row) { return "/rows/" + std::to_string(row); }

std::string shown(const rating& in, const consumption_row& row)
{
    return in.shown(row.from) + " to " + in.shown(row.until);
}

constexpr std::size_t channel_count = 5;

/// Which divisions of time a version asks about.
struct divisions {
    bool seasons = false;
    bool days = false;
    std::array<bool, channel_count> bands{};  ///< by channel
};

bool is_priced_by_band(const version& by, const determinant& what)
{
    const auto asks = [&](const auto& each) {
        return each.on == what.name && is_by_band(each.rate);
    };
    return std::any_of(by.charges.begin(), by.charges.end(), asks) ||
           std::any_of(by.adjustments.begin(), by.adjustments.end(), asks);
}

/// The channels that are measured over the windows of a determinant: its own, those of what its
/// steps need, and of the bounds of its tables.
class channels_measured {
public:
    explicit channels_measured(const version& by) : by_{by} {}

    std::array<bool, channel_count> of(const determinant& what)
    {
        visit(what.name);
        for (const charge& each : by_.charges) visit_bounds(what, each.on, each.rate);
        for (const adjustment& each : by_.adjustments) visit_bounds(what, each.on, each.rate);
        return found_;
    }

private:
    void visit_bounds(const determinant& what, const std::string& on, const rate_table& table)
    {
        if (on != what.name) return;
        visit(table.bounds.times);
        visit(table.bounds.plus);
    }

    void visit(const std::string& name)
    {
        const auto what =
            std::find_if(by_.determinants.begin(), by_.determinants.end(),
                         [&](const determinant& each) { return each.name == name; });
        const bool known = std::find(seen_.begin(), seen_.end(), name) != seen_.end();
        if (what == by_.determinants.end() || known) return;
        seen_.push_back(name);
        if (const auto counts = channel_of(what->of)) {
            found_[static_cast<std::size_t>(*counts)] = true;
        }
        visit(what->active);
        visit(what->reactive);
        for (const step& each : what->steps) visit(each.with.determinant);
    }

    const version& by_;
    std::vector<std::string> seen_;
    std::array<bool, channel_count> found_{};
};

divisions divisions_of(const version& by)
{
    divisions out;
    for (const determinant& each : by.determinants) {
        const auto counts = channel_of(each.of);
        const bool by_band = !each.where.bands.empty() || is_priced_by_band(by, each);
        if (counts && *counts != channel::demand && by_band) {
            out.bands[static_cast<std::size_t>(*counts)] = true;
        }
        out.seasons = out.seasons || !each.where.seasons.empty();
        out.days = out.days || !each.where.days.empty();
    }
    return out;
}

using run_type = run;  // a member function of the cutter bears the name too

bool is_in_order(const segment& a, const segment& b)
{
    return std::tie(a.from, a.until) <= std::tie(b.from, b.until);
}

/// Cuts rows at what the version divides time by.
class cutter {
public:
    cutter(rating& in, const version& by, const std::vector<instant>& versions)
        : in_{in}, by_{by}, asked_{divisions_of(by)}
    {
        collect_bounds(versions);
        // Rows that begin before anything counts may reach into it.
        table_from_ = *std::min_element(horizon_.begin(), horizon_.end());
        for (const consumption_row& row : in.used.rows) {
            if (row.until > horizon_of(row)) table_from_ = std::min(table_from_, row.from);
        }
        lay_out();
        for (std::size_t i = 0; i < in.by.bands.size(); ++i) {
            const auto& number = in.by.bands[i].register_index;
            if (number && *number < of_register_.size()) {
                of_register_[*number] = static_cast<std::int16_t>(i);
            }
        }
    }

    std::vector<segment> run()
    {
        std::vector<segment> out;
        out.reserve(in_.used.rows.size());
        for (const std::uint32_t index : rows_in_time(in_.used.rows)) {
            const consumption_row& row = in_.used.rows[index];
            const instant horizon = horizon_of(row);
            const bool counts =
                row.from == row.until ? row.from >= horizon : row.until > horizon;
            if (!is_charged(row) || !counts || row.from >= in_.through) continue;
            cut(row, index, out);
        }
        if (!is_ordered_) {
            std::stable_sort(out.begin(), out.end(), [](const segment& a, const segment& b) {
                return std::tie(a.from, a.until) < std::tie(b.from, b.until);
            });
        }
        return out;
    }

private:
    [[nodiscard]] instant horizon_of(const consumption_row& row) const
    {
        return horizon_[static_cast<std::size_t>(row.what)];
    }

    void lay_out()
    {
        const instant until = std::max(in_.over.until, table_from_ + duration{1});
        by_clock_ = timetable(by_.calendar, in_.by.bands, in_.by.zone, in_.used.events,
                              table_from_, until);
        for (const run_type& each : by_clock_) {
            run_type next = each;
            next.band = no_index;
            if (!asked_.seasons) next.season = no_index;
            if (!asked_.days) next.day = no_index;
            if (!by_register_.empty() && by_register_.back().season == next.season &&
                by_register_.back().day == next.day) {
                by_register_.back().until = next.until;
            } else {
                by_register_.push_back(next);
            }
        }
        // Without plans the only band there is takes what bears no register.
        const bool one = by_.calendar.plans.empty() && in_.by.bands.size() == 1;
        for (run_type& each : by_clock_) {
            if (one) each.band = 0;
        }
        if (by_.calendar.plans.empty()) {
            const std::int16_t only = one ? std::int16_t{0} : std::int16_t{no_index};
            by_clock_ = by_register_;
            for (run_type& each : by_clock_) each.band = only;
        }
    }

    void collect_bounds(const std::vector<instant>& versions)
    {
        std::vector<instant> shared{in_.over.from, in_.over.until, in_.through};
        shared.insert(shared.end(), versions.begin(), versions.end());
        bounds_.fill(shared);
        horizon_.fill(in_.over.from);
        for (const determinant& each : by_.determinants) {
            if (each.scope == scope::period) continue;
            const auto measured = channels_measured{by_}.of(each);
            const instant start = scope_start(each, in_);
            const auto windows = windows_of(each, in_);
            for (std::size_t i = 0; i < channel_count; ++i) {
                if (!measured[i]) continue;
                horizon_[i] = std::min(horizon_[i], start);
                bounds_[i].push_back(start);
                for (const stretch& window : windows) bounds_[i].push_back(window.from);
            }
        }
        for (auto& own : bounds_) {
            std::sort(own.begin(), own.end());
            own.erase(std::unique(own.begin(), own.end()), own.end());
        }
    }

    void cut(const consumption_row& row, std::uint32_t index, std::vector<segment>& out)
    {
        segment piece;
        piece.what = row.what;
        piece.row = index;
        piece.meter = row.meter;
        const bool has_register = row.register_index != no_index;
        if (has_register) {
            piece.band = of_register_[static_cast<std::size_t>(row.register_index)];
            if (piece.band == no_index && row.what != channel::demand) {
                in_.note(path_of(index) + "/register",
                         "\"T" + std::to_string(row.register_index + 1) + '"',
                         "a register that one of the tariff's bands has");
            }
        }
        const bool by_band =
            !has_register && asked_.bands[static_cast<std::size_t>(row.what)];
        const auto& cells = by_band ? by_clock_ : by_register_;
        auto cell = cell_at(cells, row.from);
        if (by_band && cell->band == no_index) {
            in_.note(path_of(index) + "/register", "none",
                     "a register, by which alone this tariff knows its bands");
            return;
        }
        const auto& bounds = bounds_[static_cast<std::size_t>(row.what)];
        auto bound = std::upper_bound(bounds.begin(), bounds.end(), row.from);
        std::int64_t given = 0;
        for (instant at = row.from; at < row.until || row.from == row.until;) {
            instant end = std::min(row.until, cell->until);
            if (bound != bounds.end()) end = std::min(end, *bound);
            piece.from = at;
            piece.until = end;
            if (by_band) piece.band = cell->band;
            piece.season = cell->season;
            piece.day = cell->day;
            const bool whole = at == row.from && end == row.until;
            const std::int64_t upto =
                whole ? row.quantity.mantissa()
                      : floor_share(row.quantity.mantissa(), (end - row.from).count(),
                                    (row.until - row.from).count());
            piece.quantity = row.what == channel::demand ? row.quantity.mantissa() : upto - given;
            given = upto;
            if (!whole && by_.split == interval_split::refuse) return refuse(row, index, end);
            if (at >= horizon_of(row) && at < in_.through) {
                is_ordered_ = is_ordered_ && (out.empty() || is_in_order(out.back(), piece));
                out.push_back(piece);
            }
            if (row.from == row.until) return;
            at = end;
            while (bound != bounds.end() && *bound <= at) ++bound;
            if (at >= cell->until && std::next(cell) != cells.end()) ++cell;
            if (at >= in_.over.until) return;
        }
    }

    void refuse(const consumption_row& row, std::uint32_t index, instant at)
    {
        at = std::max(at, horizon_of(row));
        in_.note(path_of(index), shown(in_, row),
                 "an interval that ends at " + in_.shown(at) +
                     ", where a band, a period or a price changes (or interval_split pro_rata)");
    }

    [[nodiscard]] static std::vector<run_type>::const_iterator
    cell_at(const std::vector<run_type>& cells, instant at)
    {
        const auto next =
            std::upper_bound(cells.begin(), cells.end(), at,
                             [](instant when, const run_type& each) { return when < each.from; });
        return next == cells.begin() ? cells.begin() : std::prev(next);
    }

    rating& in_;
    const version& by_;
    divisions asked_;
    std::array<instant, channel_count> horizon_;  ///< before it nothing of a channel counts
    instant table_from_;  ///< the earliest row that reaches beyond it
    std::vector<run_type> by_clock_;
    std::vector<run_type> by_register_;
    std::array<std::vector<instant>, channel_count> bounds_;  ///< by channel
    std::array<std::int16_t, tariff_count> of_register_{no_index, no_index, no_index, no_index};
    bool is_ordered_ = true;
};

/// Rows of one meter and channel: those of registers share their time, others may not.
class overlap_finder {
public:
    explicit overlap_finder(rating& in) : in_{in} {}

    void look_at(const consumption_row& row, std::uint32_t index)
    {
        if (row.what == channel::purchase || row.what == channel::demand) return;
        auto& known = ends_[{row.meter, row.what}];
        const auto slot = static_cast<std::size_t>(row.register_index + 1);  // 0: no register
        for (std::size_t i = 0; i < known.size(); ++i) {
            const bool may_not = i == slot || slot == 0 || i == 0;
            if (may_not && known[i].until > row.from) {
                in_.note(path_of(index), shown(in_, row),
                         "a row that does not overlap " + path_of(known[i].row));
                break;
            }
        }
        if (row.until > known[slot].until) known[slot] = {row.until, index};
    }

private:
    struct end {
        instant until = instant::min();
        std::uint32_t row = 0;
    };
    rating& in_;
    std::map<std::pair<std::uint16_t, channel>, std::array<end, tariff_count + 1>> ends_;
};

void check_moments(rating& in)
{
    const char* const expected = "years 0 to 9999, and at most ten years at once";
    if (!is_stretch(in.over.from, in.over.until)) {
        in.note("/period", std::string{in.over.id.view()}, expected);
    }
    for (std::size_t i = 0; i < in.used.rows.size(); ++i) {
        const consumption_row& row = in.used.rows[i];
        if (!is_stretch(row.from, row.until)) in.note(path_of(i), "out of range", expected);
    }
    for (const auto& service : {in.used.service_from, in.used.service_until}) {
        if (service && !is_moment(*service)) in.note("/service", "out of range", expected);
    }
    for (const price_series& each : in.used.prices) {
        if (!is_moment(each.from) || each.step > stretch_max) {
            in.note("/prices/" + each.name, "out of range", expected);
        }
    }
}

void check_row(rating& in, const consumption_row& row, std::size_t index)
{
    if (row.quantity.is_negative()) {
        in.note(path_of(index) + "/quantity", to_string(row.quantity), "a quantity not below zero");
    }
    if (row.meter >= in.used.meters.size()) {
        in.note(path_of(index) + "/meter", std::to_string(row.meter), "the number of a meter");
    }
    if (row.register_index < no_index ||
        row.register_index >= static_cast<std::int8_t>(tariff_count)) {
        in.note(path_of(index) + "/register", std::to_string(row.register_index),
                "0 to 3, or -1 for none");
    }
    const bool at_once = row.what == channel::purchase;
    if (row.until < row.from || (row.until == row.from) != at_once) {
        in.note(path_of(index), shown(in, row),
                at_once ? "a purchase, which takes no time" : "an end after its beginning");
    }
}

/// What was counted or earned before is not below zero.
void check_balances(rating& in)
{
    for (std::size_t i = 0; i < in.used.openings.size(); ++i) {
        const opening& each = in.used.openings[i];
        if (!each.quantity.is_negative()) continue;
        in.note("/openings/" + std::to_string(i), to_string(each.quantity),
                "a quantity not below zero");
    }
    for (std::size_t i = 0; i < in.used.credits.size(); ++i) {
        const credit& each = in.used.credits[i];
        if (!each.quantity.is_negative()) continue;
        in.note("/credits/" + std::to_string(i), to_string(each.quantity),
                "a credit not below zero");
    }
}

/// Everything used, with what had been used before, fits into one number: so does each sum of a
/// part of it.
void check_sums(rating& in)
{
    int128 total = 0;
    for (const opening& each : in.used.openings) total += each.quantity.mantissa();
    for (const consumption_row& row : in.used.rows) {
        if (is_charged(row)) total += row.quantity.mantissa();
    }
    if (total > kernel::mantissa_max) {
        in.note("/rows", "overflow", "rows and openings that sum to less");
    }
    total = 0;
    for (const credit& each : in.used.credits) total += each.quantity.mantissa();
    if (total > kernel::mantissa_max) in.note("/credits", "overflow", "credits that sum to less");
}

}  // namespace

void check_consumption(rating& in)
{
    check_moments(in);
    if (!in.faults.empty()) return;
    for (std::size_t i = 0; i < in.used.rows.size(); ++i) check_row(in, in.used.rows[i], i);
    check_balances(in);
    if (!in.faults.empty()) return;
    check_sums(in);
    overlap_finder overlaps{in};
    for (const std::uint32_t index : rows_in_time(in.used.rows)) {
        const consumption_row& row = in.used.rows[index];
        if (is_charged(row)) overlaps.look_at(row, index);
    }
}

std::vector<segment> segments_of(rating& in, const version& by,
                                 const std::vector<instant>& versions)
{
    return cutter{in, by, versions}.run();
}

}  // namespace wattpurse::tariff
