// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include <wattpurse/link/modbus_tcp_client.hpp>
#include <wattpurse/link/modbus_window.hpp>

#include "modbus_bench.hpp"

using namespace wattpurse;
using namespace wattpurse::test::modbus;
using link::modbus_tcp_client_options;
using link::modbus_window;
using link::priority;

namespace {

using tcp_bench = bench<link::basic_modbus_tcp_client<64>>;

modbus_tcp_client_options window_of(std::uint8_t size)
{
    modbus_tcp_client_options out;
    out.window = size;
    out.backoff = link::backoff_options::never();
    return out;
}

/// Answers all that was sent, until nothing is sent any more.
void answer_all(tcp_bench& b)
{
    for (auto sent = b.sent(); !sent.empty(); sent = b.sent()) {
        for (const message& each : sent) {
            b.hear(tcp(each.transaction, each.unit, registers({1})));
        }
    }
}

}  // namespace

TEST_CASE("a window has at least one place and at most sixteen")
{
    CHECK(modbus_window{0}.size() == 1);
    CHECK(modbus_window{1}.size() == 1);
    CHECK(modbus_window{16}.size() == 16);
    CHECK(modbus_window{200}.size() == 16);
}

TEST_CASE("a window is halved once for all that was under way, and grows back one by one")
{
    modbus_window window{16};
    window.note_busy(3, 16);
    CHECK(window.size() == 8);
    window.note_busy(16, 20);  // was under way already
    CHECK(window.size() == 8);
    window.note_busy(17, 20);
    CHECK(window.size() == 4);
    for (int i = 0; i < 4 * 32 - 1; ++i) {
        window.note_answer(1);
    }
    CHECK(window.size() == 4);
    window.note_answer(1);
    CHECK(window.size() == 5);
}

TEST_CASE("a loss in between begins the count of answers anew")
{
    modbus_window window{2};
    window.note_busy(1, 1);
    REQUIRE(window.size() == 1);
    for (int i = 0; i < 15; ++i) {
        window.note_answer(1);
    }
    window.note_loss(2, 2, 2);
    CHECK(window.size() == 1);
    for (int i = 0; i < 15; ++i) {
        window.note_answer(1);
    }
    CHECK(window.size() == 1);
    window.note_answer(1);
    CHECK(window.size() == 2);
}

TEST_CASE("a unit that is silent altogether narrows the window once")
{
    modbus_window window{16};
    for (std::uint32_t i = 1; i < 50; ++i) {
        window.note_loss(9, i, i);
        window.note_answer(1);
    }
    CHECK(window.size() == 8);
    window.note_answer(9);
    window.note_loss(9, 60, 60);
    CHECK(window.size() == 4);
}

TEST_CASE("exception 06 narrows the window, and what it came for goes again by itself")
{
    tcp_bench b{window_of(8)};
    for (unsigned i = 0; i < 8; ++i) {
        REQUIRE(b.client.submit(reading(i, 1, i, 1)));
    }
    b.advance();
    const auto sent = b.sent();
    REQUIRE(sent.size() == 8);
    for (std::size_t i = 2; i < 8; ++i) {
        b.hear(tcp(sent[i].transaction, 1, {0x83, 0x06}));
    }
    CHECK(b.events.empty());
    CHECK(b.client.window() == 4);
    CHECK(b.client.counters().busy == 6);
    const auto again = b.sent();
    REQUIRE(again.size() == 2);
    CHECK(again[0].pdu[2] == 2);
    CHECK(again[1].pdu[2] == 3);
    b.hear(tcp(sent[0].transaction, 1, registers({0})));
    b.hear(tcp(sent[1].transaction, 1, registers({0})));
    b.hear(tcp(again[0].transaction, 1, registers({0})));
    b.hear(tcp(again[1].transaction, 1, registers({0})));
    answer_all(b);
    CHECK(b.events.size() == 8);
    for (const auto& each : b.events) {
        CHECK(each.kind == kind::answered);
    }
}

TEST_CASE("exception 06 to a request that was alone is told")
{
    tcp_bench b{window_of(8)};
    REQUIRE(b.client.submit(with_attempts(reading(1), 3)));
    b.advance();
    b.hear(tcp(b.sent_one().transaction, 1, {0x83, 0x06}));
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::refused);
    CHECK(done->exception == exception_code::server_device_busy);
}

