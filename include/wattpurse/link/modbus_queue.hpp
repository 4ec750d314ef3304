// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/link/modbus_job.hpp>

namespace wattpurse::link {

/// The jobs of a Modbus client, from `submit` until their event is fetched: those that wait, by
/// priority and in order, those that are under way, and the outcomes. A job stays where it is, and
/// its answer takes the place of its request, so that each is copied once in and once out, and
/// no outcome can be lost for lack of room.
template <std::size_t Capacity>
class modbus_queue {
public:
    static_assert(Capacity > 0 && Capacity < 0xFFFF);
    static constexpr std::size_t capacity = Capacity;
    using index = std::uint16_t;
    static constexpr index none = 0xFFFF;

    struct entry {
        std::uint64_t id = 0;
        instant sent_at{};   // first attempt
        instant deadline{};  // of the present attempt
        duration timeout{};
        instant at{};        // of the outcome
        std::uint32_t order = 0;
        index next = none;
        priority prio = priority::reading;
        std::uint8_t unit = 0;
        std::uint8_t attempts = 0;
        std::uint8_t attempts_max = 1;
        std::uint8_t busy = 0;  // times it came back as busy and was queued again
        modbus_event::kind_type kind = modbus_event::kind_type::timed_out;
        codec::modbus::exception_code exception = codec::modbus::exception_code::none;
        bool is_proven = false;
        std::uint8_t size = 0;
        std::array<std::uint8_t, codec::modbus::pdu_size_max> bytes;  // request, then answer

        [[nodiscard]] constexpr byte_span pdu() const noexcept { return {bytes.data(), size}; }
    };

    constexpr modbus_queue() noexcept
    {
        for (index i = 0; i < Capacity; ++i) {
            entries_[i].next = i + 1U < Capacity ? static_cast<index>(i + 1U) : none;
        }
    }

    /// False when it is full, or the request is empty or longer than a PDU.
    [[nodiscard]] constexpr bool add(const modbus_job& what) noexcept;
    /// Takes back a job that waits and has never been sent.
    constexpr bool remove(std::uint64_t id) noexcept;

    [[nodiscard]] constexpr entry& operator[](index at) noexcept { return entries_[at]; }
    [[nodiscard]] constexpr const entry& operator[](index at) const noexcept
    {
        return entries_[at];
    }

    /// The first that waits and that `may_start(entry)`, by priority and in order; `none`.
    template <class MayStart>
    [[nodiscard]] constexpr index first(MayStart may_start) const noexcept;
    /// Takes out a job that waits: it is under way now.
    constexpr void take(index at) noexcept;
    /// A job that was under way waits again, before what came after it.
    constexpr void put_back(index at) noexcept;
    /// The outcome of a job that is in no list: `kind` and whatever else is set in the entry.
    constexpr void finish(index at, modbus_event::kind_type kind, instant now) noexcept;
    /// The answer, in the place of the request.
    constexpr void answer(index at, byte_span pdu) noexcept;

    /// The oldest outcome that has not been fetched.
    [[nodiscard]] constexpr bool next_event(modbus_event& out) noexcept;

    [[nodiscard]] constexpr std::size_t waiting() const noexcept { return waiting_; }
    [[nodiscard]] constexpr bool is_full() const noexcept { return free_ == none; }
    [[nodiscard]] constexpr bool has_events() const noexcept { return done_.head != none; }
    /// The priority of the job that is to go next; background when none waits.
    [[nodiscard]] constexpr priority best_waiting() const noexcept;

private:
    static constexpr std::size_t priority_count = 4;
    struct list {
        index head = none;
        index tail = none;
    };

    [[nodiscard]] constexpr list& list_of(const entry& what) noexcept
    {
        return lists_[static_cast<std::size_t>(what.prio)];
    }
    [[nodiscard]] constexpr bool is_older(index a, index b) const noexcept
    {
        return static_cast<std::int32_t>(entries_[a].order - entries_[b].order) < 0;
    }
    constexpr void append(list& to, index at) noexcept;
    constexpr void unlink(list& from, index at) noexcept;
    constexpr void release(index at) noexcept;

