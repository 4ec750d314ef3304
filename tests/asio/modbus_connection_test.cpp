// SPDX-License-Identifier: Apache-2.0
// The blocking Modbus client against real sockets and pseudo-terminals.
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <asio.hpp>

#include <wattpurse/adapter/asio/blocking.hpp>
#include <wattpurse/adapter/asio/modbus_connection.hpp>
#include <wattpurse/codec/modbus/mbap.hpp>

#include "modbus_serving.hpp"
#include "pseudo_terminal.hpp"
#include "tcp_peer.hpp"

using namespace wattpurse;
using namespace wattpurse::adapter::asio;
using namespace std::chrono_literals;
using kind = link::modbus_event::kind_type;
using test_peers::modbus_line_serving;
using test_peers::modbus_tcp_serving;
using test_peers::reading;
using test_peers::registers_of;
using test_peers::writing;
using words = std::vector<std::uint16_t>;

namespace {

modbus_connection opened(const std::string& uri, const modbus_connection_options& options = {})
{
    auto out = modbus_connection::open(uri, options);
    REQUIRE_MESSAGE(out, (out ? "" : out.error()));
    return std::move(*out);
}

link::modbus_event done(modbus_connection& line, const link::modbus_job& what)
{
    const auto out = line.exchange(what);
    REQUIRE_MESSAGE(out, (out ? "" : out.error()));
    return *out;
}

/// A server that follows a script: what it says to each piece it hears, and whether it hangs up.
class scripted {
public:
    using answer = std::function<std::string(const std::string& heard, unsigned connection)>;
    explicit scripted(answer script)
        : script_{std::move(script)}, peer_{servers_.context, [this](const std::string& heard) {
              std::string out = script_(heard, peer_.connections());
              if (out == "hang up") {
                  peer_.drop();
                  out.clear();
              }
              return out;
          }}
    {
        servers_.run();
    }
    ~scripted() { servers_.stop(); }

