// SPDX-License-Identifier: Apache-2.0
#include "register_json.hpp"

#include <array>
#include <cstdint>

#include "report.hpp"

namespace wattpurse::cli {
namespace {

using json = nlohmann::ordered_json;
using meter::register_field;
using meter::register_value;
using meter::value_type;

/// Characters, without what fills them up; what is no ASCII is shown as '?'.
std::string text_of(byte_span raw)
{
    std::string out;
    for (const std::uint8_t byte : raw) {
        if (byte == 0) break;
        out += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '?';
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
}

json bits_of(const register_field& field, std::uint64_t word)
{
    json out = json::array();
    for (const meter::register_bits& each : field.bits) {
        const std::uint64_t mask = (std::uint64_t{1} << each.width) - 1;
        const std::uint64_t state = word >> each.low & mask;
        if (each.has_value ? state == each.value : state != 0) {
            out.push_back(std::string{each.name});
        }
    }
    return out;
}

/// The numbers of a record, each by a field of its own that covers its bytes.
json parts_of(const register_field& field, byte_span raw)
{
    json out = json::object();
    for (const meter::record_part& part : field.parts) {
        if (std::size_t{part.offset} + part.size > raw.size() || part.size == 0) continue;
        const byte_span bytes = raw.subspan(part.offset, part.size);
        register_field one;
        one.type = part.type;
        one.scale = part.scale;
        one.count = static_cast<std::uint16_t>((part.size + 1U) / 2U);
        std::array<std::uint8_t, 8> padded{};  // a single byte is the low one of a register
        const std::size_t lead = part.size % 2;
        for (std::size_t i = 0; i < bytes.size() && i + lead < padded.size(); ++i) {
            padded[i + lead] = bytes[i];
        }
        const auto value =
            read_value(one, byte_span{padded}.first(std::size_t{2} * one.count));
        out[std::string{part.name}] = value.is_sound
                                          ? std::string{to_text(value.number).view()}
                                          : hex_text(bytes);
    }
    return out;
}

void add_value(json& out, const register_field& field, const register_value& value)
{
    switch (field.type) {
        case value_type::text: out["value"] = text_of(value.raw); break;
        case value_type::raw: out["data"] = hex_text(value.raw); break;
        case value_type::record:
            out["data"] = hex_text(value.raw);
            if (!field.parts.empty()) out["parts"] = parts_of(field, value.raw);
            break;
        case value_type::bits:
            out["value"] = value.word;
            if (!field.bits.empty()) out["bits"] = bits_of(field, value.word);
            break;
        default: out["value"] = std::string{to_text(value.number).view()}; break;
    }
    if (!field.unit.empty()) out["unit"] = std::string{field.unit};
    if (value.is_inexact) out["inexact"] = true;
    if (value.is_implausible) out["implausible"] = true;
}

}  // namespace

json field_json(const register_field& field, meter::field_state state,
                const register_value& value)
{
    json out{{"name", std::string{field.name}}};
    if (state != meter::field_state::read) {
        out["error"] = std::string{to_string(state)};
    } else if (value.is_missing) {
        out["missing"] = true;
    } else if (!value.is_sound) {
        out["error"] = std::string{to_string(value.problem)};
        out["data"] = hex_text(value.raw);
    } else {
        add_value(out, field, value);
    }
    if (!field.is_confirmed) out["confirmed"] = false;
    return out;
}

std::string field_text(const json& object)
{
    if (object.contains("error")) return "- (" + object["error"].get<std::string>() + ")";
    if (object.contains("missing")) return "-";
    std::string out;
    if (object.contains("value")) {
        out = object["value"].is_string() ? object["value"].get<std::string>()
                                          : object["value"].dump();
    } else {
        out = object["data"].get<std::string>();
    }
    if (object.contains("bits")) {
        for (const json& bit : object["bits"]) out += ' ' + bit.get<std::string>();
    }
    if (object.contains("inexact")) out += " (inexact)";
    if (object.contains("implausible")) out += " (implausible)";
    return out;
}

}  // namespace wattpurse::cli
