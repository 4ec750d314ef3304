// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <wattpurse/tariff/rate.hpp>
#include <wattpurse/tariff/tariff.hpp>

/// Tariffs put together in code, for the tests of this folder.
namespace wattpurse::tariff::examples {

inline price price_of(std::string_view text) { return price::parse(text).value(); }
inline energy kwh(std::string_view text) { return energy::parse(text).value(); }

inline rate_table graduated(
    const std::vector<std::pair<std::string_view, std::string_view>>& bounds_and_prices)
{
    rate_table out{rate_mode::graduated, {}};
    for (const auto& [bound, each] : bounds_and_prices) {
        out.tiers.push_back({{},
                             bound.empty() ? std::nullopt : std::optional{kwh(bound)},
                             price_of(each)});
    }
    return out;
}

/// Zhejiang residential by the month: the tariff of share/tariffs/zhejiang_residential.json.
inline tariff zhejiang()
{
    tariff out;
    out.name = "Zhejiang residential, peak and valley";
    out.unit = currency{"CNY"};
    out.zone = china_zone;
    out.bands = {{"peak", 1, {{480, 1320}}}, {"valley", 3, {{1320, 480}}}};
    out.charges = {
        {"energy.peak", "peak", {{"peak"}, scope::month}, rate_table::flat(price_of("0.568"))},
        {"energy.valley", "valley", {{"valley"}, scope::month},
         rate_table::flat(price_of("0.288"))},
        {"tier", "tier", {{"peak", "valley"}, scope::month},
         graduated({{"230", "0"}, {"400", "0.05"}, {"", "0.30"}})}};
    return out;
}

/// One band on T1 and one charge on it.
inline tariff single(std::string_view unit, rate_table rate)
{
    tariff out;
    out.name = "single";
    out.unit = currency::parse(unit).value();
    out.bands = {{"all", 0, {}}};
    out.charges = {{"energy", "", {{"all"}, scope::month}, std::move(rate)}};
    return out;
}

inline period_usage used(std::string_view t1, std::string_view t2 = "0",
                         std::string_view t3 = "0", std::string_view t4 = "0")
{
    period_usage out;
    out.account = account_id::parse("F07").value();
    out.period = period_id::parse("2026-01").value();
    out.tariff = {kwh(t1), kwh(t2), kwh(t3), kwh(t4)};
    return out;
}

}  // namespace wattpurse::tariff::examples
