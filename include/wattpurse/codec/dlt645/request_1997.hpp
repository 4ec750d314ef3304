// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/baud.hpp>
#include <wattpurse/codec/dlt645/credentials.hpp>
#include <wattpurse/codec/dlt645/data_id.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/request.hpp>

namespace wattpurse::codec::dlt645 {

/// What a master asks, edition 1997 (DL/T 645-1997, chapter 7). Errors as in `request.hpp`.

/// Read one identifier or block (01).
[[nodiscard]] constexpr frame read_request_1997(const address& meter, data_id_1997 id) noexcept;
/// Read what did not fit (02). There is no sequence number.
[[nodiscard]] constexpr frame follow_request_1997(const address& meter,
                                                  data_id_1997 id) noexcept;
/// Say the last answer again (03).
[[nodiscard]] constexpr frame reread_request_1997(const address& meter) noexcept;
/// Write (04): the value as it stands, for meters whose programming key is the only lock.
[[nodiscard]] constexpr result<frame> write_request_1997(const address& meter, data_id_1997 id,
                                                         byte_span value,
                                                         send_limits limits = {}) noexcept;
/// Write (04) behind level and password, four bytes; most meters want these in practice.
[[nodiscard]] constexpr result<frame> write_request_1997(const address& meter, data_id_1997 id,
                                                         const credentials& who, byte_span value,
                                                         send_limits limits = {}) noexcept;
/// Set all clocks (08): ss mm hh DD MM YY, as in 2007.
[[nodiscard]] constexpr result<frame> broadcast_time_request_1997(const civil_time& now) noexcept;
/// Give the only meter on the line a new address (0A); sent to 99..99, unlike in 2007.
[[nodiscard]] constexpr frame write_address_request_1997(const address& fresh) noexcept;
/// Speak at another rate from the answer on (0C), until the line falls silent.
[[nodiscard]] constexpr frame change_baud_request_1997(const address& meter,
                                                       baud_rate_1997 rate) noexcept;
/// Set a password (0F); a meter that does not want to keeps silent.
[[nodiscard]] constexpr frame change_password_request_1997(const address& meter,
                                                           const credentials& now,
                                                           const credentials& fresh) noexcept;
/// Clear the maximum demand (10). Nobody answers.
[[nodiscard]] constexpr frame clear_demand_request_1997(const address& meter) noexcept;
/// The same with level and password, for meters that want them.
[[nodiscard]] constexpr frame clear_demand_request_1997(const address& meter,
                                                        const credentials& who) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

[[nodiscard]] constexpr frame head(const address& meter, function_1997 what,
                                   std::uint8_t flags = 0) noexcept
{
    return head(meter, static_cast<std::uint8_t>(static_cast<unsigned>(what) | flags));
}

constexpr void append_id(frame& to, data_id_1997 id) noexcept
{
    append_known(to, wire_of(id));
}

}  // namespace detail

constexpr frame read_request_1997(const address& meter, data_id_1997 id) noexcept
{
    frame out = detail::head(meter, function_1997::read);
    detail::append_id(out, id);
    return out;
}

constexpr frame follow_request_1997(const address& meter, data_id_1997 id) noexcept
{
    frame out = detail::head(meter, function_1997::read_follow);
    detail::append_id(out, id);
    return out;
}

constexpr frame reread_request_1997(const address& meter) noexcept
{
    return detail::head(meter, function_1997::reread);
}

constexpr result<frame> write_request_1997(const address& meter, data_id_1997 id, byte_span value,
                                           send_limits limits) noexcept
{
    frame out = detail::head(meter, function_1997::write);
    detail::append_id(out, id);
    return detail::append_within(out, value, limits.write);
}

constexpr result<frame> write_request_1997(const address& meter, data_id_1997 id,
                                           const credentials& who, byte_span value,
                                           send_limits limits) noexcept
{
    frame out = detail::head(meter, function_1997::write);
    detail::append_id(out, id);
    detail::append_password(out, who);
    return detail::append_within(out, value, limits.write);
}

constexpr result<frame> broadcast_time_request_1997(const civil_time& now) noexcept
{
    return broadcast_time_request(now);
}

constexpr frame write_address_request_1997(const address& fresh) noexcept
{
    frame out = detail::head(address::broadcast(), function_1997::write_address);
    detail::append_known(out, fresh.wire);
    return out;
}

constexpr frame change_baud_request_1997(const address& meter, baud_rate_1997 rate) noexcept
{
    frame out = detail::head(meter, function_1997::change_baud);
    detail::append_byte(out, static_cast<std::uint8_t>(rate));
    return out;
}

constexpr frame change_password_request_1997(const address& meter, const credentials& now,
                                             const credentials& fresh) noexcept
{
    frame out = detail::head(meter, function_1997::change_password);
    detail::append_password(out, now);
    detail::append_password(out, fresh);
    return out;
}

constexpr frame clear_demand_request_1997(const address& meter) noexcept
{
    return detail::head(meter, function_1997::clear_demand);
}

constexpr frame clear_demand_request_1997(const address& meter, const credentials& who) noexcept
{
    frame out = detail::head(meter, function_1997::clear_demand);
    detail::append_password(out, who);
    return out;
}

}  // namespace wattpurse::codec::dlt645
