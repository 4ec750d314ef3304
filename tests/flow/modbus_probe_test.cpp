// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/meter/modbus_probe.hpp>

#include "modbus_maps.hpp"

using namespace wattpurse;
using namespace wattpurse::flow;

namespace {

/// A probe with all profiles of the library, of a meter of one of them.
struct finding {
    explicit finding(const meter::register_map& kind, bool holes_are_zero)
    {
        for (const auto& each : modbus_profiles()) maps.push_back(each.view());
        fits.resize(maps.size());
        auto options = options_of(kind);
        options.holes_are_zero = holes_are_zero;
        sim::modbus_meter device{options};
        instant now = installed + duration{3'600'000};
        meter::modbus_probe probe{1, maps, fits};
        questions = drive(probe, device, now);
        state = probe.state();
        vendor = probe.identity().text(codec::modbus::identification_object::vendor_name);
        is_ambiguous = probe.is_ambiguous();
        if (const auto at = probe.best()) best = maps[*at].name;
    }
    [[nodiscard]] const meter::map_fit& fit(std::string_view name) const
    {
        for (std::size_t i = 0; i < maps.size(); ++i) {
            if (maps[i].name == name) return fits[i];
        }
        FAIL("no such profile: " << name);
        return fits.front();
    }

    std::vector<meter::register_map> maps;
    std::vector<meter::map_fit> fits;
    unsigned questions = 0;
    meter::modbus_probe::state_type state{};
    std::string vendor;
    std::string best;
    bool is_ambiguous = false;
};

}  // namespace

TEST_CASE("a meter of every profile is recognised among all of them")
{
    for (const auto& each : modbus_profiles()) {
        const auto map = each.view();
        for (const bool holes_are_zero : {false, true}) {
            CAPTURE(map.name);
            CAPTURE(holes_are_zero);
            const finding found{map, holes_are_zero};
            CHECK(found.state == meter::modbus_probe::state_type::found);
            CHECK(found.vendor == map.vendor);
            CHECK(found.questions < 80);
            if (map.name == "acrel_ddsy1352_dtsy1352_prepaid") {
                // It tells neither voltage nor frequency: nothing to go by.
                CHECK(found.best.empty());
                CHECK(found.fit(map.name).verdict == meter::fit_verdict::unclear);
            } else if (map.name == "eastron_sdm120" || map.name == "eastron_sdm230") {
                CHECK(found.is_ambiguous);  // alike in all that is looked at
                CHECK(found.best == "eastron_sdm120");
                CHECK(found.fit("eastron_sdm230").verdict == meter::fit_verdict::plausible);
            } else {
                CHECK(found.best == map.name);
                CHECK(!found.is_ambiguous);
            }
        }
    }
}

TEST_CASE("a profile with a probe is proven, and proven quickly")
{
    for (const auto& each : modbus_profiles()) {
        if (each.view().probes.empty()) continue;
        CAPTURE(each.name());
        const finding found{each.view(), false};
        CHECK(found.fit(each.name()).verdict == meter::fit_verdict::proven);
        if (found.fit(each.name()).probe_bits >= 32) CHECK(found.questions < 20);
    }
}
