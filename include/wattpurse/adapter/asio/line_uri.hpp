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

/// What is spoken on a line.
enum class line_protocol : std::uint8_t {
    dlt645, modbus_tcp, modbus_udp, modbus_rtu, modbus_ascii,
};

/// Where a line with meters is, and how to speak on it.
///
///     tcp://HOST:PORT                 DL/T 645: a serial device server, a modem, a simulator
///     serial:///dev/ttyUSB0           DL/T 645: a port of this machine, or a pseudo-terminal
///     modbus-tcp://HOST:502           Modbus TCP; 502 may be left out
///     modbus-udp://HOST:502           Modbus TCP's frames, each a datagram
///     modbus-rtu:///dev/ttyUSB0       Modbus RTU; modbus-ascii:///dev/... likewise
///     modbus-rtu+tcp://HOST:PORT      RTU through a serial device server that adds nothing;
///                                     modbus-ascii+tcp://... likewise
///
/// behind each `?name=value&...`:
///
///     baud=2400          rate of the line, also behind TCP: how long a frame takes. Of Modbus 9600
///     parity=even        even, odd, none. Of Modbus RTU none                       (serial only)
///     stop=1             1 or 2 stop bits                                          (serial only)
///     data=8             7 or 8 data bits. Of Modbus ASCII 7, of RTU always 8
///                                                                     (serial Modbus ASCII only)
///     rs485=off          on: the kernel switches the driver's direction            (serial only)
///     echo=keep          skip: what was sent comes back and is taken off
///     lenient=off        on: patient timing, for modems and USB adapters. Of Modbus RTU on; off
///                        holds to the silences of the standard, which takes a port close by
///                                                        (DL/T 645, and Modbus RTU on a port)
///     connect_ms=5000    longest wait for a connection                        (tcp and udp only)
///     window=4           most requests under way at once, 1 to 16  (modbus-tcp, modbus-udp only)
struct line_uri {
    enum class kind_type : std::uint8_t { tcp, serial, udp };

    line_protocol protocol = line_protocol::dlt645;
    kind_type kind = kind_type::tcp;
    endpoint peer;              ///< tcp, udp
    std::string device;         ///< serial
    serial_settings settings;   ///< behind TCP only the rate counts
    bool skip_echo = false;
    bool lenient = false;
    duration connect_ms_max{5000};
    std::uint8_t window = 4;    ///< Modbus TCP and UDP

    /// Without the options: how messages name the line.
    [[nodiscard]] std::string name() const;
    [[nodiscard]] bool is_modbus() const noexcept { return protocol != line_protocol::dlt645; }
};

/// Error: every fault in one text, each with the option, what was given and what is expected.
/// What looks like a password is not repeated.
[[nodiscard]] result<line_uri, std::string> parse_line_uri(std::string_view text);

}  // namespace wattpurse::adapter::asio
