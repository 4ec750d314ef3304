// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/codec/dlt645/item.hpp>

#include "vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using wattpurse::test::bytes_of;
using wattpurse::test::hex_of;

namespace {

using step = field_reader::step;
using bytes = std::vector<std::uint8_t>;

/// Every value as text, in brackets where it is none, and how it ended.
std::string read(std::string_view layout, const bytes& data)
{
    field_reader reader{layout, data};
    field_value value;
    std::string out;
    auto found = reader.next(value);
    for (; found == step::field; found = reader.next(value)) {
        const auto text = text_of(value);
        out += text ? std::string{text->view()} : "[" + std::string{to_string(text.error())} + "]";
        out += ' ';
        CHECK(value.missing == (!value.sound && value.problem == errc::not_available));
    }
    if (found == step::end) return out + (reader.was_short() ? "short" : "end");
    CHECK(reader.next(value) == step::fault);
    return out + std::string{to_string(reader.fault())};
}

std::string read(std::string_view layout, const char* hex) { return read(layout, bytes_of(hex)); }

const catalogue_row& row_of(edition which, std::uint32_t id)
{
    const catalogue_row* const row = standard_catalogue().find(which, id);
    REQUIRE(row != nullptr);
    return *row;
}

}  // namespace

TEST_CASE("exact decimals, signs, and missing values")
{
    CHECK(read("XXXXXX.XX", "78563412") == "123456.78 end");
    CHECK(read("XXXXXX.XX", "99997979") == "797999.99 end");  // 24 bits of mantissa fail here
    CHECK(read("sXXXXXX.XX", "78563492") == "-123456.78 end");
    CHECK(read("XXXXXX.XX", "78563492") == "923456.78 end");  // this one has no sign
    CHECK(read("sX.XXX", "0090") == "-1.000 end");
    CHECK(read("XXX.X", "0500") == "0.5 end");
    CHECK(read("NNNN", "3412") == "1234 end");
    CHECK(read("XXX", "2002") == "220 end");
    CHECK(read("XXXXXX.XX", "FFFFFFFF") == "[not_available] end");
    CHECK(read("XXXXXX.XX", "FFFFFF00") == "[not_bcd] end");
    CHECK(read("XXXXXXXXXXXXXX.XX", "9999999999999999") == "99999999999999.99 end");
    CHECK(read("bin4.2", "E8030000") == "10.00 end");
    CHECK(read("bin4.2", "FFFFFFFF") == "[not_available] end");
    CHECK(read("bin8", "00000000000000F0") == "[out_of_range] end");
    CHECK(read("bin8.9", "FFFFFFFFFFFFFF7F") == "9223372036.854775807 end");
}

TEST_CASE("moments as they come, with the ones that are none")
{
    CHECK(read("YYMMDDhhmm", "0000010126") == "2026-01-01T00:00 end");
    CHECK(read("YYMMDDhhmmss", "595923311299") == "2099-12-31T23:59:59 end");
    CHECK(read("YYMMDDWW", "06310126") == "2026-01-31 end");
    CHECK(read("hhmmss", "304512") == "12:45:30 end");
    CHECK(read("MMDDhhmm", "30083101") == "01-31T08:30 end");
    CHECK(read("DDhh", "0001") == "01T00 end");
    CHECK(read("WW", "06") == "06 end");
    CHECK(read("DDhh", "9999") == "99T99 end");                      // no such settlement day
    CHECK(read("YYMMDDhhmm", "0000000000") == "0000-00-00T00:00 end");  // never
    CHECK(read("YYMMDDhhmm", "9999999999") == "9999-99-99T99:99 end");
    CHECK(read("MMDDhhmm", "00000199") == "99-01T00:00 end");        // monthly, on the first
    CHECK(read("YYMMDDhhmm", "FFFFFFFFFF") == "[not_available] end");
    CHECK(read("YYMMDDhhmm", "0A00010126") == "[not_bcd] end");
    CHECK(read("YYMMDDhhmm", "0000290226") == "[out_of_range] end");
    CHECK(read("YYMMDDhhmm", "0000290228") == "2028-02-29T00:00 end");
    CHECK(read("YYMMDDhhmm", "0024010126") == "[out_of_range] end");
    CHECK(read("hhmm", "6000") == "[out_of_range] end");
    CHECK(read("YYMMDDhhmm", "0000000126") == "[out_of_range] end");  // day 0
}

TEST_CASE("texts, words and bytes")
{
    CHECK(read("ascii6", "000056303232") == "220V end");
    CHECK(read("ascii6", "563032320000") == "220V end");  // padded at the other end
    CHECK(read("ascii6", "000000000000") == " end");
    CHECK(read("ascii2", "0141") == "[out_of_range] end");
    CHECK(read("digits6", "341200000000") == "000000001234 end");
    CHECK(read("digits6", "FFFFFFFFFFFF") == "[not_available] end");
    CHECK(read("bits2=status_3", "5010") == "1050 end");
    CHECK(read("di", "00000100") == "00010000 end");
    CHECK(read("di", "FFFFFFFF") == "FFFFFFFF end");  // all events, and not a missing one
    CHECK(read("di2", "1090") == "9010 end");
    CHECK(read("hex4", "01020304") == "01020304 end");
    CHECK(read("hex2 hex*", "010203") == "0102 03 end");
    CHECK(read("hex2 hex*", "0102") == "0102  end");
    CHECK(read("hex40", bytes(40)) == "[too_long] end");
}

