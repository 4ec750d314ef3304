// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <wattpurse/tariff/batch.hpp>
#include <wattpurse/tariff/timetable.hpp>

#include "exact.hpp"

namespace wattpurse::tariff {

inline constexpr std::int64_t batch_intervals_max = 5'400'000;  ///< ten years of minutes

/// Intervals in a row that share band, season, class of day and period.
struct slice {
    std::size_t first = 0;
    std::size_t last = 0;
    std::uint16_t cell = 0;
};

/// One determinant of energy over one scope: which cells it counts.
struct planned_quantity {
    std::vector<bool> cells;
    std::vector<std::uint16_t> counted;  ///< those cells that occur in the period
    bool goes_on = false;  ///< what the period before counted stands before this one's
};

/// Tiers on a quantity. By band they fill in the order of time.
struct planned_table {
    std::size_t quantity = 0;
    std::vector<std::int64_t> bounds;
    bool in_time = false;
};

/// How one line of a period is computed.
struct planned_line {
    enum class kind : std::uint8_t { constant, flat, tier, tier_band, percent };
    kind does = kind::constant;
    std::size_t column = 0;          ///< in `batch::lines`
    std::int64_t amount = 0;         ///< constant
    std::vector<std::uint16_t> cells;  ///< flat
    std::size_t table = 0;           ///< tier, tier_band
    std::size_t tier = 0;
    std::int16_t band = no_index;
    std::int64_t price = 0;          ///< or share
    std::vector<std::size_t> over;   ///< percent: lines before
    bool is_credit = false;
    rounding_rule rounding;
};

/// One period: its slices and its lines.
struct planned_period {
    std::vector<slice> slices;
    std::vector<bool> has_cell;  ///< cells that occur
    bool is_planned = false;
    bool is_in_time = false;     ///< one of the tables fills its tiers in the order of time
    std::vector<planned_quantity> quantities;
    std::vector<planned_table> tables;
    std::vector<planned_line> lines;
    rounding_rule bill;
    std::vector<std::size_t> columns;  ///< of the lines of `rate`, where it is not planned
};

struct cell_of_calendar {
    std::int16_t band = no_index;
    std::int16_t season = no_index;
    std::int16_t day = no_index;

    friend bool operator==(const cell_of_calendar&, const cell_of_calendar&) = default;
};

struct batch::plan {
    tariff by;
    std::vector<period> periods;
    instant from;
    duration step{0};
    std::size_t intervals = 0;
    consumption common;
    std::vector<cell_of_calendar> cells;
    std::vector<planned_period> parts;
    std::vector<line_id> lines;
    bool is_planned = true;
};

/// Four parts of one sum, wrapping.
struct parts_of_sum {
    std::array<std::uint64_t, 4> each{};

    [[nodiscard]] std::int64_t all() const noexcept
    {
        return static_cast<std::int64_t>(each[0] + each[1] + each[2] + each[3]);
    }
};

/// Adds each slice to the sum of its cell, or to a sum of its own; gives all bits that occurred in
/// any value. The loop in which a batch spends its time.
[[nodiscard]] std::uint64_t sum_cells(const std::int64_t* values, const std::vector<slice>& slices,
                                      parts_of_sum* cells);
[[nodiscard]] std::uint64_t sum_slices(const std::int64_t* values, const std::vector<slice>& slices,
                                       parts_of_sum* sums);

/// The first byte from `from` on that is not zero, or `size`.
[[nodiscard]] std::size_t find_set(const std::uint8_t* bytes, std::size_t from, std::size_t size);

/// Lays out slices and plans the lines of every period; notes what cannot be.
[[nodiscard]] std::vector<fault> plan_batch(batch::plan& into);

}  // namespace wattpurse::tariff
