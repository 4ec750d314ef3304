// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/answer.hpp>
#include <wattpurse/codec/dlt645/baud.hpp>
#include <wattpurse/codec/dlt645/credentials.hpp>
#include <wattpurse/codec/dlt645/data_id.hpp>
#include <wattpurse/codec/dlt645/error_word.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/request_1997.hpp>

namespace wattpurse::codec::dlt645 {

/// What a meter answers, edition 1997. Error of those that can fail: `too_long` for more DATA
/// than `send_limits` allow.

/// 81, or A1 when there is `more` to be read with 02.
[[nodiscard]] constexpr result<frame> read_answer_1997(const address& meter, data_id_1997 id,
                                                       byte_span value, bool more = false,
                                                       send_limits limits = {}) noexcept;
/// 82, or A2 when there is `more`.
[[nodiscard]] constexpr result<frame> follow_answer_1997(const address& meter, data_id_1997 id,
                                                         byte_span value, bool more = false,
                                                         send_limits limits = {}) noexcept;
/// 83, or A3: the last answer once more.
[[nodiscard]] constexpr result<frame> reread_answer_1997(const address& meter, data_id_1997 id,
                                                         byte_span value, bool more = false,
                                                         send_limits limits = {}) noexcept;
/// 84, nothing in it.
[[nodiscard]] constexpr frame write_answer_1997(const address& meter) noexcept;
/// 8A, from the new address.
[[nodiscard]] constexpr frame write_address_answer_1997(const address& fresh) noexcept;
/// 8C at the old rate: the new one, or that there will be none.
[[nodiscard]] constexpr frame change_baud_answer_1997(const address& meter,
                                                      baud_rate_1997 rate) noexcept;
[[nodiscard]] constexpr frame change_baud_denial_1997(const address& meter) noexcept;
/// 8F: the new level and password.
[[nodiscard]] constexpr frame change_password_answer_1997(const address& meter,
                                                          const credentials& fresh) noexcept;
/// C1, C4 and so on: the meter's refusal of `request`.
[[nodiscard]] constexpr frame refusal_1997(const address& meter, const frame& request,
                                           error_bit_1997 why) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

[[nodiscard]] constexpr result<frame> value_answer_1997(const address& meter, function_1997 what,
                                                        data_id_1997 id, byte_span value,
                                                        bool more, send_limits limits) noexcept
{
    frame out = head(meter, what, more_bit(more));
    append_id(out, id);
    return append_within(out, value, limits.read);
}

}  // namespace detail

constexpr result<frame> read_answer_1997(const address& meter, data_id_1997 id, byte_span value,
                                         bool more, send_limits limits) noexcept
{
    return detail::value_answer_1997(meter, function_1997::read, id, value, more, limits);
}

constexpr result<frame> follow_answer_1997(const address& meter, data_id_1997 id, byte_span value,
                                           bool more, send_limits limits) noexcept
{
    return detail::value_answer_1997(meter, function_1997::read_follow, id, value, more, limits);
}

constexpr result<frame> reread_answer_1997(const address& meter, data_id_1997 id, byte_span value,
                                           bool more, send_limits limits) noexcept
{
    return detail::value_answer_1997(meter, function_1997::reread, id, value, more, limits);
}

constexpr frame write_answer_1997(const address& meter) noexcept
{
    return detail::head(meter, function_1997::write, frame::from_meter_bit);
}

constexpr frame write_address_answer_1997(const address& fresh) noexcept
{
    return detail::head(fresh, function_1997::write_address, frame::from_meter_bit);
}

constexpr frame change_baud_answer_1997(const address& meter, baud_rate_1997 rate) noexcept
{
    frame out = detail::head(meter, function_1997::change_baud, frame::from_meter_bit);
    detail::append_byte(out, static_cast<std::uint8_t>(rate));
    return out;
}

constexpr frame change_baud_denial_1997(const address& meter) noexcept
{
    return change_baud_answer_1997(meter, static_cast<baud_rate_1997>(baud_denied_1997));
}

constexpr frame change_password_answer_1997(const address& meter,
                                            const credentials& fresh) noexcept
{
    frame out = detail::head(meter, function_1997::change_password, frame::from_meter_bit);
    detail::append_password(out, fresh);
    return out;
}

constexpr frame refusal_1997(const address& meter, const frame& request,
                             error_bit_1997 why) noexcept
{
    frame out = refusal(meter, request);
    detail::append_byte(out, static_cast<std::uint8_t>(why));
    return out;
}

}  // namespace wattpurse::codec::dlt645
