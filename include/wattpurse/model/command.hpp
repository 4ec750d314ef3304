// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>

namespace wattpurse {

/// What a meter is told to do with its relay (DL/T 645 filing document, control 1C).
enum class command_kind : std::uint8_t {
    trip,       ///< open the relay (拉闸, 1A)
    permit,     ///< allow the customer to close it (合闸允许, 1B)
    close,      ///< close it directly (直接合闸, 1C)
    protect,    ///< keep supply whatever comes (保电, 3A)
    unprotect,  ///< end of protection (保电解除, 3B)
};

/// The relay as read from status word 3, never as hoped for.
enum class relay_state : std::uint8_t { unknown, closed, open };

/// How far a command has come. An acknowledgement is not yet a proof.
enum class command_state : std::uint8_t {
    queued,        ///< decided and durable, not yet sent
    sent,          ///< handed to the line
    acknowledged,  ///< the meter said yes, or nothing: the relay will be read to know
    confirmed,     ///< the relay was read in the wanted state
    refused,       ///< the meter said no
    timed_out,     ///< no answer, and the relay was not found in the wanted state
    superseded,    ///< overtaken by a newer intent before it was sent
    expired,       ///< evaluated anew at the moment of sending, and no longer wanted
};

/// One command to one meter, with all that happened to it.
struct command {
    std::string key;   ///< caller's id, "trip/F07/2"
    account_id account;
    meter_id meter;
    command_kind kind = command_kind::trip;
    command_state state = command_state::queued;
    std::string reason;
    instant queued_at;
    std::optional<instant> sent_at;
    std::optional<instant> acknowledged_at;
    std::optional<instant> confirmed_at;
    relay_state relay_read = relay_state::unknown;
    std::uint32_t attempts = 0;  ///< times it was handed to the line
};

[[nodiscard]] constexpr bool is_open(command_state state) noexcept
{
    return state == command_state::queued || state == command_state::sent ||
           state == command_state::acknowledged;
}

[[nodiscard]] constexpr std::string_view to_string(command_kind kind) noexcept
{
    switch (kind) {
        case command_kind::trip: return "trip";
        case command_kind::permit: return "permit";
        case command_kind::close: return "close";
        case command_kind::protect: return "protect";
        case command_kind::unprotect: return "unprotect";
    }
    return "unknown";
}

[[nodiscard]] constexpr std::string_view to_string(relay_state state) noexcept
{
    switch (state) {
        case relay_state::unknown: return "unknown";
        case relay_state::closed: return "closed";
        case relay_state::open: return "open";
    }
    return "unknown";
}

[[nodiscard]] constexpr std::string_view to_string(command_state state) noexcept
{
    switch (state) {
        case command_state::queued: return "queued";
        case command_state::sent: return "sent";
        case command_state::acknowledged: return "acknowledged";
        case command_state::confirmed: return "confirmed";
        case command_state::refused: return "refused";
        case command_state::timed_out: return "timed_out";
        case command_state::superseded: return "superseded";
        case command_state::expired: return "expired";
    }
    return "unknown";
}

}  // namespace wattpurse
