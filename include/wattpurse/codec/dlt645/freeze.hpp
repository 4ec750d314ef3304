// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bcd.hpp>
#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/values.hpp>

namespace wattpurse::codec::dlt645 {

/// How often a freeze of function 16 comes round.
enum class freeze_rhythm : std::uint8_t { immediate, hourly, daily, monthly, once };

/// When function 16 makes a meter freeze its registers: minute, hour, day and month, of which
/// the higher ones may stand for "every" (DL/T 645-2007, 7.10). All made by the functions below
/// exist; error `out_of_range` otherwise.
class freeze_moment {
public:
    static constexpr std::size_t wire_size = 4;

    /// 瞬时冻结: at once.
    [[nodiscard]] static constexpr freeze_moment immediate() noexcept { return freeze_moment{}; }
    [[nodiscard]] static constexpr result<freeze_moment> hourly(unsigned minute) noexcept
    {
        return of(any, any, any, minute);
    }
    [[nodiscard]] static constexpr result<freeze_moment> daily(unsigned hour,
                                                               unsigned minute) noexcept
    {
        return of(any, any, hour, minute);
    }
    [[nodiscard]] static constexpr result<freeze_moment> monthly(unsigned day, unsigned hour,
                                                                 unsigned minute) noexcept
    {
        return of(any, day, hour, minute);
    }
    /// 定时冻结 at one moment, of whatever year comes.
    [[nodiscard]] static constexpr result<freeze_moment> at(unsigned month, unsigned day,
                                                            unsigned hour,
                                                            unsigned minute) noexcept
    {
        return month == any ? result<freeze_moment>{fail(errc::out_of_range)}
                            : of(month, day, hour, minute);
    }

    /// mm hh DD MM in BCD, 99 for "every". Errors: `out_of_range` (not four bytes, no such
    /// moment, "every" below something that is named), `not_bcd`.
    [[nodiscard]] static constexpr result<freeze_moment> from_wire(byte_span bytes) noexcept;
    [[nodiscard]] constexpr std::array<std::uint8_t, wire_size> wire() const noexcept
    {
        return {detail::bcd_of(minute_), detail::bcd_of(hour_), detail::bcd_of(day_),
                detail::bcd_of(month_)};
    }

    [[nodiscard]] constexpr freeze_rhythm rhythm() const noexcept
    {
        return month_ != any    ? freeze_rhythm::once
               : day_ != any    ? freeze_rhythm::monthly
               : hour_ != any   ? freeze_rhythm::daily
               : minute_ != any ? freeze_rhythm::hourly
                                : freeze_rhythm::immediate;
    }
    /// 99 where it is "every".
    [[nodiscard]] constexpr std::uint8_t minute() const noexcept { return minute_; }
    [[nodiscard]] constexpr std::uint8_t hour() const noexcept { return hour_; }
    [[nodiscard]] constexpr std::uint8_t day() const noexcept { return day_; }
    [[nodiscard]] constexpr std::uint8_t month() const noexcept { return month_; }

    friend constexpr bool operator==(const freeze_moment&, const freeze_moment&) = default;

private:
    static constexpr std::uint8_t any = 99;

    constexpr freeze_moment() noexcept = default;
    [[nodiscard]] static constexpr result<freeze_moment> of(unsigned month, unsigned day,
                                                            unsigned hour,
                                                            unsigned minute) noexcept;

    std::uint8_t minute_ = any;
    std::uint8_t hour_ = any;
    std::uint8_t day_ = any;
    std::uint8_t month_ = any;
};

// ---------------------------------------------------------------------------------------------

constexpr result<freeze_moment> freeze_moment::of(unsigned month, unsigned day, unsigned hour,
                                                  unsigned minute) noexcept
{
    constexpr std::array<std::uint8_t, 12> days{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool month_fits = month == any || (month >= 1 && month <= 12);
    if (!month_fits) {
        return fail(errc::out_of_range);
    }
    const unsigned day_max = month == any ? 31U : days[month - 1];
    const bool day_fits = day == any ? month == any : day >= 1 && day <= day_max;
    const bool hour_fits = hour == any ? day == any : hour <= 23;
    if (!day_fits || !hour_fits || minute > 59) {
        return fail(errc::out_of_range);
    }
    freeze_moment out;
    out.month_ = static_cast<std::uint8_t>(month);
    out.day_ = static_cast<std::uint8_t>(day);
    out.hour_ = static_cast<std::uint8_t>(hour);
    out.minute_ = static_cast<std::uint8_t>(minute);
    return out;
}

constexpr result<freeze_moment> freeze_moment::from_wire(byte_span bytes) noexcept
{
    if (bytes.size() != wire_size) {
        return fail(errc::out_of_range);
    }
    std::array<std::uint8_t, wire_size> values{};
    for (std::size_t i = 0; i < wire_size; ++i) {
        const auto value = from_bcd_byte(bytes[i]);
        if (!value) {
            return fail(value.error());
        }
        values[i] = *value;
    }
    if (values == std::array<std::uint8_t, wire_size>{any, any, any, any}) {
        return immediate();
    }
    return of(values[3], values[2], values[1], values[0]);
}

}  // namespace wattpurse::codec::dlt645
