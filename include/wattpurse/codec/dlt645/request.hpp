// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/baud.hpp>
#include <wattpurse/codec/dlt645/control.hpp>
#include <wattpurse/codec/dlt645/credentials.hpp>
#include <wattpurse/codec/dlt645/data_id.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/freeze.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/values.hpp>

namespace wattpurse::codec::dlt645 {

/// What a master asks, edition 2007 (DL/T 645-2007, chapter 7; 03, 1C and 1D: State Grid filing
/// document). Errors of all functions here that can fail: `out_of_range` for a time outside 2000
/// to 2099 or a number that the request cannot hold, `too_long` for more DATA than `send_limits`
/// allow.

// ---- Reading ---------------------------------------------------------------------------------

/// Read one identifier or block (11).
[[nodiscard]] constexpr frame read_request(const address& meter, data_id id) noexcept;
/// Read so many blocks of a load record (11, L = 05); from the oldest or the latest, as `id` says.
[[nodiscard]] constexpr result<frame> read_blocks_request(const address& meter, data_id id,
                                                          std::uint8_t blocks) noexcept;
/// The same from a moment on, whose seconds do not count (11, L = 0A: N mm hh DD MM YY).
[[nodiscard]] constexpr result<frame> read_blocks_from_request(const address& meter, data_id id,
                                                               std::uint8_t blocks,
                                                               const civil_time& from) noexcept;
/// Read what did not fit (12). `sequence` is 1 for the first follow-on frame, 255 at most.
[[nodiscard]] constexpr frame follow_request(const address& meter, data_id id,
                                             std::uint8_t sequence) noexcept;
/// Ask the only meter on the line for its address (13).
[[nodiscard]] constexpr frame read_address_request() noexcept;

// ---- Setting ---------------------------------------------------------------------------------

/// Set all clocks (08): ss mm hh DD MM YY. Meters follow by at most 5 minutes, once a day.
[[nodiscard]] constexpr result<frame> broadcast_time_request(const civil_time& now) noexcept;
/// The same to one meter; not in the standard, but in use.
[[nodiscard]] constexpr result<frame> unicast_time_request(const address& meter,
                                                           const civil_time& now) noexcept;
/// Write the value of an identifier (14).
[[nodiscard]] constexpr result<frame> write_request(const address& meter, data_id id,
                                                    const credentials& who, byte_span value,
                                                    send_limits limits = {}) noexcept;
/// Give the only meter on the line a new address (15); sent to AA..AA. The meter wants its
/// programming key pressed and answers from the new address.
[[nodiscard]] constexpr frame write_address_request(const address& fresh) noexcept;
/// Freeze the registers (16). To the broadcast address nobody answers.
[[nodiscard]] constexpr frame freeze_request(const address& meter,
                                             const freeze_moment& when) noexcept;
/// Speak at another rate from the answer on (17).
[[nodiscard]] constexpr frame change_baud_request(const address& meter, baud_rate rate) noexcept;
/// Set the password of `fresh.level()` (18); `id` is 04000C00 + level + 1. `now` is that of the
/// same or a higher level. Operator codes are not sent.
[[nodiscard]] constexpr frame change_password_request(const address& meter, data_id id,
                                                      const credentials& now,
                                                      const credentials& fresh) noexcept;

// ---- Clearing --------------------------------------------------------------------------------

/// Clear the maximum demand (19).
[[nodiscard]] constexpr frame clear_demand_request(const address& meter,
                                                   const credentials& who) noexcept;
/// Clear everything: energies, demands, freezes, events, load record (1A).
[[nodiscard]] constexpr frame clear_meter_request(const address& meter,
                                                  const credentials& who) noexcept;
/// Clear event records (1B): all, or those of an identifier that ends in FF. `out_of_range` for
/// any other identifier.
[[nodiscard]] constexpr result<frame> clear_events_request(
    const address& meter, const credentials& who, data_id what = data_id::every_event) noexcept;

// ---- Control and security --------------------------------------------------------------------

/// Relay, alarm and keep-power commands (1C), plain text. The meter refuses once its clock is
/// past `valid_until`. `n2` is of 1D and 1E the delay in units of five minutes, else 0.
[[nodiscard]] constexpr result<frame> control_request(const address& meter, control_code code,
                                                      const civil_time& valid_until,
                                                      const credentials& who,
                                                      std::uint8_t n2 = 0) noexcept;
/// The same as a security module has sealed it: cipher of N1..N8 padded, and its authentication
/// code (level 98; no password, the bytes are 0).
[[nodiscard]] constexpr frame control_request_sealed(
    const address& meter, std::uint8_t level, const std::array<std::uint8_t, 4>& operator_code,
    std::span<const std::uint8_t, sealed_order_size> sealed) noexcept;
/// What the test terminal puts out (1D).
[[nodiscard]] constexpr frame output_request(const address& meter, output_signal signal) noexcept;
/// Security (03): identity, top-up, keys. `data` is what the security module made of it.
[[nodiscard]] constexpr result<frame> security_request(
    const address& meter, data_id id, const std::array<std::uint8_t, 4>& operator_code,
    byte_span data, send_limits limits = {}) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

[[nodiscard]] constexpr frame head(const address& meter, std::uint8_t control) noexcept
{
    frame out;
    out.address = meter;
    out.control = control;
    return out;
}

[[nodiscard]] constexpr frame head(const address& meter, function what,
                                   std::uint8_t flags = 0) noexcept
{
    return head(meter, static_cast<std::uint8_t>(static_cast<unsigned>(what) | flags));
}

/// For sizes that are known to fit.
constexpr void append_known(frame& to, byte_span bytes) noexcept
{
    const auto done = to.append(bytes);
    WATTPURSE_ASSERT(done.has_value());
}

constexpr void append_byte(frame& to, std::uint8_t byte) noexcept
{
    append_known(to, byte_span{&byte, 1});
}

constexpr void append_id(frame& to, data_id id) noexcept
{
    append_known(to, wire_of(id));
}

constexpr void append_who(frame& to, const credentials& who) noexcept
{
    std::array<std::uint8_t, credentials::wire_size> bytes{};
    who.write_to(bytes);
    append_known(to, bytes);
}

constexpr void append_password(frame& to, const credentials& who) noexcept
{
    std::array<std::uint8_t, 4> bytes{};
    who.write_password_to(bytes);
    append_known(to, bytes);
}

/// `too_long` where DATA would grow beyond `limit`.
[[nodiscard]] constexpr result<frame> append_within(const frame& to, byte_span bytes,
                                                    std::uint8_t limit) noexcept
{
    result<frame> out{to};
    if (to.length + bytes.size() > limit) {
        out = fail(errc::too_long);
    } else {
        append_known(*out, bytes);
    }
    return out;
}

[[nodiscard]] constexpr result<frame> with_seconds(const frame& to,
                                                   const civil_time& time) noexcept
{
    std::array<std::uint8_t, 6> bytes{};
    if (const auto written = write_seconds(time, bytes); !written) {
        return fail(written.error());
    }
    return append_within(to, bytes, data_size_max);
}

}  // namespace detail

