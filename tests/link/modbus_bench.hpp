// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <vector>

#include <wattpurse/codec/modbus/adu.hpp>
#include <wattpurse/codec/modbus/mbap.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/codec/modbus/rtu.hpp>
#include <wattpurse/codec/modbus/serve.hpp>
#include <wattpurse/link/modbus_job.hpp>

/// Clients of Modbus with the test at their other end, and a device of sixteen registers.
namespace wattpurse::test::modbus {

using bytes = std::vector<std::uint8_t>;
using kind = link::modbus_event::kind_type;
using codec::modbus::exception_code;

inline codec::modbus::pdu pdu_of(const bytes& from) { return codec::modbus::pdu::of(from).value(); }

/// Reads `quantity` registers with function 03.
inline bytes read_pdu(unsigned address, unsigned quantity)
{
    const auto byte = [](unsigned value) { return static_cast<std::uint8_t>(value & 0xFFU); };
    return {0x03, byte(address >> 8U), byte(address), byte(quantity >> 8U), byte(quantity)};
}

/// Writes one register with function 06, and is its own answer.
inline bytes write_pdu(unsigned address, unsigned value)
{
    bytes out = read_pdu(address, value);
    out[0] = 0x06;
    return out;
}

/// The answer to a read: these registers.
inline bytes registers(std::initializer_list<unsigned> values)
{
    bytes out{0x03, static_cast<std::uint8_t>(2 * values.size())};
    for (const unsigned value : values) {
        out.push_back(static_cast<std::uint8_t>(value >> 8U));
        out.push_back(static_cast<std::uint8_t>(value & 0xFFU));
    }
    return out;
}

inline link::modbus_job job_of(std::uint64_t id, const bytes& request, std::uint8_t unit = 1)
{
    link::modbus_job out;
    out.id = id;
    out.unit = unit;
    out.request = pdu_of(request);
    out.timeout = duration{1000};
    return out;
}

inline link::modbus_job reading(std::uint64_t id, std::uint8_t unit = 1, unsigned address = 0,
                                unsigned quantity = 1)
{
    return job_of(id, read_pdu(address, quantity), unit);
}

inline link::modbus_job with(link::modbus_job what, link::priority prio)
{
    what.prio = prio;
    return what;
}

inline link::modbus_job with_attempts(link::modbus_job what, std::uint8_t attempts)
{
    what.attempts_max = attempts;
    return what;
}

/// An ADU of its own.
struct message {
    std::uint16_t transaction = 0;
    std::uint8_t unit = 0;
    bytes pdu;
};

inline bytes tcp(unsigned transaction, unsigned unit, const bytes& pdu)
{
    bytes out(codec::modbus::mbap_size_max);
    const codec::modbus::adu what{static_cast<std::uint16_t>(transaction),
                                  static_cast<std::uint8_t>(unit), pdu};
    out.resize(codec::modbus::encode_mbap(what, out).value());
    return out;
}

inline bytes rtu(unsigned unit, const bytes& pdu)
{
    bytes out(codec::modbus::rtu_size_max);
    const codec::modbus::adu what{0, static_cast<std::uint8_t>(unit), pdu};
    out.resize(codec::modbus::encode_rtu(what, out).value());
    return out;
}

inline bytes joined(std::initializer_list<bytes> parts)
{
    bytes out;
    for (const bytes& part : parts) {
        out.insert(out.end(), part.begin(), part.end());
    }
    return out;
}

/// A client with the test at its other end. Events are kept as they come.
template <class Client>
struct bench {
    Client client;
    instant now{duration{1'700'000'000'000}};
    std::vector<link::modbus_event> events;

    bench() = default;
    template <class Options>
    explicit bench(const Options& options) : client{options}
    {
    }

    void fetch()
    {
        for (link::modbus_event out; client.next_event(out);) {
            events.push_back(out);
        }
    }
    void advance()
    {
        client.advance(now);
        fetch();
    }
    /// Lets time pass up to the moment, waking the client whenever it asked to be woken.
    void run_until(instant until)
    {
        while (client.next_deadline() <= until) {
            now = std::max(now, client.next_deadline());
            const instant before = client.next_deadline();
            advance();
            if (client.next_deadline() == before) {
                break;
            }
        }
        now = until;
        advance();
    }
    void pass(int ms) { run_until(now + duration{ms}); }

