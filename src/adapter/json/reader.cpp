// SPDX-License-Identifier: Apache-2.0
#include "reader.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

namespace wattpurse::adapter::json {

namespace {

constexpr std::size_t shown_bytes_max = 60;
constexpr std::string_view missing = "(missing)";

/// Control characters as \u00XX, so that a fault is one line whatever the file holds.
std::string printable(std::string_view text)
{
    constexpr std::string_view hex = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7F) {
            out += c;
            continue;
        }
        out += "\\u00";
        out += hex[byte >> 4U];
        out += hex[byte & 0x0FU];
    }
    return out;
}

/// At most `shown_bytes_max` bytes, never cutting through a character.
std::string shortened(std::string_view text)
{
    if (text.size() <= shown_bytes_max) return printable(text);
    std::size_t end = shown_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return printable(text.substr(0, end)) + "... (" + std::to_string(text.size()) + " bytes)";
}

/// A key as a step of a JSON pointer (RFC 6901, section 3).
std::string pointer_step(std::string_view key)
{
    std::string out = "/";
    for (const char c : shortened(key)) {
        if (c == '~') {
            out += "~0";
        } else if (c == '/') {
            out += "~1";
        } else {
            out += c;
        }
    }
    return out;
}

/// "line 3, column 14" of the byte at `offset`; columns count characters, both from 1.
std::string line_and_column(std::string_view text, std::size_t offset)
{
    std::size_t line = 1;
    std::size_t column = 1;
    for (const char c : text.substr(0, std::min(offset, text.size()))) {
        if (c == '\n') {
            ++line;
            column = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
            ++column;
        }
    }
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// Builds the tree from the events of the parser. Own nodes instead of the parser's, because
/// those keep only the last of several equal keys and turn numbers into binary fractions.
class builder {
public:
    builder(std::string_view text, std::vector<fault>& faults) : text_{text}, faults_{faults} {}

    using raw = nlohmann::json;

    bool null() { return place(node{}); }
    bool boolean(bool value)
    {
        node made;
        made.type = node::kind::boolean;
        made.truth = value;
        return place(std::move(made));
    }
    bool number_integer(raw::number_integer_t value)
    {
        return place(number(std::to_string(value), value));
    }
    bool number_unsigned(raw::number_unsigned_t value)
    {
        constexpr auto largest =
            static_cast<raw::number_unsigned_t>(std::numeric_limits<std::int64_t>::max());
        if (value > largest) return place(number(std::to_string(value), std::nullopt));
        return place(number(std::to_string(value), static_cast<std::int64_t>(value)));
    }
    bool number_float(raw::number_float_t, const raw::string_t& written)
    {
        return place(number(written, std::nullopt));
    }
    bool string(raw::string_t& value)
    {
        node made;
        made.type = node::kind::string;
        made.text = std::move(value);
        return place(std::move(made));
    }
    bool binary(raw::binary_t&) { return false; }  // not in JSON text
    bool start_object(std::size_t) { return open(node::kind::object); }
    bool start_array(std::size_t) { return open(node::kind::array); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(raw::string_t& name)
    {
        level& top = open_.back();
        const auto& members = top.made.members;
        if (members.size() == members_max) {
            note(path(), "an object", "at most " + std::to_string(members_max) + " members");
            return false;
        }
        top.repeated = std::any_of(members.begin(), members.end(),
                                   [&](const member& each) { return each.key == name; });
        if (top.repeated) {
            note(path() + pointer_step(name), "a second \"" + shortened(name) + '"',
                 "each key once");
        }
        top.key = std::move(name);
        return true;
    }
    bool parse_error(std::size_t position, const std::string& token, const raw::exception& error)
    {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ..."
        std::string_view why = error.what();
        for (const std::string_view before : {std::string_view{"] "}, std::string_view{": "}}) {
            if (const auto found = why.find(before); found != std::string_view::npos) {
                why.remove_prefix(found + before.size());
            }
        }
        const bool at_end = position > text_.size();
        faults_.push_back({line_and_column(text_, position == 0 ? 0 : position - 1),
                           at_end ? "end of file" : shortened(token),
                           "valid JSON: " + shown_reason(why)});
        return false;
    }

    [[nodiscard]] node take() { return std::move(root_); }

private:
    struct level {
        node made;
        std::string key;        ///< object: of the member that comes next
        bool repeated = false;  ///< object: that key was there already
    };

    static node number(std::string digits, std::optional<std::int64_t> integer)
    {
        node made;
        made.type = node::kind::number;
        made.text = std::move(digits);
        made.integral = integer.has_value();
        made.integer = integer.value_or(0);
        return made;
    }

    /// The reason up to the text that was last read, which is in the fault already.
    static std::string shown_reason(std::string_view why)
    {
        const auto last_read = why.find("; last read");
        if (last_read == std::string_view::npos) return printable(why);
        const auto next = why.find("; expected", last_read);
        std::string out = printable(why.substr(0, last_read));
        if (next != std::string_view::npos) out += printable(why.substr(next));
        return out;
    }

    void note(std::string where, std::string value, std::string expected)
    {
        if (faults_.size() < faults_max) {
            faults_.push_back({std::move(where), std::move(value), std::move(expected)});
        }
    }

    /// The place of the value that comes next, or of the innermost open object.
    [[nodiscard]] std::string path() const
    {
        std::string out;
        for (std::size_t i = 0; i + 1 < open_.size(); ++i) out += step(open_[i]);
        return out;
    }

    static std::string step(const level& at)
    {
        if (at.made.type == node::kind::object) return pointer_step(at.key);
        return '/' + std::to_string(at.made.items.size());
    }

    bool open(node::kind type)
    {
        if (open_.size() == nesting_max) {
            note(path() + step(open_.back()),
                 type == node::kind::array ? "an array" : "an object",
                 "at most " + std::to_string(nesting_max) + " levels of nesting");
            return false;
        }
        open_.emplace_back();
        open_.back().made.type = type;
        return true;
    }

    bool close()
    {
        node made = std::move(open_.back().made);
        open_.pop_back();
        return place(std::move(made));
    }

    bool place(node made)
    {
        if (open_.empty()) {
            root_ = std::move(made);
            return true;
        }
        level& top = open_.back();
        if (top.made.type == node::kind::array) {
            top.made.items.push_back(std::move(made));
        } else if (!top.repeated) {
            top.made.members.push_back({std::move(top.key), std::move(made)});
        }
        return true;
    }

    std::string_view text_;
    std::vector<fault>& faults_;
    std::vector<level> open_;
    node root_;
};

std::string joined(const std::vector<std::string_view>& words, std::string_view last_by)
{
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i != 0) out += i + 1 == words.size() ? last_by : std::string_view{", "};
        out += words[i];
    }
    return out;
}