constexpr frame read_request(const address& meter, data_id id) noexcept
{
    frame out = detail::head(meter, function::read);
    detail::append_id(out, id);
    return out;
}

constexpr result<frame> read_blocks_request(const address& meter, data_id id,
                                            std::uint8_t blocks) noexcept
{
    if (blocks == 0) {
        return fail(errc::out_of_range);
    }
    frame out = read_request(meter, id);
    detail::append_byte(out, blocks);
    return out;
}

constexpr result<frame> read_blocks_from_request(const address& meter, data_id id,
                                                 std::uint8_t blocks,
                                                 const civil_time& from) noexcept
{
    auto out = read_blocks_request(meter, id, blocks);
    if (!out) {
        return out;
    }
    std::array<std::uint8_t, 5> bytes{};
    if (const auto written = write_minutes(from, bytes); !written) {
        return fail(written.error());
    }
    detail::append_known(*out, bytes);
    return out;
}

constexpr frame follow_request(const address& meter, data_id id, std::uint8_t sequence) noexcept
{
    frame out = detail::head(meter, function::read_follow);
    detail::append_id(out, id);
    detail::append_byte(out, sequence);
    return out;
}

constexpr frame read_address_request() noexcept
{
    return detail::head(address::wildcard(), function::read_address);
}

