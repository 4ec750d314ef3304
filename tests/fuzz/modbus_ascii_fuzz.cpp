// SPDX-License-Identifier: Apache-2.0
// A line of ASCII framing with any characters on it, cut anywhere and silent now and then: which
// frames there are must not depend on the cuts, and each is written to the characters it was found
// in, but for small letters.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wattpurse/codec/modbus/ascii_framer.hpp>

#include "modbus_pdu.hpp"

namespace {

using namespace wattpurse;
using namespace wattpurse::codec::modbus;
using kind = ascii_event::kind_type;

struct findings {
    struct frame {
        std::uint64_t offset = 0;
        std::vector<std::uint8_t> wire;

        friend bool operator==(const frame&, const frame&) = default;
    };
    struct rejection {
        std::uint64_t offset = 0;
        std::uint64_t at = 0;
        ascii_rejection cause{};

        friend bool operator==(const rejection&, const rejection&) = default;
    };
    std::vector<frame> frames;
    std::vector<rejection> rejections;

    friend bool operator==(const findings&, const findings&) = default;
};

void drain(ascii_framer& framer, byte_span piece, findings& into)
{
    for (auto event = framer.next(piece); event.kind != kind::nothing;
         event = framer.next(piece)) {
        if (event.kind == kind::rejected) {
            FUZZ_REQUIRE(event.at >= event.offset);
            into.rejections.push_back({event.offset, event.at, event.cause});
            continue;
        }
        findings::frame out{event.offset, std::vector<std::uint8_t>(ascii_size_max)};
        const auto size = encode_ascii(event.adu, out.wire);
        FUZZ_REQUIRE(size.has_value());
        out.wire.resize(*size);
        into.frames.push_back(out);
        fuzz::check_pdu(event.adu.pdu);
    }
    FUZZ_REQUIRE(piece.empty());
}

/// Silent behind every `gap` bytes; `seed` 0: each stretch in one piece.
findings heard(byte_span line, std::size_t gap, std::uint32_t seed)
{
    ascii_framer framer;
    findings out;
    const std::size_t all = line.size();
    for (std::size_t stretch = 0; !line.empty(); stretch = 0) {
        const std::size_t there = std::min(gap, line.size());
        while (stretch < there) {
            seed = seed == 0 ? 0 : seed * 1664525U + 1013904223U;
            const std::size_t cut = seed == 0 ? there : 1 + (seed >> 16U) % 40;
            const std::size_t size = std::min(cut, there - stretch);
            drain(framer, line.subspan(stretch, size), out);
            stretch += size;
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const byte_span line{data, size};
    const std::uint32_t seed = 1U + lrc(line);
    for (const std::size_t gap : {std::max<std::size_t>(size, 1), std::size_t{1} + seed}) {
        const findings whole = heard(line, gap, 0);
        FUZZ_REQUIRE(whole == heard(line, gap, seed));
        for (const auto& each : whole.frames) {
            FUZZ_REQUIRE(each.offset + each.wire.size() <= size);
            const byte_span there =
                line.subspan(static_cast<std::size_t>(each.offset), each.wire.size());
            for (std::size_t i = 0; i < there.size(); ++i) {
                const std::uint8_t c = there[i];
                FUZZ_REQUIRE((c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c) == each.wire[i]);
            }
            std::array<std::uint8_t, ascii_binary_max> binary{};
            FUZZ_REQUIRE(decode_ascii(there, binary).has_value());
        }
    }
    return 0;
}