/// Decimal digits only, at most `digits_max` of them.
std::optional<std::int64_t> whole_number(std::string_view text, std::size_t digits_max)
{
    if (text.empty() || text.size() > digits_max) return std::nullopt;
    std::int64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

}  // namespace

std::optional<node> parse(std::string_view text, std::vector<fault>& faults)
{
    if (text.size() > file_bytes_max) {
        faults.push_back({"", std::to_string(text.size()) + " bytes",
                          "at most " + std::to_string(file_bytes_max) + " bytes"});
        return std::nullopt;
    }
    builder made{text, faults};
    if (!nlohmann::json::sax_parse(text, &made)) return std::nullopt;
    return made.take();
}

std::string shown(const node& value)
{
    switch (value.type) {
        case node::kind::null: return "null";
        case node::kind::boolean: return value.truth ? "true" : "false";
        case node::kind::number: return shortened(value.text);
        case node::kind::string: return '"' + shortened(value.text) + '"';
        case node::kind::array: return value.items.empty() ? "an empty array" : "an array";
        case node::kind::object: return "an object";
    }
    return "unknown";
}

// ---- cursor -----------------------------------------------------------------------------------

void cursor::fault(std::string expected) const
{
    if (faults_->size() < faults_max) {
        faults_->push_back({path_, shown(*node_), std::move(expected)});
    }
}

