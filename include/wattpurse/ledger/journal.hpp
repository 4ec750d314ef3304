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

#include <wattpurse/base/money.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/ledger/chain.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/model/posting.hpp>

namespace wattpurse::ledger {

/// Why a transfer is not taken into the books. Nothing of it was posted.
enum class refusal : std::uint8_t {
    empty,                        ///< no key, no legs, or a leg without an account
    unbalanced,                   ///< the legs do not sum to zero
    currency_mismatch,            ///< a leg in another currency than the journal's
    overflow,                     ///< a balance would leave the range of money
    limit_exceeded,               ///< a discretionary debit would pass the account's limit
    duplicate_key_other_content,  ///< the key is already staged with other content
    account_repeated,             ///< an account on two legs
};

/// Stable lower-case name, for messages and logs.
[[nodiscard]] std::string_view to_string(refusal why) noexcept;

/// Metered energy and its corrections, and money that has come in, are facts and always post.
/// Only these two are at somebody's discretion, and only they can be refused for a limit.
[[nodiscard]] constexpr bool is_discretionary(posting_kind kind) noexcept
{
    return kind == posting_kind::refund || kind == posting_kind::transfer;
}

/// What one commit adds to the books: hand it to the store as it is.
struct staged_block {
    std::vector<account_head> expected_heads;  ///< of the accounts touched, before this block
    std::vector<posting> postings;
    block_seal seal;
};

/// The books of one currency as far as posting needs them: where every account stands, and the
/// transfers staged for the next commit. It computes and never commits.
///
///     stage ... stage -> seal -> (the store commits) -> accept, or discard
///
/// Two-sided bookkeeping (复式记账): the legs of a transfer sum to zero, checked exactly. The
/// journal knows the keys of the open block only; whether the store already holds a key is
/// asked of the store, see `same_content`.
class journal {
public:
    explicit journal(currency unit);

    /// Forgets everything and goes on from these heads and this seal, as loaded from a store.
    /// Limits are forgotten too. Error: `currency_mismatch`; the journal is then unchanged.
    [[nodiscard]] result<void> restore(std::span<const account_head> heads,
                                       const block_seal& last);

    /// How far below zero discretionary debits may take the account; `overdraft` is not negative.
    /// Takes effect from the next `stage`. Errors: `currency_mismatch`, `out_of_range`.
    ///
    /// An account without a limit is not limited: the house's own accounts are of this kind.
    [[nodiscard]] result<void> set_limit(const account_id& account, money overdraft);

    /// The lowest balance that discretionary debits may reach; none where there is no limit.
    [[nodiscard]] std::optional<money> floor(const account_id& account) const;

    /// Posts the transfer to the open block. A key that is staged already, with the same content,
    /// changes nothing. Accounts not seen before begin at zero. All legs or none.
    /// Precondition: not sealed.
    [[nodiscard]] result<void, refusal> stage(const transfer& work);

    /// The balance, what is staged included; zero for an account not seen before.
    [[nodiscard]] money balance(const account_id& account) const;
    /// The head, what is staged included.
    [[nodiscard]] account_head head(const account_id& account) const;
    /// All heads, what is staged included, by account.
    [[nodiscard]] std::vector<account_head> heads() const;

    /// The postings of the open block.
    [[nodiscard]] std::span<const posting> staged() const noexcept { return postings_; }
    [[nodiscard]] bool empty() const noexcept { return postings_.empty(); }

    /// The seal of the last block that was accepted.
    [[nodiscard]] const block_seal& last_seal() const noexcept { return last_; }
    [[nodiscard]] currency unit() const noexcept { return unit_; }

    /// Closes the open block for committing. Precondition: not empty, not sealed yet.
    [[nodiscard]] staged_block seal(instant at);

    /// The sealed block is durable: go on from it. Precondition: sealed.
    void accept();

    /// Drops what is staged, sealed or not: the heads are what they were.
    void discard();

    /// Whether `recorded` (the legs of one key, as a store holds them) is what `asked` asks for:
    /// same key, kind, subject, effective_at and legs. `recorded_at` and `explain` do not count:
    /// a repeat comes later and may be worded anew.
    [[nodiscard]] static bool same_content(const transfer& asked,
                                           std::span<const posting> recorded);

private:
    struct account_hash {
        std::size_t operator()(const account_id& account) const noexcept
        {
            return std::hash<std::string_view>{}(account.view());
        }
    };
    struct state {
        account_head current;              ///< what is staged included
        std::optional<account_head> before;  ///< set once the open block touches the account
        std::optional<money> floor;
    };
    struct key_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const noexcept
        {
            return std::hash<std::string_view>{}(key);
        }
    };
    struct slice {
        std::size_t first = 0;
        std::size_t count = 0;
    };

    [[nodiscard]] std::optional<refusal> check_form(const transfer& work) const;
    [[nodiscard]] result<std::vector<account_head>, refusal> heads_after(
        const transfer& work) const;
    [[nodiscard]] state& open(const account_id& account);

    currency unit_;
    block_seal last_;
    std::unordered_map<account_id, state, account_hash> accounts_;
    std::vector<account_id> touched_;  ///< in the order of first touch
    std::vector<posting> postings_;
    std::unordered_map<std::string, slice, key_hash, std::equal_to<>> keys_;
    std::optional<block_seal> sealed_;
};

}  // namespace wattpurse::ledger
