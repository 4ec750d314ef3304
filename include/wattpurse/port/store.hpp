// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/model/account_terms.hpp>
#include <wattpurse/model/arrival.hpp>
#include <wattpurse/model/bill.hpp>
#include <wattpurse/model/block_seal.hpp>
#include <wattpurse/model/command.hpp>
#include <wattpurse/model/credit_state.hpp>
#include <wattpurse/model/event.hpp>
#include <wattpurse/model/names.hpp>
#include <wattpurse/model/notice.hpp>
#include <wattpurse/model/posting.hpp>
#include <wattpurse/model/reading.hpp>
#include <wattpurse/model/reservation.hpp>
#include <wattpurse/model/sealed_day.hpp>
#include <wattpurse/model/service.hpp>

namespace wattpurse::port {

/// Where the engine stands in its own work.
struct progress {
    instant booked_until;            ///< the last booking moment that is committed
    std::uint64_t last_arrival = 0;  ///< highest arrival id ever given
};

/// A day's loose readings made into a revision: appended as 1 of (account, from, meter) or the one
/// that follows, and the loose readings of that account, meter and day are taken away.
struct day_sealing {
    sealed_day day;
    std::size_t loose = 0;  ///< how many it takes; where it would take another number, something
                            ///< has come in meanwhile, and it is a conflict
};

/// One unit of durable change. All of it happens, or nothing.
///
/// Nothing that a batch decides (a command, a notice) may leave the house before it is committed.
struct batch {
    std::uint64_t fence_epoch = 0;            ///< as given by `store::fence`
    std::vector<account_head> expected_heads; ///< heads the postings were computed upon
    /// Appended; key and account_seq must be new. The legs of a transfer stand side by side.
    std::vector<posting> postings;
    std::vector<reservation> reservations;    ///< upsert by key
    std::vector<account_terms> terms;         ///< upsert by (account, from)
    std::optional<block_seal> seal;           ///< set exactly when there are postings
    std::vector<reading> readings;            ///< upsert by (meter, effective_at, source)
    std::vector<day_sealing> sealed_days;     ///< after the batch's readings
    std::vector<service> services;            ///< upsert by (account, meter, from)
    std::vector<credit_state> credit_states;  ///< upsert by account
    std::vector<command> commands;            ///< upsert by key
    std::vector<notice> notices;              ///< upsert by key
    std::vector<event> events;                ///< a set: one that is there already is not
                                              ///< written again
    std::vector<bill> bills;                  ///< appended; (account, period) must be new
    std::vector<arrival> arrivals;            ///< staged, to be booked by a later batch
    std::vector<std::uint64_t> booked_arrivals;  ///< ids of staged arrivals that this batch books
    std::optional<port::progress> progress;

    [[nodiscard]] bool empty() const noexcept
    {
        return postings.empty() && reservations.empty() && terms.empty() && readings.empty() &&
               sealed_days.empty() && services.empty() && credit_states.empty() &&
               commands.empty() && notices.empty() && events.empty() && bills.empty() &&
               arrivals.empty() && booked_arrivals.empty() && !progress;
    }
};

enum class commit_status : std::uint8_t {
    committed,  ///< durable
    conflict,   ///< a head, a key or the epoch is not as expected: another writer was faster
    failed,     ///< the medium failed; the store accepts nothing more until it is reopened
};

struct commit_outcome {
    commit_status status = commit_status::committed;
    std::string detail;  ///< for a person: what did not match, or what the medium said
};

/// Sum and count of what was booked for one line of one account's period.
struct booked_line {
    account_id account;
    std::string subject;         ///< "2026-01/energy.peak"
    money amount;                ///< sum of the customer's postings (negative where charged)
    std::uint64_t revisions = 0; ///< number of those postings
};

/// All that an engine needs to go on after a restart.
struct snapshot {
    std::optional<port::progress> progress;  ///< not set in a new store
    std::vector<account_head> heads;
    block_seal last_seal;
    std::vector<reservation> reservations;   ///< open ones, by key
    std::vector<account_terms> terms;        ///< all there were, by account and time
    std::vector<service> services;
    std::vector<credit_state> credit_states;
    std::vector<command> open_commands;      ///< those with `is_open(state)`
    std::vector<notice> undelivered_notices;
    std::vector<arrival> arrivals;           ///< staged and not yet booked, by id
    std::vector<bill> bills;
};

/// Where the books are kept. One writer at a time; `fence` gives it an epoch, and a batch with
/// an older epoch is a conflict.
///
/// Batch-first and asynchronous: `submit` takes a batch (one at a time), `poll` tells its outcome
/// once it is known. An implementation may do the work inside `submit`.
class store {
public:
    virtual ~store() = default;

