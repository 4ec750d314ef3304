// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/dlt645/identifiers.hpp>

namespace wattpurse::cli {

/// Adds `value` and `unit` of the bytes behind an identifier to `out`, or `data` where they
/// cannot be read; `row` is nullptr for identifiers without a description. What is odd is
/// appended to `warnings`.
void add_value(nlohmann::ordered_json& out, const codec::dlt645::identifier* row,
               std::uint32_t id, byte_span bytes, std::vector<std::string>& warnings);

/// Bytes as capital hexadecimal digits, in the order of the wire.
[[nodiscard]] std::string hex_text(byte_span bytes);

}  // namespace wattpurse::cli
