// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <vector>

#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/link/small_master.hpp>

#include "../codec/vectors.hpp"
#include "small_master_bench.hpp"

using namespace wattpurse;
using namespace wattpurse::test::small;
using link::job;
using kind = link::event::kind_type;

// On the 32-bit targets it is made for; pointers and sizes are twice as large elsewhere.
static_assert(sizeof(void*) > 4 || sizeof(link::small_master<>) <= 512);
static_assert(sizeof(link::small_master<>) <= 544);

TEST_CASE("a small master that is idle wants nothing")
{
    bench b;
    CHECK(b.master.idle());
    CHECK(b.master.next_deadline() == instant::max());
    CHECK(b.master.pending_output().empty());
    b.advance();
    CHECK(b.events.empty());
}

TEST_CASE("a small master asks, is answered, and its event tells when and how")
{
    bench b;
    REQUIRE(b.master.submit(reading(7)));
    CHECK(!b.master.submit(reading(8)));
    CHECK(b.master.next_deadline() <= b.now);
    b.pass(0);
    CHECK(b.master.busy());
    CHECK(!b.master.submit(reading(8)));
    REQUIRE(b.master.pending_output().size() == 20);
    CHECK(b.master.pending_output()[3] == 0xFE);
    const instant started = b.now;
    CHECK(b.sent() == dlt645::read_request(meter_a, energy_id));
    CHECK(b.master.next_deadline() == started + duration{1000});
    b.pass(300);
    b.hear(answer());
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::answered);
    CHECK(done->job_id == 7);
    CHECK(done->attempts == 1);
    CHECK(done->sent_at == started);
    CHECK(done->at == started + duration{300});
    CHECK(done->frame == answer());
    CHECK(b.master.idle());
    CHECK(b.events.empty());
}

TEST_CASE("a small master lets the line rest between two exchanges")
{
    bench b;
    REQUIRE(b.master.submit(reading(1)));
    b.pass(0);
    static_cast<void>(b.sent());
    b.hear(answer());
    REQUIRE(b.event().has_value());
    REQUIRE(b.master.submit(reading(2)));
    b.pass(19);
    CHECK(!b.sent().has_value());
    b.pass(1);
    CHECK(b.sent().has_value());
}

TEST_CASE("a small master tells a refusal with its error word")
{
    bench b;
    REQUIRE(b.master.submit(reading(1)));
    b.pass(0);
    b.hear(dlt645::refusal(meter_a, *b.sent(), dlt645::error_bit::no_requested_data));
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::refused);
    CHECK(done->error_word == 0x02);
}

TEST_CASE("a small master asks again as often as the job allows, then gives up")
{
    bench b;
    REQUIRE(b.master.submit(reading(1)));
    for (int attempt = 1; attempt <= 3; ++attempt) {
        b.pass(0);
        CHECK(b.sent() == dlt645::read_request(meter_a, energy_id));
        b.pass(999);
        CHECK(b.master.pending_output().empty());
        CHECK(b.events.empty());
        b.pass(1);
    }
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::timed_out);
    CHECK(done->attempts == 3);
    CHECK(done->frame == dlt645::frame{});
    CHECK(b.master.idle());
    CHECK(b.master.counters().requests == 3);
    CHECK(b.master.counters().retries == 2);
}

TEST_CASE("a small master waits for no answer to a broadcast")
{
    bench b;
    job what;
    what.id = 3;
    what.request = dlt645::broadcast_time_request({2026, 1, 2, 3, 4, 5}).value();
    what.answer_expected = false;
    REQUIRE(b.master.submit(what));
    b.pass(0);
    CHECK(b.sent() == what.request);
    b.pass(100);  // 22 bytes of 11 bits at 2400 baud take 100.8 ms
    CHECK(b.events.empty());
    b.pass(1);
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::sent);
    CHECK(done->job_id == 3);
}

TEST_CASE("a small master receives the longest frame at once, byte by byte, and twice in a row")
{
    const auto longest = answer(meter_a, 251);
    for (const std::size_t step : {std::size_t{1}, std::size_t{100}, std::size_t{1000}}) {
        CAPTURE(step);
        bench b;
        REQUIRE(b.master.submit(reading(1)));
        b.pass(0);
        static_cast<void>(b.sent());
        auto bytes = wire(longest);
        const auto again = bytes;
        bytes.insert(bytes.end(), again.begin(), again.end());
        for (std::size_t i = 0; i < bytes.size(); i += step) {
            b.hear(byte_span{bytes}.subspan(i, std::min(step, bytes.size() - i)));
        }
        const auto done = b.event();
        REQUIRE(done.has_value());
        CHECK(done->kind == kind::answered);
        CHECK(done->frame == longest);
        CHECK(!b.event().has_value());
        CHECK(b.master.counters().late == 1);
    }
}

