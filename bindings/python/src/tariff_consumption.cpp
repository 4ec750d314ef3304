// SPDX-License-Identifier: Apache-2.0
// What was used: rows.
#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include <wattpurse/base/quantity.hpp>

#include "bytes.hpp"
#include "errors.hpp"
#include "number.hpp"
#include "tariff.hpp"
#include "time.hpp"

namespace wattpurse::python {

namespace {

using tariff::channel;
using tariff::consumption_row;

constexpr channel channels[] = {channel::import, channel::export_, channel::reactive,
                                channel::purchase, channel::demand};
constexpr quality qualities[] = {quality::good, quality::estimated, quality::suspect,
                                 quality::rejected};

quality quality_of(py::handle value, const std::string& place)
{
    if (PyUnicode_Check(value.ptr())) {
        const auto text = value.cast<std::string>();
        for (const quality each : qualities) {
            if (text == to_string(each)) return each;
        }
    }
    raise("InvalidValue", {place, shown(value), "'good', 'estimated', 'suspect' or 'rejected'",
                           "syntax"});
}

/// "T1" to "T4" or None.
std::int8_t register_of(py::handle value, const std::string& place)
{
    if (value.is_none()) return tariff::no_index;
    if (PyUnicode_Check(value.ptr())) {
        const auto text = value.cast<std::string>();
        if (text.size() == 2 && text[0] == 'T' && text[1] >= '1' && text[1] <= '4') {
            return static_cast<std::int8_t>(text[1] - '1');
        }
    }
    raise("InvalidValue", {place, shown(value), "'T1', 'T2', 'T3', 'T4' or None", "syntax"});
}

std::uint16_t meter_of(py::handle value, const tariff::consumption& in, const std::string& place)
{
    const auto found = PyUnicode_Check(value.ptr())
                           ? std::find(in.meters.begin(), in.meters.end(),
                                       value.cast<std::string>())
                           : in.meters.end();
    if (value.is_none()) return 0;
    if (found == in.meters.end()) {
        std::string names;
        for (const std::string& each : in.meters) {
            names += (names.empty() ? "'" : ", '") + each + "'";
        }
        raise("InvalidValue", {place, shown(value), "one of the meters: " + names, "not_found"});
    }
    return static_cast<std::uint16_t>(found - in.meters.begin());
}

/// (start, until, quantity[, channel[, register[, quality[, meter]]]]).
consumption_row row_from(const py::sequence& given, const tariff::consumption& in,
                         const std::string& place)
{
    const std::size_t size = given.size();
    if (size < 3 || size > 7) {
        raise("InvalidValue", {place, shown(given),
                               "(start, until, quantity) and perhaps channel, register, quality, "
                               "meter", "syntax"});
    }
    consumption_row out;
    const py::object start = given[0];
    const py::object until = given[1];
    out.from = instant_of(start, (place + ".start").c_str());
    out.until = instant_of(until, (place + ".until").c_str());
    const py::object quantity = given[2];
    out.quantity = scalar_of(quantity, (place + ".quantity").c_str());
    if (size > 3) out.what = channel_of(py::object{given[3]}, (place + ".channel").c_str());
    if (size > 4) out.register_index = register_of(py::object{given[4]}, place + ".register");
    if (size > 5) out.quality = quality_of(py::object{given[5]}, place + ".quality");
    if (size > 6) out.meter = meter_of(py::object{given[6]}, in, place + ".meter");
    return out;
}

/// All of them or none: what is wrong with one leaves the others out too.
void add_rows(shared_consumption& self, const py::iterable& rows)
{
    std::vector<consumption_row> read;
    std::size_t number = self.get().rows.size();
    for (const py::handle each : rows) {
        const std::string place = "rows[" + std::to_string(number++) + "]";
        if (!py::isinstance<py::sequence>(each) || PyUnicode_Check(each.ptr())) {
            raise("WrongType", {place, shown(each), "(start, until, quantity, ...)", "type"});
        }
        read.push_back(row_from(py::reinterpret_borrow<py::sequence>(each), self.get(), place));
    }
    auto& into = self.change().rows;
    into.insert(into.end(), read.begin(), read.end());
}

void add_intervals(shared_consumption& self, const py::object& start, const py::object& step,
                   const py::iterable& quantities, const py::object& what,
                   const py::object& place_of_band, const py::object& trust,
                   const py::object& meter)
{
    consumption_row row;
    row.what = channel_of(what, "channel");
    row.register_index = register_of(place_of_band, "register");
    row.quality = quality_of(trust, "quality");
    row.meter = meter_of(meter, self.get(), "meter");
    row.from = instant_of(start, "start");
    const duration length = duration_of(step, "step");
    if (length <= duration{0}) {
        raise("InvalidValue", {"step", shown(step), "a length above zero", "out_of_range"});
    }
    std::vector<consumption_row> read;
    for (const py::handle each : quantities) {
        row.until = row.from + length;
        if (!each.is_none()) {  // nobody knows: a gap
            const std::string place = "quantities[" + std::to_string(read.size()) + "]";
            row.quantity = scalar_of(each, place.c_str());
            read.push_back(row);
        }
        row.from = row.until;
    }
    auto& into = self.change().rows;
    into.insert(into.end(), read.begin(), read.end());
}

py::list rows_of(const shared_consumption& self)
{
    const tariff::consumption& in = self.get();
    py::list out;
    for (const consumption_row& row : in.rows) {
        py::object name = py::none();
        if (row.register_index >= 0) {
            name = py::str("T" + std::to_string(row.register_index + 1));
        }
        out.append(py::make_tuple(datetime_from(row.from), datetime_from(row.until),
                                  number_from(row.quantity),
                                  str_from(to_string(row.what)), name,
                                  str_from(to_string(row.quality)), in.meters.at(row.meter)));
    }
    return out;
}

/// (start of the first row, end of the last), or None.
py::object span_of(const shared_consumption& self)
{
    const auto& rows = self.get().rows;
    if (rows.empty()) return py::none();
    instant first = rows.front().from;
    instant last = rows.front().until;
    for (const consumption_row& row : rows) {
        first = std::min(first, row.from);
        last = std::max(last, row.until);
    }
    return py::make_tuple(datetime_from(first), datetime_from(last));
}

/// What several registers counted in one time, as one row of no register.
shared_consumption merged(const shared_consumption& self)
{
    std::map<std::tuple<instant, instant, std::uint16_t, channel, quality>, std::size_t> known;
    tariff::consumption out = self.get();
    out.rows.clear();
    for (consumption_row row : self.get().rows) {
        const bool had_register = std::exchange(row.register_index, tariff::no_index) >= 0;
        const auto [place, is_new] = known.try_emplace(
            {row.from, row.until, row.meter, row.what, row.quality}, out.rows.size());
        if (had_register && !is_new) {
            tariff::scalar& sum = out.rows[place->second].quantity;
            sum = value_of(sum + row.quantity, {"rows", "", "quantities whose sum fits"});
            continue;
        }
        out.rows.push_back(row);
    }
    return shared_consumption{std::move(out)};
}

void set_meters(shared_consumption& self, const py::iterable& meters)
{
    if (!self.get().rows.empty()) {
        raise("Conflict", {"meters", "rows", "meters that are named before there are rows",
                           "already_exists"});
    }
    std::vector<std::string> out;
    for (const py::handle each : meters) {
        if (!PyUnicode_Check(each.ptr())) {
            raise("WrongType", {"meters", shown(each), "a name", "type"});
        }
        auto name = each.cast<std::string>();
        if (std::find(out.begin(), out.end(), name) != out.end()) {
            raise("InvalidValue", {"meters", shown(each), "each meter once", "already_exists"});
        }
        out.push_back(std::move(name));
    }
    if (out.empty()) {
        raise("InvalidValue", {"meters", "none", "at least one meter", "empty"});
    }
    self.change().meters = std::move(out);
}

}  // namespace

channel channel_of(py::handle value, const char* place)
{
    if (PyUnicode_Check(value.ptr())) {
        const auto text = value.cast<std::string>();
        for (const channel each : channels) {
            if (text == to_string(each)) return each;
        }
    }
    raise("InvalidValue", {place, shown(value),
                           "'import', 'export', 'reactive', 'purchase' or 'demand'", "syntax"});
}

tariff::scalar scalar_of(py::handle value, const char* place)
{
    if (py::isinstance<energy>(value)) {
        return tariff::scalar::of(value.cast<energy>().mantissa());
    }
    if (py::isinstance<power>(value)) {
        return tariff::scalar::of(value.cast<power>().mantissa());
    }
    return number_of<tariff::scalar::scale>(value, place);
}

consumption_ptr consumption_of(py::handle value, const char* place)
{
    if (!py::isinstance<shared_consumption>(value)) {
        raise("WrongType", {place, shown(value), "a wattpurse.tariff.Consumption", "type"});
    }
    return value.cast<const shared_consumption&>().share();
}

void bind_tariff_consumption(py::module_& to)
{
    py::class_<shared_consumption>(
        to, "Consumption", "Everything about an account that its tariff may ask for.")
        // It cannot fail: what Python's own __init__ then refuses is an object all the same.
        .def(py::init<>(), "Without rows, of one meter \"main\".")
        .def("set_meters", &set_meters, py::arg("meters"),
             "Names the meters, at least one, before there are rows.")
        .def_property_readonly("meters", [](const shared_consumption& self) {
            py::list out;
            for (const std::string& each : self.get().meters) out.append(each);
            return out;
        }, "Names of the meters.")
        .def("add_rows", &add_rows, py::arg("rows"),
             "Adds (start, until, quantity[, channel[, register[, quality[, meter]]]]).")
        .def("add_intervals", &add_intervals, py::arg("start"), py::arg("step"),
             py::arg("quantities"), py::kw_only(), py::arg("channel") = "import",
             py::arg("register") = py::none(), py::arg("quality") = "good",
             py::arg("meter") = py::none(),
             "Adds rows that follow one another, each `step` long, the first from `start` on.\n\n"
             "quantities: numbers of kWh (kvarh, kW); None where nobody knows, which is a gap.")
        .def("row_tuples", &rows_of, "What `add_rows` would add, times in UTC.")
        .def_property_readonly("span", &span_of,
                               "(start, until) of all rows in UTC; None without rows.")
        .def("merged", &merged,
             "The same without registers: what they counted in one time is one row.")
        .def("__len__", [](const shared_consumption& self) { return self.get().rows.size(); })
        .def("__eq__", [](const shared_consumption& a, const shared_consumption& b) {
            return a.get() == b.get();
        }, py::is_operator())
        .def("__copy__", [](const shared_consumption& self) { return self; });
    bind_tariff_account(to);
}

}  // namespace wattpurse::python
