// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace wattpurse::codec::modbus {

/// Sub-functions of diagnostics, function 08 (Modbus Application Protocol V1.1b3, 6.8.1). Serial
/// line only.
enum class diagnostic : std::uint16_t {
    return_query_data = 0x00,              ///< the answer is the request
    restart_communications_option = 0x01,  ///< data FF00 clears the event log too
    return_diagnostic_register = 0x02,
    change_ascii_input_delimiter = 0x03,   ///< data: the character, 00
    force_listen_only_mode = 0x04,         ///< nobody answers that, nor what comes after it
    clear_counters_and_diagnostic_register = 0x0A,
    return_bus_message_count = 0x0B,
    return_bus_communication_error_count = 0x0C,
    return_bus_exception_error_count = 0x0D,
    return_server_message_count = 0x0E,
    return_server_no_response_count = 0x0F,
    return_server_nak_count = 0x10,
    return_server_busy_count = 0x11,
    return_bus_character_overrun_count = 0x12,
    clear_overrun_counter_and_flag = 0x14,
};

/// Stable lower-case name, such as "return_query_data"; "unknown" for other sub-functions.
[[nodiscard]] constexpr std::string_view to_string(diagnostic what) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr std::string_view to_string(diagnostic what) noexcept
{
    switch (what) {
        case diagnostic::return_query_data: return "return_query_data";
        case diagnostic::restart_communications_option: return "restart_communications_option";
        case diagnostic::return_diagnostic_register: return "return_diagnostic_register";
        case diagnostic::change_ascii_input_delimiter: return "change_ascii_input_delimiter";
        case diagnostic::force_listen_only_mode: return "force_listen_only_mode";
        case diagnostic::clear_counters_and_diagnostic_register:
            return "clear_counters_and_diagnostic_register";
        case diagnostic::return_bus_message_count: return "return_bus_message_count";
        case diagnostic::return_bus_communication_error_count:
            return "return_bus_communication_error_count";
        case diagnostic::return_bus_exception_error_count:
            return "return_bus_exception_error_count";
        case diagnostic::return_server_message_count: return "return_server_message_count";
        case diagnostic::return_server_no_response_count:
            return "return_server_no_response_count";
        case diagnostic::return_server_nak_count: return "return_server_nak_count";
        case diagnostic::return_server_busy_count: return "return_server_busy_count";
        case diagnostic::return_bus_character_overrun_count:
            return "return_bus_character_overrun_count";
        case diagnostic::clear_overrun_counter_and_flag: return "clear_overrun_counter_and_flag";
    }
    return "unknown";
}

}  // namespace wattpurse::codec::modbus
