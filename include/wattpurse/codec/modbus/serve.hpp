// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/modbus/diagnostic.hpp>
#include <wattpurse/codec/modbus/encode_response.hpp>
#include <wattpurse/codec/modbus/file_record.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/parse_request.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/codec/modbus/pdu_writer.hpp>
#include <wattpurse/codec/modbus/request.hpp>
#include <wattpurse/codec/modbus/response.hpp>

namespace wattpurse::codec::modbus {

/// The four tables of a device (chapter 4.3).
enum class table : std::uint8_t { coils, discrete_inputs, holding_registers, input_registers };

/// A device that knows nothing, to derive from: each function that a real one does not override
/// is refused as the standard has it. Not virtual: `serve` is given the real type.
struct device_defaults {
    /// Whether the function is known at all; if not, exception 01 before anything is looked at.
    [[nodiscard]] constexpr bool supports(std::uint8_t) const noexcept { return false; }
    /// Whether all of these exist. `quantity` is at least 1, and they end at 65535 at the latest.
    /// None, or `illegal_data_address`.
    constexpr exception_code covers(table, std::uint16_t, std::uint16_t) noexcept
    {
        return exception_code::illegal_data_address;
    }
    /// Bits into `packed`, first one in the lowest bit; it is zeroed before, and what is set behind
    /// the last one does not count. After `covers`.
    constexpr exception_code read_bits(table, std::uint16_t, std::uint16_t,
                                       std::span<std::uint8_t>) noexcept
    {
        return exception_code::server_device_failure;
    }
    constexpr exception_code write_bits(std::uint16_t, std::uint16_t, byte_span) noexcept
    {
        return exception_code::server_device_failure;
    }
    /// Registers, big-endian. After `covers`.
    constexpr exception_code read_registers(table, std::uint16_t,
                                            std::span<std::uint8_t>) noexcept
    {
        return exception_code::server_device_failure;
    }
    constexpr exception_code write_registers(std::uint16_t, byte_span) noexcept
    {
        return exception_code::server_device_failure;
    }
    /// What `serve` does not do by itself: 07, 0B, 0C, 11, 14, 15, 18, 2B/0E, 08 other than
    /// sub-function 0, and vendors' functions. `out` has function, sub-function and MEI type of the
    /// request. Data goes to `scratch`, of `pdu_size_max` bytes, and `out.data` borrows it; or it
    /// borrows the data of the request.
    constexpr exception_code other(const request&, std::span<std::uint8_t>, response&) noexcept
    {
        return exception_code::illegal_function;
    }
};

/// Answers one request PDU: writes the response PDU, an exception where it must be one, and
/// returns its size; 0 where the standard has it stay silent by the request alone (listen only
/// mode, 08/0004). Exceptions come in the standard's order: 01 function, 03 quantities and
/// counts, 02 range, 03 value, 04 and others from the device. Function 17 writes first and reads
/// then, and does neither where one of the ranges is not there. Whether anything may be said at
/// all (broadcasts, other units) is for the framing to know. `out` holds `pdu_size_max`.
template <class Device>
constexpr std::size_t serve(Device& device, byte_span request_pdu,
                            std::span<std::uint8_t> out) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

/// The table a function reads or writes.
[[nodiscard]] constexpr table table_of(function what) noexcept
{
    switch (what) {
        case function::read_coils:
        case function::write_single_coil:
        case function::write_multiple_coils: return table::coils;
        case function::read_discrete_inputs: return table::discrete_inputs;
        case function::read_input_registers: return table::input_registers;
        default: return table::holding_registers;
    }
}

/// Whether a response is function, count and data.
[[nodiscard]] constexpr bool reads_in_place(function what) noexcept
{
    switch (what) {
        case function::read_coils:
        case function::read_discrete_inputs:
        case function::read_holding_registers:
        case function::read_input_registers:
        case function::read_write_multiple_registers: return true;
        default: return false;
    }
}

/// Carries out one request; the response borrows `scratch`.
template <class Device>
class server_step {
public:
    constexpr server_step(Device& device, const request& asked,
                          std::span<std::uint8_t> scratch) noexcept
        : device_{device}, asked_{asked}, scratch_{scratch}
    {
        answer_.function = asked.function;
    }

