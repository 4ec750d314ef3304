// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include <wattpurse/codec/modbus/adu.hpp>

namespace wattpurse::codec::modbus {

/// Why bytes were not a frame.
enum class rtu_rejection : std::uint8_t {
    bad_checksum,  ///< as long as its function says, or as the silence behind it does; CRC wrong
    bad_length,    ///< it speaks of more bytes than a frame can have
    bad_function,  ///< function 0
    truncated,     ///< the line fell silent before it was complete
    too_long,      ///< 256 bytes without a gap that do not begin with a frame
};

/// What `basic_rtu_framer::next` found.
struct rtu_event {
    enum class kind_type : std::uint8_t { nothing, frame, rejected };

    kind_type kind = kind_type::nothing;
    /// Kind frame. Rejected for its checksum: as it stands there, enough to say what it may have
    /// been. Borrowed from the framer until the next call.
    modbus::adu adu{};
    std::uint64_t offset = 0;  ///< of the unit address, counted over all bytes ever given
    std::uint16_t extent = 0;  ///< bytes that it laid claim to; of `truncated`, that there were
    rtu_rejection cause = rtu_rejection::bad_checksum;  ///< kind rejected
    std::uint16_t found = 0;     ///< bad_checksum: the CRC that stands there
    std::uint16_t expected = 0;  ///< bad_checksum: the right one; truncated: bytes, 0 if unknown
};

/// How often what happened, since the framer was made. Counters wrap. Of bytes that are in no
/// frame only the first candidate is counted with its cause; the others are garbage.
struct rtu_counters {
    std::uint32_t frames = 0;
    std::uint32_t bad_checksum = 0;
    std::uint32_t bad_length = 0;
    std::uint32_t bad_function = 0;
    std::uint32_t truncated = 0;
    std::uint32_t too_long = 0;
    std::uint32_t garbage_bytes = 0;  ///< in no frame
};

/// Whether silence parts the frames that come in. Over RTU-over-TCP nothing is known of silence.
enum class rtu_gaps : std::uint8_t { told, unknown };

/// Stable lower-case name of a cause.
[[nodiscard]] constexpr std::string_view to_string(rtu_rejection cause) noexcept
{
    switch (cause) {
        case rtu_rejection::bad_checksum: return "bad_checksum";
        case rtu_rejection::bad_length: return "bad_length";
        case rtu_rejection::bad_function: return "bad_function";
        case rtu_rejection::truncated: return "truncated";
        case rtu_rejection::too_long: return "too_long";
    }
    return "unknown";
}

}  // namespace wattpurse::codec::modbus
