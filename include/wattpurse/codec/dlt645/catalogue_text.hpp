// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/axes.hpp>
#include <wattpurse/codec/dlt645/catalogue.hpp>

/// Catalogues as tables of text, which is what the standard ones in share/catalogues are: UTF-8,
/// a line of column names, fields separated by commas, quoted as in RFC 4180 where they hold one.
namespace wattpurse::codec::dlt645 {

/// Longest texts of a row; longer is a fault.
inline constexpr std::size_t row_name_size_max = 96;    ///< bytes of UTF-8, each language
inline constexpr std::size_t row_source_size_max = 64;
inline constexpr std::size_t row_note_size_max = 300;

/// The columns, in this order.
inline constexpr std::array<std::string_view, 10> identifier_columns = {
    "id", "layout", "access", "axes", "family", "name", "name_zh", "confirmed", "source", "note"};
inline constexpr std::array<std::string_view, 6> bit_columns = {"set",   "low",  "width",
                                                                "value", "name", "name_zh"};

/// What is wrong with a table, and where.
struct catalogue_fault {
    std::size_t line = 0;       ///< from 1; a quoted field may run over several
    std::string_view column;    ///< empty where it is the line as a whole
    std::string_view expected;  ///< what should stand there
};

/// Takes lines of a table apart. Borrows the text.
class table_reader {
public:
    enum class step : std::uint8_t { row, end, fault };

    constexpr explicit table_reader(std::string_view text) noexcept : text_{text} {}

    /// The fields of the next line into `fields`; a fault where there are more or fewer, or a
    /// quote is not closed. A doubled quote within a field is a fault too: fields are borrowed
    /// as they stand, and no name needs one.
    constexpr step next(std::span<std::string_view> fields) noexcept;

    /// The line that was read last.
    [[nodiscard]] constexpr std::size_t line() const noexcept { return line_; }
    [[nodiscard]] constexpr std::string_view expected() const noexcept { return expected_; }

private:
    constexpr bool take_field(std::string_view& out) noexcept;

    std::string_view text_;
    std::size_t line_ = 0;
    std::size_t next_line_ = 1;
    std::string_view expected_;
};

/// Reads rows of identifiers from a table with `identifier_columns`, its first line included.
class row_reader {
public:
    using step = table_reader::step;

    constexpr row_reader(edition which, std::string_view text) noexcept
        : table_{text}, which_{which}
    {
    }
    /// After a fault, the next call goes on with the next line.
    constexpr step next(catalogue_row& out) noexcept;
    [[nodiscard]] constexpr const catalogue_fault& fault() const noexcept { return fault_; }
    [[nodiscard]] constexpr std::size_t line() const noexcept { return table_.line(); }

private:
    constexpr step found_fault(std::string_view column, std::string_view expected) noexcept;
    constexpr step read(std::span<const std::string_view> fields, catalogue_row& out) noexcept;
    constexpr step read_texts(std::span<const std::string_view> fields,
                              catalogue_row& out) noexcept;

    table_reader table_;
    edition which_;
    bool has_begun_ = false;
    catalogue_fault fault_;
};

/// Reads names of bits from a table with `bit_columns`, its first line included.
class bit_reader {
public:
    using step = table_reader::step;

    constexpr explicit bit_reader(std::string_view text) noexcept : table_{text} {}
    constexpr step next(bit_name& out) noexcept;
    [[nodiscard]] constexpr const catalogue_fault& fault() const noexcept { return fault_; }

private:
    constexpr step found_fault(std::string_view column, std::string_view expected) noexcept;