void cursor::fault_below(std::string_view key, std::string value, std::string expected) const
{
    if (faults_->size() < faults_max) {
        faults_->push_back({path_ + pointer_step(key), std::move(value), std::move(expected)});
    }
}

cursor cursor::item(std::size_t index) const
{
    return {node_->items[index], path_ + '/' + std::to_string(index), *faults_};
}

cursor cursor::below(const member& child) const
{
    return {child.value, path_ + pointer_step(child.key), *faults_};
}

std::optional<std::string> cursor::text(std::string_view what) const
{
    if (is(node::kind::string) && !node_->text.empty()) return node_->text;
    fault(std::string{what} + ", as a string that is not empty");
    return std::nullopt;
}

std::optional<std::size_t> cursor::one_of(std::initializer_list<std::string_view> choices,
                                          std::string_view beyond) const
{
    std::vector<std::string_view> words;
    for (const std::string_view choice : choices) {
        if (is(node::kind::string) && node_->text == choice) return words.size();
        words.push_back(choice);
    }
    std::string expected = joined(words, " or ");
    if (!beyond.empty()) expected += "; " + std::string{beyond};
    fault(std::move(expected));
    return std::nullopt;
}

std::optional<bool> cursor::boolean(std::string_view what) const
{
    if (is(node::kind::boolean)) return node_->truth;
    fault(std::string{what} + ", true or false");
    return std::nullopt;
}

std::optional<std::int64_t> cursor::integer(std::string_view what, std::int64_t min,
                                            std::int64_t max) const
{
    if (is(node::kind::number) && node_->integral && node_->integer >= min &&
        node_->integer <= max) {
        return node_->integer;
    }
    std::string expected = std::string{what} + ", as a whole number";
    if (min == max) {
        expected += ": only " + std::to_string(min) + " is supported";
    } else {
        expected += " from " + std::to_string(min) + " to " + std::to_string(max);
    }
    fault(std::move(expected));
    return std::nullopt;
}

const std::string* cursor::exact_text(std::string_view what) const
{
    if (is(node::kind::string)) return &node_->text;
    if (is(node::kind::number)) {
        fault(std::string{what} + ", as a string: \"" + shortened(node_->text) +
              "\" (a JSON number would pass through a binary fraction)");
    } else {
        fault(std::string{what} + ", as a string");
    }
    return nullptr;
}

void cursor::exact_fault(errc why, std::string_view what, int places) const
{
    std::string expected{what};
    switch (why) {
        case errc::too_many_places:
            expected += ", with at most " + std::to_string(places) + " decimal places";
            break;
        case errc::overflow:
            expected += ", of at most " + std::to_string(18 - places) + " digits before the point";
            break;
        default:
            expected += ", written as digits with at most one point and " +
                        std::to_string(places) + " decimal places";
            break;
    }
    fault(std::move(expected));
}

std::optional<money> cursor::amount(std::string_view what, currency unit) const
{
    const auto number = exact<money::amount_type>(what);
    if (!number) return std::nullopt;
    return money{*number, unit};
}

std::optional<currency> cursor::unit() const
{
    if (is(node::kind::string)) {
        if (const auto parsed = currency::parse(node_->text)) return *parsed;
    }
    fault("a currency, as three capital letters such as \"CNY\"");
    return std::nullopt;
}

std::optional<fixed_zone> cursor::zone() const
{
    if (is(node::kind::string)) {
        if (const auto parsed = fixed_zone::parse(node_->text)) return *parsed;
    }
    fault("an offset from UTC such as \"+08:00\"");
    return std::nullopt;
}