    std::array<entry, Capacity> entries_{};
    std::array<list, priority_count> lists_{};
    list done_{};
    index free_ = 0;
    std::uint32_t order_ = 0;
    std::size_t waiting_ = 0;
};

// ---------------------------------------------------------------------------------------------

template <std::size_t N>
constexpr bool modbus_queue<N>::add(const modbus_job& what) noexcept
{
    if (free_ == none || what.request.size == 0 ||
        what.request.size > codec::modbus::pdu_size_max) {
        return false;
    }
    const index at = free_;
    entry& to = entries_[at];
    free_ = to.next;
    to.id = what.id;
    to.order = order_++;
    to.sent_at = instant{};
    to.timeout = what.timeout;
    to.prio = what.prio <= priority::background ? what.prio : priority::background;
    to.unit = what.unit;
    to.attempts = 0;
    to.attempts_max = what.attempts_max;
    to.busy = 0;
    to.exception = codec::modbus::exception_code::none;
    to.is_proven = false;
    to.size = what.request.size;
    std::copy(what.request.view().begin(), what.request.view().end(), to.bytes.begin());
    append(list_of(to), at);
    ++waiting_;
    return true;
}

template <std::size_t N>
constexpr void modbus_queue<N>::append(list& to, index at) noexcept
{
    entries_[at].next = none;
    if (to.head == none) {
        to.head = at;
    } else {
        entries_[to.tail].next = at;
    }
    to.tail = at;
}

template <std::size_t N>
constexpr void modbus_queue<N>::unlink(list& from, index at) noexcept
{
    if (from.head == at) {
        from.head = entries_[at].next;
        return;
    }
    index before = from.head;
    while (entries_[before].next != at) {
        before = entries_[before].next;
        WATTPURSE_ASSERT(before != none);
    }
    entries_[before].next = entries_[at].next;
    if (from.tail == at) {
        from.tail = before;
    }
}

template <std::size_t N>
constexpr void modbus_queue<N>::release(index at) noexcept
{
    entries_[at].next = free_;
    free_ = at;
}

template <std::size_t N>
constexpr bool modbus_queue<N>::remove(std::uint64_t id) noexcept
{
    for (list& each : lists_) {
        for (index at = each.head; at != none; at = entries_[at].next) {
            if (entries_[at].id == id && entries_[at].attempts == 0) {
                unlink(each, at);
                entries_[at].bytes.fill(0);  // requests carry passwords
                release(at);
                --waiting_;
                return true;
            }
        }
    }
    return false;
}

template <std::size_t N>
template <class MayStart>
constexpr typename modbus_queue<N>::index
modbus_queue<N>::first(MayStart may_start) const noexcept
{
    for (const list& each : lists_) {
        for (index at = each.head; at != none; at = entries_[at].next) {
            if (may_start(entries_[at])) {
                return at;
            }
        }
    }
    return none;
}

template <std::size_t N>
constexpr void modbus_queue<N>::take(index at) noexcept
{
    unlink(list_of(entries_[at]), at);
    --waiting_;
}

template <std::size_t N>
constexpr void modbus_queue<N>::put_back(index at) noexcept
{
    list& to = list_of(entries_[at]);
    index before = none;
    for (index each = to.head; each != none && is_older(each, at); each = entries_[each].next) {
        before = each;
    }
    index& link = before == none ? to.head : entries_[before].next;
    entries_[at].next = link;
    link = at;
    if (entries_[at].next == none) {
        to.tail = at;
    }
    ++waiting_;
}

template <std::size_t N>
constexpr void modbus_queue<N>::finish(index at, modbus_event::kind_type kind,
                                       instant now) noexcept
{
    using what = modbus_event::kind_type;
    entries_[at].kind = kind;
    entries_[at].at = now;
    if (kind != what::answered && kind != what::refused) {
        answer(at, {});
    }
    append(done_, at);
}

template <std::size_t N>
constexpr void modbus_queue<N>::answer(index at, byte_span pdu) noexcept
{
    entry& to = entries_[at];
    std::copy(pdu.begin(), pdu.end(), to.bytes.begin());
    if (to.size > pdu.size()) {  // requests carry passwords
        std::fill(to.bytes.begin() + static_cast<std::ptrdiff_t>(pdu.size()),
                  to.bytes.begin() + to.size, std::uint8_t{0});
    }
    to.size = static_cast<std::uint8_t>(pdu.size());
}

template <std::size_t N>
constexpr bool modbus_queue<N>::next_event(modbus_event& out) noexcept
{
    if (done_.head == none) {
        return false;
    }
    const index at = done_.head;
    const entry& from = entries_[at];
    out.kind = from.kind;
    out.job_id = from.id;
    out.unit = from.unit;
    out.answer.bytes[0] = 0;  // what no function is, where there is no answer
    out.answer.size = from.size;
    std::copy(from.pdu().begin(), from.pdu().end(), out.answer.bytes.begin());
    out.exception = from.exception;
    out.is_proven = from.is_proven;
    out.attempts = from.attempts;
    out.sent_at = from.sent_at;
    out.at = from.at;
    done_.head = from.next;
    release(at);
    return true;
}

template <std::size_t N>
constexpr priority modbus_queue<N>::best_waiting() const noexcept
{
    for (std::size_t i = 0; i < priority_count; ++i) {
        if (lists_[i].head != none) {
            return static_cast<priority>(i);
        }
    }
    return priority::background;
}

}  // namespace wattpurse::link
