// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <wattpurse/engine/acquire.hpp>
#include <wattpurse/engine/billing.hpp>
#include <wattpurse/engine/control.hpp>
#include <wattpurse/engine/site.hpp>
#include <wattpurse/ledger/journal.hpp>
#include <wattpurse/model/desk_message.hpp>
#include <wattpurse/port/store.hpp>

namespace wattpurse::engine {

/// One shard of accounts, from the bytes of its meters to their purses and back.
///
/// Sans-IO and deterministic: bytes and desk orders go in, `step` does whatever can be done now
/// and returns the next moment at which there is something to do, bytes and desk messages come
/// out. Nothing comes out before the batch that decided it is durable. After a restart, `start`
/// goes on from the store alone.
///
/// Rhythm: what comes in is staged in the store as soon as the lines are quiet, and booked at the
/// next booking tick in one canonical order; so neither the order of arrival nor a restart
/// between two ticks shows in the books.
///
/// While a batch is under way, meters are read on: rounds begin in their slots, answers are taken.
/// What comes in after a tick is booked with a later one, however late the tick's own batch can
/// be handed over, so a slow disk does not show in the balances either.
///
/// `now` is the house's clock, and may be put forward and back. No answer is waited for longer
/// because of it, no slot is read twice, and the books' own time does not go back.
class system {
public:
    /// What may have come in and not be durable yet. At this many no new round begins and no order
    /// is taken, until the disk has caught up: registers are cumulative, freezes are asked for by
    /// their midnight, and the desk keeps what is not accepted.
    static constexpr std::size_t not_durable_max = 8192;

    /// A round asks again those who did not answer, for the last time this long after it began,
    /// or earlier where the next round comes sooner.
    static constexpr duration last_pass = std::chrono::minutes{20};
    /// Readings lie loose for so long, where most of what comes late finds them; then their days
    /// are sealed (`day_archive.hpp`).
    static constexpr duration loose_for = std::chrono::days{40};

    system(site where, tariff::tariff price_list, credit::policy rules, port::store& books);
    system(const system&) = delete;
    system& operator=(const system&) = delete;

    /// Opens the books, or takes them up where they stand. Error: text for a person.
    [[nodiscard]] result<void, std::string> start(instant now);

    void receive(std::size_t bus, byte_span bytes, instant now);
    /// A payment, a fitter's order or a receipt. A repeat is recognised and accepted again. False:
    /// not taken, there are `not_durable_max` before it; it has to be said again.
    bool receive(arrival order);

    /// Does all that can be done at `now`. Returns the next moment to be called at; later input
    /// asks for an earlier call. Precondition: `start` succeeded and `failure` is empty.
    [[nodiscard]] instant step(instant now);

    /// Bytes to be sent on a line now; to be followed by `sent`.
    [[nodiscard]] byte_span output(std::size_t bus) const { return acquire_.output(bus); }
    void sent(std::size_t bus, std::size_t count) { acquire_.sent(bus, count); }
    /// The desk is connected anew: what it has not given a receipt for is said again. Orders it
    /// has not been told the acceptance of, it tells again.
    void desk_connected();
    /// Messages for the desk, oldest first.
    [[nodiscard]] std::vector<desk_message> take_messages();

    /// A batch is under way: its outcome is not known yet, and nothing that it decided has left.
    [[nodiscard]] bool is_committing() const noexcept { return under_way_ != unit::none; }
    /// How much has come in that no batch holds yet.
    [[nodiscard]] std::size_t not_durable() const noexcept
    {
        return fresh_.size() + after_tick_.size();
    }
    /// Why the engine has stopped for good; empty while it works. The store refused a batch:
    /// another writer was faster, or the medium failed.
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
    /// Every account has a closed bill for the period that ends at `end`.
    [[nodiscard]] bool closed_until(instant end) const { return billing_.closed_until(end); }
    /// A command is under way for the account, or a notice to it has no receipt yet.
    [[nodiscard]] bool has_open_work(const account_id& account) const;
    [[nodiscard]] const site& where() const noexcept { return site_; }
    [[nodiscard]] money balance(const account_id& account) const;
    [[nodiscard]] const credit_state& credit(const account_id& account) const;
    [[nodiscard]] std::optional<instant> newest_reading(const account_id& account) const;

private:
    enum class unit : std::uint8_t { none, staging, booking, sending, sealing };

