// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include <wattpurse/base/decimal_text.hpp>

#include "tables.hpp"

/// Prices by the interval: half-hourly, hourly, quarter-hourly.
namespace wattpurse::tariff {

namespace {

/// A factor's 10^8.
constexpr std::int64_t factor_unit = 100'000'000;
/// A price at 10^-8 over an increment at 10^-6.
constexpr std::int64_t price_per_increment = 100;

/// numerator / denominator (10^-8), rounded by a rule in money; without one it must be whole.
result<std::int64_t> round_price(int128 numerator, int128 denominator,
                                 const std::optional<rounding_rule>& by)
{
    // As a quantity with an increment a hundred times as large: both are counted in steps.
    if (!by) return round_quantity(numerator, denominator, std::nullopt);
    const std::int64_t increment = by->increment.mantissa() * price_per_increment;
    const bool negative = numerator < 0;
    const auto size = static_cast<uint128>(negative ? -numerator : numerator);
    const uint128 divisor = static_cast<uint128>(denominator) * static_cast<uint128>(increment);
    const auto steps =
        kernel::round_wide(size / divisor, size % divisor, divisor, negative, by->mode);
    if (!steps.ok) return fail(steps.error);
    std::int64_t out = 0;
    if (__builtin_mul_overflow(steps.mantissa, increment, &out)) return fail(errc::overflow);
    return out;
}

}  // namespace

void pricing::add_series(stretch over)
{
    rating& in = quantities_.in();
    const auto found =
        std::find_if(in.used.prices.begin(), in.used.prices.end(),
                     [&](const price_series& each) { return each.name == table_.series; });
    if (found == in.used.prices.end() || found->step <= duration::zero()) {
        in.note("/prices", '"' + table_.series + '"', "a series of prices of that name");
        return;
    }
    for (const segment& piece : quantities_.segments_in(over)) {
        if (!quantities_.passes(on_, piece)) continue;
        price_piece(piece, *found, part_of(0, no_index, false));
    }
}

/// A piece that reaches over several prices is spread evenly over its time, as an exact fraction.
void pricing::price_piece(const segment& piece, const price_series& series, part& into)
{
    const civil_zone& zone = quantities_.in().by.zone;
    const bool settles = table_.settlement_minutes > 0;
    const duration length =
        settles ? duration{std::chrono::minutes{table_.settlement_minutes}} : series.step;
    const std::int64_t whole = (piece.until - piece.from).count();
    // What takes no time, a purchase, has the price of its moment.
    for (instant at = piece.from; at < piece.until || (whole == 0 && at == piece.from);) {
        const instant origin = settles ? zone.start_of(zone.day_at(at)) : series.from;
        auto passed = (at - origin) % length;
        if (passed < duration::zero()) passed += length;
        const stretch priced{at - passed, at - passed + length};
        const instant end = whole == 0 ? at + duration{1} : std::min(piece.until, priced.until);
        const auto price = settled(series, priced);
        if (!price) return;
        const auto all = product(piece.quantity, *price);
        const auto cost = whole == 0 ? result<exact>{all} : times(all, (end - at).count(), whole);
        if (!cost) return quantities_.trouble(place_, cost.error());
        into.price = *price;
        put(into, 0, 1, *cost);
        at = end;
    }
    put(into, piece.quantity, 1, exact{});
}

/// The price of a settlement interval: the mean of the series, times the factor, plus the adder.
std::optional<std::int64_t> pricing::settled(const price_series& series, stretch over)
{
    int128 weighted = 0;
    for (instant at = over.from; at < over.until;) {
        const auto index = (at - series.from) / series.step;
        const bool known = at >= series.from &&
                           static_cast<std::size_t>(index) < series.prices.size();
        if (!known) {
            quantities_.in().note("/prices/" + series.name, "(missing)",
                                  "a price at " + quantities_.in().shown(at));
            return std::nullopt;
        }
        const instant end = std::min(over.until, series.from + (index + 1) * series.step);
        weighted += int128{series.prices[static_cast<std::size_t>(index)].mantissa()} *
                    (end - at).count();
        at = end;
    }
    const int128 numerator = weighted * table_.factor.mantissa();
    const int128 denominator = int128{(over.until - over.from).count()} * factor_unit;
    const auto mean = round_price(numerator, denominator, table_.price_rounding);
    if (!mean) {
        quantities_.trouble(place_ + "/round", mean.error());
        return std::nullopt;
    }
    const kernel::outcome price = kernel::add(*mean, table_.adder.mantissa());
    if (!price.ok) {
        quantities_.trouble(place_, price.error);
        return std::nullopt;
    }
    return price.mantissa;
}

}  // namespace wattpurse::tariff
