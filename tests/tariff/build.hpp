// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/check.hpp>
#include <wattpurse/tariff/consumption.hpp>
#include <wattpurse/tariff/rate.hpp>
#include <wattpurse/tariff/tariff.hpp>

/// Short words to put a tariff, its consumption and its bill together in a test.
namespace wattpurse::tariff::build {

// ---- Numbers ----------------------------------------------------------------------------------

inline scalar number(std::string_view text) { return scalar::parse(text).value(); }
inline unit_price each(std::string_view text) { return unit_price::parse(text).value(); }
inline amount coins(std::string_view text) { return amount::parse(text).value(); }

inline rounding_rule to_nearest(std::string_view increment,
                                wattpurse::rounding mode = wattpurse::rounding::half_up)
{
    return {coins(increment), mode};
}
inline rounding_rule down_to(std::string_view increment)
{
    return to_nearest(increment, wattpurse::rounding::down);
}
inline rounding_rule up_to_next(std::string_view increment)
{
    return to_nearest(increment, wattpurse::rounding::up);
}

/// "12.5" for 12.500000: so tests compare what people write, digit by digit.
inline std::string plain(std::string_view digits)
{
    std::string out{digits};
    if (out.find('.') == std::string::npos) return out;
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') out.pop_back();
    return out;
}
template <int Scale>
std::string plain(decimal<Scale> value)
{
    return plain(text(value).view());
}

// ---- Time -------------------------------------------------------------------------------------

inline civil_day day(std::string_view text) { return parse_day(text).value(); }

/// The clock of `zone` on that day; no zone: UTC, as in most of the published cases.
inline instant at(std::string_view date, int hours = 0, int minutes = 0,
                  const civil_zone& zone = {})
{
    return zone.start_of(day(date)) + std::chrono::hours{hours} + std::chrono::minutes{minutes};
}
inline period from_to(std::string_view first, std::string_view after_last,
                      const civil_zone& zone = {})
{
    return period_between(day(first), day(after_last), zone);
}
inline period month(std::string_view id, const civil_zone& zone = {})
{
    return period_of(*period_id::parse(id), zone).value();
}

// ---- Parts of a tariff ------------------------------------------------------------------------

inline constexpr std::int8_t T1 = 0;
inline constexpr std::int8_t T2 = 1;
inline constexpr std::int8_t T3 = 2;
inline constexpr std::int8_t T4 = 3;

inline band on_register(std::string name, std::size_t index)
{
    return {std::move(name), {}, index};
}
inline band by_clock(std::string name) { return {std::move(name), {}, {}}; }

inline determinant counted(std::string name, source of, std::string unit = "kWh")
{
    determinant out;
    out.name = std::move(name);
    out.of = of;
    out.unit = std::move(unit);
    return out;
}
inline determinant energy_on(std::string name, scope over = scope::period)
{
    determinant out = counted(std::move(name), source::import);
    out.scope = over;
    return out;
}
inline determinant energy_in(std::string name, std::vector<std::string> bands)
{
    determinant out = energy_on(std::move(name));
    out.where.bands = std::move(bands);
    return out;
}
inline determinant bought(std::string name, scope over)
{
    determinant out = counted(std::move(name), source::purchase);
    out.scope = over;
    return out;
}
/// An attribute of that name, as a determinant of the same name.
inline determinant asked(const std::string& name, std::string unit = "kW")
{
    determinant out = counted(name, source::attribute, std::move(unit));
    out.attribute = name;
    return out;
}

inline operand constant(std::string_view text) { return {each(text), {}}; }
inline operand named(std::string determinant) { return {{}, std::move(determinant)}; }
inline step then(step::kind does, operand with = {})
{
    step out;
    out.does = does;
    out.with = std::move(with);
    return out;
}
inline step then_round(rounding_rule by)
{
    step out = then(step::kind::round);
    out.rounding = by;
    return out;
}
inline step then_scale(std::string_view factor, rounding_rule by = {amount::of(100)})
{
    step out = then(step::kind::scale, constant(factor));
    out.rounding = by;
    return out;
}

using tier_texts = std::pair<std::string_view, std::string_view>;

inline rate_table flat(std::string_view price) { return rate_table::flat(each(price)); }
/// Tiers of bound and price; the last bound is "".
inline rate_table tiers(rate_mode mode, const std::vector<tier_texts>& bounds_and_prices)
{
    rate_table out;
    out.mode = mode;
    for (const auto& [bound, price] : bounds_and_prices) {
        tier next;
        if (!bound.empty()) next.up_to = number(bound);
        next.each = each(price);
        out.tiers.push_back(std::move(next));
    }
    return out;
}
inline rate_table graduated(const std::vector<tier_texts>& bounds_and_prices)
{
    return tiers(rate_mode::graduated, bounds_and_prices);
}
inline rate_table volume(const std::vector<tier_texts>& bounds_and_prices)
{
    return tiers(rate_mode::volume, bounds_and_prices);
}
inline rate_table selected(std::string by, const std::vector<tier_texts>& bounds_and_prices)
{
    rate_table out = tiers(rate_mode::select, bounds_and_prices);
    out.selected_by = std::move(by);
    return out;
}
inline rate_table by_band(std::initializer_list<std::pair<const char*, std::string_view>> prices)
{
    rate_table out = rate_table::flat({});
    for (const auto& [name, price] : prices) {
        out.tiers.front().bands.push_back({name, each(price)});
    }
    return out;
}

inline charge line_of(std::string line, std::string on, rate_table rate,
                      std::vector<std::string> tags = {})
{
    charge out;
    out.line = std::move(line);
    out.on = std::move(on);
    out.rate = std::move(rate);
    out.tags = std::move(tags);
    return out;
}
inline adjustment percent(std::string line, std::string_view share, std::vector<std::string> over)
{
    adjustment out;
    out.line = std::move(line);
    out.over = std::move(over);
    out.rate = flat(share);
    return out;
}
inline adjustment limited(std::string line, adjustment_kind kind, std::string on,
                          rate_table rate, std::vector<std::string> over)
{
    adjustment out;
    out.line = std::move(line);
    out.kind = kind;
    out.on = std::move(on);
    out.rate = std::move(rate);
    out.over = std::move(over);
    return out;
}

inline tariff sheet(std::string_view unit, std::vector<band> bands = {})
{
    tariff out;
    out.name = "published";
    out.unit = currency::parse(unit).value();
    out.bands = std::move(bands);
    out.versions.resize(1);
    return out;
}
/// The account has to say this.
inline void ask(tariff& what, std::string name)
{
    what.attributes.push_back({std::move(name), {}, {}});
}

// ---- What was used ----------------------------------------------------------------------------

inline consumption_row used_from(instant from, duration length, std::string_view quantity,
                                 std::int8_t index = no_index, channel what = channel::import)
{
    consumption_row out;
    out.from = from;
    out.until = from + length;
    out.what = what;
    out.register_index = index;
    out.quantity = number(quantity);
    return out;
}
inline consumption_row import_row(std::string_view date, int hours, std::string_view quantity,
                                  std::int8_t index = no_index)
{
    return used_from(at(date), std::chrono::hours{hours}, quantity, index);
}
/// The same in a register that counts something else.
inline consumption_row row_of(channel what, std::string_view date, int hours,
                              std::string_view quantity, std::int8_t index = no_index)
{
    return used_from(at(date), std::chrono::hours{hours}, quantity, index, what);
}
inline consumption_row purchase_row(instant when, std::string_view quantity)
{
    return used_from(when, duration{0}, quantity, no_index, channel::purchase);
}
inline consumption rows(std::vector<consumption_row> all)
{
    consumption out;
    out.rows = std::move(all);
    return out;
}
/// One row of that much energy on the second of the month.
inline consumption energy_of(const period& over, std::string_view quantity,
                             std::int8_t index = no_index)
{
    return rows({used_from(over.from + std::chrono::hours{24}, std::chrono::hours{24}, quantity,
                           index)});
}
inline void says(consumption& account, std::string attribute, std::string_view value,
                 instant from = {})
{
    account.attributes.push_back({std::move(attribute), from, number(value)});
}

// ---- The bill ---------------------------------------------------------------------------------

inline std::string text_of(const std::vector<fault>& faults)
{
    std::string out;
    for (const fault& each_fault : faults) out += to_string(each_fault) + '\n';
    return out;
}

struct bill {
    rated what;
    bill_totals totals;

