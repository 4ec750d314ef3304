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

namespace wattpurse::link {

/// How often what happened. Counters wrap.
struct small_counters {
    std::uint16_t requests = 0;     ///< frames sent, retries among them
    std::uint16_t retries = 0;
    std::uint16_t late = 0;         ///< answers to what has been answered or given up
    std::uint16_t unsolicited = 0;
    std::uint16_t echoes = 0;       ///< requests heard on the line: our own or another master's
};

/// The master of one half-duplex line for a microcontroller: what `basic_bus` is, without a
/// queue, in less than 512 bytes with all its buffers. One exchange at a time, timeout and
/// retry, any frame of up to 255 bytes of DATA received.
///
/// It holds the request as encoded bytes and the answer as bytes that came in; the event is the
/// caller's, and one is enough for all lines.
///
///     master.submit(job);                          // false while another is not done
///     while (master.advance(now, event)) ...       // may start to send
///     uart_write(master.pending_output()); master.consume(n);
///     while (!bytes.empty()) {                     // as they come
///         bytes = bytes.subspan(master.receive(bytes, now));
///         while (master.advance(now, event)) ...   // until there is no more event
///     }
///     wake me at master.next_deadline();           // and call advance then
///
/// Answers, refusals, retries and timeouts are those of `basic_bus`; late it calls only answers
/// to its last job, before another is submitted.
template <std::size_t RequestDataMax = 50>
class small_master {
public:
    static constexpr std::size_t preamble_max = 4;
    static constexpr std::size_t request_size_max =
        preamble_max + codec::dlt645::frame_overhead + RequestDataMax;

    /// With the timing of the standard at 2400 baud.
    constexpr small_master() noexcept = default;
    /// The timing is not copied and has to live as long; on a microcontroller it lies in flash.
    constexpr explicit small_master(const bus_timing& timing) noexcept : timing_{&timing} {}
    small_master(const bus_timing&&) = delete;

    /// False while another job is not done, and for a request with more DATA than
    /// `RequestDataMax`. The priority of the job does not matter here.
    [[nodiscard]] constexpr bool submit(const job& what) noexcept;
    /// Takes back a job that has not been sent yet; false when there is none of that id.
    constexpr bool cancel(std::uint64_t id) noexcept;

    /// Takes bytes and returns how many: at least one, once `advance` has returned false.
    constexpr std::size_t receive(byte_span bytes, instant now) noexcept;
    /// Looks at what came in, and at the clock. True: `out` is an outcome or an unasked frame,
    /// and there may be more.
    [[nodiscard]] constexpr bool advance(instant now, event& out) noexcept;
    /// When `advance` is to be called next; `instant::max()` when there is nothing to do.
    [[nodiscard]] constexpr instant next_deadline() const noexcept;

    /// Bytes to be sent now, until they have been consumed.
    [[nodiscard]] constexpr byte_span pending_output() const noexcept
    {
        return byte_span{request_}.subspan(output_begin_, output_end_ - output_begin_);
    }
    constexpr void consume(std::size_t count) noexcept
    {
        const std::size_t rest = pending_output().size();
        output_begin_ = static_cast<std::uint16_t>(output_begin_ + (count < rest ? count : rest));
    }

    /// The connection was made anew: half-sent and half-received bytes are void.
    constexpr void reconnected() noexcept
    {
        framer_.clear();
        output_begin_ = output_end_ = 0;
    }

    [[nodiscard]] constexpr bool idle() const noexcept { return state_ == state::idle; }
    [[nodiscard]] constexpr bool busy() const noexcept { return state_ == state::asking; }
    [[nodiscard]] constexpr const small_counters& counters() const noexcept { return counters_; }
    [[nodiscard]] constexpr const codec::dlt645::framer_counters& line() const noexcept
    {
        return framer_.counters();
    }

private:
    enum class state : std::uint8_t { idle, waiting, asking };
    static constexpr bus_timing standard_timing{};

