// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/codec/modbus/pdu_writer.hpp>

namespace wattpurse::codec::modbus {

/// Registers as they stand in a PDU: two bytes each, high byte first (chapter 4.2). Borrowed; an
/// odd last byte does not count.
class registers_view {
public:
    constexpr registers_view() noexcept = default;
    constexpr explicit registers_view(byte_span bytes) noexcept
        : bytes_{bytes.first(bytes.size() & ~std::size_t{1})}
    {
    }

    [[nodiscard]] constexpr std::size_t size() const noexcept { return bytes_.size() / 2; }
    [[nodiscard]] constexpr bool empty() const noexcept { return bytes_.empty(); }
    /// `index` is below `size()`.
    [[nodiscard]] constexpr std::uint16_t operator[](std::size_t index) const noexcept
    {
        return word_at(bytes_, 2 * index);
    }
    /// Copies as many as there are and as fit, as numbers, and returns how many.
    constexpr std::size_t copy_to(std::span<std::uint16_t> out) const noexcept;

    [[nodiscard]] constexpr byte_span bytes() const noexcept { return bytes_; }

private:
    byte_span bytes_{};
};

/// Writes registers as they stand in a PDU and returns how many bytes. `buffer_too_small`.
[[nodiscard]] constexpr result<std::size_t> put_registers(std::span<const std::uint16_t> values,
                                                          std::span<std::uint8_t> out) noexcept;

/// Bits as they stand in a PDU: eight a byte, the first one lowest (6.1). Borrowed.
class bits_view {
public:
    constexpr bits_view() noexcept = default;
    /// `count` of them; not more than the bytes hold.
    constexpr bits_view(byte_span packed, std::size_t count) noexcept
        : packed_{packed}, count_{std::min(count, 8 * packed.size())}
    {
    }

    [[nodiscard]] constexpr std::size_t size() const noexcept { return count_; }
    /// `index` is below `size()`.
    [[nodiscard]] constexpr bool operator[](std::size_t index) const noexcept
    {
        return (packed_[index / 8] >> index % 8 & 1U) != 0;
    }

private:
    byte_span packed_{};
    std::size_t count_ = 0;
};

/// Packs bits as they stand in a PDU, zeros behind the last, and returns how many bytes.
/// `buffer_too_small`.
[[nodiscard]] constexpr result<std::size_t> put_bits(std::span<const bool> values,
                                                     std::span<std::uint8_t> out) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

/// Eight registers in one. gcc 12 at -O2 would not make them of a loop.
using eight_registers [[gnu::vector_size(16)]] = std::uint16_t;

/// Copies `count` registers between the order of the wire and the machine's. Both sides by address
/// alone: the two directions do the same.
inline void copy_swapped(const void* from, void* to, std::size_t count) noexcept
{
    const auto* source = static_cast<const unsigned char*>(from);
    auto* target = static_cast<unsigned char*>(to);
    if constexpr (std::endian::native == std::endian::big) {
        std::memcpy(target, source, 2 * count);
        return;
    }
    if constexpr (sizeof(void*) >= 8) {  // small machines are better off with the small loop
        for (; count >= 8; count -= 8, source += 16, target += 16) {
            eight_registers eight;
            std::memcpy(&eight, source, sizeof eight);
            eight = eight << 8 | eight >> 8;
            std::memcpy(target, &eight, sizeof eight);
        }
    }
    for (; count > 0; --count, source += 2, target += 2) {
        const unsigned char high = source[0];
        target[0] = source[1];
        target[1] = high;
    }
}

}  // namespace detail

constexpr std::size_t registers_view::copy_to(std::span<std::uint16_t> out) const noexcept
{
    const std::size_t count = std::min(size(), out.size());
    if (!std::is_constant_evaluated()) {
        detail::copy_swapped(bytes_.data(), out.data(), count);
        return count;
    }
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = (*this)[i];
    }
    return count;
}

constexpr result<std::size_t> put_registers(std::span<const std::uint16_t> values,
                                            std::span<std::uint8_t> out) noexcept
{
    if (out.size() < 2 * values.size()) {
        return fail(errc::buffer_too_small);
    }
    if (!std::is_constant_evaluated()) {
        detail::copy_swapped(values.data(), out.data(), values.size());
        return 2 * values.size();
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        out[2 * i] = static_cast<std::uint8_t>(values[i] >> 8U);
        out[2 * i + 1] = static_cast<std::uint8_t>(values[i] & 0xFFU);
    }
    return 2 * values.size();
}

constexpr result<std::size_t> put_bits(std::span<const bool> values,
                                       std::span<std::uint8_t> out) noexcept
{
    const std::size_t size = packed_size(values.size());
    if (out.size() < size) {
        return fail(errc::buffer_too_small);
    }
    std::fill(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size), std::uint8_t{0});
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i]) {
            out[i / 8] = static_cast<std::uint8_t>(out[i / 8] | 1U << i % 8);
        }
    }
    return size;
}

}  // namespace wattpurse::codec::modbus
