// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <wattpurse/codec/dlt645/text.hpp>

namespace wattpurse::codec::dlt645 {

/// How the bytes of a field are to be read. All but `bytes` and `load` come low byte first.
enum class field_kind : std::uint8_t {
    number,      ///< packed BCD, with decimal places and perhaps a sign
    binary,      ///< unsigned binary, with decimal places: wallets of the filing document
    moment,      ///< a date, a time of day, or both
    bits,        ///< a word whose bits have meanings
    digits,      ///< a number that is a name: an address, a meter number
    ascii,       ///< text, its last character first, padded with NUL
    identifier,  ///< a data identifier
    bytes,       ///< opaque, as on the wire
    load,        ///< blocks of a load record, see load_record.hpp
};

/// One field of DATA. Its texts live as long as the layout it was read from.
struct field {
    field_kind kind = field_kind::bytes;
    std::uint8_t size = 0;    ///< bytes; 0 takes all that is left
    std::uint8_t places = 0;  ///< decimal places of a number or binary
    std::uint8_t digits = 0;  ///< digits of a number as written; its bytes may hold one more
    bool has_sign = false;    ///< the top bit of the highest digit is minus
    std::string_view name;    ///< within its item; mostly empty
    std::string_view unit;
    std::string_view parts;   ///< of a moment, high first: "YYMMDDhhmm"
    std::string_view set;     ///< of bits: where their names are, see `catalogue::bits`
};

/// Limits of fields; beyond them is a fault.
inline constexpr std::size_t number_size_max = 8;  ///< bytes of a number or binary
inline constexpr std::size_t field_size_max = 200;  ///< bytes of any field
inline constexpr std::size_t text_size_max = 64;   ///< characters of ascii, digits and the like
inline constexpr std::size_t name_size_max = 32;   ///< characters of the name of a field or set
inline constexpr std::size_t unit_size_max = 24;

/// Reads the form of a field, without name, unit and count; nothing where it is none.
///
///     XXXXXX.XX  sXX.XXXX  NN    packed BCD; X is measured and N is set, which is the same
///                                here; s: the top bit of the highest digit is minus
///     YYMMDDhhmm MMDD hhmmss     a moment, each of YY MM DD WW hh mm ss at most once
///     bits2=status_word_3  bits1 a word of one to 16 bytes, with or without names
///     ascii32  digits6  hex16    fields of that many bytes
///     hex*  load                 all that is left
///     bin4.2  bin4               unsigned binary with 2 or no decimal places
///     di  di2                    an identifier of four bytes, or of two in 1997
[[nodiscard]] constexpr std::optional<field> parse_form(std::string_view form) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

/// Takes a decimal number without leading zeros off the front; 0 where there is none of 1 to 999.
[[nodiscard]] constexpr unsigned take_size(std::string_view& text) noexcept
{
    constexpr unsigned most = 999;
    unsigned value = 0;
    while (!text.empty() && text[0] >= '0' && text[0] <= '9' && (value != 0 || text[0] != '0')) {
        value = value > most ? value : value * 10 + static_cast<unsigned>(text[0] - '0');
        text.remove_prefix(1);
    }
    return value > most ? 0 : value;
}

[[nodiscard]] constexpr bool is_name(std::string_view text) noexcept
{
    bool good = !text.empty() && text.size() <= name_size_max;
    for (const char c : text) {
        good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
    }
    return good;
}

[[nodiscard]] constexpr std::optional<field> parse_number(std::string_view form) noexcept
{
    field out;
    out.kind = field_kind::number;
    out.has_sign = form[0] == 's';
    form.remove_prefix(out.has_sign ? 1 : 0);
    bool has_point = false;
    for (std::size_t i = 0; i < form.size(); ++i) {
        if (form[i] == '.' && !has_point && i > 0 && i + 1 < form.size()) {
            has_point = true;
        } else if (form[i] == 'X' || form[i] == 'N') {
            ++out.digits;
            out.places = static_cast<std::uint8_t>(out.places + (has_point ? 1 : 0));
        } else {
            return std::nullopt;
        }
        if (out.digits > 2 * number_size_max) {
            return std::nullopt;
        }
    }
    out.size = static_cast<std::uint8_t>((out.digits + 1) / 2);
    return out.size == 0 ? std::nullopt : std::optional{out};
}

/// Which part of a moment two letters are, by their place in this text; npos for none.
inline constexpr std::string_view moment_parts = "YYMMDDWWhhmmss";

[[nodiscard]] constexpr std::optional<field> parse_moment(std::string_view form) noexcept
{
    if (form.empty() || form.size() % 2 != 0 || form.size() > moment_parts.size()) {
        return std::nullopt;
    }
    unsigned seen = 0;
    for (std::size_t i = 0; i < form.size(); i += 2) {
        const std::size_t part = moment_parts.find(form.substr(i, 2));
        if (part == std::string_view::npos || part % 2 != 0 || (seen >> part & 1U) != 0) {
            return std::nullopt;
        }
        seen |= 1U << part;
    }
    field out;
    out.kind = field_kind::moment;
    out.size = static_cast<std::uint8_t>(form.size() / 2);
    out.parts = form;
    return out;
}

[[nodiscard]] constexpr std::optional<field> sized(field_kind kind, std::string_view size,
                                                   std::size_t size_max) noexcept
{
    const unsigned bytes = take_size(size);
    if (bytes == 0 || bytes > size_max || !size.empty()) {
        return std::nullopt;
    }
    field out;
    out.kind = kind;
    out.size = static_cast<std::uint8_t>(bytes);
    return out;
}

[[nodiscard]] constexpr std::optional<field> parse_bits(std::string_view rest) noexcept
{
    constexpr std::size_t word_size_max = 16;
    const std::size_t equals = rest.find('=');
    auto out = sized(field_kind::bits, rest.substr(0, equals), word_size_max);
    if (out && equals != std::string_view::npos) {
        out->set = rest.substr(equals + 1);
        if (!is_name(out->set)) {
            return std::nullopt;
        }
    }
    return out;
}

[[nodiscard]] constexpr std::optional<field> parse_binary(std::string_view rest) noexcept
{
    const std::size_t point = rest.find('.');
    auto out = sized(field_kind::binary, rest.substr(0, point), number_size_max);
    if (out && point != std::string_view::npos) {
        const std::string_view places = rest.substr(point + 1);
        if (places.size() != 1 || places[0] < '1' || places[0] > '9') {
            return std::nullopt;
        }
        out->places = static_cast<std::uint8_t>(places[0] - '0');
    }
    return out;
}

}  // namespace detail

constexpr std::optional<field> parse_form(std::string_view form) noexcept
{
    const auto starts = [form](std::string_view word) {
        return form.substr(0, word.size()) == word;
    };
    field out;
    if (form == "hex*" || form == "load") {
        out.kind = form == "load" ? field_kind::load : field_kind::bytes;
        return out;
    }
    if (form == "di" || form == "di2") {
        out.kind = field_kind::identifier;
        out.size = form == "di" ? 4 : 2;
        return out;
    }
    if (starts("bits")) return detail::parse_bits(form.substr(4));
    if (starts("bin")) return detail::parse_binary(form.substr(3));
    if (starts("hex")) return detail::sized(field_kind::bytes, form.substr(3), field_size_max);
    if (starts("ascii")) {
        return detail::sized(field_kind::ascii, form.substr(5), text_size_max);
    }
    if (starts("digits")) {
        return detail::sized(field_kind::digits, form.substr(6), text_size_max / 2);
    }
    if (const auto moment = detail::parse_moment(form)) return moment;
    return form.empty() ? std::nullopt : detail::parse_number(form);
}

}  // namespace wattpurse::codec::dlt645
