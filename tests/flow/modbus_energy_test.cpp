// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/meter/modbus_read.hpp>
#include <wattpurse/meter/register_reading.hpp>
#include <wattpurse/usage/difference.hpp>

#include "modbus_maps.hpp"

using namespace wattpurse;
using namespace wattpurse::flow;
using verdict = usage::step::verdict;

namespace {

constexpr power sixty_amperes = power::of(132'000);

/// A reading of a map with only its total, as the meter shows it in that many raw steps.
meter::map_reading shown(const meter::register_map& map, std::uint32_t raw,
                         std::int64_t ratio = 1)
{
    const auto at = static_cast<std::size_t>(find_field(map, meter::role::energy_total));
    const std::uint8_t registers[]{
        static_cast<std::uint8_t>(raw >> 24U), static_cast<std::uint8_t>(raw >> 16U & 0xFFU),
        static_cast<std::uint8_t>(raw >> 8U & 0xFFU), static_cast<std::uint8_t>(raw & 0xFFU)};
    std::vector<meter::register_value> values(map.fields.size());
    values[at] = read_value(map.fields[at], registers, 0, ratio);
    const auto read = to_reading(map, values, rounding::exact, 1);
    REQUIRE(read);
    return *read;
}

usage::step used(const meter::map_reading& from, const meter::map_reading& to)
{
    return usage::difference(from.registers, to.registers, duration{3'600'000},
                             {from.capacity, sixty_amperes, from.step});
}

}  // namespace

TEST_CASE("a 32-bit register of hundredths goes on at zero after 42 949 672.95 kWh")
{
    const auto map = map_of("acrel_adw300");
    const auto from = shown(map, 0xFFFF'FFFA);
    CHECK(from.registers.total == energy::of(429'496'729'000));
    CHECK(from.capacity == energy::of(429'496'729'600));
    const auto step = used(from, shown(map, 15));
    CHECK(step.judged == verdict::rolled_over);
    CHECK(step.used == tariff_energy{energy{}, energy::of(2'100), energy{}, energy{}});
}

TEST_CASE("a register that falls without reason went back, and is not charged")
{
    const auto map = map_of("acrel_adw300");
    const auto step = used(shown(map, 100'000), shown(map, 99'999));
    CHECK(step.judged == verdict::went_back);
    CHECK(step.used == tariff_energy{});
    CHECK(used(shown(map, 100'000), shown(map, 100'100)).judged == verdict::plausible);
    CHECK(used(shown(map, 100'000), shown(map, 110'000)).judged == verdict::implausible);
}

TEST_CASE("a roll-over behind a current transformer is one of the primary side")
{
    const auto map = map_of("acrel_adw300");
    const auto from = shown(map, 0xFFFF'FFFF, 40);
    const auto step = used(from, shown(map, 1, 40));
    CHECK(step.judged == verdict::rolled_over);
    CHECK(step.used[1] == energy::of(8'000));
    CHECK(from.step == energy::of(4'000));
}

TEST_CASE("what a meter of every profile counts is what the books read")
{
    for (const auto& each : modbus_profiles()) {
        CAPTURE(each.name());
        const auto map = each.view();
        sim::modbus_meter device{options_of(map)};
        room out{map};
        instant now = installed;
        meter::modbus_read reading{map, 1, {}, meter::read_cost::serial(9600, duration{50}),
                                   out.result()};
        drive(reading, device, now);
        const auto read = to_reading(map, out.values, rounding::half_even, 0);
        REQUIRE(read);
        CHECK(!read->is_inexact);
        const std::int64_t off = read->registers.total.mantissa() - 12'345'600;
        // Within half a step of what the meter shows.
        CHECK(2 * off <= read->step.mantissa());
        CHECK(2 * off >= -read->step.mantissa());
        CHECK(read->registers.total < read->capacity);
    }
}

TEST_CASE("the hours of every profile are charged as they are used")
{
    for (const auto& each : modbus_profiles()) {
        CAPTURE(each.name());
        const auto map = each.view();
        sim::modbus_meter device{options_of(map)};
        meter::learned_cuts learned;
        meter::map_reading last;
        for (int hour = 0; hour < 5; ++hour) {
            room out{map};
            instant now = installed + duration{3'600'000} * hour;
            meter::modbus_read reading{map, 1, {}, meter::read_cost::tcp(duration{20}),
                                       out.result(), learned};
            drive(reading, device, now);
            learned = reading.learned();
            const auto read = to_reading(map, out.values, rounding::half_even, 0);
            REQUIRE(read);
            if (hour > 0) {
                const auto step = usage::difference(last.registers, read->registers,
                                                    duration{3'600'000},
                                                    {read->capacity, power::of(1'000'000),
                                                     read->step});
                CHECK(step.judged == verdict::plausible);
            }
            last = *read;
        }
        CHECK(last.registers.total > energy::of(12'345'600));
    }
}
