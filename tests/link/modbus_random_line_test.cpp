// SPDX-License-Identifier: Apache-2.0
// Clients and servers with a bad line between them: what is asked for is told in each answer, so
// that an answer to another question would be seen. Seeded, in virtual time.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include <wattpurse/link/modbus_serial_client.hpp>
#include <wattpurse/link/modbus_serial_server.hpp>
#include <wattpurse/link/modbus_server.hpp>
#include <wattpurse/link/modbus_tcp_client.hpp>

#include "modbus_bench.hpp"

using namespace wattpurse;
using namespace wattpurse::test::modbus;
using link::priority;

namespace {

constexpr int unit_count = 4;

/// What a register holds: whose it is and which.
std::uint16_t value_of(std::uint8_t unit, unsigned address)
{
    return static_cast<std::uint16_t>(unsigned{unit} << 12U | (address * 7U + 1U));
}

struct telling_device : codec::modbus::device_defaults {
    std::uint8_t unit = 0;
    std::map<std::uint16_t, int> writes;

    [[nodiscard]] bool supports(std::uint8_t function) const noexcept
    {
        return function == 0x03 || function == 0x06;
    }
    exception_code covers(codec::modbus::table, std::uint16_t, std::uint16_t) const noexcept
    {
        return exception_code::none;
    }
    exception_code read_registers(codec::modbus::table, std::uint16_t address,
                                  std::span<std::uint8_t> out) const noexcept
    {
        for (unsigned i = 0; i < out.size() / 2; ++i) {
            out[2 * i] = static_cast<std::uint8_t>(value_of(unit, address + i) >> 8U);
            out[2 * i + 1] = static_cast<std::uint8_t>(value_of(unit, address + i) & 0xFFU);
        }
        return exception_code::none;
    }
    exception_code write_registers(std::uint16_t address, byte_span) noexcept
    {
        ++writes[address];
        return exception_code::none;
    }
};

struct telling_units {
    std::array<telling_device, unit_count> devices;

    telling_units()
    {
        for (std::size_t i = 0; i < devices.size(); ++i) {
            devices[i].unit = static_cast<std::uint8_t>(i + 1);
        }
    }
    telling_device* find(std::uint8_t unit)
    {
        return unit >= 1 && unit <= unit_count ? &devices[unit - 1U] : nullptr;
    }
    template <class Visit>
    void for_each(Visit visit)
    {
        for (telling_device& each : devices) {
            visit(each);
        }
    }
};

/// Jobs that were given, and what came of them.
struct book {
    struct line {
        std::uint8_t unit = 0;
        std::uint16_t address = 0;
        std::uint16_t quantity = 0;  // 0: a write
        bool is_done = false;
    };
    std::vector<line> lines;
    unsigned proven = 0;
    unsigned wrong_unproven = 0;
    std::map<kind, unsigned> outcomes;

    link::modbus_job draw(std::mt19937& random)
    {
        line what;
        what.unit = static_cast<std::uint8_t>(1 + random() % unit_count);
        what.address = static_cast<std::uint16_t>(random() % 500);
        const bool is_write = random() % 8 == 0;
        what.quantity = static_cast<std::uint16_t>(is_write ? 0 : 1 + random() % 3);
        link::modbus_job out = job_of(
            lines.size(),
            is_write ? write_pdu(what.address, lines.size() & 0xFFFFU)
                     : read_pdu(what.address, what.quantity),
            what.unit);
        out.attempts_max = static_cast<std::uint8_t>(is_write ? 1 : 1 + random() % 3);
        out.prio = static_cast<priority>(random() % 4);
        out.timeout = duration{300 + static_cast<int>(random() % 700)};
        lines.push_back(what);
        return out;
    }

    void enter(const link::modbus_event& event)
    {
        REQUIRE(event.job_id < lines.size());
        line& what = lines[static_cast<std::size_t>(event.job_id)];
        REQUIRE(!what.is_done);  // each ends once
        what.is_done = true;
        ++outcomes[event.kind];
        REQUIRE(event.unit == what.unit);
        if (event.kind != kind::answered) {
            REQUIRE(event.answer.size == (event.kind == kind::refused ? 2 : 0));
            return;
        }
        proven += event.is_proven ? 1 : 0;
        bytes wanted = write_pdu(what.address, static_cast<unsigned>(event.job_id & 0xFFFFU));
        if (what.quantity != 0) {
            wanted = {0x03, static_cast<std::uint8_t>(2 * what.quantity)};
            for (unsigned i = 0; i < what.quantity; ++i) {
                wanted.push_back(
                    static_cast<std::uint8_t>(value_of(what.unit, what.address + i) >> 8U));
                wanted.push_back(
                    static_cast<std::uint8_t>(value_of(what.unit, what.address + i) & 0xFFU));
            }
        }
        const bool is_right = bytes_of(event.answer) == wanted;
        REQUIRE((is_right || !event.is_proven));
        wrong_unproven += is_right ? 0 : 1;
    }

