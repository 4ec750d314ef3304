// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <wattpurse/model/posting.hpp>

#include "connection.hpp"

namespace wattpurse::adapter::sqlite {

/// Of keys and of accounts.
struct name_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept
    {
        return std::hash<std::string_view>{}(name);
    }
    std::size_t operator()(const account_id& account) const noexcept
    {
        return std::hash<std::string_view>{}(account.view());
    }
};

/// Where a posting is found by its key and by its account: the tables `posting_keys` and
/// `posting_accounts`, and for the postings that are not in them yet, this memory.
///
/// An index that SQLite keeps itself costs more than all else of a commit: the postings of a batch
/// are of accounts in no order, and each dirties a page or two of its own. Here some ten thousand
/// postings wait, are put in order, and go into the tables a slice with each commit, so that many
/// share a page. `meta.indexed_before` is the first row that may be missing there; what follows it
/// is read back when the file is opened, and when another connection has written.
class posting_index {
public:
    struct place {
        std::uint64_t seq;
        std::int64_t row;
    };

    explicit posting_index(connection& file);

    /// Reads on to the last row of the file.
    void read_on();

    /// The row of the first leg of transfer `key`.
    [[nodiscard]] std::optional<std::int64_t> first_leg(std::string_view key);

    /// The row of the last posting of `account`.
    [[nodiscard]] std::optional<std::int64_t> last_of(const account_id& account);

    /// Those postings of `account` that wait, in order. All before them are in the tables; some of
    /// these may be there as well.
    [[nodiscard]] std::span<const place> waiting(const account_id& account) const;

    /// Every account with a posting that waits.
    [[nodiscard]] std::vector<account_id> accounts_waiting() const;

    // Within a transaction of writing, which ends with `settle` or with `undo`.

    /// False where the key of a first leg is taken.
    [[nodiscard]] bool add(const posting& from, std::int64_t row);
    /// A slice of those that wait goes into the tables.
    void write_slice();
    /// The transaction is durable.
    void settle();
    /// The transaction came to nothing.
    void undo();

private:
    using key_rows =
        std::unordered_map<std::string, std::int64_t, name_hash, std::equal_to<>>;
    struct waiting_posting {
        account_id account;
        place at;
        const key_rows::value_type* key;  ///< of a first leg, else null
    };
    struct account_place {
        account_id account;
        place at;
    };

    void wait(const account_id& account, place at, const key_rows::value_type* key);
    void put_in_order();
    void write_keys(std::size_t end);
    void write_places(std::size_t end);
    void forget_written();
    void forget_due();
    void forget_all();

    key_rows keys_;
    std::unordered_map<account_id, std::vector<place>, name_hash> places_;

    std::vector<waiting_posting> young_;  ///< as they came; those from `settled_` on are staged
    std::size_t settled_ = 0;
    std::int64_t end_ = 0;  ///< behind the last row that is known
    std::size_t debt_ = 0;  ///< postings added since the last slice

    /// Those whose turn it is, in order; up to the first number they are in the tables, up to the
    /// second they will be once the transaction is durable.
    std::vector<const key_rows::value_type*> due_keys_;
    std::vector<account_place> due_places_;
    std::size_t keys_done_ = 0;
    std::size_t keys_written_ = 0;
    std::size_t places_done_ = 0;
    std::size_t places_written_ = 0;

    statement select_new_;
    statement select_before_;
    statement write_before_;
    statement select_key_;
    statement select_last_;
    statement insert_key_;
    statement insert_place_;
};

/// How the two tables differ from the postings, or nothing.
[[nodiscard]] std::string index_fault(connection& file);

/// Fills them anew.
void rebuild_index(connection& file);

}  // namespace wattpurse::adapter::sqlite
