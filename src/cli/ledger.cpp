// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <wattpurse/adapter/sqlite/backup.hpp>
#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/engine/day_archive.hpp>
#include <wattpurse/ledger/audit.hpp>
#include <wattpurse/ledger/open_items.hpp>
#include <wattpurse/ledger/reserving.hpp>
#include <wattpurse/ledger/seals.hpp>
#include <wattpurse/ledger/statement.hpp>

#include "commands.hpp"
#include "csv.hpp"
#include "files.hpp"

namespace wattpurse::cli {

namespace {

struct options {
    std::string books;
    std::string seals;
    std::string to;
    std::string account;
    std::uint64_t after = 0;
    std::size_t postings = 200;
    std::string by = "moment";
};

[[noreturn]] void refuse(const std::string& what)
{
    std::cerr << "wattpurse ledger: " << what << '\n';
    throw CLI::RuntimeError{1};
}

/// SQLite takes an empty file for new books, and would say that nothing is wrong with them.
void require_books(const std::string& path)
{
    require_file(path);
    std::error_code trouble;
    if (std::filesystem::file_size(path, trouble) == 0 && !trouble) {
        refuse(path + ": empty, expected the file of the books");
    }
}

/// One line for an invariant; true where it holds.
bool print_invariant(const char* name, const ledger::invariant& found)
{
    std::cout << (found.holds ? "ok      " : "BROKEN  ") << name;
    if (!found.holds) std::cout << ": " << found.fault;
    std::cout << '\n';
    return found.holds;
}

std::vector<block_seal> known_seals(const std::string& path)
{
    if (path.empty()) return {};
    auto seals = ledger::read_seals(read_file(path));
    if (!seals) {
        refuse(path + ": " + seals.error().path + ": " + seals.error().value + " (expected " +
               seals.error().expected + ")");
    }
    return std::move(*seals);
}

/// The sealed days of every account that is in the books or was ever served.
ledger::invariant sealed_days_open(port::store& books)
{
    const auto state = books.load();
    if (!state) return {false, state.error()};
    std::set<account_id> accounts;
    for (const account_head& each : state->heads) accounts.insert(each.account);
    for (const service& each : state->services) accounts.insert(each.account);
    for (const account_id& each : accounts) {
        const auto all = engine::readings_of(books, each, instant::min(), instant::max());
        if (!all) return {false, all.error()};
    }
    return {};
}

ledger::invariant found(const std::string& path)
{
    const auto index = adapter::sqlite::check_index(path);
    if (!index) return {false, index.error()};
    return {};
}

void verify(const options& given)
{
    require_books(given.books);
    const auto known = known_seals(given.seals);
    const auto file = adapter::sqlite::check_integrity(given.books);
    if (!file) refuse(file.error());
    adapter::sqlite::store books{given.books};
    const auto report = ledger::audit(books, {}, known);
    if (!report) refuse(given.books + ": " + report.error());
    std::cout << report->postings << " postings in " << report->blocks << " blocks";
    if (!known.empty()) std::cout << ", held against " << known.size() << " seals";
    std::cout << '\n';
    const bool holds[] = {
        print_invariant("I1 transfers and accounts sum to zero", report->zero_sum),
        print_invariant("I2 balances are the sum of their postings", report->balances),
        print_invariant("I3 postings of each account are numbered without a gap",
                        report->sequence),
        print_invariant("I4 every block is as it was sealed", report->chain),
        print_invariant("I7 no discretionary debit passed an account's limit", report->limits),
        print_invariant("each posting is found by its key and its account", found(given.books)),
        print_invariant("sealed days of readings open", sealed_days_open(books))};
    for (const bool each : holds) {
        if (!each) throw CLI::RuntimeError{1};
    }
}

void print_seals(const options& given)
{
    require_books(given.books);
    adapter::sqlite::store books{given.books};
    constexpr std::size_t page = 32;  // their postings come along
    std::vector<block_seal> all;
    for (std::uint64_t after = 0;; after = all.back().number) {
        std::vector<block_seal> seals;
        const auto rows = books.blocks(after, page, seals);
        if (!rows) refuse(given.books + ": " + rows.error());
        if (seals.empty()) break;
        all.insert(all.end(), seals.begin(), seals.end());
    }
    std::cout << ledger::seals_text(all);
}

account_id account_of(const options& given)
{
    const auto account = account_id::parse(given.account);
    if (!account) refuse('"' + given.account + "\" is no account name");
    return *account;
}

void print_page(const options& given)
{
    const account_id account = account_of(given);
    require_books(given.books);
    adapter::sqlite::store books{given.books};
    const auto span = given.by == "moment" ? ledger::row_span::moment
                      : given.by == "day"  ? ledger::row_span::day
                                           : ledger::row_span::period;
    const auto page =
        ledger::page_after(books, account, given.after, given.postings, span, china_zone);
    if (!page) refuse(given.books + ": " + page.error());
    std::cout << ledger::render(page->shown);
    if (!page->is_last) std::cout << "\nGoes on with --after " << page->last << '\n';
}

void print_open_items(const options& given)
{
    const account_id account = account_of(given);
    require_books(given.books);
    adapter::sqlite::store books{given.books};
    const auto items = ledger::open_items_of(books, account);
    if (!items) refuse(given.books + ": " + items.error());
    csv_rows out{std::cout, china_zone};
    out.row({"key", "since", "amount", "asset", "explain"});
    for (const ledger::open_item& each : *items) {
        out.row({each.key, out.time(each.since), to_string(each.amount.amount()),
                 std::string{each.amount.unit().code()}, each.explain});
    }
}

void print_accounts(const options& given)
{
    require_books(given.books);
    adapter::sqlite::store books{given.books};
    const auto state = books.load();
    if (!state) refuse(given.books + ": " + state.error());
    csv_rows out{std::cout, china_zone};
    out.row({"account", "postings", "balance", "asset"});
    for (const account_head& each : state->heads) {
        out.row({std::string{each.account.view()}, std::to_string(each.seq),
                 to_string(each.balance.amount()), std::string{each.balance.unit().code()}});
    }
}

void print_postings(csv_rows& out, std::span<const posting> rows)
{
    for (const posting& p : rows) {
        out.row({std::to_string(p.block), std::string{p.account.view()},
                 std::to_string(p.account_seq), p.key, std::to_string(p.leg),
                 std::string{to_string(p.kind)}, p.subject, out.time(p.effective_at),
                 out.time(p.recorded_at), to_string(p.amount.amount()),
                 to_string(p.running_balance.amount()), std::string{p.amount.unit().code()},
                 p.link, out.time(p.expires_at), p.explain});
    }
}

/// Page by page, so that books of any size go through little memory.
void export_postings(const options& given)
{
    require_books(given.books);
    adapter::sqlite::store books{given.books};
    csv_rows out{std::cout, china_zone};
    out.row({"block", "account", "account_seq", "key", "leg", "kind", "subject", "effective_at",
             "recorded_at", "amount", "running_balance", "asset", "link", "expires_at",
             "explain"});
    const auto checked = [&](result<std::vector<posting>, std::string> rows) {
        if (!rows) refuse(given.books + ": " + rows.error());
        print_postings(out, *rows);
        return std::move(*rows);
    };
    constexpr std::size_t page_postings = 4'096;
    constexpr std::size_t page_blocks = 16;
    if (!given.account.empty()) {
        const account_id account = account_of(given);
        for (std::uint64_t after = 0;;) {
            const auto rows = checked(books.postings(account, after, page_postings));
            if (rows.empty()) break;
            after = rows.back().account_seq;
        }
        return;
    }
    for (std::uint64_t after = 0;;) {
        std::vector<block_seal> seals;
        (void)checked(books.blocks(after, page_blocks, seals));
        if (seals.empty()) break;
        after = seals.back().number;
    }
}

void back_up(const options& given)
{
    require_books(given.books);
    const auto done = adapter::sqlite::back_up(given.books, given.to);
    if (!done) refuse(done.error());
    std::cout << given.to << '\n';
}

void rebuild(const options& given)
{
    require_books(given.books);
    {
        const auto term = adapter::sqlite::store{given.books}.fence();
        if (!term) refuse(given.books + ": " + term.error());  // nobody commits meanwhile
    }
    if (const auto done = adapter::sqlite::rebuild_index(given.books); !done) {
        refuse(done.error());
    }
    adapter::sqlite::store books{given.books};
    const auto all = ledger::posted_reservations(books);
    if (!all) refuse(given.books + ": " + all.error());
    const auto wrong = adapter::sqlite::replace_reservations(given.books, *all);
    if (!wrong) refuse(wrong.error());
    std::cout << *wrong << " reservations were not what the postings say\n";
}

}  // namespace

void add_ledger(CLI::App& app)
{
    auto given = std::make_shared<options>();
    auto* group = app.add_subcommand("ledger", "The books: verified, sealed elsewhere, copied");
    group->require_subcommand(1);
    const auto add = [&](const char* name, const char* help, auto work) {
        auto* command = group->add_subcommand(name, help);
        command->add_option("FILE", given->books, "The books: an SQLite file")->required();
        command->callback([given, work] { work(*given); });
        return command;
    };
    add("verify", "Every posting against those before it; status 1 names the first that is wrong",
        verify)
        ->add_option("--seals", given->seals, "Seals that were kept elsewhere (of `seals`)");
    add("seals", "The seal of each block, to be kept where nobody who writes the books can",
        print_seals);
    add("backup", "A copy as of one moment, made while a writer goes on", back_up)
        ->add_option("TO", given->to, "A file that is not there yet")
        ->required();
    auto* page = add("statement", "An account's movements as they were booked, page by page",
                     print_page);
    page->add_option("ACCOUNT", given->account, "Account, as F07")->required();
    page->add_option("--after", given->after, "Number of the last posting of the page before")
        ->capture_default_str();
    page->add_option("--postings", given->postings, "At most so many postings")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
        ->capture_default_str();
    page->add_option("--by", given->by, "Draw charges together by moment, day or period")
        ->check(CLI::IsMember({"moment", "day", "period"}))
        ->capture_default_str();
    add("accounts", "Every account and its balance, as CSV", print_accounts);
    add("open-items", "What makes up the balance of a clearing account, as CSV", print_open_items)
        ->add_option("ACCOUNT", given->account, "Account, as house:suspense")
        ->required();
    add("export", "All postings, or those of one account, as CSV", export_postings)
        ->add_option("--account", given->account, "Only its postings");
    add("rebuild", "What is kept beside the postings, which are the truth, made anew", rebuild);
    group->footer("Example:\n  wattpurse ledger seals ledger.db > seals.csv\n"
                  "  wattpurse ledger verify ledger.db --seals seals.csv");
}

}  // namespace wattpurse::cli
