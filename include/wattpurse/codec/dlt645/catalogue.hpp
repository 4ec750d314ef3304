// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/layout.hpp>
#include <wattpurse/codec/dlt645/pattern.hpp>

namespace wattpurse::codec::dlt645 {

/// What may be done with an identifier.
enum class access_kind : std::uint8_t {
    read,        ///< function 11 or 01
    read_write,  ///< also 14 or 04
    write,       ///< never read back: passwords
    push,        ///< sent by the meter without being asked
    security,    ///< function 03 of the filing document
};

enum class item_family : std::uint8_t {
    energy,
    demand,
    variable,   ///< instantaneous values
    event,      ///< counts and records
    parameter,  ///< variables of 04, C0 to C5
    freeze,
    load,       ///< load records
    prepay,
    security,   ///< key and wallet operations
    vendor,
};

/// What a person wants to read.
enum class language : std::uint8_t { english, chinese };

/// One row: what all identifiers of a pattern have in common. Its texts belong to whoever made
/// the row.
struct catalogue_row {
    id_pattern ids;
    std::string_view layout;  ///< of DATA behind the identifier, see layout.hpp
    layout_shape shape;       ///< of that layout, from `check_layout`
    access_kind access = access_kind::read;
    item_family family = item_family::vendor;
    bool confirmed = false;   ///< public standard text, or two independent sources
    bool secret = false;      ///< its value is not to be shown or logged
    std::string_view axes;    ///< what the lower places say: "1:tariff 0:settlement"
    std::string_view name;    ///< English, without what the axes say
    std::string_view name_zh;
    std::string_view source;
    std::string_view note;

    [[nodiscard]] constexpr edition which() const noexcept { return ids.which(); }
    /// One field, once: `read_number` and the like may be used.
    [[nodiscard]] constexpr bool is_single() const noexcept { return shape.is_single; }
    [[nodiscard]] constexpr const field& first() const noexcept { return shape.first; }
};

/// The name of a group of bits of a set, or of one state of the group.
struct bit_name {
    static constexpr std::int32_t whole_group = -1;

    std::string_view set;
    std::uint8_t low = 0;              ///< lowest bit of the group
    std::uint8_t width = 1;
    std::int32_t value = whole_group;  ///< the state that has this name
    std::string_view name;
    std::string_view name_zh;
};

/// Finds the rows of identifiers quickly. `build_index` fills one.
struct catalogue_index {
    /// One row under one value of everything but the lowest place.
    struct slot {
        static constexpr std::uint16_t no_row = 0xFFFF;

        std::uint32_t key = 0;
        std::uint16_t row = no_row;
        id_range lowest;  ///< of the lowest place
    };

    std::span<const slot> slots;           ///< a power of two, never full
    std::span<const std::uint16_t> wide;  ///< rows that have too many such values
};

/// Rows, in no particular order, and names of bits, those of a set one behind the other. A
/// catalogue that stands on another one covers the identifiers and sets it has itself.
///
/// Borrows everything; a value of a few pointers.
class catalogue {
public:
    explicit constexpr catalogue(std::span<const catalogue_row> rows,
                                 std::span<const bit_name> bits,
                                 const catalogue* base = nullptr) noexcept
        : rows_{rows}, bits_{bits}, base_{base}
    {
    }
    /// As above, with an index made by `build_index` from the same rows.
    constexpr catalogue(std::span<const catalogue_row> rows, std::span<const bit_name> bits,
                        const catalogue* base, catalogue_index index) noexcept
        : rows_{rows}, bits_{bits}, base_{base}, index_{index}
    {
    }

    /// The row of an identifier, its own or else the base's; nullptr where none has it.
    [[nodiscard]] constexpr const catalogue_row* find(edition which,
                                                      std::uint32_t id) const noexcept;

    /// Its own rows, without those of the base.
    [[nodiscard]] constexpr std::span<const catalogue_row> rows() const noexcept { return rows_; }
    [[nodiscard]] constexpr const catalogue* base() const noexcept { return base_; }

