// SPDX-License-Identifier: Apache-2.0
// Simulated meters as bytes in and bytes out, and what households use.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "areas.hpp"

#if WATTPURSE_WITH_SIM

#include <wattpurse/sim/household.hpp>
#include <wattpurse/sim/meter_server.hpp>
#include <wattpurse/sim/modbus_line.hpp>
#include <wattpurse/sim/modbus_meter.hpp>
#include <wattpurse/sim/smart_meter.hpp>

#include "arrow.hpp"
#include "bytes.hpp"
#include "dlt645.hpp"
#include "errors.hpp"
#include "number.hpp"
#include "profiles.hpp"
#include "time.hpp"

namespace wattpurse::python {

namespace {

/// A fault of the library's `check`: "option: what is there, expected what".
[[noreturn]] void refuse(const std::string& fault)
{
    const auto colon = fault.find(": ");
    const auto comma = fault.find(", expected ");
    if (colon == std::string::npos || comma == std::string::npos || comma < colon) {
        raise("InvalidValue", {"", "", "", "out_of_range", fault});
    }
    raise("InvalidValue", {fault.substr(0, colon), fault.substr(colon + 2, comma - colon - 2),
                           fault.substr(comma + 11), "out_of_range"});
}

/// kWh of T1 to T4. The total is their sum.
register_set registers_of(const py::dict& given)
{
    register_set out;
    for (const auto& [key, value] : given) {
        const std::string name = py::str(key);
        if (name.size() != 2 || name[0] != 'T' || name[1] < '1' || name[1] > '4') {
            raise("InvalidValue", {"energy", "'" + name + "'", "'T1' to 'T4'", "syntax"});
        }
        out.tariff[static_cast<std::size_t>(name[1] - '1')] =
            energy::of(mantissa_of(value, energy::scale, {}, "energy"));
    }
    for (const energy& each : out.tariff) {
        out.total = value_of(out.total + each, {"energy", "the sum", "a sum that fits"});
    }
    return out;
}

sim::load_function load_of(py::handle load, py::handle seed, std::uint64_t otherwise,
                           fixed_zone zone)
{
    if (!load.is_none()) {
        return sim::steady_load(power::of(mantissa_of(load, power::scale, {}, "load")));
    }
    if (seed.is_none()) return sim::drawn_load(otherwise, zone);
    return sim::drawn_load(static_cast<std::uint64_t>(integer_of(seed, "seed", 0, INT64_MAX)),
                           zone);
}

sim::fault_rates rates_of(const py::dict& given)
{
    sim::fault_rates out;
    const std::pair<const char*, std::uint16_t sim::fault_rates::*> names[]{
        {"silent", &sim::fault_rates::silent},       {"deaf", &sim::fault_rates::deaf},
        {"late", &sim::fault_rates::late},           {"truncated", &sim::fault_rates::truncated},
        {"corrupted", &sim::fault_rates::corrupted}, {"noisy", &sim::fault_rates::noisy},
        {"partly_applied", &sim::fault_rates::partly_applied}};
    for (const auto& [key, value] : given) {
        const std::string name = py::str(key);
        bool is_known = false;
        for (const auto& [known, member] : names) {
            if (name != known) continue;
            out.*member = static_cast<std::uint16_t>(integer_of(value, known, 0, 1000));
            is_known = true;
        }
        if (name == "seed") {
            out.seed = static_cast<std::uint64_t>(integer_of(value, "seed", 0, INT64_MAX));
        } else if (name == "late_by") {
            out.late_by = duration_of(value, "late_by");
        } else if (name == "echo") {
            out.echo = value.cast<bool>();
        } else if (!is_known) {
            raise("InvalidValue", {"faults", "'" + name + "'",
                                   "silent, deaf, late, truncated, corrupted, noisy, "
                                   "partly_applied, seed, late_by or echo", "syntax"});
        }
    }
    return out;
}

/// Bytes that are due, as [(when, bytes)].
template <class Due>
py::list output_list(const std::vector<Due>& all)
{
    py::list out;
    for (const Due& each : all) {
        out.append(py::make_tuple(datetime_from(each.at), bytes_from(each.bytes)));
    }
    return out;
}

py::object deadline_of(instant at)
{
    return at == instant::max() ? py::object{py::none()} : datetime_from(at);
}

// ---- DL/T 645 ----------------------------------------------------------------------------------

struct meter_kind {
    sim::meter_options options;
    bool is_installed = false;  ///< the instant is told; else it is the first that its line hears
};

meter_kind made_meter(py::handle address, const py::dict& energy, py::handle load, py::handle seed,
                      const std::string& phases, const std::vector<dlt645::credentials>& passwords,
                      py::handle installed_at, py::handle clock_error, py::handle answer_delay,
                      bool programming_key, py::handle push_every, py::handle read_limit)
{
    meter_kind out;
    sim::meter_options& to = out.options;
    to.address = address_of(address);
    if (phases != "single" && phases != "three") {
        raise("InvalidValue", {"phases", "'" + phases + "'", "'single' or 'three'", "syntax"});
    }
    to.phases = phases == "three" ? sim::wiring::three_phase : sim::wiring::single_phase;
    to.registers = registers_of(energy);
    std::uint64_t number = 0;
    const auto digits = to.address.text();
    for (const char digit : digits.view()) {
        number = 10 * number + static_cast<std::uint64_t>(digit - '0');
    }
    to.load = load_of(load, seed, number, to.zone);
    to.passwords = passwords;
    to.programming_key = programming_key;
    to.read_limit = byte_of(read_limit, "read_limit");
    out.is_installed = !installed_at.is_none();
    to.installed_at = out.is_installed ? instant_of(installed_at, "installed_at")
                                       : value_of(parse_iso8601("2026-01-01T00:00:00+08:00"), {});
    if (!clock_error.is_none()) to.clock_error = duration_of(clock_error, "clock_error");
    if (!answer_delay.is_none()) to.answer_delay = duration_of(answer_delay, "answer_delay");
    if (!push_every.is_none()) to.push_every = duration_of(push_every, "push_every");
    if (const auto fine = sim::check(to); !fine) refuse(fine.error());
    return out;
}

/// Meters on one line, made when the line is first told the time.
class dlt645_line {
public:
    dlt645_line(const std::vector<meter_kind>& meters, const py::dict& faults)
        : kinds_{meters}, rates_{rates_of(faults)}
    {
        if (meters.empty()) {
            raise("InvalidValue", {"meters", "none", "one meter or more", "out_of_range"});
        }
    }

