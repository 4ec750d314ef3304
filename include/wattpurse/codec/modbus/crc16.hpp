// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <wattpurse/base/bytes.hpp>

namespace wattpurse::codec::modbus {

/// The CRC of RTU (Modbus over serial line V1.02, 2.5.1.2): polynomial A001 reflected, beginning
/// at FFFF, low byte first on the wire. Over a frame with its CRC it is 0.
///
/// Two ways to compute it, as types to choose from. `Crc` below is one of them.
inline constexpr std::uint16_t crc16_start = 0xFFFF;

/// For machines with memory to spare: eight bytes a step from 4 KiB of tables.
struct crc16_sliced {
    [[nodiscard]] static constexpr std::uint16_t of(byte_span bytes,
                                                    std::uint16_t start = crc16_start) noexcept;
};

/// For microcontrollers: half a byte a step from a table of 32 bytes.
struct crc16_small {
    [[nodiscard]] static constexpr std::uint16_t of(byte_span bytes,
                                                    std::uint16_t start = crc16_start) noexcept;
};

// ---------------------------------------------------------------------------------------------

namespace detail {

[[nodiscard]] constexpr std::uint16_t crc16_of_bits(unsigned value, int bits) noexcept
{
    for (int i = 0; i < bits; ++i) {
        value = (value & 1U) != 0 ? value >> 1U ^ 0xA001U : value >> 1U;
    }
    return static_cast<std::uint16_t>(value);
}

inline constexpr std::array<std::uint16_t, 16> crc16_nibbles = [] {
    std::array<std::uint16_t, 16> table{};
    for (unsigned i = 0; i < table.size(); ++i) {
        table[i] = crc16_of_bits(i, 4);
    }
    return table;
}();

/// [0] is the usual table of a byte; [n] of a byte with n zeros behind it.
inline constexpr std::array<std::array<std::uint16_t, 256>, 8> crc16_slices = [] {
    std::array<std::array<std::uint16_t, 256>, 8> tables{};
    for (unsigned i = 0; i < 256; ++i) {
        std::uint16_t value = crc16_of_bits(i, 8);
        for (auto& table : tables) {
            table[i] = value;
            value = crc16_of_bits(value, 8);
        }
    }
    return tables;
}();

/// Eight bytes in two words, the first byte lowest: a load each where the machine has it so.
[[nodiscard]] inline std::uint32_t load_low_first(const std::uint8_t* from) noexcept
{
    return std::uint32_t{from[0]} | std::uint32_t{from[1]} << 8U | std::uint32_t{from[2]} << 16U |
           std::uint32_t{from[3]} << 24U;
}

}  // namespace detail

constexpr std::uint16_t crc16_sliced::of(byte_span bytes, std::uint16_t start) noexcept
{
    const auto& slice = detail::crc16_slices;
    std::uint32_t crc = start;
    std::size_t i = 0;
    if (!std::is_constant_evaluated()) {
        for (; i + 8 <= bytes.size(); i += 8) {
            // Only the first two bytes wait for the step before; the others are looked up ahead.
            const std::uint32_t first = detail::load_low_first(bytes.data() + i);
            const std::uint32_t second = detail::load_low_first(bytes.data() + i + 4);
            const std::uint32_t ahead =
                std::uint32_t{slice[5][first >> 16U & 0xFFU]} ^ slice[4][first >> 24U] ^
                slice[3][second & 0xFFU] ^ slice[2][second >> 8U & 0xFFU] ^
                slice[1][second >> 16U & 0xFFU] ^ slice[0][second >> 24U];
            crc ^= first;
            crc = ahead ^ slice[7][crc & 0xFFU] ^ slice[6][crc >> 8U & 0xFFU];
        }
    }
    for (; i < bytes.size(); ++i) {
        crc = crc >> 8U ^ slice[0][(crc ^ bytes[i]) & 0xFFU];
    }
    return static_cast<std::uint16_t>(crc);
}

constexpr std::uint16_t crc16_small::of(byte_span bytes, std::uint16_t start) noexcept
{
    unsigned crc = start;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        crc = crc >> 4U ^ detail::crc16_nibbles[crc & 0x0FU];
        crc = crc >> 4U ^ detail::crc16_nibbles[crc & 0x0FU];
    }
    return static_cast<std::uint16_t>(crc);
}

}  // namespace wattpurse::codec::modbus
