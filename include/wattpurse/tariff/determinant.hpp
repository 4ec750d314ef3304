// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/quantity.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/model/usage.hpp>
#include <wattpurse/tariff/band.hpp>

namespace wattpurse::tariff {

/// Over what stretch a determinant counts before it begins again at zero.
enum class scope : std::uint8_t {
    month,  ///< the local calendar month, which is the billing period
};

/// What a charge is charged on (计费量): here the sum of the energy in some bands.
struct determinant {
    std::vector<std::string> bands;  ///< names of bands; each at most once
    tariff::scope scope = tariff::scope::month;

    friend bool operator==(const determinant&, const determinant&) = default;
};

/// The quantity of `what` in `used`. Errors: `not_found` (a band of no such name),
/// `out_of_range` (negative energy), `overflow`.
[[nodiscard]] result<energy> measure(const determinant& what, std::span<const band> bands,
                                     const period_usage& used);

[[nodiscard]] constexpr std::string_view to_string(scope value) noexcept
{
    switch (value) {
        case scope::month: return "month";
    }
    return "unknown";
}

}  // namespace wattpurse::tariff
