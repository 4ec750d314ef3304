// SPDX-License-Identifier: Apache-2.0
#include "bytes.hpp"

#include <string>
#include <variant>

#include "errors.hpp"
#include "hex_input.hpp"

namespace wattpurse::python {

borrowed_bytes::borrowed_bytes(py::handle value, const char* place)
{
    if (PyObject_CheckBuffer(value.ptr()) == 0 ||
        PyObject_GetBuffer(value.ptr(), &view_, PyBUF_SIMPLE) != 0) {
        PyErr_Clear();
        raise("WrongType", {place, type_name(value), "bytes, or another buffer of bytes", "type"});
    }
}

std::vector<std::uint8_t> wire_bytes(py::handle value, const char* place)
{
    if (!PyUnicode_Check(value.ptr())) {
        const borrowed_bytes held{value, place};
        return {held.span().begin(), held.span().end()};
    }
    auto read = cli::read_hex(py::cast<std::string>(value));
    if (const auto* bad = std::get_if<cli::bad_hex>(&read)) {
        const std::string at = place + std::string{", character "} + std::to_string(bad->position);
        raise("FrameError", {at, "'" + bad->found + "'", "pairs of hexadecimal digits", "syntax"});
    }
    return std::get<std::vector<std::uint8_t>>(std::move(read));
}

py::str register_text(byte_span raw)
{
    std::string out;
    for (const std::uint8_t each : raw) {
        if (each != 0) out += each < 0x20 || each > 0x7E ? '?' : static_cast<char>(each);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return str_from(out);
}

}  // namespace wattpurse::python
