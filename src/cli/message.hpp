// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/dlt645/framer.hpp>

#include "phrases.hpp"

namespace wattpurse::cli {

/// A frame, a fault, or (kind `nothing`) that there is neither.
struct finding {
    codec::dlt645::framer_event event;
    std::size_t preamble = 0;             ///< bytes FE right before a frame
    std::vector<std::string> warnings{};  ///< what is odd around it
};

/// All frames and faults in one piece of input, in order; at least one finding. A 68 without a
/// second one is a fault only when nothing better turns up: 68 is also a byte like any other, and
/// noise.
[[nodiscard]] std::vector<finding> read_message(byte_span bytes, const phrases& say);

/// A rejection as an object with `ok` false.
[[nodiscard]] nlohmann::ordered_json fault_json(const codec::dlt645::framer_event& event,
                                                const phrases& say);
/// That there is no frame among so many bytes.
[[nodiscard]] nlohmann::ordered_json no_frame_json(std::size_t bytes, const phrases& say);

}  // namespace wattpurse::cli
