// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/modbus_meter.hpp>

#include <algorithm>
#include <chrono>
#include <string_view>

#include <wattpurse/codec/modbus/pdu.hpp>

#include "modbus_identity.hpp"
#include "modbus_layout.hpp"

namespace wattpurse::sim {

namespace modbus = codec::modbus;
using meter::register_field;
using meter::value_type;
using meter::write_recipe;
using modbus::exception_code;
using purpose = write_recipe::purpose_type;

namespace {

constexpr std::uint8_t holding_function = 3;
/// Minutes lived through one by one; of a longer silence the last ones.
constexpr int minutes_max = 60 * 24 * 400;
constexpr std::size_t demand_minutes = 15;

/// Peak by day and valley by night, as a two-rate meter has it.
std::size_t tariff_at(instant at, fixed_zone zone)
{
    const int hour = to_civil(at, zone).hour;
    return hour >= 8 && hour < 22 ? 1 : 3;
}

std::uint8_t function_of(modbus::table which)
{
    return which == modbus::table::input_registers ? std::uint8_t{4} : holding_function;
}

bool has_recipe(const meter::register_map& map, purpose wanted)
{
    return find_recipe(map, wanted) != nullptr;
}

}  // namespace

result<void, std::string> check(const modbus_meter_options& options)
{
    if (options.map.fields.empty()) {
        return tl::unexpected<std::string>{"the profile has no Modbus registers"};
    }
    return {};
}

modbus_meter::modbus_meter(const modbus_meter_options& options)
    : options_{options},
      tables_{lay_out(options)},
      measured_{options.registers},
      at_first_{options.registers},
      minute_{floor_to(options.installed_at, std::chrono::minutes{1})},
      credit_cents_{options.money_cents},
      purchased_cents_{options.money_cents},
      purchases_{options.purchase_count},
      phases_{phases_of(options.map)}
{
    if (!options_.load) options_.load = drawn_load(1, options_.zone);
    closed_ = is_supplied();
    measured_.begin_with(load_now());
    show();
}

const register_field* modbus_meter::field_at(std::int16_t index) const
{
    return index >= 0 ? &map().fields[static_cast<std::size_t>(index)] : nullptr;
}

// ---- Time, load and money ---------------------------------------------------------------------

minute_load modbus_meter::load_now() const
{
    return closed_ ? options_.load(minute_) : minute_load{};
}

/// Lives through the minutes since the last request.
void modbus_meter::advance(instant now)
{
    const instant minute = floor_to(now, std::chrono::minutes{1});
    if (minute <= minute_) return;
    minute_ = std::max(minute_, minute - std::chrono::minutes{minutes_max});
    while (minute_ < minute) {
        const minute_load load = load_now();
        const std::size_t tariff = tariff_at(minute_, options_.zone);
        minute_ += std::chrono::minutes{1};
        measured_.add_minute(load, tariff, to_civil(minute_, options_.zone), demand_minutes);
        closed_ = is_supplied();
    }
    measured_.begin_with(load_now());
    show();
}

std::int64_t modbus_meter::money_cents() const
{
    std::int64_t hundredths = 0;
    for (std::size_t t = 0; t < tariff_count; ++t) {
        hundredths += measured_.hundredths(kind::forward_active, t) -
                      at_first_.hundredths(kind::forward_active, t);
    }
    // What is not a whole cent is still the customer's.
    return credit_cents_ - hundredths * options_.price_cents_per_kwh / 100;
}

bool modbus_meter::has_purse() const
{
    return has_recipe(map(), purpose::top_up) || has_recipe(map(), purpose::set_purse);
}

/// Whoever has used up his money sits in the dark until more comes, or somebody closes by force.
bool modbus_meter::is_supplied() const
{
    if (order_ == relay_order::open) return false;
    const bool is_forced =
        order_ == relay_order::closed && has_recipe(map(), purpose::release_relay);
    return is_forced || !has_purse() || money_cents() > 0;
}

void modbus_meter::set_relay()
{
    closed_ = is_supplied();
    measured_.begin_with(load_now());
}

// ---- Requests ---------------------------------------------------------------------------------

bool modbus_meter::supports(std::uint8_t function) const
{
    switch (function) {
        case 0x01:
        case 0x05:
        case 0x0F: return tables_.is_used(table::coils);
        case 0x02: return tables_.is_used(table::discrete_inputs);
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
    const bool is_bits = which == table::coils || which == table::discrete_inputs;
    const std::uint8_t function = function_of(which);
    if (!is_bits && is_record(map(), function, first)) {
        // One address, one record, and a whole one (Acrel ADF400L).
        return quantity == record_registers && tables_.exists(which, first) ? exception_code::none
                                                                            : absent;
    }
    if (!is_bits && quantity > map().registers_max) return exception_code::illegal_data_value;
    const bool has_zeros = options_.holes_are_zero && tables_.is_used(which);
    const std::uint32_t end = std::uint32_t{first} + quantity;
    for (std::uint32_t at = first; at < end; ++at) {
        if (!has_zeros && !tables_.exists(which, at)) return absent;
    }
    // Neither into records nor where the map says one must not go.
    const bool is_barred =
        !is_bits && std::any_of(map().areas.begin(), map().areas.end(), [&](const auto& area) {
            return area.function == function && first <= tables_.base() + area.last &&
                   tables_.base() + area.first < end;
        });
    return is_barred ? absent : exception_code::none;
}

exception_code modbus_meter::read_bits(table which, std::uint16_t first, std::uint16_t quantity,
                                       std::span<std::uint8_t> packed)
{
    for (std::size_t i = 0; i < quantity; ++i) {
        if (tables_.word(which, first + i) == 0) continue;
        packed[i / 8] = static_cast<std::uint8_t>(packed[i / 8] | 1U << i % 8);
    }
    return exception_code::none;
}

exception_code modbus_meter::read_registers(table which, std::uint16_t first,
                                            std::span<std::uint8_t> registers)
{
    if (is_record(map(), function_of(which), first)) {
        std::fill(registers.begin(), registers.end(), std::uint8_t{0});
        fill_record(first, registers);
        return exception_code::none;
    }
    for (std::size_t i = 0; i < registers.size() / 2; ++i) {
        const std::uint16_t word = tables_.word(which, first + i);
        registers[2 * i] = static_cast<std::uint8_t>(word >> 8U);
        registers[2 * i + 1] = static_cast<std::uint8_t>(word & 0xFFU);
    }
    return exception_code::none;
}

bool modbus_meter::is_writable(table which, std::uint32_t at) const
{
    return std::any_of(map().fields.begin(), map().fields.end(), [&](const auto& field) {
        const std::uint32_t first = std::uint32_t{tables_.base()} + field.address;
        return field.is_writable && modbus_tables::table_of(field.function) == which &&
               at >= first && at < first + field.count;
    });
}

exception_code modbus_meter::write_bits(std::uint16_t first, std::uint16_t quantity,
                                        byte_span packed)
{
    for (std::uint32_t i = 0; i < quantity; ++i) {
        if (!is_writable(table::coils, first + i)) return exception_code::illegal_data_address;
    }
    for (std::size_t i = 0; i < quantity; ++i) {
        tables_.set(table::coils, first + i, packed[i / 8] >> i % 8 & 1U);
    }
    show();
    return exception_code::none;
}

exception_code modbus_meter::write_registers(std::uint16_t first, byte_span registers)
{
    const std::uint8_t function = registers.size() == 2 ? std::uint8_t{6} : std::uint8_t{0x10};
    if (apply(function, first, registers)) return exception_code::none;
    for (std::uint32_t i = 0; i < registers.size() / 2; ++i) {
        if (!is_writable(table::holding_registers, first + i)) {
            return exception_code::illegal_data_address;
        }
    }
    for (std::size_t i = 0; i < registers.size() / 2; ++i) {
        tables_.set(table::holding_registers, first + i, modbus::word_at(registers, 2 * i));
    }
    show();
    return exception_code::none;
}

/// Which recipe a write is; none where it is just a write.
const write_recipe* modbus_meter::recipe_for(std::uint8_t function, std::uint16_t first,
                                             byte_span registers) const
{
    using source = meter::recipe_word::source_type;
    const write_recipe* best = nullptr;
    std::size_t most = 0;
    for (const write_recipe& recipe : map().recipes) {
        const std::size_t count = recipe.words.size();
        const bool is_function = recipe.function == function ||
                                 (recipe.function == 0x10 && function == 6 && count == 1);
        if (!is_function || tables_.base() + recipe.address != first ||
            registers.size() != 2 * count) {
            continue;
        }
        std::size_t constants = 0;
        bool fits = true;
        for (std::size_t i = 0; i < count; ++i) {
            if (recipe.words[i].source != source::constant) continue;
            ++constants;
            fits = fits && recipe.words[i].value == modbus::word_at(registers, 2 * i);
        }
        if (fits && (best == nullptr || constants > most)) {
            best = &recipe;
            most = constants;
        }
    }
    return best;
}

/// Carries out the recipe that this write is; false where it is none.
bool modbus_meter::apply(std::uint8_t function, std::uint16_t first, byte_span registers)
{
    const write_recipe* const recipe = recipe_for(function, first, registers);
    if (recipe == nullptr) return false;
    for (std::size_t i = 0; i < recipe->words.size(); ++i) {
        tables_.set(table::holding_registers, first + i, modbus::word_at(registers, 2 * i));
    }
    switch (recipe->purpose) {
        case purpose::open_relay: order_ = relay_order::open; break;
        case purpose::close_relay: order_ = relay_order::closed; break;
        case purpose::release_relay: order_ = relay_order::none; break;
        case purpose::top_up:
        case purpose::set_purse: buy(*recipe, registers); break;
    }
    set_relay();
    show();
    return true;
}

/// Takes a purchase whose count is the next one. Another count changes nothing and is no error:
/// that is how a repeated one is told from a new one.
void modbus_meter::buy(const write_recipe& recipe, byte_span registers)
{
    using source = meter::recipe_word::source_type;
    const register_field* const field = field_at(recipe.amount_field);
    if (field == nullptr || field->count > 2) return;
    std::uint32_t amount = 0;
    std::optional<std::uint16_t> sequence;
    for (std::size_t i = 0; i < recipe.words.size(); ++i) {
        const std::uint16_t word = modbus::word_at(registers, 2 * i);
        if (recipe.words[i].source == source::sequence) sequence = word;
        if (recipe.words[i].source == source::amount) {
            amount |= std::uint32_t{word} << 16U * (field->count - 1U - recipe.words[i].part);
        }
    }
    const std::int64_t whole = field->type == value_type::s32
                                   ? std::int64_t{static_cast<std::int32_t>(amount)}
                                   : std::int64_t{amount};
    const auto value = product({whole, 0}, field->scale);
    const auto cents = value ? rescaled(*value, -2, rounding::half_even)
                             : result<std::int64_t>{fail(errc::overflow)};
    if (!cents) return;
    if (sequence && *sequence != static_cast<std::uint16_t>(purchases_ + 1)) return;
    ++purchases_;
    if (recipe.purpose == purpose::set_purse) {
        credit_cents_ += *cents - money_cents();
    } else {
        credit_cents_ += *cents;
        purchased_cents_ += *cents;
    }
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
