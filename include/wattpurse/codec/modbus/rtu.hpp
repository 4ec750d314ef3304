// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/modbus/adu.hpp>
#include <wattpurse/codec/modbus/crc16.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>

namespace wattpurse::codec::modbus {

/// RTU: unit address, PDU, CRC with its low byte first (Modbus over serial line V1.02, 2.5.1).
/// `rtu_framer.hpp` finds frames in a stream.
inline constexpr std::size_t rtu_overhead = 3;
inline constexpr std::size_t rtu_size_min = rtu_overhead + 1;
inline constexpr std::size_t rtu_size_max = rtu_overhead + pdu_size_max;

/// Puts address and CRC around a PDU of that size which stands at `out[1]` already, and returns
/// the size of all. `empty`, `too_long`, `buffer_too_small`.
template <class Crc = crc16_sliced>
[[nodiscard]] constexpr result<std::size_t> seal_rtu(std::uint8_t unit, std::size_t pdu_size,
                                                     std::span<std::uint8_t> out) noexcept;

/// Writes the frame and returns its size. The PDU may stand in its place already; `transaction` is
/// not used. Errors as above.
template <class Crc = crc16_sliced>
[[nodiscard]] constexpr result<std::size_t> encode_rtu(const adu& what,
                                                       std::span<std::uint8_t> out) noexcept;

/// The one frame that `bytes` consist of. `syntax` where the size cannot be or the CRC is wrong.
template <class Crc = crc16_sliced>
[[nodiscard]] constexpr result<adu> decode_rtu(byte_span bytes) noexcept;

/// The CRC as it stands in the last two bytes of a frame.
[[nodiscard]] constexpr std::uint16_t crc_of_frame(byte_span frame) noexcept
{
    return static_cast<std::uint16_t>(frame[frame.size() - 2] |
                                      static_cast<unsigned>(frame[frame.size() - 1]) << 8U);
}

// ---------------------------------------------------------------------------------------------

template <class Crc>
constexpr result<std::size_t> seal_rtu(std::uint8_t unit, std::size_t pdu_size,
                                       std::span<std::uint8_t> out) noexcept
{
    if (pdu_size == 0 || pdu_size > pdu_size_max) {
        return fail(pdu_size == 0 ? errc::empty : errc::too_long);
    }
    if (out.size() < rtu_overhead + pdu_size) {
        return fail(errc::buffer_too_small);
    }
    out[0] = unit;
    const std::uint16_t crc = Crc::of(byte_span{out}.first(pdu_size + 1));
    out[pdu_size + 1] = static_cast<std::uint8_t>(crc & 0xFFU);
    out[pdu_size + 2] = static_cast<std::uint8_t>(crc >> 8U);
    return rtu_overhead + pdu_size;
}

template <class Crc>
constexpr result<std::size_t> encode_rtu(const adu& what, std::span<std::uint8_t> out) noexcept
{
    if (what.pdu.size() <= pdu_size_max && out.size() >= rtu_overhead + what.pdu.size() &&
        what.pdu.data() != out.data() + 1) {
        std::copy(what.pdu.begin(), what.pdu.end(), out.data() + 1);
    }
    return seal_rtu<Crc>(what.unit, what.pdu.size(), out);
}

template <class Crc>
constexpr result<adu> decode_rtu(byte_span bytes) noexcept
{
    if (bytes.size() < rtu_size_min || bytes.size() > rtu_size_max ||
        Crc::of(bytes.first(bytes.size() - 2)) != crc_of_frame(bytes)) {
        return fail(errc::syntax);
    }
    return adu{0, bytes[0], bytes.subspan(1, bytes.size() - rtu_overhead)};
}

}  // namespace wattpurse::codec::modbus
