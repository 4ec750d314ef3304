// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <wattpurse/codec/dlt645/framer.hpp>

#include "vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using wattpurse::test::all_golden;
using wattpurse::test::bytes_of;
using wattpurse::test::drain;
using wattpurse::test::feed_all;
using wattpurse::test::findings;
using wattpurse::test::golden;
using wattpurse::test::hex_of;
using wattpurse::test::scan;

namespace {

using bytes = std::vector<std::uint8_t>;

const std::string good_hex = "FEFEFEFE6812907856341268910833333433896745335416";

bytes operator+(bytes a, const bytes& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// Noise with many start bytes in it, the same in every run.
class noise {
public:
    std::uint32_t next()
    {
        state_ = state_ * 1664525U + 1013904223U;
        return state_ >> 8U;
    }
    bytes of(std::size_t count)
    {
        bytes out;
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint32_t drawn = next();
            out.push_back(drawn % 4 == 0 ? start_byte : static_cast<std::uint8_t>(drawn >> 4U));
        }
        return out;
    }

private:
    std::uint32_t state_ = 20260101;
};

// ---- Golden vectors that hold while compiling ------------------------------------------------

constexpr frame compiled(std::string_view hex)
{
    std::array<std::uint8_t, 300> buffer{};
    const auto size = parse_hex(hex, buffer);
    return decode({buffer.data(), *size}).value_or(frame{});
}

constexpr frame energy_answer = compiled("6812907856341268910833333433896745335416");
static_assert(energy_answer.address.text().view() == "123456789012");
static_assert(energy_answer.control == 0x91 && energy_answer.length == 8);
static_assert(energy_answer.data[2] == 0x01 && energy_answer.data[4] == 0x56);
static_assert(energy_answer.is_from_meter() && !energy_answer.is_abnormal());
static_assert(compiled("FEFEFEFE68AAAAAAAAAAAA681300DF16").function() == 0x13);
static_assert(compiled("6812907856341268D101358D16").is_abnormal());
static_assert(!decode(std::array<std::uint8_t, 3>{0x68, 0x00, 0x16}).has_value());

}  // namespace

TEST_CASE("the golden vectors are there")
{
    CHECK(all_golden().size() >= 160);
}

TEST_CASE("every golden vector is framed, or rejected for the cause it names")
{
    for (const golden& row : all_golden()) {
        CAPTURE(row.hex);
        const findings found = scan(row.bytes);
        if (!row.holds_frame()) {
            CHECK(found.frames.empty());
            REQUIRE(found.rejections.size() >= 1);
            CHECK(to_string(found.rejections[0].cause) == row.status);
            continue;
        }
        REQUIRE(found.frames.size() == 1);
        const frame& only = found.frames[0];
        CHECK(only.address.text().view() == row.meaning.at("address").get<std::string>());
        const std::array<std::uint8_t, 1> control{only.control};
        CHECK(hex_of(control) == row.meaning.at("control").get<std::string>());
        CHECK(only.length == row.meaning.at("length").get<int>());
        CHECK(only.is_abnormal() == row.meaning.at("abnormal").get<bool>());
        CHECK(only.has_follow() == row.meaning.at("follow").get<bool>());
    }
}

TEST_CASE("every good vector encodes back to its bytes")
{
    for (const golden& row : all_golden()) {
        if (row.status != "ok") {
            continue;
        }
        CAPTURE(row.hex);
        const auto only = decode(row.bytes);
        REQUIRE(only.has_value());
        std::array<std::uint8_t, frame_size_max> out{};
        const auto size = encode(*only, out, 0);
        REQUIRE(size.has_value());
        CHECK(hex_of({out.data(), *size}) == row.hex);
        CHECK(encoded_size(*only, 0) == *size);
    }
}

TEST_CASE("a frame may be cut anywhere and may come byte by byte")
{
    for (const golden& row : all_golden()) {
        CAPTURE(row.hex);
        const findings whole = scan(row.bytes);
        for (std::size_t cut = 0; cut <= row.bytes.size(); ++cut) {
            CAPTURE(cut);
            framer split;
            findings found;
            feed_all(split, byte_span{row.bytes}.first(cut), found);
            feed_all(split, byte_span{row.bytes}.subspan(cut), found);
            split.flush();
            drain(split, found);
            CHECK(found.frames == whole.frames);
            CHECK(found.rejections.size() == whole.rejections.size());
        }
        framer slow;
        findings found;
        for (const std::uint8_t byte : row.bytes) {
            feed_all(slow, {&byte, 1}, found);
        }
        slow.flush();
        drain(slow, found);
        CHECK(found.frames == whole.frames);
    }
}

