// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/link/modbus_serial_client.hpp>

#include "modbus_bench.hpp"

using namespace wattpurse;
using namespace wattpurse::test::modbus;
using link::modbus_framing;
using link::modbus_line_timing;
using link::modbus_serial_client_options;
using link::priority;

namespace {

using line_bench = bench<link::basic_modbus_serial_client<16>>;

modbus_serial_client_options timed(const modbus_line_timing& timing)
{
    modbus_serial_client_options out;
    out.timing = timing;
    out.backoff = link::backoff_options::never();
    return out;
}

modbus_serial_client_options lenient() { return timed(modbus_line_timing::lenient(9600)); }
modbus_serial_client_options strict() { return timed(modbus_line_timing::strict(9600)); }

modbus_serial_client_options ascii()
{
    modbus_serial_client_options out = timed(modbus_line_timing::ascii(9600));
    out.framing = modbus_framing::ascii;
    return out;
}

bytes text(std::string_view from) { return {from.begin(), from.end()}; }

bytes part(const bytes& from, std::size_t begin, std::size_t end)
{
    return {from.begin() + static_cast<std::ptrdiff_t>(begin),
            from.begin() + static_cast<std::ptrdiff_t>(end)};
}

}  // namespace

TEST_CASE("on a serial line one request is under way at a time, and the line rests in between")
{
    line_bench b{lenient()};
    REQUIRE(b.client.submit(reading(1, 0x11, 0x6B, 3)));
    REQUIRE(b.client.submit(reading(2, 0x11, 0x6B, 1)));
    CHECK(b.client.next_deadline() <= b.now);
    b.advance();
    CHECK(b.client.busy());
    const instant started = b.now;
    CHECK(b.sent_bytes() == bytes{0x11, 0x03, 0x00, 0x6B, 0x00, 0x03, 0x76, 0x87});
    CHECK(b.client.next_deadline() == b.now + duration{1000});
    b.pass(40);
    b.hear(rtu(0x11, registers({0x022B, 0, 0x64})));
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::answered);
    CHECK(done->job_id == 1);
    CHECK(done->unit == 0x11);
    CHECK(bytes_of(done->answer) == registers({0x022B, 0, 0x64}));
    CHECK(done->is_proven);
    CHECK(done->sent_at == started);
    CHECK(done->at == started + duration{40});
    CHECK(!b.sent_frame().has_value());
    CHECK(b.client.next_deadline() == b.now + duration{6});  // t3.5 at 9600 baud: 4.01 ms
    b.pass(5);
    CHECK(!b.sent_frame().has_value());
    b.pass(1);
    CHECK(b.sent_frame().has_value());
}

TEST_CASE("R11: a refusal on a serial line is told with its exception")
{
    line_bench b{lenient()};
    REQUIRE(b.client.submit(reading(1, 1, 0x1F4)));
    b.advance();
    static_cast<void>(b.sent_frame());
    b.hear({0x01, 0x83, 0x02, 0xC0, 0xF1});
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::refused);
    CHECK(done->exception == exception_code::illegal_data_address);
}

TEST_CASE("R12: an answer from another unit is not taken, and the wait goes on to its end")
{
    line_bench b{lenient()};
    REQUIRE(b.client.submit(reading(1)));
    b.advance();
    static_cast<void>(b.sent_frame());
    b.hear({0x02, 0x03, 0x02, 0x00, 0x01, 0x3D, 0x84});
    CHECK(b.events.empty());
    CHECK(b.client.counters().foreign == 1);
    b.pass(999);
    CHECK(b.events.empty());
    b.pass(1);
    CHECK(b.event()->kind == kind::timed_out);
}

TEST_CASE("after a foreign answer the wanted one is still taken")
{
    line_bench b{lenient()};
    REQUIRE(b.client.submit(reading(1)));
    b.advance();
    static_cast<void>(b.sent_frame());
    b.hear(joined({rtu(2, registers({1})), rtu(1, {0x04, 2, 0, 1}), rtu(1, registers({1, 2})),
                   rtu(1, registers({7}))}));
    CHECK(bytes_of(b.event()->answer) == registers({7}));
    CHECK(b.client.counters().foreign == 3);
}

