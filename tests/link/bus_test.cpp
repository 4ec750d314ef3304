// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/link/bus.hpp>

using namespace wattpurse;
namespace dlt645 = wattpurse::codec::dlt645;
using dlt645::data_id;
using link::bus_timing;
using link::job;
using link::priority;
using kind = link::event::kind_type;

namespace {

using small_bus = link::basic_bus<4>;

const dlt645::address meter_a = dlt645::address::parse("000000000001").value();
const dlt645::address meter_b = dlt645::address::parse("000000000002").value();
constexpr data_id energy_id = data_id::forward_active_block;
constexpr data_id status_id = data_id::status_word_3;

job reading(std::uint64_t id, const dlt645::address& meter = meter_a, data_id what = energy_id)
{
    job out;
    out.id = id;
    out.request = dlt645::read_request(meter, what);
    out.timeout = duration{1000};
    return out;
}

job with(job what, priority prio)
{
    what.prio = prio;
    return what;
}

dlt645::frame answer(const dlt645::address& meter = meter_a, data_id what = energy_id)
{
    const std::array<std::uint8_t, 4> value{0x78, 0x56, 0x34, 0x12};
    return dlt645::read_answer(meter, what, value).value();
}

std::vector<std::uint8_t> wire(const dlt645::frame& what)
{
    std::vector<std::uint8_t> out(dlt645::encoded_size(what, 1));
    static_cast<void>(dlt645::encode(what, out, 1).value());
    return out;
}

/// A bus with the test at its other end: time, what it sends, what it hears.
struct bench {
    small_bus bus;
    instant now{duration{1'700'000'000'000}};

    bench() = default;
    explicit bench(const bus_timing& timing) : bus{timing} {}

    /// Lets time pass up to the moment, waking the bus whenever it asked to be woken.
    void run_until(instant until)
    {
        while (bus.next_deadline() <= until) {
            now = std::max(now, bus.next_deadline());
            const instant before = bus.next_deadline();
            bus.advance(now);
            if (bus.next_deadline() == before) {
                break;
            }
        }
        now = until;
    }
    void pass(int ms) { run_until(now + duration{ms}); }

    std::optional<dlt645::frame> sent()
    {
        if (bus.pending_output().empty()) {
            return std::nullopt;
        }
        const auto frame = dlt645::decode(bus.pending_output());
        bus.consume(bus.pending_output().size());
        REQUIRE(frame.has_value());
        return *frame;
    }
    void hear(const dlt645::frame& what) { bus.receive(wire(what), now); }

    std::optional<link::event> event()
    {
        link::event out;
        return bus.next_event(out) ? std::optional{out} : std::nullopt;
    }
};

/// Expects the request for `id` on the line and answers it.
void serve(bench& b, const dlt645::address& meter, data_id id)
{
    const auto request = b.sent();
    REQUIRE(request.has_value());
    CHECK(request->address == meter);
    CHECK(dlt645::parse_data_id(*request).value() == id);
    b.hear(answer(meter, id));
}

}  // namespace

TEST_CASE("an idle bus wants nothing")
{
    bench b;
    CHECK(b.bus.idle());
    CHECK(b.bus.next_deadline() == instant::max());
    CHECK(b.bus.pending_output().empty());
    CHECK(!b.event().has_value());
}

TEST_CASE("a request is sent with four FE, answered, and its event tells when and how")
{
    bench b;
    REQUIRE(b.bus.submit(reading(7)));
    CHECK(b.bus.next_deadline() <= b.now);
    b.pass(0);
    CHECK(b.bus.busy());
    REQUIRE(b.bus.pending_output().size() == 20);
    CHECK(b.bus.pending_output()[3] == 0xFE);
    CHECK(b.bus.pending_output()[4] == 0x68);
    const instant started = b.now;
    REQUIRE(b.sent().has_value());
    CHECK(b.bus.next_deadline() == started + duration{1000});
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
    CHECK(b.bus.idle());
    CHECK(!b.event().has_value());
}

TEST_CASE("a refusal is the meter's, with its error word")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    b.pass(0);
    const auto request = b.sent();
    b.hear(dlt645::refusal(meter_a, *request, dlt645::error_bit::no_requested_data));
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::refused);
    CHECK(done->error_word == 0x02);
    CHECK(b.bus.counters().refused == 1);
}

