// SPDX-License-Identifier: Apache-2.0
// wattpurse.Tariff: read from a text, checked, never changed.
#include "tariff.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <pybind11/operators.h>

#include <wattpurse/adapter/json/tariff.hpp>
#if WATTPURSE_WITH_TZ
#include <wattpurse/adapter/tz/zone.hpp>
#endif

#include "areas.hpp"
#include "errors.hpp"

namespace wattpurse::python {

namespace {

using holder = std::shared_ptr<checked_tariff>;

adapter::json::zone_finder zones()
{
#if WATTPURSE_WITH_TZ
    return [](std::string_view name) { return adapter::tz::find_zone(name); };
#else
    return {};
#endif
}

holder loaded(const py::object& given)
{
    if (!PyUnicode_Check(given.ptr())) {
        raise("WrongType", {"text", shown(given),
                            "the text of a tariff file; a dict: Tariff.from_dict", "type"});
    }
    auto text = given.cast<std::string>();
    auto read = adapter::json::load_tariff(text, zones());
    if (!read) {
        raise(read.error(), "the tariff has faults");
    }
    return std::make_shared<checked_tariff>(checked_tariff{std::move(text), *std::move(read)});
}

py::list band_names(const checked_tariff& self)
{
    py::list out;
    for (const tariff::band& each : self.value.bands) {
        out.append(each.name);
    }
    return out;
}

bool has_registers(const checked_tariff& self)
{
    const auto& bands = self.value.bands;
    return std::any_of(bands.begin(), bands.end(), [](const tariff::band& each) {
        return each.register_index.has_value();
    });
}

/// Of what two equal ones share whatever their texts look like.
py::ssize_t hash_of(const checked_tariff& self)
{
    return py::hash(py::make_tuple("Tariff", self.value.name, self.value.zone.name(),
                                   self.value.versions.size(), self.value.bands.size()));
}

}  // namespace

tariff_ptr tariff_pointer(py::handle value, const char* place)
{
    if (!py::isinstance<checked_tariff>(value)) {
        raise("WrongType", {place, shown(value), "a wattpurse.Tariff", "type"});
    }
    return value.cast<holder>();
}

const tariff::tariff& tariff_of(py::handle value, const char* place)
{
    return tariff_pointer(value, place)->value;
}

void bind_tariff(py::module_& to)
{
    auto area = to.def_submodule("tariff", "Tariffs: what electricity costs, and why.");
    py::class_<checked_tariff, holder>(
        area, "Tariff", "What electricity costs: prices, times and rules, checked as a whole.")
        .def(py::init(&loaded), py::arg("text"),
             "A tariff from the text of its file (JSON, format \"wattpurse-tariff/2\").\n\n"
             "Raises ValidationError with every fault: where, what stands there, what should.")
        .def_property_readonly("text", [](const checked_tariff& self) { return self.text; },
                               "The text it was read from.")
        .def_property_readonly("name", [](const checked_tariff& self) { return self.value.name; },
                               "\"Zhejiang residential\".")
        .def_property_readonly("source",
                               [](const checked_tariff& self) { return self.value.source; },
                               "Where its prices were published, and when; may be empty.")
        .def_property_readonly(
            "currency",
            [](const checked_tariff& self) { return std::string{self.value.unit.code()}; },
            "Three capital letters.")
        .def_property_readonly("zone",
                               [](const checked_tariff& self) { return self.value.zone.name(); },
                               "In which its days and bands are: \"+08:00\", \"Europe/London\".")
        .def_property_readonly("bands", &band_names,
                               "Names of its time bands, in its order; none: one price all day.")
        .def_property_readonly("has_registers", &has_registers,
                               "Whether a band is known by a register of the meter.")
        .def("__eq__", [](const checked_tariff& a, const checked_tariff& b) {
                 return a.value == b.value && a.value.zone.name() == b.value.zone.name();
             }, py::is_operator())
        .def("__hash__", &hash_of)
        .def("__reduce__", [](const py::object& self) {
            return py::make_tuple(py::type::of(self), py::make_tuple(self.attr("text")));
        });
    bind_tariff_period(area);
    bind_tariff_consumption(area);
    bind_tariff_bill(area);
    bind_tariff_units(area);
    bind_tariff_questions(area);
}

}  // namespace wattpurse::python
