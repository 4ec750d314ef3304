// SPDX-License-Identifier: Apache-2.0
#include "profile_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace wattpurse::cli {

namespace {

template <std::size_t Count, class Enum>
std::string_view pick(const std::array<std::string_view, Count>& words, Enum value)
{
    return words[std::min(static_cast<std::size_t>(value), Count - 1)];
}

}  // namespace

std::string_view word_of(meter::value_type type)
{
    constexpr std::array<std::string_view, 14> words{"u16",  "s16",  "u32", "s32",   "u64",
                                                     "s64",  "f32",  "f64", "bcd",   "mod10k",
                                                     "text", "bits", "raw", "record"};
    return pick(words, type);
}

std::string_view word_of(meter::word_order order)
{
    return order == meter::word_order::high_first ? "high_first" : "low_first";
}

std::string_view word_of(meter::byte_order order)
{
    return order == meter::byte_order::high_first ? "high_first" : "low_first";
}

std::string_view word_of(meter::access_class access)
{
    constexpr std::array<std::string_view, 3> words{"read", "control", "money"};
    return pick(words, access);
}

std::string_view word_of(meter::transformer ratio)
{
    constexpr std::array<std::string_view, 4> words{"none", "voltage", "current", "power"};
    return pick(words, ratio);
}

std::string_view word_of(meter::role what)
{
    constexpr std::array<std::string_view, 14> words{
        "none",           "energy_total",    "energy_t1",
        "energy_t2",      "energy_t3",       "energy_t4",
        "energy_export",  "relay_state",     "remaining_money",
        "purchase_count", "purchase_amount", "voltage_ratio",
        "current_ratio",  "serial_number"};
    return pick(words, what);
}

std::string_view word_of(meter::write_recipe::purpose_type purpose)
{
    constexpr std::array<std::string_view, 5> words{"open_relay", "close_relay", "release_relay",
                                                    "top_up", "set_purse"};
    return pick(words, purpose);
}

std::string_view word_of(meter::register_area::kind_type kind)
{
    return kind == meter::register_area::kind_type::forbidden ? "forbidden" : "records";
}

std::string_view word_of(adapter::json::profile_protocol protocol)
{
    return protocol == adapter::json::profile_protocol::modbus ? "modbus" : "dlt645";
}

std::string_view status_word(bool is_confirmed)
{
    return is_confirmed ? "confirmed" : "unconfirmed";
}

std::string hex_text(std::uint64_t value, int digits)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "0x%0*llX", digits,
                  static_cast<unsigned long long>(value));
    return text.data();
}

std::string address_text(std::uint32_t address)
{
    return hex_text(address, 4);
}

std::string number_text(scaled_number value)
{
    return std::string{to_text(value).view()};
}

std::string step_text(std::int8_t exponent)
{
    return number_text({1, exponent});
}

std::string factor_text(const meter::register_map& map, const meter::register_field& field)
{
    std::string out;
    const auto add = [&out](std::string_view factor) {
        out += (out.empty() ? "" : " x ") + std::string{factor};
    };
    if (compare(field.scale, {1, 0}) != 0) add(number_text(field.scale));
    if (const auto name = field_name(map, field.scale_field); !name.empty()) {
        add("10^" + std::string{name});
    }
    using meter::transformer;
    if (field.ratio == transformer::voltage || field.ratio == transformer::power) add("PT");
    if (field.ratio == transformer::current || field.ratio == transformer::power) add("CT");
    return out;
}

std::string words_text(const meter::write_recipe& recipe)
{
    using source = meter::recipe_word::source_type;
    std::string out;
    const auto& words = recipe.words;
    const bool is_single = std::count_if(words.begin(), words.end(), [](const auto& word) {
                               return word.source == source::amount;
                           }) == 1;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (!out.empty()) out += ' ';
        switch (words[i].source) {
            case source::constant: out += address_text(words[i].value); break;
            case source::amount:
                out += is_single ? "amount" : (words[i].part == 0 ? "amount_high" : "amount_low");
                break;
            case source::sequence: out += "sequence"; break;
            case source::current: {
                std::size_t times = 1;
                while (i + times < words.size() && words[i + times].source == source::current) {
                    ++times;
                }
                out += times == 1 ? "current" : "current*" + std::to_string(times);
                i += times - 1;
                break;
            }
        }
    }
    return out;
}

std::string serial_text(const meter::serial_default& line)
{
    return std::to_string(line.baud) + " 8" + line.parity + std::to_string(line.stop_bits) +
           ", unit " + std::to_string(line.unit);
}

std::string_view field_name(const meter::register_map& map, std::int16_t index)
{
    return index == meter::no_field ? std::string_view{}
                                    : map.fields[static_cast<std::size_t>(index)].name;
}

std::size_t confirmed_count(const meter::register_map& map)
{
    return static_cast<std::size_t>(
        std::count_if(map.fields.begin(), map.fields.end(),
                      [](const auto& field) { return field.is_confirmed; }));
}

}  // namespace wattpurse::cli
