// SPDX-License-Identifier: Apache-2.0
// What a tariff asks of an account beside its energy.
#include <string>

#include <wattpurse/adapter/json/account.hpp>

#include "errors.hpp"
#include "number.hpp"
#include "tariff.hpp"
#include "time.hpp"

namespace wattpurse::python {

namespace {

void add_attribute(shared_consumption& self, const std::string& name, const py::object& value,
                   const py::object& since)
{
    const std::string place = "attributes['" + name + "']";
    tariff::attribute_value out;
    out.name = name;
    out.value = scalar_of(value, place.c_str());
    out.from = since.is_none() ? instant::min() : instant_of(since, (place + ".since").c_str());
    self.change().attributes.push_back(std::move(out));
}

py::list attributes_of(const shared_consumption& self)
{
    py::list out;
    for (const tariff::attribute_value& each : self.get().attributes) {
        py::object since = py::none();
        if (each.from != instant::min()) since = datetime_from(each.from);
        out.append(py::make_tuple(each.name, number_from(each.value), since));
    }
    return out;
}

void add_opening(shared_consumption& self, const std::string& determinant,
                 const py::object& quantity, const std::string& band)
{
    const std::string place = "openings['" + determinant + "']";
    self.change().openings.push_back({determinant, band, scalar_of(quantity, place.c_str())});
}

py::list openings_of(const shared_consumption& self)
{
    py::list out;
    for (const tariff::opening& each : self.get().openings) {
        out.append(py::make_tuple(each.determinant, number_from(each.quantity), each.band));
    }
    return out;
}

void add_past(shared_consumption& self, const std::string& determinant, const py::object& month,
              const py::object& value)
{
    const std::string place = "past['" + determinant + "']";
    const tariff::civil_day day = day_of(month, (place + ".month").c_str());
    self.change().past.push_back(
        {determinant, tariff::month_start(day), scalar_of(value, place.c_str())});
}

py::list past_of(const shared_consumption& self)
{
    py::list out;
    for (const tariff::past_value& each : self.get().past) {
        out.append(py::make_tuple(each.determinant, date_from(each.month),
                                  number_from(each.value)));
    }
    return out;
}

void add_credit(shared_consumption& self, const std::string& of, const py::object& quantity,
                const py::object& earned, const py::object& expires)
{
    const std::string place = "credits['" + of + "']";
    tariff::credit out;
    out.of = of;
    out.earned = day_of(earned, (place + ".earned").c_str());
    out.expires = day_of(expires, (place + ".expires").c_str());
    if (out.expires <= out.earned) {
        raise("InvalidValue", {place + ".expires", shown(expires), "a day after it was earned",
                               "out_of_range"});
    }
    out.quantity = number_of<tariff::amount::scale>(quantity, place.c_str());
    self.change().credits.push_back(std::move(out));
}

py::list credits_of(const shared_consumption& self)
{
    py::list out;
    for (const tariff::credit& each : self.get().credits) {
        out.append(py::make_tuple(each.of, number_from(each.quantity), date_from(each.earned),
                                  date_from(each.expires)));
    }
    return out;
}

void add_prices(shared_consumption& self, const std::string& name, const py::object& start,
                const py::object& step, const py::iterable& values)
{
    const std::string place = "prices['" + name + "']";
    tariff::price_series out;
    out.name = name;
    out.from = instant_of(start, (place + ".start").c_str());
    out.step = duration_of(step, (place + ".step").c_str());
    if (out.step <= duration{0}) {
        raise("InvalidValue", {place + ".step", shown(step), "a length above zero",
                               "out_of_range"});
    }
    for (const py::handle each : values) {
        const std::string at = place + "[" + std::to_string(out.prices.size()) + "]";
        out.prices.push_back(number_of<tariff::unit_price::scale>(each, at.c_str()));
    }
    self.change().prices.push_back(std::move(out));
}

py::list prices_of(const shared_consumption& self)
{
    py::list out;
    for (const tariff::price_series& each : self.get().prices) {
        py::list values;
        for (const tariff::unit_price price : each.prices) values.append(number_from(price));
        out.append(py::make_tuple(each.name, datetime_from(each.from), timedelta_from(each.step),
                                  values));
    }
    return out;
}

py::list events_of(const shared_consumption& self)
{
    py::list out;
    for (const tariff::event_day& each : self.get().events) {
        out.append(py::make_tuple(each.name, date_from(each.day)));
    }
    return out;
}

py::object moment_or_none(const std::optional<instant>& at)
{
    return at ? datetime_from(*at) : py::none();
}

std::optional<instant> optional_instant(const py::object& value, const char* place)
{
    if (value.is_none()) return std::nullopt;
    return instant_of(value, place);
}

shared_consumption loaded(const std::string& text, const py::object& by)
{
    auto read = adapter::json::load_account(text, tariff_of(by).zone);
    if (!read) {
        raise(read.error(), "the account has faults");
    }
    return shared_consumption{*std::move(read)};
}

using type_of_consumption = py::class_<shared_consumption>;

void bind_adders(type_of_consumption& type)
{
    type.def("add_attribute", &add_attribute, py::arg("name"), py::arg("value"),
             py::arg("since") = py::none(),
             "The value of an attribute, from a moment on (None: since ever).")
        .def("add_opening", &add_opening, py::arg("determinant"), py::arg("quantity"),
             py::arg("band") = "",
             "What a determinant had counted in its scope before the first row.")
        .def("add_past", &add_past, py::arg("determinant"), py::arg("month"), py::arg("value"),
             "The value a determinant had in a month before (a day of it): for ratchets.")
        .def("add_credit", &add_credit, py::arg("of"), py::arg("quantity"), py::arg("earned"),
             py::arg("expires"), "kWh or money kept from an earlier period.")
        .def("add_prices", &add_prices, py::arg("name"), py::arg("start"), py::arg("step"),
             py::arg("values"), "Prices by the interval, the first from `start` on.")
        .def("add_event", [](shared_consumption& self, const std::string& name,
                             const py::object& day) {
            self.change().events.push_back({name, day_of(day, "day")});
        }, py::arg("name"), py::arg("day"), "A day that was announced under a name.");
}

void bind_lists(type_of_consumption& type)
{
    type.def_property_readonly("attributes", &attributes_of, "(name, value, since) tuples.")
        .def_property_readonly("openings", &openings_of, "(determinant, quantity, band) tuples.")
        .def_property_readonly("past", &past_of, "(determinant, month, value) tuples.")
        .def_property_readonly("credits", &credits_of, "(of, quantity, earned, expires) tuples.")
        .def_property_readonly("prices", &prices_of, "(name, start, step, values) tuples.")
        .def_property_readonly("events", &events_of, "(name, day) tuples.")
        .def_property("service_from", [](const shared_consumption& self) {
            return moment_or_none(self.get().service_from);
        }, [](shared_consumption& self, const py::object& at) {
            self.change().service_from = optional_instant(at, "service_from");
        }, "When service begins (an aware datetime); None: since ever.")
        .def_property("service_until", [](const shared_consumption& self) {
            return moment_or_none(self.get().service_until);
        }, [](shared_consumption& self, const py::object& at) {
            self.change().service_until = optional_instant(at, "service_until");
        }, "When service ends (an aware datetime); None: never.")
        .def_property("carried", [](const shared_consumption& self) {
            return number_from(self.get().carried);
        }, [](shared_consumption& self, const py::object& amount) {
            self.change().carried = number_of<tariff::amount::scale>(amount, "carried");
        }, "What the bill before left for this one, in the tariff's currency.");
}

}  // namespace

void bind_tariff_account(py::module_& to)
{
    auto type = py::reinterpret_borrow<type_of_consumption>(to.attr("Consumption"));
    bind_adders(type);
    bind_lists(type);
    to.def("load_account", &loaded, py::arg("text"), py::arg("tariff"),
           "A Consumption without rows from the text of an account's file (format "
           "\"wattpurse-account/1\"); days begin as in the tariff's zone.");
}

}  // namespace wattpurse::python
