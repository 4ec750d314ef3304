// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include <asio.hpp>

#include <wattpurse/adapter/asio/line_uri.hpp>
#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>

namespace wattpurse::adapter::asio {

/// A line as bytes, for whoever has nothing else to do than wait for them. What it receives, it
/// receives with one system call: sockets are set to the time they may take.
class wire {
public:
    explicit wire(const line_uri& where) : where_{where} {}
    ~wire() { close(); }
    wire(const wire&) = delete;
    wire& operator=(const wire&) = delete;

    /// Error: text for a person that begins with the line.
    [[nodiscard]] result<void, std::string> open();
    void close();
    [[nodiscard]] bool is_open() const noexcept { return handle_ >= 0; }

    /// Sends all of it, of UDP as one datagram, and returns its size. When that fails, the wire is
    /// closed, and what has been taken of it is returned.
    std::size_t send(byte_span bytes);
    /// What has come, at the latest after `patience`; empty when nothing has, or when the wire
    /// has been closed because it is broken. Good until the next call.
    [[nodiscard]] byte_span receive(duration patience);

    /// Why it was closed.
    [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }

private:
    [[nodiscard]] bool is_serial() const noexcept
    {
        return where_.kind == line_uri::kind_type::serial;
    }
    [[nodiscard]] bool is_datagrams() const noexcept
    {
        return where_.kind == line_uri::kind_type::udp;
    }
    [[nodiscard]] result<void, std::string> connect();
    template <class Socket>
    [[nodiscard]] result<void, std::string> connect_as();
    void allow(duration patience);
    [[nodiscard]] byte_span taken(ssize_t size);
    void fail(int error);
    void fail_with(const std::string& why);

    line_uri where_;
    std::string trouble_;
    ::asio::io_context io_{1};
    ::asio::serial_port port_{io_};
    int handle_ = -1;
    duration allowed_{0};
    std::array<std::uint8_t, 8192> buffer_{};
};

}  // namespace wattpurse::adapter::asio