    constexpr response run() noexcept
    {
        const exception_code fault = act();
        return fault == exception_code::none ? answer_ : refusal(asked_.function, fault);
    }

private:
    constexpr exception_code act() noexcept
    {
        switch (static_cast<function>(asked_.function)) {
            case function::read_coils:
            case function::read_discrete_inputs: return read_bits();
            case function::read_holding_registers:
            case function::read_input_registers: return read_registers(asked_.quantity);
            case function::write_single_coil:
            case function::write_multiple_coils: return write_bits();
            case function::write_single_register:
            case function::write_multiple_registers: return write_registers();
            case function::mask_write_register: return mask_write();
            case function::read_write_multiple_registers: return write_then_read();
            case function::diagnostics:
                if (asked_.sub_function == 0) {  // return query data (6.8)
                    answer_.sub_function = 0;
                    answer_.data = asked_.data;
                    return exception_code::none;
                }
                [[fallthrough]];
            default: return other();
        }
    }

    /// 02 where some of it is not there, or it goes on past 65535.
    constexpr exception_code covers(std::uint16_t address, std::uint16_t quantity) noexcept
    {
        if (std::uint32_t{address} + quantity > 0x10000U) {
            return exception_code::illegal_data_address;
        }
        return device_.covers(table_of(static_cast<function>(asked_.function)), address, quantity);
    }

    constexpr exception_code other() noexcept
    {
        answer_.sub_function = asked_.sub_function;
        answer_.mei_type = asked_.mei_type;
        const auto code = static_cast<function>(asked_.function);
        if (code == function::read_file_record || code == function::write_file_record) {
            // Sizes are right; what the standard rules out is no address (6.14, 6.15).
            const exception_code fault = file_fault(code, asked_.data);
            if (fault != exception_code::none) {
                return fault;
            }
        }
        return device_.other(asked_, scratch_, answer_);
    }

    constexpr exception_code read_bits() noexcept
    {
        exception_code fault = covers(asked_.address, asked_.quantity);
        if (fault != exception_code::none) {
            return fault;
        }
        const auto packed = scratch_.first(packed_size(asked_.quantity));
        std::fill(packed.begin(), packed.end(), std::uint8_t{0});
        answer_.data = packed;
        fault = device_.read_bits(table_of(static_cast<function>(asked_.function)), asked_.address,
                                  asked_.quantity, packed);
        if (const unsigned used = asked_.quantity % 8U; used != 0) {
            packed.back() = static_cast<std::uint8_t>(packed.back() & ((1U << used) - 1U));
        }
        return fault;
    }

    constexpr exception_code read_registers(std::uint16_t quantity) noexcept
    {
        exception_code fault = covers(asked_.address, quantity);
        if (fault != exception_code::none) {
            return fault;
        }
        const auto registers = scratch_.first(std::size_t{2} * quantity);
        answer_.data = registers;
        return device_.read_registers(table_of(static_cast<function>(asked_.function)),
                                      asked_.address, registers);
    }

    constexpr exception_code write_bits() noexcept
    {
        const bool is_single = asked_.function == 0x05;
        const std::uint16_t quantity = is_single ? std::uint16_t{1} : asked_.quantity;
        const exception_code fault = covers(asked_.address, quantity);
        if (fault != exception_code::none) {
            return fault;
        }
        answer_.address = asked_.address;
        answer_.quantity = quantity;
        answer_.value = asked_.value;
        const std::uint8_t bit[1]{asked_.value != 0 ? std::uint8_t{1} : std::uint8_t{0}};
        return device_.write_bits(asked_.address, quantity,
                                  is_single ? byte_span{bit} : asked_.data);
    }

