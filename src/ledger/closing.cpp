// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/closing.hpp>

#include <utility>

#include <wattpurse/base/product.hpp>

namespace wattpurse::ledger {

std::optional<transfer> closing_of(const account_head& what, account_id payments, account_id debt,
                                   std::string key, instant at)
{
    if (what.balance.is_zero()) return std::nullopt;
    const bool owes = what.balance.is_negative();
    transfer out;
    out.key = std::move(key);
    out.kind = posting_kind::closing;
    out.effective_at = at;
    out.recorded_at = at;
    out.legs = {{what.account, -what.balance}, {owes ? debt : payments, what.balance}};
    out.explain = owes ? "account closed, debt taken over" : "account closed, balance paid out";
    return out;
}

result<money> balance_as_of(std::span<const posting> postings, instant at, time_axis axis)
{
    if (postings.empty()) return fail(errc::empty);
    money_total sum{postings.front().amount.unit()};
    for (const posting& row : postings) {
        const instant when = axis == time_axis::effective ? row.effective_at : row.recorded_at;
        if (when > at) continue;
        if (auto added = sum.add(row.amount); !added) return fail(added.error());
    }
    return sum.narrow();
}

}  // namespace wattpurse::ledger
