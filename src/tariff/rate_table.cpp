// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/rate_table.hpp>

#include <algorithm>

#include <wattpurse/base/assert.hpp>

namespace wattpurse::tariff {

energy lower_bound_of(const rate_table& table, std::size_t index)
{
    WATTPURSE_ASSERT(index < table.tiers.size());
    if (index == 0) return energy{};
    return table.tiers[index - 1].up_to.value_or(energy{});
}

energy part_in(const rate_table& table, std::size_t index, energy quantity)
{
    const energy from = lower_bound_of(table, index);
    const energy until = std::min(table.tiers[index].up_to.value_or(quantity), quantity);
    // Both lie within [0, quantity], so the difference cannot leave the range.
    return until > from ? energy::of(until.mantissa() - from.mantissa()) : energy{};
}

std::string name_of(const rate_table& table, std::size_t index)
{
    WATTPURSE_ASSERT(index < table.tiers.size());
    const std::string& own = table.tiers[index].name;
    return own.empty() ? std::to_string(index + 1) : own;
}

}  // namespace wattpurse::tariff
