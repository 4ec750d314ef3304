// SPDX-License-Identifier: Apache-2.0
#include "schema.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace wattpurse::adapter::postgres {
namespace {

// Times are milliseconds since the epoch (UTC), money is 10^-6 of the currency unit, energy is
// 10^-4 kWh, kinds and states are the names of the library; texts are as text.hpp stores them, and
// compare as bytes. Every key begins with the shard, so that a table can be spread over nodes by
// it and a transaction stays on one of them (docs/adr/0007-one-shard-one-chain.md).
//
// `postings.position` is the order of appending in the shard: 1, 2, 3 ... A block is a range of
// it, and so needs no index of its own. The legs of a transfer stand one behind the other, so that
// its key is found by leg 0 alone. No foreign keys: a posting that names no known account is still
// a fact. No sequences, triggers, deferrable constraints, advisory locks: other engines that speak
// this language have none, or pay for them with a journey between nodes.
//
// `shards`: a shard's row is what its writer locks. It is written by every batch, and the room that
// fillfactor leaves keeps those writes off the index. `epochs` says how many batches there were
// when a writer's term began.
constexpr std::array tables{
    R"sql(CREATE TABLE IF NOT EXISTS shards (
    shard         integer PRIMARY KEY,
    fence_epoch   bigint NOT NULL DEFAULT 0,
    batches       bigint NOT NULL DEFAULT 0,
    postings      bigint NOT NULL DEFAULT 0,
    booked_until  bigint,
    last_arrival  bigint NOT NULL DEFAULT 0,
    last_block    bigint NOT NULL DEFAULT 0,
    last_previous bytea,
    last_digest   bytea,
    last_postings bigint NOT NULL DEFAULT 0,
    last_sealed_at bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10))sql",

    R"sql(CREATE TABLE IF NOT EXISTS epochs (
    shard          integer NOT NULL,
    epoch          bigint NOT NULL,
    batches_before bigint NOT NULL,
    PRIMARY KEY (shard, epoch)
))sql",

    R"sql(CREATE TABLE IF NOT EXISTS postings (
    account_seq     bigint NOT NULL,
    position        bigint NOT NULL,
    effective_at    bigint NOT NULL,
    recorded_at     bigint NOT NULL,
    amount          bigint NOT NULL,
    running_balance bigint NOT NULL,
    block           bigint NOT NULL,
    expires_at      bigint,
    shard           integer NOT NULL,
    leg             integer NOT NULL,
    account         text COLLATE "C" NOT NULL,
    currency        text COLLATE "C" NOT NULL,
    kind            text COLLATE "C" NOT NULL,
    key             text COLLATE "C" NOT NULL,
    subject         text COLLATE "C" NOT NULL,
    link            text COLLATE "C" NOT NULL,
    explain         text COLLATE "C" NOT NULL,
    PRIMARY KEY (shard, account, account_seq)
))sql",
    "CREATE UNIQUE INDEX IF NOT EXISTS postings_position ON postings (shard, position)",
    "CREATE UNIQUE INDEX IF NOT EXISTS postings_key ON postings (shard, key) WHERE leg = 0",
    "CREATE INDEX IF NOT EXISTS postings_link ON postings (shard, link, position) "
    "WHERE link <> ''",

    R"sql(CREATE TABLE IF NOT EXISTS blocks (
    shard          integer NOT NULL,
    number         bigint NOT NULL,
    first_position bigint NOT NULL,
    postings       bigint NOT NULL,
    sealed_at      bigint NOT NULL,
    previous       bytea NOT NULL,
    digest         bytea NOT NULL,
    PRIMARY KEY (shard, number)
))sql",

    R"sql(CREATE TABLE IF NOT EXISTS reservations (
    shard      integer NOT NULL,
    account    text COLLATE "C" NOT NULL,
    key        text COLLATE "C" NOT NULL,
    holder     text COLLATE "C" NOT NULL,
    amount     bigint NOT NULL,
    currency   text COLLATE "C" NOT NULL,
    expires_at bigint,
    state      text COLLATE "C" NOT NULL,
    PRIMARY KEY (shard, account, key)
))sql",
    "CREATE INDEX IF NOT EXISTS reservations_open ON reservations (shard, key) "
    "WHERE state = 'open'",

    R"sql(CREATE TABLE IF NOT EXISTS account_terms (
    shard     integer NOT NULL,
    account   text COLLATE "C" NOT NULL,
    since     bigint NOT NULL,
    floor     bigint,
    currency  text COLLATE "C" NOT NULL,
    is_closed bigint NOT NULL,
    PRIMARY KEY (shard, account, since)
))sql",

    R"sql(CREATE TABLE IF NOT EXISTS readings (
    shard        integer NOT NULL,
    account      text COLLATE "C" NOT NULL,
    meter        text COLLATE "C" NOT NULL,
    effective_at bigint NOT NULL,
    recorded_at  bigint NOT NULL,
    total        bigint NOT NULL,
    t1           bigint NOT NULL,
    t2           bigint NOT NULL,
    t3           bigint NOT NULL,
    t4           bigint NOT NULL,
    source       text COLLATE "C" NOT NULL,
    quality      text COLLATE "C" NOT NULL,
    PRIMARY KEY (shard, meter, effective_at, source)
))sql",
    "CREATE INDEX IF NOT EXISTS readings_account ON readings (shard, account, effective_at)",

    R"sql(CREATE TABLE IF NOT EXISTS sealed_days (
    shard    integer NOT NULL,
    account  text COLLATE "C" NOT NULL,
    since    bigint NOT NULL,
    meter    text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    until    bigint NOT NULL,
    bytes    bytea NOT NULL,
    PRIMARY KEY (shard, account, since, meter, revision)
))sql",

    R"sql(CREATE TABLE IF NOT EXISTS services (
    shard   integer NOT NULL,
    account text COLLATE "C" NOT NULL,
    since   bigint NOT NULL,
    meter   text COLLATE "C" NOT NULL,
    bus     text COLLATE "C" NOT NULL,
    until   bigint,
    PRIMARY KEY (shard, account, since, meter)
))sql",

    R"sql(CREATE TABLE IF NOT EXISTS credit_states (
    shard                integer NOT NULL,
    account              text COLLATE "C" NOT NULL,
    level                text COLLATE "C" NOT NULL,
    episode              bigint NOT NULL,
    told                 text COLLATE "C" NOT NULL,
    warned_at            bigint,
    warning_delivered_at bigint,
    cut_wanted           bigint NOT NULL,
    protect_wanted       bigint NOT NULL,
    command_count        bigint NOT NULL,
    relay                text COLLATE "C" NOT NULL,
    relay_read_at        bigint,
    protect_read         bigint NOT NULL,
    PRIMARY KEY (shard, account)
))sql",

    R"sql(CREATE TABLE IF NOT EXISTS commands (
    shard           integer NOT NULL,
    account         text COLLATE "C" NOT NULL,
    key             text COLLATE "C" NOT NULL,
    meter           text COLLATE "C" NOT NULL,
    kind            text COLLATE "C" NOT NULL,
    state           text COLLATE "C" NOT NULL,
    reason          text COLLATE "C" NOT NULL,
    queued_at       bigint NOT NULL,
    sent_at         bigint,
    acknowledged_at bigint,
    confirmed_at    bigint,
    relay_read      text COLLATE "C" NOT NULL,
    attempts        bigint NOT NULL,
    PRIMARY KEY (shard, account, key)
))sql",
    "CREATE INDEX IF NOT EXISTS commands_open ON commands (shard, key) "
    "WHERE state IN ('queued', 'sent', 'acknowledged')",

    R"sql(CREATE TABLE IF NOT EXISTS notices (
    shard        integer NOT NULL,
    account      text COLLATE "C" NOT NULL,
    key          text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    issued_at    bigint NOT NULL,
    delivered_at bigint,
    text         text COLLATE "C" NOT NULL,
    PRIMARY KEY (shard, account, key)
))sql",
    "CREATE INDEX IF NOT EXISTS notices_open ON notices (shard, key) WHERE delivered_at IS NULL",

    R"sql(CREATE TABLE IF NOT EXISTS events (
    shard   integer NOT NULL,
    account text COLLATE "C" NOT NULL,
    at      bigint NOT NULL,
    meter   text COLLATE "C" NOT NULL,
    kind    text COLLATE "C" NOT NULL,
    text    text COLLATE "C" NOT NULL,
    PRIMARY KEY (shard, account, at, meter, kind, text)
))sql",

    R"sql(CREATE TABLE IF NOT EXISTS bills (
    shard     integer NOT NULL,
    account   text COLLATE "C" NOT NULL,
    period    text COLLATE "C" NOT NULL,
    since     bigint NOT NULL,
    until     bigint NOT NULL,
    t1        bigint NOT NULL,
    t2        bigint NOT NULL,
    t3        bigint NOT NULL,
    t4        bigint NOT NULL,
    charged   bigint NOT NULL,
    total     bigint NOT NULL,
    currency  text COLLATE "C" NOT NULL,
    closed_at bigint NOT NULL,
    PRIMARY KEY (shard, account, period)
))sql",

    R"sql(CREATE TABLE IF NOT EXISTS inbox (
    shard      integer NOT NULL,
    id         bigint NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    account    text COLLATE "C" NOT NULL,
    meter      text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    key        text COLLATE "C" NOT NULL,
    source     text COLLATE "C" NOT NULL,
    total      bigint NOT NULL,
    t1         bigint NOT NULL,
    t2         bigint NOT NULL,
    t3         bigint NOT NULL,
    t4         bigint NOT NULL,
    next_meter text COLLATE "C" NOT NULL,
    next_total bigint NOT NULL,
    next_t1    bigint NOT NULL,
    next_t2    bigint NOT NULL,
    next_t3    bigint NOT NULL,
    next_t4    bigint NOT NULL,
    amount     bigint NOT NULL,
    code       bigint NOT NULL,
    answer     text COLLATE "C" NOT NULL,
    PRIMARY KEY (shard, id)
))sql",
};

