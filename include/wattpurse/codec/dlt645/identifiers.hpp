// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/codec/dlt645/messages.hpp>

namespace wattpurse::codec::dlt645 {

/// How the bytes of an item are to be read.
enum class item_form : std::uint8_t {
    number,         ///< packed BCD with `places` decimals
    signed_number,  ///< the same, its top bit the sign
    date,           ///< WW DD MM YY
    time,           ///< ss mm hh
    date_time,      ///< ss mm hh WW DD MM YY
    minutes,        ///< mm hh DD MM YY
    bits,           ///< a status word, low byte first
    digits,         ///< a number that is a name, low byte first
};

/// What the lower bytes of an identifier add to its name.
enum class naming : std::uint8_t {
    plain,
    tariff,  ///< DI1 total or tariff, FF the block of them; DI0 settlement day
    phase,   ///< DI1 phase, FF the block of them
    total_and_phase,  ///< DI1 total or phase, FF the block of them
    record,  ///< DI0 how many records back
};

/// One row: all identifiers with `(id & mask) == pattern`.
struct identifier {
    std::uint32_t pattern;
    std::uint32_t mask;
    std::string_view name;
    std::string_view unit;
    item_form form;
    std::uint8_t item_size;  ///< bytes of one item
    std::uint8_t places;
    naming lower;
    bool repeats;            ///< DATA may hold several items: tariffs behind a total
};

/// The identifiers of DL/T 645-2007 annex A, and of the filing document, that a prepaid supply
/// meets most; nullptr for others. Not the whole catalogue.
[[nodiscard]] constexpr const identifier* find_identifier(data_id id) noexcept;

/// Those of DL/T 645-1997, two bytes, that replies in the field carry most; nullptr for others.
[[nodiscard]] constexpr const identifier* find_identifier_1997(std::uint16_t id) noexcept;

/// Whether DATA of that identifier is a block of several items.
[[nodiscard]] constexpr bool is_block(const identifier& row, std::uint32_t id) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

inline constexpr std::uint32_t di_1_and_0_free = 0xFFFF0000;
inline constexpr std::uint32_t di_0_free = 0xFFFFFF00;
inline constexpr std::uint32_t di_1_free = 0xFFFF00FF;
inline constexpr std::uint32_t nothing_free = 0xFFFFFFFF;

[[nodiscard]] constexpr identifier energy_row(std::uint32_t item, std::string_view name,
                                              std::string_view unit, bool has_sign) noexcept
{
    return {item << 16U, di_1_and_0_free, name, unit,
            has_sign ? item_form::signed_number : item_form::number, 4, 2, naming::tariff, true};
}

[[nodiscard]] constexpr identifier phase_row(std::uint32_t item, std::string_view name,
                                             std::string_view unit, bool has_sign,
                                             std::uint8_t size, std::uint8_t places,
                                             naming lower) noexcept
{
    return {item << 16U, di_1_free, name, unit,
            has_sign ? item_form::signed_number : item_form::number, size, places, lower, false};
}

[[nodiscard]] constexpr identifier plain_row(std::uint32_t id, std::string_view name,
                                             std::string_view unit, item_form form,
                                             std::uint8_t size, std::uint8_t places) noexcept
{
    return {id, nothing_free, name, unit, form, size, places, naming::plain, false};
}

[[nodiscard]] constexpr identifier record_row(std::uint32_t series, std::string_view name,
                                              std::string_view unit, item_form form,
                                              std::uint8_t size, std::uint8_t places,
                                              bool repeats) noexcept
{
    return {series, di_0_free, name, unit, form, size, places, naming::record, repeats};
}

inline constexpr identifier identifiers_2007[] = {
    energy_row(0x0000, "combined active energy", "kWh", true),
    energy_row(0x0001, "forward active energy", "kWh", false),
    energy_row(0x0002, "reverse active energy", "kWh", false),
    energy_row(0x0003, "combined reactive 1 energy", "kvarh", true),
    energy_row(0x0004, "combined reactive 2 energy", "kvarh", true),
    energy_row(0x0005, "quadrant 1 reactive energy", "kvarh", false),
    energy_row(0x0006, "quadrant 2 reactive energy", "kvarh", false),
    energy_row(0x0007, "quadrant 3 reactive energy", "kvarh", false),
    energy_row(0x0008, "quadrant 4 reactive energy", "kvarh", false),
    energy_row(0x0009, "forward apparent energy", "kVAh", false),
    energy_row(0x000A, "reverse apparent energy", "kVAh", false),
    plain_row(0x00900100, "remaining energy", "kWh", item_form::number, 4, 2),
    plain_row(0x00900101, "overdraft energy", "kWh", item_form::number, 4, 2),
    plain_row(0x00900200, "remaining money", "currency", item_form::number, 4, 2),
    plain_row(0x00900201, "overdraft money", "currency", item_form::number, 4, 2),
    phase_row(0x0201, "voltage", "V", false, 2, 1, naming::phase),
    phase_row(0x0202, "current", "A", true, 3, 3, naming::phase),
    phase_row(0x0203, "active power", "kW", true, 3, 4, naming::total_and_phase),
    phase_row(0x0204, "reactive power", "kvar", true, 3, 4, naming::total_and_phase),
    phase_row(0x0205, "apparent power", "kVA", true, 3, 4, naming::total_and_phase),
    phase_row(0x0206, "power factor", "", true, 2, 3, naming::total_and_phase),
    phase_row(0x0207, "phase angle", "deg", false, 2, 1, naming::phase),
    plain_row(0x02800001, "neutral current", "A", item_form::signed_number, 3, 3),
    plain_row(0x02800002, "grid frequency", "Hz", item_form::number, 2, 2),
    plain_row(0x02800003, "one-minute mean active power", "kW", item_form::signed_number, 3, 4),
    plain_row(0x02800004, "present active demand", "kW", item_form::signed_number, 3, 4),
    plain_row(0x02800007, "temperature inside the meter", "degC", item_form::signed_number, 2,
              1),
    plain_row(0x02800008, "clock battery voltage", "V", item_form::number, 2, 2),
    plain_row(0x02800009, "outage-reading battery voltage", "V", item_form::number, 2, 2),
    plain_row(0x0280000A, "battery operating time", "min", item_form::number, 4, 0),
    plain_row(0x0280000B, "present step price", "currency/kWh", item_form::number, 4, 4),
    plain_row(0x02800020, "present price", "currency/kWh", item_form::number, 4, 4),
    plain_row(0x02800021, "present tariff price", "currency/kWh", item_form::number, 4, 4),
    plain_row(0x04000101, "date and weekday", "", item_form::date, 4, 0),
    plain_row(0x04000102, "time of day", "", item_form::time, 3, 0),
    plain_row(0x0400010C, "date and time", "", item_form::date_time, 7, 0),
    plain_row(0x04000401, "communication address", "", item_form::digits, 6, 0),
    plain_row(0x04000402, "meter number", "", item_form::digits, 6, 0),
    plain_row(0x0400040E, "customer number", "", item_form::digits, 6, 0),
    plain_row(0x04000501, "running status word 1", "", item_form::bits, 2, 0),
    plain_row(0x04000502, "running status word 2", "", item_form::bits, 2, 0),
    plain_row(0x04000503, "running status word 3", "", item_form::bits, 2, 0),
    plain_row(0x04000504, "running status word 4 (phase A)", "", item_form::bits, 2, 0),
    plain_row(0x04000505, "running status word 5 (phase B)", "", item_form::bits, 2, 0),
    plain_row(0x04000506, "running status word 6 (phase C)", "", item_form::bits, 2, 0),
    plain_row(0x04000507, "running status word 7", "", item_form::bits, 2, 0),
    plain_row(0x04001001, "alarm 1 limit, money", "currency", item_form::number, 4, 2),
    plain_row(0x04001002, "alarm 2 limit, money", "currency", item_form::number, 4, 2),
    plain_row(0x04001003, "overdraft limit, money", "currency", item_form::number, 4, 2),
    record_row(0x05060000, "daily freeze time", "", item_form::minutes, 5, 0, false),
    record_row(0x05060100, "daily freeze, forward active energy", "kWh", item_form::number, 4,
               2, true),
    record_row(0x05060200, "daily freeze, reverse active energy", "kWh", item_form::number, 4,
               2, true),
};

inline constexpr identifier identifiers_1997[] = {
    {0x9010, 0xFFF0, "forward active energy", "kWh", item_form::number, 4, 2, naming::tariff,
     true},
    {0x9020, 0xFFF0, "reverse active energy", "kWh", item_form::number, 4, 2, naming::tariff,
     true},
    {0x9000, 0xFFF0, "active energy", "kWh", item_form::number, 4, 2, naming::tariff, true},
    {0x9110, 0xFFF0, "forward reactive energy", "kvarh", item_form::number, 4, 2,
     naming::tariff, true},
    {0x9120, 0xFFF0, "reverse reactive energy", "kvarh", item_form::number, 4, 2,
     naming::tariff, true},
    {0x9410, 0xFFF0, "forward active energy, last month", "kWh", item_form::number, 4, 2,
     naming::tariff, true},
    {0xB610, 0xFFF0, "voltage", "V", item_form::number, 2, 0, naming::phase, false},
    {0xB620, 0xFFF0, "current", "A", item_form::number, 2, 2, naming::phase, false},
    {0xB630, 0xFFF0, "active power", "kW", item_form::number, 3, 4, naming::total_and_phase,
     false},
    {0xC010, 0xFFFF, "date and weekday", "", item_form::date, 4, 0, naming::plain, false},
    {0xC011, 0xFFFF, "time of day", "", item_form::time, 3, 0, naming::plain, false},
    {0xC032, 0xFFFF, "meter number", "", item_form::digits, 6, 0, naming::plain, false},
};

[[nodiscard]] constexpr bool lower_bytes_fit(const identifier& row, std::uint32_t id) noexcept
{
    const std::uint32_t di1 = id >> 8U & 0xFFU;
    const std::uint32_t di0 = id & 0xFFU;
    switch (row.lower) {
        case naming::plain: return true;
        case naming::tariff: return (di1 <= 0x3F || di1 == 0xFF) && di0 <= 0x0C;
        case naming::phase: return (di1 >= 1 && di1 <= 3) || di1 == 0xFF;
        case naming::total_and_phase: return di1 <= 3 || di1 == 0xFF;
        case naming::record: return di0 >= 1 && di0 <= 0x3E;
    }
    return false;
}

/// Phases A, B and C have their energies 14H, 28H and 3CH above the sum of the phases, without
/// tariffs: 0015 is phase A forward active, 0044 phase C quadrant 4 reactive.
struct phase_energy {
    std::uint32_t id = 0;  ///< of the same energy of all phases; 0 when it is none
    char phase = ' ';
};

[[nodiscard]] constexpr phase_energy energy_of_phase(std::uint32_t id) noexcept
{
    constexpr std::uint32_t step = 0x14;
    const std::uint32_t item = id >> 16U;
    if (item > 3 * step + 0x0A || item <= step || (id >> 8U & 0xFFU) != 0) {
        return {};
    }
    const std::uint32_t phase = item / step;
    const std::uint32_t base = item % step;
    if (base < 1 || base > 0x0A) {
        return {};
    }
    return {base << 16U | (id & 0xFFU), static_cast<char>('A' + phase - 1)};
}

}  // namespace detail

constexpr const identifier* find_identifier(data_id id) noexcept
{
    const auto value = static_cast<std::uint32_t>(id);
    const detail::phase_energy single = detail::energy_of_phase(value);
    const std::uint32_t wanted = single.id != 0 ? single.id : value;
    for (const identifier& row : detail::identifiers_2007) {
        if ((wanted & row.mask) == row.pattern && detail::lower_bytes_fit(row, wanted)) {
            return &row;
        }
    }
    return nullptr;
}

constexpr const identifier* find_identifier_1997(std::uint16_t id) noexcept
{
    for (const identifier& row : detail::identifiers_1997) {
        if ((id & row.mask) == row.pattern) {
            return &row;
        }
    }
    return nullptr;
}

constexpr bool is_block(const identifier& row, std::uint32_t id) noexcept
{
    if (row.mask <= 0xFFFF) {
        return row.mask != 0xFFFF && (id & 0x0FU) == 0x0F;
    }
    if (row.lower == naming::plain || row.lower == naming::record) {
        return row.repeats;
    }
    return (id >> 8U & 0xFFU) == 0xFF;
}

}  // namespace wattpurse::codec::dlt645
