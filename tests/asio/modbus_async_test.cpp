// SPDX-License-Identifier: Apache-2.0
// The Modbus client for event loops against real sockets and pseudo-terminals.
#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <asio.hpp>

#include <wattpurse/adapter/asio/modbus_async_connection.hpp>

#include "modbus_serving.hpp"
#include "tcp_peer.hpp"

using namespace wattpurse;
using namespace wattpurse::adapter::asio;
using namespace std::chrono_literals;
using kind = link::modbus_event::kind_type;
using outcome = modbus_async_connection::outcome;
using test_peers::modbus_line_serving;
using test_peers::modbus_tcp_serving;
using test_peers::reading;
using test_peers::registers_of;
using test_peers::writing;
using words = std::vector<std::uint16_t>;

namespace {

line_uri line_at(const std::string& uri)
{
    const auto out = parse_line_uri(uri);
    REQUIRE_MESSAGE(out, (out ? "" : out.error()));
    return *out;
}

/// A line on a loop of its own; jobs that are waited for one at a time.
struct looped {
    explicit looped(const std::string& uri, const modbus_connection_options& options = {})
        : line{io.get_executor(), line_at(uri), options}
    {
    }

    outcome exchange(const link::modbus_job& what)
    {
        std::optional<outcome> ended;
        line.async_exchange(what, [&](outcome end) { ended = std::move(end); });
        CHECK(!ended);  // never from within
        io.restart();
        const auto until = std::chrono::steady_clock::now() + 10s;
        while (!ended && io.run_one_until(until) > 0) {
        }
        REQUIRE(ended);
        return *ended;
    }

    link::modbus_event done(const link::modbus_job& what)
    {
        const auto out = exchange(what);
        REQUIRE_MESSAGE(out, (out ? "" : out.error()));
        return *out;
    }

    asio::io_context io{1};
    modbus_async_connection line;
};

}  // namespace

TEST_CASE("a job on an event loop comes to its end in its handler")
{
    modbus_tcp_serving server;
    looped loop{server.uri()};
    const auto read = loop.done(reading(2, 2, 99));
    CHECK(read.kind == kind::answered);
    CHECK(read.job_id == 99);
    CHECK(registers_of(read) == words{0x0202, 0x0303});
    CHECK(loop.done(reading(200, 1)).kind == kind::refused);
    CHECK(loop.done(writing(2, 5)).kind == kind::answered);
    CHECK(registers_of(loop.done(reading(2, 1))) == words{5});
    CHECK(loop.line.connections() == 1);
    CHECK(loop.line.open_jobs() == 0);
    CHECK(loop.line.counters().answered == 3);
}

TEST_CASE("each of many jobs under way gets its own answer, and handlers begin new ones")
{
    modbus_tcp_serving server;
    looped loop{server.uri() + "?window=16"};
    int left = 5000;
    int right = 0;
    std::function<void(std::uint16_t)> begin = [&](std::uint16_t at) {
        loop.line.async_exchange(reading(at, 1, at), [&, at](const outcome& end) {
            const bool fits = end && end->job_id == at &&
                              registers_of(*end) == words{static_cast<std::uint16_t>(at * 257)};
            right += fits ? 1 : 0;
            if (--left > 0) return begin(static_cast<std::uint16_t>((at + 31) % 200));
            loop.line.close();
        });
    };
    for (std::uint16_t i = 0; i < 100; ++i) begin(i);
    loop.io.run_for(20s);
    CHECK(right >= 5000);
    CHECK(left <= 0);
}

TEST_CASE("more jobs than it holds are refused, and the others come to their ends")
{
    modbus_tcp_serving server;
    looped loop{server.uri()};
    int answered = 0;
    std::vector<std::string> refused;
    for (std::size_t i = 0; i < modbus_async_connection::jobs_max + 2; ++i) {
        loop.line.async_exchange(reading(1, 1), [&](const outcome& end) {
            if (!end) {
                refused.push_back(end.error());
            } else if (++answered == static_cast<int>(modbus_async_connection::jobs_max)) {
                loop.line.close();
            }
        });
    }
    loop.io.run_for(20s);
    CHECK(answered == static_cast<int>(modbus_async_connection::jobs_max));
    REQUIRE(refused.size() == 2);
    CHECK(refused[0] == server.uri() + ": 128 jobs at once at most");
}

