// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <wattpurse/base/result.hpp>
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

}  // namespace wattpurse::ledger
