// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/baud.hpp>
#include <wattpurse/codec/dlt645/credentials.hpp>
#include <wattpurse/codec/dlt645/data_id.hpp>
#include <wattpurse/codec/dlt645/error_word.hpp>
#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/parse_request.hpp>

namespace wattpurse::codec::dlt645 {

/// What a master understands of answers of 2007. Errors of all functions here: `not_found` when
/// the frame is not that answer, `empty` when it lacks an identifier, `out_of_range` when DATA is
/// not as long as it must be. Spans lie within the frame.
///
/// 1D and its answer have the same form: `parse_output` reads both.

/// Identifier and value of a 91 or B1; a B1 shows it by `frame::has_follow`.
struct read_value {
    data_id id{};
    byte_span value;  ///< lies within the frame
};
[[nodiscard]] constexpr result<read_value> parse_read_answer(const frame& from) noexcept;
result<read_value> parse_read_answer(const frame&&) = delete;

/// A 92 or B2.
struct follow_value {
    data_id id{};
    byte_span value;
    std::uint8_t sequence = 0;
};
[[nodiscard]] constexpr result<follow_value> parse_follow_answer(const frame& from) noexcept;
result<follow_value> parse_follow_answer(const frame&&) = delete;

/// The address that a 93 tells; `not_found`, `out_of_range` (not six bytes).
[[nodiscard]] constexpr result<address> parse_address_answer(const frame& from) noexcept;

/// That `from` is the normal answer to function `which` and carries nothing, as those of 14, 15,
/// 16, 19, 1A and 1B.
[[nodiscard]] constexpr result<void> parse_acknowledgement(const frame& from,
                                                           function which) noexcept;

/// Z of a 97.
[[nodiscard]] constexpr result<baud_rate> parse_baud_answer(const frame& from) noexcept;

/// The new level and password of a 98.
[[nodiscard]] constexpr result<credentials> parse_password_answer(const frame& from) noexcept;

/// Of a 9C: nothing, or a word of state of one or two bytes (0 when there is none).
struct control_state {
    std::uint8_t size = 0;
    std::uint16_t word = 0;
};
[[nodiscard]] constexpr result<control_state> parse_control_answer(const frame& from) noexcept;

/// Identifier and content of an 83.
struct security_value {
    data_id id{};
    byte_span data;
};
[[nodiscard]] constexpr result<security_value> parse_security_answer(const frame& from) noexcept;
result<security_value> parse_security_answer(const frame&&) = delete;

/// A C3. Of two bytes `word` has bits of `security_error_bit`; real vendor meters send a single
/// one, which is an ERR and has bits of `error_bit`.
struct security_error {
    bool is_serr = false;
    std::uint16_t word = 0;
};
[[nodiscard]] constexpr result<security_error> parse_security_error(const frame& from) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr result<read_value> parse_read_answer(const frame& from) noexcept
{
    if (!detail::is(from, function::read, true)) {
        return fail(errc::not_found);
    }
    const auto id = parse_data_id(from);
    if (!id) {
        return fail(id.error());
    }
    return read_value{*id, from.payload().subspan(id_size)};
}

constexpr result<follow_value> parse_follow_answer(const frame& from) noexcept
{
    if (!detail::is(from, function::read_follow, true)) {
        return fail(errc::not_found);
    }
    const auto id = parse_data_id(from);
    if (!id) {
        return fail(id.error());
    }
    const auto rest = from.payload().subspan(id_size);
    if (rest.empty()) {
        return fail(errc::out_of_range);
    }
    return follow_value{*id, rest.first(rest.size() - 1), rest.back()};
}

constexpr result<address> parse_address_answer(const frame& from) noexcept
{
    if (!detail::is(from, function::read_address, true)) {
        return fail(errc::not_found);
    }
    if (from.length != 6) {
        return fail(errc::out_of_range);
    }
    return detail::address_at(from.payload());
}

constexpr result<void> parse_acknowledgement(const frame& from, function which) noexcept
{
    if (!detail::is(from, which, true)) {
        return fail(errc::not_found);
    }
    if (from.length != 0) {
        return fail(errc::out_of_range);
    }
    return {};
}

constexpr result<baud_rate> parse_baud_answer(const frame& from) noexcept
{
    if (!detail::is(from, function::change_baud, true)) {
        return fail(errc::not_found);
    }
    const auto rate = static_cast<baud_rate>(from.data[0]);
    if (from.length != 1 || bits_per_second(rate) == 0) {
        return fail(errc::out_of_range);
    }
    return rate;
}

constexpr result<credentials> parse_password_answer(const frame& from) noexcept
{
    if (!detail::is(from, function::change_password, true)) {
        return fail(errc::not_found);
    }
    if (from.length != 4) {
        return fail(errc::out_of_range);
    }
    return credentials::from_wire(from.payload());
}

constexpr result<control_state> parse_control_answer(const frame& from) noexcept
{
    if (!detail::is(from, function::control, true)) {
        return fail(errc::not_found);
    }
    if (from.length > 2) {
        return fail(errc::out_of_range);
    }
    unsigned word = from.length > 0 ? from.data[0] : 0U;
    word |= from.length > 1 ? static_cast<unsigned>(from.data[1]) << 8U : 0U;
    return control_state{from.length, static_cast<std::uint16_t>(word)};
}

constexpr result<security_value> parse_security_answer(const frame& from) noexcept
{
    if (!detail::is(from, function::security, true)) {
        return fail(errc::not_found);
    }
    const auto id = parse_data_id(from);
    if (!id) {
        return fail(id.error());
    }
    return security_value{*id, from.payload().subspan(id_size)};
}

constexpr result<security_error> parse_security_error(const frame& from) noexcept
{
    const auto word = parse_error_word(from);
    if (!word || from.function() != static_cast<std::uint8_t>(function::security)) {
        return fail(errc::not_found);
    }
    return security_error{from.length > 1, *word};
}

}  // namespace wattpurse::codec::dlt645
