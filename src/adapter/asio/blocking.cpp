// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/asio/blocking.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <deque>
#include <utility>
#include <vector>

#include <asio.hpp>

#include <wattpurse/adapter/asio/echo.hpp>
#include <wattpurse/adapter/asio/serial.hpp>
#include <wattpurse/base/assert.hpp>

#include "connecting.hpp"

namespace wattpurse::adapter::asio {

namespace {

namespace net = ::asio;
using net::ip::tcp;
using outcome = result<void, std::string>;

link::bus_timing timing_of(const line_uri& where)
{
    return where.lenient ? link::bus_timing::lenient(where.settings.baud)
                         : link::bus_timing::standard(where.settings.baud);
}

}  // namespace

/// The line with its bus. Stays where it is: reads under way point here.
struct blocking_line::state {
    explicit state(const line_uri& to) : where{to}, timing{timing_of(to)}, bus{timing} {}
    ~state() { close(); }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    outcome connect();
    void close();
    void read();
    void send_output();
    void wait_until(instant when);
    void take(byte_span bytes);
    void take_events();
    void fail_with(const net::error_code& error);
    [[nodiscard]] instant now() const;

    line_uri where;
    link::bus_timing timing;
    link::basic_bus<1> bus;
    echo_filter echo;
    std::function<void(const link::event&)> tell;
    std::deque<link::event> unsolicited;

    net::io_context io{1};
    tcp::socket socket{io};
    net::serial_port port{io};
    std::array<std::uint8_t, 2048> buffer{};
    std::vector<std::uint8_t> heard;
    std::uint64_t bytes_heard = 0;
    std::vector<std::uint8_t> outgoing;
    std::optional<link::event> ended;  ///< what has come of the job
    bool sending = false;
    bool closing = false;
    std::string broken;  ///< why the line cannot be used

private:
    template <class Use>
    void with_stream(Use use)
    {
        if (where.kind == line_uri::kind_type::tcp) {
            use(socket);
        } else {
            use(port);
        }
    }
    outcome connect_tcp();

