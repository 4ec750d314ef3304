// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <wattpurse/base/bcd.hpp>
#include <wattpurse/base/decimal.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/codec/dlt645/values.hpp>
#include <wattpurse/meter/profile.hpp>
#include <wattpurse/meter/status.hpp>
#include <wattpurse/model/command.hpp>
#include <wattpurse/model/reading.hpp>

namespace wattpurse::meter {

/// The control command (function 1C) that does what the model asks for.
[[nodiscard]] constexpr codec::dlt645::control_code control_code_of(command_kind kind) noexcept;
/// And back; none for codes the model has no word for.
[[nodiscard]] constexpr std::optional<command_kind> command_kind_of(std::uint8_t code) noexcept;

/// Whether status word 3 shows that a command has done its work. A permitted relay stays open
/// until the customer presses the key: there the command state counts.
[[nodiscard]] constexpr bool confirms(status_word_3 status, command_kind kind) noexcept;

/// What a meter answers, for simulators and gateways that stand in for one. The profile says
/// which identifier belongs to what; the frame is the whole answer.

/// Present registers. Errors of `write_energy`: registers show whole hundredths of a kWh.
[[nodiscard]] constexpr result<codec::dlt645::frame> registers_answer(
    const profile& kind, const codec::dlt645::address& meter, codec::dlt645::data_id id,
    const register_set& registers) noexcept;
/// The time of a freeze; none gives the empty record (all zero).
[[nodiscard]] constexpr result<codec::dlt645::frame> freeze_time_answer(
    const codec::dlt645::address& meter, codec::dlt645::data_id id,
    const std::optional<civil_time>& frozen_at) noexcept;
/// Status word 3.
[[nodiscard]] constexpr codec::dlt645::frame status_answer(
    const profile& kind, const codec::dlt645::address& meter, status_word_3 status) noexcept;
/// Date with weekday (0 is Sunday). `out_of_range` outside 2000 to 2099.
[[nodiscard]] constexpr result<codec::dlt645::frame> date_answer(
    const profile& kind, const codec::dlt645::address& meter, const civil_time& now) noexcept;
/// Time of day.
[[nodiscard]] constexpr result<codec::dlt645::frame> time_answer(
    const profile& kind, const codec::dlt645::address& meter, const civil_time& now) noexcept;
/// Remaining money, 0.00 to 999999.99. `out_of_range`.
[[nodiscard]] constexpr result<codec::dlt645::frame> remaining_money_answer(
    const profile& kind, const codec::dlt645::address& meter, decimal<2> amount) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr codec::dlt645::control_code control_code_of(command_kind kind) noexcept
{
    using codec::dlt645::control_code;
    switch (kind) {
        case command_kind::trip: return control_code::trip;
        case command_kind::permit: return control_code::permit;
        case command_kind::close: return control_code::close;
        case command_kind::protect: return control_code::keep_power;
        case command_kind::unprotect: return control_code::end_of_keep_power;
    }
    return control_code::end_of_keep_power;
}

constexpr std::optional<command_kind> command_kind_of(std::uint8_t code) noexcept
{
    using codec::dlt645::control_code;
    switch (static_cast<control_code>(code)) {
        case control_code::trip: return command_kind::trip;
        case control_code::permit: return command_kind::permit;
        case control_code::close: return command_kind::close;
        case control_code::keep_power: return command_kind::protect;
        case control_code::end_of_keep_power: return command_kind::unprotect;
        case control_code::trip_auto_1:
        case control_code::trip_auto_2:
        case control_code::alarm:
        case control_code::end_of_alarm: break;
    }
    return std::nullopt;
}

constexpr bool confirms(status_word_3 status, command_kind kind) noexcept
{
    switch (kind) {
        case command_kind::trip: return status.relay() == relay_state::open;
        case command_kind::permit: return status.commanded() == relay_state::closed;
        case command_kind::close: return status.relay() == relay_state::closed;
        case command_kind::protect: return status.keep_power();
        case command_kind::unprotect: return !status.keep_power();
    }
    return false;
}

constexpr result<codec::dlt645::frame> registers_answer(const profile& kind,
                                                        const codec::dlt645::address& meter,
                                                        codec::dlt645::data_id id,
                                                        const register_set& registers) noexcept
{
    if (kind.tariff_count > tariff_count) {
        return fail(errc::out_of_range);
    }
    std::array<std::uint8_t, 4 * (1 + tariff_count)> bytes{};
    const std::span<std::uint8_t> out{bytes};
    for (std::size_t i = 0; i <= kind.tariff_count; ++i) {
        const energy value = i == 0 ? registers.total : registers.tariff[i - 1];
        const auto field = out.subspan(4 * i).template first<4>();
        if (const auto written = codec::dlt645::write_energy(value, field); !written) {
            return fail(written.error());
        }
    }
    return codec::dlt645::read_answer(meter, id, out.first(4U * (1U + kind.tariff_count)));
}

constexpr result<codec::dlt645::frame> freeze_time_answer(
    const codec::dlt645::address& meter, codec::dlt645::data_id id,
    const std::optional<civil_time>& frozen_at) noexcept
{
    std::array<std::uint8_t, 5> bytes{};
    if (frozen_at) {
        if (const auto written = codec::dlt645::write_minutes(*frozen_at, bytes); !written) {
            return fail(written.error());
        }
    }
    return codec::dlt645::read_answer(meter, id, bytes);
}

constexpr codec::dlt645::frame status_answer(const profile& kind,
                                             const codec::dlt645::address& meter,
                                             status_word_3 status) noexcept
{
    const std::array<std::uint8_t, 2> bytes{static_cast<std::uint8_t>(status.raw & 0xFFU),
                                            static_cast<std::uint8_t>(status.raw >> 8U)};
    return *codec::dlt645::read_answer(meter, kind.status_word_3, bytes);
}

constexpr result<codec::dlt645::frame> date_answer(const profile& kind,
                                                   const codec::dlt645::address& meter,
                                                   const civil_time& now) noexcept
{
    std::array<std::uint8_t, 5> minutes{};
    if (const auto written = codec::dlt645::write_minutes(now, minutes); !written) {
        return fail(written.error());
    }
    namespace ch = std::chrono;
    const ch::weekday day{ch::sys_days{
        ch::year_month_day{ch::year{now.year}, ch::month{now.month}, ch::day{now.day}}}};
    const std::array<std::uint8_t, 4> bytes{static_cast<std::uint8_t>(day.c_encoding()),
                                            minutes[2], minutes[3], minutes[4]};
    return codec::dlt645::read_answer(meter, kind.date, bytes);
}

constexpr result<codec::dlt645::frame> time_answer(const profile& kind,
                                                   const codec::dlt645::address& meter,
                                                   const civil_time& now) noexcept
{
    std::array<std::uint8_t, 6> bytes{};
    if (const auto written = codec::dlt645::write_seconds(now, bytes); !written) {
        return fail(written.error());
    }
    return codec::dlt645::read_answer(meter, kind.time, byte_span{bytes}.first(3));
}

constexpr result<codec::dlt645::frame> remaining_money_answer(const profile& kind,
                                                              const codec::dlt645::address& meter,
                                                              decimal<2> amount) noexcept
{
    std::array<std::uint8_t, 4> bytes{};
    if (amount.is_negative()) {
        return fail(errc::out_of_range);
    }
    const auto hundredths = static_cast<std::uint64_t>(amount.mantissa());
    if (const auto written = to_bcd(hundredths, bytes); !written) {
        return fail(written.error());
    }
    return codec::dlt645::read_answer(meter, kind.remaining_money, bytes);
}

}  // namespace wattpurse::meter
