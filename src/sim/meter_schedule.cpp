// SPDX-License-Identifier: Apache-2.0
// Which tariff and which prices are in force, read from the meter's tables.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bcd.hpp>
#include <wattpurse/sim/meter_memory.hpp>

namespace wattpurse::sim {

namespace {

constexpr std::size_t entry_size = 3;

/// One entry of a zone or day table: MMDDNN or hhmmNN, on the wire NN first.
struct table_entry {
    unsigned begins;  // MMDD or hhmm as a number
    unsigned number;  // of a day table, or of a tariff
};

table_entry entry_at(byte_span table, std::size_t index)
{
    const auto value = from_bcd(table.subspan(index * entry_size, entry_size));
    const auto digits = static_cast<unsigned>(value.value_or(0));
    return {digits / 100, digits % 100};
}

/// The number of the last entry that has begun; before the first one, the last one of all still
/// goes on, from the year or day before.
unsigned number_at(byte_span table, std::size_t entries, unsigned now)
{
    const std::size_t count = std::min(entries, table.size() / entry_size);
    if (count == 0) return 1;
    unsigned found = entry_at(table, count - 1).number;
    for (std::size_t i = 0; i < count; ++i) {
        const table_entry one = entry_at(table, i);
        if (one.begins <= now) found = one.number;
    }
    return found;
}

unsigned weekday_of(const civil_time& clock)
{
    namespace ch = std::chrono;
    const ch::year_month_day date{ch::year{clock.year}, ch::month{clock.month},
                                  ch::day{clock.day}};
    return ch::weekday{ch::sys_days{date}}.c_encoding();
}

/// The day table a public holiday asks for (YYMMDDNN); 0 where the day is none.
unsigned holiday_table(const meter_memory& memory, const civil_time& clock)
{
    const auto today = (clock.year % 100 * 100 + clock.month) * 100 + clock.day;
    const auto holidays = static_cast<std::uint32_t>(memory.number(0x04000205));
    for (std::uint32_t n = 1; n <= std::min(holidays, 254U); ++n) {
        const std::int64_t entry = memory.number(0x04030000U + n);
        if (entry / 100 == today) return static_cast<unsigned>(entry % 100);
    }
    return 0;
}

unsigned day_table(const meter_memory& memory, const active_sets& sets, const civil_time& clock)
{
    if (const unsigned holiday = holiday_table(memory, clock); holiday != 0) return holiday;
    const byte_span weekend = memory.get(0x04000801);
    if (!weekend.empty() && (weekend[0] >> weekday_of(clock) & 1U) == 0) {
        return static_cast<unsigned>(memory.number(0x04000802, 1));
    }
    return number_at(memory.get(sets.second_zones ? 0x04020000U : 0x04010000U),
                     static_cast<std::size_t>(memory.number(0x04000201, 1)),
                     clock.month * 100U + clock.day);
}

}  // namespace

std::size_t tariff_at(const meter_memory& memory, const active_sets& sets,
                      const civil_time& clock, std::size_t tariff_count)
{
    const unsigned table = std::clamp(day_table(memory, sets, clock), 1U, 8U);
    const std::uint32_t base = sets.second_days ? 0x04020000U : 0x04010000U;
    const unsigned tariff = number_at(memory.get(base + table),
                                      static_cast<std::size_t>(memory.number(0x04000203, 1)),
                                      clock.hour * 100U + clock.minute);
    return std::clamp<std::size_t>(tariff, 1, tariff_count) - 1;
}

price_table prices_of(const meter_memory& memory, const active_sets& sets,
                      std::size_t tariff_count)
{
    price_table out;
    const std::uint32_t tariffs = sets.second_prices ? 0x04050200U : 0x04050100U;
    const std::uint32_t steps = sets.second_steps ? 0x04060200U : 0x04060000U;
    for (std::uint32_t t = 0; t < tariff_count; ++t) {
        out.tariff[t] = memory.number(tariffs + t + 1);
    }
    const auto count = static_cast<std::uint32_t>(memory.number(0x04000207));
    for (std::uint32_t s = 1; s <= count; ++s) {
        const std::int64_t end = memory.number(steps + s, -1);
        if (end < 0) break;
        out.step_ends.push_back(end);
    }
    const auto steps_made = static_cast<std::uint32_t>(out.step_ends.size());
    for (std::uint32_t s = 1; s <= steps_made + 1 && steps_made != 0; ++s) {
        out.step_prices.push_back(memory.number(steps + 0x100U + s));
    }
    return out;
}

}  // namespace wattpurse::sim
