// SPDX-License-Identifier: Apache-2.0
#include "billing.hpp"
#include "commands.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iostream>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <wattpurse/adapter/json/tariff.hpp>
#include <wattpurse/adapter/sqlite/backup.hpp>
#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/base/decimal_text.hpp>
#include <wattpurse/base/product.hpp>
#include <wattpurse/engine/day_archive.hpp>
#include <wattpurse/engine/verify.hpp>
#include <wattpurse/ledger/audit.hpp>
#include <wattpurse/ledger/statement.hpp>

#include "csv.hpp"
#include "files.hpp"

namespace wattpurse::cli {

namespace {

namespace wp = wattpurse;

using trouble = tl::unexpected<std::string>;

std::string text(std::string_view view) { return std::string{view}; }

template <class Label>
std::string name(const Label& label)
{
    return std::string{label.view()};
}

/// All accounts' readings and postings, account by account.
struct everything {
    std::vector<wp::reading> readings;
    std::vector<wp::posting> postings;
    std::vector<wp::command> commands;
    std::vector<wp::notice> notices;
    std::vector<wp::event> events;
};

wp::result<everything, std::string> read_all(wp::port::store& books, const wp::engine::site& site)
{
    everything all;
    for (const auto& account : site.accounts) {
        auto readings = wp::engine::readings_of(books, account.account, wp::instant::min(),
                                                wp::instant::max());
        if (!readings) return trouble{readings.error()};
        auto postings = wp::ledger::account_postings(books, account.account);
        if (!postings) return trouble{postings.error()};
        all.readings.insert(all.readings.end(), readings->begin(), readings->end());
        all.postings.insert(all.postings.end(), postings->begin(), postings->end());
    }
    auto commands = books.commands();
    auto notices = books.notices();
    auto events = books.events();
    if (!commands || !notices || !events) return trouble{"commands, notices or events"};
    all.commands = std::move(*commands);
    all.notices = std::move(*notices);
    all.events = std::move(*events);
    std::sort(all.commands.begin(), all.commands.end(), [](const auto& a, const auto& b) {
        return std::tie(a.queued_at, a.account, a.key) < std::tie(b.queued_at, b.account, b.key);
    });
    std::sort(all.notices.begin(), all.notices.end(), [](const auto& a, const auto& b) {
        return std::tie(a.issued_at, a.account, a.key) < std::tie(b.issued_at, b.account, b.key);
    });
    return all;
}

bool write_readings(csv&& out, const std::vector<wp::reading>& readings)
{
    out.row({"account", "meter", "effective_at", "recorded_at", "t1_kwh", "t2_kwh", "t3_kwh",
             "t4_kwh", "total_kwh", "quality"});
    for (const auto& r : readings) {
        const auto& t = r.registers.tariff;
        out.row({name(r.account), name(r.meter), out.time(r.effective_at),
                 out.time(r.recorded_at), to_string(t[0]), to_string(t[1]), to_string(t[2]),
                 to_string(t[3]), to_string(r.registers.total), text(to_string(r.quality))});
    }
    return out.close();
}

bool write_postings(csv&& out, const std::vector<wp::posting>& postings)
{
    out.row({"account", "account_seq", "effective_at", "recorded_at", "kind", "amount",
             "running_balance", "key", "explain"});
    for (const auto& p : postings) {
        out.row({name(p.account), std::to_string(p.account_seq), out.time(p.effective_at),
                 out.time(p.recorded_at), text(to_string(p.kind)), to_string(p.amount.amount()),
                 to_string(p.running_balance.amount()), p.key, p.explain});
    }
    return out.close();
}

bool write_commands(csv&& out, const std::vector<wp::command>& commands)
{
    out.row({"account", "meter", "command", "reason", "queued_at", "sent_at", "acknowledged_at",
             "confirmed_at", "relay_read", "outcome"});
    for (const auto& c : commands) {
        const bool read = c.relay_read != wp::relay_state::unknown;
        out.row({name(c.account), name(c.meter), text(to_string(c.kind)), c.reason,
                 out.time(c.queued_at), out.time(c.sent_at), out.time(c.acknowledged_at),
                 out.time(c.confirmed_at), read ? text(to_string(c.relay_read)) : "",
                 wp::is_open(c.state) ? "" : text(to_string(c.state))});
    }
    return out.close();
}

bool write_notices(csv&& out, const std::vector<wp::notice>& notices)
{
    out.row({"account", "kind", "issued_at", "delivered_at", "text"});
    for (const auto& n : notices) {
        out.row({name(n.account), text(to_string(n.kind)), out.time(n.issued_at),
                 out.time(n.delivered_at), n.text});
    }
    return out.close();
}

bool write_events(csv&& out, const std::vector<wp::event>& events)
{
    out.row({"at", "account", "meter", "kind", "text"});
    for (const auto& e : events) {
        out.row({out.time(e.at), name(e.account), name(e.meter), text(to_string(e.kind)),
                 e.text});
    }
    return out.close();
}

/// Sums of the customers' postings, at 10^-6, exact.
std::string sum_of(const std::vector<wp::posting>& postings,
                   std::initializer_list<wp::posting_kind> kinds, bool negated)
{
    wp::total<wp::decimal<6>> sum;
    for (const auto& p : postings) {
        if (std::find(kinds.begin(), kinds.end(), p.kind) == kinds.end()) continue;
        negated ? sum.sub(p.amount.amount()) : sum.add(p.amount.amount());
    }
    return sum.text();
}

wp::result<nlohmann::ordered_json, std::string> summarise(wp::port::store& books,
                                                          const wp::engine::site& site,
                                                          const wp::tariff::tariff& price_list,
                                                          const everything& all)
{
    using kind = wp::posting_kind;
    const auto state = books.load();
    if (!state) return trouble{state.error()};
    const auto audit = wp::ledger::audit(books);
    const auto metering = wp::engine::verify(books, site, price_list);
    if (!audit || !metering) return trouble{audit ? metering.error() : audit.error()};
    wp::energy_total used;
    for (const auto& bill : state->bills) {
        for (const auto& tariff : bill.used) used.add(tariff);
    }
    const auto count = [&](wp::command_kind what) {
        return std::count_if(all.commands.begin(), all.commands.end(), [&](const auto& c) {
            return c.kind == what && c.state == wp::command_state::confirmed;
        });
    };
    nlohmann::ordered_json out;
    out["accounts"] = site.accounts.size();
    out["kwh_total"] = used.text();
    out["charged_total"] =
        sum_of(all.postings, {kind::charge, kind::adjustment, kind::rounding}, true);
    out["topped_up_total"] = sum_of(all.postings, {kind::top_up}, false);
    out["balance_total"] = sum_of(all.postings,
                                  {kind::opening, kind::top_up, kind::charge, kind::adjustment,
                                   kind::rounding, kind::refund, kind::transfer},
                                  false);
    out["cuts"] = count(wp::command_kind::trip);
    out["reconnects"] = count(wp::command_kind::close) + count(wp::command_kind::permit);
    auto& invariants = out["invariants"] = nlohmann::ordered_json::object();
    auto faults = nlohmann::ordered_json::object();
    const auto put = [&](const char* number, const wp::ledger::invariant& found) {
        invariants[number] = found.holds;
        if (!found.holds) faults[number] = found.fault;
    };
    put("I1", audit->zero_sum);
    put("I2", audit->balances);
    put("I3", audit->sequence);
    put("I4", audit->chain);
    put("I5", metering->charged_once);
    put("I6", metering->registers);
    put("I7", audit->limits);
    put("I8", metering->replay);
    if (!faults.empty()) out["invariant_faults"] = faults;
    return out;
}

/// Who is in the books: the customers and their first services, as far as a report needs them.
wp::result<wp::engine::site, std::string> site_of(wp::port::store& books,
                                                  const wp::tariff::tariff& price_list)
{
    const auto state = books.load();
    if (!state) return trouble{state.error()};
    if (state->services.empty()) return trouble{"nobody is served in these books"};
    wp::engine::site out;
    out.unit = price_list.unit;
    if (!price_list.zone.is_fixed()) {
        return trouble{"the tariff's zone " + price_list.zone.name() +
                       " is no fixed offset, which a site has"};
    }
    out.zone = price_list.zone.at(wp::instant{});
    out.services = state->services;
    out.opened_at = wp::instant::max();
    for (const auto& of : state->services) out.opened_at = std::min(out.opened_at, of.from);
    for (const auto& bill : state->bills) {
        // A bill that ends within a month is the last one: the books were closed there.
        const bool is_month = bill.until == wp::start_of_month(bill.until, out.zone);
        if (!is_month) out.closes_at = bill.until;
    }
    for (const auto& head : state->heads) {
        if (!wp::engine::is_customer(head.account)) continue;
        if (!(head.balance.unit() == out.unit)) return trouble{"the tariff's currency is another"};
        out.accounts.push_back({head.account, head.balance});
    }
    std::sort(out.accounts.begin(), out.accounts.end(),
              [](const auto& a, const auto& b) { return a.account < b.account; });
    return out;
}

wp::result<void, std::string> write_all(const std::filesystem::path& folder,
                                        wp::port::store& books,
                                        const wp::tariff::tariff& price_list)
{
    const auto site = site_of(books, price_list);
    if (!site) return trouble{site.error()};
    const auto all = read_all(books, *site);
    if (!all) return trouble{all.error()};
    const auto file = [&](const char* name) { return csv{folder / name, site->zone}; };
    const bool written = write_readings(file("readings.csv"), all->readings) &&
                         write_postings(file("postings.csv"), all->postings) &&
                         write_commands(file("commands.csv"), all->commands) &&
                         write_notices(file("notices.csv"), all->notices) &&
                         write_events(file("events.csv"), all->events);
    const auto summary = summarise(books, *site, price_list, *all);
    if (!summary) return trouble{summary.error()};
    std::ofstream out{folder / "summary.json"};
    out << summary->dump(2) << '\n';
    out.close();
    if (!written || out.fail()) return trouble{"cannot write into " + folder.string()};
    return {};
}

struct options {
    std::string store;
    std::string tariff;
    std::string folder = ".";
};

}  // namespace

void add_export(CLI::App& app)
{
    auto given = std::make_shared<options>();
    auto* command = app.add_subcommand(
        "export", "Write readings, postings, commands, notices and events as CSV, and a summary "
                  "with every invariant checked");
    command->add_option("--store", given->store, "The books: an SQLite file")->required();
    command->add_option("--tariff", given->tariff, "The tariff they were kept with")->required();
    command->add_option("--out", given->folder, "Folder to write into")
        ->check(CLI::ExistingDirectory)
        ->capture_default_str();
    command->footer("Example:\n  wattpurse export --store ledger.db --tariff tariff.json "
                    "--out report");
    command->callback([given] {
        const auto price_list = load_tariff_file(given->tariff);
        require_file(given->store);
        const auto whole = adapter::sqlite::check_integrity(given->store);
        adapter::sqlite::store books{given->store};
        const auto written =
            whole ? write_all(given->folder, books, price_list) : trouble{whole.error()};
        if (written) return;
        std::cerr << "wattpurse export: " << given->store << ": " << written.error() << '\n';
        throw CLI::RuntimeError{1};
    });
}

}  // namespace wattpurse::cli