TEST_CASE("a connection that breaks is made anew, and only what may be repeated is")
{
    unsigned heard_by_second = 0;
    test_peers::server_thread servers;
    test_peers::tcp_peer* self = nullptr;
    test_peers::tcp_peer peer{servers.context, [&](const std::string& heard) {
                                  if (self->connections() == 1) {
                                      self->drop();
                                      return std::string{};
                                  }
                                  ++heard_by_second;
                                  return heard.substr(0, 4) + std::string{"\0\5\1\3\2\xAB\xCD", 7};
                              }};
    self = &peer;
    servers.run();
    looped loop{"modbus-tcp://127.0.0.1:" + std::to_string(peer.port())};
    const auto lost = loop.done(writing(1, 1));
    CHECK(lost.kind == kind::timed_out);
    CHECK(lost.attempts == 1);
    CHECK(registers_of(loop.done(reading(1, 1))) == words{0xABCD});
    asio::post(servers.context, [&] { peer.drop(); });
    std::this_thread::sleep_for(20ms);
    auto twice = reading(1, 1);
    twice.attempts_max = 2;
    CHECK(registers_of(loop.done(twice)) == words{0xABCD});
    CHECK(loop.line.connections() == 3);
    servers.stop();
    CHECK(heard_by_second == 2);
}

TEST_CASE("a peer that accepts and hangs up, again and again, ends the jobs")
{
    test_peers::server_thread servers;
    test_peers::tcp_peer* self = nullptr;
    test_peers::tcp_peer peer{servers.context, [&](const std::string&) {
                                  self->drop();
                                  return std::string{};
                              }};
    self = &peer;
    servers.run();
    const std::string uri = "modbus-tcp://127.0.0.1:" + std::to_string(peer.port());
    looped loop{uri};
    auto often = reading(1, 1);
    often.attempts_max = 200;
    const auto end = loop.exchange(often);
    REQUIRE(!end);
    CHECK(end.error() == uri + ": the other side has closed the connection");
    CHECK(peer.connections() < 10);
    servers.stop();
}

TEST_CASE("where nobody listens the jobs end with the reason, and later ones at once")
{
    std::uint16_t port = 0;
    {
        modbus_tcp_serving server;
        port = server.port();
    }
    const std::string uri = "modbus-tcp://127.0.0.1:" + std::to_string(port);
    looped loop{uri};
    const auto end = loop.exchange(reading(1, 1));
    REQUIRE(!end);
    CHECK(end.error() == uri + ": Connection refused");
    modbus_tcp_serving again{port};
    CHECK(!loop.exchange(reading(1, 1)));
    std::this_thread::sleep_for(1050ms);
    CHECK(loop.done(reading(1, 1)).kind == kind::answered);
}

TEST_CASE("a device that says nothing costs the timeout of its job")
{
    test_peers::server_thread servers;
    test_peers::tcp_peer peer{servers.context, [](const std::string&) { return std::string{}; }};
    servers.run();
    looped loop{"modbus-tcp://127.0.0.1:" + std::to_string(peer.port())};
    auto job = reading(1, 1);
    job.timeout = 60ms;
    job.attempts_max = 2;
    const auto begin = std::chrono::steady_clock::now();
    const auto end = loop.done(job);
    const auto took = std::chrono::steady_clock::now() - begin;
    CHECK(end.kind == kind::timed_out);
    CHECK(end.attempts == 2);
    CHECK(took >= 115ms);
    CHECK(took < 2s);
    job.timeout = 20ms;  // an earlier deadline than the one that is watched
    job.attempts_max = 1;
    auto later = reading(1, 1);
    later.timeout = 5s;
    std::vector<int> order;
    loop.line.async_exchange(later, [&](const outcome&) { order.push_back(2); });
    loop.line.async_exchange(job, [&](const outcome&) {
        order.push_back(1);
        loop.line.close();
    });
    loop.io.restart();
    loop.io.run_for(3s);
    CHECK(order == std::vector<int>{1, 2});
    servers.stop();
}

TEST_CASE("closing ends all jobs with an error, later and once")
{
    test_peers::server_thread servers;
    test_peers::tcp_peer peer{servers.context, [](const std::string&) { return std::string{}; }};
    servers.run();
    asio::io_context io{1};
    std::vector<std::string> ends;
    {
        modbus_async_connection line{
            io.get_executor(),
            line_at("modbus-tcp://127.0.0.1:" + std::to_string(peer.port()))};
        for (int i = 0; i < 3; ++i) {
            line.async_exchange(reading(1, 1), [&](const outcome& end) {
                ends.push_back(end ? "answered" : end.error());
            });
        }
        io.run_for(50ms);
        CHECK(ends.empty());
        line.close();
        CHECK(ends.empty());
        line.async_exchange(reading(1, 1), [&](const outcome& end) {
            ends.push_back(end ? "answered" : end.error());
        });
    }
    io.restart();
    io.run_for(5s);  // and it ends: nothing is left to do
    CHECK(io.stopped());
    REQUIRE(ends.size() == 4);
    for (const std::string& end : ends) CHECK(end.find(": closed") != std::string::npos);
    servers.stop();
}

