// SPDX-License-Identifier: Apache-2.0
#include "charges.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "scopes.hpp"

namespace wattpurse::tariff {

namespace {

constexpr std::int64_t quantity_unit = 10'000;

std::string path_of(const meter& quantities, rating& in, const charge& what)
{
    const auto version = &quantities.by() - in.by.versions.data();
    const auto index = &what - quantities.by().charges.data();
    return "/versions/" + std::to_string(version) + "/charges/" + std::to_string(index);
}

std::string id_of(const rating& in, const version_stretch& when, const charge& what,
                  const part& each)
{
    std::string out = what.line;
    const bool by_tier = what.rate.mode == rate_mode::graduated && what.rate.tiers.size() > 1;
    if (by_tier) out += '.' + name_of(what.rate, each.slot);
    if (each.band >= 0) out += '.' + in.by.bands[static_cast<std::size_t>(each.band)].name;
    if (each.is_fee) out += ".fee";
    if (when.number > 1) out += '@' + std::to_string(when.number);
    return out;
}

/// The quantity and its share, as a person would say them: 1 month, 20 of 30 days of it.
void put_quantity(line& out, const pricing& from, const part& each, const determinant& on)
{
    std::int64_t quantity = each.quantity;
    fraction part{from.share_part(), from.share_whole()};
    const std::int64_t parts = std::gcd(quantity, quantity_unit * each.whole);
    const bool is_part_of_month = on.of == source::months && each.whole != 1 && part.whole == 1 &&
                                  quantity > 0 && quantity < quantity_unit * each.whole;
    if (is_part_of_month) {
        part = {quantity / parts, quantity_unit * each.whole / parts};
        quantity = quantity_unit;
    } else {
        part.whole *= each.whole;
    }
    const std::int64_t shared = std::gcd(part.part, part.whole);
    if (shared > 1) part = {part.part / shared, part.whole / shared};
    out.quantity = scalar::of(quantity);
    out.share = part;
}

/// Whether quantity * price * share is what was charged; else the price becomes the mean.
void put_price(line& out, const part& each)
{
    out.price = unit_price::of(each.price);
    const auto plain =
        times(product(out.quantity.mantissa(), each.price), out.share.part, out.share.whole);
    const auto rest = plain ? sum(*plain, negated(each.cost)) : plain;
    if (out.quantity.is_zero() || (rest && rest->is_zero())) return;
    out.is_average = true;
    const auto per_one = times(each.cost, out.share.whole, out.share.part);
    if (!per_one) return;
    const int128 divisor = int128{out.quantity.mantissa()} * per_one->denominator;
    const bool negative = (per_one->numerator < 0) != (divisor < 0);
    const auto size = [](int128 value) {
        return static_cast<uint128>(value < 0 ? -value : value);
    };
    const uint128 top = size(per_one->numerator);
    const uint128 bottom = size(divisor);
    const auto mean =
        kernel::round_wide(top / bottom, top % bottom, bottom, negative, rounding::half_even);
    if (mean.ok) out.price = unit_price::of(mean.mantissa);
}

void put_tier(line& out, const rate_table& rate, const part& each)
{
    if (rate.tiers.size() > 1) {
        out.tier = name_of(rate, each.tier);
        const std::size_t index = each.tier;
        if (rate.tiers[index].title != title{}) out.tier_title = rate.tiers[index].title;
    }
    if (each.above) out.above = scalar::of(*each.above);
    if (each.up_to) out.up_to = scalar::of(*each.up_to);
}

}  // namespace

void price_all(pricing& into, meter& quantities, const version_stretch& when,
               const determinant& on)
{
    rating& in = quantities.in();
    for (const stretch& window : windows_of(on, in)) {
        const stretch own{std::max(window.from, when.over.from),
                          std::min(window.until, when.over.until)};
        if (is_additive(on.of) && on.of != source::months) {
            if (!own.is_empty()) into.add_difference(window, own);
            continue;
        }
        const stretch in_period{std::max(window.from, in.over.from),
                                std::min(window.until, in.over.until)};
        const stretch all{window.from, in_period.until};
        // A fee for a purchase belongs to the period of the purchase; a demand that cannot have
        // been made yet costs nothing yet.
        const bool begun_before = on.scope == scope::purchase && window.from < in.over.from;
        const bool is_measured = on.of == source::demand || on.of == source::demand_reading ||
                                 on.of == source::power_factor;
        if (begun_before || (is_measured && window.from >= in.through)) continue;
        const bool by_itself = on.of == source::months && on.proration != proration::whole;
        if (by_itself) {
            if (!own.is_empty()) into.add_whole(own, own, 1, 1);
        } else if (when.is_only) {
            into.add_whole(window, all, 1, 1);
        } else {
            into.add_whole(window, all, all_days_in(in, own),
                           std::max<std::int64_t>(1, all_days_in(in, in_period)));
        }
    }
}

void rate_charge(meter& quantities, const version_stretch& when, const charge& what,
                 std::vector<line>& into)
{
    rating& in = quantities.in();
    const std::string place = path_of(quantities, in, what);
    const determinant* const on = quantities.find(what.on);
    if (on == nullptr) return in.note(place + "/on", '"' + what.on + '"', "a determinant");
    pricing priced{quantities, what.rate, *on, place + "/rate"};
    price_all(priced, quantities, when, *on);
    const rounding_rule rule = what.rounding.value_or(quantities.by().rounding.line);
    for (const part& each : priced.parts()) {
        line out;
        const auto id = line_id::parse(id_of(in, when, what, each));
        if (!id) return in.note(place + "/line", what.line, "a line id");
        out.id = *id;
        out.rule = what.line;
        out.title = what.title;
        out.kind = each.is_fee ? line_kind::fee : line_kind::charge;
        if (!when.is_only) out.version = quantities.by().name;
        put_tier(out, what.rate, each);
        if (each.band >= 0) {
            const band& in_band = in.by.bands[static_cast<std::size_t>(each.band)];
            out.band = in_band.name;
            out.band_title = in_band.title;
        }
        out.from = when.over.from;
        out.until = std::max(when.over.from, std::min(when.over.until, in.through));
        const bool in_blocks = what.rate.mode != rate_mode::series &&
                               !what.rate.tiers[each.tier].block.is_zero();
        out.unit = each.is_fee || in_blocks ? "x" : on->unit;
        if (what.rate.mode == rate_mode::select) {
            const determinant* const by = quantities.find(what.rate.selected_by);
            if (by != nullptr) out.tier_unit = by->unit;
        }
        put_quantity(out, priced, each, *on);
        put_price(out, each);
        const auto rounded = round(each.cost, rule);
        if (!rounded) {
            quantities.trouble(place, rounded.error());
            continue;
        }
        const exact owed = what.credit ? negated(each.cost) : each.cost;
        out.amount = money{what.credit ? -*rounded : *rounded, in.by.unit};
        out.rounding = rule;
        out.residue = residue_of(owed, out.amount.amount());
        out.tags = what.tags;
        into.push_back(std::move(out));
    }
}

}  // namespace wattpurse::tariff
