// SPDX-License-Identifier: Apache-2.0
// A served line, with clients on real sockets and a real pseudo-terminal.
#include <csignal>
#include <deque>
#include <optional>
#include <thread>

#include <doctest/doctest.h>

#include <asio.hpp>

#include <wattpurse/adapter/asio/byte_server.hpp>
#include <wattpurse/adapter/asio/line_uri.hpp>
#include <wattpurse/adapter/asio/serial.hpp>

using namespace wattpurse;
using namespace wattpurse::adapter::asio;
using namespace std::chrono_literals;
using asio::ip::tcp;
using bytes = std::vector<std::uint8_t>;

namespace {

/// Says everything twice: at once, and `delay` later.
class parrot final : public byte_service {
public:
    explicit parrot(duration delay = 0ms) : delay_{delay} {}

    void receive(byte_span heard, instant now) override
    {
        const bytes copy{heard.begin(), heard.end()};
        planned_.push_back({now, copy});
        if (delay_ > 0ms) planned_.push_back({now + delay_, copy});
    }
    std::vector<std::uint8_t> take_output(instant now) override
    {
        bytes out;
        while (!planned_.empty() && planned_.front().first <= now) {
            const bytes& due = planned_.front().second;
            out.insert(out.end(), due.begin(), due.end());
            planned_.pop_front();
        }
        return out;
    }
    [[nodiscard]] instant next_deadline() const override
    {
        return planned_.empty() ? instant::max() : planned_.front().first;
    }

private:
    duration delay_;
    std::deque<std::pair<instant, bytes>> planned_;
};

/// Serves in a thread until the test is over.
struct serving {
    explicit serving(result<byte_server, std::string> made, duration delay = 0ms) : service{delay}
    {
        REQUIRE_MESSAGE(made, (made ? "" : made.error()));
        server.emplace(std::move(*made));
        thread = std::thread{[this] { outcome = server->run(service); }};
    }
    ~serving()
    {
        server->stop();
        if (thread.joinable()) thread.join();
    }

    parrot service;
    std::optional<byte_server> server;
    result<void, std::string> outcome;
    std::thread thread;
};

tcp::socket connected(asio::io_context& context, const byte_server& to)
{
    const auto where = parse_line_uri(to.where());
    REQUIRE(where);
    tcp::socket out{context};
    out.connect({asio::ip::make_address(where->peer.host), where->peer.port});
    return out;
}

template <class Stream>
bytes hear(Stream& from, std::size_t count)
{
    bytes out(count);
    asio::read(from, asio::buffer(out));
    return out;
}

const bytes hello{0x68, 0x00, 0xFF, 0x16};

}  // namespace

TEST_CASE("clients come one after another")
{
    serving line{byte_server::listen_tcp(0)};
    asio::io_context context;
    for (int i = 0; i < 3; ++i) {
        tcp::socket client = connected(context, *line.server);
        asio::write(client, asio::buffer(hello));
        CHECK(hear(client, hello.size()) == hello);
    }
}

TEST_CASE("clients at once are all on the line")
{
    serving line{byte_server::listen_tcp(0)};
    asio::io_context context;
    tcp::socket first = connected(context, *line.server);
    tcp::socket second = connected(context, *line.server);
    asio::write(second, asio::buffer(hello));  // heard, so both are known by now
    CHECK(hear(second, hello.size()) == hello);
    CHECK(hear(first, hello.size()) == hello);
    asio::write(first, asio::buffer(hello));
    CHECK(hear(first, hello.size()) == hello);
    CHECK(hear(second, hello.size()) == hello);
    first.close();
    asio::write(second, asio::buffer(hello));
    CHECK(hear(second, hello.size()) == hello);
}

TEST_CASE("what is due later is said later")
{
    serving line{byte_server::listen_tcp(0), 150ms};
    asio::io_context context;
    tcp::socket client = connected(context, *line.server);
    const auto begun = std::chrono::steady_clock::now();
    asio::write(client, asio::buffer(hello));
    CHECK(hear(client, hello.size()) == hello);
    CHECK(hear(client, hello.size()) == hello);
    const auto took = std::chrono::steady_clock::now() - begun;
    CHECK(took >= 100ms);
    CHECK(took < 5s);
}

TEST_CASE("more clients than there is room for are turned away")
{
    serving line{byte_server::listen_tcp(0)};
    asio::io_context context;
    std::vector<tcp::socket> clients;
    for (std::size_t i = 0; i < byte_server::clients_max; ++i) {
        clients.push_back(connected(context, *line.server));
    }
    tcp::socket late = connected(context, *line.server);
    std::array<std::uint8_t, 1> byte{};
    asio::error_code error;
    late.read_some(asio::buffer(byte), error);
    CHECK(error == asio::error::eof);
}

TEST_CASE("a pseudo-terminal is served, to one program after another")
{
    serving line{byte_server::open_pty()};
    CHECK(line.server->where().substr(0, 9) == "/dev/pts/");
    asio::io_context context;
    for (int i = 0; i < 3; ++i) {
        asio::serial_port port{context};
        const auto opened = open_serial(port, line.server->where());
        REQUIRE_MESSAGE(opened, (opened ? "" : opened.error()));
        bytes all(256);
        for (std::size_t k = 0; k < all.size(); ++k) all[k] = static_cast<std::uint8_t>(k);
        asio::write(port, asio::buffer(all));
        CHECK(hear(port, all.size()) == all);
        close_serial(port);
    }
}

TEST_CASE("a signal ends the service, and so does stop")
{
    for (const int signal : {SIGTERM, SIGINT, 0}) {
        serving line{byte_server::listen_tcp(0)};
        asio::io_context context;
        tcp::socket client = connected(context, *line.server);
        asio::write(client, asio::buffer(hello));
        CHECK(hear(client, hello.size()) == hello);  // it runs, so it has set up its signals
        if (signal == 0) {
            line.server->stop();
        } else {
            REQUIRE(std::raise(signal) == 0);
        }
        line.thread.join();
        CHECK(line.outcome);
    }
}

TEST_CASE("a signal that comes before the service runs ends it at once")
{
    auto server = byte_server::listen_tcp(0);
    REQUIRE(server);
    REQUIRE(std::raise(SIGTERM) == 0);
    parrot service;
    CHECK(server->run(service));
}

TEST_CASE("a port that is taken or no address of ours is an error")
{
    const auto first = byte_server::listen_tcp(0);
    REQUIRE(first);
    const auto where = parse_line_uri(first->where()).value();
    const auto second = byte_server::listen_tcp(where.peer.port);
    REQUIRE(!second);
    CHECK(second.error() == "127.0.0.1:" + std::to_string(where.peer.port) +
                                ": cannot listen: Address already in use");
    const auto third = byte_server::listen_tcp(0, "localhost");
    REQUIRE(!third);
    CHECK(third.error() == "localhost: expected an address of this machine, as 127.0.0.1");
}
