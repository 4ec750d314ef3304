// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/port/store.hpp>

namespace wattpurse::adapter::postgres {

/// The version of the table layout this library writes. Newer ones are refused.
inline constexpr std::int64_t schema_version = 1;

/// How a store behaves; the defaults are for a server in the same house.
struct options {
    /// The PostgreSQL schema that holds the tables: lower-case letters, digits and underscores.
    std::string schema = "wattpurse";
    /// How long a server that is gone is looked for, and a lock of another writer waited for.
    duration patience{5000};
    /// How often a batch is begun anew after the server broke it off in favour of another
    /// (SQLSTATE 40001, 40P01), or after its connection was lost.
    std::uint32_t retries_max = 20;
};

/// The books of one shard in a PostgreSQL database: one chain of blocks, one fence epoch, the
/// accounts of the customers that `port::shard_of` puts there and house accounts of its own.
/// Many shards may be in one database, each with one writer; they do not wait for each other.
///
/// A commit is one SERIALIZABLE transaction that holds the lock of its shard's row: what the batch
/// expects is checked in one round trip, what it writes goes in a second one together with the
/// COMMIT, as one set-based statement a table. The posting rows are the truth: no table repeats a
/// balance. Money is stored as integers, 10^-6 of the currency unit.
///
/// A connection that is lost is made anew. Where the answer of a COMMIT was lost with it, the
/// store looks whether the batch is in the books, and does it again only where it is not. A server
/// that stays away for longer than `patience` is a `failed`, and the store takes nothing more until
/// it is reopened.
///
/// Only durable servers are opened: one with `fsync` or `synchronous_commit` off is refused. Needs
/// PostgreSQL 13 or later, a database in UTF-8, and a connection of its own: a pool that hands
/// connections from transaction to transaction does not do.
///
/// For one thread at a time. Work is done inside `submit`.
class store final : public port::store {
public:
    /// Connects, as libpq understands `conninfo`, and makes the tables and the shard where they are
    /// not there yet. Throws `std::runtime_error` with the place and the reason: what libpq or the
    /// server says, a newer schema, a schema of some other program, a server that is not durable.
    /// No password is in any text of this class.
    explicit store(const std::string& conninfo, std::uint32_t shard, const options& how = {});
    ~store() override;

    store(const store&) = delete;
    store& operator=(const store&) = delete;

    [[nodiscard]] result<std::uint64_t, std::string> fence() override;
    void submit(const port::batch& work) override;
    [[nodiscard]] std::optional<port::commit_outcome> poll() override;
    [[nodiscard]] result<port::snapshot, std::string> load() override;
    [[nodiscard]] result<std::vector<posting>, std::string> find_transfer(
        std::string_view key) override;
    [[nodiscard]] result<std::vector<posting>, std::string> linked(std::string_view key) override;
    [[nodiscard]] result<std::vector<posting>, std::string> postings(
        const account_id& account, std::uint64_t after, std::size_t limit) override;
    [[nodiscard]] result<std::vector<posting>, std::string> blocks(
        std::uint64_t after_block, std::size_t block_limit,
        std::vector<block_seal>& seals) override;
    [[nodiscard]] result<std::vector<port::booked_line>, std::string> booked(
        std::string_view subject_prefix, instant since) override;
    [[nodiscard]] result<std::vector<reading>, std::string> readings(
        const account_id& account, instant from, instant until) override;
    [[nodiscard]] result<std::vector<reading>, std::string> loose_readings(
        instant until, std::size_t limit) override;
    [[nodiscard]] result<std::vector<sealed_day>, std::string> sealed_days(
        const account_id& account, instant from, instant until) override;
    [[nodiscard]] result<std::vector<command>, std::string> commands() override;
    [[nodiscard]] result<std::vector<notice>, std::string> notices() override;
    [[nodiscard]] result<std::vector<event>, std::string> events() override;

private:
    struct books;
    std::unique_ptr<books> books_;
    std::optional<port::commit_outcome> outcome_;
};

}  // namespace wattpurse::adapter::postgres
