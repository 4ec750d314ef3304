// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "profile_builder.hpp"
#include "profile_values.hpp"

namespace wattpurse::adapter::json {

using meter::value_type;

namespace {

std::uint64_t ones(unsigned low, unsigned width)
{
    const std::uint64_t all = width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
    return low >= 64 ? 0 : all << low;
}

}  // namespace

void profile_builder::read_bits(object& members, draft& made)
{
    const auto at = members.optional("bits");
    if (!at) return;
    if (made.has_place && made.field.type != value_type::bits) {
        return at->fault("none: only registers of type bits have names for them");
    }
    if (at->value().items.size() > 64) return at->fault("at most 64 groups of bits");
    std::vector<meter::register_bits>& names = out_.bits_.emplace_back();
    std::uint64_t used = 0;
    at->each("groups of bits",
             [&](const cursor& item) { read_bit_group(item, made, names, used); });
    made.bits = out_.bits_.size();
    const bool had_room = bit_count_ <= profile_bits_max;
    bit_count_ += names.size();
    if (had_room && bit_count_ > profile_bits_max) {
        at->fault("at most " + std::to_string(profile_bits_max) + " names of bits in a profile");
    }
}

void profile_builder::read_bit_group(const cursor& at, const draft& made,
                                     std::vector<meter::register_bits>& out, std::uint64_t& used)
{
    object members{at, "a group of bits"};
    const unsigned bits = !made.has_place            ? 64U
                          : made.field.function <= 2 ? made.field.count
                                                     : made.field.count * 16U;
    meter::register_bits group;
    const auto low = members.required("low", "the lowest bit of the group");
    const auto first = low ? whole_at(*low, "a bit", 0, bits - 1) : std::nullopt;
    group.low = static_cast<std::uint8_t>(first.value_or(0));
    if (auto found = members.optional("width")) {
        const std::uint32_t most = std::min(32U, bits - group.low);
        group.width =
            static_cast<std::uint8_t>(whole_at(*found, "a number of bits", 1, most).value_or(1));
    }
    if (auto found = members.required("name", "the name of the group")) {
        group.name = stored(text_at(*found, "a name", meaning_size_max).value_or(""));
    }
    out.push_back(group);
    const std::uint64_t mask = ones(group.low, group.width);
    if (first && (used & mask) != 0) low->fault("bits that no other group has");
    if (first) used |= mask;
    if (auto values = members.optional("values")) {
        if (!values->is(node::kind::object)) values->fault("an object of names, by value");
        for (const member& each : values->value().members) {
            const cursor state = values->below(each);
            const bool is_number = !each.key.empty() && each.key.size() <= 10 &&
                                   each.key.find_first_not_of("0123456789") == std::string::npos;
            const std::uint64_t value = is_number ? std::stoull(each.key) : 0;
            if (!is_number || value > ones(0, group.width)) {
                state.fault("a value of these bits as the key, in decimal digits");
            }
            group.has_value = true;
            group.value = static_cast<std::uint32_t>(value);
            group.name = stored(text_at(state, "a name", meaning_size_max).value_or(""));
            out.push_back(group);
        }
    }
    members.finish();
}

void profile_builder::read_parts(object& members, draft& made)
{
    const auto at = members.optional("parts");
    if (!at) return;
    if (made.has_place && made.field.type != value_type::record) {
        return at->fault("none: only registers of type record have parts");
    }
    if (at->value().items.size() > profile_list_max) {
        return at->fault("at most " + std::to_string(profile_list_max) + " parts");
    }
    std::vector<meter::record_part>& parts = out_.parts_.emplace_back();
    at->each("parts", [&](const cursor& item) { read_part(item, made, parts); });
    made.parts = out_.parts_.size();
}

void profile_builder::read_part(const cursor& at, const draft& made,
                                std::vector<meter::record_part>& out)
{
    object members{at, "a part of a record"};
    const std::uint32_t bytes = made.has_place ? made.field.count * 2U : 250;
    meter::record_part part;
    if (auto found = members.required("name", "the name of the part")) {
        part.name = stored(name_at(*found, "the name of the part").value_or(""));
    }
    const auto offset = members.required("offset", "bytes from the beginning of the record");
    const auto first = offset ? whole_at(*offset, "an offset", 0, bytes - 1) : std::nullopt;
    const auto type = members.required("type", "the type, such as u32");
    const auto what = type ? type_at(*type) : std::nullopt;
    const auto size = members.required("size", "bytes");
    const auto width = size ? whole_at(*size, "a number of bytes", 1, bytes) : std::nullopt;
    part.offset = static_cast<std::uint8_t>(first.value_or(0));
    part.size = static_cast<std::uint8_t>(width.value_or(0));
    part.type = what.value_or(value_type::raw);
    if (auto found = members.optional("scale")) {
        const auto scale = number_at(*found, "a scale");
        if (scale && scale->mantissa == 0) found->fault("a scale other than 0");
        part.scale = scale.value_or(scaled_number{1, 0});
    }
    part.unit = optional_text(members, "unit", unit_size_max);
    members.finish();
    if (!first || !what || !width) return;
    const value_shape& shape = shape_of(part.type);
    const bool is_bytes = part.type == value_type::bcd || part.type == value_type::text ||
                          part.type == value_type::raw;
    if (part.type == value_type::record || shape.is_float()) {
        type->fault("no record and no float within a record");
    } else if (!is_bytes && (part.size < shape.count_min * 2 || part.size > shape.count_max * 2 ||
                             part.size % 2 != 0)) {
        size->fault(std::to_string(shape.count_min * 2) + " bytes, for the type is " +
                    std::string{shape.name});
    } else if (part.type == value_type::bcd && part.size > 8) {
        size->fault("at most 8 bytes of packed decimal digits");
    } else if (unsigned{part.offset} + part.size > bytes) {
        size->fault("an end within the record of " + std::to_string(bytes) + " bytes");
    }
    for (const meter::record_part& other : out) {
        if (part.offset < other.offset + other.size && other.offset < part.offset + part.size) {
            offset->fault("bytes that the part " + std::string{other.name} + " does not have");
        }
        if (!part.name.empty() && other.name == part.name) at.fault("a part of another name");
    }
    out.push_back(part);
}

}  // namespace wattpurse::adapter::json
