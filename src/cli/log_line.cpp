// SPDX-License-Identifier: Apache-2.0
#include "log_line.hpp"

#include <algorithm>

#include <wattpurse/base/bytes.hpp>

namespace wattpurse::cli {
namespace {

constexpr std::size_t long_word_min = 24;  // digits of the shortest frame
constexpr std::size_t offset_digits_min = 4;
constexpr std::size_t offset_digits_max = 16;
constexpr std::size_t source_size_max = 40;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word_char(char c) { return is_digit(c) || is_letter(c) || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_between(char c)
{
    return is_blank(c) || c == ',' || c == ';' || c == ':' || c == '-';
}

bool is_hex(std::string_view word)
{
    return !word.empty() &&
           std::all_of(word.begin(), word.end(), [](char c) { return hex_value(c) >= 0; });
}

/// '9' stands for a decimal digit, anything else for itself.
bool matches(std::string_view text, std::size_t at, std::string_view pattern)
{
    if (at > text.size() || text.size() - at < pattern.size()) {
        return false;
    }
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = text[at + i];
        if (pattern[i] == '9' ? !is_digit(c) : c != pattern[i]) {
            return false;
        }
    }
    return true;
}

/// Characters of the date or time of day that begins at `at`, or 0. "68:12:34:56" is neither.
std::size_t moment_size(std::string_view text, std::size_t at)
{
    const char before = at == 0 ? ' ' : text[at - 1];
    if ((is_word_char(before) && before != 'T') || before == ':' || before == '-') {
        return 0;
    }
    for (const std::string_view pattern : {"9999-99-99", "99:99:99"}) {
        if (!matches(text, at, pattern)) {
            continue;
        }
        const std::size_t end = at + pattern.size();
        const char after = end == text.size() ? ' ' : text[end];
        const bool ends = (!is_word_char(after) || after == 'T' || after == 'Z') &&
                          after != '-' && (after != ':' || end + 1 == text.size() ||
                                           is_blank(text[end + 1]));
        if (ends) {
            return pattern.size();
        }
    }
    return 0;
}

class line_reader {
public:
    explicit line_reader(std::string_view text) : text_{text} {}

    log_line read()
    {
        const auto first = text_.find_first_not_of(" \t\r");
        out_.is_repeat = first != std::string_view::npos && text_[first] == '*' &&
                         text_.find_first_not_of(" \t\r", first + 1) == std::string_view::npos;
        while (at_ < text_.size()) {
            step();
        }
        close();
        choose_payload();
        return std::move(out_);
    }

private:
    void step()
    {
        const char c = text_[at_];
        if (const auto size = moment_size(text_, at_); size > 0) {
            at_ += size;
            skip_fraction();
            close();
        } else if (is_word_char(c)) {
            take_word();
        } else {
            const bool escape = c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == 'x';
            if (!is_between(c) && !escape) {
                close();
            }
            ++at_;
        }
    }

    /// ".123" or ",123456" behind a time of day.
    void skip_fraction()
    {
        std::size_t end = at_ + 1;
        if (at_ < text_.size() && (text_[at_] == '.' || text_[at_] == ',')) {
            while (end < text_.size() && is_digit(text_[end])) {
                ++end;
            }
            at_ = end > at_ + 1 ? end : at_;
        }
    }

    void take_word()
    {
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_word_char(text_[at_])) {
            ++at_;
        }
        std::string_view word = text_.substr(begin, at_ - begin);
        const bool escaped = begin > 0 && text_[begin - 1] == '\\' && word[0] == 'x';
        const bool prefixed = word.size() > 2 && word[0] == '0' &&
                              (word[1] == 'x' || word[1] == 'X');
        word.remove_prefix(escaped ? 1 : prefixed ? 2 : 0);
        const bool first = out_.offset.empty() && out_.runs.empty() && open_.bytes.empty() &&
                           !words_before_;
        words_before_ = true;
        if (first && is_offset(word)) {
            out_.offset = std::string{word};
            return;
        }
        if (word.size() == 3 && (word[2] == 'h' || word[2] == 'H')) {
            word.remove_suffix(1);  // 68H
        }
        if (is_hex(word) && word.size() % 2 == 0) {
            take_bytes(word, begin);
        } else {
            take_odd_word(word, begin);
        }
    }