    sim::meter_server& at(py::handle now)
    {
        const instant told = instant_of(now, "now");
        if (!server_) {
            std::vector<sim::meter_options> options;
            for (meter_kind& each : kinds_) {
                if (!each.is_installed) each.options.installed_at = told;
                options.push_back(each.options);
            }
            server_.emplace(options, rates_);
        }
        now_ = std::max(now_, told);
        return *server_;
    }
    [[nodiscard]] instant now() const noexcept { return now_; }
    [[nodiscard]] py::object next_deadline() const
    {
        return server_ ? deadline_of(server_->next_deadline()) : py::object{py::none()};
    }
    sim::smart_meter& meter(py::handle address, py::handle now)
    {
        sim::meter_server& all = at(now);
        const dlt645::address wanted = address_of(address);
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all.meter(i).address() == wanted) return all.meter(i);
        }
        raise(errc::not_found, {"address", shown(address), "a meter of this line"});
    }

private:
    std::vector<meter_kind> kinds_;
    sim::fault_rates rates_;
    std::optional<sim::meter_server> server_;
    instant now_{};
};

void bind_dlt645_line(py::module_& to)
{
    py::class_<meter_kind>(to, "Meter", "How a simulated DL/T 645 meter is: what a line has.")
        .def(py::init(&made_meter), py::arg("address"), py::kw_only(),
             py::arg("energy") = py::dict(), py::arg("load") = py::none(),
             py::arg("seed") = py::none(), py::arg("phases") = "single",
             py::arg("passwords") = std::vector<dlt645::credentials>{},
             py::arg("installed_at") = py::none(), py::arg("clock_error") = py::none(),
             py::arg("answer_delay") = py::none(), py::arg("programming_key") = true,
             py::arg("push_every") = py::none(), py::arg("read_limit") = 200,
             "energy: kWh of T1 to T4 when it begins. load: steady kW; None draws a household's "
             "from the seed (the address unless told). passwords: Credentials that open it; "
             "without any it refuses what needs one. installed_at: None is the first moment that "
             "its line is told. clock_error: its clock minus the true time. read_limit: bytes of "
             "one answer, beyond which more frames follow.")
        .def_property_readonly("address", [](const meter_kind& self) {
            const auto digits = self.options.address.text();
            return str_from(digits.view());
        });
    py::class_<dlt645_line>(to, "Dlt645Line",
                            "Simulated meters on one DL/T 645 line, without I/O: bytes in, bytes "
                            "out when they are due. Time never goes backwards.")
        .def(py::init<const std::vector<meter_kind>&, const py::dict&>(), py::arg("meters"),
             py::arg("faults") = py::dict())
        .def("receive",
             [](dlt645_line& self, py::handle data, py::handle now) {
                 const borrowed_bytes held{data, "data"};
                 auto& server = self.at(now);
                 server.receive(held.span(), self.now());
             },
             py::arg("data"), py::arg("now"), "Bytes that the line brings.")
        .def("take_output",
             [](dlt645_line& self, py::handle now) {
                 auto& server = self.at(now);
                 return output_list(server.take_output(self.now()));
             },
             py::arg("now"), "[(when it was due, bytes)], each only once.")
        .def("next_deadline", &dlt645_line::next_deadline,
             "When `take_output` will have something; None while nothing is planned.")
        .def("session", [](const py::object& self) { return self; },
             "The line itself: whoever is connected hears all of it.")
        .def_property_readonly("broken", [](const dlt645_line&) { return false; })
        .def("press_key",
             [](dlt645_line& self, py::handle address, py::handle now) {
                 auto& meter = self.meter(address, now);
                 meter.press_key(self.now());
             },
             py::arg("address"), py::arg("now"), "The customer presses the meter's key.")
        .def("power",
             [](dlt645_line& self, py::handle address, bool is_on, py::handle now) {
                 auto& meter = self.meter(address, now);
                 is_on ? meter.power_up(self.now()) : meter.power_down(self.now());
             },
             py::arg("address"), py::arg("is_on"), py::arg("now"),
             "The grid fails or comes back; meanwhile the meter is silent.")
        .def("is_closed",
             [](dlt645_line& self, py::handle address, py::handle now) {
                 auto& meter = self.meter(address, now);
                 meter.advance(self.now());
                 return meter.relay().state() == relay_state::closed;
             },
             py::arg("address"), py::arg("now"), "The meter's relay is closed.");
}

