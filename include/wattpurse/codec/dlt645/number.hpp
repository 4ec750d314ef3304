// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/values.hpp>

namespace wattpurse::codec::dlt645 {

/// Numbers of DATA whose size and sign are known only when they are read, from a catalogue; those
/// that the programmer knows are in values.hpp. Low byte first throughout.

/// The first eight bytes at most, as they are.
[[nodiscard]] constexpr std::uint64_t load_low_first(byte_span field) noexcept;

/// `read_signed` or `read_unsigned`, with the same errors. Neither size nor sign is branched
/// upon: with identifiers of all kinds mixed, wrong guesses would take longer than the work.
[[nodiscard]] constexpr result<std::int64_t> read_bcd(byte_span field, bool has_sign) noexcept;

/// The reverse, into one to eight bytes. `out_of_range`
/// where the value has more digits than that, or a sign that cannot be there; `out` is then
/// unchanged.
[[nodiscard]] constexpr result<void> write_bcd(std::int64_t value, bool has_sign,
                                               std::span<std::uint8_t> out) noexcept;

/// Unsigned binary of one to eight bytes. `out_of_range` for another size, and above 2^63 - 1.
[[nodiscard]] constexpr result<std::int64_t> read_binary(byte_span field) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

inline constexpr std::size_t word_size = 8;

/// Ones in as many low bytes.
[[nodiscard]] constexpr std::uint64_t ones(std::size_t bytes) noexcept
{
    return ~std::uint64_t{0} >> 8U * (word_size - bytes);
}

/// As `load_low_first` of one to eight bytes, by a single branch: bytes are taken twice rather
/// than counted.
[[nodiscard]] constexpr std::uint64_t load_field(byte_span field) noexcept
{
    const auto byte = [field](std::size_t i) {
        return static_cast<std::uint64_t>(field[i]) << 8 * i;
    };
    const std::size_t size = field.size();
    if (size >= 4) {
        const std::uint64_t low = byte(0) | byte(1) | byte(2) | byte(3);
        return low | byte(size - 4) | byte(size - 3) | byte(size - 2) | byte(size - 1);
    }
    return byte(0) | byte(size / 2) | byte(size - 1);
}

/// Some nibble is above 9: its 8 goes with its 4 or its 2.
[[nodiscard]] constexpr bool has_hex_digit(std::uint64_t packed) noexcept
{
    constexpr std::uint64_t lowest_of_each = 0x1111'1111'1111'1111;
    return (packed >> 3U & (packed >> 2U | packed >> 1U) & lowest_of_each) != 0;
}

/// Sixteen digits at once: pairs of digits, pairs of these, and so on.
[[nodiscard]] constexpr std::uint64_t unpacked(std::uint64_t packed) noexcept
{
    constexpr std::uint64_t nibbles = 0x0F0F'0F0F'0F0F'0F0F;
    constexpr std::uint64_t bytes = 0x00FF'00FF'00FF'00FF;
    constexpr std::uint64_t words = 0x0000'FFFF'0000'FFFF;
    std::uint64_t value = (packed & nibbles) + 10 * (packed >> 4U & nibbles);
    value = (value & bytes) + 100 * (value >> 8U & bytes);
    value = (value & words) + 10'000 * (value >> 16U & words);
    return (value & 0xFFFF'FFFF) + 100'000'000 * (value >> 32U);
}

}  // namespace detail

constexpr result<std::int64_t> read_bcd(byte_span field, bool has_sign) noexcept
{
    if (field.empty() || field.size() > detail::word_size) [[unlikely]] {
        return fail(errc::out_of_range);
    }
    const std::uint64_t word = detail::load_field(field);
    const auto sign_at = static_cast<unsigned>(8 * field.size() - 1);
    const std::uint64_t minus = word >> sign_at & std::uint64_t{has_sign};
    const std::uint64_t packed = word ^ minus << sign_at;
    if (detail::has_hex_digit(packed)) [[unlikely]] {
        return fail(is_missing(field) ? errc::not_available : errc::not_bcd);
    }
    const std::uint64_t magnitude = detail::unpacked(packed);
    return static_cast<std::int64_t>((magnitude ^ (0 - minus)) + minus);  // -magnitude where 1
}

constexpr std::uint64_t load_low_first(byte_span field) noexcept
{
    const std::size_t size = field.size() < detail::word_size ? field.size() : detail::word_size;
    std::uint64_t word = 0;
    for (std::size_t i = size; i-- > 0;) {
        word = word << 8U | field[i];
    }
    return word;
}

constexpr result<void> write_bcd(std::int64_t value, bool has_sign,
                                 std::span<std::uint8_t> out) noexcept
{
    if (out.empty() || out.size() > detail::word_size || (value < 0 && !has_sign)) {
        return fail(errc::out_of_range);
    }
    std::uint64_t magnitude = value < 0 ? 0 - static_cast<std::uint64_t>(value)
                                        : static_cast<std::uint64_t>(value);
    std::uint64_t packed = 0;
    for (std::size_t i = 0; i < 2 * out.size(); ++i) {
        packed |= magnitude % 10 << 4 * i;
        magnitude /= 10;
    }
    const std::uint64_t sign_bit = std::uint64_t{has_sign} << (8 * out.size() - 1);
    if (magnitude != 0 || (packed & sign_bit) != 0) {
        return fail(errc::out_of_range);
    }
    packed |= value < 0 ? sign_bit : 0U;
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = static_cast<std::uint8_t>(packed >> 8 * i);
    }
    return {};
}

constexpr result<std::int64_t> read_binary(byte_span field) noexcept
{
    const std::uint64_t word = load_low_first(field);
    if (field.empty() || field.size() > detail::word_size || word >> 63U != 0) {
        return fail(errc::out_of_range);
    }
    return static_cast<std::int64_t>(word);
}

}  // namespace wattpurse::codec::dlt645
