// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>

#include <wattpurse/base/result.hpp>
#include <wattpurse/ledger/statement.hpp>
#include <wattpurse/model/posting.hpp>

namespace wattpurse::ledger {

/// Empties an account that is closed (销户): what is left is paid out through `payments`, what is
/// owed goes to `debt`. Nothing where it is empty already. The account is closed by its terms, in
/// the same batch; charges that are late still post, and are settled by a closing of their own.
[[nodiscard]] std::optional<transfer> closing_of(const account_head& what, account_id payments,
                                                 account_id debt, std::string key, instant at);

/// What an account held at a moment, that moment included: as is known now (`effective`) or as was
/// in the books then (`recorded`). Errors: `empty` (no postings), `currency_mismatch`, `overflow`.
[[nodiscard]] result<money> balance_as_of(std::span<const posting> postings, instant at,
                                          time_axis axis);

}  // namespace wattpurse::ledger
