// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <wattpurse/adapter/asio/line_uri.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/link/bus.hpp>
#include <wattpurse/link/event.hpp>
#include <wattpurse/link/exchange.hpp>

namespace wattpurse::adapter::asio {

/// A DL/T 645 line for small programs: each call returns when its job has come to an end.
///
///     auto line = blocking_line::open("serial:///dev/ttyUSB0?baud=2400");
///     if (!line) ... line.error()
///     auto done = line->exchange(job);       // retries and timeouts as the job wants them
///     if (!done) ... done.error()            // the line broke; `reopen` makes it anew
///     else if (done->kind == link::event::kind_type::answered) ... done->frame
///
/// That a meter refuses or does not answer is an event; errors are for the line itself, and name
/// it. No message ever shows a frame: requests carry passwords. To be used by one thread.
class blocking_line {
public:
    /// Frames nobody has fetched: the oldest go first.
    static constexpr std::size_t unsolicited_max = 64;

    [[nodiscard]] static result<blocking_line, std::string> open(std::string_view uri);
    [[nodiscard]] static result<blocking_line, std::string> open(const line_uri& where);

    blocking_line(blocking_line&&) noexcept;
    blocking_line& operator=(blocking_line&&) noexcept;
    ~blocking_line();

    /// Brings a job to its end: answered, refused, timed_out, or sent where no answer is
    /// expected. Its timeout is that of a wire; a lenient line adds its round trip.
    [[nodiscard]] result<link::event, std::string> exchange(const link::job& what);

    /// Runs a procedure of meter/ to its end: whatever has `next()`, an optional job, and
    /// `take(event)`; where it has a `not_before()`, jobs wait until then.
    ///
    /// When the line breaks, the procedure is told that its question timed out, since nobody
    /// knows what became of it. Unless that ends it, it may be run again on a line made anew.
    template <class Procedure>
    [[nodiscard]] result<void, std::string> run(Procedure& what);

    /// Says nothing and hears what meters say unasked.
    [[nodiscard]] result<void, std::string> listen(duration how_long);

    /// Called with each unsolicited frame, from within `exchange` and `listen`. Without it they
    /// wait for `next_unsolicited`.
    void on_unsolicited(std::function<void(const link::event&)> tell);
    [[nodiscard]] std::optional<link::event> next_unsolicited();

    /// Forgets what was asked so far: answers that come late are unsolicited from now on.
    void forget();

    /// The same line anew, after an error.
    [[nodiscard]] result<void, std::string> reopen();

    /// The clock of the events: the system's time at opening and steady since.
    [[nodiscard]] instant now() const;
    [[nodiscard]] const line_uri& where() const noexcept;
    [[nodiscard]] const link::bus_timing& timing() const noexcept;
    /// Since the line was opened, or made anew.
    [[nodiscard]] const link::bus_counters& counters() const noexcept;
    [[nodiscard]] const codec::dlt645::framer_counters& framing() const noexcept;
    /// Bytes that have come in, echoes aside.
    [[nodiscard]] std::uint64_t bytes_heard() const noexcept;

private:
    struct state;
    explicit blocking_line(std::unique_ptr<state> made) noexcept;
    std::unique_ptr<state> state_;
};

// ---------------------------------------------------------------------------------------------

template <class Procedure>
result<void, std::string> blocking_line::run(Procedure& what)
{
    for (auto job = what.next(); job; job = what.next()) {
        result<void, std::string> waited;
        if constexpr (requires { what.not_before(); }) {
            if (what.not_before() > now()) waited = listen(what.not_before() - now());
        }
        const auto done = waited ? exchange(*job)
                                 : result<link::event, std::string>{
                                       tl::unexpected<std::string>{waited.error()}};
        if (!done) {
            link::event lost;
            lost.kind = link::event::kind_type::timed_out;
            lost.job_id = job->id;
            lost.at = now();
            what.take(lost);
            return tl::unexpected<std::string>{done.error()};
        }
        what.take(*done);
    }
    return {};
}

}  // namespace wattpurse::adapter::asio
