// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wattpurse/tariff/rounding_rules.hpp>
#include <wattpurse/tariff/scalar.hpp>

#include "base/random_operands.hpp"

namespace wattpurse::tariff::reference {

/// Chance, the same everywhere for one seed.
class dice {
public:
    explicit dice(std::uint64_t seed) : source_{seed} {}

    /// low to high, both possible.
    int between(int low, int high) { return source_.between(low, high); }
    bool one_in(int times) { return between(1, times) == 1; }

    template <class T>
    const T& one_of(const std::vector<T>& all)
    {
        return all[static_cast<std::size_t>(between(0, static_cast<int>(all.size()) - 1))];
    }
    template <class T>
    void shuffle(std::vector<T>& all)
    {
        for (std::size_t i = all.size(); i > 1; --i) {
            std::swap(all[i - 1], all[static_cast<std::size_t>(source_.below(i))]);
        }
    }

    /// Up to `most`, with no decimal places, two, or all.
    template <class Number>
    Number number(int most)
    {
        const std::int64_t one = power(Number::scale);
        const std::int64_t grain = one_of<std::int64_t>({1, one / 100, one / 10, one});
        const auto top = static_cast<std::uint64_t>(most * (one / grain));
        return Number::of(static_cast<std::int64_t>(source_.below(top + 1)) * grain);
    }
    scalar quantity(int most) { return number<scalar>(most); }
    unit_price price() { return number<unit_price>(3); }

    /// Any that always gives a number.
    rounding mode() { return static_cast<rounding>(between(0, rounding_count - 2)); }
    /// How money is rounded.
    rounding_rule money_rule()
    {
        return {amount::of(one_of<std::int64_t>({1, 1, 1, 100, 10'000, 50'000, 1'000'000, 7})),
                mode()};
    }
    /// How a quantity is rounded: to 0.0001 or coarser, and never refused.
    rounding_rule quantity_rule()
    {
        return {amount::of(one_of<std::int64_t>({100, 100, 1'000, 1'000'000, 50'000})),
                mode()};
    }

private:
    static std::int64_t power(int places)
    {
        std::int64_t out = 1;
        for (int i = 0; i < places; ++i) out *= 10;
        return out;
    }

    test::random_source source_;
};

}  // namespace wattpurse::tariff::reference
