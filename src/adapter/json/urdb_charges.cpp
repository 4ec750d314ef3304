// SPDX-License-Identifier: Apache-2.0
#include "urdb_charges.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/explain.hpp>

namespace wattpurse::adapter::json::urdb {

namespace {

using tariff::unit_price;

template <int Scale>
std::string number_text(decimal<Scale> value)
{
    return tariff::trimmed(to_string(value), 0);
}

object_json rounding_json()
{
    return {{"increment", "0.0001"}, {"mode", "half_up"}};
}

object_json title_json(std::string_view english)
{
    return {{"en", english}};
}

bool same_bounds(const tiers& a, const tiers& b)
{
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i + 1 < a.size(); ++i) {
        if (a[i].max != b[i].max || a[i].unit != b[i].unit) return false;
    }
    return true;
}

std::string numbered(std::string_view line, std::size_t number, std::size_t count)
{
    return std::string{line} + (count > 1 ? "_" + std::to_string(number) : "");
}

template <class Same>
std::vector<std::vector<std::size_t>> grouped(std::size_t count, Same same)
{
    std::vector<std::vector<std::size_t>> out;
    for (std::size_t i = 0; i < count; ++i) {
        const auto found = std::find_if(out.begin(), out.end(), [&](const auto& group) {
            return same(group.front(), i);
        });
        if (found == out.end()) {
            out.push_back({i});
        } else {
            found->push_back(i);
        }
    }
    return out;
}

}  // namespace

charge_writer::charge_writer(rate_reader& rate, const rate_parts& parts,
                             const month_calendar& calendar)
    : rate_{rate}, parts_{parts}, calendar_{calendar}
{
}

void charge_writer::write()
{
    fixed();
    energy();
    fuel();
    demand_by_time();
    flat_demand();
    sell();
    minimum();
}

void charge_writer::give(object_json& version) &&
{
    version["determinants"] = std::move(determinants_);
    version["charges"] = std::move(charges_);
    version["adjustments"] = std::move(adjustments_);
}

void charge_writer::need(const std::string& name, object_json determinant)
{
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) return;
    known_.push_back(name);
    object_json out = {{"name", name}};
    out.update(determinant);
    determinants_.push_back(std::move(out));
}

/// Of what is charged by the time: "month" or "day".
void charge_writer::need_times(const std::string& name)
{
    need(name, {{"unit", name}, {"of", name + "s"}});
}

std::string charge_writer::per_time(std::string_view units_key, unit_price& amount)
{
    const std::string units = unit_key(rate_.text(units_key));
    if (units == "$/day") return "day";
    if (units == "$/year") {
        const auto monthly = div<8>(amount, decimal<0>::of(12), rounding::half_up);
        if (!monthly) rate_.fail(units_key, nullptr, "an amount within range");
        rate_.note_at(units_key, "by the year: a twelfth is charged a month");
        amount = monthly.value_or(unit_price{});
    } else if (!units.empty() && units != "$/month") {
        rate_.note_at(units_key, '"' + units + "\" is taken for $/month");
    }
    return "month";
}

void charge_writer::fixed()
{
    const auto first = rate_.number("fixedchargefirstmeter");
    const auto monthly = rate_.number("fixedmonthlycharge");
    unit_price amount = first.value_or(monthly.value_or(unit_price{}));
    const std::string time = first ? per_time("fixedchargeunits", amount) : "month";
    static_cast<void>(rate_.find("fixedchargeunits"));
    if (amount.is_zero()) return;
    need_times(time);
    charges_.push_back({{"line", "fixed"},
                        {"title", title_json("fixed charge")},
                        {"on", time},
                        {"rate", {{"mode", "flat"}, {"price", number_text(amount)}}},
                        {"tags", object_json::array({"fixed"})}});
}

const tiers& charge_writer::tiers_of(std::size_t band) const
{
    return parts_.energy.periods[calendar_.bands()[band].energy];
}

