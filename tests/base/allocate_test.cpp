// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>
#include <doctest/doctest.h>

#include <wattpurse/base/allocate.hpp>

#include "random_operands.hpp"

namespace {

using namespace wattpurse;
using wide = boost::multiprecision::checked_int256_t;
using numbers = std::vector<std::int64_t>;

constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();

numbers split(std::int64_t total, const numbers& weights)
{
    numbers parts(weights.size());
    REQUIRE(allocate(total, weights, std::span{parts}).has_value());
    return parts;
}

/// The method as the textbook tells it: sort by remainder.
numbers split_by_sorting(std::int64_t total, const numbers& weights)
{
    const wide size = total < 0 ? -wide{total} : wide{total};
    const wide sum = std::accumulate(weights.begin(), weights.end(), wide{0});
    numbers parts;
    std::vector<wide> remainders;
    wide left = size;
    for (const std::int64_t weight : weights) {
        const wide share = size * weight;
        parts.push_back(static_cast<std::int64_t>(wide{share / sum}));
        remainders.push_back(share % sum);
        left -= parts.back();
    }
    std::vector<std::size_t> order(weights.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&remainders](std::size_t a, std::size_t b) {
        return remainders[a] > remainders[b];
    });
    for (std::size_t i = 0; left > 0; ++i, --left) {
        ++parts[order[i]];
    }
    for (auto& part : parts) {
        part = total < 0 ? -part : part;
    }
    return parts;
}

}  // namespace

TEST_CASE("the parts sum to the whole and the odd step goes to the first of equals")
{
    CHECK(split(100, {1, 1, 1}) == numbers{34, 33, 33});
    CHECK(split(101, {1, 1, 1}) == numbers{34, 34, 33});
    CHECK(split(-100, {1, 1, 1}) == numbers{-34, -33, -33});
    CHECK(split(0, {1, 2}) == numbers{0, 0});
    CHECK(split(1, {0, 5, 0}) == numbers{0, 1, 0});
    CHECK(split(7, {7}) == numbers{7});
    CHECK(split(10, {1, 2, 3}) == numbers{2, 3, 5});  // 1.67, 3.33, 5
    CHECK(split(max, {max, max, max}) == numbers{max / 3 + 1, max / 3, max / 3});
    CHECK(split(-max, {1}) == numbers{-max});
}

TEST_CASE("what cannot be split is refused and nothing is written")
{
    numbers parts{9, 9};
    const auto attempt = [&parts](std::int64_t total, const numbers& weights) {
        return allocate(total, weights, std::span{parts});
    };
    CHECK(attempt(1, {1, -1}) == fail(errc::out_of_range));
    CHECK(attempt(1, {0, 0}) == fail(errc::empty));
    CHECK(attempt(1, {1}) == fail(errc::buffer_too_small));
    CHECK(attempt(1, {1, 1, 1}) == fail(errc::buffer_too_small));
    CHECK(attempt(std::numeric_limits<std::int64_t>::min(), {1, 1}) == fail(errc::overflow));
    CHECK(parts == numbers{9, 9});
    CHECK(allocate(1, {}, std::span<std::int64_t>{}) == fail(errc::empty));
}

TEST_CASE("any split equals the textbook's, over the whole range")
{
    test::random_source random{20260108};
    int uneven = 0;
    for (int i = 0; i < 1500; ++i) {
        numbers weights(static_cast<std::size_t>(random.between(1, 24)));
        const int bits = random.between(1, 63);
        for (auto& weight : weights) {
            weight = random.below(6) == 0 ? 0 : random.up_to_bits(bits);
        }
        weights[0] += weights[0] == 0 ? 1 : 0;
        const std::int64_t total = random.any_length();
        const numbers parts = split(total, weights);
        REQUIRE(parts == split_by_sorting(total, weights));
        REQUIRE(std::accumulate(parts.begin(), parts.end(), wide{0}) == total);
        for (std::size_t k = 0; k < parts.size(); ++k) {
            REQUIRE((weights[k] != 0 || parts[k] == 0));
        }
        uneven += total % static_cast<std::int64_t>(parts.size()) != 0 ? 1 : 0;
    }
    CHECK(uneven > 500);
}

TEST_CASE("money and energy are split in their own steps")
{
    const std::array<std::int64_t, 3> flats{1, 1, 1};
    std::array<money, 3> bills{};
    REQUIRE(
        allocate(money{decimal<6>::of(100), "CNY"}, flats, std::span<money>{bills}).has_value());
    CHECK(bills[0] == money{decimal<6>::of(34), "CNY"});
    CHECK(bills[2] == money{decimal<6>::of(33), "CNY"});
    std::array<energy, 3> shares{};
    REQUIRE(allocate(energy::of(-2), flats, std::span<energy>{shares}).has_value());
    CHECK(shares == std::array{energy::of(-1), energy::of(-1), energy::of(0)});
}
