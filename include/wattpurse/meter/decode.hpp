// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/decimal.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/codec/dlt645/values.hpp>
#include <wattpurse/meter/profile.hpp>
#include <wattpurse/meter/status.hpp>
#include <wattpurse/model/reading.hpp>

namespace wattpurse::meter {

/// Answers of a meter as values. Errors of all of them:
/// `not_found` - the frame is a refusal, or answers something else than what the function reads;
/// `out_of_range` - DATA has not the length, or a field not the content, that the profile says;
/// `not_bcd`, `not_available` (FF bytes).

/// The registers of an energy block, present or of a daily freeze: total, then T1 to T4.
/// Registers are unsigned; total and tariffs are not checked against each other here.
[[nodiscard]] constexpr result<register_set> registers(
    const profile& kind, const codec::dlt645::frame& answer) noexcept;

/// The moment of a daily freeze. `not_available` also where the record is empty (all zero).
[[nodiscard]] constexpr result<civil_time> freeze_time(
    const profile& kind, const codec::dlt645::frame& answer) noexcept;

/// Status word 3: the relay as it is.
[[nodiscard]] constexpr result<status_word_3> status(
    const profile& kind, const codec::dlt645::frame& answer) noexcept;

/// The meter's clock from the answers for date (04000101) and time (04000102). Between the two
/// midnight may pass: ask for the time again when it is close.
[[nodiscard]] constexpr result<civil_time> clock(
    const profile& kind, const codec::dlt645::frame& date_answer,
    const codec::dlt645::frame& time_answer) noexcept;

/// What the meter believes is left in its own purse (剩余金额), currency unit at 10^-2.
[[nodiscard]] constexpr result<decimal<2>> remaining_money(
    const profile& kind, const codec::dlt645::frame& answer) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

/// The value of a read answer for exactly that identifier.
[[nodiscard]] constexpr result<byte_span> value_of(const codec::dlt645::frame& answer,
                                                   codec::dlt645::data_id wanted) noexcept
{
    const auto read = codec::dlt645::parse_read_answer(answer);
    if (!read) {
        return fail(read.error());
    }
    if (read->id != wanted) {
        return fail(errc::not_found);
    }
    return read->value;
}

/// Present block, or record 1 to `depth` of a series.
[[nodiscard]] constexpr bool is_record_of(codec::dlt645::data_id id,
                                          codec::dlt645::data_id series,
                                          std::uint8_t depth) noexcept
{
    const auto k = static_cast<std::uint32_t>(id) - static_cast<std::uint32_t>(series);
    return k >= 1 && k <= depth;
}

[[nodiscard]] constexpr bool is_all_zero(byte_span bytes) noexcept
{
    for (const std::uint8_t byte : bytes) {
        if (byte != 0) {
            return false;
        }
    }
    return true;
}

}  // namespace detail

constexpr result<register_set> registers(const profile& kind,
                                         const codec::dlt645::frame& answer) noexcept
{
    const auto read = codec::dlt645::parse_read_answer(answer);
    if (!read) {
        return fail(read.error());
    }
    if (read->id != kind.energy_block &&
        !detail::is_record_of(read->id, kind.freeze_energy, kind.freeze_depth)) {
        return fail(errc::not_found);
    }
    if (kind.tariff_count > tariff_count || read->value.size() != 4U * (1U + kind.tariff_count)) {
        return fail(errc::out_of_range);
    }
    register_set out;
    for (std::size_t i = 0; i <= kind.tariff_count; ++i) {
        const auto value = codec::dlt645::read_energy(read->value.subspan(4 * i, 4));
        if (!value) {
            return fail(value.error());
        }
        if (*value >= kind.register_capacity) {
            return fail(errc::out_of_range);
        }
        (i == 0 ? out.total : out.tariff[i - 1]) = *value;
    }
    return out;
}

constexpr result<civil_time> freeze_time(const profile& kind,
                                         const codec::dlt645::frame& answer) noexcept
{
    const auto read = codec::dlt645::parse_read_answer(answer);
    if (!read) {
        return fail(read.error());
    }
    if (!detail::is_record_of(read->id, kind.freeze_time, kind.freeze_depth)) {
        return fail(errc::not_found);
    }
    if (read->value.size() == 5 && detail::is_all_zero(read->value)) {
        return fail(errc::not_available);
    }
    return codec::dlt645::read_minutes(read->value);
}

constexpr result<status_word_3> status(const profile& kind,
                                       const codec::dlt645::frame& answer) noexcept
{
    const auto value = detail::value_of(answer, kind.status_word_3);
    if (!value) {
        return fail(value.error());
    }
    if (value->size() != 2) {
        return fail(errc::out_of_range);
    }
    if (codec::dlt645::is_missing(*value)) {
        return fail(errc::not_available);
    }
    return status_word_3{
        static_cast<std::uint16_t>((*value)[0] | static_cast<unsigned>((*value)[1]) << 8U)};
}

constexpr result<civil_time> clock(const profile& kind, const codec::dlt645::frame& date_answer,
                                   const codec::dlt645::frame& time_answer) noexcept
{
    const auto date = detail::value_of(date_answer, kind.date);
    const auto time = detail::value_of(time_answer, kind.time);
    if (!date || !time) {
        return fail(date ? time.error() : date.error());
    }
    if (date->size() != 4 || time->size() != 3) {
        return fail(errc::out_of_range);
    }
    // WW DD MM YY and ss mm hh; the weekday follows from the date and is not looked at.
    const std::uint8_t bytes[6]{(*time)[0], (*time)[1], (*time)[2],
                                (*date)[1], (*date)[2], (*date)[3]};
    return codec::dlt645::read_seconds(bytes);
}

constexpr result<decimal<2>> remaining_money(const profile& kind,
                                             const codec::dlt645::frame& answer) noexcept
{
    const auto value = detail::value_of(answer, kind.remaining_money);
    if (!value) {
        return fail(value.error());
    }
    if (value->size() != 4) {
        return fail(errc::out_of_range);
    }
    const auto hundredths = codec::dlt645::read_unsigned(*value);
    if (!hundredths) {
        return fail(hundredths.error());
    }
    return decimal<2>::of(*hundredths);
}

}  // namespace wattpurse::meter
