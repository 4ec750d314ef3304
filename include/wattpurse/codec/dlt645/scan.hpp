// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/frame_view.hpp>

namespace wattpurse::codec::dlt645 {

/// Calls `found(frame_view, offset of its 68)` for every frame among the bytes, in order, and
/// returns how many there were. The frames are those a `framer` finds that is given all bytes and
/// then flushed: of a log that lies in memory, at the speed of memory where it holds no 68.
template <class Found>
constexpr std::size_t for_each_frame(byte_span bytes, Found&& found);

// ---------------------------------------------------------------------------------------------

namespace detail {

/// Where the next 68 is at or behind `from`; `bytes.size()` when there is none.
[[nodiscard]] constexpr std::size_t next_start(byte_span bytes, std::size_t from) noexcept
{
    if (!std::is_constant_evaluated()) {
        const void* const at =
            std::memchr(bytes.data() + from, start_byte, bytes.size() - from);
        return at == nullptr ? bytes.size()
                             : static_cast<std::size_t>(static_cast<const std::uint8_t*>(at) -
                                                        bytes.data());
    }
    while (from < bytes.size() && bytes[from] != start_byte) {
        ++from;
    }
    return from;
}

}  // namespace detail

template <class Found>
constexpr std::size_t for_each_frame(byte_span bytes, Found&& found)
{
    std::size_t count = 0;
    std::size_t at = 0;
    while (at < bytes.size()) {
        at = detail::next_start(bytes, at);
        if (const auto seen = frame_at_start(bytes.subspan(at)); seen) {
            const frame_view& good = *seen;
            found(good, at);
            at += good.wire().size();
            ++count;
        } else {
            ++at;
        }
    }
    return count;
}

}  // namespace wattpurse::codec::dlt645
