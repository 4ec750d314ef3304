// SPDX-License-Identifier: Apache-2.0
// Framers, and the clients of a TCP connection and of a serial line, sans-IO.
#include <memory>
#include <string>

#include <wattpurse/codec/modbus/ascii_framer.hpp>
#include <wattpurse/codec/modbus/mbap.hpp>
#include <wattpurse/codec/modbus/rtu_framer.hpp>
#include <wattpurse/link/modbus_serial_client.hpp>
#include <wattpurse/link/modbus_tcp_client.hpp>

#include "bytes.hpp"
#include "errors.hpp"
#include "link.hpp"
#include "modbus.hpp"
#include "number.hpp"
#include "time.hpp"

namespace wattpurse::python {

namespace {

namespace mb = codec::modbus;

py::object adu_object(mb::framing framing, const mb::adu& what)
{
    return py::cast(modbus_adu{framing, what.transaction, what.unit,
                               {what.pdu.begin(), what.pdu.end()}});
}

py::dict rejection(std::string_view cause, std::uint64_t offset)
{
    py::dict out;
    out["error"] = str_from(cause);
    out["offset"] = offset;
    return out;
}

// ---- Framers -----------------------------------------------------------------------------------

template <class Framer>
py::list drain(Framer& from, byte_span bytes, mb::framing framing)
{
    py::list out;
    for (auto event = from.next(bytes);; event = from.next(bytes)) {
        using kind = typename decltype(event)::kind_type;
        if (event.kind == kind::nothing) return out;
        out.append(event.kind == kind::frame ? adu_object(framing, event.adu)
                                             : py::object{rejection(to_string(event.cause),
                                                                    event.offset)});
    }
}

template <class Framer, mb::framing Framing>
void bind_framer_calls(py::class_<Framer>& type)
{
    type.def("feed",
             [](Framer& self, py::handle data) {
                 const borrowed_bytes held{data, "data"};
                 return drain(self, held.span(), Framing);
             },
             py::arg("data"), "Takes bytes and returns the frames and rejections (dicts) in them.")
        .def("flush",
             [](Framer& self) {
                 self.flush();
                 return drain(self, {}, Framing);
             },
             "The line has been silent: nothing unfinished goes on. Returns as `feed` does.")
        .def("clear", &Framer::clear, "Forgets the bytes that wait.")
        .def_property_readonly("pending", &Framer::pending,
                               "Bytes that may be the beginning of a frame.");
}

py::dict rtu_counters(const mb::rtu_line_framer& self)
{
    const auto& all = self.counters();
    py::dict out;
    out["frames"] = all.frames;
    out["bad_checksum"] = all.bad_checksum;
    out["bad_length"] = all.bad_length;
    out["bad_function"] = all.bad_function;
    out["truncated"] = all.truncated;
    out["too_long"] = all.too_long;
    out["garbage_bytes"] = all.garbage_bytes;
    return out;
}

py::dict ascii_counters(const mb::ascii_framer& self)
{
    const auto& all = self.counters();
    py::dict out;
    out["frames"] = all.frames;
    out["bad_checksum"] = all.bad_checksum;
    out["bad_character"] = all.bad_character;
    out["bad_end"] = all.bad_end;
    out["odd_digits"] = all.odd_digits;
    out["too_short"] = all.too_short;
    out["too_long"] = all.too_long;
    out["restarted"] = all.restarted;
    out["truncated"] = all.truncated;
    out["garbage_bytes"] = all.garbage_bytes;
    return out;
}

py::list feed_tcp(mb::mbap_framer& self, py::handle data)
{
    using kind = mb::mbap_event::kind_type;
    const borrowed_bytes held{data, "data"};
    byte_span rest = held.span();
    py::list out;
    for (auto event = self.next(rest); event.kind != kind::nothing; event = self.next(rest)) {
        if (event.kind == kind::adu) {
            out.append(adu_object(mb::framing::tcp, event.adu));
        } else {
            out.append(rejection(event.kind == kind::foreign ? "foreign" : "broken",
                                 event.offset));
        }
    }
    return out;
}

void bind_framers(py::module_& to)
{
    using rtu = mb::rtu_line_framer;
    py::class_<rtu> rtu_type{to, "RtuFramer",
                             "Finds RTU frames of both directions in a stream cut anywhere."};
    rtu_type.def(py::init([](bool told) {
                     return rtu{told ? mb::rtu_gaps::told : mb::rtu_gaps::unknown};
                 }),
                 py::arg("gaps_told") = false,
                 "gaps_told: `flush` is called at every silence; False where nothing is known of "
                 "silence, as over TCP.");
    rtu_type.def_property_readonly("counters", &rtu_counters, "How often what happened, by name.");
    bind_framer_calls<rtu, mb::framing::rtu>(rtu_type);
    py::class_<mb::ascii_framer> ascii_type{to, "AsciiFramer",
                                            "Finds ASCII frames in a stream cut anywhere."};
    ascii_type.def(py::init<>());
    ascii_type.def_property_readonly("counters", &ascii_counters,
                                     "How often what happened, by name.");
    bind_framer_calls<mb::ascii_framer, mb::framing::ascii>(ascii_type);
    py::class_<mb::mbap_framer>(to, "TcpFramer", "Finds ADUs in a TCP stream cut anywhere.")
        .def(py::init<>())
        .def("feed", &feed_tcp, py::arg("data"),
             "Takes bytes and returns the ADUs in them; a dict with error \"foreign\" (another "
             "protocol) or \"broken\" (close the connection).")
        .def("reset", &mb::mbap_framer::reset, "Begins anew, with another connection.")
        .def_property_readonly("broken", &mb::mbap_framer::broken, "The stream lost its meaning.")
        .def_property_readonly("pending", &mb::mbap_framer::pending,
                               "Bytes of an unfinished ADU.");
}

// ---- Clients -----------------------------------------------------------------------------------

struct tcp_client {
    link::modbus_tcp_client client;
    std::uint64_t next_id = 1;
};

struct serial_client {
    link::basic_modbus_serial_client<128> client;
    std::uint64_t next_id = 1;
};

template <class Client>
std::uint64_t submit(Client& self, py::handle unit, py::handle pdu, py::handle timeout,
                     int attempts, const std::string& priority)
{
    link::modbus_job job;
    const auto bytes = wire_bytes(pdu, "pdu");
    job.id = self.next_id;
    job.unit = byte_of(unit, "unit");
    job.prio = priority_of(priority);
    job.request = value_of(mb::pdu::of(bytes), {"pdu", std::to_string(bytes.size()) + " bytes",
                                                "1 to 253 bytes"});
    if (!timeout.is_none()) job.timeout = duration_of(timeout, "timeout");
    job.attempts_max = attempts_of(py::int_(attempts));
    if (!self.client.submit(job)) {
        raise_queue_full(self.client.queued());
    }
    return self.next_id++;
}

template <class Client>
py::list events(Client& self)
{
    py::list out;
    link::modbus_event what;
    while (self.client.next_event(what)) {
        out.append(py::cast(what));
    }
    return out;
}

template <class Client>
py::dict counters(const Client& self)
{
    const link::modbus_counters all = self.client.counters();
    py::dict out;
    out["requests"] = all.requests;
    out["retries"] = all.retries;
    out["answered"] = all.answered;
    out["refused"] = all.refused;
    out["timed_out"] = all.timed_out;
    out["backed_off"] = all.backed_off;
    out["late"] = all.late;
    out["foreign"] = all.foreign;
    out["unasked"] = all.unasked;
    out["busy"] = all.busy;
    out["echoes"] = all.echoes;
    out["discarded"] = all.discarded;
    out["bad_frames"] = all.bad_frames;
    out["broken"] = all.broken;
    out["queue_full"] = all.queue_full;
    return out;
}

template <class Client>
void bind_client_calls(py::class_<Client>& type)
{
    type.def("submit", &submit<Client>, py::arg("unit"), py::arg("pdu"), py::kw_only(),
             py::arg("timeout") = py::none(), py::arg("attempts") = 1,
             py::arg("priority") = "reading",
             "Queues a PDU and returns its job id. timeout: a timedelta, a second unless told; "
             "attempts: above 1 only for what may be done twice. Raises QueueFull.")
        .def("cancel",
             [](Client& self, std::uint64_t id) { return self.client.cancel(id); },
             py::arg("job_id"), "Takes back a job not yet sent; False when there is none.")
        .def("events", &events<Client>, "The events since the last call, oldest first.")
        .def_property_readonly("counters", &counters<Client>, "How often what happened, by name.");
    bind_sans_io(type, [](Client& self) -> auto& { return self.client; });
}

std::unique_ptr<tcp_client> made_tcp(std::uint8_t window, bool one_per_unit, bool zero_is_broadcast,
                                     bool datagrams)
{
    link::modbus_tcp_client_options options;
    options.window = window;
    options.one_per_unit = one_per_unit;
    options.zero_is_broadcast = zero_is_broadcast;
    options.datagrams = datagrams;
    return std::unique_ptr<tcp_client>(new tcp_client{link::modbus_tcp_client{options}});
}

std::unique_ptr<serial_client> made_serial(std::uint32_t baud, const std::string& framing,
                                           const std::string& timing, bool has_echo)
{
    using link::modbus_line_timing;
    link::modbus_serial_client_options options;
    options.has_echo = has_echo;
    const bool is_ascii = framing_of(framing) == mb::framing::ascii;
    if (framing_of(framing) == mb::framing::tcp) {
        raise("InvalidValue", {"framing", "'tcp'", "'rtu' or 'ascii'", "syntax"});
    }
    options.framing = is_ascii ? link::modbus_framing::ascii : link::modbus_framing::rtu;
    if (timing == "strict") {
        options.timing = modbus_line_timing::strict(baud);
    } else if (timing == "over_tcp") {
        options.timing = modbus_line_timing::over_tcp(baud);
    } else if (timing == "lenient") {
        options.timing = is_ascii ? modbus_line_timing::ascii(baud)
                                  : modbus_line_timing::lenient(baud);
    } else {
        raise("InvalidValue", {"timing", "'" + timing + "'", "'strict', 'lenient' or 'over_tcp'",
                               "syntax"});
    }
    return std::unique_ptr<serial_client>(
        new serial_client{link::basic_modbus_serial_client<128>{options}});
}

void bind_event(py::module_& to)
{
    using link::modbus_event;
    py::class_<modbus_event>(to, "Event", "What has come of a job.")
        .def_property_readonly(
            "kind", [](const modbus_event& self) { return str_from(to_string(self.kind)); },
            "\"answered\", \"refused\", \"timed_out\", \"sent\" (a broadcast) or "
            "\"backed_off\" (the unit has been silent and is left in peace).")
        .def_property_readonly("job_id", [](const modbus_event& self) { return self.job_id; },
                               "What `submit` gave.")
        .def_property_readonly("unit", [](const modbus_event& self) { return int{self.unit}; },
                               "Whom it went to.")
        .def_property_readonly(
            "pdu", [](const modbus_event& self) { return bytes_from(self.answer.view()); },
            "The answer; empty where there is none.")
        .def_property_readonly(
            "exception",
            [](const modbus_event& self) -> py::object {
                if (self.exception == mb::exception_code::none) return py::none();
                return str_from(to_string(self.exception));
            },
            "Why it was refused: \"illegal_data_address\" and the like; else None.")
        .def_property_readonly("is_proven", [](const modbus_event& self) { return self.is_proven; },
                               "The answer is certain to belong to the request.")
        .def_property_readonly(
            "attempts", [](const modbus_event& self) { return int{self.attempts}; },
            "How often the request was sent.")
        .def_property_readonly(
            "at", [](const modbus_event& self) { return datetime_from(self.at); },
            "When it happened.")
        .def("__repr__", [](const modbus_event& self) {
            return "<Event " + std::string{to_string(self.kind)} + ", job " +
                   std::to_string(self.job_id) + ">";
        });
}

}  // namespace

void bind_modbus_clients(py::module_& to)
{
    bind_framers(to);
    bind_event(to);
    py::class_<tcp_client> tcp{to, "TcpClient",
                               "The client's end of one Modbus TCP connection or of UDP: 128 jobs, "
                               "several under way at once, timeout and retry. It does no I/O."};
    tcp.def(py::init(&made_tcp), py::kw_only(), py::arg("window") = 4,
            py::arg("one_per_unit") = false, py::arg("zero_is_broadcast") = false,
            py::arg("datagrams") = false,
            "window: most transactions at once (1 to 16). one_per_unit: for gateways that mix up "
            "what a unit answers. datagrams: UDP.");
    tcp.def_property_readonly("broken", [](const tcp_client& self) { return self.client.broken(); },
                              "Connect anew, then call `reconnected`.");
    bind_client_calls(tcp);
    py::class_<serial_client> serial{to, "SerialClient",
                                     "The client of one serial line, RTU or ASCII: 128 jobs, one "
                                     "request at a time, timeout and retry. It does no I/O."};
    serial.def(py::init(&made_serial), py::arg("baud") = 9600, py::kw_only(),
               py::arg("framing") = "rtu", py::arg("timing") = "lenient",
               py::arg("has_echo") = false,
               "timing: \"strict\" for wires, \"lenient\" for a USB adapter, \"over_tcp\" for a "
               "serial server. has_echo: the adapter hears what it sends.");
    bind_client_calls(serial);
}

}  // namespace wattpurse::python
