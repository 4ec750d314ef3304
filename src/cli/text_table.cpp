// SPDX-License-Identifier: Apache-2.0
#include "text_table.hpp"

#include <algorithm>
#include <ostream>

namespace wattpurse::cli {

namespace {

/// Bytes of the character that begins with this one.
std::size_t size_of_character(unsigned char first)
{
    if (first < 0xC0) return 1;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

}  // namespace

std::size_t display_width(std::string_view utf8)
{
    std::size_t width = 0;
    for (std::size_t i = 0; i < utf8.size();) {
        const auto first = static_cast<unsigned char>(utf8[i]);
        // Three bytes from E2 80 on are symbols, from E3 on ideographs and their full stops.
        width += first >= 0xE3 ? 2 : 1;
        i += size_of_character(first);
    }
    return width;
}

void text_table::print(std::ostream& out) const
{
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(row[i]));
        }
    }
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            line.append(widths[i] - display_width(row[i]) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << '\n';
    }
}

}  // namespace wattpurse::cli
