// SPDX-License-Identifier: Apache-2.0
// Columns in and out by the Arrow C data interface, whose three structs are made to be copied
// (arrow.apache.org/docs/format/CDataInterface.html): no Arrow library is needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <pybind11/pybind11.h>

#include <wattpurse/base/product.hpp>

extern "C" {
struct ArrowSchema {
    const char* format;
    const char* name;
    const char* metadata;
    std::int64_t flags;
    std::int64_t n_children;
    ArrowSchema** children;
    ArrowSchema* dictionary;
    void (*release)(ArrowSchema*);
    void* private_data;
};
struct ArrowArray {
    std::int64_t length;
    std::int64_t null_count;
    std::int64_t offset;
    std::int64_t n_buffers;
    std::int64_t n_children;
    const void** buffers;
    ArrowArray** children;
    ArrowArray* dictionary;
    void (*release)(ArrowArray*);
    void* private_data;
};
struct ArrowArrayStream {
    int (*get_schema)(ArrowArrayStream*, ArrowSchema*);
    int (*get_next)(ArrowArrayStream*, ArrowArray*);
    const char* (*get_last_error)(ArrowArrayStream*);
    void (*release)(ArrowArrayStream*);
    void* private_data;
};
}

namespace wattpurse::python {

namespace py = pybind11;

/// One of the structs, released with the object.
template <class Struct>
class arrow_owned {
public:
    arrow_owned() = default;
    arrow_owned(arrow_owned&& other) noexcept : held_{std::exchange(other.held_, {})} {}
    arrow_owned& operator=(arrow_owned&& other) noexcept
    {
        std::swap(held_, other.held_);
        return *this;
    }
    arrow_owned(const arrow_owned&) = delete;
    arrow_owned& operator=(const arrow_owned&) = delete;
    ~arrow_owned()
    {
        if (held_.release != nullptr) held_.release(&held_);
    }
    [[nodiscard]] Struct* get() noexcept { return &held_; }
    [[nodiscard]] const Struct* operator->() const noexcept { return &held_; }
    [[nodiscard]] const Struct& operator*() const noexcept { return held_; }

private:
    Struct held_{};
};

/// The batches of anything that has `__arrow_c_stream__`, and their schema.
struct arrow_table {
    arrow_owned<ArrowSchema> schema;
    std::vector<arrow_owned<ArrowArray>> batches;

    /// The place of a column; -1 where there is none of that name.
    [[nodiscard]] int find(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> names() const;
};

/// Raises WrongType where `from` gives no stream of columns, Error with what its producer says.
[[nodiscard]] arrow_table arrow_table_of(py::handle from);

/// A column to be given out.
struct texts {
    static constexpr std::size_t most = 0x7FFF'FFFF;
    std::vector<std::int32_t> ends{0};  ///< offsets, as Arrow has them
    std::string bytes;
    void push_back(std::string_view text)
    {
        bytes += text;
        if (bytes.size() > most) throw std::length_error{"a column of more than 2 GB of text"};
        ends.push_back(static_cast<std::int32_t>(bytes.size()));
    }
    [[nodiscard]] std::string_view operator[](std::size_t at) const
    {
        return std::string_view{bytes}.substr(static_cast<std::size_t>(ends[at]),
                                              static_cast<std::size_t>(ends[at + 1] - ends[at]));
    }
};
/// Numbers of so many places, given out as decimal128 of 20 digits.
struct decimals {
    int places = 6;
    std::vector<std::int64_t> mantissas;
};
/// Milliseconds since the epoch, given out as microseconds in UTC: what Spark takes.
struct moments {
    std::vector<std::int64_t> ms;
};
struct counts {
    std::vector<std::int64_t> values;
};
struct out_column {
    std::string name;
    std::variant<texts, decimals, moments, counts> values;
};

/// Columns of one length that Python sees as Arrow, as lists, and column by column.
struct out_table {
    std::vector<out_column> columns;
    [[nodiscard]] std::size_t rows() const;
};

void bind_arrow(py::module_& to);

}  // namespace wattpurse::python
