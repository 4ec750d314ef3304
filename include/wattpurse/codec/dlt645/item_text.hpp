// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/item_read.hpp>
#include <wattpurse/codec/dlt645/text.hpp>

namespace wattpurse::codec::dlt645 {

/// A value as text: exact decimals, moments as 2026-01-31T08:30:00 without a zone (parts the
/// field has not are left out, the weekday too), words, identifiers and numbers that are names
/// as hexadecimal digits, high first, opaque bytes as on the wire. Errors: that of a value that
/// is not sound; `too_long` for bytes that do not fit.
[[nodiscard]] constexpr result<value_text> text_of(const field_value& value) noexcept;

/// A mantissa of so many decimal places: "-12.50".
[[nodiscard]] constexpr value_text decimal_text(std::int64_t mantissa,
                                                unsigned places) noexcept;

/// A moment with the parts of a field.
[[nodiscard]] constexpr value_text moment_text(std::string_view parts,
                                               const moment& what) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr value_text decimal_text(std::int64_t mantissa, unsigned places) noexcept
{
    value_text out;
    if (mantissa < 0) {
        out << '-';
    }
    const std::uint64_t magnitude = mantissa < 0 ? 0 - static_cast<std::uint64_t>(mantissa)
                                                 : static_cast<std::uint64_t>(mantissa);
    std::uint64_t one = 1;
    for (unsigned i = 0; i < places; ++i) {
        one *= 10;
    }
    out.put(magnitude / one);
    if (places > 0) {
        (out << '.').put(magnitude % one, places);
    }
    return out;
}

constexpr value_text moment_text(std::string_view parts, const moment& what) noexcept
{
    value_text out;
    char before = '\0';
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
        const std::string_view part = parts.substr(i, 2);
        if (part == "WW" && parts.size() > 2) continue;
        const bool is_date = part == "YY" || part == "MM" || part == "DD" || part == "WW";
        if (before != '\0') {
            out << (is_date ? '-' : before == 'd' ? 'T' : ':');
        }
        const std::uint8_t value = what.*detail::part_of(part);
        if (part == "YY") {  // of a moment that never was, or is not set, the year is none either
            out.put(what.is_blank() ? value * 101U : 2000U + value, 4);
        } else {
            out.put(value, 2);
        }
        before = is_date ? 'd' : 't';
    }
    return out;
}

namespace detail {

[[nodiscard]] constexpr result<value_text> hex_text(byte_span bytes, bool high_first) noexcept
{
    value_text out;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        out.put_hex(bytes[high_first ? bytes.size() - 1 - i : i]);
    }
    return out.is_cut() ? result<value_text>{fail(errc::too_long)} : out;
}

/// The last character came first; NUL pads.
[[nodiscard]] constexpr value_text ascii_text(byte_span bytes) noexcept
{
    while (!bytes.empty() && bytes.front() == 0) bytes = bytes.subspan(1);
    while (!bytes.empty() && bytes.back() == 0) bytes = bytes.first(bytes.size() - 1);
    value_text out;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        out << static_cast<char>(bytes[i]);
    }
    return out;
}

}  // namespace detail

constexpr result<value_text> text_of(const field_value& value) noexcept
{
    if (!value.sound) {
        return fail(value.problem);
    }
    switch (value.what.kind) {
        case field_kind::number:
        case field_kind::binary: return decimal_text(value.number, value.what.places);
        case field_kind::moment: return moment_text(value.what.parts, value.moment);
        case field_kind::ascii: return detail::ascii_text(value.raw);
        case field_kind::bits:
        case field_kind::digits:
        case field_kind::identifier: return detail::hex_text(value.raw, true);
        case field_kind::bytes:
        case field_kind::load: return detail::hex_text(value.raw, false);
    }
    return fail(errc::out_of_range);
}

}  // namespace wattpurse::codec::dlt645
