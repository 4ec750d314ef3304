// SPDX-License-Identifier: Apache-2.0
// What the sources of this area share.
#include "dlt645.hpp"

#include <string>

#include "areas.hpp"
#include "errors.hpp"

namespace wattpurse::python {

dlt645::edition edition_of_text(py::handle value)
{
    const auto text = py::str(value).cast<std::string>();
    if (text == "2007") return dlt645::edition::y2007;
    if (text == "1997") return dlt645::edition::y1997;
    raise("InvalidValue", {"edition", shown(value), "'2007' or '1997'", "syntax"});
}

const char* text_of(dlt645::edition which)
{
    return which == dlt645::edition::y1997 ? "1997" : "2007";
}

std::uint32_t id_of(py::handle value, dlt645::edition which)
{
    const std::size_t digits = which == dlt645::edition::y1997 ? 4 : 8;
    const error_details wrong{"data_id", shown(value),
                              std::to_string(digits) + " hexadecimal digits, or the int of them",
                              "syntax"};
    if (PyUnicode_Check(value.ptr())) {
        std::uint32_t id = 0;
        std::size_t count = 0;
        for (const char c : py::cast<std::string>(value)) {
            if (c == ' ') continue;
            const int digit = hex_value(c);
            if (digit < 0 || ++count > digits) raise("InvalidValue", wrong);
            id = id << 4U | static_cast<std::uint32_t>(digit);
        }
        if (count != digits) raise("InvalidValue", wrong);
        return id;
    }
    if (PyBool_Check(value.ptr()) || PyIndex_Check(value.ptr()) == 0) raise("WrongType", wrong);
    const auto number = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
    int overflow = 0;
    const long long id = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
    const long long most = which == dlt645::edition::y1997 ? 0xFFFF : 0xFFFF'FFFF;
    if (overflow != 0 || id < 0 || id > most) raise("InvalidValue", wrong);
    return static_cast<std::uint32_t>(id);
}

std::string id_text(std::uint32_t id, dlt645::edition which)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (int shift = which == dlt645::edition::y1997 ? 12 : 28; shift >= 0; shift -= 4) {
        out += digits[id >> shift & 0xFU];
    }
    return out;
}

dlt645::address address_of(py::handle value, const char* place)
{
    const error_details wrong{place, shown(value),
                              "the digits of a meter's address, twelve at most, as a str"};
    if (!PyUnicode_Check(value.ptr())) {
        raise("WrongType", {place, shown(value), wrong.expected, "type"});
    }
    const auto text = py::cast<std::string>(value);
    const auto whole = dlt645::address::parse(text);
    return whole ? *whole : value_of(dlt645::address::shortened_2007(text), wrong);
}

void bind_dlt645(py::module_& to)
{
    auto area = to.def_submodule("dlt645", "Frames, catalogue and bus of DL/T 645.");
    bind_dlt645_catalogue(area);
    bind_dlt645_frame(area);
    bind_dlt645_requests(area);
    bind_dlt645_columns(area);
    bind_dlt645_bus(area);
}

}  // namespace wattpurse::python
