// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/pybind11.h>

#include <wattpurse/model/posting.hpp>

namespace wattpurse::python {

namespace py = pybind11;

/// The members of wattpurse.ledger.Posting.
[[nodiscard]] py::tuple posting_tuple(const posting& row);

}  // namespace wattpurse::python
