// SPDX-License-Identifier: Apache-2.0
// Simulated Modbus meters on a line or a connection, and what goes wrong there.
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/codec/modbus/ascii.hpp>
#include <wattpurse/codec/modbus/mbap.hpp>
#include <wattpurse/codec/modbus/rtu.hpp>
#include <wattpurse/sim/conformance_model.hpp>
#include <wattpurse/sim/modbus_line.hpp>

using namespace wattpurse;
using namespace std::chrono_literals;
using sim::modbus_fault_rates;
using sim::modbus_line;
using sim::modbus_transport;
using bytes = std::vector<std::uint8_t>;

namespace {

const instant begin = parse_iso8601("2026-01-01T12:00:00+08:00").value();

constexpr std::array<modbus_transport, 3> transports{modbus_transport::tcp, modbus_transport::rtu,
                                                     modbus_transport::ascii};

std::shared_ptr<sim::modbus_units> one_unit()
{
    auto out = std::make_shared<sim::modbus_units>();
    out->add(1, std::make_shared<sim::conformance_model>());
    return out;
}

bytes framed(modbus_transport how, const bytes& pdu, std::uint8_t unit = 1)
{
    std::array<std::uint8_t, codec::modbus::ascii_size_max> out{};
    const codec::modbus::adu what{7, unit, pdu};
    const auto size = how == modbus_transport::tcp   ? codec::modbus::encode_mbap(what, out)
                      : how == modbus_transport::rtu ? codec::modbus::encode_rtu(what, out)
                                                     : codec::modbus::encode_ascii(what, out);
    REQUIRE(size);
    return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*size)};
}

/// Reads the registers 2 to 5.
const bytes question{3, 0, 2, 0, 4};
const bytes answer{3, 8, 2, 2, 3, 3, 4, 4, 5, 5};

/// All that comes within ten seconds.
std::vector<modbus_line::due> after(modbus_line& line, const bytes& request, instant now)
{
    line.receive(request, now);
    return line.take_output(now + 10s);
}

modbus_fault_rates always(std::uint16_t sim::fault_rates::* which)
{
    modbus_fault_rates out;
    out.bytes.*which = 1000;
    return out;
}

modbus_fault_rates always(std::uint16_t modbus_fault_rates::* which)
{
    modbus_fault_rates out;
    out.*which = 1000;
    return out;
}

}  // namespace

TEST_CASE("without faults each transport answers whole, and after the delay it is given")
{
    for (const auto how : transports) {
        modbus_line line{one_unit(), how, {}, 80ms};
        line.receive(framed(how, question), begin);
        CHECK(line.take_output(begin + 79ms).empty());
        CHECK(line.next_deadline() == begin + 80ms);
        const auto said = line.take_output(begin + 80ms);
        REQUIRE(said.size() == 1);
        CHECK(said[0].bytes == framed(how, answer));
        CHECK(line.next_deadline() == instant::max());
    }
}

TEST_CASE("a request may come in pieces, and others' requests get no answer on a serial line")
{
    for (const auto how : transports) {
        modbus_line line{one_unit(), how};
        const bytes whole = framed(how, question);
        for (const std::uint8_t each : whole) {
            CHECK(line.take_output(begin).empty());
            line.receive({&each, 1}, begin);
        }
        const auto said = line.take_output(begin);
        REQUIRE(said.size() == 1);
        CHECK(said[0].bytes == framed(how, answer));
        const auto others = after(line, framed(how, question, 9), begin + 1min);
        CHECK(others.empty() == (how != modbus_transport::tcp));
    }
}

TEST_CASE("each fault does what it is called")
{
    for (const auto how : transports) {
        const bytes request = framed(how, question);
        const bytes right = framed(how, answer);

        modbus_line silent{one_unit(), how, always(&sim::fault_rates::silent)};
        CHECK(after(silent, request, begin).empty());

        modbus_line late{one_unit(), how, always(&sim::fault_rates::late)};
        late.receive(request, begin);
        CHECK(late.take_output(begin + 2999ms).empty());
        CHECK(late.take_output(begin + 3s).size() == 1);

        modbus_line cut{one_unit(), how, always(&sim::fault_rates::truncated)};
        const auto shorter = after(cut, request, begin);
        REQUIRE(shorter.size() == 1);
        CHECK(shorter[0].bytes.size() < right.size());

        modbus_line garbled{one_unit(), how, always(&sim::fault_rates::corrupted)};
        const auto wrong = after(garbled, request, begin);
        REQUIRE(wrong.size() == 1);
        CHECK(wrong[0].bytes.size() == right.size());
        CHECK(wrong[0].bytes != right);

        modbus_line noisy{one_unit(), how, always(&sim::fault_rates::noisy)};
        const auto more = after(noisy, request, begin);
        REQUIRE(more.size() == 1);
        CHECK(more[0].bytes.size() > right.size());

        modbus_line doubled{one_unit(), how, always(&modbus_fault_rates::doubled)};
        const auto both = after(doubled, request, begin);
        REQUIRE(both.size() == 2);
        CHECK(both[0].bytes == right);
        CHECK(both[1].bytes == right);
        CHECK(both[1].at > both[0].at);

        modbus_line busy{one_unit(), how, always(&modbus_fault_rates::busy)};
        const auto refused = after(busy, request, begin);
        REQUIRE(refused.size() == 1);
        CHECK(refused[0].bytes == framed(how, {0x83, 6}));

        modbus_line swapped{one_unit(), how, always(&modbus_fault_rates::swapped)};
        const auto turned = after(swapped, request, begin);
        REQUIRE(turned.size() == 1);
        CHECK(turned[0].bytes == framed(how, {3, 8, 3, 3, 2, 2, 5, 5, 4, 4}));
    }
}