// ---- Modbus ------------------------------------------------------------------------------------

struct modbus_kind {
    profile_ptr profile;  ///< the options borrow from it
    sim::modbus_meter_options options;
    bool is_installed = false;
};

modbus_kind made_modbus(const profile_ptr& profile, py::handle unit, const py::dict& energy,
                        py::handle load, py::handle seed, py::handle money_cents,
                        py::handle installed_at, bool holes_are_zero)
{
    if (!profile->is_modbus()) {
        raise("InvalidValue", {"profile", "one of DL/T 645", "one of Modbus", "syntax"});
    }
    modbus_kind out{profile, {}, !installed_at.is_none()};
    sim::modbus_meter_options& to = out.options;
    to.map = profile->view();
    to.unit = byte_of(unit, "unit");
    to.registers = registers_of(energy);
    to.load = load_of(load, seed, 1, to.zone);
    to.money_cents = integer_of(money_cents, "money_cents", 0, 99'999'999);
    to.holes_are_zero = holes_are_zero;
    to.installed_at = out.is_installed ? instant_of(installed_at, "installed_at")
                                       : value_of(parse_iso8601("2026-01-01T00:00:00+08:00"), {});
    if (const auto fine = sim::check(to); !fine) refuse(fine.error());
    return out;
}

sim::modbus_transport transport_of(const std::string& name)
{
    if (name == "tcp") return sim::modbus_transport::tcp;
    if (name == "rtu") return sim::modbus_transport::rtu;
    if (name == "ascii") return sim::modbus_transport::ascii;
    raise("InvalidValue", {"framing", "'" + name + "'", "'tcp', 'rtu' or 'ascii'", "syntax"});
}

