// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/quantity.hpp>

#if !WATTPURSE_HAS_INT128
#error "wattpurse/base/allocate.hpp belongs to the money column, which needs a 128-bit integer"
#endif

namespace wattpurse {

/// Splits `total` in proportion to `weights` by largest remainder (最大余数法), so that the parts
/// sum to the whole exactly and none is further than one step from its exact share.
///
/// The steps that are left go to the parts with the largest remainders; among equals to the
/// lowest index. A weight of zero gets zero. A negative total is split as its magnitude is, and
/// each part negated. Errors, before anything is written: `empty` (no weights, or all zero),
/// `out_of_range` (a negative weight), `buffer_too_small` (`parts` is not as long as `weights`),
/// `overflow` (total is INT64_MIN). `weights` and `parts` do not overlap.
///
/// No allocation: O(n log W) time, W the sum of the weights; no scratch.
[[nodiscard]] constexpr result<void> allocate(std::int64_t total,
                                              std::span<const std::int64_t> weights,
                                              std::span<std::int64_t> parts) noexcept;

/// The same for money, in steps of 10^-6.
[[nodiscard]] constexpr result<void> allocate(money total, std::span<const std::int64_t> weights,
                                              std::span<money> parts) noexcept;

/// The same for a quantity (energy of a shared meter), in its own steps.
template <class Unit, int Scale>
[[nodiscard]] constexpr result<void> allocate(quantity<Unit, Scale> total,
                                              std::span<const std::int64_t> weights,
                                              std::span<quantity<Unit, Scale>> parts) noexcept;

// ---------------------------------------------------------------------------------------------

namespace kernel {

/// One split: exact shares as quotient and remainder of magnitude * weight / sum.
struct split {
    uint128 magnitude = 0;
    uint128 weight_sum = 0;
    std::span<const std::int64_t> weights;

    [[nodiscard]] constexpr uint128 product(std::size_t i) const noexcept
    {
        return magnitude * static_cast<uint128>(weights[i]);
    }
    [[nodiscard]] constexpr uint128 quotient(std::size_t i) const noexcept
    {
        return product(i) / weight_sum;
    }
    [[nodiscard]] constexpr uint128 remainder(std::size_t i) const noexcept
    {
        return product(i) % weight_sum;
    }
    [[nodiscard]] constexpr std::size_t count_from(uint128 threshold) const noexcept
    {
        std::size_t count = 0;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            count += remainder(i) >= threshold ? 1U : 0U;
        }
        return count;
    }
};

/// The largest threshold that at least `left` remainders reach; `left` is at least 1.
[[nodiscard]] constexpr uint128 remainder_threshold(const split& shares, std::size_t left) noexcept
{
    uint128 low = 0;
    uint128 high = shares.weight_sum;
    while (high - low > 1) {  // count_from(low) >= left > count_from(high)
        const uint128 middle = low + (high - low) / 2;
        (shares.count_from(middle) >= left ? low : high) = middle;
    }
    return low;
}

[[nodiscard]] constexpr result<split> prepare_split(std::int64_t total,
                                                    std::span<const std::int64_t> weights,
                                                    std::size_t part_count) noexcept
{
    split shares{magnitude(total), 0, weights};
    if (part_count != weights.size()) {
        return fail(errc::buffer_too_small);
    }
    for (const std::int64_t weight : weights) {
        if (weight < 0) {
            return fail(errc::out_of_range);
        }
        shares.weight_sum += static_cast<uint128>(weight);
    }
    if (shares.weight_sum == 0) {
        return fail(errc::empty);
    }
    if (total < -mantissa_max) {
        return fail(errc::overflow);
    }
    return shares;
}

/// Calls `put(index, part)` for every part.
template <class Put>
[[nodiscard]] constexpr result<void> allocate_with(std::int64_t total,
                                                   std::span<const std::int64_t> weights,
                                                   std::size_t part_count, Put put) noexcept
{
    const auto prepared = prepare_split(total, weights, part_count);
    if (!prepared) {
        return fail(prepared.error());
    }
    const split& shares = *prepared;
    uint128 given = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        given += shares.quotient(i);
    }
    auto left = static_cast<std::size_t>(shares.magnitude - given);
    const uint128 threshold = left == 0 ? shares.weight_sum : remainder_threshold(shares, left);
    std::size_t ties = left - shares.count_from(threshold + 1);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const uint128 remainder = shares.remainder(i);
        const bool wins_tie = remainder == threshold && ties > 0;
        ties -= wins_tie ? 1U : 0U;
        const bool gets_one = remainder > threshold || wins_tie;
        const auto part = static_cast<std::int64_t>(shares.quotient(i)) + (gets_one ? 1 : 0);
        put(i, total < 0 ? -part : part);
    }
    return {};
}

}  // namespace kernel

constexpr result<void> allocate(std::int64_t total, std::span<const std::int64_t> weights,
                                std::span<std::int64_t> parts) noexcept
{
    return kernel::allocate_with(total, weights, parts.size(),
                                 [parts](std::size_t i, std::int64_t part) { parts[i] = part; });
}

constexpr result<void> allocate(money total, std::span<const std::int64_t> weights,
                                std::span<money> parts) noexcept
{
    const auto put = [parts, unit = total.unit()](std::size_t i, std::int64_t part) {
        parts[i] = money{money::amount_type::of(part), unit};
    };
    return kernel::allocate_with(total.mantissa(), weights, parts.size(), put);
}

template <class Unit, int Scale>
constexpr result<void> allocate(quantity<Unit, Scale> total, std::span<const std::int64_t> weights,
                                std::span<quantity<Unit, Scale>> parts) noexcept
{
    const auto put = [parts](std::size_t i, std::int64_t part) {
        parts[i] = quantity<Unit, Scale>::of(part);
    };
    return kernel::allocate_with(total.mantissa(), weights, parts.size(), put);
}

}  // namespace wattpurse
