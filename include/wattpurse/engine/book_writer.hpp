// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
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
#include <wattpurse/ledger/journal.hpp>
#include <wattpurse/model/posting.hpp>
#include <wattpurse/port/store.hpp>

namespace wattpurse::engine {

/// How a `book_writer` gathers.
struct writer_settings {
    duration linger{2};               ///< a transfer waits no longer than this for company
    std::size_t batch_max = 1'000;    ///< postings of one batch; a larger group is one of its own
    std::size_t open_max = 16'000;    ///< postings taken and not yet answered for; beyond: `busy`
};

/// Why a transfer was not even queued. Nothing of it is kept.
enum class not_taken : std::uint8_t {
    busy,       ///< `open_max` postings are under way: later
    too_large,  ///< a group of more than `open_max` postings will never fit
    stopped,    ///< not started, or a batch has failed: after a `start`
};

/// What became of what was posted under a ticket.
struct answer {
    enum class kind : std::uint8_t {
        committed,  ///< durable, with these postings
        refused,    ///< nothing of it was posted, for the reason of `why`
        /// Its batch failed, or was never handed over: whole in the books or not at all, which of
        /// both is not known. To be posted again, with the same key, after a `start`.
        failed,
    };
    std::uint64_t ticket = 0;
    kind what = kind::committed;
    bool is_repeat = false;         ///< committed: it was there already, and was not posted again
    std::vector<posting> postings;  ///< committed: transfer by transfer, with the balances after
    std::optional<ledger::refusal> why;
    std::string detail;             ///< failed: text for a person
};

/// Many callers, one durable commit (group commit): transfers that are posted while the batch
/// before is under way, or within `linger`, become one batch and wait for one flush of the disk.
///
/// Sans-IO, for one thread at a time, and the only writer of its store:
///
///     writer.start();
///     auto mine = writer.post(transfer, now);       // a ticket, or why not
///     writer.advance(now);                          // after posts, and at `next_deadline`
///     for (auto& each : writer.take_answers()) ...  // ticket by ticket
///
/// Tickets are taken up in the order they were given. A key that is in the books or in the batch,
/// with the same content, is not posted again and answered with the postings it has; with other
/// content it is refused. A key whose first transfer was refused is free for another. A store that
/// commits inside `submit` holds up its caller; over `adapter::thread::background_store` it
/// does not, and transfers gather while the disk works.
///
/// It stands in this folder because it needs the journal and the store, and no lower one may.
class book_writer {
public:
    book_writer(currency unit, port::store& books, writer_settings how = {});
    book_writer(const book_writer&) = delete;
    book_writer& operator=(const book_writer&) = delete;

    /// Begins a term of writing and takes up the books where they stand; also after a failure.
    /// Precondition: no batch is under way. Error: text for a person.
    [[nodiscard]] result<void, std::string> start();

    /// Queues a transfer. A reversal may take back what is left of what it links to, what is in
    /// the batch before it included.
    [[nodiscard]] result<std::uint64_t, not_taken> post(transfer work, instant now);
    /// All of them or none. Of keys that are known, all must be, or it is another group; reversals
    /// are posted alone. Precondition: not empty.
    [[nodiscard]] result<std::uint64_t, not_taken> post_all(std::vector<transfer> group,
                                                            instant now);

    /// Asks for the outcome of the batch under way, and hands over the next when it is time.
    void advance(instant now);
    /// When `advance` is to be called next, in the past: at once; `instant::max()`: after a post.
    [[nodiscard]] instant next_deadline() const;
    /// In the order they were found; each ticket is answered once.
    [[nodiscard]] std::vector<answer> take_answers();

    /// A batch is with the store.
    [[nodiscard]] bool is_committing() const noexcept { return is_committing_; }
    /// Postings taken whose answers have not been fetched.
    [[nodiscard]] std::size_t open() const noexcept { return open_; }
    /// Why it has stopped; empty while it works.
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

private:
    struct entry {
        std::uint64_t ticket = 0;
        std::vector<transfer> group;
        std::size_t legs = 0;
        instant since;
    };
    /// In the batch: answered when its outcome is known.
    struct waiting {
        std::uint64_t ticket = 0;
        std::vector<std::string> keys;
        std::size_t legs = 0;
        bool is_repeat = false;
    };
    struct slice {
        std::size_t first = 0;
        std::size_t count = 0;
    };
    struct known_transfers {
        std::size_t count = 0;
        std::size_t in_batch = 0;
        std::vector<posting> postings;
    };

    [[nodiscard]] bool is_due(instant now) const;
    void form_batch(instant now);
    void take_up(entry what);
    [[nodiscard]] result<known_transfers, ledger::refusal> look_up(
        std::span<const transfer> group);
    [[nodiscard]] result<void, ledger::refusal> stage(std::span<const transfer> group);
    [[nodiscard]] std::vector<transfer_leg> left_for(const transfer& reversal);
    [[nodiscard]] std::span<const posting> in_batch(std::string_view key) const;
    void remember_keys(std::size_t from);
    void finish(const port::commit_outcome& outcome);
    void stop(std::string why);
    void tell(answer what, std::size_t legs);

    port::store& store_;
    writer_settings how_;
    ledger::journal journal_;
    std::uint64_t epoch_ = 0;
    std::uint64_t last_ticket_ = 0;
    std::deque<entry> queue_;
    std::size_t queued_ = 0;  ///< postings in it
    std::vector<waiting> waiting_;
    std::vector<posting> committing_;  ///< those of the batch that is under way
    std::unordered_map<std::string, slice> batch_keys_;  ///< into them, or what is staged
    std::vector<answer> answers_;
    std::size_t answered_ = 0;  ///< postings of `answers_`
    std::size_t open_ = 0;
    bool is_committing_ = false;
    instant asked_at_;
    std::string failure_ = "not started";
};

}  // namespace wattpurse::engine
