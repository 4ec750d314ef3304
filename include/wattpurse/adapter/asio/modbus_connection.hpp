// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <wattpurse/adapter/asio/line_uri.hpp>
#include <wattpurse/adapter/asio/modbus_options.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/link/modbus_job.hpp>

namespace wattpurse::adapter::asio {

/// Modbus for small programs: each call returns when its job has come to an end.
///
///     auto line = modbus_connection::open("modbus-tcp://192.168.1.20");
///     if (!line) ... line.error()
///     auto done = line->exchange(job);       // retries and timeouts as the job wants them
///     if (!done) ... done.error()            // no connection; the next call tries anew
///     else if (done->kind == link::modbus_event::kind_type::answered) ... done->answer
///
/// That a device refuses or does not answer is an event; errors are for the line itself, and name
/// it. A connection that breaks is made anew by itself: what had not been sent, or has attempts
/// left, goes again, the rest has timed out and nobody knows whether it was carried out. A request
/// costs one system call to send it and, as a rule, one for its answer. To be used by one thread;
/// for event loops there is `modbus_async_connection`.
class modbus_connection {
public:
    /// Jobs `exchange` takes at a time.
    static constexpr std::size_t jobs_max = 64;

    [[nodiscard]] static result<modbus_connection, std::string> open(
        std::string_view uri, const modbus_connection_options& options = {});
    [[nodiscard]] static result<modbus_connection, std::string> open(
        const line_uri& where, const modbus_connection_options& options = {});

    modbus_connection(modbus_connection&&) noexcept;
    modbus_connection& operator=(modbus_connection&&) noexcept;
    ~modbus_connection();

    /// Brings a job to its end.
    [[nodiscard]] result<link::modbus_event, std::string> exchange(const link::modbus_job& what);

    /// Brings all of them to their ends, several at once where the line lets that happen. The
    /// event of a job goes where the job stands. Precondition: not more than `jobs_max`, and as
    /// many events. After an error the events of jobs that had not come to their end are
    /// `timed_out`, with no attempts where nothing was sent.
    [[nodiscard]] result<void, std::string> exchange(std::span<const link::modbus_job> what,
                                                     std::span<link::modbus_event> ends);

    /// Runs a procedure of meter/ to its end: whatever has `next()`, an optional job, and
    /// `take(event)`; where it has a `not_before()`, jobs wait until then.
    ///
    /// When there is no connection any more, the procedure is told that its question timed out.
    /// Unless that ends it, it may be run again.
    template <class Procedure>
    [[nodiscard]] result<void, std::string> run(Procedure& what);

    /// Waits, and says nothing.
    void pause(duration how_long);

    /// The same line anew, for whoever does not want to wait until it is noticed.
    [[nodiscard]] result<void, std::string> reopen();

    /// The clock of the events: the system's time at opening and steady since.
    [[nodiscard]] instant now() const;
    [[nodiscard]] const line_uri& where() const noexcept;
    /// Since the line was opened, or the last error.
    [[nodiscard]] link::modbus_counters counters() const noexcept;
    /// Connections made, the first among them.
    [[nodiscard]] std::uint32_t connections() const noexcept;

private:
    struct state;
    explicit modbus_connection(std::unique_ptr<state> made) noexcept;
    std::unique_ptr<state> state_;
};

// ---------------------------------------------------------------------------------------------

template <class Procedure>
result<void, std::string> modbus_connection::run(Procedure& what)
{
    for (auto job = what.next(); job; job = what.next()) {
        if constexpr (requires { what.not_before(); }) {
            if (what.not_before() > now()) pause(what.not_before() - now());
        }
        const auto done = exchange(*job);
        if (!done) {
            link::modbus_event lost;
            lost.kind = link::modbus_event::kind_type::timed_out;
            lost.job_id = job->id;
            lost.unit = job->unit;
            lost.at = now();
            what.take(lost);
            return tl::unexpected<std::string>{done.error()};
        }
        what.take(*done);
    }
    return {};
}

}  // namespace wattpurse::adapter::asio