TEST_CASE("a small master finds an answer behind a false start once the line falls silent")
{
    bench b;
    REQUIRE(b.master.submit(reading(1)));
    b.pass(0);
    static_cast<void>(b.sent());
    // Claims 255 bytes of DATA that never come, and the answer lies within its claim.
    b.hear(std::vector<std::uint8_t>{0x68, 1, 2, 3, 4, 5, 6, 0x68, 0x91, 0xFF});
    b.hear(answer());
    CHECK(b.events.empty());
    b.pass(499);
    CHECK(b.events.empty());
    b.pass(1);
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::answered);
    CHECK(b.master.line().truncated == 1);
}

TEST_CASE("a small master does not speak while a frame is coming in, and lets it end")
{
    bench b;
    const auto bytes = wire(answer());
    b.hear(byte_span{bytes}.first(10));
    REQUIRE(b.master.submit(reading(1)));
    b.pass(100);
    CHECK(!b.sent().has_value());
    b.hear(byte_span{bytes}.subspan(10));
    REQUIRE(b.event().has_value());  // unasked
    b.pass(0);
    REQUIRE(b.sent().has_value());
    b.pass(990);
    b.hear(byte_span{bytes}.first(10));
    b.pass(200);  // past the timeout, but half of the answer is here
    b.hear(byte_span{bytes}.subspan(10));
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::answered);
    CHECK(done->attempts == 1);
}

TEST_CASE("a small master is not kept from speaking by noise that never ends")
{
    bench b;
    const std::array<std::uint8_t, 1> noise{0x68};
    b.hear(noise);
    REQUIRE(b.master.submit(reading(1)));
    const instant start = b.now;
    while (!b.sent().has_value() && b.now - start < duration{10'000}) {
        b.pass(100);
        b.hear(noise);
    }
    CHECK(b.now - start >= duration{1229 + 500});  // the longest frame, and a gap
    CHECK(b.now - start <= duration{1229 + 500 + 200});
}

TEST_CASE("a small master tells echoes, late answers and unasked frames apart")
{
    bench b;
    REQUIRE(b.master.submit(reading(1)));
    b.pass(0);
    const auto request = b.sent();
    b.hear(*request);
    CHECK(b.master.counters().echoes == 1);
    b.hear(answer(meter_b));
    auto unasked = b.event();
    REQUIRE(unasked.has_value());
    CHECK(unasked->kind == kind::unsolicited);
    CHECK(unasked->frame.address == meter_b);
    b.hear(answer());
    CHECK(b.event()->kind == kind::answered);
    b.pass(59'000);
    b.hear(answer());
    CHECK(!b.event().has_value());
    CHECK(b.master.counters().late == 1);
    b.pass(60'000);
    b.hear(answer());
    CHECK(b.event()->kind == kind::unsolicited);
}

TEST_CASE("a small master refuses what its buffer cannot hold and forgets what is taken back")
{
    bench b;
    job what = reading(1);
    const std::array<std::uint8_t, 47> much{};
    REQUIRE(what.request.append(much).has_value());  // 51 with the identifier
    CHECK(!b.master.submit(what));
    CHECK(b.master.idle());
    REQUIRE(b.master.submit(reading(2)));
    CHECK(!b.master.cancel(3));
    CHECK(b.master.cancel(2));
    b.pass(0);
    CHECK(!b.sent().has_value());
}

TEST_CASE("a small master keeps no password of a job that is done")
{
    bench b;
    const auto who = dlt645::credentials::parse("02", "A1B2C3", "00000000").value();
    const auto holds_password = [&b] {
        // P0 first, each byte 33H higher: C3 B2 A1 on the wire.
        constexpr std::array<std::uint8_t, 3> secret{0xF6, 0xE5, 0xD4};
        std::array<std::uint8_t, sizeof(b.master)> bytes{};
        std::memcpy(bytes.data(), static_cast<const void*>(&b.master), bytes.size());
        return std::search(bytes.begin(), bytes.end(), secret.begin(), secret.end()) !=
               bytes.end();
    };
    job what;
    what.request = dlt645::control_request(meter_a, dlt645::control_code::trip,
                                           {2026, 1, 2, 3, 4, 5}, who)
                       .value();
    REQUIRE(b.master.submit(what));
    CHECK(holds_password());
    b.pass(0);
    CHECK(b.sent() == what.request);
    b.hear(dlt645::control_answer(meter_a));
    CHECK(b.event()->kind == kind::answered);
    CHECK(!holds_password());
}

TEST_CASE("a small master hears every good frame of the data file that a meter sends")
{
    int heard = 0;
    for (const auto& row : test::all_golden()) {
        const auto found = test::scan(row.bytes);
        if (!row.holds_frame() || found.frames.empty()) {
            continue;
        }
        CAPTURE(row.hex);
        bench b;
        b.hear(row.bytes);
        b.pass(500);
        std::vector<dlt645::frame> from_meters;
        std::copy_if(found.frames.begin(), found.frames.end(), std::back_inserter(from_meters),
                     [](const dlt645::frame& what) { return what.is_from_meter(); });
        REQUIRE(b.events.size() == from_meters.size());
        for (std::size_t i = 0; i < from_meters.size(); ++i) {
            CHECK(b.events[i].kind == kind::unsolicited);
            CHECK(b.events[i].frame == from_meters[i]);
            ++heard;
        }
    }
    CHECK(heard > 60);
}
