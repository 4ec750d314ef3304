// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/rate.hpp>

#include <algorithm>
#include <map>
#include <utility>

#include "charges.hpp"
#include "measure.hpp"
#include "rating.hpp"
#include "segments.hpp"

namespace wattpurse::tariff {

namespace {

std::vector<version_stretch> versions_in(const tariff& by, const period& over)
{
    std::vector<version_stretch> out;
    const std::size_t first = version_at(by, by.zone.day_at(over.from));
    instant from = over.from;
    for (std::size_t i = first; i < by.versions.size() && from < over.until; ++i) {
        instant until = over.until;
        if (i + 1 < by.versions.size() && by.versions[i + 1].from) {
            until = std::min(until, by.zone.start_of(*by.versions[i + 1].from));
        }
        version_stretch next;
        next.by = &by.versions[i];
        next.number = out.size() + 1;
        next.over = {from, until};
        if (from < until) out.push_back(next);
        from = std::max(from, until);
    }
    for (version_stretch& each : out) {
        each.is_only = out.size() == 1;
        each.is_last = &each == &out.back();
    }
    return out;
}

std::vector<instant> bounds_between(const std::vector<version_stretch>& all)
{
    std::vector<instant> out;
    for (std::size_t i = 1; i < all.size(); ++i) out.push_back(all[i].over.from);
    return out;
}

/// Credits that nothing in the period has touched stay what they are.
void keep_others(const rating& in, std::map<std::string, std::vector<credit>>& kept)
{
    for (const credit& each : in.used.credits) {
        if (kept.count(each.of) != 0) continue;
        kept[each.of] = credits_of(in, each.of);
    }
}

void count_rows(const rating& in, rated& out)
{
    for (const consumption_row& row : in.used.rows) {
        if (row.from < in.over.from || row.from >= in.through) continue;
        out.estimated += row.quality == quality::estimated ? 1U : 0U;
        out.left_out +=
            row.quality == quality::suspect || row.quality == quality::rejected ? 1U : 0U;
    }
}

void add_carried(const rating& in, std::vector<line>& into)
{
    if (in.used.carried.is_zero()) return;
    line out;
    out.id = *line_id::parse("carried");
    out.rule = "carried";
    out.title = {"carried from the bill before", "\u4e0a\u671f\u7ed3\u8f6c"};
    out.kind = line_kind::residue;
    out.from = in.over.from;
    out.until = in.over.from;
    out.amount = money{in.used.carried, in.by.unit};
    into.push_back(std::move(out));
}

/// Nothing is billed at prices that were not yet in force.
void check_version(rating& in)
{
    const version& first = in.by.versions.front();
    if (!first.from) return;
    const instant begin = std::max(in.over.from, in.used.service_from.value_or(in.over.from));
    if (begin >= in.by.zone.start_of(*first.from)) return;
    in.note("/period", in.shown(begin),
            "no day before " + to_string(*first.from) + ", the first with prices");
}

/// Rates one version's part of the period.
void rate_stretch(rating& in, const version_stretch& when, const std::vector<instant>& bounds,
                  rated& out, std::map<std::string, std::vector<credit>>& kept)
{
    meter quantities{in, *when.by, bounds};
    const std::size_t first = out.lines.size();
    for (const charge& each : when.by->charges) {
        rate_charge(quantities, when, each, out.lines);
    }
    for (const adjustment& each : when.by->adjustments) {
        std::vector<credit> left;
        rate_adjustment(quantities, when, each, first, out.lines, left);
        if (each.kind == adjustment_kind::bank && when.is_last) kept[each.line] = std::move(left);
    }
    if (!when.is_last) return;
    for (const auto& [name, left] : quantities.banks()) kept[name] = left;
    out.past = quantities.past();
}

}  // namespace

result<rated, std::vector<fault>> rate(const tariff& by, const consumption& used,
                                       const period& over, instant through)
{
    rating in{by, used, over, through};
    if (over.from >= over.until) {
        in.note("/period", std::string{over.id.view()},
                "an end after its beginning");
    } else if (by.versions.empty()) {
        in.note("/versions", "an empty array", "a tariff that has passed check");
    } else {
        check_version(in);
        check_consumption(in);
    }
    if (!in.faults.empty()) return tl::unexpected{std::move(in.faults)};

    rated out;
    std::map<std::string, std::vector<credit>> kept;
    const std::vector<version_stretch> all = versions_in(by, over);
    const std::vector<instant> bounds = bounds_between(all);
    for (const version_stretch& each : all) rate_stretch(in, each, bounds, out, kept);
    add_carried(in, out.lines);
    keep_others(in, kept);
    for (auto& [name, left] : kept) {
        out.credits.insert(out.credits.end(), left.begin(), left.end());
    }
    count_rows(in, out);
    std::vector<const version*> counting;
    for (const version_stretch& each : all) counting.push_back(each.by);
    out.gaps = gaps_of(in, counting);
    out.sum = money{{}, by.unit};
    for (const line& each : out.lines) {
        const auto next = out.sum + each.amount;
        if (!next) {
            in.note("/lines/" + std::string{each.id.view()}, std::string{to_string(next.error())},
                    "amounts that fit");
            break;
        }
        out.sum = *next;
    }
    if (!in.faults.empty()) return tl::unexpected{std::move(in.faults)};
    return out;
}

result<rated, std::vector<fault>> rate(const tariff& by, const consumption& used,
                                       const period& over)
{
    return rate(by, used, over, over.until);
}

}  // namespace wattpurse::tariff
