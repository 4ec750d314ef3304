// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include <wattpurse/codec/modbus/encode_request.hpp>
#include <wattpurse/codec/modbus/encode_response.hpp>
#include <wattpurse/codec/modbus/parse_request.hpp>
#include <wattpurse/codec/modbus/parse_response.hpp>
#include <wattpurse/codec/modbus/pdu_size.hpp>

#include "modbus_random.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::modbus;
using wattpurse::test::modbus_dice;
using bytes = std::vector<std::uint8_t>;

namespace {

errc error_of(const bytes& pdu)
{
    const auto what = parse_response(pdu);
    REQUIRE(!what.has_value());
    return what.error();
}

bool belongs(const bytes& pdu, const request& asked)
{
    const auto what = parse_response(pdu, asked);
    CHECK((what.has_value() || what.error() == errc::not_found || what.error() == errc::syntax));
    return what.has_value();
}

/// The request that a PDU says, which it borrows from.
request asked_by(const bytes& pdu)
{
    static std::list<bytes> kept;
    return parse_request(kept.emplace_back(pdu)).value();
}

}  // namespace

TEST_CASE("any response is read as it was meant, belongs to its request, and its size is foretold")
{
    modbus_dice dice{3};
    std::array<int, 256> seen{};
    for (int round = 0; round < 60'000; ++round) {
        test::drawn_request drawn{dice};
        const request& asked = drawn.what;
        test::drawn_response meant{dice, asked};
        std::array<std::uint8_t, pdu_size_max> out{};
        const auto size = encode(meant.what, out);
        const byte_span pdu = byte_span{out}.first(size.value_or(0));
        const auto got = parse_response(pdu, asked);
        bool right = size && got && test::same(*got, meant.what);
        for (std::size_t i = 0; i <= pdu.size() && right; ++i) {
            const auto told = response_size(asked.function, pdu.first(i));
            const bool is_long_loopback = asked.function == 0x08 && told == 5;
            right = !told || *told == 0 || *told == pdu.size() || is_long_loopback;
            right = right && (i < pdu.size() || told);
        }
        if (!right) {
            CAPTURE(test::hex(pdu));
            CAPTURE(test::hex(to_pdu(asked)->view()));
            CHECK(right);
        }
        ++seen[asked.function];
    }
    for (const std::uint8_t function : test::public_functions) {
        CHECK(seen[function] > 1000);
    }
}

TEST_CASE("the response to one request is not taken for that to another one")
{
    modbus_dice dice{4};
    int taken = 0;
    for (int round = 0; round < 40'000; ++round) {
        test::drawn_request asked{dice};
        test::drawn_request other{dice};
        test::drawn_response answer{dice, other.what};
        std::array<std::uint8_t, pdu_size_max> out{};
        const std::size_t size = encode(answer.what, out).value();
        const auto got = parse_response(byte_span{out}.first(size), asked.what);
        taken += got && !test::same(asked.what, other.what) ? 1 : 0;
        // Only what is the same in all that the protocol echoes can be mistaken.
        if (got && asked.what.function != other.what.function) {
            CAPTURE(test::hex(byte_span{out}.first(size)));
            CHECK(asked.what.function == other.what.function);
        }
    }
    CHECK(taken < 1500);
}

TEST_CASE("an answer must have as many objects as were asked for")
{
    const request three = read_request(function::read_holding_registers, 7, 3);
    CHECK(belongs({0x03, 6, 0, 1, 0, 2, 0, 3}, three));
    CHECK(!belongs({0x03, 4, 0, 1, 0, 2}, three));
    CHECK(!belongs({0x03, 8, 0, 1, 0, 2, 0, 3, 0, 4}, three));
    CHECK(!belongs({0x04, 6, 0, 1, 0, 2, 0, 3}, three));
    CHECK(belongs({0x83, 0x02}, three));
    CHECK(!belongs({0x84, 0x02}, three));
    const request nine = read_request(function::read_coils, 0, 9);
    CHECK(belongs({0x01, 2, 0xFF, 0x01}, nine));
    CHECK(!belongs({0x01, 1, 0xFF}, nine));
}

