// SPDX-License-Identifier: Apache-2.0
// A served port where each connection is a conversation of its own, with clients on real sockets.
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <asio.hpp>

#include <wattpurse/adapter/asio/connection_server.hpp>

#include "modbus_serving.hpp"

using namespace wattpurse;
using namespace wattpurse::adapter::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;
using bytes = std::vector<std::uint8_t>;
using test_peers::modbus_tcp_serving;

namespace {

/// Reads `count` holding registers from `first` on.
bytes request(std::uint16_t transaction, std::uint16_t first, std::uint8_t count)
{
    const auto high = [](unsigned word) { return static_cast<std::uint8_t>(word >> 8U); };
    const auto low = [](unsigned word) { return static_cast<std::uint8_t>(word & 0xFFU); };
    return {high(transaction), low(transaction), 0,          0, 0,    6, 1, 3,
            high(first),       low(first),       0,          count};
}

class client {
public:
    explicit client(std::uint16_t port)
        : own_{std::make_unique<asio::io_context>(1)}, io_{*own_}, socket_{io_}
    {
        connect(port);
    }
    client(std::uint16_t port, asio::io_context& shared) : io_{shared}, socket_{io_}
    {
        connect(port);
    }

    void connect(std::uint16_t port)
    {
        socket_.connect({asio::ip::address_v4::loopback(), port});
        socket_.set_option(tcp::no_delay{true});
    }

    void say(const bytes& what) { asio::write(socket_, asio::buffer(what)); }
    /// So many bytes, or fewer when the other side closes or does not say them in time.
    bytes hear(std::size_t size, std::chrono::milliseconds patience = 5s)
    {
        bytes out(size);
        std::size_t got = 0;
        asio::async_read(socket_, asio::buffer(out),
                         [&](const asio::error_code& error, std::size_t read) {
                             got = read;
                             closed_ = error == asio::error::eof ||
                                       error == asio::error::connection_reset;
                         });
        io_.restart();
        io_.run_for(patience);
        if (!io_.stopped()) {
            socket_.cancel();
            io_.run();
        }
        out.resize(got);
        return out;
    }
    [[nodiscard]] bool closed() const { return closed_; }
    tcp::socket& socket() { return socket_; }

private:
    std::unique_ptr<asio::io_context> own_;
    asio::io_context& io_;
    tcp::socket socket_;
    bool closed_ = false;
};

bytes operator+(bytes a, const bytes& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

}  // namespace

TEST_CASE("several requests in one segment are answered in order, at once")
{
    modbus_tcp_serving server;
    client one{server.port()};
    one.say(request(1, 2, 1) + request(2, 3, 1) + request(3, 199, 2));
    CHECK(one.hear(11 + 11 + 9) == bytes{0, 1, 0, 0, 0, 5, 1, 3, 2, 0x02, 0x02,     //
                                         0, 2, 0, 0, 0, 5, 1, 3, 2, 0x03, 0x03,     //
                                         0, 3, 0, 0, 0, 3, 1, 0x83, 0x02});
}

TEST_CASE("a request may come byte by byte")
{
    modbus_tcp_serving server;
    client one{server.port()};
    for (const std::uint8_t byte : request(1, 2, 1)) {
        one.say({byte});
        std::this_thread::sleep_for(1ms);
    }
    CHECK(one.hear(11) == bytes{0, 1, 0, 0, 0, 5, 1, 3, 2, 0x02, 0x02});
}

TEST_CASE("what was asked is answered before a stream without meaning is closed")
{
    modbus_tcp_serving server;
    client one{server.port()};
    one.say(request(1, 2, 1) + bytes{0, 2, 0, 0, 0xFF, 0xFF, 1, 3});
    CHECK(one.hear(12) == bytes{0, 1, 0, 0, 0, 5, 1, 3, 2, 0x02, 0x02});
    CHECK(one.closed());
    client other{server.port()};
    other.say(request(5, 1, 1));
    CHECK(other.hear(11).size() == 11);
}

TEST_CASE("a client that asks and says no more gets its answer")
{
    modbus_tcp_serving server;
    client one{server.port()};
    one.say(request(1, 2, 1));
    one.socket().shutdown(tcp::socket::shutdown_send);
    CHECK(one.hear(11).size() == 11);
    one.hear(1);
    CHECK(one.closed());
}

TEST_CASE("a client that does not read is not read from, holds up nobody, and loses nothing")
{
    modbus_tcp_serving server;
    client slow{server.port()};
    slow.socket().non_blocking(true);
    const bytes all = request(1, 0, 125);
    std::size_t asked = 0;
    std::size_t part = 0;
    // Until nothing more goes: both buffers of the system and the server's are full.
    for (int quiet = 0; quiet < 20;) {
        asio::error_code error;
        const auto sent = slow.socket().write_some(
            asio::buffer(all.data() + part, all.size() - part), error);
        if (error == asio::error::would_block) {
            std::this_thread::sleep_for(5ms);
            ++quiet;
            continue;
        }
        REQUIRE(!error);
        quiet = 0;
        part += sent;
        if (part == all.size()) {
            part = 0;
            ++asked;
        }
        REQUIRE(asked < 10'000'000);
    }
    client quick{server.port()};
    quick.say(request(9, 4, 1));
    CHECK(quick.hear(11) == bytes{0, 9, 0, 0, 0, 5, 1, 3, 2, 0x04, 0x04});

    slow.socket().non_blocking(false);
    std::size_t right = 0;
    for (std::size_t i = 0; i < asked; ++i) {
        const bytes answer = slow.hear(259);
        if (answer.size() != 259 || answer[258] != 0x7C) break;
        ++right;
    }
    CHECK(right == asked);
    CHECK(asked > 100);
}

TEST_CASE("a thousand connections at once are each answered")
{
    modbus_tcp_serving server;
    constexpr std::size_t wanted = 1000;
    constexpr rlim_t files = 2 * wanted + 100;  // both ends are this process's
    rlimit allowed{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &allowed) == 0);
    if (allowed.rlim_cur < files) {
        allowed.rlim_cur = std::min(files, allowed.rlim_max);
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &allowed) == 0);
    }
    REQUIRE(allowed.rlim_cur >= files);
    asio::io_context io{1};
    std::vector<std::unique_ptr<client>> clients;
    for (std::size_t i = 0; i < wanted; ++i) {
        clients.push_back(std::make_unique<client>(server.port(), io));
    }
    for (int round = 0; round < 3; ++round) {
        for (std::size_t i = 0; i < clients.size(); ++i) {
            const auto number = static_cast<std::uint16_t>(i);
            clients[i]->say(request(number, number % 200, 1));
        }
        for (std::size_t i = 0; i < clients.size(); ++i) {
            const bytes answer = clients[i]->hear(11);
            REQUIRE(answer.size() == 11);
            CHECK(answer[0] * 256U + answer[1] == i);
            CHECK(answer[10] == i % 200);
        }
    }
}