constexpr const char* create_meta =
    "CREATE TABLE IF NOT EXISTS meta (name text COLLATE \"C\" PRIMARY KEY, value bigint NOT NULL)";

struct state {
    bool has_schema = false;
    bool has_tables = false;
    bool has_meta = false;
};

[[nodiscard]] state look(connection& link, const std::string& schema)
{
    rows found = link.ask(
        "SELECT (SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = $1), "
        "(SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = $1), "
        "(SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = $1 "
        "AND tablename = 'meta')",
        parameters{}.put(schema));
    found.next();
    return {found.integer() > 0, found.integer() > 0, found.integer() > 0};
}

/// The version of the tables; zero where a program was stopped before it had made them all, which
/// an engine whose CREATE TABLE is no part of a transaction leaves behind.
[[nodiscard]] std::int64_t version_of(connection& link)
{
    rows found = link.ask("SELECT value FROM meta WHERE name = 'schema_version'");
    return found.next() ? found.integer() : 0;
}

/// Whether the tables are those of this program.
[[nodiscard]] bool is_prepared(connection& link, const std::string& schema)
{
    const state now = look(link, schema);
    if (now.has_tables && !now.has_meta) {
        throw std::runtime_error{"the schema '" + schema + "' is of some other program"};
    }
    const std::int64_t version = now.has_meta ? version_of(link) : 0;
    if (version > schema_version) {
        throw std::runtime_error{"the database has schema version " + std::to_string(version) +
                                 ", and this program knows no newer one than " +
                                 std::to_string(schema_version)};
    }
    return version == schema_version;
}

