// SPDX-License-Identifier: Apache-2.0
// What a simulated meter of each profile shows has to make sense to whoever adds it up.
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/meter/modbus_read.hpp>

#include "modbus_maps.hpp"

using namespace wattpurse;
using namespace wattpurse::flow;

namespace {

/// What a client has read, by name, for tests that may be coarse.
struct shown {
    double value = 0;
    double step = 0;
    std::string unit;
    bool is_missing = false;
};

std::map<std::string, shown, std::less<>> read_all(const meter::register_map& map,
                                                   sim::modbus_device& device, instant now)
{
    room to{map};
    meter::modbus_read reading{map, 1, {}, meter::read_cost::tcp(duration{20}), to.result()};
    drive(reading, device, now);
    std::map<std::string, shown, std::less<>> out;
    for (std::size_t i = 0; i < map.fields.size(); ++i) {
        const auto& value = to.values[i];
        if (!value.is_sound && !value.is_missing) continue;
        shown& each = out[std::string{map.fields[i].name}];
        each.step = std::pow(10.0, value.number.exponent);
        each.value = static_cast<double>(value.number.mantissa) * each.step;
        each.unit = map.fields[i].unit;
        each.is_missing = value.is_missing;
    }
    return out;
}

/// The names of the three phases of a quantity, as profiles spell them.
std::array<std::string, 3> phases_of(const std::string& name, bool is_sunspec)
{
    if (is_sunspec) return {name + "phA", name + "phB", name + "phC"};
    return {name + "_l1", name + "_l2", name + "_l3"};
}

}  // namespace

TEST_CASE("the phases of every profile's meter sum to the total, in power and in energy")
{
    unsigned compared = 0;
    for (const auto& each : modbus_profiles()) {
        const auto map = each.view();
        CAPTURE(map.name);
        auto options = options_of(map);
        options.load = sim::steady_load(power::of(31'417), power::of(9'113));
        sim::modbus_meter device{options};
        const auto read = read_all(map, device, installed + duration{7'200'000});
        for (const auto& [name, total] : read) {
            const bool is_sum = total.unit.ends_with("W") || total.unit.ends_with("Wh") ||
                                total.unit.ends_with("var") || total.unit.ends_with("VA");
            const auto phases = phases_of(name, map.base == meter::address_base::sunspec);
            if (!is_sum || total.is_missing || !read.contains(phases[0])) continue;
            CAPTURE(name);
            double sum = 0;
            for (const std::string& phase : phases) {
                const auto found = read.find(phase);
                if (found != read.end() && !found->second.is_missing) sum += found->second.value;
            }
            // Each of four numbers is rounded.
            CHECK(std::abs(sum - total.value) <= 2.01 * total.step + 1e-9);
            ++compared;
        }
    }
    CHECK(compared > 40);
}

TEST_CASE("power is voltage times current times power factor, on a phase of every profile's meter")
{
    unsigned compared = 0;
    for (const auto& each : modbus_profiles()) {
        const auto map = each.view();
        auto options = options_of(map);
        options.load = sim::steady_load(power::of(60'000), power::of(45'000));
        sim::modbus_meter device{options};
        const auto read = read_all(map, device, installed + duration{60'000});
        const auto volts = read.find("voltage_l1");
        const auto amps = read.find("current_l1");
        for (const char* const name : {"active_power_l1", "power_l1"}) {
            const auto watts = read.find(name);
            if (volts == read.end() || amps == read.end() || watts == read.end()) continue;
            CAPTURE(map.name);
            const double scale = watts->second.unit == "kW" ? 1000 : 1;
            const double expected = volts->second.value * amps->second.value * 0.8;
            const double tolerance = volts->second.value * amps->second.step +
                                     amps->second.value * volts->second.step +
                                     scale * watts->second.step;
            CHECK(std::abs(watts->second.value * scale - expected) <= tolerance);
            ++compared;
        }
    }
    CHECK(compared >= 8);
}

TEST_CASE("nothing flows through an open relay, on every profile's meter that has one")
{
    unsigned tried = 0;
    for (const auto& each : modbus_profiles()) {
        const auto map = each.view();
        const auto* const open = find_recipe(map, meter::write_recipe::purpose_type::open_relay);
        if (open == nullptr) continue;
        CAPTURE(map.name);
        sim::modbus_meter device{options_of(map)};
        std::vector<std::uint8_t> pdu{0x10,
                                      static_cast<std::uint8_t>(open->address >> 8U),
                                      static_cast<std::uint8_t>(open->address & 0xFFU),
                                      0,
                                      static_cast<std::uint8_t>(open->words.size()),
                                      static_cast<std::uint8_t>(2 * open->words.size())};
        for (const auto& word : open->words) {
            pdu.push_back(static_cast<std::uint8_t>(word.value >> 8U));
            pdu.push_back(static_cast<std::uint8_t>(word.value & 0xFFU));
        }
        std::array<std::uint8_t, codec::modbus::pdu_size_max> answer{};
        REQUIRE(codec::modbus::serve(device, pdu, answer) == 5);
        CHECK(!device.is_closed());
        const auto before = read_all(map, device, installed);
        const auto after = read_all(map, device, installed + duration{7'200'000});
        for (const auto& [name, shown_then] : after) {
            if (shown_then.unit == "kW" && name.find("load_max") == std::string::npos) {
                CHECK(shown_then.value == 0);
            }
            if (shown_then.unit == "kWh") {
                CHECK(shown_then.value == before.find(name)->second.value);
            }
        }
        ++tried;
    }
    CHECK(tried >= 3);
}
