// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/data_id.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>

namespace wattpurse::codec::dlt645 {

/// A good frame where it lies, nothing copied: for logs and gateways that look at many frames and
/// keep few. Valid as long as the bytes are. Made by `view` and by `for_each_frame` only, so that
/// what there is has been checked.
class frame_view {
public:
    /// From the first 68 to the 16.
    [[nodiscard]] constexpr byte_span wire() const noexcept { return wire_; }
    [[nodiscard]] constexpr dlt645::address address() const noexcept
    {
        return {{wire_[1], wire_[2], wire_[3], wire_[4], wire_[5], wire_[6]}};
    }
    [[nodiscard]] constexpr std::uint8_t control() const noexcept { return wire_[8]; }
    [[nodiscard]] constexpr std::uint8_t length() const noexcept { return wire_[9]; }
    [[nodiscard]] constexpr std::uint8_t function() const noexcept
    {
        return static_cast<std::uint8_t>(control() & frame::function_mask);
    }
    [[nodiscard]] constexpr bool is_from_meter() const noexcept
    {
        return (control() & frame::from_meter_bit) != 0;
    }
    [[nodiscard]] constexpr bool is_abnormal() const noexcept
    {
        return (control() & frame::abnormal_bit) != 0;
    }
    [[nodiscard]] constexpr bool has_follow() const noexcept
    {
        return (control() & frame::follow_bit) != 0;
    }

    /// Byte `index` of DATA, without the 33H; `index` is below `length()`.
    [[nodiscard]] constexpr std::uint8_t operator[](std::size_t index) const noexcept
    {
        return static_cast<std::uint8_t>(wire_[first_data + index] - data_offset);
    }
    /// The first four bytes of DATA as an identifier of 2007, see `parse_data_id`; `empty`.
    [[nodiscard]] constexpr result<data_id> id() const noexcept
    {
        if (length() < id_size) {
            return fail(errc::empty);
        }
        return static_cast<data_id>(
            (*this)[0] | static_cast<std::uint32_t>((*this)[1]) << 8U |
            static_cast<std::uint32_t>((*this)[2]) << 16U |
            static_cast<std::uint32_t>((*this)[3]) << 24U);
    }
    /// Bytes of DATA from `from` on, without the 33H, into `out`; the part of `out` in use.
    /// Errors: `out_of_range` (DATA is shorter than `from`), `buffer_too_small`.
    [[nodiscard]] constexpr result<byte_span> data_into(std::span<std::uint8_t> out,
                                                        std::size_t from = 0) const noexcept;

    /// The same frame as a value.
    [[nodiscard]] constexpr frame copy() const noexcept;

private:
    static constexpr std::size_t first_data = 10;

    constexpr explicit frame_view(byte_span wire) noexcept : wire_{wire} {}
    friend constexpr result<frame_view> frame_at_start(byte_span bytes) noexcept;
    friend constexpr result<frame_view> view(byte_span bytes) noexcept;

    byte_span wire_;
};

/// The frame whose first 68 is the first byte; what lies behind it does not matter. Errors:
/// `syntax` (no frame), `empty` (the bytes end before the frame does, or there are none).
[[nodiscard]] constexpr result<frame_view> frame_at_start(byte_span bytes) noexcept;

/// The one frame that `bytes` consist of, preamble aside. Error: `syntax`.
[[nodiscard]] constexpr result<frame_view> view(byte_span bytes) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr result<byte_span> frame_view::data_into(std::span<std::uint8_t> out,
                                                  std::size_t from) const noexcept
{
    if (from > length()) {
        return fail(errc::out_of_range);
    }
    const std::size_t size = length() - from;
    if (out.size() < size) {
        return fail(errc::buffer_too_small);
    }
    detail::copy_shifted(wire_.data() + first_data + from, out.data(), size,
                         static_cast<std::uint8_t>(-data_offset));
    return byte_span{out.data(), size};
}

constexpr frame frame_view::copy() const noexcept
{
    frame out;
    out.address = address();
    out.control = control();
    out.length = length();
    detail::copy_shifted(wire_.data() + first_data, out.data.data(), out.length,
                         static_cast<std::uint8_t>(-data_offset));
    return out;
}

namespace detail {

/// Size of the frame that begins at the first byte: 0 where there is none, `unfinished` where the
/// bytes end before it does.
inline constexpr std::size_t unfinished = ~std::size_t{0};

[[nodiscard]] constexpr std::size_t frame_size_at_start(byte_span bytes) noexcept
{
    constexpr std::size_t second_start_at = 7;
    constexpr std::size_t length_at = 9;
    const std::size_t size = bytes.size();
    if (size <= length_at) {
        const bool hopeful = size == 0 || (bytes[0] == start_byte &&
                                           (size <= second_start_at ||
                                            bytes[second_start_at] == start_byte));
        return hopeful ? unfinished : 0;
    }
    if (bytes[0] != start_byte || bytes[second_start_at] != start_byte) {
        return 0;
    }
    const std::size_t needed = frame_overhead + bytes[length_at];
    if (size < needed) {
        return unfinished;
    }
    const bool good = bytes[needed - 1] == end_byte &&
                      bytes[needed - 2] == checksum(bytes.first(needed - 2));
    return good ? needed : 0;
}

}  // namespace detail

constexpr result<frame_view> frame_at_start(byte_span bytes) noexcept
{
    const std::size_t size = detail::frame_size_at_start(bytes);
    if (size == 0 || size == detail::unfinished) {
        return fail(size == 0 ? errc::syntax : errc::empty);
    }
    return frame_view{bytes.first(size)};
}

constexpr result<frame_view> view(byte_span bytes) noexcept
{
    std::size_t preamble = 0;
    while (preamble < bytes.size() && bytes[preamble] == preamble_byte) {
        ++preamble;
    }
    const byte_span rest = bytes.subspan(preamble);
    if (rest.empty() || detail::frame_size_at_start(rest) != rest.size()) {
        return fail(errc::syntax);
    }
    return frame_view{rest};
}

}  // namespace wattpurse::codec::dlt645
