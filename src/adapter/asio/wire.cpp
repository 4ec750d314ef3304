// SPDX-License-Identifier: Apache-2.0
#include "wire.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <wattpurse/adapter/asio/serial.hpp>

#include "connecting.hpp"

namespace wattpurse::adapter::asio {

namespace {

namespace net = ::asio;
using outcome = result<void, std::string>;

/// Longest wait for the other side to take a few hundred bytes.
constexpr duration send_max{5000};

timeval to_timeval(duration time)
{
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    timeval out{};
    out.tv_sec = static_cast<decltype(out.tv_sec)>(whole.count());
    out.tv_usec = static_cast<decltype(out.tv_usec)>((time - whole).count() * 1000);
    return out;
}

bool would_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

/// Whether the handle is ready before patience ends; a signal ends it early.
bool wait_for(int handle, short what, duration patience)
{
    pollfd watched{handle, what, 0};
    return ::poll(&watched, 1, static_cast<int>(patience.count())) > 0;
}

}  // namespace

outcome wire::open()
{
    close();
    trouble_.clear();
    allowed_ = duration{0};
    if (is_serial()) {
        if (auto done = open_serial(port_, where_.device, where_.settings); !done) return done;
        handle_ = port_.native_handle();
        return {};
    }
    return connect();
}

outcome wire::connect()
{
    auto done = where_.kind == line_uri::kind_type::udp ? connect_as<net::ip::udp::socket>()
                                                        : connect_as<net::ip::tcp::socket>();
    io_.restart();
    io_.poll();  // what was under way ends as aborted
    io_.restart();
    return done;
}

/// Connects with asio, which knows how to give up, and takes the socket out of its hands.
template <class Socket>
outcome wire::connect_as()
{
    Socket socket{io_};
    if (auto done = connect_within(io_, socket, where_); !done) {
        net::error_code ignored;
        socket.close(ignored);
        io_.restart();
        io_.poll();  // its handlers know the socket
        return done;
    }
    net::error_code error;
    if constexpr (std::is_same_v<Socket, net::ip::tcp::socket>) {
        socket.set_option(net::ip::tcp::no_delay{true}, error);
    }
    handle_ = socket.release(error);
    if (error) return tl::unexpected<std::string>{where_.name() + ": " + error.message()};
    const int flags = ::fcntl(handle_, F_GETFL);
    static_cast<void>(::fcntl(handle_, F_SETFL, flags & ~O_NONBLOCK));
    const timeval longest = to_timeval(send_max);
    static_cast<void>(::setsockopt(handle_, SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest));
    return {};
}

void wire::close()
{
    if (handle_ < 0) return;
    if (is_serial()) {
        close_serial(port_);
    } else {
        ::close(handle_);
    }
    handle_ = -1;
}

void wire::fail_with(const std::string& why)
{
    trouble_ = where_.name() + ": " + why;
    close();
}

void wire::fail(int error)
{
    if (is_serial() && error == EIO) return fail_with("the device is gone");
    fail_with(std::generic_category().message(error));
}

std::size_t wire::send(byte_span bytes)
{
    std::size_t sent = 0;
    while (is_open() && sent < bytes.size()) {
        const byte_span rest = bytes.subspan(sent);
        const ssize_t size = is_serial() ? ::write(handle_, rest.data(), rest.size())
                                         : ::send(handle_, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (size >= 0) {
            sent += static_cast<std::size_t>(size);
        } else if (would_wait(errno)) {
            const bool may_wait = is_serial();  // the others have waited
            if (!may_wait || !wait_for(handle_, POLLOUT, send_max)) fail_with("it takes no bytes");
        } else if (is_datagrams() && errno == ECONNREFUSED) {
            continue;  // of a datagram before: nobody was there, and silence will tell
        } else if (errno != EINTR) {
            fail(errno);
        }
    }
    return sent;
}

/// Sockets wait by themselves; how long is set only when it changes.
void wire::allow(duration patience)
{
    if (patience == allowed_) return;
    const timeval longest = to_timeval(patience);
    static_cast<void>(::setsockopt(handle_, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest));
    allowed_ = patience;
}

byte_span wire::receive(duration patience)
{
    if (!is_open()) return {};
    patience = std::min<duration>(patience, std::chrono::minutes{1});
    const bool may_wait = patience > duration{0};
    if (!is_serial()) {
        if (may_wait) allow(patience);
        return taken(::recv(handle_, buffer_.data(), buffer_.size(),
                            may_wait ? 0 : MSG_DONTWAIT));
    }
    if (!wait_for(handle_, POLLIN, std::max(patience, duration{0}))) return {};
    return taken(::read(handle_, buffer_.data(), buffer_.size()));
}

/// What a system call has brought.
byte_span wire::taken(ssize_t size)
{
    if (size > 0) return {buffer_.data(), static_cast<std::size_t>(size)};
    if (size == 0 && !is_datagrams()) {
        fail_with(is_serial() ? "the device is gone"
                              : "the other side has closed the connection");
    } else if (size < 0 && !would_wait(errno) && errno != EINTR &&
               !(is_datagrams() && errno == ECONNREFUSED)) {
        fail(errno);
    }
    return {};
}

}  // namespace wattpurse::adapter::asio
