// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tariff/reference/price.hpp"

namespace wattpurse::tariff::reference {

struct bill_line {
    exact quantity;
    exact amount;
    std::vector<std::string> tags;
};

/// What the engine has to say, by the ids of its lines. A line that is not there is zero.
struct bill {
    std::map<std::string, bill_line> lines;
    exact sum;
    std::map<std::string, exact> past;
    std::map<std::string, std::vector<credit>> kept;
};

class billing {
public:
    billing(const tariff& by, const consumption& used, const period& over, instant through)
        : by_{by}
        , used_{used}
        , over_{over}
        , through_{std::min(through, over.until)}
        , clock_{by.zone}
    {
    }

    bill operator()()
    {
        for (std::size_t i = 0; i < by_.versions.size(); ++i) {
            const instant from = i == 0 ? over_.from : begin_of(i);
            const instant until = i + 1 < by_.versions.size() ? begin_of(i + 1) : over_.until;
            const stretch part{std::max(from, over_.from), std::min(until, over_.until)};
            if (part.from < part.until) parts_.push_back({&by_.versions[i], part});
        }
        for (const credit& each : used_.credits) {  // what nothing draws on is kept as it is
            out_.kept[each.of] = measuring::credits_of(used_, each.of, clock_.day_at(over_.from));
        }
        for (std::size_t i = 0; i < parts_.size(); ++i) bill_version(i);
        out_.sum = of(used_.carried);
        for (const auto& [id, each] : out_.lines) out_.sum += each.amount;
        if (!used_.carried.is_zero()) out_.lines["carried"].amount = of(used_.carried);
        return out_;
    }

private:
    struct part_of_period {
        const version* in;
        stretch when;
    };

    instant begin_of(std::size_t i) const { return clock_.begin_of(*by_.versions[i].from); }

    void bill_version(std::size_t i)
    {
        const part_of_period& part = parts_[i];
        std::set<instant> bounds{over_.from, over_.until, through_};
        for (const part_of_period& each : parts_) bounds.insert(each.when.from);
        const auto& all = part.in->determinants;
        const bool goes_by_purchases =
            std::any_of(all.begin(), all.end(), [](const determinant& each) {
                return each.scope == scope::purchase && each.of != source::purchase;
            });
        for (const consumption_row& row : used_.rows) {
            if (goes_by_purchases && row.what == channel::purchase) bounds.insert(row.from);
        }
        measuring counted{by_, *part.in, used_, over_, through_, bounds};
        share_ = parts_.size() == 1 ? exact{1}
                                    : counted.days_of(part.when.from, part.when.until) /
                                          counted.days_of(over_.from, over_.until);
        const std::string suffix = i == 0 ? "" : "@" + std::to_string(i + 1);
        std::vector<bill_line> lines;
        for (const charge& each : part.in->charges) {
            const rounding_rule rule = each.rounding ? *each.rounding : part.in->rounding.line;
            for (const auto& [name, value] : cost(counted, each.rate, each.on, part)) {
                exact amount = rounded(value.money, rule);
                if (each.credit) amount = -amount;
                put(lines, each.line + name + suffix, {value.quantity, amount, each.tags});
            }
        }
        for (const adjustment& each : part.in->adjustments) {
            adjust(counted, each, part, lines, suffix);
        }
        for (const determinant& each : part.in->determinants) {
            if (each.of != source::demand && each.of != source::demand_reading) continue;
            exact largest = 0;
            for (const stretch& window : counted.windows(each, over_.from, through_)) {
                const instant upto = std::min(window.until, through_);
                counted.value(each, window.from, upto, window.until);
                largest = std::max(largest, counted.before_ratchet[each.name]);
            }
            out_.past[each.name] = largest;
        }
        for (const auto& [name, kept] : counted.banks) out_.kept[name] = kept;
    }

    void put(std::vector<bill_line>& lines, const std::string& id, bill_line what)
    {
        lines.push_back(what);
        out_.lines[id] = std::move(what);
    }

    /// The lines of a table in one version's part of the period.
    cells cost(measuring& counted, const rate_table& rate, const std::string& on,
               const part_of_period& part)
    {
        const determinant& which = counted.named(on);
        cells out;
        if (!is_counted_up(which.of)) {
            // Months served in a part of the period are counted there, all else is shared by days.
            const bool is_counted_there = parts_.size() > 1 && which.of == source::months &&
                                          which.proration != proration::whole;
            const stretch all{over_.from, over_.until};
            const stretch in = is_counted_there ? part.when : all;
            for (stretch window : counted.windows(which, in.from, in.until)) {
                if (is_counted_there) {
                    window = {std::max(window.from, in.from), std::min(window.until, in.until)};
                }
                if (is_measured(which.of) && window.from >= through_) continue;
                const bool is_ahead = window.from >= through_;
                const instant upto = is_ahead ? window.until : std::min(window.until, through_);
                add(out, table(counted, rate, which, window, upto, part),
                    is_counted_there ? exact{1} : share_);
            }
            return out;
        }
        const instant end = std::min(part.when.until, through_);
        if (end <= part.when.from) return out;
        if (rate.mode == rate_mode::series) {
            return series_pricing{rate, used_, clock_}(
                counted.pieces(which, part.when.from, end));
        }
        for (const stretch& window : counted.windows(which, part.when.from, end)) {
            const instant begin = std::max(window.from, part.when.from);
            add(out, table(counted, rate, which, window, std::min(window.until, end), part));
            const bool is_opened = !counted.openings(which, window.from, window.until).empty();
            if (window.from < begin || is_opened) {
                add(out, table(counted, rate, which, window, begin, part), -1);
            }
        }
        return out;
    }

