// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/modbus/file_record.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/codec/modbus/pdu_size.hpp>
#include <wattpurse/codec/modbus/pdu_writer.hpp>
#include <wattpurse/codec/modbus/request.hpp>
#include <wattpurse/codec/modbus/response.hpp>

namespace wattpurse::codec::modbus {

/// Reads a PDU as a response, whatever was asked. `syntax` for sizes and counts that contradict
/// each other, `empty`, `too_long`.
///
/// A function above 7F with one byte behind it, 01 to 0B, is an exception; with any byte but 00 it
/// is one where the function is the standard's, for devices have codes of their own. Vendors use
/// functions up there (AA): all else is the response to one of those.
[[nodiscard]] constexpr result<response> parse_response(byte_span pdu) noexcept;

/// Reads a PDU as the response to `asked`. `not_found` where it cannot be its response: another
/// function, other echoed fields, another amount of data; `syntax` as above.
[[nodiscard]] constexpr result<response> parse_response(byte_span pdu,
                                                        const request& asked) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

inline constexpr std::uint8_t exception_code_max = 0x0B;

/// Two bytes refuse a public function whatever their code, and any other with the standard's.
[[nodiscard]] constexpr bool is_exception(byte_span pdu) noexcept
{
    if (pdu.size() != 2 || (pdu[0] & exception_bit) == 0 || pdu[1] == 0) {
        return false;
    }
    return pdu[1] <= exception_code_max ||
           is_public(static_cast<function>(pdu[0] & ~unsigned{exception_bit}));
}

/// Its groups are as long as they say.
[[nodiscard]] constexpr bool is_file_response(const response& what) noexcept
{
    byte_span rest = what.data;
    while (!rest.empty()) {
        const bool is_read = static_cast<function>(what.function) == function::read_file_record;
        if (is_read ? !take_file_answer(rest) : !take_file_write(rest)) {
            return false;
        }
    }
    return !what.data.empty();
}

constexpr void take_echo(response& out, byte_span body) noexcept
{
    out.address = word_at(body, 0);
    switch (static_cast<function>(out.function)) {
        case function::write_single_coil:
        case function::write_single_register: out.value = word_at(body, 2); break;
        case function::mask_write_register:
            out.and_mask = word_at(body, 2);
            out.or_mask = word_at(body, 4);
            break;
        default: out.quantity = word_at(body, 2); break;
    }
}

/// The members of a response whose size is right; false where its counts are not.
[[nodiscard]] constexpr bool take_body(response& out, byte_span body) noexcept
{
    switch (static_cast<function>(out.function)) {
        case function::read_holding_registers:
        case function::read_input_registers:
        case function::read_write_multiple_registers:
            out.data = body.subspan(1);
            return !out.data.empty() && out.data.size() % 2 == 0;
        case function::read_coils:
        case function::read_discrete_inputs:
            out.data = body.subspan(1);
            return !out.data.empty();
        case function::read_file_record:
        case function::write_file_record:
            out.data = body.subspan(1);
            return is_file_response(out);
        case function::report_server_id: out.data = body.subspan(1); return true;
        case function::write_single_coil:
        case function::write_single_register:
        case function::write_multiple_coils:
        case function::write_multiple_registers:
        case function::mask_write_register: take_echo(out, body); return true;
        case function::read_exception_status: out.status_byte = body[0]; return true;
        case function::get_comm_event_counter:
            out.status = word_at(body, 0);
            out.event_count = word_at(body, 2);
            return true;
        case function::get_comm_event_log:
            if (body.size() < 7) {
                return false;
            }
            out.status = word_at(body, 1);
            out.event_count = word_at(body, 3);
            out.message_count = word_at(body, 5);
            out.data = body.subspan(7);
            return true;
        case function::read_fifo_queue:
            if (body.size() < 4 || body.size() - 4 != std::size_t{2} * word_at(body, 2)) {
                return false;
            }
            out.data = body.subspan(4);
            return out.data.size() <= 2U * limit::fifo_registers;
        case function::encapsulated_interface:
            out.mei_type = body[0];
            out.data = body.subspan(1);
            return true;
        default: out.data = body; return true;
    }
}

/// What a read brings, in bytes; 0 for other functions.
[[nodiscard]] constexpr std::size_t data_size(const request& asked) noexcept
{
    switch (static_cast<function>(asked.function)) {
        case function::read_coils:
        case function::read_discrete_inputs: return packed_size(asked.quantity);
        case function::read_holding_registers:
        case function::read_input_registers:
        case function::read_write_multiple_registers: return std::size_t{2} * asked.quantity;
        default: return 0;
    }
}

/// Diagnostics whose answer is the request: data, restart, delimiter, and the two that clear.
[[nodiscard]] constexpr bool is_echoed_diagnostic(std::uint16_t sub_function) noexcept
{
    return sub_function == 0x00 || sub_function == 0x01 || sub_function == 0x03 ||
           sub_function == 0x0A || sub_function == 0x14;
}

/// Each group has as many registers as were asked for; all of them together have.
[[nodiscard]] constexpr bool is_file_answer_to(byte_span answered, byte_span asked) noexcept
{
    for (std::size_t at = 5; at + 2 <= asked.size(); at += 7) {
        const auto registers = take_file_answer(answered);
        if (!registers || registers->size() != std::size_t{2} * word_at(asked, at)) {
            return false;
        }
    }
    return true;
}

[[nodiscard]] constexpr bool belongs_to(const response& what, const request& asked) noexcept
{
    if (what.function != asked.function) {
        return false;
    }
    if (what.exception != exception_code::none) {
        return true;
    }
    const std::size_t wanted = data_size(asked);
    if (wanted != 0 && what.data.size() != wanted) {
        return false;
    }
    switch (static_cast<function>(asked.function)) {
        case function::write_single_coil:
        case function::write_single_register:
            return what.address == asked.address && what.value == asked.value;
        case function::write_multiple_coils:
        case function::write_multiple_registers:
            return what.address == asked.address && what.quantity == asked.quantity;
        case function::mask_write_register:
            return what.address == asked.address && what.and_mask == asked.and_mask &&
                   what.or_mask == asked.or_mask;
        case function::diagnostics:
            return what.sub_function == asked.sub_function &&
                   what.data.size() == asked.data.size() &&
                   (!is_echoed_diagnostic(asked.sub_function) ||
                    std::equal(what.data.begin(), what.data.end(), asked.data.begin()));
        case function::read_file_record:
            return what.data.size() == file_answer_size(asked.data) &&
                   is_file_answer_to(what.data, asked.data);
        case function::write_file_record:
            return std::equal(what.data.begin(), what.data.end(), asked.data.begin(),
                              asked.data.end());
        case function::encapsulated_interface:
            return what.mei_type == asked.mei_type &&
                   (what.mei_type != mei_device_identification ||
                    (!what.data.empty() && what.data[0] == asked.read_code));
        default: return true;
    }
}

}  // namespace detail

