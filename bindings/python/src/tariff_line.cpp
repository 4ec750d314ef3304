// SPDX-License-Identifier: Apache-2.0
// The lines of a bill, and the postings that bring books to them.
#include <string>

#include <wattpurse/tariff/explain.hpp>

#include "bytes.hpp"
#include "errors.hpp"
#include "number.hpp"
#include "tariff_bill.hpp"
#include "time.hpp"

namespace wattpurse::python {

namespace {

py::object bound_of(const std::optional<tariff::scalar>& value)
{
    return value ? number_from(*value) : py::none();
}

using line_type = py::class_<shown_line, std::shared_ptr<shown_line>>;

void bind_names(line_type& type)
{
    type.def_property_readonly("id", [](const shown_line& self) {
            return str_from(self.value.id.view());
        }, "\"energy.2.peak\": what postings are made on.")
        .def_property_readonly("rule", [](const shown_line& self) { return self.value.rule; },
                               "Line of the charge or adjustment that it comes from.")
        .def_property_readonly("kind", [](const shown_line& self) {
            return str_from(to_string(self.value.kind));
        }, "\"charge\", \"fee\", \"percent\", \"minimum\", \"maximum\", \"bank\" or \"residue\".")
        .def_property_readonly("version",
                               [](const shown_line& self) { return self.value.version; },
                               "Name of the version; empty where the tariff has one in the period.")
        .def_property_readonly("tier", [](const shown_line& self) { return self.value.tier; },
                               "Name of the tier; empty where there is one.")
        .def_property_readonly("band", [](const shown_line& self) { return self.value.band; },
                               "Name of the band; empty where prices are not by band.")
        .def_property_readonly("tags", [](const shown_line& self) {
            py::list out;
            for (const std::string& each : self.value.tags) out.append(each);
            return out;
        }, "What adjustments call it by.")
        .def("title", [](const shown_line& self, const py::object& lang) {
            return tariff::title_of(self.value, language_of(lang));
        }, py::arg("lang") = "en", "\"energy tier 2 (above 230 to 400 kWh) peak\".")
        .def("explain", [](const shown_line& self, const py::object& lang) {
            return tariff::explain(self.value, language_of(lang));
        }, py::arg("lang") = "en",
             "With its arithmetic, to be checked by hand: \"energy peak 120.50 kWh x 0.568 CNY/kWh "
             "= 68.444 CNY\".");
}

void bind_numbers(line_type& type)
{
    type.def_property_readonly("start", [](const shown_line& self) {
            return shown_moment(self.value.from, self.by->value.zone);
        }, "The first moment of the stretch that it is for.")
        .def_property_readonly("until", [](const shown_line& self) {
            return shown_moment(self.value.until, self.by->value.zone);
        }, "The first moment after it.")
        .def_property_readonly("above", [](const shown_line& self) {
            return bound_of(self.value.above);
        }, "Lower bound of the tier, a Decimal, or None.")
        .def_property_readonly("up_to", [](const shown_line& self) {
            return bound_of(self.value.up_to);
        }, "Upper bound of the tier, a Decimal, or None.")
        .def_property_readonly("quantity", [](const shown_line& self) {
            return number_from(self.value.quantity);
        }, "A Decimal of 4 places, of `unit`.")
        .def_property_readonly("unit", [](const shown_line& self) { return self.value.unit; },
                               "\"kWh\".")
        .def_property_readonly("price", [](const shown_line& self) {
            return number_from(self.value.price);
        }, "A Decimal of 8 places: money for one unit, or the share of `base`.")
        .def_property_readonly("is_average",
                               [](const shown_line& self) { return self.value.is_average; },
                               "Prices differed within the line: `price` is their mean.")
        .def_property_readonly("share", [](const shown_line& self) {
            return py::make_tuple(self.value.share.part, self.value.share.whole);
        }, "(part, whole): the part of the quantity that counts, as days of days.")
        .def_property_readonly("base", [](const shown_line& self) {
            return money{self.value.base.amount(), self.value.amount.unit()};  // of a charge: none
        }, "What an adjustment is computed from, Money; zero for a charge.")
        .def_property_readonly("amount", [](const shown_line& self) { return self.value.amount; },
                               "Money, positive where the customer owes it.")
        .def_property_readonly("rounding", [](const shown_line& self) {
            return py::make_tuple(number_from(self.value.rounding.increment),
                                  str_from(to_string(self.value.rounding.mode)));
        }, "(increment, mode): how the exact amount became `amount`.")
        .def_property_readonly("residue", [](const shown_line& self) {
            return number_from(self.value.residue);
        }, "The exact amount less `amount`, a Decimal of 12 places.");
}

std::vector<tariff::line> values_of(py::handle lines)
{
    std::vector<tariff::line> out;
    for (const py::handle each : lines) out.push_back(each.cast<const shown_line&>().value);
    return out;
}

std::vector<tariff::booked_amount> booked_of(const py::dict& given)
{
    std::vector<tariff::booked_amount> out;
    for (const auto& [id, amount] : given) {
        if (!PyUnicode_Check(id.ptr()) || !py::isinstance<money>(amount)) {
            raise("WrongType", {"booked", shown(id) + ": " + shown(amount),
                                "the id of a line and its Money", "type"});
        }
        const auto name = value_of(line_id::parse(id.cast<std::string>()),
                                   {"booked", shown(id), "the id of a line"});
        out.push_back({name, amount.cast<money>()});
    }
    return out;
}

/// (line, owed, now, booked).
py::list difference(const py::list& now, const py::dict& booked, const py::object& unit)
{
    const auto all = value_of(
        tariff::difference(values_of(now), booked_of(booked), currency_of(unit)),
        {"booked", shown(booked), "amounts of one currency that fit"});
    py::list out;
    for (const tariff::deduction& each : all) {
        out.append(py::make_tuple(str_from(each.line.view()), each.owed, each.now, each.booked));
    }
    return out;
}

}  // namespace

py::list lines_of(const std::vector<tariff::line>& all, const tariff_ptr& by)
{
    py::list out;
    for (const tariff::line& each : all) {
        out.append(std::make_shared<shown_line>(shown_line{each, by}));
    }
    return out;
}

void bind_tariff_line(py::module_& to)
{
    line_type type{to, "Line", "One line of a bill, with everything that explains it."};
    bind_names(type);
    bind_numbers(type);
    type.def("__eq__", [](const shown_line& a, const shown_line& b) { return a.value == b.value; },
             py::is_operator())
        .def("__hash__", [](const shown_line& self) {
            return py::hash(py::make_tuple("Line", str_from(self.value.id.view()),
                                           self.value.amount.mantissa()));
        })
        .def("__repr__", [](const shown_line& self) {
            return "<Line " + std::string{self.value.id.view()} + ": " +
                   to_string(self.value.amount) + ">";
        });
    to.def("difference", &difference, py::arg("lines"), py::arg("booked"), py::arg("currency"),
           "The postings (line, owed, now, booked) that bring the books to the lines.");
}

}  // namespace wattpurse::python
