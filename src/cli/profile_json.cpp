// SPDX-License-Identifier: Apache-2.0
#include "profile_json.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "profile_text.hpp"

namespace wattpurse::cli {

namespace {

using json = nlohmann::ordered_json;

json texts_json(std::span<const std::string_view> texts)
{
    json out = json::array();
    for (const std::string_view text : texts) out.push_back(text);
    return out;
}

void add_text(json& out, const char* key, std::string_view text)
{
    if (!text.empty()) out[key] = text;
}

json bits_json(std::span<const meter::register_bits> bits)
{
    json out = json::array();
    for (const meter::register_bits& each : bits) {
        if (each.has_value) {
            out.back()["values"][std::to_string(each.value)] = each.name;
        } else {
            out.push_back({{"low", each.low}, {"width", each.width}, {"name", each.name}});
        }
    }
    return out;
}

json parts_json(std::span<const meter::record_part> parts)
{
    json out = json::array();
    for (const meter::record_part& each : parts) {
        json part{{"name", each.name},
                  {"offset", each.offset},
                  {"size", each.size},
                  {"type", word_of(each.type)}};
        if (compare(each.scale, {1, 0}) != 0) part["scale"] = number_text(each.scale);
        add_text(part, "unit", each.unit);
        out.push_back(std::move(part));
    }
    return out;
}

bool has_word_order(const meter::register_field& field)
{
    return field.count > 1 && field.function > 2 &&
           (field.type <= meter::value_type::mod10k || field.type == meter::value_type::bits);
}

bool is_number(const meter::register_field& field)
{
    return field.type <= meter::value_type::mod10k;
}

bool is_float(const meter::register_field& field)
{
    return field.type == meter::value_type::f32 || field.type == meter::value_type::f64;
}

void add_value(json& out, const meter::register_map& map, const meter::register_field& field)
{
    if (is_number(field)) out["scale"] = number_text(field.scale);
    add_text(out, "scale_field", field_name(map, field.scale_field));
    if (is_float(field)) out["resolution"] = step_text(field.resolution);
    add_text(out, "unit", field.unit);
    add_text(out, "meaning", field.meaning);
    add_text(out, "meaning_zh", field.meaning_zh);
    if (field.ratio != meter::transformer::none) out["ratio"] = word_of(field.ratio);
    if (field.has_sentinel) {
        out["sentinel"] = hex_text(field.sentinel, field.function > 2 ? field.count * 4 : 1);
    }
    if (field.has_range) {
        out["valid"] = {number_text(field.valid_min), number_text(field.valid_max)};
    }
    if (field.capacity.mantissa != 0) out["capacity"] = number_text(field.capacity);
}

json field_json(const meter::register_map& map, const meter::register_field& field)
{
    json out{{"name", field.name},
             {"function", field.function},
             {"address", address_text(field.address)},
             {"type", word_of(field.type)},
             {"count", field.count}};
    if (has_word_order(field)) out["word_order"] = word_of(field.words);
    if (field.bytes != meter::byte_order::high_first) out["byte_order"] = word_of(field.bytes);
    add_value(out, map, field);
    out["access"] = word_of(field.access);
    if (field.is_writable) out["writable"] = true;
    if (field.is_secret) out["secret"] = true;
    if (field.role != meter::role::none) out["role"] = word_of(field.role);
    out["status"] = status_word(field.is_confirmed);
    add_text(out, "note", field.note);
    if (!field.bits.empty()) out["bits"] = bits_json(field.bits);
    if (!field.parts.empty()) out["parts"] = parts_json(field.parts);
    return out;
}

json words_json(const meter::write_recipe& recipe)
{
    json out = json::array();
    const std::string text = words_text(recipe);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        out.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

json recipe_json(const meter::register_map& map, const meter::write_recipe& recipe)
{
    json out{{"name", recipe.name},
             {"purpose", word_of(recipe.purpose)},
             {"function", hex_text(recipe.function, 2)},
             {"address", address_text(recipe.address)},
             {"words", words_json(recipe)}};
    add_text(out, "amount_field", field_name(map, recipe.amount_field));
    add_text(out, "balance_field", field_name(map, recipe.balance_field));
    if (recipe.verify_field != meter::no_field) {
        json& verify = out["verify"];
        verify["field"] = field_name(map, recipe.verify_field);
        if (out["words"].end() == std::find(out["words"].begin(), out["words"].end(), "sequence")) {
            verify["mask"] = hex_text(recipe.verify_mask, 4);
            verify["equals"] = hex_text(recipe.verify_expected, 4);
        }
    }
    out["status"] = status_word(recipe.is_confirmed);
    add_text(out, "note", recipe.note);
    return out;
}

std::string bytes_text(byte_span bytes)
{
    std::string out;
    for (const std::uint8_t byte : bytes) out += hex_text(byte, 2).substr(2);
    return out;
}

json area_json(const meter::register_area& area)
{
    json out{{"kind", word_of(area.kind)},
             {"function", area.function},
             {"first", address_text(area.first)},
             {"last", address_text(area.last)}};
    if (area.kind == meter::register_area::kind_type::records) {
        out["record_registers"] = area.record_registers;
    }
    return out;
}

json probe_json(const meter::probe_rule& probe)
{
    json out{{"function", probe.function},
             {"address", address_text(probe.address)},
             {"count", probe.count}};
    if (!probe.expected.empty()) out["bytes"] = bytes_text(probe.expected);
    if (!probe.mask.empty()) out["mask"] = bytes_text(probe.mask);
    return out;
}

void add_modbus(json& out, const meter::register_map& map)
{
    const bool is_sunspec = map.base == meter::address_base::sunspec;
    out["base"] = is_sunspec ? "sunspec" : "zero";
    if (is_sunspec) out["sunspec_model"] = map.sunspec_model;
    out["registers_max"] = map.registers_max;
    out["latency_ms"] = map.latency.count();
    out["registers"] = json::array();
    for (const auto& field : map.fields) out["registers"].push_back(field_json(map, field));
    for (const auto& area : map.areas) out["areas"].push_back(area_json(area));
    for (const auto& recipe : map.recipes) out["recipes"].push_back(recipe_json(map, recipe));
    for (const auto& probe : map.probes) out["probes"].push_back(probe_json(probe));
}

void add_dlt645(json& out, const meter::profile& kind)
{
    const auto id = [](codec::dlt645::data_id what) {
        return hex_text(static_cast<std::uint32_t>(what), 8).substr(2);
    };
    out["tariff_count"] = kind.tariff_count;
    out["energy_block"] = id(kind.energy_block);
    out["freeze_time"] = id(kind.freeze_time);
    out["freeze_energy"] = id(kind.freeze_energy);
    out["freeze_depth"] = kind.freeze_depth;
    out["date"] = id(kind.date);
    out["time"] = id(kind.time);
    out["status_word_3"] = id(kind.status_word_3);
    out["remaining_money"] = id(kind.remaining_money);
    out["register_capacity"] = number_text({kind.register_capacity.mantissa(), -energy::scale});
    out["power_max"] = number_text({kind.power_max.mantissa(), -power::scale});
    out["read_timeout_ms"] = kind.read_timeout.count();
    out["control_timeout_ms"] = kind.control_timeout.count();
    out["read_attempts"] = kind.read_attempts;
    out["control_attempts"] = kind.control_attempts;
}

json head_json(const adapter::json::meter_profile& kind)
{
    const meter::register_map map = kind.view();
    return {{"protocol", word_of(kind.protocol())},
            {"name", map.name},
            {"vendor", map.vendor},
            {"models", texts_json(map.models)},
            {"status", status_word(map.is_confirmed)}};
}

}  // namespace

json profile_head_json(const adapter::json::meter_profile& kind)
{
    json out = head_json(kind);
    const meter::register_map map = kind.view();
    if (kind.is_modbus()) {
        out["registers"] = map.fields.size();
        out["confirmed_registers"] = confirmed_count(map);
        out["recipes"] = map.recipes.size();
    }
    return out;
}

json profile_json(const adapter::json::meter_profile& kind)
{
    json out{{"format", adapter::json::profile_format}};
    out.update(head_json(kind));
    const meter::register_map map = kind.view();
    out["sources"] = texts_json(map.sources);
    add_text(out, "cross_check", map.cross_check);
    if (!map.notes.empty()) out["notes"] = texts_json(map.notes);
    if (map.has_serial) {
        out["serial"] = {{"baud", map.serial.baud},
                         {"parity", std::string(1, map.serial.parity)},
                         {"stop_bits", map.serial.stop_bits},
                         {"unit", map.serial.unit}};
    }
    if (kind.is_modbus()) {
        add_modbus(out, map);
    } else {
        add_dlt645(out, kind.dlt645());
    }
    return out;
}

}  // namespace wattpurse::cli
