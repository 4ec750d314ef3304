// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/credentials.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/values.hpp>

namespace wattpurse::codec::dlt645 {

/// Function codes, bits D4..D0 of the control byte (DL/T 645-2007, 5.2.3). `control` is not in
/// the published standard but in the State Grid filing document (备案文件).
enum class function : std::uint8_t {
    broadcast_time = 0x08,
    read = 0x11,
    read_follow = 0x12,
    read_address = 0x13,
    control = 0x1C,
};

/// Data identifier, DI3 DI2 DI1 DI0 as written in the standard; DI0 is sent first.
enum class data_id : std::uint32_t {
    forward_active_total = 0x00010000,  ///< 正向有功总电能
    forward_active_block = 0x0001FF00,  ///< total and the tariffs that are set
    remaining_money = 0x00900200,       ///< 剩余金额
    overdraft_money = 0x00900201,       ///< 透支金额
    date_and_weekday = 0x04000101,      ///< 日期及星期
    time_of_day = 0x04000102,           ///< 时间
    date_and_time = 0x0400010C,         ///< 日期时间, filing document
    status_word_3 = 0x04000503,         ///< 运行状态字 3
    daily_freeze_time = 0x05060000,     ///< + k: time of the last but (k - 1) daily freeze
    daily_freeze_energy = 0x05060100,   ///< + k: its forward active block
};

/// The same series `k` records back; 1 is the latest.
[[nodiscard]] constexpr data_id nth(data_id series, std::uint8_t k) noexcept
{
    return static_cast<data_id>(static_cast<std::uint32_t>(series) + k);
}

/// What a control command (1C) does, its byte N1.
enum class control_code : std::uint8_t {
    trip = 0x1A,               ///< 跳闸
    permit = 0x1B,             ///< 合闸允许
    close = 0x1C,              ///< 直接合闸
    keep_power = 0x3A,         ///< 保电
    end_of_keep_power = 0x3B,  ///< 保电解除
};

/// Bits of the error word of an abnormal answer (DL/T 645-2007, annex C).
enum class error_bit : std::uint8_t {
    other = 0x01,
    no_requested_data = 0x02,
    password = 0x04,
    baud_rate = 0x08,
    year_zones = 0x10,
    day_periods = 0x20,
    tariffs = 0x40,
};

// ---- What a master asks ----------------------------------------------------------------------

/// Read one identifier or block (11).
[[nodiscard]] constexpr frame read_request(const address& meter, data_id id) noexcept;
/// Ask the only meter on the line for its address (13).
[[nodiscard]] constexpr frame read_address_request() noexcept;
/// Set all clocks (08): ss mm hh DD MM YY. Meters follow by at most 5 minutes, once a day.
/// `out_of_range` outside 2000 to 2099.
[[nodiscard]] constexpr result<frame> broadcast_time_request(const civil_time& now) noexcept;
/// Relay and keep-power commands (1C), plain text. The meter refuses once its clock is past
/// `valid_until`. `out_of_range` outside 2000 to 2099.
[[nodiscard]] constexpr result<frame> control_request(const address& meter, control_code code,
                                                      const civil_time& valid_until,
                                                      const credentials& who) noexcept;

// ---- What a meter answers --------------------------------------------------------------------

/// 91: the identifier and its value. `too_long` over 251 bytes.
[[nodiscard]] constexpr result<frame> read_answer(const address& meter, data_id id,
                                                  byte_span value) noexcept;
/// 93: the address, in the frame's head and again in DATA.
[[nodiscard]] constexpr frame read_address_answer(const address& meter) noexcept;
/// 9C: the command was taken. Whether the relay moved is read from status word 3.
[[nodiscard]] constexpr frame control_answer(const address& meter) noexcept;
/// D1, DC and so on: the meter's refusal of `request`.
[[nodiscard]] constexpr frame refusal(const address& meter, const frame& request,
                                      error_bit why) noexcept;

// ---- Reading both ----------------------------------------------------------------------------

/// The first four bytes of DATA; `empty` when there are fewer.
[[nodiscard]] constexpr result<data_id> parse_data_id(const frame& from) noexcept;

/// Identifier and value of a 91 or B1.
struct read_value {
    data_id id{};
    byte_span value;  ///< lies within the frame
};

/// `not_found` when the frame is no normal answer to a read, `empty` without an identifier.
[[nodiscard]] constexpr result<read_value> parse_read_answer(const frame& from) noexcept;
result<read_value> parse_read_answer(const frame&&) = delete;

/// The address that a 93 tells; `not_found`, `out_of_range` (not six bytes).
[[nodiscard]] constexpr result<address> parse_address_answer(const frame& from) noexcept;

/// The time of an 08; `not_found`, and the errors of `read_seconds`.
[[nodiscard]] constexpr result<civil_time> parse_broadcast_time(const frame& from) noexcept;

/// A 1C as the meter reads it.
struct control_order {
    credentials who;
    std::uint8_t code = 0;    ///< N1, see `control_code`
    std::uint8_t detail = 0;  ///< N2
    civil_time valid_until;
};

/// `not_found`, `out_of_range` (not the sixteen bytes of plain text), and those of
/// `read_seconds`.
[[nodiscard]] constexpr result<control_order> parse_control(const frame& from) noexcept;

/// The error word of an abnormal answer, its first two bytes low byte first (meters send one or
/// two, some none: then 0). `not_found` when the frame is not abnormal.
[[nodiscard]] constexpr result<std::uint16_t> parse_error_word(const frame& from) noexcept;

/// The meaning of one bit of an error word.
[[nodiscard]] constexpr std::string_view to_string(error_bit bit) noexcept;
/// "trip", "permit" ...; "unknown" for a code that is none of them.
[[nodiscard]] constexpr std::string_view to_string(control_code code) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

[[nodiscard]] constexpr frame head(const address& meter, function what,
                                   std::uint8_t direction = 0) noexcept
{
    frame out;
    out.address = meter;
    out.control = static_cast<std::uint8_t>(static_cast<unsigned>(what) | direction);
    return out;
}

constexpr void append_known(frame& to, byte_span bytes) noexcept
{
    const auto done = to.append(bytes);
    WATTPURSE_ASSERT(done.has_value());
}

constexpr void append_id(frame& to, data_id id) noexcept
{
    const auto value = static_cast<std::uint32_t>(id);
    const std::array<std::uint8_t, 4> bytes{
        static_cast<std::uint8_t>(value & 0xFFU), static_cast<std::uint8_t>(value >> 8U & 0xFFU),
        static_cast<std::uint8_t>(value >> 16U & 0xFFU), static_cast<std::uint8_t>(value >> 24U)};
    append_known(to, bytes);
}

[[nodiscard]] constexpr bool is(const frame& what, function which, bool from_meter) noexcept
{
    return what.function() == static_cast<std::uint8_t>(which) &&
           what.is_from_meter() == from_meter && !what.is_abnormal();
}

}  // namespace detail

