// SPDX-License-Identifier: Apache-2.0
// What plots ask of a tariff: which band holds when, and where an account stands in a ladder.
#include <algorithm>
#include <string>
#include <utility>

#include <wattpurse/adapter/json/urdb.hpp>
#include <wattpurse/tariff/rate.hpp>
#include <wattpurse/tariff/timetable.hpp>

#include "errors.hpp"
#include "number.hpp"
#include "tariff.hpp"
#include "time.hpp"

namespace wattpurse::python {

namespace {

std::vector<tariff::event_day> events_from(const py::iterable& events)
{
    std::vector<tariff::event_day> out;
    for (const py::handle each : events) {
        const auto [name, day] = named_pair(each, "events");
        out.push_back({name, day_of(day, "events")});
    }
    return out;
}

template <class Named>
py::object name_at(const std::vector<Named>& all, std::int16_t index)
{
    if (index < 0) return py::none();
    return py::str(all.at(static_cast<std::size_t>(index)).name);
}

/// (start, until, band, season, day class, version), from one change to the next.
py::list timetable(const py::object& of, const py::object& start, const py::object& until,
                   const py::iterable& events)
{
    const tariff::tariff& by = tariff_of(of);
    const instant from = instant_of(start, "start");
    const instant end = instant_of(until, "until");
    constexpr std::chrono::days at_most{3660};
    if (end <= from || end - from > at_most) {
        raise("InvalidValue", {"until", shown(until), "a moment after the start, within ten years",
                               "out_of_range"});
    }
    const auto announced = events_from(events);
    py::list out;
    for (instant at = from; at < end;) {
        const std::size_t index = tariff::version_at(by, by.zone.day_at(at));
        const tariff::version& in = by.versions[index];
        instant last = end;
        if (index + 1 < by.versions.size()) {
            last = std::min(end, by.zone.start_of(*by.versions[index + 1].from));
        }
        for (const tariff::run& each : tariff::timetable(in.calendar, by.bands, by.zone, announced,
                                                         at, last)) {
            out.append(py::make_tuple(
                shown_moment(each.from, by.zone), shown_moment(each.until, by.zone),
                name_at(by.bands, each.band), name_at(in.calendar.seasons, each.season),
                name_at(in.calendar.days, each.day), in.name));
        }
        at = last;
    }
    return out;
}

/// The scope in which a determinant stands at a moment.
tariff::period scope_of(const tariff::determinant& what, const tariff::civil_zone& zone,
                        const tariff::period& over, instant at)
{
    using tariff::scope;
    namespace ch = std::chrono;
    const tariff::civil_day day = zone.day_at(at);
    const auto month = static_cast<int>(unsigned{ch::year_month_day{day}.month()});
    switch (what.scope) {
        case scope::day: return tariff::period_between(day, day + ch::days{1}, zone);
        case scope::month: return tariff::period_at(at, zone);
        case scope::two_months: {
            const auto first = tariff::month_start(day, (month - what.anchor.month) % 2 ? -1 : 0);
            return tariff::period_between(first, tariff::month_start(first, 2), zone);
        }
        case scope::year: {
            const auto begin = [&](ch::year year) {
                return tariff::civil_day{year / ch::month{what.anchor.month} / ch::day{1}} +
                       ch::days{what.anchor.day - 1};
            };
            const ch::year year = ch::year_month_day{day}.year();
            const ch::year first = day < begin(year) ? year - ch::years{1} : year;
            return tariff::period_between(begin(first), begin(first + ch::years{1}), zone);
        }
        case scope::period:
        case scope::purchase: break;
    }
    return over;
}

/// The tariff with one charge alone, whose ladder counts quantities and has no prices.
tariff::tariff counting(const tariff::tariff& by, const tariff::version& in,
                        const tariff::charge& what)
{
    tariff::tariff out = by;
    tariff::version only = in;
    only.from.reset();
    only.split = tariff::interval_split::pro_rata;
    only.adjustments.clear();
    tariff::charge ladder = what;
    ladder.rate.mode = tariff::rate_mode::graduated;
    ladder.rate.split = tariff::band_split::none;
    for (tariff::tier& each : ladder.rate.tiers) {
        each.bands.clear();
        each.each = {};
        each.fee = {};
        each.block = {};
    }
    only.charges = {std::move(ladder)};
    out.versions = {std::move(only)};
    return out;
}

bool has_ladder(const tariff::charge& what)
{
    return what.rate.tiers.size() > 1 && (what.rate.mode == tariff::rate_mode::graduated ||
                                          what.rate.mode == tariff::rate_mode::volume);
}

/// (name, above, up_to, used, price, {band: price}) of each tier.
py::list tiers_from(const tariff::rate_table& table, const std::vector<tariff::line>& lines)
{
    py::list out;
    for (std::size_t i = 0; i < std::min(lines.size(), table.tiers.size()); ++i) {
        const tariff::line& line = lines[i];
        py::dict prices;
        for (const tariff::band_price& each : table.tiers[i].bands) {
            prices[py::str(each.band)] = number_from(each.each);
        }
        out.append(py::make_tuple(
            name_of(table, i), line.above ? number_from(*line.above) : decimal_from("0"),
            line.up_to ? number_from(*line.up_to) : py::none(), number_from(line.quantity),
            number_from(table.tiers[i].each), prices));
    }
    return out;
}

/// (line, determinant, unit, start, until, opening, tiers) of each charge with tiers.
py::list ladders(const py::object& of, const py::object& used, const py::object& over,
                 const py::object& moment)
{
    const tariff::tariff& by = tariff_of(of);
    const consumption_ptr rows = consumption_of(used);
    const tariff::period& period = period_of(over);
    const instant at = instant_of(moment, "at");
    if (at <= period.from || at > period.until) {
        raise("InvalidValue", {"at", shown(moment), "a moment within the period", "out_of_range"});
    }
    const tariff::version& in =
        by.versions[tariff::version_at(by, by.zone.day_at(at - duration{1}))];
    py::list out;
    for (const tariff::charge& each : in.charges) {
        if (!has_ladder(each)) continue;
        const auto on = std::find_if(in.determinants.begin(), in.determinants.end(),
                                     [&](const auto& what) { return what.name == each.on; });
        if (on == in.determinants.end() || on->scope == tariff::scope::purchase) continue;
        const tariff::period whole = scope_of(*on, by.zone, period, at - duration{1});
        const auto counted = tariff::rate(counting(by, in, each), *rows, whole, at);
        if (!counted) raise(counted.error(), "where the account stands cannot be told");
        tariff::scalar before;
        for (const tariff::opening& known : rows->openings) {
            if (known.determinant == on->name) {
                before = value_of(before + known.quantity, {"openings", "", "a sum that fits"});
            }
        }
        out.append(py::make_tuple(each.line, on->name, on->unit,
                                  shown_moment(whole.from, by.zone),
                                  shown_moment(whole.until, by.zone), number_from(before),
                                  tiers_from(each.rate, counted->lines)));
    }
    return out;
}

py::tuple import_urdb(const std::string& text, const std::string& zone, const std::string& unit)
{
    auto made = adapter::json::import_urdb(text, {zone, unit});
    if (!made) raise(made.error(), "the rate has faults");
    py::list notes;
    for (const std::string& each : made->notes) notes.append(each);
    return py::make_tuple(made->text, notes);
}

}  // namespace

void bind_tariff_questions(py::module_& to)
{
    to.def("timetable", &timetable, py::arg("tariff"), py::arg("start"), py::arg("until"),
           py::arg("events"), "(start, until, band, season, day, version) segments that touch.");
    to.def("ladders", &ladders, py::arg("tariff"), py::arg("consumption"), py::arg("period"),
           py::arg("at"), "(line, determinant, unit, start, until, opening, tiers) tuples.");
    to.def("import_urdb", &import_urdb, py::arg("text"), py::arg("zone"), py::arg("currency"),
           "(text of a tariff file, notes) of a rate of the U.S. Utility Rate Database.");
}

}  // namespace wattpurse::python
