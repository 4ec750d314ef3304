// SPDX-License-Identifier: Apache-2.0
#include "text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace wattpurse::adapter::postgres {
namespace {

[[nodiscard]] std::uint8_t byte_at(std::string_view text, std::size_t i) noexcept
{
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
}

[[nodiscard]] bool is_plain(char c) noexcept
{
    const auto byte = static_cast<std::uint8_t>(c);
    return byte > 0 && byte < 0x80 && c != '\\';
}

/// The bytes of a first byte's continuation and the range of the one after it (RFC 3629): no
/// overlong form, no surrogate, nothing above U+10FFFF.
struct shape {
    std::size_t size;
    std::uint8_t low;
    std::uint8_t high;
};

[[nodiscard]] shape shape_of(std::uint8_t first) noexcept
{
    if (first >= 0xC2 && first <= 0xDF) return {2, 0x80, 0xBF};
    if (first == 0xE0) return {3, 0xA0, 0xBF};
    if (first == 0xED) return {3, 0x80, 0x9F};
    if (first >= 0xE1 && first <= 0xEF) return {3, 0x80, 0xBF};
    if (first == 0xF0) return {4, 0x90, 0xBF};
    if (first >= 0xF1 && first <= 0xF3) return {4, 0x80, 0xBF};
    if (first == 0xF4) return {4, 0x80, 0x8F};
    return {0, 0, 0};
}

/// Bytes of the character of more than one byte at `i`; zero where there is none.
[[nodiscard]] std::size_t character_at(std::string_view text, std::size_t i) noexcept
{
    const shape is = shape_of(byte_at(text, i));
    if (is.size == 0 || byte_at(text, i + 1) < is.low || byte_at(text, i + 1) > is.high) {
        return 0;
    }
    for (std::size_t k = 2; k < is.size; ++k) {
        if ((byte_at(text, i + k) & 0xC0U) != 0x80U) return 0;
    }
    return is.size;
}

constexpr std::string_view digits = "0123456789abcdef";

[[nodiscard]] std::size_t digit(std::string_view form, std::size_t i)
{
    const std::size_t value = i < form.size() ? digits.find(form[i]) : std::string_view::npos;
    if (value == std::string_view::npos) {
        throw row_fault{"text '" + std::string{form} + "' is not as it is stored"};
    }
    return value;
}

}  // namespace

void append_stored(std::string& out, std::string_view text)
{
    if (std::all_of(text.begin(), text.end(), is_plain)) {
        out.append(text);
        return;
    }
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t size = is_plain(text[i]) ? 1 : character_at(text, i);
        if (size > 0) {
            out.append(text.substr(i, size));
        } else if (text[i] == '\\') {
            out.append("\\\\");
        } else {
            const std::uint8_t byte = byte_at(text, i);
            out.append("\\x").append(1, digits[byte >> 4U]).append(1, digits[byte & 0xFU]);
        }
        i += std::max<std::size_t>(size, 1);
    }
}

std::string stored(std::string_view text)
{
    std::string out;
    append_stored(out, text);
    return out;
}

std::string unstored(std::string_view form)
{
    std::string out;
    for (;;) {
        const std::size_t plain = std::min(form.find('\\'), form.size());
        out.append(form.substr(0, plain));
        form.remove_prefix(plain);
        if (form.empty()) {
            return out;
        }
        if (form.substr(0, 2) == "\\\\") {
            out += '\\';
            form.remove_prefix(2);
            continue;
        }
        if (form.substr(0, 2) != "\\x") {
            throw row_fault{"text '" + std::string{form} + "' is not as it is stored"};
        }
        const std::size_t byte = digit(form, 2) << 4U | digit(form, 3);
        out += static_cast<char>(static_cast<std::uint8_t>(byte));
        form.remove_prefix(4);
    }
}

std::string_view whole_characters(std::string_view prefix) noexcept
{
    for (std::size_t back = 1; back <= 3 && back <= prefix.size(); ++back) {
        const std::size_t i = prefix.size() - back;
        if (byte_at(prefix, i) >= 0xC0) {
            return character_at(prefix, i) > 0 ? prefix : prefix.substr(0, i);
        }
    }
    return prefix;
}

}  // namespace wattpurse::adapter::postgres
