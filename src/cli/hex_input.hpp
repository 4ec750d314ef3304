// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace wattpurse::cli {

/// A character that is no hexadecimal digit, or a digit without its partner.
struct bad_hex {
    std::size_t position = 0;  ///< 1 is the first character
    std::string found;         ///< the character; empty at the end of the text
    const char* form = "";     ///< what to say: {1} stands for the position, {2} for `found`
};

/// Bytes as people write them: pairs of hexadecimal digits of either case, with or without 0x in
/// front, with spaces, commas, colons, hyphens or nothing between them.
[[nodiscard]] std::variant<std::vector<std::uint8_t>, bad_hex> read_hex(std::string_view text);

}  // namespace wattpurse::cli
