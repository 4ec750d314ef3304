// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include <wattpurse/link/modbus_tcp_client.hpp>

#include "modbus_bench.hpp"

using namespace wattpurse;
using namespace wattpurse::test::modbus;
using link::modbus_tcp_client_options;
using link::priority;

namespace {

using tcp_bench = bench<link::basic_modbus_tcp_client<32>>;

modbus_tcp_client_options window_of(std::uint8_t size)
{
    modbus_tcp_client_options out;
    out.window = size;
    out.backoff = link::backoff_options::never();
    return out;
}

}  // namespace

TEST_CASE("a Modbus client that is idle wants nothing")
{
    tcp_bench b;
    CHECK(b.client.idle());
    CHECK(!b.client.busy());
    CHECK(b.client.next_deadline() == instant::max());
    CHECK(b.client.pending_output().empty());
    b.advance();
    CHECK(b.events.empty());
}

TEST_CASE("a Modbus client asks, is answered, and its event tells when and how")
{
    tcp_bench b;
    REQUIRE(b.client.submit(reading(7, 0x11, 0x6B, 3)));
    CHECK(b.client.next_deadline() <= b.now);
    CHECK(b.client.queued() == 1);
    b.advance();
    CHECK(b.client.busy());
    CHECK(b.client.queued() == 0);
    CHECK(b.client.next_deadline() == b.now + duration{1000});
    const instant started = b.now;
    CHECK(b.sent_bytes() == bytes{0, 1, 0, 0, 0, 6, 0x11, 3, 0, 0x6B, 0, 3});
    b.pass(40);
    b.hear(tcp(1, 0x11, registers({0x022B, 0, 0x64})));
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::answered);
    CHECK(done->job_id == 7);
    CHECK(done->unit == 0x11);
    CHECK(bytes_of(done->answer) == registers({0x022B, 0, 0x64}));
    CHECK(done->exception == exception_code::none);
    CHECK(done->is_proven);
    CHECK(done->attempts == 1);
    CHECK(done->sent_at == started);
    CHECK(done->at == started + duration{40});
    CHECK(b.client.idle());
    CHECK(b.client.next_deadline() == instant::max());
    CHECK(b.client.counters().answered == 1);
}

TEST_CASE("a Modbus client tells a refusal with its exception")
{
    tcp_bench b;
    REQUIRE(b.client.submit(reading(1)));
    b.advance();
    b.hear(tcp(b.sent_one().transaction, 1, {0x83, 0x02}));
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::refused);
    CHECK(done->exception == exception_code::illegal_data_address);
    CHECK(bytes_of(done->answer) == bytes{0x83, 0x02});
    CHECK(done->is_proven);
}

TEST_CASE("complaint 2: several requests are under way on one connection, in any order answered")
{
    tcp_bench b{window_of(16)};
    for (unsigned i = 0; i < 20; ++i) {
        REQUIRE(b.client.submit(reading(i, 1, i, 1)));
    }
    b.advance();
    auto sent = b.sent();
    REQUIRE(sent.size() == 16);
    CHECK(b.client.under_way() == 16);
    CHECK(b.client.queued() == 4);
    for (std::size_t i = sent.size(); i-- > 0;) {
        b.hear(tcp(sent[i].transaction, 1, registers({1000U + sent[i].pdu[2]})));
    }
    for (const message& each : b.sent()) {
        b.hear(tcp(each.transaction, 1, registers({1000U + each.pdu[2]})));
    }
    REQUIRE(b.events.size() == 20);
    for (unsigned i = 0; i < 20; ++i) {
        const auto done = b.event_of(i);
        CHECK(done.kind == kind::answered);
        CHECK(bytes_of(done.answer) == registers({1000 + i}));
    }
}

TEST_CASE("answers are taken however the stream is cut")
{
    for (std::size_t cut = 1; cut < 40; ++cut) {
        tcp_bench b{window_of(4)};
        for (unsigned i = 0; i < 4; ++i) {
            REQUIRE(b.client.submit(reading(i, 1, i, 1)));
        }
        b.advance();
        bytes stream;
        for (const message& each : b.sent()) {
            stream = joined({stream, tcp(each.transaction, 1, registers({each.pdu[2]}))});
        }
        for (std::size_t at = 0; at < stream.size(); at += cut) {
            const auto end = std::min(at + cut, stream.size());
            b.hear(bytes(stream.begin() + static_cast<std::ptrdiff_t>(at),
                         stream.begin() + static_cast<std::ptrdiff_t>(end)));
        }
        REQUIRE(b.events.size() == 4);
        for (unsigned i = 0; i < 4; ++i) {
            CHECK(bytes_of(b.event_of(i).answer) == registers({i}));
        }
    }
}

