// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tariff/reference/demand.hpp"
#include "tariff/reference/pieces.hpp"

namespace wattpurse::tariff::reference {

/// The value of a determinant and, where it counts energy, of which band it is: an index of the
/// tariff's bands, or the last place where there is none.
struct measured {
    exact total;
    std::vector<integer> split;
};

/// What the determinants of one version count.
class measuring {
public:
    measuring(const tariff& by, const version& in, const consumption& used, const period& over,
              instant through, const std::set<instant>& bounds)
        : by_{by}
        , in_{in}
        , used_{used}
        , over_{over}
        , through_{through}
        , clock_{by.zone}
        , pieces_{cutting{by, in, used}(bounds)}
    {
        for (const consumption_row& row : used.rows) {
            if (counts(row) && row.what == channel::purchase) purchases_.push_back(row.from);
        }
        std::sort(purchases_.begin(), purchases_.end());
    }

    const determinant& named(const std::string& name) const
    {
        return in_.determinants.at(
            static_cast<std::size_t>(index_of(in_.determinants, name)));
    }

    std::vector<stretch> windows(const determinant& of, instant from, instant until) const
    {
        return windows_of(of, clock_, over_, purchases_, from, until);
    }

    /// What counts in [from, upto), where the window ends at `end`.
    measured value(const determinant& which, instant from, instant upto, instant end)
    {
        measured out = raw(which, from, upto, end);
        if (which.rounding) become(which, out, rounded(out.total, *which.rounding));
        bool is_before_ratchet = true;
        for (const step& each : which.steps) {
            if (each.does == step::kind::ratchet && is_before_ratchet) {
                is_before_ratchet = false;
                before_ratchet[which.name] = out.total;
            }
            become(which, out, after(each, which, out.total, from, upto, end));
        }
        if (is_before_ratchet) before_ratchet[which.name] = out.total;
        return out;
    }

    /// The same by name, as far as it is a number.
    exact number(const std::string& name, instant from, instant upto, instant end)
    {
        return value(named(name), from, upto, end).total;
    }

    /// The value over the window of its own scope that holds the end of the period.
    exact at_the_end(const std::string& name)
    {
        const determinant& which = named(name);
        const auto last = windows(which, over_.until - duration{1}, over_.until);
        if (last.empty()) return 0;
        return value(which, last.front().from, std::min(last.front().until, through_),
                     last.front().until).total;
    }

    bool passes(const determinant& which, const piece& part) const
    {
        const filter& where = which.where;
        bool is_of_meter = where.meters.empty();
        for (const std::string& name : where.meters) {
            is_of_meter = is_of_meter || used_.meters.at(part.meter) == name;
        }
        return is_of_meter && admits(where.bands, by_.bands, part.band) &&
               admits(where.seasons, in_.calendar.seasons, part.season) &&
               admits(where.days, in_.calendar.days, part.kind);
    }

    static channel channel_of(source of)
    {
        switch (of) {
            case source::export_: return channel::export_;
            case source::reactive: return channel::reactive;
            case source::purchase: return channel::purchase;
            case source::demand_reading: return channel::demand;
            default: return channel::import;
        }
    }

    /// The pieces of a determinant in [from, upto), in the order of time.
    std::vector<piece> pieces(const determinant& which, instant from, instant upto) const
    {
        std::vector<piece> out;
        for (const piece& part : pieces_) {
            if (part.what == channel_of(which.of) && from <= part.from && part.from < upto &&
                passes(which, part)) {
                out.push_back(part);
            }
        }
        std::stable_sort(out.begin(), out.end(), [](const piece& a, const piece& b) {
            return a.from != b.from ? a.from < b.from : a.until < b.until;
        });
        return out;
    }

    /// Openings of a determinant whose window is [from, end); one of nothing is none.
    std::vector<opening> openings(const determinant& which, instant from, instant end) const
    {
        std::vector<opening> out;
        for (const opening& each : used_.openings) {
            const bool counts = each.determinant == which.name && !each.quantity.is_zero();
            if (counts && from <= over_.from && over_.from < end) out.push_back(each);
        }
        return out;
    }

    const wall_clock& clock() const { return clock_; }

    /// Days of a stretch of the period.
    exact days_of(instant from, instant until) const
    {
        int count = 0;
        for (civil_day day = clock_.day_at(from); clock_.begin_of(day) < until; day += days{1}) {
            if (clock_.begin_of(day) >= from) ++count;
        }
        return count;
    }