    /// Energy and days add up, so that a part of a window is a difference.
    static bool is_counted_up(source of)
    {
        switch (of) {
            case source::import:
            case source::export_:
            case source::reactive:
            case source::purchase:
            case source::days:
            case source::zero: return true;
            default: return false;
        }
    }

    /// What a meter has to show first; fees and attributes are due at once.
    static bool is_measured(source of)
    {
        return of == source::demand || of == source::demand_reading || of == source::power_factor;
    }

    ends bounds(measuring& counted, const rate_table& rate, const stretch& window)
    {
        ends out;
        for (const tier& each : rate.tiers) {
            if (!each.up_to) {
                out.push_back({});
                continue;
            }
            exact end = of(*each.up_to);
            if (!rate.bounds.plus.empty()) {
                end += counted.number(rate.bounds.plus, window.from, window.until, window.until);
            }
            if (!rate.bounds.times.empty()) {
                end *= counted.number(rate.bounds.times, window.from, window.until, window.until);
            }
            if (rate.bounds.rounding) end = rounded(end, *rate.bounds.rounding);
            out.push_back(end);
        }
        return out;
    }

    /// What was counted in a window until `upto` costs so much.
    cells table(measuring& counted, const rate_table& rate, const determinant& which,
                const stretch& window, instant upto, const part_of_period& part)
    {
        pricing price{by_, *part.in, rate, bounds(counted, rate, window)};
        if (rate.split == band_split::chronological && by_band(rate)) {
            integer already = 0;
            for (const opening& each : counted.openings(which, window.from, window.until)) {
                already += each.quantity.mantissa();
            }
            return price.of_pieces(counted.pieces(which, window.from, upto), already);
        }
        const exact selected =
            rate.mode == rate_mode::select ? counted.at_the_end(rate.selected_by) : exact{0};
        return price.of_quantity(counted.value(which, window.from, upto, window.until), selected);
    }

    static bool is_over(const adjustment& what, const bill_line& line)
    {
        for (const std::string& tag : what.over) {
            if (tag == "*") return true;
            if (std::find(line.tags.begin(), line.tags.end(), tag) != line.tags.end()) return true;
        }
        return false;
    }

    void adjust(measuring& counted, const adjustment& what, const part_of_period& part,
                std::vector<bill_line>& lines, const std::string& suffix)
    {
        if (what.at_close && through_ < over_.until) return;
        exact base = 0;
        for (const bill_line& each : lines) {
            if (is_over(what, each)) base += each.amount;
        }
        exact value = 0;
        switch (what.kind) {
            case adjustment_kind::percent: value = base * share_of(counted, what.rate); break;
            case adjustment_kind::minimum:
                value = std::max<exact>(limit(counted, what, part) - base, 0);
                break;
            case adjustment_kind::maximum:
                value = std::min<exact>(limit(counted, what, part) - base, 0);
                break;
            case adjustment_kind::bank: value = banked(counted, what, base); break;
        }
        if (what.kind != adjustment_kind::bank) {
            value = rounded(value, what.rounding ? *what.rounding : part.in->rounding.tax);
        }
        put(lines, what.line + suffix, {0, value, what.tags});
    }

    exact share_of(measuring& counted, const rate_table& rate)
    {
        if (rate.mode != rate_mode::select) return of(rate.tiers.front().each);
        const exact by = counted.at_the_end(rate.selected_by);
        std::size_t i = 0;
        while (rate.tiers[i].up_to && by > of(*rate.tiers[i].up_to)) ++i;
        return of(rate.tiers[i].each);
    }

    exact limit(measuring& counted, const adjustment& what, const part_of_period& part)
    {
        exact out = 0;
        for (const auto& [name, value] : cost(counted, what.rate, what.on, part)) {
            out += value.money;
        }
        return out;
    }

    exact banked(measuring& counted, const adjustment& what, const exact& base)
    {
        const civil_day today = clock_.day_at(over_.from);
        std::vector<credit> kept = measuring::credits_of(used_, what.line, today);
        exact line = -base;
        if (base < 0) {
            const exact steps = -base * 1'000'000;
            const auto earned = static_cast<std::int64_t>(numerator(steps));
            kept.push_back({what.line, today, first_of_month(today, what.keep_months),
                            amount::of(earned)});
        } else {
            line = -measuring::draw(kept, base);
        }
        counted.banks[what.line] = kept;
        return line;
    }

    const tariff& by_;
    const consumption& used_;
    const period& over_;
    instant through_;
    wall_clock clock_;
    std::vector<part_of_period> parts_;
    exact share_ = 1;
    bill out_;
};

/// Rates as the definitions say. Throws `refused` where there is no answer.
inline bill rate(const tariff& by, const consumption& used, const period& over, instant through)
{
    return billing{by, used, over, through}();
}

}  // namespace wattpurse::tariff::reference