TEST_CASE("one flipped bit is never accepted, and the frame right behind is found")
{
    const bytes behind = bytes_of(good_hex);
    const frame wanted = decode(behind).value();
    std::size_t spoiled = 0;
    for (const golden& row : all_golden()) {
        if (row.status != "ok") {
            continue;
        }
        for (std::size_t bit = 0; bit < 8 * row.bytes.size(); ++bit) {
            bytes wrong = row.bytes;
            wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << bit % 8));
            for (const std::size_t preamble : {0U, 4U}) {
                const findings found =
                    scan(wrong + bytes(behind.begin() + 4 - static_cast<int>(preamble),
                                       behind.end()));
                const bool right = found.frames.size() == 1 && found.frames[0] == wanted;
                if (!right) {
                    CAPTURE(row.hex);
                    CAPTURE(bit);
                    CAPTURE(preamble);
                    CHECK(found.frames.size() == 1);
                    CHECK(found.frames.back() == wanted);
                }
            }
            ++spoiled;
        }
    }
    CHECK(spoiled > 20'000);
}

TEST_CASE("flipped bits in the preamble are noise before a good frame")
{
    const bytes clean = bytes_of(good_hex);
    for (std::size_t bit = 0; bit < 8 * 4; ++bit) {
        bytes wrong = clean;
        wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << bit % 8));
        const findings found = scan(wrong);
        REQUIRE(found.frames.size() == 1);
        CHECK(found.frames[0] == decode(clean).value());
    }
}

