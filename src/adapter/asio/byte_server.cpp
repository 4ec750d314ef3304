// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/asio/byte_server.hpp>

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <exception>
#include <functional>
#include <system_error>
#include <utility>

#include <asio.hpp>

#include "listening.hpp"

namespace wattpurse::adapter::asio {

namespace {

namespace net = ::asio;
using net::ip::tcp;

tl::unexpected<std::string> trouble(std::string what)
{
    return tl::unexpected<std::string>{std::move(what)};
}

/// One end of a line: whoever is connected there.
class client {
public:
    virtual ~client() = default;
    virtual void say(byte_span bytes) = 0;
};

template <class Stream>
class client_on final : public client, public std::enable_shared_from_this<client_on<Stream>> {
public:
    using hear = std::function<void(byte_span)>;
    using gone = std::function<void(const client*)>;

    client_on(Stream stream, hear on_bytes, gone on_gone)
        : stream_{std::move(stream)}, on_bytes_{std::move(on_bytes)}, on_gone_{std::move(on_gone)}
    {
    }

    void listen()
    {
        stream_.async_read_some(
            net::buffer(buffer_),
            [self = this->shared_from_this()](const net::error_code& error, std::size_t size) {
                if (error) return self->on_gone_(self.get());
                self->on_bytes_({self->buffer_.data(), size});
                self->listen();
            });
    }

    void say(byte_span bytes) override
    {
        if (waiting_.size() + bytes.size() > byte_server::unsent_max) return;
        waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
        if (sending_.empty()) send();
    }

private:
    void send()
    {
        if (waiting_.empty()) return;
        sending_.swap(waiting_);
        net::async_write(stream_, net::buffer(sending_),
                         [self = this->shared_from_this()](const net::error_code& error,
                                                           std::size_t) {
                             self->sending_.clear();
                             if (!error) self->send();
                         });
    }

    Stream stream_;
    hear on_bytes_;
    gone on_gone_;
    std::array<std::uint8_t, 2048> buffer_{};
    std::vector<std::uint8_t> sending_;
    std::vector<std::uint8_t> waiting_;
};

/// Our own hold on the terminal that clients open: without one, reading fails while nobody has
/// it open.
class file_handle {
public:
    explicit file_handle(int handle = -1) : handle_{handle} {}
    file_handle(const file_handle&) = delete;
    file_handle& operator=(const file_handle&) = delete;
    ~file_handle() { reset(-1); }

    void reset(int handle)
    {
        if (handle_ >= 0) ::close(handle_);
        handle_ = handle;
    }
    [[nodiscard]] int get() const { return handle_; }

private:
    int handle_;
};

}  // namespace

struct byte_server::state {
    result<void, std::string> listen(std::uint16_t port, const std::string& host);
    result<void, std::string> open_terminal();
    void run(byte_service& to);

    net::io_context io{1};
    std::string where;

private:
    template <class Stream>
    void join(Stream stream)
    {
        const auto made = std::make_shared<client_on<Stream>>(
            std::move(stream), [this](byte_span bytes) { take(bytes); },
            [this](const client* who) { forget(who); });
        clients_.push_back(made);
        made->listen();
    }

    void accept();
    void accept_again_later();
    void take(byte_span bytes);
    void forget(const client* who);
    void pump();

