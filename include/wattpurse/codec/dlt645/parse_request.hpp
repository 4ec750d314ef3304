// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

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

/// What a meter understands of requests of 2007. Errors of all functions here: `not_found` when
/// the frame is not that request, `out_of_range` when DATA is not as long as it must be or holds
/// what does not exist, `not_bcd` and `not_available` from the readers of fields.
///
/// Spans lie within the frame, so that none may be made from a frame that is about to go.

/// A read (11), of whichever of its three forms.
struct read_order {
    data_id id{};
    std::uint8_t blocks = 0;         ///< of a load record; 0 in a plain read
    std::optional<civil_time> from;  ///< of a load record: the moment it is to begin at
};
[[nodiscard]] constexpr result<read_order> parse_read(const frame& from) noexcept;
/// The same for load records only: `not_found` for a plain read.
[[nodiscard]] constexpr result<read_order> parse_load_request(const frame& from) noexcept;

struct follow_order {
    data_id id{};
    std::uint8_t sequence = 0;
};
[[nodiscard]] constexpr result<follow_order> parse_follow_request(const frame& from) noexcept;

/// 13, to any or to one address.
[[nodiscard]] constexpr result<void> parse_read_address(const frame& from) noexcept;

/// The time of an 08; `not_found`, and the errors of `read_seconds`.
[[nodiscard]] constexpr result<civil_time> parse_broadcast_time(const frame& from) noexcept;

struct write_order {
    data_id id{};
    credentials who;
    byte_span value;  ///< may be empty
};
[[nodiscard]] constexpr result<write_order> parse_write(const frame& from) noexcept;
result<write_order> parse_write(const frame&&) = delete;

/// The new address of a 15; `not_bcd` where it has digits above 9.
[[nodiscard]] constexpr result<address> parse_write_address(const frame& from) noexcept;

[[nodiscard]] constexpr result<freeze_moment> parse_freeze(const frame& from) noexcept;

/// Z of a 17; `out_of_range` unless exactly one of the known bits is set.
[[nodiscard]] constexpr result<baud_rate> parse_baud(const frame& from) noexcept;

struct password_order {
    data_id id{};
    credentials now;    ///< without operator code
    credentials fresh;  ///< without operator code
};
[[nodiscard]] constexpr result<password_order> parse_change_password(const frame& from) noexcept;

/// Who asks in a 19 or 1A.
[[nodiscard]] constexpr result<credentials> parse_clear(const frame& from) noexcept;

struct clear_events_order {
    credentials who;
    data_id what{};  ///< `every_event`, or an identifier ending in FF
};
[[nodiscard]] constexpr result<clear_events_order> parse_clear_events(const frame& from) noexcept;

/// A 1C in plain text.
struct control_order {
    credentials who;
    std::uint8_t code = 0;    ///< N1, see `control_code`
    std::uint8_t detail = 0;  ///< N2
    civil_time valid_until;
};
[[nodiscard]] constexpr result<control_order> parse_control(const frame& from) noexcept;

/// A 1C that a security module has sealed, or signed.
struct sealed_control {
    std::uint8_t level = 0;
    std::array<std::uint8_t, 4> operator_code{};
    byte_span sealed;
};
/// `not_found` also for plain text; `out_of_range` unless it has twenty bytes.
[[nodiscard]] constexpr result<sealed_control> parse_sealed_control(const frame& from) noexcept;
result<sealed_control> parse_sealed_control(const frame&&) = delete;

/// The signal of a 1D, or of its answer 9D.
[[nodiscard]] constexpr result<output_signal> parse_output(const frame& from) noexcept;

struct security_order {
    data_id id{};
    std::array<std::uint8_t, 4> operator_code{};
    byte_span data;
};
[[nodiscard]] constexpr result<security_order> parse_security(const frame& from) noexcept;
result<security_order> parse_security(const frame&&) = delete;

// ---------------------------------------------------------------------------------------------

