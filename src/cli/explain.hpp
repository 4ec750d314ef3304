// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <wattpurse/codec/dlt645/frame.hpp>

#include "report.hpp"

namespace wattpurse::cli {

/// Where a frame lies, for its explanation.
struct explained_place {
    std::uint64_t offset = 0;  ///< number of its first 68
    std::size_t preamble = 0;  ///< bytes FE before it
};

/// A table of a frame for people, byte by byte: offset, bytes on the wire, the same without 33H,
/// meaning. Secrets appear as `**`, and so does the checksum beside them, which would tell
/// something about them.
[[nodiscard]] std::string explain_frame(const codec::dlt645::frame& frame,
                                        const frame_report& report, const explained_place& place,
                                        const phrases& say);

}  // namespace wattpurse::cli
