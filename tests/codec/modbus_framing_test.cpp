// SPDX-License-Identifier: Apache-2.0
// Checksums, one ADU at a time, silences: what the stream framers stand on.
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <wattpurse/codec/modbus/ascii.hpp>
#include <wattpurse/codec/modbus/crc16.hpp>
#include <wattpurse/codec/modbus/guess.hpp>
#include <wattpurse/codec/modbus/mbap.hpp>
#include <wattpurse/codec/modbus/rtu.hpp>
#include <wattpurse/codec/modbus/timing.hpp>

#include "modbus_random.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::modbus;
using wattpurse::test::modbus_dice;
using bytes = std::vector<std::uint8_t>;

namespace {

/// The definition (Modbus over serial line V1.02, 6.2.2), a bit at a time.
std::uint16_t crc_by_definition(byte_span of)
{
    unsigned crc = 0xFFFF;
    for (const std::uint8_t byte : of) {
        crc ^= byte;
        for (int i = 0; i < 8; ++i) {
            const bool carry = (crc & 1U) != 0;
            crc >>= 1U;
            if (carry) crc ^= 0xA001U;
        }
    }
    return static_cast<std::uint16_t>(crc);
}

bytes ascii(const std::string& text)
{
    return {text.begin(), text.end()};
}

template <class Encode>
errc refused(Encode encode, byte_span pdu, std::size_t room)
{
    std::array<std::uint8_t, 600> out{};
    const auto size = encode(adu{1, 1, pdu}, std::span{out}.first(room));
    REQUIRE(!size.has_value());
    return size.error();
}

}  // namespace

TEST_CASE("both ways to compute the CRC agree with its definition at every length")
{
    modbus_dice dice{5};
    for (std::size_t size = 0; size <= 300; ++size) {
        const bytes drawn = dice.bytes(size);
        const std::uint16_t wanted = crc_by_definition(drawn);
        CHECK(crc16_sliced::of(drawn) == wanted);
        CHECK(crc16_small::of(drawn) == wanted);
        // In two parts, and at any alignment.
        const std::size_t cut = size / 3;
        CHECK(crc16_sliced::of(byte_span{drawn}.subspan(cut),
                               crc16_sliced::of(byte_span{drawn}.first(cut))) == wanted);
    }
    const bytes known{0x01, 0x03, 0x00, 0x64, 0x00, 0x01};
    CHECK(crc16_sliced::of(known) == 0xD5C5);
    CHECK(crc16_small::of({}) == 0xFFFF);
}

static_assert(crc16_sliced::of(std::array<std::uint8_t, 9>{1, 2, 3, 4, 5, 6, 7, 8, 9}) ==
              crc16_small::of(std::array<std::uint8_t, 9>{1, 2, 3, 4, 5, 6, 7, 8, 9}));

TEST_CASE("the LRC makes the sum of all bytes zero")
{
    CHECK(lrc(bytes{0x01, 0x03, 0x00, 0x03, 0x00, 0x01}) == 0xF8);
    CHECK(lrc(bytes{}) == 0);
    CHECK(lrc(bytes{0x01, 0x03, 0x00, 0x03, 0x00, 0x01, 0xF8}) == 0);
}

TEST_CASE("an ADU is written in place or from elsewhere, and read back")
{
    modbus_dice dice{6};
    for (int round = 0; round < 3000; ++round) {
        const bytes pdu = dice.bytes(1 + dice.below(253));
        const adu meant{dice.word(), dice.byte(), pdu};
        std::array<std::uint8_t, ascii_size_max> out{};
        std::array<std::uint8_t, ascii_binary_max> binary{};

        std::size_t size = encode_mbap(meant, out).value();
        CHECK(size == mbap_header_size + pdu.size());
        auto got = decode_mbap(byte_span{out}.first(size));
        REQUIRE(got.has_value());
        CHECK(got->transaction == meant.transaction);
        CHECK(got->unit == meant.unit);
        CHECK(test::same(got->pdu, pdu));
        const auto before = out;
        CHECK(seal_mbap(meant.transaction, meant.unit, pdu.size(), out).value() == size);
        CHECK(encode_mbap({meant.transaction, meant.unit, got->pdu}, out).value() == size);
        CHECK(out == before);

        size = encode_rtu(meant, out).value();
        CHECK(size == rtu_overhead + pdu.size());
        got = decode_rtu<crc16_small>(byte_span{out}.first(size));
        REQUIRE(got.has_value());
        CHECK(got->transaction == 0);
        CHECK(got->unit == meant.unit);
        CHECK(test::same(got->pdu, pdu));
        CHECK(seal_rtu<crc16_small>(meant.unit, pdu.size(), out).value() == size);
        CHECK(crc16_sliced::of(byte_span{out}.first(size)) == 0);

        size = encode_ascii(meant, out).value();
        CHECK(size == 1 + 2 * (pdu.size() + 2) + 2);
        got = decode_ascii(byte_span{out}.first(size), binary);
        REQUIRE(got.has_value());
        CHECK(got->unit == meant.unit);
        CHECK(test::same(got->pdu, pdu));
    }
}

