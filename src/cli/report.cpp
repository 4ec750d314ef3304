// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <algorithm>

namespace wattpurse::cli {

void report_writer::warn(std::string_view english, std::initializer_list<std::string_view> values)
{
    warn_in_words(say(english, values));
}

void report_writer::warn_in_words(std::string text)
{
    if (std::find(out_.warnings.begin(), out_.warnings.end(), text) == out_.warnings.end()) {
        out_.warnings.push_back(std::move(text));
    }
}

void report_writer::explain(std::size_t begin, std::size_t size, std::string meaning)
{
    out_.parts.push_back({begin, size, false, std::move(meaning)});
}

void report_writer::hide(std::size_t begin, std::size_t size, std::string meaning)
{
    out_.parts.push_back({begin, size, true, std::move(meaning)});
    out_.holds_secret = true;
}

void report_writer::withhold(std::size_t begin)
{
    if (begin < frame_.length) {
        const std::size_t size = frame_.length - begin;
        out_.object["withheld_bytes"] = size;
        hide(begin, size, say("{} bytes withheld", {std::to_string(size)}));
    }
}

void report_writer::leave(std::size_t begin, std::string meaning)
{
    if (begin < frame_.length) {
        out_.object["data"] = hex_text(data().subspan(begin));
        explain(begin, frame_.length - begin, std::move(meaning));
    }
}

void report_writer::finish()
{
    auto& parts = out_.parts;
    std::stable_sort(parts.begin(), parts.end(), [](const data_part& a, const data_part& b) {
        return a.begin < b.begin;
    });
    std::size_t covered = 0;
    for (const data_part& part : parts) {
        covered = std::max(covered, part.begin + part.size);
    }
    if (codec::dlt645::holds_secret(frame_)) {
        withhold(covered);
    } else if (!out_.object.contains("data")) {
        leave(covered, say("not explained"));
    } else if (covered < frame_.length) {
        explain(covered, frame_.length - covered, say("not explained"));
    }
}

std::string hex_text(byte_span bytes)
{
    std::string out(2 * bytes.size(), '0');
    static_cast<void>(format_hex(bytes, out).value());
    return out;
}

std::string reversed_hex(byte_span low_byte_first)
{
    return hex_text(std::vector<std::uint8_t>(low_byte_first.rbegin(), low_byte_first.rend()));
}

std::string time_text(const civil_time& time)
{
    const auto text = iso8601(*to_instant(time, fixed_zone{}), fixed_zone{});
    return std::string{text.view().substr(0, 19)};
}

}  // namespace wattpurse::cli
