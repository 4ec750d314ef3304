// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/codec/dlt645/item.hpp>

#include "vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using wattpurse::test::hex_of;

namespace {

using step = field_reader::step;
using bytes = std::vector<std::uint8_t>;

/// What was put into a field, to be compared with what is read from it.
struct put_value {
    bool missing = false;
    std::int64_t number = 0;
    codec::dlt645::moment moment;
    std::string text;
    bytes raw;
};

/// Draws values that fit a field, and writes them.
class drawing {
public:
    explicit drawing(std::uint32_t seed) : engine_{seed} {}

    std::uint64_t below(std::uint64_t limit)
    {
        const std::uint64_t high = engine_();
        return (high << 32U | engine_()) % limit;
    }
    std::size_t below_size(std::size_t limit) { return static_cast<std::size_t>(below(limit)); }

    /// Writes a value of its kind into the next field.
    put_value put(field_writer& writer, const field& what)
    {
        put_value out;
        const bool has_content = what.kind != field_kind::bytes && what.size != 0 &&
                                 what.kind != field_kind::identifier;
        if (has_content && below(8) == 0) {
            out.missing = true;
            REQUIRE(writer.put_missing().has_value());
            return out;
        }
        switch (what.kind) {
            case field_kind::number: out.number = number(what); break;
            case field_kind::binary:
            case field_kind::identifier:
            case field_kind::bits: return put_word(writer, what);
            case field_kind::moment: out.moment = moment(what.parts); break;
            case field_kind::ascii: return put_text(writer, what, below(what.size + 1U), false);
            case field_kind::digits: return put_text(writer, what, 1 + below(2U * what.size), true);
            case field_kind::bytes:
            case field_kind::load: return put_raw(writer, what.size);
        }
        const auto done = what.kind == field_kind::number ? writer.put_number(out.number)
                                                          : writer.put_moment(out.moment);
        REQUIRE(done.has_value());
        return out;
    }

private:
    std::int64_t number(const field& what)
    {
        std::uint64_t limit = 1;
        for (unsigned i = 0; i < what.digits; ++i) limit *= 10;
        const bool full = what.has_sign && what.digits % 2 == 0;
        limit = full ? limit / 10 * 8 : limit;  // the highest digit loses its top bit
        const std::array<std::uint64_t, 4> choices{0, 1, limit - 1, below(limit)};
        const auto value = static_cast<std::int64_t>(choices[below_size(choices.size())]);
        return what.has_sign && below(2) == 0 ? -value : value;
    }

    codec::dlt645::moment moment(std::string_view parts)
    {
        const civil_time civil{static_cast<std::int16_t>(2000 + below(100)),
                               static_cast<std::uint8_t>(1 + below(12)),
                               static_cast<std::uint8_t>(1 + below(28)),
                               static_cast<std::uint8_t>(below(24)),
                               static_cast<std::uint8_t>(below(60)),
                               static_cast<std::uint8_t>(below(60))};
        auto out = codec::dlt645::moment::of(civil);
        const std::uint64_t kind = below(6);
        if (kind == 0) out = {0, 0, 0, 0, 0, 0, 0};
        if (kind == 1) out = {99, 99, 99, 99, 99, 99, 99};
        codec::dlt645::moment kept;
        for (std::size_t i = 0; i < parts.size(); i += 2) {
            const auto part = codec::dlt645::detail::part_of(parts.substr(i, 2));
            kept.*part = out.*part;
        }
        return kept;
    }

    put_value put_word(field_writer& writer, const field& what)
    {
        put_value out;
        const std::size_t size = what.size < 8 ? what.size : 8U;
        const std::uint64_t most = ~std::uint64_t{0} >> 8 * (8 - size);
        const std::uint64_t limit =
            what.kind == field_kind::bits ? most : most & 0x7FFF'FFFF'FFFF'FFFF;
        const std::uint64_t word = below(limit);
        out.number = static_cast<std::int64_t>(word);
        const auto done = what.kind == field_kind::bits ? writer.put_bits(word)
                                                        : writer.put_number(out.number);
        REQUIRE(done.has_value());
        return out;
    }

    put_value put_text(field_writer& writer, const field& what, std::uint64_t size, bool digits)
    {
        put_value out;
        for (std::uint64_t i = 0; i < size; ++i) {
            out.text += static_cast<char>(digits ? '0' + below(10) : '!' + below(90));
        }
        REQUIRE(writer.put_text(out.text).has_value());
        if (digits) out.text.insert(0, 2U * what.size - out.text.size(), '0');
        return out;
    }

