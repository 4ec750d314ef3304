// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>

namespace wattpurse {

enum class reservation_state : std::uint8_t {
    open,
    settled,   ///< paid out of, whole or in part; the rest went back
    released,  ///< gave everything back
};

/// Money of an account that is set aside. It lies in another account (`holder`) until it is
/// settled or released, so that it cannot be spent twice, and every balance is one number.
struct reservation {
    std::string key;    ///< of the transfer that reserved
    account_id account; ///< whose it is
    account_id holder;  ///< where it lies
    money amount;       ///< above zero
    std::optional<instant> expires_at;
    reservation_state state = reservation_state::open;

    friend bool operator==(const reservation&, const reservation&) = default;
};

[[nodiscard]] constexpr std::string_view to_string(reservation_state state) noexcept
{
    switch (state) {
        case reservation_state::open: return "open";
        case reservation_state::settled: return "settled";
        case reservation_state::released: return "released";
    }
    return "unknown";
}

}  // namespace wattpurse
