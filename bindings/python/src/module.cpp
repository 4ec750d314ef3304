// SPDX-License-Identifier: Apache-2.0
#include <pybind11/pybind11.h>

#include "areas.hpp"
#include "errors.hpp"

PYBIND11_MODULE(_core, to)
{
    using namespace wattpurse::python;
    to.doc() = "The compiled part of wattpurse; what it holds is documented where the package "
               "shows it.";
    to.attr("__version__") = WATTPURSE_VERSION;
    translate_casts();
    bind_quantities(to);
    bind_dlt645(to);
    bind_modbus(to);
    bind_ledger(to);
    bind_credit(to);
    bind_bill(to);
    bind_tariff(to);
    bind_profiles(to);
    bind_sim(to);
}
