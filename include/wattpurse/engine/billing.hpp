// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <wattpurse/engine/site.hpp>
#include <wattpurse/ledger/journal.hpp>
#include <wattpurse/model/bill.hpp>
#include <wattpurse/model/event.hpp>
#include <wattpurse/model/reading.hpp>
#include <wattpurse/port/store.hpp>
#include <wattpurse/tariff/rate.hpp>
#include <wattpurse/tariff/tariff.hpp>
#include <wattpurse/usage/series.hpp>

namespace wattpurse::engine {

/// Turns readings into postings: usage, rating, and the difference to what is booked.
///
/// A period is always rated as a whole on its cumulative usage; what is posted is that charge
/// less what is already posted, line by line. The key of a deduction is (account, period, line,
/// revision of what was booked): a repeat finds nothing to post, a correction is a new revision.
/// A bill that is closed does not change: what it should have said is posted in the period that
/// is open, as `2026-02/2026-01/energy`, and is part of that period's bill.
class billing {
public:
    billing(const site& where, tariff::tariff price_list);

    /// Takes up the open periods from the store. Error: text for a person.
    [[nodiscard]] result<void, std::string> load(port::store& from, const port::snapshot& state,
                                                 instant now);

    [[nodiscard]] const tariff::tariff& price_list() const noexcept { return tariff_; }

    /// Begins an account at its first reading.
    void open(const account_id& account, instant from);

    /// Takes a reading into its period (or both periods, at a boundary).
    /// False where it is a repeat of one that is known.
    bool insert(const reading& what);

    /// Rates what changed and stages the postings, closes what can be closed, and adds readings,
    /// events and bills to the batch. `tick` is the moment of booking.
    [[nodiscard]] result<void, std::string> book(instant tick, ledger::journal& books,
                                                 port::batch& into);

    /// Readings before this moment are of months that rest: nothing is charged for them any more.
    [[nodiscard]] instant oldest_open(instant now) const;
    /// A reading of this identity is known already.
    [[nodiscard]] bool knows(const account_id& account, const meter_id& meter, instant at,
                             reading_source source) const;
    /// The newest reading that counts; nothing before the first.
    [[nodiscard]] std::optional<instant> newest(const account_id& account) const;
    /// Every account has a closed bill for the period that ends at `end`.
    [[nodiscard]] bool closed_until(instant end) const;

private:
    struct line_state {
        money booked;                 ///< sum of customer's postings, negated: charged so far
        std::uint64_t revisions = 0;
    };
    struct period_book {
        period_id period;
        instant from;
        instant until;
        usage::series series;
        std::map<std::string, line_state> lines;
        std::optional<wattpurse::bill> bill;
        bool touched = false;
    };
    using account_periods = std::map<instant, period_book>;  ///< by end of period

    void look_for_boundaries(const reading& what);
    period_book& period_at(const account_id& account, instant at);
    [[nodiscard]] instant end_of_period(instant at) const;
    [[nodiscard]] period_book make_period(const account_id& account, instant at) const;
    /// Where a posting for a period goes: into its own book, or, once its bill is closed, into
    /// the open one under the name of the closed.
    struct target {
        period_book* book;
        std::string prefix;
    };
    [[nodiscard]] target target_of(const account_id& account, period_book& book, instant tick);
    [[nodiscard]] tariff::consumption consumption_in(const account_id& account,
                                                     const period_book& book,
                                                     const tariff_energy& used) const;
    void take_up_corrections(const account_id& account);
    [[nodiscard]] result<void, std::string> post_line(const account_id& account,
                                                      period_book& book, const tariff::line& line,
                                                      instant seen, instant tick,
                                                      ledger::journal& books);
    [[nodiscard]] result<void, std::string> post_differences(const account_id& account,
                                                             period_book& book, instant tick,
                                                             ledger::journal& books);
    [[nodiscard]] result<void, std::string> close(const account_id& account, period_book& book,
                                                  instant tick, ledger::journal& books,
                                                  port::batch& into);
    [[nodiscard]] money charged(const period_book& book) const;
    [[nodiscard]] usage::limits limits() const;

    const site& site_;
    tariff::tariff tariff_;
    std::map<account_id, instant> begun_;  ///< first moment of each account
    std::map<account_id, account_periods> accounts_;
    bool looks_back_ = false;               ///< the tariff counts over more than a period
    bool divides_ = false;                  ///< and prices may change within one
    std::vector<reading> conflicts_;  ///< since the last booking
    std::vector<reading> too_old_;    ///< since the last booking
    std::vector<event> missing_;      ///< boundaries found missing since the last booking
    std::set<std::tuple<account_id, meter_id, instant, reading_source>> known_;
};

}  // namespace wattpurse::engine