    [[nodiscard]] std::string uri(const std::string& scheme = "modbus-tcp") const
    {
        return scheme + "://127.0.0.1:" + std::to_string(peer_.port());
    }
    [[nodiscard]] unsigned connections() const { return peer_.connections(); }

private:
    answer script_;
    test_peers::server_thread servers_;
    test_peers::tcp_peer peer_;
};

/// What a conformance device answers to one ADU.
std::string answered(const std::string& adu)
{
    static test::conformance_device device;
    test_peers::units units{&device, 1};
    link::modbus_server_counters ignored;
    std::array<std::uint8_t, codec::modbus::mbap_size_max> out{};
    const std::vector<std::uint8_t> bytes{adu.begin(), adu.end()};
    const std::size_t size = link::answer_adu(units, {}, bytes, out, ignored);
    return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

}  // namespace

TEST_CASE("a Modbus TCP connection brings answers and refusals, and writes are kept")
{
    modbus_tcp_serving server;
    auto line = opened(server.uri());
    CHECK(line.where().name() == server.uri());

    const auto read = done(line, reading(2, 3));
    CHECK(read.kind == kind::answered);
    CHECK(read.job_id == 7);
    CHECK(read.unit == 1);
    CHECK(read.is_proven);
    CHECK(read.attempts == 1);
    CHECK(registers_of(read) == words{0x0202, 0x0303, 0x0404});

    CHECK(done(line, writing(2, 0xBEEF)).kind == kind::answered);
    CHECK(registers_of(done(line, reading(2, 1))) == words{0xBEEF});

    const auto refused = done(line, reading(199, 2));
    CHECK(refused.kind == kind::refused);
    CHECK(refused.exception == codec::modbus::exception_code::illegal_data_address);

    auto elsewhere = reading(0, 1);
    elsewhere.unit = 9;
    const auto absent = done(line, elsewhere);
    CHECK(absent.kind == kind::refused);
    CHECK(absent.exception ==
          codec::modbus::exception_code::gateway_target_failed_to_respond);
    CHECK(line.counters().answered == 3);
    CHECK(line.counters().refused == 2);
    CHECK(line.connections() == 1);
}

TEST_CASE("many jobs go at once, and each event stands where its job stands")
{
    modbus_tcp_serving server;
    auto line = opened(server.uri() + "?window=16");
    std::vector<link::modbus_job> jobs;
    for (std::uint16_t i = 0; i < modbus_connection::jobs_max; ++i) {
        jobs.push_back(reading(i, 1, 1000U + i));
    }
    jobs[5].request.size = 0;  // no request at all
    std::vector<link::modbus_event> ends(jobs.size());
    for (int round = 0; round < 20; ++round) {
        const auto all = line.exchange(jobs, ends);
        REQUIRE_MESSAGE(all, (all ? "" : all.error()));
        for (std::uint16_t i = 0; i < jobs.size(); ++i) {
            CHECK(ends[i].job_id == 1000U + i);
            if (i == 5) {
                CHECK(ends[i].kind == kind::timed_out);
                CHECK(ends[i].attempts == 0);
                continue;
            }
            CHECK(ends[i].kind == kind::answered);
            CHECK(registers_of(ends[i]) == words{static_cast<std::uint16_t>(i * 257)});
        }
    }
}

TEST_CASE("a connection that the server closed while nobody asked is made anew unnoticed")
{
    scripted server{[](const std::string& heard, unsigned connection) {
        return connection == 1 && heard[1] == 2 ? std::string{"hang up"} : answered(heard);
    }};
    auto line = opened(server.uri());
    CHECK(registers_of(done(line, reading(1, 1))) == words{0x0101});
    // The second request is answered by hanging up. It may have been carried out.
    const auto lost = done(line, reading(1, 1));
    CHECK(lost.kind == kind::timed_out);
    CHECK(lost.attempts == 1);
    CHECK(registers_of(done(line, reading(3, 1))) == words{0x0303});
    CHECK(line.connections() == 2);
}

TEST_CASE("a server may close a connection that is idle: the next request is sent on a new one")
{
    std::atomic<bool> closed{false};
    test_peers::server_thread servers;
    test_peers::tcp_peer peer{servers.context, answered};
    servers.run();
    auto line = opened("modbus-tcp://127.0.0.1:" + std::to_string(peer.port()));
    CHECK(done(line, reading(1, 1)).kind == kind::answered);
    asio::post(servers.context, [&] {
        peer.drop();
        closed = true;
    });
    std::this_thread::sleep_for(1100ms);
    REQUIRE(closed);
    auto once = writing(4, 4);  // must not be sent twice, and need not be lost
    const auto written = done(line, once);
    CHECK(written.kind == kind::answered);
    CHECK(written.attempts == 1);
    CHECK(line.connections() == 2);
    servers.stop();
}

TEST_CASE("what has attempts left goes again when a connection breaks")
{
    scripted server{[](const std::string& heard, unsigned connection) {
        return connection == 1 ? std::string{"hang up"} : answered(heard);
    }};
    auto line = opened(server.uri());
    auto twice = reading(6, 1);
    twice.attempts_max = 2;
    const auto read = done(line, twice);
    CHECK(read.kind == kind::answered);
    CHECK(read.attempts == 2);
    CHECK(registers_of(read) == words{0x0606});
    CHECK(server.connections() == 2);
}

TEST_CASE("a server that hangs up again and again ends the exchange")
{
    scripted server{[](const std::string&, unsigned) { return std::string{"hang up"}; }};
    auto line = opened(server.uri());
    auto often = reading(6, 1);
    often.attempts_max = 100;
    const auto read = line.exchange(often);
    REQUIRE(!read);
    CHECK(read.error() == server.uri() + ": the other side has closed the connection");
    CHECK(server.connections() < 10);
}

TEST_CASE("a stream that has lost its meaning is left, and a new connection serves")
{
    scripted server{[](const std::string& heard, unsigned connection) {
        return connection == 1 ? std::string{"\0\1\0\0\xFF\xFF\1\3\2", 9} : answered(heard);
    }};
    auto line = opened(server.uri());
    auto job = reading(6, 1);
    job.attempts_max = 2;
    CHECK(done(line, job).kind == kind::answered);
    CHECK(line.connections() == 2);
    CHECK(line.counters().bad_frames == 1);
}

TEST_CASE("a line that cannot be had is named, and is there again when it can")
{
    std::uint16_t port = 0;
    std::optional<modbus_connection> line;
    {
        modbus_tcp_serving server;
        port = server.port();
        line.emplace(opened(server.uri()));
        CHECK(done(*line, reading(1, 1)).kind == kind::answered);
    }
    const std::string name = "modbus-tcp://127.0.0.1:" + std::to_string(port);
    CHECK(done(*line, reading(1, 1)).kind == kind::timed_out);  // the connection broke
    const auto refused = line->exchange(reading(1, 1));
    REQUIRE(!refused);
    CHECK(refused.error() == name + ": Connection refused");

    std::array<link::modbus_job, 2> jobs{reading(1, 1, 11), reading(2, 1, 12)};
    std::array<link::modbus_event, 2> ends{};
    REQUIRE(!line->exchange(jobs, ends));
    CHECK(ends[1].job_id == 12);
    CHECK(ends[1].kind == kind::timed_out);
    CHECK(ends[1].attempts == 0);

    const auto unopened = modbus_connection::open(name);
    REQUIRE(!unopened);
    CHECK(unopened.error() == name + ": Connection refused");

    modbus_tcp_serving again{port};
    CHECK(done(*line, reading(1, 1)).kind == kind::answered);
}

TEST_CASE("a silent device costs its timeout, and attempts as many")
{
    scripted server{[](const std::string&, unsigned) { return std::string{}; }};
    auto line = opened(server.uri());
    auto job = reading(1, 1);
    job.timeout = 60ms;
    job.attempts_max = 3;
    const auto begin = std::chrono::steady_clock::now();
    const auto end = done(line, job);
    const auto took = std::chrono::steady_clock::now() - begin;
    CHECK(end.kind == kind::timed_out);
    CHECK(end.attempts == 3);
    CHECK(took >= 170ms);
    CHECK(took < 2s);
}

TEST_CASE("an answer that comes too late is not taken for the next one's")
{
    std::string kept;
    scripted server{[&kept](const std::string& heard, unsigned) {
        std::string out = std::move(kept);
        kept = answered(heard);
        return out;  // always one behind
    }};
    auto line = opened(server.uri());
    auto job = reading(1, 1);
    job.timeout = 50ms;
    CHECK(done(line, job).kind == kind::timed_out);
    job = reading(2, 1);
    job.timeout = 50ms;
    CHECK(done(line, job).kind == kind::timed_out);
    CHECK(line.counters().late == 1);
}

TEST_CASE("a unit that was silent is left in peace where that is wanted")
{
    scripted server{[](const std::string&, unsigned) { return std::string{}; }};
    modbus_connection_options options;
    options.backoff = link::backoff_options{};
    auto line = opened(server.uri(), options);
    auto job = reading(1, 1);
    job.timeout = 30ms;
    CHECK(done(line, job).kind == kind::timed_out);
    CHECK(done(line, job).kind == kind::backed_off);
}

TEST_CASE("RTU and ASCII are spoken on a pseudo-terminal and through a serial device server")
{
    for (const bool is_tcp : {false, true}) {
        for (const auto framing : {link::modbus_framing::rtu, link::modbus_framing::ascii}) {
            modbus_line_serving server{is_tcp, framing};
            CAPTURE(server.uri());
            auto line = opened(server.uri());
            CHECK(registers_of(done(line, reading(2, 2))) == words{0x0202, 0x0303});
            CHECK(done(line, writing(9, 0x1234)).kind == kind::answered);
            CHECK(registers_of(done(line, reading(9, 1))) == words{0x1234});
            CHECK(done(line, reading(100, 125)).kind == kind::refused);

            auto to_all = writing(10, 0x4321);
            to_all.unit = 0;
            CHECK(done(line, to_all).kind == kind::sent);
            CHECK(registers_of(done(line, reading(10, 1))) == words{0x4321});

            auto nobody = reading(0, 1);
            nobody.unit = 2;
            nobody.timeout = 50ms;
            CHECK(done(line, nobody).kind == kind::timed_out);
            CHECK(registers_of(done(line, reading(4, 1))) == words{0x0404});

            std::array<link::modbus_job, 3> jobs{reading(1, 1, 1), reading(2, 1, 2),
                                                 reading(3, 1, 3)};
            std::array<link::modbus_event, 3> ends{};
            REQUIRE(line.exchange(jobs, ends));
            CHECK(registers_of(ends[2]) == words{0x0303});
        }
    }
}

TEST_CASE("a device that is pulled out is told, and is there again under the same name")
{
    auto terminal = std::make_unique<test_peers::pseudo_terminal>();
    auto line = opened("modbus-rtu://" + terminal->name());
    std::thread pulls{[&] {
        std::this_thread::sleep_for(30ms);
        terminal.reset();
    }};
    auto job = reading(1, 1);
    job.timeout = 5s;
    job.attempts_max = 2;
    const auto read = line.exchange(job);
    pulls.join();
    REQUIRE(!read);
    CHECK(read.error().find(line.where().device) != std::string::npos);
    CHECK(!line.reopen());
}

TEST_CASE("Modbus over UDP: each request and each answer is a datagram")
{
    asio::io_context io;
    asio::ip::udp::socket socket{io, {asio::ip::address_v4::loopback(), 0}};
    const auto port = socket.local_endpoint().port();
    std::thread server{[&socket] {
        std::array<char, 512> buffer{};
        for (int i = 0; i < 3; ++i) {
            asio::ip::udp::endpoint from;
            const auto size = socket.receive_from(asio::buffer(buffer), from);
            if (i != 1) socket.send_to(asio::buffer(answered({buffer.data(), size})), from);
        }
        socket.close();
    }};
    auto line = opened("modbus-udp://127.0.0.1:" + std::to_string(port));
    CHECK(registers_of(done(line, reading(2, 1))) == words{0x0202});
    auto lost = reading(3, 1);
    lost.timeout = 50ms;
    lost.attempts_max = 2;
    const auto read = done(line, lost);
    CHECK(read.attempts == 2);
    CHECK(registers_of(read) == words{0x0303});
    server.join();
    auto nobody = reading(3, 1);
    nobody.timeout = 50ms;
    CHECK(done(line, nobody).kind == kind::timed_out);  // though the system says: refused
    CHECK(done(line, nobody).kind == kind::timed_out);
}

namespace {

/// Reads two registers, the second not before a moment.
struct two_reads {
    [[nodiscard]] std::optional<link::modbus_job> next() const
    {
        if (ends.size() == 2) return std::nullopt;
        return reading(static_cast<std::uint16_t>(ends.size() + 1), 1, ends.size());
    }
    void take(const link::modbus_event& what) { ends.push_back(what); }
    [[nodiscard]] instant not_before() const { return ends.size() == 1 ? pause_until : instant{}; }

