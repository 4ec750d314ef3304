// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "tariff/reference/pieces.hpp"

namespace wattpurse::tariff::reference {

/// P / sqrt(P^2 + Q^2) to a multiple of the rule's increment, decided without a root.
inline exact factor(const exact& active, const exact& reactive, const rounding_rule& by)
{
    const exact square = active * active + reactive * reactive;
    if (square == 0) return rounded(1, by);
    // n increments are at most the factor where n^2 * increment^2 * square <= active^2
    const exact increment = of(by.increment);
    const auto is_at_most = [&](const exact& n) {
        return n * n * increment * increment * square <= active * active;
    };
    integer low = 0;
    integer high = floor_of(1 / increment) + 1;
    while (high - low > 1) {
        const integer middle = (low + high) / 2;
        (is_at_most(exact{middle}) ? low : high) = middle;
    }
    const exact down = exact{low} * increment;
    if (down * down * square == active * active) return down;
    // A quarter, a half or three quarters of an increment stand for where the rest lies.
    const exact middle = exact{low} + exact{1, 2};
    const exact there = middle * middle * increment * increment * square;
    const exact rest = there == active * active ? exact{1, 2}
                       : there < active * active ? exact{3, 4}
                                                 : exact{1, 4};
    return rounded((exact{low} + rest) * increment, by);
}

/// A demand and when it was.
struct demand_value {
    instant from;
    exact kw;
};

using piece_test = std::function<bool(const piece&)>;

/// The demand of every window that rows fill without a gap and of which every row passes.
inline std::vector<demand_value> demand_values(const determinant& which,
                                               const std::vector<piece>& parts,
                                               const piece_test& passes, const wall_clock& clock,
                                               instant from, instant upto)
{
    const minutes length{which.window_minutes};
    std::set<instant> begins;
    for (const piece& part : parts) {
        if (part.until - part.from > length || length % (part.until - part.from) != duration{0}) {
            throw refused{"a row that does not fit in its window"};
        }
        if (which.rolling) {
            begins.insert(part.from);
        } else {
            const instant midnight = clock.begin_of(clock.day_at(part.from));
            begins.insert(midnight + (part.from - midnight) / length * length);
        }
    }
    std::vector<demand_value> out;
    for (const instant begin : begins) {
        const instant end = begin + length;
        if (begin < from || end > upto) continue;
        integer sum = 0;
        duration filled{0};
        bool all_pass = true;
        for (const piece& part : parts) {
            if (part.from < begin || part.until > end) continue;
            sum += part.quantity;
            filled += part.until - part.from;
            all_pass = all_pass && passes(part);
        }
        if (filled != length || !all_pass) continue;
        out.push_back({begin, exact{sum, 10'000} * 60 / which.window_minutes});
    }
    return out;
}

inline exact demand_of(const determinant& which, const std::vector<piece>& parts,
                       const piece_test& passes, const wall_clock& clock, instant from,
                       instant upto)
{
    std::vector<demand_value> values;
    if (which.of == source::demand) {
        values = demand_values(which, parts, passes, clock, from, upto);
    } else {
        for (const piece& part : parts) {
            if (passes(part)) values.push_back({part.from, exact{part.quantity, 10'000}});
        }
    }
    std::map<instant, exact> largest;  // of each day or month, or of each of them
    instant next{};
    for (const demand_value& each : values) {
        const civil_day day = clock.day_at(each.from);
        instant key = next;
        next += duration{1};
        if (which.distinct == distinct::day) key = clock.begin_of(day);
        if (which.distinct == distinct::month) key = clock.begin_of(first_of_month(day));
        exact& known = largest[key];
        known = std::max<exact>(known, each.kw);
    }
    std::vector<exact> sorted;
    for (const auto& [key, kw] : largest) sorted.push_back(kw);
    std::sort(sorted.rbegin(), sorted.rend());
    if (sorted.empty()) return 0;
    if (which.reducer == reducer::max) return sorted.front();
    const std::size_t top = std::min(sorted.size(), static_cast<std::size_t>(which.top));
    exact sum = 0;
    for (std::size_t i = 0; i < top; ++i) sum += sorted[i];
    return sum / top;
}

}  // namespace wattpurse::tariff::reference
