// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <wattpurse/adapter/json/tariff.hpp>
#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/tariff/rate.hpp>

#include "commands.hpp"
#include "files.hpp"

namespace wattpurse::cli {

namespace {

struct options {
    std::string tariff;
    std::vector<std::string> used;
};

[[noreturn]] void refuse(const std::string& what)
{
    std::cerr << "wattpurse bill: " << what << '\n';
    throw CLI::RuntimeError{1};
}

/// "T2=120.50" into its register.
void read_used(const std::string& text, tariff_energy& into)
{
    const auto equals = text.find('=');
    const bool named = equals == 2 && (text[0] == 'T' || text[0] == 't') && text[1] >= '1' &&
                       text[1] <= '4';
    const auto value = energy::parse(named ? text.substr(equals + 1) : std::string{});
    if (!value || value->is_negative()) {
        refuse('"' + text + "\": expected a register and its kWh, as T2=120.50");
    }
    auto& tariff = into[static_cast<std::size_t>(text[1] - '1')];
    if (!tariff.is_zero()) refuse('"' + text + "\": this register was given before");
    tariff = *value;
}

void print_bill(const options& given)
{
    const auto price_list = load_file(given.tariff, adapter::json::load_tariff);
    period_usage used;
    for (const std::string& text : given.used) read_used(text, used.tariff);
    const auto lines = tariff::rate(price_list, used);
    if (!lines) refuse("cannot be priced: " + std::string{to_string(lines.error())});
    const auto sum = tariff::sum_of(price_list, *lines);
    const auto total = sum ? tariff::bill_total(price_list, *sum) : sum;
    if (!total) refuse("the total is out of range");
    std::cout << price_list.name << '\n';
    for (const charge_line& line : *lines) std::cout << "  " << line.explain << '\n';
    const auto fen = rescale<2>(total->amount(), rounding::exact);
    std::cout << "  sum   " << to_string(*sum) << "\n  bill  "
              << (fen ? to_string(*fen) : to_string(total->amount())) << ' '
              << total->unit().code() << '\n';
}

}  // namespace

void add_bill(CLI::App& app)
{
    auto given = std::make_shared<options>();
    auto* command =
        app.add_subcommand("bill", "What a month's energy costs by a tariff, line by line");
    command->add_option("--tariff", given->tariff, "Tariff file (JSON)")
        ->required()
        ->check(CLI::ExistingFile);
    command->add_option("used", given->used, "kWh per register, as T2=120.50 T4=60")->required();
    command->footer("Example:\n  wattpurse bill --tariff share/tariffs/zhejiang_residential.json "
                    "T2=180.25 T4=90.10");
    command->callback([given] { print_bill(*given); });
}

}  // namespace wattpurse::cli
