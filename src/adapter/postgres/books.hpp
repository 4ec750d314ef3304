// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include <wattpurse/adapter/postgres/store.hpp>

#include "connection.hpp"
#include "rows.hpp"

namespace wattpurse::adapter::postgres {

/// A server that could not be reached for as long as the options allow.
class unreachable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct account_hash {
    std::size_t operator()(const account_id& account) const noexcept
    {
        return std::hash<std::string_view>{}(account.view());
    }
};
using heads_by_account = std::unordered_map<account_id, account_head, account_hash>;

/// Where a shard stands: its row, as the transaction that has locked it sees it.
struct shard_state {
    std::uint64_t epoch = 0;
    std::uint64_t batches = 0;   ///< committed so far, by all writers
    std::uint64_t postings = 0;  ///< the last position that is taken
    block_seal last;
    std::optional<port::progress> progress;
};

/// The connection of one shard, and what its writer knows.
struct store::books {
    books(const std::string& conninfo, std::uint32_t number, const options& chosen);

    /// Writes the batch in one transaction, or nothing; throws, or says what did not match.
    [[nodiscard]] std::string commit(const port::batch& work);
    /// Raises the epoch.
    [[nodiscard]] std::uint64_t fence();

    /// The connection, made anew where the last one is lost; throws `unreachable`.
    [[nodiscard]] connection& link();
    /// `ask(link())`, once more over a new connection where the old one turns out to be lost.
    template <class Ask>
    auto over_link(Ask ask)
    {
        try {
            return ask(link());
        } catch (const postgres_error& error) {
            if (!error.lost()) throw;
            link_.reset();
        }
        return ask(link());
    }
    /// $1 of every statement.
    [[nodiscard]] parameters of_shard() const { return std::move(parameters{}.put_shard(shard)); }

    /// The heads of a snapshot, all there are, which was taken after that many batches.
    void remember(const std::vector<account_head>& heads, std::uint64_t batches);

    const address where;
    const options how;
    const std::int32_t shard;
    bool failed = false;
    std::string failure;  ///< what the server said, once `failed`

private:
    /// A COMMIT that has been sent: which batch of which epoch it would make.
    struct sent_commit {
        std::uint64_t epoch;
        std::uint64_t batch;
    };

    [[nodiscard]] std::string try_commit(const port::batch& work);
    [[nodiscard]] bool is_in_the_books(const sent_commit& what);
    void wait_before_retry(std::uint32_t attempt);

    [[nodiscard]] std::string fault_of(const port::batch& work, connection& to);
    [[nodiscard]] std::string head_fault(const port::batch& work) const;
    [[nodiscard]] std::string seal_fault(const port::batch& work) const;
    [[nodiscard]] std::string posting_fault(const port::batch& work);
    [[nodiscard]] std::string arrival_fault(const port::batch& work, rows found) const;
    [[nodiscard]] std::string day_fault(const port::batch& work, rows found,
                                        rows loose) const;
    [[nodiscard]] std::string taken_name(const port::batch& work, const postgres_error& said);

    [[nodiscard]] std::vector<account_id> unknown_accounts(const port::batch& work) const;
    void send_heads(connection& to, const std::vector<account_id>& accounts) const;
    void take_heads(const std::vector<account_id>& asked, rows found);
    [[nodiscard]] account_head known_head(const account_id& account) const;
    void forget_heads();

    void send_ledger(const port::batch& work, connection& to) const;
    void send_rest(const port::batch& work, connection& to) const;
    void send_days(const port::batch& work, connection& to) const;
    void send_shard(const port::batch& work, connection& to) const;

    std::unique_ptr<connection> link_;
    std::optional<sent_commit> in_doubt_;
    shard_state now_;
    std::minstd_rand dice_{std::random_device{}()};

    // The heads that were read or written last, as long as nobody else has committed: they are
    // those of `heads_after_` batches. With `all_heads_`, an account not among them has none.
    heads_by_account heads_;
    heads_by_account next_heads_;  ///< after the batch under way
    std::uint64_t heads_after_ = 0;
    bool all_heads_ = false;
};

/// The columns of `shards` that `take_shard` reads, in their order.
inline constexpr const char* shard_columns =
    "fence_epoch, batches, postings, booked_until, last_arrival, last_block, last_previous, "
    "last_digest, last_postings, last_sealed_at";
[[nodiscard]] shard_state take_shard(rows& from);

[[nodiscard]] std::string name_of(const posting& row);
[[nodiscard]] std::string name_of(const sealed_day& row);

}  // namespace wattpurse::adapter::postgres
