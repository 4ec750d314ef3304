// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/modbus/adu.hpp>
#include <wattpurse/codec/modbus/pdu_size.hpp>
#include <wattpurse/codec/modbus/rtu.hpp>
#include <wattpurse/codec/modbus/rtu_event.hpp>

namespace wattpurse::codec::modbus {

/// What a server hears. On a line with several it hears the answers of the others as well: garbage
/// to it, but for `rtu_hears_all`.
struct rtu_hears_requests {
    static constexpr int readings = 1;
    [[nodiscard]] constexpr std::optional<std::size_t> size(byte_span begun, int) const noexcept
    {
        return request_size(begun);
    }
    /// Whether a function that does not say how long it is is looked for behind noise.
    [[nodiscard]] constexpr bool awaits(std::uint8_t) const noexcept { return false; }
};

/// What a client hears: the answer to what it has asked.
struct rtu_hears_responses {
    std::uint8_t asked_function = 0;
    static constexpr int readings = 1;
    [[nodiscard]] constexpr std::optional<std::size_t> size(byte_span begun, int) const noexcept
    {
        return response_size(asked_function, begun);
    }
    [[nodiscard]] constexpr bool awaits(std::uint8_t function) const noexcept
    {
        return function == asked_function;
    }
};

/// What lies on the line, both ways: for tools, and for servers among others. A frame that could be
/// either is taken as whichever has the right CRC, the shorter one first.
struct rtu_hears_all {
    static constexpr int readings = 2;
    [[nodiscard]] constexpr std::optional<std::size_t> size(byte_span begun,
                                                            int reading) const noexcept
    {
        return reading == 0 ? request_size(begun) : response_size(0, begun);
    }
    [[nodiscard]] constexpr bool awaits(std::uint8_t) const noexcept { return false; }
};

/// Finds frames in a stream of bytes cut anywhere. Where a frame ends follows from its function
/// and counts, so that it is there with its last byte and no silence need be waited for. What does
/// not say how long it is (vendors' functions), or says it wrongly, is a frame if it stands between
/// two silences. The CRC decides. Where a candidate has failed the search goes on at its second
/// byte, so that a good frame behind noise is not lost: at once where gaps are unknown; where they
/// are told at the next gap, and only for a frame that ends there. 256 bytes that do not begin with
/// a frame are given up until there is a gap.
///
///     for (auto event = framer.next(bytes); event.kind != nothing; event = framer.next(bytes)) ...
///     // the line was silent for t3.5; without gaps: for as long as an adapter may hesitate
///     framer.flush();
///     for (auto event = framer.next(); ...
///
/// `Hears` gives the direction, and `hears()` tells a client's which function was asked for.
template <class Hears, class Crc = crc16_sliced>
class basic_rtu_framer {
public:
    constexpr explicit basic_rtu_framer(rtu_gaps gaps = rtu_gaps::told) noexcept : gaps_{gaps} {}

    /// Takes bytes from the front of `bytes` as far as needed, and returns the next frame or
    /// rejection. `nothing`: all are taken.
    constexpr rtu_event next(byte_span& bytes) noexcept;
    constexpr rtu_event next() noexcept
    {
        byte_span none{};
        return next(none);
    }

    /// The line has been silent: nothing that began before now goes on. `next` then reports what
    /// is unfinished and looks for frames inside it.
    constexpr void flush() noexcept;

    /// What is pending does not say how long it is, and its CRC is right as it stands: it is whole
    /// unless by chance (1 in 65536). Whoever cannot tell gaps may `flush` then, rather than wait.
    [[nodiscard]] constexpr bool seems_whole() const noexcept;

    /// Strict lines: a gap of more than t1.5 fell within a frame. What is pending and what follows
    /// up to `flush` is no frame. No effect where nothing is pending.
    constexpr void interrupt() noexcept;

    /// Forgets the bytes that wait; offsets and counters go on.
    constexpr void clear() noexcept;

    /// Bytes that may be the beginning of a frame; 0 when nothing is awaited.
    [[nodiscard]] constexpr std::size_t pending() const noexcept { return tail_ - head_; }

    [[nodiscard]] constexpr Hears& hears() noexcept { return hears_; }
    [[nodiscard]] constexpr const rtu_counters& counters() const noexcept { return counters_; }

private:
    struct judgement {
        enum class verdict_type : std::uint8_t { frame, wait, none } verdict;
        rtu_rejection cause = rtu_rejection::truncated;
        std::size_t size = 0;  // of the frame, or laid claim to
    };

    constexpr void take(byte_span& bytes) noexcept;
    [[nodiscard]] constexpr judgement judge(std::size_t there, bool is_closed) const noexcept;
    [[nodiscard]] constexpr judgement judge_size(std::size_t size, std::size_t there,
                                                 bool is_closed) const noexcept;
    constexpr rtu_event accept(std::size_t size) noexcept;
    constexpr rtu_event reject(const judgement& why, std::size_t there) noexcept;
    constexpr rtu_event give_up() noexcept;
    constexpr void count(rtu_rejection cause) noexcept;
    constexpr void drop_all() noexcept;