TEST_CASE("complaint 1: a late answer never shifts the next, whatever comes when")
{
    tcp_bench b{window_of(1)};
    for (unsigned i = 0; i < 3; ++i) {
        REQUIRE(b.client.submit(reading(i)));
    }
    b.advance();
    const message first = b.sent_one();
    b.pass(1000);
    CHECK(b.event_of(0).kind == kind::timed_out);
    const message second = b.sent_one();
    CHECK(second.transaction != first.transaction);
    b.hear(tcp(first.transaction, 1, registers({0xDEAD})));  // late
    CHECK(b.events.empty());
    CHECK(b.client.counters().late == 1);
    b.hear(tcp(second.transaction, 1, registers({0x2222})));
    CHECK(bytes_of(b.event_of(1).answer) == registers({0x2222}));
    const message third = b.sent_one();
    b.hear(tcp(second.transaction, 1, registers({0x2222})));  // doubled
    CHECK(b.events.empty());
    CHECK(b.client.counters().unasked == 1);
    b.hear(tcp(third.transaction, 1, registers({0x3333})));
    CHECK(bytes_of(b.event_of(2).answer) == registers({0x3333}));
}

TEST_CASE("the id of a request that was not answered is not used again while it may be")
{
    modbus_tcp_client_options options = window_of(1);
    options.quarantine = duration{60'000};
    tcp_bench b{options};
    REQUIRE(b.client.submit(reading(0)));
    b.advance();
    const auto lost = b.sent_one().transaction;
    b.pass(1000);
    REQUIRE(b.event().has_value());
    bool is_used_again = false;
    const auto go_round = [&] {
        is_used_again = false;
        for (std::size_t i = 0; i < link::transaction_ids::count; ++i) {
            REQUIRE(b.client.submit(reading(1)));
            b.advance();
            const auto id = b.sent_one().transaction;
            is_used_again = is_used_again || id == lost;
            b.hear(tcp(id, 1, registers({1})));
            REQUIRE(b.event()->kind == kind::answered);
        }
    };
    go_round();
    CHECK(!is_used_again);
    b.pass(59'999);
    go_round();
    CHECK(!is_used_again);
    b.pass(2);  // it may be kept for twice as long, not for less
    go_round();
    CHECK(!is_used_again);
    b.pass(60'000);
    go_round();
    CHECK(is_used_again);
}

TEST_CASE("an answer from another unit or of another form is not taken")
{
    tcp_bench b;
    REQUIRE(b.client.submit(reading(0, 5, 0, 2)));
    b.advance();
    const auto id = b.sent_one().transaction;
    b.hear(tcp(id, 6, registers({1, 2})));
    b.hear(tcp(id, 5, registers({1})));
    b.hear(tcp(id, 5, {0x04, 4, 0, 1, 0, 2}));
    b.hear(tcp(id, 5, {0x84, 2}));
    CHECK(b.events.empty());
    CHECK(b.client.counters().foreign == 4);
    b.hear(tcp(id, 5, registers({3, 4})));
    CHECK(bytes_of(b.event()->answer) == registers({3, 4}));
}

TEST_CASE("what bears another protocol id is discarded, and the stream goes on")
{
    tcp_bench b;
    REQUIRE(b.client.submit(reading(0)));
    b.advance();
    const auto id = b.sent_one().transaction;
    bytes foreign = tcp(id, 1, registers({0xDEAD}));
    foreign[3] = 1;
    b.hear(joined({foreign, tcp(id, 1, registers({7}))}));
    CHECK(b.client.counters().discarded == 1);
    CHECK(bytes_of(b.event()->answer) == registers({7}));
}

TEST_CASE("after a length that cannot be the connection is broken, and nothing is believed")
{
    for (const bytes& wrong : {bytes{0, 1, 0, 0, 0, 1, 1}, bytes{0, 1, 0, 0, 0, 255, 1, 3}}) {
        tcp_bench b;
        REQUIRE(b.client.submit(with_attempts(reading(0), 2)));
        b.advance();
        const auto id = b.sent_one().transaction;
        CHECK(!b.client.broken());
        b.hear(joined({wrong, tcp(id, 1, registers({7}))}));
        CHECK(b.client.broken());
        b.hear(tcp(id, 1, registers({7})));
        CHECK(b.events.empty());
        REQUIRE(b.client.submit(reading(1)));
        b.advance();
        CHECK(b.sent().empty());
        b.client.reconnected();
        CHECK(!b.client.broken());
        b.advance();
        const auto again = b.sent();
        REQUIRE(again.size() == 2);
        CHECK(again[0].transaction != id);
        b.hear(tcp(again[0].transaction, 1, registers({8})));
        CHECK(b.event_of(0).attempts == 2);
    }
}

TEST_CASE("of jobs of different priority the highest goes first, of one priority the oldest")
{
    tcp_bench b{window_of(1)};
    REQUIRE(b.client.submit(with(reading(1), priority::background)));
    REQUIRE(b.client.submit(reading(2)));
    REQUIRE(b.client.submit(with(reading(3), priority::payment)));
    REQUIRE(b.client.submit(with(reading(4), priority::relay)));
    REQUIRE(b.client.submit(reading(5)));
    REQUIRE(b.client.submit(with(reading(6), priority::relay)));
    std::vector<std::uint64_t> order;
    b.advance();
    for (int i = 0; i < 6; ++i) {
        b.hear(tcp(b.sent_one().transaction, 1, registers({1})));
        order.push_back(b.event()->job_id);
    }
    CHECK(order == std::vector<std::uint64_t>{4, 6, 3, 2, 5, 1});
}

TEST_CASE("complaint 13: a device that takes 600 ms is waited for unless told otherwise")
{
    tcp_bench b;
    link::modbus_job job;
    job.request = pdu_of(read_pdu(0, 1));
    REQUIRE(b.client.submit(job));
    b.advance();
    const auto id = b.sent_one().transaction;
    b.pass(600);
    CHECK(b.events.empty());
    b.hear(tcp(id, 1, registers({7})));
    CHECK(b.event()->kind == kind::answered);
}

TEST_CASE("jobs are repeated as often as they allow, each time under another id")
{
    tcp_bench b{window_of(1)};
    REQUIRE(b.client.submit(with_attempts(reading(1), 3)));
    b.advance();
    const instant started = b.now;
    const auto first = b.sent_one().transaction;
    b.pass(1000);
    const auto second = b.sent_one().transaction;
    b.pass(1000);
    const auto third = b.sent_one().transaction;
    CHECK(first != second);
    CHECK(second != third);
    CHECK(b.events.empty());
    b.pass(999);
    CHECK(b.events.empty());
    b.pass(1);
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::timed_out);
    CHECK(done->attempts == 3);
    CHECK(done->sent_at == started);
    CHECK(done->at == started + duration{3000});
    CHECK(!done->is_proven);
    CHECK(done->answer.size == 0);
    CHECK(b.client.counters().retries == 2);
    CHECK(b.client.counters().timed_out == 1);
}

TEST_CASE("a job can be taken back until it has been sent")
{
    tcp_bench b{window_of(1)};
    REQUIRE(b.client.submit(reading(1)));
    REQUIRE(b.client.submit(reading(2)));
    REQUIRE(b.client.submit(reading(3)));
    b.advance();
    CHECK(!b.client.cancel(1));
    CHECK(b.client.cancel(2));
    CHECK(!b.client.cancel(2));
    CHECK(b.client.queued() == 1);
    b.hear(tcp(b.sent_one().transaction, 1, registers({1})));
    b.hear(tcp(b.sent_one().transaction, 1, registers({1})));
    REQUIRE(b.events.size() == 2);
    CHECK(b.events[1].job_id == 3);
}

TEST_CASE("a Modbus client holds so many jobs and no more, until their events are fetched")
{
    link::basic_modbus_tcp_client<4> client{window_of(16)};
    instant now{duration{1'700'000'000'000}};
    for (unsigned i = 0; i < 4; ++i) {
        REQUIRE(client.submit(reading(i)));
    }
    CHECK(!client.submit(reading(4)));
    CHECK(client.counters().queue_full == 1);
    client.advance(now);
    CHECK(!client.submit(reading(4)));
    now += duration{1000};
    client.advance(now);
    CHECK(client.idle());
    CHECK(!client.submit(reading(4)));
    link::modbus_event out;
    REQUIRE(client.next_event(out));
    CHECK(client.submit(reading(4)));
    CHECK(!client.submit(job_of(5, read_pdu(0, 1))));
}

TEST_CASE("a job without a request is not taken")
{
    tcp_bench b;
    CHECK(!b.client.submit(link::modbus_job{}));
    CHECK(b.client.counters().queue_full == 0);
    CHECK(b.client.idle());
}

TEST_CASE("no two requests to one unit are under way where that is asked for")
{
    modbus_tcp_client_options options = window_of(16);
    options.one_per_unit = true;
    tcp_bench b{options};
    for (unsigned i = 0; i < 6; ++i) {
        REQUIRE(b.client.submit(reading(i, static_cast<std::uint8_t>(1 + i / 3))));
    }
    b.advance();
    auto sent = b.sent();
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].unit == 1);
    CHECK(sent[1].unit == 2);
    CHECK(b.client.next_deadline() == b.now + duration{1000});
    b.hear(tcp(sent[1].transaction, 2, registers({1})));
    CHECK(b.event()->job_id == 3);
    CHECK(b.sent_one().unit == 2);
}

