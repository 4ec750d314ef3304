// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "charges.hpp"

namespace wattpurse::tariff {

namespace {

/// Money at 10^-6 times a share at 10^-8 has fourteen places, an exact amount twelve.
constexpr std::int64_t share_places = 100;
constexpr std::int64_t exact_per_amount = 1'000'000;

bool is_over(const adjustment& what, const line& each)
{
    return std::any_of(what.over.begin(), what.over.end(), [&](const std::string& tag) {
        return tag == "*" ||
               std::find(each.tags.begin(), each.tags.end(), tag) != each.tags.end();
    });
}

/// Computes one adjustment; `out` is its line in the making.
class adjuster {
public:
    adjuster(meter& quantities, const version_stretch& when, const adjustment& what,
             std::string place)
        : quantities_{quantities}, when_{when}, what_{what}, place_{std::move(place)}
    {
    }

    exact cost(std::int64_t base, line& out, std::vector<credit>& kept)
    {
        switch (what_.kind) {
            case adjustment_kind::percent: return percent(base, out);
            case adjustment_kind::minimum:
            case adjustment_kind::maximum: return limit(base, out);
            case adjustment_kind::bank: return bank(base, out, kept);
        }
        return {};
    }

private:
    exact percent(std::int64_t base, line& out)
    {
        out.kind = line_kind::percent;
        std::size_t index = 0;
        if (what_.rate.mode == rate_mode::select) {
            const measured by = quantities_.whole_value(what_.rate.selected_by);
            const auto value = round_quantity(by.total, by.whole, std::nullopt);
            if (!value) quantities_.trouble(place_ + "/rate/by", value.error());
            out.quantity = scalar::of(value.value_or(0));
            const determinant* const on = quantities_.find(what_.rate.selected_by);
            if (on != nullptr) out.unit = on->unit;
            while (index + 1 < what_.rate.tiers.size() && what_.rate.tiers[index].up_to &&
                   *what_.rate.tiers[index].up_to < out.quantity) {
                ++index;
            }
            out.tier = name_of(what_.rate, index);
            out.tier_title = what_.rate.tiers[index].title;
            if (index > 0) out.above = what_.rate.tiers[index - 1].up_to;
            out.up_to = what_.rate.tiers[index].up_to;
        }
        out.price = what_.rate.tiers[index].each;
        return {static_cast<int128>(base) * out.price.mantissa(), share_places};
    }

    exact limit(std::int64_t base, line& out)
    {
        const bool is_minimum = what_.kind == adjustment_kind::minimum;
        out.kind = is_minimum ? line_kind::minimum : line_kind::maximum;
        const determinant* const on = quantities_.find(what_.on);
        if (on == nullptr) {
            quantities_.in().note(place_ + "/on", '"' + what_.on + '"', "a determinant");
            return {};
        }
        pricing priced{quantities_, what_.rate, *on, place_ + "/rate"};
        price_all(priced, quantities_, when_, *on);
        const exact bound = priced.cost();
        out.quantity = scalar::of(priced.parts().front().quantity);
        out.unit = on->unit;
        out.price = unit_price::of(priced.parts().front().price);
        const auto rest = sum(bound, {-static_cast<int128>(base) * exact_per_amount, 1});
        if (!rest) {
            quantities_.trouble(place_, rest.error());
            return {};
        }
        const bool applies = is_minimum ? rest->numerator > 0 : rest->numerator < 0;
        return applies ? *rest : exact{};
    }

    exact bank(std::int64_t base, line& out, std::vector<credit>& kept)
    {
        out.kind = line_kind::bank;
        const rating& in = quantities_.in();
        if (what_.at_close && in.through < in.over.until) {
            kept = credits_of(in, what_.line);
            return {};
        }
        const std::int64_t left =
            settle(in, what_.line, what_.keep_months, base, kept);
        return {(static_cast<int128>(left) - base) * exact_per_amount, 1};
    }

    meter& quantities_;
    const version_stretch& when_;
    const adjustment& what_;
    std::string place_;
};

}  // namespace

void rate_adjustment(meter& quantities, const version_stretch& when, const adjustment& what,
                     std::size_t first, std::vector<line>& into, std::vector<credit>& kept)
{
    rating& in = quantities.in();
    const auto version = &quantities.by() - in.by.versions.data();
    const std::string place = "/versions/" + std::to_string(version) + "/adjustments/" +
                              std::to_string(&what - quantities.by().adjustments.data());
    // Credit is kept and drawn once a period, over the lines of all versions.
    const bool is_bank = what.kind == adjustment_kind::bank;
    if (is_bank && !when.is_last) return;
    std::int64_t base = 0;
    for (std::size_t i = is_bank ? 0 : first; i < into.size(); ++i) {
        if (!is_over(what, into[i])) continue;
        const kernel::outcome next = kernel::add(base, into[i].amount.mantissa());
        if (!next.ok) return quantities.trouble(place, next.error);
        base = next.mantissa;
    }
    line out;
    out.rule = what.line;
    const std::string id =
        when.number > 1 ? what.line + '@' + std::to_string(when.number) : what.line;
    const auto parsed = line_id::parse(id);
    if (!parsed) return in.note(place + "/line", what.line, "a line id");
    out.id = *parsed;
    out.title = what.title;
    if (!when.is_only) out.version = quantities.by().name;
    out.from = when.over.from;
    out.until = std::max(when.over.from, std::min(when.over.until, in.through));
    out.base = money{amount::of(base), in.by.unit};
    out.rounding = what.rounding.value_or(quantities.by().rounding.tax);
    if (is_bank) out.rounding = {};  // a sum of rounded lines: nothing to round
    out.tags = what.tags;
    exact cost = adjuster{quantities, when, what, place}.cost(base, out, kept);
    if (what.at_close && in.through < in.over.until) cost = {};
    const auto rounded = round(cost, out.rounding);
    if (!rounded) return quantities.trouble(place, rounded.error());
    out.amount = money{*rounded, in.by.unit};
    out.residue = residue_of(cost, *rounded);
    into.push_back(std::move(out));
}

}  // namespace wattpurse::tariff
