// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/meter/modbus_read.hpp>
#include <wattpurse/meter/word_order.hpp>

#include "modbus_maps.hpp"

using namespace wattpurse;
using namespace wattpurse::flow;

namespace {

/// Several polls of a simulated meter, and what is proposed from them.
struct polls {
    polls(const meter::register_map& map, int count, const std::vector<std::uint16_t>& fields = {})
    {
        auto options = options_of(map);
        options.holes_are_zero = true;
        sim::modbus_meter device{options};
        for (int i = 0; i < count; ++i) {
            room& out = rooms.emplace_back(map);
            instant now = installed + duration{600'000} * (i + 1);
            meter::modbus_read reading{map, 1, fields, meter::read_cost::tcp(duration{20}),
                                       out.result()};
            drive(reading, device, now);
            for (std::size_t at = 0; at < map.fields.size(); ++at) {
                if (out.states[at] != meter::field_state::read) continue;
                samples.push_back({static_cast<std::uint16_t>(at), static_cast<std::uint16_t>(i),
                                   out.values[at].raw});
            }
        }
    }

    std::deque<room> rooms;
    std::vector<meter::order_sample> samples;
};

}  // namespace

TEST_CASE("the order of words of every profile is found from a few polls of its meter")
{
    for (const auto& each : modbus_profiles()) {
        const auto map = each.view();
        CAPTURE(map.name);
        const polls seen{map, 4};
        const auto proposal = propose_order(map, seen.samples);
        const auto& energy =
            map.fields[static_cast<std::size_t>(find_field(map, meter::role::energy_total))];
        CAPTURE(proposal.evidence);
        CAPTURE(int{proposal.confidence_percent});
        CHECK(proposal.words == energy.words);
        CHECK(proposal.bytes == energy.bytes);
        // Of a meter whose values of two registers are all zero, or short, nothing can be said.
        const bool is_bare = map.name == "acrel_ddsy1352_dtsy1352_prepaid";
        CHECK((proposal.confidence_percent >= 60) == !is_bare);
    }
}