TEST_CASE("a lost answer is asked for again, as often as the job allows")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    for (int attempt = 1; attempt <= 3; ++attempt) {
        b.pass(0);
        CHECK(b.sent().has_value());
        b.pass(999);
        CHECK(b.bus.pending_output().empty());
        b.pass(1);
    }
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::timed_out);
    CHECK(done->attempts == 3);
    CHECK(b.bus.idle());
    CHECK(b.bus.counters().requests == 3);
    CHECK(b.bus.counters().retries == 2);
    CHECK(b.bus.counters().timed_out == 1);
}

TEST_CASE("an answer to the second attempt counts, with its number of attempts")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    b.pass(0);
    CHECK(b.sent().has_value());
    b.pass(1200);
    CHECK(b.sent().has_value());
    b.hear(answer());
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::answered);
    CHECK(done->attempts == 2);
}

TEST_CASE("a doubled answer is dropped as late")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    b.pass(0);
    CHECK(b.sent().has_value());
    b.hear(answer());
    b.hear(answer());
    CHECK(b.event().has_value());
    CHECK(!b.event().has_value());
    CHECK(b.bus.counters().late == 1);
    CHECK(b.bus.counters().unsolicited == 0);
}

TEST_CASE("an answer too late for its job does not answer the next one")
{
    bench b;
    job once = reading(1);
    once.attempts_max = 1;
    REQUIRE(b.bus.submit(once));
    REQUIRE(b.bus.submit(reading(2, meter_b, status_id)));
    b.pass(0);
    CHECK(b.sent().has_value());
    b.pass(1100);
    CHECK(b.event()->kind == kind::timed_out);
    CHECK(b.sent()->address == meter_b);
    b.hear(answer(meter_a, energy_id));  // late, of job 1
    CHECK(!b.event().has_value());
    CHECK(b.bus.counters().late == 1);
    b.hear(answer(meter_b, status_id));
    CHECK(b.event()->job_id == 2);
}

TEST_CASE("an answer for another identifier of the same meter is not the answer")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1, meter_a, energy_id)));
    b.pass(0);
    CHECK(b.sent().has_value());
    b.hear(answer(meter_a, status_id));
    const auto other = b.event();
    REQUIRE(other.has_value());
    CHECK(other->kind == kind::unsolicited);
    CHECK(b.bus.busy());
    b.hear(answer(meter_a, energy_id));
    CHECK(b.event()->kind == kind::answered);
}

TEST_CASE("a garbled answer counts as none and the request goes out again")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    b.pass(0);
    CHECK(b.sent().has_value());
    for (std::size_t bit = 8; bit < 8 * wire(answer()).size(); bit += 37) {
        auto wrong = wire(answer());
        wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << bit % 8));
        b.bus.receive(wrong, b.now);
        CHECK(!b.event().has_value());
    }
    b.pass(1900);
    CHECK(b.sent().has_value());
    b.hear(answer());
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::answered);
    CHECK(b.bus.line().bad_checksum > 0);
}

TEST_CASE("half an answer does not hide the whole one that follows the retry")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    b.pass(0);
    CHECK(b.sent().has_value());
    const auto whole = wire(answer());
    b.bus.receive(byte_span{whole}.first(13), b.now);
    b.pass(1000);
    CHECK(b.sent().has_value());
    b.hear(answer());
    CHECK(b.event()->kind == kind::answered);
}

TEST_CASE("a noise byte 68 with a long length blocks the line for one gap only")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    b.pass(0);
    CHECK(b.sent().has_value());
    const std::array<std::uint8_t, 10> noise{0x68, 1, 2, 3, 4, 5, 6, 0x68, 0x91, 0xFF};
    b.bus.receive(noise, b.now);
    b.hear(answer());
    CHECK(!b.event().has_value());  // may still be the inside of a long frame
    CHECK(b.bus.next_deadline() == b.now + duration{500});
    b.pass(500);
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::answered);
    CHECK(b.bus.counters().retries == 0);
}

TEST_CASE("bytes after a silence are not joined to those before it")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    b.pass(0);
    CHECK(b.sent().has_value());
    const auto whole = wire(answer());
    b.bus.receive(byte_span{whole}.first(10), b.now);
    b.now += duration{600};  // nobody called advance in between
    b.bus.receive(whole, b.now);
    CHECK(b.event()->kind == kind::answered);
}

TEST_CASE("an answer that is coming in when time is up may end")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    b.pass(0);
    CHECK(b.sent().has_value());
    const auto whole = wire(answer());
    b.pass(900);
    b.bus.receive(byte_span{whole}.first(12), b.now);
    b.pass(300);
    CHECK(b.bus.pending_output().empty());
    b.bus.receive(byte_span{whole}.subspan(12), b.now);
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::answered);
    CHECK(done->attempts == 1);
}

