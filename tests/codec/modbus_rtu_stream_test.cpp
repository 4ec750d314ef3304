// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include <wattpurse/codec/modbus/encode_request.hpp>
#include <wattpurse/codec/modbus/encode_response.hpp>
#include <wattpurse/codec/modbus/rtu_framer.hpp>

#include "modbus_random.hpp"
#include "modbus_stream.hpp"
#include "modbus_vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::modbus;
using test::operator+;
using wattpurse::test::heard;
using wattpurse::test::modbus_bytes;
using wattpurse::test::modbus_dice;
using wattpurse::test::rtu_findings;
using wattpurse::test::rtu_frame;
using wattpurse::test::take_rtu;
using bytes = std::vector<std::uint8_t>;

namespace {

const bytes asking = rtu_frame(1, {0x03, 0x00, 0x03, 0x00, 0x01});
const bytes answering = rtu_frame(1, {0x03, 0x02, 0x03, 0x03});

template <class Framer>
std::size_t frames_at_once(Framer framer, const bytes& line)
{
    rtu_findings out;
    take_rtu(framer, line, out);
    return out.frames.size();
}

}  // namespace

TEST_CASE("a frame is there with its last byte, without waiting for silence")
{
    rtu_request_framer server;
    rtu_response_framer client;
    client.hears().asked_function = 0x03;
    for (std::size_t i = 0; i + 1 < asking.size(); ++i) {
        byte_span one = byte_span{asking}.subspan(i, 1);
        CHECK(server.next(one).kind == rtu_event::kind_type::nothing);
        CHECK(server.pending() == i + 1);
    }
    byte_span last = byte_span{asking}.last(1);
    const rtu_event event = server.next(last);
    REQUIRE(event.kind == rtu_event::kind_type::frame);
    CHECK(event.adu.unit == 1);
    CHECK(test::hex(event.adu.pdu) == "0300030001");
    CHECK(event.extent == asking.size());
    CHECK(server.pending() == 0);
    CHECK(frames_at_once(client, answering) == 1);
    CHECK(frames_at_once(client, rtu_frame(1, {0x83, 0x02})) == 1);
}

TEST_CASE("requests and responses of all functions are found one behind the other without gaps")
{
    modbus_dice dice{9};
    for (int round = 0; round < 200; ++round) {
        bytes asked;
        bytes answered;
        std::vector<test::kept_adu> wanted_requests;
        std::vector<test::kept_adu> wanted_responses;
        for (int i = 0; i < 12; ++i) {
            test::drawn_request request{dice};
            test::drawn_response response{dice, request.what};
            const auto code = static_cast<function>(request.what.function);
            const bool is_sized =
                is_public(code) && (code != function::diagnostics || request.data.size() == 2) &&
                (code != function::encapsulated_interface || request.what.mei_type == 0x0E);
            if (!is_sized) continue;
            bytes pdu(pdu_size_max);
            const std::uint8_t unit = dice.byte();
            pdu.resize(encode(request.what, pdu).value());
            wanted_requests.push_back({asked.size(), 0, unit, pdu});
            asked = asked + rtu_frame(unit, pdu);
            pdu.resize(pdu_size_max);
            pdu.resize(encode(response.what, pdu).value());
            wanted_responses.push_back({answered.size(), 0, unit, pdu});
            answered = answered + rtu_frame(unit, pdu);
        }
        basic_rtu_framer<rtu_hears_requests, crc16_small> server{rtu_gaps::unknown};
        rtu_response_framer client;
        CHECK(heard(server, asked).frames == wanted_requests);
        CHECK(heard(client, answered).frames == wanted_responses);
        CHECK(server.counters().garbage_bytes == 0);
        CHECK(client.counters().frames == wanted_responses.size());
    }
}

TEST_CASE("both directions of a line are told apart by their checksums")
{
    modbus_dice dice{10};
    std::size_t frames = 0;
    for (int round = 0; round < 400; ++round) {
        bytes line;
        std::vector<test::kept_adu> wanted;
        for (int i = 0; i < 6; ++i) {
            test::drawn_request request{dice};
            test::drawn_response response{dice, request.what};
            const auto code = static_cast<function>(request.what.function);
            if (!is_public(code) || code == function::diagnostics ||
                code == function::encapsulated_interface) {
                continue;
            }
            for (const bool is_answer : {false, true}) {
                bytes pdu(pdu_size_max);
                pdu.resize(is_answer ? encode(response.what, pdu).value()
                                     : encode(request.what, pdu).value());
                wanted.push_back({line.size(), 0, 1, pdu});
                line = line + rtu_frame(1, pdu);
            }
        }
        rtu_line_framer tool{rtu_gaps::unknown};
        const auto found = heard(tool, line);
        CHECK(found.frames == wanted);
        frames += found.frames.size();
    }
    CHECK(frames > 2000);
}

