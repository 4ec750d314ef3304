// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wattpurse/base/bcd.hpp>
#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/layout_form.hpp>

namespace wattpurse::codec::dlt645 {

/// A date, a time of day, or both, with the parts that a field has. Meters use 00 for a moment
/// that never was and 99 for "any" or "not set", so that a moment need not be a real one.
struct moment {
    static constexpr std::uint8_t absent = 0xFF;  ///< the field has no such part
    static constexpr std::uint8_t any = 99;       ///< not set, or every; not of a year

    std::uint8_t year = absent;     ///< 0 to 99, of 2000 to 2099
    std::uint8_t month = absent;    ///< 1 to 12
    std::uint8_t day = absent;      ///< 1 to 31
    std::uint8_t weekday = absent;  ///< 0 is Sunday
    std::uint8_t hour = absent;
    std::uint8_t minute = absent;
    std::uint8_t second = absent;

    /// All parts of a civil time, the weekday too. Years are taken modulo 100.
    [[nodiscard]] static constexpr moment of(const civil_time& time) noexcept;

    /// A real civil time; parts that are absent are zero. Errors: `not_available` where year,
    /// month or day is absent; `out_of_range` where there is no such time.
    [[nodiscard]] constexpr result<civil_time> to_civil() const noexcept;

    /// Never was, or not set: all zero, or all 99.
    [[nodiscard]] constexpr bool is_blank() const noexcept;

    friend constexpr bool operator==(const moment&, const moment&) = default;
};

/// Reads a field of BCD bytes, low byte first. `parts` is that of the field, high first.
/// Errors: `not_bcd`; `out_of_range` where a part is neither a possible one nor 99, where a
/// month or day is 0 in a moment that is not blank, and where month, day and year, when all are
/// there and none is 99, make no date.
[[nodiscard]] constexpr result<moment> read_moment(std::string_view parts,
                                                   byte_span bytes) noexcept;

/// The reverse, with the same limits; parts that the field does not have are left out.
/// `not_available` where the field has a part that `what` has not.
[[nodiscard]] constexpr result<void> write_moment(std::string_view parts, const moment& what,
                                                  std::span<std::uint8_t> out) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

/// The part that two letters of a layout name.
[[nodiscard]] constexpr std::uint8_t moment::* part_of(std::string_view letters) noexcept
{
    switch (moment_parts.find(letters)) {
        case 0: return &moment::year;
        case 2: return &moment::month;
        case 4: return &moment::day;
        case 6: return &moment::weekday;
        case 8: return &moment::hour;
        case 10: return &moment::minute;
        default: return &moment::second;
    }
}

[[nodiscard]] constexpr bool is_part_possible(std::uint8_t value, std::uint8_t low,
                                              std::uint8_t high) noexcept
{
    return value == moment::absent || value == moment::any || (value >= low && value <= high);
}

[[nodiscard]] constexpr bool is_possible(const moment& what) noexcept
{
    if (what.is_blank()) {
        return true;
    }
    const bool parts_fit = is_part_possible(what.month, 1, 12) &&
                           is_part_possible(what.day, 1, 31) &&
                           is_part_possible(what.hour, 0, 23) &&
                           is_part_possible(what.minute, 0, 59) &&
                           is_part_possible(what.second, 0, 59) &&
                           (what.weekday == moment::absent || what.weekday <= 99) &&
                           (what.year == moment::absent || what.year <= 99);
    const bool is_date = what.year != moment::absent && what.month <= 12 && what.day <= 31;
    const civil_time date{static_cast<std::int16_t>(2000 + what.year), what.month, what.day,
                          0, 0, 0};
    return parts_fit && (!is_date || is_valid(date));
}

}  // namespace detail

constexpr moment moment::of(const civil_time& time) noexcept
{
    namespace ch = std::chrono;
    const ch::sys_days day{
        ch::year_month_day{ch::year{time.year}, ch::month{time.month}, ch::day{time.day}}};
    return {static_cast<std::uint8_t>((time.year % 100 + 100) % 100),
            time.month,
            time.day,
            static_cast<std::uint8_t>(ch::weekday{day}.c_encoding()),
            time.hour,
            time.minute,
            time.second};
}

constexpr result<civil_time> moment::to_civil() const noexcept
{
    if (year == absent || month == absent || day == absent) {
        return fail(errc::not_available);
    }
    const auto or_zero = [](std::uint8_t part) {
        return part == absent ? std::uint8_t{0} : part;
    };
    const civil_time out{static_cast<std::int16_t>(2000 + year), month, day,
                         or_zero(hour), or_zero(minute), or_zero(second)};
    if (!is_valid(out)) {
        return fail(errc::out_of_range);
    }
    return out;
}

constexpr bool moment::is_blank() const noexcept
{
    const std::array parts{year, month, day, hour, minute, second};
    bool all_zero = true;
    bool all_any = true;
    for (const std::uint8_t part : parts) {
        all_zero = all_zero && (part == 0 || part == absent);
        all_any = all_any && (part == any || part == absent);
    }
    return all_any || (all_zero && (month == 0 || day == 0));
}

constexpr result<moment> read_moment(std::string_view parts, byte_span bytes) noexcept
{
    if (parts.size() != 2 * bytes.size()) {
        return fail(errc::out_of_range);
    }
    moment out;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto value = from_bcd_byte(bytes[bytes.size() - 1 - i]);
        if (!value) {
            return fail(value.error());
        }
        out.*detail::part_of(parts.substr(2 * i, 2)) = *value;
    }
    if (!detail::is_possible(out)) {
        return fail(errc::out_of_range);
    }
    return out;
}

constexpr result<void> write_moment(std::string_view parts, const moment& what,
                                    std::span<std::uint8_t> out) noexcept
{
    if (parts.size() != 2 * out.size()) {
        return fail(errc::out_of_range);
    }
    moment kept;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto part = detail::part_of(parts.substr(2 * i, 2));
        if (what.*part == moment::absent) {
            return fail(errc::not_available);
        }
        kept.*part = what.*part;
        const auto byte = to_bcd_byte(what.*part);
        if (!byte) {
            return fail(byte.error());
        }
        out[out.size() - 1 - i] = *byte;
    }
    if (!detail::is_possible(kept)) {
        return fail(errc::out_of_range);
    }
    return {};
}

}  // namespace wattpurse::codec::dlt645
