// SPDX-License-Identifier: Apache-2.0
#include "modbus_bench.hpp"

using namespace wattpurse;
using namespace wattpurse::test;
using namespace std::chrono_literals;
using meter::value_type;

namespace {

constexpr scaled_number tenth{1, -1};
constexpr scaled_number hundredth{1, -2};
constexpr scaled_number thousandth{1, -3};

/// Three phases, as many meters have them.
std::vector<meter::register_field> three_phases()
{
    std::vector<meter::register_field> out{
        field_of("voltage_l1", 0, value_type::u16, 1, tenth, "V"),
        field_of("voltage_l2", 1, value_type::u16, 1, tenth, "V"),
        field_of("voltage_l12", 2, value_type::u16, 1, tenth, "V"),
        field_of("current_l1", 3, value_type::u16, 1, thousandth, "A"),
        field_of("current_avg", 4, value_type::u16, 1, thousandth, "A"),
        field_of("power", 5, value_type::s32, 2, tenth, "W"),
        field_of("power_l1", 7, value_type::s16, 1, tenth, "W"),
        field_of("power_l2", 8, value_type::s16, 1, tenth, "W"),
        field_of("power_l3", 9, value_type::s16, 1, tenth, "W"),
        field_of("power_factor", 10, value_type::s16, 1, thousandth, ""),
        field_of("frequency", 11, value_type::u16, 1, hundredth, "Hz"),
        field_of("energy", 12, value_type::u32, 2, hundredth, "kWh"),
        field_of("energy_peak", 14, value_type::u32, 2, hundredth, "kWh"),
        field_of("energy_l1", 16, value_type::u32, 2, hundredth, "kWh"),
        field_of("energy_export", 18, value_type::u32, 2, hundredth, "kWh"),
        field_of("demand_max", 20, value_type::u16, 1, thousandth, "kW"),
        field_of("energy_wh", 21, value_type::u64, 4, {1, 0}, "Wh"),
    };
    return out;
}

}  // namespace

TEST_CASE("what a Modbus meter measures fits together: phases, power, power factor")
{
    modbus_bench bench{three_phases()};
    bench.options.load = sim::steady_load(power::of(6'000), power::of(4'500));
    bench.make();
    CHECK(bench.text("voltage_l1") == "230.0");
    CHECK(bench.text("voltage_l2") == "230.0");
    CHECK(bench.text("voltage_l12") == "398.4");
    CHECK(bench.text("power") == "600.0");
    CHECK(bench.text("power_l1") == "200.0");
    CHECK(bench.text("power_l2") == "200.0");
    CHECK(bench.text("power_l3") == "200.0");
    CHECK(bench.text("power_factor") == "0.800");  // 600 W of 750 VA
    CHECK(bench.text("current_l1") == "1.087");    // 250 VA at 230 V
    CHECK(bench.text("current_avg") == "1.087");
    CHECK(bench.text("frequency") == "50.00");
}

TEST_CASE("energy is power over time, by tariff and by phase, and changes at whole minutes")
{
    modbus_bench bench{three_phases()};
    bench.options.registers.tariff[1] = energy::of(1'000'000);  // 100.00 kWh at the peak rate
    bench.make();
    CHECK(bench.text("energy") == "100.00");
    bench.meter().advance(new_year_2026 + 59s);
    CHECK(bench.text("energy") == "100.00");
    bench.meter().advance(new_year_2026 + 1h);  // 0.6 kWh, at noon
    CHECK(bench.text("energy") == "100.60");
    CHECK(bench.text("energy_peak") == "100.60");
    CHECK(bench.text("energy_l1") == "33.54");  // a third, and what does not divide
    CHECK(bench.text("energy_wh") == "100600");
    CHECK(bench.text("energy_export") == "0.00");
    CHECK(bench.text("demand_max") == "0.600");
    bench.meter().advance(new_year_2026 + 30min);  // clocks are set; a meter counts on
    CHECK(bench.text("energy") == "100.60");
    bench.meter().advance(new_year_2026 + 24h);
    CHECK(bench.text("energy") == "114.40");
    CHECK(bench.text("energy_peak") == "108.40");
}

