// SPDX-License-Identifier: Apache-2.0
#include "billing.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <tuple>
#include <utility>

#include <CLI/CLI.hpp>

#include <wattpurse/adapter/json/account.hpp>
#include <wattpurse/adapter/json/tariff.hpp>
#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/explain.hpp>
#ifdef WATTPURSE_WITH_TZ
#include <wattpurse/adapter/tz/zone.hpp>
#endif

#include "account_notes.hpp"
#include "files.hpp"
#include "usage_file.hpp"

namespace wattpurse::cli {

namespace {

using tariff::civil_day;

result<tariff::tariff, std::vector<fault>> load_tariff_text(std::string_view text)
{
#ifdef WATTPURSE_WITH_TZ
    return adapter::json::load_tariff(
        text, [](std::string_view name) { return adapter::tz::find_zone(name); });
#else
    return adapter::json::load_tariff(text);
#endif
}

civil_day read_day(const std::string& command, const std::string& option, const std::string& text)
{
    const auto day = tariff::parse_day(text);
    if (!day) refuse(command, option + " \"" + text + "\": expected a day as 2026-01-31");
    return *day;
}

/// "T2=120.50": a register and what it counted in the period.
tariff::consumption_row read_used(const std::string& command, const std::string& text)
{
    const bool named = text.find('=') == 2 && (text[0] == 'T' || text[0] == 't') &&
                       text[1] >= '1' && text[1] <= '4';
    const auto value = tariff::scalar::parse(named ? text.substr(3) : std::string{});
    if (!value || value->is_negative()) {
        refuse(command, '"' + text + "\": expected a register and its kWh, as T2=120.50");
    }
    tariff::consumption_row out;
    out.register_index = static_cast<std::int8_t>(text[1] - '1');
    out.quantity = *value;
    return out;
}

std::vector<tariff::consumption_row> read_all_used(const billing_options& given)
{
    std::vector<tariff::consumption_row> out;
    for (const std::string& text : given.used) {
        const auto row = read_used(given.command, text);
        if (std::any_of(out.begin(), out.end(), [&](const auto& other) {
                return other.register_index == row.register_index;
            })) {
            refuse(given.command, '"' + text + "\": this register was given before");
        }
        out.push_back(row);
    }
    return out;
}

tariff::consumption read_account(const billing_options& given, const tariff::civil_zone& zone)
{
    if (given.account.empty()) return {};
    return load_file(given.account, [&](std::string_view text) {
        return adapter::json::load_account(text, zone);
    });
}

void read_rows(const billing_options& given, const tariff::tariff& by, billing_input& into)
{
    if (given.usage.empty()) {
        into.used.rows = read_all_used(given);
        into.places.words = given.used;
        return;
    }
    usage_rules rules{by.zone, std::nullopt, into.used.meters};
    if (!given.interval.empty()) {
        rules.interval = parse_interval(given.interval);
        if (!rules.interval) {
            refuse(given.command, "--interval \"" + given.interval +
                                      "\": expected a length as 15min, 1h or 1d");
        }
    }
    usage_rows read = load_file(
        given.usage, [&](std::string_view text) { return read_usage(text, rules); },
        usage_bytes_max);
    into.used.meters = std::move(read.meters);
    into.used.rows = std::move(read.rows);
    into.places.file = given.usage;
    into.places.lines = std::move(read.lines);
}

/// A tariff none of whose bands is known by a register asks for no registers: what several of them
/// counted in one time is one row to it. So what a meter with bands has counted can be compared
/// with what it would cost by a tariff without.
void drop_registers(const tariff::tariff& by, billing_input& in)
{
    auto& rows = in.used.rows;
    if (std::any_of(by.bands.begin(), by.bands.end(),
                    [](const tariff::band& each) { return each.register_index.has_value(); })) {
        return;
    }
    std::map<std::tuple<instant, instant, std::uint16_t, tariff::channel, quality>, std::size_t>
        known;
    std::vector<tariff::consumption_row> out;
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        tariff::consumption_row row = rows[i];
        const bool had_register = std::exchange(row.register_index, tariff::no_index) >= 0;
        const auto [place, is_new] = known.try_emplace(
            {row.from, row.until, row.meter, row.what, row.quality}, out.size());
        if (had_register && !is_new) {
            tariff::scalar& sum = out[place->second].quantity;
            if (const auto more = sum + row.quantity) {
                sum = *more;
                continue;
            }
        }
        out.push_back(row);  // what cannot be added is left to rating, which tells why
        kept.push_back(i);
    }
    rows = std::move(out);
    in.places.keep(kept);
}

/// The days that are billed: [first, last).
struct day_range {
    civil_day first;
    civil_day last;
};

/// The months that the data are of, or, without data, the month it is now.
day_range months_of(const std::vector<tariff::consumption_row>& rows, bool has_times,
                    const tariff::civil_zone& zone)
{
    instant first = std::chrono::floor<duration>(std::chrono::system_clock::now());
    instant last = first;
    if (has_times && !rows.empty()) {
        first = rows.front().from;
        last = first;
        for (const tariff::consumption_row& row : rows) {
            first = std::min(first, row.from);
            last = std::max(last, row.until > row.from ? row.until - duration{1} : row.from);
        }
    }
    return {tariff::month_start(zone.day_at(first)), tariff::month_start(zone.day_at(last), 1)};
}

day_range days_of(const billing_options& given, const tariff::consumption& used,
                  const tariff::civil_zone& zone)
{
    if (given.from.empty() && !given.to.empty()) refuse(given.command, "--to without --from");
    if (given.from.empty()) {
        const day_range out = months_of(used.rows, !given.usage.empty(), zone);
        if (!given.monthly && tariff::month_start(out.first, 1) != out.last) {
            refuse(given.command, "the data are of several months, from " +
                                      tariff::to_string(out.first) + " until " +
                                      tariff::to_string(out.last) +
                                      ": expected --monthly, or --from and --to");
        }
        return out;
    }
    const civil_day first = read_day(given.command, "--from", given.from);
    const civil_day last = given.to.empty() ? tariff::month_start(first, 1)
                                            : read_day(given.command, "--to", given.to);
    if (first >= last) refuse(given.command, "--to is not after --from");
    return {first, last};
}

/// A whole month bears the name of the month.
tariff::period period_for(civil_day first, civil_day last, const tariff::civil_zone& zone)
{
    const bool is_month =
        tariff::month_start(first) == first && tariff::month_start(first, 1) == last;
    return is_month ? tariff::period_at(zone.start_of(first), zone)
                    : tariff::period_between(first, last, zone);
}

std::vector<tariff::period> periods_of(const day_range& days, bool monthly,
                                       const tariff::civil_zone& zone)
{
    if (!monthly) return {period_for(days.first, days.last, zone)};
    std::vector<tariff::period> out;
    for (civil_day day = days.first; day < days.last;) {
        const civil_day next = std::min(days.last, tariff::month_start(day, 1));
        out.push_back(period_for(day, next, zone));
        day = next;
    }
    return out;
}

void hand_on(const tariff::tariff& by, const made_bill& from, tariff::consumption& to)
{
    to.credits = from.what.credits;
    to.past.insert(to.past.end(), from.what.past.begin(), from.what.past.end());
    const civil_day last = by.zone.day_at(from.over.until - duration{1});
    const auto policy = by.versions[tariff::version_at(by, last)].rounding.residue;
    to.carried = policy == tariff::residue_policy::carry ? -from.totals.residue.amount()
                                                         : tariff::amount{};
}

}  // namespace