TEST_CASE("a connection may be thrown away by the handler of its own job")
{
    modbus_tcp_serving server;
    asio::io_context io{1};
    auto line = std::make_unique<modbus_async_connection>(io.get_executor(),
                                                          line_at(server.uri()));
    int ended = 0;
    for (int i = 0; i < 5; ++i) {
        line->async_exchange(reading(1, 1), [&](const outcome&) {
            ++ended;
            line.reset();
        });
    }
    io.run_for(5s);
    CHECK(ended == 5);
    CHECK(!line);
}

TEST_CASE("a future waits for a job from another thread")
{
    modbus_tcp_serving server;
    asio::io_context io{1};
    const auto strand = asio::make_strand(io);
    modbus_async_connection line{strand, line_at(server.uri())};
    auto guard = asio::make_work_guard(io);
    std::thread runs{[&] { io.run(); }};
    std::promise<outcome> told;
    asio::post(strand, [&] {
        line.async_exchange(reading(3, 1), asio::bind_executor(io, [&](outcome end) {
                                told.set_value(std::move(end));
                            }));
    });
    auto future = told.get_future();
    REQUIRE(future.wait_for(10s) == std::future_status::ready);
    const auto end = future.get();
    REQUIRE(end);
    CHECK(registers_of(*end) == words{0x0303});
    asio::post(strand, [&] { line.close(); });
    guard.reset();
    runs.join();
}

#if defined(ASIO_HAS_CO_AWAIT)

TEST_CASE("a coroutine reads one after the other")
{
    modbus_tcp_serving server;
    asio::io_context io{1};
    modbus_async_connection line{io.get_executor(), line_at(server.uri())};
    std::vector<words> read;
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
            for (std::uint16_t i = 1; i < 4; ++i) {
                const auto end =
                    co_await line.async_exchange(reading(i, 1), asio::use_awaitable);
                if (end) read.push_back(registers_of(*end));
            }
            line.close();
        },
        asio::detached);
    io.run_for(10s);
    CHECK(read == std::vector<words>{{0x0101}, {0x0202}, {0x0303}});
}

#endif

TEST_CASE("an event loop speaks RTU and ASCII too, on ports and through serial servers")
{
    for (const bool is_tcp : {false, true}) {
        for (const auto framing : {link::modbus_framing::rtu, link::modbus_framing::ascii}) {
            modbus_line_serving server{is_tcp, framing};
            CAPTURE(server.uri());
            looped loop{server.uri()};
            CHECK(registers_of(loop.done(reading(2, 2))) == words{0x0202, 0x0303});
            auto to_all = writing(10, 0x4321);
            to_all.unit = 0;
            CHECK(loop.done(to_all).kind == kind::sent);
            CHECK(registers_of(loop.done(reading(10, 1))) == words{0x4321});
            auto nobody = reading(0, 1);
            nobody.unit = 2;
            nobody.timeout = 50ms;
            CHECK(loop.done(nobody).kind == kind::timed_out);
            CHECK(registers_of(loop.done(reading(4, 1))) == words{0x0404});
        }
    }
}

TEST_CASE("an event loop speaks over UDP, where a lost datagram is asked for again")
{
    asio::io_context io;
    asio::ip::udp::socket socket{io, {asio::ip::address_v4::loopback(), 0}};
    const auto port = socket.local_endpoint().port();
    std::thread server{[&socket] {
        std::array<char, 512> heard{};
        for (int i = 0; i < 2; ++i) {
            asio::ip::udp::endpoint from;
            const auto size = socket.receive_from(asio::buffer(heard), from);
            CHECK(size == 12);
            if (i == 0) continue;
            const std::string answer =
                std::string{heard.data(), 4} + std::string{"\0\5\1\3\2\xAB\xCD", 7};
            socket.send_to(asio::buffer(answer), from);
        }
        socket.close();
    }};
    looped loop{"modbus-udp://127.0.0.1:" + std::to_string(port)};
    auto job = reading(2, 1);
    job.timeout = 50ms;
    job.attempts_max = 3;
    const auto read = loop.done(job);
    CHECK(read.attempts == 2);
    CHECK(registers_of(read) == words{0xABCD});
    server.join();
    job.attempts_max = 1;
    CHECK(loop.done(job).kind == kind::timed_out);
}

TEST_CASE("a line that is none for Modbus is told by the first job")
{
    looped loop{"tcp://127.0.0.1:1"};
    const auto end = loop.exchange(reading(1, 1));
    REQUIRE(!end);
    CHECK(end.error().find("that is no Modbus line") != std::string::npos);
    looped gone{"modbus-rtu:///dev/no-such-port"};
    const auto port = gone.exchange(reading(1, 1));
    REQUIRE(!port);
    CHECK(port.error().find("/dev/no-such-port") != std::string::npos);
    looped empty{"modbus-tcp://127.0.0.1:1"};
    CHECK(!empty.exchange(link::modbus_job{}));
}
