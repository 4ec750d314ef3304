// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wattpurse/codec/modbus/function.hpp>

/// What an exception says to those who read.
namespace wattpurse::meter::detail {

/// A device that is busy has not said that there is nothing.
[[nodiscard]] constexpr bool is_busy(codec::modbus::exception_code why) noexcept
{
    return why == codec::modbus::exception_code::server_device_busy ||
           why == codec::modbus::exception_code::acknowledge;
}

/// The device itself says no. A gateway that does not reach it, is not the device.
[[nodiscard]] constexpr bool is_no(codec::modbus::exception_code why) noexcept
{
    return !is_busy(why) && why != codec::modbus::exception_code::gateway_path_unavailable &&
           why != codec::modbus::exception_code::gateway_target_failed_to_respond;
}

/// It may be otherwise for a part of the registers: wrong address, amount, or a failure there.
[[nodiscard]] constexpr bool is_about_range(codec::modbus::exception_code why) noexcept
{
    return why == codec::modbus::exception_code::illegal_data_address ||
           why == codec::modbus::exception_code::illegal_data_value ||
           why == codec::modbus::exception_code::server_device_failure;
}

}  // namespace wattpurse::meter::detail