    std::chrono::steady_clock::time_point steady_begin_ = std::chrono::steady_clock::now();
    instant begin_ = std::chrono::floor<duration>(std::chrono::system_clock::now());
};

instant blocking_line::state::now() const
{
    return begin_ + std::chrono::floor<duration>(std::chrono::steady_clock::now() - steady_begin_);
}

outcome blocking_line::state::connect()
{
    broken.clear();
    auto done = where.kind == line_uri::kind_type::tcp
                    ? connect_tcp()
                    : open_serial(port, where.device, where.settings);
    if (!done) {
        broken = done.error();
        return done;
    }
    read();
    return {};
}

outcome blocking_line::state::connect_tcp()
{
    auto done = connect_within(io, socket, where);
    if (!done) {
        close();
        return done;
    }
    net::error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    return {};
}

void blocking_line::state::close()
{
    closing = true;
    net::error_code ignored;
    socket.close(ignored);
    close_serial(port);
    io.restart();
    io.poll();  // what was under way ends as aborted
    io.restart();
    closing = sending = false;
    std::fill(outgoing.begin(), outgoing.end(), std::uint8_t{0});
    echo.sent({});
    bus = link::basic_bus<1>{timing};
}

void blocking_line::state::read()
{
    with_stream([this](auto& stream) {
        stream.async_read_some(
            net::buffer(buffer), [this](const net::error_code& error, std::size_t size) {
                if (error) return fail_with(error);
                take({buffer.data(), size});
                read();
            });
    });
}

/// In pieces that hold fewer frames than the bus has room for events.
void blocking_line::state::take(byte_span bytes)
{
    constexpr std::size_t piece_max = 64;
    heard.clear();
    echo.take(bytes, heard);
    bytes_heard += heard.size();
    for (byte_span rest{heard}; !rest.empty();) {
        const byte_span piece = rest.first(std::min(piece_max, rest.size()));
        rest = rest.subspan(piece.size());
        bus.receive(piece, now());
        take_events();
    }
}

void blocking_line::state::send_output()
{
    const byte_span bytes = bus.pending_output();
    if (bytes.empty() || !broken.empty()) return;
    if (sending) {
        broken = where.name() + ": it takes no bytes";
        return;
    }
    outgoing.assign(bytes.begin(), bytes.end());
    bus.consume(bytes.size());
    if (where.skip_echo) echo.sent(outgoing);
    sending = true;
    with_stream([this](auto& stream) {
        net::async_write(stream, net::buffer(outgoing),
                         [this](const net::error_code& error, std::size_t) {
                             sending = false;
                             std::fill(outgoing.begin(), outgoing.end(), std::uint8_t{0});
                             if (error) fail_with(error);
                         });
    });
}

void blocking_line::state::fail_with(const net::error_code& error)
{
    if (closing || !broken.empty()) return;
    const bool is_tcp = where.kind == line_uri::kind_type::tcp;
    const bool is_end = error == net::error::eof || (!is_tcp && error.value() == EIO);
    broken = where.name() + ": " +
             (!is_end  ? error.message()
              : is_tcp ? "the other side has closed the connection"
                       : "the device is gone");
}

void blocking_line::state::wait_until(instant when)
{
    const duration rest = std::clamp<duration>(when - now(), duration{0}, std::chrono::minutes{1});
    if (io.stopped()) io.restart();
    if (rest == duration{0}) {
        io.poll_one();
    } else {
        io.run_one_for(rest);
    }
}

/// Fetches what the bus has to tell; the end of the job, where it is among it, goes to `ended`.
void blocking_line::state::take_events()
{
    link::event what;
    while (bus.next_event(what)) {
        if (what.kind != link::event::kind_type::unsolicited) {
            ended = what;
        } else if (tell) {
            tell(what);
        } else {
            if (unsolicited.size() == unsolicited_max) unsolicited.pop_front();
            unsolicited.push_back(what);
        }
    }
}

// ---------------------------------------------------------------------------------------------

blocking_line::blocking_line(std::unique_ptr<state> made) noexcept : state_{std::move(made)} {}
blocking_line::blocking_line(blocking_line&&) noexcept = default;
blocking_line& blocking_line::operator=(blocking_line&&) noexcept = default;
blocking_line::~blocking_line() = default;

result<blocking_line, std::string> blocking_line::open(std::string_view uri)
{
    const auto where = parse_line_uri(uri);
    if (!where) return tl::unexpected<std::string>{where.error()};
    return open(*where);
}

result<blocking_line, std::string> blocking_line::open(const line_uri& where)
{
    if (where.is_modbus()) {
        return tl::unexpected<std::string>{
            where.name() + ": that is a Modbus line: expected tcp://HOST:PORT or "
                           "serial:///dev/DEVICE, which speak DL/T 645"};
    }
    auto made = std::make_unique<state>(where);
    if (auto done = made->connect(); !done) return tl::unexpected<std::string>{done.error()};
    return blocking_line{std::move(made)};
}

result<link::event, std::string> blocking_line::exchange(const link::job& what)
{
    state& line = *state_;
    line.ended.reset();
    if (line.broken.empty()) {
        link::job mine = what;
        mine.timeout += line.timing.round_trip;
        const bool taken = line.bus.submit(mine);
        WATTPURSE_ASSERT(taken);  // one at a time
    }
    while (line.broken.empty() && !line.ended) {
        line.bus.advance(line.now());
        line.take_events();
        if (line.ended) break;
        line.send_output();
        line.wait_until(line.bus.next_deadline());
    }
    if (line.ended) return *line.ended;  // though the connection may have ended with it
    line.close();
    return tl::unexpected<std::string>{line.broken};
}

outcome blocking_line::listen(duration how_long)
{
    state& line = *state_;
    const instant until = line.now() + how_long;
    while (line.broken.empty() && line.now() < until) {
        line.wait_until(std::min(until, line.bus.next_deadline()));
        line.bus.advance(line.now());
        line.take_events();
    }
    if (line.broken.empty()) return {};
    line.close();
    return tl::unexpected<std::string>{line.broken};
}

void blocking_line::on_unsolicited(std::function<void(const link::event&)> tell)
{
    state_->tell = std::move(tell);
}

std::optional<link::event> blocking_line::next_unsolicited()
{
    auto& waiting = state_->unsolicited;
    if (waiting.empty()) return std::nullopt;
    const link::event oldest = waiting.front();
    waiting.pop_front();
    return oldest;
}

void blocking_line::forget()
{
    state_->bus = link::basic_bus<1>{state_->timing};
    state_->echo.sent({});
}

outcome blocking_line::reopen()
{
    state_->close();
    return state_->connect();
}

instant blocking_line::now() const { return state_->now(); }
const line_uri& blocking_line::where() const noexcept { return state_->where; }
const link::bus_timing& blocking_line::timing() const noexcept { return state_->timing; }
const link::bus_counters& blocking_line::counters() const noexcept
{
    return state_->bus.counters();
}
const codec::dlt645::framer_counters& blocking_line::framing() const noexcept
{
    return state_->bus.line();
}
std::uint64_t blocking_line::bytes_heard() const noexcept { return state_->bytes_heard; }

}  // namespace wattpurse::adapter::asio
