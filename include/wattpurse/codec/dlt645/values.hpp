// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/bcd.hpp>
#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/quantity.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>

namespace wattpurse::codec::dlt645 {

/// Fields of DATA as values and back: packed BCD, low byte first.
///
/// Errors of all readers here: `not_available` where every byte is FF (the meter has no such
/// value), `not_bcd`, `out_of_range` where the size or the content does not fit the field.

/// Every byte is FF: the value is missing.
[[nodiscard]] constexpr bool is_missing(byte_span field) noexcept
{
    for (const std::uint8_t byte : field) {
        if (byte != 0xFF) {
            return false;
        }
    }
    return !field.empty();
}

namespace detail {

/// Why a field that is no number is none. FF is no BCD, so that nobody needs to ask before.
[[nodiscard]] constexpr errc why_no_number(byte_span field) noexcept
{
    return is_missing(field) ? errc::not_available : errc::not_bcd;
}

}  // namespace detail

/// A number without sign, one to eight bytes.
[[nodiscard]] constexpr result<std::int64_t> read_unsigned(byte_span field) noexcept
{
    if (field.empty() || field.size() > 8) {
        return fail(errc::out_of_range);
    }
    const std::uint64_t value = wattpurse::detail::decimal_of(field);
    if (value == wattpurse::detail::no_decimal) {
        return fail(detail::why_no_number(field));
    }
    return static_cast<std::int64_t>(value);
}

/// A number whose sign is the top bit of its highest digit (combined active energy, power,
/// current, power factor, temperature: DL/T 645-2007, notes of annex A). One to eight bytes.
[[nodiscard]] constexpr result<std::int64_t> read_signed(byte_span field) noexcept
{
    constexpr std::uint8_t sign_bit = 0x80;
    if (field.empty() || field.size() > 8) {
        return fail(errc::out_of_range);
    }
    const std::uint64_t value = wattpurse::detail::decimal_of(field, sign_bit - 1);
    if (value == wattpurse::detail::no_decimal) {
        return fail(detail::why_no_number(field));
    }
    const auto magnitude = static_cast<std::int64_t>(value);
    return (field.back() & sign_bit) != 0 ? -magnitude : magnitude;
}

/// An energy register without sign, XXXXXX.XX kWh in four bytes (正向有功电能).
[[nodiscard]] constexpr result<energy> read_energy(byte_span field) noexcept
{
    if (field.size() != 4) {
        return fail(errc::out_of_range);
    }
    const std::uint64_t hundredths = wattpurse::detail::decimal_of(field);
    if (hundredths == wattpurse::detail::no_decimal) {
        return fail(detail::why_no_number(field));
    }
    return energy::of(static_cast<std::int64_t>(hundredths) * 100);
}

/// The reverse of `read_energy`. Errors: `inexact` (not whole hundredths of a kWh),
/// `out_of_range` (negative, or 1000000.00 kWh and more).
[[nodiscard]] constexpr result<void> write_energy(energy value,
                                                  std::span<std::uint8_t, 4> out) noexcept
{
    if (value.is_negative()) {
        return fail(errc::out_of_range);
    }
    if (value.mantissa() % 100 != 0) {
        return fail(errc::inexact);
    }
    return to_bcd(static_cast<std::uint64_t>(value.mantissa() / 100), out);
}

namespace detail {

/// Civil time of BCD bytes mm hh DD MM YY behind a BCD second; years 2000 to 2099.
[[nodiscard]] constexpr result<civil_time> read_civil(std::uint8_t second,
                                                      byte_span minute_to_year) noexcept
{
    std::uint8_t values[5]{};
    for (std::size_t i = 0; i < 5; ++i) {
        const auto value = from_bcd_byte(minute_to_year[i]);
        if (!value) {
            return fail(value.error());
        }
        values[i] = *value;
    }
    const auto seconds = from_bcd_byte(second);
    if (!seconds) {
        return fail(seconds.error());
    }
    const civil_time time{static_cast<std::int16_t>(2000 + values[4]),
                          values[3], values[2], values[1], values[0], *seconds};
    if (!is_valid(time)) {
        return fail(errc::out_of_range);
    }
    return time;
}

[[nodiscard]] constexpr std::uint8_t bcd_of(unsigned value) noexcept
{
    return static_cast<std::uint8_t>(value / 10 * 16 + value % 10);
}

}  // namespace detail

/// ss mm hh DD MM YY, six bytes: broadcast time, valid-until of a control command.
[[nodiscard]] constexpr result<civil_time> read_seconds(byte_span field) noexcept
{
    if (field.size() != 6) {
        return fail(errc::out_of_range);
    }
    return is_missing(field) ? result<civil_time>{fail(errc::not_available)}
                             : detail::read_civil(field[0], field.subspan(1));
}

/// mm hh DD MM YY, five bytes: time of a freeze.
[[nodiscard]] constexpr result<civil_time> read_minutes(byte_span field) noexcept
{
    if (field.size() != 5) {
        return fail(errc::out_of_range);
    }
    return is_missing(field) ? result<civil_time>{fail(errc::not_available)}
                             : detail::read_civil(0, field);
}

/// The reverse of `read_minutes`; seconds are left out. `out_of_range` outside 2000 to 2099 or
/// where there is no such time.
[[nodiscard]] constexpr result<void> write_minutes(const civil_time& time,
                                                   std::span<std::uint8_t, 5> out) noexcept
{
    if (!is_valid(time) || time.year < 2000 || time.year > 2099) {
        return fail(errc::out_of_range);
    }
    out[0] = detail::bcd_of(time.minute);
    out[1] = detail::bcd_of(time.hour);
    out[2] = detail::bcd_of(time.day);
    out[3] = detail::bcd_of(time.month);
    out[4] = detail::bcd_of(static_cast<unsigned>(time.year - 2000));
    return {};
}

/// The reverse of `read_seconds`, with the same limits as `write_minutes`.
[[nodiscard]] constexpr result<void> write_seconds(const civil_time& time,
                                                   std::span<std::uint8_t, 6> out) noexcept
{
    out[0] = detail::bcd_of(time.second % 60U);
    return write_minutes(time, out.subspan<1, 5>());
}

}  // namespace wattpurse::codec::dlt645
