// SPDX-License-Identifier: Apache-2.0
#include "tariff_words.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "billing.hpp"

namespace wattpurse::cli {

namespace {

using tariff::step;

constexpr std::array month_names{"January",   "February", "March",    "April",
                                 "May",       "June",     "July",     "August",
                                 "September", "October",  "November", "December"};

std::string two_digits(unsigned value)
{
    return {static_cast<char>('0' + value / 10 % 10), static_cast<char>('0' + value % 10)};
}

std::string day_text(tariff::month_day day)
{
    return two_digits(day.month) + '-' + two_digits(day.day);
}

/// The words for one version of a tariff.
class teller {
public:
    teller(const tariff::tariff& by, const tariff::version& in, const phrases& say)
        : by_{by}, in_{in}, say_{say}, language_{language_of(say)}
    {
    }

    std::string tell()
    {
        for (const tariff::charge& each : in_.charges) tell(each);
        for (const tariff::adjustment& each : in_.adjustments) tell(each);
        tell(in_.rounding);
        return std::move(out_);
    }

private:
    [[nodiscard]] std::string joined(const std::vector<std::string>& names) const
    {
        std::string out;
        for (const std::string& each : names) out += (out.empty() ? "" : ", ") + each;
        return out;
    }

    [[nodiscard]] std::string band_names(const std::vector<std::string>& names) const
    {
        std::vector<std::string> titles;
        for (const std::string& name : names) titles.push_back(band_title(name));
        return joined(titles);
    }

    [[nodiscard]] std::string band_title(const std::string& name) const
    {
        const auto found = std::find_if(by_.bands.begin(), by_.bands.end(),
                                        [&](const auto& each) { return each.name == name; });
        return found == by_.bands.end() ? name : found->title.in(language_, name);
    }

    void line(const std::string& text) { out_ += "  " + text + '\n'; }
    void detail(const std::string& text) { out_ += "    " + text + '\n'; }

    [[nodiscard]] std::string money_text(tariff::unit_price value) const
    {
        return short_number(value) + ' ' + std::string{by_.unit.code()};
    }

    [[nodiscard]] std::string rounding_text(const tariff::rounding_rule& rule) const
    {
        return say_("rounded {} to {}", {to_string(rule.mode), short_number(rule.increment)});
    }

    // ---- Determinants ---------------------------------------------------------------------------

    [[nodiscard]] std::string scope_text(const tariff::determinant& on) const
    {
        switch (on.scope) {
            case tariff::scope::period: return "";
            case tariff::scope::day: return say_("counted by the day");
            case tariff::scope::month: return say_("counted by the month");
            case tariff::scope::two_months:
                return say_("counted by two months from {}", {day_text(on.anchor)});
            case tariff::scope::year: return say_("counted over the year from {}",
                                                  {day_text(on.anchor)});
            case tariff::scope::purchase: return say_("counted from each purchase on");
        }
        return "";
    }

    [[nodiscard]] std::string demand_text(const tariff::determinant& on) const
    {
        if (on.of != tariff::source::demand && on.of != tariff::source::demand_reading) return "";
        std::string out;
        if (on.of == tariff::source::demand) {
            out = say_(on.rolling ? "in rolling windows of {} minutes" : "in windows of {} minutes",
                       {std::to_string(on.window_minutes)}) + ", ";
        }
        if (on.reducer == tariff::reducer::max) return out + say_("the largest");
        return out + say_("the mean of the {} largest", {std::to_string(on.top)});
    }

    [[nodiscard]] std::string proration_text(const tariff::determinant& on) const
    {
        if (on.of != tariff::source::months && on.of != tariff::source::attribute) return "";
        switch (on.proration) {
            case tariff::proration::whole: return "";
            case tariff::proration::actual_days:
                return say_("parts of a month by its days");
            case tariff::proration::thirty_days:
                return say_("parts of a month by days out of 30");
            case tariff::proration::catch_up:
                return say_("months since the purchase before, at each purchase");
        }
        return "";
    }

