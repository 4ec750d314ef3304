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

/// How often what happened to a Modbus client. Counters wrap.
struct modbus_counters {
    std::uint32_t requests = 0;    ///< sent, retries among them
    std::uint32_t retries = 0;
    std::uint32_t answered = 0;
    std::uint32_t refused = 0;
    std::uint32_t timed_out = 0;
    std::uint32_t backed_off = 0;
    std::uint32_t late = 0;        ///< answers to what was given up
    std::uint32_t foreign = 0;     ///< from another unit, or of a form that was not asked for
    std::uint32_t unasked = 0;     ///< to nothing that is asked: doubled, or out of the blue
    std::uint32_t busy = 0;        ///< exception 06; the request is sent again where others wait
    std::uint32_t echoes = 0;      ///< our own requests, heard on the line
    std::uint32_t discarded = 0;   ///< another protocol id
    std::uint32_t bad_frames = 0;  ///< wrong checksum, length or gap
    std::uint32_t broken = 0;      ///< times the connection was given up
    std::uint32_t queue_full = 0;
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
