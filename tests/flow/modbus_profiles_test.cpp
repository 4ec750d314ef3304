// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/meter/modbus_read.hpp>
#include <wattpurse/meter/read_plan.hpp>

#include "modbus_maps.hpp"

using namespace wattpurse;
using namespace wattpurse::flow;

namespace {

std::vector<std::uint16_t> all_but_secrets(const meter::register_map& map)
{
    std::vector<std::uint16_t> out;
    for (std::size_t i = 0; i < map.fields.size(); ++i) {
        if (!map.fields[i].is_secret) out.push_back(static_cast<std::uint16_t>(i));
    }
    return out;
}

const meter::read_cost slow = meter::read_cost::serial(9600, duration{50});
const meter::read_cost network = meter::read_cost::tcp(duration{20});

meter::read_plan plan_of(const meter::register_map& map, const meter::read_cost& cost)
{
    meter::read_plan out;
    REQUIRE(out.make(map, all_but_secrets(map), cost));
    return out;
}

/// Requests of a full read at 9600 baud and 50 ms of latency, and over TCP.
struct full_read {
    std::string_view name;
    std::size_t serial;
    std::size_t tcp;
};

// Of the two ADF400L, 32 are records, which are asked for one by one.
constexpr std::array<full_read, 25> full_reads{{
    {"abb_b21_b23", 3, 3},
    {"acrel_adf400l_prepaid", 43, 40},
    {"acrel_adf400l_single_phase", 39, 39},
    {"acrel_adl400_primary", 1, 1},
    {"acrel_adw300", 1, 1},
    {"acrel_ddsd1352_single_phase", 1, 1},
    {"acrel_ddsy1352_dtsy1352_prepaid", 4, 4},
    {"acrel_dtsd1352_adl400_adl3000", 4, 3},
    {"carlo_gavazzi_em24", 1, 1},
    {"carlo_gavazzi_em340", 1, 1},
    {"chint_ddsu666", 3, 3},
    {"chint_dtsu666", 3, 3},
    {"eastron_sdm120", 3, 2},
    {"eastron_sdm230", 3, 2},
    {"eastron_sdm630", 3, 3},
    {"janitza_umg96_b2x", 1, 1},
    {"schneider_iem3155_iem3255", 3, 3},
    {"sunspec_201", 1, 1},
    {"sunspec_202", 1, 1},
    {"sunspec_203", 1, 1},
    {"sunspec_204", 1, 1},
    {"sunspec_211", 2, 2},
    {"sunspec_212", 2, 2},
    {"sunspec_213", 2, 2},
    {"sunspec_214", 2, 2},
}};

bool is_in(const meter::read_step& step, const meter::register_field& field)
{
    return field.function == step.function && field.address >= step.address &&
           field.address + field.count <= step.address + step.count;
}

bool touches(const meter::read_step& step, const meter::register_area& area)
{
    return area.function == step.function && step.address <= area.last &&
           step.address + step.count > area.first;
}

}  // namespace

TEST_CASE("every profile is read with the fewest requests")
{
    CHECK(modbus_profiles().size() == full_reads.size());
    for (const full_read& wanted : full_reads) {
        CAPTURE(wanted.name);
        const auto map = map_of(wanted.name);
        CHECK(plan_of(map, slow).steps().size() == wanted.serial);
        CHECK(plan_of(map, network).steps().size() == wanted.tcp);
    }
}

TEST_CASE("the reads that were asked for are as short as was asked")
{
    const auto requests = [](std::string_view name) {
        return plan_of(map_of(name), slow).steps().size();
    };
    CHECK(requests("eastron_sdm630") <= 3);
    CHECK(requests("chint_dtsu666") <= 4);
    CHECK(requests("carlo_gavazzi_em340") <= 1);
    CHECK(requests("schneider_iem3155_iem3255") <= 4);
    // A slow device makes a turn-around dearer than any hole.
    const auto adl3000 = map_of("acrel_dtsd1352_adl400_adl3000");
    const auto patient = meter::read_cost::serial(9600, duration{300});
    CHECK(plan_of(adl3000, patient).steps().size() == 3);
    // At 1200 baud bytes are dear: more requests, fewer registers.
    const auto count = [](const meter::read_plan& plan) {
        unsigned out = 0;
        for (const auto& step : plan.steps()) out += step.count;
        return out;
    };
    const auto crawling = plan_of(adl3000, meter::read_cost::serial(1200, duration{5}));
    CHECK(crawling.steps().size() > 4);
    CHECK(count(crawling) < count(plan_of(adl3000, slow)));
}

