// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/modbus/adu.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>

namespace wattpurse::codec::modbus {

/// Modbus on TCP and UDP puts a header before the PDU (Messaging on TCP/IP guide V1.0b, 3.1.3):
/// transaction id, protocol id, length of what follows, unit id; all high byte first.
inline constexpr std::size_t mbap_header_size = 7;
inline constexpr std::size_t mbap_size_max = mbap_header_size + pdu_size_max;
inline constexpr std::size_t mbap_length_min = 2;  ///< the unit id and a function
inline constexpr std::size_t mbap_length_max = 1 + pdu_size_max;

/// Writes the header before a PDU of that size which stands at `out[mbap_header_size]` already,
/// and returns the size of all. `empty`, `too_long`, `buffer_too_small`.
[[nodiscard]] constexpr result<std::size_t> seal_mbap(std::uint16_t transaction,
                                                      std::uint8_t unit, std::size_t pdu_size,
                                                      std::span<std::uint8_t> out) noexcept;

/// Writes header and PDU and returns their size. The PDU may stand in its place already. Errors as
/// above.
[[nodiscard]] constexpr result<std::size_t> encode_mbap(const adu& what,
                                                        std::span<std::uint8_t> out) noexcept;

/// The one ADU that `bytes` consist of: a datagram of UDP. `syntax` for anything else, also for
/// another protocol id.
[[nodiscard]] constexpr result<adu> decode_mbap(byte_span bytes) noexcept;

/// What `mbap_framer::next` found.
struct mbap_event {
    enum class kind_type : std::uint8_t {
        nothing,  ///< all bytes are taken, and more are needed
        adu,
        foreign,  ///< another protocol id: to be ignored, the stream goes on behind it
        broken,   ///< a length that cannot be: the stream has lost its meaning, close it
    };

    kind_type kind = kind_type::nothing;
    /// Kind adu: the PDU is borrowed, either from the bytes given or from the framer, and is valid
    /// until the next call or until those bytes go. Kind foreign: empty.
    modbus::adu adu{};
    std::uint16_t protocol = 0;  ///< 0 is Modbus
    std::uint16_t length = 0;    ///< as it stands in the header
    std::uint64_t offset = 0;    ///< of the header, counted over all bytes ever given
};

/// How often what happened, since the framer was made. Counters wrap.
struct mbap_counters {
    std::uint32_t adus = 0;
    std::uint32_t foreign = 0;
    std::uint32_t broken = 0;
    std::uint32_t swallowed_bytes = 0;  ///< behind a length that cannot be
};

/// Finds ADUs in a stream of bytes cut anywhere. What comes whole is not copied; what comes in
/// pieces is copied once.
///
///     for (auto event = framer.next(bytes); event.kind != nothing; event = framer.next(bytes)) ...
///
/// TCP loses nothing, and nothing in a stream tells where an ADU begins: after a length out of
/// range everything is swallowed until `reset`.
class mbap_framer {
public:
    /// Takes bytes from the front of `bytes` up to the end of one ADU and says what it was.
    /// `broken` comes once; from then on there is `nothing`.
    constexpr mbap_event next(byte_span& bytes) noexcept;

    /// Begins anew, with another connection. Counters go on.
    constexpr void reset() noexcept
    {
        size_ = 0;
        is_broken_ = false;
        offset_ = 0;
    }

    [[nodiscard]] constexpr bool broken() const noexcept { return is_broken_; }
    /// Bytes of an unfinished ADU.
    [[nodiscard]] constexpr std::size_t pending() const noexcept { return size_; }
    [[nodiscard]] constexpr const mbap_counters& counters() const noexcept { return counters_; }

private:
    constexpr mbap_event found(byte_span whole) noexcept;
    constexpr mbap_event broke(byte_span header) noexcept;
    constexpr void keep(byte_span& bytes, std::size_t up_to) noexcept;

