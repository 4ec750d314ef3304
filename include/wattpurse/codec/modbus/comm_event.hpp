// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace wattpurse::codec::modbus {

/// One byte of the event log that function 0C reads, the latest first (Modbus Application Protocol
/// V1.1b3, 6.10.1).
struct comm_event {
    enum class kind_type : std::uint8_t {
        restart,              ///< communications were restarted
        entered_listen_only,
        receive,              ///< a message came in
        send,                 ///< a request was dealt with
        other,                ///< a byte that the standard does not know
    };

    kind_type kind = kind_type::other;
    bool is_listen_only = false;        ///< receive, send: the server was mute then
    bool communication_error = false;   ///< receive
    bool character_overrun = false;     ///< receive
    bool is_broadcast = false;          ///< receive
    bool read_exception = false;        ///< send: exception 01 to 03
    bool server_abort = false;          ///< send: exception 04
    bool server_busy = false;           ///< send: exception 05 or 06
    bool server_nak = false;            ///< send: exception 07
    bool write_timeout = false;         ///< send

    [[nodiscard]] friend constexpr bool operator==(const comm_event&,
                                                   const comm_event&) noexcept = default;
};

[[nodiscard]] constexpr comm_event comm_event_of(std::uint8_t byte) noexcept;

/// The byte of an event; 04 for `entered_listen_only`, 00 for `restart` and `other`.
[[nodiscard]] constexpr std::uint8_t byte_of(const comm_event& what) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr comm_event comm_event_of(std::uint8_t byte) noexcept
{
    using kind = comm_event::kind_type;
    const auto has = [byte](unsigned bit) { return (byte >> bit & 1U) != 0; };
    comm_event out;
    if (has(7)) {
        out.kind = kind::receive;
        out.communication_error = has(1);
        out.character_overrun = has(4);
        out.is_listen_only = has(5);
        out.is_broadcast = has(6);
    } else if (has(6)) {
        out.kind = kind::send;
        out.read_exception = has(0);
        out.server_abort = has(1);
        out.server_busy = has(2);
        out.server_nak = has(3);
        out.write_timeout = has(4);
        out.is_listen_only = has(5);
    } else if (byte == 0x04) {
        out.kind = kind::entered_listen_only;
    } else if (byte == 0) {
        out.kind = kind::restart;
    }
    return out;
}

constexpr std::uint8_t byte_of(const comm_event& what) noexcept
{
    using kind = comm_event::kind_type;
    unsigned out = 0;
    const auto put = [&out](bool is_set, unsigned bit) { out |= is_set ? 1U << bit : 0U; };
    switch (what.kind) {
        case kind::receive:
            put(true, 7);
            put(what.communication_error, 1);
            put(what.character_overrun, 4);
            put(what.is_listen_only, 5);
            put(what.is_broadcast, 6);
            break;
        case kind::send:
            put(true, 6);
            put(what.read_exception, 0);
            put(what.server_abort, 1);
            put(what.server_busy, 2);
            put(what.server_nak, 3);
            put(what.write_timeout, 4);
            put(what.is_listen_only, 5);
            break;
        case kind::entered_listen_only: out = 0x04; break;
        case kind::restart:
        case kind::other: break;
    }
    return static_cast<std::uint8_t>(out);
}

}  // namespace wattpurse::codec::modbus
