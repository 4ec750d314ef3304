// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <vector>

#include <wattpurse/codec/dlt645/scan.hpp>

#include "rebuild.hpp"
#include "vectors.hpp"

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using wattpurse::test::all_golden;
using wattpurse::test::bytes_of;
using wattpurse::test::findings;
using wattpurse::test::golden;
using wattpurse::test::scan;

namespace {

using bytes = std::vector<std::uint8_t>;

const bytes behind = bytes_of("FEFEFEFE6812907856341268910833333433896745335416");

/// What `for_each_frame` finds.
std::vector<frame> scanned(byte_span line)
{
    std::vector<frame> out;
    const std::size_t count = for_each_frame(
        line, [&](const frame_view& seen, std::size_t) { out.push_back(seen.copy()); });
    CHECK(count == out.size());
    return out;
}

bytes joined(bytes first, const bytes& second)
{
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

/// Bytes with many 68, 16 and plausible lengths among them, the same in every run.
class noise {
public:
    bytes of(std::size_t count)
    {
        constexpr std::array<std::uint8_t, 8> likely{0x68, 0x68, 0x16, 0xFE,
                                                     0x00, 0x04, 0x91, 0x33};
        bytes out;
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint32_t drawn = next();
            out.push_back(drawn % 3 == 0 ? static_cast<std::uint8_t>(drawn >> 8U)
                                         : likely[drawn / 3 % likely.size()]);
        }
        return out;
    }
    std::uint32_t next()
    {
        state_ = state_ * 1664525U + 1013904223U;
        return state_ >> 8U;
    }

private:
    std::uint32_t state_ = 645;
};

}  // namespace

TEST_CASE("a flipped bit anywhere in any vector yields no frame but the one behind it")
{
    const frame wanted = decode(behind).value();
    std::size_t spoiled = 0;
    for (const golden& row : all_golden()) {
        if (row.status != "ok") {
            continue;
        }
        for (std::size_t bit = 0; bit < 8 * row.bytes.size(); ++bit) {
            bytes wrong = row.bytes;
            wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << bit % 8));
            const bool believed = decode(wrong).has_value() || view(wrong).has_value();
            const auto all = scanned(joined(wrong, behind));
            const bool resumed = all.size() == 1 && all[0] == wanted;
            if (believed || !resumed) {
                CAPTURE(row.hex);
                CAPTURE(bit);
                CHECK(!believed);
                CHECK(resumed);
            }
            ++spoiled;
        }
    }
    CHECK(spoiled > 20'000);
}

TEST_CASE("a byte that is lost or doubled costs one frame and no more")
{
    const frame wanted = decode(behind).value();
    for (const golden& row : all_golden()) {
        if (row.status != "ok") {
            continue;
        }
        for (std::size_t at = 0; at < row.bytes.size(); ++at) {
            const auto place = static_cast<std::ptrdiff_t>(at);
            bytes lost = row.bytes;
            lost.erase(lost.begin() + place);
            bytes doubled = row.bytes;
            doubled.insert(doubled.begin() + place, row.bytes[at]);
            for (const bytes& wrong : {lost, doubled}) {
                const auto all = scanned(joined(wrong, behind));
                const bool resumed = !all.empty() && all.back() == wanted;
                if (!resumed) {
                    CAPTURE(row.hex);
                    CAPTURE(at);
                    CHECK(resumed);
                }
            }
        }
    }
}

TEST_CASE("every prefix of every vector is no frame, and waits for its rest")
{
    for (const golden& row : all_golden()) {
        if (row.status != "ok") {
            continue;
        }
        CAPTURE(row.hex);
        for (std::size_t size = 0; size < row.bytes.size(); ++size) {
            const auto prefix = byte_span{row.bytes}.first(size);
            CHECK(!decode(prefix).has_value());
            CHECK(!view(prefix).has_value());
            CHECK(frame_at_start(prefix).error() == errc::empty);
        }
    }
}

TEST_CASE("a log scan finds what the framer finds, in noise and between vectors")
{
    noise dice;
    for (int round = 0; round < 200; ++round) {
        bytes line;
        for (int piece = 0; piece < 12; ++piece) {
            line = joined(line, dice.of(dice.next() % 60));
            const golden& row = all_golden()[dice.next() % all_golden().size()];
            line = joined(line, row.bytes);
        }
        const findings found = scan(line);
        CHECK(scanned(line) == found.frames);
        CHECK(found.frames.size() >= 6);
    }
}

TEST_CASE("the offsets of a log scan are those of the first 68")
{
    const bytes line = joined(bytes_of("68 00 16"), joined(behind, behind));
    std::vector<std::size_t> offsets;
    const auto note = [&](const frame_view&, std::size_t at) { offsets.push_back(at); };
    CHECK(for_each_frame(line, note) == 2);
    CHECK(offsets == std::vector<std::size_t>{7, 31});
    CHECK(for_each_frame({}, note) == 0);
}

TEST_CASE("a flipped bit that is checked again has another meaning or none, and never crashes")
{
    // What a broken meter could send: the bit flipped in the frame, the checksum made anew.
    std::size_t understood = 0;
    for (const golden& row : all_golden()) {
        if (row.status != "ok") {
            continue;
        }
        const frame right = decode(row.bytes).value();
        for (unsigned bit = 0; bit < 8U * (2U + right.length); ++bit) {
            frame wrong = right;
            const auto flip = static_cast<std::uint8_t>(1U << bit % 8);
            if (bit < 8) {
                wrong.control = static_cast<std::uint8_t>(wrong.control ^ flip);
            } else if (bit < 16) {
                wrong.length = static_cast<std::uint8_t>(wrong.length ^ flip);
            } else {
                wrong.data[bit / 8 - 2] = static_cast<std::uint8_t>(wrong.data[bit / 8 - 2] ^ flip);
            }
            if (const auto again = test::rebuilt(wrong)) {
                ++understood;
                if (!(*again == wrong)) {
                    CAPTURE(row.hex);
                    CAPTURE(bit);
                    CHECK(*again == wrong);
                }
            }
        }
    }
    CHECK(understood > 5'000);
}

static_assert([] {
    constexpr std::array<std::uint8_t, 14> line{0x00, 0x68, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA,
                                                0xAA, 0x68, 0x13, 0x00, 0xDF, 0x16, 0x68};
    std::size_t at = 0;
    const auto count =
        for_each_frame(line, [&](const frame_view&, std::size_t offset) { at = offset; });
    return count == 1 && at == 1;
}());
