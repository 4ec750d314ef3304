// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include <wattpurse/link/modbus_serial_client.hpp>
#include <wattpurse/link/small_modbus_master.hpp>

#include "modbus_bench.hpp"

using namespace wattpurse;
using namespace wattpurse::test::modbus;
using link::modbus_line_timing;
using link::small_modbus_master;
using link::small_transport;

// On the 32-bit targets it is made for.
static_assert(sizeof(void*) > 4 || sizeof(small_modbus_master<>) <= 512);
static_assert(sizeof(small_modbus_master<>) <= 544);

namespace {

constexpr modbus_line_timing lenient = modbus_line_timing::lenient(9600);

/// A master with the test at its other end. Events are kept as they come.
struct small_bench {
    small_modbus_master<> master;
    instant now{duration{1'700'000'000'000}};
    std::vector<link::modbus_event> events;

    explicit small_bench(small_transport transport) : master{transport, lenient} {}

    void advance()
    {
        link::modbus_event out;
        while (master.advance(now, out)) {
            events.push_back(out);
        }
    }
    void pass(int ms)
    {
        const instant until = now + duration{ms};
        while (master.next_deadline() <= until) {
            now = std::max(now, master.next_deadline());
            const instant before = master.next_deadline();
            advance();
            if (master.next_deadline() == before) {
                break;
            }
        }
        now = until;
        advance();
    }
    void hear(const bytes& what)
    {
        byte_span rest{what};
        for (int i = 0; !rest.empty(); ++i) {
            REQUIRE(i < 1000);
            rest = rest.subspan(master.receive(rest, now));
            advance();
        }
    }
    bytes sent()
    {
        const auto all = master.pending_output();
        bytes out(all.begin(), all.end());
        master.consume(all.size());
        return out;
    }
    link::modbus_event event()
    {
        REQUIRE(!events.empty());
        const auto out = events.front();
        events.erase(events.begin());
        return out;
    }
};

}  // namespace

TEST_CASE("a small Modbus master asks over RTU and is answered, one exchange at a time")
{
    small_bench b{small_transport::rtu};
    CHECK(b.master.idle());
    CHECK(b.master.next_deadline() == instant::max());
    REQUIRE(b.master.submit(reading(7, 0x11, 0x6B, 3)));
    CHECK(!b.master.submit(reading(8)));
    b.advance();
    CHECK(b.master.busy());
    CHECK(b.sent() == bytes{0x11, 0x03, 0x00, 0x6B, 0x00, 0x03, 0x76, 0x87});
    const instant started = b.now;
    CHECK(b.master.next_deadline() == started + duration{1000});
    b.pass(30);
    const bytes answer = rtu(0x11, registers({1, 2, 3}));
    for (const std::uint8_t byte : answer) {
        b.hear({byte});
    }
    const auto done = b.event();
    CHECK(done.kind == kind::answered);
    CHECK(done.job_id == 7);
    CHECK(done.unit == 0x11);
    CHECK(bytes_of(done.answer) == registers({1, 2, 3}));
    CHECK(done.is_proven);
    CHECK(done.attempts == 1);
    CHECK(done.sent_at == started);
    CHECK(done.at == started + duration{30});
    REQUIRE(b.master.submit(reading(9)));
    b.advance();
    CHECK(b.sent().empty());  // t3.5
    b.pass(6);
    CHECK(!b.sent().empty());
}

TEST_CASE("a small Modbus master asks over TCP, and a late answer matches nothing")
{
    small_bench b{small_transport::tcp};
    REQUIRE(b.master.submit(with_attempts(reading(1), 2)));
    b.advance();
    CHECK(b.sent() == bytes{0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1});
    b.pass(1000);
    CHECK(b.sent() == bytes{0, 2, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1});
    b.hear(tcp(1, 1, registers({0xDEAD})));
    CHECK(b.events.empty());
    bytes foreign = tcp(2, 1, registers({0xDEAD}));
    foreign[3] = 1;
    b.hear(joined({foreign, tcp(2, 9, registers({0xDEAD})), tcp(2, 1, registers({7, 7})),
                   tcp(2, 1, registers({8}))}));
    const auto done = b.event();
    CHECK(bytes_of(done.answer) == registers({8}));
    CHECK(done.attempts == 2);
    CHECK(done.is_proven);
    CHECK(b.master.counters().foreign == 4);
    b.pass(5);
    REQUIRE(b.master.submit(reading(2)));
    b.advance();
    CHECK(b.sent()[1] == 3);
    b.hear(tcp(3, 1, {0x83, 0x02}));
    CHECK(b.event().exception == exception_code::illegal_data_address);
}

TEST_CASE("a small Modbus master gives up a stream that has lost its meaning")
{
    small_bench b{small_transport::tcp};
    REQUIRE(b.master.submit(with_attempts(reading(1), 2)));
    b.advance();
    static_cast<void>(b.sent());
    b.hear({0, 1, 0, 0, 0, 1, 1});
    CHECK(b.master.broken());
    b.hear(tcp(1, 1, registers({7})));
    CHECK(b.events.empty());
    b.pass(2000);
    CHECK(b.sent().empty());
    b.master.reconnected();
    b.advance();
    CHECK(!b.sent().empty());
    b.hear(tcp(2, 1, registers({7})));
    CHECK(b.event().kind == kind::answered);
}

