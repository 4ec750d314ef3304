// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/link/event.hpp>
#include <wattpurse/link/exchange.hpp>
#include <wattpurse/link/timing.hpp>

namespace wattpurse::link {

/// One half-duplex line with meters on it: a bounded queue of jobs, one request at a time,
/// timeout and retry. Sans-IO: it is driven by bytes that came in and by time, and says which
/// bytes go out and when it wants to be woken.
///
///     bus.submit(job);
///     bus.advance(now);                    // may start the next job
///     write(bus.pending_output()); bus.consume(n);
///     bus.receive(bytes, now);             // as they come
///     while (bus.next_event(event)) ...    // after receive and advance
///     wake me at bus.next_deadline();      // and call advance then; in the past means at once
///
/// Answers that match nothing that is asked are dropped as late when something like it was
/// asked within `late_window`, and come out as unsolicited otherwise.
template <std::size_t QueueCapacity>
class basic_bus {
public:
    static constexpr std::size_t queue_capacity = QueueCapacity;
    static constexpr std::size_t event_capacity = 8;
    static constexpr std::size_t recent_capacity = 16;

    constexpr basic_bus() noexcept = default;
    constexpr explicit basic_bus(const bus_timing& timing) noexcept : timing_{timing} {}

    /// False when the queue is full. Jobs of one priority keep their order.
    [[nodiscard]] constexpr bool submit(const job& what) noexcept;
    /// Takes back a job that has not been sent yet; false when there is none of that id.
    constexpr bool cancel(std::uint64_t id) noexcept;

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
        const std::size_t rest = output_end_ - output_begin_;
        output_begin_ += count < rest ? count : rest;
    }

    /// The oldest event not yet fetched; false when there is none. Jobs wait while nobody
    /// fetches.
    [[nodiscard]] constexpr bool next_event(event& out) noexcept;

    /// The connection was made anew: half-sent and half-received bytes are void. What is asked
    /// for stays asked for and runs into its timeout.
    constexpr void reconnected() noexcept
    {
        framer_.clear();
        output_begin_ = output_end_ = 0;
    }

    /// Another speaks on this line (see `shared_line.hpp`): nothing is started until it is let go.
    /// What is asked goes on.
    constexpr void hold(bool is_held) noexcept { is_held_ = is_held; }
    /// A job waits, and there is room for its event.
    [[nodiscard]] constexpr bool can_start() const noexcept
    {
        return queued_ > 0 && events_count_ < event_capacity;
    }
    /// From when on it may speak, as far as it knows.
    [[nodiscard]] constexpr instant may_speak_at() const noexcept;
    /// Of the job that is to go next; background when none waits.
    [[nodiscard]] constexpr priority next_priority() const noexcept
    {
        return queued_ == 0 ? priority::background : queue_[first_in_line()].what.prio;
    }

    /// Nothing asked, nothing queued.
    [[nodiscard]] constexpr bool idle() const noexcept { return !busy_ && queued_ == 0; }
    [[nodiscard]] constexpr bool busy() const noexcept { return busy_; }
    [[nodiscard]] constexpr std::size_t queued() const noexcept { return queued_; }
    [[nodiscard]] constexpr const bus_counters& counters() const noexcept { return counters_; }
    [[nodiscard]] constexpr const codec::dlt645::framer_counters& line() const noexcept
    {
        return framer_.counters();
    }
    /// How long so many bytes occupy the line.
    [[nodiscard]] constexpr duration air_time(std::size_t bytes) const noexcept
    {
        return link::air_time(bytes, timing_.baud);
    }

private:
    struct slot {
        bool used = false;
        std::uint64_t order = 0;
        job what{};
    };
    struct recent_request {
        expectation expected{};
        instant until{};
    };

    constexpr void drain(instant now) noexcept;
    constexpr void take(const codec::dlt645::frame& what, instant now) noexcept;
    constexpr void start(instant now) noexcept;
    constexpr void transmit(instant now) noexcept;
    constexpr void finish(typename event::kind_type kind, const codec::dlt645::frame* answer,
                          instant now) noexcept;
    constexpr void push(const event& what) noexcept;
    constexpr void remember(const expectation& what, instant now) noexcept;
    [[nodiscard]] constexpr bool is_late(const codec::dlt645::frame& what,
                                         instant now) const noexcept;
    [[nodiscard]] constexpr std::size_t first_in_line() const noexcept;
    [[nodiscard]] constexpr instant attempt_deadline() const noexcept;
    [[nodiscard]] constexpr bool may_start() const noexcept
    {
        return !busy_ && !is_held_ && can_start();
    }