TEST_CASE("no plan of a profile tears a value, parts it from its factor or leaves the map's rules")
{
    for (const auto& each : modbus_profiles()) {
        CAPTURE(each.name());
        const auto map = each.view();
        for (const auto& cost : {slow, network, meter::read_cost{1, 1'000'000}}) {
            const auto plan = plan_of(map, cost);
            std::size_t covered = 0;
            for (const auto& step : plan.steps()) {
                CHECK(step.count <= map.registers_max);
                const auto fields = plan.fields_of(step);
                covered += fields.size();
                for (const std::uint16_t index : fields) {
                    const auto& field = map.fields[index];
                    CHECK(is_in(step, field));
                    if (field.scale_field == meter::no_field) continue;
                    CHECK(is_in(step, map.fields[static_cast<std::size_t>(field.scale_field)]));
                }
                for (const auto& area : map.areas) {
                    if (!touches(step, area)) continue;
                    CHECK(area.kind == meter::register_area::kind_type::records);
                    CHECK(fields.size() == 1);
                }
            }
            CHECK(covered == all_but_secrets(map).size());
        }
    }
}

TEST_CASE("every field of every profile is read from a meter of its kind")
{
    for (const auto& each : modbus_profiles()) {
        CAPTURE(each.name());
        const auto map = each.view();
        auto options = options_of(map);
        options.holes_are_zero = true;
        sim::modbus_meter device{options};
        room out{map};
        instant now = installed + duration{3'600'000};
        meter::modbus_read reading{map, 1, {}, slow, out.result()};
        const unsigned requests = drive(reading, device, now);
        REQUIRE(reading.outcome());
        CHECK(!reading.has_learned());
        // SunSpec: "SunS", the common model, the meter's.
        const unsigned search = map.base == meter::address_base::sunspec ? 3 : 0;
        CHECK(requests == plan_of(map, slow).steps().size() + search);
        for (const std::uint16_t index : all_but_secrets(map)) {
            CAPTURE(map.fields[index].name);
            CHECK(out.states[index] == meter::field_state::read);
            const auto& value = out.values[index];
            CHECK((value.is_sound || value.is_missing));
            CHECK(!value.is_implausible);
        }
    }
}

TEST_CASE("a meter that refuses holes is read in parts, and from then on without a refusal")
{
    for (const auto& each : modbus_profiles()) {
        CAPTURE(each.name());
        const auto map = each.view();
        sim::modbus_meter device{options_of(map)};
        room out{map};
        instant now = installed + duration{3'600'000};
        meter::modbus_read first{map, 1, {}, slow, out.result()};
        drive(first, device, now);
        REQUIRE(first.outcome());
        for (const std::uint16_t index : all_but_secrets(map)) {
            CAPTURE(map.fields[index].name);
            CHECK(out.states[index] == meter::field_state::read);
        }
        room again{map};
        meter::modbus_read second{map, 1, {}, slow, again.result(), first.learned()};
        CHECK(drive(second, device, now) <= first.requests());
        CHECK(!second.has_learned());
        CHECK(again.states == out.states);
    }
}

TEST_CASE("a selection costs only what it needs")
{
    const auto map = map_of("eastron_sdm630");
    sim::modbus_meter device{options_of(map)};
    room out{map};
    instant now = installed + duration{3'600'000};
    const std::uint16_t energy[]{
        static_cast<std::uint16_t>(meter::find_field(map, meter::role::energy_total))};
    meter::modbus_read reading{map, 1, energy, slow, out.result()};
    CHECK(drive(reading, device, now) == 1);
    const auto wanted = std::count(out.states.begin(), out.states.end(), meter::field_state::read);
    CHECK(wanted == 1);
}
