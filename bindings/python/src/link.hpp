// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include <pybind11/pybind11.h>

#include <wattpurse/link/exchange.hpp>

#include "bytes.hpp"
#include "time.hpp"

namespace wattpurse::python {

namespace py = pybind11;

/// "relay", "payment", "reading", "background".
[[nodiscard]] link::priority priority_of(const std::string& name);
/// 1 to 255.
[[nodiscard]] std::uint8_t attempts_of(py::handle value);
[[noreturn]] void raise_queue_full(std::size_t jobs);

/// The methods that all sans-IO objects share; `part` gives the C++ object.
template <class Class, class Part>
void bind_sans_io(Class& type, Part part)
{
    using self_type = typename Class::type;
    type.def("receive",
             [part](self_type& self, py::handle data, py::handle now) {
                 const borrowed_bytes held{data, "data"};
                 part(self).receive(held.span(), instant_of(now, "now"));
             },
             py::arg("data"), py::arg("now"), "Bytes as they come; `now` is an aware datetime.")
        .def("advance",
             [part](self_type& self, py::handle now) {
                 part(self).advance(instant_of(now, "now"));
             },
             py::arg("now"), "Time has passed: jobs may start or time out.")
        .def("next_deadline",
             [part](self_type& self) -> py::object {
                 const instant at = part(self).next_deadline();
                 if (at == instant::max()) return py::none();
                 return datetime_from(std::max(at, instant{}));
             },
             "When to call `advance` next; in the past means at once, None that there is nothing "
             "to do.")
        .def("pending_output",
             [part](self_type& self) { return bytes_from(part(self).pending_output()); },
             "Bytes to be sent now, until they have been consumed.")
        .def("consume", [part](self_type& self, std::size_t count) { part(self).consume(count); },
             py::arg("count"), "So many of them have been sent.")
        .def("reconnected", [part](self_type& self) { part(self).reconnected(); },
             "The connection was made anew: half-sent and half-received bytes are void.")
        .def_property_readonly("idle", [part](self_type& self) { return part(self).idle(); },
                               "Nothing asked, nothing queued.")
        .def_property_readonly("queued", [part](self_type& self) { return part(self).queued(); },
                               "Jobs that wait.");
}

}  // namespace wattpurse::python
