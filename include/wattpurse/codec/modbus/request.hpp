// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/modbus/function.hpp>

namespace wattpurse::codec::modbus {

/// What a client asks for. Which members count depends on the function; the others are 0.
/// `data` is borrowed.
struct request {
    std::uint8_t function = 0;
    std::uint16_t address = 0;        ///< 01 to 06, 0F, 10, 16; 17: of the read; 18: of the queue
    std::uint16_t quantity = 0;       ///< 01 to 04, 0F, 10; 17: of the read
    std::uint16_t value = 0;          ///< 05: FF00 or 0000; 06
    std::uint16_t and_mask = 0;       ///< 16
    std::uint16_t or_mask = 0;        ///< 16
    std::uint16_t write_address = 0;  ///< 17
    std::uint16_t write_quantity = 0; ///< 17
    std::uint16_t sub_function = 0;   ///< 08
    std::uint8_t mei_type = 0;        ///< 2B
    std::uint8_t read_code = 0;       ///< 2B/0E: 1 basic, 2 regular, 3 extended, 4 one object
    std::uint8_t object_id = 0;       ///< 2B/0E
    /// 0F: packed bits. 10 and 17: registers. 08: data of the sub-function. 14 and 15: the
    /// sub-requests. 2B with another MEI type, and unknown functions: all that follows.
    byte_span data{};
};

/// Reads `quantity` bits or registers, by function 01 to 04.
[[nodiscard]] constexpr request read_request(function what, std::uint16_t address,
                                             std::uint16_t quantity) noexcept
{
    request out;
    out.function = static_cast<std::uint8_t>(what);
    out.address = address;
    out.quantity = quantity;
    return out;
}

/// Writes registers, big-endian, by function 10.
[[nodiscard]] constexpr request write_registers_request(std::uint16_t address,
                                                        byte_span registers) noexcept
{
    request out;
    out.function = static_cast<std::uint8_t>(function::write_multiple_registers);
    out.address = address;
    out.quantity = static_cast<std::uint16_t>(registers.size() / 2);
    out.data = registers;
    return out;
}

/// A function that is not the standard's, with any data: vendors have their own. Whoever wants a
/// malformed request of a standard function makes a `pdu` of its bytes.
[[nodiscard]] constexpr request raw_request(std::uint8_t function, byte_span data) noexcept
{
    request out;
    out.function = function;
    out.data = data;
    return out;
}

}  // namespace wattpurse::codec::modbus
