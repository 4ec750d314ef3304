// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace pybind11 {
class module_;
}

namespace wattpurse::python {

/// Each area adds its classes and functions to wattpurse._core, in a source file of its name.
void bind_quantities(pybind11::module_& to);
void bind_dlt645(pybind11::module_& to);
void bind_modbus(pybind11::module_& to);
void bind_ledger(pybind11::module_& to);
void bind_credit(pybind11::module_& to);
void bind_bill(pybind11::module_& to);
void bind_tariff(pybind11::module_& to);
void bind_profiles(pybind11::module_& to);
void bind_sim(pybind11::module_& to);

}  // namespace wattpurse::python
