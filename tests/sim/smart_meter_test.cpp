// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <wattpurse/codec/dlt645/catalogue.hpp>
#include <wattpurse/codec/dlt645/item.hpp>

#include "meter_table.hpp"

using namespace wattpurse;
using namespace wattpurse::test;
using namespace std::chrono_literals;

TEST_CASE("energy of each minute goes into the tariff of the hour, and the total is their sum")
{
    meter_table table{plain_options()};
    // Eight hours of night at 600 W are 4.80 kWh in T4, two of the day 1.20 kWh in T2.
    const instant ten = new_year + 10h;
    CHECK(table.number(0x00010000, ten) == 10'600);
    CHECK(table.number(0x00010200, ten) == 10'120);
    CHECK(table.number(0x00010400, ten) == 480);
    CHECK(table.number(0x00010100, ten) == 0);
    CHECK(table.read(0x0001FF00, ten) ==
          std::vector<std::uint8_t>{0x00, 0x06, 0x01, 0x00, 0, 0, 0, 0, 0x20, 0x01, 0x01, 0x00,
                                    0, 0, 0, 0, 0x80, 0x04, 0x00, 0x00});
    CHECK(table.number(0x00000000, ten) == 10'600);
    CHECK(table.read(0x00010900, ten).empty());  // no ninth tariff
}

TEST_CASE("what flows is shown from the moment a meter is in, not from its first minute on")
{
    meter_table table{plain_options()};
    CHECK(table.number(0x02030000, new_year) == 6'000);
    CHECK(table.number(0x00010000, new_year) == 10'000);
}

TEST_CASE("energy that flows back is counted apart and shown with its sign")
{
    auto options = plain_options();
    options.registers = {};
    options.load = sim::steady_load(power::of(-12'000), power::of(9'000));
    options.phases = sim::wiring::three_phase;
    meter_table table{options};
    const instant one = new_year + 1h;
    CHECK(table.number(0x00020000, one) == 120);
    CHECK(table.number(0x00010000, one) == 0);
    CHECK(table.number(0x00060000, one) == 90);   // quadrant 2
    CHECK(table.number(0x000A0000, one) == 150);  // 1.2 and 0.9 make 1.5 kVA
    CHECK(table.number(0x00160000, one) == 40);   // a third of it in phase A
    // -1.2000 kW: the top bit of the highest digit is the sign.
    CHECK(table.read(0x02030000, one) == std::vector<std::uint8_t>{0x00, 0x20, 0x81});
    CHECK(table.read(0x02030100, one) == std::vector<std::uint8_t>{0x00, 0x40, 0x80});
    CHECK(table.read(0x0203FF00, one).size() == 12);
    CHECK(table.read(0x02060000, one) == std::vector<std::uint8_t>{0x00, 0x88});  // -0.800
}

TEST_CASE("a single-phase meter has no other phases")
{
    meter_table table{plain_options()};
    const instant one = new_year + 1h;
    CHECK(table.read(0x02010100, one).size() == 2);
    CHECK(table.read(0x02010200, one).empty());
    CHECK(table.read(0x0201FF00, one).size() == 2);
    CHECK(table.read(0x00290000, one).empty());
    CHECK(table.read(0x00800000, one).empty());
    const auto said = table.ask(
        dlt645::read_request(table.meter.address(), dlt645::data_id{0x02010200}), one);
    CHECK(said.value().control == 0xD1);
    CHECK(dlt645::parse_error_word(*said).value() == 0x02);
}

TEST_CASE("demand is the mean of the period, kept with its moment until it is cleared")
{
    auto options = plain_options();
    options.load = [](instant minute) {
        const bool peak = minute >= new_year + 60min && minute < new_year + 75min;
        return sim::minute_load{power::of(peak ? 30'000 : 6'000), power{}};
    };
    meter_table table{options};
    const auto before = table.read(0x01010000, new_year + 3h);
    // 3.0000 kW at 01:15 on the first of January.
    CHECK(before == std::vector<std::uint8_t>{0x00, 0x00, 0x03, 0x15, 0x01, 0x01, 0x01, 0x26});
    CHECK(table.error(dlt645::clear_demand_request(table.meter.address(), writer),
                      new_year + 3h) == 0);
    const auto after = table.read(0x01010000, new_year + 3h + 1min);
    CHECK(after == std::vector<std::uint8_t>{0x00, 0x60, 0x00, 0x01, 0x03, 0x01, 0x01, 0x26});
    CHECK(table.number(0x03300200, new_year + 3h) == 1);
}

TEST_CASE("the clock tells date and weekday, and is set by a write or by everybody's time")
{
    auto options = plain_options();
    options.clock_error = 90s;
    meter_table table{options};
    const instant noon = new_year + 12h;
    // Thursday, the first of January 2026; its clock is a minute and a half fast.
    CHECK(table.read(0x04000101, noon) == std::vector<std::uint8_t>{0x04, 0x01, 0x01, 0x26});
    CHECK(table.read(0x04000102, noon) == std::vector<std::uint8_t>{0x30, 0x01, 0x12});
    CHECK(table.read(0x0400010C, noon) ==
          std::vector<std::uint8_t>{0x30, 0x01, 0x12, 0x04, 0x01, 0x01, 0x26});
    const auto told = dlt645::broadcast_time_request(to_civil(noon, china_zone)).value();
    CHECK_FALSE(table.ask(told, noon).has_value());
    CHECK(table.read(0x04000102, noon) == std::vector<std::uint8_t>{0x00, 0x00, 0x12});
    // Only once a day, and five minutes at most.
    const auto again =
        dlt645::broadcast_time_request(to_civil(noon + 2min, china_zone)).value();
    CHECK_FALSE(table.ask(again, noon).has_value());
    CHECK(table.read(0x04000102, noon) == std::vector<std::uint8_t>{0x00, 0x00, 0x12});
    CHECK(table.write(0x04000102, {0x30, 0x45, 0x12}, noon) == 0);
    CHECK(table.read(0x04000102, noon) == std::vector<std::uint8_t>{0x30, 0x45, 0x12});
    CHECK(table.write(0x04000102, {0x30, 0x45, 0x24}, noon) == 1);
}

TEST_CASE("addresses: wildcards are answered, another's requests are not, a new one needs the key")
{
    meter_table table{plain_options()};
    const auto said = table.ask(dlt645::read_address_request(), new_year);
    CHECK(dlt645::parse_address_answer(said.value()).value() == table.meter.address());
    auto low_digits = dlt645::address::wildcard();
    low_digits.wire[0] = 0x01;
    CHECK(table.ask(dlt645::read_request(low_digits, dlt645::data_id{0x00010000}), new_year));
    low_digits.wire[0] = 0x02;
    CHECK_FALSE(table.ask(dlt645::read_request(low_digits, dlt645::data_id{0x00010000}),
                          new_year));
    CHECK_FALSE(table.ask(dlt645::read_request(dlt645::address::broadcast(),
                                               dlt645::data_id{0x00010000}), new_year));

    const auto fresh = dlt645::address::parse("202600000099").value();
    table.meter.set_programming_key(false);
    CHECK_FALSE(table.ask(dlt645::write_address_request(fresh), new_year));
    table.meter.set_programming_key(true);
    const auto moved = table.ask(dlt645::write_address_request(fresh), new_year);
    CHECK(moved.value().address == fresh);
    CHECK(moved->control == 0x95);
    CHECK(table.meter.address() == fresh);
}

TEST_CASE("parameters are written with a password, the programming key and a sound value")
{
    meter_table table{plain_options()};
    CHECK(table.number(0x04000103, new_year) == 15);
    CHECK(table.write(0x04000103, {0x30}, new_year) == 0);
    CHECK(table.number(0x04000103, new_year) == 30);
    CHECK(table.write(0x04000103, {0x3A}, new_year) == 1);         // not BCD
    CHECK(table.write(0x04000103, {0x30, 0x00}, new_year) == 1);   // too long
    CHECK(table.write(0x04000103, {0x30}, new_year, stranger) == 4);
    CHECK(table.write(0x04000409, {0, 0, 0}, new_year) == 2);      // read only
    CHECK(table.write(0x04000201, {0x15}, new_year) == 0x10);      // year zones
    CHECK(table.write(0x04000203, {0x15}, new_year) == 0x20);      // day periods
    CHECK(table.write(0x04000204, {0x40}, new_year) == 0x40);      // tariffs
    table.meter.set_programming_key(false);
    CHECK(table.write(0x04000103, {0x30}, new_year) == 4);
    CHECK(table.read(0x04000C03, new_year).empty());               // passwords are never read
}

TEST_CASE("a written day table changes the tariff from the next minute on")
{
    meter_table table{plain_options()};
    std::vector<std::uint8_t> day;
    for (int i = 0; i < 14; ++i) day.insert(day.end(), {0x03, 0x00, 0x00});  // T3 all day
    CHECK(table.write(0x04010001, day, new_year + 10h) == 0);
    CHECK(table.number(0x00010300, new_year + 11h) == 60);
    CHECK(table.number(0x00010200, new_year + 11h) == 10'120);
    CHECK(table.number(0x03300500, new_year + 11h) == 1);
    CHECK(table.number(0x03300000, new_year + 11h) == 1);
}

TEST_CASE("a write done in part is refused and has changed half of the value")
{
    meter_table table{plain_options()};
    CHECK(table.write(0x04000402, {0x11, 0x22, 0x33, 0x44, 0x55, 0x66}, new_year, writer, true) ==
          1);
    CHECK(table.read(0x04000402, new_year) ==
          std::vector<std::uint8_t>{0x11, 0x22, 0x33, 0x00, 0x26, 0x20});
}

TEST_CASE("baud rates, test pulses and passwords answer as the standard says")
{
    meter_table table{plain_options()};
    const auto& to = table.meter.address();
    const auto faster = table.ask(dlt645::change_baud_request(to, dlt645::baud_rate::b9600),
                                  new_year);
    CHECK(dlt645::parse_baud_answer(faster.value()).value() == dlt645::baud_rate::b9600);
    const auto pulse = table.ask(
        dlt645::output_request(to, dlt645::output_signal::demand_period), new_year);
    CHECK(pulse.value().control == 0x9D);
    const dlt645::credentials fresh{4, {9, 9, 9}, {}};
    const auto changed = table.ask(
        dlt645::change_password_request(to, dlt645::data_id{0x04000C05}, writer, fresh),
        new_year);
    CHECK(dlt645::parse_password_answer(changed.value()).value().opens(fresh));
    CHECK(table.write(0x04000103, {0x30}, new_year) == 4);
    CHECK(table.write(0x04000103, {0x30}, new_year, fresh) == 0);
}

TEST_CASE("every identifier is refused as unknown or answered in the layout of the catalogue")
{
    for (const auto phases : {sim::wiring::single_phase, sim::wiring::three_phase}) {
        auto options = purse_options();
        options.phases = phases;
        options.installed_at = new_year - std::chrono::hours{24 * 70};
        options.purse.money_cents = 90'000'00;
        meter_table table{options};
        std::size_t answered = 0;
        for (const auto& row : dlt645::standard_catalogue().rows()) {
            if (row.which() != dlt645::edition::y2007) continue;
            // First and last of each pattern, and some between.
            const auto count = row.ids.count();
            for (std::uint64_t k = 0; k < count; k += count > 9 ? count / 9 : 1) {
                const std::uint32_t id = row.ids.nth(k);
                const auto value = table.meter.value(id, new_year);
                if (value.empty()) continue;
                ++answered;
                CAPTURE(id);
                dlt645::field_reader reader{row, value};
                dlt645::field_value field;
                auto step = reader.next(field);
                bool sound = true;
                for (; step == dlt645::field_reader::step::field; step = reader.next(field)) {
                    sound = sound && (field.sound || field.missing);
                }
                CHECK(step == dlt645::field_reader::step::end);
                CHECK(sound);
            }
        }
        CHECK(answered > (phases == sim::wiring::three_phase ? 3'000 : 1'200));
    }
}