constexpr result<response> parse_response(byte_span pdu) noexcept
{
    if (pdu.empty()) {
        return fail(errc::empty);
    }
    if (pdu.size() > pdu_size_max) {
        return fail(errc::too_long);
    }
    response out;
    out.function = pdu[0];
    if (detail::is_exception(pdu)) {
        out.function &= static_cast<std::uint8_t>(~exception_bit);
        out.exception = static_cast<exception_code>(pdu[1]);
        return out;
    }
    const byte_span body = pdu.subspan(1);
    if (static_cast<function>(out.function) == function::diagnostics) {
        // Its echo is as long as what was sent.
        if (body.size() < 2) {
            return fail(errc::syntax);
        }
        out.sub_function = word_at(body, 0);
        out.data = body.subspan(2);
        return out;
    }
    const auto size = response_size(out.function, pdu);
    if (!size || (*size != 0 && *size != pdu.size()) || out.function == 0) {
        return fail(errc::syntax);
    }
    const bool is_counted_wrong = !detail::take_body(out, body);
    return is_counted_wrong ? result<response>{fail(errc::syntax)} : result<response>{out};
}

constexpr result<response> parse_response(byte_span pdu, const request& asked) noexcept
{
    auto out = parse_response(pdu);
    if (out && pdu.size() == 2 && pdu[1] != 0 && (asked.function & exception_bit) == 0 &&
        pdu[0] == (asked.function | exception_bit)) {
        return refusal(asked.function, static_cast<exception_code>(pdu[1]));  // of any code
    }
    if (out && out->exception != exception_code::none && (asked.function & exception_bit) != 0) {
        out->function |= exception_bit;  // a vendor's function has the bit by itself
    }
    if (out && !detail::belongs_to(*out, asked)) {
        return fail(errc::not_found);
    }
    return out;
}

}  // namespace wattpurse::codec::modbus
