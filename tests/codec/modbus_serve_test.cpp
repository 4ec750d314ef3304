// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <wattpurse/codec/modbus/ascii.hpp>
#include <wattpurse/codec/modbus/device_identification.hpp>
#include <wattpurse/codec/modbus/mbap.hpp>
#include <wattpurse/codec/modbus/rtu.hpp>
#include <wattpurse/codec/modbus/serve.hpp>

#include "modbus_device.hpp"
#include "modbus_vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::modbus;
using wattpurse::test::conformance_device;
using wattpurse::test::modbus_bytes;
using wattpurse::test::modbus_hex;

namespace {

template <class Device>
std::string answered(Device& device, byte_span pdu)
{
    std::array<std::uint8_t, pdu_size_max> out{};
    return modbus_hex({out.data(), serve(device, pdu, out)});
}

template <class Device>
std::string answered(Device& device, const std::string& hex)
{
    const auto bytes = modbus_bytes(hex);
    return answered(device, bytes);
}

/// A device of functions that `serve` leaves to it.
struct talkative_device : device_defaults {
    exception_code fault = exception_code::none;
    byte_span data{};
    std::string seen_data;
    request seen{};  // its data is gone when the request is

    [[nodiscard]] constexpr bool supports(std::uint8_t) const noexcept { return true; }
    exception_code other(const request& asked, std::span<std::uint8_t> scratch,
                         response& out) noexcept
    {
        seen = asked;
        seen_data = modbus_hex(asked.data);
        std::copy(data.begin(), data.end(), scratch.begin());
        out.data = byte_span{scratch}.first(data.size());
        out.status_byte = 0x6D;
        out.status = 0xFFFF;
        out.event_count = 0x0108;
        out.message_count = 0x0121;
        return fault;
    }
};

}  // namespace

TEST_CASE("the conformance cases over TCP get the PDUs they expect")
{
    int exact = 0;
    int exceptions = 0;
    for (const auto& each : test::conformance_cases("tcp")) {
        CAPTURE(each.id);
        const auto bytes = modbus_bytes(each.input);
        const auto asked = decode_mbap(bytes);
        if (each.expect == "none" || each.expect == "none-or-close") {
            CHECK(!asked.has_value());
            continue;
        }
        conformance_device device;
        const bool is_too_long = bytes.size() > mbap_size_max;
        CHECK(asked.has_value() == !is_too_long);
        const byte_span pdu = byte_span{bytes}.subspan(mbap_header_size);
        const std::string got = answered(device, pdu);
        if (each.expect == "exception-or-close") {
            CHECK(got.size() == 4);
            CHECK(got.substr(0, 2) == modbus_hex(std::array{static_cast<std::uint8_t>(
                                          pdu[0] | exception_bit)}));
            ++exceptions;
        } else if (each.id == "T37") {
            CHECK(got == "ab01");
        } else {
            CHECK(got == each.expect.substr(2 * mbap_header_size));
            ++exact;
        }
    }
    CHECK(exact == 25);
    CHECK(exceptions == 3);
}

TEST_CASE("the conformance cases over RTU and ASCII get the PDUs they expect")
{
    int exact = 0;
    for (const auto& each : test::conformance_cases("rtu")) {
        if (each.expect.find_first_not_of("0123456789abcdef") != std::string::npos) continue;
        CAPTURE(each.id);
        const auto asked_bytes = modbus_bytes(each.input);
        const auto wanted = modbus_bytes(each.expect);
        const auto asked = decode_rtu(asked_bytes);
        REQUIRE(asked.has_value());
        conformance_device device;
        CHECK(answered(device, asked->pdu) == modbus_hex(decode_rtu(wanted).value().pdu));
        ++exact;
    }
    for (const auto& each : test::conformance_cases("ascii")) {
        CAPTURE(each.id);
        const std::vector<std::uint8_t> text(each.input.begin(), each.input.end());
        std::array<std::uint8_t, ascii_binary_max> binary{};
        const auto asked = decode_ascii(text, binary);
        CHECK(asked.has_value() == (each.expect != "none"));
        if (!asked) continue;
        conformance_device device;
        CHECK(answered(device, asked->pdu) == "03020303");
        ++exact;
    }
    CHECK(exact == 5);
}

TEST_CASE("exceptions come in the order of the standard")
{
    conformance_device device;
    CHECK(answered(device, "41") == "c101");            // no such function, before its data
    CHECK(answered(device, "00") == "8001");
    CHECK(answered(device, "") == "8001");
    CHECK(answered(device, "0307d00000") == "8303");    // no quantity and no such address
    CHECK(answered(device, "0307d0007e") == "8303");
    CHECK(answered(device, "0307d00001") == "8302");
    CHECK(answered(device, "0503e81234") == "8503");    // neither on nor off, no such address
    CHECK(answered(device, "1003e8007c020000") == "9003");
    CHECK(answered(device, "03") == "8303");
    CHECK(answered(device, "0300000001ff") == "8303");
    device_defaults nothing;
    CHECK(answered(nothing, "0300000001") == "8301");
    CHECK(device.writes == 0);
}

