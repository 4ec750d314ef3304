// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/meter/decode.hpp>
#include <wattpurse/meter/driver.hpp>
#include <wattpurse/sim/world.hpp>

/// A world of four flats on two lines, spoken to frame by frame, for the tests of this folder.
namespace wattpurse::sim::listening {

using namespace std::chrono_literals;
namespace dlt645 = codec::dlt645;

inline const instant start = parse_iso8601("2026-01-28T00:00:00+08:00").value();

inline sim::world_options options_of(std::uint64_t seed = 1)
{
    sim::world_options out;
    out.seed = seed;
    out.flats = 4;
    out.flats_per_bus = 2;
    out.days = 4;
    out.start = start;
    return out;
}

inline sim::world_options sound(sim::world_options out = options_of())
{
    out.lost = out.late = out.doubled = out.garbled = out.orders_doubled = 0;
    return out;
}

inline std::vector<std::uint8_t> bytes_of(const dlt645::frame& what)
{
    std::vector<std::uint8_t> out(dlt645::encoded_size(what));
    REQUIRE(dlt645::encode(what, out));
    return out;
}

inline dlt645::frame energy_request(const meter_id& of)
{
    namespace kinds = wattpurse::meter;
    return kinds::driver::of(kinds::single_phase_prepaid, of)->request_energy().request;
}

struct said {
    instant at;
    std::size_t bus;
    std::vector<std::uint8_t> bytes;
    friend bool operator==(const said&, const said&) = default;
};

/// Everything the lines say until `until`; orders go to `orders`.
inline std::vector<said> listen(sim::world& around, instant until,
                                std::vector<arrival>* orders = nullptr)
{
    std::vector<said> out;
    while (around.now() < until) {
        const auto heard = around.advance(until);
        for (const auto& line : heard.lines) out.push_back({heard.at, line.bus, line.bytes});
        if (orders != nullptr) {
            orders->insert(orders->end(), heard.orders.begin(), heard.orders.end());
        }
    }
    return out;
}

inline std::vector<dlt645::frame> frames_of(const std::vector<said>& heard)
{
    std::array<dlt645::framer, 2> framers;
    std::vector<dlt645::frame> out;
    for (const said& each : heard) {
        byte_span rest{each.bytes.data(), each.bytes.size()};
        while (!rest.empty()) {
            rest = rest.subspan(framers.at(each.bus).feed(rest));
            for (auto found = framers.at(each.bus).next();
                 found.kind != dlt645::framer_event::kind_type::nothing;
                 found = framers.at(each.bus).next()) {
                if (found.kind == dlt645::framer_event::kind_type::frame) {
                    out.push_back(found.frame);
                }
            }
        }
    }
    return out;
}

}  // namespace wattpurse::sim::listening
