// SPDX-License-Identifier: Apache-2.0
// Readings in long form: a row for each account and moment, with kWh used or a register's value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <wattpurse/base/time.hpp>

#include "arrow.hpp"

namespace wattpurse::python {

/// How the columns are called and what is allowed in them.
struct reading_form {
    std::string account = "account";
    std::string time = "time";
    std::string value = "kwh";
    std::string quality{};               ///< empty: all are good
    std::optional<fixed_zone> zone{};    ///< of times without an offset; none: they are refused
    int places = 0;                      ///< integers are steps of 10^-places kWh
    std::optional<int> float_places{};   ///< floats stand for numbers of so many places; none: no
};

/// A row that cannot be used, and why.
struct bad_row {
    std::int64_t row = 0;  ///< from 0
    std::string column;
    std::string value;
    std::string expected;
};

/// Numbers of one column: where they lie and what they are.
struct value_source {
    enum class kind : std::uint8_t {
        int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64, decimal128,
        text, large_text, view_text, wide_text,
    };
    kind is = kind::int64;
    std::int64_t scale = 0;               ///< places of a decimal
    std::int64_t offset = 0;              ///< of the array within its buffers
    const std::uint8_t* valid = nullptr;  ///< a bit each; none: all are
    const void* values = nullptr;
    const char* bytes = nullptr;          ///< of texts
    const void* const* views = nullptr;   ///< buffers that long views point to
    std::int64_t width = 0;               ///< characters of wide_text

    [[nodiscard]] bool is_null(std::int64_t row) const
    {
        const std::int64_t bit = row + offset;
        return valid != nullptr && (valid[bit / 8] >> (bit % 8) & 1) == 0;
    }
    /// Of the kinds that are texts; `room` holds what is not UTF-8 yet.
    [[nodiscard]] std::string_view text(std::int64_t row, std::string& room) const;
    [[nodiscard]] bool is_text() const noexcept { return is >= kind::text; }
    [[nodiscard]] bool is_float() const noexcept
    {
        return is == kind::float32 || is == kind::float64;
    }
    /// Of the kinds that are whole numbers.
    [[nodiscard]] std::int64_t integer(std::int64_t row) const;
    [[nodiscard]] double binary(std::int64_t row) const;
};

/// One piece of the table.
struct reading_batch {
    std::int64_t first_row = 0;
    std::int64_t rows = 0;
    value_source account;
    std::optional<value_source> names;  ///< a dictionary's, which `account` points into
    value_source time;
    std::int64_t ticks_a_second = 1000;  ///< of times that are numbers
    bool is_local = false;               ///< of a wall clock
    value_source value;
    std::optional<value_source> quality;
};

/// Consecutive rows of one account.
struct reading_run {
    std::uint32_t batch = 0;
    std::uint32_t first = 0;
    std::uint32_t count = 0;
};

/// What was given, by account; what it points into is kept.
struct readings {
    std::vector<reading_batch> batches;
    std::vector<std::string> accounts;  ///< in the order in which they come first
    std::vector<std::vector<reading_run>> runs;
    std::vector<bad_row> bad;           ///< rows without an account
    std::int64_t rows = 0;
    reading_form form;
    std::vector<std::shared_ptr<void>> kept;
};

/// Reads of a column of an Arrow table. Raises where its type cannot be used.
[[nodiscard]] value_source source_of(const ArrowSchema& schema, const ArrowArray& array,
                                     const char* column);

/// A row that can be used.
struct account_row {
    std::int64_t at = 0;      ///< milliseconds
    std::int64_t value = 0;   ///< 10^-4 kWh
    std::int64_t number = 0;  ///< of the row in the table
    std::uint8_t quality = 0;
};
struct account_rows {
    std::vector<account_row> rows;  ///< in the order of time, one a moment
    std::vector<bad_row> bad;
};

/// The rows of an account, and those that cannot be used.
[[nodiscard]] account_rows usable_rows(const readings& of, std::size_t account);

/// A row whose time, and nothing else, cannot be used.
[[nodiscard]] bad_row bad_time(const reading_form& form, const account_row& which,
                               const char* expected);

/// Sorts rows by account. The GIL is not needed.
void find_accounts(readings& of);

/// The first and the last moment of all that can be read, in milliseconds; the first is behind the
/// last where there is none.
[[nodiscard]] std::pair<std::int64_t, std::int64_t> span_of(const readings& from,
                                                            unsigned threads);

/// Times that are numbers: the one that NumPy has for none ("NaT"), and in milliseconds the begin
/// of the year 0 and the end of 9999, beyond which there are none.
inline constexpr std::int64_t not_a_time = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t first_moment = -62'167'219'200'000;
inline constexpr std::int64_t last_moment = 253'402'300'799'999;

/// The moment of a row, in milliseconds, or what was expected.
[[nodiscard]] const char* moment_of(const reading_batch& in, const reading_form& form,
                                    std::int64_t row, std::int64_t& ms);
/// The number of a row at 10^-4 kWh, or what was expected.
[[nodiscard]] const char* kwh_of(const value_source& in, const reading_form& form,
                                 std::int64_t row, std::int64_t& steps);
/// `quality` as a number, or what was expected.
[[nodiscard]] const char* quality_of(const value_source& in, std::int64_t row,
                                     std::uint8_t& quality);
/// A cell as a person would write it.
[[nodiscard]] std::string shown_cell(const value_source& of, std::int64_t row);

}  // namespace wattpurse::python
