// SPDX-License-Identifier: Apache-2.0
//
// How long a program needs to go on with books of ten million postings of 100,000 accounts, all a
// year's: the file opened, heads loaded, what is booked in the last month summed up. Beside a scan
// of all postings, which is what a store that knows nothing by heart would do.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sqlite3.h>
#include <unistd.h>

#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/ledger/journal.hpp>

#include "bench.hpp"

namespace wattpurse::bench {
namespace {

constexpr std::int64_t posting_count = 10'000'000;

/// Books as the store would have written them, but for the digests, which opening does not ask
/// for. Indexes come last: that is quicker. Of the last 20,000 the index is read back at opening.
constexpr const char* fill = R"sql(
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
BEGIN;
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4999999)
INSERT INTO postings
SELECT 2 * i + leg + 1,
       CASE leg WHEN 0 THEN 'F' || (100000 + i % 100000) ELSE 'house:revenue' END,
       CASE leg WHEN 0 THEN i / 100000 + 1 ELSE i + 1 END,
       'charge/F' || (100000 + i % 100000) || '/2026-' || (1 + i * 12 / 5000000) || '/energy/' || i,
       leg, 'charge', printf('2026-%02d/energy', 1 + i * 12 / 5000000),
       1767196800000 + i * 6300, 1767196800000 + i * 6300,
       CASE leg WHEN 0 THEN -1 ELSE 1 END,
       CASE leg WHEN 0 THEN -(i / 100000 + 1) ELSE i + 1 END,
       'CNY', i / 500 + 1, 'energy 110.00 kWh x 0.568 CNY/kWh = 62.48 CNY', '', NULL
FROM n, (SELECT 0 AS leg UNION ALL SELECT 1);
INSERT INTO blocks
SELECT DISTINCT block, zeroblob(32), zeroblob(32), 1000,
       1767196800000 + (block - 1) * 500 * 6300, (block - 1) * 1000 + 1
FROM postings WHERE id % 1000 = 1;
INSERT INTO posting_keys SELECT key, id FROM postings WHERE leg = 0 ORDER BY key;
INSERT INTO posting_accounts
SELECT account, account_seq, id FROM postings ORDER BY account, account_seq;
REPLACE INTO meta VALUES ('indexed_before', 9980001);
COMMIT;
)sql";

double seconds_since(std::chrono::steady_clock::time_point begin)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double reopen(const std::string& path)
{
    const auto begin = std::chrono::steady_clock::now();
    adapter::sqlite::store books{path};
    const auto state = books.load();
    require(state && state->heads.size() == 100'001, "the heads are not all there");
    ledger::journal journal{currency{"CNY"}};
    require(journal.restore(state->heads, state->last_seal).has_value(), "no journal");
    const instant december{duration{1767196800000 + 4583334 * 6300LL}};
    const auto lines = books.booked("2026-12/", december);
    require(lines && lines->size() == 100'000, "the month is not all there");
    return seconds_since(begin);
}

double scan(const std::string& path)
{
    const auto begin = std::chrono::steady_clock::now();
    sqlite3* file = nullptr;
    sqlite3_stmt* sum = nullptr;
    require(sqlite3_open(path.c_str(), &file) == SQLITE_OK &&
                sqlite3_prepare_v2(file,
                                   "SELECT count(*) FROM (SELECT account, sum(amount) FROM "
                                   "postings GROUP BY account)",
                                   -1, &sum, nullptr) == SQLITE_OK,
            "SQLite does not open");
    require(sqlite3_step(sum) == SQLITE_ROW && sqlite3_column_int(sum, 0) == 100'001,
            "accounts are missing");
    sqlite3_finalize(sum);
    sqlite3_close(file);
    return seconds_since(begin);
}

void run(report& out)
{
    const auto path = std::filesystem::temp_directory_path() /
                      ("wattpurse_reopen_bench_" + std::to_string(getpid()) + ".db");
    { const adapter::sqlite::store tables{path}; }
    sqlite3* file = nullptr;
    require(sqlite3_open(path.c_str(), &file) == SQLITE_OK &&
                sqlite3_exec(file, fill, nullptr, nullptr, nullptr) == SQLITE_OK,
            "the books cannot be written");
    sqlite3_close(file);
    double ours = 1e9;
    double theirs = 1e9;
    for (int i = 0; i < 3; ++i) {
        ours = std::min(ours, reopen(path));
        theirs = std::min(theirs, scan(path));
    }
    std::filesystem::remove(path);
    out.push_back({"ledger.reopen_10M", ours, "s", "all postings summed by account in SQL", theirs,
                   theirs / ours});
}

const registration registered{"reopen", run};

}  // namespace
}  // namespace wattpurse::bench
