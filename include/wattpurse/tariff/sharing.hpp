// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/tariff/scalar.hpp>

namespace wattpurse::tariff {

/// By what a common cost is shared (公摊).
enum class sharing_key : std::uint8_t {
    energy,   ///< by each member's own kWh
    area,     ///< by floor area, or any other weight that is agreed on
    equally,  ///< one part each
};

/// One of those who share: a flat, a shop.
struct sharing_member {
    std::string account;
    scalar energy;  ///< own kWh of the period, not negative
    scalar area;    ///< not negative
};

/// Divides the kWh of a common meter (lift, stairs, pump), so that the parts sum to the whole
/// exactly and none is further than 0.0001 kWh from its exact share: largest remainder, among
/// equals the first of the list. Where nobody used anything, `energy` shares equally.
/// Errors: `empty` (no members, all areas zero), `out_of_range` (something negative).
[[nodiscard]] result<std::vector<scalar>> share(scalar total,
                                                std::span<const sharing_member> members,
                                                sharing_key by);

/// The same of an amount, in steps of 10^-6.
[[nodiscard]] result<std::vector<money>> share(money total,
                                               std::span<const sharing_member> members,
                                               sharing_key by);

/// What a common meter, or the losses behind a main meter, have used: the main meter less the
/// members' own energy. Error: `out_of_range` where the members used more, `overflow`.
[[nodiscard]] result<scalar> common_energy(scalar main, std::span<const sharing_member> members);

/// What a reseller has collected above what the supply has cost (转供电), given back in proportion
/// to what each has paid; nothing where no more was collected. `paid` is in the order of the
/// result. Errors: `empty`, `out_of_range` (a negative payment), `currency_mismatch`, `overflow`.
[[nodiscard]] result<std::vector<money>> refunds(money cost, std::span<const money> paid);

[[nodiscard]] std::string_view to_string(sharing_key value) noexcept;

}  // namespace wattpurse::tariff
