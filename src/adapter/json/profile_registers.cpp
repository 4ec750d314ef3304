// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "profile_builder.hpp"
#include "profile_values.hpp"

namespace wattpurse::adapter::json {

using meter::access_class;
using meter::value_type;

namespace {

constexpr std::uint32_t address_max = 65'535;

meter::word_order words_of(std::size_t index)
{
    return index == 0 ? meter::word_order::high_first : meter::word_order::low_first;
}

meter::byte_order bytes_of(std::size_t index)
{
    return index == 0 ? meter::byte_order::high_first : meter::byte_order::low_first;
}

/// Several registers make one number here, so that their order matters.
bool has_word_order(const meter::register_field& field)
{
    const bool is_word = shape_of(field.type).is_number() || field.type == value_type::bits;
    return is_word && field.count > 1 && field.function > 2;
}

/// The values that the registers can tell apart, where a counter of them must wrap; 0 where that is
/// beyond 63 bits or no such number.
std::int64_t states_of(const meter::register_field& field)
{
    std::int64_t out = 1;
    switch (field.type) {
        case value_type::u16:
        case value_type::s16:
        case value_type::u32:
        case value_type::s32: return out << (16U * field.count);
        case value_type::bcd:
            for (unsigned i = 0; i < 4U * field.count; ++i) out *= 10;
            return out;
        case value_type::mod10k:
            for (unsigned i = 0; i < field.count; ++i) out *= 10'000;
            return out;
        default: return 0;
    }
}

}  // namespace

void profile_builder::read_defaults(const cursor& at)
{
    object members{at, "defaults of registers"};
    if (auto found = members.optional("function")) {
        defaults_.function =
            static_cast<std::uint8_t>(whole_at(*found, "a function", 1, 4).value_or(3));
    }
    if (auto found = members.optional("word_order")) {
        const auto order = found->one_of({"high_first", "low_first"});
        defaults_.words = words_of(order.value_or(0));
    }
    if (auto found = members.optional("byte_order")) {
        defaults_.bytes = bytes_of(found->one_of({"high_first", "low_first"}).value_or(0));
    }
    members.finish();
}

void profile_builder::read_registers(const cursor& at)
{
    const std::size_t count = at.value().items.size();
    registers_are_known_ = at.is(node::kind::array);
    if (registers_are_known_ && (count == 0 || count > profile_registers_max)) {
        registers_are_known_ = false;
        return at.fault("1 to " + std::to_string(profile_registers_max) + " registers");
    }
    drafts_.reserve(count);
    at.each("registers", [this](const cursor& item) { read_register(item); });
    sort_registers();
    check_names();
    check_places();
    check_scale_fields();
    check_roles();
}

void profile_builder::read_register(const cursor& at)
{
    object members{at, "a register"};
    draft made{.field = {}, .at = at, .scale_field = {}};
    if (auto found = members.required("name", "the name of the register")) {
        const auto name = name_at(*found, "the name of the register");
        if (!name) registers_are_known_ = false;
        made.field.name = stored(name.value_or(""));
    } else {
        registers_are_known_ = false;
    }
    read_place(members, made);
    read_order(members, made);
    read_scale(members, made);
    read_limits(members, made);
    read_access(members, made);
    read_role(members, made);
    read_bits(members, made);
    read_parts(members, made);
    made.field.unit = optional_text(members, "unit", unit_size_max);
    made.field.meaning = optional_text(members, "meaning", meaning_size_max);
    made.field.meaning_zh = optional_text(members, "meaning_zh", meaning_size_max);
    made.field.note = optional_text(members, "note", note_size_max);
    made.field.is_confirmed = out_.map_.is_confirmed;
    if (auto found = members.optional("status")) {
        made.field.is_confirmed = status_at(*found).value_or(false);
    }
    members.finish();
    drafts_.push_back(std::move(made));
}

// ---- Where it is ------------------------------------------------------------------------------

void profile_builder::read_place(object& members, draft& made)
{
    made.field.function = defaults_.function;
    bool is_good = true;
    if (auto at = members.optional("function")) {
        const auto function = whole_at(*at, "a function", 1, 4);
        made.field.function = static_cast<std::uint8_t>(function.value_or(3));
        is_good = function.has_value();
    }
    const auto at = members.required("address", "the address, such as \"0x0500\"");
    const auto address = at ? whole_at(*at, "an address", 0, address_max) : std::nullopt;
    made.field.address = static_cast<std::uint16_t>(address.value_or(0));
    const auto type = members.required("type", "the type, such as u32");
    const auto what = type ? type_at(*type) : std::nullopt;
    made.field.type = what.value_or(value_type::raw);
    if (what && made.field.function <= 2 && *what != value_type::bits) {
        type->fault("bits: functions 1 and 2 read nothing else");
        is_good = false;
    }
    made.has_place = is_good && address && what;
    read_count(members, made);
    if (made.has_place && made.field.type != value_type::record &&
        std::uint32_t{made.field.address} + made.field.count - 1 > address_max) {
        at->fault("an address whose " + std::to_string(made.field.count) +
                  " registers end at 65535");
        made.has_place = false;
    }
}

void profile_builder::read_count(object& members, draft& made)
{
    const value_shape& shape = shape_of(made.field.type);
    const bool is_bit = made.field.function <= 2;  // a coil or an input, not a register
    const unsigned min = shape.count_min;
    const unsigned max = is_bit ? 1 : shape.count_max;
    made.field.count = static_cast<std::uint16_t>(min);
    const bool is_needed = made.has_place && min != shape.count_max;
    const auto at = is_needed ? members.required("count", "how many registers it has")
                              : members.optional("count");
    if (!at) {
        made.has_place = made.has_place && !is_needed;
        return;
    }
    const auto count = whole_at(*at, "a number of registers", 1, 125);
    const bool is_three = made.field.type == value_type::bits && count == 3U;
    if (count && *count >= min && *count <= max && !is_three) {
        made.field.count = static_cast<std::uint16_t>(*count);
        return;
    }
    if (count && made.has_place) {
        std::string expected = std::to_string(min);
        if (max != min) expected += " to " + std::to_string(max);
        if (is_three) expected = "1, 2 or 4";
        expected += is_bit ? ", for functions 1 and 2 read single bits"
                           : ", for the type is " + std::string{shape.name};
        at->fault(std::move(expected));
    }
    made.has_place = false;
}

void profile_builder::read_order(object& members, draft& made)
{
    const bool is_ordered = made.has_place && has_word_order(made.field);
    made.field.words = defaults_.words.value_or(meter::word_order::high_first);
    if (auto at = members.optional("word_order")) {
        const auto order = at->one_of({"high_first", "low_first"});
        made.field.words = words_of(order.value_or(0));
        if (order && made.has_place && !is_ordered) {
            at->fault("none: only numbers of several registers have an order of words");
        }
    } else if (is_ordered && !defaults_.words) {
        made.at.fault_below("word_order", "(missing)",
                            "high_first or low_first, here or among the defaults");
    }
    if (!is_ordered) made.field.words = meter::word_order::high_first;
    made.field.bytes = defaults_.bytes;
    if (auto at = members.optional("byte_order")) {
        made.field.bytes = bytes_of(at->one_of({"high_first", "low_first"}).value_or(0));
    }
}

// ---- What it is worth -------------------------------------------------------------------------

void profile_builder::read_scale(object& members, draft& made)
{
    const value_shape& shape = shape_of(made.field.type);
    const auto number_only = [&](std::string_view key) {
        auto at = members.optional(key);
        if (at && made.has_place && !shape.is_number()) {
            at->fault("none: a register of type " + std::string{shape.name} + " is no number");
        }
        return at;
    };
    if (auto at = number_only("scale")) {
        const auto scale = number_at(*at, "a scale");
        if (scale && scale->mantissa == 0) at->fault("a scale other than 0");
        if (scale && scale->mantissa != 0) made.field.scale = *scale;
    }
    if (auto at = number_only("scale_field")) {
        made.scale_field = name_at(*at, "the name of a register").value_or("");
    }
    if (auto at = number_only("ratio")) {
        const auto ratio = at->one_of({"none", "voltage", "current", "power"});
        made.field.ratio = static_cast<meter::transformer>(ratio.value_or(0));
    }
    const auto at = made.has_place && shape.is_float()
                        ? members.required("resolution", "the step the meter counts in, such as "
                                                         "\"0.01\"; a float has none of itself")
                        : members.optional("resolution");
    if (!at) return;
    if (made.has_place && !shape.is_float()) {
        return at->fault("none: only f32 and f64 need one, others have their scale");
    }
    made.field.resolution = step_at(*at, "a resolution").value_or(0);
}

void profile_builder::read_limits(object& members, draft& made)
{
    const value_shape& shape = shape_of(made.field.type);
    const bool is_word = shape.is_number() || made.field.type == value_type::bits;
    if (auto at = members.optional("sentinel")) {
        const unsigned bits = made.field.function <= 2 ? made.field.count : made.field.count * 16U;
        const auto word = word_at(*at, "raw content", made.has_place && is_word ? bits : 64);
        made.field.has_sentinel = word.has_value();
        made.field.sentinel = word.value_or(0);
        if (word && made.has_place && !is_word) at->fault("none: the register is no number");
    }
    if (auto at = members.optional("valid")) {
        if (!at->is(node::kind::array) || at->value().items.size() != 2) {
            at->fault("the lowest and the highest value: [\"0\", \"300\"]");
        } else {
            const auto low = number_at(at->item(0), "the lowest value");
            const auto high = number_at(at->item(1), "the highest value");
            made.field.has_range = low && high;
            made.field.valid_min = low.value_or(scaled_number{});
            made.field.valid_max = high.value_or(scaled_number{});
            if (made.field.has_range && compare(*low, *high) > 0) {
                at->fault("the lower value first");
            } else if (made.has_place && !shape.is_number()) {
                at->fault("none: the register is no number");
            }
        }
    }
    if (auto at = members.optional("capacity")) read_capacity(*at, made);
}

void profile_builder::read_capacity(const cursor& at, draft& made)
{
    const auto capacity = number_at(at, "the value at which the counter goes on at zero");
    if (!capacity) return;
    if (capacity->mantissa <= 0) return at.fault("a value above 0");
    made.field.capacity = *capacity;
    if (!made.has_place) return;
    if (!shape_of(made.field.type).is_number()) return at.fault("none: the register is no number");
    const std::int64_t states = states_of(made.field);
    if (states == 0) return;
    const auto most = product(scaled_number{states, 0}, made.field.scale);
    if (most && compare(*capacity, *most) > 0) {
        at.fault("at most " + std::string{to_text(*most).view()} + ", which is all that " +
                 std::string{shape_of(made.field.type).name} + " can hold at its scale");
    }
}

// ---- What may be done with it -----------------------------------------------------------------

void profile_builder::read_access(object& members, draft& made)
{
    bool is_known = true;
    if (auto at = members.optional("access")) {
        const auto access = at->one_of({"read", "control", "money"});
        is_known = access.has_value();
        made.field.access = static_cast<access_class>(access.value_or(0));
    }
    const bool has_care = made.field.access != access_class::read;
    if (auto at = members.optional("writable")) {
        const auto writable = at->boolean("whether it can be written");
        made.field.is_writable = writable.value_or(has_care);
        if (writable && is_known && *writable != has_care) {
            at->fault(has_care ? "true: access control and money are for what is written"
                               : "false, or the access control or money");
        }
        if (writable.value_or(false) && (made.field.function == 2 || made.field.function == 4)) {
            at->fault("false: what functions 2 and 4 read cannot be written");
        }
    } else if (has_care) {
        made.at.fault_below("writable", "(missing)",
                            "true: access control and money are for what is written");
    }
    if (auto at = members.optional("secret")) {
        made.field.is_secret = at->boolean("whether it is a password").value_or(true);
    }
}

void profile_builder::read_role(object& members, draft& made)
{
    const auto at = members.optional("role");
    if (!at) return;
    const auto role =
        at->one_of({"none", "energy_total", "energy_t1", "energy_t2", "energy_t3", "energy_t4",
                    "energy_export", "relay_state", "remaining_money", "purchase_count",
                    "purchase_amount", "voltage_ratio", "current_ratio", "serial_number"});
    made.field.role = static_cast<meter::role>(role.value_or(0));
}

}  // namespace wattpurse::adapter::json