TEST_CASE("what a write echoes must be what was written")
{
    const auto coil = asked_by({0x05, 0x00, 0x07, 0xFF, 0x00});
    CHECK(belongs({0x05, 0x00, 0x07, 0xFF, 0x00}, coil));
    CHECK(!belongs({0x05, 0x00, 0x07, 0x00, 0x00}, coil));
    CHECK(!belongs({0x05, 0x00, 0x08, 0xFF, 0x00}, coil));
    const auto block = asked_by({0x10, 0x00, 0x01, 0x00, 0x01, 2, 0xAB, 0xCD});
    CHECK(belongs({0x10, 0x00, 0x01, 0x00, 0x01}, block));
    CHECK(!belongs({0x10, 0x00, 0x01, 0x00, 0x02}, block));
    CHECK(!belongs({0x10, 0x00, 0x02, 0x00, 0x01}, block));
    const auto mask = asked_by({0x16, 0x00, 0x04, 0x00, 0xF2, 0x00, 0x25});
    CHECK(belongs({0x16, 0x00, 0x04, 0x00, 0xF2, 0x00, 0x25}, mask));
    CHECK(!belongs({0x16, 0x00, 0x04, 0x00, 0xF2, 0x00, 0x24}, mask));
    CHECK(!belongs({0x16, 0x00, 0x04, 0x00, 0xF3, 0x00, 0x25}, mask));
    const auto file = asked_by({0x15, 9, 6, 0, 4, 0, 7, 0, 1, 0xAB, 0xCD});
    CHECK(belongs({0x15, 9, 6, 0, 4, 0, 7, 0, 1, 0xAB, 0xCD}, file));
    CHECK(!belongs({0x15, 9, 6, 0, 4, 0, 7, 0, 1, 0xAB, 0xCE}, file));
}

TEST_CASE("a diagnostic answers the sub-function asked for, and repeats what it must")
{
    const auto loopback = asked_by({0x08, 0, 0, 0xA5, 0x37});
    CHECK(belongs({0x08, 0, 0, 0xA5, 0x37}, loopback));
    CHECK(!belongs({0x08, 0, 0, 0xA5, 0x38}, loopback));
    CHECK(!belongs({0x08, 0, 0, 0xA5, 0x37, 0, 0}, loopback));
    const auto count = asked_by({0x08, 0, 0x0B, 0, 0});
    CHECK(belongs({0x08, 0, 0x0B, 0x12, 0x34}, count));
    CHECK(!belongs({0x08, 0, 0x0C, 0x12, 0x34}, count));
    const auto clear = asked_by({0x08, 0, 0x0A, 0, 0});
    CHECK(!belongs({0x08, 0, 0x0A, 0, 1}, clear));
}

TEST_CASE("file records and identifications answer what was asked")
{
    const auto two = asked_by({0x14, 14, 6, 0, 4, 0, 1, 0, 2, 6, 0, 3, 0, 9, 0, 1});
    CHECK(belongs({0x14, 10, 5, 6, 1, 2, 3, 4, 3, 6, 5, 6}, two));
    CHECK(!belongs({0x14, 10, 3, 6, 5, 6, 5, 6, 1, 2, 3, 4}, two));  // the groups the wrong way
    CHECK(!belongs({0x14, 6, 5, 6, 1, 2, 3, 4}, two));
    CHECK(error_of({0x14, 4, 4, 6, 1, 2}) == errc::syntax);
    CHECK(error_of({0x14, 4, 3, 7, 1, 2}) == errc::syntax);
    CHECK(error_of({0x14, 0}) == errc::syntax);
    const auto basic = asked_by({0x2B, 0x0E, 1, 0});
    CHECK(belongs({0x2B, 0x0E, 1, 0x81, 0, 0, 1, 0, 1, 'w'}, basic));
    CHECK(!belongs({0x2B, 0x0E, 2, 0x81, 0, 0, 1, 0, 1, 'w'}, basic));
    CHECK(error_of({0x2B, 0x0E, 1, 0x81, 0, 0, 1, 0, 2, 'w'}) == errc::syntax);
    CHECK(error_of({0x2B, 0x0E, 1, 0x81, 0, 0, 1}) == errc::syntax);
    CHECK(error_of({0x2B}) == errc::syntax);
}

