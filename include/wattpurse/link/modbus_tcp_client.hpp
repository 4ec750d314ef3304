// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/modbus/adu.hpp>
#include <wattpurse/codec/modbus/mbap.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/link/modbus_job.hpp>
#include <wattpurse/link/modbus_match.hpp>
#include <wattpurse/link/modbus_queue.hpp>
#include <wattpurse/link/modbus_window.hpp>
#include <wattpurse/link/transaction_ids.hpp>
#include <wattpurse/link/unit_backoff.hpp>

namespace wattpurse::link {

/// How a client over TCP or UDP behaves.
struct modbus_tcp_client_options {
    /// Most transactions under way at once (TCP guide 1.0b, 4.4.1.3: servers take 1 to 16). Fewer
    /// where the server is busy or loses some, see `modbus_window`.
    std::uint8_t window = 4;
    /// Never two to one unit: for gateways that mix up what a unit answers.
    bool one_per_unit = false;
    /// Unit 0 goes to all behind a gateway, and nobody answers. Else it is a unit as others are,
    /// and most devices take it for themselves.
    bool zero_is_broadcast = false;
    /// UDP: each piece of output is one datagram, and so is each that is received.
    bool datagrams = false;
    /// At least so long the id of a transaction that was not answered is not used again.
    duration quarantine{60'000};
    /// After so many timeouts without one byte from the other side in between (those that were
    /// under way together count once), the connection counts as broken: some gateways restart
    /// without a word. 0: never.
    std::uint8_t silences_until_broken = 8;
    backoff_options backoff{};
};

/// The client's end of one Modbus TCP connection, or of UDP: a bounded queue of jobs, several of
/// them under way at once, timeout and retry. Sans-IO, driven as `basic_bus` is:
///
///     client.submit(job);
///     client.advance(now);                    // may start jobs
///     write(client.pending_output()); client.consume(n);
///     client.receive(bytes, now);             // as they come
///     while (client.next_event(event)) ...    // after receive and advance
///     if (client.broken()) connect anew, then client.reconnected();
///     wake me at client.next_deadline();      // and call advance then; in the past means at once
///
/// An answer belongs to a request by its transaction id, and only where unit id, function, echoed
/// fields and amount of data agree as well; all others are dropped and counted. They may come in
/// any order. Jobs start by priority and then in order, and a server may work on several at once:
/// whoever needs one done before the next waits for its event.
///
/// A job that exception 06 comes for while others are under way was not carried out and goes again
/// by itself; the exception is told when the request was alone.
///
/// It holds `Capacity` jobs, from `submit` until their event is fetched.
template <std::size_t Capacity, std::size_t WindowMax = 16>
class basic_modbus_tcp_client {
public:
    static_assert(WindowMax >= 1 && WindowMax <= 16);
    static constexpr std::size_t capacity = Capacity;
    static constexpr std::size_t window_max = WindowMax;

    constexpr basic_modbus_tcp_client() noexcept
        : basic_modbus_tcp_client{modbus_tcp_client_options{}}
    {
    }
    constexpr explicit basic_modbus_tcp_client(const modbus_tcp_client_options& options) noexcept
        : options_{options},
          window_{std::min<std::uint8_t>(options.window, WindowMax)},
          ids_{options.quarantine},
          backoff_{options.backoff}
    {
    }

    /// False when it holds as many jobs as it can, or the request is empty.
    [[nodiscard]] constexpr bool submit(const modbus_job& what) noexcept;
    /// Takes back a job that has not been sent yet; false when there is none of that id.
    constexpr bool cancel(std::uint64_t id) noexcept;

    constexpr void receive(byte_span bytes, instant now) noexcept;
    constexpr void advance(instant now) noexcept;
    /// When `advance` is to be called next; `instant::max()` when there is nothing to do.
    [[nodiscard]] constexpr instant next_deadline() const noexcept;

    /// Bytes to be sent now, until they have been consumed; of UDP one datagram.
    [[nodiscard]] constexpr byte_span pending_output() const noexcept;
    constexpr void consume(std::size_t count) noexcept;

    /// The oldest event not yet fetched; false when there is none.
    [[nodiscard]] constexpr bool next_event(modbus_event& out) noexcept
    {
        return queue_.next_event(out);
    }

