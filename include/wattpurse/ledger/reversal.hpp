// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/model/posting.hpp>

namespace wattpurse::ledger {

/// Postings of a key, or that link to it: an error says what could not be read.
using find_postings = std::function<result<std::vector<posting>, std::string>(std::string_view)>;

/// What can still be taken back of a transfer: its legs, less what reversals have taken back, net
/// of what was reversed of those in turn; of the reversal of a reversal no more than is left of the
/// transfer above. Nothing of a reserve, settle or release: a reservation is ended, once. Legs of
/// nothing are left out. Errors: text for a person; a key that is not in the books.
[[nodiscard]] result<std::vector<transfer_leg>, std::string> what_is_left(
    std::string_view key, const find_postings& transfer_of, const find_postings& linked_to);

/// The same of a store, and of what is staged and not yet in it. `Store` is any `port::store`.
template <class Store>
[[nodiscard]] result<std::vector<transfer_leg>, std::string> what_is_left(
    std::string_view key, Store& store, std::span<const posting> staged = {});

/// Takes back `left`, all of it. Limits do not hold it up, for what it gives back was never there.
[[nodiscard]] transfer reversal_of(std::string_view link, std::span<const transfer_leg> left,
                                   std::string key, instant effective_at, instant recorded_at);

// ---------------------------------------------------------------------------------------------

template <class Store>
result<std::vector<transfer_leg>, std::string> what_is_left(std::string_view key, Store& store,
                                                            std::span<const posting> staged)
{
    const auto both = [staged](auto from_store, auto is_wanted) {
        return [=](std::string_view of) -> result<std::vector<posting>, std::string> {
            auto rows = from_store(of);
            for (const posting& row : staged) {
                if (rows && is_wanted(row, of)) rows->push_back(row);
            }
            return rows;
        };
    };
    return what_is_left(
        key,
        both([&store](std::string_view of) { return store.find_transfer(of); },
             [](const posting& row, std::string_view of) { return row.key == of; }),
        both([&store](std::string_view of) { return store.linked(of); },
             [](const posting& row, std::string_view of) { return row.link == of; }));
}

}  // namespace wattpurse::ledger
