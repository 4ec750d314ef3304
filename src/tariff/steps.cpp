// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "measure.hpp"
#include "scopes.hpp"

/// What is done to a quantity after it was measured.
namespace wattpurse::tariff {

namespace {

/// 10^8 of a constant over 10^4 of a quantity.
constexpr std::int64_t constant_per_quantity = 10'000;
constexpr std::int64_t quantity_unit = 10'000;
/// 10^6 of a credit over 10^4 of a quantity.
constexpr std::int64_t credit_per_quantity = 100;

/// Draws on credits, oldest first; gives what is left of `wanted`.
std::int64_t draw(std::vector<credit>& from, std::int64_t wanted)
{
    std::stable_sort(from.begin(), from.end(),
                     [](const credit& a, const credit& b) { return a.earned < b.earned; });
    for (credit& each : from) {
        const std::int64_t taken = std::min(wanted, each.quantity.mantissa());
        wanted -= taken;
        each.quantity = amount::of(each.quantity.mantissa() - taken);
    }
    std::erase_if(from, [](const credit& each) { return each.quantity.is_zero(); });
    return wanted;
}

}  // namespace

std::vector<credit> credits_of(const rating& in, const std::string& name)
{
    std::vector<credit> out;
    const civil_day today = in.by.zone.day_at(in.over.from);
    for (const credit& each : in.used.credits) {
        const bool worth = each.of == name && each.expires > today && !each.quantity.is_zero();
        if (worth) out.push_back(each);
    }
    return out;
}

std::int64_t settle(const rating& in, const std::string& name, int keep_months,
                    std::int64_t owed, std::vector<credit>& kept)
{
    kept = credits_of(in, name);
    if (owed >= 0) return draw(kept, owed);
    const civil_day earned = in.by.zone.day_at(in.over.from);
    kept.push_back({name, earned, month_start(earned, keep_months), amount::of(-owed)});
    return 0;
}

void meter::apply(const step& each, const determinant& what, stretch over, measured& value)
{
    const std::size_t index = static_cast<std::size_t>(&each - what.steps.data());
    const std::string place = place_of(what) + "/steps/" + std::to_string(index);
    if (each.does == step::kind::round) {
        const auto rounded = round_quantity(value.total, value.whole, each.rounding);
        if (!rounded) trouble(place, rounded.error());
        value.total = rounded.value_or(0);
        value.whole = 1;
        return;
    }
    if (value.whole != 1) {
        const auto whole = round_quantity(value.total, value.whole, std::nullopt);
        if (!whole) trouble(place_of(what) + "/round", whole.error());
        value.total = whole.value_or(0);
        value.whole = 1;
    }
    const auto next = stepped(each, what, over, value.total);
    if (!next) trouble(place, next.error());
    value.total = next.value_or(0);
}

result<std::int64_t> meter::stepped(const step& each, const determinant& what, stretch over,
                                    std::int64_t value)
{
    using kind = step::kind;
    if (each.does == kind::bank) return banked(what, each, over, value);
    // A constant has eight places, a determinant four; past values are of the determinant.
    int128 numerator = each.with.value.mantissa();
    int128 denominator = constant_per_quantity;
    if (!each.with.determinant.empty()) {
        const measured other = this->value(each.with.determinant, over);
        numerator = other.total;
        denominator = other.whole;
    }
    if (each.does == kind::scale || each.does == kind::ratchet) {
        const std::int64_t factor = each.does == kind::scale ? value : past_peak(what, each);
        numerator *= factor;
        denominator *= quantity_unit;
    }
    // The operand is numerator / denominator; the result too, and is rounded once.
    const int128 same = int128{value} * denominator;
    switch (each.does) {
        case kind::add: numerator = same + numerator; break;
        case kind::subtract: numerator = same - numerator; break;
        case kind::ratchet:
        case kind::at_least: numerator = std::max(same, numerator); break;
        case kind::at_most: numerator = std::min(same, numerator); break;
        case kind::only_if: {
            const int128 limit = int128{each.limit.value_or(scalar{}).mantissa()} * denominator;
            return numerator <= limit ? value : 0;
        }
        default: break;
    }
    return round_quantity(numerator, denominator, each.rounding);
}

std::int64_t meter::banked(const determinant& what, const step& each, stretch over,
                           std::int64_t value)
{
    std::int64_t owed = 0;
    if (__builtin_mul_overflow(value, credit_per_quantity, &owed)) {
        trouble(place_of(what), errc::overflow);
        return 0;
    }
    std::vector<credit> kept;
    const std::int64_t left = settle(in_, what.name, each.back_months, owed, kept);
    if (over.from == in_.over.from) banks_[what.name] = std::move(kept);
    return left / credit_per_quantity;
}

std::int64_t meter::past_peak(const determinant& what, const step& each) const
{
    const civil_day current = month_start(in_.by.zone.day_at(in_.over.from));
    const civil_day oldest = month_start(current, -each.back_months);
    std::int64_t peak = 0;
    for (const past_value& known : in_.used.past) {
        const std::chrono::year_month_day date{known.month};
        const auto number = static_cast<std::uint8_t>(static_cast<unsigned>(date.month()));
        const bool asked = each.months.empty() || std::find(each.months.begin(),
                                                            each.months.end(),
                                                            number) != each.months.end();
        if (known.determinant != what.name || !asked || known.month < oldest ||
            known.month >= current) {
            continue;
        }
        peak = std::max(peak, known.value.mantissa());
    }
    return peak;
}

std::vector<past_value> meter::past()
{
    std::vector<past_value> out;
    const civil_day month = month_start(in_.by.zone.day_at(in_.over.from));
    for (const determinant& each : by_.determinants) {
        if (each.of != source::demand && each.of != source::demand_reading) continue;
        std::int64_t found = 0;
        for (const stretch& window : windows_of(each, in_)) {
            const known_value& here = known(each, window, false);
            found = std::max(found, here.before_ratchet.value_or(here.value.total));
        }
        out.push_back({each.name, month, scalar::of(found)});
    }
    return out;
}

}  // namespace wattpurse::tariff
