// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/product.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/ledger/chain.hpp>
#include <wattpurse/ledger/reserving.hpp>
#include <wattpurse/model/account_terms.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/model/posting.hpp>

namespace wattpurse::ledger {

/// Whether something that must always hold does, and where it was first found not to.
struct invariant {
    bool holds = true;
    std::string fault;  ///< the first fault, for a person; empty while it holds
};

/// What an audit found. The numbers are those of the project's list of invariants.
struct audit_report {
    invariant zero_sum;  ///< I1: the legs of every transfer, and all accounts, sum to zero
    invariant balances;  ///< I2: head == sum of the postings == running balances, and what the
                         ///<  store says is reserved is what postings have reserved
    invariant sequence;  ///< I3: account_seq is 1, 2, 3 ... without a gap
    invariant chain;     ///< I4: every block is sealed as it was written
    invariant limits;    ///< I7: no discretionary debit took an account below its limit, and no
                         ///<  closed account had any
    std::uint64_t postings = 0;
    std::uint64_t blocks = 0;

    [[nodiscard]] bool ok() const noexcept
    {
        return zero_sum.holds && balances.holds && sequence.holds && chain.holds && limits.holds;
    }
};

/// The lowest balance that discretionary debits may leave in an account, at any time.
struct account_floor {
    account_id account;
    money floor;
};

/// Goes through the books block by block, from the first, and holds every fact against the ones
/// before it. Reads nothing by itself: see `audit`.
///
/// `known` are seals that were kept elsewhere. Who can write the books can rebuild the whole chain
/// over what was altered; it then ends in other seals than those that are known.
class auditor {
public:
    explicit auditor(std::span<const account_floor> floors = {},
                     std::span<const block_seal> known = {},
                     std::span<const account_terms> terms = {});

    /// The next block: its seal and its postings in the order they were appended.
    void block(const block_seal& seal, std::span<const posting> postings);

    /// Postings that were found where no block has any.
    void astray(std::span<const posting> postings);

    /// The end of the books, and what the store says it has: the head of every account, the last
    /// seal and the open reservations.
    [[nodiscard]] audit_report finish(std::span<const account_head> heads,
                                      const block_seal& last,
                                      std::span<const reservation> open = {});

private:
    struct fold {
        std::uint64_t seq = 0;
        money balance;
        bool begun = false;
    };

    struct account_hash {
        std::size_t operator()(const account_id& account) const noexcept
        {
            return std::hash<std::string_view>{}(account.view());
        }
    };

    void transfer_sums(const block_seal& seal, std::span<const posting> postings);
    void unordered_sums(const block_seal& seal, std::span<const posting> postings);
    void one(const posting& row);
    [[nodiscard]] money_total& total_of(currency unit);
    void hold_to_terms(const posting& row);

    audit_report report_;
    block_seal last_;
    std::map<account_id, money> floors_;
    std::map<account_id, std::map<instant, account_terms>> terms_;
    reservations reserved_;
    std::map<std::uint64_t, digest> known_;  ///< by number; those not met yet
    std::unordered_map<account_id, fold, account_hash> accounts_;
    std::vector<money_total> totals_;  ///< of each currency; there are few
};

/// Audits a whole store: I1, I2, I3, I4, and I7 by the terms of accounts that it holds and by
/// `floors`. The error says what could not be read.
/// `Store` is any `port::store` with no batch under way.
template <class Store>
[[nodiscard]] result<audit_report, std::string> audit(Store& store,
                                                      std::span<const account_floor> floors = {},
                                                      std::span<const block_seal> known = {});

// ---------------------------------------------------------------------------------------------

template <class Store>
result<audit_report, std::string> audit(Store& store, std::span<const account_floor> floors,
                                        std::span<const block_seal> known)
{
    constexpr std::size_t page_postings = 8'192;  // about; bounds memory, not meaning
    std::size_t page_blocks = 1;
    auto end = store.load();
    if (!end) {
        return tl::unexpected<std::string>{std::move(end.error())};
    }
    auditor check{floors, known, end->terms};
    std::uint64_t after = 0;
    for (;;) {
        std::vector<block_seal> seals;
        const auto page = store.blocks(after, page_blocks, seals);
        if (!page) {
            return tl::unexpected<std::string>{page.error()};
        }
        auto rest = std::span<const posting>{*page};
        if (!seals.empty() && seals.back().number > end->last_seal.number) {
            // Written since it began, by somebody who goes on: of another audit.
            std::erase_if(seals, [&](const block_seal& each) {
                return each.number > end->last_seal.number;
            });
            const auto later = std::find_if(rest.begin(), rest.end(), [&](const posting& row) {
                return row.block > end->last_seal.number;
            });
            rest = rest.first(static_cast<std::size_t>(later - rest.begin()));
        }
        if (seals.empty()) {
            check.astray(rest);
            return check.finish(end->heads, end->last_seal, end->reservations);
        }
        for (const block_seal& seal : seals) {
            std::size_t count = 0;
            while (count < rest.size() && rest[count].block == seal.number) {
                ++count;
            }
            check.block(seal, rest.first(count));
            rest = rest.subspan(count);
        }
        check.astray(rest);
        after = seals.back().number;
        const std::size_t each = std::max<std::size_t>(1, page->size() / seals.size());
        page_blocks = std::max<std::size_t>(1, page_postings / each);
    }
}

}  // namespace wattpurse::ledger
