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
    const auto known = row.link.empty() ? number_of_.end() : number_of_.find(row.link);
    if (known != number_of_.end()) {
        const std::uint64_t item = known->second;
        number_of_.insert_or_assign(row.key, item);
        const auto begun = open_.try_emplace(item, open_item{row.link, money{{}, row.amount.unit()},
                                                             row.recorded_at, row.explain});
        static_cast<void>(begun);  // it may have been cleared before, and is open again
        return change(item, row.amount);
    }
    number_of_.insert_or_assign(row.key, number);
    money left = row.amount;
    for (auto at = open_.begin(); at != open_.end() && !left.is_zero();) {
        open_item& oldest = at->second;
        if (oldest.amount.is_negative() == left.is_negative()) {
            ++at;
            continue;
        }
        const auto both = oldest.amount + left;
        if (!both) return fail(both.error());
        const bool is_cleared = both->is_zero() || both->is_negative() == left.is_negative();
        if (is_cleared) {
            left = *both;
            at = open_.erase(at);
        } else {
            oldest.amount = *both;
            left = money{{}, left.unit()};
        }
    }
    if (!left.is_zero()) {
        open_.emplace(number, open_item{row.key, left, row.recorded_at, row.explain});
    }
    return {};
}

result<void> open_items::change(std::uint64_t number, money by)
{
    open_item& item = open_.at(number);
    const auto sum = item.amount + by;
    if (!sum) return fail(sum.error());
    item.amount = *sum;
    if (item.amount.is_zero()) open_.erase(number);
    return {};
}

std::vector<open_item> open_items::all() const
{
    std::vector<open_item> out;
    out.reserve(open_.size());
    for (const auto& [number, item] : open_) out.push_back(item);
    return out;
}

}  // namespace wattpurse::ledger
