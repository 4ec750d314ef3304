// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/model/posting.hpp>

namespace wattpurse::ledger {

/// What of one transfer still lies in an account, after all that link to it.
struct open_item {
    std::string key;  ///< of the transfer that brought it
    money amount;     ///< never zero
    instant since;    ///< when that was booked
    std::string explain;
};

/// Explains the balance of a clearing account (suspense, payments, reservations, debts): what has
/// come in and was not cleared yet. A posting belongs to what it links to, directly or by what
/// that links to; one that links to nothing that is open clears what is open on the other side,
/// the oldest first, and what remains of it begins an item. The items sum to the balance, exactly.
class open_items {
public:
    /// The next postings of the account, by their numbers. Errors: `overflow`,
    /// `currency_mismatch`; the items are of no use then.
    [[nodiscard]] result<void> add(std::span<const posting> postings);

    /// What is open, the oldest first.
    [[nodiscard]] std::vector<open_item> all() const;

private:
    /// An item as it was begun, whether it is open or not.
    struct begun {
        std::uint64_t number = 0;
        std::string key;
        instant since;
        std::string explain;
    };

    [[nodiscard]] result<void> add(const posting& row);
    [[nodiscard]] result<void> change(const begun& of, money by);

    std::map<std::uint64_t, open_item> above_;  ///< zero, by when they began
    std::map<std::uint64_t, open_item> below_;
    std::unordered_map<std::string, begun> items_;  ///< of every key met, its item
    std::uint64_t count_ = 0;
};

/// The open items of an account, read page by page. `Store` is any `port::store`.
template <class Store>
[[nodiscard]] result<std::vector<open_item>, std::string> open_items_of(Store& store,
                                                                        const account_id& account)
{
    constexpr std::size_t page_size = 4096;
    open_items items;
    for (std::uint64_t after = 0;;) {
        auto page = store.postings(account, after, page_size);
        if (!page) return tl::unexpected<std::string>{std::move(page.error())};
        if (page->empty()) return items.all();
        after = page->back().account_seq;
        if (const auto added = items.add(*page); !added) {
            return tl::unexpected<std::string>{std::string{to_string(added.error())}};
        }
    }
}

}  // namespace wattpurse::ledger