TEST_CASE("blocks of as many as came, and sizes that do not fit")
{
    CHECK(read("XXX.X[V]*n", "002300240025") == "230.0 240.0 250.0 end");
    CHECK(read("XXX.X[V]*n", "") == "end");
    CHECK(read("XXX.X[V]*n", "002300") == "230.0 out_of_range");
    CHECK(read("XXX.X[V]*3", "0023") == "230.0 short");
    CHECK(read("XXX.X[V]*3", "00230024002500") == "230.0 240.0 250.0 too_long");
    CHECK(read("XXX.X[V]*3", "") == "out_of_range");
    CHECK(read("(XX.XX at:hhmm)*n", "0112300802133109") == "12.01 08:30 13.02 09:31 end");
    CHECK(read("(XX.XX at:hhmm)*n", "01123008" "0213") == "12.01 08:30 13.02 out_of_range");
    CHECK(read("XX.XX", "011200") == "12.01 too_long");
    CHECK(read("no layout", "00") == "syntax");
}

TEST_CASE("the fast path for single numbers agrees with the long one")
{
    const catalogue_row& energy = row_of(edition::y2007, 0x00000000);
    CHECK(read_number(energy, bytes_of("78563492")).value() == -12345678);
    CHECK(read_number(energy, bytes_of("FFFFFFFF")).error() == errc::not_available);
    CHECK(read_number(energy, bytes_of("0A000000")).error() == errc::not_bcd);
    CHECK(read_number(energy, bytes_of("000000")).error() == errc::out_of_range);
    CHECK(read_number(energy, {}).error() == errc::out_of_range);
    CHECK(read_number(row_of(edition::y2007, 0x0000FF00), bytes_of("00000000")).error() ==
          errc::out_of_range);
    CHECK(read_number(row_of(edition::y2007, 0x04000101), bytes_of("06310126")).error() ==
          errc::out_of_range);
    CHECK(read_number(row_of(edition::y1997, 0xB611), bytes_of("2002")).value() == 220);
}

TEST_CASE("a writer refuses what would not come back")
{
    std::array<std::uint8_t, 64> out{};
    const auto put = [&out](std::string_view layout, auto&& action) {
        field_writer writer{layout, out};
        const result<void> done = action(writer);
        const auto size = writer.finish();
        return done ? hex_of(std::span{out}.first(size.value()))
                    : std::string{to_string(done.error())};
    };
    const auto number = [&put](std::string_view layout, std::int64_t value) {
        return put(layout, [value](field_writer& writer) { return writer.put_number(value); });
    };
    const auto text = [&put](std::string_view layout, std::string_view value) {
        return put(layout, [value](field_writer& writer) { return writer.put_text(value); });
    };
    CHECK(number("XXXXXX.XX", 12345678) == "78563412");
    CHECK(number("XXXXXX.XX", 100000000) == "out_of_range");
    CHECK(number("XXXXXX.XX", -1) == "out_of_range");
    CHECK(number("sXXXXXX.XX", -12345678) == "78563492");
    CHECK(number("sXXXXXX.XX", -80000000) == "out_of_range");
    CHECK(number("sXXXXXX.XX", std::numeric_limits<std::int64_t>::min()) == "out_of_range");
    CHECK(number("XXX", 9999) == "9999");  // two bytes hold four digits, and meters use them
    CHECK(number("XXX", 10000) == "out_of_range");
    CHECK(number("bin4.2", 0xFFFFFFFE) == "FEFFFFFF");
    CHECK(number("bin4.2", 0xFFFFFFFF) == "out_of_range");  // would be missing
    CHECK(number("bin4.2", -1) == "out_of_range");
    CHECK(number("di", 0xFFFFFFFF) == "FFFFFFFF");
    CHECK(number("di2", 0x9010) == "1090");
    CHECK(number("di2", 0x10000) == "out_of_range");
    CHECK(number("hhmm", 1) == "out_of_range");
    CHECK(text("XXXXXX.XX", "123456.78") == "78563412");
    CHECK(text("XXXXXX.XX", "-1") == "out_of_range");
    CHECK(text("sX.XXX", "-0.5") == "0085");
    CHECK(text("XXXXXX.XX", "1.234") == "too_many_places");
    CHECK(text("XXXXXX.XX", "1,5") == "syntax");
    CHECK(text("ascii6", "220V") == "000056303232");
    CHECK(text("ascii2", "220V") == "out_of_range");
    CHECK(text("ascii4", "\t") == "out_of_range");
    CHECK(text("digits6", "1234") == "341200000000");
    CHECK(text("digits6", "FFFFFFFFFFFF") == "out_of_range");
    CHECK(text("digits6", "") == "out_of_range");
    CHECK(text("digits2", "12345") == "out_of_range");
    CHECK(text("hhmm", "08:30") == "out_of_range");
    CHECK(put("bits2", [](field_writer& w) { return w.put_bits(0x1050); }) == "5010");
    CHECK(put("bits2", [](field_writer& w) { return w.put_bits(0x10000); }) == "out_of_range");
    CHECK(put("bits12", [](field_writer& w) { return w.put_bits(1); }) ==
          "010000000000000000000000");
    CHECK(put("NN", [](field_writer& w) { return w.put_bits(1); }) == "out_of_range");
    CHECK(put("hex2", [](field_writer& w) { return w.put_bytes(bytes{1}); }) == "out_of_range");
}

