// SPDX-License-Identifier: Apache-2.0
#include "tariff_text.hpp"

#include <array>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "billing.hpp"
#include "tariff_words.hpp"
#include "text_table.hpp"

namespace wattpurse::cli {

namespace {

std::string two_digits(int value)
{
    return {static_cast<char>('0' + value / 10 % 10), static_cast<char>('0' + value % 10)};
}

std::string clock_text(std::int16_t minutes)
{
    return two_digits(minutes / 60) + ':' + two_digits(minutes % 60);
}

std::string day_text(tariff::month_day day)
{
    return two_digits(day.month) + '-' + two_digits(day.day);
}

void append(std::string& to, std::string_view what, std::string_view between = ", ")
{
    if (!to.empty()) to += between;
    to += what;
}

std::string joined(const std::vector<std::string>& names)
{
    std::string out;
    for (const std::string& each : names) append(out, each);
    return out;
}

std::string weekdays_text(std::uint8_t bits, const phrases& say)
{
    constexpr std::array names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    std::string out;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if ((bits >> i & 1U) != 0) append(out, say(names[i]), " ");
    }
    return out;
}

class tables {
public:
    tables(std::ostream& out, const tariff::tariff& by, const phrases& say)
        : out_{out}, by_{by}, say_{say}, language_{language_of(say)}
    {
    }

    void print()
    {
        out_ << by_.name << " (" << by_.unit.code() << ", " << by_.zone.name() << ")\n";
        if (!by_.source.empty()) out_ << say_("source: {}", {by_.source}) << '\n';
        bands();
        attributes();
        for (const tariff::version& each : by_.versions) print(each);
    }

private:
    void print(const text_table& table)
    {
        if (table.size() == 0) return;
        out_ << '\n';
        table.print(out_);
    }

    [[nodiscard]] text_table headed(std::initializer_list<std::string_view> head) const
    {
        std::vector<std::string> titles;
        for (const std::string_view each : head) titles.push_back(say_(each));
        return text_table{std::move(titles)};
    }

    void bands()
    {
        text_table table = headed({"BAND", "TITLE", "REGISTER"});
        for (const tariff::band& each : by_.bands) {
            table.add({each.name, each.title.in(language_, each.name),
                       each.register_index ? "T" + std::to_string(*each.register_index + 1) : "-"});
        }
        print(table);
    }

    void attributes()
    {
        text_table table = headed({"ATTRIBUTE", "TITLE", "UNLESS SAID"});
        for (const tariff::attribute& each : by_.attributes) {
            table.add({each.name, each.title.in(language_, each.name),
                       each.value ? short_number(*each.value) : "-"});
        }
        print(table);
    }

    void print(const tariff::version& in)
    {
        if (by_.versions.size() > 1 || in.from) {
            out_ << "\n== " << in.name;
            if (in.from) out_ << ", " << say_("from {} on", {tariff::to_string(*in.from)});
            out_ << " ==\n";
        }
        calendar(in.calendar);
        charges(in);
        adjustments(in);
    }

    void calendar(const tariff::calendar& by)
    {
        text_table seasons = headed({"SEASON", "DAYS"});
        for (const tariff::season& each : by.seasons) {
            std::string ranges;
            for (const auto& range : each.ranges) {
                append(ranges, say_("{} to {}", {day_text(range.first), day_text(range.last)}));
            }
            seasons.add({each.name, ranges});
        }
        print(seasons);
        text_table days = headed({"KIND OF DAY", "DAYS"});
        for (const tariff::day_class& each : by.days) days.add({each.name, days_text(each)});
        print(days);
        text_table rules = headed({"SEASONS", "DAYS", "PLAN", "HOURS"});
        for (const tariff::schedule_rule& rule : by.rules) {
            rules.add({rule.seasons.empty() ? say_("any") : joined(rule.seasons),
                       rule.days.empty() ? say_("any") : joined(rule.days), rule.plan,
                       hours_text(by, rule.plan)});
        }
        print(rules);
    }

