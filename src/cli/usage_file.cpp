// SPDX-License-Identifier: Apache-2.0
#include "usage_file.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <map>
#include <utility>

namespace wattpurse::cli {

namespace {

enum column : std::size_t { from, until, quantity, channel, register_, meter, quality, columns };

constexpr std::size_t absent = std::numeric_limits<std::size_t>::max();

struct column_name {
    std::string_view text;
    column means;
};

constexpr std::array names{
    column_name{"from", from},         column_name{"start", from},
    column_name{"until", until},       column_name{"end", until},
    column_name{"quantity", quantity}, column_name{"kwh", quantity},
    column_name{"channel", channel},   column_name{"register", register_},
    column_name{"meter", meter},       column_name{"quality", quality},
};

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text)
{
    std::string out{text};
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

/// A cell as it may stand in a message: one line, not long, no half characters.
std::string shown(std::string_view text)
{
    constexpr std::size_t longest = 40;
    std::size_t size = std::min(text.size(), longest);
    while (size < text.size() && size > 0 &&
           (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) {
        --size;
    }
    std::string out = "\"";
    for (const char c : text.substr(0, size)) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7F ? '?' : c;
    }
    return out + (size < text.size() ? "...\"" : "\"");
}

/// The cells of a line. In quotes a comma is a character, and a quote is two of them. Nothing where
/// quotes do not end: a cell is within a line.
std::optional<std::vector<std::string>> cells_of(std::string_view line)
{
    std::vector<std::string> out(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
            out.back() += c;
            ++i;
        } else if (c == '"' && (quoted || trimmed(out.back()).empty())) {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            out.emplace_back();
        } else {
            out.back() += c;
        }
    }
    if (quoted) return std::nullopt;
    for (std::string& cell : out) cell = std::string{trimmed(cell)};
    return out;
}

/// `text` loses its first line, which comes without its end.
std::string_view take_line(std::string_view& text)
{
    const auto size = text.find('\n');
    std::string_view line = text.substr(0, size);
    text.remove_prefix(size == std::string_view::npos ? text.size() : size + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

std::string number_expected(errc why)
{
    if (why == errc::too_many_places) return "at most 4 decimal places";
    return why == errc::overflow ? "at most 14 digits before the point" : "a number as 12.5";
}

class reader {
public:
    explicit reader(const usage_rules& by) : by_{by}, fixed_meters_{by.meters.size() > 1}
    {
        out_.meters = by.meters;
        if (out_.meters.empty()) out_.meters.emplace_back("main");
        for (std::size_t i = 0; i < out_.meters.size(); ++i) numbers_.emplace(out_.meters[i], i);
    }

    result<usage_rows, std::vector<fault>> read(std::string_view text)
    {
        if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
        bool headed = false;
        while (!text.empty()) {
            ++line_;
            const std::string_view line = take_line(text);
            if (trimmed(line).empty()) continue;
            auto cells = cells_of(line);
            if (!cells) note({}, shown(line), "quotes that end in the line");
            cells_ = std::move(cells).value_or(std::vector<std::string>{});
            if (headed) {
                if (!cells_.empty()) row();
            } else {
                head(line);
                headed = true;
                if (count_ > 0) break;  // cells of unknown columns mean nothing
            }
        }
        if (!headed) note({}, "an empty file", "a line that names the columns, and rows");
        if (headed && count_ == 0 && out_.rows.empty()) note({}, "no rows", "a row at least");
        if (count_ == 0) return std::move(out_);
        if (count_ > faults_.size()) {
            faults_.push_back({"line " + std::to_string(line_) + " and before",
                               std::to_string(count_ - faults_.size()) + " more faults", "none"});
        }
        return tl::unexpected<std::vector<fault>>{std::move(faults_)};
    }

private:
    void note(std::string_view column, std::string value, std::string expected)
    {
        ++count_;
        if (faults_.size() == usage_faults_max) return;
        std::string where = "line " + std::to_string(std::max<std::size_t>(line_, 1));
        if (!column.empty()) where += ", " + std::string{column};
        faults_.push_back({std::move(where), std::move(value), std::move(expected)});
    }
    /// The same of a cell, under the name that the file has for its column.
    void note(column of, std::string expected)
    {
        note(title_[of], place_[of] == absent ? "(no such column)" : shown(cell(of)),
             std::move(expected));
    }

    [[nodiscard]] bool has(column which) const { return place_[which] != absent; }
    [[nodiscard]] std::string_view cell(column which) const
    {
        const std::size_t at = place_[which];
        return at < cells_.size() ? std::string_view{cells_[at]} : std::string_view{};
    }

    void head(std::string_view line)
    {
        place_.fill(absent);
        if (cells_.empty()) return;
        if (cells_.size() == 1 && line.find_first_of(";\t|") != std::string_view::npos) {
            return note({}, shown(line), "cells with commas between them");
        }
        for (std::size_t i = 0; i < cells_.size(); ++i) {
            const std::string text = lower(cells_[i]);
            const auto found = std::find_if(names.begin(), names.end(), [&](const auto& each) {
                return each.text == text;
            });
            if (found == names.end()) {
                note({}, shown(cells_[i]),
                     "columns named from, until (or start, end), quantity (or kwh), channel, "
                     "register, meter, quality");
            } else if (has(found->means)) {
                note(text, shown(cells_[i]), "one column of this meaning");
            } else {
                place_[found->means] = i;
                title_[found->means] = text;
            }
        }
        if (!has(quantity)) note({}, "no quantity", "a column quantity (or kwh)");
        if (!has(from) && !has(until)) {
            note({}, "no time", "columns from and until, or start or end and an interval");
        } else if (has(from) != has(until) && !by_.interval) {
            note(has(from) ? title_[from] : title_[until], "one column of time",
                 "a second one, or --interval, as --interval 15min");
        } else if (has(from) && has(until) && by_.interval) {
            note({}, "two columns of time and an interval", "one or the other");
        }
    }

    void row()
    {
        if (cells_.size() > width()) {
            return note({}, std::to_string(cells_.size()) + " cells",
                        std::to_string(width()) + " at most, as many as the first line has");
        }
        const std::size_t before = count_;
        tariff::consumption_row next;
        read_channel(next);
        read_times(next);
        read_register(next);
        read_meter(next);
        read_quality(next);
        const auto value = tariff::scalar::parse(cell(quantity));
        if (!value) {
            note(quantity, number_expected(value.error()));
        } else if (value->is_negative()) {
            note(quantity, "a number that is not negative; energy given back is channel export");
        } else {
            next.quantity = *value;
        }
        if (count_ != before) return;
        out_.rows.push_back(next);
        out_.lines.push_back(line_);
    }

    [[nodiscard]] std::size_t width() const
    {
        std::size_t last = 0;
        for (const std::size_t each : place_) {
            if (each != absent) last = std::max(last, each);
        }
        return last + 1;
    }

    void read_channel(tariff::consumption_row& to)
    {
        constexpr std::array<std::string_view, 5> words{"import", "export", "reactive", "purchase",
                                                        "demand"};
        if (cell(channel).empty()) return;
        const auto found = std::find(words.begin(), words.end(), cell(channel));
        if (found == words.end()) {
            return note(channel, "import, export, reactive, purchase or demand");
        }
        to.what = static_cast<tariff::channel>(found - words.begin());
    }

    std::optional<instant> moment(column which)
    {
        const auto at = parse_moment(cell(which), by_.zone);
        if (at) return *at;
        note(which, at.error());
        return std::nullopt;
    }

    /// A purchase is at a moment; everything else takes time.
    void read_times(tariff::consumption_row& to)
    {
        const bool moment_only = to.what == tariff::channel::purchase;
        const duration length = moment_only ? duration{0} : by_.interval.value_or(duration{0});
        std::optional<instant> begin;
        std::optional<instant> end;
        if (has(from)) begin = moment(from);
        if (has(until) && !(moment_only && cell(until).empty() && has(from))) end = moment(until);
        if (!has(from) && end) begin = *end - length;
        if (!end && begin && (!has(until) || cell(until).empty())) end = *begin + length;
        if (!begin || !end) return;
        if (moment_only && *begin != *end) note(until, "the same time: a purchase takes none");
        if (!moment_only && *begin >= *end && !cell(until).empty()) {
            note(until, "a time after " + std::string{cell(from)});
        }
        to.from = *begin;
        to.until = *end;
    }

    void read_register(tariff::consumption_row& to)
    {
        const std::string_view text = cell(register_);
        if (text.empty()) return;
        const bool good = text.size() == 2 && (text[0] == 'T' || text[0] == 't') &&
                          text[1] >= '1' && text[1] <= '4';
        if (!good) return note(register_, "T1, T2, T3 or T4, or nothing");
        to.register_index = static_cast<std::int8_t>(text[1] - '1');
    }

    void read_meter(tariff::consumption_row& to)
    {
        const std::string_view name = cell(meter);
        if (name.empty()) return;
        auto found = numbers_.find(name);
        if (found == numbers_.end()) {
            constexpr std::size_t most = std::numeric_limits<std::uint16_t>::max();
            if (fixed_meters_) return note(meter, "a meter that the account file names");
            if (out_.meters.size() == most) {
                return note(meter, "a meter that is known: there are " + std::to_string(most));
            }
            found = numbers_.emplace(name, out_.meters.size()).first;
            out_.meters.emplace_back(name);
        }
        to.meter = static_cast<std::uint16_t>(found->second);
    }

    void read_quality(tariff::consumption_row& to)
    {
        using wattpurse::quality;
        if (cell(column::quality).empty()) return;
        for (const auto each :
             {quality::good, quality::estimated, quality::suspect, quality::rejected}) {
            if (cell(column::quality) == to_string(each)) {
                to.quality = each;
                return;
            }
        }
        note(column::quality, "good, estimated, suspect or rejected");
    }

    const usage_rules& by_;
    bool fixed_meters_;
    std::array<std::size_t, columns> place_{};
    std::array<std::string, columns> title_;
    std::size_t line_ = 0;
    std::vector<std::string> cells_;
    std::vector<fault> faults_;
    std::size_t count_ = 0;
    usage_rows out_;
    std::map<std::string, std::size_t, std::less<>> numbers_;  ///< of meters, by name
};

}  // namespace

result<usage_rows, std::vector<fault>> read_usage(std::string_view csv, const usage_rules& by)
{
    return reader{by}.read(csv);
}

}  // namespace wattpurse::cli
