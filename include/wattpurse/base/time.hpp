// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/result.hpp>

namespace wattpurse {

/// A point on the UTC time line, in milliseconds. Books and intervals use whole seconds of it;
/// the milliseconds serve the timing of a line.
using instant = std::chrono::sys_time<std::chrono::milliseconds>;

/// A length of time, in milliseconds.
using duration = std::chrono::milliseconds;

/// Civil time without a zone, as a meter shows it. Ordered as on a wall calendar.
struct civil_time {
    std::int16_t year = 1970;
    std::uint8_t month = 1;
    std::uint8_t day = 1;
    std::uint8_t hour = 0;
    std::uint8_t minute = 0;
    std::uint8_t second = 0;

    friend constexpr auto operator<=>(const civil_time&, const civil_time&) = default;
};

/// A zone with a constant offset from UTC, such as China's +08:00. Other zones come through an
/// adapter; the core needs no time zone database.
struct fixed_zone {
    std::chrono::minutes offset{0};

    /// "+08:00" or "-03:30"; errors: `syntax`, `out_of_range` (beyond +-18 h).
    [[nodiscard]] static constexpr result<fixed_zone> parse(std::string_view text) noexcept;

    friend constexpr bool operator==(const fixed_zone&, const fixed_zone&) = default;
};

/// China standard time, +08:00 without summer time.
inline constexpr fixed_zone china_zone{std::chrono::minutes{480}};

/// The civil date is a real one and the clock shows 00:00:00 to 23:59:59.
[[nodiscard]] constexpr bool is_valid(const civil_time& time) noexcept;

/// The wall clock of `zone` at `at`, milliseconds cut off.
[[nodiscard]] constexpr civil_time to_civil(instant at, fixed_zone zone) noexcept;

/// Errors: `out_of_range` when the civil time does not exist.
[[nodiscard]] constexpr result<instant> to_instant(const civil_time& time,
                                                   fixed_zone zone) noexcept;

/// Midnight in `zone` of the day that `at` falls on.
[[nodiscard]] constexpr instant start_of_day(instant at, fixed_zone zone) noexcept;
/// Midnight of the first day of the calendar month that `at` falls on.
[[nodiscard]] constexpr instant start_of_month(instant at, fixed_zone zone) noexcept;
/// Midnight of the first day of the following calendar month.
[[nodiscard]] constexpr instant start_of_next_month(instant at, fixed_zone zone) noexcept;
/// The last multiple of `step` since the epoch that is not after `at`.
[[nodiscard]] constexpr instant floor_to(instant at, duration step) noexcept;

/// ISO 8601 text kept inside the object, "2026-01-01T00:00:00+08:00".
struct time_text {
    std::array<char, 40> data{};
    std::size_t size = 0;
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {data.data(), size}; }
};

/// ISO 8601 with offset; milliseconds only where they are not zero. Years 0000 to 9999.
[[nodiscard]] constexpr time_text iso8601(instant at, fixed_zone zone) noexcept;

/// Strict ISO 8601 "YYYY-MM-DDThh:mm:ss[.mmm](Z|+hh:mm|-hh:mm)".
/// Errors: `syntax`, `out_of_range` (no such date or time).
[[nodiscard]] constexpr result<instant> parse_iso8601(std::string_view text) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

