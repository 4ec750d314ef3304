// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/modbus/adu.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>

namespace wattpurse::codec::modbus {

/// ASCII: ':', unit address, PDU and LRC as pairs of capital hexadecimal digits, CR, LF (Modbus
/// over serial line V1.02, 2.5.2). `ascii_framer.hpp` finds frames in a stream.
inline constexpr std::size_t ascii_binary_max = 1 + pdu_size_max + 1;  ///< address, PDU, LRC
inline constexpr std::size_t ascii_size_max = 1 + 2 * ascii_binary_max + 2;
inline constexpr std::size_t ascii_size_min = 1 + 2 * 3 + 2;
inline constexpr std::uint8_t ascii_start = ':';
inline constexpr std::uint8_t ascii_return = '\r';
/// The last character; a master can have it changed by diagnostic 3.
inline constexpr std::uint8_t ascii_delimiter = '\n';

/// Longitudinal redundancy check (2.5.2.2): what makes the sum of all bytes 0.
[[nodiscard]] constexpr std::uint8_t lrc(byte_span bytes) noexcept
{
    unsigned sum = 0;
    for (const std::uint8_t byte : bytes) {
        sum += byte;
    }
    return static_cast<std::uint8_t>(0U - sum);
}

/// Writes the frame and returns its size. `transaction` is not used. `empty`, `too_long`,
/// `buffer_too_small`.
[[nodiscard]] constexpr result<std::size_t>
encode_ascii(const adu& what, std::span<std::uint8_t> out,
             std::uint8_t delimiter = ascii_delimiter) noexcept;

/// The one frame that `bytes` consist of; digits of either case. It is written as bytes to the
/// front of `binary`, `ascii_binary_max` of them at most, and borrows them. `syntax`,
/// `buffer_too_small`.
[[nodiscard]] constexpr result<adu> decode_ascii(byte_span bytes, std::span<std::uint8_t> binary,
                                                 std::uint8_t delimiter = ascii_delimiter) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr result<std::size_t> encode_ascii(const adu& what, std::span<std::uint8_t> out,
                                           std::uint8_t delimiter) noexcept
{
    if (what.pdu.empty() || what.pdu.size() > pdu_size_max) {
        return fail(what.pdu.empty() ? errc::empty : errc::too_long);
    }
    const std::size_t size = 1 + 2 * (1 + what.pdu.size() + 1) + 2;
    if (out.size() < size) {
        return fail(errc::buffer_too_small);
    }
    std::size_t at = 0;
    const auto put = [&](unsigned byte) {
        constexpr char digits[] = "0123456789ABCDEF";
        out[at++] = static_cast<std::uint8_t>(digits[byte >> 4U]);
        out[at++] = static_cast<std::uint8_t>(digits[byte & 0x0FU]);
    };
    out[at++] = ascii_start;
    put(what.unit);
    for (const std::uint8_t byte : what.pdu) {
        put(byte);
    }
    put(static_cast<std::uint8_t>(lrc(what.pdu) - what.unit));
    out[at++] = ascii_return;
    out[at++] = delimiter;
    return size;
}

constexpr result<adu> decode_ascii(byte_span bytes, std::span<std::uint8_t> binary,
                                   std::uint8_t delimiter) noexcept
{
    const std::size_t size = bytes.size();
    if (size < ascii_size_min || size > ascii_size_max || size % 2 == 0 ||
        bytes[0] != ascii_start || bytes[size - 2] != ascii_return ||
        bytes[size - 1] != delimiter) {
        return fail(errc::syntax);
    }
    const std::size_t count = (size - 3) / 2;
    if (binary.size() < count) {
        return fail(errc::buffer_too_small);
    }
    for (std::size_t i = 0; i < count; ++i) {
        const int high = hex_value(static_cast<char>(bytes[1 + 2 * i]));
        const int low = hex_value(static_cast<char>(bytes[2 + 2 * i]));
        if (high < 0 || low < 0) {
            return fail(errc::syntax);
        }
        binary[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    const byte_span whole = binary.first(count);
    if (lrc(whole) != 0) {
        return fail(errc::syntax);
    }
    return adu{0, whole[0], whole.subspan(1, count - 2)};
}

}  // namespace wattpurse::codec::modbus
