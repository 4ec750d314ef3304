// SPDX-License-Identifier: Apache-2.0
//
// What a microcontroller with a Modbus master is made of, to be weighed: it reads registers and
// writes them, over a serial line in RTU or over TCP, with timeouts and retries. The firmware
// around it (clock, serial port, network) is two functions of the platform.
#include <cstddef>
#include <cstdint>
#include <new>

#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/link/small_modbus_master.hpp>

namespace modbus = wattpurse::codec::modbus;
namespace link = wattpurse::link;

namespace {

constexpr link::modbus_line_timing timing = link::modbus_line_timing::lenient(9600);

/// One line and one connection; job and event are for both.
struct masters {
    link::small_modbus_master<> line{link::small_transport::rtu, timing};
    link::small_modbus_master<> network{link::small_transport::tcp, timing};
    link::modbus_job job{};
    link::modbus_event event{};
};

// Made at start-up: initial values that are mostly zeros would only fill flash.
alignas(masters) std::uint8_t memory[sizeof(masters)];

masters& all() { return *std::launder(reinterpret_cast<masters*>(memory)); }

link::small_modbus_master<>& master(bool is_tcp) { return is_tcp ? all().network : all().line; }

void put(std::size_t at, std::uint16_t word)
{
    auto& bytes = all().job.request.bytes;
    bytes[at] = static_cast<std::uint8_t>(word >> 8U);
    bytes[at + 1] = static_cast<std::uint8_t>(word & 0xFFU);
}

}  // namespace

// C functions, so that the linker sees them as the roots of what is in use.
extern "C" {

/// RAM of one line, all its buffers among it.
extern const std::size_t footprint_line_size;
const std::size_t footprint_line_size = sizeof(link::small_modbus_master<>);

void footprint_start() { new (memory) masters; }

/// Functions 01 to 06: address, and quantity or value.
bool footprint_ask(bool is_tcp, std::uint8_t unit, std::uint8_t function, std::uint16_t address,
                   std::uint16_t word)
{
    link::modbus_job& job = all().job;
    job.unit = unit;
    job.attempts_max = 3;
    job.request.bytes[0] = function;
    put(1, address);
    put(3, word);
    job.request.size = 5;
    return master(is_tcp).submit(job);
}

/// Function 10. Not repeated: the registers may order something.
bool footprint_write(bool is_tcp, std::uint8_t unit, std::uint16_t address,
                     const std::uint16_t* values, std::size_t count)
{
    if (count == 0 || count > 28) {  // as much as this master was made for
        return false;
    }
    link::modbus_job& job = all().job;
    job.unit = unit;
    job.attempts_max = 1;
    job.request.bytes[0] = static_cast<std::uint8_t>(modbus::function::write_multiple_registers);
    put(1, address);
    put(3, static_cast<std::uint16_t>(count));
    job.request.bytes[5] = static_cast<std::uint8_t>(2 * count);
    for (std::size_t i = 0; i < count; ++i) {
        put(6 + 2 * i, values[i]);
    }
    job.request.size = static_cast<std::uint8_t>(6 + 2 * count);
    return master(is_tcp).submit(job);
}

/// What came in and the time; true when there is an outcome.
bool footprint_step(bool is_tcp, const std::uint8_t* bytes, std::size_t count, std::size_t* taken,
                    std::int64_t now_ms)
{
    const wattpurse::instant now{wattpurse::duration{now_ms}};
    *taken = master(is_tcp).receive({bytes, count}, now);
    return master(is_tcp).advance(now, all().event);
}

std::size_t footprint_output(bool is_tcp, const std::uint8_t** bytes)
{
    *bytes = master(is_tcp).pending_output().data();
    return master(is_tcp).pending_output().size();
}

void footprint_sent(bool is_tcp, std::size_t count) { master(is_tcp).consume(count); }

std::int64_t footprint_deadline_ms(bool is_tcp)
{
    return master(is_tcp).next_deadline().time_since_epoch().count();
}

/// True when the connection is to be made anew; the second says that it has been.
bool footprint_broken() { return all().network.broken(); }
void footprint_reconnected() { all().network.reconnected(); }

/// One register of the answer; -1 where there is none, below that the exception.
std::int32_t footprint_register(std::size_t index)
{
    const link::modbus_event& event = all().event;
    if (event.kind == link::modbus_event::kind_type::refused) {
        return -1 - static_cast<std::int32_t>(event.exception);
    }
    const auto pdu = event.answer.view();
    if (event.kind != link::modbus_event::kind_type::answered || pdu.size() < 4 + 2 * index) {
        return -1;
    }
    return modbus::word_at(pdu, 2 + 2 * index);
}

}  // extern "C"
