// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/baud.hpp>
#include <wattpurse/codec/dlt645/credentials.hpp>
#include <wattpurse/codec/dlt645/data_id.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/parse_request.hpp>

namespace wattpurse::codec::dlt645 {

/// Reading frames of 1997, both directions. Errors of all functions here: `not_found` when the
/// frame is not that message, `empty` when it lacks an identifier, `out_of_range` when DATA is
/// not as long as it must be or holds what does not exist. Spans lie within the frame. 08 is the
/// same in both editions: `parse_broadcast_time`.

// ---- Requests --------------------------------------------------------------------------------

/// The identifier that a read (01) or a follow-on read (02) asks for.
[[nodiscard]] constexpr result<data_id_1997> parse_read_1997(const frame& from) noexcept;
[[nodiscard]] constexpr result<data_id_1997> parse_follow_request_1997(const frame& from) noexcept;
/// 03, nothing in it.
[[nodiscard]] constexpr result<void> parse_reread_1997(const frame& from) noexcept;

/// A 04. Whether `value` begins with level and password only the meter's kind can tell.
struct write_order_1997 {
    data_id_1997 id{};
    byte_span value;
};
[[nodiscard]] constexpr result<write_order_1997> parse_write_1997(const frame& from) noexcept;
result<write_order_1997> parse_write_1997(const frame&&) = delete;

/// The new address of a 0A; `not_bcd` where it has digits above 9.
[[nodiscard]] constexpr result<address> parse_write_address_1997(const frame& from) noexcept;
/// Z of a 0C; `out_of_range` unless exactly one of the known bits is set.
[[nodiscard]] constexpr result<baud_rate_1997> parse_baud_1997(const frame& from) noexcept;

struct password_order_1997 {
    credentials now;
    credentials fresh;
};
[[nodiscard]] constexpr result<password_order_1997> parse_change_password_1997(
    const frame& from) noexcept;

/// A 10, with or without level and password.
struct clear_order_1997 {
    bool has_password = false;
    credentials who{0, {}, {}};
};
[[nodiscard]] constexpr result<clear_order_1997> parse_clear_demand_1997(
    const frame& from) noexcept;

// ---- Answers ---------------------------------------------------------------------------------

/// 81 and A1, 82 and A2, 83 and A3.
struct read_value_1997 {
    data_id_1997 id{};
    byte_span value;
};
[[nodiscard]] constexpr result<read_value_1997> parse_read_answer_1997(const frame& from) noexcept;
[[nodiscard]] constexpr result<read_value_1997> parse_follow_answer_1997(
    const frame& from) noexcept;
[[nodiscard]] constexpr result<read_value_1997> parse_reread_answer_1997(
    const frame& from) noexcept;
result<read_value_1997> parse_read_answer_1997(const frame&&) = delete;
result<read_value_1997> parse_follow_answer_1997(const frame&&) = delete;
result<read_value_1997> parse_reread_answer_1997(const frame&&) = delete;

/// That `from` is the normal answer to 04 or 0A and carries nothing.
[[nodiscard]] constexpr result<void> parse_acknowledgement_1997(const frame& from,
                                                                function_1997 which) noexcept;
/// An 8C.
struct baud_reply_1997 {
    bool is_denied = false;  ///< Z = FF, everything stays as it was
    baud_rate_1997 rate{};
};
[[nodiscard]] constexpr result<baud_reply_1997> parse_baud_answer_1997(const frame& from) noexcept;
/// The new level and password of an 8F.
[[nodiscard]] constexpr result<credentials> parse_password_answer_1997(const frame& from) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

[[nodiscard]] constexpr bool is(const frame& what, function_1997 which, bool from_meter) noexcept
{
    return is_code(what, static_cast<unsigned>(which), from_meter);
}

[[nodiscard]] constexpr result<void> expect_exactly(const frame& from, function_1997 which,
                                                    bool from_meter, std::size_t size) noexcept
{
    if (!is(from, which, from_meter)) {
        return fail(errc::not_found);
    }
    if (from.length != size) {
        return fail(errc::out_of_range);
    }
    return {};
}

[[nodiscard]] constexpr result<data_id_1997> only_id_1997(const frame& from,
                                                          function_1997 which) noexcept
{
    if (const auto ok = expect_exactly(from, which, false, id_size_1997); !ok) {
        return fail(ok.error());
    }
    return parse_data_id_1997(from);
}

[[nodiscard]] constexpr result<read_value_1997> value_1997(const frame& from,
                                                           function_1997 which) noexcept
{
    if (!is(from, which, true)) {
        return fail(errc::not_found);
    }
    const auto id = parse_data_id_1997(from);
    if (!id) {
        return fail(id.error());
    }
    return read_value_1997{*id, from.payload().subspan(id_size_1997)};
}

}  // namespace detail

