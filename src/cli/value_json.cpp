// SPDX-License-Identifier: Apache-2.0
#include "value_json.hpp"

#include <cstddef>

#include <wattpurse/codec/dlt645/describe.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/meter/status.hpp>

namespace wattpurse::cli {
namespace {

namespace dlt645 = codec::dlt645;
using json = nlohmann::ordered_json;
using notes = std::vector<std::string>;

void note_bad_value(errc why, byte_span item, notes& warnings)
{
    if (why == errc::not_available) {
        warnings.emplace_back("the meter has no such value (FF bytes)");
    } else if (why == errc::not_bcd) {
        warnings.push_back("value bytes " + hex_text(item) + " are not BCD");
    } else {
        warnings.push_back("value bytes " + hex_text(item) + " are out of range");
    }
}

json item_json(const dlt645::identifier& row, byte_span item, notes& warnings)
{
    const auto text = dlt645::value_of(row, item);
    if (!text) {
        note_bad_value(text.error(), item, warnings);
        return nullptr;
    }
    return std::string{text->view()};
}

json items_json(const dlt645::identifier& row, byte_span bytes, notes& warnings)
{
    json items = json::array();
    for (std::size_t i = 0; i < bytes.size(); i += row.item_size) {
        items.push_back(item_json(row, bytes.subspan(i, row.item_size), warnings));
    }
    return items;
}

void add_status_flags(json& out, byte_span bytes)
{
    const auto word = static_cast<std::uint16_t>(bytes[0] | static_cast<unsigned>(bytes[1]) << 8U);
    const meter::status_word_3 status{word};
    out["flags"] = {{"relay", to_string(status.relay())},
                    {"relay_command", to_string(status.commanded())},
                    {"trip_alarm", status.trip_alarm()},
                    {"keep_power", status.keep_power()}};
}

}  // namespace

std::string hex_text(byte_span bytes)
{
    std::string out(2 * bytes.size(), '0');
    static_cast<void>(format_hex(bytes, out).value());
    return out;
}

void add_value(nlohmann::ordered_json& out, const codec::dlt645::identifier* row,
               std::uint32_t id, byte_span bytes, std::vector<std::string>& warnings)
{
    if (bytes.empty()) {
        return;
    }
    if (row == nullptr) {
        out["data"] = hex_text(bytes);
        return;
    }
    const bool block = dlt645::is_block(*row, id);
    const bool fits = block ? bytes.size() % row->item_size == 0 : bytes.size() == row->item_size;
    if (!fits) {
        out["value"] = nullptr;
        out["data"] = hex_text(bytes);
        warnings.push_back(std::to_string(bytes.size()) + " bytes of value where " +
                           (block ? "a multiple of " : "") + std::to_string(row->item_size) +
                           " is expected");
        return;
    }
    out["value"] = block ? items_json(*row, bytes, warnings) : item_json(*row, bytes, warnings);
    if (!row->unit.empty()) {
        out["unit"] = std::string{row->unit};
    }
    if (static_cast<dlt645::data_id>(id) == dlt645::data_id::status_word_3 && fits) {
        add_status_flags(out, bytes);
    }
}

}  // namespace wattpurse::cli
