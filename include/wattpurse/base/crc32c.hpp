// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>

namespace wattpurse {

namespace detail {

/// [0] is the usual table of a byte; [n] of a byte with n zeros behind it.
inline constexpr std::array<std::array<std::uint32_t, 256>, 4> crc32c_slices = [] {
    std::array<std::array<std::uint32_t, 256>, 4> tables{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (auto& table : tables) {
            for (int bit = 0; bit < 8; ++bit) {
                value = (value & 1U) != 0 ? value >> 1U ^ 0x82F6'3B78U : value >> 1U;
            }
            table[i] = value;
        }
    }
    return tables;
}();

}  // namespace detail

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4): reflected, begun with ones and inverted at the
/// end. Of "123456789" it is E3069283. Finds every error within 32 neighbouring bits.
[[nodiscard]] constexpr std::uint32_t crc32c(byte_span bytes) noexcept
{
    const auto& slice = detail::crc32c_slices;
    std::uint32_t crc = 0xFFFF'FFFFU;
    std::size_t i = 0;
    for (; i + 4 <= bytes.size(); i += 4) {
        crc ^= std::uint32_t{bytes[i]} | std::uint32_t{bytes[i + 1]} << 8U |
               std::uint32_t{bytes[i + 2]} << 16U | std::uint32_t{bytes[i + 3]} << 24U;
        crc = slice[3][crc & 0xFFU] ^ slice[2][crc >> 8U & 0xFFU] ^ slice[1][crc >> 16U & 0xFFU] ^
              slice[0][crc >> 24U];
    }
    for (; i < bytes.size(); ++i) {
        crc = crc >> 8U ^ slice[0][(crc ^ bytes[i]) & 0xFFU];
    }
    return ~crc;
}

}  // namespace wattpurse