TEST_CASE("R15: the echo of an own request is skipped where the adapter has one")
{
    modbus_serial_client_options options = lenient();
    options.has_echo = true;
    line_bench b{options};
    REQUIRE(b.client.submit(reading(1, 1, 3)));
    b.advance();
    CHECK(b.sent_bytes() == bytes{0x01, 0x03, 0x00, 0x03, 0x00, 0x01, 0x74, 0x0A});
    b.hear({0x01, 0x03, 0x00, 0x03, 0x00, 0x01, 0x74, 0x0A, 0x01, 0x03, 0x02, 0x03, 0x03, 0xF8,
            0xB5});
    CHECK(bytes_of(b.event()->answer) == registers({0x0303}));
    CHECK(b.client.counters().echoes == 1);
    CHECK(b.client.counters().bad_frames == 0);
}

TEST_CASE("an answer that is the same as its request is no echo where the echo has been")
{
    modbus_serial_client_options options = lenient();
    options.has_echo = true;
    line_bench b{options};
    REQUIRE(b.client.submit(job_of(1, write_pdu(5, 1))));
    b.advance();
    const bytes request = b.sent_bytes();
    for (const std::uint8_t byte : request) {
        b.hear({byte});
    }
    CHECK(b.events.empty());
    b.hear(request);
    CHECK(b.event()->kind == kind::answered);
}

TEST_CASE("where an adapter is said to have an echo and has none, answers are still taken")
{
    modbus_serial_client_options options = lenient();
    options.has_echo = true;
    line_bench b{options};
    REQUIRE(b.client.submit(reading(1)));
    b.advance();
    static_cast<void>(b.sent_bytes());
    b.hear(rtu(1, registers({7})));
    CHECK(bytes_of(b.event()->answer) == registers({7}));
    CHECK(b.client.counters().echoes == 0);
}

TEST_CASE("R09: a gap within a frame spoils it on a strict line, and is borne on a lenient one")
{
    const bytes answer = rtu(1, registers({7}));
    for (const bool is_strict : {true, false}) {
        line_bench b{is_strict ? strict() : lenient()};
        REQUIRE(b.client.submit(reading(1)));
        b.advance();
        static_cast<void>(b.sent_frame());
        b.pass(20);
        b.hear(part(answer, 0, 3));
        b.pass(9);  // 4 bytes take 5 ms at 9600 baud; the rest is silence
        b.hear(part(answer, 3, 7));
        CHECK(b.events.empty() == is_strict);
        CHECK(b.client.counters().bad_frames == (is_strict ? 1 : 0));
        b.pass(1000);
        CHECK(b.event()->kind == (is_strict ? kind::timed_out : kind::answered));
    }
}

TEST_CASE("on a strict line bytes that follow each other are one frame")
{
    const bytes answer = rtu(1, registers({7}));
    line_bench b{strict()};
    REQUIRE(b.client.submit(reading(1)));
    b.advance();
    static_cast<void>(b.sent_frame());
    for (const std::uint8_t byte : answer) {
        b.pass(1);
        b.hear({byte});
    }
    CHECK(b.event()->kind == kind::answered);
}

TEST_CASE("behind noise a strict line believes nothing before a silence, a lenient one does")
{
    for (const bool is_strict : {true, false}) {
        line_bench b{is_strict ? strict() : lenient()};
        REQUIRE(b.client.submit(reading(1)));
        b.advance();
        static_cast<void>(b.sent_frame());
        b.hear(joined({{0x00}, rtu(1, registers({7}))}));
        CHECK(b.events.empty() == is_strict);
        if (is_strict) {
            b.pass(20);
            b.hear(rtu(1, registers({7})));
        }
        CHECK(bytes_of(b.event()->answer) == registers({7}));
    }
}

