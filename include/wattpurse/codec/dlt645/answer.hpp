// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/baud.hpp>
#include <wattpurse/codec/dlt645/control.hpp>
#include <wattpurse/codec/dlt645/credentials.hpp>
#include <wattpurse/codec/dlt645/data_id.hpp>
#include <wattpurse/codec/dlt645/error_word.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/request.hpp>

namespace wattpurse::codec::dlt645 {

/// What a meter answers, edition 2007. Error of those that can fail: `too_long` for more DATA
/// than `send_limits` allow.

// ---- Reading ---------------------------------------------------------------------------------

/// 91, or B1 when there is `more` to be read with 12: the identifier and its value. A load record
/// without a match has no value.
[[nodiscard]] constexpr result<frame> read_answer(const address& meter, data_id id,
                                                  byte_span value, bool more = false,
                                                  send_limits limits = {}) noexcept;
/// 92, or B2 when there is `more`: the next part, with the sequence number that was asked for.
[[nodiscard]] constexpr result<frame> follow_answer(const address& meter, data_id id,
                                                    byte_span value, std::uint8_t sequence,
                                                    bool more = false,
                                                    send_limits limits = {}) noexcept;
/// 93: the address, in the frame's head and again in DATA.
[[nodiscard]] constexpr frame read_address_answer(const address& meter) noexcept;

// ---- Setting and clearing --------------------------------------------------------------------

/// 94, nothing in it.
[[nodiscard]] constexpr frame write_answer(const address& meter) noexcept;
/// 95, from the new address.
[[nodiscard]] constexpr frame write_address_answer(const address& fresh) noexcept;
/// 96
[[nodiscard]] constexpr frame freeze_answer(const address& meter) noexcept;
/// 97 at the old rate, with the new one in it.
[[nodiscard]] constexpr frame change_baud_answer(const address& meter, baud_rate rate) noexcept;
/// 98: the new level and password, as the standard wants it.
[[nodiscard]] constexpr frame change_password_answer(const address& meter,
                                                     const credentials& fresh) noexcept;
/// 99, 9A, 9B
[[nodiscard]] constexpr frame clear_demand_answer(const address& meter) noexcept;
[[nodiscard]] constexpr frame clear_meter_answer(const address& meter) noexcept;
[[nodiscard]] constexpr frame clear_events_answer(const address& meter) noexcept;

// ---- Control and security --------------------------------------------------------------------

/// 9C: the command was taken. Whether the relay moved is read from status word 3.
[[nodiscard]] constexpr frame control_answer(const address& meter) noexcept;
/// 9C with one or two bytes of state, as some meters send; `too_long` for more.
[[nodiscard]] constexpr result<frame> control_answer(const address& meter,
                                                     byte_span state) noexcept;
/// 9D with the signal that was asked for.
[[nodiscard]] constexpr frame output_answer(const address& meter, output_signal signal) noexcept;
/// 83: the identifier and what the security chip made of it.
[[nodiscard]] constexpr result<frame> security_answer(const address& meter, data_id id,
                                                      byte_span data,
                                                      send_limits limits = {}) noexcept;

// ---- Refusing --------------------------------------------------------------------------------

/// D1, DC and so on: the meter's refusal of `request`, with the error word, or without any as
/// some meters do.
[[nodiscard]] constexpr frame refusal(const address& meter, const frame& request,
                                      error_bit why) noexcept;
[[nodiscard]] constexpr frame refusal(const address& meter, const frame& request) noexcept;
/// The same with a word of two bytes, low byte first (DC of some meters).
[[nodiscard]] constexpr frame refusal_of_word(const address& meter, const frame& request,
                                              std::uint16_t word) noexcept;
/// C3: SERR, bits of `security_error_bit`.
[[nodiscard]] constexpr frame security_refusal(const address& meter, std::uint16_t serr) noexcept;
[[nodiscard]] constexpr frame security_refusal(const address& meter,
                                               security_error_bit why) noexcept;
/// C3 with a single byte that is an ERR, as real vendor meters answer.
[[nodiscard]] constexpr frame security_refusal(const address& meter, error_bit why) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

/// A frame from the meter with nothing in it.
[[nodiscard]] constexpr frame acknowledgement(const address& meter, function what) noexcept
{
    return head(meter, what, frame::from_meter_bit);
}

[[nodiscard]] constexpr std::uint8_t more_bit(bool more) noexcept
{
    return static_cast<std::uint8_t>(frame::from_meter_bit | (more ? frame::follow_bit : 0U));
}

}  // namespace detail

