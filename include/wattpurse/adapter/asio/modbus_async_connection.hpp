// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/dispatch.hpp>
#include <asio/execution.hpp>
#include <asio/prefer.hpp>

#include <wattpurse/adapter/asio/line_uri.hpp>
#include <wattpurse/adapter/asio/modbus_options.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/link/modbus_job.hpp>

namespace wattpurse::adapter::asio {

/// Modbus for event loops: many jobs at once on one line, each with a handler, a future or a
/// coroutine that waits for it.
///
///     modbus_async_connection line{io.get_executor(), *parse_line_uri("modbus-tcp://meter")};
///     line.async_exchange(job, [](result<link::modbus_event, std::string> done) { ... });
///     auto done = co_await line.async_exchange(job, ::asio::use_awaitable);
///
/// Over TCP and UDP as many go at once as the line's `window` says; the others wait for their turn,
/// by priority and then in order. It connects when there is something to ask, and again after a
/// break: what had not been sent, or has attempts left, goes again, the rest has timed out and
/// nobody knows whether it was carried out. That a device refuses or does not answer is an event;
/// errors are for the line itself, and name it.
///
/// Not more than one thread at a time: its executor is a strand, or runs in one thread. While a
/// connection stands the executor has work; `close` ends that.
class modbus_async_connection {
public:
    using outcome = result<link::modbus_event, std::string>;
    /// Jobs at a time, those that wait among them.
    static constexpr std::size_t jobs_max = 128;
    /// So long after an attempt to connect that failed, jobs end with its error at once.
    static constexpr duration connect_pause{1000};

    /// A line that is none for Modbus is told by the first job.
    modbus_async_connection(::asio::any_io_executor on, const line_uri& where,
                            const modbus_connection_options& options = {});
    modbus_async_connection(modbus_async_connection&&) noexcept;
    modbus_async_connection& operator=(modbus_async_connection&&) noexcept;
    /// As `close`.
    ~modbus_async_connection();

    /// Brings a job to its end; `token` stands for `void(outcome)`. Handlers run on the executor
    /// they are associated with.
    template <class Token>
    auto async_exchange(const link::modbus_job& what, Token&& token);

    /// Ends the connection, and all jobs with an error.
    void close();

    [[nodiscard]] const line_uri& where() const noexcept;
    /// Since the beginning, or the last error.
    [[nodiscard]] link::modbus_counters counters() const noexcept;
    /// Jobs that have not come to their end.
    [[nodiscard]] std::size_t open_jobs() const noexcept;
    /// Connections made.
    [[nodiscard]] std::uint32_t connections() const noexcept;

private:
    struct state;

    /// Whoever waits for the end of a job.
    struct waiting {
        virtual ~waiting() = default;
        virtual void complete(outcome what) = 0;
    };
    template <class Handler>
    struct waiting_as;

    void start(const link::modbus_job& what, std::unique_ptr<waiting> who);
    [[nodiscard]] const ::asio::any_io_executor& executor() const noexcept;

    std::shared_ptr<state> state_;
};

// ---------------------------------------------------------------------------------------------

template <class Handler>
struct modbus_async_connection::waiting_as final : waiting {
    using own_executor = ::asio::associated_executor_t<Handler, ::asio::any_io_executor>;
    using work = std::decay_t<decltype(::asio::prefer(
        std::declval<const own_executor&>(), ::asio::execution::outstanding_work.tracked))>;

    waiting_as(Handler&& from, const ::asio::any_io_executor& line)
        : handler{std::move(from)},
          on{::asio::get_associated_executor(handler, line)},
          is_at_home{is_same(on, line)},
          keeps_alive{::asio::prefer(on, ::asio::execution::outstanding_work.tracked)}
    {
    }

    void complete(outcome what) override
    {
        if (is_at_home) return std::move(handler)(std::move(what));
        ::asio::dispatch(on, [own = std::move(handler), what = std::move(what)]() mutable {
            std::move(own)(std::move(what));
        });
    }

    static bool is_same(const own_executor& a, const ::asio::any_io_executor& b)
    {
        if constexpr (std::is_same_v<own_executor, ::asio::any_io_executor>) {
            return a == b;
        } else {
            return false;
        }
    }

    Handler handler;
    own_executor on;
    bool is_at_home;  ///< then it can be called straight away
    work keeps_alive;
};

template <class Token>
auto modbus_async_connection::async_exchange(const link::modbus_job& what, Token&& token)
{
    return ::asio::async_initiate<Token, void(outcome)>(
        [this](auto&& handler, const link::modbus_job& job) {
            using handler_type = std::decay_t<decltype(handler)>;
            start(job, std::make_unique<waiting_as<handler_type>>(std::move(handler), executor()));
        },
        token, what);
}

}  // namespace wattpurse::adapter::asio
