// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/modbus/adu.hpp>
#include <wattpurse/codec/modbus/ascii.hpp>

namespace wattpurse::codec::modbus {

/// Why what began with ':' was not a frame.
enum class ascii_rejection : std::uint8_t {
    bad_checksum,   ///< well formed, LRC wrong
    bad_character,  ///< neither a hexadecimal digit nor the end
    bad_end,        ///< something else than the delimiter behind CR
    odd_digits,     ///< half a byte before the end
    too_short,      ///< less than address, function and LRC
    too_long,       ///< more than a frame can have
    restarted,      ///< another ':' within it
    truncated,      ///< silent for too long between two characters
};

/// What `ascii_framer::next` found.
struct ascii_event {
    enum class kind_type : std::uint8_t { nothing, frame, rejected };

    kind_type kind = kind_type::nothing;
    /// Kind frame. Rejected for its checksum: as it stands there. Borrowed from the framer until
    /// the next call.
    modbus::adu adu{};
    std::uint64_t offset = 0;  ///< of the ':', counted over all bytes ever given
    std::uint64_t at = 0;      ///< rejected: offset of the character that is wrong
    ascii_rejection cause = ascii_rejection::bad_checksum;  ///< kind rejected
    std::uint8_t found = 0;    ///< bad_checksum: the LRC that stands there; else the character
    std::uint8_t expected = 0; ///< bad_checksum: the right LRC; bad_end: the delimiter
};

/// How often what happened, since the framer was made. Counters wrap.
struct ascii_counters {
    std::uint32_t frames = 0;
    std::uint32_t bad_checksum = 0;
    std::uint32_t bad_character = 0;
    std::uint32_t bad_end = 0;
    std::uint32_t odd_digits = 0;
    std::uint32_t too_short = 0;
    std::uint32_t too_long = 0;
    std::uint32_t restarted = 0;
    std::uint32_t truncated = 0;
    std::uint32_t garbage_bytes = 0;  ///< in no frame, those of rejected ones too
};

/// Finds frames in a stream of characters cut anywhere. ':' always begins one, whatever was before
/// it; digits of either case are taken. When a second has passed between two characters (2.5.2.1),
/// `flush` says that the frame does not go on.
///
///     for (auto event = framer.next(bytes); event.kind != nothing; event = framer.next(bytes)) ...
class ascii_framer {
public:
    constexpr explicit ascii_framer(std::uint8_t delimiter = ascii_delimiter) noexcept
        : delimiter_{delimiter}
    {
    }

    /// Takes bytes from the front of `bytes` as far as needed, and returns the next frame or
    /// rejection. `nothing`: all are taken.
    constexpr ascii_event next(byte_span& bytes) noexcept;
    constexpr ascii_event next() noexcept
    {
        byte_span none{};
        return next(none);
    }

    /// What is unfinished does not go on; `next` then reports it as `truncated`.
    constexpr void flush() noexcept { is_cut_ = state_ != state::idle; }

    /// Forgets what is unfinished; offsets and counters go on.
    constexpr void clear() noexcept
    {
        state_ = state::idle;
        is_cut_ = false;
    }

    /// The last character from the next frame's end on (diagnostic 3).
    constexpr void set_delimiter(std::uint8_t delimiter) noexcept { delimiter_ = delimiter; }

    /// Characters of an unfinished frame.
    [[nodiscard]] constexpr std::size_t pending() const noexcept
    {
        return state_ == state::idle ? 0 : static_cast<std::size_t>(offset_ - start_);
    }
    [[nodiscard]] constexpr const ascii_counters& counters() const noexcept { return counters_; }

private:
    enum class state : std::uint8_t { idle, digits, half, end };

    constexpr ascii_event take(std::uint8_t character) noexcept;
    constexpr ascii_event take_digit(std::uint8_t character) noexcept;
    constexpr ascii_event finish() noexcept;
    constexpr ascii_event reject(ascii_rejection cause, std::uint8_t found,
                                 std::uint8_t expected) noexcept;
    constexpr void count(ascii_rejection cause) noexcept;

