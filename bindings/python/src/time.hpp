// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/pybind11.h>

#include <wattpurse/base/time.hpp>

namespace wattpurse::python {

namespace py = pybind11;

/// The instant of an aware datetime.datetime (pandas.Timestamp is one), to the millisecond below.
/// A naive one raises NaiveTime naming the parameter, anything else WrongType.
[[nodiscard]] instant instant_of(py::handle value, const char* place);

/// An aware datetime in UTC.
[[nodiscard]] py::object datetime_from(instant at);
/// An aware datetime in a fixed zone.
[[nodiscard]] py::object datetime_from(instant at, fixed_zone zone);

/// The wall clock that an aware datetime shows in its own zone, for a meter in that zone.
[[nodiscard]] civil_time civil_of(py::handle value, const char* place);

/// A datetime.timedelta to the millisecond; anything else raises WrongType.
[[nodiscard]] duration duration_of(py::handle value, const char* place);
[[nodiscard]] py::object timedelta_from(duration length);

/// "+08:00", or a datetime.timezone or other tzinfo of a constant offset.
[[nodiscard]] fixed_zone zone_of(py::handle value, const char* place);

}  // namespace wattpurse::python