/// Meters behind one line or server; each connection is a session of its own.
struct modbus_room {
    std::vector<modbus_kind> kinds;
    sim::modbus_transport transport;
    sim::modbus_fault_rates rates;
    duration answer_delay;
    std::shared_ptr<sim::modbus_units> units;  ///< once the time is known
    instant now{};
};

class modbus_session {
public:
    explicit modbus_session(std::shared_ptr<modbus_room> room) : room_{std::move(room)} {}

    sim::modbus_line& at(py::handle now)
    {
        const instant told = instant_of(now, "now");
        if (!room_->units) {
            room_->units = std::make_shared<sim::modbus_units>();
            for (modbus_kind& each : room_->kinds) {
                if (!each.is_installed) each.options.installed_at = told;
                room_->units->add(each.options.unit,
                                  std::make_shared<sim::modbus_meter>(each.options));
            }
        }
        if (!line_) {
            line_.emplace(room_->units, room_->transport, room_->rates, room_->answer_delay);
        }
        room_->now = std::max(room_->now, told);
        return *line_;
    }
    [[nodiscard]] instant now() const noexcept { return room_->now; }
    [[nodiscard]] py::object next_deadline() const
    {
        return line_ ? deadline_of(line_->next_deadline()) : py::object{py::none()};
    }
    [[nodiscard]] bool broken() const { return line_ && line_->broken(); }
    [[nodiscard]] std::unique_ptr<modbus_session> another() const
    {
        return std::make_unique<modbus_session>(room_);
    }
    [[nodiscard]] sim::modbus_meter& meter(py::handle unit, py::handle now)
    {
        at(now);
        auto* const found = room_->units->find(byte_of(unit, "unit"));
        if (found == nullptr) raise(errc::not_found, {"unit", shown(unit), "a meter of this line"});
        found->advance(room_->now);
        return static_cast<sim::modbus_meter&>(*found);
    }

private:
    std::shared_ptr<modbus_room> room_;
    std::optional<sim::modbus_line> line_;
};

std::unique_ptr<modbus_session> made_session(const std::vector<modbus_kind>& meters,
                                             const std::string& framing, const py::dict& faults,
                                             py::handle answer_delay)
{
    if (meters.empty()) {
        raise("InvalidValue", {"meters", "none", "one meter or more", "out_of_range"});
    }
    auto room = std::make_shared<modbus_room>();
    room->kinds = meters;
    room->transport = transport_of(framing);
    room->rates.bytes = rates_of(faults);
    room->answer_delay = answer_delay.is_none() ? duration{0}
                                                : duration_of(answer_delay, "answer_delay");
    return std::make_unique<modbus_session>(std::move(room));
}

