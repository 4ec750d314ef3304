// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wattpurse/adapter/asio/byte_server.hpp>
#include <wattpurse/adapter/asio/connection_server.hpp>
#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/link/modbus_serial_server.hpp>
#include <wattpurse/link/modbus_server.hpp>

namespace wattpurse::adapter::asio {

/// Devices on sockets and ports. `Units` is what `link/modbus_server.hpp` says; where it has an
/// `advance(instant)`, it is told the time before each request, a time that never goes back.
///
///     auto server = connection_server::listen(502, "0.0.0.0");
///     server->run([&] { return std::make_unique<modbus_tcp_service<my_units>>(units); });
///
/// It is borrowed, and has to live as long.
template <class Units>
class modbus_tcp_service final : public connection_service {
public:
    explicit modbus_tcp_service(Units& units, const link::modbus_tcp_options& options = {})
        : units_{units}, session_{units, options}
    {
    }

    [[nodiscard]] std::size_t room() const override { return session_.room(); }
    void receive(byte_span bytes, instant now) override
    {
        advance(now);
        static_cast<void>(session_.receive(bytes));
    }
    void advance(instant now) override
    {
        if constexpr (requires { units_.advance(now); }) {
            units_.advance(latest_ = std::max(latest_, now));
        }
    }
    [[nodiscard]] byte_span pending_output() const override { return session_.pending_output(); }
    void consume(std::size_t count) override { session_.consume(count); }
    [[nodiscard]] bool is_over() const override { return session_.broken(); }

private:
    Units& units_;
    instant latest_{};
    link::modbus_tcp_session<Units> session_;
};

/// Devices on one line, RTU or ASCII, for a `byte_server`: a pseudo-terminal, or a TCP port as that
/// of a serial device server.
template <class Units>
class modbus_line_service final : public byte_service {
public:
    modbus_line_service(Units& units, const link::modbus_serial_server_options& options)
        : units_{units}, session_{units, options}
    {
    }

    void receive(byte_span bytes, instant now) override
    {
        if constexpr (requires { units_.advance(now); }) {
            units_.advance(latest_ = std::max(latest_, now));
        }
        session_.receive(bytes, now);
    }
    [[nodiscard]] std::vector<std::uint8_t> take_output(instant now) override
    {
        if (now >= session_.next_deadline()) session_.advance(now);
        const byte_span bytes = session_.pending_output();
        std::vector<std::uint8_t> out{bytes.begin(), bytes.end()};
        session_.consume(bytes.size());
        return out;
    }
    [[nodiscard]] instant next_deadline() const override { return session_.next_deadline(); }

private:
    Units& units_;
    instant latest_{};
    link::modbus_serial_session<Units> session_;
};

}  // namespace wattpurse::adapter::asio
