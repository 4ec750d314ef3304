// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <wattpurse/codec/dlt645/error_word.hpp>

#include "frame_json.hpp"

namespace wattpurse::cli {
namespace {

namespace dlt645 = codec::dlt645;
using json = nlohmann::ordered_json;

/// Error bits of a DC with two bytes; only in public meter firmware of the filing of 2013.
constexpr std::array<std::string_view, 9> control_errors{
    "remote operation closed", "authentication code wrong", "password wrong",
    "session not valid", "time not valid", "trip refused, supply is protected",
    "trip with automatic closing: wrong delay", "trip with automatic closing: already tripped",
    "trip with automatic closing: refused"};

/// The name of a bit of the error word; empty where it has none.
std::string_view bit_name(const report_writer& to, unsigned bit)
{
    const unsigned value = 1U << bit;
    const dlt645::frame& what = to.frame();
    std::string_view name;
    if (to.edition() == dlt645::edition::y1997) {
        name = value <= 0xFF ? to_string(static_cast<dlt645::error_bit_1997>(value)) : "";
    } else if (what.function() == 0x03 && what.length >= 2) {
        name = to_string(static_cast<dlt645::security_error_bit>(value));
    } else if (what.function() == 0x1C && what.length >= 2) {
        name = bit < control_errors.size() ? control_errors[bit] : "";
    } else {
        name = value <= 0xFF ? to_string(static_cast<dlt645::error_bit>(value)) : "";
    }
    return name == "unknown" ? std::string_view{} : name;
}

json word_meaning(report_writer& to, unsigned word)
{
    json out = json::array();
    for (unsigned bit = 0; bit < 16; ++bit) {
        if ((word >> bit & 1U) == 0) {
            continue;
        }
        const std::string_view name = bit_name(to, bit);
        const std::string number = std::to_string(bit);
        out.push_back(name.empty() ? to.say("bit {}", {number}) : to.say(name));
        if (name.empty()) {
            to.warn("bit {} of the error word has no meaning", {number});
        }
    }
    return out;
}

std::string joined(const json& texts)
{
    std::string out;
    for (const json& text : texts) {
        out += (out.empty() ? "" : ", ") + text.get<std::string>();
    }
    return out;
}

}  // namespace

void report_refusal(report_writer& to)
{
    constexpr std::size_t word_size_max = 2;
    const byte_span data = to.data();
    if (data.empty()) {
        to.warn("a refusal without error word");
        return;
    }
    if (dlt645::holds_secret(to.frame())) {
        to.warn("a refusal with more than an error word");
        return;  // the rest is withheld
    }
    const unsigned word = dlt645::parse_error_word(to.frame()).value_or(0);
    const std::size_t size = std::min(data.size(), word_size_max);
    const bool is_code = data.size() == 1 && (word & 0xF0U) == 0x80U;
    const json meaning = is_code ? json::array({to.say("a code of the maker, {}",
                                                       {hex_text(data.first(1))})})
                                 : word_meaning(to, word);
    to.object()["err"] = hex_text(data);
    to.object()["err_meaning"] = meaning;
    to.explain(0, size, to.say("error word: {}", {meaning.empty() ? to.say("no bit set")
                                                                  : joined(meaning)}));
    if (size < data.size()) {
        to.explain(size, data.size() - size, to.say("not explained"));
    }
}

}  // namespace wattpurse::cli
