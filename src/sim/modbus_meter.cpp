// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/modbus_meter.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/meter/register_value.hpp>

#include "modbus_identity.hpp"
#include "modbus_values.hpp"

namespace wattpurse::sim {

namespace modbus = codec::modbus;
using meter::register_area;
using meter::register_field;
using meter::register_map;
using meter::role;
using meter::value_type;
using meter::write_recipe;
using modbus::exception_code;

namespace {

constexpr std::uint8_t holding_function = 3;
constexpr std::uint16_t sunspec_start = 40'000;
constexpr std::uint16_t sunspec_common_length = 66;
/// Minutes lived through one by one; of a longer silence the last ones.
constexpr int minutes_max = 60 * 24 * 400;

bool is_kept(value_type type)
{
    return type == value_type::text || type == value_type::raw || type == value_type::record;
}

/// Peak by day and valley by night, as a two-rate meter has it.
std::size_t tariff_at(instant at, fixed_zone zone)
{
    const int hour = to_civil(at, zone).hour;
    return hour >= 8 && hour < 22 ? 1 : 3;
}

const register_field* field_at(const register_map& map, std::int16_t index)
{
    return index >= 0 ? &map.fields[static_cast<std::size_t>(index)] : nullptr;
}

}  // namespace

result<void, std::string> check(const modbus_meter_options& options)
{
    if (options.map.fields.empty()) {
        return tl::unexpected<std::string>{"the profile has no Modbus registers"};
    }
    for (const register_field& field : options.map.fields) {
        if (field.function != holding_function && field.function != 4) {
            return tl::unexpected<std::string>{
                "register " + std::string{field.name} + ": function " +
                std::to_string(field.function) + ", expected 3 or 4: bits are not simulated"};
        }
    }
    return {};
}

modbus_meter::modbus_meter(const modbus_meter_options& options)
    : options_{options},
      measured_{options.registers},
      minute_{floor_to(options.installed_at, std::chrono::minutes{1})},
      bought_cents_{options.money_cents},
      purchases_{options.purchase_count}
{
    if (!options_.load) options_.load = drawn_load(1, options_.zone);
    for (const register_field& field : map().fields) {
        is_three_phase_ = is_three_phase_ || field.name.ends_with("_l2") ||
                          field.name.ends_with("hB");
    }
    lay_out();
    measured_.begin_with(options_.load(minute_));
    set_relay(true);
}

modbus_meter::bank& modbus_meter::bank_of(std::uint8_t function)
{
    return function == 4 ? input_ : holding_;
}

bool modbus_meter::is_record(std::uint32_t address) const
{
    return std::any_of(map().areas.begin(), map().areas.end(), [&](const register_area& area) {
        return area.kind == register_area::kind_type::records &&
               area.function == holding_function && address >= area.first && address <= area.last;
    });
}

/// Which registers there are, and what those hold that nothing is measured for.
void modbus_meter::lay_out()
{
    if (map().base == meter::address_base::sunspec) lay_out_sunspec();
    for (const register_field& field : map().fields) {
        bank& to = bank_of(field.function);
        const bool is_one = is_record(field.address);
        const std::size_t count = is_one ? 1 : field.count;
        for (std::size_t i = 0; i < count; ++i) {
            to.exists[(base_ + field.address + i) & 0xFFFFU] = true;
        }
        if (field.role == role::voltage_ratio || field.role == role::current_ratio) {
            put(field, {1, 0});
        }
    }
    for (const write_recipe& recipe : map().recipes) {
        for (std::size_t i = 0; i < recipe.words.size(); ++i) {
            holding_.exists[(base_ + recipe.address + i) & 0xFFFFU] = true;
        }
    }
    for (const register_field& field : map().fields) {  // factors, before what they scale
        if (const auto* const factor = field_at(map(), field.scale_field)) {
            put(*factor, {scale_power_for(field.unit), 0});
        }
    }
    if (map().base == meter::address_base::sunspec) {
        const auto end = std::max_element(map().fields.begin(), map().fields.end(),
                                          [](const auto& a, const auto& b) {
                                              return a.address + a.count < b.address + b.count;
                                          });
        holding_.words[base_] = map().sunspec_model;
        holding_.words[base_ + 1U] = static_cast<std::uint16_t>(end->address + end->count - 2);
        const std::size_t behind = std::size_t{base_} + end->address + end->count;
        holding_.words[behind] = 0xFFFF;
        holding_.exists[behind] = holding_.exists[behind + 1] = true;
    }
    // A meter says where it is what its profile asks for.
    for (const meter::probe_rule& rule : map().probes) {
        bank& to = bank_of(rule.function);
        for (std::size_t i = 0; i + 1 < rule.expected.size(); i += 2) {
            const std::size_t at = (base_ + rule.address + i / 2) & 0xFFFFU;
            if (map().base == meter::address_base::sunspec) break;
            to.words[at] = modbus::word_at(rule.expected, i);
            to.exists[at] = true;
        }
    }
}

/// "SunS", a common model of blanks, and then the model of the map.
void modbus_meter::lay_out_sunspec()
{
    const auto set = [this](std::size_t at, std::uint16_t word) {
        holding_.words[at] = word;
        holding_.exists[at] = true;
    };
    set(sunspec_start, 0x5375);
    set(sunspec_start + 1, 0x6E53);
    set(sunspec_start + 2, 1);
    set(sunspec_start + 3, sunspec_common_length);
    for (std::size_t i = 0; i < sunspec_common_length; ++i) set(sunspec_start + 4 + i, 0);
    base_ = sunspec_start + 4 + sunspec_common_length;
}

/// Lives through the minutes since the last request.
void modbus_meter::advance(instant now)
{
    const instant minute = floor_to(now, std::chrono::minutes{1});
    const bool has_passed = minute > minute_;
    if (minute - minute_ > std::chrono::minutes{minutes_max}) {
        minute_ = minute - std::chrono::minutes{minutes_max};
    }
    while (minute_ < minute) {
        const minute_load load = closed_ ? options_.load(minute_) : minute_load{};
        minute_ += std::chrono::minutes{1};
        measured_.add_minute(load, tariff_at(minute_ - std::chrono::minutes{1}, options_.zone),
                             to_civil(minute_, options_.zone), 15);
        use_money();
    }
    if (has_passed) {
        measured_.begin_with(closed_ ? options_.load(minute_) : minute_load{});
        refresh();
    }
}

std::int64_t modbus_meter::money_cents() const
{
    std::int64_t used = 0;
    for (std::size_t t = 0; t < tariff_count; ++t) {
        used += measured_.hundredths(kind::forward_active, t);
    }
    for (const energy& each : options_.registers.tariff) used -= each.mantissa() / 100;
    // Hundredths of a kWh times cents: what is not a whole cent is still the customer's.
    return bought_cents_ - used * options_.price_cents_per_kwh / 100;
}

/// Fields of the purse, by their role or because a recipe looks at them.
bool modbus_meter::is_purse(std::int16_t field, bool is_count) const
{
    const role wanted = is_count ? role::purchase_count : role::remaining_money;
    if (map().fields[static_cast<std::size_t>(field)].role == wanted) return true;
    return std::any_of(map().recipes.begin(), map().recipes.end(), [&](const auto& recipe) {
        return recipe.purpose == write_recipe::purpose_type::top_up &&
               (is_count ? recipe.verify_field : recipe.balance_field) == field;
    });
}

/// Whoever has used up his money sits in the dark until more comes.
void modbus_meter::use_money()
{
    const bool has_purse =
        std::any_of(map().recipes.begin(), map().recipes.end(), [](const auto& recipe) {
            return recipe.purpose == write_recipe::purpose_type::top_up;
        });
    const bool supplied = !ordered_open_ && (!has_purse || money_cents() > 0);
    if (supplied != closed_) set_relay(supplied);
}

int modbus_meter::scale_power_of(const register_field& field) const
{
    const register_field* const factor = field_at(map(), field.scale_field);
    return factor != nullptr ? scale_power_for(field.unit) : 0;
}

/// What a field of the purse shows, at its own scale.
std::optional<std::int64_t> modbus_meter::kept_of(const register_field& field) const
{
    const auto index = static_cast<std::int16_t>(&field - map().fields.data());
    if (is_purse(index, true)) return purchases_;
    return std::nullopt;
}

/// Rounds a value to what the field can show, and puts it there; what does not fit is left.
void modbus_meter::put(const register_field& field, scaled_number value)
{
    const bool is_fraction = field.type == value_type::f32 || field.type == value_type::f64;
    const int power = scale_power_of(field);
    const int exponent = is_fraction ? field.resolution : field.scale.exponent + power;
    const auto mantissa = rescaled(value, exponent, rounding::half_even);
    std::array<std::uint8_t, 8> registers{};
    if (!mantissa) return;
    const auto size = write_value(field, {*mantissa, static_cast<std::int8_t>(exponent)}, registers,
                                  power);
    if (!size) return;
    bank& to = bank_of(field.function);
    for (std::size_t i = 0; i < *size / 2; ++i) {
        to.words[(base_ + field.address + i) & 0xFFFFU] = modbus::word_at(registers, 2 * i);
    }
}

void modbus_meter::refresh()
{
    const measured_moment now{measured_, closed_ ? measured_.load() : minute_load{},
                              is_three_phase_};
    for (std::size_t i = 0; i < map().fields.size(); ++i) {
        const register_field& field = map().fields[i];
        if (is_kept(field.type) || is_record(field.address)) continue;
        if (const auto kept = kept_of(field)) {
            put(field, {*kept, 0});
        } else if (is_purse(static_cast<std::int16_t>(i), false)) {
            put(field, {money_cents(), -2});
        } else if (!field.is_writable) {
            if (const auto value = measured_value(field, now)) put(field, *value);
        }
    }
}

/// The field that a relay order is checked by shows that it was done.
void modbus_meter::put_state(const write_recipe& recipe)
{
    const register_field* const field = field_at(map(), recipe.verify_field);
    if (field == nullptr || field->count > 4) return;
    bank& to = bank_of(field->function);
    std::array<std::uint8_t, 8> registers{};
    const auto at = [&](std::size_t i) -> std::uint16_t& {
        return to.words[(base_ + field->address + i) & 0xFFFFU];
    };
    for (std::size_t i = 0; i < field->count; ++i) {
        registers[2 * i] = static_cast<std::uint8_t>(at(i) >> 8U);
        registers[2 * i + 1] = static_cast<std::uint8_t>(at(i) & 0xFFU);
    }
    const auto bytes = std::span{registers}.first(std::size_t{2} * field->count);
    const std::uint64_t word = meter::detail::word_of(*field, bytes);
    meter::detail::put_word(*field,
                            (word & ~std::uint64_t{recipe.verify_mask}) | recipe.verify_expected,
                            bytes);
    for (std::size_t i = 0; i < field->count; ++i) at(i) = modbus::word_at(bytes, 2 * i);
}

void modbus_meter::set_relay(bool closed)
{
    closed_ = closed;
    for (const write_recipe& recipe : map().recipes) {
        if (recipe.purpose == (closed ? write_recipe::purpose_type::close_relay
                                      : write_recipe::purpose_type::open_relay)) {
            put_state(recipe);
        }
    }
    measured_.begin_with(closed_ ? options_.load(minute_) : minute_load{});
    refresh();
}

bool modbus_meter::supports(std::uint8_t function) const
{
    switch (function) {
        case 0x03:
        case 0x04:
        case 0x06:
        case 0x08:
        case 0x10:
        case 0x11:
        case 0x16:
        case 0x17:
        case 0x2B: return true;
        default: break;
    }
    return std::any_of(map().recipes.begin(), map().recipes.end(),
                       [function](const auto& each) { return each.function == function; });
}

exception_code modbus_meter::covers(table which, std::uint16_t first, std::uint16_t quantity)
{
    constexpr auto absent = exception_code::illegal_data_address;
    if (which != table::holding_registers && which != table::input_registers) return absent;
    if (which == table::holding_registers && is_record(first)) {
        // One address, one record, and a whole one (Acrel ADF400L).
        return quantity == 10 && holding_.exists[first] ? exception_code::none : absent;
    }
    if (quantity > map().registers_max) return exception_code::illegal_data_value;
    const bank& from = which == table::input_registers ? input_ : holding_;
    const bool is_used = std::find(from.exists.begin(), from.exists.end(), true) !=
                         from.exists.end();
    for (std::uint32_t at = first; at < std::uint32_t{first} + quantity; ++at) {
        const bool is_there = from.exists[at] || (options_.holes_are_zero && is_used);
        if (!is_there || (which == table::holding_registers && is_record(at))) return absent;
        for (const register_area& area : map().areas) {
            if (area.kind == register_area::kind_type::forbidden &&
                area.function == (which == table::input_registers ? 4 : 3) &&
                at >= area.first && at <= area.last) {
                return absent;
            }
        }
    }
    return exception_code::none;
}

exception_code modbus_meter::read_registers(table which, std::uint16_t first,
                                            std::span<std::uint8_t> registers)
{
    const bank& from = which == table::input_registers ? input_ : holding_;
    const bool is_one = which == table::holding_registers && is_record(first);
    for (std::size_t i = 0; i < registers.size() / 2; ++i) {
        const std::uint16_t word = is_one ? std::uint16_t{0} : from.words[first + i];
        registers[2 * i] = static_cast<std::uint8_t>(word >> 8U);
        registers[2 * i + 1] = static_cast<std::uint8_t>(word & 0xFFU);
    }
    return exception_code::none;
}

exception_code modbus_meter::write_registers(std::uint16_t first, byte_span registers)
{
    const std::uint8_t function = registers.size() == 2 ? std::uint8_t{6} : std::uint8_t{0x10};
    if (apply(function, first, registers)) return exception_code::none;
    const auto is_writable = [this](std::uint32_t address) {
        return std::any_of(map().fields.begin(), map().fields.end(), [&](const auto& field) {
            return field.is_writable && field.function == holding_function &&
                   address >= std::uint32_t{base_} + field.address &&
                   address < std::uint32_t{base_} + field.address + field.count;
        });
    };
    for (std::uint32_t i = 0; i < registers.size() / 2; ++i) {
        if (!is_writable(first + i)) return exception_code::illegal_data_address;
    }
    for (std::size_t i = 0; i < registers.size() / 2; ++i) {
        holding_.words[first + i] = modbus::word_at(registers, 2 * i);
    }
    refresh();
    return exception_code::none;
}

/// Carries out the recipe that this write is; false where it is none.
bool modbus_meter::apply(std::uint8_t function, std::uint16_t first, byte_span registers)
{
    using source = meter::recipe_word::source_type;
    for (const write_recipe& recipe : map().recipes) {
        const std::size_t count = recipe.words.size();
        const bool is_function = recipe.function == function ||
                                 (recipe.function == 0x10 && function == 6 && count == 1);
        if (!is_function || base_ + recipe.address != first || registers.size() != 2 * count) {
            continue;
        }
        bool fits = true;
        for (std::size_t i = 0; i < count; ++i) {
            fits = fits && (recipe.words[i].source != source::constant ||
                            recipe.words[i].value == modbus::word_at(registers, 2 * i));
        }
        if (!fits) continue;
        for (std::size_t i = 0; i < count; ++i) {
            holding_.words[first + i] = modbus::word_at(registers, 2 * i);
        }
        switch (recipe.purpose) {
            case write_recipe::purpose_type::open_relay: ordered_open_ = true; break;
            case write_recipe::purpose_type::close_relay:
            case write_recipe::purpose_type::release_relay: ordered_open_ = false; break;
            case write_recipe::purpose_type::top_up:
            case write_recipe::purpose_type::set_purse: buy(recipe, registers); break;
        }
        use_money();
        refresh();
        return true;
    }
    return false;
}

/// Takes a purchase whose count is the next one. Another count changes nothing and is no error:
/// that is how a repeated one is told from a new one.
void modbus_meter::buy(const write_recipe& recipe, byte_span registers)
{
    using source = meter::recipe_word::source_type;
    const register_field* const field = field_at(map(), recipe.amount_field);
    if (field == nullptr || field->count > 4) return;
    std::uint64_t amount = 0;
    std::uint16_t sequence = 0;
    for (std::size_t i = 0; i < recipe.words.size(); ++i) {
        const std::uint16_t word = modbus::word_at(registers, 2 * i);
        if (recipe.words[i].source == source::sequence) sequence = word;
        if (recipe.words[i].source == source::amount) {
            amount |= std::uint64_t{word} << 16 * (field->count - 1U - recipe.words[i].part);
        }
    }
    const auto value = product({static_cast<std::int64_t>(amount & 0xFFFF'FFFFU), 0}, field->scale);
    const auto cents = value ? rescaled(*value, -2, rounding::half_even)
                             : result<std::int64_t>{fail(errc::overflow)};
    if (!cents || sequence != static_cast<std::uint16_t>(purchases_ + 1)) return;
    ++purchases_;
    bought_cents_ += *cents;
}

exception_code modbus_meter::other(const modbus::request& asked, std::span<std::uint8_t> scratch,
                                   modbus::response& out)
{
    constexpr std::size_t head = 5;  // address, quantity, number of bytes: as function 10
    const byte_span data = asked.data;
    const bool is_vendors = asked.function > 0x2B;
    if (!is_vendors) {
        const std::string_view model = map().models.empty() ? map().name : map().models[0];
        return modbus_identity{map().vendor, model, "simulated"}.answer(asked, scratch, out);
    }
    if (data.size() < head || data.size() != head + data[4] ||
        data[4] != 2 * modbus::word_at(data, 2)) {
        return exception_code::illegal_data_value;
    }
    if (!apply(asked.function, modbus::word_at(data, 0), data.subspan(head))) {
        return exception_code::illegal_data_address;
    }
    for (std::size_t i = 0; i < 4; ++i) scratch[i] = data[i];
    out.data = scratch.first(4);
    return exception_code::none;
}

}  // namespace wattpurse::sim
