// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/asio/edge.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <memory>
#include <utility>

#include <asio.hpp>

#include <wattpurse/adapter/asio/lockstep.hpp>
#include <wattpurse/port/failpoint.hpp>

namespace wattpurse::adapter::asio {

namespace {

namespace net = ::asio;
using net::awaitable;
using net::use_awaitable;
using net::ip::tcp;

/// How long to wait before a lost connection is made again.
constexpr auto reconnect_after = std::chrono::seconds{2};
/// How often to ask for the outcome of a batch: of a store that says when it knows it, and else.
constexpr duration commit_patience{200};
constexpr duration commit_poll{1};
/// Longest line a desk may say.
constexpr std::size_t desk_line_max = 64 * 1024;

/// One TCP connection with what it has carried.
struct channel {
    channel(net::io_context& context, endpoint peer) : socket(context), to(std::move(peer)) {}

    awaitable<void> connect()
    {
        tcp::resolver resolver{socket.get_executor()};
        const auto found = co_await resolver.async_resolve(to.host, std::to_string(to.port),
                                                           use_awaitable);
        co_await net::async_connect(socket, found, use_awaitable);
        socket.set_option(tcp::no_delay{true});
        sent = received = 0;
    }

    template <class Bytes>
    awaitable<void> write(const Bytes& bytes)
    {
        co_await net::async_write(socket, net::buffer(bytes), use_awaitable);
        sent += bytes.size();
    }

    tcp::socket socket;
    endpoint to;
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    std::string unread;  ///< a desk's line that has not ended yet
};

/// The engine with its channels: channel 0 is the desk, the others are the lines.
class edge {
public:
    edge(net::io_context& context, engine::system& centre, const edge_options& options)
        : context_(context), centre_(centre), options_(options), pause_(context)
    {
        channels_.push_back(std::make_unique<channel>(context, options.desk));
        for (const endpoint& line : options.lines) {
            channels_.push_back(std::make_unique<channel>(context, line));
        }
    }

    awaitable<void> run()
    {
        if (options_.clock) {
            co_await run_in_lockstep();
        } else {
            co_await run_live();
        }
    }

    /// From any thread.
    void outcome_is_known()
    {
        net::post(context_, [this] { wake(); });
    }

    void stop()
    {
        stopping_ = true;
        wake();
        if (clock_ != nullptr) clock_->socket.cancel();
    }

    /// What fails after that fails because of it.
    [[nodiscard]] bool is_stopping() const noexcept { return stopping_; }

    edge_end end = edge_end::finished;
    std::string error;

private:
    /// Something has come in: the loop is to go on, also if it is not waiting at this moment.
    void wake()
    {
        awake_ = true;
        pause_.cancel();
    }

    /// Until then, or until something comes in.
    awaitable<void> rest(duration span)
    {
        pause_.expires_after(span);
        net::error_code cancelled;
        if (!awake_) co_await pause_.async_wait(net::redirect_error(use_awaitable, cancelled));
        awake_ = false;
    }

    /// Starts the engine; false (with `error`) when it cannot.
    bool start(instant now)
    {
        const auto started = centre_.start(now);
        if (!started) error = started.error();
        return started.has_value();
    }

    /// One step at `now`. True when the run is over.
    bool step(instant now)
    {
        next_ = centre_.step(now);
        if (!centre_.failure().empty()) {
            error = centre_.failure();
            return true;
        }
        if (centre_.is_committing()) return false;
        if (stopping_) end = edge_end::stopped;
        return stopping_ || options_.finished(now);
    }

    /// The same, with the outcome of every batch: the world's clock stands still while the disk
    /// works, or no two runs would be alike.
    awaitable<bool> whole_step(instant now)
    {
        bool is_over = step(now);
        while (!is_over && centre_.is_committing()) {
            co_await rest(options_.on_outcome ? commit_patience : commit_poll);
            is_over = step(now);
        }
        co_return is_over;
    }

    void take(std::size_t from, byte_span bytes, instant now)
    {
        if (from > 0) return centre_.receive(from - 1, bytes, now);
        std::string& text = channels_[0]->unread;
        text.append(bytes.begin(), bytes.end());
        for (auto end_of_line = text.find('\n'); end_of_line != std::string::npos;
             end_of_line = text.find('\n')) {
            options_.desk_line(std::string_view{text}.substr(0, end_of_line));
            text.erase(0, end_of_line + 1);
        }
        if (text.size() > desk_line_max) text.clear();  // no desk of ours
    }

    awaitable<void> flush()
    {
        WATTPURSE_FAILPOINT("edge.before_sending");
        for (std::size_t i = 1; i < channels_.size(); ++i) {
            const byte_span out = centre_.output(i - 1);
            if (out.empty()) continue;
            const std::vector<std::uint8_t> bytes{out.begin(), out.end()};
            centre_.sent(i - 1, bytes.size());
            if (channels_[i]->socket.is_open()) co_await channels_[i]->write(bytes);
        }
        if (!channels_[0]->socket.is_open()) co_return;
        const std::string said = options_.desk_output();
        if (!said.empty()) co_await channels_[0]->write(said);
        WATTPURSE_FAILPOINT("edge.after_sending");
    }