    bus_timing timing_{};
    codec::dlt645::framer framer_{};
    instant last_byte_at_{};
    instant quiet_at_{};  // when nothing was coming in, the last time

    std::array<slot, QueueCapacity> queue_{};
    std::size_t queued_ = 0;
    std::uint64_t order_ = 0;

    bool busy_ = false;
    bool is_held_ = false;
    exchange current_{};
    instant free_at_{};

    std::array<std::uint8_t, codec::dlt645::frame_size_max + 16> output_{};
    std::size_t output_begin_ = 0;
    std::size_t output_end_ = 0;

    std::array<event, event_capacity> events_{};
    std::size_t events_begin_ = 0;
    std::size_t events_count_ = 0;

    std::array<recent_request, recent_capacity> recent_{};
    std::size_t recent_next_ = 0;
    bus_counters counters_{};
};

/// The bus of a data centre or gateway; about 40 kB.
using bus = basic_bus<128>;

// ---------------------------------------------------------------------------------------------

template <std::size_t N>
constexpr bool basic_bus<N>::submit(const job& what) noexcept
{
    for (slot& place : queue_) {
        if (!place.used) {
            place.used = true;
            place.order = order_++;
            place.what = what;
            ++queued_;
            return true;
        }
    }
    ++counters_.queue_full;
    return false;
}

template <std::size_t N>
constexpr bool basic_bus<N>::cancel(std::uint64_t id) noexcept
{
    for (slot& place : queue_) {
        if (place.used && place.what.id == id) {
            place = slot{};  // overwritten, not only marked: requests carry passwords
            --queued_;
            return true;
        }
    }
    return false;
}

template <std::size_t N>
constexpr std::size_t basic_bus<N>::first_in_line() const noexcept
{
    std::size_t best = N;
    for (std::size_t i = 0; i < N; ++i) {
        if (!queue_[i].used) {
            continue;
        }
        if (best == N || queue_[i].what.prio < queue_[best].what.prio ||
            (queue_[i].what.prio == queue_[best].what.prio &&
             queue_[i].order < queue_[best].order)) {
            best = i;
        }
    }
    return best;
}

template <std::size_t N>
constexpr void basic_bus<N>::receive(byte_span bytes, instant now) noexcept
{
    if (framer_.pending() > 0 && now - last_byte_at_ >= timing_.gap_max) {
        framer_.flush();
        drain(now);
    }
    last_byte_at_ = now;
    if (framer_.pending() == 0) {
        quiet_at_ = now;
    }
    while (!bytes.empty()) {
        bytes = bytes.subspan(framer_.feed(bytes));
        drain(now);
    }
    if (framer_.pending() == 0) {
        quiet_at_ = now;
    }
}

template <std::size_t N>
constexpr void basic_bus<N>::drain(instant now) noexcept
{
    using kind = codec::dlt645::framer_event::kind_type;
    for (auto found = framer_.next(); found.kind != kind::nothing; found = framer_.next()) {
        if (found.kind == kind::frame) {
            take(found.frame, now);
        }
    }
}

template <std::size_t N>
constexpr void basic_bus<N>::take(const codec::dlt645::frame& what, instant now) noexcept
{
    if (!what.is_from_meter()) {
        ++counters_.echoes;
        return;
    }
    if (busy_ && current_.is_answer(what)) {
        finish(what.is_abnormal() ? event::kind_type::refused : event::kind_type::answered, &what,
               now);
        return;
    }
    if (is_late(what, now)) {
        ++counters_.late;
        return;
    }
    ++counters_.unsolicited;
    // One place stays free for the outcome of the present job, which must never get lost.
    if (events_count_ + 1 >= event_capacity) {
        ++counters_.dropped;
        return;
    }
    event out;
    out.frame = what;
    out.at = now;
    push(out);
}

template <std::size_t N>
constexpr void basic_bus<N>::advance(instant now) noexcept
{
    if (framer_.pending() > 0 && now - last_byte_at_ >= timing_.gap_max) {
        framer_.flush();
        drain(now);
    }
    if (busy_ && now >= attempt_deadline()) {
        if (!current_.what().answer_expected) {
            finish(event::kind_type::sent, nullptr, now);
        } else if (current_.may_retry()) {
            ++counters_.retries;
            transmit(now);
        } else {
            finish(event::kind_type::timed_out, nullptr, now);
        }
    }
    if (may_start() && now >= may_speak_at()) {
        start(now);
    }
}

