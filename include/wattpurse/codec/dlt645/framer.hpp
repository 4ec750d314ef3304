// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>

namespace wattpurse::codec::dlt645 {

/// Why bytes that began with 68 were not a frame.
enum class rejection : std::uint8_t {
    no_second_start,  ///< no 68 behind the six bytes of the address
    bad_end,          ///< no 16 where the length byte says the frame ends
    bad_checksum,     ///< delimiters right, sum wrong
    truncated,        ///< the line fell silent before the length byte was satisfied
};

/// What `framer::next` found.
struct framer_event {
    enum class kind_type : std::uint8_t { nothing, frame, rejected };

    kind_type kind = kind_type::nothing;
    std::uint64_t offset = 0;  ///< of the 68 that began it, counted over all bytes ever fed
    /// Kind frame. Of what was rejected as bad_end or bad_checksum address, control byte and
    /// length as they stand there, and no DATA: enough to say what it may have held.
    dlt645::frame frame{};
    rejection cause = rejection::no_second_start;  ///< kind rejected
    std::uint64_t at = 0;      ///< rejected: offset of the byte that is wrong or missing
    std::uint16_t found = 0;   ///< rejected: that byte; truncated: how many bytes there were
    std::uint16_t expected = 0;  ///< rejected: what belongs there; truncated: bytes needed
    std::uint16_t extent = 0;  ///< bytes from the 68 on that the candidate laid claim to
};

/// How often what happened, since the framer was made. Counters wrap.
struct framer_counters {
    std::uint32_t frames = 0;
    std::uint32_t no_second_start = 0;
    std::uint32_t bad_end = 0;
    std::uint32_t bad_checksum = 0;
    std::uint32_t truncated = 0;
    std::uint32_t garbage_bytes = 0;   ///< in no frame, and not FE; those of bad frames too
    std::uint32_t preamble_bytes = 0;  ///< FE outside frames
};

/// Finds frames in a stream of bytes, whatever else is on the line: any number of FE, noise,
/// 68 within addresses and data, checksums that look like an end, several frames at once,
/// frames cut anywhere.
///
/// After a candidate has failed, the search goes on at the byte behind its first 68, so that a
/// good frame behind a false start is never lost. "More bytes needed" is a state, not an error;
/// when the line has been silent for too long (standard: 500 ms between bytes), `flush` says
/// that no more will come for what is waiting.
///
///     while (!bytes.empty()) {
///         bytes = bytes.subspan(framer.feed(bytes));
///         for (auto event = framer.next(); event.kind != nothing; event = framer.next()) ...
///     }
///
/// `Capacity` is the size of its buffer: whoever has no memory to spare gives it just the one
/// frame it needs, and feeds it in smaller pieces.
template <std::size_t Capacity>
class basic_framer {
public:
    static_assert(Capacity >= frame_size_max, "the longest frame has to fit");
    static constexpr std::size_t capacity = Capacity;

    /// Takes bytes and returns how many. Once `next` has returned `nothing`, at least
    /// `capacity - frame_size_max + 1` more are taken.
    constexpr std::size_t feed(byte_span bytes) noexcept;

    /// The next frame or rejection among the bytes fed so far.
    [[nodiscard]] constexpr framer_event next() noexcept;

    /// No frame that began before now goes on: a gap was too long. `next` then reports what
    /// is unfinished as `truncated` and looks for frames inside it.
    constexpr void flush() noexcept { boundary_ = tail_; }

    /// Forgets the bytes that wait; offsets and counters go on.
    constexpr void clear() noexcept { head_ = tail_; }

    /// Bytes that may be the beginning of a frame; 0 when nothing is awaited.
    [[nodiscard]] constexpr std::size_t pending() const noexcept { return tail_ - head_; }

    [[nodiscard]] constexpr const framer_counters& counters() const noexcept { return counters_; }

private:
    constexpr void skip_to_start() noexcept;
    constexpr framer_event reject(rejection cause, std::size_t index, std::size_t found,
                                  std::size_t expected, std::size_t extent) noexcept;
    constexpr framer_event accept(std::size_t size) noexcept;
    [[nodiscard]] constexpr std::uint64_t offset_of(std::size_t index) const noexcept
    {
        return base_ + index;
    }

    std::array<std::uint8_t, capacity> buffer_{};
    std::size_t head_ = 0;      // first byte not yet dealt with
    std::size_t tail_ = 0;      // end of the bytes
    std::size_t boundary_ = 0;  // frames that begin before it end before it
    std::uint64_t base_ = 0;    // offset of buffer_[0] in the stream
    framer_counters counters_{};
};

/// The usual one: room for one unfinished frame and as much again.
using framer = basic_framer<2 * frame_size_max>;

/// Stable lower-case name of a cause.
[[nodiscard]] constexpr std::string_view to_string(rejection cause) noexcept
{
    switch (cause) {
        case rejection::no_second_start: return "no_second_start";
        case rejection::bad_end: return "bad_end";
        case rejection::bad_checksum: return "bad_checksum";
        case rejection::truncated: return "truncated";
    }
    return "unknown";
}

/// The one frame that `bytes` consist of, preamble aside; for tests and tables.
/// Errors: `syntax` (no frame, or anything beside it), `too_long`.
[[nodiscard]] constexpr result<frame> decode(byte_span bytes) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

inline constexpr std::size_t second_start = 7;
inline constexpr std::size_t length_index = 9;

[[nodiscard]] constexpr address address_of(byte_span bytes) noexcept
{
    return {{bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6]}};
}

