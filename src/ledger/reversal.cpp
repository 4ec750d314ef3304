// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/reversal.hpp>

#include <algorithm>
#include <utility>

namespace wattpurse::ledger {

namespace {

/// A reversal of a reversal of a reversal ...: more are a mistake, or an attack.
constexpr int depth_max = 32;

using legs = std::vector<transfer_leg>;

/// Adds legs of another transfer, account by account. An error where they do not fit.
result<void, std::string> add(legs& to, const legs& more)
{
    for (const transfer_leg& leg : more) {
        const auto known = std::find_if(to.begin(), to.end(), [&](const transfer_leg& each) {
            return each.account == leg.account;
        });
        if (known == to.end()) {
            to.push_back(leg);
            continue;
        }
        const auto sum = known->amount + leg.amount;
        if (!sum) {
            return tl::unexpected<std::string>{"account " + std::string{leg.account.view()} + ": " +
                                               std::string{to_string(sum.error())}};
        }
        known->amount = *sum;
    }
    return {};
}

class reckoner {
public:
    reckoner(const find_postings& transfer_of, const find_postings& linked_to)
        : transfer_of_{transfer_of}, linked_to_{linked_to}
    {
    }

    result<legs, std::string> left_of(std::string_view key, int depth)
    {
        if (depth > depth_max) {
            return tl::unexpected<std::string>{"'" + std::string{key} + "' is reversed " +
                                               std::to_string(depth_max) + " times in turn"};
        }
        auto own = transfer_of_(key);
        if (!own) return tl::unexpected<std::string>{std::move(own.error())};
        if (own->empty()) {
            return tl::unexpected<std::string>{"'" + std::string{key} + "' is not in the books"};
        }
        legs out;
        for (const posting& row : *own) out.push_back({row.account, row.amount});
        auto later = linked_to_(key);
        if (!later) return tl::unexpected<std::string>{std::move(later.error())};
        std::vector<std::string> reversals;
        for (const posting& row : *later) {
            const bool is_new = std::find(reversals.begin(), reversals.end(), row.key) ==
                                reversals.end();
            if (row.kind == posting_kind::reversal && is_new) reversals.push_back(row.key);
        }
        for (const std::string& each : reversals) {
            const auto rest = left_of(each, depth + 1);
            if (!rest) return rest;
            if (auto added = add(out, *rest); !added) {
                return tl::unexpected<std::string>{std::move(added.error())};
            }
        }
        return out;
    }

private:
    const find_postings& transfer_of_;
    const find_postings& linked_to_;
};

}  // namespace

result<std::vector<transfer_leg>, std::string> what_is_left(std::string_view key,
                                                            const find_postings& transfer_of,
                                                            const find_postings& linked_to)
{
    auto out = reckoner{transfer_of, linked_to}.left_of(key, 0);
    if (out) std::erase_if(*out, [](const transfer_leg& leg) { return leg.amount.is_zero(); });
    return out;
}

transfer reversal_of(std::string_view link, std::span<const transfer_leg> left, std::string key,
                     instant effective_at, instant recorded_at)
{
    transfer out;
    out.key = std::move(key);
    out.kind = posting_kind::reversal;
    out.link = link;
    out.effective_at = effective_at;
    out.recorded_at = recorded_at;
    for (const transfer_leg& leg : left) out.legs.push_back({leg.account, -leg.amount});
    out.explain = "takes back " + std::string{link};
    return out;
}

}  // namespace wattpurse::ledger
