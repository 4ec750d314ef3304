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

/// No more of each leg than `most` has, in the same direction. None at all where that would take
/// parts of a transfer of many legs.
[[nodiscard]] legs bounded(const legs& all, const legs& most)
{
    legs out;
    for (const transfer_leg& leg : all) {
        const auto found = std::find_if(most.begin(), most.end(), [&](const transfer_leg& each) {
            return each.account == leg.account;
        });
        if (found == most.end() || found->amount.unit() != leg.amount.unit() ||
            found->amount.is_negative() != leg.amount.is_negative()) {
            return {};
        }
        const bool is_less = leg.amount.is_negative()
                                 ? found->amount.mantissa() > leg.amount.mantissa()
                                 : found->amount.mantissa() < leg.amount.mantissa();
        if (is_less && all.size() != 2) return {};
        out.push_back({leg.account, is_less ? found->amount : leg.amount});
    }
    return out;
}

/// What can be taken back at all: a reservation is ended by settling or releasing it, once.
[[nodiscard]] bool is_reversible(posting_kind kind)
{
    return kind != posting_kind::reserve && kind != posting_kind::settle &&
           kind != posting_kind::release;
}

/// Taking back the reversal of a reversal takes from the first transfer once more: it, and what
/// stands above it in turn, must still have so much.
[[nodiscard]] result<legs, std::string> bounded_above(legs out, posting first,
                                                      const find_postings& transfer_of,
                                                      const find_postings& linked_to)
{
    for (int depth = 0; depth < depth_max && first.kind == posting_kind::reversal; ++depth) {
        const auto above = transfer_of(first.link);
        if (!above) return tl::unexpected<std::string>{above.error()};
        if (above->empty() || above->front().kind != posting_kind::reversal) break;
        const std::string root = above->front().link;
        const auto rows = transfer_of(root);
        if (!rows) return tl::unexpected<std::string>{rows.error()};
        if (rows->empty()) break;
        auto left = reckoner{transfer_of, linked_to}.left_of(root, 0);
        if (!left) return left;
        out = bounded(out, *left);
        first = rows->front();
    }
    return out;
}

}  // namespace

result<std::vector<transfer_leg>, std::string> what_is_left(std::string_view key,
                                                            const find_postings& transfer_of,
                                                            const find_postings& linked_to)
{
    const auto own = transfer_of(key);
    if (own && !own->empty() && !is_reversible(own->front().kind)) return legs{};
    auto out = reckoner{transfer_of, linked_to}.left_of(key, 0);
    const auto drop_zeros = [&out] {
        std::erase_if(*out, [](const transfer_leg& leg) { return leg.amount.is_zero(); });
    };
    if (!out) return out;
    drop_zeros();
    out = bounded_above(std::move(*out), own->front(), transfer_of, linked_to);
    if (out) drop_zeros();
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