    instant pause_until{};
    std::vector<link::modbus_event> ends;
};

}  // namespace

TEST_CASE("a procedure is run to its end, and waits where it wants to wait")
{
    modbus_tcp_serving server;
    auto line = opened(server.uri());
    two_reads what;
    what.pause_until = line.now() + 80ms;
    REQUIRE(line.run(what));
    REQUIRE(what.ends.size() == 2);
    CHECK(registers_of(what.ends[1]) == words{0x0202});
    CHECK(what.ends[1].sent_at >= what.pause_until);
}

TEST_CASE("a procedure without a line is told that its question timed out")
{
    auto server = std::make_unique<modbus_tcp_serving>();
    auto line = opened(server->uri());
    server.reset();
    two_reads what;
    REQUIRE(!line.run(what));
    REQUIRE(!what.ends.empty());
    CHECK(what.ends[0].kind == kind::timed_out);
}

TEST_CASE("each client wants a line of its own protocol")
{
    const auto modbus = modbus_connection::open("tcp://127.0.0.1:1");
    REQUIRE(!modbus);
    CHECK(modbus.error() ==
          "tcp://127.0.0.1:1: that is no Modbus line: expected modbus-tcp://HOST:PORT, "
          "modbus-rtu:///dev/DEVICE, modbus-rtu+tcp://HOST:PORT or the like");
    CHECK(!modbus_connection::open("modbus-tcp://"));
    const auto dlt645 = blocking_line::open("modbus-tcp://127.0.0.1:1");
    REQUIRE(!dlt645);
    CHECK(dlt645.error() == "modbus-tcp://127.0.0.1:1: that is a Modbus line: expected "
                            "tcp://HOST:PORT or serial:///dev/DEVICE, which speak DL/T 645");
}
