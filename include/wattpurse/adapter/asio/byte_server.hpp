// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>

namespace wattpurse::adapter::asio {

/// What stands at the far end of a line: takes bytes, and says bytes when it is time.
class byte_service {
public:
    virtual ~byte_service() = default;
    /// Bytes have come in.
    virtual void receive(byte_span bytes, instant now) = 0;
    /// What is to be said by now; also asked when nothing has come in.
    [[nodiscard]] virtual std::vector<std::uint8_t> take_output(instant now) = 0;
    /// When it wants to be asked again; `instant::max()` when it waits for bytes.
    [[nodiscard]] virtual instant next_deadline() const = 0;
};

/// Puts a service on a TCP port or a pseudo-terminal, as a serial device server puts a line of
/// meters there. All clients are on the line: each is heard, and each hears what is said.
class byte_server {
public:
    /// More clients at a time are turned away.
    static constexpr std::size_t clients_max = 32;
    /// A client that does not read loses what goes beyond.
    static constexpr std::size_t unsent_max = 8 * 1024;

    /// Port 0 takes a free one. Error: text for a person.
    [[nodiscard]] static result<byte_server, std::string> listen_tcp(
        std::uint16_t port, const std::string& host = "127.0.0.1");
    [[nodiscard]] static result<byte_server, std::string> open_pty();

    byte_server(byte_server&&) noexcept;
    byte_server& operator=(byte_server&&) noexcept;
    ~byte_server();

    /// "tcp://127.0.0.1:40123", or the path of the terminal that clients open, "/dev/pts/3".
    [[nodiscard]] const std::string& where() const noexcept;

    /// Serves, on the system's clock, until SIGTERM, SIGINT or `stop`; a signal that came since
    /// the server was made counts. Error: text for a person.
    [[nodiscard]] result<void, std::string> run(byte_service& service);
    /// Ends `run`, from any thread; before it, ends it at once.
    void stop();

private:
    struct state;
    explicit byte_server(std::unique_ptr<state> made) noexcept;
    std::unique_ptr<state> state_;
};

}  // namespace wattpurse::adapter::asio