TEST_CASE("noise before a frame costs nothing where gaps are unknown, and a silence where they are")
{
    const bytes noisy = bytes{0xFF, 0x00, 0x13} + asking;
    CHECK(frames_at_once(rtu_request_framer{rtu_gaps::unknown}, noisy) == 1);
    rtu_request_framer strict;
    rtu_findings found;
    take_rtu(strict, noisy, found);
    CHECK(found.frames.empty());
    found = heard(strict, {});
    REQUIRE(found.frames.size() == 1);
    CHECK(found.frames[0].offset == 3);
    REQUIRE(found.rejections.size() == 1);
    CHECK(found.rejections[0].cause == rtu_rejection::bad_function);
    CHECK(found.rejections[0].offset == 0);
    CHECK(strict.counters().garbage_bytes == 3);
}

TEST_CASE("a vendor's function ends with silence")
{
    const bytes pdu = modbus_bytes("aa0046001c38") + bytes(56, 0);
    const bytes frame = rtu_frame(1, pdu);
    rtu_response_framer client;
    client.hears().asked_function = 0xAA;
    rtu_findings found;
    for (const std::uint8_t byte : frame) take_rtu(client, {&byte, 1}, found);
    CHECK(found.frames.empty());
    CHECK(client.pending() == frame.size());
    client.flush();
    take_rtu(client, {}, found);
    REQUIRE(found.frames.size() == 1);
    CHECK(found.frames[0].pdu == pdu);
    // A response that is short, or a refusal, ends with silence too.
    CHECK(heard(client, rtu_frame(1, modbus_bytes("aa0046001c"))).frames.size() == 1);
    CHECK(heard(client, rtu_frame(1, {0xAA, 0x03})).frames.size() == 1);
    // For whoever has asked for something else AA is a refusal of 2A.
    client.hears().asked_function = 0x03;
    CHECK(frames_at_once(client, rtu_frame(1, {0xAA, 0x03})) == 1);
}

TEST_CASE("what stands between two silences with a right checksum is a frame, however malformed")
{
    rtu_request_framer server;
    const bytes too_long = rtu_frame(1, modbus_bytes("0300000001dead"));
    auto found = heard(server, too_long);
    REQUIRE(found.frames.size() == 1);
    CHECK(test::modbus_hex(found.frames[0].pdu) == "0300000001dead");
    CHECK(heard(server, rtu_frame(1, modbus_bytes("030000"))).frames.size() == 1);
    CHECK(heard(server, rtu_frame(1, modbus_bytes("10000000010400000000"))).frames.size() == 1);
    CHECK(server.counters().garbage_bytes == 0);
    // Where nothing is known of silence, it is noise.
    rtu_request_framer deaf{rtu_gaps::unknown};
    CHECK(heard(deaf, too_long).frames.empty());
}

TEST_CASE("a long loopback is found at the next silence")
{
    rtu_request_framer server;
    const bytes pdu = modbus_bytes("0800001122334455667788");
    const auto found = heard(server, rtu_frame(7, pdu));
    REQUIRE(found.frames.size() == 1);
    CHECK(found.frames[0].pdu == pdu);
}

