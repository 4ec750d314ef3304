// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/sim/meter_memory.hpp>

#include <algorithm>
#include <array>
#include <span>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/base/bcd.hpp>

namespace wattpurse::sim {

namespace {

struct number_default {
    std::uint32_t id;
    std::int64_t value;
    std::uint8_t bytes;
};

/// What a meter of this kind leaves the factory with.
constexpr number_default factory_numbers[]{
    {0x04000103, 15, 1},      // demand period, min
    {0x04000104, 1, 1},       // sliding time, min
    {0x04000105, 80, 2},      // calibration pulse, ms
    {0x04000106, 0, 5},       {0x04000107, 0, 5},     {0x04000108, 0, 5},    // no switch planned
    {0x04000109, 0, 5},
    {0x04000201, 1, 1},       // year zones
    {0x04000202, 1, 1},       // day tables
    {0x04000205, 0, 2},       // holidays
    {0x04000206, 0, 1},       // harmonic orders
    {0x04000301, 8, 1},       {0x04000302, 5, 1},     {0x04000303, 2, 1},
    {0x04000304, 4, 1},       {0x04000305, 8, 1},
    {0x04000409, 1200, 3},    // imp/kWh
    {0x0400040A, 1200, 3},
    {0x04000802, 1, 1},       // weekend day table
    {0x04000A01, 1010000, 4},  // load record from 1 January 00:00
    {0x04000A02, 60, 2},      {0x04000A03, 60, 2},    {0x04000A04, 60, 2},
    {0x04000A05, 60, 2},      {0x04000A06, 60, 2},    {0x04000A07, 60, 2},
    {0x04000B01, 100, 2},     {0x04000B02, 9999, 2},  {0x04000B03, 9999, 2},  // DDhh
    {0x04000E01, 0, 3},       {0x04000E02, 0, 3},
    {0x04000E03, 2640, 2},    {0x04000E04, 1760, 2},  // V
    {0x04001201, 1010000, 5}, {0x04001202, 60, 1},    {0x04001203, 0, 2},
    {0x04001401, 0, 2},       {0x04001402, 0, 2},     // trip delay, min
};

struct byte_default {
    std::uint32_t id;
    std::uint8_t value;
};

constexpr byte_default factory_bytes[]{
    {0x04000601, 0x05}, {0x04000602, 0x41}, {0x04000603, 0x14},  // combinations
    {0x04000701, 0x04}, {0x04000702, 0x04}, {0x04000703, 0x08},  // baud words
    {0x04000704, 0x08}, {0x04000705, 0x08},
    {0x04000801, 0x7F},                                          // every day is a working day
    {0x04000901, 0x3F}, {0x04000902, 0xFF}, {0x04000903, 0xFF},
    {0x04000904, 0xFF}, {0x04000905, 0x03}, {0x04000906, 0xFF},
    {0x04001101, 0x00},
};

constexpr std::size_t table_entries = 14;

/// A table of three-byte entries, each written high byte first, as MMDDNN or hhmmNN; the last
/// one fills the rest (DL/T 645-2007, notes of table A.5).
std::vector<std::uint8_t> table_of(std::span<const std::array<std::uint8_t, 3>> entries)
{
    std::vector<std::uint8_t> out;
    for (std::size_t i = 0; i < table_entries; ++i) {
        const auto& entry = entries[std::min(i, entries.size() - 1)];
        out.insert(out.end(), entry.rbegin(), entry.rend());
    }
    return out;
}

}  // namespace

meter_memory::meter_memory(const meter_options& options)
{
    for (const auto& one : factory_numbers) set_number(one.id, one.value, one.bytes);
    for (const auto& one : factory_bytes) set(one.id, std::array{one.value});
    fill_identity(options);
    fill_schedule(options);
    fill_purse(options.purse);
}

void meter_memory::fill_identity(const meter_options& options)
{
    const bool three = options.phases == wiring::three_phase;
    set(0x04000401, options.address.wire);
    set(0x04000402, options.address.wire);
    set(0x0400040E, options.customer);
    const auto digits = options.address.text();
    set_text(0x04000403, digits.view(), 32);
    set_text(0x04000404, three ? "3*220V" : "220V", 6);
    set_text(0x04000405, "5A", 6);
    set_text(0x04000406, "60A", 6);
    set_text(0x04000407, "1.0", 4);
    set_text(0x04000408, "2.0", 4);
    set_text(0x0400040B, three ? "WP-SIM3" : "WP-SIM1", 10);
    set_text(0x0400040C, "2026-01-01", 10);
    set_text(0x0400040D, "DL/T645-2007", 16);
    set_text(0x04800001, "wattpurse simulated meter", 32);
    set_text(0x04800002, "no hardware", 32);
    set_text(0x04800003, "wattpurse", 32);
    set_text(0x04800004, "SIM", 8);
}

void meter_memory::fill_schedule(const meter_options& options)
{
    const std::uint8_t count = options.tariff_count;
    set_number(0x04000204, count, 1);
    set_number(0x04000203, count == 1 ? 1 : 2, 1);
    // By day the second tariff of four or more, by night the fourth; with fewer the first and
    // the last.
    const std::uint8_t day = count >= 4 ? 2 : 1;
    const std::uint8_t night = count >= 4 ? 4 : count;
    const std::array<std::array<std::uint8_t, 3>, 2> periods{{{0x08, 0x00, day},
                                                              {0x22, 0x00, night}}};
    const std::array<std::array<std::uint8_t, 3>, 1> always{{{0x00, 0x00, 1}}};
    const std::array<std::array<std::uint8_t, 3>, 1> year{{{0x01, 0x01, 1}}};
    for (const std::uint32_t set_base : {0x04010000U, 0x04020000U}) {
        set(set_base, table_of(year));
        for (std::uint32_t n = 1; n <= 8; ++n) {
            set(set_base + n, count == 1 ? table_of(always) : table_of(periods));
        }
    }
}

void meter_memory::fill_purse(const purse_settings& purse)
{
    set_number(0x04001001, purse.alarm_1_cents, 4);
    set_number(0x04001002, purse.alarm_2_cents, 4);
    set_number(0x04001003, purse.overdraft_cents, 4);
    set_number(0x04001004, purse.hoarding_cents, 4);
    set_number(0x04001005, purse.permit_cents, 4);
    set_number(0x04000207, static_cast<std::int64_t>(purse.prices.step_ends.size()), 1);
    fill_prices(purse.prices, 0);
    fill_prices(purse.prices, 1);
}

void meter_memory::fill_prices(const price_table& prices, std::uint32_t which)
{
    const std::uint32_t tariffs = 0x04050100U + which * 0x100U;
    const std::uint32_t ends = 0x04060000U + which * 0x200U;
    for (std::uint32_t t = 0; t < tariffs_max; ++t) {
        set_number(tariffs + t + 1, prices.tariff[t], 4);
    }
    for (std::uint32_t s = 0; s < prices.step_ends.size(); ++s) {
        set_number(ends + s + 1, prices.step_ends[s], 4);
    }
    for (std::uint32_t s = 0; s < prices.step_prices.size(); ++s) {
        set_number(ends + 0x100U + s + 1, prices.step_prices[s], 4);
    }
}

byte_span meter_memory::get(std::uint32_t id) const
{
    const auto found = values_.find(id);
    return found == values_.end() ? byte_span{} : byte_span{found->second};
}

void meter_memory::set(std::uint32_t id, byte_span value)
{
    values_[id].assign(value.begin(), value.end());
    ++revision_;
}

std::int64_t meter_memory::number(std::uint32_t id, std::int64_t otherwise) const
{
    const auto value = from_bcd(get(id));
    return value ? static_cast<std::int64_t>(*value) : otherwise;
}

void meter_memory::set_number(std::uint32_t id, std::int64_t value, std::size_t bytes)
{
    std::vector<std::uint8_t> field(bytes);
    const auto written = to_bcd(static_cast<std::uint64_t>(value), field);
    WATTPURSE_ASSERT(written.has_value());
    set(id, field);
}

/// Texts are sent last character first, as numbers are sent low byte first; NUL pads.
void meter_memory::set_text(std::uint32_t id, std::string_view text, std::size_t bytes)
{
    std::vector<std::uint8_t> field(bytes);
    for (std::size_t i = 0; i < text.size() && i < bytes; ++i) {
        field[bytes - 1 - i] = static_cast<std::uint8_t>(text[i]);
    }
    set(id, field);
}

}  // namespace wattpurse::sim
