// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <pybind11/pybind11.h>

namespace wattpurse::python {

namespace py = pybind11;

/// A column of numbers, which Python sees through the buffer protocol: numpy.asarray(column) and
/// memoryview(column) copy nothing. Not changed after it has been given out.
template <class T>
struct column {
    std::vector<T> values{};
};

/// Makes the class of columns of T known; once a module.
template <class T>
void bind_column(py::module_& to, const char* name)
{
    using type = column<T>;
    py::class_<type, std::shared_ptr<type>>(to, name, py::buffer_protocol(),
                                            "A column of numbers; numpy.asarray and memoryview "
                                            "see it without a copy.")
        .def_buffer([](type& self) {
            return py::buffer_info(self.values.data(), sizeof(T),
                                   py::format_descriptor<T>::format(), 1,
                                   {static_cast<py::ssize_t>(self.values.size())},
                                   {static_cast<py::ssize_t>(sizeof(T))}, true);
        })
        .def("__len__", [](const type& self) { return self.values.size(); })
        .def("__getitem__",
             [](const type& self, py::ssize_t index) {
                 const auto size = static_cast<py::ssize_t>(self.values.size());
                 if (index < -size || index >= size) throw py::index_error();
                 return self.values[static_cast<std::size_t>(index < 0 ? index + size : index)];
             },
             py::arg("index"))
        .def("tolist", [](const type& self) {
            py::list out{self.values.size()};
            for (std::size_t i = 0; i < self.values.size(); ++i) {
                out[i] = py::int_(self.values[i]);
            }
            return out;
        });
}

template <class T>
[[nodiscard]] py::object column_object(std::vector<T>&& values)
{
    return py::cast(std::make_shared<column<T>>(column<T>{std::move(values)}));
}

}  // namespace wattpurse::python
