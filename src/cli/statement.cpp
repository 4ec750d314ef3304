// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/ledger/statement.hpp>

#include "commands.hpp"
#include "files.hpp"

namespace wattpurse::cli {

namespace {

struct options {
    std::string store;
    std::string account;
    std::string from;
    std::string until;
    std::string by = "day";
};

[[noreturn]] void refuse(const std::string& what)
{
    std::cerr << "wattpurse statement: " << what << '\n';
    throw CLI::RuntimeError{1};
}

instant time_or(const std::string& text, instant otherwise)
{
    if (text.empty()) return otherwise;
    const auto at = parse_iso8601(text);
    if (!at) refuse('"' + text + "\": expected a time as 2026-01-01T00:00:00+08:00");
    return *at;
}

void print_statement(const options& given)
{
    const auto account = account_id::parse(given.account);
    if (!account) refuse('"' + given.account + "\" is no account name");
    require_file(given.store);
    adapter::sqlite::store books{given.store};
    const auto postings = ledger::account_postings(books, *account);
    if (!postings) refuse(given.store + ": " + postings.error());
    if (postings->empty()) refuse(given.store + ": no account " + given.account);
    ledger::statement_period period;
    const auto [first, last] = std::minmax_element(
        postings->begin(), postings->end(),
        [](const posting& a, const posting& b) { return a.effective_at < b.effective_at; });
    period.from = time_or(given.from, first->effective_at);
    period.until = time_or(given.until, last->effective_at);
    if (period.from > period.until) refuse("--from is later than --until");
    period.charges = given.by == "moment" ? ledger::row_span::moment
                     : given.by == "day"  ? ledger::row_span::day
                                          : ledger::row_span::period;
    const auto made = ledger::make_statement(*postings, period);
    if (!made) refuse(std::string{to_string(made.error())});
    std::cout << ledger::render(*made);
}

}  // namespace

void add_statement(CLI::App& app)
{
    auto given = std::make_shared<options>();
    auto* command = app.add_subcommand("statement", "An account's movements, each explained");
    command->add_option("--store", given->store, "The books: an SQLite file")->required();
    command->add_option("account", given->account, "Account, as F07")->required();
    command->add_option("--from", given->from, "Begin (default: the first movement)");
    command->add_option("--until", given->until, "End (default: the last movement)");
    command->add_option("--by", given->by, "Draw charges together by moment, day or period")
        ->check(CLI::IsMember({"moment", "day", "period"}))
        ->capture_default_str();
    command->footer("Example:\n  wattpurse statement --store ledger.db F07 --by period");
    command->callback([given] { print_statement(*given); });
}

}  // namespace wattpurse::cli
