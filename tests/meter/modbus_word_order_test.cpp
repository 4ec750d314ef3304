// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/meter/word_order.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace wattpurse::meter;
using wattpurse::scaled_number;

/// Fields and what was seen of them, written in the order that the device really has.
struct bench {
    void field(std::string_view name, std::string_view unit, value_type type, scaled_number scale)
    {
        register_field out;
        out.name = name;
        out.unit = unit;
        out.type = type;
        out.scale = scale;
        out.count = type == value_type::u16 ? 1 : 2;
        out.resolution = -2;
        fields.push_back(out);
    }
    void sample(std::size_t at, std::uint16_t poll, std::int64_t hundredths)
    {
        register_field as = fields[at];
        as.words = words;
        as.bytes = bytes;
        auto& raw = storage.emplace_back(std::size_t{2} * as.count);
        REQUIRE(write_value(as, {hundredths, -2}, raw));
        samples.push_back({static_cast<std::uint16_t>(at), poll, raw});
    }
    [[nodiscard]] order_proposal propose() const
    {
        register_map map;
        map.fields = fields;
        return propose_order(map, samples);
    }

    word_order words = word_order::high_first;
    byte_order bytes = byte_order::high_first;
    std::vector<register_field> fields;
    std::deque<std::vector<std::uint8_t>> storage;
    std::vector<order_sample> samples;
};

}  // namespace

TEST_CASE("each of the four orders is told from floats of a mains connection")
{
    for (const auto words : {word_order::high_first, word_order::low_first}) {
        for (const auto bytes : {byte_order::high_first, byte_order::low_first}) {
            bench with;
            with.words = words;
            with.bytes = bytes;
            with.field("voltage", "V", value_type::f32, {1, 0});
            with.field("frequency", "Hz", value_type::f32, {1, 0});
            with.field("energy", "kWh", value_type::f32, {1, 0});
            for (std::uint16_t poll = 0; poll < 3; ++poll) {
                with.sample(0, poll, 23'017 + 11 * poll);
                with.sample(1, poll, 5'003 - poll);
                with.sample(2, poll, 1'234'567 + 321 * poll);
            }
            const auto proposal = with.propose();
            CHECK(proposal.words == words);
            CHECK(proposal.bytes == bytes);
            CHECK(proposal.confidence_percent >= 70);
        }
    }
}

TEST_CASE("whole numbers are told apart by how energy goes on, and phases that sum")
{
    bench with;
    with.words = word_order::low_first;
    with.field("energy", "kWh", value_type::u32, {1, -2});
    with.field("power", "W", value_type::s32, {1, 0});
    with.field("power_l1", "W", value_type::s32, {1, 0});
    with.field("power_l2", "W", value_type::s32, {1, 0});
    with.field("power_l3", "W", value_type::s32, {1, 0});
    for (std::uint16_t poll = 0; poll < 4; ++poll) {
        with.sample(0, poll, 6'553'500 + 30 * poll);
        with.sample(1, poll, 6'610'000);
        with.sample(2, poll, 6'000'000);
        with.sample(3, poll, 600'000);
        with.sample(4, poll, 10'000);
    }
    const auto proposal = with.propose();
    CHECK(proposal.words == word_order::low_first);
    CHECK(proposal.bytes == byte_order::high_first);
    CHECK(proposal.confidence_percent >= 60);
}

TEST_CASE("what all orders answer alike is no evidence")
{
    bench with;
    CHECK(with.propose().confidence_percent == 0);
    with.field("energy", "kWh", value_type::u32, {1, -2});
    with.field("voltage", "V", value_type::f32, {1, 0});
    for (std::uint16_t poll = 0; poll < 5; ++poll) {
        with.sample(0, poll, 0);
        with.sample(1, poll, 0);
    }
    const auto nothing = with.propose();
    CHECK(nothing.evidence == 0);
    CHECK(nothing.confidence_percent == 0);

    // Fields of one register tell the order of bytes, and nothing of words.
    bench narrow;
    narrow.bytes = byte_order::low_first;
    narrow.field("voltage", "V", value_type::u16, {1, -1});
    for (std::uint16_t poll = 0; poll < 5; ++poll) narrow.sample(0, poll, 23'010);
    const auto half = narrow.propose();
    CHECK(half.evidence == 5);
    CHECK(half.bytes == byte_order::low_first);
    CHECK(half.confidence_percent == 0);
}

TEST_CASE("confidence grows with what speaks for an order and falls with what speaks against it")
{
    using wattpurse::meter::detail::confidence_of;
    CHECK(confidence_of(0, 0, 0) == 0);
    CHECK(confidence_of(3, 0, 3) == 60);
    CHECK(confidence_of(40, 28, 40) == 85);
    CHECK(confidence_of(40, 40, 40) == 0);
    CHECK(confidence_of(40, 28, 52) == 31);
    CHECK(confidence_of(10'000, 0, 10'000) == 99);
}

TEST_CASE("a sample of a field that there is not is passed over")
{
    bench with;
    with.field("frequency", "Hz", value_type::f32, {1, 0});
    with.sample(0, 0, 5'000);
    with.samples.push_back({7, 0, with.storage[0]});
    CHECK(with.propose().evidence == 1);
}
