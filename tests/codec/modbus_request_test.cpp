// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <wattpurse/codec/modbus/diagnostic.hpp>
#include <wattpurse/codec/modbus/encode_request.hpp>
#include <wattpurse/codec/modbus/parse_request.hpp>
#include <wattpurse/codec/modbus/pdu_size.hpp>

#include "modbus_random.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::modbus;
using wattpurse::test::modbus_dice;
using bytes = std::vector<std::uint8_t>;

namespace {

const bytes zeros(600, 0);

byte_span of(std::size_t size)
{
    return byte_span{zeros}.first(size);
}

request with(std::uint8_t function, std::uint16_t quantity, std::size_t data_size)
{
    request out;
    out.function = function;
    out.quantity = quantity;
    out.data = of(data_size);
    return out;
}

errc encode_error(const request& what)
{
    std::array<std::uint8_t, 300> out{};
    const auto size = encode(what, out);
    REQUIRE(!size.has_value());
    return size.error();
}

bool may_be_sent(const request& what)
{
    std::array<std::uint8_t, pdu_size_max> out{};
    return encode(what, out).has_value();
}

/// A PDU made by hand of words and data, counted or not.
bytes pdu_of(std::uint8_t function, const std::vector<unsigned>& words, int counted = -1,
             std::size_t data_size = 0)
{
    bytes out{function};
    for (const unsigned word : words) {
        out.push_back(static_cast<std::uint8_t>(word >> 8U));
        out.push_back(static_cast<std::uint8_t>(word & 0xFFU));
    }
    if (counted >= 0) out.push_back(static_cast<std::uint8_t>(counted));
    out.insert(out.end(), data_size, 0);
    return out;
}

exception_code refused_with(const bytes& pdu)
{
    const auto what = parse_request(pdu);
    return what ? exception_code::none : what.error();
}

constexpr auto fine = exception_code::none;
constexpr auto illegal_value = exception_code::illegal_data_value;

}  // namespace

TEST_CASE("quantities are limited on the side of the client")
{
    for (const std::uint8_t bits : bytes{0x01, 0x02}) {
        CHECK(!may_be_sent(with(bits, 0, 0)));
        CHECK(may_be_sent(with(bits, 1, 0)));
        CHECK(may_be_sent(with(bits, 2000, 0)));
        CHECK(encode_error(with(bits, 2001, 0)) == errc::out_of_range);
    }
    for (const std::uint8_t registers : bytes{0x03, 0x04}) {
        CHECK(!may_be_sent(with(registers, 0, 0)));
        CHECK(may_be_sent(with(registers, 125, 0)));
        CHECK(!may_be_sent(with(registers, 126, 0)));
    }
    CHECK(may_be_sent(with(0x0F, 1968, 246)));
    CHECK(!may_be_sent(with(0x0F, 1969, 247)));
    CHECK(!may_be_sent(with(0x0F, 10, 1)));
    CHECK(!may_be_sent(with(0x0F, 8, 2)));
    CHECK(may_be_sent(with(0x10, 123, 246)));
    CHECK(!may_be_sent(with(0x10, 124, 248)));
    CHECK(!may_be_sent(with(0x10, 2, 3)));
    CHECK(!may_be_sent(with(0x10, 0, 0)));
}

TEST_CASE("both ranges of function 17 are limited on the side of the client")
{
    const auto both = [](std::uint16_t read, std::uint16_t write, std::size_t size) {
        request out = with(0x17, read, size);
        out.write_quantity = write;
        return may_be_sent(out);
    };
    CHECK(both(125, 121, 242));
    CHECK(!both(126, 1, 2));
    CHECK(!both(0, 1, 2));
    CHECK(!both(1, 122, 244));
    CHECK(!both(1, 0, 0));
    CHECK(!both(1, 2, 2));
    request past = with(0x17, 1, 4);
    past.write_quantity = 2;
    past.write_address = 0xFFFE;
    CHECK(may_be_sent(past));
    past.write_address = 0xFFFF;
    CHECK(!may_be_sent(past));
}

TEST_CASE("a range that goes on behind 65535 is not sent")
{
    CHECK(may_be_sent(read_request(function::read_holding_registers, 0xFFFF, 1)));
    CHECK(!may_be_sent(read_request(function::read_holding_registers, 0xFFFF, 2)));
    CHECK(may_be_sent(read_request(function::read_coils, 0xFFFF - 1999, 2000)));
    CHECK(!may_be_sent(read_request(function::read_coils, 0xFFFF - 1998, 2000)));
    CHECK(may_be_sent(write_registers_request(0xFFFE, of(4))));
    CHECK(!may_be_sent(write_registers_request(0xFFFF, of(4))));
}