TEST_CASE("each way an RTU frame can be wrong has its name and figures")
{
    rtu_response_framer client;
    client.hears().asked_function = 0x03;
    bytes spoiled = answering;
    spoiled[3] ^= 1;
    auto found = heard(client, spoiled);
    REQUIRE(found.rejections.size() == 1);
    const rtu_event& checksum = found.rejections[0];
    CHECK(checksum.cause == rtu_rejection::bad_checksum);
    CHECK(checksum.found == 0xB5F8);
    CHECK(checksum.expected == crc16_small::of(byte_span{spoiled}.first(5)));
    CHECK(checksum.extent == 7);
    CHECK(checksum.offset == 0);

    found = heard(client, byte_span{answering}.first(5));
    REQUIRE(found.rejections.size() == 1);
    CHECK(found.rejections[0].cause == rtu_rejection::truncated);
    CHECK(found.rejections[0].extent == 5);
    CHECK(found.rejections[0].expected == 7);
    CHECK(found.rejections[0].offset == 7);

    found = heard(client, bytes{0x01, 0x03, 0xFF, 0x00});
    REQUIRE(found.rejections.size() == 1);
    CHECK(found.rejections[0].cause == rtu_rejection::bad_length);
    CHECK(found.rejections[0].extent == 260);

    found = heard(client, bytes{0x01, 0x00, 0xFF});
    REQUIRE(found.rejections.size() == 1);
    CHECK(found.rejections[0].cause == rtu_rejection::bad_function);

    const rtu_counters& counted = client.counters();
    CHECK(counted.bad_checksum == 1);
    CHECK(counted.truncated == 1);
    CHECK(counted.bad_length == 1);
    CHECK(counted.bad_function == 1);
    CHECK(counted.garbage_bytes == 7 + 5 + 4 + 3);
    CHECK(counted.frames == 0);
    CHECK(to_string(rtu_rejection::bad_length) == "bad_length");
}

TEST_CASE("more than 256 bytes without a gap are given up until there is one")
{
    rtu_request_framer server;
    rtu_findings found;
    take_rtu(server, bytes(300, 0) + asking, found);
    CHECK(found.frames.empty());
    CHECK(server.counters().too_long == 1);
    take_rtu(server, asking, found);
    CHECK(found.frames.empty());
    CHECK(server.pending() == 0);
    server.flush();
    take_rtu(server, asking, found);
    CHECK(found.frames.size() == 1);
    CHECK(server.counters().garbage_bytes == 300 + 2 * asking.size());
    // A stream has no gaps to wait for.
    CHECK(frames_at_once(rtu_request_framer{rtu_gaps::unknown}, bytes(300, 0) + asking) == 1);
}

TEST_CASE("a strict line gives up what a gap fell into, up to the next silence")
{
    rtu_request_framer server;
    rtu_findings found;
    take_rtu(server, byte_span{asking}.first(4), found);
    server.interrupt();
    CHECK(server.pending() == 0);
    take_rtu(server, byte_span{asking}.subspan(4), found);
    take_rtu(server, asking, found);
    CHECK(found.frames.empty());
    CHECK(server.counters().truncated == 1);
    server.flush();
    server.interrupt();  // nothing is pending: no effect
    take_rtu(server, asking, found);
    CHECK(found.frames.size() == 1);
    CHECK(server.counters().garbage_bytes == 2 * asking.size());
}

TEST_CASE("a lenient line takes the rest of a frame after any gap shorter than the silence")
{
    rtu_request_framer server;
    rtu_findings found;
    take_rtu(server, byte_span{asking}.first(4), found);
    take_rtu(server, byte_span{asking}.subspan(4), found);
    CHECK(found.frames.size() == 1);
}

TEST_CASE("a silence ends what began before it, and not what begins behind it")
{
    rtu_request_framer server;
    rtu_findings found;
    take_rtu(server, byte_span{asking}.first(6), found);
    server.flush();
    take_rtu(server, byte_span{asking}.subspan(6), found);
    CHECK(found.frames.empty());
    server.flush();
    take_rtu(server, asking + asking, found);
    CHECK(found.frames.size() == 2);
}

TEST_CASE("a good frame behind a false start is not lost but waits for silence")
{
    // The false start speaks of 29 bytes and a frame of eight follows.
    const bytes line = bytes{0x05, 0x10, 0x00, 0x00, 0x00, 0x01, 0x14} + asking;
    for (const rtu_gaps gaps : {rtu_gaps::told, rtu_gaps::unknown}) {
        rtu_request_framer server{gaps};
        rtu_findings found;
        take_rtu(server, line, found);
        CHECK(found.frames.empty());
        server.flush();
        take_rtu(server, {}, found);
        REQUIRE(found.frames.size() == 1);
        CHECK(found.frames[0].offset == 7);
        REQUIRE(found.rejections.size() == 1);
        CHECK(found.rejections[0].cause == rtu_rejection::truncated);
    }
}

TEST_CASE("what is forgotten is not reported, and offsets go on")
{
    rtu_request_framer server;
    rtu_findings found;
    take_rtu(server, byte_span{asking}.first(5), found);
    server.clear();
    take_rtu(server, asking, found);
    REQUIRE(found.frames.size() == 1);
    CHECK(found.frames[0].offset == 5);
    CHECK(found.rejections.empty());
}
