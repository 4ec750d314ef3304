// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>

#include <wattpurse/link/modbus_serial_client.hpp>
#include <wattpurse/link/modbus_tcp_client.hpp>
#include <wattpurse/link/unit_backoff.hpp>

#include "modbus_bench.hpp"

using namespace wattpurse;
using namespace wattpurse::test::modbus;
using link::backoff_options;
using link::priority;
using link::unit_backoff;

namespace {

constexpr instant start{duration{1'700'000'000'000}};

link::modbus_serial_client_options serial_with(const backoff_options& backoff)
{
    link::modbus_serial_client_options out;
    out.timing = link::modbus_line_timing::over_tcp();
    out.backoff = backoff;
    return out;
}

link::modbus_tcp_client_options tcp_with(const backoff_options& backoff, std::uint8_t window)
{
    link::modbus_tcp_client_options out;
    out.backoff = backoff;
    out.window = window;
    out.silences_until_broken = 0;
    return out;
}

constexpr backoff_options five_to_twelve{duration{5'000}, duration{12'000}};

}  // namespace

TEST_CASE("a silent unit is left in peace for longer and longer, up to a limit")
{
    unit_backoff backoff{five_to_twelve};
    CHECK(!backoff.is_silent(9));
    CHECK(!backoff.holds_back(9, priority::reading, start));
    backoff.note_silence(9, start);
    CHECK(backoff.is_silent(9));
    CHECK(!backoff.is_silent(8));
    CHECK(backoff.until(9) == start + duration{5'000});
    CHECK(backoff.holds_back(9, priority::reading, start + duration{4'999}));
    CHECK(backoff.holds_back(9, priority::background, start));
    CHECK(!backoff.holds_back(9, priority::reading, start + duration{5'000}));
    backoff.note_silence(9, start + duration{5'000});
    CHECK(backoff.until(9) == start + duration{15'000});
    backoff.note_silence(9, start + duration{15'000});
    CHECK(backoff.until(9) == start + duration{27'000});
    for (int i = 0; i < 1000; ++i) {
        backoff.note_silence(9, backoff.until(9));
    }
    CHECK(backoff.is_silent(9));
    CHECK(backoff.until(9) == start + duration{27'000 + 1000 * 12'000});
}

TEST_CASE("silence that was asked for before the pause began does not lengthen it")
{
    unit_backoff backoff{five_to_twelve};
    backoff.note_silence(9, start);
    backoff.note_silence(9, start + duration{1});
    CHECK(backoff.until(9) == start + duration{5'000});
}

TEST_CASE("any answer clears the back-off, and relays and money do not wait for it")
{
    unit_backoff backoff{five_to_twelve};
    backoff.note_silence(9, start);
    CHECK(!backoff.holds_back(9, priority::relay, start));
    CHECK(!backoff.holds_back(9, priority::payment, start));
    backoff.note_answer(9);
    CHECK(!backoff.holds_back(9, priority::reading, start));
    CHECK(backoff.until(9) == instant{});
    backoff.note_silence(9, start);
    CHECK(backoff.until(9) == start + duration{5'000});
}

TEST_CASE("without a first pause there is no back-off")
{
    unit_backoff backoff{backoff_options::never()};
    backoff.note_silence(9, start);
    CHECK(!backoff.is_silent(9));
    CHECK(!backoff.holds_back(9, priority::reading, start));
}

TEST_CASE("a dead meter costs one timeout a cycle on a serial line, whatever is asked of it")
{
    bench<link::basic_modbus_serial_client<32>> b{serial_with({duration{8'000}, duration{60'000}})};
    for (int cycle = 0; cycle < 3; ++cycle) {
        for (unsigned i = 0; i < 10; ++i) {
            REQUIRE(b.client.submit(with_attempts(reading(i, 9, i), cycle == 0 ? 1 : 3)));
        }
        REQUIRE(b.client.submit(reading(100, 1)));
        const instant began = b.now;
        while (!b.client.idle()) {
            b.advance();
            const auto sent = b.sent_frame();
            if (sent && sent->unit == 1) {
                b.hear(rtu(1, registers({7})));
            } else {
                b.pass(1000);
            }
        }
        CHECK(b.now - began == duration{1000});
        REQUIRE(b.events.size() == 11);
        CHECK(b.event_of(0).kind == kind::timed_out);
        CHECK(b.event_of(100).kind == kind::answered);
        for (unsigned i = 1; i < 10; ++i) {
            const auto each = b.event_of(i);
            CHECK(each.kind == kind::backed_off);
            CHECK(each.attempts == 0);
            CHECK(each.unit == 9);
        }
        b.pass(60'000);
    }
    CHECK(b.client.counters().timed_out == 3);
    CHECK(b.client.counters().backed_off == 27);
    CHECK(b.client.counters().requests == 6);
}

TEST_CASE("a dead meter costs one timeout a cycle over TCP as well")
{
    bench<link::basic_modbus_tcp_client<32>> b{tcp_with({duration{8'000}, duration{60'000}}, 1)};
    for (int cycle = 0; cycle < 3; ++cycle) {
        for (unsigned i = 0; i < 10; ++i) {
            REQUIRE(b.client.submit(with_attempts(reading(i, 9, i), cycle == 0 ? 1 : 3)));
        }
        const instant began = b.now;
        while (!b.client.idle()) {
            b.advance();
            static_cast<void>(b.sent());
            b.pass(1000);
        }
        CHECK(b.now - began == duration{1000});
        CHECK(b.event_of(0).kind == kind::timed_out);
        CHECK(b.events.size() == 9);
        for (const auto& each : b.events) {
            CHECK(each.kind == kind::backed_off);
        }
        b.events.clear();
        b.pass(60'000);
    }
}

TEST_CASE("of several under way to a dead meter none is repeated once it is known to be dead")
{
    bench<link::basic_modbus_tcp_client<32>> b{tcp_with({duration{8'000}, duration{60'000}}, 4)};
    for (unsigned i = 0; i < 4; ++i) {
        REQUIRE(b.client.submit(with_attempts(reading(i, 9), static_cast<std::uint8_t>(1 + i))));
    }
    b.advance();
    CHECK(b.sent().size() == 4);
    b.pass(1000);
    CHECK(b.client.idle());
    REQUIRE(b.events.size() == 4);
    for (const auto& each : b.events) {
        CHECK(each.kind == kind::timed_out);
        CHECK(each.attempts == 1);
    }
}

TEST_CASE("what a gateway says of a meter that it does not hear counts as silence")
{
    bench<link::basic_modbus_tcp_client<32>> b{tcp_with(five_to_twelve, 1)};
    REQUIRE(b.client.submit(reading(1, 9)));
    REQUIRE(b.client.submit(reading(2, 9)));
    REQUIRE(b.client.submit(with(reading(3, 9), priority::payment)));
    b.advance();
    b.hear(tcp(b.sent_one().transaction, 9, {0x83, 0x0B}));
    CHECK(b.event_of(3).exception == exception_code::gateway_target_failed_to_respond);
    CHECK(b.event_of(1).kind == kind::backed_off);
    CHECK(b.event_of(2).kind == kind::backed_off);
    b.pass(5'000);
    REQUIRE(b.client.submit(reading(4, 9)));
    b.advance();
    b.hear(tcp(b.sent_one().transaction, 9, {0x83, 0x02}));  // it lives
    REQUIRE(b.client.submit(reading(5, 9)));
    b.advance();
    CHECK(b.sent().size() == 1);
}