TEST_CASE("a range may end with 65535 and not go on behind it")
{
    struct large : device_defaults {
        [[nodiscard]] static constexpr bool supports(std::uint8_t) noexcept { return true; }
        static constexpr exception_code covers(table, std::uint16_t, std::uint16_t) noexcept
        {
            return exception_code::none;
        }
        static constexpr exception_code read_registers(table, std::uint16_t,
                                                       std::span<std::uint8_t> out) noexcept
        {
            std::fill(out.begin(), out.end(), std::uint8_t{0x5A});
            return exception_code::none;
        }
        static constexpr exception_code read_bits(table, std::uint16_t, std::uint16_t,
                                                  std::span<std::uint8_t> out) noexcept
        {
            std::fill(out.begin(), out.end(), std::uint8_t{0xFF});
            return exception_code::none;
        }
    } device;
    CHECK(answered(device, "03fffe0002") == "03045a5a5a5a");
    CHECK(answered(device, "03fffe0003") == "8302");
    CHECK(answered(device, "04ffff0001") == "04025a5a");
    CHECK(answered(device, "04ffff0002") == "8402");
    // Bits behind the last one asked for are 0, whatever the device puts there.
    CHECK(answered(device, "01fff5000b") == "0102ff07");
    CHECK(answered(device, "010000000a") == "0102ff03");
    CHECK(answered(device, "0200000008") == "0201ff");
    CHECK(answered(device, "0300000001").size() == 8);
    CHECK(answered(device, "030000007d").size() == 2 * 252);
    CHECK(answered(device, "01000007d0").size() == 2 * 252);
}

TEST_CASE("function 17 writes before it reads, and does neither where one range is not there")
{
    conformance_device device;
    CHECK(answered(device, "170096000200960001 02beef") == "1704beef9797");
    const int writes = device.writes;
    CHECK(answered(device, "1700c8000200000001020000") == "9702");
    CHECK(answered(device, "170000000200c8000102 0000") == "9702");
    CHECK(device.writes == writes);
}

TEST_CASE("function 16 sets (present and AND) or (OR and not AND)")
{
    conformance_device device;
    device.holding[4] = 0x0012;
    CHECK(answered(device, "16000400f20025") == "16000400f20025");
    CHECK(device.holding[4] == 0x0017);  // the example of 6.16
    CHECK(answered(device, "1600c800f20025") == "9602");
}

TEST_CASE("what a device says about itself stands where the standard has it")
{
    talkative_device device;
    const auto text = modbus_bytes("4d2831ff");
    device.data = text;
    CHECK(answered(device, "07") == "076d");
    CHECK(answered(device, "0b") == "0bffff0108");
    CHECK(answered(device, "0c") == "0c0affff010801214d2831ff");
    CHECK(answered(device, "11") == "11044d2831ff");
    CHECK(answered(device, "1804de") == "18000600024d2831ff");
    CHECK(answered(device, "aa0102") == "aa4d2831ff");
    CHECK(device.seen_data == "0102");
    CHECK(answered(device, "2b0d00") == "2b0d4d2831ff");
    CHECK(answered(device, "0800020000") == "0800024d2831ff");
    CHECK(answered(device, "080000a537") == "080000a537");
    CHECK(answered(device, "080000a5372b11") == "080000a5372b11");
    CHECK(answered(device, "080000a537ff") == "8803");
    device.fault = exception_code::server_device_busy;
    CHECK(answered(device, "11") == "9106");
    CHECK(answered(device, "aa0102") == "aa06");
}

TEST_CASE("nobody answers the request for listen only mode")
{
    talkative_device device;
    CHECK(answered(device, "0800040000").empty());
    CHECK(device.seen.sub_function == 4);
    CHECK(answered(device, "080004000000") == "8803");
    device.fault = exception_code::illegal_data_value;
    CHECK(answered(device, "0800040000") == "8803");
}

TEST_CASE("an answer that does not fit is a failure of the device")
{
    talkative_device device;
    std::array<std::uint8_t, pdu_size_max> much{};
    device.data = byte_span{much}.first(252);
    CHECK(answered(device, "11") == "9104");
    CHECK(answered(device, "aa").size() == 2 * 253);
    device.data = byte_span{much}.first(64);
    CHECK(answered(device, "180000") == "9804");  // 32 registers in a queue
}

TEST_CASE("groups of file records are checked before a device sees them")
{
    talkative_device device;
    const auto registers = modbus_bytes("0506" "0dfe0020");
    device.data = registers;
    CHECK(answered(device, "1407 06000400010002") == "140605060dfe0020");
    CHECK(device.seen.function == 0x14);
    device.seen = {};
    CHECK(answered(device, "1406 060004000100") == "9403");        // six bytes
    CHECK(answered(device, "1408 0600040001000200") == "9403");
    CHECK(answered(device, "1407 07000400010002") == "9402");      // another reference type
    CHECK(answered(device, "1407 06000000010002") == "9402");      // file 0
    CHECK(answered(device, "1407 0600042710 0001") == "9402");     // record 10000
    CHECK(answered(device, "1407 060004270f 0002") == "9402");     // on past the last
    CHECK(answered(device, "1407 06000400010000") == "9402");      // nothing
    CHECK(answered(device, "1407 060004000100 7a") == "9402");     // 246 bytes of answer
    CHECK(answered(device, "1508 0600040007000100") == "9503");    // half a register
    CHECK(answered(device, "150a 06000400070001 000000") == "9503");
    CHECK(answered(device, "1509 06000000070001 0000") == "9502");
    CHECK(device.seen.function == 0);
    device.data = {};
    CHECK(answered(device, "1409 06000400010002") == "9403");      // a count that is not true
}

TEST_CASE("a write to a file is answered with what was written")
{
    struct file_device : device_defaults {
        [[nodiscard]] static constexpr bool supports(std::uint8_t) noexcept { return true; }
        static constexpr exception_code other(const request& asked, std::span<std::uint8_t>,
                                              response& out) noexcept
        {
            out.data = asked.data;
            return exception_code::none;
        }
    } device;
    const std::string example = "150d0600040007000306af04be100d";  // 6.15
    CHECK(answered(device, example) == example);
}
