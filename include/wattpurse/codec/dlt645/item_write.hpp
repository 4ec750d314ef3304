// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/scaled_text.hpp>
#include <wattpurse/codec/dlt645/catalogue.hpp>
#include <wattpurse/codec/dlt645/layout.hpp>
#include <wattpurse/codec/dlt645/moment.hpp>
#include <wattpurse/codec/dlt645/number.hpp>

namespace wattpurse::codec::dlt645 {

/// Writes DATA behind an identifier, field after field. Each `put_` goes to the next field and
/// leaves everything unchanged where it fails. Errors: `not_found` where there is no further
/// field, `out_of_range` for a wrong kind or content, `buffer_too_small`, `syntax` for a faulty
/// layout.
class field_writer {
public:
    constexpr field_writer(const catalogue_row& row, std::span<std::uint8_t> out) noexcept
        : field_writer{row.layout, out}
    {
    }
    constexpr field_writer(std::string_view layout, std::span<std::uint8_t> out) noexcept
        : walker_{layout}, out_{out}
    {
    }

    /// The field that the next `put_` writes. An item that comes `*n` never ends by itself.
    [[nodiscard]] constexpr result<field> expected() noexcept;

    /// The mantissa of a number or binary; an identifier; bits of up to eight bytes.
    constexpr result<void> put_number(std::int64_t value) noexcept;
    constexpr result<void> put_moment(const moment& value) noexcept;
    /// ascii: up to as many characters as bytes, NUL behind them; digits: up to two a byte, 0
    /// before them; numbers and binaries as exact decimals with at most the field's places.
    constexpr result<void> put_text(std::string_view value) noexcept;
    constexpr result<void> put_bits(std::uint64_t word) noexcept;
    /// Any field, as on the wire; exactly its size, or anything where it takes all that is left.
    constexpr result<void> put_bytes(byte_span raw) noexcept;
    /// FF bytes: there is no such value.
    constexpr result<void> put_missing() noexcept;

    /// How many bytes were written. Error: `empty` where fields are left to be put.
    [[nodiscard]] constexpr result<std::size_t> finish() noexcept;

private:
    constexpr result<std::span<std::uint8_t>> room(std::size_t size = 0) noexcept;
    constexpr result<void> written(const result<void>& outcome, std::size_t size) noexcept;
    constexpr result<void> put_word(std::uint64_t word, std::span<std::uint8_t> out) noexcept;
    constexpr result<void> put_ascii(std::string_view value,
                                     std::span<std::uint8_t> out) noexcept;
    constexpr result<void> put_digits(std::string_view value,
                                      std::span<std::uint8_t> out) noexcept;