    std::array<std::uint8_t, ascii_binary_max> buffer_{};
    std::size_t size_ = 0;       // whole bytes in the buffer
    std::uint64_t offset_ = 0;   // of the next character
    std::uint64_t start_ = 0;    // of the ':'
    state state_ = state::idle;
    std::uint8_t high_ = 0;      // the first digit of a byte, in state half
    std::uint8_t delimiter_;
    bool is_cut_ = false;
    ascii_counters counters_{};
};

/// Stable lower-case name of a cause.
[[nodiscard]] constexpr std::string_view to_string(ascii_rejection cause) noexcept
{
    switch (cause) {
        case ascii_rejection::bad_checksum: return "bad_checksum";
        case ascii_rejection::bad_character: return "bad_character";
        case ascii_rejection::bad_end: return "bad_end";
        case ascii_rejection::odd_digits: return "odd_digits";
        case ascii_rejection::too_short: return "too_short";
        case ascii_rejection::too_long: return "too_long";
        case ascii_rejection::restarted: return "restarted";
        case ascii_rejection::truncated: return "truncated";
    }
    return "unknown";
}

// ---------------------------------------------------------------------------------------------

constexpr void ascii_framer::count(ascii_rejection cause) noexcept
{
    switch (cause) {
        case ascii_rejection::bad_checksum: ++counters_.bad_checksum; break;
        case ascii_rejection::bad_character: ++counters_.bad_character; break;
        case ascii_rejection::bad_end: ++counters_.bad_end; break;
        case ascii_rejection::odd_digits: ++counters_.odd_digits; break;
        case ascii_rejection::too_short: ++counters_.too_short; break;
        case ascii_rejection::too_long: ++counters_.too_long; break;
        case ascii_rejection::restarted: ++counters_.restarted; break;
        case ascii_rejection::truncated: ++counters_.truncated; break;
    }
}

/// Of the unfinished frame, at the character before `offset_`.
constexpr ascii_event ascii_framer::reject(ascii_rejection cause, std::uint8_t found,
                                           std::uint8_t expected) noexcept
{
    ascii_event out;
    out.kind = ascii_event::kind_type::rejected;
    out.offset = start_;
    out.at = offset_ - 1;
    out.cause = cause;
    out.found = found;
    out.expected = expected;
    // Its characters up to here; the ':' that restarts belongs to what it begins.
    const std::uint64_t end = cause == ascii_rejection::restarted ? offset_ - 1 : offset_;
    counters_.garbage_bytes += static_cast<std::uint32_t>(end - start_);
    count(cause);
    state_ = state::idle;
    return out;
}

/// The delimiter has come.
constexpr ascii_event ascii_framer::finish() noexcept
{
    if (size_ < 3) {
        return reject(ascii_rejection::too_short, delimiter_, 0);
    }
    const byte_span whole = byte_span{buffer_}.first(size_);
    const modbus::adu found{0, whole[0], whole.subspan(1, size_ - 2)};
    const std::uint8_t wanted = lrc(whole.first(size_ - 1));
    if (whole.back() != wanted) {
        ascii_event out = reject(ascii_rejection::bad_checksum, whole.back(), wanted);
        out.adu = found;
        return out;
    }
    ascii_event out;
    out.kind = ascii_event::kind_type::frame;
    out.adu = found;
    out.offset = start_;
    ++counters_.frames;
    state_ = state::idle;
    return out;
}

constexpr ascii_event ascii_framer::take_digit(std::uint8_t character) noexcept
{
    const int value = hex_value(static_cast<char>(character));
    if (value < 0) {
        return reject(ascii_rejection::bad_character, character, 0);
    }
    if (state_ == state::digits) {
        if (size_ == buffer_.size()) {
            return reject(ascii_rejection::too_long, character, 0);
        }
        high_ = static_cast<std::uint8_t>(value);
        state_ = state::half;
    } else {
        buffer_[size_++] = static_cast<std::uint8_t>(high_ * 16 + value);
        state_ = state::digits;
    }
    return {};
}

constexpr ascii_event ascii_framer::take(std::uint8_t character) noexcept
{
    if (character == ascii_start) {
        ascii_event out;
        if (state_ != state::idle) {
            out = reject(ascii_rejection::restarted, character, 0);
        }
        start_ = offset_ - 1;
        size_ = 0;
        state_ = state::digits;
        return out;
    }
    switch (state_) {
        case state::idle: ++counters_.garbage_bytes; return {};
        case state::end:
            return character == delimiter_
                       ? finish()
                       : reject(ascii_rejection::bad_end, character, delimiter_);
        case state::digits:
        case state::half: break;
    }
    if (character != ascii_return) {
        return take_digit(character);
    }
    if (state_ == state::half) {
        return reject(ascii_rejection::odd_digits, character, 0);
    }
    state_ = state::end;
    return {};
}

constexpr ascii_event ascii_framer::next(byte_span& bytes) noexcept
{
    if (is_cut_) {
        is_cut_ = false;
        return reject(ascii_rejection::truncated, 0, 0);
    }
    while (!bytes.empty()) {
        const std::uint8_t character = bytes.front();
        bytes = bytes.subspan(1);
        ++offset_;
        const ascii_event out = take(character);
        if (out.kind != ascii_event::kind_type::nothing) {
            return out;
        }
    }
    return {};
}

}  // namespace wattpurse::codec::modbus
