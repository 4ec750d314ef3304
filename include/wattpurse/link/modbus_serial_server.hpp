// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/modbus/adu.hpp>
#include <wattpurse/codec/modbus/ascii.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/pdu_size.hpp>
#include <wattpurse/codec/modbus/rtu.hpp>
#include <wattpurse/codec/modbus/rtu_framer.hpp>
#include <wattpurse/link/modbus_line_input.hpp>
#include <wattpurse/link/modbus_line_timing.hpp>
#include <wattpurse/link/modbus_server.hpp>

namespace wattpurse::link {

/// How a server on a serial line behaves; also RTU or ASCII over TCP.
struct modbus_serial_server_options {
    modbus_framing framing = modbus_framing::rtu;
    /// With strict timing an answer waits for the silence behind its request.
    modbus_line_timing timing{};
};

/// The server's end of one serial line, or of one connection with RTU or ASCII over TCP: one device
/// or several (`Units`, see `modbus_server.hpp`). Sans-IO:
///
///     session.receive(bytes, now);             // as they come
///     write(session.pending_output()); session.consume(n);
///     wake me at session.next_deadline();      // and call session.advance(now) then
///
/// It says nothing to other units' requests, to broadcasts (which all units carry out, but for
/// those that only read), and to whatever is no frame. On a line with several servers it hears the
/// others' answers; these are taken for what they are, so that nothing within them is executed.
template <class Units>
class modbus_serial_session {
public:
    constexpr explicit modbus_serial_session(
        Units& units, const modbus_serial_server_options& options = {}) noexcept
        : units_{&units}, options_{options}, input_{options.framing, options.timing}
    {
    }

    constexpr void receive(byte_span bytes, instant now) noexcept
    {
        input_.begin(bytes.size(), now);
        hear(bytes, now);
    }
    constexpr void advance(instant now) noexcept
    {
        input_.advance(now);
        hear({}, now);
    }
    /// When `advance` is to be called next; `instant::max()` when there is nothing to do.
    [[nodiscard]] constexpr instant next_deadline() const noexcept
    {
        return std::min(input_.ends_at(), is_ready_ ? instant::max() : input_.quiet_at());
    }

    /// Bytes to be sent now, until they have been consumed.
    [[nodiscard]] constexpr byte_span pending_output() const noexcept
    {
        return {output_.data() + output_begin_, is_ready_ ? output_end_ - output_begin_ : 0};
    }
    constexpr void consume(std::size_t count) noexcept
    {
        output_begin_ += std::min(count, pending_output().size());
        if (output_begin_ == output_end_) {
            output_begin_ = output_end_ = 0;
        }
    }

    /// The connection was made anew: half-sent and half-received bytes are void.
    constexpr void reconnected() noexcept
    {
        input_.clear();
        output_begin_ = output_end_ = 0;
        is_ready_ = true;
    }

    [[nodiscard]] constexpr modbus_server_counters counters() const noexcept
    {
        modbus_server_counters out = counters_;
        out.bad_frames += input_.bad_frames();
        return out;
    }

private:
    constexpr void hear(byte_span bytes, instant now) noexcept;
    constexpr void take(const codec::modbus::adu& what) noexcept;
    template <class Device>
    constexpr std::size_t answer_rtu(Device& device, const codec::modbus::adu& what,
                                     std::span<std::uint8_t> out) noexcept;
    template <class Device>
    constexpr std::size_t answer_ascii(Device& device, const codec::modbus::adu& what,
                                       std::span<std::uint8_t> out) noexcept;

    Units* units_;
    modbus_serial_server_options options_;
    modbus_line_input<codec::modbus::rtu_hears_all> input_;
    // Over TCP a client may not wait for an answer before it asks again.
    std::array<std::uint8_t, 4 * codec::modbus::ascii_size_max> output_;
    std::size_t output_begin_ = 0;
    std::size_t output_end_ = 0;
    bool is_ready_ = true;
    modbus_server_counters counters_{};
};

// ---------------------------------------------------------------------------------------------

template <class Units>
constexpr void modbus_serial_session<Units>::hear(byte_span bytes, instant now) noexcept
{
    codec::modbus::adu found;
    while (input_.next(bytes, found)) {
        take(found);
    }
    is_ready_ = output_begin_ == output_end_ || !options_.timing.is_strict ||
                now >= input_.quiet_at();
}

/// An answer that there is no room for is not given, nor is the request carried out: on a
/// half-duplex line nobody asks so fast.
template <class Units>
constexpr void modbus_serial_session<Units>::take(const codec::modbus::adu& what) noexcept
{
    if (options_.framing == modbus_framing::rtu) {
        // An answer of another, or a request that by chance looks like one: CRC and length say so.
        // Only of diagnostics the data may be longer than their function says.
        const auto size = codec::modbus::request_size(what.pdu);
        const bool is_longer = size && what.pdu.size() > *size &&
                               what.pdu[0] ==
                                   static_cast<std::uint8_t>(codec::modbus::function::diagnostics);
        if (!size || (*size != 0 && *size != what.pdu.size() && !is_longer)) {
            ++counters_.discarded;
            return;
        }
    }
    if (what.unit == 0) {
        if (!detail::is_reading(what.pdu[0])) {
            detail::broadcast(*units_, what.pdu, counters_);
        }
        return;
    }
    auto* const device = units_->find(what.unit);
    if (device == nullptr) {
        ++counters_.absent;
        return;
    }
    const auto room = std::span{output_}.subspan(output_end_);
    if (room.size() < codec::modbus::ascii_size_max) {
        ++counters_.discarded;
        return;
    }
    output_end_ += options_.framing == modbus_framing::ascii
                       ? answer_ascii(*device, what, room)
                       : answer_rtu(*device, what, room);
}

template <class Units>
template <class Device>
constexpr std::size_t
modbus_serial_session<Units>::answer_rtu(Device& device, const codec::modbus::adu& what,
                                         std::span<std::uint8_t> out) noexcept
{
    const std::size_t size = detail::served(device, what.pdu, out.subspan(1), counters_);
    return codec::modbus::seal_rtu(what.unit, size, out).value_or(0);
}

template <class Units>
template <class Device>
constexpr std::size_t
modbus_serial_session<Units>::answer_ascii(Device& device, const codec::modbus::adu& what,
                                           std::span<std::uint8_t> out) noexcept
{
    std::array<std::uint8_t, codec::modbus::pdu_size_max> answer;
    const std::size_t size = detail::served(device, what.pdu, answer, counters_);
    const byte_span pdu = byte_span{answer}.first(size);
    return codec::modbus::encode_ascii({0, what.unit, pdu}, out).value_or(0);
}

}  // namespace wattpurse::link