    [[nodiscard]] std::string source_text(const tariff::determinant& on) const
    {
        if (on.of == tariff::source::attribute) {
            const auto found =
                std::find_if(by_.attributes.begin(), by_.attributes.end(),
                             [&](const auto& each) { return each.name == on.attribute; });
            const std::string name = found == by_.attributes.end()
                                         ? on.attribute
                                         : found->title.in(language_, on.attribute);
            return say_("{} of the account", {name});
        }
        if (on.of == tariff::source::power_factor) {
            return say_("power factor of {} and {}", {on.active, on.reactive});
        }
        return source_words(on.of, say_);
    }

    /// Whether its name says its unit.
    [[nodiscard]] static bool is_bare(tariff::source of)
    {
        return of == tariff::source::one || of == tariff::source::zero ||
               of == tariff::source::days || of == tariff::source::months ||
               of == tariff::source::power_factor;
    }

    /// "energy taken, in kWh, of the bands peak, counted over the year from 01-01".
    [[nodiscard]] std::string determinant_text(const tariff::determinant& on) const
    {
        std::vector<std::string> parts{source_text(on)};
        const auto add = [&](std::string text) {
            if (!text.empty()) parts.push_back(std::move(text));
        };
        if (!is_bare(on.of)) add(say_("in {}", {on.unit}));
        const auto& where = on.where;
        if (!where.bands.empty()) add(say_("of the bands {}", {band_names(where.bands)}));
        if (!where.seasons.empty()) add(say_("in the seasons {}", {joined(where.seasons)}));
        if (!where.days.empty()) add(say_("on the days {}", {joined(where.days)}));
        if (!where.meters.empty()) add(say_("of the meters {}", {joined(where.meters)}));
        add(demand_text(on));
        add(proration_text(on));
        add(scope_text(on));
        if (on.rounding) add(rounding_text(*on.rounding));
        for (const step& each : on.steps) add(step_text(each));
        return joined(parts);
    }

    [[nodiscard]] std::string step_text(const step& what) const
    {
        const std::string with = what.with.determinant.empty() ? short_number(what.with.value)
                                                               : what.with.determinant;
        std::string out = step_words(what, with);
        if (what.rounding && what.does != step::kind::round) {
            out += ", " + rounding_text(*what.rounding);
        }
        return out;
    }

    [[nodiscard]] std::string step_words(const step& what, const std::string& with) const
    {
        switch (what.does) {
            case step::kind::scale: return say_("times {}", {with});
            case step::kind::add: return say_("plus {}", {with});
            case step::kind::subtract: return say_("less {}", {with});
            case step::kind::at_least: return say_("at least {}", {with});
            case step::kind::at_most: return say_("at most {}", {with});
            case step::kind::round:
                return what.rounding ? rounding_text(*what.rounding) : std::string{};
            case step::kind::ratchet:
                return say_("at least {} times the largest of the {} months before{}",
                            {with, std::to_string(what.back_months), months_text(what)});
            case step::kind::bank:
                return say_("what is below zero is kept for {} months",
                            {std::to_string(what.back_months)});
            case step::kind::only_if:
                return say_("only where {} is at most {}",
                            {with, what.limit ? short_number(*what.limit) : std::string{}});
        }
        return "";
    }

    [[nodiscard]] std::string months_text(const step& what) const
    {
        std::string out;
        for (const auto month : what.months) {
            if (month < 1 || month > 12) continue;
            out += (out.empty() ? " (" : ", ") + say_(month_names[month - 1U]);
        }
        return out.empty() ? out : out + ')';
    }

    // ---- Prices ---------------------------------------------------------------------------------

    [[nodiscard]] std::string price_text(const tariff::tier& tier, const std::string& unit) const
    {
        const std::string per = unit.empty() || unit == "x" ? "" : '/' + unit;
        std::string out;
        if (tier.bands.empty()) {
            out = money_text(tier.each) + per;
        } else {
            for (const auto& each : tier.bands) {
                out += (out.empty() ? "" : ", ") + band_title(each.band) + ' ' +
                       money_text(each.each) + per;
            }
        }
        if (!tier.block.is_zero()) {
            out = say_("{} for each begun block of {} {}",
                       {money_text(tier.each), short_number(tier.block), unit});
        }
        if (!tier.fee.is_zero()) out += say_(", and a fee of {}", {money_text(tier.fee)});
        return out;
    }

