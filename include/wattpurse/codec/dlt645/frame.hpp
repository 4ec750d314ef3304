// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>

namespace wattpurse::codec::dlt645 {

/// Bytes that delimit a frame (DL/T 645-2007, 5.2): `FE* 68 A0..A5 68 C L DATA CS 16`.
inline constexpr std::uint8_t preamble_byte = 0xFE;
inline constexpr std::uint8_t start_byte = 0x68;
inline constexpr std::uint8_t end_byte = 0x16;
/// What a sender adds to each byte of DATA and a receiver takes off again (5.2.5).
inline constexpr std::uint8_t data_offset = 0x33;

/// Preamble bytes a master is advised to send (5.2.1).
inline constexpr std::size_t preamble_size_default = 4;
/// Everything of a frame that is not DATA, without preamble.
inline constexpr std::size_t frame_overhead = 12;
/// The standard allows 200 on reading and 50 on writing; meters in the field exceed both.
inline constexpr std::size_t data_size_max = 255;
inline constexpr std::size_t frame_size_max = frame_overhead + data_size_max;

/// Text of an address, kept inside the object.
struct address_text {
    std::array<char, 12> data{};
    [[nodiscard]] constexpr std::string_view view() const noexcept
    {
        return {data.data(), data.size()};
    }
};

/// Address of a meter (通信地址): twelve BCD digits, sent low byte first. Bytes AA stand for
/// "any" (缩位寻址), all 99 for everybody (广播地址).
struct address {
    std::array<std::uint8_t, 6> wire{};  ///< A0..A5, low byte first, as on the wire

    /// The twelve digits as on the meter's plate, "000072007201"; 'A' is allowed for wildcards.
    /// Error: `syntax`.
    [[nodiscard]] static constexpr result<address> parse(std::string_view text) noexcept;
    /// The address of a meter whose number has at most twelve digits, as 2007 writes it: "7201"
    /// is 000000007201. Error: `syntax`.
    [[nodiscard]] static constexpr result<address> shortened_2007(std::string_view text) noexcept;
    /// Any meter whose address ends in these digits, the other bytes AA: for reads of 2007
    /// (缩位寻址), and how 1997 writes short addresses. An even number of digits, 2 to 12.
    /// Error: `syntax`.
    [[nodiscard]] static constexpr result<address> covering(std::string_view text) noexcept;
    /// 999999999999: every meter hears it, none answers.
    [[nodiscard]] static constexpr address broadcast() noexcept;
    /// AAAAAAAAAAAA: any meter; only with a single one on the line.
    [[nodiscard]] static constexpr address wildcard() noexcept;

    /// Twelve digits, high ones first; what is not BCD appears as a hexadecimal digit.
    [[nodiscard]] constexpr address_text text() const noexcept;
    [[nodiscard]] constexpr bool is_broadcast() const noexcept { return *this == broadcast(); }
    [[nodiscard]] constexpr bool is_bcd() const noexcept;
    [[nodiscard]] constexpr bool has_wildcard() const noexcept;
    /// Equal, where bytes AA of this address match any byte of `other`.
    [[nodiscard]] constexpr bool covers(const address& other) const noexcept;

    friend constexpr bool operator==(const address&, const address&) = default;
};

namespace detail {

/// All zero, in pieces: GCC clears 255 bytes at once with an instruction that takes longer than
/// everything else that is done to a short frame.
[[nodiscard]] constexpr std::array<std::uint8_t, data_size_max> no_data() noexcept
{
    if (std::is_constant_evaluated()) {
        return {};
    }
    constexpr std::size_t piece = 64;
    std::array<std::uint8_t, data_size_max> out;
    std::memset(out.data(), 0, piece);
    std::memset(out.data() + piece, 0, piece);
    std::memset(out.data() + 2 * piece, 0, piece);
    std::memset(out.data() + 3 * piece, 0, data_size_max - 3 * piece);
    return out;
}

}  // namespace detail

/// One frame, its DATA already without the 33H offset. A value of fixed size.
struct frame {
    static constexpr std::uint8_t from_meter_bit = 0x80;  ///< D7: the meter speaks
    static constexpr std::uint8_t abnormal_bit = 0x40;    ///< D6: the meter refuses
    static constexpr std::uint8_t follow_bit = 0x20;      ///< D5: more data to be read with 12
    static constexpr std::uint8_t function_mask = 0x1F;   ///< D4..D0

    dlt645::address address{};
    std::uint8_t control = 0;
    std::uint8_t length = 0;
    std::array<std::uint8_t, data_size_max> data = detail::no_data();

