// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
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
#include <wattpurse/model/account_terms.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/model/posting.hpp>
#include <wattpurse/model/reservation.hpp>

namespace wattpurse::ledger {

/// Why a transfer is not taken into the books. Nothing of it was posted.
enum class refusal : std::uint8_t {
    empty,                        ///< no key, no legs, or a leg without an account
    unbalanced,                   ///< the legs do not sum to zero
    currency_mismatch,            ///< a leg in another asset than its account's
    overflow,                     ///< a balance would leave the range of money
    limit_exceeded,               ///< a discretionary debit would pass the account's limit
    duplicate_key_other_content,  ///< the key is already staged with other content
    account_repeated,             ///< an account on two legs
    malformed,                    ///< not the legs that its kind, or `at_most`, asks for
    not_reserved,                 ///< settles or releases what is not, or no longer, reserved
    exceeds_original,             ///< reverses more than is left of what it links to
    account_closed,               ///< a discretionary movement of a closed account
};

/// Stable lower-case name, for messages and logs.
[[nodiscard]] std::string_view to_string(refusal why) noexcept;

/// Metered energy and its corrections, and money that has come in, are facts and always post.
/// Only these are at somebody's discretion, and only they can be refused for a limit or because
/// an account is closed.
[[nodiscard]] constexpr bool is_discretionary(posting_kind kind) noexcept
{
    return kind == posting_kind::refund || kind == posting_kind::transfer ||
           kind == posting_kind::reserve || kind == posting_kind::closing;
}

/// What one commit adds to the books: hand it to the store as it is.
struct staged_block {
    std::vector<account_head> expected_heads;  ///< of the accounts touched, before this block
    std::vector<posting> postings;
    std::vector<reservation> reservations;  ///< opened, settled or released
    block_seal seal;
};

/// The books of one shard as far as posting needs them: where every account stands, what is
/// reserved, and the transfers staged for the next commit. It computes and never commits.
///
///     stage ... stage -> seal -> (the store commits) -> accept, or discard
///
/// Two-sided bookkeeping (复式记账): the legs of a transfer sum to zero, checked exactly, asset by
/// asset. The journal knows the keys of the open block only; whether the store already holds a key
/// is asked of the store, see `same_content`.
class journal {
public:
    /// Accounts hold money of this currency, or kilowatt-hours.
    explicit journal(currency unit);
    journal(const journal&) = delete;
    journal& operator=(const journal&) = delete;
    journal(journal&&) = default;
    journal& operator=(journal&&) = default;
    ~journal() = default;

    /// Forgets everything and goes on from these heads, this seal and the open reservations, as
    /// loaded from a store. Limits are forgotten too, and come with `terms`, of which the last of
    /// each account holds. Error: `currency_mismatch`; the journal is then unchanged.
    [[nodiscard]] result<void> restore(std::span<const account_head> heads,
                                       const block_seal& last,
                                       std::span<const reservation> open = {},
                                       std::span<const account_terms> terms = {});

    /// How far below zero discretionary debits may take the account; `overdraft` is not negative.
    /// Takes effect from the next `stage`. Errors: `currency_mismatch`, `out_of_range`.
    ///
    /// An account without a limit is not limited: the house's own accounts are of this kind.
    [[nodiscard]] result<void> set_limit(const account_id& account, money overdraft);

    /// These terms hold from the next `stage` on. To outlast a restart they have to be in a batch.
    /// Error: `currency_mismatch`.
    [[nodiscard]] result<void> set_terms(const account_terms& terms);

    /// The lowest balance that discretionary debits may reach; none where there is no limit.
    [[nodiscard]] std::optional<money> floor(const account_id& account) const;
    [[nodiscard]] bool is_closed(const account_id& account) const;

    /// Posts the transfer to the open block. A key that is staged already, with the same content,
    /// changes nothing. Accounts not seen before begin at zero. All legs or none.
    /// A reversal needs to be told what is `left` of the transfer it links to (`what_is_left`).
    /// Precondition: not sealed.
    [[nodiscard]] result<void, refusal> stage(transfer work,
                                              std::span<const transfer_leg> left = {});

    /// All of them in this order, or none: a group that belongs together.
    [[nodiscard]] result<void, refusal> stage_all(std::span<const transfer> group);

