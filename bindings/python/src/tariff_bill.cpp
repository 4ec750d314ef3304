// SPDX-License-Identifier: Apache-2.0
// Rating: what a period has cost, and what it leaves to the next.
#include "tariff_bill.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <wattpurse/adapter/json/bill.hpp>

#include "bytes.hpp"
#include "errors.hpp"
#include "json.hpp"
#include "number.hpp"
#include "time.hpp"

namespace wattpurse::python {

namespace {

/// What comes of rating without the GIL: a bill, or why there is none.
struct outcome {
    period_id over{};
    std::shared_ptr<made_bill> bill{};
    std::vector<fault> faults{};
    std::optional<errc> error{};
};

outcome rated_by(const tariff_ptr& by, const tariff::consumption& used,
                 const tariff::period& over, instant through)
{
    outcome out{over.id};
    auto what = tariff::rate(by->value, used, over, through);
    if (!what) {
        out.faults = std::move(what.error());
        return out;
    }
    auto bill = std::make_shared<made_bill>();
    bill->by = by;
    bill->over = over;
    bill->through = through;
    bill->is_closed = through >= over.until;
    bill->what = *std::move(what);
    tariff::rated copy;  // what is still open stays open
    if (!bill->is_closed) copy = bill->what;
    const auto totals = tariff::close(by->value, over, bill->is_closed ? bill->what : copy);
    if (totals) {
        bill->totals = *totals;
        out.bill = std::move(bill);
    } else {
        out.error = totals.error();
    }
    return out;
}

bill_ptr taken(outcome&& from)
{
    const std::string name{from.over.view()};
    if (!from.faults.empty()) raise(from.faults, "the consumption cannot be rated in " + name);
    if (from.error) raise(*from.error, {"total", name, "amounts that fit"});
    return std::move(from.bill);
}

instant end_of(const tariff::period& over, const py::object& through)
{
    if (through.is_none()) return over.until;
    const instant at = std::min(over.until, instant_of(through, "through"));
    if (at <= over.from) {
        raise("InvalidValue", {"through", shown(through), "a moment after the period begins",
                               "out_of_range"});
    }
    return at;
}

bill_ptr rate(const py::object& by, const py::object& used, const py::object& over,
              const py::object& through)
{
    const tariff_ptr tariff = tariff_pointer(by);
    const consumption_ptr rows = consumption_of(used);
    const tariff::period period = period_of(over);
    const instant until = end_of(period, through);
    outcome out;
    {
        const py::gil_scoped_release free;
        out = rated_by(tariff, *rows, period, until);
    }
    return taken(std::move(out));
}

/// What a bill leaves to the next: credits, values for ratchets, a residue that is carried.
void hand_on(const made_bill& from, tariff::consumption& to)
{
    const tariff::tariff& by = from.by->value;
    to.credits = from.what.credits;
    to.past.insert(to.past.end(), from.what.past.begin(), from.what.past.end());
    const tariff::civil_day last = by.zone.day_at(from.over.until - duration{1});
    const auto policy = by.versions[tariff::version_at(by, last)].rounding.residue;
    to.carried = policy == tariff::residue_policy::carry ? -from.totals.residue.amount()
                                                         : tariff::amount{};
}

py::list rate_all(const py::object& by, const py::object& used, const py::iterable& periods)
{
    const tariff_ptr tariff = tariff_pointer(by);
    const consumption_ptr rows = consumption_of(used);
    std::vector<tariff::period> all;
    for (const py::handle each : periods) all.push_back(period_of(each, "periods"));
    std::vector<outcome> made;
    {
        const py::gil_scoped_release free;
        tariff::consumption left = *rows;
        for (const tariff::period& over : all) {
            made.push_back(rated_by(tariff, left, over, over.until));
            if (!made.back().bill) break;
            hand_on(*made.back().bill, left);
        }
    }
    py::list out;
    for (outcome& each : made) {
        out.append(std::const_pointer_cast<made_bill>(taken(std::move(each))));
    }
    return out;
}

py::list gaps_of(const made_bill& self)
{
    const tariff::civil_zone& zone = self.by->value.zone;
    py::list out;
    for (const tariff::gap& each : self.what.gaps) {
        out.append(py::make_tuple(str_from(to_string(each.what)), each.meter,
                                  shown_moment(each.from, zone), shown_moment(each.until, zone)));
    }
    return out;
}

py::list credits_of(const made_bill& self)
{
    py::list out;
    for (const tariff::credit& each : self.what.credits) {
        out.append(py::make_tuple(each.of, number_from(each.quantity), date_from(each.earned),
                                  date_from(each.expires)));
    }
    return out;
}

py::list past_of(const made_bill& self)
{
    py::list out;
    for (const tariff::past_value& each : self.what.past) {
        out.append(py::make_tuple(each.determinant, date_from(each.month),
                                  number_from(each.value)));
    }
    return out;
}

using bill_type = py::class_<made_bill, std::shared_ptr<made_bill>>;

void bind_amounts(bill_type& type)
{
    type.def_property_readonly("sum", [](const made_bill& self) { return self.what.sum; },
                               "Money of all lines as rated, in steps of 10^-6.")
        .def_property_readonly("charged", [](const made_bill& self) {
            return self.totals.charged;
        }, "Money: the sum of the lines.")
        .def_property_readonly("total", [](const made_bill& self) { return self.totals.total; },
                               "Money, rounded by the rule for bills.")
        .def_property_readonly("residue", [](const made_bill& self) {
            return self.totals.residue;
        }, "Money: `total` less `charged`, posted or carried into the next bill.")
        .def_property_readonly("cash", [](const made_bill& self) -> py::object {
            if (!self.totals.cash) return py::none();
            return py::cast(*self.totals.cash);
        }, "Money that is to be paid where coins are scarce, or None.")
        .def_property_readonly("credits", &credits_of,
                               "(of, quantity, earned, expires): what is kept for later periods.")
        .def_property_readonly("past", &past_of,
                               "(determinant, month, value) that later ratchets look back on.")
        .def_property_readonly("gaps", &gaps_of,
                               "(channel, meter, start, until) of which no row tells.")
        .def_property_readonly("estimated", [](const made_bill& self) {
            return self.what.estimated;
        }, "Rows that were not measured.")
        .def_property_readonly("left_out", [](const made_bill& self) {
            return self.what.left_out;
        }, "Rows that are suspect or rejected, which are not charged.");
}

}  // namespace

void bind_tariff_bill(py::module_& to)
{
    bind_tariff_line(to);
    bill_type type{to, "Bill", "What a period has cost so far, or altogether."};
    type.def_property_readonly("tariff_name", [](const made_bill& self) {
            return self.by->value.name;
        }, "The name of the tariff.")
        .def_property_readonly("currency", [](const made_bill& self) {
            return std::string{self.by->value.unit.code()};
        }, "Three capital letters.")
        .def_property_readonly("period", [](const made_bill& self) {
            return shown_in(self.over, self.by->value.zone);
        }, "The Period.")
        .def_property_readonly("through", [](const made_bill& self) {
            return shown_moment(self.through, self.by->value.zone);
        }, "Up to when it counts what was used.")
        .def_property_readonly("is_closed", [](const made_bill& self) { return self.is_closed; },
                               "Whether it is of the whole period.")
        .def_property_readonly("lines", [](const made_bill& self) {
            return lines_of(self.what.lines, self.by);
        }, "Its lines, in the order of the bill.")
        .def("to_json", [](const made_bill& self) {
            return adapter::json::bill_text(self.by->value, self.over, self.what, self.totals);
        }, "The bill as a JSON object; numbers are strings, times ISO 8601.")
        .def("to_dict", [](const made_bill& self) {
            return object_from(nlohmann::ordered_json::parse(adapter::json::bill_text(
                self.by->value, self.over, self.what, self.totals)));
        }, "The same as a dict; numbers are strings.");
    bind_amounts(type);
    to.def("rate", [](const py::object& by, const py::object& used, const py::object& over,
                      const py::object& through) {
        return std::const_pointer_cast<made_bill>(rate(by, used, over, through));
    }, py::arg("tariff"), py::arg("consumption"), py::arg("period"),
           py::arg("through") = py::none(), "The Bill of a period, up to a moment.");
    to.def("rate_all", &rate_all, py::arg("tariff"), py::arg("consumption"), py::arg("periods"),
           "The bills of periods, one after the other: credits, past values and what is carried "
           "are handed on.");
}

}  // namespace wattpurse::python
