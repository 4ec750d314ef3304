// SPDX-License-Identifier: Apache-2.0
// How much energy an amount buys, and why so much.
#include <wattpurse/tariff/units_for.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include <wattpurse/tariff/timetable.hpp>

#include "errors.hpp"
#include "number.hpp"
#include "tariff_bill.hpp"
#include "time.hpp"

namespace wattpurse::python {

namespace {

using tariff::band_profile;
using tariff::consumption_row;

/// From (band, kWh) pairs.
band_profile profile_of(const py::list& steps, py::handle what, instant at)
{
    band_profile out;
    for (const py::handle each : steps) {
        const auto [band, quantity] = named_pair(each, "profile");
        const std::string place = "profile['" + band + "']";
        out.steps.push_back({band, scalar_of(quantity, place.c_str())});
    }
    out.what = channel_of(what, "channel");
    out.at = at;
    return out;
}

/// Where the account stands: the end of its last row within the period, else its begin.
instant now_of(const tariff::consumption& used, const tariff::period& over)
{
    instant out = over.from;
    for (const consumption_row& row : used.rows) {
        if (row.until > out && row.until <= over.until) out = row.until;
    }
    return out;
}

/// The row of a part of the profile, as units_for places it; none where the band does not come.
std::optional<consumption_row> row_of(const tariff::tariff& by, const tariff::consumption& used,
                                      const tariff::period& over, const band_profile& profile,
                                      const std::string& band)
{
    consumption_row out;
    out.what = profile.what;
    out.from = profile.at;
    const auto in = std::find_if(by.bands.begin(), by.bands.end(),
                                 [&](const tariff::band& each) { return each.name == band; });
    const tariff::version& version =
        by.versions[tariff::version_at(by, by.zone.day_at(profile.at))];
    if (in != by.bands.end() && in->register_index) {
        out.register_index = static_cast<std::int8_t>(*in->register_index);
    } else if (in != by.bands.end() && !version.calendar.plans.empty() &&
               profile.what != tariff::channel::purchase) {
        const auto runs = tariff::timetable(version.calendar, by.bands, by.zone, used.events,
                                            profile.at, over.until);
        const auto next = std::find_if(runs.begin(), runs.end(), [&](const tariff::run& each) {
            return each.band == in - by.bands.begin();
        });
        if (next == runs.end()) return std::nullopt;
        out.from = next->from;
    }
    out.until = out.from;
    if (profile.what != tariff::channel::purchase) out.until += duration{1};
    return out;
}

/// How much of a quantity falls to each part of the profile, which are used in turn.
std::vector<std::int64_t> parts_of(const band_profile& profile, std::int64_t quantity)
{
    std::int64_t turn = 0;
    for (const auto& each : profile.steps) turn += each.quantity.mantissa();
    std::vector<std::int64_t> out;
    std::int64_t rest = quantity % turn;
    for (const auto& each : profile.steps) {
        const std::int64_t size = each.quantity.mantissa();
        const std::int64_t last = std::min(size, rest);
        rest -= last;
        out.push_back(quantity / turn * size + last);
    }
    return out;
}

/// What was used, and the bought energy in rows beside it.
std::optional<tariff::consumption> with_bought(const tariff::tariff& by,
                                               const tariff::consumption& used,
                                               const tariff::period& over,
                                               const band_profile& profile,
                                               tariff::scalar quantity, instant& through)
{
    tariff::consumption out = used;
    const std::size_t before = out.rows.size();
    const auto parts = parts_of(profile, quantity.mantissa());
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto row = row_of(by, used, over, profile, profile.steps[i].band);
        if (!row) return std::nullopt;
        through = std::max(through, row->from + duration{1});
        const auto same = std::find_if(
            out.rows.begin() + static_cast<std::ptrdiff_t>(before), out.rows.end(),
            [&](const consumption_row& each) {
                return each.from == row->from && each.register_index == row->register_index;
            });
        if (same != out.rows.end()) {
            same->quantity = tariff::scalar::of(same->quantity.mantissa() + parts[i]);
        } else {
            row->quantity = tariff::scalar::of(parts[i]);
            out.rows.push_back(*row);
        }
    }
    return out;
}

money less(money a, money b) { return (a - b).value_or(a); }

/// What the bought energy adds to each line; empty where that is not the whole cost.
std::vector<tariff::line> added_lines(const tariff::tariff& by, const tariff::consumption& used,
                                      const tariff::period& over, const band_profile& profile,
                                      const tariff::units& found)
{
    instant through = profile.at;
    const auto bought = with_bought(by, used, over, profile, found.quantity, through);
    if (!bought) return {};
    const auto after = tariff::rate(by, *bought, over, through);
    const auto before = tariff::rate(by, used, over, through);
    if (!after || !before || less(after->sum, before->sum) != found.cost) return {};
    std::vector<tariff::line> out;
    for (tariff::line each : after->lines) {
        const auto was = std::find_if(before->lines.begin(), before->lines.end(),
                                      [&](const tariff::line& at) { return at.id == each.id; });
        if (was != before->lines.end() && !each.is_average && each.price == was->price) {
            each.quantity = tariff::scalar::of(each.quantity.mantissa() -
                                               was->quantity.mantissa());
            each.base = less(each.base, was->base);
            each.residue = {};
            each.amount = less(each.amount, was->amount);
        } else if (was != before->lines.end()) {
            return {};  // another price for what was used before too: no line says what is added
        }
        if (!each.amount.is_zero() || !each.quantity.is_zero()) out.push_back(each);
    }
    return out;
}

/// What is called without the GIL.
struct question {
    tariff_ptr by{};
    consumption_ptr used{};
    tariff::period over{};
    money what{};
    band_profile profile{};
    tariff::scalar step{};
};

struct answer {
    result<tariff::units, std::vector<fault>> found;
    std::vector<tariff::line> lines{};
};

answer ask(const question& of)
{
    answer out{tariff::units_for(of.what, of.by->value, *of.used, of.over, of.profile, of.step)};
    if (out.found) {
        out.lines = added_lines(of.by->value, *of.used, of.over, of.profile, *out.found);
    }
    return out;
}

/// (quantity, cost, left, is_bounded, lines).
py::tuple units_for(const py::object& what, const py::object& by, const py::object& used,
                    const py::object& over, const py::list& profile, const py::object& at,
                    const py::object& what_counts, const py::object& step)
{
    question of{tariff_pointer(by), consumption_of(used), period_of(over)};
    if (!py::isinstance<money>(what)) {
        raise("WrongType", {"money", shown(what), "a Money", "type"});
    }
    of.what = what.cast<money>();
    const instant now = at.is_none() ? now_of(*of.used, of.over) : instant_of(at, "at");
    of.profile = profile_of(profile, what_counts, now);
    of.step = scalar_of(step, "step");
    std::optional<answer> found;
    {
        const py::gil_scoped_release free;
        found = ask(of);
    }
    if (!found->found) raise(found->found.error(), "what the money buys cannot be told");
    const tariff::units& out = *found->found;
    return py::make_tuple(number_from(out.quantity), out.cost, out.left,
                          out.is_bounded, lines_of(found->lines, of.by));
}

}  // namespace

void bind_tariff_units(py::module_& to)
{
    to.def("units_for", &units_for, py::arg("money"), py::arg("tariff"), py::arg("consumption"),
           py::arg("period"), py::arg("profile"), py::arg("at"), py::arg("channel"),
           py::arg("step"),
           "(quantity, cost, left, is_bounded, lines): the most energy whose every part is paid "
           "for.");
}

}  // namespace wattpurse::python
