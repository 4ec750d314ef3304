// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <wattpurse/tariff/rate.hpp>
#include <wattpurse/tariff/timetable.hpp>

#include "rating.hpp"

namespace wattpurse::tariff {

/// A row of consumption, or a piece of one, that no bound of the calendar runs through.
struct segment {
    instant from;
    instant until;
    std::int64_t quantity = 0;  ///< at 10^-4
    std::uint32_t row = 0;      ///< in `consumption::rows`
    std::int16_t band = no_index;
    std::int16_t season = no_index;
    std::int16_t day = no_index;
    std::uint16_t meter = 0;
    channel what = channel::import;
};

/// The channel whose rows a source counts, if it does.
[[nodiscard]] std::optional<channel> channel_of(source of);

/// Whether a row is charged: what is suspect or rejected is not.
[[nodiscard]] bool is_charged(const consumption_row& row);

/// Indices of rows in the order of time, whatever the order in which they came.
[[nodiscard]] std::vector<std::uint32_t> rows_in_time(const std::vector<consumption_row>& rows);

/// The rows of `in` as one version of the tariff sees them, in the order of time. Rows that are
/// not charged, that begin at or after `through`, or end before anything counts are left out.
/// `versions` are the bounds between the versions in the period.
[[nodiscard]] std::vector<segment> segments_of(rating& in, const version& by,
                                               const std::vector<instant>& versions);

/// Notes rows that overlap, that end before they begin, are negative, or name what is not there,
/// and sums that do not fit.
void check_consumption(rating& in);

/// Times that no charged row tells of, though one of the versions counts that channel.
[[nodiscard]] std::vector<gap> gaps_of(const rating& in,
                                       const std::vector<const version*>& versions);

}  // namespace wattpurse::tariff
