// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/open_items.hpp>

namespace wattpurse::ledger {

result<void> open_items::add(std::span<const posting> postings)
{
    for (const posting& row : postings) {
        if (const auto added = add(row); !added) return added;
    }
    return {};
}

result<void> open_items::add(const posting& row)
{
    const std::uint64_t number = ++count_;
    const auto known = row.link.empty() ? items_.end() : items_.find(row.link);
    if (known != items_.end()) {
        const begun item = known->second;
        items_.insert_or_assign(row.key, item);
        return change(item, row.amount);
    }
    begun self{number, row.key, row.recorded_at, row.explain};
    items_.insert_or_assign(row.key, self);
    money left = row.amount;
    auto& others = left.is_negative() ? above_ : below_;
    while (!others.empty() && !left.is_zero()) {
        const auto oldest = others.begin();
        const auto both = oldest->second.amount + left;
        if (!both) return fail(both.error());
        if (!both->is_zero() && both->is_negative() != left.is_negative()) {
            oldest->second.amount = *both;
            return {};
        }
        left = *both;
        others.erase(oldest);
    }
    return left.is_zero() ? result<void>{} : change(self, left);
}

/// Adds to an item, wherever it stands; one that was cleared before is open again.
result<void> open_items::change(const begun& of, money by)
{
    money sum = by;
    for (auto* const side : {&above_, &below_}) {
        const auto open = side->find(of.number);
        if (open == side->end()) continue;
        const auto both = open->second.amount + by;
        if (!both) return fail(both.error());
        sum = *both;
        side->erase(open);
    }
    if (!sum.is_zero()) {
        (sum.is_negative() ? below_ : above_)
            .emplace(of.number, open_item{of.key, sum, of.since, of.explain});
    }
    return {};
}

std::vector<open_item> open_items::all() const
{
    std::map<std::uint64_t, const open_item*> both;
    for (const auto* const side : {&above_, &below_}) {
        for (const auto& [number, item] : *side) both.emplace(number, &item);
    }
    std::vector<open_item> out;
    out.reserve(both.size());
    for (const auto& [number, item] : both) out.push_back(*item);
    return out;
}

}  // namespace wattpurse::ledger
