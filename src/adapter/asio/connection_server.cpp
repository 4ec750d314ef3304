// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/asio/connection_server.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <memory>
#include <utility>

#include <asio.hpp>

#include "listening.hpp"

namespace wattpurse::adapter::asio {

namespace {

namespace net = ::asio;
using net::ip::tcp;

}  // namespace

struct connection_server::state {
    void run(const make_service& make);

    std::size_t connections = 0;  // before `io`, which ends with the last of them
    net::io_context io{1};
    tcp::acceptor acceptor{io};
    std::string where;

private:
    class connection;
    friend class connection;

    void accept(const make_service& make);
    void accept_again_later(const make_service& make);

    // Held from the beginning: whoever reads where we listen may tell us to end at once.
    net::signal_set signals_{io, SIGTERM, SIGINT};
    net::steady_timer pause_{io};
};

/// Reads while its service has room, and writes at once what that says; only what does not go at
/// once is waited for.
class connection_server::state::connection
    : public std::enable_shared_from_this<connection_server::state::connection> {
public:
    connection(state& server, tcp::socket socket, std::unique_ptr<connection_service> service)
        : server_{server},
          socket_{std::move(socket)},
          timer_{server.io},
          service_{std::move(service)}
    {
        ++server_.connections;
        net::error_code ignored;
        socket_.set_option(tcp::no_delay{true}, ignored);
        socket_.non_blocking(true, ignored);
    }
    ~connection() { --server_.connections; }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    void begin()
    {
        read();
        watch();
    }

private:
    void read()
    {
        const std::size_t room = std::min(service_->room(), buffer_.size());
        if (reading_ || room == 0 || service_->is_over()) return;
        reading_ = true;
        socket_.async_read_some(
            net::buffer(buffer_.data(), room),
            [self = shared_from_this()](const net::error_code& error, std::size_t size) {
                self->reading_ = false;
                if (error) return self->close();
                self->service_->receive({self->buffer_.data(), size}, system_now());
                self->go_on();
            });
    }

    void go_on()
    {
        write();
        read();
        watch();
    }

    void write()
    {
        while (!writing_ && !service_->pending_output().empty()) {
            const byte_span bytes = service_->pending_output();
            net::error_code error;
            const std::size_t sent =
                socket_.write_some(net::buffer(bytes.data(), bytes.size()), error);
            if (error == net::error::would_block) return wait_to_write();
            if (error) return close();
            service_->consume(sent);
        }
        if (service_->is_over() && !writing_) close();
    }

    void wait_to_write()
    {
        writing_ = true;
        socket_.async_wait(tcp::socket::wait_write,
                           [self = shared_from_this()](const net::error_code& error) {
                               self->writing_ = false;
                               if (error) return self->close();
                               self->go_on();
                           });
    }

    /// Asks for the next deadline, if there is one; most services have none.
    void watch()
    {
        const instant next = service_->next_deadline();
        if (next == watched_) return;
        watched_ = next;
        if (next == instant::max()) return void(timer_.cancel());
        timer_.expires_after(
            std::clamp<duration>(next - system_now(), duration{1}, std::chrono::hours{1}));
        timer_.async_wait([self = shared_from_this()](const net::error_code& error) {
            if (error || !self->socket_.is_open()) return;
            self->watched_ = instant::max();
            self->service_->advance(system_now());
            self->go_on();
        });
    }

    void close()
    {
        net::error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_both, ignored);
        socket_.close(ignored);
        timer_.cancel();
    }

    state& server_;
    tcp::socket socket_;
    net::steady_timer timer_;
    std::unique_ptr<connection_service> service_;
    instant watched_ = instant::max();
    bool reading_ = false;
    bool writing_ = false;
    std::array<std::uint8_t, 1024> buffer_{};
};

void connection_server::state::accept(const make_service& make)
{
    acceptor.async_accept([this, &make](const net::error_code& error, tcp::socket made) {
        if (error) return accept_again_later(make);
        if (connections < connections_max) {
            std::make_shared<connection>(*this, std::move(made), make())->begin();
        }
        accept(make);
    });
}

/// Out of descriptors, most likely: some client will go.
void connection_server::state::accept_again_later(const make_service& make)
{
    pause_.expires_after(std::chrono::milliseconds{200});
    pause_.async_wait([this, &make](const net::error_code& error) {
        if (!error) accept(make);
    });
}

void connection_server::state::run(const make_service& make)
{
    signals_.async_wait([this](const net::error_code& error, int) {
        if (!error) io.stop();
    });
    accept(make);
    io.run();
}

// ---------------------------------------------------------------------------------------------

connection_server::connection_server(std::unique_ptr<state> made) noexcept
    : state_{std::move(made)}
{
}
connection_server::connection_server(connection_server&&) noexcept = default;
connection_server& connection_server::operator=(connection_server&&) noexcept = default;
connection_server::~connection_server() = default;

result<connection_server, std::string> connection_server::listen(std::uint16_t port,
                                                                 const std::string& host)
{
    auto made = std::make_unique<state>();
    auto where = listen_on(made->acceptor, port, host);
    if (!where) return tl::unexpected<std::string>{where.error()};
    made->where = std::move(*where);
    return connection_server{std::move(made)};
}

const std::string& connection_server::where() const noexcept { return state_->where; }

result<void, std::string> connection_server::run(const make_service& make)
{
    try {
        state_->run(make);
    } catch (const std::exception& error) {
        return tl::unexpected<std::string>{state_->where + ": " + error.what()};
    }
    return {};
}

void connection_server::stop() { state_->io.stop(); }

}  // namespace wattpurse::adapter::asio
