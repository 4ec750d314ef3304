// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/json/urdb.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include <wattpurse/adapter/json/tariff.hpp>
#include <wattpurse/tariff/civil_zone.hpp>

#include "reader.hpp"
#include "urdb_calendar.hpp"
#include "urdb_charges.hpp"
#include "urdb_rate.hpp"

namespace wattpurse::adapter::json {

namespace {

using urdb::object_json;

struct place {
    const node* rate = nullptr;
    std::string path;
};

/// The one rate of a file: the file itself, or the one of an array, which may be `items`.
place find_rate(const node& root, std::vector<fault>& faults)
{
    const node* list = root.type == node::kind::array ? &root : nullptr;
    std::string path;
    for (const member& each : root.members) {
        if (each.key != "items") continue;
        list = &each.value;
        path = "/items";
    }
    if (list == nullptr && root.type == node::kind::object) return {&root, ""};
    if (list != nullptr && list->type == node::kind::array && list->items.size() == 1 &&
        list->items.front().type == node::kind::object) {
        return {&list->items.front(), path + "/0"};
    }
    const std::string found = list == nullptr ? shown(root)
                                              : std::to_string(list->items.size()) + " rates";
    faults.push_back({path, found, "one rate of the Utility Rate Database"});
    return {};
}

/// Seconds since 1970 (UTC) or a text that begins with the day.
std::string start_day(const node* value)
{
    namespace ch = std::chrono;
    if (value == nullptr) return {};
    if (value->type == node::kind::object) {  // as the database's own dumps have it
        return value->members.empty() ? std::string{} : start_day(&value->members.front().value);
    }
    if (value->type == node::kind::string) {
        const auto day = tariff::parse_day(std::string_view{value->text}.substr(0, 10));
        return day ? tariff::to_string(*day) : std::string{};
    }
    constexpr std::int64_t latest = 253402300799;  // 9999-12-31T23:59:59Z
    if (!value->integral || value->integer < 0 || value->integer > latest) return {};
    const auto day = ch::floor<ch::days>(ch::seconds{value->integer});
    return tariff::to_string(tariff::civil_day{day});
}

std::string joined(std::string_view first, std::string_view second, std::string_view between)
{
    std::string out{first};
    if (!first.empty() && !second.empty()) out += between;
    return out += second;
}

urdb::rate_parts read_parts(urdb::rate_reader& rate)
{
    urdb::rate_parts out;
    out.energy =
        rate.timed("energyratestructure", "energyweekdayschedule", "energyweekendschedule");
    out.demand =
        rate.timed("demandratestructure", "demandweekdayschedule", "demandweekendschedule");
    out.flat_demand = rate.periods("flatdemandstructure");
    out.flat_months = rate.monthly_periods("flatdemandmonths", out.flat_demand.size());
    out.fuel = rate.monthly("fueladjustmentsmonthly");
    if (out.energy.periods.empty()) rate.note_at("energyratestructure", "there is none");
    return out;
}

urdb::month_calendar make_calendar(const urdb::rate_parts& parts)
{
    std::vector<bool> counts;
    for (const urdb::tiers& period : parts.demand.periods) {
        counts.push_back(std::any_of(period.begin(), period.end(), [](const urdb::tier& each) {
            return !each.price.is_zero();
        }));
    }
    return {parts.energy.when, parts.demand.when, counts, parts.flat_months, parts.fuel};
}

object_json make_version(urdb::rate_reader& rate, const urdb::rate_parts& parts,
                         const urdb::month_calendar& calendar)
{
    const std::string start = start_day(rate.find("startdate"));
    object_json out = {{"name", start.empty() ? "1" : start}};
    object_json by = calendar.calendar_json();
    if (!by.is_null()) out["calendar"] = std::move(by);
    urdb::charge_writer charges{rate, parts, calendar};
    charges.write();
    std::move(charges).give(out);
    out["rounding"] = {{"line", {{"increment", "0.000001"}, {"mode", "half_up"}}},
                       {"bill", {{"increment", "0.01"}, {"mode", "half_up"}}}};
    return out;
}

object_json make_tariff(urdb::rate_reader& rate, const urdb_rules& by)
{
    const urdb::rate_parts parts = read_parts(rate);
    const urdb::month_calendar calendar = make_calendar(parts);
    object_json out = {{"format", tariff_format}};
    std::string name = joined(rate.text("utility"), rate.text("name"), ", ");
    out["name"] = name.empty() ? "URDB rate" : std::move(name);
    const std::string at = joined(rate.text("label"), rate.text("source"), ": ");
    out["source"] = joined("OpenEI Utility Rate Database", at, ", ");
    out["currency"] = by.currency;
    if (by.zone.empty()) rate.note("the database names no time zone: +00:00 is supposed");
    out["zone"] = by.zone.empty() ? "+00:00" : by.zone;
    out["bands"] = calendar.bands_json();
    out["versions"].push_back(make_version(rate, parts, calendar));
    return out;
}

}  // namespace

result<urdb_import, std::vector<fault>> import_urdb(std::string_view text, const urdb_rules& by)
{
    std::vector<fault> faults;
    urdb_import out;
    const auto root = parse(text, faults);
    const place at = root ? find_rate(*root, faults) : place{};
    if (at.rate != nullptr) {
        urdb::rate_reader rate{*at.rate, at.path, faults, out.notes};
        const object_json made = make_tariff(rate, by);
        rate.note_the_rest();
        out.text = made.dump(2, ' ', false, object_json::error_handler_t::replace) + '\n';
    }
    if (!faults.empty()) return tl::unexpected<std::vector<fault>>{std::move(faults)};
    return out;
}

}  // namespace wattpurse::adapter::json