    awaitable<void> run_in_lockstep()
    {
        channel clock{context_, *options_.clock};
        clock_ = &clock;
        net::streambuf pending;
        for (auto& each : channels_) co_await each->connect();
        co_await clock.connect();
        co_await clock.write(write_lockstep({lockstep_message::topic::hello, {}, {}}));
        auto told = co_await read_clock(clock, pending);
        if (!start(told.at)) co_return;
        while (!co_await whole_step(told.at)) {
            co_await flush();
            lockstep_message wait{lockstep_message::topic::wait, next_, {}};
            for (const auto& each : channels_) wait.counts.push_back(each->sent);
            co_await clock.write(write_lockstep(wait));
            told = co_await read_clock(clock, pending);
            for (std::size_t i = 0; i < channels_.size(); ++i) {
                co_await read_up_to(i, told.counts.at(i), told.at);
            }
        }
        if (!error.empty()) co_return;
        co_await flush();
        if (end == edge_end::finished) {
            co_await clock.write(write_lockstep({lockstep_message::topic::done, {}, {}}));
        }
    }

    awaitable<lockstep_message> read_clock(channel& clock, net::streambuf& pending)
    {
        const std::size_t size =
            co_await net::async_read_until(clock.socket, pending, '\n', use_awaitable);
        const std::string line{net::buffers_begin(pending.data()),
                               net::buffers_begin(pending.data()) +
                                   static_cast<std::ptrdiff_t>(size - 1)};
        pending.consume(size);
        const auto read = read_lockstep(line);
        if (!read || read->what != lockstep_message::topic::now ||
            read->counts.size() != channels_.size()) {
            throw std::runtime_error{"the clock said \"" + line + "\", expected now T n..."};
        }
        co_return *read;
    }

    awaitable<void> read_up_to(std::size_t index, std::uint64_t count, instant now)
    {
        channel& from = *channels_[index];
        if (count <= from.received) co_return;
        std::vector<std::uint8_t> bytes(count - from.received);
        co_await net::async_read(from.socket, net::buffer(bytes), use_awaitable);
        from.received = count;
        take(index, bytes, now);
    }

    static instant system_now()
    {
        return std::chrono::floor<duration>(std::chrono::system_clock::now());
    }

    awaitable<void> run_live()
    {
        if (!start(system_now())) co_return;
        for (std::size_t i = 0; i < channels_.size(); ++i) {
            net::co_spawn(context_, keep_connected(i), net::detached);
        }
        while (!step(system_now())) {
            co_await flush_live();
            co_await rest(std::clamp<duration>(next_ - system_now(), duration{0},
                                               std::chrono::minutes{1}));
        }
        co_await flush_live();
        context_.stop();
    }

    awaitable<void> flush_live()
    {
        try {
            co_await flush();
        } catch (const std::system_error&) {
            // The reader of that channel notices as well, and connects anew.
        }
    }

    awaitable<void> keep_connected(std::size_t index)
    {
        channel& mine = *channels_[index];
        net::steady_timer pause{context_};
        std::array<std::uint8_t, 4096> buffer{};
        for (;;) {
            try {
                co_await mine.connect();
                mine.unread.clear();
                if (index == 0) centre_.desk_connected();
                this->wake();
                for (;;) {
                    const std::size_t size = co_await mine.socket.async_read_some(
                        net::buffer(buffer), use_awaitable);
                    take(index, byte_span{buffer.data(), size}, system_now());
                    this->wake();
                }
            } catch (const std::system_error&) {
                net::error_code ignored;
                mine.socket.close(ignored);
            }
            pause.expires_after(reconnect_after);
            co_await pause.async_wait(use_awaitable);
        }
    }

    net::io_context& context_;
    engine::system& centre_;
    const edge_options& options_;
    std::vector<std::unique_ptr<channel>> channels_;
    instant next_;
    bool stopping_ = false;
    bool awake_ = false;
    channel* clock_ = nullptr;
    net::steady_timer pause_;  ///< of the loop
};

}  // namespace

result<edge_end, std::string> run_edge(engine::system& centre, const edge_options& options)
{
    net::io_context context{1};
    edge runs{context, centre, options};
    net::signal_set signals{context, SIGTERM, SIGINT};
    signals.async_wait([&](const net::error_code& error, int) {
        if (!error) runs.stop();
    });
    struct waking {
        const edge_options& options;
        ~waking()
        {
            if (options.on_outcome) options.on_outcome({});
        }
    };
    const waking until_end{options};
    if (options.on_outcome) options.on_outcome([&runs] { runs.outcome_is_known(); });
    std::string trouble;
    net::co_spawn(context, runs.run(), [&](const std::exception_ptr& thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const std::exception& error) {
            if (!runs.is_stopping()) trouble = error.what();
            runs.end = edge_end::stopped;
        }
        context.stop();
    });
    context.run();
    if (trouble.empty()) trouble = runs.error;
    if (!trouble.empty()) return tl::unexpected<std::string>{std::move(trouble)};
    return runs.end;
}

}  // namespace wattpurse::adapter::asio
