// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/modbus/file_record.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/codec/modbus/pdu_writer.hpp>
#include <wattpurse/codec/modbus/request.hpp>

namespace wattpurse::codec::modbus {

namespace detail {

/// How many objects one request may read or write, 0 where the function counts none.
[[nodiscard]] constexpr std::uint16_t quantity_max(function what) noexcept
{
    switch (what) {
        case function::read_coils:
        case function::read_discrete_inputs: return limit::read_bits;
        case function::read_holding_registers:
        case function::read_input_registers: return limit::read_registers;
        case function::write_multiple_coils: return limit::write_bits;
        case function::write_multiple_registers: return limit::write_registers;
        case function::read_write_multiple_registers: return limit::read_write_read;
        default: return 0;
    }
}

/// The range is not empty, not longer than allowed and does not go on past 65535.
[[nodiscard]] constexpr bool is_range(std::uint16_t address, std::uint16_t quantity,
                                      std::uint16_t most) noexcept
{
    return quantity >= 1 && quantity <= most && std::uint32_t{address} + quantity <= 0x10000U;
}

/// Words for return query data, one word for the others that the standard has; whatever is wanted
/// for those it has not (6.8.1).
[[nodiscard]] constexpr bool is_diagnostic_data(std::uint16_t sub_function,
                                                std::size_t size) noexcept
{
    constexpr std::uint32_t known = 0x0017'FC1EU;  // 01 to 04, 0A to 12, 14
    if (sub_function == 0) {
        return size >= 2 && size % 2 == 0;
    }
    return sub_function > 0x14 || (known >> sub_function & 1U) == 0 || size == 2;
}

/// What a request must be before it may be sent (chapter 6, each function's limits).
[[nodiscard]] constexpr bool is_sendable(const request& what) noexcept
{
    const auto code = static_cast<function>(what.function);
    if (const std::uint16_t most = quantity_max(code);
        most != 0 && !is_range(what.address, what.quantity, most)) {
        return false;
    }
    switch (code) {
        case function::write_single_coil: return what.value == 0xFF00 || what.value == 0;
        case function::write_multiple_coils:
            return what.data.size() == packed_size(what.quantity);
        case function::write_multiple_registers:
            return what.data.size() == std::size_t{2} * what.quantity;
        case function::read_write_multiple_registers:
            return is_range(what.write_address, what.write_quantity, limit::read_write_write) &&
                   what.data.size() == std::size_t{2} * what.write_quantity;
        case function::read_file_record:
        case function::write_file_record:
            return file_fault(code, what.data) == exception_code::none;
        case function::encapsulated_interface:
            return what.mei_type != mei_device_identification ||
                   (what.read_code >= 1 && what.read_code <= 4);
        case function::diagnostics:
            return is_diagnostic_data(what.sub_function, what.data.size());
        default: return what.function != 0;
    }
}

constexpr void write_body(pdu_writer& to, const request& what) noexcept
{
    switch (static_cast<function>(what.function)) {
        case function::read_coils:
        case function::read_discrete_inputs:
        case function::read_holding_registers:
        case function::read_input_registers: to.words({what.address, what.quantity}); break;
        case function::write_single_coil:
        case function::write_single_register: to.words({what.address, what.value}); break;
        case function::read_exception_status:
        case function::get_comm_event_counter:
        case function::get_comm_event_log:
        case function::report_server_id: break;
        case function::diagnostics:
            to.words({what.sub_function});
            to.bytes(what.data);
            break;
        case function::write_multiple_coils:
        case function::write_multiple_registers:
            to.words({what.address, what.quantity});
            to.counted(what.data);
            break;
        case function::read_file_record:
        case function::write_file_record: to.counted(what.data); break;
        case function::mask_write_register:
            to.words({what.address, what.and_mask, what.or_mask});
            break;
        case function::read_write_multiple_registers:
            to.words({what.address, what.quantity, what.write_address, what.write_quantity});
            to.counted(what.data);
            break;
        case function::read_fifo_queue: to.words({what.address}); break;
        case function::encapsulated_interface:
            to.byte(what.mei_type);
            if (what.mei_type == mei_device_identification) {
                to.byte(what.read_code);
                to.byte(what.object_id);
            } else {
                to.bytes(what.data);
            }
            break;
        default: to.bytes(what.data); break;
    }
}

}  // namespace detail

/// Writes the PDU and returns its size. All limits of the standard are kept: `out_of_range` for a
/// quantity, value or size beyond them, or a range past 65535; `too_long` where the PDU would be;
/// `buffer_too_small`.
[[nodiscard]] constexpr result<std::size_t> encode(const request& what,
                                                   std::span<std::uint8_t> out) noexcept
{
    if (!detail::is_sendable(what)) {
        return fail(errc::out_of_range);
    }
    detail::pdu_writer to{out};
    to.byte(what.function);
    detail::write_body(to, what);
    return to.size();
}

/// The same as an owned PDU.
[[nodiscard]] constexpr result<pdu> to_pdu(const request& what) noexcept
{
    pdu out;
    const auto size = encode(what, out.bytes);
    if (!size) {
        return fail(size.error());
    }
    out.size = static_cast<std::uint8_t>(*size);
    return out;
}

}  // namespace wattpurse::codec::modbus
