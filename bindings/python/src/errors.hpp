// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pybind11/pybind11.h>

#include <wattpurse/base/result.hpp>
#include <wattpurse/model/fault.hpp>

namespace wattpurse::python {

namespace py = pybind11;

/// Where an error is, what stands there and what should: the attributes of wattpurse.Error.
struct error_details {
    std::string place{};     ///< the parameter, or a path within what was given
    std::string value{};     ///< what stands there, as a person would write it
    std::string expected{};  ///< what should stand there: the advice
    std::string code{};      ///< stable lower-case name of the cause
    std::string message{};   ///< instead of "place: value (expected ...)"
};

/// Raises the class of that name in wattpurse.errors.
[[noreturn]] void raise(const char* type, const error_details& what);

/// Raises what the code is in Python: `overflow` is wattpurse.Overflow and an OverflowError.
[[noreturn]] void raise(errc code, error_details what);

/// Raises wattpurse.ValidationError with all of them. `title` is the first line of its text.
[[noreturn]] void raise(const std::vector<fault>& faults, const std::string& title);

/// Whatever pybind11 says of a value that cannot be taken becomes wattpurse.WrongType: a text with
/// half a character (a lone surrogate), a number that is too large. For the module, once.
void translate_casts();

/// The value, or the error raised.
template <class T>
[[nodiscard]] T value_of(result<T> outcome, error_details what)
{
    if (!outcome) {
        raise(outcome.error(), std::move(what));
    }
    return *std::move(outcome);
}

/// `repr` of a Python object, cut short, for the value of an error.
[[nodiscard]] std::string shown(py::handle value);

/// The name of a Python object's type.
[[nodiscard]] std::string type_name(py::handle value);

}  // namespace wattpurse::python
