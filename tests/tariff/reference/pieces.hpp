// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "tariff/reference/clock.hpp"

namespace wattpurse::tariff::reference {

/// A part of a row within which neither day nor band changes.
struct piece {
    instant from;
    instant until;
    channel what = channel::import;
    std::size_t meter = 0;
    int band = -1;
    int season = -1;
    int kind = -1;           ///< class of day
    integer quantity = 0;    ///< steps of 10^-4
};

inline bool counts(const consumption_row& row)
{
    return row.quality == quality::good || row.quality == quality::estimated;
}

/// What of a row lies before `when`, if it is spread evenly over its time.
inline integer before(const consumption_row& row, instant when)
{
    const integer quantity = row.quantity.mantissa();
    if (when >= row.until) return quantity;
    if (when <= row.from) return 0;
    return quantity * (when - row.from).count() / (row.until - row.from).count();
}

class cutting {
public:
    cutting(const tariff& by, const version& in, const consumption& used)
        : by_{by}, in_{in}, used_{used}, clock_{by.zone}
    {
    }

    /// All rows that count, cut at `bounds`, at midnights and where the band changes.
    std::vector<piece> operator()(const std::set<instant>& bounds) const
    {
        std::vector<piece> out;
        for (const consumption_row& row : used_.rows) {
            if (!counts(row)) continue;
            if (row.from == row.until || row.what == channel::demand) {
                out.push_back(piece_of(row, row.from, row.until));
                continue;
            }
            std::set<instant> cuts{row.from, row.until};
            for (const instant bound : bounds) cuts.insert(bound);
            std::pair seen_before{clock_.day_at(row.from), band_of(row, row.from)};
            for (instant when = row.from; when < row.until; when += minutes{1}) {
                const std::pair seen_now{clock_.day_at(when), band_of(row, when)};
                if (seen_now != seen_before) cuts.insert(when);
                seen_before = seen_now;
            }
            cuts.erase(cuts.begin(), cuts.find(row.from));
            cuts.erase(std::next(cuts.find(row.until)), cuts.end());
            for (auto at = cuts.begin(); std::next(at) != cuts.end(); ++at) {
                out.push_back(piece_of(row, *at, *std::next(at)));
            }
        }
        return out;
    }

private:
    /// The band of every minute of a day.
    struct day_seen {
        civil_day day;
        int season = -1;
        int kind = -1;
        std::vector<int> bands;
    };

    const day_seen& seen(civil_day day) const
    {
        for (const day_seen& known : days_) {
            if (known.day == day) return known;
        }
        day_seen next{day, season_on(in_.calendar, day),
                      class_on(in_.calendar, day, used_.events), {}};
        if (!in_.calendar.plans.empty()) {
            const day_plan& plan = plan_on(in_.calendar, next.season, next.kind);
            for (int i = 0; i < 1440; ++i) next.bands.push_back(band_at(plan, by_.bands, i));
        }
        days_.insert(days_.begin(), std::move(next));
        return days_.front();
    }

    int band_of(const consumption_row& row, instant when) const
    {
        if (row.register_index != no_index) {
            for (std::size_t i = 0; i < by_.bands.size(); ++i) {
                if (by_.bands[i].register_index == std::size_t(row.register_index)) {
                    return static_cast<int>(i);
                }
            }
            throw refused{"a register of no band"};
        }
        if (by_.bands.empty() || row.what == channel::demand) return -1;
        if (in_.calendar.plans.empty()) {
            if (by_.bands.size() == 1) return 0;
            throw refused{"no band without a register"};
        }
        const day_seen& day = seen(clock_.day_at(when));
        return day.bands[static_cast<std::size_t>(clock_.minute_at(when))];
    }

    piece piece_of(const consumption_row& row, instant from, instant until) const
    {
        piece out;
        out.from = from;
        out.until = until;
        out.what = row.what;
        out.meter = row.meter;
        out.band = band_of(row, from);
        const day_seen& day = seen(clock_.day_at(from));
        out.season = day.season;
        out.kind = day.kind;
        out.quantity = row.from == row.until || row.what == channel::demand
                           ? integer{row.quantity.mantissa()}
                           : integer{before(row, until) - before(row, from)};
        return out;
    }

    const tariff& by_;
    const version& in_;
    const consumption& used_;
    wall_clock clock_;
    mutable std::vector<day_seen> days_;
};

}  // namespace wattpurse::tariff::reference
