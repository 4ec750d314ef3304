// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/modbus/crc16.hpp>
#include <wattpurse/codec/modbus/mbap.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/codec/modbus/rtu.hpp>
#include <wattpurse/link/modbus_job.hpp>
#include <wattpurse/link/modbus_line_timing.hpp>
#include <wattpurse/link/modbus_match.hpp>

namespace wattpurse::link {

/// What a small master speaks over.
enum class small_transport : std::uint8_t { rtu, tcp };

/// How often what happened. Counters wrap.
struct small_modbus_counters {
    std::uint16_t requests = 0;  ///< sent, retries among them
    std::uint16_t retries = 0;
    std::uint16_t foreign = 0;   ///< late, from other units, or of another form
    std::uint16_t bad_bytes = 0; ///< in no frame
};

/// A Modbus client for a microcontroller, RTU or TCP: what the large ones are, without a queue, in
/// less than 512 bytes with all its buffers. One exchange at a time, timeout and retry, any answer
/// received. Timing is that of a lenient line: what follows noise is found.
///
///     master.submit(job);                          // false while another is not done
///     while (master.advance(now, event)) ...       // may start to send
///     write(master.pending_output()); master.consume(n);
///     while (!bytes.empty()) {                     // as they come
///         bytes = bytes.subspan(master.receive(bytes, now));
///         while (master.advance(now, event)) ...   // until there is no more event
///     }
///     wake me at master.next_deadline();           // and call advance then
///
/// Each attempt over TCP has a transaction id of its own, and ids come round only after 65535
/// others: a late answer matches nothing. On a serial line an answer is proven unless something was
/// not answered within the `late_window` before.
///
/// `RequestMax` is the longest PDU that it can send.
template <std::size_t RequestMax = 64>
class small_modbus_master {
public:
    static_assert(RequestMax >= 5 && RequestMax <= codec::modbus::pdu_size_max);

    /// The timing is not copied and has to live as long; on a microcontroller it lies in flash.
    constexpr small_modbus_master(small_transport transport,
                                  const modbus_line_timing& timing) noexcept
        : timing_{&timing}, is_tcp_{transport == small_transport::tcp}
    {
    }
    small_modbus_master(small_transport, const modbus_line_timing&&) = delete;

    /// False while another job is not done, and for a request that is empty or too long. The
    /// priority of the job does not matter here.
    [[nodiscard]] constexpr bool submit(const modbus_job& what) noexcept;
    /// Takes back a job that has not been sent yet; false when there is none of that id.
    constexpr bool cancel(std::uint64_t id) noexcept;

    /// Takes bytes and returns how many: at least one, once `advance` has returned false.
    constexpr std::size_t receive(byte_span bytes, instant now) noexcept;
    /// Looks at what came in, and at the clock. True: `out` is the outcome.
    [[nodiscard]] constexpr bool advance(instant now, modbus_event& out) noexcept;
    /// When `advance` is to be called next; `instant::max()` when there is nothing to do.
    [[nodiscard]] constexpr instant next_deadline() const noexcept;

    /// Bytes to be sent now, until they have been consumed.
    [[nodiscard]] constexpr byte_span pending_output() const noexcept
    {
        return {request_.data() + output_begin_,
                static_cast<std::size_t>(output_end_ - output_begin_)};
    }
    constexpr void consume(std::size_t count) noexcept
    {
        const std::size_t taken = std::min(count, pending_output().size());
        output_begin_ = static_cast<std::uint16_t>(output_begin_ + taken);
    }

    /// TCP: the stream has lost its meaning; connect anew and call `reconnected`.
    [[nodiscard]] constexpr bool broken() const noexcept { return is_broken_; }
    /// The connection was made anew: half-sent and half-received bytes are void. What is asked for
    /// stays asked for and runs into its timeout.
    constexpr void reconnected() noexcept
    {
        input_size_ = 0;
        output_begin_ = output_end_ = 0;
        is_broken_ = false;
    }

    [[nodiscard]] constexpr bool idle() const noexcept { return state_ == state::idle; }
    [[nodiscard]] constexpr bool busy() const noexcept { return state_ == state::asking; }
    [[nodiscard]] constexpr const small_modbus_counters& counters() const noexcept
    {
        return counters_;
    }

private:
    enum class state : std::uint8_t { idle, waiting, asking };
    enum class verdict : std::uint8_t { wait, frame, none };