    [[nodiscard]] bool is_complete() const
    {
        return std::all_of(lines.begin(), lines.end(), [](const line& each) {
            return each.is_done;
        });
    }
};

/// Pieces under way on a line, each with the time it arrives.
struct transit {
    struct piece {
        instant at{};
        bytes what;
    };
    std::vector<piece> pieces;
    bool keeps_order = false;

    void send(bytes what, instant at)
    {
        if (keeps_order && !pieces.empty()) {
            at = std::max(at, pieces.back().at);
        }
        pieces.push_back({at, std::move(what)});
    }
    [[nodiscard]] instant next() const
    {
        instant out = instant::max();
        for (const piece& each : pieces) {
            out = std::min(out, each.at);
        }
        return out;
    }
    bool take(instant now, bytes& out)
    {
        const auto found = std::find_if(pieces.begin(), pieces.end(),
                                        [&](const piece& each) { return each.at <= now; });
        if (found == pieces.end()) {
            return false;
        }
        out = std::move(found->what);
        pieces.erase(found);
        return true;
    }
};

struct line_model {
    std::mt19937 random;
    transit to_server;
    transit to_client;

    bool chance(unsigned percent) { return random() % 100 < percent; }
    duration up_to(int ms)
    {
        return duration{static_cast<int>(random() % static_cast<unsigned>(ms))};
    }

    void spoil(bytes& what)
    {
        switch (random() % 4) {
            case 0: what.resize(random() % (what.size() + 1)); break;
            case 1: what[random() % what.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
                break;
            case 2: what.insert(what.begin(), static_cast<std::uint8_t>(random())); break;
            default: what.erase(what.begin()); break;
        }
    }
};

bool is_one_frame(const bytes& what)
{
    return codec::modbus::decode_rtu(what).has_value() ||
           std::count(what.begin(), what.end(), codec::modbus::ascii_start) == 1;
}

template <class Client>
void submit_some(Client& client, book& jobs, std::mt19937& random, std::size_t jobs_max)
{
    if (jobs.lines.size() < jobs_max && random() % 3 == 0 && client.queued() < 16) {
        const std::size_t count = 1 + random() % 6;
        for (std::size_t i = 0; i < count && client.queued() < 16; ++i) {
            REQUIRE(client.submit(jobs.draw(random)));
        }
    }
}

template <class Client>
void fetch(Client& client, book& jobs)
{
    for (link::modbus_event out; client.next_event(out);) {
        jobs.enter(out);
    }
}

/// Goes to the next moment something is to be done, and checks that time moves on.
template <class Client>
void step(Client& client, line_model& line, instant& now, int& stalls)
{
    const instant next = std::min({client.next_deadline(), line.to_client.next(),
                                   line.to_server.next(), now + duration{20}});
    stalls = next > now ? 0 : stalls + 1;
    REQUIRE(stalls < 50);
    now = std::max(now, next);
    client.advance(now);
}

}  // namespace

TEST_CASE("over a bad network no answer is ever taken for another, and every job ends once")
{
    for (unsigned seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        line_model line{std::mt19937{seed}, {}, {}};
        link::modbus_tcp_client_options options;
        options.window = static_cast<std::uint8_t>(1 + seed % 16);
        options.datagrams = true;  // loses, doubles and swaps
        options.one_per_unit = seed % 3 == 0;
        if (seed % 2 == 0) {
            options.backoff = link::backoff_options::never();
        }
        link::basic_modbus_tcp_client<64> client{options};
        telling_units units;
        link::modbus_server_counters counters;
        book jobs;
        instant now{duration{1'700'000'000'000}};
        int stalls = 0;
        for (int i = 0; i < 40'000 && (jobs.lines.size() < 600 || !client.idle()); ++i) {
            submit_some(client, jobs, line.random, 600);
            step(client, line, now, stalls);
            while (!client.pending_output().empty()) {
                const auto out = client.pending_output();
                line.to_server.send({out.begin(), out.end()}, now + line.up_to(100));
                client.consume(out.size());
            }
            for (bytes request; line.to_server.take(now, request);) {
                std::array<std::uint8_t, codec::modbus::mbap_size_max> out{};
                if (line.chance(10)) {
                    continue;
                }
                auto size = link::answer_adu(units, {}, request, out, counters);
                if (line.chance(3)) {  // busy
                    size = 9;
                    out[5] = 3;
                    out[7] |= 0x80U;
                    out[8] = 6;
                }
                bytes answer(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
                const int delay = line.chance(10) ? 5000 : 200;
                if (line.chance(5)) {
                    line.to_client.send(answer, now + line.up_to(3000));
                }
                if (line.chance(3)) {  // what UDP delivers is what was sent, or less
                    answer.resize(line.random() % (answer.size() + 1));
                }
                line.to_client.send(answer, now + line.up_to(delay));
            }
            for (bytes answer; line.to_client.take(now, answer);) {
                client.receive(answer, now);
            }
            fetch(client, jobs);
        }
        CHECK(jobs.lines.size() >= 600);
        CHECK(jobs.is_complete());
        CHECK(client.idle());
        CHECK(jobs.wrong_unproven == 0);
        CHECK(jobs.proven == jobs.outcomes[kind::answered]);
        CHECK(jobs.outcomes[kind::answered] > 200);
    }
}

TEST_CASE("over TCP that breaks no write is done twice, and every job ends once")
{
    for (unsigned seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        line_model line{std::mt19937{seed}, {}, {}};
        link::modbus_tcp_client_options options;
        options.window = static_cast<std::uint8_t>(1 + 2 * seed);
        link::basic_modbus_tcp_client<64> client{options};
        telling_units units;
        link::modbus_tcp_session<telling_units> server{units};
        book jobs;
        instant now{duration{1'700'000'000'000}};
        int stalls = 0;
        line.to_client.keeps_order = line.to_server.keeps_order = true;
        for (int i = 0; i < 40'000 && (jobs.lines.size() < 600 || !client.idle()); ++i) {
            submit_some(client, jobs, line.random, 600);
            step(client, line, now, stalls);
            if (const auto out = client.pending_output(); !out.empty()) {
                const auto size = 1 + line.random() % out.size();
                line.to_server.send({out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)},
                                    now + line.up_to(30));
                client.consume(size);
            }
            for (bytes part; line.to_server.take(now, part);) {
                REQUIRE(server.receive(part) == part.size());
            }
            while (!server.pending_output().empty()) {
                const auto out = server.pending_output();
                const auto size = 1 + line.random() % out.size();
                line.to_client.send({out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)},
                                    now + line.up_to(30));
                server.consume(size);
            }
            for (bytes part; line.to_client.take(now, part);) {
                client.receive(part, now);
            }
            if (client.broken() || line.random() % 300 == 0) {
                line.to_client.pieces.clear();
                line.to_server.pieces.clear();
                server = link::modbus_tcp_session<telling_units>{units};
                client.reconnected();
            }
            fetch(client, jobs);
        }
        CHECK(jobs.is_complete());
        CHECK(client.idle());
        CHECK(jobs.outcomes[kind::answered] > 200);
        for (const auto& device : units.devices) {
            for (const auto& written : device.writes) {
                const auto asked = std::count_if(
                    jobs.lines.begin(), jobs.lines.end(), [&](const book::line& each) {
                        return each.quantity == 0 && each.address == written.first &&
                               each.unit == device.unit;
                    });
                CHECK(written.second <= asked);
            }
        }
    }
}