constexpr result<data_id_1997> parse_read_1997(const frame& from) noexcept
{
    return detail::only_id_1997(from, function_1997::read);
}

constexpr result<data_id_1997> parse_follow_request_1997(const frame& from) noexcept
{
    return detail::only_id_1997(from, function_1997::read_follow);
}

constexpr result<void> parse_reread_1997(const frame& from) noexcept
{
    return detail::expect_exactly(from, function_1997::reread, false, 0);
}

constexpr result<write_order_1997> parse_write_1997(const frame& from) noexcept
{
    if (!detail::is(from, function_1997::write, false)) {
        return fail(errc::not_found);
    }
    const auto id = parse_data_id_1997(from);
    if (!id) {
        return fail(id.error());
    }
    return write_order_1997{*id, from.payload().subspan(id_size_1997)};
}

constexpr result<address> parse_write_address_1997(const frame& from) noexcept
{
    if (const auto ok = detail::expect_exactly(from, function_1997::write_address, false, 6); !ok) {
        return fail(ok.error());
    }
    const address fresh = detail::address_at(from.payload());
    if (!fresh.is_bcd()) {
        return fail(errc::not_bcd);
    }
    return fresh;
}

constexpr result<baud_rate_1997> parse_baud_1997(const frame& from) noexcept
{
    if (const auto ok = detail::expect_exactly(from, function_1997::change_baud, false, 1); !ok) {
        return fail(ok.error());
    }
    const auto rate = static_cast<baud_rate_1997>(from.data[0]);
    if (bits_per_second(rate) == 0) {
        return fail(errc::out_of_range);
    }
    return rate;
}

constexpr result<password_order_1997> parse_change_password_1997(const frame& from) noexcept
{
    if (const auto ok = detail::expect_exactly(from, function_1997::change_password, false, 8);
        !ok) {
        return fail(ok.error());
    }
    return password_order_1997{detail::credentials_at(from.payload(), 4),
                               detail::credentials_at(from.payload().subspan(4), 4)};
}

constexpr result<clear_order_1997> parse_clear_demand_1997(const frame& from) noexcept
{
    if (!detail::is(from, function_1997::clear_demand, false)) {
        return fail(errc::not_found);
    }
    if (from.length == 0) {
        return clear_order_1997{};
    }
    if (from.length != 4) {
        return fail(errc::out_of_range);
    }
    return clear_order_1997{true, detail::credentials_at(from.payload(), 4)};
}

constexpr result<read_value_1997> parse_read_answer_1997(const frame& from) noexcept
{
    return detail::value_1997(from, function_1997::read);
}

constexpr result<read_value_1997> parse_follow_answer_1997(const frame& from) noexcept
{
    return detail::value_1997(from, function_1997::read_follow);
}

constexpr result<read_value_1997> parse_reread_answer_1997(const frame& from) noexcept
{
    return detail::value_1997(from, function_1997::reread);
}

constexpr result<void> parse_acknowledgement_1997(const frame& from, function_1997 which) noexcept
{
    return detail::expect_exactly(from, which, true, 0);
}

constexpr result<baud_reply_1997> parse_baud_answer_1997(const frame& from) noexcept
{
    if (const auto ok = detail::expect_exactly(from, function_1997::change_baud, true, 1); !ok) {
        return fail(ok.error());
    }
    if (from.data[0] == baud_denied_1997) {
        return baud_reply_1997{true, {}};
    }
    const auto rate = static_cast<baud_rate_1997>(from.data[0]);
    if (bits_per_second(rate) == 0) {
        return fail(errc::out_of_range);
    }
    return baud_reply_1997{false, rate};
}

constexpr result<credentials> parse_password_answer_1997(const frame& from) noexcept
{
    if (const auto ok = detail::expect_exactly(from, function_1997::change_password, true, 4);
        !ok) {
        return fail(ok.error());
    }
    return credentials::from_wire(from.payload());
}

}  // namespace wattpurse::codec::dlt645
