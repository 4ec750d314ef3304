// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/ledger/audit.hpp>

#include <algorithm>
#include <optional>
#include <set>

#include <wattpurse/ledger/journal.hpp>

namespace wattpurse::ledger {
namespace {

/// Only the first fault of an invariant is kept: what follows it is mostly its consequence.
void found(invariant& broken, std::string fault)
{
    if (broken.holds) {
        broken.holds = false;
        broken.fault = std::move(fault);
    }
}

[[nodiscard]] std::string place_of(const posting& row)
{
    return "account " + std::string{row.account.view()} + ", posting " +
           std::to_string(row.account_seq) + " (key " + row.key + ", leg " +
           std::to_string(row.leg) + ", block " + std::to_string(row.block) + ")";
}

}  // namespace

auditor::auditor(std::span<const account_floor> floors, std::span<const block_seal> known,
                 std::span<const account_terms> terms)
{
    for (const account_terms& each : terms) terms_[each.account].insert_or_assign(each.from, each);
    for (const block_seal& each : known) known_.insert_or_assign(each.number, each.value);
    for (const account_floor& each : floors) {
        floors_.insert_or_assign(each.account, each.floor);
    }
}

void auditor::block(const block_seal& seal, std::span<const posting> postings)
{
    ++report_.blocks;
    report_.postings += postings.size();
    if (const auto sealed = verify(postings, last_, seal); !sealed) {
        found(report_.chain, sealed.error());
    }
    const auto kept = known_.find(seal.number);
    if (kept != known_.end()) {
        if (kept->second != seal.value) {
            found(report_.chain, "block " + std::to_string(seal.number) +
                                     " is not the one whose seal was kept: the chain was rebuilt");
        }
        known_.erase(kept);
    }
    last_ = seal;
    reserved_.add(postings);
    transfer_sums(seal, postings);
    for (const posting& row : postings) {
        one(row);
    }
}

void auditor::astray(std::span<const posting> postings)
{
    if (postings.empty()) return;
    found(report_.chain, "block " + std::to_string(postings.front().block) +
                             " has a posting where it has none: " + place_of(postings.front()));
}

/// A transfer's legs stand side by side; where they do not, something has been altered.
void auditor::transfer_sums(const block_seal& seal, std::span<const posting> postings)
{
    for (std::size_t i = 0; i < postings.size();) {
        const posting& first = postings[i];
        money_total sum{first.amount.unit()};
        std::size_t past = i;
        for (; past < postings.size() && (past == i || postings[past].leg != 0); ++past) {
            const posting& row = postings[past];
            if (row.key != first.key || !sum.add(row.amount)) {  // or of several currencies
                return unordered_sums(seal, postings);
            }
        }
        if (!sum.is_zero()) {
            return unordered_sums(seal, postings);
        }
        i = past;
    }
}

void auditor::unordered_sums(const block_seal& seal, std::span<const posting> postings)
{
    using currency_key = std::pair<std::string_view, std::string>;  // transfer, currency
    std::map<currency_key, money_total> sums;
    for (const posting& row : postings) {
        const currency unit = row.amount.unit();
        const currency_key key{row.key, std::string{unit.code()}};
        const auto sum = sums.try_emplace(key, unit).first;
        static_cast<void>(sum->second.add(row.amount));  // same currency by its key
    }
    for (const auto& [key, sum] : sums) {
        if (!sum.is_zero()) {
            found(report_.zero_sum, "transfer " + std::string{key.first} + " in block " +
                                        std::to_string(seal.number) + " sums to " + sum.text() +
                                        " " + key.second);
        }
    }
}

money_total& auditor::total_of(currency unit)
{
    const auto known = std::find_if(totals_.begin(), totals_.end(), [unit](const auto& each) {
        return each.unit() == unit;
    });
    return known == totals_.end() ? totals_.emplace_back(unit) : *known;
}

void auditor::one(const posting& row)
{
    fold& account = accounts_[row.account];
    if (!account.begun) {
        account = {0, money{{}, row.amount.unit()}, true};
    }
    if (row.account_seq != account.seq + 1) {
        found(report_.sequence, place_of(row) + ": expected number " +
                                    std::to_string(account.seq + 1));
    }
    account.seq = row.account_seq;

    const auto balance = account.balance + row.amount;
    if (!balance) {
        found(report_.balances, place_of(row) + ": " + std::string{to_string(balance.error())});
    } else if (*balance != row.running_balance) {
        found(report_.balances, place_of(row) + ": running balance " +
                                    to_string(row.running_balance) + ", sum of postings " +
                                    to_string(*balance));
    }
    account.balance = balance.value_or(account.balance);

    static_cast<void>(total_of(row.amount.unit()).add(row.amount));  // of the same currency

    if (!is_discretionary(row.kind)) return;
    hold_to_terms(row);
    const auto floor = floors_.find(row.account);
    if (row.amount.is_negative() && floor != floors_.end()) {
        const auto order = compare(row.running_balance, floor->second);
        if (!order || *order < 0) {
            found(report_.limits, place_of(row) + ": " + std::string{to_string(row.kind)} +
                                      " left " + to_string(row.running_balance) +
                                      ", limit " + to_string(floor->second));
        }
    }
}

/// Terms that begin with the moment of the booking, and those before them, may both have held: no
/// terms at all, where they are the first.
void auditor::hold_to_terms(const posting& row)
{
    const auto all = terms_.find(row.account);
    if (all == terms_.end()) return;
    if (all->second.begin()->first >= row.recorded_at) return;
    std::string fault;
    for (auto at = all->second.upper_bound(row.recorded_at); at != all->second.begin();) {
        const account_terms& terms = (--at)->second;
        fault.clear();
        if (terms.is_closed) {
            fault = "of a closed account";
        } else if (terms.floor && row.amount.is_negative()) {
            const auto order = compare(row.running_balance, *terms.floor);
            if (!order || *order < 0) {
                fault = "left " + to_string(row.running_balance) + ", limit " +
                        to_string(*terms.floor);
            }
        }
        if (fault.empty() || terms.from < row.recorded_at) break;
    }
    if (fault.empty()) return;
    found(report_.limits, place_of(row) + ": " + std::string{to_string(row.kind)} + ' ' + fault);
}

audit_report auditor::finish(std::span<const account_head> heads, const block_seal& last,
                             std::span<const reservation> open)
{
    const auto reserved = reserved_.open();
    if (!std::equal(reserved.begin(), reserved.end(), open.begin(), open.end())) {
        found(report_.balances, std::to_string(open.size()) +
                                    " open reservations are not the " +
                                    std::to_string(reserved.size()) + " of the postings");
    }
    for (const money_total& sum : totals_) {
        if (!sum.is_zero()) {
            found(report_.zero_sum, "all accounts sum to " + sum.text() + " " +
                                        std::string{sum.unit().code()});
        }
    }
    for (const account_head& head : heads) {
        const auto known = accounts_.find(head.account);
        const fold folded = known == accounts_.end() ? fold{} : known->second;
        if (folded.seq != head.seq || (head.seq > 0 && folded.balance != head.balance)) {
            found(report_.balances,
                  "account " + std::string{head.account.view()} + ": head is number " +
                      std::to_string(head.seq) + " with " + to_string(head.balance) +
                      ", postings end at number " + std::to_string(folded.seq) + " with " +
                      to_string(folded.balance));
        }
    }
    std::set<account_id> with_head;
    for (const account_head& head : heads) {
        with_head.insert(head.account);
    }
    std::optional<account_id> headless;
    for (const auto& [account, folded] : accounts_) {
        if (!with_head.contains(account)) headless = std::min(headless.value_or(account), account);
    }
    if (headless) {
        found(report_.balances, "account " + std::string{headless->view()} + " has no head");
    }
    if (last_.number != last.number || last_.value != last.value) {
        found(report_.chain, "the last block is " + std::to_string(last.number) +
                                 ", the chain ends at block " + std::to_string(last_.number));
    }
    if (!known_.empty()) {
        found(report_.chain, "block " + std::to_string(known_.begin()->first) +
                                 ", whose seal was kept, is missing");
    }
    return report_;
}

}  // namespace wattpurse::ledger
