// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/journal.hpp>

#include <algorithm>
#include <utility>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/base/product.hpp>

namespace wattpurse::ledger {

std::string_view to_string(refusal why) noexcept
{
    switch (why) {
        case refusal::empty: return "empty";
        case refusal::unbalanced: return "unbalanced";
        case refusal::currency_mismatch: return "currency_mismatch";
        case refusal::overflow: return "overflow";
        case refusal::limit_exceeded: return "limit_exceeded";
        case refusal::duplicate_key_other_content: return "duplicate_key_other_content";
        case refusal::account_repeated: return "account_repeated";
    }
    return "unknown";
}

journal::journal(currency unit) : unit_{unit} {}

result<void> journal::restore(std::span<const account_head> heads, const block_seal& last)
{
    for (const account_head& head : heads) {
        if (head.balance.unit() != unit_) {
            return fail(errc::currency_mismatch);
        }
    }
    discard();
    accounts_.clear();
    for (const account_head& head : heads) {
        accounts_[head.account] = state{head, {}, {}};
    }
    last_ = last;
    return {};
}

result<void> journal::set_limit(const account_id& account, money overdraft)
{
    if (overdraft.unit() != unit_) {
        return fail(errc::currency_mismatch);
    }
    if (overdraft.is_negative()) {
        return fail(errc::out_of_range);
    }
    open(account).floor = -overdraft;
    return {};
}

std::optional<money> journal::floor(const account_id& account) const
{
    const auto found = accounts_.find(account);
    return found == accounts_.end() ? std::nullopt : found->second.floor;
}

money journal::balance(const account_id& account) const
{
    return head(account).balance;
}

account_head journal::head(const account_id& account) const
{
    const auto found = accounts_.find(account);
    if (found == accounts_.end()) {
        return {account, 0, money{{}, unit_}};
    }
    return found->second.current;
}

std::vector<account_head> journal::heads() const
{
    std::vector<account_head> all;
    all.reserve(accounts_.size());
    for (const auto& [account, each] : accounts_) {
        if (each.current.seq > 0) {  // a limit alone does not open an account
            all.push_back(each.current);
        }
    }
    std::sort(all.begin(), all.end(), [](const account_head& a, const account_head& b) {
        return a.account < b.account;
    });
    return all;
}

journal::state& journal::open(const account_id& account)
{
    const auto [place, fresh] = accounts_.try_emplace(account);
    if (fresh) {
        place->second.current = {account, 0, money{{}, unit_}};
    }
    return place->second;
}

std::optional<refusal> journal::check_form(const transfer& work) const
{
    if (work.key.empty() || work.legs.empty()) {
        return refusal::empty;
    }
    money_total sum{unit_};
    for (auto leg = work.legs.begin(); leg != work.legs.end(); ++leg) {
        if (leg->account.empty()) {
            return refusal::empty;
        }
        if (!sum.add(leg->amount)) {
            return refusal::currency_mismatch;
        }
        const auto same = [leg](const transfer_leg& other) {
            return other.account == leg->account;
        };
        if (std::any_of(work.legs.begin(), leg, same)) {
            return refusal::account_repeated;
        }
    }
    if (!sum.is_zero()) {
        return refusal::unbalanced;
    }
    return std::nullopt;
}

result<std::vector<account_head>, refusal> journal::heads_after(const transfer& work) const
{
    std::vector<account_head> after;
    after.reserve(work.legs.size());
    for (const transfer_leg& leg : work.legs) {
        const account_head now = head(leg.account);
        const auto balance = now.balance + leg.amount;
        if (!balance) {
            return tl::unexpected<refusal>{refusal::overflow};
        }
        const auto lowest = floor(leg.account);
        if (is_discretionary(work.kind) && leg.amount.is_negative() && lowest &&
            balance->amount() < lowest->amount()) {
            return tl::unexpected<refusal>{refusal::limit_exceeded};
        }
        after.push_back({leg.account, now.seq + 1, *balance});
    }
    return after;
}

result<void, refusal> journal::stage(const transfer& work)
{
    WATTPURSE_ASSERT(!sealed_);
    if (const auto staged_before = keys_.find(work.key); staged_before != keys_.end()) {
        const slice where = staged_before->second;
        if (same_content(work, staged().subspan(where.first, where.count))) {
            return {};
        }
        return tl::unexpected<refusal>{refusal::duplicate_key_other_content};
    }
    if (const auto fault = check_form(work)) {
        return tl::unexpected<refusal>{*fault};
    }
    const auto after = heads_after(work);
    if (!after) {
        return tl::unexpected<refusal>{after.error()};
    }
    keys_.emplace(work.key, slice{postings_.size(), work.legs.size()});
    for (std::size_t i = 0; i < work.legs.size(); ++i) {
        const account_head& head = (*after)[i];
        state& account = open(head.account);
        if (!account.before) {
            account.before = account.current;
            touched_.push_back(head.account);
        }
        account.current = head;
        postings_.push_back({head.account, head.seq, work.key, static_cast<std::uint32_t>(i),
                             work.kind, work.subject, work.effective_at, work.recorded_at,
                             work.legs[i].amount, head.balance, last_.number + 1, work.explain});
    }
    return {};
}

staged_block journal::seal(instant at)
{
    WATTPURSE_ASSERT(!postings_.empty() && !sealed_);
    sealed_ = seal_of(last_, postings_, at);
    staged_block block{{}, postings_, *sealed_};
    block.expected_heads.reserve(touched_.size());
    for (const account_id& account : touched_) {
        block.expected_heads.push_back(*accounts_.at(account).before);
    }
    return block;
}

void journal::accept()
{
    WATTPURSE_ASSERT(sealed_.has_value());
    last_ = *sealed_;
    for (const account_id& account : touched_) {
        accounts_.at(account).before.reset();
    }
    touched_.clear();
    postings_.clear();
    keys_.clear();
    sealed_.reset();
}

void journal::discard()
{
    for (const account_id& account : touched_) {
        state& each = accounts_.at(account);
        each.current = *each.before;
        each.before.reset();
    }
    touched_.clear();
    postings_.clear();
    keys_.clear();
    sealed_.reset();
}

bool journal::same_content(const transfer& asked, std::span<const posting> recorded)
{
    if (asked.legs.size() != recorded.size() || recorded.empty()) {
        return false;
    }
    for (std::size_t i = 0; i < recorded.size(); ++i) {
        const posting& row = recorded[i];
        const transfer_leg& leg = asked.legs[i];
        if (row.key != asked.key || row.leg != i || row.kind != asked.kind ||
            row.subject != asked.subject || row.effective_at != asked.effective_at ||
            row.account != leg.account || row.amount != leg.amount) {
            return false;
        }
    }
    return true;
}

}  // namespace wattpurse::ledger