    [[nodiscard]] std::string days_text(const tariff::day_class& kind) const
    {
        std::string out = weekdays_text(kind.weekdays, say_);
        for (const auto& each : kind.every) append(out, say_("every {}", {day_text(each)}));
        for (const auto& each : kind.dates) append(out, tariff::to_string(each));
        if (!kind.event.empty()) append(out, say_("announced as {}", {kind.event}));
        return out;
    }

    [[nodiscard]] static std::string hours_text(const tariff::calendar& by, const std::string& name)
    {
        std::string out;
        for (const tariff::day_plan& plan : by.plans) {
            if (plan.name != name) continue;
            for (const auto& each : plan.windows) {
                append(out, clock_text(each.from) + '-' + clock_text(each.until) + ' ' + each.band);
            }
        }
        return out;
    }

    void charges(const tariff::version& in)
    {
        text_table table = headed({"CHARGE", "ON", "MODE", "TIER", "BAND", "PRICE", "UNIT", "FEE"});
        for (const tariff::charge& each : in.charges) {
            const auto* const on = find_determinant(in, each.on);
            rows(table, in, each, on == nullptr ? "" : on->unit);
        }
        print(table);
    }

    /// A price as the customer pays it: what is credited is below zero.
    [[nodiscard]] static std::string paid(tariff::unit_price price, bool credit)
    {
        std::string out = short_number(price);
        if (!credit || price.is_zero()) return out;
        return price.is_negative() ? out.substr(1) : '-' + out;
    }

    void rows(text_table& table, const tariff::version& in, const tariff::charge& of,
              const std::string& unit)
    {
        const std::string& line = of.line;
        const std::string& on = of.on;
        const tariff::rate_table& rate = of.rate;
        const std::string mode{tariff::to_string(rate.mode)};
        if (rate.mode == tariff::rate_mode::series) {
            const std::string sign = of.credit ? "-" : "";
            table.add({line, on, mode, "", "", sign + rate.series, unit, ""});
            return;
        }
        std::string along = bound_unit(in, rate, unit);
        if (!rate.bounds.plus.empty()) along += " + " + rate.bounds.plus;
        for (std::size_t i = 0; i < rate.tiers.size(); ++i) {
            const tariff::tier& tier = rate.tiers[i];
            const std::string name = tier_words(rate, i, along, say_);
            const std::string fee = tier.fee.is_zero() ? "" : paid(tier.fee, of.credit);
            const std::string per = tier.block.is_zero() ? unit
                                                         : short_number(tier.block) + ' ' + unit;
            if (tier.bands.empty()) {
                table.add({line, on, mode, name, "", paid(tier.each, of.credit), per, fee});
            }
            for (const auto& each : tier.bands) {
                table.add({line, on, mode, name, each.band, paid(each.each, of.credit), per, fee});
            }
        }
    }

    void adjustments(const tariff::version& in)
    {
        text_table table = headed({"ADJUSTMENT", "KIND", "OVER", "ON", "TIER", "VALUE"});
        for (const tariff::adjustment& each : in.adjustments) {
            const std::string kind{tariff::to_string(each.kind)};
            const std::string over = joined(each.over);
            const bool selected = each.rate.mode == tariff::rate_mode::select;
            const std::string& on = selected ? each.rate.selected_by : each.on;
            if (each.kind == tariff::adjustment_kind::bank) {
                table.add({each.line, kind, over, on, "", std::to_string(each.keep_months)});
                continue;
            }
            const auto* const by = find_determinant(in, on);
            const std::string along =
                bound_unit(in, each.rate, by == nullptr ? std::string{} : by->unit);
            for (std::size_t i = 0; i < each.rate.tiers.size(); ++i) {
                table.add({each.line, kind, over, on, tier_words(each.rate, i, along, say_),
                           short_number(each.rate.tiers[i].each)});
            }
        }
        print(table);
    }

    std::ostream& out_;
    const tariff::tariff& by_;
    const phrases& say_;
    tariff::language language_;
};

}  // namespace

void print_tariff(std::ostream& out, const tariff::tariff& by, const phrases& say)
{
    tables{out, by, say}.print();
}

}  // namespace wattpurse::cli
