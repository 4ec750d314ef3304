// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>

namespace wattpurse::codec::modbus {

/// Function code and data, without address and checksum (chapter 4.1).
inline constexpr std::size_t pdu_size_max = 253;

/// A protocol data unit of one's own. Empty: none.
struct pdu {
    std::array<std::uint8_t, pdu_size_max> bytes{};
    std::uint8_t size = 0;

    /// A copy. `empty`, or `too_long` above `pdu_size_max`.
    [[nodiscard]] static constexpr result<pdu> of(byte_span from) noexcept
    {
        if (from.empty()) {
            return fail(errc::empty);
        }
        if (from.size() > pdu_size_max) {
            return fail(errc::too_long);
        }
        pdu out;
        std::copy(from.begin(), from.end(), out.bytes.begin());
        out.size = static_cast<std::uint8_t>(from.size());
        return out;
    }

    /// The bytes in use: function code first.
    [[nodiscard]] constexpr byte_span view() const noexcept { return {bytes.data(), size}; }
    /// 0 where it is empty, which is no function.
    [[nodiscard]] constexpr std::uint8_t function_code() const noexcept { return bytes[0]; }
};

/// The big-endian word at `offset`, which must be there.
[[nodiscard]] constexpr std::uint16_t word_at(byte_span bytes, std::size_t offset) noexcept
{
    return static_cast<std::uint16_t>(static_cast<unsigned>(bytes[offset]) << 8U |
                                      bytes[offset + 1]);
}

}  // namespace wattpurse::codec::modbus
