// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/meter/read_plan.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace wattpurse::meter;
using wattpurse::duration;
using wattpurse::errc;

register_field at(std::uint16_t address, std::uint16_t count = 2, std::uint8_t function = 3)
{
    register_field out;
    out.function = function;
    out.address = address;
    out.count = count;
    return out;
}

std::vector<std::uint16_t> all_of(const register_map& map)
{
    std::vector<std::uint16_t> out(map.fields.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint16_t>(i);
    return out;
}

/// "3:0+4 3:100+2": function, address and count of each step.
std::string shown(const read_plan& plan)
{
    std::string out;
    for (const read_step& step : plan.steps()) {
        out += (out.empty() ? "" : " ") + std::to_string(step.function) + ':' +
               std::to_string(step.address) + '+' + std::to_string(step.count);
    }
    return out;
}

std::string plan_of(const register_map& map, const read_cost& cost,
                    const learned_cuts& learned = {})
{
    read_plan plan;
    const auto made = plan.make(map, all_of(map), cost, learned);
    return made ? shown(plan) : std::string{to_string(made.error())};
}

/// A hole of ten registers costs as much as a request.
constexpr read_cost ten{1000, 100};
constexpr read_cost free_bytes{1000, 0};

std::uint64_t mixed(std::uint64_t seed)
{
    seed += 0x9E3779B97F4A7C15U;
    seed = (seed ^ (seed >> 30U)) * 0xBF58476D1CE4E5B9U;
    seed = (seed ^ (seed >> 27U)) * 0x94D049BB133111EBU;
    return seed ^ (seed >> 31U);
}

}  // namespace

TEST_CASE("a hole is read along where its bytes cost less than another request")
{
    const register_field fields[]{at(0), at(11), at(23)};  // holes of 9 and 10
    register_map map;
    map.fields = fields;
    CHECK(plan_of(map, ten) == "3:0+13 3:23+2");
    CHECK(plan_of(map, free_bytes) == "3:0+25");
    CHECK(plan_of(map, {1000, 1000}) == "3:0+2 3:11+2 3:23+2");
}

