// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wattpurse/base/result.hpp>

namespace wattpurse {

/// Bytes as they stand on the wire, borrowed.
using byte_span = std::span<const std::uint8_t>;

/// The value of a hexadecimal digit of either case, or -1.
[[nodiscard]] constexpr int hex_value(char c) noexcept
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Reads pairs of hexadecimal digits ("68 72 00" or "687200", either case) into `out` and returns
/// how many bytes there were. Spaces and tabs may stand between bytes, not within one.
/// Errors: `syntax`, `buffer_too_small`.
[[nodiscard]] constexpr result<std::size_t> parse_hex(std::string_view text,
                                                      std::span<std::uint8_t> out) noexcept
{
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == ' ' || text[i] == '\t') {
            ++i;
            continue;
        }
        const int high = hex_value(text[i]);
        const int low = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
        if (high < 0 || low < 0) {
            return fail(errc::syntax);
        }
        if (count == out.size()) {
            return fail(errc::buffer_too_small);
        }
        out[count++] = static_cast<std::uint8_t>(high * 16 + low);
        i += 2;
    }
    return count;
}

/// Writes bytes as pairs of capital hexadecimal digits and returns the part of `out` in use.
/// `separator` stands between bytes; '\0' is none. Error: `buffer_too_small`.
[[nodiscard]] constexpr result<std::string_view> format_hex(byte_span bytes, std::span<char> out,
                                                            char separator = '\0') noexcept
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::size_t size = 0;
    for (const std::uint8_t byte : bytes) {
        const bool separate = separator != '\0' && size != 0;
        if (out.size() - size < (separate ? 3U : 2U)) {
            return fail(errc::buffer_too_small);
        }
        if (separate) {
            out[size++] = separator;
        }
        out[size++] = digits[byte >> 4U];
        out[size++] = digits[byte & 0x0FU];
    }
    return std::string_view{out.data(), size};
}

}  // namespace wattpurse
