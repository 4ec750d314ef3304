// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include <wattpurse/tariff/rate.hpp>

namespace wattpurse::tariff {

result<bill_totals> close(const tariff& by, const period& over, rated& what)
{
    // The version at the end of the period says how its bill is rounded.
    const civil_day last = by.zone.day_at(over.until - duration{1});
    const rounding_rules& rules = by.versions[version_at(by, last)].rounding;
    if (what.sum.unit() != by.unit) return fail(errc::currency_mismatch);
    bill_totals out;
    const auto total = round(what.sum.amount(), rules.bill);
    if (!total) return fail(total.error());
    out.total = money{*total, by.unit};
    const auto residue = out.total - what.sum;
    if (!residue) return fail(residue.error());
    out.residue = *residue;
    if (rules.residue == residue_policy::last_line && !what.lines.empty()) {
        line& taker = what.lines.back();
        const auto taken = taker.amount + *residue;
        const auto rest = taker.residue - rescale<12>(residue->amount(), rounding::exact)
                                              .value_or(decimal<12>{});
        if (!taken) return fail(taken.error());
        taker.amount = *taken;
        taker.residue = rest.value_or(decimal<12>{});
        what.sum = out.total;
        out.residue = money{{}, by.unit};
    }
    out.charged = what.sum;
    if (rules.cash) {
        const auto cash = round(*total, *rules.cash);
        if (!cash) return fail(cash.error());
        out.cash = money{*cash, by.unit};
    }
    return out;
}

result<std::vector<deduction>> difference(const std::vector<line>& now,
                                          const std::vector<booked_amount>& booked, currency unit)
{
    std::vector<deduction> out;
    std::set<std::string_view> seen;
    const auto add = [&](const line_id& id, money costs, money posted) -> result<void> {
        const auto owed = costs - posted;
        if (!owed) return fail(owed.error());
        if (!owed->is_zero()) out.push_back({id, *owed, costs, posted});
        return {};
    };
    const money nothing{{}, unit};
    for (const line& each : now) {
        seen.insert(each.id.view());
        const auto before =
            std::find_if(booked.begin(), booked.end(),
                         [&](const booked_amount& known) { return known.line == each.id; });
        const auto added =
            add(each.id, each.amount, before == booked.end() ? nothing : before->amount);
        if (!added) return fail(added.error());
    }
    for (const booked_amount& each : booked) {
        if (seen.count(each.line.view()) != 0) continue;
        const auto added = add(each.line, nothing, each.amount);
        if (!added) return fail(added.error());
    }
    return out;
}

}  // namespace wattpurse::tariff