    static constexpr std::size_t unit_at = codec::modbus::mbap_header_size - 1;
    static constexpr std::size_t pdu_at = codec::modbus::mbap_header_size;
    static constexpr std::size_t input_max = codec::modbus::mbap_size_max;

    [[nodiscard]] constexpr byte_span request_pdu() const noexcept
    {
        return {request_.data() + pdu_at, request_size_};
    }
    [[nodiscard]] constexpr bool is_broadcast() const noexcept
    {
        return !is_tcp_ && request_[unit_at] == 0;
    }
    [[nodiscard]] constexpr byte_span input() const noexcept
    {
        return {input_.data(), input_size_};
    }

    constexpr void close_gap(instant now) noexcept;
    [[nodiscard]] constexpr bool look(modbus_event& out, instant now) noexcept;
    [[nodiscard]] constexpr verdict judge_tcp(std::size_t& size) noexcept;
    [[nodiscard]] constexpr verdict judge_rtu(std::size_t& size) const noexcept;
    [[nodiscard]] constexpr bool take(std::size_t size, modbus_event& out, instant now) noexcept;
    constexpr void drop(std::size_t count) noexcept;
    constexpr void transmit(instant now) noexcept;
    constexpr void finish(modbus_event::kind_type kind, modbus_event& out, instant now) noexcept;
    [[nodiscard]] constexpr instant speaks_at() const noexcept;
    [[nodiscard]] constexpr instant attempt_deadline() const noexcept;

