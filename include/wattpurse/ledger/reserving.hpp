// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

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

}  // namespace wattpurse::ledger
