// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <asio/serial_port.hpp>

#include <wattpurse/adapter/asio/serial_settings.hpp>
#include <wattpurse/base/result.hpp>

namespace wattpurse::adapter::asio {

/// Opens a device for this program alone (TIOCEXCL and an advisory lock), sets it and throws
/// away what it has received so far.
///
/// Pseudo-terminals are taken as they are: kernels differ in what they let one set there. They
/// get the lock alone, as TIOCEXCL would outlive a program that is killed.
/// Error: text for a person that begins with the device's name; the port is then closed.
[[nodiscard]] result<void, std::string> open_serial(::asio::serial_port& port,
                                                    const std::string& device,
                                                    const serial_settings& settings = {});

/// Closes it and lets others in.
void close_serial(::asio::serial_port& port) noexcept;

}  // namespace wattpurse::adapter::asio
