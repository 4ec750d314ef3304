// SPDX-License-Identifier: Apache-2.0
// All parsers on any frame: those that an input holds as they stand on a line, and the one that
// it is when read as six bytes of address, the control byte and DATA without the 33H, so that the
// fuzzer need not learn to add and to sum.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <wattpurse/codec/dlt645/follow.hpp>
#include <wattpurse/codec/dlt645/frame_view.hpp>
#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/codec/dlt645/messages_1997.hpp>
#include <wattpurse/codec/dlt645/scan.hpp>
#include <wattpurse/link/timing.hpp>

#include "../codec/rebuild.hpp"
#include "require.hpp"

namespace {

using namespace wattpurse;
using namespace wattpurse::codec::dlt645;

frame frame_of(byte_span input)
{
    frame out;
    for (std::size_t i = 0; i < input.size() && i < 6; ++i) {
        out.address.wire[i] = input[i];
    }
    if (input.size() > 6) {
        out.control = input[6];
        const byte_span data = input.subspan(7);
        const auto done = out.append(data.first(std::min(data.size(), data_size_max)));
        FUZZ_REQUIRE(done.has_value());
    }
    return out;
}

void check_wire(const frame& what)
{
    std::array<std::uint8_t, frame_size_max> out{};
    const auto size = encode(what, out, 0);
    FUZZ_REQUIRE(size.has_value() && *size == encoded_size(what, 0));
    const auto wire = byte_span{out}.first(*size);
    FUZZ_REQUIRE(decode(wire) == what);
    const auto seen = view(wire);
    FUZZ_REQUIRE(seen.has_value() && seen->copy() == what);
    FUZZ_REQUIRE(seen->id() == parse_data_id(what));
}

/// What a parser could read a password or a sealed word from must count as secret.
void check_secret(const frame& what)
{
    const bool has_password =
        parse_write(what).has_value() || parse_change_password(what).has_value() ||
        parse_clear(what).has_value() || parse_clear_events(what).has_value() ||
        parse_control(what).has_value() || parse_password_answer(what).has_value() ||
        parse_change_password_1997(what).has_value() ||
        parse_password_answer_1997(what).has_value();
    const bool is_sealed = parse_sealed_control(what).has_value() ||
                           parse_security(what).has_value() ||
                           parse_security_answer(what).has_value();
    const auto clear = parse_clear_demand_1997(what);
    FUZZ_REQUIRE(!has_password || holds_secret(what));
    FUZZ_REQUIRE(!is_sealed || holds_secret(what));
    FUZZ_REQUIRE(!clear || !clear->has_password || holds_secret(what));
}

void check_follow(const frame& what)
{
    long_answer<300> whole;
    if (const auto id = parse_data_id(what)) {
        whole.begin(*id);
        const auto first = whole.take(what);
        FUZZ_REQUIRE(first.has_value() == parse_read_answer(what).has_value());
        FUZZ_REQUIRE(!first || (*first == long_state::more) == what.has_follow());
        FUZZ_REQUIRE(whole.take(what).has_value() == false);  // never the same frame twice
    }
    if (const auto id = parse_data_id_1997(what)) {
        whole.begin(*id);
        FUZZ_REQUIRE(whole.take(what).has_value() == parse_read_answer_1997(what).has_value());
    }
}

void check_link(const frame& what)
{
    const auto expected = link::expectation::of(what);
    FUZZ_REQUIRE(!expected.matches(what) || what.is_from_meter());
    const auto timing = link::bus_timing::standard(2400);
    FUZZ_REQUIRE(link::answer_timeout(what, timing) > duration{500});
    FUZZ_REQUIRE(link::job_for(what, timing).attempts_max > 0);
}

void check(const frame& what)
{
    check_wire(what);
    if (const auto again = test::rebuilt(what)) {
        FUZZ_REQUIRE(*again == what);
    }
    check_secret(what);
    check_follow(what);
    check_link(what);
    FUZZ_REQUIRE(!function_name(what).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const byte_span input{data, size};
    for_each_frame(input, [](const frame_view& seen, std::size_t) { check(seen.copy()); });
    check(frame_of(input));
    return 0;
}
