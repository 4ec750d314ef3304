// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wattpurse/adapter/json/profile.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/modbus/parse_response.hpp>
#include <wattpurse/codec/modbus/serve.hpp>
#include <wattpurse/link/modbus_job.hpp>
#include <wattpurse/meter/modbus_read.hpp>
#include <wattpurse/sim/modbus_meter.hpp>

/// Profiles, simulated meters of them, and what is asked of those: no line in between.
namespace wattpurse::flow {

/// All Modbus profiles of the library, in the order of their names.
inline const std::vector<adapter::json::meter_profile>& modbus_profiles()
{
    static const auto all = [] {
        std::vector<adapter::json::meter_profile> out;
        for (const auto& each : adapter::json::standard_profiles()) {
            auto loaded = adapter::json::load_profile(each.text);
            if (loaded && loaded->is_modbus()) out.push_back(std::move(*loaded));
        }
        return out;
    }();
    return all;
}

inline meter::register_map map_of(std::string_view name)
{
    for (const auto& each : modbus_profiles()) {
        if (each.name() == name) return each.view();
    }
    FAIL("no such profile: " << name);
    return {};
}

inline constexpr instant installed{duration{1'700'000'040'000}};

inline sim::modbus_meter_options options_of(const meter::register_map& map)
{
    sim::modbus_meter_options out;
    out.map = map;
    out.installed_at = installed;
    out.registers.total = energy::of(12'345'600);  // 1234.56 kWh
    out.registers.tariff = {energy::of(12'345'600), {}, {}, {}};
    return out;
}

/// What a device makes of a request, as a client tells it.
inline link::modbus_event answer_of(sim::modbus_device& device, const link::modbus_job& job,
                                    instant now)
{
    link::modbus_event out;
    out.job_id = job.id;
    out.unit = job.unit;
    out.attempts = 1;
    out.is_proven = true;
    out.sent_at = now;
    out.at = now + duration{40};
    device.advance(now);
    out.answer.size = static_cast<std::uint8_t>(
        codec::modbus::serve(device, job.request.view(), out.answer.bytes));
    const auto read = codec::modbus::parse_response(out.answer.view());
    out.exception = read ? read->exception : codec::modbus::exception_code::none;
    out.kind = !read ? link::modbus_event::kind_type::timed_out
               : read->exception == codec::modbus::exception_code::none
                   ? link::modbus_event::kind_type::answered
                   : link::modbus_event::kind_type::refused;
    return out;
}

/// Room for all fields of a map.
struct room {
    explicit room(const meter::register_map& map)
        : values(map.fields.size()), states(map.fields.size()), storage(meter::storage_size(map))
    {
    }
    [[nodiscard]] meter::read_result result() { return {values, states, storage}; }

    std::vector<meter::register_value> values;
    std::vector<meter::field_state> states;
    std::vector<std::uint8_t> storage;
};

/// Drives an order to its end; the number of requests it took.
template <class Order>
unsigned drive(Order& order, sim::modbus_device& device, instant& now)
{
    unsigned count = 0;
    while (const auto job = order.next()) {
        REQUIRE(++count < 1000);
        order.take(answer_of(device, *job, now));
        now += duration{40};
    }
    return count;
}

}  // namespace wattpurse::flow
