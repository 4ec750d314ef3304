// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "measure.hpp"

/// Demand (需量): energy in windows of time, as power.
namespace wattpurse::tariff {

namespace {

using std::chrono::minutes;

constexpr std::int64_t minutes_per_hour = 60;

/// All meters' energy in one interval.
struct interval {
    instant until;
    std::int64_t energy = 0;
    std::size_t meters = 0;
    bool passes = true;
};

/// What was read in a fixed window so far.
struct fixed_window {
    std::int64_t energy = 0;
    duration covered{0};
    bool passes = true;
};

/// Whether what is left after `passes` may be taken: the largest values, one of each day or month.
bool is_same_stretch(const civil_zone& zone, distinct by, instant a, instant b)
{
    if (by == distinct::none) return false;
    const civil_day day_a = zone.day_at(a);
    const civil_day day_b = zone.day_at(b);
    return by == distinct::day ? day_a == day_b : month_start(day_a) == month_start(day_b);
}

}  // namespace

std::vector<meter::window_sum> meter::demand_windows(const determinant& what, stretch over)
{
    const duration length = minutes{what.window_minutes};
    const auto& set = filters_[static_cast<std::size_t>(&what - by_.determinants.data())];
    std::map<instant, interval> intervals;
    std::vector<bool> seen(in_.used.meters.size());
    for (const segment& piece : segments_in(over)) {
        const bool counted = set.meters.empty() || set.meters[piece.meter];
        if (piece.what != channel::import || !counted) continue;
        const consumption_row& row = in_.used.rows[piece.row];
        const duration step = row.until - row.from;
        if (step > length || length % step != duration::zero()) {
            in_.note("/rows/" + std::to_string(piece.row),
                     in_.shown(row.from) + " to " + in_.shown(row.until),
                     "an interval that divides the demand window of " +
                         std::to_string(what.window_minutes) + " minutes");
            return {};
        }
        seen[piece.meter] = true;
        interval& here = intervals.try_emplace(piece.from, interval{piece.until}).first->second;
        here.energy += piece.quantity;
        here.meters += 1;
        here.passes = here.passes && passes(what, piece) && here.until == piece.until;
    }
    const auto meters = static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
    std::vector<window_sum> out;
    const auto usable = [meters](const interval& each) {
        return each.passes && each.meters >= meters;
    };
    if (what.rolling) {
        for (auto first = intervals.begin(); first != intervals.end(); ++first) {
            window_sum sum{first->first, 0};
            instant at = first->first;
            for (auto next = first; next != intervals.end() && at < sum.from + length; ++next) {
                if (next->first != at || !usable(next->second)) break;
                sum.energy += next->second.energy;
                at = next->second.until;
            }
            if (at == sum.from + length) out.push_back(sum);
        }
        return out;
    }
    std::map<instant, fixed_window> windows;
    for (const auto& [from, each] : intervals) {
        const instant midnight = in_.by.zone.start_of(in_.by.zone.day_at(from));
        const instant begin = midnight + (from - midnight) / length * length;
        fixed_window& window = windows[begin];
        window.energy += each.energy;
        window.covered += each.until - from;
        window.passes = window.passes && usable(each) && each.until <= begin + length;
    }
    for (const auto& [from, window] : windows) {
        if (window.passes && window.covered == length) out.push_back({from, window.energy});
    }
    return out;
}

measured meter::reduce(const determinant& what, std::vector<window_sum> values,
                       std::int64_t factor, std::int64_t divisor)
{
    std::sort(values.begin(), values.end(), [](const window_sum& a, const window_sum& b) {
        return std::tuple{b.energy, a.from} < std::tuple{a.energy, b.from};
    });
    const std::size_t wanted =
        what.reducer == reducer::max ? 1 : static_cast<std::size_t>(std::max(1, what.top));
    std::vector<window_sum> top;
    for (const window_sum& each : values) {
        if (top.size() == wanted) break;
        const bool known = std::any_of(top.begin(), top.end(), [&](const window_sum& taken) {
            return is_same_stretch(in_.by.zone, what.distinct, taken.from, each.from);
        });
        if (!known) top.push_back(each);
    }
    if (top.empty()) return {};
    int128 sum = 0;
    for (const window_sum& each : top) sum += each.energy;
    measured out;
    out.whole = divisor * static_cast<std::int64_t>(top.size());
    const int128 total = sum * factor;
    if (total > kernel::mantissa_max) {
        trouble(place_of(what), errc::overflow);
        return {};
    }
    out.total = static_cast<std::int64_t>(total);
    if (out.total % out.whole == 0) {
        out.total /= out.whole;
        out.whole = 1;
    }
    return out;
}

measured meter::demand_of(const determinant& what, stretch over)
{
    return reduce(what, demand_windows(what, over), minutes_per_hour, what.window_minutes);
}

measured meter::shown_demand_of(const determinant& what, stretch over)
{
    std::vector<window_sum> values;
    for (const segment& piece : segments_in(over)) {
        if (passes(what, piece)) values.push_back({piece.from, piece.quantity});
    }
    return reduce(what, std::move(values), 1, 1);
}

}  // namespace wattpurse::tariff