TEST_CASE("UDP: each request is one datagram, and an answer is one")
{
    modbus_tcp_client_options options = window_of(4);
    options.datagrams = true;
    tcp_bench b{options};
    for (unsigned i = 0; i < 3; ++i) {
        REQUIRE(b.client.submit(reading(i, 1, i, 1)));
    }
    b.advance();
    std::vector<bytes> datagrams;
    while (!b.client.pending_output().empty()) {
        CHECK(b.client.pending_output().size() == 12);
        datagrams.push_back(b.sent_bytes());
    }
    REQUIRE(datagrams.size() == 3);
    const auto id = [&](std::size_t i) { return datagrams[i][0] * 256U + datagrams[i][1]; };
    b.hear(joined({tcp(id(0), 1, registers({0})), tcp(id(1), 1, registers({1}))}));
    CHECK(b.events.empty());
    CHECK(b.client.counters().bad_frames == 1);
    CHECK(!b.client.broken());
    b.hear(tcp(id(1), 1, registers({1})));
    bytes cut = tcp(id(0), 1, registers({0}));
    cut.pop_back();
    b.hear(cut);
    b.hear(tcp(id(0), 1, registers({0})));
    CHECK(bytes_of(b.event_of(0).answer) == registers({0}));
    CHECK(bytes_of(b.event_of(1).answer) == registers({1}));
    b.pass(1000);
    CHECK(b.event_of(2).kind == kind::timed_out);
}

