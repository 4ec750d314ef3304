// SPDX-License-Identifier: Apache-2.0
#include "urdb_calendar.hpp"

#include <algorithm>

namespace wattpurse::adapter::json::urdb {

namespace {

constexpr std::array month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                 "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<int, month_count> month_days{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

std::string two_digits(std::size_t value)
{
    return {static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
}

/// Months that follow each other: [first, last]. December and January are not joined.
std::vector<std::pair<std::size_t, std::size_t>> runs_of(const std::vector<std::size_t>& months)
{
    std::vector<std::pair<std::size_t, std::size_t>> out;
    for (const std::size_t month : months) {
        if (!out.empty() && out.back().second + 1 == month) {
            out.back().second = month;
        } else {
            out.emplace_back(month, month);
        }
    }
    return out;
}

std::string name_of(const std::vector<std::size_t>& months, std::size_t number)
{
    constexpr std::size_t longest = 23;
    std::string out;
    for (const auto& [first, last] : runs_of(months)) {
        out += (out.empty() ? "" : "_") + std::string{month_names[first]};
        if (last != first) out += "_" + std::string{month_names[last]};
    }
    return out.size() > longest ? "season_" + std::to_string(number) : out;
}

object_json ranges_json(const std::vector<std::size_t>& months)
{
    object_json out = object_json::array();
    for (const auto& [first, last] : runs_of(months)) {
        const auto days = static_cast<std::size_t>(month_days[last]);
        out.push_back({{"first", two_digits(first + 1) + "-01"},
                       {"last", two_digits(last + 1) + '-' + two_digits(days)}});
    }
    return out;
}

object_json windows_json(const hours& by_hour, const std::vector<band_of_periods>& bands)
{
    object_json out = object_json::array();
    for (std::size_t hour = 0; hour < 24;) {
        std::size_t end = hour + 1;
        while (end < 24 && by_hour[end] == by_hour[hour]) ++end;
        out.push_back({{"from", two_digits(hour) + ":00"},
                       {"until", two_digits(end) + ":00"},
                       {"band", bands[by_hour[hour]].name}});
        hour = end;
    }
    return out;
}

/// The plans of all months, each once, and their names.
class plans {
public:
    std::string name_of(const hours& by_hour)
    {
        auto found = std::find(known_.begin(), known_.end(), by_hour);
        if (found == known_.end()) found = known_.insert(known_.end(), by_hour);
        return "plan_" + std::to_string(found - known_.begin() + 1);
    }

    [[nodiscard]] object_json json(const std::vector<band_of_periods>& bands)
    {
        object_json out = object_json::array();
        for (const hours& each : std::vector<hours>{known_}) {
            out.push_back({{"name", name_of(each)}, {"windows", windows_json(each, bands)}});
        }
        return out;
    }

private:
    std::vector<hours> known_;
};

}  // namespace

month_calendar::month_calendar(const schedule& energy, const schedule& demand,
                               const std::vector<bool>& demand_counts,
                               const std::array<std::size_t, month_count>& flat_demand,
                               const std::vector<tariff::unit_price>& fuel)
{
    const auto counted = [&](std::size_t period) {
        return period < demand_counts.size() && demand_counts[period] ? std::optional{period}
                                                                      : std::nullopt;
    };
    for (std::size_t m = 0; m < month_count; ++m) {
        for (std::size_t h = 0; h < 24; ++h) {
            months_[m].weekday[h] = band_for(energy.weekday[m][h], counted(demand.weekday[m][h]));
            months_[m].weekend[h] = band_for(energy.weekend[m][h], counted(demand.weekend[m][h]));
        }
        months_[m].flat_demand = flat_demand[m];
        if (!fuel.empty()) months_[m].fuel = fuel[m];
    }
    divide_year();
}

std::size_t month_calendar::band_for(std::size_t energy, std::optional<std::size_t> demand)
{
    band_of_periods wanted{energy, demand, "p" + std::to_string(energy + 1)};
    if (demand) wanted.name += "d" + std::to_string(*demand + 1);
    const auto found = std::find(bands_.begin(), bands_.end(), wanted);
    const auto index = static_cast<std::size_t>(found - bands_.begin());
    if (found == bands_.end()) bands_.push_back(std::move(wanted));
    return index;
}

void month_calendar::divide_year()
{
    for (std::size_t m = 0; m < month_count; ++m) {
        const auto same = std::find_if(seasons_.begin(), seasons_.end(), [&](const auto& season) {
            return months_[season.months.front()] == months_[m];
        });
        if (same == seasons_.end()) {
            seasons_.push_back({"", {m}});
        } else {
            same->months.push_back(m);
        }
    }
    for (std::size_t i = 0; i < seasons_.size(); ++i) {
        seasons_[i].name = name_of(seasons_[i].months, i + 1);
    }
}

bool month_calendar::is_used(std::size_t band, std::size_t month) const
{
    const auto has = [band](const hours& day) {
        return std::find(day.begin(), day.end(), band) != day.end();
    };
    return has(months_[month].weekday) || has(months_[month].weekend);
}

object_json month_calendar::seasons_of(const std::vector<std::size_t>& months) const
{
    object_json out = object_json::array();
    if (months.size() == month_count) return out;
    for (const season_of_months& season : seasons_) {
        if (std::find(months.begin(), months.end(), season.months.front()) != months.end()) {
            out.push_back(season.name);
        }
    }
    return out;
}

object_json month_calendar::bands_json() const
{
    object_json out = object_json::array();
    if (!has_bands()) return out;
    for (const band_of_periods& each : bands_) {
        std::string title = "period " + std::to_string(each.energy + 1);
        if (each.demand) title += " / demand period " + std::to_string(*each.demand + 1);
        out.push_back({{"name", each.name}, {"title", {{"en", title}}}});
    }
    return out;
}

object_json month_calendar::calendar_json() const
{
    object_json out = object_json::object();
    const bool divided = seasons_.size() > 1;
    if (divided) {
        for (const season_of_months& each : seasons_) {
            out["seasons"].push_back({{"name", each.name}, {"ranges", ranges_json(each.months)}});
        }
    }
    if (!has_bands()) return divided ? out : object_json{};
    plans all;
    object_json rules = object_json::array();
    bool has_weekends = false;
    for (const season_of_months& season : seasons_) {
        const month_facts& facts = months_[season.months.front()];
        object_json rule = object_json::object();
        if (divided) rule["seasons"].push_back(season.name);
        if (facts.weekday != facts.weekend) {
            has_weekends = true;
            object_json weekend = rule;
            weekend["days"].push_back("weekend");
            weekend["plan"] = all.name_of(facts.weekend);
            rules.push_back(std::move(weekend));
        }
        rule["plan"] = all.name_of(facts.weekday);
        rules.push_back(std::move(rule));
    }
    if (has_weekends) {
        out["days"].push_back(
            {{"name", "weekend"}, {"weekdays", object_json::array({"sat", "sun"})}});
    }
    out["plans"] = all.json(bands_);
    out["rules"] = std::move(rules);
    return out;
}

}  // namespace wattpurse::adapter::json::urdb