object_json charge_writer::names_of(const std::vector<std::size_t>& bands) const
{
    object_json out = object_json::array();
    if (bands.size() == calendar_.bands().size()) return out;
    for (const std::size_t band : bands) out.push_back(calendar_.bands()[band].name);
    return out;
}

/// A single price where all bands have the same in every tier, so that the line is one.
object_json charge_writer::prices(const std::vector<std::size_t>& bands, std::size_t tier) const
{
    const tiers& first = tiers_of(bands.front());
    const bool uniform = std::all_of(bands.begin(), bands.end(), [&](std::size_t band) {
        return std::equal(first.begin(), first.end(), tiers_of(band).begin(),
                          [](const auto& a, const auto& b) { return a.price == b.price; });
    });
    if (uniform) return {{"price", number_text(first[tier].price)}};
    object_json by_band = object_json::object();
    for (const std::size_t band : bands) {
        by_band[calendar_.bands()[band].name] = number_text(tiers_of(band)[tier].price);
    }
    return {{"prices", std::move(by_band)}};
}

/// What multiplies the bounds of a ladder: days, kW, both, or nothing.
object_json charge_writer::bounds_for(const std::string& unit)
{
    if (unit == "kwh") return {};
    const bool daily = unit == "kwhdaily" || unit == "kwh/kwdaily";
    if (!daily && unit != "kwh/kw") {
        rate_.fail("energyratestructure", nullptr,
                   "bounds in kWh, kWh daily, kWh/kW or kWh/kW daily, not in \"" + unit + '"');
        return {};
    }
    if (daily) need_times("day");
    if (unit == "kwhdaily") return {{"times", "day"}, {"round", rounding_json()}};
    object_json peak = {{"unit", "kW"}, {"of", "demand"}, {"window", window()}};
    need("peak_demand", peak);
    if (!daily) return {{"times", "peak_demand"}, {"round", rounding_json()}};
    peak["steps"].push_back({{"scale", {{"determinant", "day"}}}, {"round", rounding_json()}});
    need("peak_demand_days", peak);
    return {{"times", "peak_demand_days"}, {"round", rounding_json()}};
}

object_json charge_writer::tier_rate(const std::vector<std::size_t>& bands, const tiers& bounds_of)
{
    object_json out = object_json::object();
    if (bounds_of.size() == 1) {
        out["mode"] = "flat";
        out.update(prices(bands, 0));
        return out;
    }
    const std::string& unit = bounds_of.front().unit;
    for (std::size_t i = 0; i + 1 < bounds_of.size(); ++i) {
        if (bounds_of[i].unit != unit) {
            rate_.fail("energyratestructure", nullptr, "bounds of one unit in all tiers");
        }
    }
    out["mode"] = "graduated";
    if (prices(bands, 0).contains("prices")) out["split"] = "pro_rata";
    object_json bounds = bounds_for(unit);
    if (!bounds.is_null()) out["bounds"] = std::move(bounds);
    for (std::size_t i = 0; i < bounds_of.size(); ++i) {
        object_json made = object_json::object();
        if (bounds_of[i].max) made["up_to"] = number_text(*bounds_of[i].max);
        made.update(prices(bands, i));
        out["tiers"].push_back(std::move(made));
    }
    return out;
}

void charge_writer::energy_group(const std::vector<std::size_t>& bands, const std::string& line)
{
    need(line, {{"of", "import"}, {"bands", names_of(bands)}});
    charges_.push_back({{"line", line},
                        {"title", title_json("energy")},
                        {"on", line},
                        {"rate", tier_rate(bands, tiers_of(bands.front()))},
                        {"tags", object_json::array({"energy"})}});
}