    /// The names of a set of bits, its own or else the base's; empty where none has it.
    [[nodiscard]] constexpr std::span<const bit_name> bits(std::string_view set) const noexcept;

private:
    [[nodiscard]] constexpr const catalogue_row* find_own(edition which,
                                                          std::uint32_t id) const noexcept;

    std::span<const catalogue_row> rows_;
    std::span<const bit_name> bits_;
    const catalogue* base_ = nullptr;
    catalogue_index index_{};
};

/// The identifiers of both editions and of the filing document, from share/catalogues. Read
/// once, at the first call, into static storage. Part of the component `catalogue`.
[[nodiscard]] const catalogue& standard_catalogue() noexcept;

/// A row with more values of its upper three places than this is not indexed but looked at one
/// by one.
inline constexpr std::uint64_t index_prefixes_max = 1024;

/// How many slots `build_index` needs for these rows, and how many rows are wide.
struct index_sizes {
    std::size_t slots = 0;  ///< a power of two, at most half of it used
    std::size_t wide = 0;
};
[[nodiscard]] constexpr index_sizes index_sizes_of(std::span<const catalogue_row> rows) noexcept;

/// Makes an index of rows, of which there are less than 65535, in storage of at least the sizes
/// that `index_sizes_of` says; all slots are used. Where patterns overlap, the first row wins, and
/// wide ones lose. Error: `buffer_too_small`.
[[nodiscard]] constexpr result<catalogue_index> build_index(
    std::span<const catalogue_row> rows, std::span<catalogue_index::slot> slots,
    std::span<std::uint16_t> wide) noexcept;

/// As catalogues have it in their columns: "r", "rw" ..., "energy", "demand" ...
[[nodiscard]] constexpr std::string_view to_string(access_kind access) noexcept;
[[nodiscard]] constexpr std::string_view to_string(item_family family) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

/// Everything of an identifier but its lowest place, with a mark of its edition on top.
[[nodiscard]] constexpr std::uint32_t index_key(edition which, std::uint32_t id) noexcept
{
    constexpr std::uint32_t mark_1997 = 0x8000'0000;
    return which == edition::y2007 ? id >> 8U : mark_1997 | id >> 4U;
}

/// Where to look first for a key among so many slots: Fibonacci hashing, whose high bits are the
/// good ones, so that identifiers that follow one another lie apart.
[[nodiscard]] constexpr std::size_t index_place(std::uint32_t key, std::size_t slots) noexcept
{
    constexpr std::uint32_t golden_ratio = 0x9E37'79B1;
    const std::uint32_t mixed = key * golden_ratio;
    return static_cast<std::size_t>(std::uint64_t{mixed} * slots >> 32U);
}

[[nodiscard]] constexpr std::uint64_t prefixes_of(const id_pattern& ids) noexcept
{
    return ids.count() / ids.place(id_pattern::place_count - 1).count();
}

constexpr void insert(std::span<catalogue_index::slot> slots, std::uint32_t key,
                      std::uint16_t row, id_range lowest) noexcept
{
    std::size_t at = index_place(key, slots.size());
    while (slots[at].row != catalogue_index::slot::no_row) {
        at = (at + 1) & (slots.size() - 1);
    }
    slots[at] = {key, row, lowest};
}

}  // namespace detail

constexpr index_sizes index_sizes_of(std::span<const catalogue_row> rows) noexcept
{
    index_sizes out;
    std::size_t used = 0;
    for (const catalogue_row& row : rows) {
        const std::uint64_t prefixes = detail::prefixes_of(row.ids);
        used += prefixes <= index_prefixes_max ? static_cast<std::size_t>(prefixes) : 0U;
        out.wide += prefixes <= index_prefixes_max ? 0U : 1U;
    }
    out.slots = 2;
    while (out.slots < 2 * used) {
        out.slots *= 2;
    }
    return out;
}

