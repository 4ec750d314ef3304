// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <codec/modbus_device.hpp>

#include <wattpurse/adapter/asio/byte_server.hpp>
#include <wattpurse/adapter/asio/connection_server.hpp>
#include <wattpurse/adapter/asio/modbus_service.hpp>
#include <wattpurse/codec/modbus/encode_request.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/link/modbus_job.hpp>
#include <wattpurse/link/modbus_server.hpp>

/// Modbus servers in a thread, and jobs for them.
namespace test_peers {

using units = wattpurse::link::single_unit<wattpurse::test::conformance_device>;

/// Modbus TCP on a port that the system chose, until the test is over.
class modbus_tcp_serving {
public:
    explicit modbus_tcp_serving(std::uint16_t port = 0)
    {
        auto made = wattpurse::adapter::asio::connection_server::listen(port);
        REQUIRE_MESSAGE(made, (made ? "" : made.error()));
        server_.emplace(std::move(*made));
        thread_ = std::thread{[this] {
            outcome = server_->run([this] {
                return std::make_unique<
                    wattpurse::adapter::asio::modbus_tcp_service<units>>(units_);
            });
        }};
    }
    ~modbus_tcp_serving()
    {
        server_->stop();
        thread_.join();
    }

    [[nodiscard]] std::uint16_t port() const
    {
        return static_cast<std::uint16_t>(std::stoul(server_->where().substr(16)));
    }
    [[nodiscard]] std::string uri() const { return "modbus-" + server_->where(); }

    wattpurse::test::conformance_device device;
    wattpurse::result<void, std::string> outcome;

private:
    units units_{&device, 1};
    std::optional<wattpurse::adapter::asio::connection_server> server_;
    std::thread thread_;
};

/// A line with one device, on a port or a pseudo-terminal.
class modbus_line_serving {
public:
    modbus_line_serving(bool is_tcp, wattpurse::link::modbus_framing framing)
    {
        using wattpurse::adapter::asio::byte_server;
        wattpurse::link::modbus_serial_server_options options;
        options.framing = framing;
        options.timing = wattpurse::link::modbus_line_timing::lenient(0);
        service_.emplace(units_, options);
        auto made = is_tcp ? byte_server::listen_tcp(0) : byte_server::open_pty();
        REQUIRE_MESSAGE(made, (made ? "" : made.error()));
        server_.emplace(std::move(*made));
        thread_ = std::thread{[this] { outcome = server_->run(*service_); }};
        const std::string name =
            framing == wattpurse::link::modbus_framing::ascii ? "modbus-ascii" : "modbus-rtu";
        uri_ = is_tcp ? name + '+' + server_->where() : name + "://" + server_->where();
    }
    ~modbus_line_serving()
    {
        server_->stop();
        thread_.join();
    }

    [[nodiscard]] const std::string& uri() const { return uri_; }

    wattpurse::test::conformance_device device;
    wattpurse::result<void, std::string> outcome;

private:
    units units_{&device, 1};
    std::optional<wattpurse::adapter::asio::modbus_line_service<units>> service_;
    std::optional<wattpurse::adapter::asio::byte_server> server_;
    std::thread thread_;
    std::string uri_;
};

/// Reads `count` holding registers.
inline wattpurse::link::modbus_job reading(std::uint16_t first, std::uint16_t count,
                                           std::uint64_t id = 7)
{
    wattpurse::codec::modbus::request what;
    what.function = 3;
    what.address = first;
    what.quantity = count;
    wattpurse::link::modbus_job out;
    out.id = id;
    out.request = wattpurse::codec::modbus::to_pdu(what).value();
    return out;
}

/// Writes one holding register.
inline wattpurse::link::modbus_job writing(std::uint16_t at, std::uint16_t value)
{
    wattpurse::codec::modbus::request what;
    what.function = 6;
    what.address = at;
    what.value = value;
    wattpurse::link::modbus_job out;
    out.id = 8;
    out.request = wattpurse::codec::modbus::to_pdu(what).value();
    return out;
}

/// The registers of an answer to function 03.
inline std::vector<std::uint16_t> registers_of(const wattpurse::link::modbus_event& what)
{
    std::vector<std::uint16_t> out;
    const auto pdu = what.answer.view();
    for (std::size_t i = 2; i + 1 < pdu.size(); i += 2) {
        out.push_back(wattpurse::codec::modbus::word_at(pdu, i));
    }
    return out;
}

}  // namespace test_peers