    void hear(const bytes& what)
    {
        client.receive(what, now);
        fetch();
        advance();
    }

    /// All that it sends now, as bytes.
    bytes sent_bytes()
    {
        const auto all = client.pending_output();
        bytes out(all.begin(), all.end());
        client.consume(all.size());
        return out;
    }
    /// All ADUs of TCP that it sends now.
    std::vector<message> sent()
    {
        std::vector<message> out;
        codec::modbus::mbap_framer framer;
        const bytes all = sent_bytes();
        byte_span rest = all;
        using found_kind = codec::modbus::mbap_event::kind_type;
        for (auto found = framer.next(rest); found.kind != found_kind::nothing;
             found = framer.next(rest)) {
            REQUIRE(found.kind == found_kind::adu);
            out.push_back({found.adu.transaction, found.adu.unit,
                           {found.adu.pdu.begin(), found.adu.pdu.end()}});
        }
        REQUIRE(framer.pending() == 0);
        return out;
    }
    message sent_one()
    {
        auto all = sent();
        REQUIRE(all.size() == 1);
        return all.front();
    }
    /// The frame of RTU that it sends now; nothing when it is silent.
    std::optional<message> sent_frame()
    {
        const bytes all = sent_bytes();
        if (all.empty()) {
            return std::nullopt;
        }
        const auto found = codec::modbus::decode_rtu(all);
        REQUIRE(found.has_value());
        return message{0, found->unit, {found->pdu.begin(), found->pdu.end()}};
    }

    /// The oldest event not looked at yet.
    std::optional<link::modbus_event> event()
    {
        if (events.empty()) {
            return std::nullopt;
        }
        const link::modbus_event out = events.front();
        events.erase(events.begin());
        return out;
    }
    link::modbus_event event_of(std::uint64_t id)
    {
        const auto found = std::find_if(events.begin(), events.end(),
                                        [&](const auto& each) { return each.job_id == id; });
        REQUIRE(found != events.end());
        const link::modbus_event out = *found;
        events.erase(found);
        return out;
    }
};

inline bytes bytes_of(const codec::modbus::pdu& what)
{
    return {what.view().begin(), what.view().end()};
}

/// A device whose holding registers 0 to 15 may be read and written.
struct small_device : codec::modbus::device_defaults {
    std::array<std::uint16_t, 16> values{};
    int writes = 0;

    [[nodiscard]] bool supports(std::uint8_t function) const noexcept
    {
        return function == 0x03 || function == 0x06 || function == 0x10 || function == 0xAA;
    }
    exception_code covers(codec::modbus::table, std::uint16_t address,
                          std::uint16_t quantity) const noexcept
    {
        return address + quantity <= 16 ? exception_code::none
                                        : exception_code::illegal_data_address;
    }
    exception_code read_registers(codec::modbus::table, std::uint16_t address,
                                  std::span<std::uint8_t> out) const noexcept
    {
        for (std::size_t i = 0; i < out.size() / 2; ++i) {
            out[2 * i] = static_cast<std::uint8_t>(values[address + i] >> 8U);
            out[2 * i + 1] = static_cast<std::uint8_t>(values[address + i] & 0xFFU);
        }
        return exception_code::none;
    }
    exception_code write_registers(std::uint16_t address, byte_span from) noexcept
    {
        ++writes;
        for (std::size_t i = 0; i < from.size() / 2; ++i) {
            values[address + i] = codec::modbus::word_at(from, 2 * i);
        }
        return exception_code::none;
    }
    exception_code other(const codec::modbus::request& asked, std::span<std::uint8_t> scratch,
                         codec::modbus::response& answer) noexcept
    {
        answer.function = asked.function;  // echoes where it was written, and how much
        const std::size_t size = std::min<std::size_t>(asked.data.size(), 4);
        std::copy_n(asked.data.begin(), size, scratch.begin());
        answer.data = scratch.first(size);
        return exception_code::none;
    }
};

}  // namespace wattpurse::test::modbus
