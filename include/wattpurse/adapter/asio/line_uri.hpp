// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <wattpurse/adapter/asio/endpoint.hpp>
#include <wattpurse/adapter/asio/serial_settings.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>

namespace wattpurse::adapter::asio {

/// Where a line with meters is, and how to speak on it.
///
///     tcp://HOST:PORT               a serial device server, a modem, a simulator
///     serial:///dev/ttyUSB0         a port of this machine, or a pseudo-terminal
///
/// behind either `?name=value&...`:
///
///     baud=2400          rate of the line, also behind TCP: how long a frame takes
///     parity=even        even, odd, none                                  (serial only)
///     stop=1             1 or 2 stop bits                                 (serial only)
///     rs485=off          on: the kernel switches the driver's direction   (serial only)
///     echo=keep          skip: what was sent comes back and is taken off
///     lenient=off        on: patient timing, for modems and USB adapters
///     connect_ms=5000    longest wait for a connection                    (tcp only)
struct line_uri {
    enum class kind_type : std::uint8_t { tcp, serial };

    kind_type kind = kind_type::tcp;
    endpoint peer;              ///< tcp
    std::string device;         ///< serial
    serial_settings settings;   ///< behind TCP only the rate counts
    bool skip_echo = false;
    bool lenient = false;
    duration connect_ms_max{5000};

    /// Without the options: how messages name the line.
    [[nodiscard]] std::string name() const;
};

/// Error: every fault in one text, each with the option, what was given and what is expected.
/// What looks like a password is not repeated.
[[nodiscard]] result<line_uri, std::string> parse_line_uri(std::string_view text);

}  // namespace wattpurse::adapter::asio
