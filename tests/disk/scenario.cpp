// SPDX-License-Identifier: Apache-2.0
#include "disk/scenario.hpp"

#include <algorithm>
#include <exception>
#include <span>
#include <stdexcept>
#include <utility>

#include <sqlite3.h>

#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/port/memory_store.hpp>
#include <wattpurse/sim/draw.hpp>

#include "sqlite/temporary_books.hpp"

namespace test_disk {
namespace {

using namespace test_books;
using port::commit_status;
using wattpurse::sim::draw;
using sqlite_store = adapter::sqlite::store;

constexpr int first_customer = 1;

[[nodiscard]] std::string customer(int number)
{
    return "F" + std::to_string(number);
}

[[nodiscard]] meter_id meter_of(int number)
{
    return meter("00000000000" + std::to_string(number % 10));
}

[[nodiscard]] std::string key(const char* kind, int number, int i)
{
    return std::string{kind} + "/" + customer(number) + "/" + std::to_string(i);
}

/// An amount with six digits after the point, at most 99.
[[nodiscard]] std::string amount(std::uint64_t drawn)
{
    return std::to_string(drawn % 99 + 1) + "." + std::to_string(100'000 + drawn / 99 % 900'000);
}

template <class Value>
[[nodiscard]] Value taken(result<Value, std::string> from)
{
    if (!from) {
        throw std::runtime_error{from.error()};
    }
    return std::move(*from);
}

void add_money(writer& hand, const scenario& of, int i, int number)
{
    const std::uint64_t drawn = draw({of.seed, 1, std::uint64_t(i), std::uint64_t(number)});
    transfer charged = charge(key("charge", number, i), customer(number),
                              "2026-01/energy.peak", amount(drawn), i);
    charged.explain.append(drawn % 160, '.');  // rows of many lengths, pages of many fillings
    bool ok = hand.journal.stage(charged).has_value();
    if (drawn % 3 == 0) {
        ok = ok && hand.journal.stage(move(key("pay", number, i), posting_kind::top_up,
                                           "house.payments", customer(number), amount(drawn / 7),
                                           i)).has_value();
    }
    if (!ok) {
        throw std::logic_error{"the scenario's own transfer is refused"};
    }
}

/// A reading, a notice that is delivered one batch later, and a command on its way.
void add_rows(port::batch& work, const scenario& of, int i, int number)
{
    reading read;
    read.account = account(customer(number));
    read.meter = meter_of(number);
    read.effective_at = at(i);
    read.recorded_at = at(i + 1);
    read.registers.total = *energy::parse(std::to_string(i) + ".25");
    work.readings.push_back(read);

    notice told{key("alarm_1", number, i), read.account, notice_kind::alarm_1, at(i), {},
                "credit is low"};
    work.notices.push_back(told);
    told.key = key("alarm_1", number, i - 1);
    told.issued_at = at(i - 1);
    told.delivered_at = at(i);
    work.notices.push_back(told);

    command asked;
    asked.key = key("trip", number, i / 3);
    asked.account = read.account;
    asked.meter = read.meter;
    asked.queued_at = at(i / 3 * 3);
    asked.state = static_cast<command_state>(i % 3 + (i % 3 == 2 ? 1 : 0));
    asked.attempts = static_cast<std::uint32_t>(i % 3);
    work.commands.push_back(asked);

    credit_state state;
    state.account = read.account;
    state.episode = static_cast<std::uint32_t>(i);
    state.level = static_cast<credit_level>(draw({of.seed, 2, std::uint64_t(i)}) % 5);
    work.credit_states.push_back(state);
    if (i == 1) {
        work.services.push_back({read.account, read.meter, *bus_id::parse("bus-1"), at(0), {}});
    }
}

void add_documents(port::batch& work, int i, int number)
{
    const account_id of = account(customer(number));
    work.events.push_back({at(i), of, meter_of(number), event_kind::meter_silent, "no answer"});
    bill closed;
    closed.account = of;
    closed.period = *period_id::parse((i < 10 ? "2026-0" : "2026-") + std::to_string(i));
    closed.charged = yuan("-1.25");
    closed.total = yuan("1.25");
    closed.closed_at = at(i);
    work.bills.push_back(closed);
}

void add_arrival(port::batch& work, int i)
{
    arrival come;
    come.id = static_cast<std::uint64_t>(i);
    come.account = account(customer(first_customer));
    come.at = at(i);
    come.key = "order/" + std::to_string(i);
    work.arrivals.push_back(come);
    if (i > 1) {
        work.booked_arrivals.push_back(come.id - 1);
    }
    work.progress = port::progress{at(i), come.id};
}

}  // namespace

port::batch batch_of(writer& hand, const scenario& of, int i)
{
    const auto drawn = [&of, i](std::uint64_t what) {
        return static_cast<int>(draw({of.seed, 3, what, std::uint64_t(i)}) % 1000);
    };
    const bool quiet = drawn(1) % 5 == 0;  // nothing but an arrival, and no block
    const int from = first_customer + drawn(2) % of.customers;
    const int until = quiet ? from : from + 1 + drawn(3) % of.customers;
    for (int number = from; number < until; ++number) {
        add_money(hand, of, i, number);
    }
    port::batch work = hand.staged({}, i);
    for (int number = from; number < until; ++number) {
        add_rows(work, of, i, number);
    }
    if (i % 4 == 0 && i <= 12) {
        add_documents(work, i, from);
    }
    add_arrival(work, i);
    return work;
}

all_books::all_books(port::store& from, const scenario& of)
    : state{taken(from.load())}
    , postings{taken(from.blocks(0, 1'000'000, seals))}
    , commands{taken(from.commands())}
    , notices{taken(from.notices())}
    , events{taken(from.events())}
{
    for (int number = first_customer; number <= 2 * of.customers; ++number) {
        const auto some = taken(from.readings(account(customer(number)), at(0), at(100'000)));
        readings.insert(readings.end(), some.begin(), some.end());
    }
}

int all_books::batches() const
{
    return state.progress ? static_cast<int>(state.progress->last_arrival) : 0;
}

bool all_books::same_ledger(const all_books& other) const
{
    return same(state.heads, other.state.heads) && same(state.last_seal, other.state.last_seal) &&
           same(seals, other.seals) && same(postings, other.postings);
}

bool all_books::operator==(const all_books& other) const
{
    const auto until = [](const all_books& all) {
        return all.state.progress ? all.state.progress->booked_until : instant{};
    };
    return same_ledger(other) && batches() == other.batches() && until(*this) == until(other) &&
           same(state.services, other.state.services) &&
           same(state.credit_states, other.state.credit_states) &&
           same(state.open_commands, other.state.open_commands) &&
           same(state.undelivered_notices, other.state.undelivered_notices) &&
           same(state.arrivals, other.state.arrivals) && same(state.bills, other.state.bills) &&
           same(readings, other.readings) && same(commands, other.commands) &&
           same(notices, other.notices) && same(events, other.events);
}

std::vector<all_books> undisturbed(const scenario& of)
{
    port::memory_store books;
    writer hand{books};
    std::vector<all_books> after;
    after.emplace_back(books, of);
    for (int i = 1; i <= of.batches; ++i) {
        if (const auto done = hand.commit(batch_of(hand, of, i));
            done.status != commit_status::committed) {
            throw std::logic_error{"the scenario's own batch is refused: " + done.detail};
        }
        after.emplace_back(books, of);
    }
    return after;
}

std::string work_on(const scenario& of, const std::function<void(int)>& acknowledge,
                    const visit& opened, const visit& done)
{
    try {
        int i = 0;
        for (bool first = true; first || i < of.batches; first = false) {
            sqlite_store books{ledger_path};
            if (first && opened) {
                opened(books);
            }
            writer hand{books};
            const auto state = taken(books.load());
            i = state.progress ? static_cast<int>(state.progress->last_arrival) : 0;
            const int rest = of.batches_until_reopened - i % of.batches_until_reopened;
            for (const int until = std::min(i + rest, of.batches); i < until;) {
                const auto outcome = hand.commit(batch_of(hand, of, i + 1));
                if (outcome.status != commit_status::committed) {
                    return outcome.detail.empty() ? "not committed, no reason" : outcome.detail;
                }
                acknowledge(++i);
            }
            if (i == of.batches && done) {
                done(books);
            }
        }
        return {};
    } catch (const std::exception& error) {
        return error.what();
    }
}

namespace {

/// As `ledger::audit`, of what has been read already.
[[nodiscard]] ledger::audit_report audit(const all_books& books)
{
    ledger::auditor check;
    auto rest = std::span<const posting>{books.postings};
    for (const block_seal& seal : books.seals) {
        const auto end = std::find_if(rest.begin(), rest.end(), [&seal](const posting& row) {
            return row.block != seal.number;
        });
        const auto count = static_cast<std::size_t>(end - rest.begin());
        check.block(seal, rest.first(count));
        rest = rest.subspan(count);
    }
    return check.finish(books.state.heads, books.state.last_seal);
}

}  // namespace

std::string fault_of(port::store& books, const scenario& of,
                     const std::vector<all_books>& expected, int& held)
{
    const all_books found{books, of};
    const ledger::audit_report report = audit(found);
    for (const auto* each : {&report.zero_sum, &report.balances, &report.sequence, &report.chain,
                             &report.limits}) {
        if (!each->holds) {
            return each->fault;
        }
    }
    held = found.batches();
    const bool whole = found == expected.at(static_cast<std::size_t>(held));
    return whole ? std::string{} : "not the books after batch " + std::to_string(held);
}

std::string inspect(const scenario& of, const std::vector<all_books>& expected, int& held)
{
    try {
        sqlite_store books{ledger_path};
        return fault_of(books, of, expected, held);
    } catch (const std::exception& error) {
        return error.what();
    }
}

std::string integrity()
{
    try {
        return raw_file{ledger_path}.value("PRAGMA integrity_check");
    } catch (const std::exception& error) {
        return error.what();
    }
}

// ---- Settings ---------------------------------------------------------------------------------

namespace {

struct forced_settings {
    int checkpoint_pages = 0;
    const char* synchronous = nullptr;
};

forced_settings forced;

int without_synchronous(void*, int action, const char* pragma, const char*, const char*,
                        const char*)
{
    return action == SQLITE_PRAGMA && pragma != nullptr && std::string{pragma} == "synchronous"
               ? SQLITE_IGNORE
               : SQLITE_OK;
}

/// With each statement, since opening a connection ends with SQLite's own choice.
int choose_checkpoints(unsigned, void* connection, void*, void*)
{
    sqlite3_wal_autocheckpoint(static_cast<sqlite3*>(connection), forced.checkpoint_pages);
    return 0;
}

int set_up(sqlite3* connection, char**, const void*)
{
    if (forced.checkpoint_pages > 0) {
        sqlite3_trace_v2(connection, SQLITE_TRACE_STMT, choose_checkpoints, connection);
    }
    if (forced.synchronous != nullptr) {
        const std::string sql = std::string{"PRAGMA synchronous = "} + forced.synchronous;
        sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr);
        sqlite3_set_authorizer(connection, without_synchronous, nullptr);
    }
    return SQLITE_OK;
}

using entry_point = void (*)();

}  // namespace

connection_settings::connection_settings(int checkpoint_pages, const char* synchronous)
{
    forced = {checkpoint_pages, synchronous};
    sqlite3_auto_extension(reinterpret_cast<entry_point>(&set_up));
}

connection_settings::~connection_settings()
{
    sqlite3_cancel_auto_extension(reinterpret_cast<entry_point>(&set_up));
    forced = {};
}

}  // namespace test_disk