TEST_CASE("a coil is switched with FF00 or 0000 alone")
{
    request coil;
    coil.function = 0x05;
    CHECK(may_be_sent(coil));
    coil.value = 0xFF00;
    CHECK(may_be_sent(coil));
    coil.value = 0x0001;
    CHECK(!may_be_sent(coil));
    CHECK(refused_with(pdu_of(0x05, {7, 0xFF00})) == fine);
    CHECK(refused_with(pdu_of(0x05, {7, 0x00FF})) == illegal_value);
    CHECK(refused_with(pdu_of(0x06, {7, 0x00FF})) == fine);
}

TEST_CASE("quantities and byte counts are limited on the side of the server")
{
    CHECK(refused_with(pdu_of(0x01, {0, 2000})) == fine);
    CHECK(refused_with(pdu_of(0x01, {0, 2001})) == illegal_value);
    CHECK(refused_with(pdu_of(0x02, {0, 0})) == illegal_value);
    CHECK(refused_with(pdu_of(0x03, {0, 125})) == fine);
    CHECK(refused_with(pdu_of(0x03, {0, 126})) == illegal_value);
    CHECK(refused_with(pdu_of(0x04, {0xFFFF, 125})) == fine);  // 02, and not ours to say
    CHECK(refused_with(pdu_of(0x0F, {0, 1968}, 246, 246)) == fine);
    CHECK(refused_with(pdu_of(0x0F, {0, 1969}, 247, 247)) == illegal_value);
    CHECK(refused_with(pdu_of(0x0F, {0, 10}, 1, 1)) == illegal_value);
    CHECK(refused_with(pdu_of(0x0F, {0, 10}, 2, 1)) == illegal_value);
    CHECK(refused_with(pdu_of(0x10, {0, 123}, 246, 246)) == fine);
    CHECK(refused_with(pdu_of(0x10, {0, 124}, 248, 248)) == illegal_value);
    CHECK(refused_with(pdu_of(0x10, {0, 2}, 4, 5)) == illegal_value);
    CHECK(refused_with(pdu_of(0x10, {0, 0}, 0, 0)) == illegal_value);
    CHECK(refused_with(pdu_of(0x17, {0, 125, 0, 121}, 242, 242)) == fine);
    CHECK(refused_with(pdu_of(0x17, {0, 126, 0, 1}, 2, 2)) == illegal_value);
    CHECK(refused_with(pdu_of(0x17, {0, 1, 0, 122}, 244, 244)) == illegal_value);
    CHECK(refused_with(pdu_of(0x17, {0, 1, 0, 1}, 4, 4)) == illegal_value);
}

TEST_CASE("a request is as long as its function has it")
{
    for (const std::uint8_t bare : bytes{0x07, 0x0B, 0x0C, 0x11}) {
        CHECK(refused_with({bare}) == fine);
        CHECK(refused_with({bare, 0}) == illegal_value);
    }
    CHECK(refused_with(pdu_of(0x03, {0})) == illegal_value);
    CHECK(refused_with(pdu_of(0x03, {0, 1}, 0)) == illegal_value);
    CHECK(refused_with(pdu_of(0x16, {0, 1, 2})) == fine);
    CHECK(refused_with(pdu_of(0x16, {0, 1})) == illegal_value);
    CHECK(refused_with(pdu_of(0x18, {0})) == fine);
    CHECK(refused_with(pdu_of(0x18, {0}, 0)) == illegal_value);
    CHECK(refused_with({0x2B}) == illegal_value);
    CHECK(refused_with({0x2B, 0x0E, 0x01}) == illegal_value);
    CHECK(refused_with({0x2B, 0x0E, 0x01, 0x00}) == fine);
    CHECK(refused_with({0x2B, 0x0E, 0x05, 0x00}) == illegal_value);
    CHECK(refused_with({0x2B, 0x0E, 0x00, 0x00}) == illegal_value);
    CHECK(refused_with({0x2B, 0x0D}) == fine);
    CHECK(refused_with({}) == exception_code::illegal_function);
    CHECK(refused_with({0x00, 0x01}) == exception_code::illegal_function);
    CHECK(refused_with(bytes(253, 0x41)) == fine);
    CHECK(refused_with(bytes(254, 0x41)) == illegal_value);
}