    /// Begins a writer's term: raises and returns the fence epoch. Error: text for a person.
    [[nodiscard]] virtual result<std::uint64_t, std::string> fence() = 0;

    /// Hands over a batch. Precondition: the outcome of the one before has been polled.
    virtual void submit(const batch& work) = 0;

    /// The outcome of the submitted batch, once; nothing while it is under way or none was given.
    [[nodiscard]] virtual std::optional<commit_outcome> poll() = 0;

    /// What an engine needs to go on.
    [[nodiscard]] virtual result<snapshot, std::string> load() = 0;

    /// The postings of a transfer, by leg; empty where the key is not known.
    [[nodiscard]] virtual result<std::vector<posting>, std::string> find_transfer(
        std::string_view key) = 0;

    /// The postings of transfers that link to `key`, in the order they were appended.
    [[nodiscard]] virtual result<std::vector<posting>, std::string> linked(
        std::string_view key) = 0;

    /// An account's postings with `account_seq` > `after`, in order, at most `limit`.
    [[nodiscard]] virtual result<std::vector<posting>, std::string> postings(
        const account_id& account, std::uint64_t after, std::size_t limit) = 0;

    /// Postings of blocks > `after_block` in the order they were appended, whole blocks, of at
    /// most `block_limit` blocks; with `seals` the matching seals.
    [[nodiscard]] virtual result<std::vector<posting>, std::string> blocks(
        std::uint64_t after_block, std::size_t block_limit, std::vector<block_seal>& seals) = 0;

    /// Booked lines whose subject begins with `subject_prefix`, charges and adjustments only,
    /// customers' legs (leg 0) only, by (account, subject). Blocks before the last one in front of
    /// all that were sealed at `since` or later need not be looked at: nothing is booked for a time
    /// to come.
    [[nodiscard]] virtual result<std::vector<booked_line>, std::string> booked(
        std::string_view subject_prefix, instant since) = 0;

    /// Loose readings of an account, those that are not in a sealed day, with
    /// from <= effective_at <= until, by (effective_at, source). All there are: the engine's
    /// `readings_of`.
    [[nodiscard]] virtual result<std::vector<reading>, std::string> readings(
        const account_id& account, instant from, instant until) = 0;

    /// Loose readings of all accounts before `until`, by (account, meter, effective_at, source), at
    /// most `limit`: what can be sealed.
    [[nodiscard]] virtual result<std::vector<reading>, std::string> loose_readings(
        instant until, std::size_t limit) = 0;

    /// The newest revision of each sealed day of an account that has a moment with
    /// from <= moment <= until, by (from, meter).
    [[nodiscard]] virtual result<std::vector<sealed_day>, std::string> sealed_days(
        const account_id& account, instant from, instant until) = 0;

    /// All commands and notices of the house, by time and key; for reports.
    [[nodiscard]] virtual result<std::vector<command>, std::string> commands() = 0;
    [[nodiscard]] virtual result<std::vector<notice>, std::string> notices() = 0;
    [[nodiscard]] virtual result<std::vector<event>, std::string> events() = 0;
};

}  // namespace wattpurse::port
