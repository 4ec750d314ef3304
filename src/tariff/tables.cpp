// SPDX-License-Identifier: Apache-2.0
#include "tables.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include <wattpurse/base/allocate.hpp>

#include "scopes.hpp"

namespace wattpurse::tariff {

namespace {

constexpr std::int64_t no_bound = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t quantity_unit = 10'000;

bool has_fees(const rate_table& table)
{
    return std::any_of(table.tiers.begin(), table.tiers.end(),
                       [](const tier& each) { return !each.fee.is_zero(); });
}

std::size_t tier_reached(std::int64_t quantity, const std::vector<std::int64_t>& bounds)
{
    const auto found = std::lower_bound(bounds.begin(), bounds.end(), quantity);
    return std::min(static_cast<std::size_t>(found - bounds.begin()), bounds.size() - 1);
}

}  // namespace

pricing::pricing(meter& quantities, const rate_table& table, const determinant& on,
                 std::string place)
    : quantities_{quantities},
      table_{table},
      on_{on},
      place_{std::move(place)},
      by_band_{is_by_band(table)}
{
    make_parts();
}

bool pricing::is_by_tier() const noexcept
{
    return table_.mode == rate_mode::graduated && table_.tiers.size() > 1;
}

void pricing::make_parts()
{
    const std::size_t slots = is_by_tier() ? table_.tiers.size() : 1;
    for (std::size_t slot = 0; slot < slots; ++slot) {
        part next;
        next.slot = slot;
        next.tier = slot;
        if (table_.mode != rate_mode::series) {
            next.price = table_.tiers[slot].each.mantissa();
        }
        if (!by_band_) parts_.push_back(next);
        const auto& bands = quantities_.in().by.bands;
        for (std::size_t i = 0; by_band_ && i < bands.size(); ++i) {
            const auto& priced = table_.tiers[slot].bands;
            const bool known = std::any_of(
                priced.begin(), priced.end(),
                [&](const band_price& each) { return each.band == bands[i].name; });
            if (!known) continue;
            next.band = static_cast<std::int16_t>(i);
            next.price = price_of(table_.tiers[slot], i);
            parts_.push_back(next);
        }
        const bool fee = is_by_tier() ? !table_.tiers[slot].fee.is_zero() : has_fees(table_);
        if (!fee) continue;
        next.band = no_index;
        next.is_fee = true;
        next.price = table_.tiers[slot].fee.mantissa();
        parts_.push_back(next);
    }
}

std::int64_t pricing::price_of(const tier& which, std::size_t band) const
{
    const std::string& name = quantities_.in().by.bands[band].name;
    const auto found =
        std::find_if(which.bands.begin(), which.bands.end(),
                     [&](const band_price& each) { return each.band == name; });
    return found == which.bands.end() ? 0 : found->each.mantissa();
}

part& pricing::part_of(std::size_t tier, std::int16_t band, bool is_fee)
{
    const std::size_t slot = is_by_tier() ? tier : 0;
    const auto found = std::find_if(parts_.begin(), parts_.end(), [&](const part& each) {
        return each.slot == slot && each.band == band && each.is_fee == is_fee;
    });
    WATTPURSE_ASSERT(found != parts_.end());
    return *found;
}

void pricing::put(part& into, std::int64_t quantity, std::int64_t whole, exact cost)
{
    const std::int64_t common = std::lcm(into.whole, whole);
    int128 counted = int128{into.quantity} * (common / into.whole) +
                     int128{quantity} * (common / whole);
    into.whole = common;
    if (common != 1) {
        const auto shared = std::gcd(static_cast<std::int64_t>(counted % common), common);
        counted /= shared;
        into.whole /= shared;
    }
    if (counted > kernel::mantissa_max || counted < -kernel::mantissa_max) {
        return quantities_.trouble(place_, errc::overflow);
    }
    into.quantity = static_cast<std::int64_t>(counted);
    const auto shared = times(cost, share_part_, share_whole_);
    const auto total = shared ? sum(into.cost, *shared) : shared;
    if (!total) return quantities_.trouble(place_, total.error());
    into.cost = *total;
}

void pricing::add(std::size_t tier, std::int16_t band, std::int64_t quantity, std::int64_t whole,
                  std::int64_t price)
{
    part& into = part_of(tier, band, false);
    if (is_by_tier()) into.tier = tier;
    if (quantity != 0 || into.quantity == 0) into.price = price;
    exact cost = product(quantity, price);
    cost.denominator = whole;
    put(into, quantity, whole, cost);
}

void pricing::add_fee(std::size_t tier, bool negative)
{
    if (!(is_by_tier() ? !table_.tiers[tier].fee.is_zero() : has_fees(table_))) return;
    part& into = part_of(tier, no_index, true);
    if (!negative) into.tier = tier;
    const std::int64_t one = negative ? -quantity_unit : quantity_unit;
    if (!negative) into.price = table_.tiers[tier].fee.mantissa();
    put(into, one, 1, product(one, table_.tiers[tier].fee.mantissa()));
}

exact pricing::cost() const
{
    exact out;
    for (const part& each : parts_) {
        const auto next = sum(out, each.cost);
        if (!next) {
            quantities_.trouble(place_, next.error());
            return {};
        }
        out = *next;
    }
    return out;
}

/// How many blocks have begun, as a quantity; without blocks, the quantity itself.
std::int64_t pricing::in_blocks(std::int64_t quantity, std::int64_t block)
{
    if (block <= 0) return quantity;
    const int128 begun = quantity <= 0 ? 0 : (int128{quantity} - 1) / block + 1;
    if (begun * quantity_unit <= kernel::mantissa_max) {
        return static_cast<std::int64_t>(begun * quantity_unit);
    }
    quantities_.trouble(place_, errc::overflow);
    return 0;
}

std::vector<std::int64_t> pricing::bounds_in(stretch window)
{
    std::vector<std::int64_t> out;
    const bounds_rule& rule = table_.bounds;
    measured factor{quantity_unit, 1, {}};
    std::int64_t extra = 0;
    if (!rule.times.empty()) factor = quantities_.value(rule.times, window);
    if (!rule.plus.empty()) extra = quantities_.value(rule.plus, window).total;
    for (std::size_t i = 0; i < table_.tiers.size(); ++i) {
        const auto& up_to = table_.tiers[i].up_to;
        if (!up_to) {
            out.push_back(no_bound);
            continue;
        }
        const int128 bound = (int128{up_to->mantissa()} + extra) * factor.total;
        const auto rounded =
            round_quantity(bound, int128{quantity_unit} * factor.whole, rule.rounding);
        if (!rounded) quantities_.trouble(place_ + "/bounds", rounded.error());
        const std::int64_t before = out.empty() ? 0 : out.back();
        out.push_back(std::max(before, rounded.value_or(0)));
    }
    for (part& each : parts_) {
        if (!is_by_tier() || each.is_fee) continue;
        if (each.slot > 0) each.above = out[each.slot - 1];
        if (out[each.slot] != no_bound) each.up_to = out[each.slot];
    }
    return out;
}

void pricing::add_difference(stretch window, stretch part)
{
    const instant end = std::min(part.until, quantities_.in().through);
    part.until = std::max(part.from, end);
    if (part.is_empty()) return;
    if (table_.mode == rate_mode::series) return add_series(part);
    const std::vector<std::int64_t> bounds = bounds_in(window);
    if (by_band_ && table_.split == band_split::chronological) {
        return price_in_time(window, part, bounds);
    }
    const bool is_known = window.from <= quantities_.in().over.from && has_opening();
    price(quantities_.value(on_, {window.from, part.until}, by_band_), bounds, false);
    if (window.from >= part.from && !is_known) return;
    price(quantities_.value(on_, {window.from, part.from}, by_band_), bounds, true);
}

bool pricing::has_opening() const
{
    const measured before = quantities_.opening(on_, by_band_);
    const std::int64_t divided = std::accumulate(before.bands.begin(), before.bands.end(),
                                                 std::int64_t{0});
    if (by_band_ && divided != before.total) {
        // One price a band does not ask where the tiers stand.
        const bool matters = divided != 0 || !on_.steps.empty() || table_.mode != rate_mode::flat;
        if (!matters) return false;
        quantities_.in().note("/openings", "without bands",
                              "what each band of " + on_.name + " had counted");
    }
    return !before.is_zero();
}

void pricing::add_whole(stretch window, stretch measured, std::int64_t part, std::int64_t whole)
{
    share_part_ = part;
    share_whole_ = whole;
    price(quantities_.value(on_, measured, by_band_), bounds_in(window), false);
}

void pricing::price(const measured& value, const std::vector<std::int64_t>& bounds, bool negative)
{
    if (table_.mode == rate_mode::graduated) return price_graduated(value, bounds, negative);
    std::int64_t reached_by = value.total;
    if (table_.mode == rate_mode::select) {
        const measured other = quantities_.whole_value(table_.selected_by);
        const auto exact_value = round_quantity(other.total, other.whole, std::nullopt);
        if (!exact_value) quantities_.trouble(place_ + "/by", exact_value.error());
        reached_by = exact_value.value_or(0);
    }
    price_reached(value, reached_by, bounds, negative);
}

void pricing::price_graduated(const measured& value, const std::vector<std::int64_t>& bounds,
                              bool negative)
{
    if (value.whole != 1) return quantities_.trouble(place_, errc::inexact);
    std::vector<std::int64_t> left = value.bands;
    std::int64_t from = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        std::int64_t inside = std::max<std::int64_t>(0, std::min(value.total, bounds[i]) - from);
        if (i == 0 && value.total < 0) inside = value.total;
        add_tier(i, inside, left, negative);
        if (i == 0 || value.total > from) add_fee(i, negative);
        from = bounds[i];
    }
}