    // check.cpp: what it is given must fit together
    [[nodiscard]] result<void, std::string> check_given() const;
    [[nodiscard]] result<void, std::string> check_stored(const port::snapshot& state) const;
    // system.cpp: life, input, output
    [[nodiscard]] result<void, std::string> open_books(instant now);
    void resume(const port::snapshot& state, instant now);
    bool begin_work(instant now);
    void acquire_meanwhile(instant now);
    void take_arrivals(instant now);
    void schedule_booking(instant now);
    void follow_back(instant now);
    void submit(unit kind, port::batch batch);
    void finish_work(const port::commit_outcome& outcome, instant now);
    void stage();
    bool seal_days(instant now);
    void accept(arrival_kind kind, const std::string& key);
    void put(arrival in);
    [[nodiscard]] bool is_waiting(const arrival& what) const;
    /// Of what has come in and is not booked, one that `matches`.
    template <class Match>
    [[nodiscard]] bool any_unbooked(Match matches) const;
    // rounds.cpp: whom to ask when
    void run_rounds(instant now);
    void ask_missing(instant round);
    void ask_freezes(const service& of, std::size_t bus, instant round);
    [[nodiscard]] bool has(const service& of, instant at, reading_source source) const;
    [[nodiscard]] instant round_base(instant at) const;
    [[nodiscard]] instant next_round(instant after) const;
    [[nodiscard]] duration last_pass_of_round() const;
    [[nodiscard]] std::size_t bus_index(const bus_id& bus) const;
    [[nodiscard]] const service* serving(const account_id& account) const;
    void ask_status(const account_id& account, instant at);
    // booking.cpp: one tick
    void book(instant tick);
    void book_arrival(const arrival& what, instant tick, port::batch& into);
    void book_exchange(const arrival& what, instant tick, port::batch& into);
    void book_payment(const arrival& what, instant tick, port::batch& into);
    [[nodiscard]] static bool is_ahead(const arrival& what, instant tick) noexcept;
    void book_reading(const arrival& what, instant tick);
    void book_silence(const arrival& what, port::batch& into);
    void send_commands(instant now);
    void stop(std::string why);

    site site_;
    port::store& store_;
    acquire acquire_;
    billing billing_;
    control control_;
    ledger::journal journal_;
    std::vector<service> services_;
    std::set<account_id> customers_;

    std::uint64_t epoch_ = 0;
    port::progress progress_;
    instant last_step_ = instant::min();
    std::vector<arrival> fresh_;    ///< arrived, not yet durable
    std::optional<instant> stage_by_;  ///< even if the lines are still busy
    /// Arrived while a booking was due that a batch under way held up: not of its tick.
    std::vector<arrival> after_tick_;
    bool is_tick_over_ = false;     ///< as long as that is so
    std::vector<arrival> staged_;   ///< durable, not yet booked
    std::optional<instant> book_at_;
    instant round_at_;              ///< next reading round
    instant broadcast_at_;          ///< next setting of clocks
    instant seal_at_;               ///< next sealing of old readings
    std::string archive_fault_;     ///< the first day that did not seal last night, and why
    std::vector<command> sending_;
    std::vector<notice> issuing_;
    std::vector<std::pair<arrival_kind, std::string>> accepting_;  ///< durable with this batch
    unit under_way_ = unit::none;
    std::deque<desk_message> messages_;
    std::string failure_;
};

template <class Match>
bool system::any_unbooked(Match matches) const
{
    return std::any_of(fresh_.begin(), fresh_.end(), matches) ||
           std::any_of(after_tick_.begin(), after_tick_.end(), matches) ||
           std::any_of(staged_.begin(), staged_.end(), matches);
}

}  // namespace wattpurse::engine