    const modbus_line_timing* timing_;
    std::uint64_t job_id_ = 0;
    instant sent_at_{};
    instant deadline_{};
    instant free_at_{};
    instant last_byte_at_{};
    instant noisy_since_{};  // the first byte after a silence
    instant doubtful_until_{};
    std::uint32_t timeout_ms_ = 0;
    std::uint16_t transaction_ = 0;
    std::uint16_t output_begin_ = 0;
    std::uint16_t output_end_ = 0;
    std::uint16_t input_size_ = 0;
    std::uint8_t request_size_ = 0;
    std::uint8_t attempts_ = 0;
    std::uint8_t attempts_max_ = 0;
    state state_ = state::idle;
    bool is_tcp_;
    bool is_broken_ = false;
    bool is_closed_ = false;  // a silence behind what came in
    small_modbus_counters counters_{};
    // Header of TCP, of which the unit id is the address of RTU; PDU; CRC of RTU.
    std::array<std::uint8_t, pdu_at + RequestMax + 2> request_{};
    std::array<std::uint8_t, input_max> input_{};
};

// ---------------------------------------------------------------------------------------------

namespace detail {

/// What lies at or behind where it goes. As a loop it is an eighth of the library's memmove.
constexpr void copy_forward(byte_span from, std::uint8_t* to) noexcept
{
    for (const std::uint8_t byte : from) {
        *to++ = byte;
    }
}

}  // namespace detail

template <std::size_t N>
constexpr bool small_modbus_master<N>::submit(const modbus_job& what) noexcept
{
    if (state_ != state::idle || what.request.size == 0 || what.request.size > N) {
        return false;
    }
    request_size_ = what.request.size;
    detail::copy_forward(what.request.view(), request_.data() + pdu_at);
    request_[unit_at] = what.unit;
    attempts_ = 0;
    attempts_max_ = what.attempts_max;
    job_id_ = what.id;
    timeout_ms_ = static_cast<std::uint32_t>(what.timeout.count());
    state_ = state::waiting;
    return true;
}

template <std::size_t N>
constexpr bool small_modbus_master<N>::cancel(std::uint64_t id) noexcept
{
    if (state_ != state::waiting || job_id_ != id) {
        return false;
    }
    request_.fill(0);  // requests carry passwords
    state_ = state::idle;
    return true;
}

/// On a serial line nothing goes on behind a silence; over TCP everything does.
template <std::size_t N>
constexpr void small_modbus_master<N>::close_gap(instant now) noexcept
{
    if (!is_tcp_ && input_size_ > 0 && now - last_byte_at_ >= timing_->gap_max) {
        is_closed_ = true;
    }
}

template <std::size_t N>
constexpr std::size_t small_modbus_master<N>::receive(byte_span bytes, instant now) noexcept
{
    close_gap(now);
    if (bytes.empty() || is_closed_) {
        return 0;  // first `advance` has to say what is left of what came before
    }
    if (now - last_byte_at_ >= timing_->quiet) {
        noisy_since_ = now;
    }
    last_byte_at_ = now;
    if (is_broken_ || (!is_tcp_ && state_ != state::asking)) {
        ++counters_.foreign;  // late, and of no use to anybody
        return bytes.size();
    }
    const std::size_t count = std::min(bytes.size(), input_max - input_size_);
    detail::copy_forward(bytes.first(count), input_.data() + input_size_);
    input_size_ = static_cast<std::uint16_t>(input_size_ + count);
    return count;
}

template <std::size_t N>
constexpr bool small_modbus_master<N>::advance(instant now, modbus_event& out) noexcept
{
    close_gap(now);
    if (look(out, now)) {
        return true;
    }
    if (state_ == state::asking && now >= attempt_deadline()) {
        if (!is_broadcast()) {
            doubtful_until_ = now + timing_->late_window;
            if (attempts_ < attempts_max_) {
                ++counters_.retries;
                state_ = state::waiting;
            }
        }
        if (state_ == state::asking) {
            finish(is_broadcast() ? modbus_event::kind_type::sent
                                  : modbus_event::kind_type::timed_out, out, now);
            return true;
        }
    }
    if (state_ == state::waiting && !is_broken_ && now >= speaks_at()) {
        transmit(now);
    }
    return false;
}

template <std::size_t N>
constexpr void small_modbus_master<N>::transmit(instant now) noexcept
{
    if (is_tcp_) {
        transaction_ = static_cast<std::uint16_t>(transaction_ + 1U);
        const auto size =
            codec::modbus::seal_mbap(transaction_, request_[unit_at], request_size_, request_);
        output_begin_ = 0;
        output_end_ = static_cast<std::uint16_t>(size.value_or(0));
    } else {
        const auto frame = std::span{request_}.subspan(unit_at);
        const auto size = codec::modbus::seal_rtu<codec::modbus::crc16_small>(
            request_[unit_at], request_size_, frame);
        output_begin_ = unit_at;
        output_end_ = static_cast<std::uint16_t>(unit_at + size.value_or(0));
        input_size_ = 0;
    }
    if (attempts_ == 0) {
        sent_at_ = now;
    }
    ++attempts_;
    ++counters_.requests;
    std::uint32_t wait_ms = timeout_ms_;
    if (is_broadcast()) {  // in 32 bits: 64-bit division is a long function on a small processor
        const std::uint32_t baud = timing_->baud;
        const std::uint32_t bits = (output_end_ - output_begin_) * 11U * 1000U;
        wait_ms = baud == 0 ? 0 : (bits + baud - 1) / baud;
    }
    deadline_ = now + duration{wait_ms};
    state_ = state::asking;
}

template <std::size_t N>
constexpr typename small_modbus_master<N>::verdict
small_modbus_master<N>::judge_tcp(std::size_t& size) noexcept
{
    if (input_size_ < 6) {
        return verdict::wait;
    }
    const std::size_t length = codec::modbus::word_at(input_, 4);
    size = 6 + length;
    if (length < codec::modbus::mbap_length_min || length > codec::modbus::mbap_length_max) {
        is_broken_ = true;
        input_size_ = 0;
        return verdict::wait;
    }
    return input_size_ < size ? verdict::wait : verdict::frame;
}

template <std::size_t N>
constexpr typename small_modbus_master<N>::verdict
small_modbus_master<N>::judge_rtu(std::size_t& size) const noexcept
{
    using codec::modbus::rtu_overhead;
    const rtu_hears_answers hears{request_[pdu_at]};
    bool is_told = false;
    size = input_size_;
    if (const auto pdu = hears.size(input().subspan(1), 0)) {
        is_told = *pdu != 0;
        size = is_told ? rtu_overhead + *pdu : size;
    }
    if (size > codec::modbus::rtu_size_max) {
        return verdict::none;
    }
    // Of unknown size is what a vendor's function answers: silence ends it.
    const bool goes_on = !is_told || size > input_size_;
    if (goes_on && !is_closed_ && input_size_ < codec::modbus::rtu_size_max) {
        return verdict::wait;
    }
    const bool is_whole = size <= input_size_ && size > rtu_overhead &&
                          codec::modbus::crc16_small::of(input().first(size)) == 0;
    return is_whole ? verdict::frame : verdict::none;
}

template <std::size_t N>
constexpr void small_modbus_master<N>::drop(std::size_t count) noexcept
{
    detail::copy_forward(input().subspan(count), input_.data());
    input_size_ = static_cast<std::uint16_t>(input_size_ - count);
}

/// Looks for the answer in what came in; what is none is dropped.
template <std::size_t N>
constexpr bool small_modbus_master<N>::look(modbus_event& out, instant now) noexcept
{
    while (input_size_ > 0) {
        std::size_t size = 1;
        switch (is_tcp_ ? judge_tcp(size) : judge_rtu(size)) {
            case verdict::wait: return false;
            case verdict::none:
                ++counters_.bad_bytes;
                drop(1);
                break;
            case verdict::frame:
                if (take(size, out, now)) {
                    return true;
                }
                ++counters_.foreign;
                drop(size);
                break;
        }
    }
    is_closed_ = false;
    return false;
}

template <std::size_t N>
constexpr bool small_modbus_master<N>::take(std::size_t size, modbus_event& out,
                                            instant now) noexcept
{
    const std::size_t begin = is_tcp_ ? pdu_at : 1;
    const std::size_t end = is_tcp_ ? size : size - 2;
    const byte_span pdu = input().subspan(begin, end - begin);
    const bool is_ours = is_tcp_ ? codec::modbus::word_at(input_, 0) == transaction_ &&
                                       codec::modbus::word_at(input_, 2) == 0
                                 : !is_broadcast();
    if (state_ != state::asking || !is_ours || input_[begin - 1] != request_[unit_at]) {
        return false;
    }
    const auto why = refusal_of(pdu, request_pdu());
    const bool is_refusal = why != codec::modbus::exception_code::none;
    if (!is_refusal && !is_answer_to(pdu, request_pdu())) {
        return false;
    }
    finish(is_refusal ? modbus_event::kind_type::refused : modbus_event::kind_type::answered, out,
           now);
    out.exception = why;
    out.is_proven = is_tcp_ || now >= doubtful_until_;
    detail::copy_forward(pdu, out.answer.bytes.data());
    out.answer.size = static_cast<std::uint8_t>(pdu.size());
    drop(size);
    return true;
}

template <std::size_t N>
constexpr void small_modbus_master<N>::finish(modbus_event::kind_type kind, modbus_event& out,
                                              instant now) noexcept
{
    out.kind = kind;
    out.job_id = job_id_;
    out.unit = request_[unit_at];
    out.answer.size = 0;
    out.answer.bytes[0] = 0;
    out.exception = codec::modbus::exception_code::none;
    out.is_proven = false;
    out.attempts = attempts_;
    out.sent_at = sent_at_;
    out.at = now;
    free_at_ = kind == modbus_event::kind_type::sent ? now + timing_->broadcast_delay : now;
    request_.fill(0);  // requests carry passwords
    output_begin_ = output_end_ = 0;
    state_ = state::idle;
}

/// Half-duplex: the line has been silent for t3.5, or never will be.
template <std::size_t N>
constexpr instant small_modbus_master<N>::speaks_at() const noexcept
{
    if (is_tcp_) {
        return free_at_;
    }
    return std::max(free_at_, std::min(last_byte_at_ + timing_->quiet,
                                       noisy_since_ + timing_->drain_max));
}

/// A frame that is still coming in when time is up may end, but not for ever.
template <std::size_t N>
constexpr instant small_modbus_master<N>::attempt_deadline() const noexcept
{
    if (is_tcp_ || input_size_ == 0) {
        return deadline_;
    }
    return std::max(deadline_, std::min(last_byte_at_ + timing_->gap_max,
                                        deadline_ + timing_->drain_max));
}

template <std::size_t N>
constexpr instant small_modbus_master<N>::next_deadline() const noexcept
{
    instant next = !is_tcp_ && input_size_ > 0 ? last_byte_at_ + timing_->gap_max
                                               : instant::max();
    if (state_ == state::asking) {
        next = std::min(next, attempt_deadline());
    } else if (state_ == state::waiting && !is_broken_) {
        next = std::min(next, speaks_at());
    }
    return next;
}

}  // namespace wattpurse::link