/// Reads a frame out of bytes known to be exactly one, without preamble.
constexpr void unwrap(byte_span bytes, frame& out) noexcept
{
    out.address = address_of(bytes);
    out.control = bytes[second_start + 1];
    out.length = bytes[length_index];
    copy_shifted(bytes.data() + length_index + 1, out.data.data(), out.length,
                 static_cast<std::uint8_t>(-data_offset));
}

/// The same as a result, filled in place: a frame is some size to be copied.
[[nodiscard]] constexpr result<frame> unwrapped(byte_span bytes) noexcept
{
    result<frame> out;
    unwrap(bytes, *out);
    return out;
}

[[nodiscard]] constexpr bool is_frame(byte_span bytes) noexcept
{
    const std::size_t size = bytes.size();
    return size >= frame_overhead && bytes[0] == start_byte &&
           bytes[second_start] == start_byte && bytes[length_index] == size - frame_overhead &&
           bytes[size - 1] == end_byte && bytes[size - 2] == checksum(bytes.first(size - 2));
}

}  // namespace detail

template <std::size_t Capacity>
constexpr std::size_t basic_framer<Capacity>::feed(byte_span bytes) noexcept
{
    if (bytes.size() > capacity - tail_ && head_ > 0) {
        for (std::size_t i = head_; i < tail_; ++i) {
            buffer_[i - head_] = buffer_[i];
        }
        base_ += head_;
        tail_ -= head_;
        boundary_ = boundary_ > head_ ? boundary_ - head_ : 0;
        head_ = 0;
    }
    const std::size_t taken = bytes.size() < capacity - tail_ ? bytes.size() : capacity - tail_;
    for (std::size_t i = 0; i < taken; ++i) {
        buffer_[tail_ + i] = bytes[i];
    }
    tail_ += taken;
    return taken;
}

template <std::size_t Capacity>
constexpr void basic_framer<Capacity>::skip_to_start() noexcept
{
    for (; head_ < tail_ && buffer_[head_] != start_byte; ++head_) {
        if (buffer_[head_] == preamble_byte) {
            ++counters_.preamble_bytes;
        } else {
            ++counters_.garbage_bytes;
        }
    }
}

template <std::size_t Capacity>
constexpr framer_event basic_framer<Capacity>::reject(rejection cause, std::size_t index,
                                                      std::size_t found, std::size_t expected,
                                                      std::size_t extent) noexcept
{
    framer_event out;
    out.kind = framer_event::kind_type::rejected;
    out.offset = offset_of(head_);
    out.cause = cause;
    out.at = offset_of(head_ + index);
    out.found = static_cast<std::uint16_t>(found);
    out.expected = static_cast<std::uint16_t>(expected);
    out.extent = static_cast<std::uint16_t>(extent);
    switch (cause) {
        case rejection::no_second_start: ++counters_.no_second_start; break;
        case rejection::bad_end: ++counters_.bad_end; break;
        case rejection::bad_checksum: ++counters_.bad_checksum; break;
        case rejection::truncated: ++counters_.truncated; break;
    }
    if (index > detail::length_index && cause != rejection::truncated) {
        out.frame.address = detail::address_of(byte_span{buffer_}.subspan(head_));
        out.frame.control = buffer_[head_ + detail::second_start + 1];
        out.frame.length = buffer_[head_ + detail::length_index];
    }
    ++counters_.garbage_bytes;  // the 68 itself; what follows it is looked at anew
    ++head_;
    return out;
}

template <std::size_t Capacity>
constexpr framer_event basic_framer<Capacity>::accept(std::size_t size) noexcept
{
    framer_event out;
    out.kind = framer_event::kind_type::frame;
    out.offset = offset_of(head_);
    out.extent = static_cast<std::uint16_t>(size);
    detail::unwrap(byte_span{buffer_}.subspan(head_, size), out.frame);
    ++counters_.frames;
    head_ += size;
    return out;
}

template <std::size_t Capacity>
constexpr framer_event basic_framer<Capacity>::next() noexcept
{
    using detail::length_index;
    using detail::second_start;
    skip_to_start();
    if (head_ == tail_) {
        return {};
    }
    const bool closed = head_ < boundary_;
    const std::size_t size = (closed ? boundary_ : tail_) - head_;
    if (size > second_start && buffer_[head_ + second_start] != start_byte) {
        return reject(rejection::no_second_start, second_start, buffer_[head_ + second_start],
                      start_byte, second_start + 1);
    }
    const std::size_t needed =
        frame_overhead + (size > length_index ? buffer_[head_ + length_index] : 0U);
    if (size < needed) {
        return closed ? reject(rejection::truncated, size, size, needed, size) : framer_event{};
    }
    const std::uint8_t end = buffer_[head_ + needed - 1];
    if (end != end_byte) {
        return reject(rejection::bad_end, needed - 1, end, end_byte, needed);
    }
    const std::uint8_t sum = checksum({buffer_.data() + head_, needed - 2});
    const std::uint8_t found = buffer_[head_ + needed - 2];
    if (found != sum) {
        return reject(rejection::bad_checksum, needed - 2, found, sum, needed);
    }
    return accept(needed);
}

constexpr result<frame> decode(byte_span bytes) noexcept
{
    if (bytes.size() > framer::capacity) {
        return fail(errc::too_long);
    }
    while (!bytes.empty() && bytes.front() == preamble_byte) {
        bytes = bytes.subspan(1);
    }
    if (!detail::is_frame(bytes)) {
        return fail(errc::syntax);
    }
    return detail::unwrapped(bytes);
}

}  // namespace wattpurse::codec::dlt645