    [[nodiscard]] constexpr byte_span payload() const noexcept { return {data.data(), length}; }
    [[nodiscard]] constexpr std::uint8_t function() const noexcept
    {
        return static_cast<std::uint8_t>(control & function_mask);
    }
    [[nodiscard]] constexpr bool is_from_meter() const noexcept
    {
        return (control & from_meter_bit) != 0;
    }
    [[nodiscard]] constexpr bool is_abnormal() const noexcept
    {
        return (control & abnormal_bit) != 0;
    }
    [[nodiscard]] constexpr bool has_follow() const noexcept
    {
        return (control & follow_bit) != 0;
    }

    /// Adds bytes to DATA. Error: `too_long`; the frame is then unchanged.
    constexpr result<void> append(byte_span bytes) noexcept;

    /// Equal on the wire; what lies behind `length` does not count.
    friend constexpr bool operator==(const frame& a, const frame& b) noexcept
    {
        bool same = a.address == b.address && a.control == b.control && a.length == b.length;
        for (std::size_t i = 0; same && i < a.length; ++i) {
            same = a.data[i] == b.data[i];
        }
        return same;
    }
};

/// Sum modulo 256, from the first 68 to the last byte of DATA (5.2.6).
[[nodiscard]] constexpr std::uint8_t checksum(byte_span bytes) noexcept;

/// Bytes that `encode` will write.
[[nodiscard]] constexpr std::size_t encoded_size(
    const frame& what, std::size_t preamble = preamble_size_default) noexcept
{
    return preamble + frame_overhead + what.length;
}

/// Writes the frame behind `preamble` bytes FE and returns the number of bytes written.
/// Error: `buffer_too_small`.
[[nodiscard]] constexpr result<std::size_t> encode(
    const frame& what, std::span<std::uint8_t> out,
    std::size_t preamble = preamble_size_default) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr result<address> address::parse(std::string_view text) noexcept
{
    address out;
    if (text.size() != 2 * out.wire.size()) {
        return fail(errc::syntax);
    }
    for (std::size_t i = 0; i < out.wire.size(); ++i) {
        const int high = hex_value(text[2 * i]);
        const int low = hex_value(text[2 * i + 1]);
        if (high < 0 || high > 0xA || low < 0 || low > 0xA) {
            return fail(errc::syntax);
        }
        out.wire[out.wire.size() - 1 - i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return out;
}

namespace detail {

/// Decimal digits, high first, into the low places of `to`.
[[nodiscard]] constexpr bool read_low_digits(std::string_view text, address& to) noexcept
{
    if (text.empty() || text.size() > 2 * to.wire.size()) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int digit = hex_value(text[text.size() - 1 - i]);
        if (digit < 0 || digit > 9) {
            return false;
        }
        const unsigned byte = to.wire[i / 2];
        const auto value = static_cast<unsigned>(digit);
        to.wire[i / 2] = static_cast<std::uint8_t>(i % 2 == 0 ? (byte & 0xF0U) | value
                                                              : (byte & 0x0FU) | value << 4U);
    }
    return true;
}

}  // namespace detail

constexpr result<address> address::shortened_2007(std::string_view text) noexcept
{
    address out;
    if (!detail::read_low_digits(text, out)) {
        return fail(errc::syntax);
    }
    return out;
}

constexpr result<address> address::covering(std::string_view text) noexcept
{
    address out = wildcard();
    if (text.size() % 2 != 0 || !detail::read_low_digits(text, out)) {
        return fail(errc::syntax);
    }
    return out;
}

constexpr address address::broadcast() noexcept
{
    return {{0x99, 0x99, 0x99, 0x99, 0x99, 0x99}};
}

constexpr address address::wildcard() noexcept
{
    return {{0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA}};
}

constexpr address_text address::text() const noexcept
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    address_text out;
    for (std::size_t i = 0; i < wire.size(); ++i) {
        const std::uint8_t byte = wire[wire.size() - 1 - i];
        out.data[2 * i] = digits[byte >> 4U];
        out.data[2 * i + 1] = digits[byte & 0x0FU];
    }
    return out;
}

constexpr bool address::is_bcd() const noexcept
{
    for (const std::uint8_t byte : wire) {
        if ((byte >> 4U) > 9 || (byte & 0x0FU) > 9) {
            return false;
        }
    }
    return true;
}

constexpr bool address::has_wildcard() const noexcept
{
    for (const std::uint8_t byte : wire) {
        if (byte == 0xAA) {
            return true;
        }
    }
    return false;
}

constexpr bool address::covers(const address& other) const noexcept
{
    for (std::size_t i = 0; i < wire.size(); ++i) {
        if (wire[i] != 0xAA && wire[i] != other.wire[i]) {
            return false;
        }
    }
    return true;
}

constexpr result<void> frame::append(byte_span bytes) noexcept
{
    if (bytes.size() > data_size_max - length) {
        return fail(errc::too_long);
    }
    for (const std::uint8_t byte : bytes) {
        data[length++] = byte;
    }
    return {};
}

namespace detail {

/// Eight bytes at once, on machines that have words of eight. The order of the bytes in a word
/// does not matter to any user of these.
inline constexpr bool has_wide_words = sizeof(void*) >= sizeof(std::uint64_t);
inline constexpr std::size_t wide = sizeof(std::uint64_t);
inline constexpr std::uint64_t every_byte = 0x0101010101010101U;

[[nodiscard]] inline std::uint64_t load_wide(const std::uint8_t* from) noexcept
{
    std::uint64_t word = 0;
    std::memcpy(&word, from, wide);
    return word;
}

/// The sum of eight bytes, in one.
[[nodiscard]] constexpr unsigned sum_of_wide(std::uint64_t word) noexcept
{
    constexpr std::uint64_t low = 0x00FF00FF00FF00FFU;
    const std::uint64_t pairs = (word & low) + (word >> 8U & low);
    return static_cast<unsigned>(pairs * 0x0001000100010001U >> 48U);
}

/// Adds `offset` to each of eight bytes, without carry from one to the next.
[[nodiscard]] constexpr std::uint64_t add_wide(std::uint64_t word, std::uint8_t offset) noexcept
{
    constexpr std::uint64_t top = 0x80U * every_byte;
    const std::uint64_t offsets = offset * every_byte;
    return ((word & ~top) + (offsets & ~top)) ^ ((word ^ offsets) & top);
}

/// Copies `size` bytes and adds `offset` to each, modulo 256.
constexpr void copy_shifted(const std::uint8_t* from, std::uint8_t* to, std::size_t size,
                            std::uint8_t offset) noexcept
{
    std::size_t i = 0;
    if constexpr (has_wide_words) {
        if (!std::is_constant_evaluated()) {
            for (; i + wide <= size; i += wide) {
                const std::uint64_t word = add_wide(load_wide(from + i), offset);
                std::memcpy(to + i, &word, wide);
            }
            if (i + 4 <= size) {  // most numbers: four bytes, read again as one word
                std::uint32_t part = 0;
                std::memcpy(&part, from + i, 4);
                part = static_cast<std::uint32_t>(add_wide(part, offset));
                std::memcpy(to + i, &part, 4);
                i += 4;
            }
        }
    }
    for (; i < size; ++i) {
        to[i] = static_cast<std::uint8_t>(from[i] + offset);
    }
}

}  // namespace detail

constexpr std::uint8_t checksum(byte_span bytes) noexcept
{
    unsigned sum = 0;
    std::size_t i = 0;
    if constexpr (detail::has_wide_words) {
        if (!std::is_constant_evaluated()) {
            for (; i + detail::wide <= bytes.size(); i += detail::wide) {
                sum += detail::sum_of_wide(detail::load_wide(bytes.data() + i));
            }
        }
    }
    for (; i < bytes.size(); ++i) {
        sum += bytes[i];
    }
    return static_cast<std::uint8_t>(sum);
}

constexpr result<std::size_t> encode(const frame& what, std::span<std::uint8_t> out,
                                     std::size_t preamble) noexcept
{
    if (out.size() < frame_overhead + what.length ||
        out.size() - frame_overhead - what.length < preamble) {
        return fail(errc::buffer_too_small);
    }
    std::uint8_t* at = out.data();
    for (std::size_t i = 0; i < preamble; ++i) {
        *at++ = preamble_byte;
    }
    unsigned sum = 2U * start_byte + what.control + what.length;
    *at++ = start_byte;
    for (const std::uint8_t byte : what.address.wire) {
        *at++ = byte;
        sum += byte;
    }
    *at++ = start_byte;
    *at++ = what.control;
    *at++ = what.length;
    for (const std::uint8_t byte : what.payload()) {
        const auto sent = static_cast<std::uint8_t>(byte + data_offset);
        *at++ = sent;
        sum += sent;
    }
    *at++ = static_cast<std::uint8_t>(sum);
    *at = end_byte;
    return encoded_size(what, preamble);
}

}  // namespace wattpurse::codec::dlt645