void refuse(const std::string& command, const std::string& why)
{
    std::cerr << command << ": " << why << '\n';
    throw CLI::RuntimeError{1};
}

tariff::tariff load_tariff_file(const std::string& path)
{
    return load_file(path, load_tariff_text);
}

std::vector<fault> faults_of_tariff(std::string_view text)
{
    const auto loaded = load_tariff_text(text);
    return loaded ? std::vector<fault>{} : loaded.error();
}

void add_billing_options(CLI::App& command, billing_options& to)
{
    auto* file =
        command.add_option("--usage", to.usage, "Consumption (CSV): from,until,quantity");
    command
        .add_option("--interval", to.interval,
                    "Length of a row of --usage that has one time: start or end, as 15min")
        ->needs(file);
    command.add_option("used", to.used, "kWh per register, as T2=120.50 T4=60")->excludes(file);
    command.add_option("--attributes", to.account,
                       "Account (JSON): attributes, openings, events, prices, ...");
    command.add_option("--from", to.from,
                       "First day (default: of the month of the data, without times: this month)");
    command.add_option("--to", to.to, "The day after the last (default: the end of the month)");
    command.add_option("--through", to.through, "What has been used so far, up to this time");
    command.add_flag("--monthly", to.monthly, "A bill for each month");
}