TEST_CASE("on a bad serial line nothing is proven that is another's, and every job ends once")
{
    unsigned unproven = 0;
    for (unsigned seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        line_model line{std::mt19937{seed}, {}, {}};
        line.to_client.keeps_order = line.to_server.keeps_order = true;
        link::modbus_serial_client_options options;
        options.framing = seed % 3 == 0 ? link::modbus_framing::ascii : link::modbus_framing::rtu;
        options.timing = seed % 4 == 1 ? link::modbus_line_timing::strict(9600)
                         : seed % 4 == 2 ? link::modbus_line_timing::over_tcp()
                                         : link::modbus_line_timing::lenient(9600);
        if (seed % 2 == 0) {
            options.backoff = link::backoff_options::never();
        }
        link::basic_modbus_serial_client<64> client{options};
        telling_units units;
        link::modbus_serial_server_options server_options;
        server_options.framing = options.framing;
        server_options.timing = link::modbus_line_timing::over_tcp();
        link::modbus_serial_session<telling_units> server{units, server_options};
        book jobs;
        instant now{duration{1'700'000'000'000}};
        int stalls = 0;
        for (int i = 0; i < 60'000 && (jobs.lines.size() < 400 || !client.idle()); ++i) {
            submit_some(client, jobs, line.random, 400);
            step(client, line, now, stalls);
            if (const auto out = client.pending_output(); !out.empty()) {
                bytes request(out.begin(), out.end());
                client.consume(out.size());
                if (line.chance(3)) {
                    line.spoil(request);
                }
                line.to_server.send(request, now + line.up_to(20));
            }
            for (bytes request; line.to_server.take(now, request);) {
                server.receive(request, now);
                const auto out = server.pending_output();
                bytes answer(out.begin(), out.end());
                server.consume(out.size());
                if (answer.empty() || line.chance(8)) {
                    continue;
                }
                const int delay = line.chance(10) ? 4000 : 100;
                const instant at = now + line.up_to(delay);
                // One frame may come twice; two of them in turn, twice, is beyond what lines do.
                const bool is_doubled = is_one_frame(answer) && line.chance(5);
                if (line.chance(5)) {
                    line.spoil(answer);
                }
                line.to_client.send(answer, at);
                if (is_doubled) {
                    line.to_client.send(answer, at + line.up_to(30));
                }
            }
            server.advance(now);
            for (bytes part; line.to_client.take(now, part);) {
                client.receive(part, now);
            }
            fetch(client, jobs);
        }
        CHECK(jobs.lines.size() >= 400);
        CHECK(jobs.is_complete());
        CHECK(client.idle());
        CHECK(jobs.outcomes[kind::answered] > 100);
        CHECK(jobs.proven > 50);
        unproven += jobs.wrong_unproven;
    }
    CHECK(unproven > 0);  // there were such, so that the check above means something
}
