// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/modbus/adu.hpp>
#include <wattpurse/codec/modbus/ascii.hpp>
#include <wattpurse/codec/modbus/rtu.hpp>
#include <wattpurse/link/modbus_doubt.hpp>
#include <wattpurse/link/modbus_job.hpp>
#include <wattpurse/link/modbus_line_input.hpp>
#include <wattpurse/link/modbus_line_timing.hpp>
#include <wattpurse/link/modbus_match.hpp>
#include <wattpurse/link/modbus_queue.hpp>
#include <wattpurse/link/unit_backoff.hpp>

namespace wattpurse::link {

/// How a client on a serial line behaves; also RTU or ASCII over TCP.
struct modbus_serial_client_options {
    modbus_framing framing = modbus_framing::rtu;
    modbus_line_timing timing{};
    /// The adapter hears what it sends: a request that comes back at once is skipped.
    bool has_echo = false;
    backoff_options backoff{};
};

/// The client of one serial line: a bounded queue of jobs, one request at a time, timeout and
/// retry. Sans-IO, driven as `basic_bus` is:
///
///     client.submit(job);
///     client.advance(now);                    // may start the next job
///     write(client.pending_output()); client.consume(n);
///     client.receive(bytes, now);             // as they come
///     while (client.next_event(event)) ...    // after receive and advance
///     wake me at client.next_deadline();      // and call advance then; in the past means at once
///
/// Nothing on the line tells one request's answer from another's of the same form. So it speaks
/// only when the line is silent, drops what comes when nothing is asked, takes an answer only where
/// unit, function, echoed fields and amount of data agree, and says in the event whether an earlier
/// answer could still have been under way (`is_proven`). Whoever moves money by what was read wants
/// that to be true: reading another amount of registers first clears the doubt.
///
/// It holds `Capacity` jobs, from `submit` until their event is fetched.
template <std::size_t Capacity>
class basic_modbus_serial_client {
public:
    static constexpr std::size_t capacity = Capacity;

    constexpr basic_modbus_serial_client() noexcept
        : basic_modbus_serial_client{modbus_serial_client_options{}}
    {
    }
    constexpr explicit basic_modbus_serial_client(
        const modbus_serial_client_options& options) noexcept
        : options_{options}, input_{options.framing, options.timing}, backoff_{options.backoff}
    {
    }

    /// False when it holds as many jobs as it can, or the request is empty.
    [[nodiscard]] constexpr bool submit(const modbus_job& what) noexcept;
    /// Takes back a job that has not been sent yet; false when there is none of that id.
    constexpr bool cancel(std::uint64_t id) noexcept { return queue_.remove(id); }

    constexpr void receive(byte_span bytes, instant now) noexcept;
    constexpr void advance(instant now) noexcept;
    /// When `advance` is to be called next; `instant::max()` when there is nothing to do.
    [[nodiscard]] constexpr instant next_deadline() const noexcept;

    /// Bytes to be sent now, until they have been consumed.
    [[nodiscard]] constexpr byte_span pending_output() const noexcept
    {
        return {output_.data() + output_begin_, output_end_ - output_begin_};
    }
    constexpr void consume(std::size_t count) noexcept
    {
        output_begin_ += std::min(count, output_end_ - output_begin_);
    }

    /// The oldest event not yet fetched; false when there is none.
    [[nodiscard]] constexpr bool next_event(modbus_event& out) noexcept
    {
        return queue_.next_event(out);
    }

    /// The connection was made anew: half-sent and half-received bytes are void. What had not been
    /// sent at all, and what has attempts left, goes again; else it has timed out, and whether it
    /// was carried out is not known.
    constexpr void reconnected() noexcept;

    /// Another speaks on this line: nothing is started until it is let go. What is asked goes on.
    constexpr void hold(bool is_held) noexcept { is_held_ = is_held; }

