// SPDX-License-Identifier: Apache-2.0
// A line of RTU with any bytes on it, cut anywhere and silent now and then, heard by a server, a
// client and a tool: which frames there are must not depend on the cuts, each is written to the
// bytes it was found in, and every byte is accounted for.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wattpurse/codec/modbus/rtu_framer.hpp>

#include "modbus_pdu.hpp"

namespace {

using namespace wattpurse;
using namespace wattpurse::codec::modbus;
using kind = rtu_event::kind_type;

struct findings {
    struct frame {
        std::uint64_t offset = 0;
        std::vector<std::uint8_t> wire;

        friend bool operator==(const frame&, const frame&) = default;
    };
    struct rejection {
        std::uint64_t offset = 0;
        rtu_rejection cause{};

        friend bool operator==(const rejection&, const rejection&) = default;
    };
    std::vector<frame> frames;
    std::vector<rejection> rejections;

    friend bool operator==(const findings&, const findings&) = default;
};

/// How a line is heard.
struct circumstances {
    rtu_gaps gaps = rtu_gaps::told;
    std::size_t gap = 1;     ///< silent behind every so many bytes
    std::uint32_t seed = 0;  ///< 0: each stretch in one piece
    std::uint8_t asked = 0;
};

template <class Framer>
void drain(Framer& framer, byte_span piece, findings& into)
{
    for (auto event = framer.next(piece); event.kind != kind::nothing;
         event = framer.next(piece)) {
        FUZZ_REQUIRE(event.extent > 0);
        if (event.kind == kind::rejected) {
            into.rejections.push_back({event.offset, event.cause});
            continue;
        }
        findings::frame out{event.offset, std::vector<std::uint8_t>(rtu_size_max)};
        const auto size = encode_rtu<crc16_small>(event.adu, out.wire);
        FUZZ_REQUIRE(size && *size == event.extent);
        out.wire.resize(*size);
        into.frames.push_back(out);
    }
    FUZZ_REQUIRE(piece.empty());
}

template <class Framer>
findings heard(byte_span line, const circumstances& how)
{
    Framer framer{how.gaps};
    if constexpr (requires { framer.hears().asked_function; }) {
        framer.hears().asked_function = how.asked;
    }
    findings out;
    const std::size_t all = line.size();
    std::uint32_t seed = how.seed;
    for (std::size_t stretch = 0; !line.empty(); stretch = 0) {
        const std::size_t there = std::min(how.gap, line.size());
        while (stretch < there) {
            seed = seed == 0 ? 0 : seed * 1664525U + 1013904223U;
            const std::size_t cut = seed == 0 ? there : 1 + (seed >> 16U) % 40;
            const std::size_t size = std::min(cut, there - stretch);
            drain(framer, line.subspan(stretch, size), out);
            stretch += size;
            FUZZ_REQUIRE(framer.pending() < rtu_size_max);
        }
        framer.flush();
        drain(framer, {}, out);
        FUZZ_REQUIRE(framer.pending() == 0);
        line = line.subspan(there);
    }
    std::size_t accounted = framer.counters().garbage_bytes;
    for (const auto& each : out.frames) {
        accounted += each.wire.size();
    }
    FUZZ_REQUIRE(accounted == all);
    FUZZ_REQUIRE(framer.counters().frames == out.frames.size());
    return out;
}

template <class Framer>
void check(byte_span line, circumstances how)
{
    const std::uint32_t seed = how.seed;
    how.seed = 0;
    const findings whole = heard<Framer>(line, how);
    how.seed = seed;
    FUZZ_REQUIRE(whole == heard<Framer>(line, how));
    std::uint64_t free_from = 0;
    for (const auto& each : whole.frames) {
        FUZZ_REQUIRE(each.offset >= free_from && each.offset + each.wire.size() <= line.size());
        const byte_span there =
            line.subspan(static_cast<std::size_t>(each.offset), each.wire.size());
        FUZZ_REQUIRE(fuzz::same_bytes(there, each.wire));
        const auto again = decode_rtu(there);
        FUZZ_REQUIRE(again.has_value());
        fuzz::check_pdu(again->pdu);
        free_from = each.offset + each.wire.size();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    size = std::min<std::size_t>(size, 1100);  // four of the longest frames; more says no more
    const byte_span line{data, size};
    const std::uint16_t drawn = crc16_small::of(line);  // how it is heard follows from what it is
    circumstances how;
    how.seed = 1U + drawn;
    how.asked = size > 1 ? data[1] : std::uint8_t{0};
    const std::size_t whole = std::max<std::size_t>(size, 1);
    for (const rtu_gaps gaps : {rtu_gaps::told, rtu_gaps::unknown}) {
        how.gaps = gaps;
        for (const std::size_t gap : {whole, drawn % 64U + std::size_t{1}}) {
            how.gap = gap;
            check<rtu_request_framer>(line, how);
            check<rtu_response_framer>(line, how);
            check<rtu_line_framer>(line, how);
        }
    }
    return 0;
}
