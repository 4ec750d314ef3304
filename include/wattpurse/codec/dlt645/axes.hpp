// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/text.hpp>

namespace wattpurse::codec::dlt645 {

/// What one place of an identifier says.
enum class axis_kind : std::uint8_t {
    tariff,       ///< 0 total, then tariffs; all ones: the block of them
    settlement,   ///< 0 now, then settlement days back; all ones: all of them
    phase,        ///< 1 to 3: A to C; all ones: the block of them
    total_phase,  ///< the same, 0 total
    record,       ///< how many records back, from 1
    number,       ///< one of several alike
    month,        ///< 0 this one, then months back
    zone,         ///< a time zone of the year
    table,        ///< a table of a day's tariffs
    level,        ///< a password level; 1 is level 0
    harmonic,     ///< order of a harmonic
};

/// A place, counted from the right from 0, and what it says.
struct axis {
    std::uint8_t place = 0;
    axis_kind kind = axis_kind::number;
};

/// Takes the axes of a row one by one: "1:tariff 0:settlement".
class axis_reader {
public:
    constexpr explicit axis_reader(std::string_view axes) noexcept : text_{axes} {}

    /// The next one, in the order of the text. Errors: `not_found` at the end; `syntax`.
    [[nodiscard]] constexpr result<axis> next() noexcept;

private:
    std::string_view text_;
    bool has_begun_ = false;
};

/// Whether all of it can be read, and no place comes twice.
[[nodiscard]] constexpr bool are_axes(std::string_view axes) noexcept;

[[nodiscard]] constexpr std::string_view to_string(axis_kind kind) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

inline constexpr axis_kind axis_kinds[] = {
    axis_kind::tariff, axis_kind::settlement, axis_kind::phase,  axis_kind::total_phase,
    axis_kind::record, axis_kind::number,     axis_kind::month,  axis_kind::zone,
    axis_kind::table,  axis_kind::level,      axis_kind::harmonic};

}  // namespace detail

constexpr std::string_view to_string(axis_kind kind) noexcept
{
    switch (kind) {
        case axis_kind::tariff: return "tariff";
        case axis_kind::settlement: return "settlement";
        case axis_kind::phase: return "phase";
        case axis_kind::total_phase: return "total_phase";
        case axis_kind::record: return "record";
        case axis_kind::number: return "number";
        case axis_kind::month: return "month";
        case axis_kind::zone: return "zone";
        case axis_kind::table: return "table";
        case axis_kind::level: return "level";
        case axis_kind::harmonic: return "harmonic";
    }
    return "unknown";
}

constexpr result<axis> axis_reader::next() noexcept
{
    if (text_.empty()) return fail(errc::not_found);
    if (has_begun_ && !detail::take(text_, " ")) return fail(errc::syntax);
    has_begun_ = true;
    if (text_.size() < 3 || text_[0] < '0' || text_[0] > '3' || text_[1] != ':') {
        return fail(errc::syntax);
    }
    const auto place = static_cast<std::uint8_t>(text_[0] - '0');
    text_.remove_prefix(2);
    const std::string_view word = text_.substr(0, text_.find(' '));
    for (const axis_kind kind : detail::axis_kinds) {
        if (word == to_string(kind)) {
            text_.remove_prefix(word.size());
            return axis{place, kind};
        }
    }
    return fail(errc::syntax);
}

constexpr bool are_axes(std::string_view axes) noexcept
{
    axis_reader reader{axes};
    unsigned seen = 0;
    auto found = reader.next();
    for (; found; found = reader.next()) {
        if ((seen >> found.value().place & 1U) != 0) return false;
        seen |= 1U << found.value().place;
    }
    return found.error() == errc::not_found;
}

}  // namespace wattpurse::codec::dlt645