    [[nodiscard]] std::string mode_text(const tariff::rate_table& rate) const
    {
        switch (rate.mode) {
            case tariff::rate_mode::graduated:
                return say_("each tier prices what lies within it");
            case tariff::rate_mode::volume:
                return say_("the tier that is reached prices all of it");
            case tariff::rate_mode::select:
                return say_("{} decides on the price", {rate.selected_by});
            default: return "";
        }
    }

    [[nodiscard]] std::string bounds_text(const tariff::bounds_rule& by) const
    {
        std::string out;
        if (!by.plus.empty()) out += say_(", bounds plus {}", {by.plus});
        if (!by.times.empty()) out += say_(", bounds times {}", {by.times});
        return out;
    }

    void tell_series(const tariff::rate_table& rate)
    {
        std::string out = say_("the prices of the series {}", {rate.series});
        if (rate.settlement_minutes > 0) {
            out += say_(", their mean over {} minutes", {std::to_string(rate.settlement_minutes)});
        }
        if (rate.factor != tariff::unit_price::of(100'000'000)) {
            out += ", " + say_("times {}", {short_number(rate.factor)});
        }
        if (!rate.adder.is_zero()) out += ", " + say_("plus {}", {money_text(rate.adder)});
        detail(out);
    }

    void tell_rate(const tariff::rate_table& rate, const std::string& unit)
    {
        if (rate.mode == tariff::rate_mode::series) return tell_series(rate);
        const std::string mode = mode_text(rate);
        if (!mode.empty()) detail(mode + bounds_text(rate.bounds) + ':');
        const std::string along = bound_unit(in_, rate, unit);
        for (std::size_t i = 0; i < rate.tiers.size(); ++i) {
            const tariff::tier& tier = rate.tiers[i];
            std::string head = tier.title.in(language_, tier.name);
            const std::string bounds = tier_words(rate, i, along, say_);
            if (!head.empty() && !bounds.empty()) head += ", ";
            head += bounds;
            detail((head.empty() ? head : head + ": ") + price_text(tier, unit));
        }
    }

    void tell(const tariff::charge& each)
    {
        const auto* const on = find_determinant(in_, each.on);
        std::string head = each.title.in(language_, each.line);
        if (head != each.line) head += " (" + each.line + ')';
        head += ": ";
        head += say_(each.credit ? "credited for {}" : "charged on {}",
                     {on == nullptr ? each.on : determinant_text(*on)});
        line(head);
        tell_rate(each.rate, on == nullptr ? std::string{} : on->unit);
        if (each.rounding) detail(rounding_text(*each.rounding));
    }

    // ---- Adjustments ----------------------------------------------------------------------------

    [[nodiscard]] std::string over_text(const tariff::adjustment& each) const
    {
        const bool all = each.over.size() == 1 && each.over.front() == "*";
        return all ? say_("all lines before") : say_("the lines of {}", {joined(each.over)});
    }

    void tell_shares(const tariff::rate_table& rate)
    {
        const std::string unit = bound_unit(in_, rate, {});
        detail(say_("{} decides on the share", {rate.selected_by}) + ':');
        for (std::size_t i = 0; i < rate.tiers.size(); ++i) {
            detail(tier_words(rate, i, unit, say_) + ": " + short_number(rate.tiers[i].each));
        }
    }

    void tell(const tariff::adjustment& each)
    {
        std::string head = each.title.in(language_, each.line);
        if (head != each.line) head += " (" + each.line + ')';
        head += ": ";
        const bool flat = each.rate.mode == tariff::rate_mode::flat && !each.rate.tiers.empty();
        switch (each.kind) {
            case tariff::adjustment_kind::percent:
                head += flat ? say_("{} times {}", {short_number(each.rate.tiers.front().each),
                                                    over_text(each)})
                             : say_("a share of {}", {over_text(each)});
                break;
            case tariff::adjustment_kind::minimum:
                head += say_("brings {} up to a minimum", {over_text(each)});
                break;
            case tariff::adjustment_kind::maximum:
                head += say_("brings {} down to a maximum", {over_text(each)});
                break;
            case tariff::adjustment_kind::bank:
                head += say_("keeps what {} give for {} months",
                             {over_text(each), std::to_string(each.keep_months)});
                break;
        }
        if (each.at_close) head += say_(", once the period has ended");
        line(head);
        if (each.kind == tariff::adjustment_kind::percent && !flat) tell_shares(each.rate);
        if (each.kind == tariff::adjustment_kind::minimum ||
            each.kind == tariff::adjustment_kind::maximum) {
            const auto* const on = find_determinant(in_, each.on);
            if (on != nullptr) detail(say_("charged on {}", {determinant_text(*on)}));
            tell_rate(each.rate, on == nullptr ? std::string{} : on->unit);
        }
    }