std::optional<rounding> cursor::rounding_mode() const
{
    if (is(node::kind::string)) {
        if (const auto parsed = parse_rounding(node_->text)) return *parsed;
    }
    std::vector<std::string_view> modes;
    for (int i = 0; i < rounding_count; ++i) modes.push_back(to_string(static_cast<rounding>(i)));
    fault(joined(modes, " or "));
    return std::nullopt;
}

std::optional<clock_minutes> cursor::clock() const
{
    const std::string_view written = node_->text;
    if (is(node::kind::string) && written.size() == 5 && written[2] == ':') {
        const auto hours = whole_number(written.substr(0, 2), 2);
        const auto minutes = whole_number(written.substr(3), 2);
        const bool fits = hours && minutes && *hours <= 24 && *minutes <= 59;
        if (fits && *hours * 60 + *minutes <= 1440) {
            return static_cast<clock_minutes>(*hours * 60 + *minutes);
        }
    }
    fault("a time of day from \"00:00\" to \"24:00\"");
    return std::nullopt;
}

std::optional<civil_time> cursor::date() const
{
    const std::string_view written = node_->text;
    if (is(node::kind::string) && written.size() == 10 && written[4] == '-' && written[7] == '-') {
        const auto year = whole_number(written.substr(0, 4), 4);
        const auto month = whole_number(written.substr(5, 2), 2);
        const auto day = whole_number(written.substr(8, 2), 2);
        if (year && month && day) {
            civil_time date;
            date.year = static_cast<std::int16_t>(*year);
            date.month = static_cast<std::uint8_t>(*month);
            date.day = static_cast<std::uint8_t>(*day);
            if (is_valid(date)) return date;
        }
    }
    fault("a date such as \"2026-01-31\"");
    return std::nullopt;
}

std::optional<duration> cursor::length(std::string_view what) const
{
    using unit_of_time = std::pair<std::string_view, std::int64_t>;
    constexpr std::array<unit_of_time, 4> units{unit_of_time{"min", 60'000}, {"s", 1000},
                                                {"h", 3'600'000}, {"d", 86'400'000}};
    const std::string_view written = node_->text;
    for (const auto& [suffix, factor_ms] : units) {
        if (!is(node::kind::string) || !written.ends_with(suffix)) continue;
        const auto count = whole_number(written.substr(0, written.size() - suffix.size()), 9);
        if (count) return duration{*count * factor_ms};
        break;
    }
    fault(std::string{what} +
          ", as a length of time such as \"90s\", \"30min\", \"24h\" or \"3d\"");
    return std::nullopt;
}

void cursor::label_fault(std::string_view what, std::size_t capacity) const
{
    fault(std::string{what} + ", as a string of 1 to " + std::to_string(capacity) +
          " ASCII characters without space, comma and quotes");
}

// ---- object -----------------------------------------------------------------------------------

object::object(cursor at, std::string_view what)
    : at_{std::move(at)}, valid_{at_.is(node::kind::object)}
{
    if (!valid_) at_.fault(std::string{what} + ", as an object");
}

std::optional<cursor> object::optional(std::string_view key)
{
    if (!valid_) return std::nullopt;
    asked_.push_back(key);
    for (const member& each : at_.value().members) {
        if (each.key == key) return at_.below(each);
    }
    return std::nullopt;
}

std::optional<cursor> object::required(std::string_view key, std::string_view expected)
{
    auto found = optional(key);
    if (!found && valid_) at_.fault_below(key, std::string{missing}, std::string{expected});
    return found;
}

void object::finish() const
{
    if (!valid_) return;
    for (const member& each : at_.value().members) {
        if (std::find(asked_.begin(), asked_.end(), each.key) != asked_.end()) continue;
        at_.fault_below(each.key, shown(each.value),
                        "no such key: only " + joined(asked_, " and ") + " are supported here");
    }
}

}  // namespace wattpurse::adapter::json