    /// Where gaps are told, nothing is given up before the next one.
    [[nodiscard]] constexpr bool may_be_whole(std::size_t there) const noexcept
    {
        return gaps_ == rtu_gaps::told && lost_ == 0 && there < rtu_size_max;
    }
    [[nodiscard]] constexpr byte_span bytes_at_head(std::size_t size) const noexcept
    {
        return byte_span{buffer_}.subspan(head_, size);
    }

    std::array<std::uint8_t, rtu_size_max> buffer_{};
    std::size_t head_ = 0;       // first byte not yet dealt with
    std::size_t tail_ = 0;       // end of the bytes
    std::size_t boundary_ = 0;   // frames that begin before it end before it
    std::uint64_t base_ = 0;     // offset of buffer_[0] in the stream
    std::size_t lost_ = 0;       // bytes in no frame since the last frame or silence
    rtu_gaps gaps_;
    bool is_deaf_ = false;       // up to the next silence
    Hears hears_{};
    rtu_counters counters_{};
};

using rtu_request_framer = basic_rtu_framer<rtu_hears_requests>;
using rtu_response_framer = basic_rtu_framer<rtu_hears_responses>;
using rtu_line_framer = basic_rtu_framer<rtu_hears_all>;

// ---------------------------------------------------------------------------------------------

/// Fills the buffer, moving what is left to its front where there is no other room.
template <class Hears, class Crc>
constexpr void basic_rtu_framer<Hears, Crc>::take(byte_span& bytes) noexcept
{
    if (bytes.size() > buffer_.size() - tail_ && head_ > 0) {
        std::copy(buffer_.data() + head_, buffer_.data() + tail_, buffer_.data());
        base_ += head_;
        tail_ -= head_;
        boundary_ = 0;  // nothing before a silence waits for more
        head_ = 0;
    }
    const std::size_t count = std::min(bytes.size(), buffer_.size() - tail_);
    std::copy(bytes.data(), bytes.data() + count, buffer_.data() + tail_);
    tail_ += count;
    bytes = bytes.subspan(count);
}

/// Of a candidate that is `size` bytes long, of which so many are there.
template <class Hears, class Crc>
constexpr typename basic_rtu_framer<Hears, Crc>::judgement
basic_rtu_framer<Hears, Crc>::judge_size(std::size_t size, std::size_t there,
                                         bool is_closed) const noexcept
{
    using verdict = typename judgement::verdict_type;
    if (size > rtu_size_max) {
        return {verdict::none, rtu_rejection::bad_length, size};
    }
    if (there < size) {
        return {is_closed ? verdict::none : verdict::wait, rtu_rejection::truncated, size};
    }
    if (Crc::of(bytes_at_head(size)) != 0) {
        return {verdict::none, rtu_rejection::bad_checksum, size};
    }
    return {verdict::frame, rtu_rejection::bad_checksum, size};
}

/// Of what begins at the head, of which so many bytes are there.
template <class Hears, class Crc>
constexpr typename basic_rtu_framer<Hears, Crc>::judgement
basic_rtu_framer<Hears, Crc>::judge(std::size_t there, bool is_closed) const noexcept
{
    using verdict = typename judgement::verdict_type;
    if (there > 1 && buffer_[head_ + 1] == 0) {
        return {verdict::none, rtu_rejection::bad_function, 2};
    }
    judgement best{verdict::none};
    for (int i = 0; i < Hears::readings; ++i) {
        const auto pdu = hears_.size(bytes_at_head(there).subspan(1), i);
        judgement one{is_closed ? verdict::none : verdict::wait};
        if (pdu && *pdu != 0) {
            one = judge_size(rtu_overhead + *pdu, there, is_closed);
        } else if (pdu && lost_ > 0 && !hears_.awaits(buffer_[head_ + 1])) {
            one = {verdict::none};  // noise looks like that more often than not
        } else if (pdu && is_closed && there >= rtu_size_min) {
            one = judge_size(there, there, true);  // it ends with the silence
        }
        if (one.verdict == verdict::frame && is_closed && lost_ > 0 && one.size != there) {
            one = {verdict::none};  // a frame behind noise ends with the silence, too
        }
        if (one.verdict == verdict::wait && there == rtu_size_max) {
            one = {verdict::none, rtu_rejection::too_long, there};
        }
        const bool is_better = one.verdict == best.verdict ? one.size < best.size
                                                           : one.verdict < best.verdict;
        if (i == 0 || is_better) {
            best = one;
        }
    }
    // What stands between two silences is a frame if its CRC is right, whatever it says of itself.
    const bool is_whole = is_closed && lost_ == 0 && there >= rtu_size_min;
    if (best.verdict == verdict::none && is_whole && Crc::of(bytes_at_head(there)) == 0) {
        return {verdict::frame, rtu_rejection::bad_checksum, there};
    }
    return best;
}

template <class Hears, class Crc>
constexpr rtu_event basic_rtu_framer<Hears, Crc>::accept(std::size_t size) noexcept
{
    rtu_event out;
    out.kind = rtu_event::kind_type::frame;
    out.offset = base_ + head_;
    out.extent = static_cast<std::uint16_t>(size);
    out.adu = {0, buffer_[head_], bytes_at_head(size).subspan(1, size - rtu_overhead)};
    ++counters_.frames;
    lost_ = 0;
    head_ += size;
    return out;
}

template <class Hears, class Crc>
constexpr void basic_rtu_framer<Hears, Crc>::count(rtu_rejection cause) noexcept
{
    switch (cause) {
        case rtu_rejection::bad_checksum: ++counters_.bad_checksum; break;
        case rtu_rejection::bad_length: ++counters_.bad_length; break;
        case rtu_rejection::bad_function: ++counters_.bad_function; break;
        case rtu_rejection::truncated: ++counters_.truncated; break;
        case rtu_rejection::too_long: ++counters_.too_long; break;
    }
}

/// Gives up the byte at the head. Reported is the first of a run alone.
template <class Hears, class Crc>
constexpr rtu_event basic_rtu_framer<Hears, Crc>::reject(const judgement& why,
                                                         std::size_t there) noexcept
{
    rtu_event out;
    if (lost_ == 0) {
        out.kind = rtu_event::kind_type::rejected;
        out.cause = why.cause;
        out.offset = base_ + head_;
        out.extent = static_cast<std::uint16_t>(why.size);
        if (why.cause == rtu_rejection::bad_checksum) {
            const byte_span frame = bytes_at_head(why.size);
            out.adu = {0, frame[0], frame.subspan(1, why.size - rtu_overhead)};
            out.found = crc_of_frame(frame);
            out.expected = Crc::of(frame.first(why.size - 2));
        } else if (why.cause == rtu_rejection::truncated) {
            out.extent = static_cast<std::uint16_t>(there);
            out.expected = static_cast<std::uint16_t>(why.size);
        }
        count(why.cause);
    }
    ++lost_;
    ++counters_.garbage_bytes;
    ++head_;
    return out;
}

/// As many bytes as a frame can have, no frame at their beginning and no gap: whatever it is, it
/// ends with the next silence.
template <class Hears, class Crc>
constexpr rtu_event basic_rtu_framer<Hears, Crc>::give_up() noexcept
{
    const std::size_t there = pending();
    const rtu_event out =
        reject({judgement::verdict_type::none, rtu_rejection::too_long, there}, there);
    drop_all();
    is_deaf_ = true;
    return out;
}

template <class Hears, class Crc>
constexpr void basic_rtu_framer<Hears, Crc>::drop_all() noexcept
{
    counters_.garbage_bytes += static_cast<std::uint32_t>(tail_ - head_);
    lost_ += tail_ - head_;
    head_ = tail_;
}

template <class Hears, class Crc>
constexpr void basic_rtu_framer<Hears, Crc>::clear() noexcept
{
    base_ += tail_;
    head_ = tail_ = boundary_ = 0;
    lost_ = 0;
    is_deaf_ = false;
}

template <class Hears, class Crc>
constexpr bool basic_rtu_framer<Hears, Crc>::seems_whole() const noexcept
{
    const std::size_t there = pending();
    if (is_deaf_ || lost_ > 0 || there < rtu_size_min || buffer_[head_ + 1] == 0) {
        return false;
    }
    const auto size = hears_.size(bytes_at_head(there).subspan(1), 0);
    return size && *size == 0 && Crc::of(bytes_at_head(there)) == 0;
}

template <class Hears, class Crc>
constexpr void basic_rtu_framer<Hears, Crc>::interrupt() noexcept
{
    if (pending() == 0) {
        return;
    }
    if (lost_ == 0) {
        count(rtu_rejection::truncated);
    }
    drop_all();
    is_deaf_ = true;
}

template <class Hears, class Crc>
constexpr void basic_rtu_framer<Hears, Crc>::flush() noexcept
{
    if (is_deaf_) {
        drop_all();
        is_deaf_ = false;
    }
    if (head_ == tail_) {
        lost_ = 0;
    }
    boundary_ = tail_;
}

template <class Hears, class Crc>
constexpr rtu_event basic_rtu_framer<Hears, Crc>::next(byte_span& bytes) noexcept
{
    using verdict = typename judgement::verdict_type;
    for (;;) {
        if (is_deaf_) {
            drop_all();
        }
        const bool is_closed = head_ < boundary_;
        const std::size_t limit = is_closed ? boundary_ : tail_;
        const std::size_t there = limit - head_;
        const judgement found = there > 0 ? judge(there, is_closed) : judgement{verdict::wait};
        if (found.verdict == verdict::frame) {
            return accept(found.size);
        }
        if (found.verdict == verdict::wait || (!is_closed && may_be_whole(there))) {
            if (bytes.empty()) {
                return {};
            }
            take(bytes);
            continue;
        }
        if (!is_closed && gaps_ == rtu_gaps::told) {
            return give_up();
        }
        const rtu_event out = reject(found, there);
        if (is_closed && head_ == boundary_) {
            lost_ = 0;
        }
        if (out.kind != rtu_event::kind_type::nothing) {
            return out;
        }
    }
}

}  // namespace wattpurse::codec::modbus
