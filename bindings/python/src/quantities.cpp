// SPDX-License-Identifier: Apache-2.0
// Energy, power and price: one template of what they share, and what physics allows of each.
#include "quantities.hpp"

#include <optional>
#include <string>

#include <pybind11/operators.h>

#include <wattpurse/base/quantity.hpp>

#include "areas.hpp"
#include "errors.hpp"
#include "number.hpp"

namespace wattpurse::python {

void bind_money(py::module_& to);

namespace {

constexpr int share_places = 8;

constexpr const char* constructor_doc = R"(The quantity of a number.

value: a decimal.Decimal, an int (NumPy's too), a str of digits, or the same quantity. A float is
    refused (FloatRefused, a TypeError): 0.1 as a float is not 0.1.
rounding: what becomes of surplus decimal places, a Rounding or its name. Without it they are an
    error (TooManyPlaces), except zeros at the end of a Decimal.
Raises InvalidValue (syntax, NaN), Overflow.)";

template <class Q>
std::string number_of_quantity(const Q& value)
{
    return to_string(value);
}

template <class Q>
Q checked(result<Q> outcome, const char* name)
{
    return value_of(std::move(outcome), {name, "", "a result that fits 63 bits"});
}

template <class Q>
Q quantity_of(py::handle value, const py::object& mode, const char* name)
{
    if (py::isinstance<Q>(value)) {
        return value.cast<Q>();
    }
    return Q::of(mantissa_of(value, Q::scale, optional_rounding_of(mode), name));
}

/// `quantity * 3`: exact, so only with a whole number; anything else takes `scaled`.
template <class Q>
py::object times_integer(const Q& self, py::handle factor, const char* name)
{
    if (PyFloat_Check(factor.ptr()) || py::hasattr(factor, "is_finite")) {
        static_cast<void>(number_text(factor, "factor"));  // a float is told so
        raise("WrongType", {"factor", shown(factor),
                            "an int; scaled(share, rounding) multiplies by a fraction", "type"});
    }
    if (PyIndex_Check(factor.ptr()) == 0 || PyBool_Check(factor.ptr())) {
        return py::reinterpret_borrow<py::object>(Py_NotImplemented);
    }
    return py::cast(checked(scaled(self, number_of<0>(factor, "factor"), rounding::exact), name));
}

template <class Q>
void bind_arithmetic(py::class_<Q>& type, const char* name)
{
    type.def("__add__", [name](Q a, Q b) { return checked(a + b, name); }, py::is_operator())
        .def("__sub__", [name](Q a, Q b) { return checked(a - b, name); }, py::is_operator())
        .def("__radd__",
             [](Q self, const py::int_& zero) -> py::object {  // sum() begins with 0
                 if (zero.equal(py::int_{0})) return py::cast(self);
                 return py::reinterpret_borrow<py::object>(Py_NotImplemented);
             }, py::is_operator())
        .def("__neg__", [](Q self) { return -self; })
        .def("__pos__", [](Q self) { return self; })
        .def("__abs__", [](Q self) { return abs(self); })
        .def("__bool__", [](Q self) { return !self.is_zero(); })
        .def(py::self == py::self)
        .def(py::self != py::self)
        .def(py::self < py::self)
        .def(py::self <= py::self)
        .def(py::self > py::self)
        .def(py::self >= py::self)
        .def("__hash__",
             [name](Q self) { return py::hash(py::make_tuple(name, self.mantissa())); })
        .def("__mul__",
             [name](Q self, const py::object& by) { return times_integer(self, by, name); },
             py::is_operator())
        .def("__rmul__",
             [name](Q self, const py::object& by) { return times_integer(self, by, name); },
             py::is_operator());
}

template <class Q>
void bind_shares(py::class_<Q>& type, const char* name)
{
    type.def("scaled",
             [name](Q self, const py::object& share, const py::object& mode) {
                 const auto part = number_of<share_places>(share, "share");
                 return checked(scaled(self, part, rounding_of(mode)), name);
             },
             py::arg("share"), py::arg("rounding"),
             "A share of the quantity (a transformer ratio, a flat's part), rounded once. `share` "
             "has at most 8 decimal places. Raises Overflow, Inexact.")
        .def("ratio",
             [](Q self, Q whole, const py::object& mode) {
                 const auto part = ratio<share_places>(self, whole, rounding_of(mode));
                 const auto found = value_of(part, {"whole", "", "a quantity other than zero"});
                 return decimal_from(text(found).view());
             },
             py::arg("whole"), py::arg("rounding"),
             "self / whole as a Decimal of 8 places. Raises DivisionByZero, Overflow, Inexact.");
}

template <class Q>
void bind_forms(py::class_<Q>& type, const char* name)
{
    type.def_property_readonly("mantissa", &Q::mantissa,
                               "The number as a whole number of its smallest steps.")
        .def_property_readonly("text", &number_of_quantity<Q>,
                               "The bare number with all its places.")
        .def("to_decimal", [](Q self) { return decimal_from(text(self).view()); },
             "The number as a decimal.Decimal with all its places.")
        .def("__repr__",
             [name](Q self) { return std::string{name} + "('" + to_string(self) + "')"; })
        .def("__format__",
             [](Q self, const py::object& form) -> py::object {
                 if (py::len(form) == 0) return py::str(py::cast(self));
                 return decimal_from(text(self).view()).attr("__format__")(form);
             },
             py::arg("format_spec"))
        .def("__copy__", [](Q self) { return self; })
        .def("__deepcopy__", [](Q self, const py::object&) { return self; }, py::arg("memo"))
        .def("__reduce__", [](const py::object& self) {
            return py::make_tuple(py::type::of(self), py::make_tuple(self.attr("text")));
        });
}

/// What energy, power and price share.
template <class Q>
py::class_<Q> bind_quantity(py::module_& to, const char* name, const char* doc)
{
    py::class_<Q> type{to, name, doc};
    type.def(py::init([name](const py::object& value, const py::object& mode) {
                 return quantity_of<Q>(value, mode, name);
             }),
             py::arg("value"), py::kw_only(), py::arg("rounding") = py::none(), constructor_doc)
        .def_static("from_mantissa",
                    [name](std::int64_t mantissa) {
                        return checked(Q::from_mantissa(mantissa), name);
                    },
                    py::arg("mantissa"), "The quantity of so many smallest steps.");
    type.attr("PLACES") = Q::scale;
    type.attr("UNIT") = py::str(Q::unit_type::symbol.data(), Q::unit_type::symbol.size());
    bind_forms(type, name);
    bind_arithmetic(type, name);
    bind_shares(type, name);
    return type;
}

template <class Q>
void bind_str(py::class_<Q>& type, const char* between)
{
    type.def("__str__", [between](Q self) {
        return to_string(self) + between + std::string{Q::unit_type::symbol};
    });
}

}  // namespace

void bind_quantities(py::module_& to)
{
    auto used = bind_quantity<energy>(to, "Energy",
        "Electrical energy in steps of 0.0001 kWh, exact; str() is \"1.5000 kWh\".");
    auto load = bind_quantity<power>(to, "Power",
        "Active power in steps of 0.0001 kW, exact; str() is \"1.5000 kW\".");
    auto each = bind_quantity<price>(to, "Price",
        "Price of energy in steps of 10^-8 of the currency unit per kWh, exact, in whatever "
        "currency the account is kept; str() is \"0.56800000/kWh\".");
    bind_str(used, " ");
    bind_str(load, " ");
    bind_str(each, "");
    bind_money(to);
    used.def("__mul__", [](energy a, price b) { return a * b; }, py::is_operator(), py::prepend(),
             "energy * price is an ExactCharge, energy * int an Energy.");
    each.def("__mul__", [](price a, energy b) { return a * b; }, py::is_operator(), py::prepend(),
             "price * energy is an ExactCharge, price * int a Price.");
}

}  // namespace wattpurse::python
