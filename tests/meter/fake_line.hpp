// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/codec/dlt645/framer.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/link/bus.hpp>

/// A real bus with a hand-written meter behind it, on a clock of its own.
namespace fake {

using namespace wattpurse;
namespace dlt645 = wattpurse::codec::dlt645;

struct reply {
    dlt645::frame frame;
    duration delay{50};
};
using meter = std::function<std::vector<reply>(const dlt645::frame& request, instant now)>;

inline const instant start = parse_iso8601("2026-03-01T10:00:00+08:00").value();

class line {
public:
    explicit line(meter behind) : behind_(std::move(behind)) {}

    instant now = start;
    std::vector<dlt645::frame> requests;     ///< every frame that went out, retries too
    std::vector<link::event> unsolicited;

    link::event run(link::job what)
    {
        what.id = ++id_;
        REQUIRE(bus_.submit(what));
        for (int turns = 0; turns < 1000; ++turns) {
            bus_.advance(now);
            talk();
            link::event event;
            while (bus_.next_event(event)) {
                if (event.job_id == id_) return event;
                unsolicited.push_back(event);
            }
            now = std::max(now, next_moment());
            hear();
        }
        FAIL("the bus never came to an end");
        return {};
    }

    /// Drives an order to its end; it must have one.
    template <class Order>
    void drive(Order& order)
    {
        int jobs = 0;
        while (const auto what = order.next()) {
            REQUIRE(++jobs < 300);
            if constexpr (requires { order.not_before(); }) {
                now = std::max(now, order.not_before());
            }
            CHECK_FALSE(order.next().has_value());  // one at a time
            const auto event = run(*what);
            for (const auto& other : unsolicited) order.take(other);
            unsolicited.clear();
            order.take(event);
        }
        CHECK(order.finished());
        order.take(link::event{});  // nothing can disturb what is finished
        CHECK(order.finished());
    }

    [[nodiscard]] const link::bus_counters& counters() const { return bus_.counters(); }
    [[nodiscard]] const dlt645::framer_counters& bytes() const { return bus_.line(); }
    void reset_framing() { bus_.reconnected(); }

    /// Requests with that function code.
    [[nodiscard]] std::size_t sent(std::uint8_t function) const
    {
        return static_cast<std::size_t>(std::count_if(
            requests.begin(), requests.end(),
            [&](const dlt645::frame& each) { return each.function() == function; }));
    }

private:
    void talk()
    {
        const auto bytes = bus_.pending_output();
        if (bytes.empty()) return;
        const auto request = dlt645::decode(bytes);
        REQUIRE(request.has_value());
        bus_.consume(bytes.size());
        requests.push_back(*request);
        for (const reply& each : behind_(*request, now)) {
            on_the_way_.emplace(now + each.delay, each.frame);
        }
    }
    instant next_moment() const
    {
        const instant wake = bus_.next_deadline();
        return on_the_way_.empty() ? wake : std::min(wake, on_the_way_.begin()->first);
    }
    void hear()
    {
        while (!on_the_way_.empty() && on_the_way_.begin()->first <= now) {
            std::array<std::uint8_t, dlt645::frame_size_max + 4> out{};
            const auto size = dlt645::encode(on_the_way_.begin()->second, out);
            on_the_way_.erase(on_the_way_.begin());
            bus_.receive({out.data(), size.value()}, now);
        }
    }

    meter behind_;
    link::bus bus_;
    std::multimap<instant, dlt645::frame> on_the_way_;
    std::uint64_t id_ = 0;
};

inline std::vector<std::uint8_t> bytes_of(std::string_view hex)
{
    std::array<std::uint8_t, 512> out{};
    const auto size = parse_hex(hex, out);
    REQUIRE(size.has_value());
    return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*size)};
}

inline std::string hex_of(byte_span bytes)
{
    std::array<char, 1024> out{};
    return std::string{format_hex(bytes, out).value()};
}

/// An unsigned number in BCD, low byte first.
inline std::vector<std::uint8_t> bcd(std::uint64_t value, std::size_t size)
{
    std::vector<std::uint8_t> out(size);
    REQUIRE(to_bcd(value, out).has_value());
    return out;
}

/// A number as the meters of function 03 have it: binary, low byte first.
inline std::uint32_t binary(byte_span bytes)
{
    std::uint32_t out = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) out = out << 8U | bytes[i];
    return out;
}

inline std::vector<reply> answer(const dlt645::address& from, dlt645::data_id id,
                                 const std::vector<std::uint8_t>& value)
{
    return {{dlt645::read_answer(from, id, value).value()}};
}

inline std::vector<reply> no_data(const dlt645::address& from, const dlt645::frame& request)
{
    return {{dlt645::refusal(from, request, dlt645::error_bit::no_requested_data)}};
}

}  // namespace fake
