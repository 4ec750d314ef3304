// SPDX-License-Identifier: Apache-2.0
//
// Modbus TCP over the loopback, beside the least that must be done with the sockets
// (raw_modbus.hpp) and beside libmodbus' client. Servers are processes of their own. Rounds are
// interleaved, and the medians are compared.
#ifdef WATTPURSE_WITH_ASIO

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef WATTPURSE_WITH_LIBMODBUS
#include <modbus.h>
#endif

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>

#include <wattpurse/adapter/asio/modbus_async_connection.hpp>
#include <wattpurse/adapter/asio/modbus_connection.hpp>
#include <wattpurse/adapter/asio/modbus_service.hpp>
#include <wattpurse/codec/modbus/encode_request.hpp>
#include <wattpurse/codec/modbus/serve.hpp>
#include <wattpurse/link/modbus_server.hpp>

#include "bench.hpp"
#include "raw_modbus.hpp"

namespace wattpurse::bench {
namespace {

namespace edge = adapter::asio;
namespace modbus = codec::modbus;

constexpr int rounds = 15;
constexpr std::size_t sequential_trips = 3'000;
constexpr std::size_t window_trips = 40'000;
constexpr std::size_t connections = 1'000;
constexpr std::size_t connection_trips = 30'000;

using work = std::function<void()>;

/// Round trips a second of several pieces of work, each `trips` long, in turns.
std::vector<double> rates(std::size_t trips, const std::vector<work>& all)
{
    std::vector<std::vector<double>> found(all.size());
    for (const work& each : all) each();  // warm
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            const std::size_t turn = (i + static_cast<std::size_t>(round)) % all.size();
            found[turn].push_back(static_cast<double>(trips) / seconds(all[turn]));
        }
    }
    std::vector<double> out;
    for (auto& each : found) out.push_back(median(std::move(each)));
    return out;
}

void add_rate(report& out, const char* name, double value, const char* peer, double peer_value)
{
    out.push_back({name, value, "1/s", peer, peer_value, value / peer_value});
}

link::modbus_job reading()
{
    link::modbus_job out;
    out.unit = 1;
    out.request = *modbus::to_pdu(
        modbus::read_request(modbus::function::read_holding_registers, 0, 125));
    return out;
}

std::string uri(std::uint16_t port, int window)
{
    return "modbus-tcp://127.0.0.1:" + std::to_string(port) + "?window=" + std::to_string(window);
}

/// So many trips through the connection of event loops, `window` of them under way.
class async_client {
public:
    async_client(std::uint16_t port, int window)
        : window_{static_cast<std::size_t>(window)},
          line_{io_.get_executor(), *edge::parse_line_uri(uri(port, window))}
    {
    }

    void run(std::size_t trips)
    {
        asked_ = done_ = 0;
        trips_ = trips;
        for (std::size_t i = 0; i < window_; ++i) ask();
        while (done_ < trips_) io_.run_one();
    }

private:
    void ask()
    {
        if (asked_ == trips_) return;
        ++asked_;
        line_.async_exchange(job_, [this](const result<link::modbus_event, std::string>& end) {
            require(end && end->kind == link::modbus_event::kind_type::answered,
                    "a request through asio was not answered");
            ++done_;
            ask();
        });
    }

    std::size_t window_;
    asio::io_context io_{1};
    edge::modbus_async_connection line_;
    link::modbus_job job_ = reading();
    std::size_t trips_ = 0;
    std::size_t asked_ = 0;
    std::size_t done_ = 0;
};

#ifdef WATTPURSE_WITH_LIBMODBUS
class their_client {
public:
    explicit their_client(std::uint16_t port) : context_{modbus_new_tcp("127.0.0.1", port)}
    {
        require(context_ != nullptr && modbus_connect(context_) == 0, "libmodbus does not connect");
        modbus_set_slave(context_, 1);
    }
    ~their_client()
    {
        modbus_close(context_);
        modbus_free(context_);
    }
    their_client(const their_client&) = delete;
    their_client& operator=(const their_client&) = delete;

    void run(std::size_t trips)
    {
        std::array<std::uint16_t, 125> registers{};
        for (std::size_t i = 0; i < trips; ++i) {
            require(modbus_read_registers(context_, 0, 125, registers.data()) == 125,
                    "libmodbus was not answered");
        }
    }

private:
    modbus_t* context_;
};
#endif