    /// The stream has lost its meaning, or the other side says nothing any more: connect anew.
    /// Until `reconnected` nothing is sent and nothing is believed.
    [[nodiscard]] constexpr bool broken() const noexcept { return broken_; }

    /// The connection was made anew: half-sent and half-received bytes are void. What had not been
    /// sent at all, and what has attempts left, goes again; the rest has timed out, and whether it
    /// was carried out is not known.
    constexpr void reconnected() noexcept;

    /// Nothing asked, nothing queued.
    [[nodiscard]] constexpr bool idle() const noexcept
    {
        return under_way_ == 0 && queue_.waiting() == 0;
    }
    [[nodiscard]] constexpr bool busy() const noexcept { return under_way_ != 0; }
    [[nodiscard]] constexpr std::size_t queued() const noexcept { return queue_.waiting(); }
    /// Transactions that wait for their answer, and how many may at present.
    [[nodiscard]] constexpr std::size_t under_way() const noexcept { return under_way_; }
    [[nodiscard]] constexpr std::size_t window() const noexcept { return window_.size(); }
    [[nodiscard]] constexpr const modbus_counters& counters() const noexcept { return counters_; }
    [[nodiscard]] constexpr const unit_backoff& backoff() const noexcept { return backoff_; }

private:
    using queue = modbus_queue<Capacity>;
    using index = typename queue::index;
    using entry = typename queue::entry;
    static constexpr std::size_t header_size = codec::modbus::mbap_header_size;
    static constexpr std::size_t adu_size_max = codec::modbus::mbap_size_max;

    enum class wait_for : std::uint8_t { nothing, output, answers };

    /// What is under way; the oldest first.
    struct transaction {
        index job = queue::none;
        std::uint32_t number = 0;    // counts all requests
        std::uint32_t begins_at = 0; // in the stream of all bytes to be sent
    };

    constexpr void take(const codec::modbus::adu& what, instant now) noexcept;
    constexpr void answer(std::size_t position, byte_span pdu, instant now) noexcept;
    constexpr void refuse(std::size_t position, byte_span pdu, instant now) noexcept;
    constexpr void expire(std::size_t position, instant now) noexcept;
    constexpr void note_silence(std::uint32_t number) noexcept;
    constexpr void start(instant now) noexcept;
    [[nodiscard]] constexpr bool transmit(index job, instant now) noexcept;
    [[nodiscard]] constexpr bool make_output_room(std::size_t size) noexcept;
    constexpr index close(std::size_t position) noexcept;
    constexpr void break_off() noexcept;
    constexpr void finish(index job, modbus_event::kind_type kind, instant now) noexcept;
    [[nodiscard]] constexpr bool may_repeat(const entry& job) const noexcept
    {
        return job.attempts - job.busy < job.attempts_max;
    }
    [[nodiscard]] constexpr bool may_start() const noexcept
    {
        return !broken_ && stuck_ == wait_for::nothing && under_way_ < window_.size() &&
               queue_.waiting() > 0;
    }
    [[nodiscard]] constexpr std::size_t position_of(std::uint16_t id) const noexcept;

    modbus_tcp_client_options options_{};
    modbus_window window_;
    transaction_ids ids_;
    unit_backoff backoff_;

    std::array<std::uint16_t, WindowMax> used_ids_{};  // apart from the rest: they are searched
    std::array<transaction, WindowMax> transactions_{};
    std::size_t under_way_ = 0;
    std::uint32_t number_ = 0;
    wait_for stuck_ = wait_for::nothing;  // before that, nothing that is queued can start
    bool broken_ = false;
    std::uint8_t silences_ = 0;     // timeouts without a byte in between
    std::uint32_t silent_at_ = 0;   // the newest request when the last of them was counted
    instant now_{};

    codec::modbus::mbap_framer framer_{};
    std::array<std::uint8_t, WindowMax * adu_size_max> output_{};
    std::size_t output_begin_ = 0;
    std::size_t output_end_ = 0;
    std::uint32_t consumed_ = 0;  // bytes sent since ever

