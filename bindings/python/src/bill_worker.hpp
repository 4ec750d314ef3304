// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bill_run.hpp"

namespace wattpurse::python {

inline constexpr std::size_t bad_rows_kept = 1'000;

/// One thread's part of a run: reads an account, rates it, and remembers what it could not read.
struct bill_run::worker {
    explicit worker(const bill_run& whole) : of{whole} {}

    void rate(std::uint32_t account, std::vector<account_bill>& into);
    [[nodiscard]] result<tariff::rated, std::vector<fault>> itemise(std::uint32_t account,
                                                                    std::uint32_t period);

    std::vector<bad_row> bad;
    std::size_t bad_count = 0;
    std::vector<account_fault> faults;

private:
    void read(std::uint32_t account);
    [[nodiscard]] bool lay_out_at_once(std::uint32_t account);
    void refuse(bad_row row);
    void refuse(const account_row& which, const char* expected);
    /// On the grid? Fills `values_` and `flags_`.
    [[nodiscard]] bool lay_out();
    void lay_out_intervals();
    [[nodiscard]] bool lay_out_registers();
    [[nodiscard]] std::optional<std::int64_t> difference(const account_row& before,
                                                         const account_row& after);
    [[nodiscard]] tariff::consumption rows_of(std::uint32_t account);
    void rate_grid(std::uint32_t account, std::vector<account_bill>& into);
    void rate_rows(std::uint32_t account, std::vector<account_bill>& into);
    void add_fault(std::uint32_t account, const std::vector<fault>& all);

    const bill_run& of;
    std::vector<account_row> rows_;
    std::vector<std::int64_t> values_;
    std::vector<std::uint8_t> flags_;
    std::vector<tariff::batch_bill> totals_;
    std::vector<std::int64_t> amounts_;
};

}  // namespace wattpurse::python
