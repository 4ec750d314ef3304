// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <asio.hpp>

/// Servers on loopback ports that the system chose, all in one thread.
namespace test_peers {

namespace net = ::asio;
using net::ip::tcp;

/// One port. Whoever connects is answered by `on_bytes`; one connection at a time.
class tcp_peer {
public:
    using answer = std::function<std::string(const std::string& heard)>;

    tcp_peer(net::io_context& context, answer on_bytes)
        : acceptor_{context, {net::ip::address_v4::loopback(), 0}},
          on_bytes_{std::move(on_bytes)}
    {
        accept();
    }

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    [[nodiscard]] unsigned connections() const { return connections_; }

    // To be called in the thread of the servers.
    void say(const std::string& text)
    {
        net::error_code ignored;
        if (socket_) net::write(*socket_, net::buffer(text), ignored);
    }
    void drop()
    {
        net::error_code ignored;
        if (socket_) socket_->close(ignored);
        socket_.reset();
    }

private:
    void accept()
    {
        acceptor_.async_accept([this](const net::error_code& error, tcp::socket made) {
            if (error) return;
            socket_ = std::make_shared<tcp::socket>(std::move(made));
            ++connections_;
            read(socket_);
            accept();
        });
    }

    void read(const std::shared_ptr<tcp::socket>& from)
    {
        from->async_read_some(net::buffer(buffer_), [this, from](const net::error_code& error,
                                                                 std::size_t size) {
            if (error || from != socket_) return;
            say(on_bytes_(std::string{buffer_.data(), size}));
            read(from);
        });
    }

    tcp::acceptor acceptor_;
    answer on_bytes_;
    std::shared_ptr<tcp::socket> socket_;
    std::array<char, 4096> buffer_{};
    std::atomic<unsigned> connections_{0};
};

/// Lets a peer say something ten times a second, to whoever is connected.
class chatter {
public:
    chatter(net::io_context& context, tcp_peer& speaker, std::string text)
        : timer_{context}, speaker_{speaker}, text_{std::move(text)}
    {
        wait();
    }

private:
    void wait()
    {
        timer_.expires_after(std::chrono::milliseconds{100});
        timer_.async_wait([this](const net::error_code& error) {
            if (error) return;
            speaker_.say(text_);
            wait();
        });
    }

    net::steady_timer timer_;
    tcp_peer& speaker_;
    std::string text_;
};

/// The thread the servers live in. To be stopped before they go.
class server_thread {
public:
    net::io_context context;

    ~server_thread() { stop(); }

    void run() { thread_ = std::thread{[this] { context.run(); }}; }

    void stop()
    {
        context.stop();
        if (thread_.joinable()) thread_.join();
    }

private:
    net::executor_work_guard<net::io_context::executor_type> work_{context.get_executor()};
    std::thread thread_;
};

}  // namespace test_peers