template <std::size_t N>
constexpr void basic_bus<N>::start(instant now) noexcept
{
    slot& place = queue_[first_in_line()];
    current_ = exchange{place.what};
    place = slot{};
    --queued_;
    busy_ = true;
    transmit(now);
}

template <std::size_t N>
constexpr void basic_bus<N>::transmit(instant now) noexcept
{
    const codec::dlt645::frame& request = current_.what().request;
    framer_.clear();
    const std::size_t preamble = timing_.preamble < 16 ? timing_.preamble : 16;
    const auto size = codec::dlt645::encode(request, output_, preamble);
    output_begin_ = 0;
    output_end_ = size ? *size : 0;
    ++counters_.requests;
    current_.begin_attempt(now, current_.what().answer_expected ? current_.what().timeout
                                                                : air_time(output_end_));
}

template <std::size_t N>
constexpr void basic_bus<N>::finish(typename event::kind_type kind,
                                    const codec::dlt645::frame* answer, instant now) noexcept
{
    event out;
    out.kind = kind;
    out.job_id = current_.what().id;
    out.attempts = current_.attempts();
    out.sent_at = current_.sent_at();
    out.at = now;
    if (answer != nullptr) {
        out.frame = *answer;
        out.error_word = codec::dlt645::parse_error_word(*answer).value_or(0);
    }
    switch (kind) {
        case event::kind_type::answered: ++counters_.answered; break;
        case event::kind_type::refused: ++counters_.refused; break;
        case event::kind_type::timed_out: ++counters_.timed_out; break;
        case event::kind_type::sent:
        case event::kind_type::unsolicited: break;
    }
    if (current_.what().answer_expected) {
        remember(current_.expected(), now);
    }
    push(out);
    current_ = exchange{};
    output_begin_ = output_end_ = 0;
    output_.fill(0);  // requests carry passwords
    busy_ = false;
    free_at_ = now + timing_.turn_around;
}

template <std::size_t N>
constexpr void basic_bus<N>::push(const event& what) noexcept
{
    events_[(events_begin_ + events_count_) % event_capacity] = what;
    ++events_count_;
}

template <std::size_t N>
constexpr bool basic_bus<N>::next_event(event& out) noexcept
{
    if (events_count_ == 0) {
        return false;
    }
    out = events_[events_begin_];
    events_begin_ = (events_begin_ + 1) % event_capacity;
    --events_count_;
    return true;
}

template <std::size_t N>
constexpr void basic_bus<N>::remember(const expectation& what, instant now) noexcept
{
    recent_[recent_next_] = {what, now + timing_.late_window};
    recent_next_ = (recent_next_ + 1) % recent_capacity;
}

template <std::size_t N>
constexpr bool basic_bus<N>::is_late(const codec::dlt645::frame& what, instant now) const noexcept
{
    for (const recent_request& request : recent_) {
        if (now < request.until && request.expected.matches(what)) {
            return true;
        }
    }
    return false;
}

/// A frame that is still coming in when time is up may end, but not for ever.
template <std::size_t N>
constexpr instant basic_bus<N>::attempt_deadline() const noexcept
{
    const instant deadline = current_.deadline();
    if (framer_.pending() == 0 || !current_.what().answer_expected) {
        return deadline;
    }
    const instant patience = deadline + air_time(codec::dlt645::frame_size_max);
    const instant silence = last_byte_at_ + timing_.gap_max;
    const instant wanted = silence < patience ? silence : patience;
    return wanted > deadline ? wanted : deadline;
}

/// Half-duplex: nobody speaks while a frame is coming in. What goes on for longer than the longest
/// frame is none, and waiting for its end would be waiting for ever.
template <std::size_t N>
constexpr instant basic_bus<N>::may_speak_at() const noexcept
{
    if (framer_.pending() == 0) {
        return free_at_;
    }
    const instant patience =
        quiet_at_ + air_time(codec::dlt645::frame_size_max) + timing_.gap_max;
    return patience > free_at_ ? patience : free_at_;
}

template <std::size_t N>
constexpr instant basic_bus<N>::next_deadline() const noexcept
{
    instant next = instant::max();
    if (framer_.pending() > 0) {
        next = last_byte_at_ + timing_.gap_max;
    }
    if (busy_) {
        const instant deadline = attempt_deadline();
        next = deadline < next ? deadline : next;
    } else if (may_start()) {
        const instant speaking = may_speak_at();
        next = speaking < next ? speaking : next;
    }
    return next;
}

}  // namespace wattpurse::link
