// SPDX-License-Identifier: Apache-2.0
// The framer on any bytes, cut anywhere: which frames there are must not depend on the cuts, and
// each encodes to the bytes it was found in.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/dlt645/scan.hpp>

#include "require.hpp"

namespace {

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;
using kind = framer_event::kind_type;

struct found_frame {
    std::uint64_t offset = 0;
    frame what;
};

template <std::size_t Capacity>
void drain(basic_framer<Capacity>& from, std::vector<found_frame>& into)
{
    for (auto event = from.next(); event.kind != kind::nothing; event = from.next()) {
        if (event.kind == kind::frame) {
            into.push_back({event.offset, event.frame});
        } else {
            FUZZ_REQUIRE(event.at >= event.offset);
            FUZZ_REQUIRE(event.extent > 0);
        }
    }
}

/// `seed` 0: in one piece, as far as the framer takes it.
template <std::size_t Capacity>
std::vector<found_frame> framed(byte_span line, std::uint32_t seed)
{
    basic_framer<Capacity> framer;
    std::vector<found_frame> out;
    while (!line.empty()) {
        seed = seed == 0 ? 0 : seed * 1664525U + 1013904223U;
        const std::size_t cut = seed == 0 ? line.size() : 1 + (seed >> 16U) % 40;
        const std::size_t taken = framer.feed(line.first(std::min(cut, line.size())));
        FUZZ_REQUIRE(taken > 0);
        line = line.subspan(taken);
        drain(framer, out);
        FUZZ_REQUIRE(framer.pending() < frame_size_max);
    }
    framer.flush();
    drain(framer, out);
    FUZZ_REQUIRE(framer.pending() == 0);
    return out;
}

void check_counters(byte_span line, const std::vector<found_frame>& frames)
{
    framer counting;
    std::vector<found_frame> again;
    for (const std::uint8_t byte : line) {
        FUZZ_REQUIRE(counting.feed({&byte, 1}) == 1);
        drain(counting, again);
    }
    counting.flush();
    drain(counting, again);
    std::size_t accounted =
        counting.counters().garbage_bytes + counting.counters().preamble_bytes;
    for (const found_frame& each : again) {
        accounted += encoded_size(each.what, 0);
    }
    FUZZ_REQUIRE(accounted == line.size());
    FUZZ_REQUIRE(again.size() == frames.size() && counting.counters().frames == frames.size());
}

/// Every frame encodes to the very bytes it was found in.
void check_bytes(byte_span line, const std::vector<found_frame>& frames)
{
    std::uint64_t free_from = 0;
    for (const found_frame& each : frames) {
        std::array<std::uint8_t, frame_size_max> out{};
        const auto size = encode(each.what, out, 0);
        FUZZ_REQUIRE(size.has_value());
        FUZZ_REQUIRE(each.offset >= free_from && each.offset + *size <= line.size());
        const auto there = line.subspan(static_cast<std::size_t>(each.offset), *size);
        FUZZ_REQUIRE(std::equal(there.begin(), there.end(), out.begin()));
        FUZZ_REQUIRE(decode(there) == each.what);
        free_from = each.offset + *size;
    }
}

bool same(const std::vector<found_frame>& a, const std::vector<found_frame>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const found_frame& left, const found_frame& right) {
                          return left.offset == right.offset && left.what == right.what;
                      });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const byte_span line{data, size};
    const std::uint32_t seed = 1U + checksum(line);  // where it is cut follows from what it is
    const auto whole = framed<framer::capacity>(line, 0);
    FUZZ_REQUIRE(same(whole, framed<framer::capacity>(line, seed)));
    FUZZ_REQUIRE(same(whole, framed<frame_size_max>(line, seed + 256U)));
    std::vector<found_frame> seen;
    for_each_frame(line, [&](const frame_view& at, std::size_t offset) {
        seen.push_back({offset, at.copy()});
    });
    FUZZ_REQUIRE(same(whole, seen));
    check_bytes(line, whole);
    check_counters(line, whole);
    return 0;
}
