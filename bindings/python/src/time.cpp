// SPDX-License-Identifier: Apache-2.0
#include "time.hpp"

#include <datetime.h>

#include "errors.hpp"

namespace wattpurse::python {

namespace {

namespace ch = std::chrono;

void need_datetime()
{
    if (PyDateTimeAPI == nullptr) {
        PyDateTime_IMPORT;
        if (PyDateTimeAPI == nullptr) {
            throw py::error_already_set();
        }
    }
}

std::int64_t milliseconds_of(PyObject* delta)  // rounded towards the past
{
    const std::int64_t days = PyDateTime_DELTA_GET_DAYS(delta);
    const std::int64_t seconds = PyDateTime_DELTA_GET_SECONDS(delta);
    return (days * 86400 + seconds) * 1000 + PyDateTime_DELTA_GET_MICROSECONDS(delta) / 1000;
}

void need_aware(py::handle value, const char* place)
{
    need_datetime();
    if (!PyDateTime_Check(value.ptr())) {
        raise("WrongType", {place, shown(value), "an aware datetime.datetime", "type"});
    }
}

duration offset_of(py::handle value, const char* place)
{
    if (PyDateTime_DATE_GET_TZINFO(value.ptr()) == PyDateTime_TimeZone_UTC) {
        return duration{0};
    }
    const py::object offset = value.attr("utcoffset")();
    if (offset.is_none()) {
        raise("NaiveTime", {place, shown(value),
                            "an aware datetime, such as datetime(..., tzinfo=timezone.utc)",
                            "naive"});
    }
    return duration{milliseconds_of(offset.ptr())};
}

instant wall_clock(PyObject* value)
{
    const ch::year_month_day date{ch::year{PyDateTime_GET_YEAR(value)},
                                  ch::month{static_cast<unsigned>(PyDateTime_GET_MONTH(value))},
                                  ch::day{static_cast<unsigned>(PyDateTime_GET_DAY(value))}};
    return instant{ch::sys_days{date}} + ch::hours{PyDateTime_DATE_GET_HOUR(value)} +
           ch::minutes{PyDateTime_DATE_GET_MINUTE(value)} +
           ch::seconds{PyDateTime_DATE_GET_SECOND(value)} +
           duration{PyDateTime_DATE_GET_MICROSECOND(value) / 1000};
}

py::object made_datetime(instant at, fixed_zone zone, PyObject* tzinfo)
{
    const civil_time wall = to_civil(at, zone);
    const auto part = static_cast<int>((at - floor_to(at, duration{1000})).count());
    auto made = py::reinterpret_steal<py::object>(PyDateTimeAPI->DateTime_FromDateAndTime(
        wall.year, wall.month, wall.day, wall.hour, wall.minute, wall.second, part * 1000, tzinfo,
        PyDateTimeAPI->DateTimeType));
    if (!made) {
        throw py::error_already_set();
    }
    return made;
}

}  // namespace

instant instant_of(py::handle value, const char* place)
{
    need_aware(value, place);
    return wall_clock(value.ptr()) - offset_of(value, place);
}

civil_time civil_of(py::handle value, const char* place)
{
    need_aware(value, place);
    static_cast<void>(offset_of(value, place));
    return to_civil(wall_clock(value.ptr()), fixed_zone{});
}

py::object datetime_from(instant at)
{
    need_datetime();
    return made_datetime(at, fixed_zone{}, PyDateTime_TimeZone_UTC);
}

py::object datetime_from(instant at, fixed_zone zone)
{
    need_datetime();
    const py::object offset = timedelta_from(zone.offset);
    const auto tzinfo = py::reinterpret_steal<py::object>(PyTimeZone_FromOffset(offset.ptr()));
    if (!tzinfo) {
        throw py::error_already_set();
    }
    return made_datetime(at, zone, tzinfo.ptr());
}

duration duration_of(py::handle value, const char* place)
{
    need_datetime();
    if (!PyDelta_Check(value.ptr())) {
        raise("WrongType", {place, shown(value), "a datetime.timedelta", "type"});
    }
    return duration{milliseconds_of(value.ptr())};
}

py::object timedelta_from(duration length)
{
    need_datetime();
    constexpr std::int64_t day = 86'400'000;
    std::int64_t days = length.count() / day;
    std::int64_t rest = length.count() % day;
    if (rest < 0) {
        rest += day;
        --days;
    }
    auto made = py::reinterpret_steal<py::object>(
        PyDelta_FromDSU(static_cast<int>(days), static_cast<int>(rest / 1000),
                        static_cast<int>(rest % 1000) * 1000));
    if (!made) {
        throw py::error_already_set();
    }
    return made;
}

fixed_zone zone_of(py::handle value, const char* place)
{
    need_datetime();
    const error_details wrong{place, shown(value),
                              "an offset such as '+08:00', or a timezone of constant offset",
                              "syntax"};
    if (PyUnicode_Check(value.ptr())) {
        return value_of(fixed_zone::parse(py::cast<std::string>(value)), wrong);
    }
    if (!PyTZInfo_Check(value.ptr())) {
        raise("WrongType", wrong);
    }
    const py::object offset = value.attr("utcoffset")(py::none());
    if (offset.is_none()) {  // it depends on the date
        raise("InvalidValue", wrong);
    }
    return fixed_zone{ch::duration_cast<ch::minutes>(duration{milliseconds_of(offset.ptr())})};
}

}  // namespace wattpurse::python
