// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/request.hpp>
#include <wattpurse/link/event.hpp>
#include <wattpurse/link/exchange.hpp>
#include <wattpurse/link/timing.hpp>

namespace wattpurse::meter {

/// How one asks a meter: the rate of its line, how often, and how urgent it is.
///
/// The orders of this folder (`long_read`, `probe`, `top_up`, `relay_order`) are all driven
/// alike. They touch no line and read no clock: `next` gives the next job, `take` takes what
/// came of it.
///
///     while (auto job = order.next()) {
///         job->id = ...;                      // the caller's
///         bus.submit(*job);                   // not before order.not_before(), where it has one
///         order.take(event);                  // the event with that id, once it is there
///     }
///
/// An order that is given another job's event takes it for its own; events of other kinds than
/// answered, refused and timed out do not disturb it.
struct asking {
    std::uint32_t baud = 2400;
    std::uint8_t attempts_max = 3;  ///< of a question that may be repeated: its frames sent
    std::uint8_t nonsense_max = 2;  ///< answers that make no sense before it is given up
    link::priority prio = link::priority::reading;
};

/// A question that changes nothing, and may be repeated by the line.
[[nodiscard]] constexpr link::job question(const codec::dlt645::frame& request,
                                           const asking& how) noexcept
{
    link::job out;
    out.prio = how.prio;
    out.request = request;
    out.timeout = link::answer_timeout(request, how.baud);
    out.attempts_max = how.attempts_max;
    return out;
}

/// A request that changes something: sent once. Only who knows what it did may repeat it.
[[nodiscard]] constexpr link::job change(const codec::dlt645::frame& request,
                                         const asking& how) noexcept
{
    link::job out = question(request, how);
    out.attempts_max = 1;
    return out;
}

/// Read one identifier of 2007.
[[nodiscard]] constexpr link::job question(const codec::dlt645::address& meter,
                                           codec::dlt645::data_id id, const asking& how) noexcept
{
    return question(codec::dlt645::read_request(meter, id), how);
}

/// The outcome of a job, and no frame that came by the way.
[[nodiscard]] constexpr bool is_outcome(const link::event& what) noexcept
{
    return what.kind == link::event::kind_type::answered ||
           what.kind == link::event::kind_type::refused ||
           what.kind == link::event::kind_type::timed_out;
}

}  // namespace wattpurse::meter