    put_value put_raw(field_writer& writer, std::size_t size)
    {
        put_value out;
        out.raw.resize(size == 0 ? below_size(20) : size);
        for (std::uint8_t& byte : out.raw) byte = static_cast<std::uint8_t>(below(256));
        REQUIRE(writer.put_bytes(out.raw).has_value());
        return out;
    }

    std::mt19937 engine_;
};

void compare(const field_value& got, const put_value& put)
{
    CHECK(got.missing == put.missing);
    if (put.missing) return;
    CHECK(got.sound);
    switch (got.what.kind) {
        case field_kind::number:
        case field_kind::binary:
        case field_kind::identifier:
        case field_kind::bits: CHECK(got.number == put.number); break;
        case field_kind::moment: CHECK(got.moment == put.moment); break;
        case field_kind::ascii:
        case field_kind::digits: CHECK(text_of(got).value().view() == put.text); break;
        case field_kind::bytes:
        case field_kind::load: CHECK(hex_of(got.raw) == hex_of(put.raw)); break;
    }
}

/// Random values into a layout, and the same values out of it.
void round_trip(const catalogue_row& row, drawing& dice)
{
    bytes out(layout_bytes_max + 300);
    std::vector<put_value> put;
    field_writer writer{row, out};
    const std::uint64_t fields = row.shape.fixed + 1U + dice.below(40);
    for (auto what = writer.expected(); what; what = writer.expected()) {
        if (put.size() >= fields && writer.finish()) break;
        put.push_back(dice.put(writer, *what));
    }
    const auto size = writer.finish();
    REQUIRE(size.has_value());
    out.resize(*size);
    CHECK(row.shape.fits(*size));
    field_reader reader{row, out};
    field_value value;
    for (const put_value& each : put) {
        REQUIRE(reader.next(value) == step::field);
        compare(value, each);
    }
    const bool has_rest = reader.next(value) == step::field;
    CHECK((!has_rest || value.raw.empty()));  // hex* that was left out
    CHECK(reader.offset() == out.size());
}

/// Reads whatever it is to its end; returns how many fields there were.
std::size_t read_all(std::string_view layout, byte_span data)
{
    field_reader reader{layout, data};
    field_value value;
    std::size_t fields = 0;
    std::size_t offset = 0;
    while (reader.next(value) == step::field) {
        ++fields;
        CHECK(value.raw.size() == reader.offset() - offset);
        CHECK(value.raw.data() == data.data() + offset);
        offset = reader.offset();
        const auto text = text_of(value);
        CHECK((text.has_value() || !value.sound || text.error() == errc::too_long));
        static_cast<void>(bits_of(value.raw, 3, 9));
    }
    CHECK(reader.offset() <= data.size());
    return fields;
}

}  // namespace

TEST_CASE("what is written into any row of the catalogue is read back the same")
{
    drawing dice{645};
    for (const catalogue_row& row : standard_catalogue().rows()) {
        CAPTURE(row.layout);
        const std::array ids = {row.ids.first(), row.ids.last(),
                                row.ids.nth(dice.below(row.ids.count())),
                                row.ids.nth(dice.below(row.ids.count()))};
        for (const std::uint32_t id : ids) {
            const catalogue_row* const found = standard_catalogue().find(row.which(), id);
            REQUIRE(found == &row);
            round_trip(*found, dice);
        }
    }
}

TEST_CASE("any bytes behind any row are read without harm, and never beyond their end")
{
    std::mt19937 engine{1997};
    for (const catalogue_row& row : standard_catalogue().rows()) {
        CAPTURE(row.layout);
        const std::size_t whole = row.shape.fixed + 3U * row.shape.repeating;
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, whole, whole + 1,
                                       whole - 1, std::size_t{engine() % 256}}) {
            bytes data(size % 2000);  // exactly as long as that: a sanitizer sees one byte more
            for (std::uint8_t& byte : data) byte = static_cast<std::uint8_t>(engine());
            read_all(row.layout, data);
            for (std::uint8_t& byte : data) byte = static_cast<std::uint8_t>(byte % 10 * 17);
            read_all(row.layout, data);
            static_cast<void>(read_number(row, data));
        }
    }
}
