// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/model/fault.hpp>
#include <wattpurse/tariff/consumption.hpp>
#include <wattpurse/tariff/line.hpp>
#include <wattpurse/tariff/period.hpp>
#include <wattpurse/tariff/tariff.hpp>

namespace wattpurse::tariff {

/// A time of which no row tells what a meter counted, though the tariff asks for it. It is charged
/// as if nothing had been used.
struct gap {
    channel what = channel::import;
    std::string meter;  ///< its name; where no meter tells of the channel, each is listed
    instant from;
    instant until;

    friend bool operator==(const gap&, const gap&) = default;
};

/// What a period has cost so far, or altogether.
struct rated {
    std::vector<line> lines;       ///< in the order of the bill
    money sum;                     ///< of all lines, at 10^-6
    std::vector<credit> credits;   ///< what is kept for later periods
    std::vector<past_value> past;  ///< values that later ratchets look back on
    std::vector<gap> gaps;         ///< in what was rated, by channel and time
    std::size_t estimated = 0;     ///< rows that were not measured
    std::size_t left_out = 0;      ///< rows that are suspect or rejected, which are not charged
};

/// Rates everything used in `over` up to `through` (a closed period: `over.until`).
///
/// A pure function of what was used, not of how or when that became known: the order of rows,
/// their split into smaller ones and the number of calls make no difference. So the one way to
/// deduct is `difference(rate(...), booked)`, and its postings sum to the bill at every moment.
///
/// `by` has passed `check`. Faults name the place in the consumption, the value and what was
/// expected: a row that overlaps another, a register no band has, an interval that may not be
/// split, an attribute or a price that is missing, an amount out of range, a period that begins
/// before the first version. What the data do not tell is no fault: `rated::gaps` lists it.
[[nodiscard]] result<rated, std::vector<fault>> rate(const tariff& by, const consumption& used,
                                                     const period& over, instant through);

/// The same of a whole period.
[[nodiscard]] result<rated, std::vector<fault>> rate(const tariff& by, const consumption& used,
                                                     const period& over);

/// What a bill says when its period is closed.
struct bill_totals {
    money charged;                ///< the sum of the lines
    money total;                  ///< rounded by the rule for bills
    money residue;                ///< total less charged: posted, or carried into the next bill
    std::optional<money> cash;    ///< what is to be paid, where coins are scarce
};

/// Closes what was rated; with `residue_policy::last_line` the last line takes the difference.
/// Errors: `overflow`, `inexact`, `currency_mismatch`.
[[nodiscard]] result<bill_totals> close(const tariff& by, const period& over, rated& what);

/// What one line of a period has to have posted: `owed - booked`.
struct deduction {
    line_id line;
    money owed;    ///< what is to be posted now; not zero
    money now;     ///< what the line costs altogether
    money booked;  ///< what was posted of it before
};

/// A line that was posted before, all its postings summed.
struct booked_amount {
    line_id line;
    money amount;
};

/// The postings that bring the books from `booked` to `now`, line by line in the order of the
/// bill, then lines that are no more. Lines of no difference are left out, so a repeat gives
/// nothing. Errors: `overflow`, `currency_mismatch`.
[[nodiscard]] result<std::vector<deduction>> difference(const std::vector<line>& now,
                                                        const std::vector<booked_amount>& booked,
                                                        currency unit);

}  // namespace wattpurse::tariff
