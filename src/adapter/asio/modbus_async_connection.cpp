// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/asio/modbus_async_connection.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <vector>

#include <asio.hpp>

#include <wattpurse/adapter/asio/serial.hpp>

#include "modbus_clients.hpp"

namespace wattpurse::adapter::asio {

namespace {

namespace net = ::asio;
using net::ip::tcp;
using net::ip::udp;

/// Connections that end before a single byte has come; then nobody is there, whoever accepts.
constexpr unsigned fruitless_max = 4;

}  // namespace

/// Lives as long as any of its handlers. What belongs to a connection that has been left is told
/// by its number.
struct modbus_async_connection::state : std::enable_shared_from_this<state> {
    state(net::any_io_executor executor, const line_uri& to, const modbus_connection_options& how)
        : on{std::move(executor)}, where{to}, options{how}, client{to, how}
    {
        for (std::size_t i = 0; i < jobs_max; ++i) {
            free_slots_[i] = static_cast<std::uint8_t>(i);
        }
    }

    void start(const link::modbus_job& what, std::unique_ptr<waiting> who);
    void close();

    net::any_io_executor on;
    line_uri where;
    modbus_connection_options options;
    modbus_client_of_line<jobs_max> client;
    std::size_t open_jobs = 0;
    std::uint32_t connections = 0;

private:
    enum class phase : std::uint8_t { apart, connecting, connected };

    struct slot {
        std::unique_ptr<waiting> who;
        std::uint64_t id = 0;
    };

    void refuse_later(std::unique_ptr<waiting> who, std::string why);
    void pump_later();
    void pump();
    [[nodiscard]] bool tell_events();
    void finish(std::size_t at, outcome what);
    void fail_all(const std::string& why);

    void connect();
    template <class Socket>
    void connect_as(Socket& socket);
    void connected();
    void connect_failed(const std::string& why);
    void broken(const std::string& why);
    void leave();

    void read();
    void heard(const net::error_code& error, std::size_t size, std::uint32_t connection);
    void write();
    void write_port();
    template <class Socket>
    void write_socket(Socket& socket);
    void watch();

    [[nodiscard]] instant now() const
    {
        return begin_ +
               std::chrono::floor<duration>(std::chrono::steady_clock::now() - steady_begin_);
    }
    [[nodiscard]] std::string why(const net::error_code& error) const;

    std::array<slot, jobs_max> slots_{};
    std::array<std::uint8_t, jobs_max> free_slots_{};

    phase phase_ = phase::apart;
    bool closed_ = false;
    bool pumping_ = false;
    bool pump_is_due_ = false;
    bool writing_ = false;
    std::uint32_t connection_ = 0;  // which one it is; handlers of others do nothing
    unsigned fruitless_ = 0;
    bool has_heard_ = false;
    std::string refused_;           // why the latest attempt to connect failed
    instant retry_at_{};

    tcp::socket tcp_{on};
    udp::socket udp_{on};
    net::serial_port port_{on};
    net::steady_timer timer_{on};
    net::steady_timer connect_timer_{on};
    std::optional<instant> watched_;
    std::vector<std::uint8_t> outgoing_;
    std::array<std::uint8_t, 8192> buffer_{};

