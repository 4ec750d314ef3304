// SPDX-License-Identifier: Apache-2.0
// Bills of many accounts out of readings in long form.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <wattpurse/tariff/batch.hpp>

#include "arrow.hpp"
#include "readings.hpp"

namespace wattpurse::python {

/// A tariff with what all its accounts have in common.
struct bill_class {
    tariff::tariff by;
    tariff::consumption common;
};

struct bill_options {
    std::vector<tariff::period> periods{};  ///< none: the months that the readings touch
    std::optional<duration> interval{};     ///< none: the shortest step of the first accounts
    bool is_register = false;               ///< values are of a counter, not of an interval
    bool is_end_stamped = false;            ///< an interval's time is its end
    std::int64_t register_capacity = 0;     ///< 10^-4 kWh; 0: registers do not turn over
    unsigned threads = 1;
};

/// Something wrong with an account as a whole.
struct account_fault {
    std::string account;
    fault what;
};

/// One bill as it comes out.
struct account_bill {
    std::uint32_t account = 0;
    std::uint32_t period = 0;
    std::int64_t kwh = 0;        ///< 10^-4, of what is charged
    std::int64_t charged = 0;    ///< 10^-6
    std::int64_t total = 0;      ///< 10^-6
    std::uint32_t estimated = 0;
    std::uint32_t missing = 0;
    std::vector<std::pair<line_id, std::int64_t>> lines{};
};

/// Reads every account once, in as many threads as there are, and rates it.
class bill_run {
public:
    bill_run(std::shared_ptr<readings> from, std::vector<bill_class> classes,
             const std::unordered_map<std::string, std::uint32_t>& class_of,
             bill_options options);

    /// Finds the periods and the grid and lays out the calendars. False where that cannot be
    /// done; `faults` and `bad` say why.
    [[nodiscard]] bool prepare();

    /// All accounts. Returns when done or cancelled; for another thread than the one that looks
    /// at `done` and sets `cancelled`.
    void run();

    /// The lines of one bill with what explains them. The account has to be one of `accounts`.
    [[nodiscard]] result<tariff::rated, std::vector<fault>> itemised(std::uint32_t account,
                                                                     std::uint32_t period) const;

    /// What was charged in a bill, 10^-6; none where the account has none for that period.
    [[nodiscard]] std::optional<std::int64_t> charged(std::uint32_t account,
                                                      std::uint32_t period) const;

    [[nodiscard]] out_table bills() const;
    [[nodiscard]] out_table lines() const;

    [[nodiscard]] const readings& source() const noexcept { return *from_; }
    [[nodiscard]] const std::vector<tariff::period>& periods() const noexcept
    {
        return options_.periods;
    }
    [[nodiscard]] const bill_class& class_of(std::uint32_t account) const
    {
        return classes_[class_of_[account]];
    }

    std::atomic<std::size_t> done{0};
    std::atomic<bool> cancelled{false};
    std::vector<bad_row> bad;            ///< the first of them, by row
    std::size_t bad_count = 0;           ///< all of them
    std::vector<account_fault> faults;

    struct worker;

private:
    [[nodiscard]] bool find_periods();
    [[nodiscard]] bool find_interval();
    [[nodiscard]] bool compile();
    void take_in(worker& from);

    std::shared_ptr<readings> from_;
    std::vector<bill_class> classes_;
    std::vector<std::uint32_t> class_of_;
    bill_options options_;
    std::vector<tariff::batch> batches_;  ///< one a class; none: there is no grid
    instant begin_;
    std::size_t intervals_ = 0;
    std::vector<std::vector<account_bill>> bills_;  ///< by account
};

}  // namespace wattpurse::python
