// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <set>

#include <doctest/doctest.h>

#include <wattpurse/sim/draw.hpp>

using wattpurse::sim::draw;
using wattpurse::sim::number_of;

// A draw is a function of its arguments, known when compiled: there is no stream behind it.
static_assert(draw({1, 2, 3}) == draw({1, 2, 3}));
static_assert(draw({1, 2, 3}) != draw({1, 3, 2}));
static_assert(draw({1, 2}) != draw({1, 2, 0}));
static_assert(draw({0}) != draw({0, 0}));
static_assert(number_of("F01") != number_of("F10"));

TEST_CASE("draws of neighbouring arguments share nothing")
{
    std::set<std::uint64_t> seen;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        for (std::uint64_t slot = 0; slot < 100; ++slot) {
            for (std::uint64_t attempt = 0; attempt < 5; ++attempt) {
                seen.insert(draw({seed, slot, attempt}));
            }
        }
    }
    CHECK(seen.size() == 20 * 100 * 5);
}

TEST_CASE("draws are spread evenly, over all and along each argument")
{
    constexpr std::uint64_t count = 20'000;
    for (const unsigned place : {0U, 1U, 2U}) {
        CAPTURE(place);
        std::array<unsigned, 10> bins{};
        std::array<unsigned, 64> bits{};
        for (std::uint64_t i = 0; i < count; ++i) {
            std::array<std::uint64_t, 3> of{1, 1, 1};
            of.at(place) = i;
            const auto value = draw({of[0], of[1], of[2]});
            ++bins.at(value % 10);
            for (unsigned bit = 0; bit < 64; ++bit) {
                bits.at(bit) += (value >> bit & 1U) != 0 ? 1U : 0U;
            }
        }
        // Five standard deviations: 42 for a bin, 71 for a bit, each times five.
        for (const unsigned hits : bins) {
            CHECK(hits > 2'000 - 5 * 43);
            CHECK(hits < 2'000 + 5 * 43);
        }
        for (const unsigned hits : bits) {
            CHECK(hits > 10'000 - 5 * 71);
            CHECK(hits < 10'000 + 5 * 71);
        }
    }
}
