// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/link/exchange.hpp>

namespace wattpurse::link {

/// One Modbus request to be brought to an answer.
struct modbus_job {
    std::uint64_t id = 0;  ///< the caller's; comes back in the event
    priority prio = priority::reading;
    std::uint8_t unit = 1;  ///< 0 on a serial line goes to all, and nobody answers
    codec::modbus::pdu request{};
    duration timeout{1000};        ///< from handing over the request to the end of the answer
    /// 0 counts as 1. Above 1 only for what may be done twice: reading, and writing the same again.
    std::uint8_t attempts_max = 1;
};

/// What has come of a Modbus job.
struct modbus_event {
    enum class kind_type : std::uint8_t {
        answered,    ///< `answer` is the server's normal response
        refused,     ///< `exception` says why; `answer` is the exception response
        timed_out,   ///< no answer to any attempt
        sent,        ///< a broadcast has left; nobody answers those
        backed_off,  ///< not sent: the unit has been silent lately and is left in peace
    };

    kind_type kind = kind_type::timed_out;
    std::uint64_t job_id = 0;
    std::uint8_t unit = 0;
    codec::modbus::pdu answer{};
    codec::modbus::exception_code exception = codec::modbus::exception_code::none;
    /// The answer is certain to belong to the request: by its transaction id on TCP; on a serial
    /// line only where no answer to an earlier request could still have been under way.
    bool is_proven = false;
    std::uint8_t attempts = 0;  ///< times the request was sent
    instant sent_at{};          ///< first attempt
    instant at{};               ///< now
};

/// Stable lower-case name of an event's kind.
[[nodiscard]] constexpr std::string_view to_string(modbus_event::kind_type kind) noexcept
{
    switch (kind) {
        case modbus_event::kind_type::answered: return "answered";
        case modbus_event::kind_type::refused: return "refused";
        case modbus_event::kind_type::timed_out: return "timed_out";
        case modbus_event::kind_type::sent: return "sent";
        case modbus_event::kind_type::backed_off: return "backed_off";
    }
    return "unknown";
}

}  // namespace wattpurse::link
