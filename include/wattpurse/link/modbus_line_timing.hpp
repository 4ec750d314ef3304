// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/modbus/rtu.hpp>
#include <wattpurse/codec/modbus/timing.hpp>

namespace wattpurse::link {

/// How Modbus is written on a serial line.
enum class modbus_framing : std::uint8_t { rtu, ascii };

/// Timing of one serial line with Modbus on it, in milliseconds: as exact as the clock that it is
/// driven with. What a standard wants at least is rounded up, and one more for a clock whose two
/// readings were each cut off.
struct modbus_line_timing {
    std::uint32_t baud = 9600;  ///< 11 bits a byte; 0: no wire, bytes take no time
    /// RTU: a gap of more than `gap_in_frame` spoils the frame it falls into, and after bytes that
    /// are no frame nothing is believed until the line has been silent.
    bool is_strict = false;
    duration gap_in_frame{0};   ///< t1.5; only where it is strict
    duration gap_max{100};      ///< between two bytes of a frame; then no more will come
    duration quiet{5};          ///< t3.5: the line is silent so long before anybody speaks
    /// A line that does not fall silent is spoken on after this, from the first byte on.
    duration drain_max{400};
    /// After a broadcast, for all to carry it out (V1.02, 2.4.1: 100 to 200 ms).
    duration broadcast_delay{100};
    /// So long an answer may be late and still come.
    duration late_window{10'000};

    /// Wires to the devices and a clock close to them, RTU as the standard has it (V1.02, 2.5.1.1).
    [[nodiscard]] static constexpr modbus_line_timing strict(std::uint32_t baud) noexcept;
    /// A USB adapter, or a pseudo-terminal: bytes come in lumps, and silence says little.
    [[nodiscard]] static constexpr modbus_line_timing lenient(std::uint32_t baud) noexcept;
    /// A serial server between us and the line, RTU or ASCII over TCP: it minds the silences, and
    /// what comes may have gaps of half a second.
    [[nodiscard]] static constexpr modbus_line_timing over_tcp(std::uint32_t baud = 0) noexcept;
    /// ASCII, whose frames have an end of their own: a second between two characters
    /// (V1.02, 2.5.2.1).
    [[nodiscard]] static constexpr modbus_line_timing ascii(std::uint32_t baud) noexcept;

    /// How long so many bytes occupy the line, rounded up.
    [[nodiscard]] constexpr duration air_time(std::size_t bytes) const noexcept
    {
        return duration{codec::modbus::milliseconds_up(
            codec::modbus::characters_us(static_cast<std::uint32_t>(bytes), baud))};
    }
};

/// How long to wait for an answer of so many bytes to a request of so many (both as PDUs, RTU), and
/// for a device that takes up to `thinking` over it. Devices are slow: half a second fails with
/// many (libmodbus issue 776: 70 % lost at 300 ms, none at 600).
[[nodiscard]] constexpr duration modbus_answer_timeout(
    const modbus_line_timing& timing, std::size_t request_size, std::size_t answer_size,
    duration thinking = duration{1000}) noexcept
{
    return thinking +
           timing.air_time(request_size + answer_size + 2 * codec::modbus::rtu_overhead);
}

// ---------------------------------------------------------------------------------------------

constexpr modbus_line_timing modbus_line_timing::strict(std::uint32_t baud) noexcept
{
    using codec::modbus::milliseconds_up;
    const auto silences = codec::modbus::silences_at(baud);
    modbus_line_timing out;
    out.baud = baud;
    out.is_strict = true;
    out.gap_in_frame = duration{milliseconds_up(silences.t1_5_us) + 1};
    out.gap_max = duration{milliseconds_up(silences.t3_5_us) + 1};
    out.quiet = out.gap_max;
    out.drain_max = out.air_time(codec::modbus::rtu_size_max) + duration{100};
    return out;
}

constexpr modbus_line_timing modbus_line_timing::lenient(std::uint32_t baud) noexcept
{
    modbus_line_timing out = strict(baud);
    out.is_strict = false;
    out.gap_in_frame = duration{0};
    out.gap_max = duration{100};
    return out;
}

constexpr modbus_line_timing modbus_line_timing::over_tcp(std::uint32_t baud) noexcept
{
    modbus_line_timing out = lenient(baud);
    out.gap_max = duration{500};
    out.quiet = duration{0};
    out.drain_max = out.air_time(codec::modbus::rtu_size_max) + duration{500};
    return out;
}

constexpr modbus_line_timing modbus_line_timing::ascii(std::uint32_t baud) noexcept
{
    modbus_line_timing out = lenient(baud);
    out.gap_max = duration{codec::modbus::ascii_gap_ms_max};
    out.drain_max = out.air_time(2 * codec::modbus::rtu_size_max) + duration{100};
    return out;
}

}  // namespace wattpurse::link
