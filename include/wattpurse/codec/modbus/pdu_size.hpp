// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>

namespace wattpurse::codec::modbus {

/// Modbus on a serial line has no length field: how long a frame is follows from what it says.
/// Both functions below look at the beginning of a PDU and answer its whole size, nothing while
/// that cannot be told yet, and 0 where the function does not say (vendors' functions, MEI types
/// other than 0E): then only silence ends it. A size above `pdu_size_max` is answered as it is;
/// such a frame is none.

/// Of a request.
[[nodiscard]] constexpr std::optional<std::size_t> request_size(byte_span begun) noexcept;

/// Of a response to `asked_function`; one with the exception bit, or with another function than
/// asked, is sized by what it says itself.
[[nodiscard]] constexpr std::optional<std::size_t> response_size(std::uint8_t asked_function,
                                                                 byte_span begun) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

/// The size where a byte at `at` counts what follows it.
[[nodiscard]] constexpr std::optional<std::size_t> counted_size(byte_span begun,
                                                                std::size_t at) noexcept
{
    if (begun.size() <= at) {
        return std::nullopt;
    }
    return at + 1 + begun[at];
}

/// Of a device identification: objects of id, length and text follow one another (6.21).
[[nodiscard]] constexpr std::optional<std::size_t> identification_size(byte_span begun) noexcept
{
    constexpr std::size_t head = 7;  // function, MEI, code, conformity, more, next, number
    if (begun.size() < 2) {
        return std::nullopt;
    }
    if (begun[1] != mei_device_identification) {
        return 0;
    }
    if (begun.size() < head) {
        return std::nullopt;
    }
    std::size_t size = head;
    for (unsigned i = 0; i < begun[6]; ++i) {
        if (begun.size() < size + 2) {
            return std::nullopt;
        }
        size += 2U + begun[size + 1];
    }
    return size;
}

}  // namespace detail

constexpr std::optional<std::size_t> request_size(byte_span begun) noexcept
{
    if (begun.empty()) {
        return std::nullopt;
    }
    switch (static_cast<function>(begun[0])) {
        case function::read_coils:
        case function::read_discrete_inputs:
        case function::read_holding_registers:
        case function::read_input_registers:
        case function::write_single_coil:
        case function::write_single_register: return 5;
        case function::read_exception_status:
        case function::get_comm_event_counter:
        case function::get_comm_event_log:
        case function::report_server_id: return 1;
        // Its data may be longer with sub-function 0 alone, and nothing tells how long: what
        // everybody sends is one word.
        case function::diagnostics: return 5;
        case function::write_multiple_coils:
        case function::write_multiple_registers: return detail::counted_size(begun, 5);
        case function::read_file_record:
        case function::write_file_record: return detail::counted_size(begun, 1);
        case function::mask_write_register: return 7;
        case function::read_write_multiple_registers: return detail::counted_size(begun, 9);
        case function::read_fifo_queue: return 3;
        case function::encapsulated_interface:
            if (begun.size() < 2) {
                return std::nullopt;
            }
            return begun[1] == mei_device_identification ? 4 : 0;
        default: return 0;
    }
}

constexpr std::optional<std::size_t> response_size(std::uint8_t asked_function,
                                                   byte_span begun) noexcept
{
    if (begun.empty()) {
        return std::nullopt;
    }
    if ((begun[0] & exception_bit) != 0 && begun[0] != asked_function) {
        return 2;
    }
    switch (static_cast<function>(begun[0])) {
        case function::read_coils:
        case function::read_discrete_inputs:
        case function::read_holding_registers:
        case function::read_input_registers:
        case function::get_comm_event_log:
        case function::report_server_id:
        case function::read_file_record:
        case function::write_file_record:
        case function::read_write_multiple_registers: return detail::counted_size(begun, 1);
        case function::write_single_coil:
        case function::write_single_register:
        case function::diagnostics:
        case function::get_comm_event_counter:
        case function::write_multiple_coils:
        case function::write_multiple_registers: return 5;
        case function::read_exception_status: return 2;
        case function::mask_write_register: return 7;
        case function::read_fifo_queue:
            if (begun.size() < 3) {
                return std::nullopt;
            }
            return 3U + word_at(begun, 1);
        case function::encapsulated_interface: return detail::identification_size(begun);
        default: return 0;
    }
}

}  // namespace wattpurse::codec::modbus