TEST_CASE("a server that is busy for ever does not keep a job for ever")
{
    tcp_bench b{window_of(2)};
    REQUIRE(b.client.submit(reading(1)));
    REQUIRE(b.client.submit(reading(2)));
    b.advance();
    int rounds = 0;
    while (b.events.size() < 2 && rounds < 100) {
        for (const message& each : b.sent()) {
            ++rounds;
            b.hear(tcp(each.transaction, 1, {0x83, 0x06}));
        }
    }
    CHECK(b.events.size() == 2);
    CHECK(rounds < 40);
}

TEST_CASE("a job that is always busy ends, also where others before it keep the window open")
{
    tcp_bench b{window_of(2)};
    REQUIRE(b.client.submit(with(reading(0, 9), priority::background)));
    std::uint64_t next = 1;
    while (std::none_of(b.events.begin(), b.events.end(),
                        [](const auto& each) { return each.job_id == 0; })) {
        REQUIRE(next < 2'000'000);
        b.events.clear();
        // Just enough of higher priority that the busy one never goes alone.
        if (b.client.window() == 1 || b.client.queued() == 0 || b.client.under_way() == 0) {
            REQUIRE(b.client.submit(with(reading(next++), priority::relay)));
        }
        b.advance();
        for (const message& each : b.sent()) {
            b.hear(tcp(each.transaction, each.unit,
                       each.unit == 9 ? bytes{0x83, 0x06} : registers({1})));
        }
    }
    CHECK(b.event_of(0).kind == kind::refused);
    CHECK(b.client.counters().busy <= 17);
}

TEST_CASE("a server that loses all but one request of a segment is soon asked one at a time")
{
    tcp_bench b{window_of(16)};
    unsigned next = 0;
    unsigned lost_at_first = 0;
    unsigned lost_at_last = 0;
    for (int round = 0; round < 20'000; ++round) {
        while (b.client.queued() < 16) {
            REQUIRE(b.client.submit(with_attempts(reading(next++), 5)));
        }
        b.advance();
        const auto sent = b.sent();
        if (!sent.empty()) {
            const auto lost = static_cast<unsigned>(sent.size() - 1);
            lost_at_first += round < 5'000 ? lost : 0;
            lost_at_last += round >= 15'000 ? lost : 0;
            b.hear(tcp(sent[0].transaction, 1, registers({1})));
        }
        b.pass(10);
        b.events.clear();
    }
    CHECK(lost_at_first >= 15);
    CHECK(lost_at_last <= 3);
    CHECK(b.client.counters().timed_out == 0);
}

TEST_CASE("all answers a server gives are taken again once it has recovered")
{
    tcp_bench b{window_of(4)};
    for (unsigned i = 0; i < 4; ++i) {
        REQUIRE(b.client.submit(reading(i)));
    }
    b.advance();
    static_cast<void>(b.sent());
    b.pass(1000);
    CHECK(b.client.window() == 2);
    for (unsigned i = 0; i < 200; ++i) {
        REQUIRE(b.client.submit(reading(i)));
        b.advance();
        answer_all(b);
    }
    CHECK(b.client.window() == 4);
}

TEST_CASE("complaint 6: what was under way when the connection broke goes again if it may")
{
    tcp_bench b{window_of(4)};
    REQUIRE(b.client.submit(with_attempts(reading(1), 2)));
    REQUIRE(b.client.submit(with(job_of(2, write_pdu(5, 1)), priority::payment)));
    b.advance();
    const auto before = b.sent();
    REQUIRE(before.size() == 2);
    REQUIRE(b.client.submit(job_of(3, write_pdu(6, 1))));  // its bytes never leave
    b.advance();
    REQUIRE(!b.client.pending_output().empty());
    b.hear({0, 1, 0});  // half an answer
    b.client.reconnected();
    b.fetch();
    REQUIRE(b.events.size() == 1);
    CHECK(b.events[0].job_id == 2);
    CHECK(b.events[0].kind == kind::timed_out);
    CHECK(b.events[0].attempts == 1);
    b.advance();
    const auto after = b.sent();
    REQUIRE(after.size() == 2);
    CHECK(after[0].pdu == read_pdu(0, 1));
    CHECK(after[1].pdu == write_pdu(6, 1));
    for (const message& each : after) {
        CHECK(each.transaction != before[0].transaction);
        CHECK(each.transaction != before[1].transaction);
    }
    b.hear(tcp(before[0].transaction, 1, registers({0xDEAD})));
    b.hear(tcp(after[0].transaction, 1, registers({1})));
    b.hear(tcp(after[1].transaction, 1, write_pdu(6, 1)));
    CHECK(b.event_of(1).attempts == 2);
    CHECK(b.event_of(3).attempts == 1);
    CHECK(b.client.counters().late == 1);
}

