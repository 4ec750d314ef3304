// SPDX-License-Identifier: Apache-2.0
#include "schema.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/adapter/sqlite/store.hpp>

namespace wattpurse::adapter::sqlite {
namespace {

// Times are milliseconds since the epoch (UTC), money is 10^-6 of the currency unit, energy is
// 10^-4 kWh, kinds and states are the names of the library. STRICT keeps integers integers.
// `postings.id` is the order of appending. No foreign keys: every row is written by one batch,
// and a posting that names no known account is still a fact.
constexpr const char* tables = R"sql(
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE postings (
    id              INTEGER PRIMARY KEY,
    account         TEXT NOT NULL,
    account_seq     INTEGER NOT NULL,
    key             TEXT NOT NULL,
    leg             INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    effective_at    INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    amount          INTEGER NOT NULL,
    running_balance INTEGER NOT NULL,
    currency        TEXT NOT NULL,
    block           INTEGER NOT NULL,
    explain         TEXT NOT NULL,
    UNIQUE (key, leg),
    UNIQUE (account, account_seq)
) STRICT;
CREATE INDEX postings_block ON postings (block);

CREATE TABLE blocks (
    number    INTEGER PRIMARY KEY,
    previous  BLOB NOT NULL,
    digest    BLOB NOT NULL,
    postings  INTEGER NOT NULL,
    sealed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE readings (
    account      TEXT NOT NULL,
    meter        TEXT NOT NULL,
    effective_at INTEGER NOT NULL,
    recorded_at  INTEGER NOT NULL,
    total        INTEGER NOT NULL,
    t1           INTEGER NOT NULL,
    t2           INTEGER NOT NULL,
    t3           INTEGER NOT NULL,
    t4           INTEGER NOT NULL,
    source       TEXT NOT NULL,
    quality      TEXT NOT NULL,
    PRIMARY KEY (meter, effective_at, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX readings_account ON readings (account, effective_at);

CREATE TABLE services (
    account TEXT NOT NULL,
    meter   TEXT NOT NULL,
    bus     TEXT NOT NULL,
    since   INTEGER NOT NULL,
    until   INTEGER,
    PRIMARY KEY (account, since, meter)
) STRICT, WITHOUT ROWID;

CREATE TABLE credit_states (
    account              TEXT PRIMARY KEY,
    level                TEXT NOT NULL,
    episode              INTEGER NOT NULL,
    told                 TEXT NOT NULL,
    warned_at            INTEGER,
    warning_delivered_at INTEGER,
    cut_wanted           INTEGER NOT NULL,
    protect_wanted       INTEGER NOT NULL,
    command_count        INTEGER NOT NULL,
    relay                TEXT NOT NULL,
    relay_read_at        INTEGER,
    protect_read         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE commands (
    key             TEXT PRIMARY KEY,
    account         TEXT NOT NULL,
    meter           TEXT NOT NULL,
    kind            TEXT NOT NULL,
    state           TEXT NOT NULL,
    reason          TEXT NOT NULL,
    queued_at       INTEGER NOT NULL,
    sent_at         INTEGER,
    acknowledged_at INTEGER,
    confirmed_at    INTEGER,
    relay_read      TEXT NOT NULL,
    attempts        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE notices (
    key          TEXT PRIMARY KEY,
    account      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    issued_at    INTEGER NOT NULL,
    delivered_at INTEGER,
    text         TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    account TEXT NOT NULL,
    meter   TEXT NOT NULL,
    kind    TEXT NOT NULL,
    text    TEXT NOT NULL,
    UNIQUE (at, account, meter, kind, text)
) STRICT;

CREATE TABLE bills (
    account   TEXT NOT NULL,
    period    TEXT NOT NULL,
    since     INTEGER NOT NULL,
    until     INTEGER NOT NULL,
    t1        INTEGER NOT NULL,
    t2        INTEGER NOT NULL,
    t3        INTEGER NOT NULL,
    t4        INTEGER NOT NULL,
    charged   INTEGER NOT NULL,
    total     INTEGER NOT NULL,
    currency  TEXT NOT NULL,
    closed_at INTEGER NOT NULL,
    PRIMARY KEY (account, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
    id         INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL,
    account    TEXT NOT NULL,
    meter      TEXT NOT NULL,
    at         INTEGER NOT NULL,
    key        TEXT NOT NULL,
    source     TEXT NOT NULL,
    total      INTEGER NOT NULL,
    t1         INTEGER NOT NULL,
    t2         INTEGER NOT NULL,
    t3         INTEGER NOT NULL,
    t4         INTEGER NOT NULL,
    next_meter TEXT NOT NULL,
    next_total INTEGER NOT NULL,
    next_t1    INTEGER NOT NULL,
    next_t2    INTEGER NOT NULL,
    next_t3    INTEGER NOT NULL,
    next_t4    INTEGER NOT NULL,
    amount     INTEGER NOT NULL,
    code       INTEGER NOT NULL,
    answer     TEXT NOT NULL
) STRICT;
)sql";

/// Version 2: what a transfer is about, reservations, terms of accounts, sealed days. Run upon the
/// tables of version 1, for a new file as for an old one, so that both are the same.
///
/// Half of what a posting cost were its indexes. A transfer's legs lie side by side, so that the
/// first one leads to all; and a block's postings do too, so that their first one does.
constexpr const char* to_version_2 = R"sql(
CREATE TABLE postings_2 (
    id              INTEGER PRIMARY KEY,
    account         TEXT NOT NULL,
    account_seq     INTEGER NOT NULL,
    key             TEXT NOT NULL,
    leg             INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    effective_at    INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    amount          INTEGER NOT NULL,
    running_balance INTEGER NOT NULL,
    currency        TEXT NOT NULL,
    block           INTEGER NOT NULL,
    explain         TEXT NOT NULL,
    link            TEXT NOT NULL DEFAULT '',
    expires_at      INTEGER
) STRICT;
INSERT INTO postings_2
SELECT id, account, account_seq, key, leg, kind, subject, effective_at, recorded_at, amount,
       running_balance, currency, block, explain, '', NULL
FROM postings ORDER BY id;
DROP TABLE postings;
ALTER TABLE postings_2 RENAME TO postings;
CREATE UNIQUE INDEX postings_key ON postings (key) WHERE leg = 0;
CREATE UNIQUE INDEX postings_account ON postings (account, account_seq);
CREATE INDEX postings_link ON postings (link) WHERE link <> '';

CREATE TABLE blocks_2 (
    number        INTEGER PRIMARY KEY,
    previous      BLOB NOT NULL,
    digest        BLOB NOT NULL,
    postings      INTEGER NOT NULL,
    sealed_at     INTEGER NOT NULL,
    first_posting INTEGER NOT NULL
) STRICT;
INSERT INTO blocks_2
SELECT number, previous, digest, postings, sealed_at,
       1 + ifnull(sum(postings) OVER (ORDER BY number
                                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
FROM blocks ORDER BY number;
DROP TABLE blocks;
ALTER TABLE blocks_2 RENAME TO blocks;

CREATE TABLE reservations (
    key        TEXT PRIMARY KEY,
    account    TEXT NOT NULL,
    holder     TEXT NOT NULL,
    amount     INTEGER NOT NULL,
    currency   TEXT NOT NULL,
    expires_at INTEGER,
    state      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX reservations_open ON reservations (key) WHERE state = 'open';

CREATE TABLE account_terms (
    account   TEXT NOT NULL,
    since     INTEGER NOT NULL,
    floor     INTEGER,
    currency  TEXT NOT NULL,
    is_closed INTEGER NOT NULL,
    PRIMARY KEY (account, since)
) STRICT, WITHOUT ROWID;

CREATE TABLE sealed_days (
    account  TEXT NOT NULL,
    since    INTEGER NOT NULL,
    meter    TEXT NOT NULL,
    revision INTEGER NOT NULL,
    until    INTEGER NOT NULL,
    bytes    BLOB NOT NULL,
    PRIMARY KEY (account, since, meter, revision)
) STRICT, WITHOUT ROWID;
)sql";

/// Version 3: the indexes of postings are tables of their own, that lag behind; `posting_index`
/// has the why. The view is for people: a posting is found by its account there, and is there from
/// the moment it is booked.
constexpr const char* to_version_3 = R"sql(
CREATE TABLE posting_keys (
    key TEXT PRIMARY KEY,
    id  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE posting_accounts (
    account     TEXT NOT NULL,
    account_seq INTEGER NOT NULL,
    id          INTEGER NOT NULL,
    PRIMARY KEY (account, account_seq)
) STRICT, WITHOUT ROWID;
INSERT INTO posting_keys SELECT key, id FROM postings WHERE leg = 0 ORDER BY key;
INSERT INTO posting_accounts
SELECT account, account_seq, id FROM postings ORDER BY account, account_seq;
INSERT INTO meta SELECT 'indexed_before', ifnull(max(id), 0) + 1 FROM postings;
DROP INDEX postings_key;
DROP INDEX postings_account;
CREATE VIEW account_postings AS
SELECT a.account, a.account_seq, p.id, p.key, p.leg, p.kind, p.subject, p.effective_at,
       p.recorded_at, p.amount, p.running_balance, p.currency, p.block, p.explain, p.link,
       p.expires_at
FROM posting_accounts a JOIN postings p ON p.id = a.id
WHERE a.id < (SELECT value FROM meta WHERE name = 'indexed_before')
UNION ALL
SELECT account, account_seq, id, key, leg, kind, subject, effective_at, recorded_at, amount,
       running_balance, currency, block, explain, link, expires_at
FROM postings WHERE id >= (SELECT value FROM meta WHERE name = 'indexed_before');
)sql";

/// What brings a file from version 1 + its place to the next; never changed once released.
constexpr std::array migrations{to_version_2, to_version_3};
static_assert(migrations.size() + 1 == static_cast<std::size_t>(schema_version));

void use_write_ahead_log(connection& file)
{
    statement select{file, "PRAGMA journal_mode = WAL"};
    const use reset_after{select};
    const std::string mode{select.step() ? select.text() : std::string_view{}};
    if (mode != "wal") {
        throw std::runtime_error{"no write-ahead log here, the journal mode stays '" + mode + "'"};
    }
}

[[nodiscard]] bool has_tables(connection& file)
{
    return number_from(file, "SELECT count(*) FROM sqlite_schema") > 0;
}

[[nodiscard]] bool has_meta(connection& file)
{
    return number_from(file, "SELECT count(*) FROM sqlite_schema "
                             "WHERE type = 'table' AND name = 'meta'") > 0;
}

void create(connection& file)
{
    file.execute(tables);
    statement insert{file, "INSERT INTO meta (name, value) VALUES (?, ?)"};
    insert.put("schema_version").put(std::int64_t{1}).run();
    insert.put("fence_epoch").put(std::int64_t{0}).run();
}

/// Gives the version of the file.
std::int64_t check_version(connection& file)
{
    const std::int64_t version =
        has_meta(file)
            ? number_from(file, "SELECT value FROM meta WHERE name = 'schema_version'")
            : 0;
    if (version < 1) {
        throw std::runtime_error{"this is the database of some other program"};
    }
    if (version > schema_version) {
        throw std::runtime_error{"the file has schema version " + std::to_string(version) +
                                 ", and this program knows no newer one than " +
                                 std::to_string(schema_version)};
    }
    return version;
}

void migrate(connection& file)
{
    for (std::int64_t version = check_version(file); version < schema_version; ++version) {
        file.execute(migrations[static_cast<std::size_t>(version - 1)]);
    }
    statement update{file, "UPDATE meta SET value = ? WHERE name = 'schema_version'"};
    update.put(schema_version).run();
}

void check_log(int code)
{
    if (code != SQLITE_OK) {
        throw sqlite_error{code, std::string{"writing the log anew: "} + sqlite3_errstr(code)};
    }
}

/// After a program has been killed, the log that it left may hold what only the system's memory
/// has: where a flush failed, no later flush of the same bytes writes them. They are written anew
/// in their place, and flushed, before anything is built upon them. Copying the log into the
/// database would not do: cut short by a power cut, it leaves half a batch there whose log is lost.
void settle_log(connection& file)
{
    const transaction nobody_else_writes{file};
    sqlite3_file* log = nullptr;
    check_log(sqlite3_file_control(file.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log));
    if (log == nullptr || log->pMethods == nullptr) {
        return;
    }
    sqlite3_int64 size = 0;
    check_log(log->pMethods->xFileSize(log, &size));
    std::vector<char> bytes(std::size_t{1} << 16U);
    for (sqlite3_int64 at = 0; at < size;) {
        const auto chunk = static_cast<int>(
            std::min(size - at, static_cast<sqlite3_int64>(bytes.size())));
        check_log(log->pMethods->xRead(log, bytes.data(), chunk, at));
        check_log(log->pMethods->xWrite(log, bytes.data(), chunk, at));
        at += chunk;
    }
    if (size > 0) {
        check_log(log->pMethods->xSync(log, SQLITE_SYNC_FULL));
    }
}

/// False on a full disk: the books can still be read, and nothing may be built upon them.
[[nodiscard]] bool is_settled(connection& file)
{
    try {
        settle_log(file);
        return true;
    } catch (const sqlite_error& error) {
        if (error.primary() != SQLITE_FULL) {
            throw;
        }
        return false;
    }
}

}  // namespace

bool prepare(connection& file)
{
    file.copy_log_at_close(false);
    // What is not ours is refused before anything in it is changed, its journal mode included.
    if (has_tables(file)) {
        (void)check_version(file);
    }
    use_write_ahead_log(file);
    // FULL, not NORMAL: in WAL mode NORMAL flushes at checkpoints only, and a power cut would
    // take back commits that were answered as durable. Batched, the difference is under 10 %.
    file.execute("PRAGMA synchronous = FULL");
    const bool may_write = is_settled(file);
    file.copy_log_at_close(may_write);
    transaction work{file};
    const bool is_new = !has_tables(file);
    if (is_new) create(file);
    if (is_new || check_version(file) < schema_version) {
        if (!may_write) {
            throw std::runtime_error{"the disk is full, and tables of schema version " +
                                     std::to_string(schema_version) + " have to be made"};
        }
        migrate(file);
    }
    work.commit();
    return may_write;
}

}  // namespace wattpurse::adapter::sqlite
