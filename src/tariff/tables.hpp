// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "measure.hpp"

namespace wattpurse::tariff {

/// What one price priced, before rounding: the beginning of a bill line.
struct part {
    std::size_t slot = 0;            ///< the tier, where each has a line of its own
    std::size_t tier = 0;            ///< that it is in, or that was reached
    std::int16_t band = no_index;
    bool is_fee = false;
    std::int64_t quantity = 0;       ///< at 10^-4, over `whole`
    std::int64_t whole = 1;
    exact cost;
    std::int64_t price = 0;          ///< at 10^-8, the latest
    std::optional<std::int64_t> above;
    std::optional<std::int64_t> up_to;
};

/// Collects the parts of one charge over its windows and stretches, line by line.
class pricing {
public:
    /// `on` is the determinant, `place` the table's path in the tariff's file.
    pricing(meter& quantities, const rate_table& table, const determinant& on, std::string place);

    /// What `window` costs beyond what it had cost before `part` of it: for determinants that add
    /// up over time.
    void add_difference(stretch window, stretch part);
    /// What was measured over `measured` costs, times part / whole days: for all others. Bounds
    /// are those of the window it belongs to.
    void add_whole(stretch window, stretch measured, std::int64_t part, std::int64_t whole);

    /// In the order of the bill; those of nothing too.
    [[nodiscard]] const std::vector<part>& parts() const noexcept { return parts_; }
    /// The sum of them.
    [[nodiscard]] exact cost() const;
    /// The share of days all of it is multiplied with.
    [[nodiscard]] std::int64_t share_part() const noexcept { return share_part_; }
    [[nodiscard]] std::int64_t share_whole() const noexcept { return share_whole_; }

private:
    void price(const measured& value, const std::vector<std::int64_t>& bounds, bool negative);
    void price_graduated(const measured& value, const std::vector<std::int64_t>& bounds,
                         bool negative);
    void price_reached(const measured& value, std::int64_t reached_by,
                       const std::vector<std::int64_t>& bounds, bool negative);
    void add_reached(const measured& value, std::size_t reached, bool negative);
    void price_in_time(stretch window, stretch part, const std::vector<std::int64_t>& bounds);
    void add_series(stretch part);
    void price_piece(const segment& piece, const price_series& series, part& into);
    [[nodiscard]] std::optional<std::int64_t> settled(const price_series& series, stretch over);
    [[nodiscard]] bool has_opening() const;
    /// Bounds of the tiers in a window; the last is the largest number there is.
    [[nodiscard]] std::vector<std::int64_t> bounds_in(stretch window);
    void fill(std::vector<std::int64_t>& group, std::int64_t& position,
              const std::vector<std::int64_t>& bounds, const segment& last);
    void add(std::size_t tier, std::int16_t band, std::int64_t quantity, std::int64_t whole,
             std::int64_t price);
    void add_tier(std::size_t tier, std::int64_t quantity, std::vector<std::int64_t>& left,
                  bool negative);
    void add_fee(std::size_t tier, bool negative);
    [[nodiscard]] std::int64_t in_blocks(std::int64_t quantity, std::int64_t block);
    void put(part& into, std::int64_t quantity, std::int64_t whole, exact cost);
    [[nodiscard]] part& part_of(std::size_t tier, std::int16_t band, bool is_fee);
    [[nodiscard]] std::int64_t price_of(const tier& which, std::size_t band) const;
    [[nodiscard]] bool is_by_tier() const noexcept;
    void make_parts();

    meter& quantities_;
    const rate_table& table_;
    const determinant& on_;
    std::string place_;
    bool by_band_;
    std::vector<part> parts_;
    std::int64_t share_part_ = 1;
    std::int64_t share_whole_ = 1;
};

}  // namespace wattpurse::tariff
