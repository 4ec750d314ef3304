// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/catalogue.hpp>
#include <wattpurse/codec/dlt645/layout.hpp>
#include <wattpurse/codec/dlt645/moment.hpp>
#include <wattpurse/codec/dlt645/number.hpp>

namespace wattpurse::codec::dlt645 {

namespace detail {

/// Characters of ASCII, perhaps with NUL before or behind them.
[[nodiscard]] constexpr bool is_printable(byte_span text) noexcept
{
    while (!text.empty() && text.front() == 0) text = text.subspan(1);
    while (!text.empty() && text.back() == 0) text = text.first(text.size() - 1);
    bool good = true;
    for (const std::uint8_t c : text) {
        good = good && c >= 0x20 && c < 0x7F;
    }
    return good;
}

}  // namespace detail

/// One field of DATA as it was read. Borrows the bytes and the texts of the layout.
struct field_value {
    field what;
    std::uint16_t index = 0;   ///< repetition of the innermost repeated item, from 0
    byte_span raw;             ///< as on the wire
    bool missing = false;      ///< every byte is FF: the meter has no such value
    bool sound = false;        ///< there, and its content fits the field
    errc problem = errc::not_available;  ///< why it is not sound: that, not_bcd, out_of_range
    std::int64_t number = 0;   ///< number and binary (mantissa), identifier, bits up to 8 bytes
    dlt645::moment moment;     ///< of a moment
};

/// Reads the fields of DATA behind an identifier, one after the other:
///
///     field_reader reader{*row, data};
///     field_value value;
///     while (reader.next(value) == field_reader::step::field) { ... }
///     if (reader.fault() != errc{}) ...
///
/// A field with a content that makes no sense is given as not sound, and reading goes on; only
/// a size that does not fit the layout ends it. The last item may come less often than its count
/// says: a meter with one phase sends one voltage of three.
class field_reader {
public:
    enum class step : std::uint8_t { field, end, fault };

    constexpr field_reader(const catalogue_row& row, byte_span data) noexcept
        : field_reader{row.layout, data}
    {
    }
    constexpr field_reader(std::string_view layout, byte_span data) noexcept
        : walker_{layout}, data_{data}
    {
    }

    [[nodiscard]] constexpr step next(field_value& out) noexcept;

    /// After `step::fault`: `out_of_range` where DATA ends within the layout, `too_long` where
    /// bytes are left over, `syntax` where the layout itself is faulty.
    [[nodiscard]] constexpr errc fault() const noexcept { return fault_; }
    /// Bytes read so far.
    [[nodiscard]] constexpr std::size_t offset() const noexcept { return offset_; }
    /// After `step::end`: the last item came less often than its count says.
    [[nodiscard]] constexpr bool was_short() const noexcept { return walker_.was_short(); }

private:
    constexpr step found_fault(errc what) noexcept;

    layout_walker walker_;
    byte_span data_;
    std::size_t offset_ = 0;
    bool is_faulty_ = false;
    errc fault_ = errc::out_of_range;
};

/// One field of that kind from exactly its bytes; `index` is left alone.
constexpr void read_field(const field& what, byte_span raw, field_value& out) noexcept;

/// A group of bits of a word that came low byte first; bits beyond its end are 0. Up to 32 wide.
[[nodiscard]] constexpr std::uint32_t bits_of(byte_span word, unsigned low,
                                              unsigned width) noexcept;

/// DATA of a row that `is_single()` with a number or binary, as a mantissa of `first().places`.
/// Errors: `out_of_range` (another row, another size), `not_available` (FF), `not_bcd`.
[[nodiscard]] constexpr result<std::int64_t> read_number(const catalogue_row& row,
                                                         byte_span data) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr field_reader::step field_reader::found_fault(errc what) noexcept
{
    is_faulty_ = true;
    fault_ = what;
    return step::fault;
}

constexpr field_reader::step field_reader::next(field_value& out) noexcept
{
    if (is_faulty_) return step::fault;
    switch (walker_.next(offset_ < data_.size())) {
        case layout_walker::step::fault: return found_fault(errc::syntax);
        case layout_walker::step::end:
            return offset_ < data_.size() ? found_fault(errc::too_long) : step::end;
        case layout_walker::step::field: break;
    }
    const field& what = walker_.what();
    const std::size_t left = data_.size() - offset_;
    const std::size_t size = what.size == 0 ? left : what.size;
    if (size > left) return found_fault(errc::out_of_range);
    out.index = walker_.index();
    read_field(what, data_.subspan(offset_, size), out);
    offset_ += size;
    return step::field;
}

constexpr void read_field(const field& what, byte_span raw, field_value& out) noexcept
{
    const bool has_content = what.kind != field_kind::bytes && what.kind != field_kind::load &&
                             what.kind != field_kind::identifier;
    out.what = what;
    out.raw = raw;
    out.number = 0;
    out.moment = {};
    out.missing = has_content && is_missing(raw);
    out.sound = !out.missing;
    out.problem = errc::not_available;
    const auto keep = [&out](const result<std::int64_t>& number) {
        out.sound = number.has_value();
        if (number) {
            out.number = *number;
        } else {
            out.problem = number.error();
        }
    };
    if (out.missing) return;
    switch (what.kind) {
        case field_kind::number: return keep(read_bcd(raw, what.has_sign));
        case field_kind::binary: return keep(read_binary(raw));
        case field_kind::identifier:
        case field_kind::bits:
            out.number = static_cast<std::int64_t>(load_low_first(raw));
            return;
        case field_kind::moment: break;
        case field_kind::ascii:
            out.sound = detail::is_printable(raw);
            out.problem = errc::out_of_range;
            return;
        case field_kind::digits:
        case field_kind::bytes:
        case field_kind::load: return;
    }
    const auto moment = read_moment(what.parts, raw);
    out.sound = moment.has_value();
    if (moment) {
        out.moment = *moment;
    } else {
        out.problem = moment.error();
    }
}

constexpr std::uint32_t bits_of(byte_span word, unsigned low, unsigned width) noexcept
{
    std::uint32_t out = 0;
    for (unsigned i = 0; i < width && i < 32; ++i) {
        const std::size_t at = (low + i) / 8;
        const unsigned bit = at < word.size() ? word[at] >> (low + i) % 8 & 1U : 0U;
        out |= bit << i;
    }
    return out;
}

constexpr result<std::int64_t> read_number(const catalogue_row& row, byte_span data) noexcept
{
    const field& what = row.shape.first;
    if (!row.shape.is_single || data.size() != what.size) [[unlikely]] {
        return fail(errc::out_of_range);
    }
    if (what.kind == field_kind::number) [[likely]] {
        return read_bcd(data, what.has_sign);
    }
    if (what.kind == field_kind::binary) {
        return is_missing(data) ? result<std::int64_t>{fail(errc::not_available)}
                                : read_binary(data);
    }
    return fail(errc::out_of_range);
}

}  // namespace wattpurse::codec::dlt645