constexpr result<frame> broadcast_time_request(const civil_time& now) noexcept
{
    return unicast_time_request(address::broadcast(), now);
}

constexpr result<frame> unicast_time_request(const address& meter, const civil_time& now) noexcept
{
    return detail::with_seconds(detail::head(meter, function::broadcast_time), now);
}

constexpr result<frame> write_request(const address& meter, data_id id, const credentials& who,
                                      byte_span value, send_limits limits) noexcept
{
    frame out = detail::head(meter, function::write);
    detail::append_id(out, id);
    detail::append_who(out, who);
    return detail::append_within(out, value, limits.write);
}

constexpr frame write_address_request(const address& fresh) noexcept
{
    frame out = detail::head(address::wildcard(), function::write_address);
    detail::append_known(out, fresh.wire);
    return out;
}

constexpr frame freeze_request(const address& meter, const freeze_moment& when) noexcept
{
    frame out = detail::head(meter, function::freeze);
    detail::append_known(out, when.wire());
    return out;
}

constexpr frame change_baud_request(const address& meter, baud_rate rate) noexcept
{
    frame out = detail::head(meter, function::change_baud);
    detail::append_byte(out, static_cast<std::uint8_t>(rate));
    return out;
}

constexpr frame change_password_request(const address& meter, data_id id, const credentials& now,
                                        const credentials& fresh) noexcept
{
    frame out = detail::head(meter, function::change_password);
    detail::append_id(out, id);
    detail::append_password(out, now);
    detail::append_password(out, fresh);
    return out;
}

constexpr frame clear_demand_request(const address& meter, const credentials& who) noexcept
{
    frame out = detail::head(meter, function::clear_demand);
    detail::append_who(out, who);
    return out;
}

constexpr frame clear_meter_request(const address& meter, const credentials& who) noexcept
{
    frame out = detail::head(meter, function::clear_meter);
    detail::append_who(out, who);
    return out;
}

constexpr result<frame> clear_events_request(const address& meter, const credentials& who,
                                             data_id what) noexcept
{
    if ((static_cast<std::uint32_t>(what) & 0xFFU) != 0xFFU) {
        return fail(errc::out_of_range);
    }
    frame out = detail::head(meter, function::clear_events);
    detail::append_who(out, who);
    detail::append_id(out, what);
    return out;
}

constexpr result<frame> control_request(const address& meter, control_code code,
                                        const civil_time& valid_until, const credentials& who,
                                        std::uint8_t n2) noexcept
{
    frame out = detail::head(meter, function::control);
    detail::append_who(out, who);
    detail::append_byte(out, static_cast<std::uint8_t>(code));
    detail::append_byte(out, n2);
    return detail::with_seconds(out, valid_until);
}

constexpr frame control_request_sealed(
    const address& meter, std::uint8_t level, const std::array<std::uint8_t, 4>& operator_code,
    std::span<const std::uint8_t, sealed_order_size> sealed) noexcept
{
    frame out = detail::head(meter, function::control);
    detail::append_who(out, credentials{level, {}, operator_code});
    detail::append_known(out, sealed);
    return out;
}

constexpr frame output_request(const address& meter, output_signal signal) noexcept
{
    frame out = detail::head(meter, function::output);
    detail::append_byte(out, static_cast<std::uint8_t>(signal));
    return out;
}

constexpr result<frame> security_request(const address& meter, data_id id,
                                         const std::array<std::uint8_t, 4>& operator_code,
                                         byte_span data, send_limits limits) noexcept
{
    frame out = detail::head(meter, function::security);
    detail::append_id(out, id);
    detail::append_known(out, operator_code);
    return detail::append_within(out, data, limits.write);
}

}  // namespace wattpurse::codec::dlt645
