// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/tz/zone.hpp>

#include <exception>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <date/tz.h>

#include "rule.hpp"

namespace wattpurse::adapter::tz {

namespace {

namespace ch = std::chrono;

constexpr ch::year earliest{1900};
constexpr ch::year latest{2500};

const date::time_zone* located(std::string_view name)
{
    try {
        return date::locate_zone(std::string{name});
    } catch (const std::exception&) {  // no such name, or no database
        return nullptr;
    }
}

/// The rule for the future. The library reads only the list of changes, and that ends in 2037.
std::optional<future_rule> rule_of(const std::string& known_name)
{
    std::ifstream file{"/usr/share/zoneinfo/" + known_name, std::ios::binary};
    std::string line;
    std::string last;
    while (std::getline(file, line)) last = line;
    return parse_rule(last);
}

/// Changes after `since`, which is where the list ends, and before `until`.
void add_future(std::vector<tariff::offset_change>& to, const future_rule& by, instant since,
                instant until)
{
    const auto year_at = [](instant at) {
        return ch::year_month_day{ch::floor<ch::days>(at)}.year();
    };
    for (ch::year year = year_at(since); year <= year_at(until); ++year) {
        for (const tariff::offset_change& each : changes_in(year, by)) {
            if (each.at > since && each.at < until) to.push_back(each);
        }
    }
}

/// Without changes that change nothing: the list has those of names and of laws as well.
std::vector<tariff::offset_change> real_changes(const std::vector<tariff::offset_change>& all,
                                                ch::minutes before)
{
    std::vector<tariff::offset_change> out;
    for (const tariff::offset_change& each : all) {
        const ch::minutes was = out.empty() ? before : out.back().offset;
        if (each.offset != was) out.push_back(each);
    }
    return out;
}

}  // namespace

result<tariff::civil_zone> find_zone(std::string_view name, ch::year first, ch::year last)
{
    if (first > last || first < earliest || last > latest) return fail(errc::out_of_range);
    const date::time_zone* const zone = located(name);
    if (zone == nullptr) return fail(errc::not_found);
    const instant from{ch::sys_days{first / ch::January / 1}};
    const instant until{ch::sys_days{(last + ch::years{1}) / ch::January / 1}};
    const auto offset = [](const date::sys_info& of) {
        return ch::floor<ch::minutes>(of.offset);
    };
    auto info = zone->get_info(from);
    const ch::minutes before = offset(info);
    std::vector<tariff::offset_change> changes;
    while (info.end < until) {
        info = zone->get_info(info.end);
        changes.push_back({info.begin, offset(info)});
    }
    const bool list_ends = info.end > ch::sys_days{latest / ch::January / 1};
    if (const auto rule = list_ends ? rule_of(zone->name()) : std::nullopt) {
        add_future(changes, *rule, std::max(from, instant{info.begin}), until);
    }
    return tariff::civil_zone::of(zone->name(), before, real_changes(changes, before));
}

result<tariff::civil_zone> find_zone(std::string_view name)
{
    return find_zone(name, ch::year{1970}, ch::year{2100});
}

}  // namespace wattpurse::adapter::tz
