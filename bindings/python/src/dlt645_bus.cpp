// SPDX-License-Identifier: Apache-2.0
// One half-duplex line with meters on it, sans-IO.
#include <array>
#include <memory>
#include <optional>
#include <string>

#include <wattpurse/link/bus.hpp>
#include <wattpurse/link/timing.hpp>

#include "bytes.hpp"
#include "dlt645.hpp"
#include "errors.hpp"
#include "link.hpp"
#include "time.hpp"

namespace wattpurse::python {

namespace {

/// The bus with the timing that jobs are made by, and the number of the next job.
struct line {
    explicit line(const link::bus_timing& how) : timing{how}, bus{how} {}

    link::bus_timing timing;
    link::bus bus;
    std::uint64_t next_id = 1;
};

std::unique_ptr<line> made(std::uint32_t baud, const std::string& timing, int preamble)
{
    if (timing != "standard" && timing != "lenient") {
        raise("InvalidValue", {"timing", "'" + timing + "'", "'standard' or 'lenient'", "syntax"});
    }
    if (preamble < 0 || preamble > 16) {
        raise(errc::out_of_range, {"preamble", std::to_string(preamble), "0 to 16"});
    }
    auto how = timing == "standard" ? link::bus_timing::standard(baud)
                                    : link::bus_timing::lenient(baud);
    how.preamble = static_cast<std::size_t>(preamble);
    return std::make_unique<line>(how);
}

std::uint64_t submit(line& self, const dlt645::frame& request, const std::string& priority,
                     py::handle timeout, py::handle attempts)
{
    link::job job = link::job_for(request, self.timing);
    job.id = self.next_id;
    job.prio = priority_of(priority);
    if (!timeout.is_none()) job.timeout = duration_of(timeout, "timeout");
    if (!attempts.is_none()) job.attempts_max = attempts_of(attempts);
    if (!self.bus.submit(job)) {
        raise_queue_full(self.bus.queued());
    }
    return self.next_id++;
}

py::object frame_of(const link::event& what)
{
    using kind = link::event::kind_type;
    const bool has_frame = what.kind == kind::answered || what.kind == kind::refused ||
                           what.kind == kind::unsolicited;
    return has_frame ? py::cast(what.frame) : py::none();
}

py::list events(line& self)
{
    py::list out;
    link::event what;
    while (self.bus.next_event(what)) {
        out.append(py::cast(what));
    }
    return out;
}

py::dict counters(const line& self)
{
    const link::bus_counters& all = self.bus.counters();
    py::dict out;
    out["requests"] = all.requests;
    out["retries"] = all.retries;
    out["answered"] = all.answered;
    out["refused"] = all.refused;
    out["timed_out"] = all.timed_out;
    out["late"] = all.late;
    out["unsolicited"] = all.unsolicited;
    out["echoes"] = all.echoes;
    out["dropped"] = all.dropped;
    out["queue_full"] = all.queue_full;
    return out;
}

void bind_event(py::module_& to)
{
    using link::event;
    py::class_<event>(to, "Event", "What has come of a job, or came unasked.")
        .def_property_readonly(
            "kind", [](const event& self) { return str_from(to_string(self.kind)); },
            "\"answered\", \"refused\", \"timed_out\", \"sent\" (a broadcast) or "
            "\"unsolicited\".")
        .def_property_readonly("job_id", [](const event& self) { return self.job_id; },
                               "What `submit` gave; 0 when unsolicited.")
        .def_property_readonly("frame", &frame_of, "The meter's, or None where there is none.")
        .def_property_readonly("error_word", [](const event& self) { return int{self.error_word}; },
                               "Why it was refused.")
        .def_property_readonly("attempts", [](const event& self) { return int{self.attempts}; },
                               "How often the request was sent.")
        .def_property_readonly(
            "sent_at", [](const event& self) { return datetime_from(self.sent_at); },
            "When for the first time.")
        .def_property_readonly("at", [](const event& self) { return datetime_from(self.at); },
                               "When it happened.")
        .def("__repr__", [](const event& self) {
            return "<Event " + std::string{to_string(self.kind)} + ", job " +
                   std::to_string(self.job_id) + ">";
        });
}

}  // namespace

void bind_dlt645_bus(py::module_& to)
{
    bind_event(to);
    py::class_<line> type{to, "Bus",
                          "One half-duplex line with meters on it: a queue of 128 jobs, one "
                          "request at a time, timeout and retry. It does no I/O: bytes "
                          "and time are given to it, and it says what to send and when to wake "
                          "it."};
    type.def(py::init(&made), py::arg("baud") = 2400, py::kw_only(),
             py::arg("timing") = "standard",
             py::arg("preamble") = int{dlt645::preamble_size_default},
             "timing: \"standard\" for wires to the meter, \"lenient\" for a modem, a serial "
             "server or a USB adapter in between. preamble: bytes FE before a request.")
        .def("submit", &submit, py::arg("request"), py::kw_only(), py::arg("priority") = "reading",
             py::arg("timeout") = py::none(), py::arg("attempts") = py::none(),
             "Queues a request and returns its job id. Timeout (a timedelta) and attempts are "
             "those of the request unless told: what must not be done twice is sent once. "
             "priority: \"relay\", \"payment\", \"reading\" or \"background\". Raises QueueFull.")
        .def("cancel", [](line& self, std::uint64_t id) { return self.bus.cancel(id); },
             py::arg("job_id"), "Takes back a job not yet sent; False when there is none.")
        .def("frame_counters",
             [](const line& self) {
                 const auto& all = self.bus.line();
                 py::dict out;
                 out["frames"] = all.frames;
                 out["bad_checksum"] = all.bad_checksum;
                 out["bad_end"] = all.bad_end;
                 out["no_second_start"] = all.no_second_start;
                 out["truncated"] = all.truncated;
                 out["garbage_bytes"] = all.garbage_bytes;
                 return out;
             },
             "What its framer has seen, by name.")
        .def("events", &events, "The events since the last call, oldest first.")
        .def_property_readonly("counters", &counters, "How often what happened, by name.");
    bind_sans_io(type, [](line& self) -> link::bus& { return self.bus; });
}

}  // namespace wattpurse::python