    [[nodiscard]] constexpr bool close_gap(instant now) noexcept;
    [[nodiscard]] constexpr bool drain(event& out, instant now) noexcept;
    constexpr void transmit(instant now) noexcept;
    constexpr void finish(event::kind_type kind, event& out, instant now) noexcept;
    [[nodiscard]] constexpr bool take(event& out, instant now) noexcept;
    [[nodiscard]] constexpr instant attempt_deadline() const noexcept;
    [[nodiscard]] constexpr duration air_time(std::size_t bytes) const noexcept;

    const bus_timing* timing_ = &standard_timing;
    codec::dlt645::basic_framer<codec::dlt645::frame_size_max> framer_{};
    instant last_byte_at_{};
    instant quiet_at_{};  // when nothing was coming in, the last time

    std::array<std::uint8_t, request_size_max> request_{};
    std::uint16_t request_size_ = 0;
    std::uint16_t output_begin_ = 0;
    std::uint16_t output_end_ = 0;

    state state_ = state::idle;
    bool answer_expected_ = false;
    std::uint8_t attempts_ = 0;
    std::uint8_t attempts_max_ = 0;
    std::uint64_t job_id_ = 0;
    std::uint32_t timeout_ms_ = 0;
    expectation expected_{};  // of the last job, also when it is done
    instant sent_at_{};
    instant deadline_{};
    instant free_at_{};
    small_counters counters_{};
};

// ---------------------------------------------------------------------------------------------

template <std::size_t N>
constexpr bool small_master<N>::submit(const job& what) noexcept
{
    if (state_ != state::idle) {
        return false;
    }
    const std::size_t preamble =
        timing_->preamble < preamble_max ? timing_->preamble : preamble_max;
    const auto size = codec::dlt645::encode(what.request, request_, preamble);
    if (!size) {
        return false;
    }
    request_size_ = static_cast<std::uint16_t>(*size);
    expected_ = expectation::of(what.request);
    answer_expected_ = what.answer_expected;
    attempts_ = 0;
    attempts_max_ = what.attempts_max;
    job_id_ = what.id;
    timeout_ms_ = static_cast<std::uint32_t>(what.timeout.count());
    state_ = state::waiting;
    return true;
}

template <std::size_t N>
constexpr bool small_master<N>::cancel(std::uint64_t id) noexcept
{
    if (state_ != state::waiting || job_id_ != id) {
        return false;
    }
    request_.fill(0);  // requests carry passwords
    state_ = state::idle;
    return true;
}

/// True when nothing goes on that began before now.
template <std::size_t N>
constexpr bool small_master<N>::close_gap(instant now) noexcept
{
    if (framer_.pending() == 0 || now - last_byte_at_ < timing_->gap_max) {
        return false;
    }
    framer_.flush();
    return true;
}

template <std::size_t N>
constexpr std::size_t small_master<N>::receive(byte_span bytes, instant now) noexcept
{
    if (bytes.empty()) {
        return 0;
    }
    static_cast<void>(close_gap(now));
    last_byte_at_ = now;
    if (framer_.pending() == 0) {
        quiet_at_ = now;
    }
    return framer_.feed(bytes);
}

template <std::size_t N>
constexpr bool small_master<N>::advance(instant now, event& out) noexcept
{
    if (drain(out, now) || (close_gap(now) && drain(out, now))) {
        return true;
    }
    if (state_ == state::asking && now >= attempt_deadline()) {
        if (answer_expected_ && attempts_ < attempts_max_) {
            ++counters_.retries;
            transmit(now);
        } else {
            out.frame = {};
            out.error_word = 0;
            finish(answer_expected_ ? event::kind_type::timed_out : event::kind_type::sent, out,
                   now);
            return true;
        }
    }
    // Half-duplex: nobody speaks while a frame is coming in. What goes on for longer than the
    // longest one is none.
    const bool quiet = framer_.pending() == 0 ||
                       now - quiet_at_ >= air_time(codec::dlt645::frame_size_max) +
                                              timing_->gap_max;
    if (state_ == state::waiting && now >= free_at_ && quiet) {
        transmit(now);
    }
    return false;
}

template <std::size_t N>
constexpr void small_master<N>::transmit(instant now) noexcept
{
    framer_.clear();
    output_begin_ = 0;
    output_end_ = request_size_;
    if (attempts_ == 0) {
        sent_at_ = now;
    }
    ++attempts_;
    ++counters_.requests;
    deadline_ = now + (answer_expected_ ? duration{timeout_ms_} : air_time(request_size_));
    state_ = state::asking;
}

template <std::size_t N>
constexpr bool small_master<N>::drain(event& out, instant now) noexcept
{
    using kind = codec::dlt645::framer_event::kind_type;
    for (auto found = framer_.next(); found.kind != kind::nothing; found = framer_.next()) {
        if (found.kind == kind::frame) {
            out.frame = found.frame;
            if (take(out, now)) {
                return true;
            }
        }
    }
    return false;
}

/// `out.frame` has come in: whether it is news, and what.
template <std::size_t N>
constexpr bool small_master<N>::take(event& out, instant now) noexcept
{
    if (!out.frame.is_from_meter()) {
        ++counters_.echoes;
        return false;
    }
    const bool wanted = expected_.matches(out.frame);
    if (wanted && state_ == state::asking && answer_expected_) {
        out.error_word = codec::dlt645::parse_error_word(out.frame).value_or(0);
        finish(out.frame.is_abnormal() ? event::kind_type::refused : event::kind_type::answered,
               out, now);
        return true;
    }
    if (wanted && state_ == state::idle && now < free_at_ + timing_->late_window) {
        ++counters_.late;
        return false;
    }
    ++counters_.unsolicited;
    out.kind = event::kind_type::unsolicited;
    out.job_id = 0;
    out.error_word = 0;
    out.attempts = 0;
    out.at = now;
    return true;
}

template <std::size_t N>
constexpr void small_master<N>::finish(event::kind_type kind, event& out, instant now) noexcept
{
    out.kind = kind;
    out.job_id = job_id_;
    out.attempts = attempts_;
    out.sent_at = sent_at_;
    out.at = now;
    request_.fill(0);  // requests carry passwords
    output_begin_ = output_end_ = 0;
    free_at_ = now + timing_->turn_around;
    state_ = state::idle;
}

/// As `link::air_time`, in 32 bits: 64-bit division is a long function on a small processor.
template <std::size_t N>
constexpr duration small_master<N>::air_time(std::size_t bytes) const noexcept
{
    if (timing_->baud == 0) {
        return duration{0};
    }
    const auto bits = static_cast<std::uint32_t>(bytes) * 11U * 1000U;
    return duration{static_cast<duration::rep>((bits + timing_->baud - 1) / timing_->baud)};
}

/// A frame that is still coming in when time is up may end, but not for ever.
template <std::size_t N>
constexpr instant small_master<N>::attempt_deadline() const noexcept
{
    if (framer_.pending() == 0 || !answer_expected_) {
        return deadline_;
    }
    const instant patience = deadline_ + air_time(codec::dlt645::frame_size_max);
    const instant silence = last_byte_at_ + timing_->gap_max;
    const instant wanted = silence < patience ? silence : patience;
    return wanted > deadline_ ? wanted : deadline_;
}

template <std::size_t N>
constexpr instant small_master<N>::next_deadline() const noexcept
{
    instant next = instant::max();
    if (framer_.pending() > 0) {
        next = last_byte_at_ + timing_->gap_max;
    } else if (state_ == state::waiting) {
        next = free_at_;
    }
    if (state_ == state::asking) {
        const instant deadline = attempt_deadline();
        next = deadline < next ? deadline : next;
    }
    return next;
}

}  // namespace wattpurse::link
