// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include <wattpurse/codec/modbus/ascii_framer.hpp>

#include "modbus_random.hpp"
#include "modbus_stream.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::modbus;
using wattpurse::test::ascii_findings;
using wattpurse::test::modbus_dice;
using wattpurse::test::take_ascii;
using wattpurse::test::text_bytes;
using bytes = std::vector<std::uint8_t>;

namespace {

const std::string good = ":010300030001F8\r\n";

ascii_findings heard(const std::string& text)
{
    ascii_framer framer;
    ascii_findings out;
    take_ascii(framer, text_bytes(text), out);
    framer.flush();
    take_ascii(framer, {}, out);
    return out;
}

/// The one rejection in `text`, behind which a good frame is found.
ascii_event rejected(const std::string& text)
{
    const ascii_findings found = heard(text + good);
    CHECK(found.frames.size() == 1);
    REQUIRE(found.rejections.size() == 1);
    return found.rejections[0];
}

}  // namespace

TEST_CASE("ASCII frames come out of a stream however it is cut")
{
    modbus_dice dice{8};
    for (int round = 0; round < 200; ++round) {
        bytes stream;
        std::vector<test::kept_adu> wanted;
        for (unsigned i = 0; i < 10; ++i) {
            for (unsigned noise = dice.below(4); noise > 0; --noise) {
                stream.push_back(static_cast<std::uint8_t>('g' + dice.below(10)));
            }
            const bytes pdu = dice.bytes(dice.quantity(253));
            const std::uint8_t unit = dice.byte();
            wanted.push_back({stream.size(), 0, unit, pdu});
            bytes one(ascii_size_max);
            one.resize(encode_ascii({0, unit, pdu}, one).value());
            stream = test::operator+(stream, one);
        }
        ascii_framer framer;
        ascii_findings got;
        for (byte_span rest{stream}; !rest.empty();) {
            const std::size_t size = std::min<std::size_t>(rest.size(), 1 + dice.below(900));
            take_ascii(framer, rest.first(size), got);
            rest = rest.subspan(size);
        }
        CHECK(got.frames == wanted);
        CHECK(got.rejections.empty());
        CHECK(framer.counters().frames == 10);
        CHECK(framer.pending() == 0);
    }
}

TEST_CASE("each way an ASCII frame can be wrong has its name, place and character")
{
    ascii_event at = rejected(":010300030001F9\r\n");
    CHECK(at.cause == ascii_rejection::bad_checksum);
    CHECK(at.found == 0xF9);
    CHECK(at.expected == 0xF8);
    CHECK(at.adu.unit == 1);
    CHECK(at.at == 16);
    at = rejected(":0103x");
    CHECK(at.cause == ascii_rejection::bad_character);
    CHECK(at.found == 'x');
    CHECK(at.at == 5);
    at = rejected("zz:010300030001F8\rX");
    CHECK(at.cause == ascii_rejection::bad_end);
    CHECK(at.offset == 2);
    CHECK(at.found == 'X');
    CHECK(at.expected == '\n');
    at = rejected(":010300030001F\r");
    CHECK(at.cause == ascii_rejection::odd_digits);
    at = rejected(":01FF\r\n");
    CHECK(at.cause == ascii_rejection::too_short);
    at = rejected(":" + std::string(512, '0'));
    CHECK(at.cause == ascii_rejection::too_long);
    CHECK(at.at == 511);
    at = rejected(":010300");
    CHECK(at.cause == ascii_rejection::restarted);
    CHECK(at.at == 7);
}

TEST_CASE("a frame that does not go on for a second is given up, and its rest is noise")
{
    ascii_framer framer;
    ascii_findings found;
    take_ascii(framer, text_bytes(":0103000"), found);
    CHECK(framer.pending() == 8);
    framer.flush();
    take_ascii(framer, text_bytes("30001F8\r\n" + good), found);
    REQUIRE(found.rejections.size() == 1);
    CHECK(found.rejections[0].cause == ascii_rejection::truncated);
    CHECK(found.frames.size() == 1);
    CHECK(framer.counters().truncated == 1);
    CHECK(framer.counters().garbage_bytes == 17);
    framer.flush();
    take_ascii(framer, {}, found);
    CHECK(framer.counters().truncated == 1);  // nothing was pending
}

TEST_CASE("garbage is counted to the byte")
{
    ascii_framer framer;
    ascii_findings found;
    const std::string line = "noise:01x:0103:" + good.substr(1) + "\r\n:010300030001F9\r\n";
    take_ascii(framer, text_bytes(line), found);
    CHECK(found.frames.size() == 1);
    CHECK(framer.counters().garbage_bytes == line.size() - good.size());
    CHECK(framer.counters().restarted == 1);
    CHECK(framer.counters().bad_character == 1);
    CHECK(framer.counters().bad_checksum == 1);
}

TEST_CASE("lower case is taken, and another delimiter where it was agreed")
{
    CHECK(heard(":010300030001f8\r\n").frames.size() == 1);
    ascii_framer framer{'&'};
    ascii_findings found;
    take_ascii(framer, text_bytes(":010300030001F8\r&:010300030001F8\r\n"), found);
    CHECK(found.frames.size() == 1);
    REQUIRE(found.rejections.size() == 1);
    CHECK(found.rejections[0].expected == '&');
    framer.set_delimiter('\n');
    take_ascii(framer, text_bytes(good), found);
    CHECK(found.frames.size() == 2);
    CHECK(to_string(found.rejections[0].cause) == "bad_end");
}

TEST_CASE("what is forgotten is not reported")
{
    ascii_framer framer;
    ascii_findings found;
    take_ascii(framer, text_bytes(":0103"), found);
    framer.clear();
    CHECK(framer.pending() == 0);
    take_ascii(framer, text_bytes(good), found);
    CHECK(found.rejections.empty());
    REQUIRE(found.frames.size() == 1);
    CHECK(found.frames[0].offset == 5);
}