TEST_CASE("all vectors in one stream with noise between them are found in order")
{
    for (const std::size_t segment : {1U, 7U, 100U, 100'000U}) {
        noise dice;
        bytes stream;
        std::vector<frame> wanted;
        for (const golden& row : all_golden()) {
            stream = stream + dice.of(dice.next() % 9) + bytes(dice.next() % 6, preamble_byte);
            if (row.status == "ok") {
                stream = stream + row.bytes;
                wanted.push_back(decode(row.bytes).value());
            }
        }
        framer framer;
        findings found;
        for (std::size_t at = 0; at < stream.size(); at += segment) {
            const auto rest = byte_span{stream}.subspan(at);
            feed_all(framer, rest.first(std::min(segment, rest.size())), found);
        }
        framer.flush();
        drain(framer, found);
        CHECK(found.frames == wanted);
        CHECK(framer.counters().frames == wanted.size());
    }
}

TEST_CASE("any number of FE may come before a frame, none and hundreds")
{
    const bytes plain = bytes_of("6812907856341268910833333433896745335416");
    for (const std::size_t count : {0U, 1U, 2U, 4U, 17U, 600U, 2000U}) {
        const findings found = scan(bytes(count, preamble_byte) + plain);
        CHECK(found.frames.size() == 1);
        CHECK(found.rejections.empty());
    }
}

TEST_CASE("68, 16 and FE inside address and data, and a checksum of 16, do not end a frame")
{
    frame odd;
    odd.address = address::parse("681668166816").value();
    odd.control = 0x91;
    const std::array<std::uint8_t, 12> data{0x35, 0xE3, 0xCB, 0x35, 0x68, 0x16,
                                            0xFE, 0x33, 0x35, 0x35, 0xE3, 0xCB};
    REQUIRE(odd.append(data).has_value());
    bool checksum_was_end = false;
    for (unsigned last = 0; last < 256; ++last) {
        odd.data[11] = static_cast<std::uint8_t>(last);
        std::array<std::uint8_t, 64> out{};
        const std::size_t size = encode(odd, out, 1).value();
        checksum_was_end = checksum_was_end || out[size - 2] == end_byte;
        const findings found = scan({out.data(), size});
        REQUIRE(found.frames.size() == 1);
        CHECK(found.frames[0] == odd);
    }
    CHECK(checksum_was_end);
}

TEST_CASE("a doubled 68 is a false start and the frame behind it is found")
{
    const findings found = scan(bytes_of("686803000000000068910733343435333333D416"));
    REQUIRE(found.frames.size() == 1);
    CHECK(found.frames[0].address.text().view() == "000000000003");
    REQUIRE(found.rejections.size() == 1);
    CHECK(found.rejections[0].cause == rejection::no_second_start);
}

TEST_CASE("DATA of 255 bytes is received, however it is cut")
{
    frame big;
    big.address = address::parse("000000000001").value();
    big.control = 0x91;
    for (unsigned i = 0; i < 255; ++i) {
        const std::array<std::uint8_t, 1> byte{static_cast<std::uint8_t>(i * 7)};
        REQUIRE(big.append(byte).has_value());
    }
    CHECK(big.append(std::array<std::uint8_t, 1>{1}).error() == errc::too_long);
    std::array<std::uint8_t, frame_size_max> out{};
    CHECK(encode(big, out, 1).error() == errc::buffer_too_small);
    CHECK(encode(big, out, 0).value() == frame_size_max);
    for (const std::size_t cut : {1U, 8U, 9U, 10U, 133U, 265U, 266U}) {
        framer framer;
        findings found;
        feed_all(framer, byte_span{out}.first(cut), found);
        CHECK(found.frames.empty());
        CHECK(framer.pending() == cut);
        feed_all(framer, byte_span{out}.subspan(cut), found);
        REQUIRE(found.frames.size() == 1);
        CHECK(found.frames[0] == big);
    }
}

TEST_CASE("a false start with a long length holds a frame back until the line is silent")
{
    // 68 .. 68 91 FF asks for 255 bytes of DATA; the good frame lies within them.
    const bytes stream = bytes_of("68010203040506 6891FF") + bytes_of(good_hex);
    framer framer;
    findings found;
    feed_all(framer, stream, found);
    CHECK(found.frames.empty());
    CHECK(framer.pending() == stream.size());
    framer.flush();
    drain(framer, found);
    REQUIRE(found.frames.size() == 1);
    CHECK(found.frames[0] == decode(bytes_of(good_hex)).value());
    REQUIRE(found.rejections.size() == 2);  // the first 68, and the second for itself
    CHECK(found.rejections[0].cause == rejection::truncated);
    CHECK(found.rejections[0].offset == 0);
    CHECK(found.rejections[0].expected == 267);
    CHECK(framer.pending() == 0);
}

TEST_CASE("bytes after a flush belong to a frame of their own")
{
    const bytes good = bytes_of("6812907856341268910833333433896745335416");
    framer framer;
    findings found;
    feed_all(framer, byte_span{good}.first(12), found);
    framer.flush();
    CHECK(framer.feed(good) == good.size());  // before anybody looked
    drain(framer, found);
    CHECK(found.frames.size() == 1);
    CHECK(framer.counters().truncated == 2);  // from either 68 of the half frame
}

TEST_CASE("a rejection says where and what")
{
    const findings sum = scan(bytes_of("FE6812907856341268910833333433896745335516"));
    REQUIRE(sum.rejections.size() >= 1);
    CHECK(sum.rejections[0].cause == rejection::bad_checksum);
    CHECK(sum.rejections[0].offset == 1);
    CHECK(sum.rejections[0].at == 19);
    CHECK(sum.rejections[0].found == 0x55);
    CHECK(sum.rejections[0].expected == 0x54);
    const findings end = scan(bytes_of("6812907856341268910833333433896745335417"));
    REQUIRE(end.rejections.size() >= 1);
    CHECK(end.rejections[0].cause == rejection::bad_end);
    CHECK(end.rejections[0].at == 19);
    CHECK(end.rejections[0].found == 0x17);
}

TEST_CASE("each cause is counted")
{
    framer framer;
    findings found;
    feed_all(framer, bytes_of("FEFE 0102 6812907856341268D101358D16"), found);  // 2 FE, 2 noise
    feed_all(framer, bytes_of("6812907856341268D101358E16"), found);            // checksum
    feed_all(framer, bytes_of("6812907856341268D101358D17"), found);            // end
    feed_all(framer, bytes_of("6812907856341200"), found);                      // second 68
    feed_all(framer, bytes_of("6812907856341268D1"), found);                    // cut
    framer.flush();
    drain(framer, found);
    const framer_counters& counted = framer.counters();
    CHECK(counted.frames == 1);
    CHECK(counted.preamble_bytes == 2);
    CHECK(counted.bad_checksum == 1);
    CHECK(counted.bad_end == 1);
    CHECK(counted.truncated >= 1);
    CHECK(counted.no_second_start >= 1);
    CHECK(counted.garbage_bytes == 2 + 13 + 13 + 8 + 9);
}

TEST_CASE("pure noise yields nothing, loses no byte of account and never sticks")
{
    noise dice;
    framer framer;
    findings found;
    std::size_t fed = 0;
    for (int round = 0; round < 400; ++round) {
        const bytes chunk = dice.of(dice.next() % 700);
        fed += chunk.size();
        feed_all(framer, chunk, found);
        CHECK(framer.pending() < frame_size_max);
    }
    framer.flush();
    drain(framer, found);
    const framer_counters& counted = framer.counters();
    CHECK(found.frames.empty());
    CHECK(counted.garbage_bytes + counted.preamble_bytes == fed);
}

TEST_CASE("clear forgets what waits and keeps counting")
{
    framer framer;
    findings found;
    feed_all(framer, bytes_of("68129078563412689108"), found);
    framer.clear();
    CHECK(framer.pending() == 0);
    feed_all(framer, bytes_of(good_hex), found);
    CHECK(found.frames.size() == 1);
}