    std::chrono::steady_clock::time_point steady_begin_ = std::chrono::steady_clock::now();
    instant begin_ = std::chrono::floor<duration>(std::chrono::system_clock::now());
};

void modbus_async_connection::state::start(const link::modbus_job& what,
                                           std::unique_ptr<waiting> who)
{
    if (closed_) return refuse_later(std::move(who), where.name() + ": closed");
    if (auto fits = check_modbus(where); !fits) return refuse_later(std::move(who), fits.error());
    if (open_jobs == jobs_max) {
        return refuse_later(std::move(who), where.name() + ": " + std::to_string(jobs_max) +
                                                " jobs at once at most");
    }
    const std::uint8_t at = free_slots_[jobs_max - 1 - open_jobs];
    link::modbus_job mine = what;
    mine.id = at;
    if (!client.with([&](auto& each) { return each.submit(mine); })) {
        return refuse_later(std::move(who), where.name() + ": the request is empty");
    }
    ++open_jobs;
    slots_[at].who = std::move(who);
    slots_[at].id = what.id;
    pump_later();
}

/// Never from within the call that began it.
void modbus_async_connection::state::refuse_later(std::unique_ptr<waiting> who, std::string why)
{
    net::post(on, [who = std::move(who), why = std::move(why)] {
        who->complete(tl::unexpected<std::string>{why});
    });
}

/// Jobs that are begun one after the other go out together.
void modbus_async_connection::state::pump_later()
{
    if (pumping_ || pump_is_due_) return;
    pump_is_due_ = true;
    net::post(on, [self = shared_from_this()] {
        self->pump_is_due_ = false;
        self->pump();
    });
}

/// Handlers that are told of an event begin new jobs: those are sent here as well.
void modbus_async_connection::state::pump()
{
    if (pumping_ || closed_) return;
    pumping_ = true;
    if (phase_ == phase::apart && open_jobs > 0) connect();
    if (phase_ == phase::connected) {
        static_cast<void>(tell_events());
        do {
            client.with([this](auto& each) { each.advance(now()); });
        } while (tell_events());
        if (client.broken()) {
            broken(where.name() + ": what the other side says has no meaning, or it says nothing");
        }
        write();
    }
    pumping_ = false;
    if (!closed_) watch();
}

/// Whether there were any.
bool modbus_async_connection::state::tell_events()
{
    bool told = false;
    link::modbus_event what;
    while (!closed_ && client.with([&](auto& each) { return each.next_event(what); })) {
        const auto at = static_cast<std::size_t>(what.job_id);
        what.job_id = slots_[at].id;
        finish(at, what);
        told = true;
    }
    return told && !closed_;
}

void modbus_async_connection::state::finish(std::size_t at, outcome what)
{
    const std::unique_ptr<waiting> who = std::move(slots_[at].who);
    --open_jobs;
    free_slots_[jobs_max - 1 - open_jobs] = static_cast<std::uint8_t>(at);
    who->complete(std::move(what));
}

/// No job will come to its end. New ones may be begun meanwhile: they are not among them.
void modbus_async_connection::state::fail_all(const std::string& why)
{
    client = modbus_client_of_line<jobs_max>{where, options};
    std::vector<std::unique_ptr<waiting>> those;
    for (std::size_t at = 0; at < jobs_max; ++at) {
        if (!slots_[at].who) continue;
        those.push_back(std::move(slots_[at].who));
        --open_jobs;
        free_slots_[jobs_max - 1 - open_jobs] = static_cast<std::uint8_t>(at);
    }
    for (auto& each : those) refuse_later(std::move(each), why);
}

// ---- The connection ---------------------------------------------------------------------------

void modbus_async_connection::state::connect()
{
    if (now() < retry_at_) return fail_all(refused_);
    phase_ = phase::connecting;
    ++connection_;
    switch (where.kind) {
        case line_uri::kind_type::tcp: return connect_as(tcp_);
        case line_uri::kind_type::udp: return connect_as(udp_);
        case line_uri::kind_type::serial: break;
    }
    if (auto done = open_serial(port_, where.device, where.settings); !done) {
        return connect_failed(done.error());
    }
    connected();
}

template <class Socket>
void modbus_async_connection::state::connect_as(Socket& socket)
{
    using resolver_type = typename Socket::protocol_type::resolver;
    const auto resolver = std::make_shared<resolver_type>(on);
    const auto mine = [self = shared_from_this(), connection = connection_] {
        return self->connection_ == connection && self->phase_ == phase::connecting;
    };
    const auto ended = [self = shared_from_this(), mine](const net::error_code& error) {
        if (!mine()) return;
        self->connect_timer_.cancel();
        if (error) {
            self->connect_failed(self->where.name() + ": " + error.message());
        } else {
            self->connected();
        }
        self->pump();
    };
    connect_timer_.expires_after(where.connect_ms_max);
    connect_timer_.async_wait([self = shared_from_this(), mine, resolver](
                                  const net::error_code& error) {
        if (error || !mine()) return;
        resolver->cancel();
        self->connect_failed(self->where.name() + ": no connection within " +
                             std::to_string(self->where.connect_ms_max.count()) + " ms");
    });
    resolver->async_resolve(
        where.peer.host, std::to_string(where.peer.port),
        [&socket, mine, ended, resolver](const net::error_code& error, const auto& found) {
            if (!mine()) return;
            if (error) return ended(error);
            net::async_connect(socket, found,
                               [ended](const net::error_code& failed, const auto&) {
                                   ended(failed);
                               });
        });
}

void modbus_async_connection::state::connected()
{
    phase_ = phase::connected;
    ++connections;
    has_heard_ = false;
    net::error_code ignored;
    if (where.kind == line_uri::kind_type::tcp) tcp_.set_option(tcp::no_delay{true}, ignored);
    read();
}

void modbus_async_connection::state::connect_failed(const std::string& why)
{
    leave();
    refused_ = why;
    retry_at_ = now() + connect_pause;
    fail_all(why);
}

/// What can be asked again is, on a connection made anew.
void modbus_async_connection::state::broken(const std::string& why)
{
    leave();
    fruitless_ = has_heard_ ? 0 : fruitless_ + 1;
    if (fruitless_ == fruitless_max) {
        fruitless_ = 0;
        return connect_failed(why);
    }
    client.with([](auto& each) { each.reconnected(); });
    static_cast<void>(tell_events());
    if (!closed_ && open_jobs > 0) connect();
}

/// Ends the connection, and makes its handlers void.
void modbus_async_connection::state::leave()
{
    phase_ = phase::apart;
    ++connection_;
    writing_ = false;
    connect_timer_.cancel();
    net::error_code ignored;
    tcp_.close(ignored);
    udp_.close(ignored);
    close_serial(port_);
}

void modbus_async_connection::state::close()
{
    if (closed_) return;
    closed_ = true;
    leave();
    timer_.cancel();
    fail_all(where.name() + ": closed");
}

std::string modbus_async_connection::state::why(const net::error_code& error) const
{
    const bool is_serial = where.kind == line_uri::kind_type::serial;
    const bool is_end = error == net::error::eof || (is_serial && error.value() == EIO);
    return where.name() + ": " +
           (!is_end     ? error.message()
            : is_serial ? "the device is gone"
                        : "the other side has closed the connection");
}

// ---- Bytes ------------------------------------------------------------------------------------

void modbus_async_connection::state::read()
{
    const auto take = [self = shared_from_this(), connection = connection_](
                          const net::error_code& error, std::size_t size) {
        self->heard(error, size, connection);
    };
    switch (where.kind) {
        case line_uri::kind_type::tcp: return tcp_.async_read_some(net::buffer(buffer_), take);
        case line_uri::kind_type::udp: return udp_.async_receive(net::buffer(buffer_), take);
        case line_uri::kind_type::serial:
            return port_.async_read_some(net::buffer(buffer_), take);
    }
}

void modbus_async_connection::state::heard(const net::error_code& error, std::size_t size,
                                           std::uint32_t connection)
{
    if (connection != connection_ || closed_) return;
    // Datagrams to nobody: silence will tell.
    const bool is_harmless =
        where.kind == line_uri::kind_type::udp && error == net::error::connection_refused;
    if (error && !is_harmless) {
        broken(why(error));
        return pump();
    }
    if (size > 0) {
        has_heard_ = true;
        client.with([&](auto& each) { each.receive({buffer_.data(), size}, now()); });
    }
    pump();
    if (connection == connection_ && !closed_) read();
}

void modbus_async_connection::state::write()
{
    if (phase_ != phase::connected || writing_) return;
    switch (where.kind) {
        case line_uri::kind_type::tcp: return write_socket(tcp_);
        case line_uri::kind_type::udp: return write_socket(udp_);
        case line_uri::kind_type::serial: return write_port();
    }
}

/// Most often it goes at once; only what does not is waited for.
template <class Socket>
void modbus_async_connection::state::write_socket(Socket& socket)
{
    int trouble = 0;
    client.with([&](auto& each) {
        while (trouble == 0 && !each.pending_output().empty()) {
            const byte_span bytes = each.pending_output();
            const ssize_t sent = ::send(socket.native_handle(), bytes.data(), bytes.size(),
                                        MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent >= 0) {
                each.consume(static_cast<std::size_t>(sent));
            } else {
                trouble = errno;
            }
        }
    });
    if (trouble == 0) return;
    if (trouble == EAGAIN || trouble == EWOULDBLOCK || trouble == EINTR ||
        (trouble == ECONNREFUSED && where.kind == line_uri::kind_type::udp)) {
        writing_ = true;
        socket.async_wait(Socket::wait_write, [self = shared_from_this(), connection = connection_](
                                                  const net::error_code&) {
            if (connection != self->connection_) return;
            self->writing_ = false;
            self->pump();
        });
    }
    // Whatever else it is, reading tells it too, and with what the other side said before.
}

void modbus_async_connection::state::write_port()
{
    client.with([this](auto& each) {
        const byte_span bytes = each.pending_output();
        outgoing_.assign(bytes.begin(), bytes.end());
        each.consume(bytes.size());
    });
    if (outgoing_.empty()) return;
    writing_ = true;
    net::async_write(port_, net::buffer(outgoing_),
                     [self = shared_from_this(), connection = connection_](
                         const net::error_code&, std::size_t) {
                         if (connection != self->connection_) return;
                         std::fill(self->outgoing_.begin(), self->outgoing_.end(),
                                   std::uint8_t{0});
                         self->writing_ = false;
                         self->pump();
                     });
}

/// The timer is set anew only for what is earlier: deadlines move on with each request, and that
/// it goes off in vain now and then costs less.
void modbus_async_connection::state::watch()
{
    const instant next = phase_ == phase::connected
                             ? client.with([](auto& each) { return each.next_deadline(); })
                             : instant::max();
    if (next == instant::max() || (watched_ && *watched_ <= next)) return;
    watched_ = next;
    timer_.expires_after(
        std::clamp<duration>(next - now(), duration{0}, std::chrono::minutes{1}));
    timer_.async_wait([self = shared_from_this()](const net::error_code& error) {
        if (error) return;
        self->watched_.reset();
        self->pump();
    });
}

// ---------------------------------------------------------------------------------------------

modbus_async_connection::modbus_async_connection(net::any_io_executor on, const line_uri& where,
                                                 const modbus_connection_options& options)
    : state_{std::make_shared<state>(std::move(on), where, options)}
{
}
modbus_async_connection::modbus_async_connection(modbus_async_connection&&) noexcept = default;
modbus_async_connection&
modbus_async_connection::operator=(modbus_async_connection&& other) noexcept
{
    if (state_ && this != &other) state_->close();
    state_ = std::move(other.state_);
    return *this;
}
modbus_async_connection::~modbus_async_connection()
{
    if (state_) state_->close();
}

void modbus_async_connection::start(const link::modbus_job& what, std::unique_ptr<waiting> who)
{
    state_->start(what, std::move(who));
}
void modbus_async_connection::close() { state_->close(); }
const net::any_io_executor& modbus_async_connection::executor() const noexcept
{
    return state_->on;
}
const line_uri& modbus_async_connection::where() const noexcept { return state_->where; }
link::modbus_counters modbus_async_connection::counters() const noexcept
{
    return std::as_const(state_->client).with([](const auto& each) {
        return link::modbus_counters{each.counters()};
    });
}
std::size_t modbus_async_connection::open_jobs() const noexcept { return state_->open_jobs; }
std::uint32_t modbus_async_connection::connections() const noexcept
{
    return state_->connections;
}

}  // namespace wattpurse::adapter::asio
