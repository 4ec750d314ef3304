// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/modbus/function.hpp>

namespace wattpurse::codec::modbus {

/// What a server answers. Which members count depends on the function; the others are 0.
/// `data` is borrowed.
struct response {
    std::uint8_t function = 0;  ///< as asked, without the exception bit
    exception_code exception = exception_code::none;  ///< none: a normal response
    std::uint16_t address = 0;       ///< 05, 06, 0F, 10, 16
    std::uint16_t quantity = 0;      ///< 0F, 10
    std::uint16_t value = 0;         ///< 05, 06
    std::uint16_t and_mask = 0;      ///< 16
    std::uint16_t or_mask = 0;       ///< 16
    std::uint16_t sub_function = 0;  ///< 08
    std::uint8_t status_byte = 0;    ///< 07
    std::uint16_t status = 0;        ///< 0B, 0C
    std::uint16_t event_count = 0;   ///< 0B, 0C
    std::uint16_t message_count = 0; ///< 0C
    std::uint8_t mei_type = 0;       ///< 2B
    /// 01, 02: packed bits. 03, 04, 17, 18: registers, big-endian. 08: data. 0C: events. 11: the
    /// server's identification. 14, 15: the sub-responses. 2B: all behind the MEI type. Unknown
    /// functions: all that follows.
    byte_span data{};
};

/// The response that refuses a request.
[[nodiscard]] constexpr response refusal(std::uint8_t function, exception_code why) noexcept
{
    response out;
    out.function = function;
    out.exception = why;
    return out;
}

}  // namespace wattpurse::codec::modbus
