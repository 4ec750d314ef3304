// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/codec/modbus/pdu_size.hpp>

namespace wattpurse::link {

/// The exception that a PDU refuses a request with, or `none`. Of a vendor's function above 7F,
/// which has the exception bit in itself, two bytes with a code of 1 to 0B are taken for one.
[[nodiscard]] constexpr codec::modbus::exception_code refusal_of(byte_span answer,
                                                                 byte_span request) noexcept;

/// Whether a PDU can be the normal response to a request: same function, everything that is echoed
/// the same, and as much data as was asked for. On bytes alone: clients ask this for whatever
/// comes in, also on small processors. A serial line has nothing better to tell a late answer from
/// a wanted one.
[[nodiscard]] constexpr bool is_answer_to(byte_span answer, byte_span request) noexcept;

/// What a client hears on a line in RTU, for `codec::modbus::basic_rtu_framer`: the answer to what
/// it has asked, and other known functions, which are skipped as a whole. Of an unknown function
/// only the one that was asked for is waited for: noise must not hold up what is behind it.
struct rtu_hears_answers {
    std::uint8_t asked_function = 0;
    static constexpr int readings = 1;
    [[nodiscard]] constexpr std::optional<std::size_t> size(byte_span begun, int) const noexcept
    {
        const auto found = codec::modbus::response_size(asked_function, begun);
        const bool is_unknown = found && *found == 0 && begun[0] != asked_function;
        return is_unknown ? codec::modbus::pdu_size_max + 1 : found;
    }
    [[nodiscard]] constexpr bool awaits(std::uint8_t function) const noexcept
    {
        return function == asked_function;
    }
};

// ---------------------------------------------------------------------------------------------

namespace detail {

[[nodiscard]] constexpr bool same_begin(byte_span answer, byte_span request,
                                        std::size_t size) noexcept
{
    return request.size() >= size && std::equal(answer.begin(), answer.begin() +
                                                static_cast<std::ptrdiff_t>(size),
                                                request.begin());
}

/// Function, a byte that counts what follows, and that.
[[nodiscard]] constexpr bool is_counted(byte_span answer) noexcept
{
    return answer.size() >= 2 && answer.size() == std::size_t{2} + answer[1];
}

/// How much data of a file is asked for by sub-requests of 7 bytes each (6.14): a length and a
/// reference type before each record.
[[nodiscard]] constexpr std::size_t file_data_size(byte_span request) noexcept
{
    std::size_t size = 0;
    for (std::size_t at = 2; at + 7 <= request.size(); at += 7) {
        size += 2U + 2U * codec::modbus::word_at(request, at + 5);
    }
    return size;
}

}  // namespace detail

constexpr codec::modbus::exception_code refusal_of(byte_span answer, byte_span request) noexcept
{
    using codec::modbus::exception_bit;
    using codec::modbus::exception_code;
    constexpr std::uint8_t code_max = 0x0B;
    if (answer.size() != 2 || request.empty() || answer[0] != (request[0] | exception_bit)) {
        return exception_code::none;
    }
    const bool is_vendors = (request[0] & exception_bit) != 0;
    if (is_vendors && answer[1] > code_max) {
        return exception_code::none;
    }
    return static_cast<exception_code>(answer[1]);
}

constexpr bool is_answer_to(byte_span answer, byte_span request) noexcept
{
    using codec::modbus::function;
    using codec::modbus::word_at;
    if (answer.empty() || request.empty() || answer[0] != request[0]) {
        return false;
    }
    const std::size_t size = answer.size();
    const std::size_t quantity = request.size() >= 5 ? word_at(request, 3) : 0;
    switch (static_cast<function>(request[0])) {
        case function::read_holding_registers:
        case function::read_input_registers:
        case function::read_write_multiple_registers:
            return detail::is_counted(answer) && size - 2 == 2 * quantity;
        case function::read_coils:
        case function::read_discrete_inputs:
            return detail::is_counted(answer) && size - 2 == (quantity + 7) / 8;
        case function::write_single_coil:
        case function::write_single_register:
        case function::write_multiple_coils:
        case function::write_multiple_registers:
            return size == 5 && detail::same_begin(answer, request, 5);
        case function::mask_write_register:
            return size == 7 && detail::same_begin(answer, request, 7);
        case function::write_file_record:
            return size == request.size() && detail::same_begin(answer, request, size);
        case function::diagnostics:
            return size == request.size() && size >= 3 &&
                   detail::same_begin(answer, request, word_at(request, 1) == 0 ? size : 3);
        case function::read_exception_status: return size == 2;
        case function::get_comm_event_counter: return size == 5;
        case function::get_comm_event_log: return detail::is_counted(answer) && size >= 8;
        case function::report_server_id: return detail::is_counted(answer);
        case function::read_file_record:
            return detail::is_counted(answer) && size - 2 == detail::file_data_size(request);
        case function::read_fifo_queue: return size >= 5 && size == 3U + word_at(answer, 1);
        case function::encapsulated_interface:
            return size >= 2 && request.size() >= 2 && answer[1] == request[1];
        default: return true;
    }
}

}  // namespace wattpurse::link