    const line& at(std::string_view id) const
    {
        for (const line& each_line : what.lines) {
            if (each_line.id.view() == id) return each_line;
        }
        std::string there;
        for (const line& each_line : what.lines) there += std::string{each_line.id.view()} + ' ';
        FAIL("no line ", id, " but ", there);
        return what.lines.front();
    }
    /// The amount of a line.
    std::string operator[](std::string_view id) const { return plain(at(id).amount.amount()); }
    std::string quantity(std::string_view id) const { return plain(at(id).quantity); }
    std::string sum() const { return plain(what.sum.amount()); }
    std::string total() const { return plain(totals.total.amount()); }
    std::string cash() const { return plain(totals.cash.value().amount()); }
};

/// Checks the tariff, rates the whole period and closes it.
inline bill bill_of(const tariff& by, const consumption& used, const period& over)
{
    const std::vector<fault> wrong = check(by);
    REQUIRE_MESSAGE(wrong.empty(), text_of(wrong));
    auto done = rate(by, used, over);
    REQUIRE_MESSAGE(done.has_value(), text_of(done.error()));
    bill out;
    out.what = std::move(*done);
    const auto closed = close(by, over, out.what);
    REQUIRE(closed.has_value());
    out.totals = *closed;
    return out;
}

inline std::vector<booked_amount> booked(const rated& before)
{
    std::vector<booked_amount> out;
    for (const line& each_line : before.lines) out.push_back({each_line.id, each_line.amount});
    return out;
}

}  // namespace wattpurse::tariff::build