    std::array<std::uint8_t, mbap_size_max> buffer_{};
    std::size_t size_ = 0;
    std::uint64_t offset_ = 0;  // of the first byte not yet returned
    bool is_broken_ = false;
    mbap_counters counters_{};
};

// ---------------------------------------------------------------------------------------------

namespace detail {

/// What stands before the length field's count.
inline constexpr std::size_t mbap_prefix = 6;

[[nodiscard]] constexpr bool is_mbap_length(std::size_t length) noexcept
{
    return length >= mbap_length_min && length <= mbap_length_max;
}

constexpr void put_word(std::span<std::uint8_t> out, std::size_t at, std::size_t value) noexcept
{
    out[at] = static_cast<std::uint8_t>(value >> 8U & 0xFFU);
    out[at + 1] = static_cast<std::uint8_t>(value & 0xFFU);
}

}  // namespace detail

constexpr result<std::size_t> seal_mbap(std::uint16_t transaction, std::uint8_t unit,
                                        std::size_t pdu_size,
                                        std::span<std::uint8_t> out) noexcept
{
    if (pdu_size == 0 || pdu_size > pdu_size_max) {
        return fail(pdu_size == 0 ? errc::empty : errc::too_long);
    }
    if (out.size() < mbap_header_size + pdu_size) {
        return fail(errc::buffer_too_small);
    }
    detail::put_word(out, 0, transaction);
    detail::put_word(out, 2, 0);
    detail::put_word(out, 4, pdu_size + 1);
    out[6] = unit;
    return mbap_header_size + pdu_size;
}

constexpr result<std::size_t> encode_mbap(const adu& what, std::span<std::uint8_t> out) noexcept
{
    const auto size = seal_mbap(what.transaction, what.unit, what.pdu.size(), out);
    std::uint8_t* const to = out.data() + mbap_header_size;
    if (size && what.pdu.data() != to) {
        std::copy(what.pdu.begin(), what.pdu.end(), to);
    }
    return size;
}

constexpr result<adu> decode_mbap(byte_span bytes) noexcept
{
    if (bytes.size() < detail::mbap_prefix + mbap_length_min || word_at(bytes, 2) != 0 ||
        word_at(bytes, 4) != bytes.size() - detail::mbap_prefix ||
        !detail::is_mbap_length(word_at(bytes, 4))) {
        return fail(errc::syntax);
    }
    return adu{word_at(bytes, 0), bytes[6], bytes.subspan(mbap_header_size)};
}

constexpr mbap_event mbap_framer::found(byte_span whole) noexcept
{
    mbap_event out;
    out.protocol = word_at(whole, 2);
    out.length = word_at(whole, 4);
    out.offset = offset_;
    offset_ += whole.size();
    if (out.protocol == 0) {
        out.kind = mbap_event::kind_type::adu;
        out.adu = {word_at(whole, 0), whole[6], whole.subspan(mbap_header_size)};
        ++counters_.adus;
    } else {
        out.kind = mbap_event::kind_type::foreign;
        ++counters_.foreign;
    }
    return out;
}

constexpr mbap_event mbap_framer::broke(byte_span header) noexcept
{
    mbap_event out;
    out.kind = mbap_event::kind_type::broken;
    out.protocol = word_at(header, 2);
    out.length = word_at(header, 4);
    out.offset = offset_;
    is_broken_ = true;
    ++counters_.broken;
    return out;
}

/// Moves bytes to the buffer until it holds `up_to`.
constexpr void mbap_framer::keep(byte_span& bytes, std::size_t up_to) noexcept
{
    const std::size_t count = std::min(up_to - size_, bytes.size());
    std::copy(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count),
              buffer_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += count;
    bytes = bytes.subspan(count);
}

constexpr mbap_event mbap_framer::next(byte_span& bytes) noexcept
{
    using detail::mbap_prefix;
    if (is_broken_) {
        counters_.swallowed_bytes += static_cast<std::uint32_t>(bytes.size());
        offset_ += bytes.size();
        bytes = {};
        return {};
    }
    if (size_ == 0 && bytes.size() >= mbap_prefix) {
        const std::size_t length = word_at(bytes, 4);
        if (!detail::is_mbap_length(length)) {
            return broke(bytes);
        }
        if (bytes.size() >= mbap_prefix + length) {
            const byte_span whole = bytes.first(mbap_prefix + length);
            bytes = bytes.subspan(whole.size());
            return found(whole);
        }
    }
    if (size_ < mbap_prefix) {
        keep(bytes, mbap_prefix);
        if (size_ < mbap_prefix) {
            return {};
        }
        if (!detail::is_mbap_length(word_at(buffer_, 4))) {
            return broke(buffer_);
        }
    }
    const std::size_t size = mbap_prefix + word_at(buffer_, 4);
    keep(bytes, size);
    if (size_ < size) {
        return {};
    }
    size_ = 0;
    return found(byte_span{buffer_}.first(size));
}

}  // namespace wattpurse::codec::modbus
