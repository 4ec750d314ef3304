// SPDX-License-Identifier: Apache-2.0
// Days, moments and billing periods.
#include "tariff.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <vector>

#include <datetime.h>

#include "bytes.hpp"
#include "errors.hpp"
#include "time.hpp"

namespace wattpurse::python {

namespace {

using tariff::civil_day;

constexpr const char* day_form = "a datetime.date, or a day as '2026-01-31'";

/// The years that a Python datetime can show.
bool can_show(instant at)
{
    const auto first = std::chrono::sys_days{std::chrono::year{2} / 1 / 1};
    const auto last = std::chrono::sys_days{std::chrono::year{9998} / 1 / 1};
    return at > first && at < last;
}

fixed_zone offset_at(py::handle moment)
{
    const duration offset = duration_of(moment.attr("utcoffset")(), "utcoffset");
    return fixed_zone{std::chrono::duration_cast<std::chrono::minutes>(offset)};
}

shown_period made_period(const std::string& name, py::handle start, py::handle until)
{
    shown_period out;
    out.value.id = value_of(period_id::parse(name),
                            {"id", "'" + name + "'", "a name without blanks, as '2026-01'"});
    out.value.from = instant_of(start, "start");
    out.value.until = instant_of(until, "until");
    if (out.value.until <= out.value.from) {
        raise("InvalidValue", {"until", shown(until), "a moment after the start", "out_of_range"});
    }
    out.at_start = offset_at(start);
    out.at_end = offset_at(until);
    return out;
}

/// A whole month bears the name of the month, any other stretch that of its first day.
tariff::period between(civil_day first, civil_day until, const tariff::civil_zone& zone)
{
    const bool is_month =
        tariff::month_start(first) == first && tariff::month_start(first, 1) == until;
    return is_month ? tariff::period_at(zone.start_of(first), zone)
                    : tariff::period_between(first, until, zone);
}

shown_period period_with(const py::object& by, const py::object& when, const py::object& until)
{
    const tariff::civil_zone& zone = tariff_of(by).zone;
    if (!until.is_none()) {
        const civil_day first = day_of(when, "when");
        const civil_day last = day_of(until, "until");
        if (last <= first) {
            raise("InvalidValue", {"until", shown(until), "a day after the first", "out_of_range"});
        }
        return shown_in(between(first, last, zone), zone);
    }
    if (PyUnicode_Check(when.ptr()) && py::len(when) == 7) {
        const error_details wrong{"when", shown(when), "a month, as '2026-01'"};
        const auto id = value_of(period_id::parse(when.cast<std::string>()), wrong);
        return shown_in(value_of(tariff::period_of(id, zone), wrong), zone);
    }
    if (PyDateTime_Check(when.ptr())) {
        return shown_in(tariff::period_at(instant_of(when, "when"), zone), zone);
    }
    return shown_in(tariff::period_at(zone.start_of(day_of(when, "when")), zone), zone);
}

py::list periods_with(const py::object& by, const py::object& first, const py::object& until)
{
    const tariff::civil_zone& zone = tariff_of(by).zone;
    const civil_day last = day_of(until, "until");
    civil_day day = day_of(first, "first");
    if (last <= day) {
        raise("InvalidValue", {"until", shown(until), "a day after the first", "out_of_range"});
    }
    py::list out;
    while (day < last) {
        const civil_day next = std::min(last, tariff::month_start(day, 1));
        out.append(shown_in(between(day, next, zone), zone));
        day = next;
    }
    return out;
}

}  // namespace

shown_period shown_in(const tariff::period& value, const tariff::civil_zone& zone)
{
    return {value, zone.at(value.from), zone.at(value.until)};
}

const tariff::period& period_of(py::handle value, const char* place)
{
    if (!py::isinstance<shown_period>(value)) {
        raise("WrongType", {place, shown(value), "a Period, as tariff.period('2026-01') makes",
                            "type"});
    }
    return value.cast<const shown_period&>().value;
}

civil_day day_of(py::handle value, const char* place)
{
    if (PyUnicode_Check(value.ptr())) {
        return value_of(tariff::parse_day(value.cast<std::string>()),
                        {place, shown(value), day_form});
    }
    if (!PyDate_Check(value.ptr()) || PyDateTime_Check(value.ptr())) {
        raise("WrongType", {place, shown(value), day_form, "type"});
    }
    return value_of(tariff::day_of(PyDateTime_GET_YEAR(value.ptr()),
                                   PyDateTime_GET_MONTH(value.ptr()),
                                   PyDateTime_GET_DAY(value.ptr())),
                    {place, shown(value), day_form});
}

py::object date_from(civil_day day)
{
    const std::chrono::year_month_day date{day};
    auto made = py::reinterpret_steal<py::object>(
        PyDate_FromDate(static_cast<int>(date.year()),
                        static_cast<int>(static_cast<unsigned>(date.month())),
                        static_cast<int>(static_cast<unsigned>(date.day()))));
    if (!made) throw py::error_already_set();
    return made;
}

py::object shown_moment(instant at, const tariff::civil_zone& zone)
{
    if (!can_show(at)) return py::none();
    return datetime_from(at, zone.at(at));
}

tariff::language language_of(py::handle value)
{
    if (PyUnicode_Check(value.ptr())) {
        const auto text = value.cast<std::string>();
        if (text == "en") return tariff::language::english;
        if (text == "zh") return tariff::language::chinese;
    }
    raise(PyUnicode_Check(value.ptr()) ? "InvalidValue" : "WrongType",
          {"lang", shown(value), "'en' or 'zh'", "syntax"});
}

std::pair<std::string, py::object> named_pair(py::handle value, const char* place)
{
    if (py::isinstance<py::sequence>(value) && !PyUnicode_Check(value.ptr()) &&
        py::len(value) == 2) {
        const auto pair = py::reinterpret_borrow<py::sequence>(value);
        const py::object name = pair[0];
        if (PyUnicode_Check(name.ptr())) return {name.cast<std::string>(), pair[1]};
    }
    raise("WrongType", {place, shown(value), "a pair of a name and its value", "type"});
}

void bind_tariff_period(py::module_& to)
{
    PyDateTime_IMPORT;
    if (PyDateTimeAPI == nullptr) throw py::error_already_set();
    py::class_<shown_period>(to, "Period",
                             "A billing period: its name, and [start, until) on the time line.")
        .def(py::init(&made_period), py::arg("id"), py::arg("start"), py::arg("until"),
             "id: its name, \"2026-01\"; start, until: aware datetimes.")
        .def_property_readonly("id", [](const shown_period& self) {
            return str_from(self.value.id.view());
        }, "\"2026-01\" for a month, else its first day.")
        .def_property_readonly("start", [](const shown_period& self) {
            return datetime_from(self.value.from, self.at_start);
        }, "Its first moment, as clocks of the tariff's zone show it.")
        .def_property_readonly("until", [](const shown_period& self) {
            return datetime_from(self.value.until, self.at_end);
        }, "The first moment after it.")
        .def("__eq__", [](const shown_period& a, const shown_period& b) {
            return a.value == b.value;
        }, py::is_operator())
        .def("__hash__", [](const shown_period& self) {
            return py::hash(py::make_tuple("Period", str_from(self.value.id.view()),
                                           self.value.from.time_since_epoch().count()));
        })
        .def("__repr__", [](const shown_period& self) {
            return "<Period " + std::string{self.value.id.view()} + ": " +
                   std::string{iso8601(self.value.from, self.at_start).view()} + " until " +
                   std::string{iso8601(self.value.until, self.at_end).view()} + ">";
        })
        .def("__reduce__", [](const py::object& self) {
            return py::make_tuple(py::type::of(self),
                                  py::make_tuple(self.attr("id"), self.attr("start"),
                                                 self.attr("until")));
        });
    to.def("period", &period_with, py::arg("tariff"), py::arg("when"),
           py::arg("until") = py::none(),
           "The month \"2026-01\", or that of a day or moment; with `until`, from a day until "
           "another.");
    to.def("periods", &periods_with, py::arg("tariff"), py::arg("first"), py::arg("until"),
           "The months from a day until another, the first and last cut to these days.");
}

}  // namespace wattpurse::python
