// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include <wattpurse/codec/dlt645/follow.hpp>
#include <wattpurse/codec/dlt645/frame_view.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/codec/dlt645/values.hpp>

#include "vectors.hpp"

/// Faults found in public implementations of DL/T 645, each of which a meter or a customer would
/// notice. The names say what goes wrong there.

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using wattpurse::test::bytes_of;
using wattpurse::test::findings;
using wattpurse::test::hex_of;
using wattpurse::test::scan;

namespace {

using bytes = std::vector<std::uint8_t>;

const address meter = address::parse("123456789012").value();
const std::string reading = "6812907856341268910833333433896745335416";

bytes wire(const frame& what, std::size_t preamble = 0)
{
    bytes out(frame_size_max + preamble);
    out.resize(encode(what, out, preamble).value());
    return out;
}

}  // namespace

TEST_CASE("defect: broadcast time sent as YY MM DD hh mm ss instead of ss mm hh DD MM YY")
{
    const frame request = broadcast_time_request({2017, 6, 5, 22, 10, 51}).value();
    CHECK(hex_of(request.payload()) == "511022050617");
    // What a meter makes of the other order: a day in 2051.
    frame natural = request;
    natural.length = 0;
    REQUIRE(natural.append(bytes_of("170605221051")).has_value());
    CHECK(parse_broadcast_time(natural).value() == civil_time{2051, 10, 22, 5, 6, 17});
}

TEST_CASE("defect: a new address sent to the old address instead of AA..AA")
{
    const frame request = write_address_request(meter);
    CHECK(request.address == address::wildcard());
    CHECK(parse_write_address(request).value() == meter);
    CHECK(write_address_answer(meter).address == meter);
}

TEST_CASE("defect: reading stops at the first 16, which data or checksum may be")
{
    // Data byte E3 is sent as 16.
    const frame inside = read_answer(meter, data_id{0xE3E3E3E3}, bytes_of("E3E3")).value();
    const findings found = scan(wire(inside));
    REQUIRE(found.frames.size() == 1);
    CHECK(found.frames[0] == inside);
    // A checksum of 16, byte by byte.
    frame ends_early = inside;
    for (unsigned last = 0; last < 256; ++last) {
        ends_early.data[5] = static_cast<std::uint8_t>(last);
        const bytes line = wire(ends_early);
        if (line[line.size() - 2] != end_byte) {
            continue;
        }
        framer slow;
        findings each;
        for (const std::uint8_t byte : line) {
            test::feed_all(slow, {&byte, 1}, each);
        }
        REQUIRE(each.frames.size() == 1);
        CHECK(each.frames[0] == ends_early);
        return;
    }
    FAIL("no checksum was 16");
}

TEST_CASE("defect: a doubled 68 loses the frame")
{
    const findings found = scan(bytes_of("68" + reading));
    REQUIRE(found.frames.size() == 1);
    CHECK(found.frames[0].address == meter);
}

TEST_CASE("defect: bytes after the frame are taken for its end, or the next frame is lost")
{
    const findings found = scan(bytes_of(reading + "A009449D7F" + reading));
    CHECK(found.frames.size() == 2);
    CHECK(!decode(bytes_of(reading + "A009449D7F")).has_value());
    CHECK(!view(bytes_of(reading + "A009449D7F")).has_value());
    CHECK(frame_at_start(bytes_of(reading + "A009449D7F"))->wire().size() == 20);
}

TEST_CASE("defect: a preamble of other than four FE is not understood")
{
    for (std::size_t count = 0; count < 40; ++count) {
        CAPTURE(count);
        bytes line(count, preamble_byte);
        const bytes rest = bytes_of(reading);
        line.insert(line.end(), rest.begin(), rest.end());
        CHECK(scan(line).frames.size() == 1);
        CHECK(decode(line).has_value());
        CHECK(view(line).has_value());
    }
}

