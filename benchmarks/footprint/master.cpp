// SPDX-License-Identifier: Apache-2.0
//
// What a microcontroller with a DL/T 645 master is made of, to be weighed: it reads a register
// exactly, reads the state of the relay and operates it, over one line with timeouts and
// retries. The firmware around it (clock, serial port) is two functions of the platform.
#include <cstddef>
#include <cstdint>

#include <wattpurse/codec/dlt645/credentials.hpp>
#include <wattpurse/codec/dlt645/messages.hpp>
#include <wattpurse/codec/dlt645/values.hpp>
#include <wattpurse/link/small_master.hpp>

namespace dlt645 = wattpurse::codec::dlt645;
namespace link = wattpurse::link;

namespace {

link::small_master<> line;
constinit link::event event;  // one for all lines

}  // namespace

// C functions, so that the linker sees them as the roots of what is in use.
extern "C" {

/// RAM of one line, all its buffers among it; its size is read from the symbol table.
extern const std::size_t footprint_line_size;
const std::size_t footprint_line_size = sizeof(line);

bool footprint_read(const dlt645::address& meter, std::uint32_t id, std::uint64_t job_id)
{
    link::job what;
    what.id = job_id;
    what.request = dlt645::read_request(meter, static_cast<dlt645::data_id>(id));
    return line.submit(what);
}

bool footprint_switch(const dlt645::address& meter, bool on, const wattpurse::civil_time& until,
                      const dlt645::credentials& who)
{
    using dlt645::control_code;
    const auto request = dlt645::control_request(
        meter, on ? control_code::close : control_code::trip, until, who);
    if (!request) {
        return false;
    }
    link::job what;
    what.prio = link::priority::relay;
    what.request = *request;
    return line.submit(what);
}

/// What came in and the time; true when there is an outcome.
bool footprint_step(const std::uint8_t* bytes, std::size_t count, std::size_t* taken,
                    std::int64_t now_ms)
{
    const wattpurse::instant now{wattpurse::duration{now_ms}};
    *taken = line.receive({bytes, count}, now);
    return line.advance(now, event);
}

std::size_t footprint_output(const std::uint8_t** bytes)
{
    *bytes = line.pending_output().data();
    return line.pending_output().size();
}

void footprint_sent(std::size_t count) { line.consume(count); }

std::int64_t footprint_deadline_ms() { return line.next_deadline().time_since_epoch().count(); }

/// The register of the answer in hundredths of its unit; -1 where there is none.
std::int64_t footprint_value()
{
    if (event.kind != link::event::kind_type::answered) {
        return -1;
    }
    const auto answer = dlt645::parse_read_answer(event.frame);
    if (!answer) {
        return -1;
    }
    const auto value = dlt645::read_unsigned(answer->value);
    return value ? *value : -1;
}

}  // extern "C"