TEST_CASE("noise that never ends cannot hold a request for ever")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    b.pass(0);
    const instant start = b.now;
    for (int i = 0; i < 200 && !b.event().has_value(); ++i) {
        static_cast<void>(b.sent());
        const std::array<std::uint8_t, 10> noise{0x68, 1, 2, 3, 4, 5, 6, 0x68, 0x91, 0xFF};
        b.bus.receive(noise, b.now);
        b.pass(100);
    }
    CHECK(b.now - start < duration{10'000});
    CHECK(b.bus.counters().timed_out == 1);
}

TEST_CASE("noise that never ends cannot keep a request from being sent")
{
    bench b;
    const std::array<std::uint8_t, 1> noise{0x68};
    b.bus.receive(noise, b.now);
    REQUIRE(b.bus.submit(reading(1)));
    const instant start = b.now;
    while (!b.sent().has_value() && b.now - start < duration{10'000}) {
        b.pass(100);
        b.bus.receive(noise, b.now);
    }
    // The longest frame at 2400 baud, 1229 ms, and a gap: so long it might have been one.
    CHECK(b.now - start >= duration{1229 + 500});
    CHECK(b.now - start <= duration{1229 + 500 + 200});
}

TEST_CASE("relay goes before payment, payment before reading, and each keeps its order")
{
    bench b;
    REQUIRE(b.bus.submit(with(reading(1, meter_a), priority::background)));
    REQUIRE(b.bus.submit(with(reading(2, meter_b), priority::reading)));
    REQUIRE(b.bus.submit(with(reading(3, meter_a), priority::reading)));
    REQUIRE(b.bus.submit(with(reading(4, meter_a, status_id), priority::relay)));
    std::vector<std::uint64_t> order;
    while (!b.bus.idle()) {
        b.pass(20);
        const auto request = b.sent();
        REQUIRE(request.has_value());
        b.hear(answer(request->address, dlt645::parse_data_id(*request).value()));
        order.push_back(b.event()->job_id);
    }
    CHECK(order == std::vector<std::uint64_t>{4, 2, 3, 1});
}

TEST_CASE("a relay command overtakes readings that wait, not the one under way")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1, meter_a)));
    REQUIRE(b.bus.submit(reading(2, meter_a)));
    b.pass(0);
    REQUIRE(b.bus.submit(with(reading(3, meter_b, status_id), priority::relay)));
    serve(b, meter_a, energy_id);
    CHECK(b.event()->job_id == 1);
    b.pass(20);
    serve(b, meter_b, status_id);
    CHECK(b.event()->job_id == 3);
}

TEST_CASE("the queue is bounded and says when it is full")
{
    bench b;
    for (std::uint64_t id = 1; id <= small_bus::queue_capacity; ++id) {
        CHECK(b.bus.submit(reading(id)));
    }
    CHECK(!b.bus.submit(reading(99)));
    CHECK(b.bus.counters().queue_full == 1);
    b.pass(0);  // the first leaves the queue for the line
    CHECK(b.bus.submit(reading(100)));
    CHECK(!b.bus.submit(reading(101)));
}

TEST_CASE("a job that has not left can be taken back")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    REQUIRE(b.bus.submit(reading(2)));
    b.pass(0);
    CHECK(!b.bus.cancel(1));
    CHECK(b.bus.cancel(2));
    CHECK(!b.bus.cancel(2));
    serve(b, meter_a, energy_id);
    CHECK(b.bus.idle());
}

TEST_CASE("a broadcast needs no answer and frees the line after its time on the air")
{
    bench b;
    job time;
    time.id = 5;
    time.request = dlt645::broadcast_time_request({2026, 1, 1, 12, 0, 0}).value();
    time.answer_expected = false;
    REQUIRE(b.bus.submit(time));
    REQUIRE(b.bus.submit(reading(6)));
    b.pass(0);
    const std::size_t size = b.bus.pending_output().size();
    CHECK(size == 22);
    CHECK(b.sent()->address.is_broadcast());
    CHECK(b.bus.air_time(size) == duration{101});  // 22 bytes of 11 bits at 2400 baud
    b.pass(100);
    CHECK(!b.event().has_value());
    b.pass(1);
    const auto done = b.event();
    REQUIRE(done.has_value());
    CHECK(done->kind == kind::sent);
    CHECK(done->job_id == 5);
    b.pass(19);
    CHECK(b.bus.pending_output().empty());
    b.pass(1);
    CHECK(b.sent()->address == meter_a);
}