    /// Nothing asked, nothing queued.
    [[nodiscard]] constexpr bool idle() const noexcept
    {
        return !busy() && queue_.waiting() == 0;
    }
    [[nodiscard]] constexpr bool busy() const noexcept { return asked_ != queue::none; }
    [[nodiscard]] constexpr std::size_t queued() const noexcept { return queue_.waiting(); }
    /// Of the job that is to go next.
    [[nodiscard]] constexpr priority next_priority() const noexcept
    {
        return queue_.best_waiting();
    }
    /// From when on it may speak, as far as it knows.
    [[nodiscard]] constexpr instant may_speak_at() const noexcept
    {
        return std::max(free_at_, input_.quiet_at());
    }
    [[nodiscard]] constexpr modbus_counters counters() const noexcept;
    [[nodiscard]] constexpr const modbus_line_timing& timing() const noexcept
    {
        return options_.timing;
    }
    [[nodiscard]] constexpr const unit_backoff& backoff() const noexcept { return backoff_; }

private:
    using queue = modbus_queue<Capacity>;
    using index = typename queue::index;
    using entry = typename queue::entry;

    constexpr void hear(byte_span bytes, instant now) noexcept;
    [[nodiscard]] constexpr byte_span skip_echo(byte_span bytes, instant now) noexcept;
    constexpr void take(const codec::modbus::adu& what, instant now) noexcept;
    constexpr void complete(byte_span pdu, instant now) noexcept;
    constexpr void expire(instant now) noexcept;
    constexpr void start(instant now) noexcept;
    constexpr void transmit(index job, instant now) noexcept;
    constexpr void finish(modbus_event::kind_type kind, instant now) noexcept;
    constexpr void stop_asking() noexcept;
    [[nodiscard]] constexpr bool is_broadcast(const entry& job) const noexcept
    {
        return job.unit == 0;
    }
    [[nodiscard]] constexpr instant attempt_deadline() const noexcept;

    modbus_serial_client_options options_{};
    modbus_line_input<rtu_hears_answers> input_;
    unit_backoff backoff_;
    modbus_doubt doubt_{};

    index asked_ = queue::none;
    instant free_at_{};
    instant now_{};
    bool is_held_ = false;

    std::array<std::uint8_t, codec::modbus::ascii_size_max> output_{};
    std::size_t output_begin_ = 0;
    std::size_t output_end_ = 0;
    std::size_t echo_at_ = 0;  // how much of it has come back

