// SPDX-License-Identifier: Apache-2.0
// Answers that come late on a serial line, and whose they may be.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>

#include <wattpurse/link/modbus_serial_client.hpp>

#include "modbus_bench.hpp"

using namespace wattpurse;
using namespace wattpurse::test::modbus;
using link::modbus_line_timing;
using link::modbus_serial_client_options;

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

bytes part(const bytes& from, std::size_t begin, std::size_t end)
{
    return {from.begin() + static_cast<std::ptrdiff_t>(begin),
            from.begin() + static_cast<std::ptrdiff_t>(end)};
}

}  // namespace

TEST_CASE("complaint 1: after a timeout the line is left to fall silent before the next request")
{
    line_bench b{lenient()};
    REQUIRE(b.client.submit(reading(1, 1, 0, 2)));
    REQUIRE(b.client.submit(reading(2, 1, 0, 1)));
    b.advance();
    static_cast<void>(b.sent_frame());
    b.pass(999);
    const bytes late = rtu(1, registers({0xDEAD, 0xBEEF}));
    b.hear(part(late, 0, 4));  // its end comes after the time is up: the frame may end
    b.pass(1);
    CHECK(b.events.empty());
    b.pass(99);
    CHECK(b.event()->kind == kind::timed_out);
    const instant silent = b.now;
    CHECK(b.sent_frame().has_value());
    CHECK(silent == b.now);
    b.hear(late);  // and late altogether: another form
    CHECK(b.events.empty());
    CHECK(b.client.counters().late == 1);
    b.hear(rtu(1, registers({7})));
    CHECK(bytes_of(b.event()->answer) == registers({7}));
}

TEST_CASE("an answer that comes between two requests is dropped, and not sent into")
{
    line_bench b{lenient()};
    REQUIRE(b.client.submit(reading(1)));
    b.advance();
    static_cast<void>(b.sent_frame());
    b.pass(1000);
    REQUIRE(b.event()->kind == kind::timed_out);
    b.pass(50);
    b.hear(part(rtu(1, registers({0xDEAD})), 0, 3));
    REQUIRE(b.client.submit(reading(2)));
    b.pass(3);
    CHECK(!b.sent_frame().has_value());
    b.hear(part(rtu(1, registers({0xDEAD})), 3, 7));
    CHECK(b.client.counters().late == 1);
    CHECK(b.events.empty());
    b.pass(5);
    CHECK(!b.sent_frame().has_value());
    b.pass(1);
    CHECK(b.sent_frame().has_value());
    b.hear(rtu(1, registers({7})));
    const auto done = b.event();
    CHECK(bytes_of(done->answer) == registers({7}));
    CHECK(done->is_proven);  // the late one has been seen
}

TEST_CASE("a line that never falls silent is spoken on all the same")
{
    line_bench b{lenient()};
    b.hear({0x55});
    REQUIRE(b.client.submit(reading(1)));
    const instant began = b.now;
    while (b.client.pending_output().empty() && b.now < began + duration{5000}) {
        b.now += duration{2};
        b.client.receive(bytes{0x55}, b.now);
        b.client.advance(b.now);
    }
    CHECK(b.now - began >= duration{300});
    CHECK(b.now - began <= duration{500});
    static_cast<void>(b.sent_frame());
    b.hear(joined({rtu(1, registers({7}))}));
    CHECK(bytes_of(b.event()->answer) == registers({7}));
}

TEST_CASE("an answer is not proven while another of its form may still be under way")
{
    line_bench b{lenient()};
    REQUIRE(b.client.submit(reading(1, 1, 10)));
    REQUIRE(b.client.submit(reading(2, 1, 20)));
    b.advance();
    static_cast<void>(b.sent_frame());
    b.pass(1000);
    REQUIRE(b.event()->kind == kind::timed_out);
    static_cast<void>(b.sent_frame());
    b.hear(rtu(1, registers({7})));
    auto done = b.event();
    CHECK(done->kind == kind::answered);
    CHECK(!done->is_proven);

    REQUIRE(b.client.submit(reading(3, 2, 20)));  // another unit is another matter
    b.pass(10);
    static_cast<void>(b.sent_frame());
    b.hear(rtu(2, registers({7})));
    CHECK(b.event()->is_proven);

    REQUIRE(b.client.submit(reading(4, 1, 20, 2)));  // another form settles it
    b.pass(10);
    static_cast<void>(b.sent_frame());
    b.hear(rtu(1, registers({7, 8})));
    CHECK(b.event()->is_proven);
    REQUIRE(b.client.submit(reading(5, 1, 20)));
    b.pass(10);
    static_cast<void>(b.sent_frame());
    b.hear(rtu(1, registers({9})));
    CHECK(b.event()->is_proven);
}

