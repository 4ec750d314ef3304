// SPDX-License-Identifier: Apache-2.0
#include "profile_page.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include "profile_text.hpp"

namespace wattpurse::cli {

namespace {

std::string joined(std::span<const std::string_view> texts, std::string_view by)
{
    std::string out;
    for (const std::string_view text : texts) {
        if (!out.empty()) out += by;
        out += text;
    }
    return out;
}

void add_list(std::string& out, std::string_view title, std::span<const std::string_view> texts)
{
    if (texts.empty()) return;
    out += '\n';
    out += title;
    out += "\n\n";
    for (const std::string_view text : texts) out += "- " + std::string{text} + '\n';
}

std::string type_text(const meter::register_field& field)
{
    std::string out{word_of(field.type)};
    const bool has_own_count = field.type >= meter::value_type::bcd;
    if (has_own_count && field.count > 1) out += " x" + std::to_string(field.count);
    if (field.words == meter::word_order::low_first) out += ", low first";
    if (field.type == meter::value_type::f32 || field.type == meter::value_type::f64) {
        out += " by " + step_text(field.resolution);
    }
    return out;
}

std::string bits_text(std::span<const meter::register_bits> bits)
{
    std::string out;
    for (const meter::register_bits& each : bits) {
        if (each.has_value) {
            out += " " + std::to_string(each.value) + " " + std::string{each.name} + ";";
            continue;
        }
        if (!out.empty() && out.back() == ';') out.pop_back();
        if (!out.empty()) out += ", ";
        out += "bit " + std::to_string(each.low);
        if (each.width > 1) out += " to " + std::to_string(each.low + each.width - 1);
        out += " " + std::string{each.name};
    }
    if (!out.empty() && out.back() == ';') out.pop_back();
    return out;
}

std::string parts_text(std::span<const meter::record_part> parts)
{
    std::string out;
    for (const meter::record_part& each : parts) {
        if (!out.empty()) out += ", ";
        out += std::to_string(each.offset) + ": " + std::string{each.name} + " " +
               std::string{word_of(each.type)};
    }
    return out;
}

/// Meaning, and all that has no column of its own.
std::string remark_of(const meter::register_field& field)
{
    std::string out;
    const auto add = [&out](std::string_view text) {
        if (text.empty()) return;
        out += (out.empty() ? "" : "; ") + std::string{text};
    };
    add(field.meaning);
    add(field.meaning_zh);
    if (field.role != meter::role::none) add("role " + std::string{word_of(field.role)});
    if (field.is_secret) add("secret");
    if (field.has_sentinel) {
        add("none: " + hex_text(field.sentinel, field.function > 2 ? field.count * 4 : 1));
    }
    if (field.capacity.mantissa != 0) add("wraps at " + number_text(field.capacity));
    add(bits_text(field.bits));
    add(parts_text(field.parts));
    if (!field.note.empty()) add("**" + std::string{field.note} + "**");
    return out;
}

void add_registers(std::string& out, const meter::register_map& map)
{
    if (map.fields.empty()) return;
    out += "\n| register | function | address | type | factor | unit | access | confirmed | "
           "meaning |\n|---|---|---|---|---|---|---|---|---|\n";
    for (const meter::register_field& field : map.fields) {
        out += "| `" + std::string{field.name} + "` | " + std::to_string(field.function) + " | " +
               address_text(field.address) + " | " + type_text(field) + " | " +
               factor_text(map, field) + " | " + std::string{field.unit} + " | " +
               std::string{word_of(field.access)} + " | " + (field.is_confirmed ? "yes" : "no") +
               " | " + remark_of(field) + " |\n";
    }
}

void add_recipes(std::string& out, const meter::register_map& map)
{
    if (map.recipes.empty()) return;
    out += "\n| recipe | function | address | words | done when | confirmed | note |\n"
           "|---|---|---|---|---|---|---|\n";
    for (const meter::write_recipe& recipe : map.recipes) {
        const std::string words = words_text(recipe);
        const bool is_counted = words.find("sequence") != std::string::npos;
        std::string verify{field_name(map, recipe.verify_field)};
        if (is_counted) {
            verify += " is the sequence number";
            const std::string_view balance = field_name(map, recipe.balance_field);
            if (!balance.empty()) verify += ", " + std::string{balance} + " has the amount";
        } else if (!verify.empty()) {
            verify += " & " + hex_text(recipe.verify_mask, 4) + " is " +
                      hex_text(recipe.verify_expected, 4);
        }
        out += "| `" + std::string{recipe.name} + "` | " + hex_text(recipe.function, 2) + " | " +
               address_text(recipe.address) + " | " + words + " | " + verify + " | " +
               (recipe.is_confirmed ? "yes" : "no") + " | " + std::string{recipe.note} + " |\n";
    }
}

void add_areas(std::string& out, const meter::register_map& map)
{
    for (const meter::register_area& area : map.areas) {
        out += "\nFunction " + std::to_string(area.function) + ", " + address_text(area.first) +
               " to " + address_text(area.last) + ": ";
        out += area.kind == meter::register_area::kind_type::forbidden
                   ? std::string{"never read."}
                   : "each address is a record of " + std::to_string(area.record_registers) +
                         " registers.";
        out += '\n';
    }
}

void add_probes(std::string& out, const meter::register_map& map)
{
    for (const meter::probe_rule& probe : map.probes) {
        std::string bytes;
        for (const std::uint8_t byte : probe.expected) {
            bytes += (bytes.empty() ? "" : " ") + hex_text(byte, 2).substr(2);
        }
        out += "\nProbe: function " + std::to_string(probe.function) + ", " +
               address_text(probe.address) + ", " + std::to_string(probe.count) +
               " registers: " + (bytes.empty() ? "any answer" : bytes) + ".\n";
    }
}

std::string count_text(const meter::register_map& map)
{
    return std::to_string(map.fields.size()) + " registers, " +
           std::to_string(confirmed_count(map)) + " of them confirmed";
}

void add_dlt645(std::string& out, const meter::profile& kind)
{
    const auto id = [](codec::dlt645::data_id what) {
        return hex_text(static_cast<std::uint32_t>(what), 8).substr(2);
    };
    out += "\nEnergy block " + id(kind.energy_block) + " with " +
           std::to_string(kind.tariff_count) + " tariffs, daily freezes " + id(kind.freeze_time) +
           " and " + id(kind.freeze_energy) + " (" + std::to_string(kind.freeze_depth) +
           " days), clock " + id(kind.date) + " and " + id(kind.time) + ", status word 3 " +
           id(kind.status_word_3) + ", remaining money " + id(kind.remaining_money) +
           ". Registers go on at zero at " +
           number_text({kind.register_capacity.mantissa(), -energy::scale}) + " kWh.\n";
}

}  // namespace

std::string profile_list_head()
{
    return "| profile | protocol | vendor | models | status | registers | confirmed | recipes |\n"
           "|---|---|---|---|---|---|---|---|\n";
}

std::string profile_list_row(const std::string& file_name, const adapter::json::meter_profile& kind)
{
    const meter::register_map map = kind.view();
    const bool is_modbus = kind.is_modbus();
    return "| [" + file_name + "](#" + file_name + ") | " +
           std::string{is_modbus ? "Modbus" : "DL/T 645"} + " | " + std::string{map.vendor} +
           " | " + joined(map.models, ", ") + " | " + std::string{status_word(map.is_confirmed)} +
           " | " + (is_modbus ? std::to_string(map.fields.size()) : "") + " | " +
           (is_modbus ? std::to_string(confirmed_count(map)) : "") + " | " +
           (map.recipes.empty() ? "" : std::to_string(map.recipes.size())) + " |\n";
}

std::string profile_page(const std::string& file_name, const adapter::json::meter_profile& kind)
{
    const meter::register_map map = kind.view();
    std::string out = "## " + file_name + "\n\n" + std::string{map.vendor} + ": " +
                      joined(map.models, ", ") + ". " +
                      (map.is_confirmed ? "Confirmed" : "**Unconfirmed**");
    if (kind.is_modbus()) out += "; " + count_text(map);
    out += ".";
    if (map.has_serial) out += " Serial line: " + serial_text(map.serial) + ".";
    if (map.base == meter::address_base::sunspec) {
        out += " SunSpec model " + std::to_string(map.sunspec_model) + ".";
    }
    out += '\n';
    if (!map.cross_check.empty()) out += '\n' + std::string{map.cross_check} + ".\n";
    add_list(out, "Sources:", map.sources);
    add_list(out, "Notes:", map.notes);
    if (kind.is_modbus()) {
        add_registers(out, map);
        add_areas(out, map);
        add_recipes(out, map);
        add_probes(out, map);
    } else {
        add_dlt645(out, kind.dlt645());
    }
    return out;
}

}  // namespace wattpurse::cli
