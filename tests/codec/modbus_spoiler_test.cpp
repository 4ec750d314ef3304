// SPDX-License-Identifier: Apache-2.0
// Every vector with one bit wrong: no checksum believes it, and the good frame behind it is found.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <wattpurse/codec/modbus/guess.hpp>

#include "modbus_device.hpp"
#include "modbus_stream.hpp"
#include "modbus_vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::modbus;
using test::operator+;
using wattpurse::test::all_modbus_golden;
using wattpurse::test::modbus_golden;
using bytes = std::vector<std::uint8_t>;

namespace {

bytes spoiled(const bytes& from, std::size_t bit)
{
    bytes out = from;
    out[bit / 8] = static_cast<std::uint8_t>(out[bit / 8] ^ (1U << bit % 8));
    return out;
}

/// The last frame found is the good one, and no other was believed but `may_be` of them.
bool ends_with(const std::vector<test::kept_adu>& found, const adu& good)
{
    return found.size() == 1 && found[0].unit == good.unit &&
           std::equal(found[0].pdu.begin(), found[0].pdu.end(), good.pdu.begin(),
                      good.pdu.end());
}

template <class Visit>
std::size_t for_each_spoiler(const char* mode, Visit visit)
{
    std::size_t count = 0;
    for (const modbus_golden& row : all_modbus_golden()) {
        if (!row.is_sound || row.mode != mode) continue;
        for (std::size_t bit = 0; bit < 8 * row.bytes.size(); ++bit, ++count) {
            if (!visit(row, spoiled(row.bytes, bit), bit)) {
                CAPTURE(row.hex);
                CAPTURE(bit);
                CHECK(false);
            }
        }
    }
    return count;
}

/// Whatever a PDU says, it is answered or refused within its bounds.
bool is_survived(byte_span pdu)
{
    static test::conformance_device device;
    std::array<std::uint8_t, pdu_size_max> out{};
    const std::size_t size = serve(device, pdu, out);
    static_cast<void>(parse_response(pdu));
    static_cast<void>(parse_request(pdu));
    return size >= 2 && size <= pdu_size_max;
}

}  // namespace

TEST_CASE("no flipped bit of an RTU vector is believed, and the line is found again within a frame")
{
    const bytes behind = test::rtu_frame(0x11, {0x03, 0x00, 0x6B, 0x00, 0x03});
    const adu good = decode_rtu(behind).value();
    std::size_t imagined = 0;
    const std::size_t count =
        for_each_spoiler("rtu", [&](const modbus_golden&, const bytes& wrong, std::size_t) {
            if (decode_rtu(wrong)) return false;
            // Silence between the two, none, and none that anybody knows of. Then only the CRC
            // tells a frame from a part of one, and two bytes are right by chance now and then.
            rtu_line_framer parted;
            test::rtu_findings found = test::heard(parted, wrong);
            if (!found.frames.empty() || found.rejections.size() != 1) return false;
            take_rtu(parted, behind, found);
            rtu_line_framer joined;
            rtu_line_framer stream{rtu_gaps::unknown};
            auto in_stream = test::heard(stream, wrong + behind).frames;
            while (in_stream.size() > 1) {
                in_stream.erase(in_stream.begin());
                ++imagined;
            }
            return ends_with(found.frames, good) &&
                   ends_with(test::heard(joined, wrong + behind).frames, good) &&
                   ends_with(in_stream, good);
        });
    CHECK(count > 25'000);
    CHECK(imagined < count / 2000);
}

TEST_CASE("no flipped bit of an ASCII vector changes what it says, and the next frame is found")
{
    const bytes behind = test::text_bytes(":1103006B00037E\r\n");
    std::array<std::uint8_t, ascii_binary_max> binary{};
    const adu good = decode_ascii(behind, binary).value();
    std::size_t same = 0;
    const std::size_t count = for_each_spoiler(
        "ascii", [&](const modbus_golden& row, const bytes& wrong, std::size_t) {
            ascii_framer framer;
            test::ascii_findings found;
            take_ascii(framer, wrong + behind, found);
            std::array<std::uint8_t, ascii_binary_max> other{};
            const adu meant = decode_ascii(row.bytes, other).value();
            if (found.frames.size() == 2) {  // the bit makes a letter small: 'A' and 'a'
                ++same;
                const auto& first = found.frames[0];
                if (first.unit != meant.unit ||
                    !std::equal(first.pdu.begin(), first.pdu.end(), meant.pdu.begin(),
                                meant.pdu.end())) {
                    return false;
                }
                found.frames.erase(found.frames.begin());
            }
            return ends_with(found.frames, good);
        });
    CHECK(count > 1700);
    CHECK(same > 10);
    CHECK(same < 100);
}

TEST_CASE("no flipped bit of a TCP vector breaks more than the connection")
{
    std::size_t broken = 0;
    std::size_t foreign = 0;
    const std::size_t count =
        for_each_spoiler("tcp", [&](const modbus_golden& row, const bytes& wrong, std::size_t bit) {
            mbap_framer framer;
            byte_span rest{wrong};
            const mbap_event event = framer.next(rest);
            using kind = mbap_event::kind_type;
            const std::size_t byte = bit / 8;
            switch (event.kind) {
                case kind::adu: return byte != 2 && byte != 3 && is_survived(event.adu.pdu);
                case kind::foreign: ++foreign; return byte == 2 || byte == 3;
                case kind::broken: ++broken; return byte == 4 || byte == 5;
                case kind::nothing:  // a length longer than what is there
                    return byte == 5 && event.adu.pdu.empty() &&
                           framer.pending() == row.bytes.size();
            }
            return false;
        });
    CHECK(count > 3000);
    CHECK(foreign == 16 * 34);
    CHECK(broken >= 8 * 34);
}

TEST_CASE("any PDU of the vectors with any bit wrong is answered or refused, and parsed in bounds")
{
    for (const char* mode : {"rtu", "tcp"}) {
        for_each_spoiler(mode, [&](const modbus_golden& row, const bytes& wrong, std::size_t) {
            const std::size_t head = row.mode == "rtu" ? 1 : mbap_header_size;
            const std::size_t tail = row.mode == "rtu" ? 2 : 0;
            return is_survived(byte_span{wrong}.subspan(head, wrong.size() - head - tail));
        });
    }
}

TEST_CASE("a byte of an RTU vector that is lost or doubled costs one frame and no more")
{
    const bytes behind = test::rtu_frame(0x11, {0x03, 0x00, 0x6B, 0x00, 0x03});
    const adu good = decode_rtu(behind).value();
    for (const modbus_golden& row : all_modbus_golden()) {
        if (!row.is_sound || row.mode != "rtu") continue;
        for (std::size_t at = 0; at < row.bytes.size(); ++at) {
            const auto place = static_cast<std::ptrdiff_t>(at);
            bytes lost = row.bytes;
            lost.erase(lost.begin() + place);
            bytes doubled = row.bytes;
            doubled.insert(doubled.begin() + place, row.bytes[at]);
            for (const bytes& wrong : {lost, doubled}) {
                rtu_line_framer framer;
                auto found = test::heard(framer, wrong);
                take_rtu(framer, behind, found);
                const auto& frames = found.frames;
                if (frames.empty() || frames.back().unit != good.unit) {
                    CAPTURE(row.hex);
                    CAPTURE(at);
                    CHECK(false);
                }
            }
        }
    }
}
