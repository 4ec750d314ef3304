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
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/ledger/audit.hpp>
#include <wattpurse/ledger/journal.hpp>

#include "bench.hpp"

namespace wattpurse::bench {
namespace {

constexpr std::size_t account_count = 100'000;
constexpr std::size_t transfers_a_block = 500;  // 1,000 postings
constexpr currency cny{"CNY"};

std::vector<account_id> customers()
{
    std::vector<account_id> out;
    for (std::size_t i = 0; i < account_count; ++i) {
        out.push_back(account_id::parse("F" + std::to_string(100'000 + i)).value());
    }
    return out;
}

/// A whole number below `limit` that nothing but `number` decides.
std::size_t scattered(std::size_t number, std::size_t limit)
{
    std::uint64_t z = (number + 1) * 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return static_cast<std::size_t>((z ^ (z >> 31U)) % limit);
}

/// Deductions as the engine books them, one line of one account's month, of accounts in no order.
std::vector<transfer> deductions(std::size_t count, std::size_t from,
                                 std::size_t accounts = account_count)
{
    static const std::vector<account_id> all = customers();
    static const account_id revenue = account_id::parse("house:revenue").value();
    std::vector<transfer> out(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t number = from + i;
        const account_id& account = all[scattered(number, accounts)];
        transfer& each = out[i];
        each.key = "charge/" + std::string{account.view()} + "/2026-01/energy.peak/" +
                   std::to_string(number);
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

struct spent {
    double staging = 0;  ///< seconds
    double sealing = 0;
};

/// In blocks as they are committed: all but the disk.
spent post_all(std::vector<transfer> work)
{
    using clock = std::chrono::steady_clock;
    const auto since = [](clock::time_point begin) {
        return std::chrono::duration<double>(clock::now() - begin).count();
    };
    spent out;
    ledger::journal books{cny};
    auto begin = clock::now();
    for (std::size_t i = 0; i < work.size(); ++i) {
        const instant at = work[i].recorded_at;
        require(books.stage(std::move(work[i])).has_value(), "a transfer is refused");
        if ((i + 1) % transfers_a_block != 0) continue;
        out.staging += since(begin);
        begin = clock::now();
        require(books.seal(at).postings.size() == 2 * transfers_a_block, "postings are missing");
        books.accept();
        out.sealing += since(begin);
        begin = clock::now();
    }
    return out;
}

/// Two balances and a set of keys: what no ledger can do without.
std::uint64_t bare_loop(const std::vector<transfer>& work)
{
    struct hash {
        std::size_t operator()(const account_id& of) const noexcept
        {
            return std::hash<std::string_view>{}(of.view());
        }
    };
    std::unordered_set<std::string_view> keys;
    std::unordered_map<account_id, std::int64_t, hash> balances;
    for (const transfer& each : work) {
        if (!keys.insert(each.key).second) continue;
        for (const transfer_leg& leg : each.legs) balances[leg.account] += leg.amount.mantissa();
    }
    require(balances.size() > 1, "no balances");
    return 2 * keys.size();
}

/// A deduction with all its checks, its two postings and its balances; and with the block's digest,
/// its expected heads and its postings handed out and thrown away.
void in_memory(report& out)
{
    const auto work = deductions(100'000, 0);
    const double postings = 2 * static_cast<double>(work.size());
    std::vector<double> staged;
    std::vector<double> sealed;
    std::vector<double> bare;
    for (int i = 0; i < 9; ++i) {
        const spent each = post_all(work);
        staged.push_back(each.staging);
        sealed.push_back(each.staging + each.sealing);
        bare.push_back(seconds([&] { require(bare_loop(work) > 0, "nothing is posted"); }));
    }
    const auto add = [&](const char* name, const std::vector<double>& ours) {
        const double us = median(ours) / postings * 1e9;
        const double them = median(bare) / postings * 1e9;
        out.push_back({name, us, "ns", "balances by account and a set of keys", them, them / us});
    };
    add("ledger.memory", staged);
    add("ledger.memory.sealed", sealed);
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

    void empty()
    {
        for (const auto& each : std::filesystem::directory_iterator{folder}) {
            std::filesystem::remove(each);
        }
    }
    [[nodiscard]] std::string fresh() { return (folder / std::to_string(++count)).string(); }
    int count = 0;
};

/// Sealed batches, ready to be handed over: what is timed is the commit.
std::vector<port::batch> batches(std::size_t count, std::size_t transfers_each,
                                 std::size_t accounts = account_count)
{
    ledger::journal books{cny};
    std::vector<port::batch> out;
    for (std::size_t i = 0; i < count; ++i) {
        for (const transfer& each : deductions(transfers_each, i * transfers_each, accounts)) {
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

/// SQLite itself, set up as the store does.
class raw {
public:
    explicit raw(const std::string& path)
    {
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
    "INSERT INTO plain_postings (account, account_seq, key, leg, kind, subject, effective_at, "
    "recorded_at, amount, running_balance, currency, block, explain, link, expires_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)";

/// The columns of the store's table.
void make_table(raw& file, const char* rules)
{
    file.run(("CREATE TABLE plain_postings (id INTEGER PRIMARY KEY, account TEXT, account_seq "
              "INTEGER, key TEXT, leg INTEGER, kind TEXT, subject TEXT, effective_at INTEGER, "
              "recorded_at INTEGER, amount INTEGER, running_balance INTEGER, currency TEXT, "
              "block INTEGER, explain TEXT, link TEXT, expires_at INTEGER" +
              std::string{rules} + ") STRICT")
                 .c_str());
}

constexpr const char* unique_keys = ", UNIQUE (key, leg), UNIQUE (account, account_seq)";

/// The same rows by hand; what keeps them from being booked twice, where there is anything, is
/// SQLite's.
void write_by_hand(const std::string& path, const std::vector<port::batch>& work,
                   const char* rules)
{
    raw file{path};
    make_table(file, rules);
    sqlite3_stmt* const rows = file.prepare(insert_posting);
    for (const port::batch& each : work) {
        file.run("BEGIN IMMEDIATE");
        for (const posting& row : each.postings) insert(rows, row);
        file.run("COMMIT");
    }
}

/// As most ledgers in SQL are written: a balance is read, a row with its keys is inserted, the
/// balance is written, for each posting.
void write_naively(const std::string& path, const std::vector<port::batch>& work)
{
    raw file{path};
    file.run("CREATE TABLE balances (account TEXT PRIMARY KEY, balance INTEGER) WITHOUT ROWID");
    make_table(file, unique_keys);
    sqlite3_stmt* const rows = file.prepare(insert_posting);
    sqlite3_stmt* const read = file.prepare("SELECT balance FROM balances WHERE account = ?");
    sqlite3_stmt* const write = file.prepare("REPLACE INTO balances VALUES (?, ?)");
    for (const port::batch& each : work) {
        file.run("BEGIN IMMEDIATE");
        for (const posting& row : each.postings) {
            put(read, 1, row.account.view());
            const bool is_known = sqlite3_step(read) == SQLITE_ROW;
            const std::int64_t before = is_known ? sqlite3_column_int64(read, 0) : 0;
            sqlite3_reset(read);
            insert(rows, row);
            put(write, 1, row.account.view());
            sqlite3_bind_int64(write, 2, before + row.amount.mantissa());
            require(sqlite3_step(write) == SQLITE_DONE, "a balance is refused");
            sqlite3_reset(write);
        }
        file.run("COMMIT");
    }
}

/// The bytes that are hashed, into a file that has its size already: what a disk can do at best.
void write_and_flush(const std::string& path, const std::vector<port::batch>& work)
{
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    require(file >= 0, "a file does not open");
    block_seal last;
    off_t at = 0;
    for (const port::batch& each : work) {
        const auto bytes = ledger::block_bytes(last, each.postings, each.seal->sealed_at);
        last = *each.seal;
        if (at == 0) {
            const auto size = static_cast<off_t>(2 * work.size() * bytes.size());
            require(::posix_fallocate(file, 0, size) == 0, "no space");
            ::fsync(file);
        }
        require(::pwrite(file, bytes.data(), bytes.size(), at) ==
                    static_cast<ssize_t>(bytes.size()),
                "a write fails");
        at += static_cast<off_t>(bytes.size());
        require(::fdatasync(file) == 0, "a flush fails");
    }
    ::close(file);
}

/// Postings a second of the store, of SQLite by hand and of the naive loop, interleaved.
void durable(report& out, const std::string& name, std::size_t count, std::size_t transfers_each)
{
    constexpr int rounds = 5;
    files disk;
    auto work = batches(count, transfers_each);
    const double postings = static_cast<double>(count * transfers_each * 2);
    std::array<std::vector<double>, 5> times;
    for (int i = 0; i < rounds; ++i) {
        times[0].push_back(seconds([&] { write_with_store(disk.fresh(), work); }));
        times[1].push_back(seconds([&] { write_by_hand(disk.fresh(), work, unique_keys); }));
        times[2].push_back(seconds([&] { write_naively(disk.fresh(), work); }));
        times[3].push_back(seconds([&] { write_and_flush(disk.fresh(), work); }));
        times[4].push_back(seconds([&] { write_by_hand(disk.fresh(), work, ""); }));
        disk.empty();
    }
    const double ours = postings / median(times[0]);
    const double by_hand = postings / median(times[1]);
    const double naive = postings / median(times[2]);
    const double flushed = postings / median(times[3]);
    out.push_back({name + ".vs_raw_sqlite", ours, "postings/s",
                   "SQLite by hand: the rows and the two unique keys", by_hand, ours / by_hand});
    if (transfers_each == 1) return;
    out.push_back({name + ".vs_naive", ours, "postings/s",
                   "a balance read, a row, a balance written, each", naive, ours / naive});
    const double rows_only = postings / median(times[4]);
    out.push_back({name + ".vs_rows_only", ours, "postings/s",
                   "SQLite by hand: the rows, and nothing to find one by", rows_only,
                   ours / rows_only});
    out.push_back({"ledger.journal.vs_write_fdatasync", ours, "postings/s",
                   "the hashed bytes written and flushed, no more", flushed, ours / flushed});
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

/// Every posting read and held against the ones before it, beside a plain sum in SQL. Some eighty
/// postings an account, as after three weeks of four lines a day.
void replay(report& out)
{
    files disk;
    const std::string path = disk.fresh();
    constexpr std::size_t blocks = 400;
    constexpr std::size_t accounts = 2'500;
    auto work = batches(blocks, transfers_a_block, accounts);
    write_with_store(path, work);
    const double postings = static_cast<double>(blocks * transfers_a_block * 2);
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
    durable(out, "ledger.sqlite_batch1000", 200, transfers_a_block);
    durable(out, "ledger.sqlite_single", 200, 1);
    replay(out);
}

const registration registered{"ledger", run};

}  // namespace
}  // namespace wattpurse::bench