TEST_CASE("no framing writes an ADU that is empty, too long or does not fit")
{
    const auto mbap = [](const adu& what, auto out) { return encode_mbap(what, out); };
    const auto rtu = [](const adu& what, auto out) { return encode_rtu(what, out); };
    const auto text = [](const adu& what, auto out) { return encode_ascii(what, out); };
    const bytes pdu(254, 1);
    const byte_span longest = byte_span{pdu}.first(253);
    CHECK(refused(mbap, {}, 600) == errc::empty);
    CHECK(refused(rtu, {}, 600) == errc::empty);
    CHECK(refused(text, {}, 600) == errc::empty);
    CHECK(refused(mbap, pdu, 600) == errc::too_long);
    CHECK(refused(rtu, pdu, 600) == errc::too_long);
    CHECK(refused(text, pdu, 600) == errc::too_long);
    CHECK(refused(mbap, longest, 259) == errc::buffer_too_small);
    CHECK(refused(rtu, longest, 255) == errc::buffer_too_small);
    CHECK(refused(text, longest, 512) == errc::buffer_too_small);
    std::array<std::uint8_t, 513> out{};
    CHECK(encode_mbap({0, 1, longest}, std::span{out}.first(260)).value() == 260);
    CHECK(encode_rtu({0, 1, longest}, std::span{out}.first(256)).value() == 256);
    CHECK(encode_ascii({0, 1, longest}, out).value() == 513);
}

TEST_CASE("bytes that are not exactly one ADU are none")
{
    const bytes tcp{0, 1, 0, 0, 0, 3, 1, 0x83, 2};
    CHECK(decode_mbap(tcp).has_value());
    CHECK(!decode_mbap(byte_span{tcp}.first(8)).has_value());
    CHECK(!decode_mbap(bytes{0, 1, 0, 0, 0, 3, 1, 0x83, 2, 0}).has_value());
    CHECK(!decode_mbap(bytes{0, 1, 0, 1, 0, 3, 1, 0x83, 2}).has_value());  // protocol 1
    CHECK(!decode_mbap(bytes{0, 1, 0, 0, 0, 1, 1}).has_value());           // no function
    CHECK(!decode_mbap(bytes{}).has_value());
    bytes long_one(6 + 255, 0x41);
    long_one[2] = long_one[3] = long_one[4] = 0;
    long_one[5] = 255;
    CHECK(!decode_mbap(long_one).has_value());

    CHECK(!decode_rtu(bytes{}).has_value());
    CHECK(!decode_rtu(bytes{0xFF, 0xFF}).has_value());
    CHECK(!decode_rtu(bytes(3, 0)).has_value());
    bytes over(257, 0x41);
    const std::uint16_t crc = crc16_small::of(byte_span{over}.first(255));
    over[255] = static_cast<std::uint8_t>(crc & 0xFFU);
    over[256] = static_cast<std::uint8_t>(crc >> 8U);
    CHECK(crc16_sliced::of(over) == 0);
    CHECK(!decode_rtu(over).has_value());
    CHECK(crc_of_frame(bytes{1, 3, 0xC5, 0xD5}) == 0xD5C5);
}