constexpr result<catalogue_index> build_index(std::span<const catalogue_row> rows,
                                              std::span<catalogue_index::slot> slots,
                                              std::span<std::uint16_t> wide) noexcept
{
    const index_sizes needed = index_sizes_of(rows);
    const bool is_power_of_two = (slots.size() & (slots.size() - 1)) == 0;
    if (slots.size() < needed.slots || !is_power_of_two || wide.size() < needed.wide ||
        rows.size() >= catalogue_index::slot::no_row) {
        return fail(errc::buffer_too_small);
    }
    for (catalogue_index::slot& slot : slots) {
        slot = {};
    }
    std::size_t wide_count = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const id_pattern& ids = rows[i].ids;
        const id_range lowest = ids.place(id_pattern::place_count - 1);
        const std::uint64_t prefixes = detail::prefixes_of(ids);
        const auto row = static_cast<std::uint16_t>(i);
        if (prefixes > index_prefixes_max) {
            wide[wide_count++] = row;
            continue;
        }
        for (std::uint64_t k = 0; k < prefixes; ++k) {
            const std::uint32_t id = ids.nth(k * lowest.count());
            detail::insert(slots, detail::index_key(ids.which(), id), row, lowest);
        }
    }
    return catalogue_index{slots, wide.first(wide_count)};
}

constexpr const catalogue_row* catalogue::find_own(edition which,
                                                   std::uint32_t id) const noexcept
{
    if (index_.slots.empty()) {
        for (const catalogue_row& row : rows_) {
            if (row.which() == which && row.ids.covers(id)) return &row;
        }
        return nullptr;
    }
    const std::size_t mask = index_.slots.size() - 1;
    const std::uint32_t key = detail::index_key(which, id);
    const std::uint32_t lowest = place_of(which, id, 0);
    for (std::size_t at = detail::index_place(key, index_.slots.size());
         index_.slots[at].row != catalogue_index::slot::no_row; at = (at + 1) & mask) {
        const catalogue_index::slot& slot = index_.slots[at];
        if (slot.key == key && slot.lowest.covers(lowest)) return &rows_[slot.row];
    }
    for (const std::uint16_t i : index_.wide) {
        if (rows_[i].which() == which && rows_[i].ids.covers(id)) return &rows_[i];
    }
    return nullptr;
}

constexpr const catalogue_row* catalogue::find(edition which, std::uint32_t id) const noexcept
{
    const catalogue_row* const own = find_own(which, id);
    return own != nullptr || base_ == nullptr ? own : base_->find(which, id);
}

constexpr std::span<const bit_name> catalogue::bits(std::string_view set) const noexcept
{
    for (std::size_t i = 0; !set.empty() && i < bits_.size(); ++i) {
        if (bits_[i].set == set) {
            std::size_t count = 1;
            while (i + count < bits_.size() && bits_[i + count].set == set) {
                ++count;
            }
            return bits_.subspan(i, count);
        }
    }
    return base_ == nullptr ? std::span<const bit_name>{} : base_->bits(set);
}

constexpr std::string_view to_string(access_kind access) noexcept
{
    switch (access) {
        case access_kind::read: return "r";
        case access_kind::read_write: return "rw";
        case access_kind::write: return "w";
        case access_kind::push: return "push";
        case access_kind::security: return "security";
    }
    return "unknown";
}

constexpr std::string_view to_string(item_family family) noexcept
{
    switch (family) {
        case item_family::energy: return "energy";
        case item_family::demand: return "demand";
        case item_family::variable: return "variable";
        case item_family::event: return "event";
        case item_family::parameter: return "parameter";
        case item_family::freeze: return "freeze";
        case item_family::load: return "load";
        case item_family::prepay: return "prepay";
        case item_family::security: return "security";
        case item_family::vendor: return "vendor";
    }
    return "unknown";
}

}  // namespace wattpurse::codec::dlt645