void bind_modbus_line(py::module_& to)
{
    py::class_<modbus_kind>(to, "ModbusMeter",
                            "How a simulated Modbus meter is: any that a profile describes.")
        .def(py::init(&made_modbus), py::arg("profile"), py::kw_only(), py::arg("unit") = 1,
             py::arg("energy") = py::dict(), py::arg("load") = py::none(),
             py::arg("seed") = py::none(), py::arg("money_cents") = 5000,
             py::arg("installed_at") = py::none(), py::arg("holes_are_zero") = false,
             "energy, load, seed, installed_at: as of Meter. money_cents: in its purse, where it "
             "has one. holes_are_zero: registers the profile does not name are 0 instead of "
             "refused.")
        .def_property_readonly("unit", [](const modbus_kind& self) { return self.options.unit; });
    using session = modbus_session;
    py::class_<session>(to, "ModbusLine",
                        "Simulated Modbus meters behind one line or server, without I/O: bytes "
                        "in, bytes out when they are due. Time never goes backwards.")
        .def(py::init(&made_session), py::arg("meters"), py::arg("framing") = "tcp",
             py::arg("faults") = py::dict(), py::arg("answer_delay") = py::none())
        .def("receive",
             [](session& self, py::handle data, py::handle now) {
                 const borrowed_bytes held{data, "data"};
                 auto& line = self.at(now);
                 line.receive(held.span(), self.now());
             },
             py::arg("data"), py::arg("now"), "Bytes that the line brings.")
        .def("take_output",
             [](session& self, py::handle now) {
                 auto& line = self.at(now);
                 return output_list(line.take_output(self.now()));
             },
             py::arg("now"), "[(when it was due, bytes)], each only once.")
        .def("next_deadline", &session::next_deadline,
             "When `take_output` will have something; None while nothing is planned.")
        .def("session", &session::another, "Another connection to the same meters.")
        .def_property_readonly("broken", &session::broken, "The connection is to be closed.")
        .def("is_closed",
             [](session& self, py::handle unit, py::handle now) {
                 return self.meter(unit, now).is_closed();
             },
             py::arg("unit"), py::arg("now"), "The meter's relay is closed.");
}

// ---- Households --------------------------------------------------------------------------------

std::shared_ptr<out_table> household_load(py::handle start, py::handle until, int households,
                                          py::handle seed, py::handle step, py::handle zone)
{
    const instant from = instant_of(start, "start");
    const instant to = instant_of(until, "until");
    constexpr duration quarter = std::chrono::minutes{15};
    const duration width = step.is_none() ? quarter : duration_of(step, "step");
    if (width < quarter || width % quarter != duration{0}) {
        raise("InvalidValue", {"step", shown(step), "a multiple of 15 minutes", "out_of_range"});
    }
    constexpr std::int64_t rows_max = 10'000'000;
    const std::int64_t quarters = to > from ? (to - from) / quarter : 0;
    if (households < 1 || quarters > rows_max || quarters * households > rows_max) {
        raise("InvalidValue", {"households", std::to_string(households),
                               "1 or more, and at most 10,000,000 quarters of an hour of all",
                               "out_of_range"});
    }
    const fixed_zone where = zone.is_none() ? china_zone : zone_of(zone, "zone");
    const auto luck = static_cast<std::uint64_t>(integer_of(seed, "seed", 0, INT64_MAX));
    texts accounts;
    moments times;
    decimals used{energy::scale, {}};
    {
        const py::gil_scoped_release released;
        for (int i = 0; i < households; ++i) {
            const sim::household who{luck, static_cast<unsigned>(i), sim::payer::never, 1,
                                     currency{"CNY"}};
            const std::string name = "H" + std::to_string(100'001 + i).substr(1);
            for (instant at = from; at + width <= to; at += width) {
                std::int64_t sum = 0;
                for (instant each = at; each < at + width; each += quarter) {
                    sum += who.use(each, where).mantissa();
                }
                accounts.push_back(name);
                times.ms.push_back(at.time_since_epoch().count());
                used.mantissas.push_back(sum);
            }
        }
    }
    return std::make_shared<out_table>(out_table{{{"account", std::move(accounts)},
                                                  {"time", std::move(times)},
                                                  {"kwh", std::move(used)}}});
}

}  // namespace

void bind_sim(py::module_& to)
{
    auto area = to.def_submodule("sim", "Simulated meters and households.");
    bind_dlt645_line(area);
    bind_modbus_line(area);
    area.def("household_load", &household_load, py::arg("start"), py::arg("until"), py::kw_only(),
             py::arg("households") = 1, py::arg("seed") = 1, py::arg("step") = py::none(),
             py::arg("zone") = py::none());
}

}  // namespace wattpurse::python

#else

namespace wattpurse::python {

void bind_sim(pybind11::module_&) {}

}  // namespace wattpurse::python

#endif
