// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <vector>

#include <wattpurse/codec/modbus/mbap.hpp>

#include "modbus_random.hpp"
#include "modbus_stream.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::modbus;
using wattpurse::test::kept_adu;
using wattpurse::test::modbus_dice;
using bytes = std::vector<std::uint8_t>;
using kind = mbap_event::kind_type;

namespace {

std::vector<kept_adu> taken(mbap_framer& framer, byte_span piece)
{
    std::vector<kept_adu> out;
    for (auto event = framer.next(piece); event.kind != kind::nothing;
         event = framer.next(piece)) {
        if (event.kind == kind::adu) out.push_back(test::kept(event.offset, event.adu));
    }
    CHECK(piece.empty());
    return out;
}

bytes framed(std::uint16_t transaction, std::uint8_t unit, const bytes& pdu)
{
    bytes out(pdu.size() + mbap_header_size);
    static_cast<void>(encode_mbap({transaction, unit, pdu}, out).value());
    return out;
}

}  // namespace

TEST_CASE("ADUs come out of a TCP stream however it is cut")
{
    modbus_dice dice{7};
    for (int round = 0; round < 300; ++round) {
        bytes stream;
        std::vector<kept_adu> wanted;
        for (unsigned i = 0; i < 20; ++i) {
            const bytes pdu = dice.bytes(dice.quantity(253));
            const std::uint16_t transaction = dice.word();
            const std::uint8_t unit = dice.byte();
            wanted.push_back({stream.size(), transaction, unit, pdu});
            const bytes one = framed(transaction, unit, pdu);
            stream.insert(stream.end(), one.begin(), one.end());
        }
        mbap_framer framer;
        std::vector<kept_adu> got;
        for (byte_span rest{stream}; !rest.empty();) {
            const std::size_t size =
                std::min<std::size_t>(rest.size(), 1 + dice.below(round % 3 == 0 ? 3 : 700));
            for (auto& each : taken(framer, rest.first(size))) got.push_back(each);
            rest = rest.subspan(size);
        }
        CHECK(got == wanted);
        CHECK(framer.counters().adus == 20);
        CHECK(framer.pending() == 0);
    }
}

TEST_CASE("what comes whole is not copied, and what comes in pieces is complete with its last byte")
{
    const bytes one = framed(5, 1, {0x03, 2, 0xAB, 0xCD});
    mbap_framer framer;
    byte_span whole{one};
    auto event = framer.next(whole);
    REQUIRE(event.kind == kind::adu);
    CHECK(event.adu.pdu.data() == one.data() + mbap_header_size);
    CHECK(event.length == 5);
    for (std::size_t i = 0; i < one.size(); ++i) {
        byte_span single = byte_span{one}.subspan(i, 1);
        event = framer.next(single);
        CHECK(event.kind == (i + 1 < one.size() ? kind::nothing : kind::adu));
        CHECK(framer.pending() == (i + 1 < one.size() ? i + 1 : 0));
    }
    CHECK(event.adu.transaction == 5);
    CHECK(test::hex(event.adu.pdu) == "0302ABCD");
    CHECK(event.offset == one.size());
}

TEST_CASE("an ADU of another protocol is passed over, and the stream goes on behind it")
{
    bytes foreign = framed(9, 1, {0x03, 0, 0, 0, 1});
    foreign[3] = 1;
    const bytes good = framed(10, 1, {0x83, 2});
    const bytes stream = test::operator+(foreign, good);
    for (const std::size_t cut : {std::size_t{0}, std::size_t{4}, foreign.size()}) {
        mbap_framer framer;
        byte_span first = byte_span{stream}.first(cut);
        CHECK((framer.next(first).kind == kind::nothing || cut == foreign.size()));
        byte_span rest = byte_span{stream}.subspan(cut);
        auto event = framer.next(rest);
        if (cut < foreign.size()) {
            CHECK(event.kind == kind::foreign);
            CHECK(event.protocol == 1);
            CHECK(event.adu.pdu.empty());
            event = framer.next(rest);
        }
        REQUIRE(event.kind == kind::adu);
        CHECK(event.adu.transaction == 10);
        CHECK(framer.counters().foreign == 1);
        CHECK(!framer.broken());
    }
}

TEST_CASE("a length that cannot be ends the stream, for nothing tells where the next ADU begins")
{
    const bytes good = framed(1, 1, {0x83, 2});
    for (const unsigned length : {0U, 1U, 255U, 0x0100U, 0xFFFFU}) {
        CAPTURE(length);
        for (const bool piecewise : {false, true}) {
            bytes stream = framed(2, 1, {0x03, 0, 0, 0, 1});
            stream[4] = static_cast<std::uint8_t>(length >> 8U);
            stream[5] = static_cast<std::uint8_t>(length & 0xFFU);
            stream = test::operator+(test::operator+(good, stream), good);
            mbap_framer framer;
            std::vector<kind> seen;
            for (std::size_t at = 0; at < stream.size();) {
                const std::size_t size = piecewise ? 1 : stream.size();
                byte_span piece = byte_span{stream}.subspan(at, size);
                at += size;
                for (auto event = framer.next(piece); event.kind != kind::nothing;
                     event = framer.next(piece)) {
                    seen.push_back(event.kind);
                    if (event.kind == kind::broken) CHECK(event.length == length);
                    if (event.kind == kind::broken) CHECK(event.offset == good.size());
                }
            }
            CHECK(seen == std::vector{kind::adu, kind::broken});
            CHECK(framer.broken());
            CHECK(framer.counters().broken == 1);
            framer.reset();
            CHECK(taken(framer, good).size() == 1);
        }
    }
}

TEST_CASE("the shortest and the longest ADU are taken")
{
    mbap_framer framer;
    CHECK(taken(framer, framed(1, 1, {0x07})).size() == 1);
    const auto longest = taken(framer, framed(2, 1, bytes(253, 0x41)));
    REQUIRE(longest.size() == 1);
    CHECK(longest[0].pdu.size() == 253);
}
