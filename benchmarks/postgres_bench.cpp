// SPDX-License-Identifier: Apache-2.0
//
// What durable commits into PostgreSQL cost, beside libpq told by hand to write the same rows: an
// INSERT of unnested arrays and a COMMIT, nothing checked. On a server of its own with fsync, and
// by the clock on the wall: what is timed is mostly the server.
#if defined(WATTPURSE_WITH_POSTGRES)

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wattpurse/adapter/postgres/store.hpp>
#include <wattpurse/ledger/journal.hpp>

#include "bench.hpp"

namespace wattpurse::bench {
namespace {

// ---- A server -----------------------------------------------------------------------------------

/// Where initdb is; empty where PostgreSQL is not installed.
std::filesystem::path programs()
{
    std::filesystem::path newest;
    int version = 0;
    std::error_code ignored;
    for (const auto& each : std::filesystem::directory_iterator{"/usr/lib/postgresql", ignored}) {
        const int number = std::atoi(each.path().filename().c_str());
        if (number > version && std::filesystem::exists(each.path() / "bin/initdb")) {
            version = number;
            newest = each.path() / "bin";
        }
    }
    return newest;
}

/// A cluster in a temporary directory, reached through its socket only; gone with the object.
class server {
public:
    explicit server(std::filesystem::path from) : programs_{std::move(from)}
    {
        auto name = (std::filesystem::temp_directory_path() / "wattpurse-bench-XXXXXX").string();
        require(mkdtemp(name.data()) != nullptr, "no temporary directory");
        directory_ = name;
        const passwd* const user = getpwnam("postgres");  // which the package has brought
        require(getuid() != 0 || (user != nullptr &&
                                  chown(name.c_str(), user->pw_uid, user->pw_gid) == 0),
                "PostgreSQL needs a user of its own");
        int status = 0;
        waitpid(start({"initdb", "-D", data(), "-U", "wattpurse", "-A", "trust", "-E", "UTF8",
                       "--locale=C", "--no-sync"}),
                &status, 0);
        require(status == 0, "initdb has failed");
        process_ = start({"postgres", "-D", data(), "-k", directory_.string(), "-h", "", "-c",
                          "fsync=on", "-c", "max_wal_size=4GB"});
        while (PQping(conninfo().c_str()) != PQPING_OK) usleep(20'000);
    }
    ~server()
    {
        kill(process_, SIGQUIT);
        waitpid(process_, nullptr, 0);
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    [[nodiscard]] std::string conninfo() const
    {
        return "host=" + directory_.string() + " user=wattpurse dbname=postgres";
    }

private:
    [[nodiscard]] std::string data() const { return (directory_ / "data").string(); }

    [[nodiscard]] pid_t start(std::vector<std::string> words) const
    {
        words[0] = (programs_ / words[0]).string();
        std::vector<char*> argv;
        for (std::string& each : words) argv.push_back(each.data());
        argv.push_back(nullptr);
        const pid_t child = fork();
        if (child != 0) return child;
        if (getuid() == 0) {  // as which it does not run
            const passwd* const user = getpwnam("postgres");
            if (setgroups(0, nullptr) != 0 || setgid(user->pw_gid) != 0 ||
                setuid(user->pw_uid) != 0) {
                _exit(126);
            }
        }
        prctl(PR_SET_PDEATHSIG, SIGQUIT);
        const std::string log = (directory_ / "log").string();
        if (std::freopen(log.c_str(), "a", stdout) != nullptr) dup2(1, 2);
        execv(argv[0], argv.data());
        _exit(127);
    }

    std::filesystem::path programs_;
    std::filesystem::path directory_;
    pid_t process_ = -1;
};

// ---- The work -----------------------------------------------------------------------------------

constexpr currency cny{"CNY"};
constexpr std::size_t account_count = 10'000;

/// Deductions as the engine books them, sealed and ready to be handed over.
std::vector<port::batch> batches(std::size_t count, std::size_t transfers_each)
{
    const account_id revenue = account_id::parse("house:revenue").value();
    ledger::journal books{cny};
    std::vector<port::batch> out(count);
    std::size_t number = 0;
    for (port::batch& next : out) {
        for (std::size_t i = 0; i < transfers_each; ++i, ++number) {
            const std::string name = "F" + std::to_string(10'000 + number % account_count);
            transfer each;
            each.key = "charge/" + name + "/2026-01/energy.peak/" +
                       std::to_string(number / account_count);
            each.subject = "2026-01/energy.peak";
            each.effective_at = instant{duration{static_cast<std::int64_t>(number) * 1'000}};
            each.recorded_at = each.effective_at;
            const money owed{money::amount_type::of(static_cast<std::int64_t>(number % 997) + 1),
                             cny};
            each.legs = {{account_id::parse(name).value(), -owed}, {revenue, owed}};
            each.explain = "energy peak 110.00 kWh x 0.568 CNY/kWh = 62.48 CNY";
            require(books.stage(each).has_value(), "a transfer is refused");
        }
        auto block = books.seal(instant{duration{static_cast<std::int64_t>(number)}});
        books.accept();
        next.expected_heads = std::move(block.expected_heads);
        next.postings = std::move(block.postings);
        next.seal = block.seal;
    }
    return out;
}

// ---- By hand ------------------------------------------------------------------------------------

/// Arrays in the binary form, as whoever writes this by hand would fill them.
class array {
public:
    explicit array(std::uint32_t element) : element_{element} {}
    void number(std::int64_t value)
    {
        append(8, 4);
        append(static_cast<std::uint64_t>(value), 8);
        ++size_;
    }
    void text(std::string_view value)
    {
        append(value.size(), 4);
        bytes_ += value;
        ++size_;
    }
    [[nodiscard]] std::string take() const
    {
        array head{0};
        for (const std::uint64_t each : {std::uint64_t{1}, std::uint64_t{0},
                                         std::uint64_t{element_}, std::uint64_t{size_},
                                         std::uint64_t{1}}) {
            head.append(each, 4);
        }
        return head.bytes_ + bytes_;
    }

private:
    void append(std::uint64_t value, int size)
    {
        for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
            bytes_ += static_cast<char>(static_cast<std::uint8_t>(value >> shift));
        }
    }
    std::uint32_t element_;
    std::uint32_t size_ = 0;
    std::string bytes_;
};

constexpr std::uint32_t int8 = 20;
constexpr std::uint32_t text = 25;

class by_hand {
public:
    by_hand(const std::string& conninfo, std::uint32_t shard)
        : link_{PQconnectdb(conninfo.c_str())}, shard_{std::to_string(shard)}
    {
        run("SET search_path = wattpurse");
        PGresult* const made = PQprepare(
            link_, "insert",
            "INSERT INTO postings (shard, account, account_seq, key, leg, kind, subject, "
            "effective_at, recorded_at, amount, running_balance, currency, block, explain, link, "
            "position) SELECT $1::int4, u.*, '', $14 + row_number() OVER () FROM unnest("
            "$2::text[], $3::int8[], $4::text[], $5::int8[], $6::text[], $7::text[], $8::int8[], "
            "$9::int8[], $10::int8[], $11::int8[], $12::text[], $13::int8[], $15::text[]) u",
            0, nullptr);
        require(PQresultStatus(made) == PGRES_COMMAND_OK, PQerrorMessage(link_));
        PQclear(made);
    }
    ~by_hand() { PQfinish(link_); }
    by_hand(const by_hand&) = delete;
    by_hand& operator=(const by_hand&) = delete;

    void write(const port::batch& work)
    {
        std::vector<array> columns;
        for (const std::uint32_t type : {text, int8, text, int8, text, text, int8, int8, int8,
                                         int8, text, int8, text}) {
            columns.emplace_back(type);
        }
        for (const posting& row : work.postings) {
            columns[0].text(row.account.view());
            columns[1].number(static_cast<std::int64_t>(row.account_seq));
            columns[2].text(row.key);
            columns[3].number(row.leg);
            columns[4].text(to_string(row.kind));
            columns[5].text(row.subject);
            columns[6].number(row.effective_at.time_since_epoch().count());
            columns[7].number(row.recorded_at.time_since_epoch().count());
            columns[8].number(row.amount.mantissa());
            columns[9].number(row.running_balance.mantissa());
            columns[10].text("CNY");
            columns[11].number(static_cast<std::int64_t>(row.block));
            columns[12].text(row.explain);
        }
        std::vector<std::string> bytes;
        for (const array& each : columns) bytes.push_back(each.take());
        const std::string position = std::to_string(position_);
        std::vector<const char*> values{shard_.c_str()};
        std::vector<int> lengths{0};
        std::vector<int> formats{0};
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            if (i == 12) {
                values.push_back(position.c_str());
                lengths.push_back(0);
                formats.push_back(0);
            }
            values.push_back(bytes[i].data());
            lengths.push_back(static_cast<int>(bytes[i].size()));
            formats.push_back(1);
        }
        run("BEGIN");
        PGresult* const done = PQexecPrepared(link_, "insert", static_cast<int>(values.size()),
                                              values.data(), lengths.data(), formats.data(), 1);
        require(PQresultStatus(done) == PGRES_COMMAND_OK, PQerrorMessage(link_));
        PQclear(done);
        run("COMMIT");
        position_ += work.postings.size();
    }

private:
    void run(const char* sql)
    {
        PGresult* const done = PQexec(link_, sql);
        require(PQresultStatus(done) == PGRES_COMMAND_OK, PQerrorMessage(link_));
        PQclear(done);
    }

    PGconn* link_;
    std::string shard_;
    std::size_t position_ = 0;
};

// ---- Rows ---------------------------------------------------------------------------------------

void write_with_store(adapter::postgres::store& books, std::vector<port::batch>& work)
{
    const std::uint64_t epoch = books.fence().value();
    for (port::batch& each : work) {
        each.fence_epoch = epoch;
        books.submit(each);
        require(books.poll()->status == port::commit_status::committed, "a commit has failed");
    }
}

/// Postings a second, in turns, each time into a shard of its own and from a new connection.
void durable(report& out, const server& on, const std::string& name, std::size_t count,
             std::size_t transfers_each)
{
    constexpr int rounds = 9;
    static std::uint32_t shard = 0;
    auto work = batches(count, transfers_each);
    const double postings = static_cast<double>(count * transfers_each * 2);
    std::vector<double> ours;
    std::vector<double> theirs;
    for (int i = 0; i < rounds; ++i) {
        adapter::postgres::store books{on.conninfo(), ++shard};
        require(books.load().has_value(), "the books cannot be loaded");
        by_hand raw{on.conninfo(), ++shard};
        const auto write_ours = [&] { write_with_store(books, work); };
        const auto write_theirs = [&] {
            for (const port::batch& each : work) raw.write(each);
        };
        if (i % 2 == 0) {
            ours.push_back(seconds(write_ours));
            theirs.push_back(seconds(write_theirs));
        } else {
            theirs.push_back(seconds(write_theirs));
            ours.push_back(seconds(write_ours));
        }
    }
    const double us = postings / median(ours);
    const double them = postings / median(theirs);
    out.push_back({name, us, "postings/s", "libpq, the same rows unnested by hand", them,
                   us / them});
}

void run(report& out)
{
    const auto from = programs();
    if (from.empty()) {
        std::fputs("wattpurse_bench: SKIPPED: ledger.postgres_*: no PostgreSQL is installed\n",
                   stderr);
        return;
    }
    const server on{from};
    durable(out, on, "ledger.postgres_batch1000.vs_raw_unnest", 40, 500);
    durable(out, on, "ledger.postgres_single.vs_raw", 400, 1);
}

const registration registered{"postgres", run};

}  // namespace
}  // namespace wattpurse::bench

#endif
