// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <wattpurse/tariff/rate.hpp>

namespace wattpurse::tariff {

/// The quality of an interval for which there is no value.
inline constexpr std::uint8_t missing_quality = 0xFF;

/// Interval energy of many meters, one after the other: columns as a data frame holds them.
struct interval_columns {
    std::span<const std::int64_t> quantities;  ///< meters * intervals, kWh at 10^-4, not negative
    /// The same shape: `quality` as a number, or `missing_quality`. Empty: all are good. What is
    /// not to be charged may stand in `quantities` as any number.
    std::span<const std::uint8_t> qualities;
};

/// What one meter's period costs.
struct batch_bill {
    std::int64_t charged = 0;     ///< sum of its lines, at 10^-6
    std::int64_t total = 0;       ///< as its bill says, at 10^-6
    std::uint32_t estimated = 0;  ///< intervals that were not measured
    std::uint32_t left_out = 0;   ///< missing, suspect or rejected intervals, which are not charged

    friend bool operator==(const batch_bill&, const batch_bill&) = default;
};

/// A tariff made ready for interval data of one grid: the calendar is laid out once, each meter
/// is read once, and nothing is allocated for a reading.
///
/// What comes out is what `rate` and `close` say of the same intervals, to the last digit.
/// Energy by band, season and class of day, flat or in tiers by the period, month or year, tiers
/// by band in the order of time, fees of every period and percentages are computed by a plan;
/// other parts of a tariff go through `rate`, which is right too, only slower: `is_planned` tells.
///
/// A batch is const while it works, so that threads may share it: give each a part of the meters.
class batch {
public:
    /// The grid: `intervals` of `step` each from `from` on. `common` is what all accounts share:
    /// attributes, events, prices; its rows are not used. Faults: as `rate` of an account that
    /// used nothing; an interval that a band or a period ends in, where that is refused; no
    /// periods, or one that reaches beyond the grid.
    [[nodiscard]] static result<batch, std::vector<fault>>
    compile(const tariff& by, std::vector<period> periods, instant from, duration step,
            std::size_t intervals, const consumption& common = {});

    ~batch();
    batch(batch&&) noexcept;
    batch& operator=(batch&&) noexcept;

    /// Bills of `meters` meters, `bills[meter * periods + period]`. `amounts`, where not empty,
    /// takes each line's amount: `[(meter * periods + period) * lines + line]`, at 10^-6.
    /// Faults: as `rate`, with the meter in the path; spans that are not of that size.
    [[nodiscard]] result<void, std::vector<fault>>
    rate_all(const interval_columns& columns, std::size_t meters, std::span<batch_bill> bills,
             std::span<std::int64_t> amounts = {}) const;

    /// The bill of one meter and period with all its lines, each with what explains it.
    [[nodiscard]] result<rated, std::vector<fault>>
    itemised(const interval_columns& columns, std::size_t meter, std::size_t period) const;

    /// Lines of all periods, in the order of the bill; a period that has not all of them leaves
    /// the others zero.
    [[nodiscard]] const std::vector<line_id>& lines() const noexcept;
    [[nodiscard]] const std::vector<period>& periods() const noexcept;
    /// Whether each period is computed by a plan.
    [[nodiscard]] bool is_planned() const noexcept;

    struct plan;  ///< of the implementation

private:
    explicit batch(std::unique_ptr<plan> ready);
    std::unique_ptr<plan> plan_;
};

}  // namespace wattpurse::tariff