    std::map<std::string, exact> before_ratchet;         ///< what later ratchets look back on
    std::map<std::string, std::vector<credit>> banks;    ///< what is kept

private:
    measured raw(const determinant& which, instant from, instant upto, instant end)
    {
        switch (which.of) {
            case source::import:
            case source::export_:
            case source::reactive:
            case source::purchase: return energy(which, from, upto, end);
            case source::demand:
            case source::demand_reading: return {highest(which, from, upto), {}};
            case source::days: return {days_served(from, upto, &which), {}};
            case source::months: return {months(which, from, upto, end), {}};
            case source::one: return {1, {}};
            case source::zero: return {0, {}};
            case source::attribute: return {attribute_value_of(which, from, upto, end), {}};
            case source::power_factor:
                return {factor(number(which.active, from, upto, end),
                               number(which.reactive, from, upto, end), *which.rounding),
                        {}};
        }
        throw std::logic_error{"no such source"};
    }

    measured energy(const determinant& which, instant from, instant upto, instant end) const
    {
        measured out;
        out.split.resize(by_.bands.size() + 1);
        const auto place = [this](int band) {
            return band < 0 ? by_.bands.size() : static_cast<std::size_t>(band);
        };
        for (const piece& part : pieces_) {
            if (part.what == channel_of(which.of) && from <= part.from && part.from < upto &&
                passes(which, part)) {
                out.split[place(part.band)] += part.quantity;
            }
        }
        for (const opening& each : openings(which, from, end)) {
            out.split[place(index_of(by_.bands, each.band))] += each.quantity.mantissa();
        }
        integer sum = 0;
        for (const integer& part : out.split) sum += part;
        out.total = exact{sum, 10'000};
        return out;
    }

    /// The new total in proportion to the old one.
    void become(const determinant& which, measured& out, const exact& total) const
    {
        const exact old = out.total;
        out.total = total;
        if (out.split.empty() || total == old) return;
        if (old != 0) {
            for (integer& part : out.split) part = abs(part);
            out.split = by_largest_remainder(steps_of(total), out.split);
            return;
        }
        std::size_t first = 0;
        while (first < by_.bands.size() &&
               !admits(which.where.bands, by_.bands, static_cast<int>(first))) {
            ++first;
        }
        std::fill(out.split.begin(), out.split.end(), integer{0});
        out.split[first] = steps_of(total);
    }

    bool serves(instant from, instant until) const
    {
        return (!used_.service_from || *used_.service_from < until) &&
               (!used_.service_until || from < *used_.service_until);
    }
    bool serves(civil_day day) const
    {
        return serves(clock_.begin_of(day), clock_.begin_of(day + days{1}));
    }

    exact days_served(instant from, instant upto, const determinant* which = nullptr) const
    {
        int count = 0;
        for (civil_day day = clock_.day_at(from); clock_.begin_of(day) < upto; day += days{1}) {
            const bool is_meant = which == nullptr || passes(*which, day);
            if (clock_.begin_of(day) >= from && serves(day) && is_meant) ++count;
        }
        return count;
    }
    bool passes(const determinant& which, civil_day day) const
    {
        return admits(which.where.seasons, in_.calendar.seasons, season_on(in_.calendar, day)) &&
               admits(which.where.days, in_.calendar.days,
                      class_on(in_.calendar, day, used_.events));
    }

    exact months(const determinant& which, instant from, instant upto, instant end) const
    {
        if (which.proration == proration::catch_up) return months_caught_up(from, upto);
        exact sum = 0;
        for (civil_day month = first_of_month(clock_.day_at(from)); clock_.begin_of(month) < end;
             month = first_of_month(month, 1)) {
            const civil_day next = first_of_month(month, 1);
            const instant begins = std::max(from, clock_.begin_of(month));
            const instant ends = std::min(end, clock_.begin_of(next));
            const int all = static_cast<int>((next - month).count());
            const exact served = days_served(begins, ends);
            switch (which.proration) {
                case proration::whole: sum += serves(begins, ends) ? 1 : 0; break;
                case proration::actual_days: sum += served / all; break;
                case proration::thirty_days: sum += served == all ? exact{1} : served / 30; break;
                case proration::catch_up: break;
            }
        }
        return sum;
    }

    exact months_caught_up(instant from, instant upto) const
    {
        int sum = 0;
        for (std::size_t i = 0; i < purchases_.size(); ++i) {
            if (purchases_[i] < from || purchases_[i] >= std::min(upto, through_)) continue;
            const int now = month_number(clock_.day_at(purchases_[i]));
            int last = now - 1;
            if (i > 0) {
                last = month_number(clock_.day_at(purchases_[i - 1]));
            } else if (used_.service_from) {
                last = month_number(clock_.day_at(*used_.service_from)) - 1;
            }
            sum += now - last;
        }
        return sum;
    }

    exact attribute_at(const std::string& name, instant last) const
    {
        const attribute_value* best = nullptr;
        for (const attribute_value& each : used_.attributes) {
            if (each.name == name && each.from <= last &&
                (best == nullptr || best->from < each.from)) {
                best = &each;
            }
        }
        if (best != nullptr) return of(best->value);
        const auto& asked = by_.attributes.at(
            static_cast<std::size_t>(index_of(by_.attributes, name)));
        if (!asked.value) throw refused{"an attribute is missing"};
        return of(*asked.value);
    }

    exact attribute_value_of(const determinant& which, instant from, instant upto,
                             instant end) const
    {
        if (which.proration == proration::whole) {
            const instant last = from < through_ ? std::min(upto, through_) : upto;
            // Of an empty window it is the value at its moment.
            return attribute_at(which.attribute, last > from ? last - duration{1} : from);
        }
        exact sum = 0;
        int count = 0;
        std::set<exact> seen;
        bool served_all = true;
        for (civil_day day = clock_.day_at(from); clock_.begin_of(day) < end; day += days{1}) {
            if (clock_.begin_of(day) < from) continue;
            ++count;
            if (!serves(day)) {
                served_all = false;
                continue;
            }
            const exact value = attribute_at(which.attribute, clock_.begin_of(day));
            seen.insert(value);
            sum += value;
        }
        if (which.proration == proration::actual_days) return sum / count;
        return seen.size() == 1 && served_all ? *seen.begin() : exact{sum / 30};
    }

    exact highest(const determinant& which, instant from, instant upto) const
    {
        const auto test = [this, &which](const piece& part) { return passes(which, part); };
        std::vector<piece> parts;
        for (const piece& part : pieces_) {
            if (part.what == channel_of(which.of) && from <= part.from && part.from < upto) {
                parts.push_back(part);
            }
        }
        return demand_of(which, parts, test, clock_, from, upto);
    }

    exact after(const step& each, const determinant& which, const exact& value, instant from,
                instant upto, instant end)
    {
        const auto with = [&] {
            return each.with.determinant.empty()
                       ? of(each.with.value)
                       : number(each.with.determinant, from, upto, end);
        };
        exact out = value;
        switch (each.does) {
            case step::kind::scale: out = value * with(); break;
            case step::kind::add: out = value + with(); break;
            case step::kind::subtract: out = value - with(); break;
            case step::kind::at_least: out = std::max(value, with()); break;
            case step::kind::at_most: out = std::min(value, with()); break;
            case step::kind::round: break;
            case step::kind::ratchet:
                out = std::max<exact>(value, largest_before(each, which) * with());
                break;
            case step::kind::bank: out = banked(each, which, value); break;
            case step::kind::only_if: out = with() <= of(*each.limit) ? value : exact{0}; break;
        }
        return each.rounding ? rounded(out, *each.rounding) : out;
    }

    exact largest_before(const step& each, const determinant& which) const
    {
        const int now = month_number(clock_.day_at(over_.from));
        exact out = 0;
        for (const past_value& past : used_.past) {
            const int then = month_number(past.month);
            const std::uint8_t in_year = month_day_of(past.month).month;
            const bool is_named =
                each.months.empty() ||
                std::find(each.months.begin(), each.months.end(), in_year) != each.months.end();
            if (past.determinant == which.name && is_named && now - each.back_months <= then &&
                then < now) {
                out = std::max<exact>(out, of(past.value));
            }
        }
        return out;
    }

    exact banked(const step& each, const determinant& which, const exact& value)
    {
        const civil_day today = clock_.day_at(over_.from);
        std::vector<credit> kept = credits_of(used_, which.name, today);
        exact out = value;
        if (value < 0) {
            const amount earned = amount::of(static_cast<std::int64_t>(-steps_of(value)) * 100);
            kept.push_back({which.name, today, first_of_month(today, each.back_months), earned});
            out = 0;
        } else {
            out -= draw(kept, value);
        }
        banks[which.name] = kept;
        return out;
    }

    /// Credits that are not expired, the oldest first.
    static std::vector<credit> credits_of(const consumption& used, const std::string& name,
                                          civil_day today)
    {
        std::vector<credit> out;
        for (const credit& each : used.credits) {
            if (each.of == name && today < each.expires) out.push_back(each);
        }
        std::stable_sort(out.begin(), out.end(), [](const credit& a, const credit& b) {
            return a.earned < b.earned;
        });
        return out;
    }

    /// Takes at most `wanted` and tells how much.
    static exact draw(std::vector<credit>& from, exact wanted)
    {
        exact taken = 0;
        std::vector<credit> left;
        for (credit each : from) {
            const exact part = std::min<exact>(of(each.quantity), wanted);
            taken += part;
            wanted -= part;
            const exact rest = (of(each.quantity) - part) * 1'000'000;
            each.quantity = amount::of(static_cast<std::int64_t>(numerator(rest)));
            if (!each.quantity.is_zero()) left.push_back(each);
        }
        from = left;
        return taken;
    }

    friend class billing;

    const tariff& by_;
    const version& in_;
    const consumption& used_;
    const period& over_;
    instant through_;
    wall_clock clock_;
    std::vector<piece> pieces_;
    std::vector<instant> purchases_;
};

}  // namespace wattpurse::tariff::reference