TEST_CASE("ASCII takes digits of either case, and nothing else about it is loose")
{
    std::array<std::uint8_t, ascii_binary_max> binary{};
    const auto reads = [&](const std::string& text, std::uint8_t delimiter = '\n') {
        return decode_ascii(ascii(text), binary, delimiter).has_value();
    };
    CHECK(reads(":010300030001F8\r\n"));
    CHECK(reads(":010300030001f8\r\n"));
    CHECK(!reads(":010300030001F9\r\n"));
    CHECK(!reads(":010300030001F8\n"));
    CHECK(!reads(":010300030001F8\r\n\n"));
    CHECK(!reads(":010300030001F\r\n"));
    CHECK(!reads(";010300030001F8\r\n"));
    CHECK(!reads(":0103 0003 0001F8\r\n"));
    CHECK(!reads(":01G300030001F8\r\n"));
    CHECK(!reads(":00\r\n"));
    CHECK(!reads(":01FF\r\n"));     // LRC alone behind the address
    CHECK(reads(":0107F8\r\n"));
    CHECK(reads(":010300030001F8\r&", '&'));
    CHECK(!reads(":010300030001F8\r&"));
    CHECK(decode_ascii(ascii(":010300030001F8\r\n"), std::span{binary}.first(6)).error() ==
          errc::buffer_too_small);
    std::array<std::uint8_t, 32> out{};
    const std::size_t size = encode_ascii({0, 0xAB, bytes{0x03, 0xCD}}, out, '&').value();
    CHECK(std::string(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)) ==
          ":AB03CD85\r&");
}

TEST_CASE("silences follow from the baud rate up to 19200, and are fixed above it")
{
    CHECK(silences_at(9600) == silences{1719, 4011});
    CHECK(silences_at(19200) == silences{860, 2006});
    CHECK(silences_at(19201) == silences{750, 1750});
    CHECK(silences_at(115200) == silences{750, 1750});
    CHECK(silences_at(1200) == silences{13750, 32084});
    CHECK(silences_at(0) == silences{0, 0});
    CHECK(characters_us(8, 9600) == 9167);
    CHECK(characters_us(256, 300) == 9'386'667);
    CHECK(characters_us(1, 0) == 0);
    CHECK(milliseconds_up(1750) == 2);
    CHECK(milliseconds_up(4000) == 4);
    CHECK(milliseconds_up(0) == 0);
}

TEST_CASE("bytes that fit two framings are guessed as both, the one that makes sense first")
{
    // A TCP answer whose last two bytes happen to be the CRC of what stands before them.
    bytes both{0, 1, 0, 0, 0, 7, 1, 0x03, 4, 0, 0, 0, 0};
    const std::uint16_t crc = crc16_small::of(byte_span{both}.first(11));
    both[11] = static_cast<std::uint8_t>(crc & 0xFFU);
    both[12] = static_cast<std::uint8_t>(crc >> 8U);
    std::array<std::uint8_t, ascii_binary_max> binary{};
    const auto guesses = guess_framing(both, binary);
    REQUIRE(guesses.size == 2);
    CHECK(guesses.all[0].framing == framing::tcp);
    CHECK(guesses.all[0].directions == directions{false, true});
    CHECK(guesses.all[1].framing == framing::rtu);
    CHECK(to_string(guesses.all[1].framing) == "rtu");
}

TEST_CASE("ASCII written down without its end is guessed all the same")
{
    std::array<std::uint8_t, ascii_binary_max> binary{};
    for (const char* text : {":010300030001F8", ":010300030001F8\n", ":010300030001F8\r\n"}) {
        const bytes line = ascii(text);
        const auto guesses = guess_framing(line, binary);
        REQUIRE(guesses.size == 1);
        CHECK(guesses.all[0].framing == framing::ascii);
        CHECK(guesses.all[0].adu.unit == 1);
        CHECK(guesses.all[0].directions == directions{true, false});
    }
    CHECK(guess_framing(ascii(":010300030001F9"), binary).size == 0);
    CHECK(guess_framing(bytes(600, ':'), binary).size == 0);
    CHECK(guess_framing({}, binary).size == 0);
}

TEST_CASE("a refusal goes one way, an echo both")
{
    CHECK(directions_of(bytes{0x83, 0x02}) == directions{false, true});
    CHECK(directions_of(bytes{0x06, 0, 1, 0, 3}) == directions{true, true});
    CHECK(directions_of(bytes{0xAA, 0, 1}) == directions{true, true});
    CHECK(directions_of(bytes{0x03, 0, 1, 0, 3}) == directions{true, false});
    CHECK(directions_of(bytes{0x03, 2, 1, 0}) == directions{false, true});
    CHECK(directions_of(bytes{0x03, 3, 1, 0, 0}) == directions{false, false});
}