TEST_CASE("complaint 6: a connection from which nothing comes any more counts as broken")
{
    modbus_tcp_client_options options = window_of(1);
    options.silences_until_broken = 3;
    tcp_bench b{options};
    for (unsigned i = 0; i < 5; ++i) {
        REQUIRE(b.client.submit(reading(i)));
    }
    b.advance();
    b.pass(1000);
    b.hear({0});  // one byte is a sign of life
    b.pass(2000);
    CHECK(!b.client.broken());
    b.pass(1000);
    CHECK(b.client.broken());
    CHECK(b.client.counters().broken == 1);
    static_cast<void>(b.sent_bytes());
    b.pass(5000);
    CHECK(b.sent().empty());
    b.client.reconnected();
    b.advance();
    CHECK(b.sent().size() == 1);
}

TEST_CASE("what was under way together and timed out counts as one silence")
{
    modbus_tcp_client_options options = window_of(8);
    options.silences_until_broken = 3;
    tcp_bench b{options};
    for (unsigned i = 0; i < 10; ++i) {
        REQUIRE(b.client.submit(reading(i)));
    }
    b.advance();
    b.pass(1000);
    CHECK(b.events.size() == 8);
    CHECK(!b.client.broken());
}

TEST_CASE("complaint 9: a broadcast through a gateway waits for nobody")
{
    modbus_tcp_client_options options = window_of(1);
    options.zero_is_broadcast = true;
    tcp_bench b{options};
    REQUIRE(b.client.submit(job_of(1, write_pdu(5, 1), 0)));
    REQUIRE(b.client.submit(reading(2)));
    b.advance();
    CHECK(b.event()->kind == kind::sent);
    const auto sent = b.sent();
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].unit == 0);
    b.hear(tcp(sent[0].transaction, 0, write_pdu(5, 1)));  // some answer all the same
    b.hear(tcp(sent[1].transaction, 1, registers({1})));
    CHECK(b.event()->job_id == 2);
    CHECK(b.client.counters().late == 1);
}

TEST_CASE("unit 0 that is no broadcast is a unit as others are")
{
    tcp_bench b{window_of(1)};
    REQUIRE(b.client.submit(reading(1, 0)));
    b.advance();
    b.hear(tcp(b.sent_one().transaction, 0, registers({9})));
    CHECK(bytes_of(b.event()->answer) == registers({9}));
}

TEST_CASE("while nobody takes its output the client sends no more than fits")
{
    link::basic_modbus_tcp_client<64, 2> client{window_of(2)};
    instant now{duration{1'700'000'000'000}};
    bytes longest(codec::modbus::pdu_size_max, 0);
    longest[0] = 0x65;
    for (unsigned i = 0; i < 8; ++i) {
        REQUIRE(client.submit(job_of(i, longest)));
    }
    std::size_t most = 0;
    for (int i = 0; i < 10; ++i) {
        client.advance(now);
        most = std::max(most, client.pending_output().size());
        now += duration{1000};
    }
    CHECK(most == 2 * codec::modbus::mbap_size_max);
    CHECK(client.next_deadline() > now);
    client.consume(2 * codec::modbus::mbap_size_max);
    CHECK(client.next_deadline() <= now);
    client.advance(now);
    CHECK(client.pending_output().size() == codec::modbus::mbap_size_max);
    CHECK(client.window() == 1);
}
