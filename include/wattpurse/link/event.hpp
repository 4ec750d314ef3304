// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>

namespace wattpurse::link {

/// Timing of one line.
struct bus_timing {
    std::uint32_t baud = 2400;      ///< 11 bits a byte: start, 8 data, parity, stop
    duration gap_max{500};          ///< between two bytes of a frame (DL/T 645-2007, 5.3)
    duration turn_around{20};       ///< the line rests this long between two exchanges
    duration late_window{60'000};   ///< this long an answer may be late and still be known
    std::size_t preamble = codec::dlt645::preamble_size_default;
    duration round_trip{0};         ///< what lies between us and the line takes; see timing.hpp

    /// Wires to the meter, timed as the standard says.
    [[nodiscard]] static constexpr bus_timing standard(std::uint32_t baud) noexcept
    {
        bus_timing out;
        out.baud = baud;
        return out;
    }
    /// A modem, a serial server or a USB adapter between us and the line: bytes come in lumps
    /// with silences of up to two seconds between them, everything takes up to three seconds
    /// more, and the line wants a tenth of a second to turn round.
    [[nodiscard]] static constexpr bus_timing lenient(std::uint32_t baud) noexcept
    {
        bus_timing out;
        out.baud = baud;
        out.gap_max = duration{2000};
        out.turn_around = duration{100};
        out.round_trip = duration{3000};
        return out;
    }
};

/// What has come of a job, or came unasked.
struct event {
    enum class kind_type : std::uint8_t {
        answered,     ///< `frame` is the meter's normal answer
        refused,      ///< `frame` is its abnormal answer, `error_word` says why
        timed_out,    ///< no answer to any attempt
        sent,         ///< a broadcast has left; nobody answers those
        unsolicited,  ///< a meter spoke without being asked; route by `frame.address`
    };

    kind_type kind = kind_type::unsolicited;
    std::uint64_t job_id = 0;         ///< 0 when unsolicited
    codec::dlt645::frame frame{};     ///< answered, refused, unsolicited
    std::uint16_t error_word = 0;     ///< refused
    std::uint8_t attempts = 0;        ///< times the request was sent
    instant sent_at{};                ///< first attempt
    instant at{};                     ///< now
};

/// How often what happened. Counters wrap.
struct bus_counters {
    std::uint32_t requests = 0;     ///< frames sent, retries among them
    std::uint32_t retries = 0;
    std::uint32_t answered = 0;
    std::uint32_t refused = 0;
    std::uint32_t timed_out = 0;
    std::uint32_t late = 0;         ///< answers to what is no longer asked: late or doubled
    std::uint32_t unsolicited = 0;
    std::uint32_t echoes = 0;       ///< requests heard on the line: our own or another master's
    std::uint32_t dropped = 0;      ///< unsolicited frames nobody fetched in time
    std::uint32_t queue_full = 0;
};

/// Stable lower-case name of an event's kind.
[[nodiscard]] constexpr std::string_view to_string(event::kind_type kind) noexcept
{
    switch (kind) {
        case event::kind_type::answered: return "answered";
        case event::kind_type::refused: return "refused";
        case event::kind_type::timed_out: return "timed_out";
        case event::kind_type::sent: return "sent";
        case event::kind_type::unsolicited: return "unsolicited";
    }
    return "unknown";
}

}  // namespace wattpurse::link
