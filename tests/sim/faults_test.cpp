// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <map>

#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/sim/line_faults.hpp>
#include <wattpurse/sim/meter_server.hpp>

#include "meter_table.hpp"

using namespace wattpurse;
using namespace wattpurse::test;
using namespace std::chrono_literals;

namespace {

using bytes = std::vector<std::uint8_t>;

bytes encoded(const dlt645::frame& what)
{
    std::array<std::uint8_t, dlt645::frame_size_max + 4> out{};
    const auto size = dlt645::encode(what, out).value();
    return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

/// All that comes within ten seconds of a request.
std::vector<sim::meter_server::due> after(sim::meter_server& server, const dlt645::frame& request,
                                          instant now)
{
    server.receive(encoded(request), now);
    return server.take_output(now + 10s);
}

dlt645::framer_counters found_in(const bytes& heard)
{
    dlt645::framer framer;
    CHECK(framer.feed(heard) == heard.size());
    framer.flush();
    using kind = dlt645::framer_event::kind_type;
    while (framer.next().kind != kind::nothing) {
    }
    return framer.counters();
}

dlt645::frame question()
{
    return dlt645::read_request(plain_options().address, dlt645::data_id{0x0001FF00});
}

sim::fault_rates only(std::uint16_t sim::fault_rates::* which)
{
    sim::fault_rates out;
    out.*which = 1000;
    return out;
}

}  // namespace

TEST_CASE("faults come as often as they are set, each by its own draw")
{
    sim::fault_rates rates;
    rates.silent = 100;
    rates.corrupted = 200;
    sim::line_faults faults{rates};
    std::map<sim::line_fault, int> seen;
    for (std::uint8_t i = 0; i < 200; ++i) {
        for (int attempt = 0; attempt < 10; ++attempt) {
            ++seen[faults.draw_for(1, bytes{i})];
        }
    }
    CHECK(seen[sim::line_fault::silent] > 140);
    CHECK(seen[sim::line_fault::silent] < 260);
    CHECK(seen[sim::line_fault::corrupted] > 330);
    CHECK(seen[sim::line_fault::corrupted] < 470);
    CHECK(seen.size() == 3);
}

TEST_CASE("what befalls an answer does not depend on what else was asked")
{
    sim::fault_rates rates;
    rates.silent = 300;
    rates.late = 300;
    sim::line_faults alone{rates};
    sim::line_faults busy{rates};
    for (int attempt = 0; attempt < 50; ++attempt) {
        const auto expected = alone.draw_for(7, bytes{1, 2, 3});
        static_cast<void>(busy.draw_for(8, bytes{1, 2, 3}));
        static_cast<void>(busy.draw_for(7, bytes{4}));
        CHECK(busy.draw_for(7, bytes{1, 2, 3}) == expected);
    }
}

TEST_CASE("silent, deaf and late answers")
{
    sim::meter_server silent{plain_options(), only(&sim::fault_rates::silent)};
    CHECK(after(silent, question(), new_year).empty());
    // The work was done all the same: the relay is open.
    const auto trip = dlt645::control_request(plain_options().address,
                                              dlt645::control_code::trip,
                                              to_civil(new_year + 5min, china_zone), writer);
    CHECK(after(silent, trip.value(), new_year).empty());
    CHECK(silent.meter(0).relay().state() == relay_state::open);

    sim::meter_server deaf{plain_options(), only(&sim::fault_rates::deaf)};
    CHECK(after(deaf, trip.value(), new_year).empty());
    CHECK(deaf.meter(0).relay().state() == relay_state::closed);

    sim::meter_server late{plain_options(), only(&sim::fault_rates::late)};
    late.receive(encoded(question()), new_year);
    CHECK(late.next_deadline() == new_year + 3030ms);
    CHECK(late.take_output(new_year + 3029ms).empty());
    CHECK(late.take_output(new_year + 3030ms).size() == 1);
}

TEST_CASE("a truncated or corrupted answer is no frame, a noisy one still is")
{
    for (int k = 0; k < 40; ++k) {
        const instant at = new_year + k * 1min;
        sim::meter_server cut{plain_options(), only(&sim::fault_rates::truncated)};
        sim::meter_server bad{plain_options(), only(&sim::fault_rates::corrupted)};
        sim::meter_server noisy{plain_options(), only(&sim::fault_rates::noisy)};
        for (int i = 0; i <= k; ++i) {
            const auto short_one = after(cut, question(), at);
            if (!short_one.empty()) CHECK(found_in(short_one[0].bytes).frames == 0);
            const auto bad_one = after(bad, question(), at);
            REQUIRE(bad_one.size() == 1);
            // One bit wrong: no frame, or the frame as it was where a preamble byte was hit.
            if (found_in(bad_one[0].bytes).frames == 1) {
                CHECK(found_in(bad_one[0].bytes).preamble_bytes < 4);
            }
            CHECK(found_in(after(noisy, question(), at).at(0).bytes).frames == 1);
        }
    }
}

TEST_CASE("an echoing line sends the request back before the answer")
{
    sim::fault_rates rates;
    rates.echo = true;
    sim::meter_server server{plain_options(), rates};
    const auto heard = after(server, question(), new_year);
    REQUIRE(heard.size() == 2);
    CHECK(heard[0].bytes == encoded(question()));
    CHECK(heard[0].at == new_year);
    CHECK(heard[1].at == new_year + 30ms);
}

TEST_CASE("a write that is done in part can be drawn on the line")
{
    sim::meter_server server{plain_options(), only(&sim::fault_rates::partly_applied)};
    const bytes value{0x11, 0x22, 0x33, 0x44, 0x55, 0x66};
    const auto request = dlt645::write_request(plain_options().address,
                                               dlt645::data_id{0x04000402}, writer, value);
    CHECK(after(server, request.value(), new_year).size() == 1);
    CHECK(server.meter(0).value(0x04000402, new_year) ==
          bytes{0x11, 0x22, 0x33, 0x00, 0x26, 0x20});
}
