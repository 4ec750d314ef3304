// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

/// The least that a Modbus TCP server or client has to do with its sockets, written against the
/// system alone: the physical limit that ours are compared with. A request is 12 bytes, read 125
/// holding registers from 0 on; a response is 259.
namespace wattpurse::bench {

inline constexpr std::size_t request_size = 12;
inline constexpr std::size_t response_size = 259;

/// A server in a process of its own; ends with this object.
class server_process {
public:
    /// `serve` gets a listening socket and never comes back.
    explicit server_process(const std::function<void(int listener)>& serve);
    ~server_process();
    server_process(const server_process&) = delete;
    server_process& operator=(const server_process&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// Processor time it has used so far, in microseconds.
    [[nodiscard]] double cpu_us() const;

private:
    std::uint16_t port_ = 0;
    pid_t child_ = -1;
};

/// Answers one connection after the other, one request after the other, with blocking calls.
void serve_blocking(int listener);
/// Answers any number of connections from one epoll loop, several requests in one piece.
void serve_epoll(int listener);

/// A connected socket without delay; ends the program where there is none.
[[nodiscard]] int connect_to(std::uint16_t port);
/// Request number `transaction`.
void write_request(std::uint8_t* to, std::uint16_t transaction);
/// All of these bytes; ends the program where the connection breaks.
void send_all(int socket, const std::uint8_t* from, std::size_t size);
void receive_all(int socket, std::uint8_t* to, std::size_t size);

/// `count` round trips, one after the other.
void ping_pong(int socket, std::size_t count);
/// `count` round trips with so many requests under way on each of the sockets, from one epoll loop.
void load(const std::vector<int>& sockets, std::size_t window, std::size_t count);

}  // namespace wattpurse::bench
