// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/modbus_tables.hpp>

#include <algorithm>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/meter/register_value.hpp>

namespace wattpurse::sim {

namespace {

constexpr std::size_t addresses = 0x10000;
constexpr std::size_t number_max = 4;  // registers of one number

}  // namespace

void modbus_tables::make(table which, std::size_t first, std::size_t count)
{
    contents& to = tables_[static_cast<std::size_t>(which)];
    if (to.words.empty()) {
        to.words.resize(addresses);
        to.exists.resize(addresses);
    }
    for (std::size_t i = 0; i < count; ++i) to.exists[(first + i) % addresses] = true;
}

bool modbus_tables::exists(table which, std::size_t at) const noexcept
{
    return is_used(which) && at < addresses && of(which).exists[at];
}

std::uint16_t modbus_tables::word(table which, std::size_t at) const noexcept
{
    return is_used(which) ? of(which).words[at % addresses] : std::uint16_t{0};
}

void modbus_tables::set(table which, std::size_t at, std::uint16_t word)
{
    make(which, at, 1);
    tables_[static_cast<std::size_t>(which)].words[at % addresses] = word;
}

void modbus_tables::set_text(table which, std::size_t at, std::size_t count, std::string_view text)
{
    const auto character = [text](std::size_t i) {
        return static_cast<unsigned>(i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
    };
    for (std::size_t i = 0; i < count; ++i) {
        set(which, at + i,
            static_cast<std::uint16_t>(character(2 * i) << 8U | character(2 * i + 1)));
    }
}

void modbus_tables::put(const meter::register_field& field, scaled_number value, int power)
{
    const bool is_fraction =
        field.type == meter::value_type::f32 || field.type == meter::value_type::f64;
    const int exponent = is_fraction ? field.resolution : field.scale.exponent + power;
    auto mantissa = rescaled(value, exponent, rounding::half_even);
    if (!mantissa || is_bits(field)) return;
    if (field.capacity.mantissa > 0) {  // a counter goes on at zero
        const auto capacity = rescaled(field.capacity, exponent - power, rounding::half_even);
        if (capacity && *capacity > 0) *mantissa %= *capacity;
    }
    if (!is_fraction && field.scale.mantissa > 1) *mantissa -= *mantissa % field.scale.mantissa;
    std::array<std::uint8_t, 2 * number_max> registers{};
    const auto size = write_value(field, {*mantissa, static_cast<std::int8_t>(exponent)},
                                  registers, power);
    if (!size) return;
    for (std::size_t i = 0; i < *size / 2; ++i) {
        set(table_of(field.function), address_of(field, i),
            codec::modbus::word_at(registers, 2 * i));
    }
}

std::uint64_t modbus_tables::raw(const meter::register_field& field) const
{
    const table which = table_of(field.function);
    if (is_bits(field)) {
        std::uint64_t out = 0;
        for (std::size_t i = 0; i < field.count && i < 64; ++i) {
            out |= std::uint64_t{word(which, address_of(field, i)) != 0} << i;
        }
        return out;
    }
    std::array<std::uint8_t, 2 * number_max> registers{};
    const std::size_t count = std::min<std::size_t>(field.count, number_max);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint16_t each = word(which, address_of(field, i));
        registers[2 * i] = static_cast<std::uint8_t>(each >> 8U);
        registers[2 * i + 1] = static_cast<std::uint8_t>(each & 0xFFU);
    }
    return meter::detail::word_of(field, std::span{registers}.first(2 * count));
}

void modbus_tables::put_raw(const meter::register_field& field, std::uint64_t raw)
{
    const table which = table_of(field.function);
    if (is_bits(field)) {
        for (std::size_t i = 0; i < field.count && i < 64; ++i) {
            set(which, address_of(field, i), static_cast<std::uint16_t>(raw >> i & 1U));
        }
        return;
    }
    std::array<std::uint8_t, 2 * number_max> registers{};
    const std::size_t count = std::min<std::size_t>(field.count, number_max);
    meter::detail::put_word(field, raw, std::span{registers}.first(2 * count));
    for (std::size_t i = 0; i < count; ++i) {
        set(which, address_of(field, i), codec::modbus::word_at(registers, 2 * i));
    }
}

}  // namespace wattpurse::sim
