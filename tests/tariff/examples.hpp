// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/rate.hpp>
#include <wattpurse/tariff/tariff.hpp>

/// Tariffs put together in code, for the tests of this folder and of the engine.
namespace wattpurse::tariff::examples {

inline unit_price price_of(std::string_view text) { return unit_price::parse(text).value(); }
inline scalar of(std::string_view text) { return scalar::parse(text).value(); }
inline energy kwh(std::string_view text) { return energy::parse(text).value(); }

inline rate_table graduated(
    const std::vector<std::pair<std::string_view, std::string_view>>& bounds_and_prices)
{
    rate_table out;
    out.mode = rate_mode::graduated;
    for (const auto& [bound, each] : bounds_and_prices) {
        tier next;
        if (!bound.empty()) next.up_to = of(bound);
        next.each = price_of(each);
        out.tiers.push_back(next);
    }
    return out;
}

inline rate_table by_band(
    const std::vector<std::pair<std::string_view, std::string_view>>& bands_and_prices)
{
    rate_table out = rate_table::flat({});
    for (const auto& [band, each] : bands_and_prices) {
        out.tiers.front().bands.push_back({std::string{band}, price_of(each)});
    }
    return out;
}

inline determinant energy_of(std::string_view name, scope over = scope::period)
{
    determinant out;
    out.name = name;
    out.scope = over;
    return out;
}

inline charge charge_on(std::string_view line, std::string_view on, rate_table rate)
{
    charge out;
    out.line = line;
    out.on = on;
    out.rate = std::move(rate);
    out.tags = {"energy"};
    return out;
}

/// Zhejiang residential by the month: the tariff of share/tariffs/zhejiang_residential.json.
inline tariff zhejiang()
{
    tariff out;
    out.name = "Zhejiang residential, peak and valley";
    out.unit = currency{"CNY"};
    out.zone = china_zone;
    out.bands = {{"peak", {"peak", "\u5cf0"}, 1}, {"valley", {"valley", "\u8c37"}, 3}};
    version only;
    only.name = "2012";
    only.calendar.plans = {{"day", {{480, 1320, "peak"}, {1320, 480, "valley"}}}};
    only.calendar.rules = {{{}, {}, "day"}};
    only.determinants = {energy_of("energy", scope::month)};
    only.charges = {
        charge_on("energy", "energy", by_band({{"peak", "0.568"}, {"valley", "0.288"}})),
        charge_on("tier", "energy", graduated({{"230", "0"}, {"400", "0.05"}, {"", "0.30"}}))};
    only.charges[0].title = {"energy", "\u7535\u8d39"};
    only.charges[1].title = {"ladder", "\u9636\u68af\u52a0\u4ef7"};
    out.versions = {only};
    return out;
}

/// One band on T1 and one charge on it.
inline tariff single(std::string_view unit, rate_table rate)
{
    tariff out;
    out.name = "single";
    out.unit = currency::parse(unit).value();
    out.zone = china_zone;
    out.bands = {{"all", {}, 0}};
    version only;
    only.determinants = {energy_of("energy")};
    only.charges = {charge_on("energy", "energy", std::move(rate))};
    out.versions = {only};
    return out;
}

inline period january()
{
    return period_of(period_id::parse("2026-01").value(), china_zone).value();
}

/// Registers of January 2026.
inline consumption used(std::string_view t1, std::string_view t2 = "0", std::string_view t3 = "0",
                        std::string_view t4 = "0")
{
    period_usage out;
    out.from = january().from;
    out.until = january().until;
    out.tariff = {kwh(t1), kwh(t2), kwh(t3), kwh(t4)};
    return consumption_of(out);
}

/// The sum of all lines, "8.280320".
inline std::string sum_text(const tariff& by, const consumption& what,
                            const period& over = january())
{
    const auto done = rate(by, what, over);
    if (!done) return to_string(done.error().front());
    return to_string(done->sum.amount());
}

/// What the bill says, "8.280000 CNY".
inline std::string bill_text(const tariff& by, const consumption& what,
                             const period& over = january())
{
    auto done = rate(by, what, over);
    if (!done) return to_string(done.error().front());
    return to_string(close(by, over, *done).value().total);
}

}  // namespace wattpurse::tariff::examples