/// `count` decimal digits of `text` from `from`, or -1.
constexpr int digits(std::string_view text, std::size_t from, std::size_t count) noexcept
{
    if (from + count > text.size()) return -1;
    int value = 0;
    for (std::size_t i = from; i < from + count; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

constexpr void put(time_text& out, int value, int width) noexcept
{
    for (int i = width - 1; i >= 0; --i) {
        out.data[out.size + static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    out.size += static_cast<std::size_t>(width);
}

constexpr void put(time_text& out, char c) noexcept { out.data[out.size++] = c; }

}  // namespace detail

constexpr result<fixed_zone> fixed_zone::parse(std::string_view text) noexcept
{
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') {
        return fail(errc::syntax);
    }
    const int hours = detail::digits(text, 1, 2);
    const int minutes = detail::digits(text, 4, 2);
    if (hours < 0 || minutes < 0) return fail(errc::syntax);
    if (hours > 18 || minutes > 59) return fail(errc::out_of_range);
    const int total = hours * 60 + minutes;
    return fixed_zone{std::chrono::minutes{text[0] == '-' ? -total : total}};
}

constexpr bool is_valid(const civil_time& time) noexcept
{
    namespace ch = std::chrono;
    const ch::year_month_day date{ch::year{time.year}, ch::month{time.month}, ch::day{time.day}};
    return date.ok() && time.hour < 24 && time.minute < 60 && time.second < 60;
}

constexpr civil_time to_civil(instant at, fixed_zone zone) noexcept
{
    namespace ch = std::chrono;
    const instant local = at + zone.offset;
    const auto day = ch::floor<ch::days>(local);
    const ch::year_month_day date{day};
    const auto clock = ch::floor<ch::seconds>(local - day).count();
    return {static_cast<std::int16_t>(static_cast<int>(date.year())),
            static_cast<std::uint8_t>(static_cast<unsigned>(date.month())),
            static_cast<std::uint8_t>(static_cast<unsigned>(date.day())),
            static_cast<std::uint8_t>(clock / 3600),
            static_cast<std::uint8_t>(clock / 60 % 60),
            static_cast<std::uint8_t>(clock % 60)};
}

constexpr result<instant> to_instant(const civil_time& time, fixed_zone zone) noexcept
{
    namespace ch = std::chrono;
    if (!is_valid(time)) return fail(errc::out_of_range);
    const ch::sys_days day{
        ch::year_month_day{ch::year{time.year}, ch::month{time.month}, ch::day{time.day}}};
    return instant{day} + ch::hours{time.hour} + ch::minutes{time.minute} +
           ch::seconds{time.second} - zone.offset;
}

constexpr instant start_of_day(instant at, fixed_zone zone) noexcept
{
    return instant{std::chrono::floor<std::chrono::days>(at + zone.offset)} - zone.offset;
}

constexpr instant start_of_month(instant at, fixed_zone zone) noexcept
{
    namespace ch = std::chrono;
    const ch::year_month_day date{ch::floor<ch::days>(at + zone.offset)};
    return instant{ch::sys_days{date.year() / date.month() / ch::day{1}}} - zone.offset;
}

constexpr instant start_of_next_month(instant at, fixed_zone zone) noexcept
{
    namespace ch = std::chrono;
    const ch::year_month_day date{ch::floor<ch::days>(at + zone.offset)};
    const ch::year_month next = date.year() / date.month() + ch::months{1};
    return instant{ch::sys_days{next / ch::day{1}}} - zone.offset;
}

constexpr instant floor_to(instant at, duration step) noexcept
{
    auto rest = at.time_since_epoch() % step;
    if (rest < duration::zero()) rest += step;
    return at - rest;
}

constexpr time_text iso8601(instant at, fixed_zone zone) noexcept
{
    const civil_time t = to_civil(at, zone);
    time_text out;
    detail::put(out, t.year, 4);
    detail::put(out, '-');
    detail::put(out, t.month, 2);
    detail::put(out, '-');
    detail::put(out, t.day, 2);
    detail::put(out, 'T');
    detail::put(out, t.hour, 2);
    detail::put(out, ':');
    detail::put(out, t.minute, 2);
    detail::put(out, ':');
    detail::put(out, t.second, 2);
    if (const auto ms = (at - floor_to(at, duration{1000})).count(); ms != 0) {
        detail::put(out, '.');
        detail::put(out, static_cast<int>(ms), 3);
    }
    const auto offset = static_cast<int>(zone.offset.count());
    detail::put(out, offset < 0 ? '-' : '+');
    detail::put(out, (offset < 0 ? -offset : offset) / 60, 2);
    detail::put(out, ':');
    detail::put(out, (offset < 0 ? -offset : offset) % 60, 2);
    return out;
}

constexpr result<instant> parse_iso8601(std::string_view text) noexcept
{
    using detail::digits;
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
        text[13] != ':' || text[16] != ':') {
        return fail(errc::syntax);
    }
    const int year = digits(text, 0, 4);
    const int month = digits(text, 5, 2);
    const int day = digits(text, 8, 2);
    const int hour = digits(text, 11, 2);
    const int minute = digits(text, 14, 2);
    const int second = digits(text, 17, 2);
    if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) {
        return fail(errc::syntax);
    }
    std::size_t next = 19;
    duration ms{0};
    if (text[next] == '.') {
        const int value = digits(text, next + 1, 3);
        if (value < 0) return fail(errc::syntax);
        ms = duration{value};
        next += 4;
    }
    fixed_zone zone;
    if (text.substr(next) != "Z") {
        const auto offset = fixed_zone::parse(text.substr(next));
        if (!offset) return fail(offset.error());
        zone = *offset;
    }
    const civil_time civil{static_cast<std::int16_t>(year),  static_cast<std::uint8_t>(month),
                           static_cast<std::uint8_t>(day),   static_cast<std::uint8_t>(hour),
                           static_cast<std::uint8_t>(minute), static_cast<std::uint8_t>(second)};
    const auto at = to_instant(civil, zone);
    if (!at) return fail(at.error());
    return *at + ms;
}

}  // namespace wattpurse
