// SPDX-License-Identifier: Apache-2.0
#include "modbus_layout.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <wattpurse/codec/modbus/pdu.hpp>

#include "modbus_values.hpp"

namespace wattpurse::sim {

namespace {

namespace modbus = codec::modbus;
using meter::register_field;
using meter::register_map;
using meter::role;
using meter::value_type;
using table = modbus::table;

constexpr table holding = table::holding_registers;
constexpr std::uint16_t sunspec_start = 40'000;
constexpr std::uint16_t sunspec_head = 2;            // id and length
constexpr std::uint16_t sunspec_common_length = 66;

bool is_number(const register_field& field)
{
    return field.type != value_type::text && field.type != value_type::raw &&
           field.type != value_type::record && field.count <= 4;
}

/// "SunS", a common model, and then the model of the map (SunSpec device information model 1.1).
void lay_out_sunspec(const modbus_meter_options& options, modbus_tables& out)
{
    const register_map& map = options.map;
    out.set_text(holding, sunspec_start, 2, "SunS");
    const std::uint16_t common = sunspec_start + 2;
    out.set(holding, common, 1);
    out.set(holding, common + 1, sunspec_common_length);
    out.set_text(holding, common + 2, 16, map.vendor.empty() ? "wattpurse" : map.vendor);
    out.set_text(holding, common + 18, 16, map.name);
    out.set_text(holding, common + 34, 8, "");
    out.set_text(holding, common + 42, 8, "simulated");
    out.set_text(holding, common + 50, 16, std::to_string(options.serial));
    out.set(holding, common + 66, options.unit);
    out.set(holding, common + 67, 0x8000);
    out.set_base(static_cast<std::uint16_t>(common + sunspec_head + sunspec_common_length));
}

/// The model's own id and length, and the end of the chain behind it.
void close_sunspec(const register_map& map, modbus_tables& out)
{
    std::size_t size = sunspec_head;
    for (const register_field& field : map.fields) {
        size = std::max<std::size_t>(size, field.address + field.count);
    }
    out.set(holding, out.base(), map.sunspec_model);
    out.set(holding, out.base() + 1U, static_cast<std::uint16_t>(size - sunspec_head));
    out.set(holding, out.base() + size, 0xFFFF);
    out.set(holding, out.base() + size + 1, 0);
}

/// What a meter is set to when it comes.
void set_up(const register_field& field, const modbus_meter_options& options, modbus_tables& out)
{
    const std::string_view name = field.name;
    const auto serial = static_cast<std::int64_t>(options.serial);
    if (field.role == role::serial_number) {
        if (field.type == value_type::text) {
            out.set_text(modbus_tables::table_of(field.function), out.base() + field.address,
                         field.count, std::to_string(options.serial));
        } else if (is_number(field)) {
            out.put(field, {serial, field.scale.exponent}, 0);
        }
    } else if (!is_number(field)) {
        return;
    } else if (field.role == role::voltage_ratio || field.role == role::current_ratio ||
               name.ends_with("_ratio")) {
        out.put(field, {1, 0}, 0);
    } else if (name == "comm_address") {
        out.put(field, {options.unit, 0}, 0);
    } else if (name.starts_with("price_") || name.starts_with("sp_price_")) {
        out.put(field, {options.price_cents_per_kwh, -2}, 0);
    } else if (field.has_sentinel) {
        out.put_raw(field, field.sentinel);
    }
}

}  // namespace

bool is_record(const register_map& map, std::uint8_t function, std::uint32_t address)
{
    using kind_type = meter::register_area::kind_type;
    return std::any_of(map.areas.begin(), map.areas.end(), [&](const auto& area) {
        return area.kind == kind_type::records && area.function == function &&
               address >= area.first && address <= area.last;
    });
}

int power_of(const register_field& field)
{
    return field.scale_field >= 0 ? scale_power_for(field.unit) : 0;
}

int phases_of(const register_map& map)
{
    if (map.base == meter::address_base::sunspec) {
        return std::clamp(map.sunspec_model % 10, 1, 3);  // 201, 202, 203; 204 is delta
    }
    const bool has_second =
        std::any_of(map.fields.begin(), map.fields.end(), [](const register_field& field) {
            return field.name.ends_with("_l2");
        });
    return has_second ? 3 : 1;
}

modbus_tables lay_out(const modbus_meter_options& options)
{
    const register_map& map = options.map;
    const bool is_sunspec = map.base == meter::address_base::sunspec;
    modbus_tables out;
    if (is_sunspec) lay_out_sunspec(options, out);
    for (const register_field& field : map.fields) {
        const bool is_one = is_record(map, field.function, field.address);
        out.make(modbus_tables::table_of(field.function), out.base() + field.address,
                 is_one ? 1U : field.count);
        if (!is_one) set_up(field, options, out);
    }
    for (const meter::write_recipe& recipe : map.recipes) {
        out.make(holding, out.base() + recipe.address, recipe.words.size());
    }
    for (const register_field& field : map.fields) {
        if (field.scale_field < 0) continue;
        const register_field& factor = map.fields[static_cast<std::size_t>(field.scale_field)];
        out.put(factor, {power_of(field), 0}, 0);
    }
    if (is_sunspec) {
        close_sunspec(map, out);
        return out;
    }
    // A meter says where it is what its profile asks for.
    for (const meter::probe_rule& rule : map.probes) {
        for (std::size_t i = 0; i + 1 < rule.expected.size(); i += 2) {
            out.set(modbus_tables::table_of(rule.function), rule.address + i / 2,
                    modbus::word_at(rule.expected, i));
        }
    }
    return out;
}

}  // namespace wattpurse::sim
