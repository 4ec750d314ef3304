// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/modbus/adu.hpp>
#include <wattpurse/codec/modbus/guess.hpp>

#include "phrases.hpp"

namespace wattpurse::cli {

/// A Modbus frame as it was found. Owns its bytes.
struct modbus_frame {
    codec::modbus::framing framing = codec::modbus::framing::rtu;
    std::uint16_t transaction = 0;
    std::uint8_t unit = 0;
    std::vector<std::uint8_t> pdu;
    std::vector<std::uint8_t> wire;  ///< all of it, as it came
    std::uint64_t offset = 0;        ///< of its first byte
};

/// What a piece of input holds, in order: frames, and faults as objects with `ok` false.
struct modbus_finding {
    std::optional<modbus_frame> frame;
    nlohmann::ordered_json fault;
};

/// "modbus-rtu", "modbus-tcp", "modbus-ascii".
[[nodiscard]] std::string protocol_name(codec::modbus::framing framing);

/// The framing of exactly these bytes, if they are a frame of any; what makes sense goes before
/// what does not.
[[nodiscard]] std::optional<modbus_frame> guess_modbus(byte_span bytes);

/// What is wrong with bytes that begin as Modbus RTU does and are no frame; else empty.
[[nodiscard]] std::string modbus_hint(byte_span bytes, const phrases& say);

/// All frames and faults among bytes that are said to be of that framing; at least one finding.
[[nodiscard]] std::vector<modbus_finding> read_modbus(byte_span bytes,
                                                      codec::modbus::framing framing,
                                                      const phrases& say);

/// Some bytes of a frame and what they mean, for people.
struct modbus_part {
    std::size_t begin = 0;  ///< 0 is the unit
    std::size_t size = 0;
    std::string meaning;
};

/// Everything that a frame says.
struct modbus_report {
    nlohmann::ordered_json object;   ///< with `ok` true
    std::vector<modbus_part> parts;  ///< of unit and PDU, in order
    std::vector<std::string> warnings;
};

[[nodiscard]] modbus_report report_on(const modbus_frame& frame, const phrases& say);

/// A table for people, byte by byte.
[[nodiscard]] std::string explain_modbus(const modbus_frame& frame, const modbus_report& report,
                                         const phrases& say);

}  // namespace wattpurse::cli
