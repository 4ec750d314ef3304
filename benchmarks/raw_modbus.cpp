// SPDX-License-Identifier: Apache-2.0
#include "raw_modbus.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <unordered_map>

#include "bench.hpp"

namespace wattpurse::bench {
namespace {

void no_delay(int socket)
{
    const int on = 1;
    static_cast<void>(::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

/// The response to a request: its transaction, and registers that count.
void write_response(std::uint8_t* to, const std::uint8_t* request)
{
    static constexpr std::array<std::uint8_t, 7> head{0, 0, 0, 253, 1, 3, 250};
    to[0] = request[0];
    to[1] = request[1];
    std::memcpy(to + 2, head.data(), head.size());
    for (std::size_t i = 0; i < 250; ++i) to[9 + i] = static_cast<std::uint8_t>(i);
}

/// One connection of an epoll loop: what came in and is not a whole message yet.
struct stream {
    std::array<std::uint8_t, 8192> bytes{};
    std::size_t size = 0;
    std::size_t under_way = 0;
    std::uint16_t next = 0;
};

}  // namespace

server_process::server_process(const std::function<void(int)>& serve)
{
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    const bool good = listener >= 0 &&
                      ::bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 &&
                      ::listen(listener, 4096) == 0 &&
                      ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) == 0;
    require(good, "cannot listen on the loopback");
    port_ = ntohs(at.sin_port);
    child_ = ::fork();
    require(child_ >= 0, "cannot fork");
    if (child_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(listener);
        ::_exit(0);
    }
    ::close(listener);
}

server_process::~server_process()
{
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
}

double server_process::cpu_us() const
{
    // utime and stime, fields 14 and 15; the name in field 2 has no blank.
    std::ifstream file{"/proc/" + std::to_string(child_) + "/stat"};
    std::string word;
    double ticks = 0;
    for (int field = 1; field <= 15 && file >> word; ++field) {
        if (field >= 14) ticks += std::stod(word);
    }
    return ticks * 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void serve_blocking(int listener)
{
    std::array<std::uint8_t, request_size> request{};
    std::array<std::uint8_t, response_size> response{};
    for (;;) {
        const int socket = ::accept(listener, nullptr, nullptr);
        if (socket < 0) return;
        no_delay(socket);
        std::size_t size = 0;
        for (;;) {
            const ssize_t got = ::recv(socket, request.data() + size, request_size - size, 0);
            if (got <= 0) break;
            size += static_cast<std::size_t>(got);
            if (size < request_size) continue;
            size = 0;
            write_response(response.data(), request.data());
            if (::send(socket, response.data(), response_size, MSG_NOSIGNAL) < 0) break;
        }
        ::close(socket);
    }
}

void serve_epoll(int listener)
{
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event mine{};
    mine.events = EPOLLIN;
    mine.data.fd = listener;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &mine);
    std::unordered_map<int, std::unique_ptr<stream>> streams;
    std::array<epoll_event, 256> events{};
    std::array<std::uint8_t, 64 * response_size> out{};
    for (;;) {
        const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const int socket = events[static_cast<std::size_t>(i)].data.fd;
            if (socket == listener) {
                const int made = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
                no_delay(made);
                mine.data.fd = made;
                streams[made] = std::make_unique<stream>();
                ::epoll_ctl(epoll, EPOLL_CTL_ADD, made, &mine);
                continue;
            }
            stream& from = *streams[socket];
            const ssize_t got =
                ::recv(socket, from.bytes.data() + from.size, 64 * request_size - from.size, 0);
            if (got <= 0) {
                ::close(socket);
                streams.erase(socket);
                continue;
            }
            from.size += static_cast<std::size_t>(got);
            std::size_t used = 0;
            std::size_t made = 0;
            for (; from.size - used >= request_size; used += request_size) {
                write_response(out.data() + made, from.bytes.data() + used);
                made += response_size;
            }
            std::memmove(from.bytes.data(), from.bytes.data() + used, from.size - used);
            from.size -= used;
            if (made > 0) static_cast<void>(::send(socket, out.data(), made, MSG_NOSIGNAL));
        }
    }
}

int connect_to(std::uint16_t port)
{
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    require(::connect(socket, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0,
            "cannot connect to a server of the bench");
    no_delay(socket);
    return socket;
}

void write_request(std::uint8_t* to, std::uint16_t transaction)
{
    static constexpr std::array<std::uint8_t, request_size> request{0, 0, 0, 0, 0, 6,
                                                                    1, 3, 0, 0, 0, 125};
    std::memcpy(to, request.data(), request.size());
    to[0] = static_cast<std::uint8_t>(transaction >> 8U);
    to[1] = static_cast<std::uint8_t>(transaction & 0xFFU);
}

void send_all(int socket, const std::uint8_t* from, std::size_t size)
{
    for (std::size_t done = 0; done < size;) {
        const ssize_t sent = ::send(socket, from + done, size - done, MSG_NOSIGNAL);
        require(sent > 0, "a server of the bench has hung up");
        done += static_cast<std::size_t>(sent);
    }
}

void receive_all(int socket, std::uint8_t* to, std::size_t size)
{
    for (std::size_t done = 0; done < size;) {
        const ssize_t got = ::recv(socket, to + done, size - done, 0);
        require(got > 0, "a server of the bench has hung up");
        done += static_cast<std::size_t>(got);
    }
}

void ping_pong(int socket, std::size_t count)
{
    std::array<std::uint8_t, request_size> request{};
    std::array<std::uint8_t, response_size> response{};
    for (std::size_t i = 0; i < count; ++i) {
        write_request(request.data(), static_cast<std::uint16_t>(i));
        send_all(socket, request.data(), request.size());
        receive_all(socket, response.data(), response.size());
        require(response[1] == request[1] && response[8] == 250, "another answer");
    }
}

void load(const std::vector<int>& sockets, std::size_t window, std::size_t count)
{
    const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    std::unordered_map<int, std::unique_ptr<stream>> streams;
    std::array<std::uint8_t, 64 * request_size> out{};
    std::size_t asked = 0;
    const auto ask = [&](int socket, stream& from) {
        std::size_t made = 0;
        for (; from.under_way < window && asked < count; ++from.under_way, ++asked) {
            write_request(out.data() + made, from.next++);
            made += request_size;
        }
        if (made > 0) send_all(socket, out.data(), made);
    };
    for (const int socket : sockets) {
        epoll_event mine{};
        mine.events = EPOLLIN;
        mine.data.fd = socket;
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &mine);
        ask(socket, *(streams[socket] = std::make_unique<stream>()));
    }
    std::array<epoll_event, 256> events{};
    for (std::size_t done = 0; done < count;) {
        const int ready = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < ready; ++i) {
            const int socket = events[static_cast<std::size_t>(i)].data.fd;
            stream& from = *streams[socket];
            const ssize_t got = ::recv(socket, from.bytes.data() + from.size,
                                       from.bytes.size() - from.size, MSG_DONTWAIT);
            require(got > 0, "a server of the bench has hung up");
            from.size += static_cast<std::size_t>(got);
            const std::size_t whole = from.size / response_size;
            const std::size_t used = whole * response_size;
            std::memmove(from.bytes.data(), from.bytes.data() + used, from.size - used);
            from.size -= used;
            from.under_way -= whole;
            done += whole;
            ask(socket, from);
        }
    }
    ::close(epoll);
}

}  // namespace wattpurse::bench
