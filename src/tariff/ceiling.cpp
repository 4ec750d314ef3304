// SPDX-License-Identifier: Apache-2.0
#include "ceiling.hpp"

#include <algorithm>
#include <utility>

#include "exact.hpp"

namespace wattpurse::tariff {

namespace {

/// Weights of lines are at 10^-12, shares at 10^-8.
constexpr std::int64_t weight_unit = 1'000'000'000'000;
constexpr std::int64_t share_unit = 100'000'000;
/// Heavier lines would not fit into 128 bits.
constexpr kernel::int128 weight_max = kernel::int128{1'000} * weight_unit;
constexpr std::int64_t exact_per_amount = 1'000'000;
/// Money at 10^-6 times a share at 10^-8 has fourteen places, an exact amount twelve.
constexpr std::int64_t share_places = 100;
/// The residue of coarser rounding may not be shown in a line.
constexpr std::int64_t increment_max = 1'000'000'000'000;
/// Minimums and banks that are looked at with all their combinations.
constexpr int corners_max = 6;

kernel::int128 floored(kernel::int128 a, std::int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}
kernel::int128 ceiled(kernel::int128 a, std::int64_t b) { return -floored(-a, b); }

bool is_over(const adjustment& what, const line& each)
{
    return std::any_of(what.over.begin(), what.over.end(), [&](const std::string& tag) {
        return tag == "*" ||
               std::find(each.tags.begin(), each.tags.end(), tag) != each.tags.end();
    });
}

std::size_t tier_of(const rate_table& table, const line& which)
{
    for (std::size_t i = 0; i < table.tiers.size(); ++i) {
        if (name_of(table, i) == which.tier) return i;
    }
    return 0;
}

bool has_selected_tier(const bill_part& part)
{
    const rate_table& table = part.priced != nullptr ? part.priced->rate : part.adjusted->rate;
    return table.mode == rate_mode::select;
}

}  // namespace

ceiling::ceiling(const std::vector<bill_part>& parts, const std::vector<line>& sample)
    : lines_(sample.size()), ranges_(sample.size())
{
    for (std::size_t i = 0; i < sample.size(); ++i) {
        const std::size_t part = part_of(sample[i]);
        if (part < parts.size()) lines_[i].part = &parts[part];
        lay_out(sample[i], i, sample);
    }
}

void ceiling::lay_out(const line& which, std::size_t index, const std::vector<line>& all)
{
    layout& out = lines_[index];
    if (out.part == nullptr) return;
    if (out.part->moves == course::wavering) {
        const bool is_tiered = out.part->priced->rate.mode == rate_mode::graduated;
        out.tier = is_tiered ? tier_of(out.part->priced->rate, which) : 0;
        out.strays = strays_of(*out.part, which);
        out.first = index;
        while (out.first > 0 && lines_[out.first - 1].part == out.part) --out.first;
    }
    if (out.part->adjusted == nullptr) return;
    has_adjustments_ = true;
    const bool is_bank = out.part->adjusted->kind == adjustment_kind::bank;
    for (std::size_t i = 0; i < index; ++i) {
        const bool is_near = lines_[i].part != nullptr &&
                             (is_bank || lines_[i].part->version == out.part->version);
        if (!is_near || !is_over(*out.part->adjusted, all[i])) continue;
        out.over.push_back(i);
        const std::int64_t own = which.rounding.increment.mantissa();
        const std::int64_t increment = all[i].rounding.increment.mantissa();
        out.is_multiple = out.is_multiple && own > 0 && increment % own == 0;
    }
}

std::optional<kernel::int128> ceiling::over(const bill_at& from, const bill_at& to)
{
    const bool is_alike = from.rows == to.rows && from.lines.size() == lines_.size() &&
                          to.lines.size() == lines_.size();
    if (!is_alike || !measure(from, to)) return std::nullopt;
    int128 out = 0;
    for (const range& each : ranges_) out += each.high;
    if (!has_adjustments_) return out;
    const weights all(lines_.size(), range{weight_unit, weight_unit});
    const auto whole = as_a_whole(lines_.size(), all, 0, corners_max, to);
    return whole ? std::min(out, floored(*whole, weight_unit)) : out;
}

// ---- Line by line -----------------------------------------------------------------------------

bool ceiling::measure(const bill_at& from, const bill_at& to)
{
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const line& a = from.lines[i];
        const line& b = to.lines[i];
        const layout& each = lines_[i];
        const std::int64_t low = std::min(a.amount.mantissa(), b.amount.mantissa());
        const std::int64_t high = std::max(a.amount.mantissa(), b.amount.mantissa());
        ranges_[i] = {low, high};
        if (each.part == nullptr) continue;
        if (has_selected_tier(*each.part) && a.tier != b.tier) return false;
        switch (each.part->moves) {
            case course::steady: break;
            case course::unknown: return false;
            case course::sign:
                if (low != high) return false;
                break;
            case course::wavering:
                ranges_[i] = {};
                if (each.first == i) waver(i, from, to);
                break;
            case course::share: share(i, a); break;
            case course::minimum:
            case course::maximum:
            case course::bank: limit(i, a, b); break;
        }
    }
    return true;
}

/// The lines of a part together: the first takes them all. Each strays from what is exact, and is
/// rounded, at either end: by no more than an increment together, or two where rounding goes to
/// or from zero. Tiers above the last that holds anything were not reached.
void ceiling::waver(std::size_t first, const bill_at& from, const bill_at& to)
{
    std::size_t reached = 0;
    std::size_t end = first;
    for (; end < lines_.size() && lines_[end].part == lines_[first].part; ++end) {
        reached = std::max(reached, lines_[end].tier);
    }
    const auto held_by = [&](std::size_t tier) {
        int128 out = 0;
        for (std::size_t i = first; i < end; ++i) {
            const bool counts = lines_[i].tier == tier && to.lines[i].kind == line_kind::charge;
            if (counts) out += to.lines[i].quantity.mantissa();
        }
        return out;
    };
    while (reached > 0 && held_by(reached) == 0) --reached;
    int128 a = 0;
    int128 b = 0;
    int128 rounded = 0;
    int128 strays = 0;
    for (std::size_t i = first; i < end; ++i) {
        a += from.lines[i].amount.mantissa();
        b += to.lines[i].amount.mantissa();
        const bool is_free = to.lines[i].amount.is_zero() && from.lines[i].amount.is_zero() &&
                             to.lines[i].price.is_zero() && lines_[i].strays == 0;
        if (lines_[i].tier > reached || is_free) continue;
        const rounding_rule& rule = to.lines[i].rounding;
        const bool by_sign = rule.mode == rounding::up || rule.mode == rounding::down;
        rounded += (by_sign ? 2 : 1) * int128{rule.increment.mantissa()};
        strays += lines_[i].strays;
    }
    const int128 far = rounded + ceiled(strays, exact_per_amount);
    ranges_[first] = {std::min(a, b) - far, std::max(a, b) + far};
}

ceiling::range ceiling::base_of(std::size_t index) const
{
    range out;
    for (const std::size_t i : lines_[index].over) {
        out.low += ranges_[i].low;
        out.high += ranges_[i].high;
    }
    return out;
}

/// A share of more is more, rounded too; or less, where it is below zero.
void ceiling::share(std::size_t index, const line& which)
{
    const range base = base_of(index);
    const std::int64_t each = which.price.mantissa();
    const auto rounded = [&](int128 of) -> std::optional<int128> {
        int128 product = 0;
        if (__builtin_mul_overflow(of, int128{each}, &product)) return std::nullopt;
        const auto out = round(exact{product, share_places}, which.rounding);
        if (!out) return std::nullopt;
        return int128{out->mantissa()};
    };
    const auto low = rounded(each < 0 ? base.high : base.low);
    const auto high = rounded(each < 0 ? base.low : base.high);
    // What does not fit is more than any bill holds.
    const int128 beyond = int128{kernel::mantissa_max} * share_unit;
    ranges_[index] = {low.value_or(-beyond), high.value_or(beyond)};
}

/// What a limit or a bank gives falls as its base rises, by no more than that and one increment.
/// Where the limit itself rises, the end that it rises to bounds from above, the other from below.
void ceiling::limit(std::size_t index, const line& from, const line& to)
{
    const range base = base_of(index);
    const bool is_bank = lines_[index].part->moves == course::bank;
    const bool is_still = is_bank || lines_[index].part->is_bound_still;
    const int128 increment = is_bank ? 0 : to.rounding.increment.mantissa();
    const auto at_most = [&](const line& at) {
        const int128 less = int128{at.base.mantissa()} - base.low;
        return at.amount.mantissa() + (less > 0 ? less + increment : 0);
    };
    const auto at_least = [&](const line& at) {
        const int128 more = base.high - at.base.mantissa();
        return at.amount.mantissa() - (more > 0 ? more + increment : 0);
    };
    range& out = ranges_[index];
    out = {at_least(from), at_most(to)};
    if (is_still) {
        out.low = std::max(out.low, at_least(to));
        out.high = std::min(out.high, at_most(from));
    }
}

// ---- As a whole -------------------------------------------------------------------------------

namespace {

template <class Range>
kernel::int128 most_of(const Range& weight, const Range& value)
{
    return std::max(std::max(weight.low * value.low, weight.low * value.high),
                    std::max(weight.high * value.low, weight.high * value.high));
}

/// Twice how far what is rounded may lie above what is exact, which is not below zero (1), not
/// above (-1), or anywhere (0).
kernel::int128 twice_too_high(const rounding_rule& by, int side)
{
    const kernel::int128 increment = by.increment.mantissa();
    switch (by.mode) {
        case rounding::half_up:
        case rounding::half_even:
        case rounding::half_down: return increment;
        case rounding::up: return side < 0 ? 0 : 2 * increment;
        case rounding::down: return side > 0 ? 0 : 2 * increment;
        case rounding::ceiling: return 2 * increment;
        case rounding::floor:
        case rounding::exact: return 0;
    }
    return 2 * increment;
}

/// The same below, of what may lie anywhere.
kernel::int128 twice_too_low(const rounding_rule& by)
{
    rounding_rule other = by;
    if (by.mode == rounding::ceiling) other.mode = rounding::floor;
    if (by.mode == rounding::floor) other.mode = rounding::ceiling;
    return twice_too_high(other, 0);
}

}  // namespace

/// The most that a limit and its base come to where it applies, at 10^-12. That is the limit
/// itself, rounded: the same for all bases that are multiples of the increment.
kernel::int128 ceiling::sum_at_limit(std::size_t index, const line& at) const
{
    const std::int64_t increment = at.rounding.increment.mantissa();
    const std::int64_t residue = at.residue.mantissa();
    const int128 twice = 2 * int128{residue < 0 ? -residue : residue};
    const bool is_tie = at.rounding.mode == rounding::half_even &&
                        twice == int128{increment} * exact_per_amount;
    const int128 sum =
        (int128{at.base.mantissa()} + at.amount.mantissa()) * exact_per_amount;
    if (increment > increment_max) return sum + int128{2} * increment * exact_per_amount;
    if (lines_[index].is_multiple && !is_tie) return sum;
    const int side = lines_[index].part->moves == course::minimum ? 1 : -1;
    constexpr std::int64_t half = exact_per_amount / 2;
    return sum + residue + 1 + twice_too_high(at.rounding, side) * half;
}

/// Adds to the weights of the lines that `index` is over; false where they get too heavy.
bool ceiling::spread(std::size_t index, range weight, weights& to) const
{
    for (const std::size_t i : lines_[index].over) {
        to[i].low += weight.low;
        to[i].high += weight.high;
        if (to[i].low < -weight_max || to[i].high > weight_max) return false;
    }
    return true;
}

/// The most that lines 0 to `lines` and `constant` come to, each weighed: the last goes into
/// those that it is over, and so on.
std::optional<kernel::int128> ceiling::as_a_whole(std::size_t lines, weights by, int128 constant,
                                                  int corners, const bill_at& to) const
{
    while (lines > 0) {
        const std::size_t index = --lines;
        const range own = by[index];
        const line& at = to.lines[index];
        const course moves =
            lines_[index].part == nullptr ? course::steady : lines_[index].part->moves;
        const bool is_added = own.low >= 0;
        const bool has_corner = moves == course::minimum || moves == course::bank;
        const bool applies = moves == course::maximum && at.amount.is_negative();
        if (moves == course::share) {
            const int128 share = at.price.mantissa();
            const range through{floored(share < 0 ? own.high * share : own.low * share, share_unit),
                                ceiled(share < 0 ? own.low * share : own.high * share, share_unit)};
            if (!spread(index, through, by)) return std::nullopt;
            const int128 above = own.high > 0 ? own.high * twice_too_high(at.rounding, 0) : 0;
            const int128 below = own.low < 0 ? -own.low * twice_too_low(at.rounding) : 0;
            constant += (std::max(above, below) + 1) / 2;
        } else if (is_added && ((has_corner && corners > 0) || applies)) {
            std::optional<int128> other;  // where the limit does not apply, or all credit is drawn
            if (has_corner) {
                const int128 rest = moves == course::bank ? at.amount.mantissa() : 0;
                other = as_a_whole(index, by, constant + most_of(own, range{rest, rest}),
                                   --corners, to);
                if (!other) return std::nullopt;
            }
            if (!spread(index, {-own.high, -own.low}, by)) return std::nullopt;
            const int128 sum = moves == course::bank ? 0 : sum_at_limit(index, at);
            const int128 whole = floored(sum, exact_per_amount);
            const int128 rest = ceiled(own.high * (sum - whole * exact_per_amount),
                                       exact_per_amount);
            const auto here = as_a_whole(
                index, by, constant + most_of(own, range{whole, whole}) + rest, corners, to);
            return here && other ? std::max(*here, *other) : here;
        } else if (!is_added || moves != course::maximum) {
            constant += most_of(own, ranges_[index]);
        }
    }
    return constant;
}

}  // namespace wattpurse::tariff