void run_sequential(report& out)
{
    // A server answers one connection at a time: each client has its own.
    const server_process for_raw{serve_blocking};
    const server_process for_ours{serve_blocking};
    const server_process for_asio{serve_blocking};
    const int raw = connect_to(for_raw.port());
    auto ours = edge::modbus_connection::open(uri(for_ours.port(), 1));
    require(ours.has_value(), "no connection");
    const auto job = reading();
    async_client asio_client{for_asio.port(), 1};
    std::vector<work> all{
        [&] { ping_pong(raw, sequential_trips); },
        [&] {
            for (std::size_t i = 0; i < sequential_trips; ++i) {
                const auto end = ours->exchange(job);
                require(end && end->kind == link::modbus_event::kind_type::answered,
                        "a request was not answered");
            }
        },
        [&] { asio_client.run(sequential_trips); },
    };
#ifdef WATTPURSE_WITH_LIBMODBUS
    const server_process for_theirs{serve_blocking};
    their_client theirs{for_theirs.port()};
    all.emplace_back([&] { theirs.run(sequential_trips); });
#endif
    const auto found = rates(sequential_trips, all);
    constexpr const char* bare = "bare blocking send and recv, the same bytes and server";
    add_rate(out, "modbus.sequential.vs_raw", found[1], bare, found[0]);
    add_rate(out, "modbus.sequential_asio.vs_raw", found[2], bare, found[0]);
    if (found.size() > 3) {
        add_rate(out, "modbus.sequential.vs_libmodbus", found[1],
                 "libmodbus 3.1.6, modbus_read_registers, the same server", found[3]);
    }
    ::close(raw);
}

void run_window(report& out)
{
    const server_process server{serve_epoll};
    const std::vector<int> raw{connect_to(server.port())};
    async_client ours{server.port(), 16};
    const auto found = rates(window_trips, {[&] { load(raw, 16, window_trips); },
                                            [&] { ours.run(window_trips); }});
    add_rate(out, "modbus.window16.vs_raw_epoll", found[1],
             "bare epoll client, 16 under way, the same server", found[0]);
    ::close(raw[0]);
}

/// 125 registers that count, as the raw server has them.
struct counting_device : modbus::device_defaults {
    [[nodiscard]] constexpr bool supports(std::uint8_t function) const noexcept
    {
        return function == 3;
    }
    constexpr modbus::exception_code covers(modbus::table, std::uint16_t first,
                                            std::uint16_t quantity) noexcept
    {
        return first + quantity <= 125 ? modbus::exception_code::none
                                       : modbus::exception_code::illegal_data_address;
    }
    constexpr modbus::exception_code read_registers(modbus::table, std::uint16_t first,
                                                    std::span<std::uint8_t> out) noexcept
    {
        for (std::size_t i = 0; i < out.size(); ++i) {
            out[i] = static_cast<std::uint8_t>(2U * first + i);
        }
        return modbus::exception_code::none;
    }
};

void serve_ours(int listener)
{
    // The port is the one that the bench has bound; ours binds by itself, so it is let go first.
    sockaddr_in at{};
    socklen_t size = sizeof at;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size);
    ::close(listener);
    auto server = edge::connection_server::listen(ntohs(at.sin_port));
    require(server.has_value(), "our server cannot listen");
    counting_device device;
    link::single_unit<counting_device> units{&device, 1};
    using service = edge::modbus_tcp_service<link::single_unit<counting_device>>;
    static_cast<void>(server->run([&] { return std::make_unique<service>(units); }));
}

void run_connections(report& out)
{
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = std::min<rlim_t>(files.rlim_max, 2 * connections + 100);
    ::setrlimit(RLIMIT_NOFILE, &files);
    const server_process raw_server{serve_epoll};
    const server_process our_server{serve_ours};
    ::usleep(200'000);  // ours has to bind its port
    std::vector<int> to_raw;
    std::vector<int> to_ours;
    for (std::size_t i = 0; i < connections; ++i) {
        to_raw.push_back(connect_to(raw_server.port()));
        to_ours.push_back(connect_to(our_server.port()));
    }
    double our_cpu = -our_server.cpu_us();
    double raw_cpu = -raw_server.cpu_us();
    const auto found = rates(connection_trips, {[&] { load(to_raw, 1, connection_trips); },
                                                [&] { load(to_ours, 1, connection_trips); }});
    constexpr double served = (rounds + 1) * static_cast<double>(connection_trips);
    our_cpu = (our_cpu + our_server.cpu_us()) / served;
    raw_cpu = (raw_cpu + raw_server.cpu_us()) / served;
    constexpr const char* peer = "bare epoll server, the same load of 1000 connections";
    add_rate(out, "modbus.connections1000.vs_raw_epoll", found[1], peer, found[0]);
    out.push_back({"modbus.connections1000.cpu_per_request", our_cpu, "us",
                   "processor time of the bare epoll server", raw_cpu, raw_cpu / our_cpu});
    for (const int socket : to_raw) ::close(socket);
    for (const int socket : to_ours) ::close(socket);
}

void run(report& out)
{
    run_sequential(out);
    run_window(out);
    run_connections(out);
}

const registration line_rows{"modbus.line", run};

}  // namespace
}  // namespace wattpurse::bench

#endif