TEST_CASE("defect: 799999.99 kWh is rounded to what a number of 32 bits can hold")
{
    CHECK(read_energy(bytes_of("99999979")).value() == energy::of(7'999'999'900));
    CHECK(read_energy(bytes_of("98999979")).value() == energy::of(7'999'999'800));
    CHECK(read_signed(bytes_of("99999979")).value() == 79'999'999);
    CHECK(read_signed(bytes_of("999999F9")).value() == -79'999'999);
    CHECK(read_energy(bytes_of("78563412")).value() == energy::of(1'234'567'800));
}

TEST_CASE("defect: every value of an energy register survives, not only those that fit a mantissa")
{
    for (std::uint32_t value = 0; value < 100'000'000; value += 7'919) {
        std::array<std::uint8_t, 4> field{};
        REQUIRE(to_bcd(value, field).has_value());
        const bool exact = read_unsigned(field) == std::int64_t{value} &&
                           read_energy(field) == energy::of(std::int64_t{value} * 100);
        if (!exact) {
            CAPTURE(value);
            CHECK(exact);
        }
    }
}

TEST_CASE("defect: the sign bit is dropped, or taken for a digit")
{
    CHECK(read_signed(bytes_of("78563492")).value() == -12'345'678);
    CHECK(read_unsigned(bytes_of("78563492")).value() == 92'345'678);
    CHECK(read_signed(bytes_of("0000A0")).value() == -200'000);
}

TEST_CASE("defect: a receive buffer of 60 bytes cuts what a block or a push carries")
{
    std::array<std::uint8_t, 251> value{};
    for (std::size_t i = 0; i < value.size(); ++i) {
        value[i] = static_cast<std::uint8_t>(i);
    }
    const frame longest = read_answer(meter, data_id{1}, value, false, {255, 50}).value();
    CHECK(longest.length == 255);
    CHECK(scan(wire(longest)).frames.at(0) == longest);
    CHECK(decode(wire(longest)).value() == longest);
}

TEST_CASE("defect: a short output buffer is written beyond its end")
{
    const frame request = read_request(meter, data_id{1});
    bytes out(64, 0xCC);
    for (std::size_t room = 0; room < encoded_size(request); ++room) {
        CHECK(encode(request, std::span{out}.first(room)).error() == errc::buffer_too_small);
        CHECK(out[room] == 0xCC);
    }
}

TEST_CASE("defect: the checksum covers the preamble")
{
    const bytes with_preamble = wire(read_request(meter, data_id{1}), 4);
    const bytes without = wire(read_request(meter, data_id{1}), 0);
    CHECK(with_preamble[with_preamble.size() - 2] == without[without.size() - 2]);
}

TEST_CASE("defect: DATA above CC does not wrap when 33 is added")
{
    std::array<std::uint8_t, 196> value{};
    for (std::size_t i = 0; i < value.size(); ++i) {
        value[i] = static_cast<std::uint8_t>(255 - i);
    }
    const bytes line = wire(read_answer(meter, data_id{0xFFFFFFFF}, value).value());
    CHECK(line[10] == 0x32);
    for (std::size_t i = 0; i < value.size(); ++i) {
        CHECK(line[14 + i] == static_cast<std::uint8_t>(value[i] + 0x33U));
    }
    CHECK(hex_of(decode(line)->payload().subspan(4)) == hex_of(value));
}

TEST_CASE("defect: follow-on data is ignored, or its frames are joined without looking")
{
    const frame first = read_answer(meter, data_id{1}, bytes_of("01"), true).value();
    CHECK(first.has_follow());
    long_answer<16> whole;
    whole.begin(data_id{1});
    CHECK(whole.take(first).value() == long_state::more);
    CHECK(!whole.is_complete());
    CHECK(!whole.take(follow_answer(meter, data_id{1}, bytes_of("03"), 2).value()).has_value());
}

TEST_CASE("defect: an error answer is read as a value")
{
    const frame refused = decode(bytes_of("6812907856341268D101358D16")).value();
    CHECK(parse_read_answer(refused).error() == errc::not_found);
    CHECK(parse_error_word(refused).value() == 0x02);
    CHECK(!parse_error_word(decode(bytes_of(reading)).value()).has_value());
}

TEST_CASE("defect: a relay order without an end of its validity")
{
    const credentials who{2, {}, {}};
    const civil_time until{2026, 3, 1, 12, 30, 15};
    const frame order = control_request(meter, control_code::trip, until, who).value();
    CHECK(order.length == 16);
    CHECK(hex_of(order.payload().subspan(8)) == "1A00153012010326");
}

TEST_CASE("defect: a frame with a wrong checksum or end in samples is believed")
{
    for (const char* const wrong : {"6895320600000068110400010000B416",
                                    "6834120000000068110433333333B216",
                                    "6812907856341268910833333433896745335516",
                                    "6812907856341268910833333433896745335417"}) {
        CAPTURE(wrong);
        CHECK(!decode(bytes_of(wrong)).has_value());
        CHECK(!view(bytes_of(wrong)).has_value());
        CHECK(scan(bytes_of(wrong)).frames.empty());
    }
}
