// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <wattpurse/credit/decide.hpp>

namespace wattpurse::credit {

/// Why a command cannot go out now, and until when if time alone lifts it.
struct hindrance {
    std::string reason;
    std::optional<instant> until;
};

/// The first guard of a trip that does not hold; none where all hold. `held_until` is the end of
/// a pause after a failed attempt.
[[nodiscard]] std::optional<hindrance> trip_hindrance(const account_view& view,
                                                      const policy& rules, instant now,
                                                      std::optional<instant> held_until);

/// The cause of a trip stands, whatever the hour: over the limit, warned, not protected, and the
/// relay was read closed. A queued trip without it is superseded.
[[nodiscard]] bool has_cause_to_trip(const account_view& view, const policy& rules);

/// What was held back for arrears is paid for, or the account may not be cut at all.
[[nodiscard]] bool may_have_supply(const account_view& view, const policy& rules);

/// The relay was read closed, and nothing sent since then could have opened it: a trip that
/// nobody answered may still have worked, so after a trip only a close counts.
[[nodiscard]] bool is_known_closed(const account_view& view);

/// The meter keeps supply whatever comes, or may do so, and the account is not protected.
[[nodiscard]] bool must_unprotect(const account_view& view, const policy& rules);

/// The end of the pause after the last attempt at `kind`; none where it is over.
[[nodiscard]] std::optional<instant> pause_end(const account_view& view, command_kind kind,
                                               instant now);

}  // namespace wattpurse::credit
