// SPDX-License-Identifier: Apache-2.0
#include "number.hpp"

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/base/scaled_text.hpp>

#include "errors.hpp"

namespace wattpurse::python {

namespace {

// Left alive at exit on purpose: modules may be gone before their destructors would run.
py::handle decimal_type()
{
    static const py::handle type =
        py::object{py::module_::import("decimal").attr("Decimal")}.release();
    return type;
}

[[noreturn]] void refuse_float(py::handle value, const char* place)
{
    const auto number = py::str(value).cast<std::string>();
    const auto advice = "Decimal('" + number + "') or '" + number + "'";
    const auto found = type_name(value) + " " + number;
    raise("FloatRefused", {place, found, advice, "float",
                           std::string{place} + ": got " + found + " - use " + advice});
}

/// A float, one of NumPy's, or another type that is a number of machine precision only.
bool is_binary_fraction(py::handle value)
{
    if (PyFloat_Check(value.ptr())) {
        return true;
    }
    const PyNumberMethods* number = Py_TYPE(value.ptr())->tp_as_number;
    return number != nullptr && number->nb_float != nullptr && number->nb_index == nullptr &&
           !PyComplex_Check(value.ptr()) && !py::hasattr(value, "numerator");
}

std::string decimal_text_of(py::handle value, const char* place)
{
    if (!value.attr("is_finite")().cast<bool>()) {
        raise("InvalidValue", {place, shown(value), "a finite number", "not_finite"});
    }
    auto text = py::str(value).cast<std::string>();
    if (text.find('E') == std::string::npos) {
        return text;
    }
    if (std::abs(value.attr("adjusted")().cast<long>()) > 100) {  // no text of a million zeros
        raise(errc::overflow, {place, shown(value), "a number of at most 19 digits"});
    }
    return value.attr("__format__")("f").cast<std::string>();
}

std::string integer_text(py::handle value)
{
    const auto number = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
    if (!number) {
        throw py::error_already_set();
    }
    int overflow = 0;
    const long long small = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
    if (overflow != 0) {  // far too long for str() perhaps, and too large in any case
        return std::string(overflow < 0 ? "-" : "") + std::string(40, '9');
    }
    return std::to_string(small);
}

std::string expected_form(int places)
{
    return "a number with at most " + std::to_string(places) +
           " decimal places, or a rounding to be named";
}

[[noreturn]] void refuse_number(errc code, py::handle value, int places, const char* place)
{
    std::string expected = "a decimal number such as '12.50'";
    if (code == errc::too_many_places) {
        expected = expected_form(places);
    } else if (code == errc::overflow) {
        expected = "a number that fits 63 bits at " + std::to_string(places) + " decimal places";
    } else if (code == errc::inexact) {
        expected = "a number without digits beyond " + std::to_string(places) +
                   " decimal places, or another rounding";
    }
    raise(code, {place, shown(value), expected});
}

}  // namespace

std::string number_text(py::handle value, const char* place)
{
    if (PyUnicode_Check(value.ptr())) {
        return value.cast<std::string>();
    }
    if (py::isinstance(value, decimal_type())) {
        return decimal_text_of(value, place);
    }
    const bool is_truth = type_name(value).rfind("bool", 0) == 0;  // NumPy's is a bool_
    if (!is_truth && is_binary_fraction(value)) {
        refuse_float(value, place);
    }
    if (!is_truth && PyIndex_Check(value.ptr()) != 0) {
        return integer_text(value);
    }
    raise("WrongType", {place, type_name(value) + " " + shown(value),
                        "a Decimal, an int or a str", "type"});
}

std::int64_t mantissa_of(py::handle value, int places, std::optional<rounding> mode,
                         const char* place)
{
    const std::string text = number_text(value, place);
    const kernel::outcome parsed = mode ? kernel::parse_rounded(text, places, *mode)
                                        : kernel::parse_strict(text, places);
    if (parsed.ok) {
        return parsed.mantissa;
    }
    // A text is taken as it is written; but a Decimal collects zeros at its end by mere
    // multiplication, and they lose nothing.
    if (parsed.error == errc::too_many_places && !PyUnicode_Check(value.ptr())) {
        const kernel::outcome whole = kernel::parse_rounded(text, places, rounding::exact);
        if (whole.ok) {
            return whole.mantissa;
        }
    }
    refuse_number(parsed.error, value, places, place);
}

std::int64_t integer_of(py::handle value, const char* place, std::int64_t least,
                        std::int64_t most)
{
    const error_details wrong{place, shown(value),
                              "an int from " + std::to_string(least) + " to " +
                                  std::to_string(most),
                              "out_of_range"};
    if (PyIndex_Check(value.ptr()) == 0 || PyBool_Check(value.ptr())) {
        raise("WrongType", wrong);
    }
    const auto number = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
    if (!number) {
        throw py::error_already_set();
    }
    int overflow = 0;
    const long long found = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
    if (overflow != 0 || found < least || found > most) {
        raise("InvalidValue", wrong);
    }
    return found;
}

py::object decimal_from(std::string_view text)
{
    return decimal_type()(py::str(text.data(), text.size()));
}

rounding rounding_of(py::handle value, const char* place)
{
    if (PyUnicode_Check(value.ptr())) {
        // A member of Rounding is a str of its value.
        const auto mode = parse_rounding(py::cast<std::string_view>(value));
        if (mode) {
            return *mode;
        }
    }
    raise(PyUnicode_Check(value.ptr()) ? "InvalidValue" : "WrongType",
          {place, shown(value),
           "half_up, half_even, half_down, up, down, ceiling, floor or exact", "rounding"});
}

std::optional<rounding> optional_rounding_of(py::handle value, const char* place)
{
    if (value.is_none()) {
        return {};
    }
    return rounding_of(value, place);
}

currency currency_of(py::handle value, const char* place)
{
    if (PyUnicode_Check(value.ptr())) {
        const auto unit = currency::parse(py::cast<std::string_view>(value));
        if (unit) {
            return *unit;
        }
    }
    raise(PyUnicode_Check(value.ptr()) ? "InvalidValue" : "WrongType",
          {place, shown(value), "three capital letters such as 'CNY'", "syntax"});
}

}  // namespace wattpurse::python
