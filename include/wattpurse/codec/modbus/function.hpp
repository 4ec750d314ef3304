// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace wattpurse::codec::modbus {

/// Public function codes (Modbus Application Protocol V1.1b3, chapter 6). Any other code may be
/// sent as it is, see `raw_request`.
enum class function : std::uint8_t {
    read_coils = 0x01,
    read_discrete_inputs = 0x02,
    read_holding_registers = 0x03,
    read_input_registers = 0x04,
    write_single_coil = 0x05,
    write_single_register = 0x06,
    read_exception_status = 0x07,  ///< serial line only
    diagnostics = 0x08,            ///< serial line only
    get_comm_event_counter = 0x0B, ///< serial line only
    get_comm_event_log = 0x0C,     ///< serial line only
    write_multiple_coils = 0x0F,
    write_multiple_registers = 0x10,
    report_server_id = 0x11,       ///< serial line only
    read_file_record = 0x14,
    write_file_record = 0x15,
    mask_write_register = 0x16,
    read_write_multiple_registers = 0x17,
    read_fifo_queue = 0x18,
    encapsulated_interface = 0x2B, ///< with MEI type 0E: read device identification
};

/// Why a server refuses (chapter 7). `none` is no code of the protocol.
enum class exception_code : std::uint8_t {
    none = 0,
    illegal_function = 0x01,
    illegal_data_address = 0x02,
    illegal_data_value = 0x03,
    server_device_failure = 0x04,
    acknowledge = 0x05,            ///< accepted, takes long: ask again later
    server_device_busy = 0x06,
    negative_acknowledge = 0x07,   ///< old Modicon devices
    memory_parity_error = 0x08,
    gateway_path_unavailable = 0x0A,
    gateway_target_failed_to_respond = 0x0B,
};

/// Set in the function code of an exception response.
inline constexpr std::uint8_t exception_bit = 0x80;

/// MEI type of read device identification (6.21).
inline constexpr std::uint8_t mei_device_identification = 0x0E;

/// Limits of one request, in objects (6.1 to 6.18).
namespace limit {
inline constexpr std::uint16_t read_bits = 2000;
inline constexpr std::uint16_t read_registers = 125;
inline constexpr std::uint16_t write_bits = 1968;
inline constexpr std::uint16_t write_registers = 123;
inline constexpr std::uint16_t read_write_read = 125;
inline constexpr std::uint16_t read_write_write = 121;
inline constexpr std::uint16_t fifo_registers = 31;
}  // namespace limit

/// Whether the standard defines the function: one of those above.
[[nodiscard]] constexpr bool is_public(function code) noexcept;

/// Stable lower-case name, such as "read_holding_registers"; "unknown" for other codes.
[[nodiscard]] constexpr std::string_view to_string(function code) noexcept;
/// Stable lower-case name, such as "illegal_data_address"; "unknown" for other codes.
[[nodiscard]] constexpr std::string_view to_string(exception_code code) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr bool is_public(function code) noexcept
{
    constexpr std::uint64_t known = 0x0000'0800'01F3'99FEU;  // a bit for each
    const auto bit = static_cast<unsigned>(code);
    return bit < 64 && (known >> bit & 1U) != 0;
}

constexpr std::string_view to_string(function code) noexcept
{
    switch (code) {
        case function::read_coils: return "read_coils";
        case function::read_discrete_inputs: return "read_discrete_inputs";
        case function::read_holding_registers: return "read_holding_registers";
        case function::read_input_registers: return "read_input_registers";
        case function::write_single_coil: return "write_single_coil";
        case function::write_single_register: return "write_single_register";
        case function::read_exception_status: return "read_exception_status";
        case function::diagnostics: return "diagnostics";
        case function::get_comm_event_counter: return "get_comm_event_counter";
        case function::get_comm_event_log: return "get_comm_event_log";
        case function::write_multiple_coils: return "write_multiple_coils";
        case function::write_multiple_registers: return "write_multiple_registers";
        case function::report_server_id: return "report_server_id";
        case function::read_file_record: return "read_file_record";
        case function::write_file_record: return "write_file_record";
        case function::mask_write_register: return "mask_write_register";
        case function::read_write_multiple_registers: return "read_write_multiple_registers";
        case function::read_fifo_queue: return "read_fifo_queue";
        case function::encapsulated_interface: return "encapsulated_interface";
    }
    return "unknown";
}

constexpr std::string_view to_string(exception_code code) noexcept
{
    switch (code) {
        case exception_code::none: return "none";
        case exception_code::illegal_function: return "illegal_function";
        case exception_code::illegal_data_address: return "illegal_data_address";
        case exception_code::illegal_data_value: return "illegal_data_value";
        case exception_code::server_device_failure: return "server_device_failure";
        case exception_code::acknowledge: return "acknowledge";
        case exception_code::server_device_busy: return "server_device_busy";
        case exception_code::negative_acknowledge: return "negative_acknowledge";
        case exception_code::memory_parity_error: return "memory_parity_error";
        case exception_code::gateway_path_unavailable: return "gateway_path_unavailable";
        case exception_code::gateway_target_failed_to_respond:
            return "gateway_target_failed_to_respond";
    }
    return "unknown";
}

}  // namespace wattpurse::codec::modbus