namespace {

/// Says a byte when its time has come, and hangs up.
class clockwork final : public connection_service {
public:
    [[nodiscard]] std::size_t room() const override { return 1; }
    void receive(byte_span heard, instant now) override
    {
        said_.clear();
        due_ = now + duration{10 * heard[0]};
    }
    void advance(instant now) override
    {
        if (now < due_) return;
        said_ = {0x55};
        due_ = instant::max();
    }
    [[nodiscard]] byte_span pending_output() const override { return said_; }
    void consume(std::size_t) override
    {
        said_.clear();
        is_over_ = true;
    }
    [[nodiscard]] instant next_deadline() const override { return due_; }
    [[nodiscard]] bool is_over() const override { return is_over_; }

private:
    instant due_ = instant::max();
    bytes said_;
    bool is_over_ = false;
};

}  // namespace

TEST_CASE("a conversation is woken at its time, and closed when it is over")
{
    auto server = connection_server::listen(0);
    REQUIRE(server);
    std::thread serves{[&] {
        static_cast<void>(server->run([] { return std::make_unique<clockwork>(); }));
    }};
    const auto port = static_cast<std::uint16_t>(std::stoul(server->where().substr(16)));
    {
        client one{port};
        const auto begin = std::chrono::steady_clock::now();
        one.say({20});
        CHECK(one.hear(1, 50ms).empty());
        CHECK(one.hear(1) == bytes{0x55});
        CHECK(std::chrono::steady_clock::now() - begin >= 199ms);
        CHECK(one.hear(1).empty());
        CHECK(one.closed());
        client other{port};  // an earlier deadline in the place of a later one
        other.say({200});
        other.say({2});
        CHECK(other.hear(1, 1s) == bytes{0x55});
    }
    server->stop();
    serves.join();
}

TEST_CASE("a server ends when it is told to, or by a signal, even before it begins")
{
    auto server = connection_server::listen(0);
    REQUIRE(server);
    CHECK(server->where().find("tcp://127.0.0.1:") == 0);
    std::raise(SIGTERM);
    CHECK(server->run([] { return std::make_unique<clockwork>(); }));

    auto other = connection_server::listen(0);
    REQUIRE(other);
    other->stop();
    CHECK(other->run([] { return std::make_unique<clockwork>(); }));
}

TEST_CASE("where it cannot listen it says so")
{
    modbus_tcp_serving server;
    const auto taken = connection_server::listen(server.port());
    REQUIRE(!taken);
    CHECK(taken.error() == "127.0.0.1:" + std::to_string(server.port()) +
                               ": cannot listen: Address already in use");
    const auto nowhere = connection_server::listen(0, "meter");
    REQUIRE(!nowhere);
    CHECK(nowhere.error() == "meter: expected an address of this machine, as 127.0.0.1");
}
