// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/modbus/adu.hpp>
#include <wattpurse/codec/modbus/ascii_framer.hpp>
#include <wattpurse/codec/modbus/rtu_framer.hpp>
#include <wattpurse/link/modbus_line_timing.hpp>

namespace wattpurse::link {

/// What comes in from a serial line, RTU or ASCII: frames and silences. Used by both ends; `Hears`
/// is that of `codec::modbus::basic_rtu_framer`.
///
///     input.begin(bytes.size(), now);          // or, when nothing came: input.advance(now)
///     while (input.next(bytes, adu)) ...       // advance: with no bytes
template <class Hears>
class modbus_line_input {
public:
    constexpr modbus_line_input(modbus_framing framing, const modbus_line_timing& timing) noexcept
        : timing_{timing},
          is_ascii_{framing == modbus_framing::ascii},
          rtu_{timing.is_strict ? codec::modbus::rtu_gaps::told : codec::modbus::rtu_gaps::unknown}
    {
    }

    /// So many bytes have come, the last one now.
    constexpr void begin(std::size_t count, instant now) noexcept;
    /// Nothing has come up to now.
    constexpr void advance(instant now) noexcept;
    /// The next good frame. False: all bytes are taken. Its PDU is borrowed until the next call.
    [[nodiscard]] constexpr bool next(byte_span& bytes, codec::modbus::adu& out) noexcept;

    /// Forgets what is unfinished.
    constexpr void clear() noexcept;
    [[nodiscard]] constexpr std::size_t pending() const noexcept
    {
        return is_ascii_ ? ascii_.pending() : rtu_.pending();
    }

    /// When `advance` is to be called; `instant::max()` when nothing is unfinished.
    [[nodiscard]] constexpr instant ends_at() const noexcept
    {
        return pending() > 0 ? last_byte_at_ + timing_.gap_max : instant::max();
    }
    /// From when on one may speak: the line has fallen silent, or never will.
    [[nodiscard]] constexpr instant quiet_at() const noexcept;
    [[nodiscard]] constexpr instant last_byte_at() const noexcept { return last_byte_at_; }

    [[nodiscard]] constexpr Hears& hears() noexcept { return rtu_.hears(); }
    [[nodiscard]] constexpr const modbus_line_timing& timing() const noexcept { return timing_; }
    /// Frames with a wrong checksum, length or gap, since the start.
    [[nodiscard]] constexpr std::uint32_t bad_frames() const noexcept { return bad_frames_; }
    [[nodiscard]] constexpr const codec::modbus::rtu_counters& rtu() const noexcept
    {
        return rtu_.counters();
    }
    [[nodiscard]] constexpr const codec::modbus::ascii_counters& ascii() const noexcept
    {
        return ascii_.counters();
    }

private:
    enum class found : std::uint8_t { nothing, frame, rejected };

    [[nodiscard]] constexpr bool is_strict_rtu() const noexcept
    {
        return timing_.is_strict && !is_ascii_;
    }
    constexpr found look(byte_span& bytes, codec::modbus::adu& out) noexcept;
    constexpr void end_frame() noexcept;

    modbus_line_timing timing_;
    bool is_ascii_;
    bool is_ending_ = false;  // what waits ends here; `next` has to say what is left of it
    bool is_deaf_ = false;    // up to the next silence
    instant last_byte_at_{};
    instant noisy_since_{};   // the first byte after a silence
    std::uint32_t bad_frames_ = 0;
    codec::modbus::basic_rtu_framer<Hears> rtu_;
    codec::modbus::ascii_framer ascii_{};
};

// ---------------------------------------------------------------------------------------------

template <class Hears>
constexpr void modbus_line_input<Hears>::end_frame() noexcept
{
    if (is_ascii_) {
        ascii_.flush();
    } else {
        rtu_.flush();
    }
    is_ending_ = true;
}

template <class Hears>
constexpr void modbus_line_input<Hears>::begin(std::size_t count, instant now) noexcept
{
    if (count == 0) {
        return;
    }
    // The bytes themselves took time on the line, all but the silence before the first.
    const duration silence = now - last_byte_at_ - timing_.air_time(count);
    if (silence >= timing_.gap_max) {
        is_deaf_ = false;
        if (pending() > 0) {
            end_frame();
        }
    } else if (is_strict_rtu() && pending() > 0 && silence > timing_.gap_in_frame) {
        ++bad_frames_;
        clear();
        is_deaf_ = true;
    }
    if (silence >= timing_.quiet && (pending() == 0 || is_ending_)) {
        noisy_since_ = now;
    }
    last_byte_at_ = now;
}

template <class Hears>
constexpr void modbus_line_input<Hears>::advance(instant now) noexcept
{
    if (now - last_byte_at_ >= timing_.gap_max) {
        is_deaf_ = false;
        if (pending() > 0) {
            end_frame();
        }
    }
}

template <class Hears>
constexpr typename modbus_line_input<Hears>::found
modbus_line_input<Hears>::look(byte_span& bytes, codec::modbus::adu& out) noexcept
{
    if (is_ascii_) {
        using kind = codec::modbus::ascii_event::kind_type;
        const auto event = ascii_.next(bytes);
        out = event.adu;
        return event.kind == kind::nothing ? found::nothing
               : event.kind == kind::frame ? found::frame
                                           : found::rejected;
    }
    using kind = codec::modbus::rtu_event::kind_type;
    const auto event = rtu_.next(bytes);
    out = event.adu;
    return event.kind == kind::nothing ? found::nothing
           : event.kind == kind::frame ? found::frame
                                       : found::rejected;
}

template <class Hears>
constexpr bool modbus_line_input<Hears>::next(byte_span& bytes, codec::modbus::adu& out) noexcept
{
    while (is_ending_) {
        byte_span none{};
        const found what = look(none, out);
        if (what == found::frame) {
            return true;
        }
        if (what == found::rejected) {
            ++bad_frames_;
        }
        if (what == found::nothing || is_strict_rtu()) {
            clear();
        }
    }
    while (!is_deaf_) {
        const found what = look(bytes, out);
        if (what == found::nothing && !timing_.is_strict && !is_ascii_ && rtu_.seems_whole()) {
            // A vendor's function: the answer to it need not wait for a silence.
            rtu_.flush();
            continue;
        }
        if (what != found::rejected) {
            return what == found::frame;
        }
        ++bad_frames_;
        if (is_strict_rtu()) {
            clear();
            is_deaf_ = true;
        }
    }
    bytes = {};
    return false;
}

template <class Hears>
constexpr void modbus_line_input<Hears>::clear() noexcept
{
    if (is_ascii_) {
        ascii_.clear();
    } else {
        rtu_.clear();
    }
    is_ending_ = false;
    is_deaf_ = false;
}

template <class Hears>
constexpr instant modbus_line_input<Hears>::quiet_at() const noexcept
{
    const instant silent =
        last_byte_at_ + (pending() > 0 ? std::max(timing_.quiet, timing_.gap_max)
                                       : timing_.quiet);
    return std::min(silent, noisy_since_ + timing_.drain_max);
}

}  // namespace wattpurse::link
