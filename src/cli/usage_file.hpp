// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/model/fault.hpp>
#include <wattpurse/tariff/consumption.hpp>

namespace wattpurse::cli {

/// As many faults of a file are told one by one; of the rest, how many there are.
inline constexpr std::size_t usage_faults_max = 100;

struct usage_rules {
    tariff::civil_zone zone;                ///< of times without offset
    std::optional<duration> interval;       ///< of files with one column of time
    std::vector<std::string> meters{"main"};  ///< that are known; where there is no other than
                                              ///  "main", those the file names are added
};

struct usage_rows {
    std::vector<std::string> meters;
    std::vector<tariff::consumption_row> rows;
    std::vector<std::size_t> lines;  ///< of each row, from 1
};

/// Consumption as CSV. The first line names the columns, in any order:
///
///     from,until,quantity              quantity or kwh: at most 4 decimal places
///     start,quantity                   or `end`: with an interval, which begins or ends there
///     ... ,channel                     import, export, reactive, purchase, demand (import)
///     ... ,register                    T1 to T4; empty: bands are by the clock
///     ... ,meter                       a name ("main")
///     ... ,quality                     good, estimated, suspect, rejected (good)
///
/// Times: ISO 8601 with offset, or without one as the clocks of the zone show it, with `T` or a
/// blank, with or without seconds, 24:00 for the end of a day, or a day, which is its begin. Line
/// ends of either kind and a byte order mark are accepted, empty lines passed over.
///
/// Faults are complete up to `usage_faults_max`, each with line and column.
[[nodiscard]] result<usage_rows, std::vector<fault>> read_usage(std::string_view csv,
                                                                const usage_rules& by);

/// "90s", "15min", "1h" or "1d": above zero, 366 days at most.
[[nodiscard]] std::optional<duration> parse_interval(std::string_view text);

/// A moment as in the file; on failure, what is expected in place of it.
[[nodiscard]] result<instant, std::string> parse_moment(std::string_view text,
                                                        const tariff::civil_zone& zone);

}  // namespace wattpurse::cli
