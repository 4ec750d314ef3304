// SPDX-License-Identifier: Apache-2.0
#include "server.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include <asio.hpp>

#include <wattpurse/adapter/asio/lockstep.hpp>
#include <wattpurse/adapter/json/desk.hpp>

namespace wp = wattpurse;
namespace net = ::asio;
using net::awaitable;
using net::use_awaitable;
using net::ip::tcp;
using wp::adapter::asio::lockstep_message;

class world_server::implementation {
public:
    explicit implementation(wp::sim::world& around) : world_(around)
    {
        // Channel 0 is the desk, the others are the lines; the clock has a port of its own.
        for (std::size_t i = 0; i <= around.site().buses.size(); ++i) {
            channels_.push_back(std::make_unique<channel>(context_));
        }
    }

    [[nodiscard]] ports where() const
    {
        ports out;
        out.clock = clock_.local_endpoint().port();
        out.desk = channels_[0]->acceptor.local_endpoint().port();
        for (std::size_t i = 1; i < channels_.size(); ++i) {
            out.lines.push_back(channels_[i]->acceptor.local_endpoint().port());
        }
        return out;
    }

    bool run()
    {
        net::signal_set signals{context_, SIGTERM, SIGINT};
        signals.async_wait([&](const net::error_code& error, int) {
            if (!error) context_.stop();
        });
        std::exception_ptr thrown;
        net::co_spawn(context_, serve(), [&](const std::exception_ptr& error) {
            thrown = error;
            context_.stop();
        });
        context_.run();
        if (thrown) std::rethrow_exception(thrown);
        return done_;
    }

private:
    struct channel {
        explicit channel(net::io_context& context)
            : acceptor(context, tcp::endpoint{net::ip::address_v4::loopback(), 0}),
              socket(context)
        {
        }
        tcp::acceptor acceptor;
        tcp::socket socket;
        std::uint64_t sent = 0;
        std::uint64_t received = 0;
        std::string unread;
    };

    /// One data centre after the other. A restart takes no time in the world.
    awaitable<void> serve()
    {
        while (!done_) {
            tcp::socket clock = co_await clock_.async_accept(use_awaitable);
            clock.set_option(tcp::no_delay{true});
            try {
                co_await keep_time(clock);
            } catch (const std::system_error&) {
                // The process at the other end is gone; its successor will connect.
            }
            for (auto& each : channels_) each->socket.close();
        }
    }

    /// A client says hello once it is connected everywhere, so the newest connection of each port
    /// is its own; older ones are of processes that died while they connected.
    bool take_channels()
    {
        for (auto& each : channels_) {
            each->acceptor.non_blocking(true);
            each->sent = each->received = 0;
            each->unread.clear();
            for (;;) {
                tcp::socket newest{context_};
                net::error_code none_left;
                each->acceptor.accept(newest, none_left);
                if (none_left) break;
                each->socket = std::move(newest);
            }
            if (!each->socket.is_open()) return false;
            each->socket.set_option(tcp::no_delay{true});
        }
        world_.reconnected();
        return true;
    }

    awaitable<void> keep_time(tcp::socket& clock)
    {
        net::streambuf pending;
        for (;;) {
            const std::size_t size =
                co_await net::async_read_until(clock, pending, '\n', use_awaitable);
            const std::string line{net::buffers_begin(pending.data()),
                                   net::buffers_begin(pending.data()) +
                                       static_cast<std::ptrdiff_t>(size - 1)};
            pending.consume(size);
            const auto said = wp::adapter::asio::read_lockstep(line);
            if (!said) {
                std::fprintf(stderr, "meter_simulator: the client said \"%s\"\n", line.c_str());
                co_return;
            }
            if (said->what == lockstep_message::topic::hello && !take_channels()) co_return;
            if (said->what == lockstep_message::topic::done) done_ = true;
            if (done_) co_return;
            if (said->what == lockstep_message::topic::wait) {
                if (said->counts.size() != channels_.size()) co_return;
                for (std::size_t i = 0; i < channels_.size(); ++i) {
                    co_await read_up_to(i, said->counts[i]);
                }
                co_await deliver(world_.advance(said->at));
            }
            lockstep_message now{lockstep_message::topic::now, world_.now(), {}};
            for (const auto& each : channels_) now.counts.push_back(each->sent);
            co_await net::async_write(clock, net::buffer(wp::adapter::asio::write_lockstep(now)),
                                      use_awaitable);
        }
    }

    awaitable<void> read_up_to(std::size_t index, std::uint64_t count)
    {
        channel& from = *channels_[index];
        if (count <= from.received) co_return;
        std::vector<std::uint8_t> bytes(count - from.received);
        co_await net::async_read(from.socket, net::buffer(bytes), use_awaitable);
        from.received = count;
        if (index > 0) {
            world_.line_in(index - 1, bytes);
        } else {
            from.unread.append(bytes.begin(), bytes.end());
            desk_in(from.unread);
        }
    }

    void desk_in(std::string& text)
    {
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
            const auto said =
                wp::adapter::json::read_message(std::string_view{text}.substr(0, end));
            if (said) world_.desk_in(*said);
            if (!said) {
                std::fprintf(stderr, "meter_simulator: desk: %s\n",
                             to_string(said.error().front()).c_str());
            }
            text.erase(0, end + 1);
        }
    }

    awaitable<void> deliver(const wp::sim::world::delivery& due)
    {
        for (const auto& line : due.lines) co_await send(line.bus + 1, line.bytes);
        std::string orders;
        for (const auto& order : due.orders) {
            orders += wp::adapter::json::write_order(order, world_.site().unit,
                                                     world_.site().zone);
        }
        if (!orders.empty()) co_await send(0, orders);
    }

    template <class Bytes>
    awaitable<void> send(std::size_t index, const Bytes& bytes)
    {
        channel& to = *channels_[index];
        co_await net::async_write(to.socket, net::buffer(bytes), use_awaitable);
        to.sent += bytes.size();
    }

    wp::sim::world& world_;
    net::io_context context_{1};
    tcp::acceptor clock_{context_, tcp::endpoint{net::ip::address_v4::loopback(), 0}};
    std::vector<std::unique_ptr<channel>> channels_;
    bool done_ = false;
};

world_server::world_server(wp::sim::world& around)
    : self_(std::make_unique<implementation>(around))
{
}

world_server::~world_server() = default;

world_server::ports world_server::where() const { return self_->where(); }

bool world_server::run() { return self_->run(); }