TEST_CASE("sizes and counts that contradict each other are no response")
{
    CHECK(error_of({}) == errc::empty);
    CHECK(error_of({0x00, 0x01}) == errc::syntax);
    CHECK(error_of({0x03}) == errc::syntax);
    CHECK(error_of({0x03, 0}) == errc::syntax);
    CHECK(error_of({0x03, 3, 1, 2, 3}) == errc::syntax);
    CHECK(error_of({0x03, 4, 1, 2, 3}) == errc::syntax);
    CHECK(error_of({0x03, 4, 1, 2, 3, 4, 5}) == errc::syntax);
    CHECK(error_of({0x01, 0}) == errc::syntax);
    CHECK(error_of({0x05, 0, 1, 0}) == errc::syntax);
    CHECK(error_of({0x07}) == errc::syntax);
    CHECK(error_of({0x08, 0}) == errc::syntax);
    CHECK(error_of({0x0C, 5, 0, 0, 0, 0, 0}) == errc::syntax);
    CHECK(error_of({0x18, 0, 4, 0, 2, 1, 2}) == errc::syntax);
    CHECK(error_of({0x18, 0, 6, 0, 1, 1, 2, 3, 4}) == errc::syntax);
    bytes queue(5 + 64, 0);
    queue[0] = 0x18;
    queue[2] = 66;
    queue[4] = 32;  // one more than a queue may have
    CHECK(error_of(queue) == errc::syntax);
    CHECK(error_of(bytes(254, 0x41)) == errc::too_long);
}

TEST_CASE("refusals of vendors' functions and with vendors' codes are told from answers")
{
    const bytes nothing;
    const request aa = raw_request(0xAA, nothing);
    const auto refused = parse_response(bytes{0xAA, 0x03}, aa);
    REQUIRE(refused.has_value());
    CHECK(refused->function == 0xAA);
    CHECK(refused->exception == exception_code::illegal_data_value);
    const bytes answer{0xAA, 0x00, 0x46, 0x00, 0x1C};
    const auto answered = parse_response(answer, aa);
    REQUIRE(answered.has_value());
    CHECK(answered->exception == exception_code::none);
    CHECK(test::hex(answered->data) == "0046001C");
    CHECK(parse_response(bytes{0xAA, 0x0C}, aa)->exception == exception_code::none);
    CHECK(parse_response(bytes{0x2A, 0x00}, aa).error() == errc::not_found);

    const request read = read_request(function::read_holding_registers, 0, 1);
    CHECK(static_cast<int>(parse_response(bytes{0x83, 0x20}, read)->exception) == 0x20);
    CHECK(static_cast<int>(parse_response(bytes{0x83, 0x20})->exception) == 0x20);
    CHECK(parse_response(bytes{0x83, 0x00}, read).error() == errc::not_found);
    CHECK(parse_response(bytes{0x83, 0x02, 0x00}, read).error() == errc::not_found);
    const request vendor = raw_request(0x46, nothing);
    CHECK(static_cast<int>(parse_response(bytes{0xC6, 0x20}, vendor)->exception) == 0x20);
    CHECK(parse_response(bytes{0xC6, 0x01}, vendor)->function == 0x46);
}

TEST_CASE("a response that a PDU cannot hold is not written")
{
    std::array<std::uint8_t, 300> out{};
    const bytes much(260, 0);
    response what;
    what.function = 0x03;
    what.data = byte_span{much}.first(250);
    CHECK(encode(what, out).value() == 252);
    CHECK(encode(what, std::span{out}.first(251)).error() == errc::buffer_too_small);
    what.data = byte_span{much}.first(252);
    CHECK(encode(what, out).error() == errc::too_long);
    what.function = 0x18;
    what.data = byte_span{much}.first(62);
    CHECK(encode(what, out).value() == 67);
    what.data = byte_span{much}.first(64);
    CHECK(encode(what, out).error() == errc::out_of_range);
    what.function = 0;
    CHECK(encode(what, out).error() == errc::out_of_range);
    CHECK(encode(refusal(0x00, exception_code::illegal_function), out).value() == 2);
    CHECK(test::hex(byte_span{out}.first(2)) == "8001");
    CHECK(parse_response(byte_span{out}.first(2))->function == 0);
    CHECK(encode(refusal(0x18, exception_code::server_device_busy), out).value() == 2);
    CHECK(test::hex(byte_span{out}.first(2)) == "9806");
}

TEST_CASE("names of functions and exceptions are those of the standard")
{
    CHECK(to_string(function::read_holding_registers) == "read_holding_registers");
    CHECK(to_string(function{0xAA}) == "unknown");
    CHECK(to_string(exception_code::gateway_path_unavailable) == "gateway_path_unavailable");
    CHECK(to_string(exception_code{0x20}) == "unknown");
    for (unsigned code = 0; code < 256; ++code) {
        const auto what = static_cast<function>(code);
        CHECK(is_public(what) == (to_string(what) != "unknown"));
    }
}