TEST_CASE("costs follow from the rate of the line and the device's latency")
{
    // 9600 baud: 26 half bytes and twice 3.5 characters, rounded up each, and 50 ms.
    const auto slow = read_cost::serial(9600, duration{50});
    CHECK(slow.request_us == 14'896 + 2 * 4011 + 50'000);
    CHECK(slow.register_us == 2292);
    const auto fast = read_cost::serial(115'200, duration{5});
    CHECK(fast.request_us == 1242 + 2 * 1750 + 5000);
    CHECK(read_cost::tcp(duration{5}).register_us == 0);
}

TEST_CASE("no request is longer than the device allows, and the fewest are made")
{
    std::vector<register_field> fields;
    for (std::uint16_t i = 0; i < 50; ++i) fields.push_back(at(static_cast<std::uint16_t>(4 * i)));
    register_map map;
    map.fields = fields;
    map.registers_max = 60;
    CHECK(plan_of(map, free_bytes) == "3:0+58 3:60+58 3:120+58 3:180+18");
    map.registers_max = 500;  // the standard's limit holds
    CHECK(plan_of(map, free_bytes) == "3:0+122 3:124+74");
}

TEST_CASE("functions are not mixed")
{
    const register_field fields[]{at(0), at(2, 2, 4), at(4)};
    register_map map;
    map.fields = fields;
    CHECK(plan_of(map, free_bytes) == "3:0+6 4:2+2");
}

TEST_CASE("a value is never parted from its scale factor, wherever that stands")
{
    register_field fields[]{at(0, 1), at(1, 1), at(100, 1), at(101, 1), at(130, 1)};
    fields[0].scale_field = 2;
    fields[4].scale_field = 3;
    register_map map;
    map.fields = fields;
    const read_cost dear{1, 1'000'000};
    CHECK(plan_of(map, dear) == "3:0+101 3:101+30");
    // Asked for alone, a value brings its factor along.
    read_plan plan;
    const std::uint16_t only[]{4};
    REQUIRE(plan.make(map, only, dear));
    CHECK(shown(plan) == "3:101+30");
    CHECK(plan.fields().size() == 2);
    // And is refused where one request cannot hold both.
    map.registers_max = 20;
    CHECK(plan.make(map, only, dear).error() == errc::out_of_range);
}

TEST_CASE("transformer ratios come along")
{
    register_field fields[]{at(0), at(500, 1), at(501, 1)};
    fields[0].ratio = transformer::power;
    fields[1].role = role::voltage_ratio;
    fields[2].role = role::current_ratio;
    register_map map;
    map.fields = fields;
    read_plan plan;
    const std::uint16_t only[]{0};
    REQUIRE(plan.make(map, only, ten));
    CHECK(shown(plan) == "3:0+2 3:500+2");
}

TEST_CASE("records are asked for one by one, and forbidden areas are not touched")
{
    const register_field fields[]{at(0), at(4), at(0x1A00, 10), at(0x1A01, 10)};
    const register_area areas[]{
        {register_area::kind_type::records, 3, 0x1A00, 0x1AFF, 10},
        {register_area::kind_type::forbidden, 3, 3, 3, 0},
    };
    register_map map;
    map.fields = fields;
    map.areas = areas;
    CHECK(plan_of(map, free_bytes) == "3:0+2 3:4+2 3:6656+10 3:6657+10");
}

TEST_CASE("a refused request is cut at its widest hole, else in its middle, else not at all")
{
    const register_field fields[]{at(0), at(4), at(16), at(20)};
    register_map map;
    map.fields = fields;
    read_plan plan;
    REQUIRE(plan.make(map, all_of(map), free_bytes));
    REQUIRE(shown(plan) == "3:0+22");
    learned_cuts learned;
    learned_cuts::cut cut;
    REQUIRE(plan.cut_for(map, plan.steps()[0], cut));
    CHECK(cut == learned_cuts::cut{3, 16});
    REQUIRE(learned.add(cut));
    REQUIRE(plan.make(map, all_of(map), free_bytes, learned));
    CHECK(shown(plan) == "3:0+6 3:16+6");
    REQUIRE(plan.cut_for(map, plan.steps()[1], cut));
    CHECK(cut == learned_cuts::cut{3, 20});
    REQUIRE(learned.add(cut));
    REQUIRE(plan.make(map, all_of(map), free_bytes, learned));
    CHECK(shown(plan) == "3:0+6 3:16+2 3:20+2");
    CHECK(!plan.cut_for(map, plan.steps()[2], cut));

    const register_field dense[]{at(0), at(2), at(4)};
    map.fields = dense;
    REQUIRE(plan.make(map, all_of(map), free_bytes));
    REQUIRE(plan.cut_for(map, plan.steps()[0], cut));
    CHECK(cut == learned_cuts::cut{3, 2});
}

TEST_CASE("fields that share registers are one piece")
{
    const register_field fields[]{at(0, 4), at(1, 1), at(3, 2)};
    register_map map;
    map.fields = fields;
    CHECK(plan_of(map, {1, 1'000'000}) == "3:0+5");
}

TEST_CASE("too much is refused and not cut short")
{
    std::vector<register_field> fields;
    for (std::uint16_t i = 0; i < 600; ++i) {
        fields.push_back(at(static_cast<std::uint16_t>(100 * i), 1));
    }
    register_map map;
    map.fields = fields;
    CHECK(plan_of(map, ten) == "too_long");
    map.fields = std::span{fields}.first(161);
    CHECK(plan_of(map, ten) == "too_long");
    map.fields = std::span{fields}.first(160);
    read_plan plan;
    REQUIRE(plan.make(map, all_of(map), ten));
    CHECK(plan.steps().size() == 160);
    const std::uint16_t nobody[]{160};
    CHECK(plan.make(map, nobody, ten).error() == errc::out_of_range);
}

TEST_CASE("what is learned is kept once, up to a limit")
{
    learned_cuts learned;
    for (std::uint16_t i = 0; i < learned_cuts::cuts_max; ++i) CHECK(learned.add({3, i}));
    CHECK(learned.add({3, 5}));
    CHECK(!learned.add({3, 1000}));
    CHECK(learned.view().size() == learned_cuts::cuts_max);
}

TEST_CASE("no other division into requests is cheaper")
{
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
        std::uint64_t draw = seed * 64;
        std::vector<register_field> fields;
        std::uint32_t address = 0;
        const std::size_t count = 1 + mixed(++draw) % 10;
        for (std::size_t i = 0; i < count; ++i) {
            address += static_cast<std::uint32_t>(mixed(++draw) % 30);
            fields.push_back(at(static_cast<std::uint16_t>(address),
                                static_cast<std::uint16_t>(1 + mixed(++draw) % 4)));
            address += fields.back().count;
        }
        register_map map;
        map.fields = fields;
        map.registers_max = static_cast<std::uint16_t>(8 + mixed(++draw) % 60);
        const read_cost cost{static_cast<std::uint32_t>(1 + mixed(++draw) % 2000),
                             static_cast<std::uint32_t>(mixed(++draw) % 200)};
        std::uint64_t best = std::numeric_limits<std::uint64_t>::max();
        for (std::uint32_t cuts = 0; cuts < 1U << (count - 1); ++cuts) {
            std::uint64_t sum = 0;
            std::size_t first = 0;
            bool fits = true;
            for (std::size_t i = 0; i < count; ++i) {
                if (i + 1 < count && (cuts >> i & 1U) == 0) continue;
                const std::uint32_t size = fields[i].address + fields[i].count -
                                           std::uint32_t{fields[first].address};
                fits = fits && size <= map.registers_max;
                sum += cost.request_us + std::uint64_t{cost.register_us} * size;
                first = i + 1;
            }
            if (fits) best = std::min(best, sum);
        }
        read_plan plan;
        REQUIRE(plan.make(map, all_of(map), cost));
        CAPTURE(seed);
        CHECK(plan.cost_us() == best);
        std::size_t covered = 0;
        for (const read_step& step : plan.steps()) {
            CHECK(step.count <= map.registers_max);
            for (const std::uint16_t index : plan.fields_of(step)) {
                ++covered;
                CHECK(fields[index].address >= step.address);
                CHECK(fields[index].address + fields[index].count <= step.address + step.count);
            }
        }
        CHECK(covered == count);
    }
}
