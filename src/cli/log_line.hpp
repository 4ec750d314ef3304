// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wattpurse::cli {

/// Bytes written as hexadecimal digits one behind the other on a line of text.
struct hex_run {
    std::vector<std::uint8_t> bytes;
    std::size_t begin = 0;  ///< of its first character in the line
    std::size_t end = 0;    ///< behind its last one
};

/// A line of a log as far as bytes go.
struct log_line {
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    std::vector<hex_run> runs;
    std::size_t payload = none;  ///< the run that goes on in the next line of the same source
    std::string source;          ///< who says it: the words before the payload, without numbers
    std::string offset;          ///< digits of the offset that begins a line of a dump, or empty
    bool is_repeat = false;      ///< "*" of a hexadecimal dump: the line before, again
};

/// Finds what is written as hexadecimal bytes in a line of a log: pairs of digits with or without
/// blanks, commas, colons, hyphens, 0x or \x between them, whatever stands before and behind.
/// Dates, times of day and offsets of dumps (hexdump -C, xxd, od, Wireshark) are told apart from
/// bytes, as are the identifiers of candump.
[[nodiscard]] log_line read_log_line(std::string_view text);

}  // namespace wattpurse::cli
