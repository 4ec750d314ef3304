// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/tariff/calendar.hpp>
#include <wattpurse/tariff/rounding_rules.hpp>
#include <wattpurse/tariff/scalar.hpp>
#include <wattpurse/tariff/title.hpp>

namespace wattpurse::tariff {

/// What a determinant counts before its steps.
enum class source : std::uint8_t {
    import,          ///< energy taken, kWh (正向有功)
    export_,         ///< energy given back, kWh (反向有功)
    reactive,        ///< kvarh
    purchase,        ///< energy bought in advance, kWh: what blocks count where tokens are sold
    demand,          ///< kW in windows of `window_minutes`, out of interval energy (需量)
    demand_reading,  ///< kW as a maximum-demand register showed it
    days,            ///< local days that have begun
    months,          ///< months of service; how parts of a month count is `proration`
    one,             ///< 1, as for a fee at every period
    attribute,       ///< a value of the account: contract kVA, persons, area
    power_factor,    ///< of `active` and `reactive`: P / sqrt(P^2 + Q^2) (功率因数)
    zero,            ///< 0: everything comes from the steps, which add up what adds up over time
};

/// What of a source counts; an empty list means all. Energy and demand have bands, seasons, days
/// and meters; `days` have seasons and classes. A maximum that a register without a tariff showed
/// is of no band.
struct filter {
    std::vector<std::string> bands;
    std::vector<std::string> seasons;
    std::vector<std::string> days;    ///< names of day classes
    std::vector<std::string> meters;  ///< several meters as one, or one of several

    friend bool operator==(const filter&, const filter&) = default;
};

/// Over what stretch a determinant counts before it begins again at zero. Stretches longer than
/// a billing period run through it: a ladder by the year is charged by the month as what the
/// year costs so far less what it cost before.
enum class scope : std::uint8_t {
    period,      ///< the billing period
    day,         ///< the local day
    month,       ///< the local calendar month
    two_months,  ///< two months, of which the first is the anchor's or an even number away
    year,        ///< a year from the anchor's day
    purchase,    ///< from one purchase to the next; a fee is of the period of its purchase
};

/// How many values of demand become one.
enum class reducer : std::uint8_t {
    max,       ///< the largest
    mean_top,  ///< the mean of the `top` largest, one of each day or month
};
enum class distinct : std::uint8_t { none, day, month };

/// How a month that is not served in full counts, and an attribute that changes within one.
enum class proration : std::uint8_t {
    whole,        ///< each month that is touched is one; an attribute counts as it is at the end
    actual_days,  ///< days served over days of the month
    thirty_days,  ///< a part of a month is its days over 30; a whole month is one
    catch_up,     ///< months that have begun since the last purchase, at each purchase
};

/// A constant or another determinant.
struct operand {
    unit_price value;         ///< where `determinant` is empty
    std::string determinant;

    friend bool operator==(const operand&, const operand&) = default;
};

/// What is done to a quantity, one after the other.
struct step {
    enum class kind : std::uint8_t {
        scale,     ///< times the operand: transformer ratio, line loss, a percentage
        add,       ///< plus the operand: another meter, fixed loss of a transformer
        subtract,  ///< less the operand: an allowance, contracted demand, export (net metering)
        at_least,  ///< the larger of both
        at_most,   ///< the smaller of both
        round,     ///< to `rounding`
        ratchet,   ///< at least `value` times the largest of past values (`consumption::past`)
        bank,      ///< what is below zero is kept for later periods, what is above draws on it
        only_if,   ///< zero unless the operand is at most `limit`: lifeline energy
    };
    kind does = kind::round;
    operand with;
    std::vector<std::uint8_t> months;       ///< ratchet: of these months only; none: of all
    int back_months = 12;                   ///< ratchet: so far back; bank: kept for so long
    std::optional<scalar> limit;            ///< only_if
    std::optional<rounding_rule> rounding;  ///< of this step's result; needed where inexact

    friend bool operator==(const step&, const step&) = default;
};

/// What a charge is charged on (计费量): a source, of which some counts, over a scope, and then
/// steps. Its value is exact at 10^-4 unless a rule of rounding is named.
struct determinant {
    std::string name;
    wattpurse::tariff::title title;
    std::string unit = "kWh";  ///< as shown
    wattpurse::tariff::source of = tariff::source::import;
    filter where;
    wattpurse::tariff::scope scope = tariff::scope::period;
    month_day anchor;                       ///< two_months, year
    int window_minutes = 15;                ///< demand
    bool rolling = false;                   ///< demand: windows begin with each interval
    wattpurse::tariff::reducer reducer = tariff::reducer::max;
    wattpurse::tariff::distinct distinct = tariff::distinct::none;
    int top = 1;                            ///< mean_top
    wattpurse::tariff::proration proration = tariff::proration::whole;
    std::string attribute;                  ///< attribute: its name
    std::string active;                     ///< power_factor: determinants of kWh ...
    std::string reactive;                   ///< ... and of kvarh
    std::optional<rounding_rule> rounding;  ///< before the steps
    std::vector<step> steps;

    friend bool operator==(const determinant&, const determinant&) = default;
};

[[nodiscard]] std::string_view to_string(source value) noexcept;
[[nodiscard]] std::string_view to_string(scope value) noexcept;
[[nodiscard]] std::string_view to_string(reducer value) noexcept;
[[nodiscard]] std::string_view to_string(distinct value) noexcept;
[[nodiscard]] std::string_view to_string(proration value) noexcept;
[[nodiscard]] std::string_view to_string(step::kind value) noexcept;

/// Whether it adds up over time: energy does, so a stretch of it is a difference of sums. A
/// demand, an attribute or a power factor is of a period as a whole.
[[nodiscard]] bool is_additive(source value) noexcept;

}  // namespace wattpurse::tariff
