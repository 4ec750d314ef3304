// SPDX-License-Identifier: Apache-2.0
// Decisions of credit control, pure.
#include <array>
#include <memory>
#include <string>

#include <pybind11/pybind11.h>

#include <wattpurse/adapter/json/policy.hpp>
#include <wattpurse/credit/decide.hpp>
#include <wattpurse/credit/protection.hpp>

#include "areas.hpp"
#include "bytes.hpp"
#include "errors.hpp"
#include "number.hpp"
#include "time.hpp"

namespace wattpurse::python {

namespace {

/// The member whose name an object gives; members are numbered from 0 to `last`.
template <class Enum>
Enum member_of(py::handle value, Enum last, const char* place)
{
    const auto text = py::str(value.attr("value")).cast<std::string>();
    for (int i = 0; i <= static_cast<int>(last); ++i) {
        const auto each = static_cast<Enum>(i);
        if (text == to_string(each)) return each;
    }
    raise("InvalidValue", {place, shown(value), "a member of its enum", "syntax"});
}

py::object optional_time(const std::optional<instant>& at)
{
    return at ? datetime_from(*at) : py::none();
}

std::optional<instant> time_member(py::handle of, const char* name)
{
    const py::object found = of.attr(name);
    if (found.is_none()) return std::nullopt;
    return instant_of(found, name);
}

account_id account_of_text(py::handle name)
{
    const error_details wrong{"account", shown(name), "an account's name, as 'F07'"};
    if (!PyUnicode_Check(name.ptr())) raise("WrongType", wrong);
    return value_of(account_id::parse(name.cast<std::string>()), wrong);
}

std::uint32_t count_member(py::handle of, const char* name)
{
    const py::object found = of.attr(name);
    const auto count = PyLong_Check(found.ptr()) ? PyLong_AsUnsignedLong(found.ptr()) : ~0UL;
    if (PyErr_Occurred() != nullptr || count > 0xFFFF'FFFFU) {
        PyErr_Clear();
        raise("InvalidValue", {name, shown(found), "a count from 0", "out_of_range"});
    }
    return static_cast<std::uint32_t>(count);
}

// ---- Into the library ---------------------------------------------------------------------------

credit_state state_of(py::handle from)
{
    credit_state out;
    out.account = account_of_text(from.attr("account"));
    out.level = member_of(from.attr("level"), credit_level::over_limit, "level");
    out.episode = count_member(from, "episode");
    out.told = member_of(from.attr("told"), credit_level::over_limit, "told");
    out.warned_at = time_member(from, "warned_at");
    out.warning_delivered_at = time_member(from, "warning_delivered_at");
    out.cut_wanted = from.attr("cut_wanted").cast<bool>();
    out.protect_wanted = from.attr("protect_wanted").cast<bool>();
    out.command_count = count_member(from, "command_count");
    out.relay = member_of(from.attr("relay"), relay_state::open, "relay");
    out.relay_read_at = time_member(from, "relay_read_at");
    out.protect_read = from.attr("protect_read").cast<bool>();
    return out;
}

command command_of(py::handle from, const account_id& account)
{
    command out;
    out.key = from.attr("key").cast<std::string>();
    out.account = account;
    out.kind = member_of(from.attr("kind"), command_kind::unprotect, "kind");
    out.state = member_of(from.attr("state"), command_state::expired, "state");
    out.queued_at = time_member(from, "queued_at").value_or(instant{});
    out.sent_at = time_member(from, "sent_at");
    out.acknowledged_at = time_member(from, "acknowledged_at");
    return out;
}

std::optional<command> command_member(py::handle of, const char* name, const account_id& account)
{
    const py::object found = of.attr(name);
    if (found.is_none()) return std::nullopt;
    return command_of(found, account);
}

money balance_of(py::handle value, currency unit)
{
    if (!py::isinstance<money>(value)) return {number_of<money::scale>(value, "balance"), unit};
    const auto balance = value.cast<money>();
    if (balance.unit() != unit) {
        raise("CurrencyMismatch", {"balance", to_string(balance),
                                   "an amount of " + std::string{unit.code()},
                                   "currency_mismatch"});
    }
    return balance;
}

credit::account_view view_of(py::handle state, py::handle facts, const credit::policy& rules)
{
    credit::account_view out;
    out.state = state_of(state);
    out.balance = balance_of(facts.attr("balance"), rules.unit);
    out.newest_reading = time_member(facts, "newest_reading");
    out.payment_in_flight = facts.attr("payment_in_flight").cast<bool>();
    out.open_command = command_member(facts, "open_command", out.state.account);
    out.last_attempt_at = time_member(facts, "last_attempt_at");
    out.last_command = command_member(facts, "last_command", out.state.account);
    if (out.open_command && !is_open(out.open_command->state)) {
        raise("InvalidValue", {"open_command", std::string{to_string(out.open_command->state)},
                               "one that is queued, sent or acknowledged", "syntax"});
    }
    return out;
}

// ---- Out of it ----------------------------------------------------------------------------------

py::dict state_dict(const credit_state& from)
{
    py::dict out;
    out["account"] = str_from(from.account.view());
    out["level"] = str_from(to_string(from.level));
    out["episode"] = from.episode;
    out["told"] = str_from(to_string(from.told));
    out["warned_at"] = optional_time(from.warned_at);
    out["warning_delivered_at"] = optional_time(from.warning_delivered_at);
    out["cut_wanted"] = from.cut_wanted;
    out["protect_wanted"] = from.protect_wanted;
    out["command_count"] = from.command_count;
    out["relay"] = str_from(to_string(from.relay));
    out["relay_read_at"] = optional_time(from.relay_read_at);
    out["protect_read"] = from.protect_read;
    return out;
}

/// (next state, notices, command, supersede_open, evaluate_again_at, why).
py::tuple decide(const credit::policy& rules, py::handle state, py::handle facts, py::handle now)
{
    const auto made = credit::decide(view_of(state, facts, rules), rules, instant_of(now, "now"));
    py::list notices;
    for (const credit::notice_intent& each : made.notices) {
        notices.append(py::make_tuple(str_from(to_string(each.kind)), each.key, each.text));
    }
    py::object command = py::none();
    if (made.command) {
        command = py::make_tuple(str_from(to_string(made.command->kind)), made.command->key,
                                 made.command->reason);
    }
    return py::make_tuple(state_dict(made.next), notices, command, made.supersede_open,
                          optional_time(made.evaluate_again_at), made.why);
}

py::tuple may_send(const credit::policy& rules, py::handle state, py::handle facts,
                   py::handle what, py::handle now)
{
    const auto view = view_of(state, facts, rules);
    const auto found = credit::may_send(command_of(what, view.state.account), view, rules,
                                        instant_of(now, "now"));
    return py::make_tuple(found.allowed, found.reason);
}

std::unique_ptr<credit::policy> loaded(const std::string& text)
{
    auto made = adapter::json::load_policy(text);
    if (!made) raise(made.error(), "policy");
    return std::make_unique<credit::policy>(std::move(*made));
}

std::string minute_text(std::chrono::minutes at)
{
    const auto digits = [](long number) {
        return std::string{static_cast<char>('0' + number / 10),
                           static_cast<char>('0' + number % 10)};
    };
    return digits(static_cast<long>(at.count() / 60)) + ':' +
           digits(static_cast<long>(at.count() % 60));
}

py::tuple hours_of(const credit::policy& rules)
{
    py::list out;
    for (const credit::daily_window& each : rules.protected_hours) {
        out.append(py::make_tuple(minute_text(each.from), minute_text(each.to)));
    }
    return py::tuple(out);
}

py::tuple weekdays_of(const credit::policy& rules)
{
    constexpr std::array names{"sunday", "monday", "tuesday", "wednesday",
                               "thursday", "friday", "saturday"};
    py::list out;
    for (const std::uint8_t each : rules.protected_weekdays) out.append(names.at(each));
    return py::tuple(out);
}

py::tuple days_of(const credit::policy& rules)
{
    const auto date = py::module_::import("datetime").attr("date");
    py::list out;
    for (const auto& each : rules.protected_days) {
        out.append(date(int{each.year()}, unsigned{each.month()}, unsigned{each.day()}));
    }
    return py::tuple(out);
}

py::tuple accounts_of(const credit::policy& rules)
{
    py::list out;
    for (const account_id& each : rules.protected_accounts) out.append(str_from(each.view()));
    return py::tuple(out);
}

void bind_members(py::class_<credit::policy>& type)
{
    using credit::policy;
    type.def_property_readonly("name", [](const policy& self) { return self.name; })
        .def_property_readonly("describe", [](const policy& self) { return self.describe; },
                               "Free text for people.")
        .def_property_readonly("currency",
                               [](const policy& self) { return str_from(self.unit.code()); })
        .def_property_readonly("alarm_1", [](const policy& self) { return self.alarm_1; },
                               "Told at or under this balance.")
        .def_property_readonly("alarm_2", [](const policy& self) { return self.alarm_2; },
                               "Told again; not above alarm_1.")
        .def_property_readonly("overdraft_limit",
                               [](const policy& self) { return self.overdraft_limit; },
                               "A cut needs a balance below minus this.")
        .def_property_readonly("reconnect_above",
                               [](const policy& self) { return self.reconnect_above; },
                               "Supply comes back at or above this balance.")
        .def_property_readonly("notice_age_min",
                               [](const policy& self) {
                                   return timedelta_from(self.notice_age_min);
                               },
                               "From the receipt of a cut warning to the cut.")
        .def_property_readonly("reading_age_max",
                               [](const policy& self) {
                                   return timedelta_from(self.reading_age_max);
                               },
                               "A cut needs a reading not older than this.")
        .def_property_readonly("reconnect",
                               [](const policy& self) {
                                   return self.direct_reconnect ? "direct" : "permit";
                               },
                               "\"direct\", or \"permit\": the customer closes the relay.")
        .def_property_readonly("protected_hours", &hours_of,
                               "Pairs (\"17:00\", \"09:00\") in which nobody is cut.")
        .def_property_readonly("protected_weekdays", &weekdays_of, "\"sunday\" and so on.")
        .def_property_readonly("protected_days", &days_of, "Dates.")
        .def_property_readonly("protected_accounts", &accounts_of, "Never cut.");
}

}  // namespace

void bind_credit(py::module_& to)
{
    using credit::policy;
    auto area = to.def_submodule("credit", "Decisions of credit control.");
    py::class_<policy> type{area, "Policy", "How a supplier deals with arrears."};
    type.def(py::init(&loaded), py::arg("text"));
    bind_members(type);
    type.def("decide", &decide, py::arg("state"), py::arg("facts"), py::arg("now"))
        .def("may_send", &may_send, py::arg("state"), py::arg("facts"), py::arg("command"),
             py::arg("now"))
        .def("level_of",
             [](const policy& self, const py::object& balance) {
                 return str_from(to_string(credit::level_of(self, balance_of(balance, self.unit))));
             },
             py::arg("balance"), "Where a balance stands: the name of a Level.")
        .def("protects",
             [](const policy& self, const py::object& account) {
                 return credit::is_protected(self, account_of_text(account));
             },
             py::arg("account"), "Whether the account is one of those that are never cut.")
        .def("is_protected_time",
             [](const policy& self, const py::object& at) {
                 return credit::is_protected_time(self, instant_of(at, "at"));
             },
             py::arg("at"), "Nobody may be cut then: an hour, a weekday or a day of protection.")
        .def("next_unprotected",
             [](const policy& self, const py::object& at, const py::object& lasting) {
                 const instant from = instant_of(at, "at");
                 const instant found =
                     lasting.is_none()
                         ? credit::next_unprotected(self, from)
                         : credit::next_unprotected(self, from, duration_of(lasting, "lasting"));
                 return found == instant::max() ? py::none() : datetime_from(found);
             },
             py::arg("at"), py::arg("lasting") = py::none(),
             "The first moment, not before `at`, that is not protected, or from which nothing is "
             "for so long; None where there is none.");
}

}  // namespace wattpurse::python
