// SPDX-License-Identifier: Apache-2.0
#include "hex_input.hpp"

#include <wattpurse/base/bytes.hpp>

namespace wattpurse::cli {
namespace {

bool is_separator(char c)
{
    return std::string_view{" \t\r\n,;:-"}.find(c) != std::string_view::npos;
}

bad_hex fault_at(std::string_view text, std::size_t index, bool second_digit)
{
    bad_hex out;
    out.position = index + 1;
    if (index == text.size()) {
        out.form = "the text ends in half a byte: one more hexadecimal digit expected at "
                   "position {1}";
        return out;
    }
    const char c = text[index];
    const bool is_plain = c > ' ' && c <= '~';
    out.found = is_plain ? std::string{c} : std::string{"?"};
    if (second_digit && is_separator(c)) {
        out.form = "half a byte: a second hexadecimal digit expected at position {1}";
    } else if (is_plain) {
        out.form = "'{2}' at position {1} is no hexadecimal digit";
    } else {
        out.form = "the character at position {1} is no hexadecimal digit";
    }
    return out;
}

}  // namespace

std::variant<std::vector<std::uint8_t>, bad_hex> read_hex(std::string_view text)
{
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < text.size();) {
        if (is_separator(text[i])) {
            ++i;
            continue;
        }
        if (text[i] == '0' && i + 1 < text.size() && (text[i + 1] == 'x' || text[i + 1] == 'X')) {
            i += 2;
            if (i == text.size() || hex_value(text[i]) < 0) {
                return fault_at(text, i, false);
            }
            continue;
        }
        const int high = hex_value(text[i]);
        if (high < 0) {
            return fault_at(text, i, false);
        }
        const int low = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
        if (low < 0) {
            return fault_at(text, i + 1, true);
        }
        bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
        i += 2;
    }
    return bytes;
}

}  // namespace wattpurse::cli