billing_input read_billing(const billing_options& given, const tariff::tariff& by)
{
    if (given.usage.empty() && given.used.empty()) {
        refuse(given.command, "expected --usage FILE, or kWh per register, as T2=120.50");
    }
    billing_input out;
    out.used = read_account(given, by.zone);
    out.notes = unknown_names(by, out.used);
    for (const fault& each : out.notes) {
        std::cerr << given.account << ": note: " << to_string(each) << '\n';
    }
    read_rows(given, by, out);
    drop_registers(by, out);
    const day_range days = days_of(given, out.used, by.zone);
    out.periods = periods_of(days, given.monthly, by.zone);
    if (!given.through.empty()) {
        const auto at = parse_moment(given.through, by.zone);
        if (!at) {
            refuse(given.command, "--through \"" + given.through + "\": expected " + at.error());
        }
        if (*at <= out.periods.front().from) refuse(given.command, "--through is before --from");
        out.through = *at;
    }
    if (given.usage.empty()) {
        if (out.periods.size() > 1) refuse(given.command, "--monthly needs --usage");
        const instant until = out.periods.front().until;
        for (tariff::consumption_row& row : out.used.rows) {
            row.from = out.periods.front().from;
            row.until = std::min(until, out.through.value_or(until));
        }
    }
    return out;
}

std::vector<made_bill> make_bills(const billing_options& given, const tariff::tariff& by,
                                  billing_input input)
{
    std::vector<made_bill> out;
    for (const tariff::period& over : input.periods) {
        const instant through = std::min(over.until, input.through.value_or(over.until));
        if (through <= over.from) break;
        auto what = tariff::rate(by, input.used, over, through);
        if (!what) {
            for (const fault& each : what.error()) {
                std::cerr << input.places.tell(given.command, each) << '\n';
            }
            throw CLI::RuntimeError{1};
        }
        const auto totals = tariff::close(by, over, *what);
        if (!totals) {
            refuse(given.command, "no total: " + std::string{to_string(totals.error())});
        }
        out.push_back({over, std::move(*what), *totals});
        hand_on(by, out.back(), input.used);
    }
    return out;
}

std::string amount_text(money value)
{
    return tariff::trimmed(to_string(value.amount()),
                           static_cast<std::size_t>(value.unit().decimals()));
}

std::string period_text(const tariff::period& over, const tariff::civil_zone& zone,
                        const phrases& say)
{
    const civil_day first = zone.day_at(over.from);
    const civil_day last = zone.day_at(over.until - duration{1});
    return say("{} to {}", {tariff::to_string(first), tariff::to_string(last)});
}

void add_language_option(CLI::App& command, std::string& to)
{
    command.add_option("--language,--lang", to, "Of what is said: en or zh")
        ->check(CLI::IsMember({"en", "zh"}))
        ->capture_default_str();
}

phrases phrases_in(const std::string& language)
{
    return phrases{language == "zh" ? speech::chinese : speech::english};
}

}  // namespace wattpurse::cli