constexpr frame read_request(const address& meter, data_id id) noexcept
{
    frame out = detail::head(meter, function::read);
    detail::append_id(out, id);
    return out;
}

constexpr frame read_address_request() noexcept
{
    return detail::head(address::wildcard(), function::read_address);
}

constexpr result<frame> broadcast_time_request(const civil_time& now) noexcept
{
    frame out = detail::head(address::broadcast(), function::broadcast_time);
    std::array<std::uint8_t, 6> bytes{};
    if (const auto written = write_seconds(now, bytes); !written) {
        return fail(written.error());
    }
    detail::append_known(out, bytes);
    return out;
}

constexpr result<frame> control_request(const address& meter, control_code code,
                                        const civil_time& valid_until,
                                        const credentials& who) noexcept
{
    std::array<std::uint8_t, 16> bytes{};
    const std::span<std::uint8_t, 16> data{bytes};
    who.write_to(data.first<8>());
    bytes[8] = static_cast<std::uint8_t>(code);
    if (const auto written = write_seconds(valid_until, data.last<6>()); !written) {
        return fail(written.error());
    }
    frame out = detail::head(meter, function::control);
    detail::append_known(out, bytes);
    return out;
}

constexpr result<frame> read_answer(const address& meter, data_id id, byte_span value) noexcept
{
    frame out = detail::head(meter, function::read, frame::from_meter_bit);
    detail::append_id(out, id);
    if (const auto done = out.append(value); !done) {
        return fail(done.error());
    }
    return out;
}