TEST_CASE("complaint 10: a vendor's function above 7F is a function, and refusals of it are known")
{
    tcp_bench b;
    REQUIRE(b.client.submit(job_of(1, {0xAA, 0x00, 0x46, 0x00, 0x1C, 0x02, 0x12, 0x34})));
    b.advance();
    b.hear(tcp(b.sent_one().transaction, 1, {0xAA, 0x00, 0x46, 0x00, 0x1C}));
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::answered);
    CHECK(bytes_of(done->answer) == bytes{0xAA, 0x00, 0x46, 0x00, 0x1C});
    REQUIRE(b.client.submit(job_of(2, {0xAA, 0x00, 0x46})));
    b.advance();
    b.hear(tcp(b.sent_one().transaction, 1, {0xAA, 0x03}));
    CHECK(b.event()->exception == exception_code::illegal_data_value);
    REQUIRE(b.client.submit(job_of(3, {0x65, 1})));
    b.advance();
    b.hear(tcp(b.sent_one().transaction, 1, {0xE5, 0x01}));
    CHECK(b.event()->exception == exception_code::illegal_function);
}

TEST_CASE("nothing of a request stays in the client when it is done")
{
    link::basic_modbus_tcp_client<2> client{window_of(1)};
    const instant now{duration{1'700'000'000'000}};
    const bytes password{0x10, 0, 0, 0, 4, 8, 'P', 'A', 'S', 'S', 'W', 'O', 'R', 'D'};
    REQUIRE(client.submit(job_of(1, password)));
    client.advance(now);
    client.consume(client.pending_output().size());
    client.receive(tcp(1, 1, {0x10, 0, 0, 0, 4}), now);
    link::modbus_event out;
    REQUIRE(client.next_event(out));
    REQUIRE(client.submit(job_of(2, password)));
    REQUIRE(client.cancel(2));
    const auto* const memory = reinterpret_cast<const std::uint8_t*>(&client);
    const std::string_view word{"SSWOR"};
    CHECK(std::search(memory, memory + sizeof client, word.begin(), word.end()) ==
          memory + sizeof client);
}
