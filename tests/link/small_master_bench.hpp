// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/link/small_master.hpp>

/// A small master, two meters and a line between them, for the tests.
namespace wattpurse::test::small {

namespace dlt645 = wattpurse::codec::dlt645;

inline const dlt645::address meter_a = dlt645::address::parse("000000000001").value();
inline const dlt645::address meter_b = dlt645::address::parse("000000000002").value();
inline constexpr dlt645::data_id energy_id = dlt645::data_id::forward_active_block;

inline link::job reading(std::uint64_t id, const dlt645::address& meter = meter_a)
{
    link::job out;
    out.id = id;
    out.request = dlt645::read_request(meter, energy_id);
    out.timeout = duration{1000};
    return out;
}

inline dlt645::frame answer(const dlt645::address& meter = meter_a, std::size_t size = 4)
{
    const std::vector<std::uint8_t> value(size, 0x68);  // as mean to a framer as can be
    dlt645::frame out = dlt645::read_answer(meter, energy_id, {}).value();
    REQUIRE(out.append(value).has_value());  // past the limit of the standard too
    return out;
}

inline std::vector<std::uint8_t> wire(const dlt645::frame& what)
{
    std::vector<std::uint8_t> out(dlt645::encoded_size(what, 1));
    static_cast<void>(dlt645::encode(what, out, 1).value());
    return out;
}

/// A master with the test at its other end. Events are kept as they come.
struct bench {
    link::small_master<> master;
    instant now{duration{1'700'000'000'000}};
    std::vector<link::event> events;

    void advance()
    {
        link::event out;
        while (master.advance(now, out)) {
            events.push_back(out);
        }
    }
    void run_until(instant until)
    {
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
    void pass(int ms) { run_until(now + duration{ms}); }

    std::optional<dlt645::frame> sent()
    {
        if (master.pending_output().empty()) {
            return std::nullopt;
        }
        const auto frame = dlt645::decode(master.pending_output());
        master.consume(master.pending_output().size());
        REQUIRE(frame.has_value());
        return *frame;
    }
    void hear(byte_span bytes)
    {
        while (!bytes.empty()) {
            const std::size_t taken = master.receive(bytes, now);
            REQUIRE(taken > 0);
            bytes = bytes.subspan(taken);
            advance();
        }
    }
    void hear(const dlt645::frame& what) { hear(wire(what)); }

    std::optional<link::event> event()
    {
        if (events.empty()) {
            return std::nullopt;
        }
        const link::event first = events.front();
        events.erase(events.begin());
        return first;
    }
};

}  // namespace wattpurse::test::small