TEST_CASE("moments are written only where they can be read")
{
    std::array<std::uint8_t, 8> out{};
    const auto put = [&out](std::string_view layout, const moment& value) {
        field_writer writer{layout, out};
        const auto done = writer.put_moment(value);
        return done ? hex_of(std::span{out}.first(writer.finish().value()))
                    : std::string{to_string(done.error())};
    };
    const moment noon = moment::of({2026, 1, 31, 12, 0, 0});
    CHECK(noon.weekday == 6);
    CHECK(put("YYMMDDhhmm", noon) == "0012310126");
    CHECK(put("YYMMDDWWhhmmss", noon) == "00001206310126");
    moment wrong = noon;
    wrong.month = 2;
    CHECK(put("YYMMDD", wrong) == "out_of_range");
    CHECK(put("YYhh", wrong) == "1226");
    wrong.month = moment::absent;
    CHECK(put("YYMMDD", wrong) == "not_available");
    CHECK(put("NN", noon) == "out_of_range");
    CHECK(noon.to_civil().value() == civil_time{2026, 1, 31, 12, 0, 0});
    CHECK(wrong.to_civil().error() == errc::not_available);
    CHECK(moment{}.to_civil().error() == errc::not_available);
}

TEST_CASE("a writer ends where the layout does, and not before")
{
    std::array<std::uint8_t, 4> out{};
    field_writer three{"NN*3", out};
    CHECK(three.finish().error() == errc::empty);
    CHECK(three.put_number(1).has_value());
    CHECK(three.finish().error() == errc::empty);
    CHECK(three.put_number(2).has_value());
    CHECK(three.put_number(3).has_value());
    CHECK(three.finish().value() == 3);
    CHECK(three.put_number(4).error() == errc::not_found);
    CHECK(three.expected().error() == errc::not_found);
    CHECK(three.finish().value() == 3);
    field_writer any{"(NN NN)*n", out};
    CHECK(any.finish().value() == 0);
    CHECK(any.put_number(1).has_value());
    CHECK(any.expected().value().size == 1);
    CHECK(any.finish().error() == errc::empty);
    CHECK(any.put_number(2).has_value());
    CHECK(any.finish().value() == 2);
    CHECK(any.expected().has_value());
    CHECK(any.finish().value() == 2);
    CHECK(any.put_number(3).has_value());
    CHECK(any.put_number(4).has_value());
    CHECK(any.put_number(5).error() == errc::buffer_too_small);
    CHECK(any.finish().value() == 4);
    field_writer rest{"NN hex*", out};
    CHECK(rest.put_number(1).has_value());
    CHECK(rest.finish().value() == 1);
    CHECK(rest.put_bytes(bytes{1, 2}).has_value());
    CHECK(rest.finish().value() == 3);
    CHECK(rest.put_bytes(bytes{1}).error() == errc::not_found);
    field_writer bad{"XY", out};
    CHECK(bad.put_number(1).error() == errc::syntax);
    CHECK(bad.finish().error() == errc::syntax);
}

TEST_CASE("a value that is put in the wrong kind of field leaves the writer where it was")
{
    std::array<std::uint8_t, 8> out{};
    field_writer writer{"at:hhmm NN", out};
    CHECK(writer.put_number(1).error() == errc::out_of_range);
    CHECK(writer.expected().value().name == "at");
    CHECK(writer.put_moment(moment::of({2026, 1, 1, 8, 30, 0})).has_value());
    CHECK(writer.put_number(100).error() == errc::out_of_range);
    CHECK(writer.put_number(99).has_value());
    CHECK(hex_of(std::span{out}.first(writer.finish().value())) == "300899");
}

TEST_CASE("a short text is never cut within a character")
{
    short_text<8> text;
    text << "ab" << "\u7535\u8868";  // two and two times three bytes
    CHECK(text.view() == "ab\u7535\u8868");
    CHECK(!text.is_cut());
    short_text<7> shorter;
    shorter << "ab" << "\u7535\u8868" << "c";
    CHECK(shorter.view() == "ab\u7535");
    CHECK(shorter.is_cut());
    short_text<20> number;
    number.put(18446744073709551615U);
    CHECK(number.view() == "18446744073709551615");
}
