// SPDX-License-Identifier: Apache-2.0
// What a master asks. Times are those that the meter's own clock shows: an aware datetime is taken
// by the wall clock of its zone, which has to be the meter's.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include <wattpurse/codec/dlt645/item_write.hpp>
#include <wattpurse/codec/dlt645/request_1997.hpp>

#include "bytes.hpp"
#include "dlt645.hpp"
#include "errors.hpp"
#include "number.hpp"
#include "time.hpp"

namespace wattpurse::python {

namespace {

using dlt645::credentials;
using dlt645::edition;
using dlt645::frame;

dlt645::data_id id_2007(py::handle value)
{
    return static_cast<dlt645::data_id>(id_of(value, edition::y2007));
}

dlt645::data_id_1997 id_1997(py::handle value)
{
    return static_cast<dlt645::data_id_1997>(id_of(value, edition::y1997));
}

frame checked(const result<frame>& outcome, const char* place, const std::string& expected)
{
    return value_of(outcome, {place, "", expected});
}

constexpr const char* year_expected = "a time of the years 2000 to 2099";

credentials credentials_of(const std::string& level, const std::string& password,
                           const std::string& operator_code)
{
    const auto read = credentials::parse(level, password, operator_code);
    return value_of(read, {"credentials", "******",
                           "level, password and operator code of 2, 6 and 8 hexadecimal digits"});
}

credentials none_means_1997(const std::optional<credentials>& who)
{
    if (!who) {
        raise("InvalidValue", {"credentials", "None", "Credentials, which 2007 asks for",
                               "syntax"});
    }
    return *who;
}

frame read(py::handle meter, py::handle id, py::handle which)
{
    const auto address = address_of(meter);
    return edition_of_text(which) == edition::y1997
               ? dlt645::read_request_1997(address, id_1997(id))
               : dlt645::read_request(address, id_2007(id));
}

frame read_blocks(py::handle meter, py::handle id, int blocks, py::handle from)
{
    const error_details wrong{"blocks", std::to_string(blocks), "1 to 255"};
    if (blocks < 1 || blocks > 255) {
        raise(errc::out_of_range, wrong);
    }
    const auto count = static_cast<std::uint8_t>(blocks);
    if (from.is_none()) {
        return value_of(dlt645::read_blocks_request(address_of(meter), id_2007(id), count), wrong);
    }
    return checked(dlt645::read_blocks_from_request(address_of(meter), id_2007(id), count,
                                                    civil_of(from, "start")),
                   "start", year_expected);
}

frame follow(py::handle meter, py::handle id, int sequence, py::handle which)
{
    if (edition_of_text(which) == edition::y1997) {
        return dlt645::follow_request_1997(address_of(meter), id_1997(id));
    }
    if (sequence < 1 || sequence > 255) {
        raise(errc::out_of_range, {"sequence", std::to_string(sequence), "1 to 255"});
    }
    return dlt645::follow_request(address_of(meter), id_2007(id),
                                  static_cast<std::uint8_t>(sequence));
}

frame broadcast_time(py::handle now, py::handle which)
{
    const civil_time time = civil_of(now, "now");
    return checked(edition_of_text(which) == edition::y1997
                       ? dlt645::broadcast_time_request_1997(time)
                       : dlt645::broadcast_time_request(time),
                   "now", year_expected);
}

frame unicast_time(py::handle meter, py::handle now)
{
    return checked(dlt645::unicast_time_request(address_of(meter), civil_of(now, "now")), "now",
                   year_expected);
}

frame write(py::handle meter, py::handle id, py::handle value,
            const std::optional<credentials>& who, py::handle which, int limit)
{
    const auto bytes = wire_bytes(value, "value");
    const dlt645::send_limits limits{.write = static_cast<std::uint8_t>(std::clamp(limit, 0, 255))};
    const std::string most = "at most " + std::to_string(limit) + " bytes of DATA in all";
    if (edition_of_text(which) == edition::y1997) {
        const auto address = address_of(meter);
        return checked(
            who ? dlt645::write_request_1997(address, id_1997(id), *who, bytes, limits)
                : dlt645::write_request_1997(address, id_1997(id), bytes, limits),
            "value", most);
    }
    return checked(dlt645::write_request(address_of(meter), id_2007(id), none_means_1997(who),
                                         bytes, limits),
                   "value", most);
}

frame write_address(py::handle fresh, py::handle which)
{
    const auto address = address_of(fresh);
    return edition_of_text(which) == edition::y1997 ? dlt645::write_address_request_1997(address)
                                                    : dlt645::write_address_request(address);
}

frame freeze(py::handle meter, std::optional<unsigned> month, std::optional<unsigned> day,
             std::optional<unsigned> hour, std::optional<unsigned> minute)
{
    using dlt645::freeze_moment;
    result<freeze_moment> when{freeze_moment::immediate()};
    if (month) {
        when = day && hour && minute ? freeze_moment::at(*month, *day, *hour, *minute)
                                     : result<freeze_moment>{fail(errc::out_of_range)};
    } else if (day) {
        when = hour && minute ? freeze_moment::monthly(*day, *hour, *minute)
                              : result<freeze_moment>{fail(errc::out_of_range)};
    } else if (hour) {
        when = minute ? freeze_moment::daily(*hour, *minute)
                      : result<freeze_moment>{fail(errc::out_of_range)};
    } else if (minute) {
        when = freeze_moment::hourly(*minute);
    }
    return dlt645::freeze_request(
        address_of(meter),
        value_of(when, {"freeze", "",
                        "a moment that exists, with everything below what is named"}));
}

frame change_baud(py::handle meter, std::uint32_t baud, py::handle which)
{
    const error_details wrong{"baud", std::to_string(baud),
                              "600, 1200, 2400, 4800, 9600 or 19200 (1997: 300, 600, 2400, 4800 or "
                              "9600)"};
    if (edition_of_text(which) == edition::y1997) {
        return dlt645::change_baud_request_1997(
            address_of(meter), value_of(dlt645::baud_rate_1997_of(baud), wrong));
    }
    return dlt645::change_baud_request(address_of(meter),
                                       value_of(dlt645::baud_rate_of(baud), wrong));
}

frame clear_demand(py::handle meter, const std::optional<credentials>& who, py::handle which)
{
    const auto address = address_of(meter);
    if (edition_of_text(which) == edition::y1997) {
        return who ? dlt645::clear_demand_request_1997(address, *who)
                   : dlt645::clear_demand_request_1997(address);
    }
    return dlt645::clear_demand_request(address, none_means_1997(who));
}

frame change_password(py::handle meter, const credentials& now, const credentials& fresh,
                      py::handle which)
{
    if (edition_of_text(which) == edition::y1997) {
        return dlt645::change_password_request_1997(address_of(meter), now, fresh);
    }
    const auto id = dlt645::nth(dlt645::data_id::password, fresh.level());
    return dlt645::change_password_request(address_of(meter), id, now, fresh);
}

frame clear_events(py::handle meter, const credentials& who, py::handle id)
{
    const auto what = id.is_none() ? dlt645::data_id::every_event : id_2007(id);
    return checked(dlt645::clear_events_request(address_of(meter), who, what), "data_id",
                   "an identifier that ends in FF, or None for all");
}

dlt645::control_code order_of(const std::string& name)
{
    using code = dlt645::control_code;
    constexpr std::array codes{code::trip,  code::permit,       code::close,
                               code::trip_auto_1, code::trip_auto_2, code::alarm,
                               code::end_of_alarm, code::keep_power, code::end_of_keep_power};
    constexpr std::array names{"trip",  "permit",      "close",
                               "trip_auto_1", "trip_auto_2", "alarm",
                               "end_of_alarm", "keep_power", "end_of_keep_power"};
    std::string all;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        if (name == names[i]) return codes[i];
        all += (i == 0 ? "" : ", ") + std::string{names[i]};
    }
    raise("InvalidValue", {"order", "'" + name + "'", "one of " + all, "syntax"});
}

frame control(py::handle meter, const std::string& order, py::handle valid_until,
              const credentials& who, py::handle delay)
{
    std::int64_t units = 0;
    if (!delay.is_none()) {
        const duration length = duration_of(delay, "delay");
        units = length.count() / 300'000;
        if (length.count() % 300'000 != 0 || units < 0 || units > 255) {
            raise(errc::out_of_range, {"delay", shown(delay), "0 to 255 times five minutes"});
        }
    }
    return checked(dlt645::control_request(address_of(meter), order_of(order),
                                           civil_of(valid_until, "valid_until"), who,
                                           static_cast<std::uint8_t>(units)),
                   "valid_until", year_expected);
}

/// Puts one Python value into the next field; false where the field cannot hold it.
result<void> put(dlt645::field_writer& to, py::handle value)
{
    if (value.is_none()) return to.put_missing();
    if (PyObject_CheckBuffer(value.ptr()) != 0) {
        const borrowed_bytes held{value, "value"};
        return to.put_bytes(held.span());
    }
    const auto expected = to.expected();
    if (!expected) return fail(expected.error());
    if (expected->kind == dlt645::field_kind::moment) {
        return to.put_moment(dlt645::moment::of(civil_of(value, "value")));
    }
    const std::string text = number_text(value, "value");
    if (expected->kind == dlt645::field_kind::bits ||
        expected->kind == dlt645::field_kind::identifier) {
        const auto number = py::int_(py::reinterpret_borrow<py::object>(value));
        return to.put_number(number.cast<std::int64_t>());
    }
    return to.put_text(text);
}

py::bytes encode_value(py::handle id, const py::object& values, py::handle which,
                       const std::shared_ptr<shared_catalogue>& all)
{
    const auto known = edition_of_text(which);
    const auto digits = id_of(id, known);
    const dlt645::catalogue view = all ? all->view() : dlt645::standard_catalogue();
    const auto* const row = view.find(known, digits);
    if (row == nullptr) {
        raise(errc::not_found,
              {"data_id", id_text(digits, known), "an identifier of the catalogue"});
    }
    std::array<std::uint8_t, dlt645::data_size_max> bytes{};
    dlt645::field_writer to{*row, bytes};
    const bool several = PyList_Check(values.ptr()) != 0 || PyTuple_Check(values.ptr()) != 0;
    const py::sequence each = several ? py::sequence(values) : py::sequence(py::make_tuple(values));
    std::size_t index = 0;
    for (const py::handle value : each) {
        if (const auto done = put(to, value); !done) {
            raise(done.error(), {"value[" + std::to_string(index) + "]", shown(value),
                                 "what fits the layout " + std::string{row->layout}});
        }
        ++index;
    }
    const auto size = to.finish();
    return bytes_from(byte_span{bytes}.first(value_of(
        size, {"value", std::to_string(index) + " values",
               "all that the layout " + std::string{row->layout} + " has"})));
}

void bind_credentials(py::module_& to)
{
    py::class_<credentials>(to, "Credentials",
                            "Password level, password and operator code. A secret: nothing prints "
                            "or reads it.")
        .def(py::init(&credentials_of), py::arg("level"), py::arg("password"),
             py::arg("operator_code") = "00000000",
             "Hexadecimal digits as a person writes them, high ones first: 2, 6 and 8 of them.")
        .def_property_readonly("level", [](const credentials& self) { return int{self.level()}; },
                               "Which is no secret.")
        .def("__repr__", [](const credentials&) { return "Credentials('**', '******')"; });
}

void bind_reads(py::module_& to)
{
    to.def("read", &read, py::arg("address"), py::arg("data_id"), py::arg("edition") = "2007",
           "Read one identifier or block (11; 1997: 01).");
    to.def("read_blocks", &read_blocks, py::arg("address"), py::arg("data_id"), py::arg("blocks"),
           py::arg("start") = py::none(),
           "Read so many blocks of a load record (11), from a moment on if one is given.");
    to.def("follow", &follow, py::arg("address"), py::arg("data_id"), py::arg("sequence") = 1,
           py::arg("edition") = "2007",
           "Read what did not fit (12; 1997: 02, without sequence).");
    to.def("read_address", &dlt645::read_address_request,
           "Ask the only meter on the line for its address (13).");
    to.def("reread_1997",
           [](py::handle meter) { return dlt645::reread_request_1997(address_of(meter)); },
           py::arg("address"), "Say the last answer again (1997, 03).");
    to.def("broadcast_time", &broadcast_time, py::arg("now"), py::arg("edition") = "2007",
           "Set all clocks (08) to the wall clock of `now`, an aware datetime in the "
           "meters' zone.");
    to.def("unicast_time", &unicast_time, py::arg("address"), py::arg("now"),
           "The same to one meter; not in the standard, but in use.");
}

void bind_orders(py::module_& to)
{
    const auto none = py::none();
    to.def("write", &write, py::arg("address"), py::arg("data_id"), py::arg("value"),
           py::arg("credentials") = none, py::arg("edition") = "2007",
           py::arg("limit") = int{dlt645::send_limits::write_standard},
           "Write a value (14; 1997: 04), as bytes without 33H or hexadecimal digits; "
           "`encode_value` makes them. Raises InvalidValue where DATA is over `limit`.");
    to.def("encode_value", &encode_value, py::arg("data_id"), py::arg("value"),
           py::arg("edition") = "2007", py::arg("catalogue") = none,
           "The bytes of a value, or of a list of them, by the layout of the identifier: numbers, "
           "text, aware datetimes in the meter's zone, bytes, None for \"no such value\".");
    to.def("write_address", &write_address, py::arg("address"), py::arg("edition") = "2007",
           "Give the only meter on the line a new address (15; 1997: 0A).");
    to.def("freeze", &freeze, py::arg("address"), py::kw_only(), py::arg("month") = none,
           py::arg("day") = none, py::arg("hour") = none, py::arg("minute") = none,
           "Freeze the registers (16): at once, or every hour, day, month or year at what "
           "is named.");
    to.def("change_baud", &change_baud, py::arg("address"), py::arg("baud"),
           py::arg("edition") = "2007", "Speak at another rate from the answer on (17; 1997: 0C).");
    to.def("change_password", &change_password, py::arg("address"), py::arg("now"),
           py::arg("fresh"), py::arg("edition") = "2007",
           "Set the password of `fresh.level` (18; 1997: 0F).");
    to.def("clear_demand", &clear_demand, py::arg("address"), py::arg("credentials") = none,
           py::arg("edition") = "2007", "Clear the maximum demand (19; 1997: 10).");
    to.def("clear_meter",
           [](py::handle meter, const credentials& who) {
               return dlt645::clear_meter_request(address_of(meter), who);
           },
           py::arg("address"), py::arg("credentials"),
           "Clear everything: energies, demands, freezes, events, load record (1A).");
    to.def("clear_events", &clear_events, py::arg("address"), py::arg("credentials"),
           py::arg("data_id") = none, "Clear event records (1B), all unless one is named.");
    to.def("control", &control, py::arg("address"), py::arg("order"), py::arg("valid_until"),
           py::arg("credentials"), py::arg("delay") = none,
           "Relay, alarm and keep-power orders (1C): trip, permit, close, trip_auto_1, "
           "trip_auto_2, alarm, end_of_alarm, keep_power, end_of_keep_power. The meter refuses "
           "once its clock is past `valid_until` (aware, in its zone); `delay` is a timedelta.");
}

}  // namespace

void bind_dlt645_requests(py::module_& to)
{
    bind_credentials(to);
    bind_reads(to);
    bind_orders(to);
}

}  // namespace wattpurse::python
