// SPDX-License-Identifier: Apache-2.0
#include "row_places.hpp"

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace wattpurse::cli {

namespace {

constexpr std::string_view rows = "/rows/";

/// The number of a row at the begin of `text`, and how many digits it has.
std::optional<std::pair<std::size_t, std::size_t>> number_in(std::string_view text)
{
    std::size_t row = 0;
    const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), row);
    if (trouble != std::errc{}) return std::nullopt;
    return std::pair{row, static_cast<std::size_t>(end - text.data())};
}

template <class Part>
void keep_of(std::vector<Part>& all, const std::vector<std::size_t>& kept)
{
    if (all.empty()) return;
    std::vector<Part> left;
    left.reserve(kept.size());
    for (const std::size_t row : kept) left.push_back(std::move(all[row]));
    all = std::move(left);
}

/// "line 17" or "T2=120.50" in quotes; empty where nothing is known of the row.
std::string name_of(const row_places& in, std::size_t row)
{
    if (row < in.lines.size()) return "line " + std::to_string(in.lines[row]);
    return row < in.words.size() ? '"' + in.words[row] + '"' : std::string{};
}

/// `text` with every "/rows/16" named.
std::string with_names(const row_places& in, std::string_view text)
{
    std::string out;
    for (auto at = text.find(rows); at != std::string_view::npos; at = text.find(rows)) {
        const auto number = number_in(text.substr(at + rows.size()));
        const std::string name = number ? name_of(in, number->first) : std::string{};
        const std::size_t size = rows.size() + (number ? number->second : 0);
        out += text.substr(0, at);
        out += name.empty() ? text.substr(at, size) : std::string_view{name};
        text.remove_prefix(at + size);
    }
    return out += text;
}

}  // namespace

void row_places::keep(const std::vector<std::size_t>& kept)
{
    keep_of(lines, kept);
    keep_of(words, kept);
}

std::string row_places::tell(const std::string& command, const fault& what) const
{
    const std::string_view path{what.path};
    const auto number = path.substr(0, rows.size()) == rows
                            ? number_in(path.substr(rows.size())) : std::nullopt;
    std::string name = number ? name_of(*this, number->first) : std::string{};
    if (name.empty()) return command + ": " + to_string(what);
    const std::string_view member = path.substr(rows.size() + number->second);
    if (!member.empty()) name += ", " + std::string{member.substr(1)};
    const fault named{std::move(name), what.value, with_names(*this, what.expected)};
    return (number->first < lines.size() ? file : command) + ": " + to_string(named);
}

}  // namespace wattpurse::cli
