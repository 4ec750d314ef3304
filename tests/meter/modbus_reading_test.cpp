// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/meter/register_reading.hpp>

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace wattpurse::meter;
using wattpurse::energy;
using wattpurse::errc;
using wattpurse::rounding;
using wattpurse::scaled_number;

struct bench {
    void add(role what, std::string_view unit, value_type type, scaled_number scale,
             std::initializer_list<std::uint16_t> words, int power = 0, std::int64_t ratio = 1)
    {
        register_field field;
        field.role = what;
        field.unit = unit;
        field.type = type;
        field.scale = scale;
        field.resolution = -2;
        field.count = static_cast<std::uint16_t>(words.size());
        fields.push_back(field);
        auto& raw = registers.emplace_back();
        for (const std::uint16_t word : words) {
            raw.push_back(static_cast<std::uint8_t>(word >> 8U));
            raw.push_back(static_cast<std::uint8_t>(word & 0xFFU));
        }
        values.push_back(read_value(fields.back(), raw, power, ratio));
    }
    [[nodiscard]] wattpurse::result<map_reading> read(rounding mode = rounding::exact,
                                                      std::size_t band = 0)
    {
        register_map map;
        map.fields = fields;
        return to_reading(map, values, mode, band);
    }

    std::vector<register_field> fields;
    std::vector<register_value> values;
    std::vector<std::vector<std::uint8_t>> registers;
};

constexpr scaled_number hundredths{1, -2};

}  // namespace

TEST_CASE("a total without tariffs is all in the band that is named")
{
    bench with;
    with.add(role::energy_total, "kWh", value_type::u32, hundredths, {0x0001, 0xE240});
    const auto read = with.read(rounding::exact, 2);
    REQUIRE(read);
    CHECK(read->registers.total == energy::of(12'345'600));
    CHECK(read->registers.tariff ==
          wattpurse::tariff_energy{energy{}, energy{}, energy::of(12'345'600), energy{}});
    CHECK(!read->has_tariffs);
    CHECK(with.read(rounding::exact, 4).error() == errc::not_found);
}

TEST_CASE("tariffs of the meter are kept, and sum to the total where it has none")
{
    bench with;
    with.add(role::energy_t1, "kWh", value_type::u32, hundredths, {0, 100});
    with.add(role::energy_t3, "kWh", value_type::u32, hundredths, {0, 250});
    auto read = with.read();
    REQUIRE(read);
    CHECK(read->has_tariffs);
    CHECK(read->registers.total == energy::of(35'000));
    CHECK(read->registers.tariff ==
          wattpurse::tariff_energy{energy::of(10'000), energy{}, energy::of(25'000), energy{}});
    // A total that says otherwise is kept as it is: usage judges it.
    with.add(role::energy_total, "kWh", value_type::u32, hundredths, {0, 351});
    read = with.read();
    REQUIRE(read);
    CHECK(read->registers.total == energy::of(35'100));
}

TEST_CASE("energy comes in watt hours and megawatt hours too, and in nothing else")
{
    const auto total = [](std::string_view unit, rounding mode) {
        bench with;
        with.add(role::energy_total, unit, value_type::s64, {1, 0}, {0, 0, 0x0001, 0xE241});
        const auto read = with.read(mode);
        return read ? wattpurse::result<energy>{read->registers.total}
                    : wattpurse::result<energy>{wattpurse::fail(read.error())};
    };
    CHECK(total("Wh", rounding::exact) == energy::of(1'234'570));
    CHECK(total("MWh", rounding::exact) == energy::of(1'234'570'000'000));
    CHECK(total("kvarh", rounding::exact).error() == errc::not_found);

    bench fine;  // a tenth of a watt hour is a step of the books, a hundredth is not
    fine.add(role::energy_total, "Wh", value_type::u32, {1, -1}, {0, 15});
    CHECK(fine.read()->registers.total == energy::of(15));
    fine.fields.clear();
    fine.values.clear();
    fine.add(role::energy_total, "Wh", value_type::u32, {1, -2}, {0, 15});
    CHECK(fine.read().error() == errc::inexact);
    CHECK(fine.read(rounding::half_even)->registers.total == energy::of(2));
}

TEST_CASE("what is not there, or is no number, makes no reading")
{
    bench with;
    CHECK(with.read().error() == errc::not_found);
    with.add(role::energy_total, "kWh", value_type::bcd, hundredths, {0x12A4});
    CHECK(with.read().error() == errc::not_bcd);
    with.values[0].is_missing = true;
    CHECK(with.read().error() == errc::not_available);
    with.values.clear();
    CHECK(with.read().error() == errc::not_found);
}

TEST_CASE("capacity and step follow the transformers' ratio")
{
    bench with;
    with.add(role::energy_total, "kWh", value_type::u32, hundredths, {0, 100}, 0, 40);
    with.fields[0].capacity = {4'294'967'296, -2};
    const auto read = with.read();
    REQUIRE(read);
    CHECK(read->registers.total == energy::of(400'000));
    CHECK(read->capacity == energy::of(40 * std::int64_t{429'496'729'600}));
    CHECK(read->step == energy::of(4'000));

    bench unknown;
    unknown.add(role::energy_total, "Wh", value_type::u32, {1, 0}, {0, 100}, 1);
    CHECK(unknown.read()->capacity == energy::of(INT64_MAX));
    CHECK(unknown.read()->step == energy::of(100));
}

TEST_CASE("of several registers the smallest capacity and the coarsest step count")
{
    bench with;
    with.add(role::energy_total, "kWh", value_type::u32, hundredths, {0, 100});
    with.add(role::energy_t1, "kWh", value_type::u32, {1, -1}, {0, 10});
    with.fields[0].capacity = {1'000'000, 0};
    with.fields[1].capacity = {999'999, 0};
    const auto read = with.read();
    REQUIRE(read);
    CHECK(read->capacity == energy::of(9'999'990'000));
    CHECK(read->step == energy::of(1'000));
}

TEST_CASE("a fraction that has lost its hundredths says so, and how coarse it is")
{
    bench sound;  // 131 071.99, the last that is
    sound.add(role::energy_total, "kWh", value_type::f32, {1, 0}, {0x47FF, 0xFFFF});
    CHECK(!sound.read()->is_inexact);
    CHECK(sound.read()->registers.total == energy::of(1'310'719'900));
    CHECK(sound.read()->step == energy::of(100));

    bench coarse;  // 4 194 304: the next one is half a kilowatt hour on
    coarse.add(role::energy_total, "kWh", value_type::f32, {1, 0}, {0x4A80, 0x0000});
    const auto read = coarse.read();
    REQUIRE(read);
    CHECK(read->is_inexact);
    CHECK(read->registers.total == energy::of(41'943'040'000));
    CHECK(read->step == energy::of(5'100));

    bench behind;  // a transformer's ratio is in the value, and not counted twice
    behind.add(role::energy_total, "kWh", value_type::f32, {1, 0}, {0x4A80, 0x0000}, 0, 10);
    CHECK(behind.read()->step == energy::of(50'100));
}