/// Puts `quantity` of a tier into its line, or its lines by band; `left` is what the bands still
/// hold.
void pricing::add_tier(std::size_t tier, std::int64_t quantity, std::vector<std::int64_t>& left,
                       bool negative)
{
    const auto& prices = table_.tiers[tier];
    if (!by_band_) {
        quantity = in_blocks(quantity, prices.block.mantissa());
        return add(tier, no_index, negative ? -quantity : quantity, 1, prices.each.mantissa());
    }
    std::vector<std::int64_t> parts = left;
    const bool all = quantity == std::accumulate(left.begin(), left.end(), std::int64_t{0});
    if (!all && !allocate(quantity, left, parts)) {
        return quantities_.trouble(place_, errc::out_of_range);
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        left[i] -= parts[i];
        if (parts[i] == 0) continue;
        add(tier, static_cast<std::int16_t>(i), negative ? -parts[i] : parts[i], 1,
            price_of(prices, i));
    }
}

void pricing::price_reached(const measured& value, std::int64_t reached_by,
                            const std::vector<std::int64_t>& bounds, bool negative)
{
    const std::size_t reached = tier_reached(reached_by, bounds);
    if (negative) {  // what was used before has reached another tier: lines show this one
        const std::vector<part> shown = parts_;
        add_reached(value, reached, negative);
        for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i].price = shown[i].price;
        return;
    }
    for (part& each : parts_) {
        each.tier = reached;
        each.above = reached > 0 ? std::optional{bounds[reached - 1]} : std::nullopt;
        each.up_to = bounds[reached] != no_bound ? std::optional{bounds[reached]} : std::nullopt;
    }
    add_reached(value, reached, negative);
}

