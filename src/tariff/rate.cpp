// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/rate.hpp>

#include <algorithm>
#include <cstddef>

#include <wattpurse/base/product.hpp>
#include <wattpurse/tariff/explain.hpp>

namespace wattpurse::tariff {

namespace {

/// Energy in a register of which the tariff knows nothing must not vanish.
result<void> all_registers_known(const tariff& by, const period_usage& used)
{
    for (std::size_t i = 0; i < tariff_count; ++i) {
        if (used.tariff[i].is_negative()) return fail(errc::out_of_range);
        const bool known = std::any_of(by.bands.begin(), by.bands.end(),
                                       [i](const band& each) { return each.register_index == i; });
        if (!known && !used.tariff[i].is_zero()) return fail(errc::not_found);
    }
    return {};
}

result<charge_line> rate_tier(const tariff& by, const charge& which, std::size_t index,
                              energy quantity)
{
    charge_line out;
    const auto id = line_id::parse(line_of(which, index));
    if (!id) return fail(id.error());
    out.line = *id;
    out.quantity = part_in(which.rate, index, quantity);
    out.unit_price = which.rate.tiers[index].each;
    const exact_charge exact = out.quantity * out.unit_price;
    const auto amount = exact.round(by.unit, by.rounding.line.mode);
    if (!amount) return fail(amount.error());
    out.amount = *amount;
    out.explain = explain(title_of(which, index), out.quantity, out.unit_price, out.amount);
    return out;
}

}  // namespace

result<std::vector<charge_line>> rate(const tariff& by, const period_usage& used)
{
    if (const auto known = all_registers_known(by, used); !known) return fail(known.error());
    std::vector<charge_line> lines;
    for (const charge& which : by.charges) {
        const auto quantity = measure(which.on, by.bands, used);
        if (!quantity) return fail(quantity.error());
        for (std::size_t i = 0; i < which.rate.tiers.size(); ++i) {
            auto line = rate_tier(by, which, i, *quantity);
            if (!line) return fail(line.error());
            lines.push_back(std::move(*line));
        }
    }
    return lines;
}

result<money> sum_of(const tariff& by, const std::vector<charge_line>& lines)
{
    money sum{{}, by.unit};
    for (const charge_line& each : lines) {
        const auto next = sum + each.amount;
        if (!next) return fail(next.error());
        sum = *next;
    }
    return sum;
}

result<money> bill_total(const tariff& by, money charged)
{
    if (charged.unit() != by.unit) return fail(errc::currency_mismatch);
    return round_to(charged, by.rounding.bill.places, by.rounding.bill.mode);
}

}  // namespace wattpurse::tariff