    /// Digits at the beginning of a line that number the bytes behind them.
    [[nodiscard]] bool is_offset(std::string_view word) const
    {
        if (word.size() < offset_digits_min || word.size() > offset_digits_max ||
            !is_hex(word) || at_ == text_.size()) {
            return false;
        }
        if (word.size() >= 8 && word.substr(0, 2) == "68") {
            return false;  // rather a frame written field by field
        }
        const bool colon = text_[at_] == ':';
        const auto next = text_.find_first_not_of(" \t", at_ + (colon ? 1U : 0U));
        if (next == std::string_view::npos || next == at_) {
            return false;
        }
        std::size_t end = next;
        while (end < text_.size() && hex_value(text_[end]) >= 0) {
            ++end;
        }
        const bool word_ends = end == text_.size() || is_blank(text_[end]);
        return word_ends && (end - next == 2 || (colon && end - next <= 8 && end > next));
    }

    void take_bytes(std::string_view digits, std::size_t begin)
    {
        if (open_.bytes.empty()) {
            open_.begin = begin;
        }
        for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
            open_.bytes.push_back(static_cast<std::uint8_t>(hex_value(digits[i]) * 16 +
                                                            hex_value(digits[i + 1])));
        }
        open_.end = at_;  // what else there is of the word belongs to it
    }

    /// A word that is no bytes; but a frame may be glued to a label, or a digit may be lost.
    void take_odd_word(std::string_view word, std::size_t begin)
    {
        close();
        for (std::size_t from = 0; from < word.size();) {
            std::size_t to = from;
            while (to < word.size() && hex_value(word[to]) >= 0) {
                ++to;
            }
            if (to - from >= long_word_min) {
                take_stretch(word.substr(from, to - from), begin + from);
            }
            from = to + 1;
        }
    }

    /// Many digits in a row; where their number is odd, the first or the last may be the odd one.
    void take_stretch(std::string_view digits, std::size_t begin)
    {
        take_bytes(digits.substr(digits.size() % 2), begin);
        close();
        if (digits.size() % 2 != 0) {
            take_bytes(digits.substr(0, digits.size() - 1), begin);
            close();
        }
    }

    void close()
    {
        if (!open_.bytes.empty()) {
            out_.runs.push_back(std::move(open_));
        }
        open_ = {};
    }

    /// Behind an offset the first run; else the one that ends the line, or the longest.
    void choose_payload()
    {
        if (out_.runs.empty()) {
            return;
        }
        const auto& runs = out_.runs;
        const auto is_last_word = [this](const hex_run& run) {
            return std::none_of(text_.begin() + static_cast<std::ptrdiff_t>(run.end),
                                text_.end(), is_word_char);
        };
        if (!out_.offset.empty()) {
            out_.payload = 0;
        } else if (is_last_word(runs.back()) && !in_parentheses(runs.back())) {
            out_.payload = runs.size() - 1;
        } else {
            const auto longest = std::max_element(
                runs.begin(), runs.end(), [](const hex_run& a, const hex_run& b) {
                    return a.bytes.size() < b.bytes.size();
                });
            out_.payload = static_cast<std::size_t>(longest - runs.begin());
        }
        name_source(text_.substr(0, runs[out_.payload].begin));
    }

    [[nodiscard]] bool in_parentheses(const hex_run& run) const
    {
        return run.begin > 0 && text_[run.begin - 1] == '(';
    }

    /// Letters and marks only, so that times and counters make no difference; the identifier of
    /// a bus that has many ("can0 7E8 [8]", "can0 7E8#") belongs to the name.
    void name_source(std::string_view before)
    {
        for (const char c : before) {
            const bool kept = !is_digit(c) && !is_between(c) && c != '.';
            if (kept && out_.source.size() < source_size_max) {
                out_.source += c;
            }
        }
        auto mark = before.find_last_of("[#");
        if (mark == std::string_view::npos) {
            return;
        }
        while (mark > 0 && is_blank(before[mark - 1])) {
            --mark;
        }
        std::size_t begin = mark;
        while (begin > 0 && is_word_char(before[begin - 1])) {
            --begin;
        }
        out_.source += before.substr(begin, std::min(mark - begin, source_size_max));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool words_before_ = false;
    hex_run open_;
    log_line out_;
};

}  // namespace

log_line read_log_line(std::string_view text) { return line_reader{text}.read(); }

}  // namespace wattpurse::cli
