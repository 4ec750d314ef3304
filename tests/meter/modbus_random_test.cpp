// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/codec/modbus/serve.hpp>
#include <wattpurse/meter/modbus_probe.hpp>
#include <wattpurse/meter/modbus_read.hpp>

namespace {

using namespace wattpurse::meter;
using wattpurse::duration;
using wattpurse::instant;
namespace link = wattpurse::link;
namespace modbus = wattpurse::codec::modbus;

/// Numbers from a seed (splitmix64).
class dice {
public:
    explicit dice(std::uint64_t seed) : state_{seed} {}
    std::uint32_t below(std::uint32_t end)
    {
        std::uint64_t out = state_ += 0x9E3779B97F4A7C15U;
        out = (out ^ (out >> 30U)) * 0xBF58476D1CE4E5B9U;
        out = (out ^ (out >> 27U)) * 0x94D049BB133111EBU;
        return static_cast<std::uint32_t>((out ^ (out >> 31U)) % end);
    }

private:
    std::uint64_t state_;
};

/// Registers that hold their own address; some do not exist, and requests may be too long.
struct device : modbus::device_defaults {
    std::set<std::uint32_t> missing;
    std::uint16_t most = 125;

    [[nodiscard]] bool supports(std::uint8_t function) const noexcept
    {
        return function == 3 || function == 4;
    }
    modbus::exception_code covers(modbus::table, std::uint16_t first, std::uint16_t n) noexcept
    {
        if (n > most) return modbus::exception_code::illegal_data_value;
        const auto next = missing.lower_bound(first);
        return next != missing.end() && *next < std::uint32_t{first} + n
                   ? modbus::exception_code::illegal_data_address
                   : modbus::exception_code::none;
    }
    modbus::exception_code read_registers(modbus::table, std::uint16_t first,
                                          std::span<std::uint8_t> out) noexcept
    {
        for (std::size_t i = 0; i < out.size() / 2; ++i) {
            out[2 * i] = static_cast<std::uint8_t>((first + i) >> 8U & 0xFFU);
            out[2 * i + 1] = static_cast<std::uint8_t>((first + i) & 0xFFU);
        }
        return modbus::exception_code::none;
    }
};

link::modbus_event answer_of(device& meter, const link::modbus_job& job)
{
    link::modbus_event out;
    out.attempts = 1;
    out.is_proven = true;
    out.answer.size = static_cast<std::uint8_t>(
        modbus::serve(meter, job.request.view(), out.answer.bytes));
    const auto read = modbus::parse_response(out.answer.view());
    out.exception = read->exception;
    out.kind = read->exception == modbus::exception_code::none
                   ? link::modbus_event::kind_type::answered
                   : link::modbus_event::kind_type::refused;
    return out;
}

/// Fields of two functions in the order of their addresses, with holes and none.
std::vector<register_field> drawn_fields(dice& luck)
{
    std::vector<register_field> out;
    const std::uint32_t spread = 1 + luck.below(20);
    for (std::uint8_t function = 3; function <= 4; ++function) {
        std::uint32_t address = luck.below(100);
        for (std::uint32_t n = luck.below(40); n > 0; --n) {
            register_field field;
            field.function = function;
            field.address = static_cast<std::uint16_t>(address);
            field.count = static_cast<std::uint16_t>(1 + luck.below(2));
            field.type = field.count == 1 ? value_type::u16 : value_type::u32;
            out.push_back(field);
            address += field.count + (luck.below(2) != 0 ? luck.below(spread) : 0);
        }
    }
    return out;
}

bool exists(const device& meter, const register_field& field)
{
    const auto next = meter.missing.lower_bound(field.address);
    return next == meter.missing.end() || *next >= std::uint32_t{field.address} + field.count;
}

}  // namespace

TEST_CASE("whatever a device has and refuses, all it has is read and nothing it has not")
{
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        CAPTURE(seed);
        dice luck{seed};
        const auto fields = drawn_fields(luck);
        register_map map;
        map.fields = fields;
        device meter;
        meter.most = static_cast<std::uint16_t>(luck.below(2) != 0 ? 125 : 2 + luck.below(30));
        for (std::uint32_t n = luck.below(30); n > 0; --n) meter.missing.insert(luck.below(500));
        const read_cost cost{1 + luck.below(2000), luck.below(200)};
        learned_cuts learned;
        // A first reading is divided on the way, so that a second may run into one hole more.
        bool is_learning = true;
        int readings = 0;
        while (is_learning) {
            REQUIRE(++readings <= 3);
            std::vector<register_value> values(fields.size());
            std::vector<field_state> states(fields.size());
            std::vector<std::uint8_t> storage(storage_size(map));
            modbus_read reading{map, 1, {}, cost, {values, states, storage}, learned};
            while (const auto job = reading.next()) {
                REQUIRE(reading.requests() < 400);
                reading.take(answer_of(meter, *job));
            }
            REQUIRE(reading.outcome());
            for (std::size_t i = 0; i < fields.size(); ++i) {
                CHECK(states[i] ==
                      (exists(meter, fields[i]) ? field_state::read : field_state::absent));
                if (states[i] != field_state::read) continue;
                const std::uint32_t at = fields[i].address;
                CHECK(values[i].word == (fields[i].count == 1 ? at : at << 16U | (at + 1)));
            }
            is_learning = reading.has_learned();
            learned = reading.learned();
        }
    }
}

TEST_CASE("a probe ends whatever comes, within its bounds, and asks nothing it may not")
{
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        CAPTURE(seed);
        dice luck{seed};
        std::vector<std::vector<register_field>> fields;
        std::vector<register_map> maps(1 + luck.below(6));
        const std::uint8_t expected[]{0, 7};
        const probe_rule rule[]{{3, 7, 1, expected, {}}};
        for (register_map& map : maps) {
            auto& of_map = fields.emplace_back(drawn_fields(luck));
            for (register_field& each : of_map) {
                each.unit = luck.below(3) == 0 ? "V" : (luck.below(2) != 0 ? "Hz" : "kWh");
                each.is_writable = luck.below(4) == 0;
            }
            map.fields = of_map;
            if (luck.below(3) == 0) map.probes = rule;
            if (luck.below(4) == 0) map.base = address_base::sunspec;
            map.sunspec_model = static_cast<std::uint16_t>(luck.below(100));
        }
        device meter;
        for (std::uint32_t n = luck.below(60); n > 0; --n) meter.missing.insert(luck.below(200));
        std::vector<map_fit> fits(maps.size());
        modbus_probe_limits limits;
        limits.questions_max = static_cast<std::uint16_t>(1 + luck.below(100));
        modbus_probe probe{1, maps, fits, limits};
        const std::uint32_t noise = luck.below(60);
        while (const auto job = probe.next()) {
            REQUIRE(probe.questions() <= limits.questions_max);
            const std::uint8_t function = job->request.function_code();
            CHECK((function == 3 || function == 4 || function == 0x2B));
            auto event = answer_of(meter, *job);
            if (luck.below(100) < noise) {
                event.kind = static_cast<link::modbus_event::kind_type>(luck.below(5));
                event.exception = static_cast<modbus::exception_code>(luck.below(12));
                event.answer.size = static_cast<std::uint8_t>(luck.below(20));
                for (std::uint32_t i = 0; i < event.answer.size; ++i) {
                    event.answer.bytes[i] = static_cast<std::uint8_t>(luck.below(256));
                }
            }
            probe.take(event);
        }
        CHECK(probe.finished());
        if (const auto best = probe.best()) {
            CHECK(fits[*best].verdict >= fit_verdict::plausible);
        }
    }
}