/// Periods whose tiers have the same bounds fill one ladder, so that in a month in which all do,
/// it is the month's energy that is tiered. Where they differ, each ladder counts its own energy.
void charge_writer::energy()
{
    if (parts_.energy.periods.empty()) return;
    const auto groups = grouped(calendar_.bands().size(), [&](std::size_t a, std::size_t b) {
        return same_bounds(tiers_of(a), tiers_of(b));
    });
    for (std::size_t i = 0; i < groups.size(); ++i) {
        energy_group(groups[i], numbered("energy", i + 1, groups.size()));
    }
    const auto touches = [&](const std::vector<std::size_t>& group, std::size_t month) {
        return std::any_of(group.begin(), group.end(), [&](std::size_t band) {
            return calendar_.is_used(band, month);
        });
    };
    for (std::size_t month = 0; month < month_count; ++month) {
        const auto count = std::count_if(groups.begin(), groups.end(), [&](const auto& group) {
            return touches(group, month);
        });
        if (count > 1) {
            rate_.note_at("energyratestructure", "periods of one month have different bounds: each "
                       "ladder counts the energy of its own periods");
            return;
        }
    }
}

void charge_writer::fuel()
{
    const auto& all = parts_.fuel;
    auto groups =
        grouped(all.size(), [&](std::size_t a, std::size_t b) { return all[a] == all[b]; });
    groups.erase(std::remove_if(groups.begin(), groups.end(),
                                [&](const auto& group) { return all[group.front()].is_zero(); }),
                 groups.end());
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const std::string line = numbered("fuel", i + 1, groups.size());
        need(line, {{"of", "import"}, {"seasons", calendar_.seasons_of(groups[i])}});
        charges_.push_back(
            {{"line", line},
             {"title", title_json("fuel adjustment")},
             {"on", line},
             {"rate", {{"mode", "flat"}, {"price", number_text(all[groups[i].front()])}}},
             {"tags", object_json::array({"energy", "fuel"})}});
    }
}

void charge_writer::sell()
{
    const auto price_of = [&](std::size_t band) {
        return tiers_of(band).front().sell.value_or(unit_price{});
    };
    std::vector<std::size_t> bands(parts_.energy.periods.empty() ? 0 : calendar_.bands().size());
    std::iota(bands.begin(), bands.end(), std::size_t{0});
    if (std::all_of(bands.begin(), bands.end(),
                    [&](std::size_t band) { return price_of(band).is_zero(); })) {
        return;
    }
    for (const tiers& period : parts_.energy.periods) {
        if (std::any_of(period.begin(), period.end(),
                        [&](const tier& each) { return each.sell != period.front().sell; })) {
            rate_.note_at("energyratestructure",
                          "sell rates differ by tier: the first one is taken");
            break;
        }
    }
    object_json rate = {{"mode", "flat"}};
    if (std::all_of(bands.begin(), bands.end(),
                    [&](std::size_t band) { return price_of(band) == price_of(bands.front()); })) {
        rate["price"] = number_text(price_of(bands.front()));
    } else {
        for (const std::size_t band : bands) {
            rate["prices"][calendar_.bands()[band].name] = number_text(price_of(band));
        }
    }
    need("sell", {{"of", "export"}});
    charges_.push_back({{"line", "sell"},
                        {"title", title_json("fed in")},
                        {"on", "sell"},
                        {"rate", std::move(rate)},
                        {"tags", object_json::array({"sell"})},
                        {"credit", true}});
}

void charge_writer::minimum()
{
    const auto general = rate_.number("mincharge");
    const auto monthly = rate_.number("minmonthlycharge");
    unit_price amount = general.value_or(monthly.value_or(unit_price{}));
    if (general && unit_key(rate_.text("minchargeunits")) == "$/year") {
        rate_.note_at("mincharge", "not carried: a minimum of the year");
        return;
    }
    const std::string time = general ? per_time("minchargeunits", amount) : "month";
    static_cast<void>(rate_.find("minchargeunits"));
    if (amount.is_zero()) return;
    need_times(time);
    adjustments_.push_back({{"line", "minimum"},
                            {"title", title_json("minimum charge")},
                            {"kind", "minimum"},
                            {"over", object_json::array({"*"})},
                            {"on", time},
                            {"rate", {{"mode", "flat"}, {"price", number_text(amount)}}},
                            {"when", "close"}});
}

}  // namespace wattpurse::adapter::json::urdb