    /// What a transfer of that key has reserved and nothing has settled or released.
    [[nodiscard]] std::optional<reservation> reserved(std::string_view key) const;
    /// Reservations that expire at `now` or before, the oldest first.
    [[nodiscard]] std::vector<reservation> expired(instant now) const;

    /// The balance, what is staged included; zero for an account not seen before.
    [[nodiscard]] money balance(const account_id& account) const;
    /// The head, what is staged included.
    [[nodiscard]] account_head head(const account_id& account) const;
    /// All heads, what is staged included, by account.
    [[nodiscard]] std::vector<account_head> heads() const;

    /// The postings of the open block; none once it is sealed, which hands them out.
    [[nodiscard]] std::span<const posting> staged() const noexcept { return postings_; }
    [[nodiscard]] bool empty() const noexcept { return postings_.empty() && !sealed_; }

    /// The seal of the last block that was accepted.
    [[nodiscard]] const block_seal& last_seal() const noexcept { return last_; }
    [[nodiscard]] currency unit() const noexcept { return unit_; }

    /// Closes the open block for committing, at `at` or, where the last block was sealed later,
    /// with it. Precondition: not empty, not sealed yet.
    [[nodiscard]] staged_block seal(instant at);

    /// The sealed block is durable: go on from it. Precondition: sealed.
    void accept();

    /// Drops what is staged, sealed or not: the heads are what they were.
    void discard();

    /// Whether `recorded` (the legs of one key, as a store holds them) is what `asked` asks for:
    /// same key, kind, subject, effective_at, link, expires_at and legs; with `at_most`, no more
    /// than asked. `recorded_at` and `explain` do not count: a repeat comes later and may be worded
    /// anew.
    [[nodiscard]] static bool same_content(const transfer& asked,
                                           std::span<const posting> recorded);

private:
    struct account_hash {
        /// Not noexcept: libstdc++ then keeps hashes beside accounts, and does not make them anew
        /// to compare.
        std::size_t operator()(const account_id& account) const
        {
            return std::hash<std::string_view>{}(account.view());
        }
    };
    struct state {
        account_head current;              ///< what is staged included
        std::optional<account_head> before;  ///< set once the open block touches the account
        std::optional<money> floor;
        bool is_closed = false;
    };
    struct no_hash {  ///< of what is one already
        std::size_t operator()(std::size_t hashed) const noexcept { return hashed; }
    };
    /// Where a leg's account stands, and will stand.
    struct step {
        state* known = nullptr;  ///< none: not seen before
        money after;
    };

    /// A state of the open block to go back to.
    struct mark {
        std::size_t postings = 0;
        std::size_t touched = 0;
        std::size_t changes = 0;
    };
    /// What a reservation was before the open block changed it: nothing, if it was not there.
    struct change {
        std::string key;
        std::optional<reservation> before;
    };

    [[nodiscard]] std::span<const posting> staged(std::string_view key) const;
    [[nodiscard]] std::optional<refusal> check_form(const transfer& work);
    [[nodiscard]] std::optional<refusal> check_link(const transfer& work,
                                                    std::span<const transfer_leg> left) const;
    [[nodiscard]] std::optional<refusal> check_reserved(const transfer& work) const;
    [[nodiscard]] std::vector<transfer_leg> most_of(const transfer& work) const;
    [[nodiscard]] std::optional<refusal> look_ahead(const transfer& work,
                                                    std::span<const transfer_leg> legs);
    void post(transfer& work, std::span<const transfer_leg> legs);
    void change_reservation(const transfer& work, std::span<const transfer_leg> legs);
    void put_reservation(const std::string& key, std::optional<reservation> now);
    void roll_back(const mark& to);
    [[nodiscard]] state& open(const account_id& account);
    [[nodiscard]] bool is_kept(currency asset) const noexcept;

    currency unit_;
    block_seal last_;
    std::unordered_map<account_id, state, account_hash> accounts_;
    std::vector<state*> touched_;  ///< in the order of first touch
    std::vector<posting> postings_;
    /// Where the first leg of each key stands in the open block, by the key's hash.
    std::unordered_multimap<std::size_t, std::size_t, no_hash> keys_;
    std::vector<step> steps_;  ///< of the legs of the transfer that is staged now
    std::map<std::string, reservation, std::less<>> reservations_;  ///< open ones
    std::vector<change> changes_;         ///< of the open block
    std::optional<block_seal> sealed_;
};

}  // namespace wattpurse::ledger
