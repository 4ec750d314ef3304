// SPDX-License-Identifier: Apache-2.0
//
// What the books cost: posting in memory beside a bare loop over balances, and durable commits
// beside SQLite told by hand to write the same rows. Commits wait for the disk, so they are timed
// by the clock on the wall.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <sqlite3.h>
#include <unistd.h>

#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/ledger/audit.hpp>
#include <wattpurse/ledger/journal.hpp>

#include "bench.hpp"

namespace wattpurse::bench {
namespace {

constexpr std::size_t account_count = 10'000;
constexpr std::size_t transfers_a_block = 500;  // 1,000 postings
constexpr currency cny{"CNY"};

std::vector<account_id> customers()
{
    std::vector<account_id> out;
    for (std::size_t i = 0; i < account_count; ++i) {
        out.push_back(account_id::parse("F" + std::to_string(10'000 + i)).value());
    }
    return out;
}

/// Deductions as the engine books them: one line of one account's month, in order of account.
std::vector<transfer> deductions(std::size_t count, std::size_t from)
{
    static const std::vector<account_id> all = customers();
    static const account_id revenue = account_id::parse("house:revenue").value();
    std::vector<transfer> out(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t number = from + i;
        const account_id& account = all[number % account_count];
        transfer& each = out[i];
        each.key = "charge/" + std::string{account.view()} + "/2026-01/energy.peak/" +
                   std::to_string(number / account_count);
        each.subject = "2026-01/energy.peak";
        each.effective_at = instant{duration{static_cast<std::int64_t>(number) * 1'000}};
        each.recorded_at = each.effective_at;
        const money owed{money::amount_type::of(static_cast<std::int64_t>(number % 997) + 1), cny};
        each.legs = {{account, -owed}, {revenue, owed}};
        each.explain = "energy peak 110.00 kWh x 0.568 CNY/kWh = 62.48 CNY";
    }
    return out;
}

// ---- In memory ----------------------------------------------------------------------------------

std::uint64_t post_all(const std::vector<transfer>& work)
{
    ledger::journal books{cny};
    for (const transfer& each : work) {
        require(books.stage(each).has_value(), "a transfer is refused");
    }
    return books.staged().size();
}

/// Two balances and a set of keys: what no ledger can do without.
std::uint64_t bare_loop(const std::vector<transfer>& work)
{
    std::unordered_set<std::string_view> keys;
    std::vector<std::int64_t> balances(account_count + 1);
    for (std::size_t i = 0; i < work.size(); ++i) {
        if (!keys.insert(work[i].key).second) continue;
        const std::int64_t amount = work[i].legs[1].amount.mantissa();
        balances[i % account_count] -= amount;
        balances[account_count] += amount;
    }
    show(balances.data());
    return 2 * keys.size();
}

void in_memory(report& out)
{
    const auto work = deductions(100'000, 0);
    compare(out, "ledger.memory", "balances and a set of keys", 2 * work.size(),
            [&] { return post_all(work); }, [&] { return bare_loop(work); });
}

// ---- Durable ------------------------------------------------------------------------------------

struct files {
    std::filesystem::path folder = std::filesystem::temp_directory_path() /
                                   ("wattpurse_ledger_bench_" + std::to_string(getpid()));
    files() { std::filesystem::create_directory(folder); }
    ~files()
    {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
    files(const files&) = delete;
    files& operator=(const files&) = delete;

    [[nodiscard]] std::string fresh() { return (folder / std::to_string(++count)).string(); }
    int count = 0;
};

/// Sealed batches, ready to be handed over: what is timed is the commit.
std::vector<port::batch> batches(std::size_t count, std::size_t transfers_each)
{
    ledger::journal books{cny};
    std::vector<port::batch> out;
    for (std::size_t i = 0; i < count; ++i) {
        for (const transfer& each : deductions(transfers_each, i * transfers_each)) {
            require(books.stage(each).has_value(), "a transfer is refused");
        }
        auto block = books.seal(instant{duration{static_cast<std::int64_t>(i)}});
        books.accept();
        port::batch next;
        next.expected_heads = std::move(block.expected_heads);
        next.postings = std::move(block.postings);
        next.seal = block.seal;
        out.push_back(std::move(next));
    }
    return out;
}

void write_with_store(const std::string& path, std::vector<port::batch>& work)
{
    adapter::sqlite::store books{path};
    const std::uint64_t epoch = books.fence().value();
    for (port::batch& each : work) {
        each.fence_epoch = epoch;
        books.submit(each);
        require(books.poll()->status == port::commit_status::committed, "a commit has failed");
    }
}

/// SQLite itself, with the tables that the store makes.
class raw {
public:
    explicit raw(const std::string& path)
    {
        { const adapter::sqlite::store tables{path}; }
        require(sqlite3_open(path.c_str(), &file_) == SQLITE_OK, "SQLite does not open");
        run("PRAGMA journal_mode = WAL");
        run("PRAGMA synchronous = FULL");
    }
    ~raw()
    {
        for (sqlite3_stmt* const each : statements_) sqlite3_finalize(each);
        sqlite3_close(file_);
    }
    raw(const raw&) = delete;
    raw& operator=(const raw&) = delete;

    void run(const char* sql)
    {
        require(sqlite3_exec(file_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sql);
    }
    sqlite3_stmt* prepare(const char* sql)
    {
        sqlite3_stmt* out = nullptr;
        require(sqlite3_prepare_v2(file_, sql, -1, &out, nullptr) == SQLITE_OK, sql);
        statements_.push_back(out);
        return out;
    }

private:
    sqlite3* file_ = nullptr;
    std::vector<sqlite3_stmt*> statements_;
};

void put(sqlite3_stmt* to, int place, std::string_view text)
{
    sqlite3_bind_text(to, place, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

void insert(sqlite3_stmt* to, const posting& row)
{
    const auto number = [to](int place, auto value) {
        sqlite3_bind_int64(to, place, static_cast<std::int64_t>(value));
    };
    put(to, 1, row.account.view());
    number(2, row.account_seq);
    put(to, 3, row.key);
    number(4, row.leg);
    put(to, 5, to_string(row.kind));
    put(to, 6, row.subject);
    number(7, row.effective_at.time_since_epoch().count());
    number(8, row.recorded_at.time_since_epoch().count());
    number(9, row.amount.mantissa());
    number(10, row.running_balance.mantissa());
    put(to, 11, "CNY");
    number(12, row.block);
    put(to, 13, row.explain);
    put(to, 14, row.link);
    require(sqlite3_step(to) == SQLITE_DONE, "a row is refused");
    sqlite3_reset(to);
}

constexpr const char* insert_posting =
    "INSERT INTO postings (account, account_seq, key, leg, kind, subject, effective_at, "
    "recorded_at, amount, running_balance, currency, block, explain, link, expires_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)";

/// The same rows by hand, nothing checked. `naive` also keeps a table of balances, as most ledgers
/// in SQL do: two statements more for each transfer.
void write_by_hand(const std::string& path, const std::vector<port::batch>& work, bool naive)
{
    raw file{path};
    file.run("CREATE TABLE balances (account TEXT PRIMARY KEY, balance INTEGER) WITHOUT ROWID");
    sqlite3_stmt* const rows = file.prepare(insert_posting);
    sqlite3_stmt* const balance =
        file.prepare("INSERT INTO balances VALUES (?, ?) ON CONFLICT (account) "
                     "DO UPDATE SET balance = balance + excluded.balance");
    for (const port::batch& each : work) {
        file.run("BEGIN IMMEDIATE");
        for (const posting& row : each.postings) {
            insert(rows, row);
            if (!naive) continue;
            put(balance, 1, row.account.view());
            sqlite3_bind_int64(balance, 2, row.amount.mantissa());
            require(sqlite3_step(balance) == SQLITE_DONE, "a balance is refused");
            sqlite3_reset(balance);
        }
        file.run("COMMIT");
    }
}

template <class Work>
double seconds(Work work)
{
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Postings a second of the store, of SQLite by hand and of the naive loop, interleaved.
void durable(report& out, const std::string& name, std::size_t count, std::size_t transfers_each)
{
    constexpr int rounds = 7;
    files disk;
    auto work = batches(count, transfers_each);
    const double postings = static_cast<double>(count * transfers_each * 2);
    std::array<std::vector<double>, 3> times;
    for (int i = 0; i < rounds; ++i) {
        times[0].push_back(seconds([&] { write_with_store(disk.fresh(), work); }));
        times[1].push_back(seconds([&] { write_by_hand(disk.fresh(), work, false); }));
        times[2].push_back(seconds([&] { write_by_hand(disk.fresh(), work, true); }));
    }
    const double ours = postings / median(times[0]);
    const double by_hand = postings / median(times[1]);
    const double naive = postings / median(times[2]);
    out.push_back({name + ".vs_raw_sqlite", ours, "postings/s", "SQLite, the same rows by hand",
                   by_hand, ours / by_hand});
    if (transfers_each == 1) return;
    out.push_back({name + ".vs_naive", ours, "postings/s", "the same and a balance each", naive,
                   ours / naive});
    double hashing = 0;
    block_seal last;
    hashing = seconds([&] {
        for (const port::batch& each : work) {
            last = ledger::seal_of(last, each.postings, each.seal->sealed_at);
        }
    });
    require(last.value == work.back().seal->value, "the chain differs");
    const double each_hash = hashing / postings * 1e9;
    const double each_commit = 1e9 / ours;
    out.push_back({"ledger.hash_chain_cost", each_hash, "ns", "a posting's durable commit",
                   each_commit, each_commit / each_hash});
}

/// Every posting read and held against the ones before it, beside a plain sum in SQL.
void replay(report& out)
{
    files disk;
    const std::string path = disk.fresh();
    auto work = batches(100, transfers_a_block);
    write_with_store(path, work);
    const double postings = 100.0 * transfers_a_block * 2;
    std::vector<double> ours;
    std::vector<double> sums;
    for (int i = 0; i < 5; ++i) {
        adapter::sqlite::store books{path};
        ours.push_back(seconds([&] {
            require(ledger::audit(books).value().ok(), "the books do not verify");
        }));
        raw file{path};
        sqlite3_stmt* const sum = file.prepare("SELECT sum(amount) FROM postings");
        sums.push_back(seconds([&] {
            require(sqlite3_step(sum) == SQLITE_ROW && sqlite3_column_int64(sum, 0) == 0,
                    "the books do not sum to zero");
            sqlite3_reset(sum);
        }));
    }
    const double us = postings / median(ours);
    const double them = postings / median(sums);
    out.push_back({"ledger.replay", us, "postings/s", "SELECT sum(amount), nothing verified", them,
                   us / them});
}

void run(report& out)
{
    in_memory(out);
    durable(out, "ledger.sqlite_batch1000", 40, transfers_a_block);
    durable(out, "ledger.sqlite_single", 200, 1);
    replay(out);
}

const registration registered{"ledger", run};

}  // namespace
}  // namespace wattpurse::bench