namespace detail {

/// Normal, of that function and direction. Requests have nothing in bit D5.
[[nodiscard]] constexpr bool is_code(const frame& what, unsigned code, bool from_meter) noexcept
{
    return what.function() == code && what.is_from_meter() == from_meter &&
           !what.is_abnormal() && (from_meter || !what.has_follow());
}

[[nodiscard]] constexpr bool is(const frame& what, function which, bool from_meter) noexcept
{
    return is_code(what, static_cast<unsigned>(which), from_meter);
}

/// `not_found` unless it is that request, `out_of_range` unless DATA has at least `size` bytes.
[[nodiscard]] constexpr result<void> expect_request(const frame& from, function which,
                                                    std::size_t size) noexcept
{
    if (!is(from, which, false)) {
        return fail(errc::not_found);
    }
    if (from.length < size) {
        return fail(errc::out_of_range);
    }
    return {};
}

/// The same where DATA has exactly `size` bytes.
[[nodiscard]] constexpr result<void> expect_exactly(const frame& from, function which,
                                                    std::size_t size) noexcept
{
    auto as_asked = expect_request(from, which, size);
    if (as_asked && from.length != size) {
        return fail(errc::out_of_range);
    }
    return as_asked;
}

[[nodiscard]] constexpr std::array<std::uint8_t, 4> four_bytes(byte_span bytes) noexcept
{
    return {bytes[0], bytes[1], bytes[2], bytes[3]};
}

[[nodiscard]] constexpr credentials credentials_at(byte_span bytes, std::size_t size) noexcept
{
    return *credentials::from_wire(bytes.first(size));
}

[[nodiscard]] constexpr address address_at(byte_span bytes) noexcept
{
    return {{bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]}};
}

}  // namespace detail

constexpr result<read_order> parse_read(const frame& from) noexcept
{
    constexpr std::size_t with_blocks = id_size + 1;
    constexpr std::size_t with_time = with_blocks + 5;
    if (const auto ok = detail::expect_request(from, function::read, id_size); !ok) {
        return fail(ok.error());
    }
    read_order out{*parse_data_id(from), 0, {}};
    if (from.length == id_size) {
        return out;
    }
    out.blocks = from.data[id_size];
    if ((from.length != with_blocks && from.length != with_time) || out.blocks == 0) {
        return fail(errc::out_of_range);
    }
    if (from.length == with_time) {
        const auto time = read_minutes(from.payload().subspan(with_blocks));
        if (!time) {
            return fail(time.error());
        }
        out.from = *time;
    }
    return out;
}

constexpr result<read_order> parse_load_request(const frame& from) noexcept
{
    if (detail::is(from, function::read, false) && from.length <= id_size) {
        return fail(errc::not_found);
    }
    return parse_read(from);
}

constexpr result<follow_order> parse_follow_request(const frame& from) noexcept
{
    if (const auto ok = detail::expect_exactly(from, function::read_follow, id_size + 1); !ok) {
        return fail(ok.error());
    }
    return follow_order{*parse_data_id(from), from.data[id_size]};
}

constexpr result<void> parse_read_address(const frame& from) noexcept
{
    return detail::expect_exactly(from, function::read_address, 0);
}

constexpr result<civil_time> parse_broadcast_time(const frame& from) noexcept
{
    if (!detail::is(from, function::broadcast_time, false)) {
        return fail(errc::not_found);
    }
    return read_seconds(from.payload());
}

constexpr result<write_order> parse_write(const frame& from) noexcept
{
    constexpr std::size_t size_min = id_size + credentials::wire_size;
    if (const auto ok = detail::expect_request(from, function::write, size_min); !ok) {
        return fail(ok.error());
    }
    const auto rest = from.payload().subspan(id_size);
    return write_order{*parse_data_id(from),
                       detail::credentials_at(rest, credentials::wire_size),
                       rest.subspan(credentials::wire_size)};
}

constexpr result<address> parse_write_address(const frame& from) noexcept
{
    if (const auto ok = detail::expect_exactly(from, function::write_address, 6); !ok) {
        return fail(ok.error());
    }
    const address fresh = detail::address_at(from.payload());
    if (!fresh.is_bcd()) {
        return fail(errc::not_bcd);
    }
    return fresh;
}

