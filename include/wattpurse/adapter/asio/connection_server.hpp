// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>

namespace wattpurse::adapter::asio {

/// One client's conversation, as bytes. Both directions are bounded: see `room`.
class connection_service {
public:
    virtual ~connection_service() = default;
    /// How many bytes it would take now; 0 while its answers wait for a client that does not
    /// read. Then nothing is read from the client either.
    [[nodiscard]] virtual std::size_t room() const = 0;
    /// Bytes have come in, `room` of them at most.
    virtual void receive(byte_span bytes, instant now) = 0;
    /// Its deadline has passed.
    virtual void advance(instant now) = 0;
    /// What is to be said, until it has been consumed; consuming may bring more.
    [[nodiscard]] virtual byte_span pending_output() const = 0;
    virtual void consume(std::size_t count) = 0;
    /// When it wants to be advanced; `instant::max()` while it waits for bytes.
    [[nodiscard]] virtual instant next_deadline() const { return instant::max(); }
    /// The connection is to be closed once the output is sent.
    [[nodiscard]] virtual bool is_over() const { return false; }
};

/// A TCP port where each connection is a conversation of its own, as Modbus TCP has it. One
/// thread, many connections: a message costs one read and one write and no memory.
class connection_server {
public:
    /// More connections at a time are turned away.
    static constexpr std::size_t connections_max = 4096;

    using make_service = std::function<std::unique_ptr<connection_service>()>;

    /// Port 0 takes a free one. Error: text for a person.
    [[nodiscard]] static result<connection_server, std::string> listen(
        std::uint16_t port, const std::string& host = "127.0.0.1");

    connection_server(connection_server&&) noexcept;
    connection_server& operator=(connection_server&&) noexcept;
    ~connection_server();

    /// "tcp://127.0.0.1:40123".
    [[nodiscard]] const std::string& where() const noexcept;

    /// Serves, on the system's clock, until SIGTERM, SIGINT or `stop`; a signal that came since
    /// the server was made counts. Error: text for a person.
    [[nodiscard]] result<void, std::string> run(const make_service& make);
    /// Ends `run`, from any thread; before it, ends it at once.
    void stop();

private:
    struct state;
    explicit connection_server(std::unique_ptr<state> made) noexcept;
    std::unique_ptr<state> state_;
};

}  // namespace wattpurse::adapter::asio