TEST_CASE("complaint 4: silences follow from the baud rate, and are fixed above 19200")
{
    CHECK(modbus_line_timing::strict(9600).quiet == duration{6});    // 4.01 ms
    CHECK(modbus_line_timing::strict(1200).quiet == duration{34});   // 32.08 ms
    CHECK(modbus_line_timing::strict(19'200).quiet == duration{4});  // 2.005 ms
    CHECK(modbus_line_timing::strict(115'200).quiet == duration{3}); // 1.75 ms
    CHECK(modbus_line_timing::strict(9600).gap_in_frame == duration{3});    // 1.72 ms
    CHECK(modbus_line_timing::strict(115'200).gap_in_frame == duration{2}); // 0.75 ms
    CHECK(modbus_line_timing::lenient(9600).quiet == duration{6});
    CHECK(modbus_line_timing::lenient(9600).gap_max == duration{100});
    CHECK(modbus_line_timing::ascii(9600).gap_max == duration{1000});
    CHECK(modbus_line_timing::over_tcp().air_time(256) == duration{0});
    CHECK(link::modbus_answer_timeout(modbus_line_timing::strict(9600), 5, 252) ==
          duration{1000 + 302});
}

TEST_CASE("complaint 9: a broadcast waits for no answer, only for all to carry it out")
{
    line_bench b{lenient()};
    REQUIRE(b.client.submit(job_of(1, write_pdu(5, 1), 0)));
    REQUIRE(b.client.submit(reading(2)));
    b.advance();
    CHECK(b.sent_bytes() == bytes{0x00, 0x06, 0x00, 0x05, 0x00, 0x01, 0x59, 0xDA});
    CHECK(b.client.next_deadline() == b.now + duration{10});  // 8 bytes at 9600 baud
    b.pass(10);
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::sent);
    CHECK(done->attempts == 1);
    b.pass(99);
    CHECK(!b.sent_frame().has_value());
    b.pass(1);
    CHECK(b.sent_frame().has_value());
}

TEST_CASE("the delay after a broadcast is the line's to set")
{
    modbus_serial_client_options options = lenient();
    options.timing.broadcast_delay = duration{200};
    line_bench b{options};
    REQUIRE(b.client.submit(job_of(1, write_pdu(5, 1), 0)));
    REQUIRE(b.client.submit(reading(2)));
    b.advance();
    static_cast<void>(b.sent_bytes());
    b.pass(10);
    b.pass(199);
    CHECK(!b.sent_frame().has_value());
    b.pass(1);
    CHECK(b.sent_frame().has_value());
}

TEST_CASE("R17: a vendor's function AA is answered with what came, whatever it is")
{
    for (const bool is_strict : {true, false}) {
        line_bench b{is_strict ? strict() : lenient()};
        bytes request{0xAA, 0x00, 0x46, 0x00, 0x1C, 0x38};
        request.resize(6 + 0x38);
        REQUIRE(b.client.submit(job_of(1, request)));
        b.advance();
        const bytes sent = b.sent_bytes();
        CHECK(sent.size() == 65);
        CHECK(part(sent, 63, 65) == bytes{0xC6, 0xAF});
        b.pass(50);
        const bytes answer = rtu(1, {0xAA, 0x00, 0x46, 0x00, 0x1C});
        b.hear(part(answer, 0, 4));
        CHECK(b.events.empty());
        b.hear(part(answer, 4, 8));
        CHECK(b.events.empty() == is_strict);  // which waits for the silence behind it
        if (is_strict) {
            CHECK(b.client.next_deadline() == b.now + duration{6});
            b.pass(6);
        }
        const auto done = b.event();
        REQUIRE(done.has_value());
        CHECK(done->kind == kind::answered);
        CHECK(bytes_of(done->answer) == bytes{0xAA, 0x00, 0x46, 0x00, 0x1C});
        CHECK(done->exception == exception_code::none);
    }
}

TEST_CASE("ASCII: requests and answers, lower case too")
{
    line_bench b{ascii()};
    REQUIRE(b.client.submit(reading(1, 1, 3)));
    b.advance();
    CHECK(b.sent_bytes() == text(":010300030001F8\r\n"));
    b.hear(text(":01030203"));
    b.pass(900);
    b.hear(text("03f4\r\n"));
    CHECK(bytes_of(b.event()->answer) == registers({0x0303}));
}

TEST_CASE("ASCII: a frame with a wrong checksum is none, and ':' begins anew")
{
    line_bench b{ascii()};
    REQUIRE(b.client.submit(reading(1, 1, 3)));
    b.advance();
    static_cast<void>(b.sent_bytes());
    b.hear(text(":0103020303F5\r\n"));
    CHECK(b.events.empty());
    CHECK(b.client.counters().bad_frames == 1);
    b.hear(text(":0103:0103020303F4\r\n"));
    CHECK(b.event()->kind == kind::answered);
}

TEST_CASE("complaint 3: RTU over TCP has no silences to keep, and answers may come in lumps")
{
    line_bench b{timed(modbus_line_timing::over_tcp())};
    REQUIRE(b.client.submit(reading(1)));
    REQUIRE(b.client.submit(reading(2)));
    b.advance();
    static_cast<void>(b.sent_frame());
    const bytes answer = rtu(1, registers({7}));
    b.hear(part(answer, 0, 2));
    b.pass(400);
    b.hear(part(answer, 2, 7));
    CHECK(b.event()->kind == kind::answered);
    CHECK(b.sent_frame().has_value());  // at once
}

TEST_CASE("jobs on a serial line go by priority, repeated ones too, and can be taken back")
{
    line_bench b{timed(modbus_line_timing::over_tcp())};
    REQUIRE(b.client.submit(with_attempts(reading(1), 2)));
    REQUIRE(b.client.submit(reading(2)));
    REQUIRE(b.client.submit(with(reading(3), priority::background)));
    b.advance();
    CHECK(!b.client.cancel(1));
    CHECK(b.client.cancel(2));
    REQUIRE(b.client.submit(with(reading(4, 4), priority::relay)));
    CHECK(b.client.next_priority() == priority::relay);
    static_cast<void>(b.sent_frame());
    b.pass(1000);
    CHECK(b.sent_frame()->unit == 4);
    b.hear(rtu(4, registers({7})));
    CHECK(b.event()->job_id == 4);
    CHECK(b.sent_frame()->unit == 1);
    b.hear(rtu(1, registers({7})));
    CHECK(b.event()->job_id == 1);
    static_cast<void>(b.sent_frame());
    b.hear(rtu(1, registers({7})));
    CHECK(b.event()->job_id == 3);
    CHECK(b.client.idle());
}

TEST_CASE("a connection made anew: what had not left goes again, the rest if it may")
{
    line_bench b{timed(modbus_line_timing::over_tcp())};
    REQUIRE(b.client.submit(job_of(1, write_pdu(1, 1))));
    b.advance();
    b.client.reconnected();
    b.advance();
    CHECK(b.events.empty());
    CHECK(b.sent_frame().has_value());
    b.client.reconnected();
    b.fetch();
    auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::timed_out);
    CHECK(done->attempts == 1);
    REQUIRE(b.client.submit(with_attempts(reading(2), 2)));
    b.advance();
    static_cast<void>(b.sent_frame());
    b.hear({0x01, 0x03});
    b.client.reconnected();
    b.advance();
    CHECK(b.sent_frame().has_value());
    b.hear(rtu(1, registers({7})));
    CHECK(b.event()->attempts == 2);
}

TEST_CASE("nothing of a request stays in the serial client when it is done")
{
    link::basic_modbus_serial_client<2> client{lenient()};
    const instant now{duration{1'700'000'000'000}};
    REQUIRE(client.submit(
        job_of(1, {0x10, 0, 0, 0, 4, 8, 'P', 'A', 'S', 'S', 'W', 'O', 'R', 'D'})));
    client.advance(now);
    client.consume(client.pending_output().size());
    client.receive(rtu(1, {0x10, 0, 0, 0, 4}), now);
    link::modbus_event out;
    REQUIRE(client.next_event(out));
    const auto* const memory = reinterpret_cast<const std::uint8_t*>(&client);
    const std::string_view word{"SSWOR"};
    CHECK(std::search(memory, memory + sizeof client, word.begin(), word.end()) ==
          memory + sizeof client);
}
