// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/link/bus.hpp>
#include <wattpurse/link/modbus_serial_client.hpp>
#include <wattpurse/link/modbus_serial_server.hpp>
#include <wattpurse/link/shared_line.hpp>

#include "modbus_bench.hpp"

using namespace wattpurse;
using namespace wattpurse::test::modbus;
namespace dlt645 = wattpurse::codec::dlt645;
using link::priority;

namespace {

using small_bus = link::basic_bus<8>;
using small_client = link::basic_modbus_serial_client<8>;
using line_of_both = link::shared_line<small_bus, small_client>;
using speaker = line_of_both::speaker;

const dlt645::address meter = dlt645::address::parse("000000000001").value();
constexpr dlt645::data_id energy_id = dlt645::data_id::forward_active_block;

link::job dlt645_job(std::uint64_t id, priority prio = priority::reading)
{
    link::job out;
    out.id = id;
    out.prio = prio;
    out.request = dlt645::read_request(meter, energy_id);
    out.timeout = duration{1000};
    out.attempts_max = 1;
    return out;
}

bytes dlt645_wire(const dlt645::frame& what)
{
    bytes out(dlt645::encoded_size(what, 1));
    static_cast<void>(dlt645::encode(what, out, 1).value());
    return out;
}

bytes dlt645_answer(std::uint8_t first = 0x78)
{
    const std::array<std::uint8_t, 4> value{first, 0x56, 0x34, 0x12};
    return dlt645_wire(dlt645::read_answer(meter, energy_id, value).value());
}

link::modbus_serial_client_options modbus_options()
{
    link::modbus_serial_client_options out;
    out.timing = link::modbus_line_timing::lenient(9600);
    out.backoff.first = duration{5'000};
    return out;
}

/// One line with a meter of each kind at its other end.
struct both {
    small_bus bus{link::bus_timing::standard(9600)};
    small_client modbus{modbus_options()};
    line_of_both line{bus, modbus};
    instant now{duration{1'700'000'000'000}};
    std::vector<link::event> bus_events;
    std::vector<link::modbus_event> modbus_events;

    void advance()
    {
        line.advance(now);
        for (link::event out; bus.next_event(out);) {
            bus_events.push_back(out);
        }
        for (link::modbus_event out; modbus.next_event(out);) {
            modbus_events.push_back(out);
        }
    }
    void pass(int ms)
    {
        const instant until = now + duration{ms};
        while (line.next_deadline() <= until) {
            const instant before = line.next_deadline();
            now = std::max(now, before);
            advance();
            if (line.next_deadline() == before) {
                break;
            }
        }
        now = until;
        advance();
    }
    void hear(const bytes& what)
    {
        line.receive(what, now);
        advance();
    }
    bytes sent()
    {
        const auto all = line.pending_output();
        bytes out(all.begin(), all.end());
        line.consume(all.size());
        return out;
    }
};

bool is_dlt645(const bytes& sent) { return !sent.empty() && sent.front() == 0xFE; }

}  // namespace

TEST_CASE("an idle shared line wants nothing")
{
    both b;
    CHECK(b.line.idle());
    CHECK(b.line.next_deadline() == instant::max());
    b.advance();
    CHECK(b.line.pending_output().empty());
}

TEST_CASE("meters of both kinds are asked on one line, by turns")
{
    both b;
    for (unsigned i = 0; i < 3; ++i) {
        REQUIRE(b.bus.submit(dlt645_job(i)));
        REQUIRE(b.modbus.submit(reading(i)));
    }
    CHECK(b.line.next_deadline() <= b.now);
    std::vector<bool> turns;
    b.advance();
    for (int i = 0; i < 6; ++i) {
        const bytes request = b.sent();
        REQUIRE(!request.empty());
        turns.push_back(is_dlt645(request));
        CHECK(b.line.has_line() == (is_dlt645(request) ? speaker::dlt645 : speaker::modbus));
        b.pass(50);
        CHECK(b.sent().empty());  // one at a time
        b.hear(is_dlt645(request) ? dlt645_answer() : rtu(1, registers({7})));
        CHECK(b.sent().empty());  // the line rests
        b.pass(20);
    }
    CHECK(turns == std::vector<bool>{true, false, true, false, true, false});
    CHECK(b.line.idle());
    REQUIRE(b.bus_events.size() == 3);
    REQUIRE(b.modbus_events.size() == 3);
    for (unsigned i = 0; i < 3; ++i) {
        CHECK(b.bus_events[i].kind == link::event::kind_type::answered);
        CHECK(b.bus_events[i].job_id == i);
        CHECK(b.modbus_events[i].kind == kind::answered);
        CHECK(b.modbus_events[i].job_id == i);
        CHECK(b.modbus_events[i].is_proven);
    }
}

TEST_CASE("whose job matters more has the line first, of either kind")
{
    both b;
    REQUIRE(b.bus.submit(dlt645_job(1)));
    REQUIRE(b.modbus.submit(with(reading(1), priority::relay)));
    REQUIRE(b.modbus.submit(with(reading(2), priority::background)));
    b.advance();
    CHECK(!is_dlt645(b.sent()));
    REQUIRE(b.bus.submit(dlt645_job(2, priority::payment)));
    b.hear(rtu(1, registers({7})));
    b.pass(20);
    CHECK(is_dlt645(b.sent()));
    b.hear(dlt645_answer());
    CHECK(b.bus_events.back().job_id == 2);
    b.pass(20);
    CHECK(is_dlt645(b.sent()));  // reading before background
    b.hear(dlt645_answer());
    b.pass(20);
    CHECK(!is_dlt645(b.sent()));
}

TEST_CASE("a frame of the other kind inside an answer reaches nobody")
{
    both b;
    // Registers that hold a DL/T 645 answer which the bus is waiting to ask for.
    const bytes trap = dlt645_answer(0x99);
    bytes answer{0x03, static_cast<std::uint8_t>(trap.size() / 2 * 2)};
    answer.insert(answer.end(), trap.begin(), trap.begin() + answer[1]);
    REQUIRE(b.modbus.submit(reading(1, 1, 0, answer[1] / 2U)));
    b.advance();
    static_cast<void>(b.sent());
    REQUIRE(b.bus.submit(dlt645_job(1)));
    b.hear(rtu(1, answer));
    CHECK(b.modbus_events.size() == 1);
    CHECK(b.bus_events.empty());
    b.pass(20);
    CHECK(is_dlt645(b.sent()));
    CHECK(b.bus_events.empty());
    CHECK(b.bus.line().frames == 0);

    // A DL/T 645 answer that holds a Modbus answer.
    const bytes order = rtu(1, registers({0xDEAD}));
    REQUIRE(b.modbus.submit(reading(2)));
    dlt645::frame frame = dlt645::read_answer(meter, energy_id, {}).value();
    REQUIRE(frame.append(order).has_value());
    b.hear(dlt645_wire(frame));
    REQUIRE(b.bus_events.size() == 1);
    CHECK(b.bus_events[0].kind == link::event::kind_type::answered);
    CHECK(b.modbus_events.size() == 1);
    b.pass(20);
    CHECK(!b.sent().empty());
    b.hear(rtu(1, registers({7})));
    REQUIRE(b.modbus_events.size() == 2);
    CHECK(bytes_of(b.modbus_events[1].answer) == registers({7}));
}

TEST_CASE("a late answer of one kind is no answer for the other")
{
    both b;
    REQUIRE(b.modbus.submit(reading(1)));
    REQUIRE(b.bus.submit(dlt645_job(1, priority::background)));
    b.advance();
    static_cast<void>(b.sent());
    b.pass(1000);
    CHECK(b.modbus_events[0].kind == kind::timed_out);
    CHECK(is_dlt645(b.sent()));
    b.hear(rtu(1, registers({7})));
    CHECK(b.bus_events.empty());
    b.hear(dlt645_answer());
    CHECK(b.bus_events[0].kind == link::event::kind_type::answered);
    b.pass(20);
    REQUIRE(b.modbus.submit(reading(2, 2)));
    b.pass(20);
    static_cast<void>(b.sent());
    b.hear(dlt645_answer());
    CHECK(b.modbus_events.size() == 1);
    b.hear(rtu(2, registers({8})));
    b.pass(100);  // the end of the late one looks like the beginning of something longer
    REQUIRE(b.modbus_events.size() == 2);
    CHECK(bytes_of(b.modbus_events[1].answer) == registers({8}));
}

TEST_CASE("a meter that speaks unasked is heard while nobody has the line")
{
    both b;
    b.hear(dlt645_answer());
    REQUIRE(b.bus_events.size() == 1);
    CHECK(b.bus_events[0].kind == link::event::kind_type::unsolicited);
    REQUIRE(b.modbus.submit(reading(1)));
    b.advance();
    CHECK(b.sent().empty());  // it has only just fallen silent
    b.pass(20);
    CHECK(!b.sent().empty());
}

TEST_CASE("a Modbus broadcast holds up both kinds until all have carried it out")
{
    both b;
    REQUIRE(b.modbus.submit(job_of(1, write_pdu(5, 1), 0)));
    REQUIRE(b.bus.submit(dlt645_job(1, priority::background)));
    b.advance();
    CHECK(b.sent().size() == 8);
    b.pass(10);
    CHECK(b.modbus_events[0].kind == kind::sent);
    b.pass(99);
    CHECK(b.sent().empty());
    b.pass(1);
    CHECK(is_dlt645(b.sent()));
}

TEST_CASE("a dead meter of one kind does not keep the other from its turn")
{
    both b;
    for (unsigned i = 0; i < 8; ++i) {
        REQUIRE(b.modbus.submit(reading(i, 9)));
    }
    REQUIRE(b.bus.submit(dlt645_job(1)));
    REQUIRE(b.bus.submit(dlt645_job(2)));
    b.advance();
    CHECK(is_dlt645(b.sent()));
    b.hear(dlt645_answer());
    b.pass(20);
    CHECK(!is_dlt645(b.sent()));
    b.pass(1000);
    CHECK(is_dlt645(b.sent()));
    b.hear(dlt645_answer());
    b.pass(20);
    CHECK(b.modbus_events.size() == 8);
    CHECK(b.modbus_events[7].kind == kind::backed_off);
    CHECK(b.bus_events.size() == 2);
    CHECK(b.line.idle());
}

TEST_CASE("where the bus has no room for an event, Modbus goes on")
{
    both b;
    for (std::size_t i = 0; i < small_bus::event_capacity; ++i) {
        b.line.receive(dlt645_answer(), b.now);  // unasked, and not fetched
        b.now += duration{100};
    }
    REQUIRE(b.bus.submit(dlt645_job(1)));
    REQUIRE(b.modbus.submit(with(reading(1), priority::background)));
    b.line.advance(b.now);
    const bool bus_is_full = !is_dlt645(b.sent());
    if (bus_is_full) {
        b.line.receive(rtu(1, registers({7})), b.now);
        link::modbus_event out;
        CHECK(b.modbus.next_event(out));
    }
    b.pass(100);
    CHECK(b.bus_events.size() >= small_bus::event_capacity - 1);
}

TEST_CASE("a connection made anew is anew for both")
{
    both b;
    REQUIRE(b.modbus.submit(reading(1)));
    b.advance();
    static_cast<void>(b.sent());
    b.hear({0x01, 0x03});
    b.line.reconnected();
    b.advance();
    REQUIRE(b.modbus_events.size() == 1);
    CHECK(b.modbus_events[0].kind == kind::timed_out);
    REQUIRE(b.bus.submit(dlt645_job(1)));
    b.pass(20);
    CHECK(is_dlt645(b.sent()));
    b.hear(dlt645_answer());
    CHECK(b.bus_events.size() == 1);
}