    constexpr exception_code write_registers() noexcept
    {
        const bool is_single = asked_.function == 0x06;
        const std::uint16_t quantity = is_single ? std::uint16_t{1} : asked_.quantity;
        const exception_code fault = covers(asked_.address, quantity);
        if (fault != exception_code::none) {
            return fault;
        }
        answer_.address = asked_.address;
        answer_.quantity = quantity;
        answer_.value = asked_.value;
        const std::uint8_t word[2]{static_cast<std::uint8_t>(asked_.value >> 8U),
                                   static_cast<std::uint8_t>(asked_.value & 0xFFU)};
        return device_.write_registers(asked_.address,
                                       is_single ? byte_span{word} : asked_.data);
    }

    /// (present and AND) or (OR and not AND), 6.16.
    constexpr exception_code mask_write() noexcept
    {
        std::uint8_t word[2]{};
        exception_code fault = covers(asked_.address, 1);
        if (fault == exception_code::none) {
            fault = device_.read_registers(table::holding_registers, asked_.address, word);
        }
        if (fault != exception_code::none) {
            return fault;
        }
        const unsigned now = word_at(word, 0);
        const unsigned made = (now & asked_.and_mask) |
                              (asked_.or_mask & ~static_cast<unsigned>(asked_.and_mask));
        word[0] = static_cast<std::uint8_t>(made >> 8U & 0xFFU);
        word[1] = static_cast<std::uint8_t>(made & 0xFFU);
        answer_.address = asked_.address;
        answer_.and_mask = asked_.and_mask;
        answer_.or_mask = asked_.or_mask;
        return device_.write_registers(asked_.address, word);
    }

    constexpr exception_code write_then_read() noexcept
    {
        exception_code fault = covers(asked_.address, asked_.quantity);
        if (fault == exception_code::none) {
            fault = covers(asked_.write_address, asked_.write_quantity);
        }
        if (fault == exception_code::none) {
            fault = device_.write_registers(asked_.write_address, asked_.data);
        }
        return fault == exception_code::none ? read_registers(asked_.quantity) : fault;
    }

    Device& device_;
    const request& asked_;
    std::span<std::uint8_t> scratch_;
    response answer_{};
};

}  // namespace detail

template <class Device>
constexpr std::size_t serve(Device& device, byte_span request_pdu,
                            std::span<std::uint8_t> out) noexcept
{
    const std::uint8_t asked_function = request_pdu.empty() ? std::uint8_t{0} : request_pdu[0];
    const auto refuse = [&](exception_code why) {
        out[0] = asked_function | exception_bit;
        out[1] = static_cast<std::uint8_t>(why);
        return std::size_t{2};
    };
    if (asked_function == 0 || !device.supports(asked_function)) {
        return refuse(exception_code::illegal_function);
    }
    const auto asked = parse_request(request_pdu);
    if (!asked) {
        return refuse(asked.error());
    }
    // What most functions read is made where it will stand, behind function and count: nothing is
    // moved. Other answers have more before their data, which must not be made there.
    std::array<std::uint8_t, pdu_size_max> aside;
    const auto scratch = detail::reads_in_place(static_cast<function>(asked_function))
                             ? out.subspan(2, pdu_size_max - 2)
                             : std::span<std::uint8_t>{aside};
    const response answer = detail::server_step<Device>{device, *asked, scratch}.run();
    constexpr auto listen_only = static_cast<std::uint16_t>(diagnostic::force_listen_only_mode);
    if (answer.exception == exception_code::none && answer.sub_function == listen_only &&
        static_cast<function>(answer.function) == function::diagnostics) {
        return 0;
    }
    const auto size = encode(answer, out.first(pdu_size_max));
    return size ? *size : refuse(exception_code::server_device_failure);
}

}  // namespace wattpurse::codec::modbus
