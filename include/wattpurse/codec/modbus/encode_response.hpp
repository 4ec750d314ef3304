// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/pdu_writer.hpp>
#include <wattpurse/codec/modbus/response.hpp>

namespace wattpurse::codec::modbus {

namespace detail {

constexpr void write_body(pdu_writer& to, const response& what) noexcept
{
    switch (static_cast<function>(what.function)) {
        case function::read_coils:
        case function::read_discrete_inputs:
        case function::read_holding_registers:
        case function::read_input_registers:
        case function::report_server_id:
        case function::read_file_record:
        case function::write_file_record:
        case function::read_write_multiple_registers: to.counted(what.data); break;
        case function::write_single_coil:
        case function::write_single_register: to.words({what.address, what.value}); break;
        case function::read_exception_status: to.byte(what.status_byte); break;
        case function::diagnostics:
            to.words({what.sub_function});
            to.bytes(what.data);
            break;
        case function::get_comm_event_counter: to.words({what.status, what.event_count}); break;
        case function::get_comm_event_log:
            to.byte(static_cast<std::uint8_t>((6 + what.data.size()) & 0xFFU));
            to.words({what.status, what.event_count, what.message_count});
            to.bytes(what.data);
            break;
        case function::write_multiple_coils:
        case function::write_multiple_registers: to.words({what.address, what.quantity}); break;
        case function::mask_write_register:
            to.words({what.address, what.and_mask, what.or_mask});
            break;
        case function::read_fifo_queue: {  // bytes that follow, registers, they
            const auto size = static_cast<std::uint16_t>(what.data.size());
            to.words({static_cast<std::uint16_t>(size + 2),
                      static_cast<std::uint16_t>(size / 2)});
            to.bytes(what.data);
            break;
        }
        case function::encapsulated_interface:
            to.byte(what.mei_type);
            to.bytes(what.data);
            break;
        default: to.bytes(what.data); break;
    }
}

}  // namespace detail

/// Writes the PDU and returns its size. `out_of_range` where the function is 0, which can only be
/// refused, or a queue is longer than 31 registers; `too_long` where the PDU would be;
/// `buffer_too_small`.
[[nodiscard]] constexpr result<std::size_t> encode(const response& what,
                                                   std::span<std::uint8_t> out) noexcept
{
    constexpr auto fifo = static_cast<std::uint8_t>(function::read_fifo_queue);
    const bool is_refusal = what.exception != exception_code::none;
    if (!is_refusal && (what.function == 0 || (what.function == fifo &&
                                               what.data.size() > 2U * limit::fifo_registers))) {
        return fail(errc::out_of_range);
    }
    detail::pdu_writer to{out};
    if (is_refusal) {
        to.byte(what.function | exception_bit);
        to.byte(static_cast<std::uint8_t>(what.exception));
    } else {
        to.byte(what.function);
        detail::write_body(to, what);
    }
    return to.size();
}

}  // namespace wattpurse::codec::modbus