constexpr frame read_address_answer(const address& meter) noexcept
{
    frame out = detail::head(meter, function::read_address, frame::from_meter_bit);
    detail::append_known(out, meter.wire);
    return out;
}

constexpr frame control_answer(const address& meter) noexcept
{
    return detail::head(meter, function::control, frame::from_meter_bit);
}

constexpr frame refusal(const address& meter, const frame& request, error_bit why) noexcept
{
    frame out;
    out.address = meter;
    out.control = static_cast<std::uint8_t>(request.function() | frame::from_meter_bit |
                                            frame::abnormal_bit);
    const std::array<std::uint8_t, 1> word{static_cast<std::uint8_t>(why)};
    detail::append_known(out, word);
    return out;
}

constexpr result<data_id> parse_data_id(const frame& from) noexcept
{
    if (from.length < 4) {
        return fail(errc::empty);
    }
    return static_cast<data_id>(from.data[0] | static_cast<std::uint32_t>(from.data[1]) << 8U |
                                static_cast<std::uint32_t>(from.data[2]) << 16U |
                                static_cast<std::uint32_t>(from.data[3]) << 24U);
}

constexpr result<read_value> parse_read_answer(const frame& from) noexcept
{
    if (!detail::is(from, function::read, true)) {
        return fail(errc::not_found);
    }
    const auto id = parse_data_id(from);
    if (!id) {
        return fail(id.error());
    }
    return read_value{*id, from.payload().subspan(4)};
}

constexpr result<address> parse_address_answer(const frame& from) noexcept
{
    if (!detail::is(from, function::read_address, true)) {
        return fail(errc::not_found);
    }
    address out;
    if (from.length != out.wire.size()) {
        return fail(errc::out_of_range);
    }
    for (std::size_t i = 0; i < out.wire.size(); ++i) {
        out.wire[i] = from.data[i];
    }
    return out;
}

constexpr result<civil_time> parse_broadcast_time(const frame& from) noexcept
{
    if (!detail::is(from, function::broadcast_time, false)) {
        return fail(errc::not_found);
    }
    return read_seconds(from.payload());
}

constexpr result<control_order> parse_control(const frame& from) noexcept
{
    if (!detail::is(from, function::control, false)) {
        return fail(errc::not_found);
    }
    if (from.length != 16) {
        return fail(errc::out_of_range);
    }
    const auto who = credentials::from_wire(from.payload().first(8));
    const auto valid_until = read_seconds(from.payload().subspan(10));
    if (!who || !valid_until) {
        return fail(who ? valid_until.error() : who.error());
    }
    return control_order{*who, from.data[8], from.data[9], *valid_until};
}

constexpr result<std::uint16_t> parse_error_word(const frame& from) noexcept
{
    if (!from.is_from_meter() || !from.is_abnormal()) {
        return fail(errc::not_found);
    }
    unsigned word = from.length > 0 ? from.data[0] : 0U;
    word |= from.length > 1 ? static_cast<unsigned>(from.data[1]) << 8U : 0U;
    return static_cast<std::uint16_t>(word);
}

constexpr std::string_view to_string(error_bit bit) noexcept
{
    switch (bit) {
        case error_bit::other: return "other error";
        case error_bit::no_requested_data: return "no requested data";
        case error_bit::password: return "password wrong or not authorised";
        case error_bit::baud_rate: return "baud rate cannot be changed";
        case error_bit::year_zones: return "too many year zones";
        case error_bit::day_periods: return "too many day periods";
        case error_bit::tariffs: return "too many tariffs";
    }
    return "unknown";
}

constexpr std::string_view to_string(control_code code) noexcept
{
    switch (code) {
        case control_code::trip: return "trip";
        case control_code::permit: return "permit";
        case control_code::close: return "close";
        case control_code::keep_power: return "protect";
        case control_code::end_of_keep_power: return "unprotect";
    }
    return "unknown";
}

}  // namespace wattpurse::codec::dlt645
