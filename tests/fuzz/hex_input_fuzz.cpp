// SPDX-License-Identifier: Apache-2.0
// The finder of frames in logs and the reader of hexadecimal text on any bytes, cut anywhere: what
// is found must not depend on the cuts, every frame told encodes again, and bytes read from text
// are read again from what they are written as. The command is a program and no library, so that
// its sources are taken in here.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "../../src/cli/hex_input.cpp"
#include "../../src/cli/log_line.cpp"
#include "../../src/cli/log_scan.cpp"
#include "require.hpp"

namespace {

using namespace wattpurse;
using cli::log_finding;
using event_kind = codec::dlt645::framer_event::kind_type;

struct scanned {
    std::vector<log_finding> found;
    cli::log_summary sums;
};

/// `seed` 0: in one piece.
scanned scan(byte_span log, std::uint32_t seed)
{
    scanned out;
    cli::log_scanner scanner{[&](const log_finding& each) { out.found.push_back(each); }};
    while (!log.empty()) {
        seed = seed == 0 ? 0 : seed * 1664525U + 1013904223U;
        const std::size_t cut = seed == 0 ? log.size() : 1 + (seed >> 16U) % 40;
        const auto piece = log.first(std::min(cut, log.size()));
        scanner.feed(piece);
        log = log.subspan(piece.size());
    }
    scanner.finish();
    out.sums = scanner.summary();
    return out;
}

void check_finding(const log_finding& each, byte_span log)
{
    FUZZ_REQUIRE(each.event.offset == 0 && each.event.at < each.event.extent);
    FUZZ_REQUIRE(each.offset < log.size() && each.line <= log.size() + 1);
    if (each.event.kind != event_kind::frame) {
        FUZZ_REQUIRE(each.event.cause == codec::dlt645::rejection::bad_checksum);
        return;
    }
    std::array<std::uint8_t, codec::dlt645::frame_size_max> wire{};
    const auto size = encode(each.event.frame, wire, 0);
    FUZZ_REQUIRE(size && *size == each.event.extent);
    if (each.line == 0) {
        const auto there = log.subspan(static_cast<std::size_t>(each.offset), *size);
        FUZZ_REQUIRE(std::equal(there.begin(), there.end(), wire.begin()));
    }
}

auto key(const log_finding& each)
{
    return std::make_tuple(each.line, each.offset, each.event.kind, each.event.extent,
                           each.event.frame.control, each.event.frame.address.wire);
}

void check_same(scanned a, scanned b)
{
    const auto before = [](const log_finding& left, const log_finding& right) {
        return key(left) < key(right);
    };
    std::sort(a.found.begin(), a.found.end(), before);
    std::sort(b.found.begin(), b.found.end(), before);
    FUZZ_REQUIRE(std::equal(a.found.begin(), a.found.end(), b.found.begin(), b.found.end(),
                            [](const log_finding& left, const log_finding& right) {
                                return key(left) == key(right);
                            }));
    FUZZ_REQUIRE(a.sums.frames == b.sums.frames && a.sums.faults == b.sums.faults);
    FUZZ_REQUIRE(a.sums.bytes == b.sums.bytes && a.sums.skipped == b.sums.skipped);
}

void check_hex(std::string_view text)
{
    const auto read = cli::read_hex(text);
    if (const auto* const fault = std::get_if<cli::bad_hex>(&read)) {
        FUZZ_REQUIRE(fault->position >= 1 && fault->position <= text.size() + 1);
        return;
    }
    const auto& bytes = std::get<std::vector<std::uint8_t>>(read);
    std::string again(3 * bytes.size(), ' ');
    const auto written = format_hex(bytes, again, ' ');
    FUZZ_REQUIRE(written.has_value());
    const auto twice = cli::read_hex(*written);
    FUZZ_REQUIRE(std::holds_alternative<std::vector<std::uint8_t>>(twice));
    FUZZ_REQUIRE(std::get<std::vector<std::uint8_t>>(twice) == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const byte_span log{data, size};
    const auto whole = scan(log, 0);
    FUZZ_REQUIRE(whole.sums.bytes == size && whole.sums.skipped <= size);
    FUZZ_REQUIRE(whole.sums.frames + whole.sums.faults == whole.found.size());
    for (const log_finding& each : whole.found) {
        check_finding(each, log);
    }
    check_same(whole, scan(log, 1U + codec::dlt645::checksum(log)));
    check_hex({reinterpret_cast<const char*>(data), size});
    return 0;
}
