// SPDX-License-Identifier: Apache-2.0
// A TCP stream of any bytes, cut anywhere: which ADUs there are must not depend on the cuts, each
// is written to the bytes it was found in, and whatever its PDU says is dealt with. The same bytes
// then go through the rest as one datagram and as one PDU.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wattpurse/codec/modbus/ascii.hpp>
#include <wattpurse/codec/modbus/mbap.hpp>

#include "modbus_pdu.hpp"

namespace {

using namespace wattpurse;
using namespace wattpurse::codec::modbus;
using kind = mbap_event::kind_type;

struct found_adu {
    std::uint64_t offset = 0;
    kind what = kind::nothing;
    std::vector<std::uint8_t> wire;  // as it would be written

    friend bool operator==(const found_adu&, const found_adu&) = default;
};

found_adu kept(const mbap_event& event)
{
    found_adu out{event.offset, event.kind, {}};
    if (event.kind == kind::adu) {
        out.wire.resize(mbap_size_max);
        const auto size = encode_mbap(event.adu, out.wire);
        FUZZ_REQUIRE(size.has_value());
        out.wire.resize(*size);
    }
    return out;
}

/// `seed` 0: in one piece.
std::vector<found_adu> framed(byte_span stream, std::uint32_t seed)
{
    mbap_framer framer;
    std::vector<found_adu> out;
    while (!stream.empty()) {
        seed = seed == 0 ? 0 : seed * 1664525U + 1013904223U;
        const std::size_t cut = seed == 0 ? stream.size() : 1 + (seed >> 16U) % 40;
        byte_span piece = stream.first(std::min(cut, stream.size()));
        stream = stream.subspan(piece.size());
        for (auto event = framer.next(piece); event.kind != kind::nothing;
             event = framer.next(piece)) {
            out.push_back(kept(event));
        }
        FUZZ_REQUIRE(piece.empty());
        FUZZ_REQUIRE(framer.pending() < mbap_size_max);
    }
    const auto broken = std::count_if(out.begin(), out.end(), [](const found_adu& each) {
        return each.what == kind::broken;
    });
    FUZZ_REQUIRE(broken == (framer.broken() ? 1 : 0));
    FUZZ_REQUIRE(!framer.broken() || out.back().what == kind::broken);
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const byte_span stream{data, size};
    const auto whole = framed(stream, 0);
    FUZZ_REQUIRE(whole == framed(stream, 1U + lrc(stream)));
    for (const found_adu& each : whole) {
        if (each.what != kind::adu) {
            continue;
        }
        FUZZ_REQUIRE(each.offset + each.wire.size() <= size);
        const byte_span there =
            stream.subspan(static_cast<std::size_t>(each.offset), each.wire.size());
        FUZZ_REQUIRE(fuzz::same_bytes(there, each.wire));
        const auto again = decode_mbap(there);
        FUZZ_REQUIRE(again.has_value());
        fuzz::check_pdu(again->pdu);
    }
    std::array<std::uint8_t, ascii_binary_max> binary{};
    const framing_guesses guesses = guess_framing(stream, binary);
    for (const framing_guess& each : guesses.view()) {
        fuzz::check_pdu(each.adu.pdu);
    }
    if (size > 0 && size <= 300) {
        fuzz::check_pdu(stream);
    }
    return 0;
}