    layout_walker walker_;
    std::span<std::uint8_t> out_;
    std::size_t offset_ = 0;
    bool has_field_ = false;  ///< the walker stands on a field that is not yet written
    bool is_over_ = false;
};

// ---------------------------------------------------------------------------------------------

constexpr result<field> field_writer::expected() noexcept
{
    if (!has_field_ && !is_over_) {
        const auto step = walker_.next(true);
        if (step == layout_walker::step::fault) return fail(errc::syntax);
        has_field_ = step == layout_walker::step::field;
        is_over_ = !has_field_;
    }
    if (is_over_) return fail(errc::not_found);
    return walker_.what();
}

/// Where the next field goes; `size` is that of a field that takes all that is left.
constexpr result<std::span<std::uint8_t>> field_writer::room(std::size_t size) noexcept
{
    const auto what = expected();
    if (!what) return fail(what.error());
    size = what->size == 0 ? size : what->size;
    if (size > out_.size() - offset_) return fail(errc::buffer_too_small);
    return out_.subspan(offset_, size);
}

constexpr result<void> field_writer::written(const result<void>& outcome,
                                             std::size_t size) noexcept
{
    if (outcome) {
        offset_ += size;
        has_field_ = false;
    }
    return outcome;
}

constexpr result<void> field_writer::put_number(std::int64_t value) noexcept
{
    const auto out = room();
    if (!out) return fail(out.error());
    const field& what = walker_.what();
    switch (what.kind) {
        case field_kind::number:
            return written(write_bcd(value, what.has_sign, *out), out->size());
        case field_kind::binary:
        case field_kind::identifier:
            if (value < 0) return fail(errc::out_of_range);
            return put_word(static_cast<std::uint64_t>(value), *out);
        case field_kind::bits: return put_bits(static_cast<std::uint64_t>(value));
        default: return fail(errc::out_of_range);
    }
}

constexpr result<void> field_writer::put_moment(const moment& value) noexcept
{
    const auto out = room();
    if (!out) return fail(out.error());
    if (walker_.what().kind != field_kind::moment) return fail(errc::out_of_range);
    std::uint8_t bytes[detail::moment_parts.size() / 2]{};
    const std::span<std::uint8_t> copy{bytes, out->size()};
    const auto outcome = write_moment(walker_.what().parts, value, copy);
    return outcome ? put_bytes(copy) : outcome;
}

constexpr result<void> field_writer::put_bits(std::uint64_t word) noexcept
{
    const auto out = room();
    if (!out) return fail(out.error());
    if (walker_.what().kind != field_kind::bits) return fail(errc::out_of_range);
    return put_word(word, *out);
}

/// Binary of any size. All ones mean something only in an identifier.
constexpr result<void> field_writer::put_word(std::uint64_t word,
                                              std::span<std::uint8_t> out) noexcept
{
    constexpr std::size_t word_size = detail::word_size;
    const std::uint64_t most = out.size() < word_size ? detail::ones(out.size())
                                                      : detail::ones(word_size);
    const bool is_identifier = walker_.what().kind == field_kind::identifier;
    if (word > most || (word == most && out.size() <= word_size && !is_identifier)) {
        return fail(errc::out_of_range);
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = i < word_size ? static_cast<std::uint8_t>(word >> 8 * i) : std::uint8_t{0};
    }
    return written({}, out.size());
}

constexpr result<void> field_writer::put_text(std::string_view value) noexcept
{
    const auto out = room();
    if (!out) return fail(out.error());
    const field& what = walker_.what();
    if (what.kind == field_kind::ascii) return put_ascii(value, *out);
    if (what.kind == field_kind::digits) return put_digits(value, *out);
    if (what.kind != field_kind::number && what.kind != field_kind::binary) {
        return fail(errc::out_of_range);
    }
    const auto number = kernel::parse_strict(value, what.places);
    return number.ok ? put_number(number.mantissa) : fail(number.error);
}

constexpr result<void> field_writer::put_ascii(std::string_view value,
                                               std::span<std::uint8_t> out) noexcept
{
    bool good = value.size() <= out.size();
    for (const char c : value) {
        good = good && c >= ' ' && c <= '~';
    }
    if (!good) return fail(errc::out_of_range);
    for (std::size_t i = 0; i < out.size(); ++i) {  // the first character is the highest byte
        const char c = i < value.size() ? value[i] : '\0';
        out[out.size() - 1 - i] = static_cast<std::uint8_t>(c);
    }
    return written({}, out.size());
}

constexpr result<void> field_writer::put_digits(std::string_view value,
                                                std::span<std::uint8_t> out) noexcept
{
    bool good = !value.empty() && value.size() <= 2 * out.size();
    bool all_ones = value.size() == 2 * out.size();  // would read as missing
    for (const char c : value) {
        good = good && hex_value(c) >= 0;
        all_ones = all_ones && hex_value(c) == 0xF;
    }
    if (!good || all_ones) return fail(errc::out_of_range);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::size_t behind = 2 * i;  // digits of `value` behind those of this byte
        const int low = behind < value.size() ? hex_value(value[value.size() - 1 - behind]) : 0;
        const int high =
            behind + 1 < value.size() ? hex_value(value[value.size() - 2 - behind]) : 0;
        out[i] = static_cast<std::uint8_t>(16 * high + low);
    }
    return written({}, out.size());
}

constexpr result<void> field_writer::put_bytes(byte_span raw) noexcept
{
    const auto out = room(raw.size());
    if (!out) return fail(out.error());
    if (raw.size() != out->size()) return fail(errc::out_of_range);
    for (std::size_t i = 0; i < raw.size(); ++i) {
        (*out)[i] = raw[i];
    }
    return written({}, raw.size());
}

constexpr result<void> field_writer::put_missing() noexcept
{
    const auto out = room();
    if (!out) return fail(out.error());
    for (std::uint8_t& byte : *out) {
        byte = 0xFF;
    }
    return written({}, out->size());
}

constexpr result<std::size_t> field_writer::finish() noexcept
{
    if (has_field_) {
        const bool may_end = walker_.may_end_here() || walker_.what().size == 0;
        return may_end ? result<std::size_t>{offset_} : fail(errc::empty);
    }
    if (is_over_) return offset_;
    layout_walker rest = walker_;
    const auto step = rest.next(false);
    if (step == layout_walker::step::fault) return fail(errc::syntax);
    const bool takes_rest = step == layout_walker::step::field && rest.what().size == 0;
    if (rest.was_short() || (step != layout_walker::step::end && !takes_rest)) {
        return fail(errc::empty);
    }
    return offset_;
}

}  // namespace wattpurse::codec::dlt645
