// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/base/bcd.hpp>
#include <wattpurse/base/bytes.hpp>

namespace {

using namespace wattpurse;
using bytes = std::vector<std::uint8_t>;

}  // namespace

TEST_CASE("hexadecimal text is read with or without spaces, in either case")
{
    std::array<std::uint8_t, 4> out{};
    CHECK(parse_hex("68 7a\tFf", out).value() == 3);
    CHECK(out == std::array<std::uint8_t, 4>{0x68, 0x7A, 0xFF, 0});
    CHECK(parse_hex("00112233", out).value() == 4);
    CHECK(parse_hex("", out).value() == 0);
    CHECK(parse_hex("0011223344", out) == fail(errc::buffer_too_small));
    for (const std::string_view bad : {"1", "123", "1 2", "0x12", "gg", "12\n", "-1", "12,34"}) {
        CAPTURE(bad);
        CHECK(parse_hex(bad, out) == fail(errc::syntax));
    }
}

TEST_CASE("bytes are written as capitals and never past the end of the room")
{
    const bytes data{0x68, 0x0A, 0xFF};
    std::array<char, 8> out{};
    CHECK(format_hex(data, out).value() == "680AFF");
    CHECK(format_hex(data, out, ' ').value() == "68 0A FF");
    CHECK(format_hex(data, std::span{out}.first(7), ' ') == fail(errc::buffer_too_small));
    CHECK(format_hex(data, std::span{out}.first(5)) == fail(errc::buffer_too_small));
    CHECK(format_hex({}, out).value().empty());
}

TEST_CASE("packed BCD is read low byte first and bad nibbles are refused")
{
    CHECK(from_bcd(bytes{0x34, 0x12}).value() == 1234);
    CHECK(from_bcd(bytes{0x00, 0x00, 0x00, 0x00}).value() == 0);
    CHECK(from_bcd(bytes(9, 0x99)).value() == 999'999'999'999'999'999);
    CHECK(from_bcd(bytes(10, 0x00)) == fail(errc::too_long));
    CHECK(from_bcd({}) == fail(errc::empty));
    for (unsigned byte = 0; byte < 256; ++byte) {
        const bool decimal_digits = (byte >> 4U) <= 9 && (byte & 0x0FU) <= 9;
        const auto one = static_cast<std::uint8_t>(byte);
        CAPTURE(byte);
        CHECK(from_bcd_byte(one).has_value() == decimal_digits);
        CHECK(from_bcd(bytes{0x00, one}).has_value() == decimal_digits);
        CHECK((!decimal_digits || to_bcd_byte(from_bcd_byte(one).value()).value() == one));
    }
    CHECK(from_bcd_byte(0x9A) == fail(errc::not_bcd));
    CHECK(to_bcd_byte(100) == fail(errc::out_of_range));
}

TEST_CASE("packed BCD fills its field or is refused")
{
    bytes out(3);
    CHECK(to_bcd(1234, out).has_value());
    CHECK(out == bytes{0x34, 0x12, 0x00});
    CHECK(to_bcd(999999, out).has_value());
    CHECK(out == bytes{0x99, 0x99, 0x99});
    CHECK(to_bcd(1000000, out) == fail(errc::out_of_range));
    CHECK(to_bcd(0, {}).has_value());
}
