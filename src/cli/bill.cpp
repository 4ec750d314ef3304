// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <wattpurse/adapter/json/bill.hpp>
#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/explain.hpp>

#include "billing.hpp"
#include "commands.hpp"
#include "text_table.hpp"

namespace wattpurse::cli {

namespace {

constexpr const char* examples = R"(
The first line of --usage names its columns, in any order: from and until (or start and end; one of
them with --interval), quantity or kwh, and where they are needed channel (import, export, reactive,
purchase, demand), register (T1 to T4), meter, quality (good, estimated, suspect, rejected). Times
are ISO 8601, or without offset what the clocks of the tariff's zone show.

Examples:
  wattpurse bill --tariff share/tariffs/zhejiang_residential.json T2=180.25 T4=90.10
  wattpurse bill --tariff my_tariff.json --usage january.csv --interval 15min
  wattpurse bill --tariff my_tariff.json --usage year.csv --monthly --json
  wattpurse bill --tariff my_tariff.json --usage july.csv --attributes factory.json --lang zh
)";

struct options {
    billing_options billing;
    std::string tariff;
    std::string language = "en";
    bool json = false;
};

/// Times of which no row tells, a line for each channel of each meter.
void print_gaps(const tariff::rated& what, const tariff::civil_zone& zone, const phrases& say)
{
    const auto moment = [&](instant at) { return std::string{iso8601(at, zone.at(at)).view()}; };
    std::vector<std::pair<const tariff::gap*, std::size_t>> firsts;  // with how many there are
    for (const tariff::gap& each : what.gaps) {
        const auto known = std::find_if(firsts.begin(), firsts.end(), [&](const auto& other) {
            return other.first->what == each.what && other.first->meter == each.meter;
        });
        if (known != firsts.end()) {
            ++known->second;
        } else {
            firsts.push_back({&each, 1});
        }
    }
    for (const auto& [first, count] : firsts) {
        std::cout << "  "
                  << say("meter {}, {}: times without data, charged as nothing used: {}, "
                         "the first from {} to {}",
                         {first->meter, to_string(first->what), std::to_string(count),
                          moment(first->from), moment(first->until)})
                  << '\n';
    }
}

void print_notes(const tariff::rated& what, const tariff::civil_zone& zone, const phrases& say)
{
    print_gaps(what, zone, say);
    if (what.estimated > 0) {
        std::cout << "  " << say("estimated rows: {}", {std::to_string(what.estimated)}) << '\n';
    }
    if (what.left_out > 0) {
        std::cout << "  "
                  << say("rows not charged, being suspect or rejected: {}",
                         {std::to_string(what.left_out)})
                  << '\n';
    }
}

/// `sum   85.77` and so on: numbers in one column, whatever the language.
void print_totals(const made_bill& bill, const phrases& say)
{
    const auto print = [&](std::string_view name, money value, bool with_unit) {
        const std::string shown = say(name);
        std::cout << "  " << shown << std::string(6 - display_width(shown), ' ')
                  << amount_text(value);
        if (with_unit) std::cout << ' ' << value.unit().code();
        std::cout << '\n';
    };
    print("sum", bill.totals.charged, false);
    print("bill", bill.totals.total, true);
    if (bill.totals.cash) print("cash", *bill.totals.cash, true);
}

void print_bill(const tariff::tariff& by, const made_bill& bill, const phrases& say)
{
    std::cout << by.name << ", " << period_text(bill.over, by.zone, say) << '\n';
    for (const tariff::line& line : bill.what.lines) {
        std::cout << "  " << tariff::explain(line, language_of(say)) << '\n';
    }
    print_notes(bill.what, by.zone, say);
    print_totals(bill, say);
}

void print_bills(const options& given)
{
    const tariff::tariff by = load_tariff_file(given.tariff);
    const phrases say = phrases_in(given.language);
    billing_input input = read_billing(given.billing, by);
    const std::vector<fault> notes = input.notes;
    const auto bills = make_bills(given.billing, by, std::move(input));
    for (const made_bill& bill : bills) {
        if (given.json) {
            std::cout << adapter::json::bill_text(by, bill.over, bill.what, bill.totals,
                                                  notes);
            continue;
        }
        if (&bill != &bills.front()) std::cout << '\n';
        print_bill(by, bill, say);
    }
}

}  // namespace

void add_bill(CLI::App& app)
{
    auto given = std::make_shared<options>();
    given->billing.command = "wattpurse bill";
    auto* command =
        app.add_subcommand("bill", "What energy costs by a tariff, line by line, explained");
    command->add_option("--tariff", given->tariff, "Tariff file (JSON)")->required();
    add_billing_options(*command, given->billing);
    command->add_flag("--json", given->json, "As JSON, an object a bill");
    add_language_option(*command, given->language);
    command->footer(examples);
    command->callback([given] { print_bills(*given); });
}

}  // namespace wattpurse::cli
