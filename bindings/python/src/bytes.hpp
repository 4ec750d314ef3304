// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <pybind11/pybind11.h>

#include <wattpurse/base/bytes.hpp>

namespace wattpurse::python {

namespace py = pybind11;

/// Bytes of anything with the buffer protocol (bytes, bytearray, memoryview, a NumPy array of
/// uint8), held for as long as this lives; it does not let them be resized meanwhile.
class borrowed_bytes {
public:
    /// Raises WrongType for anything else.
    borrowed_bytes(py::handle value, const char* place);
    ~borrowed_bytes() { PyBuffer_Release(&view_); }
    borrowed_bytes(const borrowed_bytes&) = delete;
    borrowed_bytes& operator=(const borrowed_bytes&) = delete;

    [[nodiscard]] byte_span span() const
    {
        return {static_cast<const std::uint8_t*>(view_.buf), static_cast<std::size_t>(view_.len)};
    }

private:
    Py_buffer view_{};
};

/// The same as a copy; a str is read as hexadecimal digits, with or without separators, and bad
/// ones raise FrameError.
[[nodiscard]] std::vector<std::uint8_t> wire_bytes(py::handle value, const char* place);

[[nodiscard]] inline py::bytes bytes_from(byte_span span)
{
    return {reinterpret_cast<const char*>(span.data()), span.size()};
}

/// A text out of registers, without NULs and the spaces behind it; "?" for what is not ASCII.
[[nodiscard]] py::str register_text(byte_span raw);

[[nodiscard]] inline py::str str_from(std::string_view text)
{
    return {text.data(), text.size()};
}

}  // namespace wattpurse::python
