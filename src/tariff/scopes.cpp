// SPDX-License-Identifier: Apache-2.0
#include "scopes.hpp"

#include <algorithm>
#include <optional>

namespace wattpurse::tariff {

namespace {

using std::chrono::days;

int month_number(civil_day day)
{
    return static_cast<int>(static_cast<unsigned>(std::chrono::year_month_day{day}.month()));
}

/// The first day of the year from the anchor's day that `day` is in; 29 February stands for
/// 1 March in years without one.
civil_day year_start(civil_day day, month_day anchor)
{
    const auto begins = [anchor](std::chrono::year year) {
        const civil_day month{year / std::chrono::month{anchor.month} / std::chrono::day{1}};
        return month + days{anchor.day - 1};
    };
    const std::chrono::year year = std::chrono::year_month_day{day}.year();
    const civil_day this_year = begins(year);
    return day < this_year ? begins(year - std::chrono::years{1}) : this_year;
}

/// The window's first day, for the scopes that are made of whole days.
civil_day window_day(const determinant& what, civil_day day)
{
    switch (what.scope) {
        case scope::month: return month_start(day);
        case scope::two_months: {
            const bool second = (month_number(day) - what.anchor.month) % 2 != 0;
            return month_start(day, second ? -1 : 0);
        }
        case scope::year: return year_start(day, what.anchor);
        case scope::day:
        case scope::period:
        case scope::purchase: break;
    }
    return day;
}

civil_day next_window(const determinant& what, civil_day first)
{
    switch (what.scope) {
        case scope::month: return month_start(first, 1);
        case scope::two_months: return month_start(first, 2);
        case scope::year: return year_start(first + days{367}, what.anchor);
        case scope::day:
        case scope::period:
        case scope::purchase: break;
    }
    return first + days{1};
}

/// Each begins with a purchase. What was used before any purchase is in a window of its own, but
/// what only purchases have (a fee, an amount bought) is not there.
std::vector<stretch> purchase_windows(const determinant& what, const rating& in)
{
    const std::vector<instant> bought = purchases_of(in.used);
    const auto first = std::upper_bound(bought.begin(), bought.end(), in.over.from);
    const bool is_used = what.of == source::import || what.of == source::export_ ||
                         what.of == source::reactive;
    bool counts = first != bought.begin() || is_used;
    instant from = first == bought.begin() ? in.over.from : *std::prev(first);
    std::vector<stretch> out;
    for (auto at = first; at != bought.end() && *at < in.over.until; ++at) {
        if (*at > from && counts) out.push_back({from, *at});
        from = *at;
        counts = true;
    }
    if (counts) out.push_back({from, in.over.until});
    return out;
}

}  // namespace

std::vector<instant> purchases_of(const consumption& used)
{
    std::vector<instant> out;
    for (const consumption_row& row : used.rows) {
        const bool is_good = row.quality == quality::good || row.quality == quality::estimated;
        if (row.what == channel::purchase && is_good) out.push_back(row.from);
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::vector<stretch> windows_of(const determinant& what, const rating& in)
{
    if (what.scope == scope::period) return {{in.over.from, in.over.until}};
    if (what.scope == scope::purchase) return purchase_windows(what, in);
    std::vector<stretch> out;
    civil_day first = window_day(what, in.by.zone.day_at(in.over.from));
    for (instant from = in.by.zone.start_of(first); from < in.over.until;) {
        first = next_window(what, first);
        const instant until = in.by.zone.start_of(first);
        if (until > in.over.from) out.push_back({from, until});
        from = until;
    }
    return out;
}

instant scope_start(const determinant& what, const rating& in)
{
    if (what.scope == scope::period) return in.over.from;
    if (what.scope == scope::purchase) {
        const auto windows = purchase_windows(what, in);
        return windows.empty() ? in.over.from : windows.front().from;
    }
    return in.by.zone.start_of(window_day(what, in.by.zone.day_at(in.over.from)));
}

std::int64_t all_days_in(const rating& in, stretch over)
{
    if (over.is_empty()) return 0;
    const civil_zone& zone = in.by.zone;
    civil_day first = zone.day_at(over.from);
    if (zone.start_of(first) < over.from) first += days{1};
    civil_day last = zone.day_at(over.until);
    if (zone.start_of(last) < over.until) last += days{1};
    return std::max<std::int64_t>(0, (last - first).count());
}

std::int64_t days_in(const rating& in, stretch over)
{
    std::int64_t begun = 0;  // the day in which service begins is one, though it began before
    if (in.used.service_from) {
        const instant served = *in.used.service_from;
        const instant midnight = in.by.zone.start_of(in.by.zone.day_at(served));
        const bool within = served >= over.from && served < over.until &&
                            (!in.used.service_until || *in.used.service_until > served);
        if (midnight < served && within) begun = 1;
        over.from = std::max(over.from, served);
    }
    if (in.used.service_until) over.until = std::min(over.until, *in.used.service_until);
    return begun + all_days_in(in, over);
}

}  // namespace wattpurse::tariff
