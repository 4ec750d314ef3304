// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/modbus/encode_request.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/codec/modbus/request.hpp>

namespace wattpurse::codec::modbus {

namespace detail {

/// Sizes and counts of a request agree with each other and with the standard's limits. Ranges
/// are not judged: that is exception 02, after 03.
[[nodiscard]] constexpr bool is_well_formed(const request& what, std::size_t counted) noexcept
{
    const auto code = static_cast<function>(what.function);
    if (const std::uint16_t most = quantity_max(code);
        most != 0 && (what.quantity < 1 || what.quantity > most)) {
        return false;
    }
    if (counted != what.data.size()) {
        return false;
    }
    switch (code) {
        case function::read_write_multiple_registers:
            return what.write_quantity >= 1 && what.write_quantity <= limit::read_write_write &&
                   counted == std::size_t{2} * what.write_quantity;
        case function::write_multiple_coils: return counted == packed_size(what.quantity);
        case function::write_multiple_registers: return counted == std::size_t{2} * what.quantity;
        case function::read_file_record:
        case function::write_file_record:
            return file_fault(code, what.data) != exception_code::illegal_data_value;
        default: return quantity_max(code) != 0 || is_sendable(what);
    }
}

/// Words from the second byte on; the rest is data, behind a byte that counts it if `is_counted`.
struct request_form {
    std::size_t words = 0;
    bool is_counted = false;
    bool has_data = false;
};

[[nodiscard]] constexpr request_form form_of(function what) noexcept
{
    switch (what) {
        case function::read_coils:
        case function::read_discrete_inputs:
        case function::read_holding_registers:
        case function::read_input_registers:
        case function::write_single_coil:
        case function::write_single_register: return {2, false, false};
        case function::read_exception_status:
        case function::get_comm_event_counter:
        case function::get_comm_event_log:
        case function::report_server_id: return {0, false, false};
        case function::diagnostics: return {1, false, true};
        case function::write_multiple_coils:
        case function::write_multiple_registers: return {2, true, true};
        case function::read_file_record:
        case function::write_file_record: return {0, true, true};
        case function::mask_write_register: return {3, false, false};
        case function::read_write_multiple_registers: return {4, true, true};
        case function::read_fifo_queue: return {1, false, false};
        case function::encapsulated_interface:
        default: return {0, false, true};
    }
}

constexpr void take_words(request& out, byte_span body) noexcept
{
    const auto word = [body](std::size_t i) { return word_at(body, 2 * i); };
    switch (static_cast<function>(out.function)) {
        case function::write_single_coil:
        case function::write_single_register:
            out.address = word(0);
            out.value = word(1);
            break;
        case function::diagnostics: out.sub_function = word(0); break;
        case function::mask_write_register:
            out.address = word(0);
            out.and_mask = word(1);
            out.or_mask = word(2);
            break;
        case function::read_fifo_queue: out.address = word(0); break;
        case function::read_write_multiple_registers:
            out.write_address = word(2);
            out.write_quantity = word(3);
            [[fallthrough]];
        default:
            out.address = word(0);
            out.quantity = word(1);
            break;
    }
}

/// The MEI type, and what follows it.
[[nodiscard]] constexpr bool take_interface(request& out, byte_span body) noexcept
{
    if (body.empty()) {
        return false;
    }
    out.mei_type = body[0];
    out.data = body.subspan(1);
    if (out.mei_type != mei_device_identification) {
        return true;
    }
    if (out.data.size() != 2) {
        return false;
    }
    out.read_code = out.data[0];
    out.object_id = out.data[1];
    out.data = {};
    return is_sendable(out);
}

}  // namespace detail

/// Reads a PDU as a request; the error is the exception that the standard has a server answer:
/// `illegal_data_value` for a size, quantity, byte count or value that is not allowed. Functions
/// that are not known come back with all that follows as `data`. A range past 65535 is not judged
/// here: that is 02, behind the device's own knowledge. An empty PDU is `illegal_function`.
[[nodiscard]] constexpr result<request, exception_code> parse_request(byte_span pdu) noexcept
{
    constexpr auto malformed = exception_code::illegal_data_value;
    if (pdu.empty() || pdu[0] == 0) {
        return tl::unexpected<exception_code>{exception_code::illegal_function};
    }
    request out;
    out.function = pdu[0];
    byte_span body = pdu.subspan(1);
    const auto code = static_cast<function>(out.function);
    if (pdu.size() > pdu_size_max) {
        return tl::unexpected<exception_code>{malformed};
    }
    if (code == function::encapsulated_interface) {
        return detail::take_interface(out, body) ? result<request, exception_code>{out}
                                                 : tl::unexpected<exception_code>{malformed};
    }
    const detail::request_form form = detail::form_of(code);
    if (body.size() < 2 * form.words + (form.is_counted ? 1U : 0U)) {
        return tl::unexpected<exception_code>{malformed};
    }
    if (form.words > 0) {
        detail::take_words(out, body);
    }
    body = body.subspan(2 * form.words);
    std::size_t counted = body.size();
    if (form.is_counted) {
        counted = body[0];
        body = body.subspan(1);
    }
    if (form.has_data) {
        out.data = body;
    } else if (!body.empty()) {
        return tl::unexpected<exception_code>{malformed};
    }
    if (!detail::is_well_formed(out, counted)) {
        return tl::unexpected<exception_code>{malformed};
    }
    return out;
}

}  // namespace wattpurse::codec::modbus
