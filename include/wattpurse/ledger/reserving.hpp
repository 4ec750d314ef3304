// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/model/block_seal.hpp>
#include <wattpurse/model/posting.hpp>
#include <wattpurse/model/reservation.hpp>

namespace wattpurse::ledger {

/// Gives back all of it: because it was called off, or its time has come.
[[nodiscard]] transfer release_of(const reservation& what, std::string key, instant at);

/// Pays `price` out of it to another account and gives back the rest. Errors: `out_of_range` for a
/// price below zero or above what was reserved, `currency_mismatch`.
[[nodiscard]] result<transfer> settle_of(const reservation& what, money price, account_id to,
                                         std::string key, instant at);

/// What is reserved, out of the postings alone: the truth that a store's `reservations` are a
/// projection of.
class reservations {
public:
    /// The next postings, in the order they were appended, transfers whole.
    void add(std::span<const posting> postings);

    /// All there were, by key, each in its last state.
    [[nodiscard]] std::vector<reservation> all() const;
    /// Those that are open.
    [[nodiscard]] std::vector<reservation> open() const;

private:
    std::map<std::string, reservation, std::less<>> known_;
};

/// What all postings of a store have reserved. `Store` is any `port::store`.
template <class Store>
[[nodiscard]] result<std::vector<reservation>, std::string> posted_reservations(Store& store)
{
    constexpr std::size_t page_blocks = 256;  // bounds memory, not meaning
    reservations out;
    std::uint64_t after = 0;
    for (;;) {
        std::vector<block_seal> seals;
        auto page = store.blocks(after, page_blocks, seals);
        if (!page) return tl::unexpected<std::string>{std::move(page.error())};
        if (seals.empty()) return out.all();
        out.add(*page);
        after = seals.back().number;
    }
}

}  // namespace wattpurse::ledger
