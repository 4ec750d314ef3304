// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>

namespace wattpurse {

/// What holds for an account from a moment on, until other terms do.
struct account_terms {
    account_id account;
    instant from;
    /// The lowest balance that discretionary debits may leave: zero, or below it where the house
    /// gives credit. None: not limited, as the house's own accounts are.
    std::optional<money> floor;
    /// Closed: nothing is paid out or reserved any more. What was metered or paid in still posts.
    bool is_closed = false;

    friend bool operator==(const account_terms&, const account_terms&) = default;
};

}  // namespace wattpurse