constexpr result<freeze_moment> parse_freeze(const frame& from) noexcept
{
    if (!detail::is(from, function::freeze, false)) {
        return fail(errc::not_found);
    }
    return freeze_moment::from_wire(from.payload());
}

constexpr result<baud_rate> parse_baud(const frame& from) noexcept
{
    if (const auto ok = detail::expect_exactly(from, function::change_baud, 1); !ok) {
        return fail(ok.error());
    }
    const auto rate = static_cast<baud_rate>(from.data[0]);
    if (bits_per_second(rate) == 0) {
        return fail(errc::out_of_range);
    }
    return rate;
}

constexpr result<password_order> parse_change_password(const frame& from) noexcept
{
    if (const auto ok = detail::expect_exactly(from, function::change_password, id_size + 8); !ok) {
        return fail(ok.error());
    }
    const auto rest = from.payload().subspan(id_size);
    return password_order{*parse_data_id(from), detail::credentials_at(rest, 4),
                          detail::credentials_at(rest.subspan(4), 4)};
}

constexpr result<credentials> parse_clear(const frame& from) noexcept
{
    const auto which = detail::is(from, function::clear_meter, false) ? function::clear_meter
                                                                      : function::clear_demand;
    if (const auto ok = detail::expect_exactly(from, which, credentials::wire_size); !ok) {
        return fail(ok.error());
    }
    return credentials::from_wire(from.payload());
}

constexpr result<clear_events_order> parse_clear_events(const frame& from) noexcept
{
    constexpr std::size_t who_size = credentials::wire_size;
    if (const auto ok = detail::expect_exactly(from, function::clear_events, who_size + id_size);
        !ok) {
        return fail(ok.error());
    }
    const auto what = from.payload().subspan(who_size).first<id_size>();
    if (what[0] != 0xFF) {
        return fail(errc::out_of_range);
    }
    return clear_events_order{detail::credentials_at(from.payload(), who_size), id_of(what)};
}

constexpr result<control_order> parse_control(const frame& from) noexcept
{
    constexpr std::size_t who_size = credentials::wire_size;
    if (const auto ok = detail::expect_exactly(from, function::control, who_size + 8); !ok) {
        return fail(ok.error());
    }
    const auto valid_until = read_seconds(from.payload().subspan(who_size + 2));
    if (!valid_until) {
        return fail(valid_until.error());
    }
    return control_order{detail::credentials_at(from.payload(), who_size), from.data[who_size],
                         from.data[who_size + 1], *valid_until};
}

constexpr result<sealed_control> parse_sealed_control(const frame& from) noexcept
{
    constexpr std::size_t who_size = credentials::wire_size;
    if (!detail::is(from, function::control, false) || from.length == who_size + 8) {
        return fail(errc::not_found);
    }
    if (from.length != who_size + sealed_order_size) {
        return fail(errc::out_of_range);
    }
    return sealed_control{from.data[0], detail::four_bytes(from.payload().subspan(4)),
                          from.payload().subspan(who_size)};
}

constexpr result<output_signal> parse_output(const frame& from) noexcept
{
    if (!detail::is(from, function::output, from.is_from_meter())) {
        return fail(errc::not_found);
    }
    constexpr auto last = static_cast<std::uint8_t>(output_signal::period_switch);
    if (from.length != 1 || from.data[0] > last) {
        return fail(errc::out_of_range);
    }
    return static_cast<output_signal>(from.data[0]);
}

constexpr result<security_order> parse_security(const frame& from) noexcept
{
    if (const auto ok = detail::expect_request(from, function::security, id_size + 4); !ok) {
        return fail(ok.error());
    }
    const auto rest = from.payload().subspan(id_size);
    return security_order{*parse_data_id(from), detail::four_bytes(rest), rest.subspan(4)};
}

}  // namespace wattpurse::codec::dlt645
