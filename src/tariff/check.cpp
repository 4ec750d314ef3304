// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/tariff/check.hpp>

#include <optional>

#include <wattpurse/model/reading.hpp>

#include "checking.hpp"
#include "rating.hpp"

namespace wattpurse::tariff {

namespace {

/// Days that begin within what a calendar can say, in every zone.
constexpr civil_day first_day{std::chrono::floor<std::chrono::days>(calendar_first)
                                  .time_since_epoch() + std::chrono::days{1}};
constexpr civil_day last_day{std::chrono::floor<std::chrono::days>(calendar_last)
                                 .time_since_epoch() - std::chrono::days{1}};

/// So many parts that comparing them with each other would take long.
bool check_size(const checking& in, const std::string& path, std::size_t size)
{
    if (size <= parts_max) return true;
    in.note(path, std::to_string(size) + " of them", "at most " + std::to_string(parts_max));
    return false;
}

bool check_sizes(const checking& in)
{
    const calendar& days = in.in.calendar;
    bool out = check_size(in, "/determinants", in.in.determinants.size());
    out = check_size(in, "/charges", in.in.charges.size()) && out;
    out = check_size(in, "/adjustments", in.in.adjustments.size()) && out;
    out = check_size(in, "/calendar/seasons", days.seasons.size()) && out;
    out = check_size(in, "/calendar/days", days.days.size()) && out;
    out = check_size(in, "/calendar/plans", days.plans.size()) && out;
    out = check_size(in, "/calendar/rules", days.rules.size()) && out;
    for (std::size_t i = 0; out && i < in.in.charges.size(); ++i) {
        out = check_size(in, "/charges/" + std::to_string(i) + "/rate/tiers",
                         in.in.charges[i].rate.tiers.size());
    }
    return out;
}

void check_bands(const checking& in)
{
    check_names(in, in.what.bands, "/bands", "band");
    for (std::size_t i = 0; i < in.what.bands.size(); ++i) {
        const auto& number = in.what.bands[i].register_index;
        if (!number) continue;
        const std::string path = "/bands/" + std::to_string(i) + "/register";
        const std::string shown = quoted("T" + std::to_string(*number + 1));
        if (*number >= tariff_count) in.note(path, shown, "T1, T2, T3 or T4");
        for (std::size_t j = 0; j < i && *number < tariff_count; ++j) {
            if (in.what.bands[j].register_index != number) continue;
            in.note(path, shown,
                    "a register of its own: this one is that of " +
                        quoted(in.what.bands[j].name));
        }
    }
}

/// Whether some charge of every version counts this band.
void check_bands_priced(const checking& in)
{
    const auto counts = [&](const charge& each, const std::string& name) {
        const determinant* const on = find(in.in.determinants, each.on);
        if (on == nullptr) return true;  // a fault of its own
        const auto& bands = on->where.bands;
        const bool is_energy = on->of == source::import || on->of == source::purchase;
        return (is_energy || on->of == source::zero) &&
               (bands.empty() || std::find(bands.begin(), bands.end(), name) != bands.end());
    };
    for (std::size_t i = 0; i < in.what.bands.size() && !in.in.charges.empty(); ++i) {
        const std::string& name = in.what.bands[i].name;
        const bool priced =
            std::any_of(in.in.charges.begin(), in.in.charges.end(),
                        [&](const charge& each) { return counts(each, name); });
        if (priced || name.empty()) continue;
        in.faults.push_back({"/bands/" + std::to_string(i) + "/name", quoted(name),
                             "a band that some charge of " + in.at + " prices, be it at zero"});
    }
}

void check_rounding(const checking& in)
{
    const rounding_rules& rules = in.in.rounding;
    check_rule(in, rules.line, "/rounding/line");
    check_rule(in, rules.tax, "/rounding/tax");
    check_rule(in, rules.bill, "/rounding/bill");
    if (rules.cash) check_rule(in, *rules.cash, "/rounding/cash");
}

void check_from(const tariff& what, std::size_t index, std::vector<fault>& faults)
{
    const std::string path = "/versions/" + std::to_string(index) + "/from";
    const auto& from = what.versions[index].from;
    if (from && (*from < first_day || *from > last_day)) {
        faults.push_back({path, quoted(to_string(*from)),
                          "a day from " + to_string(first_day) + " to " + to_string(last_day)});
        return;
    }
    if (index == 0) return;
    if (!from) {
        faults.push_back({path, "(missing)", "a date: only the first version has none"});
        return;
    }
    const auto& before = what.versions[index - 1].from;
    if (before && *from <= *before) {
        faults.push_back({path, quoted(to_string(*from)), "a date after " + to_string(*before)});
    }
}

}  // namespace

void check_rule(const checking& in, const rounding_rule& rule, const std::string& path)
{
    if (rule.increment <= amount{}) {
        in.note(path + "/increment", quoted_number(rule.increment), "an increment above zero");
    }
    if (rule.mode == rounding::exact) {
        in.note(path + "/mode", "\"exact\"",
                "a mode that always gives an amount, such as half_up");
    }
}

void check_quantity_rule(const checking& in, const rounding_rule& rule, const std::string& path)
{
    check_rule(in, rule, path);
    constexpr std::int64_t quantity_step = 100;
    if (rule.increment.mantissa() % quantity_step != 0) {
        in.note(path + "/increment", quoted_number(rule.increment), "a multiple of 0.0001");
    }
}

std::vector<fault> check(const tariff& what)
{
    std::vector<fault> faults;
    const version nothing;
    const checking top{what, nothing, "", faults};
    if (what.name.empty()) top.note("/name", "\"\"", "the name of the tariff");
    if (what.unit == currency{}) top.note("/currency", "\"XXX\"", "the currency of its prices");
    if (!check_size(top, "/bands", what.bands.size()) ||
        !check_size(top, "/versions", what.versions.size())) {
        return faults;
    }
    check_bands(top);
    check_names(top, what.attributes, "/attributes", "attribute");
    if (what.versions.empty()) top.note("/versions", "an empty array", "at least one version");
    if (what.versions.size() > 1) check_names(top, what.versions, "/versions", "version");
    for (std::size_t i = 0; i < what.versions.size(); ++i) {
        const checking in{what, what.versions[i], "/versions/" + std::to_string(i), faults};
        check_from(what, i, faults);
        if (!check_sizes(in)) continue;
        check_calendar(in);
        check_determinants(in);
        check_charges(in);
        check_adjustments(in);
        check_lines(in);
        check_bands_priced(in);
        check_rounding(in);
    }
    return faults;
}

}  // namespace wattpurse::tariff
