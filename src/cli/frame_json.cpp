// SPDX-License-Identifier: Apache-2.0
#include "frame_json.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <wattpurse/codec/dlt645/describe.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/codec/dlt645/values.hpp>

#include "value_json.hpp"

namespace wattpurse::cli {
namespace {

namespace dlt645 = codec::dlt645;
using dlt645::frame;
using json = nlohmann::ordered_json;
using notes = std::vector<std::string>;

constexpr const char* masked = "******";

std::string reversed_hex(byte_span low_byte_first)
{
    std::vector<std::uint8_t> bytes(low_byte_first.rbegin(), low_byte_first.rend());
    return hex_text(bytes);
}

std::string to_text(const civil_time& time)
{
    const auto text = iso8601(*to_instant(time, fixed_zone{}), fixed_zone{});
    return std::string{text.view().substr(0, 19)};  // no zone: a meter does not know one
}

// ---- The head ------------------------------------------------------------------------------

void add_head(json& out, const frame& what, bool is_1997)
{
    const std::array<std::uint8_t, 1> control{what.control};
    out["ok"] = true;
    out["protocol"] = "dlt645";
    out["edition"] = is_1997 ? "1997" : "2007";
    out["address"] = std::string{what.address.text().view()};
    out["control"] = hex_text(control);
    out["direction"] = what.is_from_meter() ? "response" : "request";
    out["abnormal"] = what.is_abnormal();
    out["follow"] = what.has_follow();
}

void note_oddities(const frame& what, notes& warnings)
{
    const auto& wire = what.address.wire;
    const bool known = std::all_of(wire.begin(), wire.end(), [](std::uint8_t byte) {
        return byte == 0xAA || (byte >> 4U <= 9 && (byte & 0x0FU) <= 9);
    });
    if (!known) {
        warnings.emplace_back("the address holds a nibble that is no decimal digit");
    }
    if (what.is_from_meter() && what.address.is_broadcast()) {
        warnings.emplace_back("an answer from the broadcast address");
    }
    if (!what.is_from_meter() && (what.is_abnormal() || what.has_follow())) {
        warnings.emplace_back("a request with D6 or D5 set in its control byte");
    }
    if (what.length > 200) {
        warnings.push_back("length " + std::to_string(what.length) +
                           " is over the standard's limit of 200");
    }
    if (dlt645::function_name(what) == "unknown function") {
        warnings.emplace_back("a function code that the standard does not have");
    }
}

// ---- Refusals ------------------------------------------------------------------------------

std::vector<std::string_view> error_names(const frame& what, bool is_1997)
{
    if (what.function() == 0x03 && !is_1997) {
        if (what.length < 2) {
            return {"other error"};
        }
        return {"other error", "repeated top-up", "ESAM verification failed",
                "identity authentication failed", "customer number mismatch",
                "purchase count wrong", "hoarding limit exceeded", "address error",
                "remote access locked"};
    }
    if (is_1997) {
        return {"illegal data", "data identifier wrong", "password wrong", "",
                "too many year zones", "too many day periods", "too many tariffs"};
    }
    std::vector<std::string_view> names;
    for (unsigned bit = 0; bit < 7; ++bit) {
        names.push_back(to_string(static_cast<dlt645::error_bit>(1U << bit)));
    }
    return names;
}

void add_error(json& out, const frame& what, bool is_1997, notes& warnings)
{
    if (what.length == 0) {
        warnings.emplace_back("a refusal without error word");
        return;
    }
    out["err"] = hex_text(what.payload());
    const auto names = error_names(what, is_1997);
    const unsigned word = dlt645::parse_error_word(what).value_or(0);
    json meaning = json::array();
    for (unsigned bit = 0; bit < 16; ++bit) {
        if ((word >> bit & 1U) == 0) {
            continue;
        }
        const bool named = bit < names.size() && !names[bit].empty();
        meaning.push_back(named ? std::string{names[bit]} : "bit " + std::to_string(bit));
        if (!named) {
            warnings.push_back("bit " + std::to_string(bit) + " of the error word has no meaning");
        }
    }
    out["err_meaning"] = meaning;
}

// ---- Functions of the 2007 edition -----------------------------------------------------------

/// Adds `di` and `name`; nullptr where DATA is too short or the table has no row.
const dlt645::identifier* add_id(json& out, const frame& what, notes& warnings)
{
    const auto id = dlt645::parse_data_id(what);
    if (!id) {
        warnings.emplace_back("no room for a data identifier of four bytes");
        return nullptr;
    }
    out["di"] = reversed_hex(what.payload().first(4));
    if (const auto name = dlt645::name_of(*id); !name.view().empty()) {
        out["name"] = std::string{name.view()};
    }
    return dlt645::find_identifier(*id);
}

void add_read(json& out, const frame& what, notes& warnings)
{
    const auto* const row = add_id(out, what, warnings);
    if (what.length < 4) {
        if (what.length > 0) {
            out["data"] = hex_text(what.payload());
        }
        return;
    }
    auto rest = what.payload().subspan(4);
    const auto id = static_cast<std::uint32_t>(*dlt645::parse_data_id(what));
    if (what.function() == 0x12 && !rest.empty()) {
        out["seq"] = rest.back();
        rest = rest.first(rest.size() - 1);
    }
    if (dlt645::holds_secret(what)) {
        out["value"] = masked;
    } else if (what.is_from_meter() && !what.has_follow() && what.function() == 0x11) {
        add_value(out, row, id, rest, warnings);
    } else if (!rest.empty()) {
        out["data"] = hex_text(rest);
    }
}

/// PA, password and operator code, the password unseen.
void add_credentials(json& out, byte_span eight)
{
    out["level"] = hex_text(eight.first(1));
    out["password"] = masked;
    out["operator"] = reversed_hex(eight.subspan(4, 4));
}

void add_withheld(json& out, std::size_t bytes)
{
    if (bytes > 0) {
        out["withheld_bytes"] = bytes;
    }
}

void add_write(json& out, const frame& what, notes& warnings)
{
    if (what.is_from_meter()) {
        return;
    }
    const auto* const row = add_id(out, what, warnings);
    if (what.length < 12) {
        warnings.emplace_back("no room for password and operator code");
        add_withheld(out, what.length > 4 ? what.length - 4U : 0U);
        return;
    }
    add_credentials(out, what.payload().subspan(4, 8));
    const bool ciphered = what.data[4] >= 0x98;
    const bool sets_password = what.data[3] == 0x04 && what.data[2] == 0 && what.data[1] == 0x0C;
    const auto rest = what.payload().subspan(12);
    if (ciphered || sets_password) {
        add_withheld(out, rest.size());
        return;
    }
    const auto id = static_cast<std::uint32_t>(*dlt645::parse_data_id(what));
    add_value(out, row, id, rest, warnings);
}

void add_control(json& out, const frame& what, notes& warnings)
{
    if (what.is_from_meter()) {
        if (what.length > 0) {
            out["status"] = reversed_hex(what.payload());
        }
        return;
    }
    if (what.length != 16) {
        warnings.emplace_back("a control command is sixteen bytes in plain text");
        add_withheld(out, what.length);
        return;
    }
    add_credentials(out, what.payload().first(8));
    if (what.data[0] == 0x98) {
        add_withheld(out, 8);
        return;
    }
    const auto command = to_string(static_cast<dlt645::control_code>(what.data[8]));
    out["command"] = std::string{command};
    out["n1"] = hex_text(what.payload().subspan(8, 1));
    out["n2"] = hex_text(what.payload().subspan(9, 1));
    if (command == "unknown") {
        warnings.emplace_back("a control command this programme has no name for");
    }
    const auto until = dlt645::read_seconds(what.payload().subspan(10));
    out["valid_until"] = until ? json(to_text(*until)) : json(nullptr);
    if (!until) {
        warnings.emplace_back("valid-until is no time");
    }
}

void add_time(json& out, const frame& what, notes& warnings)
{
    const auto time = dlt645::read_seconds(what.payload());
    out["value"] = time ? json(to_text(*time)) : json(nullptr);
    if (!time) {
        out["data"] = hex_text(what.payload());
        warnings.emplace_back("ss mm hh DD MM YY expected, and this is no time");
    }
    if (!what.address.is_broadcast()) {
        warnings.emplace_back("broadcast time sent to a single address");
    }
}

void add_address(json& out, const frame& what, notes& warnings)
{
    if (what.length == 0) {
        return;
    }
    if (what.length != 6) {
        out["data"] = hex_text(what.payload());
        warnings.emplace_back("an address of six bytes expected");
        return;
    }
    out["value"] = reversed_hex(what.payload());
}

/// 03 and 18: the identifier is told, everything behind it is not.
void add_secret(json& out, const frame& what, notes& warnings)
{
    const bool has_id = what.function() == 0x03 || !what.is_from_meter();
    if (has_id && what.length > 0) {
        add_id(out, what, warnings);
    }
    const std::size_t shown = has_id ? 4 : 0;
    add_withheld(out, what.length > shown ? what.length - shown : 0U);
}

void add_body_2007(json& out, const frame& what, notes& warnings)
{
    switch (what.function()) {
        case 0x11:
        case 0x12: return add_read(out, what, warnings);
        case 0x08: return add_time(out, what, warnings);
        case 0x13:
        case 0x15: return add_address(out, what, warnings);
        case 0x14: return add_write(out, what, warnings);
        case 0x1C: return add_control(out, what, warnings);
        case 0x03:
        case 0x18: return add_secret(out, what, warnings);
        default: break;
    }
    if (dlt645::holds_secret(what)) {
        add_withheld(out, what.length);
    } else if (what.length > 0) {
        out["data"] = hex_text(what.payload());
    }
}

// ---- Functions of the 1997 edition -----------------------------------------------------------

void add_body_1997(json& out, const frame& what, notes& warnings)
{
    const bool has_id = what.function() == 0x01 || what.function() == 0x02 ||
                        what.function() == 0x04;
    byte_span rest = what.payload();
    const dlt645::identifier* row = nullptr;
    std::uint16_t id = 0;
    if (has_id && what.length >= 2) {
        id = static_cast<std::uint16_t>(what.data[0] | static_cast<unsigned>(what.data[1]) << 8U);
        out["di"] = reversed_hex(rest.first(2));
        if (const auto name = dlt645::name_of_1997(id); !name.view().empty()) {
            out["name"] = std::string{name.view()};
        }
        row = dlt645::find_identifier_1997(id);
        rest = rest.subspan(2);
    } else if (has_id && !(what.function() == 0x04 && what.is_from_meter())) {
        warnings.emplace_back("no room for a data identifier of two bytes");
    }
    if (dlt645::holds_secret(what)) {
        add_withheld(out, rest.size());
    } else if (what.function() == 0x01 && what.is_from_meter() && !what.has_follow()) {
        add_value(out, row, id, rest, warnings);
    } else if (!rest.empty()) {
        out["data"] = hex_text(rest);
    }
}

}  // namespace

nlohmann::ordered_json frame_json(const codec::dlt645::frame& frame,
                                  std::vector<std::string>& warnings)
{
    const bool is_1997 = dlt645::edition_of(frame) == dlt645::edition::y1997;
    json out;
    add_head(out, frame, is_1997);
    note_oddities(frame, warnings);
    const bool reads = is_1997 ? frame.function() <= 0x02
                               : frame.function() == 0x11 || frame.function() == 0x12;
    if (!reads) {
        out["function"] = std::string{dlt645::function_name(frame)};
    }
    if (frame.is_from_meter() && frame.is_abnormal()) {
        add_error(out, frame, is_1997, warnings);
    } else if (is_1997) {
        add_body_1997(out, frame, warnings);
    } else {
        add_body_2007(out, frame, warnings);
    }
    return out;
}

}  // namespace wattpurse::cli
