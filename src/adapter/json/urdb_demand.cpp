// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/explain.hpp>

#include "urdb_charges.hpp"

namespace wattpurse::adapter::json::urdb {

namespace {

bool is_charged(const tiers& all)
{
    return std::any_of(all.begin(), all.end(),
                       [](const tier& each) { return !each.price.is_zero(); });
}

object_json step_rounding()
{
    return {{"increment", "0.0001"}, {"mode", "half_up"}};
}

object_json demand_rate(const tiers& from)
{
    const auto text = [](auto value) { return tariff::trimmed(to_string(value), 0); };
    if (from.size() == 1) return {{"mode", "flat"}, {"price", text(from.front().price)}};
    object_json out = {{"mode", "graduated"}};
    for (const tier& each : from) {
        object_json made = object_json::object();
        if (each.max) made["up_to"] = text(*each.max);
        made["price"] = text(each.price);
        out["tiers"].push_back(std::move(made));
    }
    return out;
}

}  // namespace

int charge_writer::window()
{
    const auto minutes = rate_.number("demandwindow");
    const auto whole = minutes ? rescale<0>(*minutes, rounding::exact)
                               : result<decimal<0>>{decimal<0>::of(15)};
    if (whole && whole->mantissa() > 0 && whole->mantissa() <= 1440) {
        return static_cast<int>(whole->mantissa());
    }
    rate_.fail("demandwindow", rate_.find("demandwindow"), "minutes, 1 to 1440");
    return 15;
}

/// The step of a look-back, or null. Its fields do not say which charge they are of; they are
/// applied to every one of demand.
object_json charge_writer::ratchet()
{
    const auto share = rate_.number("lookbackpercent");
    const auto range = rate_.number("lookbackrange");
    const node* const listed = rate_.find("lookbackmonths");
    if (!share || share->is_zero()) return {};
    const tariff::unit_price one = tariff::unit_price::of(100'000'000);
    const auto fraction = *share > one ? div<8>(*share, decimal<0>::of(100), rounding::half_up)
                                       : result<tariff::unit_price>{*share};
    object_json out = {{"ratchet", tariff::trimmed(to_string(*fraction), 0)}};
    const auto back = rescale<0>(range.value_or(tariff::unit_price{}), rounding::down);
    out["back_months"] = back && back->mantissa() > 0 && back->mantissa() <= 120
                             ? back->mantissa()
                             : 12;
    if (listed != nullptr && listed->type == node::kind::array && back && back->is_zero()) {
        object_json months = object_json::array();
        for (std::size_t i = 0; i < listed->items.size() && i < month_count; ++i) {
            const node& each = listed->items[i];
            if (each.truth || (each.integral && each.integer != 0)) months.push_back(i + 1);
        }
        if (months.empty()) return {};
        out["months"] = std::move(months);
    }
    out["round"] = step_rounding();
    rate_.note_at("lookbackPercent", "applied to every demand charge: it does not say to which");
    return out;
}

void charge_writer::demand_charge(const std::string& line, const tiers& from, object_json where,
                                  const std::string& unit)
{
    object_json on = {{"unit", "kW"}, {"of", "demand"}, {"window", window()}};
    on.update(where);
    object_json steps = object_json::array();
    if (object_json back = ratchet(); !back.is_null()) steps.push_back(std::move(back));
    std::string measured = unit;
    if (const auto daily = measured.find("daily"); daily != std::string::npos) {
        need_times("day");
        steps.push_back(
            {{"scale", {{"determinant", "day"}}}, {"round", step_rounding()}});
        on["unit"] = "kW day";
        measured.erase(daily);
        if (from.size() > 1) {
            rate_.note_at(line, "bounds of daily demand are taken times the days");
        }
    }
    if (measured.substr(0, 2) != "kW" && !measured.empty()) {
        rate_.note_at(line, "charged on kW, not on \"" + measured + '"');
    }
    if (!steps.empty()) on["steps"] = std::move(steps);
    need(line, std::move(on));
    charges_.push_back({{"line", line},
                        {"title", {{"en", "demand"}}},
                        {"on", line},
                        {"rate", demand_rate(from)},
                        {"tags", object_json::array({"demand"})}});
}

void charge_writer::demand_by_time()
{
    std::string unit = rate_.text("demandrateunit");
    if (unit.empty()) unit = rate_.text("demandunits");
    for (std::size_t period = 0; period < parts_.demand.periods.size(); ++period) {
        const tiers& from = parts_.demand.periods[period];
        if (!is_charged(from)) continue;
        object_json names = object_json::array();
        std::size_t count = 0;
        for (const band_of_periods& band : calendar_.bands()) {
            if (band.demand != period) continue;
            ++count;
            names.push_back(band.name);
        }
        if (count == 0) continue;  // no hour is of this period
        if (count == calendar_.bands().size()) names.clear();
        demand_charge("demand_" + std::to_string(period + 1), from, {{"bands", names}}, unit);
    }
}

void charge_writer::flat_demand()
{
    const std::string unit = rate_.text("flatdemandunit");
    for (std::size_t period = 0; period < parts_.flat_demand.size(); ++period) {
        const tiers& from = parts_.flat_demand[period];
        std::vector<std::size_t> months;
        for (std::size_t m = 0; m < month_count; ++m) {
            if (parts_.flat_months[m] == period) months.push_back(m);
        }
        if (!is_charged(from) || months.empty()) continue;
        demand_charge("flat_demand_" + std::to_string(period + 1), from,
                      {{"seasons", calendar_.seasons_of(months)}}, unit);
    }
}

}  // namespace wattpurse::adapter::json::urdb
