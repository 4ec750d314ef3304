// SPDX-License-Identifier: Apache-2.0
// Money, and the exact charge that becomes money by one rounding.
#include <algorithm>
#include <optional>
#include <string>

#include <pybind11/operators.h>

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/scaled_text.hpp>

#include "errors.hpp"
#include "number.hpp"
#include "quantities.hpp"

namespace wattpurse::python {

namespace {

std::string amount_text(money value) { return to_string(value.amount()); }

std::string currency_text(money value) { return std::string{value.unit().code()}; }

money checked(const result<money>& outcome, money a, money b)
{
    return value_of(outcome, {"Money", currency_text(a) + " and " + currency_text(b),
                              outcome || outcome.error() == errc::overflow
                                  ? "a result that fits 63 bits"
                                  : "amounts of one currency"});
}

int places_of(py::handle places, currency unit)
{
    if (places.is_none()) {
        return unit.decimals();
    }
    const auto count = places.cast<int>();
    if (count < 0 || count > money::scale) {
        raise(errc::out_of_range, {"places", shown(places), "0 to 6"});
    }
    return count;
}

money times(money self, py::handle factor)
{
    const auto product = mul<money::scale>(self.amount(), number_of<0>(factor, "factor"),
                                           rounding::exact);
    return {value_of(product, {"Money", "", "a result that fits 63 bits"}), self.unit()};
}

bool ordered(money a, money b, bool (*holds)(std::strong_ordering))
{
    return holds(value_of(compare(a, b), {"Money", currency_text(a) + " and " + currency_text(b),
                                          "amounts of one currency"}));
}

py::object multiplied(money self, const py::object& by)
{
    if (PyFloat_Check(by.ptr()) || py::hasattr(by, "is_finite")) {
        static_cast<void>(number_text(by, "factor"));  // a float is told so
        raise("WrongType",
              {"factor", shown(by), "an int; scaled(share, rounding) multiplies by a fraction",
               "type"});
    }
    if (PyIndex_Check(by.ptr()) == 0 || PyBool_Check(by.ptr())) {
        return py::reinterpret_borrow<py::object>(Py_NotImplemented);
    }
    return py::cast(times(self, by));
}

money scaled_money(money self, const py::object& share, const py::object& mode)
{
    const auto part = mul<money::scale>(self.amount(), number_of<8>(share, "share"),
                                        rounding_of(mode));
    return {value_of(part, {"Money", "", "a result that fits 63 bits without lost digits"}),
            self.unit()};
}

money rounded_money(money self, const py::object& mode, const py::object& places)
{
    return value_of(round_to(self, places_of(places, self.unit()), rounding_of(mode)),
                    {"Money", to_string(self), "an amount without digits beyond those places"});
}

std::string money_repr(money self)
{
    return "Money('" + amount_text(self) + "', '" + currency_text(self) + "')";
}

py::object money_format(money self, const py::object& form)
{
    if (py::len(form) == 0) {
        return py::str(to_string(self));
    }
    return decimal_from(amount_text(self)).attr("__format__")(form);
}

void bind_money_arithmetic(py::class_<money>& type)
{
    type.def("__add__", [](money a, money b) { return checked(a + b, a, b); }, py::is_operator())
        .def("__sub__", [](money a, money b) { return checked(a - b, a, b); }, py::is_operator())
        .def("__radd__",
             [](money self, const py::int_& zero) -> py::object {  // sum() begins with 0
                 if (zero.equal(py::int_{0})) return py::cast(self);
                 return py::reinterpret_borrow<py::object>(Py_NotImplemented);
             }, py::is_operator())
        .def("__mul__", &multiplied, py::is_operator())
        .def("__rmul__", &multiplied, py::is_operator())
        .def("__neg__", [](money self) { return -self; })
        .def("__pos__", [](money self) { return self; })
        .def("__abs__", [](money self) { return self.is_negative() ? -self : self; })
        .def("__bool__", [](money self) { return !self.is_zero(); })
        .def(py::self == py::self)
        .def(py::self != py::self)
        .def("__hash__", [](money self) {
            return py::hash(py::make_tuple("Money", self.mantissa(), currency_text(self)));
        });
    const auto order = [&type](const char* name, bool (*holds)(std::strong_ordering)) {
        type.def(name, [holds](money a, money b) { return ordered(a, b, holds); },
                 py::is_operator());
    };
    order("__lt__", [](std::strong_ordering o) { return o < 0; });
    order("__le__", [](std::strong_ordering o) { return o <= 0; });
    order("__gt__", [](std::strong_ordering o) { return o > 0; });
    order("__ge__", [](std::strong_ordering o) { return o >= 0; });
}

void bind_money_forms(py::class_<money>& type)
{
    type.def_property_readonly("mantissa", &money::mantissa,
                               "The amount as a whole number of 10^-6 of the unit.")
        .def_property_readonly("currency", &currency_text, "Three capital letters.")
        .def_property_readonly("text", &amount_text, "The bare amount with all six places.")
        .def("to_decimal", [](money self) { return decimal_from(amount_text(self)); },
             "The amount as a decimal.Decimal with all six places.")
        .def("round", &rounded_money, py::arg("rounding"), py::arg("places") = py::none(),
             "The amount rounded to `places` (0 to 6), those of the currency unless told (2 for "
             "CNY), still carried at 10^-6. Raises Inexact, Overflow.")
        .def("scaled", &scaled_money, py::arg("share"), py::arg("rounding"),
             "A share of the amount, rounded once to 10^-6; `share` has at most 8 places.")
        .def("__str__", [](money self) { return to_string(self); })
        .def("__repr__", &money_repr)
        .def("__format__", &money_format, py::arg("format_spec"))
        .def("__copy__", [](money self) { return self; })
        .def("__deepcopy__", [](money self, const py::object&) { return self; }, py::arg("memo"))
        .def("__reduce__", [](const py::object& self) {
            return py::make_tuple(py::type::of(self),
                                  py::make_tuple(self.attr("text"), self.attr("currency")));
        });
}

void bind_money_class(py::module_& to)
{
    py::class_<money> type{to, "Money",
                           "An amount of one currency in steps of 10^-6 of its unit, exact; str() "
                           "is \"12.500000 CNY\". Amounts of two currencies do not mix "
                           "(CurrencyMismatch)."};
    type.def(py::init([](const py::object& value, const py::object& unit, const py::object& mode) {
                 return money{number_of<money::scale>(value, "Money", optional_rounding_of(mode)),
                              currency_of(unit)};
             }),
             py::arg("value"), py::arg("currency") = "CNY", py::kw_only(),
             py::arg("rounding") = py::none(),
             "value: a Decimal, an int or a str; a float is refused. Raises FloatRefused, "
             "TooManyPlaces (unless a rounding is named), InvalidValue, Overflow.")
        .def_static("from_mantissa",
                    [](std::int64_t mantissa, const py::object& unit) {
                        const auto amount = money::amount_type::from_mantissa(mantissa);
                        return money{value_of(amount, {"mantissa", "", "more than -2^63"}),
                                     currency_of(unit)};
                    },
                    py::arg("mantissa"), py::arg("currency") = "CNY",
                    "The amount of so many millionths of the unit.");
    type.attr("PLACES") = money::scale;
    bind_money_forms(type);
    bind_money_arithmetic(type);
}

exact_charge added(const result<exact_charge>& outcome)
{
    return value_of(outcome, {"ExactCharge", "", "a result that fits 127 bits"});
}

void bind_exact_charge(py::module_& to)
{
    py::class_<exact_charge> type{to, "ExactCharge",
                                  "An exact product of energy and price, or a sum of such: 128 "
                                  "bits at 10^-12 of the currency unit. It becomes money by one "
                                  "rounding, after everything has been added up."};
    type.def(py::init([](const py::object& value) {
                 return exact_charge_from(number_text(value, "ExactCharge"), "ExactCharge");
             }),
             py::arg("value") = "0",
             "value: a Decimal, an int or a str with at most 12 decimal places.")
        .def("round",
             [](const exact_charge& self, const py::object& mode, const py::object& unit,
                const py::object& places) {
                 const currency of = currency_of(unit);
                 const int count = places.is_none() ? money::scale : places_of(places, of);
                 return rounded(self, rounding_of(mode), of, count);
             },
             py::arg("rounding"), py::arg("currency") = "CNY", py::arg("places") = py::none(),
             "The charge as Money, rounded once to `places` (0 to 6; 6 unless told). Raises "
             "Overflow, Inexact.")
        .def_property_readonly("text", &exact_charge::text, "The number with all twelve places.")
        .def("to_decimal", [](const exact_charge& self) { return decimal_from(self.text()); },
             "The number as a decimal.Decimal with all twelve places.")
        .def("__add__", [](exact_charge a, exact_charge b) { return added(a + b); },
             py::is_operator())
        .def("__sub__", [](exact_charge a, exact_charge b) { return added(a - b); },
             py::is_operator())
        .def("__radd__",
             [](exact_charge self, const py::int_& zero) -> py::object {
                 if (zero.equal(py::int_{0})) return py::cast(self);
                 return py::reinterpret_borrow<py::object>(Py_NotImplemented);
             }, py::is_operator())
        .def("__neg__", [](exact_charge self) { return -self; })
        .def("__bool__", [](exact_charge self) { return !self.is_zero(); })
        .def(py::self == py::self)
        .def(py::self != py::self)
        .def(py::self < py::self)
        .def(py::self <= py::self)
        .def(py::self > py::self)
        .def(py::self >= py::self)
        .def("__hash__", [](const exact_charge& self) {
            return py::hash(py::make_tuple("ExactCharge", self.text()));
        })
        .def("__str__", &exact_charge::text)
        .def("__repr__",
             [](const exact_charge& self) { return "ExactCharge('" + self.text() + "')"; })
        .def("__format__",
             [](const exact_charge& self, const py::object& form) -> py::object {
                 if (py::len(form) == 0) return py::str(self.text());
                 return decimal_from(self.text()).attr("__format__")(form);
             },
             py::arg("format_spec"))
        .def("__copy__", [](exact_charge self) { return self; })
        .def("__deepcopy__", [](exact_charge self, const py::object&) { return self; },
             py::arg("memo"))
        .def("__reduce__", [](const py::object& self) {
            return py::make_tuple(py::type::of(self), py::make_tuple(self.attr("text")));
        });
    type.attr("PLACES") = exact_charge::scale;
}

/// The number of at most 18 digits.
std::int64_t limb_of(std::string_view digits)
{
    std::int64_t value = 0;
    for (const char digit : digits) {
        value = value * 10 + (digit - '0');
    }
    return value;
}

}  // namespace

exact_charge exact_charge_from(std::string_view text, const char* place)
{
    constexpr auto wanted = static_cast<std::size_t>(exact_charge::scale);
    const error_details wrong{place, "'" + std::string{text.substr(0, 60)} + "'",
                              "a number with at most 12 decimal places that fits 127 bits"};
    const auto number = value_of(kernel::scan_number(text), wrong);
    if (number.fraction.size() > wanted) {
        raise(errc::too_many_places, wrong);
    }
    std::string digits{number.whole};
    digits += number.fraction;
    digits.append(wanted - number.fraction.size(), '0');
    digits.erase(0, digits.find_first_not_of('0'));
    if (digits.size() > 39) {
        raise(errc::overflow, wrong);
    }
    // Products of energy and price are what a charge is made of: limbs of 18 digits times powers
    // of ten. What lies above two limbs is at most 170, and 10^36 is no product of two mantissas
    // with it: a hundredth of it is added a hundred times.
    struct limb {
        std::size_t low;
        std::int64_t used, each;
        int times;
    };
    constexpr std::int64_t quintillion = 1'000'000'000'000'000'000;
    exact_charge sum;
    for (const limb& at : {limb{0, 1, 1, 1}, limb{18, 1, quintillion, 1},
                           limb{36, quintillion / 100, quintillion, 100}}) {
        if (digits.size() <= at.low) break;
        const std::size_t size = std::min<std::size_t>(18, digits.size() - at.low);
        const std::int64_t value =
            limb_of(std::string_view{digits}.substr(digits.size() - at.low - size, size));
        if (value > 170 && at.low == 36) {
            raise(errc::overflow, wrong);
        }
        for (int i = 0; i < at.times; ++i) {
            const exact_charge part = energy::of(value * at.used) * price::of(at.each);
            sum = value_of(sum + part, wrong);
        }
    }
    return number.negative ? -sum : sum;
}

money rounded(const exact_charge& charge, rounding mode, currency unit, int places)
{
    const error_details wrong{"ExactCharge", charge.text(),
                              "a charge that fits, without digits that would be lost"};
    if (places == money::scale) {
        return value_of(charge.round(unit, mode), wrong);
    }
    // Not by way of the sixth place: that would round twice.
    const kernel::outcome steps = kernel::parse_rounded(charge.text(), places, mode);
    const kernel::outcome whole =
        steps.ok ? kernel::scale_up(steps.mantissa, money::scale - places) : steps;
    if (!whole.ok) {
        raise(whole.error, wrong);
    }
    return money{money::amount_type::of(whole.mantissa), unit};
}

void bind_money(py::module_& to)
{
    bind_money_class(to);
    bind_exact_charge(to);
}

}  // namespace wattpurse::python
