// SPDX-License-Identifier: Apache-2.0
// What a simulated Modbus meter shows in its registers.
#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include <wattpurse/sim/modbus_meter.hpp>

#include "modbus_layout.hpp"
#include "modbus_values.hpp"

namespace wattpurse::sim {

using meter::register_field;
using meter::role;
using meter::value_type;
using meter::write_recipe;
using purpose = write_recipe::purpose_type;

namespace {

constexpr std::uint8_t holding_function = 3;

}  // namespace

/// Fields of the purse, by their role or because a recipe looks at them.
bool modbus_meter::is_looked_at(const register_field& field, bool as_count) const
{
    if (field.role == (as_count ? role::purchase_count : role::remaining_money)) return true;
    const auto index = static_cast<std::int16_t>(&field - map().fields.data());
    return std::any_of(map().recipes.begin(), map().recipes.end(), [&](const auto& recipe) {
        const bool is_purchase =
            recipe.purpose == purpose::top_up || recipe.purpose == purpose::set_purse;
        return is_purchase && (as_count ? recipe.verify_field : recipe.balance_field) == index;
    });
}

/// What a field shows now; nothing where it holds what was written.
std::optional<scaled_number> modbus_meter::value_of(const register_field& field) const
{
    if (is_looked_at(field, true)) return scaled_number{purchases_, 0};
    if (is_looked_at(field, false)) return scaled_number{money_cents(), -2};
    if (field.is_writable) return std::nullopt;
    if (field.name.find("total_purchased") != std::string_view::npos) {
        return scaled_number{purchased_cents_, -2};
    }
    return measured_value(field, {measured_, load_now(), phases_});
}

void modbus_meter::show()
{
    for (const register_field& field : map().fields) {
        if (field.type == value_type::text || field.type == value_type::raw ||
            field.type == value_type::record ||
            is_record(map(), field.function, field.address)) {
            continue;
        }
        if (const auto value = value_of(field)) tables_.put(field, *value, power_of(field));
    }
    show_relay();
}

/// The relay as it is, where a field shows it: one that a recipe is checked by, or whose states are
/// named open and closed.
void modbus_meter::show_relay()
{
    const auto set = [this](const register_field& field, std::uint64_t mask, std::uint64_t bits) {
        tables_.put_raw(field, (tables_.raw(field) & ~mask) | (bits & mask));
    };
    for (const write_recipe& recipe : map().recipes) {
        const register_field* const field = field_at(recipe.verify_field);
        const bool is_state =
            recipe.purpose == (closed_ ? purpose::close_relay : purpose::open_relay);
        if (!is_state || field == nullptr || field->count > 4) continue;
        const bool is_written = field->function == holding_function &&
                                field->address < recipe.address + recipe.words.size() &&
                                recipe.address < field->address + field->count;
        if (!is_written) set(*field, recipe.verify_mask, recipe.verify_expected);
    }
    for (const register_field& field : map().fields) {
        if (field.role != role::relay_state) continue;
        for (const meter::register_bits& bits : field.bits) {
            if (!bits.has_value || bits.name != (closed_ ? "closed" : "open")) continue;
            const std::uint64_t mask = ((std::uint64_t{1} << bits.width) - 1) << bits.low;
            set(field, mask, std::uint64_t{bits.value} << bits.low);
        }
    }
}

/// A record of history: the energies the meter had when it began to serve, as nothing was used
/// before.
void modbus_meter::fill_record(std::uint16_t address, std::span<std::uint8_t> bytes) const
{
    for (const register_field& field : map().fields) {
        if (field.function != holding_function || field.address != address) continue;
        for (const meter::record_part& part : field.parts) {
            const std::size_t size = part.size;
            if (size > 8 || part.offset + size > bytes.size()) continue;
            register_field as_field;
            as_field.name = part.name;
            as_field.unit = part.unit;
            const auto value = measured_value(as_field, {at_first_, {}, phases_});
            const auto raw = value ? rescaled(*value, part.scale.exponent, rounding::half_even)
                                   : result<std::int64_t>{fail(errc::not_found)};
            if (!raw) continue;
            for (std::size_t i = 0; i < size; ++i) {
                bytes[part.offset + i] =
                    static_cast<std::uint8_t>(*raw >> 8 * (size - 1 - i) & 0xFF);
            }
        }
    }
}

}  // namespace wattpurse::sim