TEST_CASE("the very answer to the question before is not proven to be the answer to this one")
{
    line_bench b{timed(modbus_line_timing::over_tcp())};
    REQUIRE(b.client.submit(reading(1, 1, 10)));
    REQUIRE(b.client.submit(reading(2, 1, 20)));
    REQUIRE(b.client.submit(reading(3, 1, 20)));
    REQUIRE(b.client.submit(reading(4, 1, 30, 2)));
    b.advance();
    b.hear(rtu(1, registers({7})));
    CHECK(b.event_of(1).is_proven);
    b.hear(rtu(1, registers({7})));  // doubled, or the same value
    CHECK(!b.event_of(2).is_proven);
    b.hear(rtu(1, registers({8})));  // may be the answer to the second
    CHECK(!b.event_of(3).is_proven);
    b.hear(rtu(1, registers({9, 10})));  // an answer of another form settles it
    CHECK(b.event_of(4).is_proven);
}

TEST_CASE("what has been late for too long does not come any more")
{
    line_bench b{lenient()};
    REQUIRE(b.client.submit(reading(1)));
    b.advance();
    static_cast<void>(b.sent_frame());
    b.pass(1000);
    REQUIRE(b.event().has_value());
    b.pass(10'000);
    REQUIRE(b.client.submit(reading(2)));
    b.advance();
    static_cast<void>(b.sent_frame());
    b.hear(rtu(1, registers({7})));
    CHECK(b.event()->is_proven);
}

TEST_CASE("an answer to a repeated request is its own, and the second one is known")
{
    line_bench b{lenient()};
    REQUIRE(b.client.submit(with_attempts(reading(1), 2)));
    b.advance();
    static_cast<void>(b.sent_frame());
    b.pass(1000);
    CHECK(b.sent_frame().has_value());
    b.hear(rtu(1, registers({7})));
    const auto done = b.event();
    CHECK(done->is_proven);
    CHECK(done->attempts == 2);
    CHECK(b.client.counters().retries == 1);
    b.pass(3);
    b.hear(rtu(1, registers({7})));
    CHECK(b.client.counters().late == 1);
    CHECK(b.events.empty());
}

TEST_CASE("the answer to the first attempt may be another job's when it comes after the second")
{
    line_bench b{lenient()};
    REQUIRE(b.client.submit(with_attempts(reading(1), 2)));
    REQUIRE(b.client.submit(reading(2, 1, 100)));
    b.advance();
    static_cast<void>(b.sent_frame());
    b.pass(1000);
    static_cast<void>(b.sent_frame());
    b.hear(rtu(1, registers({7})));
    REQUIRE(b.event()->is_proven);
    b.pass(6);
    static_cast<void>(b.sent_frame());
    b.hear(rtu(1, registers({7})));
    CHECK(!b.event()->is_proven);
}

TEST_CASE("more timeouts than can be kept in mind leave everything in doubt for a while")
{
    line_bench b{lenient()};
    for (unsigned i = 0; i < 17; ++i) {
        REQUIRE(b.client.submit(reading(i, static_cast<std::uint8_t>(10 + i), 0, 1 + i % 2)));
        b.pass(10);
        static_cast<void>(b.sent_frame());
        b.now += duration{1};
        b.client.reconnected();  // as good as a timeout, and quicker
        b.fetch();
    }
    REQUIRE(b.events.size() == 17);
    REQUIRE(b.client.submit(reading(100, 99)));
    b.pass(10);
    static_cast<void>(b.sent_frame());
    b.hear(rtu(99, registers({7})));
    CHECK(!b.event_of(100).is_proven);
}

TEST_CASE("a frame that is coming in when time is up may end, but not for ever")
{
    line_bench b{lenient()};
    REQUIRE(b.client.submit(reading(1, 1, 0, 125)));
    b.advance();
    static_cast<void>(b.sent_frame());
    bytes answer{0x03, 250};
    answer.resize(252, 0x11);
    const bytes frame = rtu(1, answer);
    b.pass(990);
    for (std::size_t i = 0; i < 100; ++i) {
        b.hear({frame[i]});
        b.pass(1);
    }
    CHECK(b.events.empty());
    CHECK(b.client.busy());
    b.hear(part(frame, 100, 255));
    CHECK(b.event()->kind == kind::answered);

    REQUIRE(b.client.submit(reading(2, 1, 0, 125)));
    b.pass(10);
    static_cast<void>(b.sent_frame());
    const instant asked = b.now;
    b.pass(990);
    b.hear({0x01, 0x03, 0xFA});
    while (b.events.empty() && b.now < asked + duration{10'000}) {
        b.hear({0x11});
        b.pass(20);
    }
    REQUIRE(!b.events.empty());
    CHECK(b.event()->kind == kind::timed_out);
    CHECK(b.now - asked < duration{1500});
}
