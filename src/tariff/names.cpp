// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string_view>

#include <wattpurse/tariff/adjustment.hpp>
#include <wattpurse/tariff/consumption.hpp>
#include <wattpurse/tariff/determinant.hpp>
#include <wattpurse/tariff/line.hpp>
#include <wattpurse/tariff/rate_table.hpp>
#include <wattpurse/tariff/tariff.hpp>

/// The words by which files and faults name things, and small questions to the plain data.
namespace wattpurse::tariff {

std::string_view to_string(source value) noexcept
{
    switch (value) {
        case source::import: return "import";
        case source::export_: return "export";
        case source::reactive: return "reactive";
        case source::purchase: return "purchase";
        case source::demand: return "demand";
        case source::demand_reading: return "demand_reading";
        case source::days: return "days";
        case source::months: return "months";
        case source::one: return "one";
        case source::attribute: return "attribute";
        case source::power_factor: return "power_factor";
        case source::zero: return "zero";
    }
    return "unknown";
}

std::string_view to_string(scope value) noexcept
{
    switch (value) {
        case scope::period: return "period";
        case scope::day: return "day";
        case scope::month: return "month";
        case scope::two_months: return "two_months";
        case scope::year: return "year";
        case scope::purchase: return "purchase";
    }
    return "unknown";
}

std::string_view to_string(reducer value) noexcept
{
    return value == reducer::max ? "max" : "mean_top";
}

std::string_view to_string(distinct value) noexcept
{
    switch (value) {
        case distinct::none: return "none";
        case distinct::day: return "day";
        case distinct::month: return "month";
    }
    return "unknown";
}

std::string_view to_string(proration value) noexcept
{
    switch (value) {
        case proration::whole: return "whole";
        case proration::actual_days: return "actual_days";
        case proration::thirty_days: return "thirty_days";
        case proration::catch_up: return "catch_up";
    }
    return "unknown";
}

std::string_view to_string(step::kind value) noexcept
{
    switch (value) {
        case step::kind::scale: return "scale";
        case step::kind::add: return "add";
        case step::kind::subtract: return "subtract";
        case step::kind::at_least: return "at_least";
        case step::kind::at_most: return "at_most";
        case step::kind::round: return "round";
        case step::kind::ratchet: return "ratchet";
        case step::kind::bank: return "bank";
        case step::kind::only_if: return "only_if";
    }
    return "unknown";
}

std::string_view to_string(rate_mode value) noexcept
{
    switch (value) {
        case rate_mode::flat: return "flat";
        case rate_mode::graduated: return "graduated";
        case rate_mode::volume: return "volume";
        case rate_mode::package: return "package";
        case rate_mode::select: return "select";
        case rate_mode::series: return "series";
    }
    return "unknown";
}

std::string_view to_string(band_split value) noexcept
{
    switch (value) {
        case band_split::none: return "none";
        case band_split::pro_rata: return "pro_rata";
        case band_split::chronological: return "chronological";
    }
    return "unknown";
}

std::string_view to_string(adjustment_kind value) noexcept
{
    switch (value) {
        case adjustment_kind::percent: return "percent";
        case adjustment_kind::minimum: return "minimum";
        case adjustment_kind::maximum: return "maximum";
        case adjustment_kind::bank: return "bank";
    }
    return "unknown";
}

std::string_view to_string(line_kind value) noexcept
{
    switch (value) {
        case line_kind::charge: return "charge";
        case line_kind::fee: return "fee";
        case line_kind::percent: return "percent";
        case line_kind::minimum: return "minimum";
        case line_kind::maximum: return "maximum";
        case line_kind::bank: return "bank";
        case line_kind::residue: return "residue";
    }
    return "unknown";
}

std::string_view to_string(interval_split value) noexcept
{
    return value == interval_split::refuse ? "refuse" : "pro_rata";
}

std::string_view to_string(channel value) noexcept
{
    switch (value) {
        case channel::import: return "import";
        case channel::export_: return "export";
        case channel::reactive: return "reactive";
        case channel::purchase: return "purchase";
        case channel::demand: return "demand";
    }
    return "unknown";
}

bool is_additive(source value) noexcept
{
    switch (value) {
        case source::import:
        case source::export_:
        case source::reactive:
        case source::purchase:
        case source::days:
        case source::months:
        case source::zero: return true;
        case source::demand:
        case source::demand_reading:
        case source::one:
        case source::attribute:
        case source::power_factor: break;
    }
    return false;
}

std::string name_of(const rate_table& table, std::size_t index)
{
    const std::string& own = table.tiers[index].name;
    return own.empty() ? std::to_string(index + 1) : own;
}

bool is_by_band(const rate_table& table) noexcept
{
    return std::any_of(table.tiers.begin(), table.tiers.end(),
                       [](const tier& each) { return !each.bands.empty(); });
}

std::size_t version_at(const tariff& which, civil_day day) noexcept
{
    std::size_t out = 0;
    for (std::size_t i = 1; i < which.versions.size(); ++i) {
        if (which.versions[i].from && *which.versions[i].from <= day) out = i;
    }
    return out;
}

bool divides_periods(const tariff& which) noexcept
{
    return which.versions.size() > 1 ||
           std::any_of(which.versions.begin(), which.versions.end(), [](const version& each) {
               return std::any_of(each.determinants.begin(), each.determinants.end(),
                                  [](const determinant& on) {
                                      return !on.where.seasons.empty() ||
                                             !on.where.days.empty() || on.scope == scope::day ||
                                             (on.scope == scope::year && on.anchor.day != 1);
                                  });
           });
}

consumption consumption_of(const period_usage& used)
{
    consumption out;
    if (used.until <= used.from) return out;
    for (std::size_t i = 0; i < tariff_count; ++i) {
        if (used.tariff[i].is_zero()) continue;
        consumption_row row;
        row.from = used.from;
        row.until = used.until;
        row.register_index = static_cast<std::int8_t>(i);
        row.quantity = used.tariff[i].value();
        out.rows.push_back(row);
    }
    return out;
}

}  // namespace wattpurse::tariff