TEST_CASE("a small Modbus master finds an answer behind noise, and ignores that of others")
{
    small_bench b{small_transport::rtu};
    REQUIRE(b.master.submit(reading(1)));
    b.advance();
    static_cast<void>(b.sent());
    b.hear(joined({{0x00, 0xFF, 0x41}, rtu(2, registers({1})), rtu(1, registers({1, 2})),
                   rtu(1, registers({7}))}));
    b.pass(100);
    CHECK(bytes_of(b.event().answer) == registers({7}));
    CHECK(b.master.counters().bad_bytes >= 3);
}

TEST_CASE("a small Modbus master repeats, gives up, and then doubts what comes")
{
    small_bench b{small_transport::rtu};
    REQUIRE(b.master.submit(with_attempts(reading(1), 3)));
    b.pass(2999);
    CHECK(b.events.empty());
    b.pass(1);
    const auto done = b.event();
    CHECK(done.kind == kind::timed_out);
    CHECK(done.attempts == 3);
    CHECK(b.master.counters().retries == 2);
    for (const bool is_late : {true, false}) {
        REQUIRE(b.master.submit(reading(2)));
        b.pass(10);
        static_cast<void>(b.sent());
        b.hear(rtu(1, registers({7})));
        CHECK(b.event().is_proven == !is_late);
        b.pass(10'000);
    }
}

TEST_CASE("a small Modbus master: broadcast, vendor's function, taking back, what it cannot hold")
{
    small_bench b{small_transport::rtu};
    REQUIRE(b.master.submit(job_of(1, write_pdu(5, 1), 0)));
    b.advance();
    CHECK(b.sent() == bytes{0x00, 0x06, 0x00, 0x05, 0x00, 0x01, 0x59, 0xDA});
    b.pass(10);
    CHECK(b.event().kind == kind::sent);
    REQUIRE(b.master.submit(job_of(2, {0xAA, 0x00, 0x46, 0x00, 0x1C})));
    b.pass(99);
    CHECK(b.sent().empty());
    b.pass(1);
    CHECK(!b.sent().empty());
    b.hear(rtu(1, {0xAA, 0x00, 0x46, 0x00, 0x1C}));
    CHECK(b.events.empty());
    b.pass(100);
    CHECK(bytes_of(b.event().answer) == bytes{0xAA, 0x00, 0x46, 0x00, 0x1C});

    REQUIRE(b.master.submit(reading(3)));
    CHECK(!b.master.cancel(2));
    CHECK(b.master.cancel(3));
    CHECK(b.master.idle());
    CHECK(!b.master.submit(link::modbus_job{}));
    CHECK(!b.master.submit(job_of(4, bytes(65, 1))));
    CHECK(b.master.submit(job_of(4, bytes(64, 1))));
    b.pass(10);
    CHECK(b.sent().size() == 67);
    const std::string_view ones{"\1\1\1\1\1\1"};
    b.pass(1000);
    const auto* const memory = reinterpret_cast<const std::uint8_t*>(&b.master);
    CHECK(std::search(memory, memory + sizeof b.master, ones.begin(), ones.end()) ==
          memory + sizeof b.master);
}

TEST_CASE("a line that never falls silent is spoken on by a small Modbus master too")
{
    small_bench b{small_transport::rtu};
    REQUIRE(b.master.submit(reading(1)));
    b.hear({0x55});
    const instant began = b.now;
    while (b.master.pending_output().empty() && b.now < began + duration{5000}) {
        b.now += duration{2};
        b.hear({0x55});
        b.advance();
    }
    CHECK(b.now - began >= duration{300});
    CHECK(b.now - began <= duration{500});
}

TEST_CASE("a small Modbus master asks and hears as the large client does, on a bad line too")
{
    for (unsigned seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        std::mt19937 random{seed};
        const auto one_of = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
        small_bench small{small_transport::rtu};
        link::modbus_serial_client_options options;
        options.timing = lenient;
        options.backoff = link::backoff_options::never();
        bench<link::basic_modbus_serial_client<4>> large{options};
        for (unsigned i = 0; i < 30; ++i) {
            auto job = reading(i, static_cast<std::uint8_t>(1 + one_of(2)), one_of(100),
                               1 + one_of(3));
            job.attempts_max = static_cast<std::uint8_t>(one_of(3));
            REQUIRE(small.master.submit(job));
            REQUIRE(large.client.submit(job));
            for (int k = 0; k < 40 && !small.master.idle(); ++k) {
                small.pass(7);
                large.pass(7);
                const bytes request = small.sent();
                REQUIRE(request == large.sent_bytes());
                if (!request.empty() && random() % 3 != 0) {
                    bytes answer{0x03, static_cast<std::uint8_t>(2 * request[5])};
                    answer.resize(2U + answer[1], static_cast<std::uint8_t>(random()));
                    answer = rtu(request[0], answer);
                    if (random() % 4 == 0) {
                        answer[random() % answer.size()] ^= 0x10U;
                    }
                    small.hear(answer);
                    large.hear(answer);
                }
            }
            small.pass(4000);
            large.pass(4000);
            REQUIRE(small.master.idle());
            REQUIRE(large.client.idle());
            REQUIRE(small.events.size() == 1);
            REQUIRE(large.events.size() == 1);
            const auto a = small.event();
            const auto b = *large.event();
            REQUIRE(a.kind == b.kind);
            REQUIRE(a.job_id == b.job_id);
            REQUIRE(a.attempts == b.attempts);
            REQUIRE(bytes_of(a.answer) == bytes_of(b.answer));
            static_cast<void>(small.sent());
            static_cast<void>(large.sent_bytes());
        }
    }
}