    void tell(const tariff::rounding_rules& rules)
    {
        line(say_("each line: {}", {rounding_text(rules.line)}));
        if (!in_.adjustments.empty()) {
            line(say_("each adjustment: {}", {rounding_text(rules.tax)}));
        }
        line(say_("the bill: {}", {rounding_text(rules.bill)}));
        if (rules.cash) line(say_("in cash: {}", {rounding_text(*rules.cash)}));
    }

    const tariff::tariff& by_;
    const tariff::version& in_;
    const phrases& say_;
    tariff::language language_;
    std::string out_;
};

}  // namespace

std::string source_words(tariff::source of, const phrases& say)
{
    switch (of) {
        case tariff::source::import: return say("energy taken");
        case tariff::source::export_: return say("energy given back");
        case tariff::source::reactive: return say("reactive energy");
        case tariff::source::purchase: return say("energy bought in advance");
        case tariff::source::demand: return say("demand");
        case tariff::source::demand_reading: return say("demand as the meter shows it");
        case tariff::source::days: return say("days");
        case tariff::source::months: return say("months");
        case tariff::source::one: return say("every period");
        case tariff::source::attribute: return say("an attribute");
        case tariff::source::power_factor: return say("power factor");
        case tariff::source::zero: return say("nothing by itself");
    }
    return "";
}

std::string tier_words(const tariff::rate_table& rate, std::size_t index, const std::string& unit,
                       const phrases& say)
{
    if (rate.tiers.size() < 2) return "";
    const auto bound = [&](std::size_t at) {
        const auto& up_to = rate.tiers[at].up_to;
        return up_to ? short_number(*up_to) : std::string{};
    };
    const std::string after = unit.empty() ? "" : ' ' + unit;
    if (index == 0) return say("up to {}", {bound(0) + after});
    if (!rate.tiers[index].up_to) return say("above {}", {bound(index - 1) + after});
    return say("above {} to {}", {bound(index - 1), bound(index) + after});
}

std::string bound_unit(const tariff::version& in, const tariff::rate_table& rate,
                       const std::string& unit)
{
    std::string out = unit;
    if (rate.mode == tariff::rate_mode::select) {
        const auto* const by = find_determinant(in, rate.selected_by);
        out = by == nullptr ? std::string{} : by->unit;
    }
    const auto* const times = find_determinant(in, rate.bounds.times);
    if (times == nullptr) return out;
    const bool is_bare = times->unit.empty() || times->unit == "x";
    return out + '/' + (is_bare ? times->name : times->unit);
}

const tariff::determinant* find_determinant(const tariff::version& in, const std::string& name)
{
    const auto found = std::find_if(in.determinants.begin(), in.determinants.end(),
                                    [&](const auto& each) { return each.name == name; });
    return found == in.determinants.end() ? nullptr : &*found;
}

std::string tariff_words(const tariff::tariff& by, const phrases& say)
{
    std::string out = by.name + ", " + std::string{by.unit.code()} + ", " + by.zone.name() + '\n';
    for (const tariff::version& each : by.versions) {
        if (by.versions.size() > 1 || each.from) {
            out += each.from ? say("from {} on", {tariff::to_string(*each.from)})
                             : say("at first");
            out += each.name.empty() ? ":\n" : " (" + each.name + "):\n";
        }
        out += teller{by, each, say}.tell();
    }
    return out;
}

}  // namespace wattpurse::cli