    modbus_counters counters_{};
    queue queue_{};
};

/// The client of a data centre or gateway; about 50 kB.
using modbus_tcp_client = basic_modbus_tcp_client<128>;

// ---------------------------------------------------------------------------------------------

template <std::size_t N, std::size_t W>
constexpr bool basic_modbus_tcp_client<N, W>::submit(const modbus_job& what) noexcept
{
    if (queue_.add(what)) {
        stuck_ = wait_for::nothing;
        return true;
    }
    if (queue_.is_full()) {
        ++counters_.queue_full;
    }
    return false;
}

template <std::size_t N, std::size_t W>
constexpr bool basic_modbus_tcp_client<N, W>::cancel(std::uint64_t id) noexcept
{
    return queue_.remove(id);
}

template <std::size_t N, std::size_t W>
constexpr void basic_modbus_tcp_client<N, W>::receive(byte_span bytes, instant now) noexcept
{
    now_ = now;
    if (bytes.empty() || broken_) {
        return;
    }
    silences_ = 0;
    if (options_.datagrams) {
        if (const auto found = codec::modbus::decode_mbap(bytes)) {
            take(*found, now);
        } else {
            ++counters_.bad_frames;
        }
        return;
    }
    using kind = codec::modbus::mbap_event::kind_type;
    for (auto found = framer_.next(bytes); found.kind != kind::nothing;
         found = framer_.next(bytes)) {
        switch (found.kind) {
            case kind::adu: take(found.adu, now); break;
            case kind::foreign: ++counters_.discarded; break;
            case kind::broken:
                ++counters_.bad_frames;
                break_off();
                return;
            case kind::nothing: break;
        }
    }
}

template <std::size_t N, std::size_t W>
constexpr void basic_modbus_tcp_client<N, W>::break_off() noexcept
{
    broken_ = true;
    ++counters_.broken;
}

template <std::size_t N, std::size_t W>
constexpr std::size_t
basic_modbus_tcp_client<N, W>::position_of(std::uint16_t id) const noexcept
{
    std::size_t at = 0;
    while (at < under_way_ && used_ids_[at] != id) {
        ++at;
    }
    return at;
}

template <std::size_t N, std::size_t W>
constexpr void basic_modbus_tcp_client<N, W>::take(const codec::modbus::adu& what,
                                                   instant now) noexcept
{
    const std::size_t position = position_of(what.transaction);
    if (position == under_way_) {
        ++(ids_.is_set_aside(what.transaction) ? counters_.late : counters_.unasked);
        return;
    }
    const entry& asked = queue_[transactions_[position].job];
    if (what.unit != asked.unit) {
        ++counters_.foreign;
    } else if (refusal_of(what.pdu, asked.pdu()) != codec::modbus::exception_code::none) {
        refuse(position, what.pdu, now);
    } else if (is_answer_to(what.pdu, asked.pdu())) {
        answer(position, what.pdu, now);
    } else {
        ++counters_.foreign;
    }
}

template <std::size_t N, std::size_t W>
constexpr void basic_modbus_tcp_client<N, W>::answer(std::size_t position, byte_span pdu,
                                                     instant now) noexcept
{
    const index job = close(position);
    window_.note_answer(queue_[job].unit);
    backoff_.note_answer(queue_[job].unit);
    queue_.answer(job, pdu);
    queue_[job].is_proven = true;
    finish(job, modbus_event::kind_type::answered, now);
}

template <std::size_t N, std::size_t W>
constexpr void basic_modbus_tcp_client<N, W>::refuse(std::size_t position, byte_span pdu,
                                                     instant now) noexcept
{
    using codec::modbus::exception_code;
    constexpr std::uint8_t busy_max = 16;
    const std::uint32_t number = transactions_[position].number;
    const bool was_alone = under_way_ == 1;
    const index job = close(position);
    entry& asked = queue_[job];
    const exception_code why = refusal_of(pdu, asked.pdu());
    if (why == exception_code::server_device_busy) {
        ++counters_.busy;
        window_.note_busy(number, number_);
        if (!was_alone && asked.busy < busy_max) {
            ++asked.busy;
            queue_.put_back(job);
            return;
        }
    }
    // What a gateway says of a device that it does not hear is no sign of life.
    if (why == exception_code::gateway_target_failed_to_respond ||
        why == exception_code::gateway_path_unavailable) {
        backoff_.note_silence(asked.unit, now);
    } else {
        window_.note_answer(asked.unit);
        backoff_.note_answer(asked.unit);
    }
    asked.exception = why;
    asked.is_proven = true;
    queue_.answer(job, pdu);
    finish(job, modbus_event::kind_type::refused, now);
}

/// Takes a transaction out of those under way and returns its job.
template <std::size_t N, std::size_t W>
constexpr typename basic_modbus_tcp_client<N, W>::index
basic_modbus_tcp_client<N, W>::close(std::size_t position) noexcept
{
    const index job = transactions_[position].job;
    --under_way_;
    for (std::size_t i = position; i < under_way_; ++i) {
        used_ids_[i] = used_ids_[i + 1];
        transactions_[i] = transactions_[i + 1];
    }
    stuck_ = wait_for::nothing;
    return job;
}

template <std::size_t N, std::size_t W>
constexpr void basic_modbus_tcp_client<N, W>::finish(index job, modbus_event::kind_type kind,
                                                     instant now) noexcept
{
    using what = modbus_event::kind_type;
    switch (kind) {
        case what::answered: ++counters_.answered; break;
        case what::refused: ++counters_.refused; break;
        case what::timed_out: ++counters_.timed_out; break;
        case what::backed_off: ++counters_.backed_off; break;
        case what::sent: break;
    }
    queue_.finish(job, kind, now);
}

template <std::size_t N, std::size_t W>
constexpr void basic_modbus_tcp_client<N, W>::advance(instant now) noexcept
{
    now_ = now;
    if (now >= ids_.turns_at()) {
        ids_.advance(now);
        stuck_ = wait_for::nothing;
    }
    for (std::size_t i = 0; i < under_way_;) {
        if (now >= queue_[transactions_[i].job].deadline) {
            expire(i, now);
        } else {
            ++i;
        }
    }
    if (may_start()) {
        start(now);
    }
}

template <std::size_t N, std::size_t W>
constexpr void basic_modbus_tcp_client<N, W>::expire(std::size_t position, instant now) noexcept
{
    ids_.set_aside(used_ids_[position], now);
    const std::uint32_t number = transactions_[position].number;
    const index job = close(position);
    entry& asked = queue_[job];
    window_.note_loss(asked.unit, number, number_);
    note_silence(number);
    // A unit that was silent before is asked once, to see whether it has come back.
    const bool is_test = backoff_.is_silent(asked.unit) && asked.prio >= priority::reading;
    if (may_repeat(asked) && !is_test) {
        queue_.put_back(job);
        return;
    }
    backoff_.note_silence(asked.unit, now);
    finish(job, modbus_event::kind_type::timed_out, now);
}

/// Those that were under way together count once.
template <std::size_t N, std::size_t W>
constexpr void basic_modbus_tcp_client<N, W>::note_silence(std::uint32_t number) noexcept
{
    if (options_.datagrams || options_.silences_until_broken == 0 || broken_ ||
        static_cast<std::int32_t>(number - silent_at_) <= 0) {
        return;
    }
    silent_at_ = number_;
    if (++silences_ >= options_.silences_until_broken) {
        break_off();
    }
}

template <std::size_t N, std::size_t W>
constexpr void basic_modbus_tcp_client<N, W>::start(instant now) noexcept
{
    const auto may_start = [this](const entry& job) {
        if (!options_.one_per_unit) {
            return true;
        }
        for (std::size_t i = 0; i < under_way_; ++i) {
            if (queue_[transactions_[i].job].unit == job.unit) {
                return false;
            }
        }
        return true;
    };
    while (under_way_ < window_.size() && queue_.waiting() > 0) {
        const index job = queue_.first(may_start);
        if (job == queue::none) {
            stuck_ = wait_for::answers;
            return;
        }
        const entry& what = queue_[job];
        if (backoff_.holds_back(what.unit, what.prio, now)) {
            queue_.take(job);
            finish(job, what.attempts == 0 ? modbus_event::kind_type::backed_off
                                           : modbus_event::kind_type::timed_out, now);
        } else if (!make_output_room(header_size + what.size)) {
            stuck_ = wait_for::output;
            return;
        } else if (!transmit(job, now)) {
            stuck_ = wait_for::answers;
            return;
        }
    }
}

/// False when no transaction id is free: all are set aside.
template <std::size_t N, std::size_t W>
constexpr bool basic_modbus_tcp_client<N, W>::transmit(index job, instant now) noexcept
{
    entry& what = queue_[job];
    const std::uint16_t id = ids_.next([this](std::uint16_t each) {
        return position_of(each) != under_way_;
    });
    if (id == 0) {
        return false;
    }
    queue_.take(job);
    const auto begins_at = consumed_ + static_cast<std::uint32_t>(output_end_ - output_begin_);
    const auto size = codec::modbus::encode_mbap({id, what.unit, what.pdu()},
                                                 std::span{output_}.subspan(output_end_));
    output_end_ += size ? *size : 0;
    ++counters_.requests;
    if (what.attempts++ == 0) {
        what.sent_at = now;
    } else {
        ++counters_.retries;
    }
    what.deadline = now + what.timeout;
    if (what.unit == 0 && options_.zero_is_broadcast) {
        ids_.set_aside(id, now);
        finish(job, modbus_event::kind_type::sent, now);
        return true;
    }
    used_ids_[under_way_] = id;
    transactions_[under_way_] = {job, ++number_, begins_at};
    ++under_way_;
    return true;
}

template <std::size_t N, std::size_t W>
constexpr bool basic_modbus_tcp_client<N, W>::make_output_room(std::size_t size) noexcept
{
    if (output_.size() - output_end_ >= size) {
        return true;
    }
    const std::size_t waiting = output_end_ - output_begin_;
    if (output_.size() - waiting < size) {
        return false;
    }
    std::copy(output_.begin() + static_cast<std::ptrdiff_t>(output_begin_),
              output_.begin() + static_cast<std::ptrdiff_t>(output_end_), output_.begin());
    output_begin_ = 0;
    output_end_ = waiting;
    return true;
}

template <std::size_t N, std::size_t W>
constexpr byte_span basic_modbus_tcp_client<N, W>::pending_output() const noexcept
{
    const byte_span all{output_.data() + output_begin_, output_end_ - output_begin_};
    return options_.datagrams && all.size() > header_size
               ? all.first(6U + codec::modbus::word_at(all, 4))
               : all;
}

template <std::size_t N, std::size_t W>
constexpr void basic_modbus_tcp_client<N, W>::consume(std::size_t count) noexcept
{
    // There is no such thing as half a datagram.
    const std::size_t taken = options_.datagrams && count > 0
                                  ? pending_output().size()
                                  : std::min(count, output_end_ - output_begin_);
    // Requests carry passwords.
    std::fill_n(output_.begin() + static_cast<std::ptrdiff_t>(output_begin_), taken,
                std::uint8_t{0});
    output_begin_ += taken;
    consumed_ += static_cast<std::uint32_t>(taken);
    if (output_begin_ == output_end_) {
        output_begin_ = output_end_ = 0;
    }
    if (stuck_ == wait_for::output) {
        stuck_ = wait_for::nothing;
    }
}

template <std::size_t N, std::size_t W>
constexpr instant basic_modbus_tcp_client<N, W>::next_deadline() const noexcept
{
    if (may_start()) {
        return instant{};
    }
    instant next = queue_.waiting() > 0 ? ids_.turns_at() : instant::max();
    for (std::size_t i = 0; i < under_way_; ++i) {
        next = std::min(next, queue_[transactions_[i].job].deadline);
    }
    return next;
}

template <std::size_t N, std::size_t W>
constexpr void basic_modbus_tcp_client<N, W>::reconnected() noexcept
{
    while (under_way_ > 0) {
        const transaction last = transactions_[under_way_ - 1];
        ids_.set_aside(used_ids_[under_way_ - 1], now_);
        const index job = close(under_way_ - 1);
        entry& asked = queue_[job];
        if (static_cast<std::int32_t>(last.begins_at - consumed_) >= 0) {
            --asked.attempts;  // no byte of it has left
            queue_.put_back(job);
        } else if (may_repeat(asked)) {
            queue_.put_back(job);
        } else {
            finish(job, modbus_event::kind_type::timed_out, now_);
        }
    }
    broken_ = false;
    stuck_ = wait_for::nothing;
    silences_ = 0;
    framer_.reset();
    output_.fill(0);  // requests carry passwords
    output_begin_ = output_end_ = 0;
}

}  // namespace wattpurse::link
