// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <libpq-fe.h>

#include <wattpurse/base/time.hpp>

#include "text.hpp"

namespace wattpurse::adapter::postgres {

/// Rows turned by a quarter: one PostgreSQL array for each column, in the binary form, for
/// `unnest`. Values are put from left to right, row by row.
///
///     rows.put(1).put("text").end_row();
class columns {
public:
    columns& put(std::int64_t value);
    columns& put_count(std::uint64_t value);  ///< throws `row_fault` above the signed range
    columns& put(std::string_view text);
    columns& put_bytes(std::span<const std::uint8_t> bytes);
    columns& put(instant at);
    columns& put(std::optional<instant> at);
    columns& put(std::optional<std::int64_t> value);
    void end_row();

    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    /// Begins again; the memory is kept.
    void clear() noexcept;

private:
    friend class parameters;

    struct array {
        Oid element = 0;
        bool has_null = false;
        std::string body;  ///< the head, of a fixed size, then the elements
    };
    [[nodiscard]] std::string& next(Oid element);

    std::vector<array> arrays_;
    std::size_t next_ = 0;
    std::size_t rows_ = 0;
    std::size_t bytes_ = 0;
};

/// What one statement is given: $1, $2 ...
class parameters {
public:
    parameters& put_shard(std::int32_t shard);
    parameters& put(std::int64_t value);
    parameters& put_count(std::uint64_t value);
    parameters& put(std::string_view text);
    parameters& put(instant at);
    parameters& put(std::optional<instant> at);
    parameters& put_bytes(std::span<const std::uint8_t> bytes);
    /// Every column as an array. Precondition: it has rows, and outlives the sending.
    parameters& put(columns& all);

    /// As libpq wants them; valid until the next `put`.
    struct view {
        int count = 0;
        std::vector<Oid> types;
        std::vector<const char*> values;
        std::vector<int> lengths;
        std::vector<int> formats;
    };
    [[nodiscard]] view given() const;

private:
    struct parameter {
        Oid type = 0;
        bool null = false;
        std::string own;
        const std::string* lent = nullptr;  ///< an array of `columns`
    };
    parameters& add(Oid type, std::string bytes);

    std::vector<parameter> values_;
};

/// Big-endian, as PostgreSQL sends and takes numbers.
void append_number(std::string& out, std::uint64_t value, std::size_t size);

/// As a signed number, or throws `row_fault`.
[[nodiscard]] std::int64_t signed_count(std::uint64_t value);

}  // namespace wattpurse::adapter::postgres