TEST_CASE("standard diagnostics carry one word, the loopback any, others what they like")
{
    const auto sized = [](std::uint16_t sub_function, std::size_t size) {
        request out;
        out.function = 0x08;
        out.sub_function = sub_function;
        out.data = of(size);
        std::array<std::uint8_t, pdu_size_max> pdu{};
        const auto written = encode(out, pdu);
        const bool read = parse_request(pdu_of(0x08, {sub_function}, -1, size)).has_value();
        CHECK(written.has_value() == read);
        return read;
    };
    CHECK(sized(0, 2));
    CHECK(sized(0, 250));
    CHECK(!sized(0, 0));
    CHECK(!sized(0, 3));
    for (std::uint16_t sub = 1; sub < 0x20; ++sub) {
        CAPTURE(sub);
        const bool is_known = to_string(static_cast<diagnostic>(sub)) != "unknown";
        CHECK(is_known == (sub <= 4 || (sub >= 0x0A && sub <= 0x12) || sub == 0x14));
        CHECK(sized(sub, 2));
        CHECK(sized(sub, 0) == !is_known);
        CHECK(sized(sub, 5) == !is_known);
    }
}

TEST_CASE("a PDU that does not fit is not written")
{
    std::array<std::uint8_t, pdu_size_max> out{};
    CHECK(encode(raw_request(0x41, of(252)), out).value() == 253);
    CHECK(encode(raw_request(0x41, of(253)), out).error() == errc::too_long);
    CHECK(encode(raw_request(0x41, of(4)), std::span{out}.first(4)).error() ==
          errc::buffer_too_small);
    CHECK(encode(raw_request(0, of(1)), out).error() == errc::out_of_range);
    CHECK(encode(read_request(function::read_coils, 0, 1), std::span{out}.first(4)).error() ==
          errc::buffer_too_small);
    CHECK(encode(read_request(function::read_coils, 0, 1), std::span{out}.first(5)).value() == 5);
    CHECK(to_pdu(raw_request(0xAA, of(3))).value().size == 4);
    CHECK(to_pdu(raw_request(0xAA, of(253))).error() == errc::too_long);
}

TEST_CASE("a pdu of one's own keeps the limit of the standard")
{
    CHECK(pdu::of(of(0)).error() == errc::empty);
    CHECK(pdu::of(of(254)).error() == errc::too_long);
    CHECK(pdu::of(of(253)).value().view().size() == 253);
    CHECK(pdu{}.function_code() == 0);
}

TEST_CASE("any request that may be sent is read as it was meant, and its size is foretold")
{
    modbus_dice dice{1};
    std::array<int, 256> seen{};
    for (int round = 0; round < 60'000; ++round) {
        test::drawn_request drawn{dice};
        const request& meant = drawn.what;
        std::array<std::uint8_t, pdu_size_max> out{};
        const auto size = encode(meant, out);
        const byte_span pdu = byte_span{out}.first(size.value_or(0));
        const auto got = parse_request(pdu);
        bool right = size && got && test::same(*got, meant);
        // A size is told as soon as it can be, always the same, and it is the right one.
        for (std::size_t i = 0; i <= pdu.size() && right; ++i) {
            const auto told = request_size(pdu.first(i));
            const bool is_long_loopback = meant.function == 0x08 && told == 5;
            right = !told || *told == 0 || *told == pdu.size() || is_long_loopback;
            right = right && (i < pdu.size() || told);
        }
        if (!right) {
            CAPTURE(test::hex(pdu));
            CHECK(right);
        }
        ++seen[meant.function];
    }
    for (const std::uint8_t function : test::public_functions) {
        CHECK(seen[function] > 1000);
    }
}

TEST_CASE("a request cut short or with a byte too many is refused unless its length is free")
{
    modbus_dice dice{2};
    for (int round = 0; round < 20'000; ++round) {
        test::drawn_request drawn{dice};
        const auto code = static_cast<function>(drawn.what.function);
        const bool is_free = !is_public(code) || code == function::diagnostics ||
                             (code == function::encapsulated_interface &&
                              drawn.what.mei_type != mei_device_identification);
        if (is_free) continue;
        std::array<std::uint8_t, pdu_size_max + 1> out{};
        const std::size_t size = encode(drawn.what, out).value();
        const bool right = !parse_request(byte_span{out}.first(size + 1)) &&
                           !parse_request(byte_span{out}.first(size - 1));
        if (!right) {
            CAPTURE(test::hex(byte_span{out}.first(size)));
            CHECK(right);
        }
    }
}
