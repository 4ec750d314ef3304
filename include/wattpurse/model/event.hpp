// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>

namespace wattpurse {

/// Something a person should look at.
enum class event_kind : std::uint8_t {
    register_went_back,    ///< a reading lower than the one before; rejected
    reading_implausible,   ///< a jump no supply of this size can deliver; suspect
    reading_conflict,      ///< same meter and moment, other registers; the first one stands
    meter_silent,          ///< no answer in a reading slot
    boundary_missing,      ///< no reading at the end of a period: it cannot be closed
    meter_exchanged,
    reading_too_old,       ///< of a month that rests; kept out of the books
    command_failed,
    limit_exceeded,        ///< balance below minus the overdraft limit
    account_unknown,       ///< a payment or order for nobody we know
    order_conflict,        ///< a payment or order that contradicts an earlier one; not booked
    day_not_sealed,        ///< an old day whose readings do not go into a block; they stay loose
};

/// One event, for the operator's list. Append-only, and a set: told twice it is one event.
struct event {
    instant at;
    account_id account;
    meter_id meter;
    event_kind kind = event_kind::register_went_back;
    std::string text;

    friend auto operator<=>(const event&, const event&) = default;
};

[[nodiscard]] constexpr std::string_view to_string(event_kind kind) noexcept
{
    switch (kind) {
        case event_kind::register_went_back: return "register_went_back";
        case event_kind::reading_implausible: return "reading_implausible";
        case event_kind::reading_conflict: return "reading_conflict";
        case event_kind::meter_silent: return "meter_silent";
        case event_kind::boundary_missing: return "boundary_missing";
        case event_kind::meter_exchanged: return "meter_exchanged";
        case event_kind::reading_too_old: return "reading_too_old";
        case event_kind::command_failed: return "command_failed";
        case event_kind::limit_exceeded: return "limit_exceeded";
        case event_kind::account_unknown: return "account_unknown";
        case event_kind::order_conflict: return "order_conflict";
        case event_kind::day_not_sealed: return "day_not_sealed";
    }
    return "unknown";
}

}  // namespace wattpurse