constexpr result<frame> read_answer(const address& meter, data_id id, byte_span value, bool more,
                                    send_limits limits) noexcept
{
    frame out = detail::head(meter, function::read, detail::more_bit(more));
    detail::append_id(out, id);
    return detail::append_within(out, value, limits.read);
}

constexpr result<frame> follow_answer(const address& meter, data_id id, byte_span value,
                                      std::uint8_t sequence, bool more,
                                      send_limits limits) noexcept
{
    frame out = detail::head(meter, function::read_follow, detail::more_bit(more));
    detail::append_id(out, id);
    if (limits.read == 0) {
        return fail(errc::too_long);
    }
    auto filled = detail::append_within(out, value, static_cast<std::uint8_t>(limits.read - 1));
    if (filled) {
        detail::append_byte(*filled, sequence);
    }
    return filled;
}

constexpr frame read_address_answer(const address& meter) noexcept
{
    frame out = detail::acknowledgement(meter, function::read_address);
    detail::append_known(out, meter.wire);
    return out;
}

constexpr frame write_answer(const address& meter) noexcept
{
    return detail::acknowledgement(meter, function::write);
}

constexpr frame write_address_answer(const address& fresh) noexcept
{
    return detail::acknowledgement(fresh, function::write_address);
}

constexpr frame freeze_answer(const address& meter) noexcept
{
    return detail::acknowledgement(meter, function::freeze);
}

constexpr frame change_baud_answer(const address& meter, baud_rate rate) noexcept
{
    frame out = detail::acknowledgement(meter, function::change_baud);
    detail::append_byte(out, static_cast<std::uint8_t>(rate));
    return out;
}

constexpr frame change_password_answer(const address& meter, const credentials& fresh) noexcept
{
    frame out = detail::acknowledgement(meter, function::change_password);
    detail::append_password(out, fresh);
    return out;
}

constexpr frame clear_demand_answer(const address& meter) noexcept
{
    return detail::acknowledgement(meter, function::clear_demand);
}

constexpr frame clear_meter_answer(const address& meter) noexcept
{
    return detail::acknowledgement(meter, function::clear_meter);
}

constexpr frame clear_events_answer(const address& meter) noexcept
{
    return detail::acknowledgement(meter, function::clear_events);
}

constexpr frame control_answer(const address& meter) noexcept
{
    return detail::acknowledgement(meter, function::control);
}

constexpr result<frame> control_answer(const address& meter, byte_span state) noexcept
{
    return detail::append_within(control_answer(meter), state, 2);
}

constexpr frame output_answer(const address& meter, output_signal signal) noexcept
{
    frame out = detail::acknowledgement(meter, function::output);
    detail::append_byte(out, static_cast<std::uint8_t>(signal));
    return out;
}

constexpr result<frame> security_answer(const address& meter, data_id id, byte_span data,
                                        send_limits limits) noexcept
{
    frame out = detail::acknowledgement(meter, function::security);
    detail::append_id(out, id);
    return detail::append_within(out, data, limits.read);
}

constexpr frame refusal(const address& meter, const frame& request) noexcept
{
    return detail::head(meter, static_cast<std::uint8_t>(request.function() |
                                                         frame::from_meter_bit |
                                                         frame::abnormal_bit));
}

constexpr frame refusal(const address& meter, const frame& request, error_bit why) noexcept
{
    frame out = refusal(meter, request);
    detail::append_byte(out, static_cast<std::uint8_t>(why));
    return out;
}

constexpr frame refusal_of_word(const address& meter, const frame& request,
                                std::uint16_t word) noexcept
{
    frame out = refusal(meter, request);
    detail::append_byte(out, static_cast<std::uint8_t>(word & 0xFFU));
    detail::append_byte(out, static_cast<std::uint8_t>(word >> 8U));
    return out;
}

constexpr frame security_refusal(const address& meter, std::uint16_t serr) noexcept
{
    return refusal_of_word(meter, detail::head(meter, function::security), serr);
}

constexpr frame security_refusal(const address& meter, security_error_bit why) noexcept
{
    return security_refusal(meter, static_cast<std::uint16_t>(why));
}

constexpr frame security_refusal(const address& meter, error_bit why) noexcept
{
    return refusal(meter, detail::head(meter, function::security), why);
}

}  // namespace wattpurse::codec::dlt645