    table_reader table_;
    bool has_begun_ = false;
    catalogue_fault fault_;
};

/// The standard catalogue as text, as it was compiled in. Part of the component `catalogue`.
[[nodiscard]] std::string_view standard_identifiers(edition which) noexcept;
[[nodiscard]] std::string_view standard_bits() noexcept;

/// "r", "rw" ...; nothing for other words.
[[nodiscard]] constexpr std::optional<access_kind> parse_access(std::string_view word) noexcept;
[[nodiscard]] constexpr std::optional<item_family> parse_family(std::string_view word) noexcept;

/// Whether a value is not to be shown: all of function 03, and passwords.
[[nodiscard]] constexpr bool is_secret(access_kind access, std::string_view name) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr std::optional<access_kind> parse_access(std::string_view word) noexcept
{
    for (const auto kind : {access_kind::read, access_kind::read_write, access_kind::write,
                            access_kind::push, access_kind::security}) {
        if (word == to_string(kind)) return kind;
    }
    return std::nullopt;
}

constexpr std::optional<item_family> parse_family(std::string_view word) noexcept
{
    for (const auto family :
         {item_family::energy, item_family::demand, item_family::variable, item_family::event,
          item_family::parameter, item_family::freeze, item_family::load, item_family::prepay,
          item_family::security, item_family::vendor}) {
        if (word == to_string(family)) return family;
    }
    return std::nullopt;
}

constexpr bool is_secret(access_kind access, std::string_view name) noexcept
{
    return access == access_kind::security ||
           (access == access_kind::write && name.find("password") != std::string_view::npos);
}

/// One field and the comma behind it, if any. False: a fault.
constexpr bool table_reader::take_field(std::string_view& out) noexcept
{
    if (detail::take(text_, "\"")) {
        const std::size_t end = text_.find('"');
        if (end == std::string_view::npos) {
            expected_ = "a closing quote";
            return false;
        }
        out = text_.substr(0, end);
        text_.remove_prefix(end + 1);
        for (const char c : out) {
            next_line_ += c == '\n' ? 1U : 0U;
        }
        const bool ends = text_.empty() || text_[0] == ',' || text_[0] == '\n' ||
                          text_[0] == '\r';
        expected_ = "a comma or the end of the line behind a closing quote";
        return ends;
    }
    out = text_.substr(0, text_.find_first_of(",\r\n"));
    text_.remove_prefix(out.size());
    return true;
}

constexpr table_reader::step table_reader::next(std::span<std::string_view> fields) noexcept
{
    if (text_.empty()) return step::end;
    line_ = next_line_;
    bool good = true;
    for (std::size_t i = 0; good && i < fields.size(); ++i) {
        good = take_field(fields[i]);
        if (good && i + 1 < fields.size() && !detail::take(text_, ",")) {
            expected_ = "more columns";
            good = false;
        }
    }
    if (good && !text_.empty() && text_[0] != '\r' && text_[0] != '\n') {
        expected_ = "fewer columns";
        good = false;
    }
    const std::size_t end = text_.find('\n');
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    ++next_line_;
    return good ? step::row : step::fault;
}

constexpr row_reader::step row_reader::found_fault(std::string_view column,
                                                   std::string_view expected) noexcept
{
    fault_ = {table_.line(), column, expected};
    return step::fault;
}

constexpr row_reader::step row_reader::next(catalogue_row& out) noexcept
{
    std::array<std::string_view, identifier_columns.size()> fields;
    if (!has_begun_) {
        has_begun_ = true;
        if (table_.next(fields) != step::row || fields != identifier_columns) {
            return found_fault("", "id,layout,access,axes,family,name,name_zh,confirmed,source,"
                                   "note in the first line");
        }
    }
    const auto found = table_.next(fields);
    if (found == step::fault) return found_fault("", table_.expected());
    return found == step::end ? found : read(fields, out);
}

constexpr row_reader::step row_reader::read(std::span<const std::string_view> fields,
                                            catalogue_row& out) noexcept
{
    const auto ids = id_pattern::parse(which_, fields[0]);
    if (!ids) return found_fault("id", "four places such as 0001{00..3F}{00..0C} or 901{0..E}");
    const auto shape = check_layout(fields[1]);
    if (!shape) return found_fault("layout", shape.error().expected);
    const auto access = parse_access(fields[2]);
    if (!access) return found_fault("access", "r, rw, w, push or security");
    if (!are_axes(fields[3])) return found_fault("axes", "places and kinds: 1:tariff 0:record");
    const auto family = parse_family(fields[4]);
    if (!family) {
        return found_fault("family", "energy, demand, variable, event, parameter, freeze, load, "
                                     "prepay, security or vendor");
    }
    out = {*ids, fields[1], *shape, *access, *family, false, false, fields[3], {}, {}, {}, {}};
    return read_texts(fields.subspan(5), out);
}

constexpr row_reader::step row_reader::read_texts(std::span<const std::string_view> fields,
                                                  catalogue_row& out) noexcept
{
    if (fields[0].empty() || fields[0].size() > row_name_size_max) {
        return found_fault("name", "a name of 1 to 96 bytes");
    }
    if (fields[1].size() > row_name_size_max) {
        return found_fault("name_zh", "a name of at most 96 bytes");
    }
    if (fields[2] != "yes" && fields[2] != "no") return found_fault("confirmed", "yes or no");
    if (fields[3].size() > row_source_size_max) {
        return found_fault("source", "at most 64 bytes");
    }
    if (fields[4].size() > row_note_size_max) return found_fault("note", "at most 300 bytes");
    out.name = fields[0];
    out.name_zh = fields[1];
    out.confirmed = fields[2] == "yes";
    out.source = fields[3];
    out.note = fields[4];
    out.secret = is_secret(out.access, out.name);
    return step::row;
}

namespace detail {

/// A decimal number up to `most`, the whole text; nothing for others.
[[nodiscard]] constexpr std::optional<std::uint32_t> whole_number(std::string_view text,
                                                                  std::uint32_t most) noexcept
{
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9' || value > most) return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (text.empty() || value > most) return std::nullopt;
    return static_cast<std::uint32_t>(value);
}

}  // namespace detail

constexpr bit_reader::step bit_reader::found_fault(std::string_view column,
                                                   std::string_view expected) noexcept
{
    fault_ = {table_.line(), column, expected};
    return step::fault;
}

constexpr bit_reader::step bit_reader::next(bit_name& out) noexcept
{
    constexpr std::uint32_t lowest_max = 127;
    constexpr std::uint32_t value_max = 0x7FFF'FFFF;
    std::array<std::string_view, bit_columns.size()> fields;
    if (!has_begun_) {
        has_begun_ = true;
        if (table_.next(fields) != step::row || fields != bit_columns) {
            return found_fault("", "set,low,width,value,name,name_zh in the first line");
        }
    }
    const auto found = table_.next(fields);
    if (found == step::fault) return found_fault("", table_.expected());
    if (found == step::end) return found;
    const auto low = detail::whole_number(fields[1], lowest_max);
    const auto width = detail::whole_number(fields[2], 32);
    if (!detail::is_name(fields[0])) return found_fault("set", "a name of a-z, 0-9 and _");
    if (!low) return found_fault("low", "a bit number of 0 to 127");
    if (!width || *width == 0) return found_fault("width", "a width of 1 to 32");
    const auto most = *width > 30 ? value_max : (std::uint32_t{1} << *width) - 1;
    const auto value = detail::whole_number(fields[3], most);
    if (!value && !fields[3].empty()) return found_fault("value", "a value of that width");
    if (fields[4].empty() || fields[4].size() > row_name_size_max ||
        fields[5].size() > row_name_size_max) {
        return found_fault("name", "names of 1 to 96 bytes");
    }
    out = {fields[0], static_cast<std::uint8_t>(*low), static_cast<std::uint8_t>(*width),
           value ? static_cast<std::int32_t>(*value) : bit_name::whole_group, fields[4],
           fields[5]};
    return step::row;
}

}  // namespace wattpurse::codec::dlt645
