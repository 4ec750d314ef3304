// SPDX-License-Identifier: Apache-2.0
// The line: who is heard, when, and what goes wrong.
#include <algorithm>
#include <array>
#include <vector>

#include "listening.hpp"

using namespace wattpurse;
using namespace wattpurse::sim::listening;

namespace {

/// Asks each meter of a world once an hour for its registers; what all that gave.
std::vector<said> poll_hourly(sim::world& around)
{
    std::vector<said> out;
    while (around.now() < around.end()) {
        for (std::size_t i = 0; i < around.site().services.size(); ++i) {
            around.line_in(i / 2, bytes_of(energy_request(around.site().services[i].meter)));
            const auto heard = listen(around, around.now() + 10s);
            out.insert(out.end(), heard.begin(), heard.end());
        }
        (void)listen(around, floor_to(around.now(), 1h) + 1h);
    }
    return out;
}


}  // namespace

TEST_CASE("the same seed gives the same bytes at the same moments, another seed others")
{
    sim::world first{options_of(1)};
    sim::world second{options_of(1)};
    sim::world third{options_of(2)};
    const auto heard = poll_hourly(first);
    CHECK(heard.size() > 300);
    CHECK(heard == poll_hourly(second));
    CHECK(heard != poll_hourly(third));
}

TEST_CASE("asking meters in another order changes nothing for any of them")
{
    auto options = options_of();
    options.lost = options.late = options.doubled = options.garbled = 1'500;
    options.flats_per_bus = 4;
    const auto answers = [&](const std::vector<std::size_t>& order, std::size_t of) {
        sim::world around{options};
        std::vector<std::vector<std::uint8_t>> out;
        for (instant hour = start + 1h; hour < around.end(); hour += 1h) {
            (void)listen(around, hour);
            for (std::size_t i : order) {
                around.line_in(0, bytes_of(energy_request(around.site().services[i].meter)));
                // Wait for all that may still come before the next one speaks.
                const auto heard = listen(around, around.now() + 8s);
                if (i != of) continue;
                for (const said& each : heard) out.push_back(each.bytes);
            }
        }
        return out;
    };
    for (const std::size_t of : {std::size_t{0}, std::size_t{2}}) {
        const auto alone = answers({of}, of);
        CHECK(alone.size() > 60);
        CHECK(answers({0, 1, 2, 3}, of) == alone);
        CHECK(answers({3, 2, 1, 0}, of) == alone);
    }
}

TEST_CASE("asking again is another draw, and does not count as another exchange")
{
    auto options = options_of();
    options.lost = 5'000;
    sim::world around{options};
    const auto request = bytes_of(energy_request(around.site().services[0].meter));
    unsigned answered = 0;
    constexpr unsigned minutes = 200;
    for (unsigned i = 1; i <= minutes; ++i) {
        for (int attempt = 0; attempt < 3; ++attempt) {
            around.line_in(0, request);
            if (!listen(around, around.now() + 10s).empty()) {
                ++answered;
                break;
            }
        }
        (void)listen(around, start + i * 1min);
    }
    CHECK(around.faults().exchanges == minutes);
    CHECK(around.faults().lost > 60);
    CHECK(answered > 150);  // seven of eight
    CHECK(answered < minutes);
}

TEST_CASE("by default each fault of the line hits more than one in a hundred exchanges")
{
    for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
        CAPTURE(seed);
        auto options = options_of(seed);
        options.days = 20;
        sim::world around{options};
        (void)poll_hourly(around);
        const auto& counts = around.faults();
        CHECK(counts.exchanges > 1'500);
        for (const auto hits : {counts.lost, counts.late, counts.doubled, counts.garbled}) {
            CHECK(hits * 100 > counts.exchanges);
            CHECK(hits * 100 < 4 * counts.exchanges);
        }
    }
}

TEST_CASE("each fault does what it is named after")
{
    const auto one = [](unsigned sim::world_options::*rate) {
        auto options = sound();
        options.*rate = 10'000;
        sim::world around{options};
        around.line_in(0, bytes_of(energy_request(around.site().services[0].meter)));
        return listen(around, start + 30s);
    };
    const auto request = energy_request(sim::world{sound()}.site().services[0].meter);

    CHECK(one(&sim::world_options::lost).empty());
    const auto late = one(&sim::world_options::late);
    REQUIRE(!late.empty());
    CHECK(late.front().at >= start + 2'500ms);  // after the master's patience
    CHECK(frames_of(late).size() == 1);
    const auto doubled = frames_of(one(&sim::world_options::doubled));
    REQUIRE(doubled.size() == 2);
    CHECK(doubled[0] == doubled[1]);
    CHECK(doubled[0].address == request.address);
    const auto garbled = one(&sim::world_options::garbled);
    REQUIRE(!garbled.empty());
    for (const auto& frame : frames_of(garbled)) CHECK(frame == doubled[0]);  // a hit preamble
}

TEST_CASE("a sound line answers every request once and in time")
{
    sim::world around{sound()};
    for (const auto& of : around.site().services) {
        const std::size_t bus = of.bus == around.site().buses[0] ? 0 : 1;
        const instant asked = around.now();
        around.line_in(bus, bytes_of(energy_request(of.meter)));
        const auto heard = listen(around, asked + 3s);
        REQUIRE(frames_of(heard).size() == 1);
        CHECK(heard.back().at < asked + 1'500ms);
        CHECK(heard.back().bus == bus);
        const auto registers = meter::registers(around.site().profile, frames_of(heard)[0]);
        const auto truth = around.what_happened().registers;
        CHECK(std::any_of(truth.begin(), truth.end(), [&](const auto& each) {
            return each.meter == of.meter && each.registers == registers.value();
        }));
    }
}

TEST_CASE("a meter is heard on its own line only, and a request may come in pieces")
{
    sim::world around{sound()};
    const auto request = bytes_of(energy_request(around.site().services[0].meter));
    around.line_in(1, request);
    CHECK(listen(around, start + 10s).empty());
    for (const std::uint8_t byte : request) around.line_in(0, {&byte, 1});
    CHECK(frames_of(listen(around, start + 20s)).size() == 1);
}

TEST_CASE("the clock goes to the deadline or to what is due before it, never back")
{
    sim::world around{sound()};
    CHECK(around.advance(start + 5min).at == start + 5min);
    CHECK(around.advance(start).at == start + 5min);
    around.line_in(0, bytes_of(energy_request(around.site().services[0].meter)));
    const auto heard = around.advance(start + 10min);
    CHECK(heard.at > start + 5min);
    CHECK(heard.at < start + 5min + 1s);
    CHECK(around.now() == heard.at);
}