TEST_CASE("what flows out is counted as export")
{
    modbus_bench bench{three_phases()};
    bench.options.load = sim::steady_load(power::of(-6'000));
    bench.make();
    bench.meter().advance(new_year_2026 + 1h);
    CHECK(bench.text("energy") == "0.00");
    CHECK(bench.text("energy_export") == "0.60");
    CHECK(bench.text("power") == "-600.0");
    CHECK(bench.text("power_factor") == "-1.000");
}

TEST_CASE("a counter goes on at zero where the map says that it does")
{
    auto fields = three_phases();
    fields[11].capacity = {1'000'000, -2};
    modbus_bench bench{fields};
    bench.options.registers.tariff[1] = energy::of(99'998'000);  // 9999.80 kWh
    bench.make();
    CHECK(bench.text("energy") == "9999.80");
    bench.meter().advance(new_year_2026 + 1h);
    CHECK(bench.text("energy") == "0.40");
    CHECK(bench.text("energy_peak") == "10000.40");
}

TEST_CASE("the order of words and bytes, and the form of numbers, are the map's")
{
    std::vector<meter::register_field> fields{
        field_of("energy_high", 0, value_type::u32, 2, hundredth, "kWh"),
        field_of("energy_low", 2, value_type::u32, 2, hundredth, "kWh"),
        field_of("energy_float", 4, value_type::f32, 2, {1, 0}, "kWh"),
        field_of("energy_bcd", 6, value_type::bcd, 2, hundredth, "kWh"),
        field_of("energy_mod", 8, value_type::mod10k, 2, hundredth, "kWh"),
        field_of("energy_half", 10, value_type::u32, 2, {25, -2}, "kWh"),
    };
    fields[1].words = meter::word_order::low_first;
    fields[1].bytes = meter::byte_order::low_first;
    fields[2].resolution = -2;
    modbus_bench bench{fields};
    bench.options.registers.tariff[0] = energy::of(12'345'600);
    bench.make();
    CHECK(bench.read(3, 0, 2) == bytes{3, 4, 0x00, 0x01, 0xE2, 0x40});  // 123456
    CHECK(bench.read(3, 2, 2) == bytes{3, 4, 0x40, 0xE2, 0x01, 0x00});
    CHECK(bench.read(3, 4, 2) == bytes{3, 4, 0x44, 0x9A, 0x51, 0xEC});  // 1234.56 as a float
    CHECK(bench.read(3, 6, 2) == bytes{3, 4, 0x00, 0x12, 0x34, 0x56});
    CHECK(bench.read(3, 8, 2) == bytes{3, 4, 0x00, 0x0C, 0x0D, 0x80});  // 12, 3456
    CHECK(bench.text("energy_half") == "1234.50");                      // in quarters
}

TEST_CASE("registers nobody named are refused, or zero where that is wanted")
{
    modbus_bench bench{three_phases()};
    bench.make();
    CHECK(bench.read(3, 25, 1) == bytes{0x83, 2});
    CHECK(bench.read(3, 24, 2) == bytes{0x83, 2});
    CHECK(bench.read(4, 0, 1) == bytes{0x84, 2});
    CHECK(bench.read(1, 0, 1) == bytes{0x81, 1});
    bench.options.holes_are_zero = true;
    bench.make();
    CHECK(bench.read(3, 25, 1) == bytes{3, 2, 0, 0});
    CHECK(bench.read(4, 0, 1) == bytes{0x84, 2});  // a table it has not
    CHECK(bench.read(3, 0xFFFF, 2) == bytes{0x83, 2});
}

TEST_CASE("a device that reads few registers at a time refuses more, and forbidden ones at all")
{
    meter::register_area barred;
    barred.first = 8;
    barred.last = 8;
    modbus_bench bench{three_phases(), {}, {barred}};
    bench.options.map.registers_max = 5;
    bench.make();
    CHECK(bench.read(3, 0, 5).size() == 12);
    CHECK(bench.read(3, 0, 6) == bytes{0x83, 3});
    CHECK(bench.read(3, 8, 1) == bytes{0x83, 2});
    CHECK(bench.read(3, 5, 4) == bytes{0x83, 2});
    CHECK(bench.read(3, 9, 1).size() == 4);
}

TEST_CASE("a record is one address, read whole and alone")
{
    meter::record_part part;
    part.name = "energy_peak";
    part.offset = 8;
    part.size = 4;
    part.scale = hundredth;
    part.unit = "kWh";
    auto record = field_of("month_1", 0x1A00, value_type::record, 10, {1, 0}, "");
    record.parts = {&part, 1};
    auto other = record;
    other.name = "month_2";
    other.address = 0x1A01;
    meter::register_area area;
    area.kind = meter::register_area::kind_type::records;
    area.first = 0x1A00;
    area.last = 0xFFFF;
    modbus_bench bench{{record, other}, {}, {area}};
    bench.options.registers.tariff[1] = energy::of(1'234'500);
    bench.make();
    const bytes all = bench.read(3, 0x1A00, 10);
    REQUIRE(all.size() == 22);
    CHECK(bytes{all.begin() + 10, all.begin() + 14} == bytes{0, 0, 0x30, 0x39});  // 123.45
    CHECK(bench.read(3, 0x1A01, 10).size() == 22);
    CHECK(bench.read(3, 0x1A00, 20) == bytes{0x83, 2});
    CHECK(bench.read(3, 0x1A00, 1) == bytes{0x83, 2});
    CHECK(bench.read(3, 0x1A02, 10) == bytes{0x83, 2});
}

TEST_CASE("what is written is kept where it may be written, and refused elsewhere")
{
    auto fields = three_phases();
    fields.push_back(field_of("setting", 100, value_type::u32, 2, {1, 0}, ""));
    fields.back().is_writable = true;
    fields.push_back(field_of("output", 7, value_type::bits, 3, {1, 0}, ""));
    fields.back().function = 1;
    fields.back().is_writable = true;
    fields.push_back(field_of("alarm", 0, value_type::bits, 2, {1, 0}, ""));
    fields.back().function = 2;
    modbus_bench bench{fields};
    bench.make();
    CHECK(bench.write(100, {0x1234, 0x5678}) == bytes{0x10, 0, 100, 0, 2});
    CHECK(bench.text("setting") == "305419896");
    CHECK(bench.ask({6, 0, 101, 0, 1}) == bytes{6, 0, 101, 0, 1});
    CHECK(bench.read(3, 100, 2) == bytes{3, 4, 0x12, 0x34, 0, 1});
    CHECK(bench.ask({0x16, 0, 101, 0xFF, 0xF0, 0, 0x0A}).size() == 7);
    CHECK(bench.read(3, 101, 1) == bytes{3, 2, 0, 0x0A});
    CHECK(bench.write(0, {1}) == bytes{0x90, 2});
    CHECK(bench.write(99, {1, 2}) == bytes{0x90, 2});

    CHECK(bench.ask({5, 0, 8, 0xFF, 0}) == bytes{5, 0, 8, 0xFF, 0});
    CHECK(bench.read(1, 7, 3) == bytes{1, 1, 0b010});
    CHECK(bench.ask({0x0F, 0, 7, 0, 3, 1, 0b101}) == bytes{0x0F, 0, 7, 0, 3});
    CHECK(bench.read(1, 7, 3) == bytes{1, 1, 0b101});
    CHECK(bench.ask({5, 0, 10, 0xFF, 0}) == bytes{0x85, 2});
    CHECK(bench.read(2, 0, 2) == bytes{2, 1, 0});
    CHECK(bench.read(2, 0, 3) == bytes{0x82, 2});
}

TEST_CASE("a new meter has its number, ratios of one, its price, and says who it is")
{
    std::vector<meter::register_field> fields{
        field_of("serial", 0, value_type::bcd, 3, {1, 0}, ""),
        field_of("serial_text", 3, value_type::text, 8, {1, 0}, ""),
        field_of("ct_ratio", 11, value_type::u16, 1, {1, 0}, ""),
        field_of("price_peak", 12, value_type::u32, 2, hundredth, "CNY/kWh"),
        field_of("comm_address", 14, value_type::u16, 1, {1, 0}, ""),
        field_of("thd", 15, value_type::u16, 1, tenth, "%"),
    };
    fields[0].role = fields[1].role = meter::role::serial_number;
    fields[5].has_sentinel = true;
    fields[5].sentinel = 0xFFFF;
    modbus_bench bench{fields};
    bench.options.serial = 202'600'000'042;
    bench.options.unit = 42;
    bench.make();
    CHECK(bench.text("serial") == "202600000042");
    CHECK(bench.read(3, 3, 8) ==
          bytes{3, 16, '2', '0', '2', '6', '0', '0', '0', '0', '0', '0', '4', '2', 0, 0, 0, 0});
    CHECK(bench.text("ct_ratio") == "1");
    CHECK(bench.text("price_peak") == "0.50");
    CHECK(bench.text("comm_address") == "42");
    CHECK(bench.text("thd") == "missing");
    const bytes id = bench.ask({0x2B, 0x0E, 1, 0});
    const std::string said{id.begin(), id.end()};
    CHECK(said.find("Bench") != std::string::npos);
    CHECK(bench.ask({0x11}).size() > 3);
    CHECK(bench.ask({8, 0, 0, 0xA5, 0x37}) == bytes{8, 0, 0, 0xA5, 0x37});
}

TEST_CASE("a SunSpec meter has a chain of models, scale factors, and says what it has not")
{
    std::vector<meter::register_field> fields{
        field_of("ID", 0, value_type::u16, 1, {1, 0}, ""),
        field_of("L", 1, value_type::u16, 1, {1, 0}, ""),
        field_of("PhVphA", 2, value_type::s16, 1, {1, 0}, "V"),
        field_of("PhVphB", 3, value_type::s16, 1, {1, 0}, "V"),
        field_of("V_SF", 4, value_type::s16, 1, {1, 0}, ""),
    };
    for (auto& field : fields) {
        field.has_sentinel = true;
        field.sentinel = 0x8000;
    }
    fields[2].scale_field = fields[3].scale_field = 4;
    modbus_bench bench{fields};
    bench.options.map.base = meter::address_base::sunspec;
    bench.options.map.sunspec_model = 201;
    bench.base = 40'070;
    bench.make();
    CHECK(bench.read(3, 40'000, 4) == bytes{3, 8, 'S', 'u', 'n', 'S', 0, 1, 0, 66});
    CHECK(bench.read(3, 40'070, 2) == bytes{3, 4, 0, 201, 0, 3});
    CHECK(bench.read(3, 40'075, 2) == bytes{3, 4, 0xFF, 0xFF, 0, 0});
    CHECK(bench.text("V_SF") == "-1");
    CHECK(bench.text("PhVphA", -1) == "230.0");
    CHECK(bench.text("PhVphB", -1) == "missing");  // 201 is a single phase
    bench.options.map.sunspec_model = 203;
    bench.make();
    CHECK(bench.text("PhVphB", -1) == "230.0");
}
