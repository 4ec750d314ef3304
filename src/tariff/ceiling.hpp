// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <wattpurse/base/scaled_arithmetic.hpp>
#include <wattpurse/tariff/line.hpp>

#include "course.hpp"

namespace wattpurse::tariff {

/// The lines of a watched tariff at one quantity, and the rows its energy is in.
struct bill_at {
    std::vector<line> lines;
    std::size_t rows = 0;
};

/// How high a bill may rise between two quantities, from what it is at both. Two bounds are taken,
/// and the lower of them holds:
///
/// - line by line: a steady line is between its values at both ends, a share between those of
///   what it is over. Close to each other the ends leave nothing open, roundings included;
/// - the bill as a whole: shares and limits are put into the lines that they are over, so what one
///   line takes back of another cancels out, and only their roundings are left.
class ceiling {
public:
    /// `parts` outlive it; all bills have the lines of `sample`.
    ceiling(const std::vector<bill_part>& parts, const std::vector<line>& sample);

    /// At least what the bill is at any quantity from that of `from` to that of `to`, at 10^-6;
    /// nothing where that cannot be told.
    [[nodiscard]] std::optional<kernel::int128> over(const bill_at& from, const bill_at& to);

private:
    using int128 = kernel::int128;
    struct range {
        int128 low = 0;
        int128 high = 0;
    };
    struct layout {
        const bill_part* part = nullptr;   ///< none: the line stays
        std::vector<std::size_t> over;     ///< lines that an adjustment is over
        bool is_multiple = true;           ///< all of them are multiples of its own increment
        std::size_t tier = 0;              ///< wavering: its tier
        int128 strays = 0;                 ///< wavering: so far, at 10^-12
        std::size_t first = 0;             ///< wavering: the first line of its part
    };
    /// What a line counts for in the bill, at 10^-12.
    using weights = std::vector<range>;

    void lay_out(const line& which, std::size_t index, const std::vector<line>& all);
    [[nodiscard]] bool measure(const bill_at& from, const bill_at& to);
    void waver(std::size_t first, const bill_at& from, const bill_at& to);
    void share(std::size_t index, const line& which);
    void limit(std::size_t index, const line& from, const line& to);
    [[nodiscard]] range base_of(std::size_t index) const;
    [[nodiscard]] std::optional<int128> as_a_whole(std::size_t lines, weights by, int128 constant,
                                                   int corners, const bill_at& to) const;
    [[nodiscard]] bool spread(std::size_t index, range weight, weights& to) const;
    [[nodiscard]] int128 sum_at_limit(std::size_t index, const line& at) const;

    std::vector<layout> lines_;
    std::vector<range> ranges_;
    bool has_adjustments_ = false;
};

}  // namespace wattpurse::tariff