TEST_CASE("a lost answer was carried out, a lost request and a busy meter did nothing")
{
    const auto how = modbus_transport::tcp;
    const bytes writing = framed(how, {6, 0, 2, 0xAB, 0xCD});
    const auto kept = [&](const modbus_fault_rates& rates) {
        const auto units = one_unit();
        modbus_line bad{units, how, rates};
        static_cast<void>(after(bad, writing, begin));
        modbus_line good{units, how};
        const auto said = after(good, framed(how, {3, 0, 2, 0, 1}), begin + 1min);
        REQUIRE(said.size() == 1);
        return said[0].bytes.back();
    };
    CHECK(kept(always(&sim::fault_rates::silent)) == 0xCD);
    CHECK(kept(always(&sim::fault_rates::deaf)) == 2);
    CHECK(kept(always(&modbus_fault_rates::busy)) == 2);
}

TEST_CASE("faults come as often as they are set, and the same for the same seed")
{
    const auto counted = [](std::uint64_t seed) {
        modbus_fault_rates rates;
        rates.bytes.seed = seed;
        rates.bytes.silent = 100;
        rates.busy = 50;
        rates.doubled = 20;
        modbus_line line{one_unit(), modbus_transport::rtu, rates};
        std::array<int, 3> out{};
        instant now = begin;
        for (std::uint8_t i = 0; i < 200; ++i) {
            for (int again = 0; again < 20; ++again) {
                now += 1min;
                const auto said =
                    after(line, framed(modbus_transport::rtu, {3, 0, i, 0, 1}), now);
                if (said.empty()) ++out[0];
                if (!said.empty() && said[0].bytes[1] == 0x83) ++out[1];
                if (said.size() == 2) ++out[2];
            }
        }
        return out;
    };
    const auto first = counted(1);
    CHECK(first[0] > 330);  // of 4000, 400
    CHECK(first[0] < 470);
    CHECK(first[1] > 130);  // of 3600, 180
    CHECK(first[1] < 230);
    CHECK(first[2] > 40);   // of 3600, 72
    CHECK(first[2] < 110);
    CHECK(counted(1) == first);
    CHECK(counted(2) != first);
}

TEST_CASE("a request that nobody answers does not leave its fate to the next one")
{
    modbus_fault_rates rates;
    rates.bytes.silent = 500;
    modbus_line line{one_unit(), modbus_transport::rtu, rates};
    int answered = 0;
    instant now = begin;
    for (int i = 0; i < 200; ++i) {
        now += 1s;
        CHECK(after(line, framed(modbus_transport::rtu, question, 9), now).empty());
        now += 20s;
        answered += static_cast<int>(
            after(line, framed(modbus_transport::rtu, question), now).size());
    }
    CHECK(answered > 70);
    CHECK(answered < 130);
}

TEST_CASE("a line with an echo says first what it has heard")
{
    modbus_fault_rates rates;
    rates.bytes.echo = true;
    modbus_line line{one_unit(), modbus_transport::rtu, rates};
    const auto said = after(line, framed(modbus_transport::rtu, question), begin);
    REQUIRE(said.size() == 2);
    CHECK(said[0].bytes == framed(modbus_transport::rtu, question));
    CHECK(said[1].bytes == framed(modbus_transport::rtu, answer));
}

TEST_CASE("a connection whose stream has lost its meaning is to be closed")
{
    modbus_line line{one_unit(), modbus_transport::tcp};
    CHECK(!line.broken());
    line.receive(bytes{0, 1, 0, 0, 0xFF, 0xFF, 1, 3}, begin);
    CHECK(line.broken());
    CHECK(line.take_output(begin + 1s).empty());
}

TEST_CASE("a broadcast is carried out by each device once, whatever number of ids it has")
{
    auto units = std::make_shared<sim::modbus_units>();
    const auto both = std::make_shared<sim::conformance_model>();
    const auto other = std::make_shared<sim::conformance_model>();
    units->add(1, both);
    units->add(2, other);
    units->add(255, both);
    std::vector<const sim::modbus_device*> visited;
    units->for_each([&](sim::modbus_device& each) { visited.push_back(&each); });
    CHECK(visited.size() == 2);
    modbus_line line{units, modbus_transport::rtu};
    CHECK(after(line, framed(modbus_transport::rtu, {6, 0, 5, 0, 1}, 0), begin).empty());
    const auto said = after(line, framed(modbus_transport::rtu, {3, 0, 5, 0, 1}, 2), begin + 1min);
    REQUIRE(said.size() == 1);
    CHECK(said[0].bytes == framed(modbus_transport::rtu, {3, 2, 0, 1}, 2));
}