/// In one transaction. The names in the system's own catalogue are unique, and so serve as the
/// lock: who comes second waits for the first one's transaction, then fails, and looks again.
void create(connection& link, const std::string& schema)
{
    const transaction all_or_nothing{link, "BEGIN"};
    if (!look(link, schema).has_schema) link.ask("CREATE SCHEMA " + schema);
    link.ask(create_meta);
    for (const char* const each : tables) {
        link.ask(each);
    }
    link.ask("INSERT INTO meta (name, value) VALUES ('schema_version', $1)",
             parameters{}.put(schema_version));
    link.ask("COMMIT");
}

/// Another program makes the same tables at this moment: a unique name, an existing table or
/// schema, a row of the catalogue changed meanwhile.
[[nodiscard]] bool is_race(const postgres_error& error)
{
    constexpr std::array states{"23505", "42P06", "42P07", "XX000", "40001", "40P01", "55P03"};
    return std::find(states.begin(), states.end(), error.state()) != states.end();
}

}  // namespace

void prepare(connection& link, const std::string& schema)
{
    constexpr int attempts = 10;
    for (int attempt = 1; !is_prepared(link, schema); ++attempt) {
        try {
            create(link, schema);
        } catch (const postgres_error& error) {
            if (!is_race(error) || attempt == attempts) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds{20} * attempt);
        }
    }
}

}  // namespace wattpurse::adapter::postgres