void pricing::add_reached(const measured& value, std::size_t reached, bool negative)
{
    const tier& prices = table_.tiers[reached];
    add_fee(reached, negative);
    if (!by_band_) {
        const std::int64_t quantity = in_blocks(value.total, prices.block.mantissa());
        return add(reached, no_index, negative ? -quantity : quantity, value.whole,
                   prices.each.mantissa());
    }
    for (std::size_t i = 0; i < value.bands.size(); ++i) {
        if (value.bands[i] == 0) continue;
        add(reached, static_cast<std::int16_t>(i), negative ? -value.bands[i] : value.bands[i],
            1, price_of(prices, i));
    }
}

/// Tiers fill in the order of time: what was used before tells where this part begins.
void pricing::price_in_time(stretch window, stretch part, const std::vector<std::int64_t>& bounds)
{
    std::int64_t position = quantities_.value(on_, {window.from, part.from}).total;
    const std::int64_t began_at = position;
    const bool is_first = window.from >= part.from && position == 0;
    const auto pieces = quantities_.segments_in(part);
    std::vector<std::int64_t> group(quantities_.in().by.bands.size());
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const segment& piece = pieces[i];
        if (quantities_.passes(on_, piece) && piece.band >= 0) {
            group[static_cast<std::size_t>(piece.band)] += piece.quantity;
        }
        const bool last = i + 1 == pieces.size() || pieces[i + 1].from != piece.from ||
                          pieces[i + 1].until != piece.until;
        if (last) fill(group, position, bounds, piece);
    }
    std::int64_t from = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        const bool is_new = i == 0 ? is_first : began_at <= from && position > from;
        if (is_new) add_fee(i, false);
        from = bounds[i];
    }
}

/// Fills tiers with the bands of one interval, and empties the group.
void pricing::fill(std::vector<std::int64_t>& group, std::int64_t& position,
                   const std::vector<std::int64_t>& bounds, const segment& last)
{
    std::int64_t total = std::accumulate(group.begin(), group.end(), std::int64_t{0});
    const auto bands = std::count_if(group.begin(), group.end(),
                                     [](std::int64_t each) { return each != 0; });
    rating& in = quantities_.in();
    while (total > 0) {
        const auto next = std::upper_bound(bounds.begin(), bounds.end(), position);
        const auto tier = std::min(static_cast<std::size_t>(next - bounds.begin()),
                                   bounds.size() - 1);
        const std::int64_t taken = std::min(total, bounds[tier] - position);
        if (taken < total && bands > 1 && quantities_.by().split == interval_split::refuse) {
            in.note("/rows/" + std::to_string(last.row),
                    in.shown(last.from) + " to " + in.shown(last.until),
                    "one band in an interval in which a tier ends (or interval_split pro_rata)");
        }
        add_tier(tier, taken, group, false);
        position += taken;
        total -= taken;
    }
    std::fill(group.begin(), group.end(), 0);
}

}  // namespace wattpurse::tariff
