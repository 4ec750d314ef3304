// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "exact.hpp"
#include "rating.hpp"
#include "segments.hpp"

namespace wattpurse::tariff {

/// The value of a determinant: total / whole at 10^-4, and, where prices are by band, its
/// division, which sums to the total.
struct measured {
    std::int64_t total = 0;
    std::int64_t whole = 1;
    std::vector<std::int64_t> bands;  ///< by the tariff's bands; empty: not divided

    [[nodiscard]] bool is_zero() const noexcept { return total == 0; }
};

/// Credits of that name that are worth something in the period.
[[nodiscard]] std::vector<credit> credits_of(const rating& in, const std::string& name);

/// Below zero `owed` (10^-6) is kept as a credit of the period; above it draws on those there are.
/// Gives what is left to pay, and in `kept` what is left for later.
[[nodiscard]] std::int64_t settle(const rating& in, const std::string& name, int keep_months,
                                  std::int64_t owed, std::vector<credit>& kept);

/// Measures the determinants of one version.
class meter {
public:
    meter(rating& in, const version& by, const std::vector<instant>& versions);

    /// The value over a window, cut at `through` where it adds up over time. `by_band` asks for
    /// the division.
    [[nodiscard]] measured value(const determinant& what, stretch over, bool by_band = false);
    /// The same of a determinant by its name; zero and a fault where there is none.
    [[nodiscard]] measured value(const std::string& name, stretch over);
    /// The value of the whole window of its own scope in which the period ends, up to `through`.
    [[nodiscard]] measured whole_value(const std::string& name);

    /// Purchases, energy and the like in [from, until) that pass the filter.
    [[nodiscard]] std::span<const segment> segments_in(stretch over) const;
    [[nodiscard]] bool passes(const determinant& what, const segment& piece) const;
    [[nodiscard]] const determinant* find(const std::string& name) const;

    /// What the account had used of `what` before the first row. It counts in windows that begin
    /// no later than the period.
    [[nodiscard]] measured opening(const determinant& what, bool by_band) const;

    /// What banks keep after the period, and what ratchets may look back on.
    [[nodiscard]] const std::map<std::string, std::vector<credit>>& banks() const { return banks_; }
    [[nodiscard]] std::vector<past_value> past();

    [[nodiscard]] rating& in() noexcept { return in_; }
    [[nodiscard]] const version& by() const noexcept { return by_; }
    /// Notes what went wrong in the arithmetic of a part of the version.
    void trouble(const std::string& place, errc why);

private:
    /// A window of demand: its energy, and the moment it begins.
    struct window_sum {
        instant from;
        std::int64_t energy = 0;
    };
    /// What a filter's names stand for; empty: all pass.
    struct resolved_filter {
        channel counts = channel::import;
        std::vector<bool> bands;
        std::vector<bool> seasons;
        std::vector<bool> days;
        std::vector<bool> meters;
    };

    /// A value, and what it was before ratchets, which later periods look back on.
    struct known_value {
        measured value;
        std::optional<std::int64_t> before_ratchet;
    };

    void resolve(const determinant& what);
    [[nodiscard]] const known_value& known(const determinant& what, stretch over, bool by_band);
    [[nodiscard]] known_value measure(const determinant& what, stretch over, bool by_band);
    [[nodiscard]] measured raw(const determinant& what, stretch over, bool by_band);
    [[nodiscard]] measured energy_of(const determinant& what, stretch over, bool by_band) const;
    [[nodiscard]] measured demand_of(const determinant& what, stretch over);
    [[nodiscard]] measured shown_demand_of(const determinant& what, stretch over);
    [[nodiscard]] std::vector<window_sum> demand_windows(const determinant& what, stretch over);
    [[nodiscard]] measured reduce(const determinant& what, std::vector<window_sum> values,
                                  std::int64_t factor, std::int64_t divisor);
    [[nodiscard]] std::int64_t days_of(const determinant& what, stretch over) const;
    [[nodiscard]] measured months_of(const determinant& what, stretch over) const;
    [[nodiscard]] std::int64_t months_due(stretch over) const;
    [[nodiscard]] measured attribute_of(const determinant& what, stretch over);
    [[nodiscard]] std::optional<std::int64_t> attribute_at(const determinant& what, instant at);
    [[nodiscard]] measured power_factor_of(const determinant& what, stretch over);

    void apply(const step& each, const determinant& what, stretch over, measured& value);
    [[nodiscard]] result<std::int64_t> stepped(const step& each, const determinant& what,
                                               stretch over, std::int64_t value);
    [[nodiscard]] std::int64_t banked(const determinant& what, const step& each, stretch over,
                                      std::int64_t value);
    [[nodiscard]] std::int64_t past_peak(const determinant& what, const step& each) const;
    void divide_anew(const determinant& what, std::int64_t before, measured& value) const;
    [[nodiscard]] std::string place_of(const determinant& what) const;

    rating& in_;
    const version& by_;
    std::vector<segment> segments_;
    std::vector<resolved_filter> filters_;  ///< by the version's determinants
    std::vector<std::string> open_;  ///< determinants being measured, so that circles end
    std::map<std::string, std::vector<credit>> banks_;
    std::map<std::tuple<std::ptrdiff_t, instant, instant, bool>, known_value> known_;
};

}  // namespace wattpurse::tariff
