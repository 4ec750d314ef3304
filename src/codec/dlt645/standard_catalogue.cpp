// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/codec/dlt645/catalogue.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/codec/dlt645/catalogue_text.hpp>

#include "catalogue_storage.hpp"

namespace wattpurse::codec::dlt645 {

namespace {

/// The standard catalogue in static storage. What is compiled in has been through the tests, so
/// that a fault here is a programmer's.
class standard_table {
public:
    standard_table() noexcept
    {
        read_rows(edition::y2007);
        read_rows(edition::y1997);
        read_bits();
        const std::span<const catalogue_row> rows{rows_.data(), row_count_};
        const std::span<const bit_name> bits{bits_.data(), bit_count_};
        const auto index = build_index(rows, slots_, wide_);
        WATTPURSE_ASSERT(index.has_value());
        view_ = catalogue{rows, bits, nullptr, *index};
    }

    [[nodiscard]] const catalogue& view() const noexcept { return view_; }

private:
    void read_rows(edition which) noexcept
    {
        row_reader reader{which, standard_identifiers(which)};
        catalogue_row row;
        auto found = reader.next(row);
        for (; found == row_reader::step::row; found = reader.next(row)) {
            WATTPURSE_ASSERT(row_count_ < rows_.size());
            rows_[row_count_++] = row;
        }
        WATTPURSE_ASSERT(found == row_reader::step::end);
    }

    void read_bits() noexcept
    {
        bit_reader reader{standard_bits()};
        bit_name name;
        auto found = reader.next(name);
        for (; found == bit_reader::step::row; found = reader.next(name)) {
            WATTPURSE_ASSERT(bit_count_ < bits_.size());
            bits_[bit_count_++] = name;
        }
        WATTPURSE_ASSERT(found == bit_reader::step::end);
    }

    std::array<catalogue_row, standard_rows_max> rows_;
    std::array<bit_name, standard_bits_max> bits_;
    std::array<catalogue_index::slot, standard_slots> slots_;
    std::array<std::uint16_t, standard_wide_max> wide_{};
    std::size_t row_count_ = 0;
    std::size_t bit_count_ = 0;
    catalogue view_{{}, {}};
};

}  // namespace

const catalogue& standard_catalogue() noexcept
{
    static const standard_table table;
    return table.view();
}

std::string_view standard_identifiers(edition which) noexcept
{
    return which == edition::y2007 ? embedded::identifiers_2007 : embedded::identifiers_1997;
}

std::string_view standard_bits() noexcept { return embedded::bits; }

}  // namespace wattpurse::codec::dlt645