    // Held from the beginning: whoever reads where we listen may tell us to end at once.
    net::signal_set signals_{io, SIGTERM, SIGINT};
    tcp::acceptor acceptor_{io};
    net::posix::stream_descriptor terminal_{io};
    file_handle slave_;
    net::steady_timer timer_{io};
    net::steady_timer pause_{io};
    std::vector<std::shared_ptr<client>> clients_;
    byte_service* service_ = nullptr;
};

result<void, std::string> byte_server::state::listen(std::uint16_t port, const std::string& host)
{
    auto made = listen_on(acceptor_, port, host);
    if (!made) return trouble(made.error());
    where = std::move(*made);
    return {};
}

result<void, std::string> byte_server::state::open_terminal()
{
    const auto failed = [](const char* step) {
        return trouble(std::string{"pseudo-terminal: "} + step + ": " +
                       std::generic_category().message(errno));
    };
    file_handle master{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    if (master.get() < 0) return failed("posix_openpt");
    if (::grantpt(master.get()) != 0) return failed("grantpt");
    if (::unlockpt(master.get()) != 0) return failed("unlockpt");
    std::array<char, 128> name{};
    if (::ptsname_r(master.get(), name.data(), name.size()) != 0) return failed("ptsname_r");
    slave_.reset(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (slave_.get() < 0) return failed(name.data());
    termios raw{};
    if (::tcgetattr(slave_.get(), &raw) != 0) return failed("tcgetattr");
    ::cfmakeraw(&raw);
    if (::tcsetattr(slave_.get(), TCSANOW, &raw) != 0) return failed("tcsetattr");
    const int kept = ::fcntl(master.get(), F_DUPFD_CLOEXEC, 0);
    if (kept < 0) return failed("fcntl");
    terminal_.assign(kept);
    where = name.data();
    return {};
}

void byte_server::state::run(byte_service& to)
{
    service_ = &to;
    signals_.async_wait([this](const net::error_code& error, int) {
        if (!error) io.stop();
    });
    if (acceptor_.is_open()) {
        accept();
    } else {
        join(std::move(terminal_));
    }
    pump();
    io.run();
}

void byte_server::state::accept()
{
    acceptor_.async_accept([this](const net::error_code& error, tcp::socket made) {
        if (error) return accept_again_later();
        net::error_code ignored;
        made.set_option(tcp::no_delay{true}, ignored);
        if (clients_.size() < clients_max) join(std::move(made));
        accept();
    });
}

/// Out of descriptors, most likely: some client will go.
void byte_server::state::accept_again_later()
{
    pause_.expires_after(std::chrono::milliseconds{200});
    pause_.async_wait([this](const net::error_code& error) {
        if (!error) accept();
    });
}

void byte_server::state::take(byte_span bytes)
{
    service_->receive(bytes, system_now());
    pump();
}

void byte_server::state::forget(const client* who)
{
    const auto is_it = [who](const auto& each) { return each.get() == who; };
    clients_.erase(std::remove_if(clients_.begin(), clients_.end(), is_it), clients_.end());
}

/// Says what is due, and waits for what will be.
void byte_server::state::pump()
{
    const instant now = system_now();
    const auto bytes = service_->take_output(now);
    if (!bytes.empty()) {
        for (const auto& each : clients_) each->say(bytes);
    }
    const instant next = service_->next_deadline();
    if (next == instant::max()) {
        timer_.cancel();
        return;
    }
    timer_.expires_after(std::clamp<duration>(next - now, duration{1}, std::chrono::hours{1}));
    timer_.async_wait([this](const net::error_code& error) {
        if (!error) pump();
    });
}

// ---------------------------------------------------------------------------------------------

byte_server::byte_server(std::unique_ptr<state> made) noexcept : state_{std::move(made)} {}
byte_server::byte_server(byte_server&&) noexcept = default;
byte_server& byte_server::operator=(byte_server&&) noexcept = default;
byte_server::~byte_server() = default;

result<byte_server, std::string> byte_server::listen_tcp(std::uint16_t port,
                                                         const std::string& host)
{
    auto made = std::make_unique<state>();
    if (auto done = made->listen(port, host); !done) return trouble(done.error());
    return byte_server{std::move(made)};
}

result<byte_server, std::string> byte_server::open_pty()
{
    auto made = std::make_unique<state>();
    if (auto done = made->open_terminal(); !done) return trouble(done.error());
    return byte_server{std::move(made)};
}

const std::string& byte_server::where() const noexcept { return state_->where; }

result<void, std::string> byte_server::run(byte_service& service)
{
    try {
        state_->run(service);
    } catch (const std::exception& error) {
        return trouble(state_->where + ": " + error.what());
    }
    return {};
}

void byte_server::stop() { state_->io.stop(); }

}  // namespace wattpurse::adapter::asio
