// SPDX-License-Identifier: Apache-2.0
#include "errors.hpp"

namespace wattpurse::python {

namespace {

constexpr std::size_t shown_size_max = 80;

const char* type_of(errc code)
{
    switch (code) {
        case errc::overflow: return "Overflow";
        case errc::inexact: return "Inexact";
        case errc::divide_by_zero: return "DivisionByZero";
        case errc::too_many_places: return "TooManyPlaces";
        case errc::currency_mismatch: return "CurrencyMismatch";
        case errc::not_found:
        case errc::not_available: return "NotFound";
        case errc::already_exists: return "Conflict";
        default: return "InvalidValue";
    }
}

[[noreturn]] void raise_object(const char* type, const py::tuple& words, const py::dict& named)
{
    const py::object made = py::module_::import("wattpurse.errors").attr(type)(*words, **named);
    PyErr_SetObject(py::type::of(made).ptr(), made.ptr());
    throw py::error_already_set();
}

}  // namespace

void raise(const char* type, const error_details& what)
{
    py::dict named;
    named["place"] = what.place;
    named["value"] = what.value;
    named["expected"] = what.expected;
    named["code"] = what.code;
    raise_object(type, py::make_tuple(what.message), named);
}

void raise(errc code, error_details what)
{
    if (what.code.empty()) {
        what.code = to_string(code);
    }
    raise(type_of(code), what);
}

void raise(const std::vector<fault>& faults, const std::string& title)
{
    py::list listed;
    for (const fault& each : faults) {
        listed.append(py::make_tuple(each.path, each.value, each.expected));
    }
    py::dict named;
    named["faults"] = listed;
    raise_object("ValidationError", py::make_tuple(title), named);
}

void translate_casts()
{
    // Of this module alone: others have errors of their own.
    py::register_local_exception_translator([](std::exception_ptr thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const py::cast_error& fault) {
            try {
                raise("WrongType", {"an argument", fault.what(),
                                    "a value of that type: a text of whole characters, a number "
                                    "in range",
                                    "type"});
            } catch (py::error_already_set& made) {
                made.restore();
            }
        }
    });
}

std::string shown(py::handle value)
{
    auto text = py::repr(value).cast<std::string>();
    if (text.size() > shown_size_max) {
        std::size_t end = shown_size_max - 3;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
            --end;  // not within a character of UTF-8
        }
        text = text.substr(0, end) + "...";
    }
    return text;
}

std::string type_name(py::handle value)
{
    return py::type::of(value).attr("__name__").cast<std::string>();
}

}  // namespace wattpurse::python
