// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/explain.hpp>

#include "billing.hpp"
#include "commands.hpp"
#include "text_table.hpp"

namespace wattpurse::cli {

namespace {

constexpr const char* examples = R"(
Examples:
  wattpurse compare --tariff flat.json --tariff peak_valley.json --usage january.csv
  wattpurse compare --tariff flat.json --tariff peak_valley.json --usage year.csv --monthly
)";

struct options {
    billing_options billing;
    std::vector<std::string> tariffs;
    std::string language = "en";
};

/// What one tariff makes of the consumption.
struct offer {
    tariff::tariff by;
    std::vector<made_bill> bills;
};

/// Money side by side, and what each costs more than the first.
class comparison {
public:
    comparison(const options& given, std::size_t tariffs)
        : given_{given}, tariffs_{tariffs}
    {
    }

    void add(std::string what, const std::vector<money>& costs)
    {
        std::vector<std::string> row{std::move(what)};
        for (const money cost : costs) row.push_back(amount_text(cost));
        for (std::size_t i = 1; i < tariffs_; ++i) {
            const auto more = costs[i] - costs[0];
            if (!more) refuse(given_.billing.command, "the difference is out of range");
            row.push_back(signed_text(*more));
        }
        rows_.push_back(std::move(row));
    }

    void print(std::string head) const
    {
        std::vector<std::string> titles{std::move(head)};
        for (std::size_t i = 0; i < tariffs_; ++i) titles.push_back(letter(i));
        for (std::size_t i = 1; i < tariffs_; ++i) titles.push_back(letter(i) + "-A");
        text_table table{std::move(titles)};
        for (const auto& row : rows_) table.add(row);
        table.print(std::cout);
    }

    static std::string letter(std::size_t index)
    {
        return std::string(1, static_cast<char>('A' + index));
    }

private:
    static std::string signed_text(money value)
    {
        const bool more = !value.is_negative() && !value.is_zero();
        return (more ? "+" : "") + amount_text(value);
    }

    const options& given_;
    std::size_t tariffs_;
    std::vector<std::vector<std::string>> rows_;
};

money sum_of(const options& given, const std::vector<made_bill>& bills, currency unit)
{
    money sum{{}, unit};
    for (const made_bill& bill : bills) {
        const auto more = sum + bill.totals.total;
        if (!more) refuse(given.billing.command, "the total is out of range");
        sum = *more;
    }
    return sum;
}

/// The cost of each line over all tariffs, by id, in the order in which they come up.
void add_lines(comparison& to, const std::vector<offer>& offers, currency unit)
{
    std::vector<line_id> ids;
    for (const offer& each : offers) {
        for (const tariff::line& line : each.bills.front().what.lines) {
            if (std::find(ids.begin(), ids.end(), line.id) == ids.end()) ids.push_back(line.id);
        }
    }
    for (const line_id& id : ids) {
        std::vector<money> costs;
        for (const offer& each : offers) {
            const auto& lines = each.bills.front().what.lines;
            const auto found = std::find_if(lines.begin(), lines.end(),
                                            [&](const tariff::line& at) { return at.id == id; });
            costs.push_back(found == lines.end() ? money{{}, unit} : found->amount);
        }
        to.add(std::string{id.view()}, costs);
    }
}

void add_bills(comparison& to, const std::vector<offer>& offers)
{
    for (std::size_t i = 0; i < offers.front().bills.size(); ++i) {
        std::vector<money> costs;
        for (const offer& each : offers) costs.push_back(each.bills[i].totals.total);
        to.add(std::string{offers.front().bills[i].over.id.view()}, costs);
    }
}

/// Which tariff it was that the data did not fit is said last: their faults name the data.
std::vector<made_bill> bills_of(const options& given, const std::string& path,
                                const tariff::tariff& by)
{
    billing_input input = read_billing(given.billing, by);
    try {
        return make_bills(given.billing, by, std::move(input));
    } catch (const CLI::RuntimeError&) {
        std::cerr << given.billing.command << ": " << path << ": no bill by this tariff\n";
        throw;
    }
}

std::vector<offer> make_offers(const options& given)
{
    std::vector<offer> out;
    for (const std::string& path : given.tariffs) {
        tariff::tariff by = load_tariff_file(path);
        auto bills = bills_of(given, path, by);
        if (!out.empty() && by.unit != out.front().by.unit) {
            refuse(given.billing.command, path + ": " + std::string{by.unit.code()} +
                                              " cannot be compared with " +
                                              std::string{out.front().by.unit.code()});
        }
        if (!out.empty() && bills.size() != out.front().bills.size()) {
            refuse(given.billing.command, path + ": in its zone the data are of other months: "
                                                 "expected --from and --to");
        }
        out.push_back({std::move(by), std::move(bills)});
    }
    return out;
}

void compare(const options& given)
{
    if (given.tariffs.size() < 2 || given.tariffs.size() > 9) {
        refuse(given.billing.command, "expected two to nine tariffs: --tariff A --tariff B");
    }
    const auto offers = make_offers(given);
    const phrases say = phrases_in(given.language);
    for (std::size_t i = 0; i < offers.size(); ++i) {
        const auto& bills = offers[i].bills;
        tariff::period over = bills.front().over;
        over.until = bills.back().over.until;
        std::cout << comparison::letter(i) << ": " << offers[i].by.name << ", "
                  << period_text(over, offers[i].by.zone, say) << '\n';
    }
    std::cout << '\n';
    const currency unit = offers.front().by.unit;
    comparison table{given, offers.size()};
    const bool is_one = offers.front().bills.size() == 1;
    if (is_one) {
        add_lines(table, offers, unit);
    } else {
        add_bills(table, offers);
    }
    std::vector<money> totals;
    for (const offer& each : offers) totals.push_back(sum_of(given, each.bills, unit));
    table.add(say("total") + ' ' + std::string{unit.code()}, totals);
    table.print(say(is_one ? "LINE" : "MONTH"));
}

}  // namespace

void add_compare(CLI::App& app)
{
    auto given = std::make_shared<options>();
    given->billing.command = "wattpurse compare";
    auto* command = app.add_subcommand("compare", "What the same energy costs by several tariffs");
    command->add_option("--tariff", given->tariffs, "Tariff files (JSON), two or more")
        ->required()
        ->allow_extra_args(false);
    add_billing_options(*command, given->billing);
    add_language_option(*command, given->language);
    command->footer(examples);
    command->callback([given] { compare(*given); });
}

}  // namespace wattpurse::cli