    modbus_counters counters_{};
    queue queue_{};
};

/// The client of a data centre or gateway; about 45 kB.
using modbus_serial_client = basic_modbus_serial_client<128>;

// ---------------------------------------------------------------------------------------------

template <std::size_t N>
constexpr bool basic_modbus_serial_client<N>::submit(const modbus_job& what) noexcept
{
    if (queue_.add(what)) {
        return true;
    }
    if (queue_.is_full()) {
        ++counters_.queue_full;
    }
    return false;
}

template <std::size_t N>
constexpr modbus_counters basic_modbus_serial_client<N>::counters() const noexcept
{
    modbus_counters out = counters_;
    out.bad_frames = input_.bad_frames();
    return out;
}

template <std::size_t N>
constexpr void basic_modbus_serial_client<N>::receive(byte_span bytes, instant now) noexcept
{
    now_ = now;
    if (bytes.empty()) {
        return;
    }
    input_.begin(bytes.size(), now);
    if (options_.has_echo) {
        bytes = skip_echo(bytes, now);
    }
    hear(bytes, now);
}

template <std::size_t N>
constexpr void basic_modbus_serial_client<N>::hear(byte_span bytes, instant now) noexcept
{
    codec::modbus::adu found;
    while (input_.next(bytes, found)) {
        take(found, now);
    }
}

/// Our own request, as far as it comes back byte for byte. Where it does not, it was none.
template <std::size_t N>
constexpr byte_span basic_modbus_serial_client<N>::skip_echo(byte_span bytes, instant now) noexcept
{
    const std::size_t begin = echo_at_;
    while (!bytes.empty() && echo_at_ < output_end_ && bytes[0] == output_[echo_at_]) {
        bytes = bytes.subspan(1);
        ++echo_at_;
    }
    if (begin < output_end_ && echo_at_ == output_end_) {
        ++counters_.echoes;
    } else if (!bytes.empty() && echo_at_ < output_end_) {
        const auto copy = output_;  // an answer in it would have it overwritten
        const byte_span taken_for_echo = byte_span{copy}.first(echo_at_);
        echo_at_ = output_end_;
        hear(taken_for_echo, now);
    }
    return bytes;
}

template <std::size_t N>
constexpr void basic_modbus_serial_client<N>::take(const codec::modbus::adu& what,
                                                   instant now) noexcept
{
    const auto none = codec::modbus::exception_code::none;
    if (busy()) {
        const entry& asked = queue_[asked_];
        if (what.unit == asked.unit && !is_broadcast(asked) &&
            (is_answer_to(what.pdu, asked.pdu()) || refusal_of(what.pdu, asked.pdu()) != none)) {
            complete(what.pdu, now);
            return;
        }
    }
    if (doubt_.take_late(what.unit, what.pdu, now)) {
        ++counters_.late;
    } else {
        ++(busy() ? counters_.foreign : counters_.unasked);
    }
}

template <std::size_t N>
constexpr void basic_modbus_serial_client<N>::complete(byte_span pdu, instant now) noexcept
{
    using codec::modbus::exception_code;
    entry& asked = queue_[asked_];
    asked.exception = refusal_of(pdu, asked.pdu());
    asked.is_proven = !doubt_.covers(asked.unit, pdu, asked.order, now) &&
                      !doubt_.is_repeated(asked.unit, asked.pdu(), pdu, now);
    const instant until = now + options_.timing.late_window;
    if (doubt_.settle(asked.unit, asked.pdu(), pdu, now, until)) {
        doubt_.add(asked.unit, asked.pdu(), asked.order, until);
    }
    if (asked.exception == exception_code::server_device_busy) {
        ++counters_.busy;
    }
    // What a gateway says of a device that it does not hear is no sign of life.
    if (asked.exception == exception_code::gateway_target_failed_to_respond ||
        asked.exception == exception_code::gateway_path_unavailable) {
        backoff_.note_silence(asked.unit, now);
    } else {
        backoff_.note_answer(asked.unit);
    }
    const bool is_refused = asked.exception != exception_code::none;
    queue_.answer(asked_, pdu);
    finish(is_refused ? modbus_event::kind_type::refused : modbus_event::kind_type::answered, now);
}

template <std::size_t N>
constexpr void basic_modbus_serial_client<N>::finish(modbus_event::kind_type kind,
                                                     instant now) noexcept
{
    using what = modbus_event::kind_type;
    switch (kind) {
        case what::answered: ++counters_.answered; break;
        case what::refused: ++counters_.refused; break;
        case what::timed_out: ++counters_.timed_out; break;
        case what::sent:
        case what::backed_off: break;
    }
    queue_.finish(asked_, kind, now);
    stop_asking();
}

/// Nobody is asked any more. Requests carry passwords.
template <std::size_t N>
constexpr void basic_modbus_serial_client<N>::stop_asking() noexcept
{
    asked_ = queue::none;
    output_.fill(0);
    output_begin_ = output_end_ = 0;
    echo_at_ = 0;
}

template <std::size_t N>
constexpr void basic_modbus_serial_client<N>::advance(instant now) noexcept
{
    now_ = now;
    input_.advance(now);
    hear({}, now);
    if (busy() && now >= attempt_deadline()) {
        if (is_broadcast(queue_[asked_])) {
            finish(modbus_event::kind_type::sent, now);
            free_at_ = now + options_.timing.broadcast_delay;
        } else {
            expire(now);
        }
    }
    if (!busy() && queue_.waiting() > 0) {
        start(now);
    }
}

template <std::size_t N>
constexpr void basic_modbus_serial_client<N>::expire(instant now) noexcept
{
    entry& asked = queue_[asked_];
    doubt_.add(asked.unit, asked.pdu(), asked.order, now + options_.timing.late_window);
    input_.clear();
    // A unit that was silent before is asked once, to see whether it has come back.
    const bool is_test = backoff_.is_silent(asked.unit) && asked.prio >= priority::reading;
    if (asked.attempts < asked.attempts_max && !is_test) {
        queue_.put_back(asked_);
        stop_asking();
        return;
    }
    backoff_.note_silence(asked.unit, now);
    finish(modbus_event::kind_type::timed_out, now);
}

template <std::size_t N>
constexpr void basic_modbus_serial_client<N>::start(instant now) noexcept
{
    while (queue_.waiting() > 0) {
        const index job = queue_.first([](const entry&) { return true; });
        const entry& what = queue_[job];
        if (!is_broadcast(what) && backoff_.holds_back(what.unit, what.prio, now)) {
            queue_.take(job);
            const bool was_sent = what.attempts != 0;
            ++(was_sent ? counters_.timed_out : counters_.backed_off);
            queue_.finish(job, was_sent ? modbus_event::kind_type::timed_out
                                        : modbus_event::kind_type::backed_off, now);
            continue;
        }
        if (!is_held_ && now >= may_speak_at()) {
            transmit(job, now);
        }
        return;
    }
}

template <std::size_t N>
constexpr void basic_modbus_serial_client<N>::transmit(index job, instant now) noexcept
{
    queue_.take(job);
    asked_ = job;
    entry& what = queue_[job];
    input_.clear();
    input_.hears().asked_function = what.bytes[0];
    const codec::modbus::adu request{0, what.unit, what.pdu()};
    const auto size = options_.framing == modbus_framing::ascii
                          ? codec::modbus::encode_ascii(request, output_)
                          : codec::modbus::encode_rtu(request, output_);
    output_begin_ = 0;
    output_end_ = size ? *size : 0;
    echo_at_ = 0;
    ++counters_.requests;
    if (what.attempts++ == 0) {
        what.sent_at = now;
    } else {
        ++counters_.retries;
    }
    what.deadline =
        now + (is_broadcast(what) ? options_.timing.air_time(output_end_) : what.timeout);
}

/// A frame that is still coming in when time is up may end, but not for ever.
template <std::size_t N>
constexpr instant basic_modbus_serial_client<N>::attempt_deadline() const noexcept
{
    const entry& asked = queue_[asked_];
    if (input_.pending() == 0 || is_broadcast(asked)) {
        return asked.deadline;
    }
    const instant patience = asked.deadline + options_.timing.drain_max;
    return std::max(asked.deadline, std::min(input_.ends_at(), patience));
}

template <std::size_t N>
constexpr instant basic_modbus_serial_client<N>::next_deadline() const noexcept
{
    instant next = input_.ends_at();
    if (busy()) {
        next = std::min(next, attempt_deadline());
    } else if (queue_.waiting() > 0 && !is_held_) {
        next = std::min(next, may_speak_at());
    }
    return next;
}

template <std::size_t N>
constexpr void basic_modbus_serial_client<N>::reconnected() noexcept
{
    input_.clear();
    if (!busy()) {
        return;
    }
    entry& asked = queue_[asked_];
    if (output_begin_ == 0 && output_end_ > 0) {
        --asked.attempts;  // no byte of it has left
        queue_.put_back(asked_);
        stop_asking();
        return;
    }
    doubt_.add(asked.unit, asked.pdu(), asked.order, now_ + options_.timing.late_window);
    if (asked.attempts < asked.attempts_max) {
        queue_.put_back(asked_);
        stop_asking();
    } else {
        finish(modbus_event::kind_type::timed_out, now_);
    }
}

}  // namespace wattpurse::link
