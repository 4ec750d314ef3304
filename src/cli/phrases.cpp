// SPDX-License-Identifier: Apache-2.0
#include "phrases.hpp"

#include <map>
#include <vector>

namespace wattpurse::cli {

extern const std::string_view phrases_zh;  // share/phrases/zh.txt

namespace {

using table = std::map<std::string_view, std::string_view>;

/// Lines `English | Chinese`; blank ones and those that begin with # do not count.
table read_table(std::string_view text)
{
    table out;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const auto bar = line.find(" | ");
        if (bar != std::string_view::npos && line.front() != '#') {
            out.emplace(line.substr(0, bar), line.substr(bar + 3));
        }
    }
    return out;
}

std::string_view translated(std::string_view english, speech language)
{
    if (language == speech::english) {
        return english;
    }
    static const table chinese = read_table(phrases_zh);
    const auto known = chinese.find(english);
    return known == chinese.end() ? english : known->second;
}

}  // namespace

std::string phrases::operator()(std::string_view english,
                                std::initializer_list<std::string_view> values) const
{
    const std::string_view form = translated(english, language_);
    const std::vector<std::string_view> given(values);
    std::string out;
    std::size_t next = 0;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool plain = form.compare(i, 2, "{}") == 0;
        const bool numbered = i + 2 < form.size() && form[i] == '{' && form[i + 2] == '}' &&
                              form[i + 1] >= '1' && form[i + 1] <= '9';
        if (!plain && !numbered) {
            out += form[i];
            continue;
        }
        const auto index = plain ? next++ : static_cast<std::size_t>(form[i + 1] - '1');
        out += index < given.size() ? given[index] : std::string_view{};
        i += plain ? 1 : 2;
    }
    return out;
}

}  // namespace wattpurse::cli