TEST_CASE("a meter that speaks unasked is heard, whatever is going on")
{
    bench b;
    const auto push = answer(meter_b, data_id{0x028011FF});
    b.hear(push);
    auto heard = b.event();
    REQUIRE(heard.has_value());
    CHECK(heard->kind == kind::unsolicited);
    CHECK(heard->job_id == 0);
    CHECK(heard->frame.address == meter_b);
    REQUIRE(b.bus.submit(reading(1)));
    b.pass(0);
    b.hear(push);
    heard = b.event();
    REQUIRE(heard.has_value());
    CHECK(heard->kind == kind::unsolicited);
    serve(b, meter_a, energy_id);
    CHECK(b.event()->kind == kind::answered);
}

TEST_CASE("long after its request an answer is unsolicited again")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    b.pass(0);
    serve(b, meter_a, energy_id);
    CHECK(b.event()->kind == kind::answered);
    b.pass(59'999);
    b.hear(answer());
    CHECK(!b.event().has_value());
    b.pass(1);
    b.hear(answer());
    CHECK(b.event()->kind == kind::unsolicited);
}

TEST_CASE("our own echo is no answer")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    b.pass(0);
    b.hear(*b.sent());
    CHECK(!b.event().has_value());
    CHECK(b.bus.counters().echoes == 1);
    b.hear(answer());
    CHECK(b.event()->kind == kind::answered);
}

TEST_CASE("events nobody fetches never cost a job its outcome")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    b.pass(0);
    for (std::size_t i = 0; i < 2 * small_bus::event_capacity; ++i) {
        b.hear(answer(meter_b, data_id{0x028011FF}));
    }
    CHECK(b.bus.counters().dropped == small_bus::event_capacity + 1);
    serve(b, meter_a, energy_id);
    REQUIRE(b.bus.submit(reading(2)));
    b.pass(100);
    CHECK(!b.bus.busy());  // no room for another outcome
    CHECK(b.bus.next_deadline() == instant::max());
    bool answered = false;
    while (const auto event = b.event()) {
        answered = answered || event->job_id == 1;
    }
    CHECK(answered);
    b.pass(0);
    CHECK(b.bus.busy());
}

TEST_CASE("the line rests between two exchanges, and nobody speaks into a frame")
{
    bench b{bus_timing{.turn_around = duration{50}}};
    REQUIRE(b.bus.submit(reading(1)));
    REQUIRE(b.bus.submit(reading(2)));
    b.pass(0);
    serve(b, meter_a, energy_id);
    const auto push = wire(answer(meter_b, data_id{0x028011FF}));
    b.pass(40);
    b.bus.receive(byte_span{push}.first(9), b.now);
    b.pass(20);
    CHECK(b.bus.pending_output().empty());
    b.bus.receive(byte_span{push}.subspan(9), b.now);
    b.pass(0);
    CHECK(b.sent().has_value());
}

TEST_CASE("output may leave in pieces")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    b.pass(0);
    const std::size_t size = b.bus.pending_output().size();
    b.bus.consume(5);
    CHECK(b.bus.pending_output().size() == size - 5);
    CHECK(b.bus.pending_output()[0] == 1);  // behind four FE and 68: the address
    b.bus.consume(1000);
    CHECK(b.bus.pending_output().empty());
}

TEST_CASE("after a new connection the request goes out again at its timeout")
{
    bench b;
    REQUIRE(b.bus.submit(reading(1)));
    b.pass(0);
    b.bus.consume(7);
    const auto whole = wire(answer());
    b.bus.receive(byte_span{whole}.first(9), b.now);
    b.bus.reconnected();
    CHECK(b.bus.pending_output().empty());
    CHECK(b.bus.busy());
    b.pass(1000);
    serve(b, meter_a, energy_id);
    CHECK(b.event()->attempts == 2);
}

TEST_CASE("an answer in any number of pieces, with noise around it, is one answer")
{
    const auto whole = wire(answer());
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        bench b;
        REQUIRE(b.bus.submit(reading(1)));
        b.pass(0);
        static_cast<void>(b.sent());
        const std::array<std::uint8_t, 3> noise{0x00, 0x16, 0xFE};
        b.bus.receive(noise, b.now);
        b.bus.receive(byte_span{whole}.first(cut), b.now);
        b.pass(100);
        b.bus.receive(byte_span{whole}.subspan(cut), b.now);
        b.bus.receive(noise, b.now);
        const auto done = b.event();
        REQUIRE(done.has_value());
        CHECK(done->kind == kind::answered);
        CHECK(!b.event().has_value());
    }
}
