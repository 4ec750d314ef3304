// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace wattpurse::adapter::asio {

/// The parity bit of a byte.
enum class parity_bit : std::uint8_t { none, even, odd };

/// How a serial port is set. No flow control, always; the rest as DL/T 645-2007 has it (5.1).
struct serial_settings {
    std::uint32_t baud = 2400;              ///< see `is_serial_rate`
    parity_bit parity = parity_bit::even;
    std::uint8_t stop_bits = 1;             ///< 1 or 2
    /// The kernel switches the RS-485 driver to sending and back (TIOCSRS485). Off leaves the
    /// port as it is: most USB adapters switch by themselves.
    bool rs485 = false;
    std::uint8_t data_bits = 8;             ///< 8, or 7 for Modbus ASCII
};

/// A rate a port can be set to: 300, 600 and 1200 to 115200 baud.
[[nodiscard]] bool is_serial_rate(std::uint32_t baud) noexcept;

/// Stable lower-case name: "none", "even", "odd".
[[nodiscard]] constexpr std::string_view to_string(parity_bit parity) noexcept
{
    switch (parity) {
        case parity_bit::none: return "none";
        case parity_bit::even: return "even";
        case parity_bit::odd: return "odd";
    }
    return "unknown";
}

}  // namespace wattpurse::adapter::asio
