// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <wattpurse/base/decimal.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/link/event.hpp>
#include <wattpurse/link/exchange.hpp>
#include <wattpurse/meter/dialect.hpp>
#include <wattpurse/meter/purse.hpp>
#include <wattpurse/meter/security_module.hpp>
#include <wattpurse/meter/session.hpp>
#include <wattpurse/meter/top_up_request.hpp>

namespace wattpurse::meter {

/// What has become of a purchase, as the meter was read.
enum class top_up_verdict : std::uint8_t {
    pending,          ///< not finished
    applied,          ///< the meter has it, once
    already_applied,  ///< it had it before anything was sent
    refused,          ///< it does not have it, and will not take it as it is
    unknown,          ///< nobody knows yet: ask again later with the same order, never another
    inconsistent,     ///< applied in part, or the count is another purchase's: for a person
};

/// Why.
enum class top_up_reason : std::uint8_t {
    none,
    // before anything was sent
    no_way,               ///< the dialect has no top-up
    order_not_possible,   ///< amount or count outside what a meter holds; count 0
    no_right,             ///< password, operator or security module missing, or it will not seal
    meter_silent,         ///< count or money could not be read
    no_purse,             ///< the meter refuses to tell count or money
    count_not_next,       ///< the order's count is not the meter's plus one
    no_session,           ///< the meter did not open an identity session
    // after
    refused_by_meter,     ///< see `error_word`
    unanswered,           ///< no answer, and nothing has changed
    acknowledged_unseen,  ///< it said yes, and nothing has changed
    unreadable,           ///< count or money could not be read afterwards
    ambiguous,            ///< without a count, and with use as large as the amount
    count_unseen,         ///< it calls the count a repetition, and shows the one before
    count_jumped,         ///< neither the count before nor the order's
    amount_differs,       ///< the purchase of this count is recorded with another amount
    money_differs,        ///< the count is right, the money is not, or it fell too far
    money_without_count,  ///< more money, and the count as before
};

/// Everything that is to be known for a statement, or for a person to decide. No secrets.
struct top_up_outcome {
    top_up_verdict verdict = top_up_verdict::pending;
    top_up_reason reason = top_up_reason::none;
    std::uint8_t sends = 0;     ///< times the order went to the line
    bool acknowledged = false;  ///< the meter said yes, the last time
    /// The meter's last refusal; bits of `security_error_bit` where it had two bytes, of
    /// `error_bit` or a vendor's code where it had one. Stays when the order turns out applied.
    std::optional<std::uint16_t> error_word;
    std::uint8_t error_size = 0;  ///< bytes it had
    purse before;  ///< as it was before the first attempt
    purse after;   ///< as it was read last
};

/// The purse as it was before an order was sent in an earlier run.
struct earlier_purse {
    decimal<2> balance;
    instant at;
};

/// How long one tries, and what counts as the same money.
struct top_up_limits {
    asking how{.prio = link::priority::payment};
    std::uint8_t sends_max = 2;     ///< without a count always 1
    std::uint8_t readings_max = 3;  ///< of the purse, after each attempt
    duration reading_pause{2000};   ///< between two of them: meters book late
    /// What the customer may use up between two readings: this much, and so much an hour.
    decimal<2> usage_max = decimal<2>::of(500);
    decimal<2> usage_hour_max = decimal<2>::of(5000);
};

/// One purchase brought to one meter, once (充值). Sans-IO, bounded: with any meter, dead, late
/// or lying, it finishes.
///
/// The purse is read first; nothing is sent unless the order's count is the next one. Whatever
/// then comes - yes, no, or nothing - the purse is read again, and only what was read decides.
/// Only where count and money show that nothing happened is the order sent again, with the same
/// count, which a meter takes no more than once. Where a dialect has no count, money decides,
/// and nothing is ever sent twice.
class top_up {
public:
    enum class state_type : std::uint8_t {
        reading_before,
        opening_session,
        sending,
        reading_after,
        finished,
    };

    top_up(const dialect& kind, const codec::dlt645::address& meter,
                     const top_up_order& order, const access& right,
                     const top_up_limits& limits = {}) noexcept;

    /// The order may have been sent before, by an earlier run, from this state of the purse: so
    /// it is never called refused for what stands in its way now. Without a count it is not sent,
    /// only looked for; with one it is not sent where money came without its count.
    void sent_before(const earlier_purse& earlier) noexcept;

    /// The next job for the line; none while one is out, or when finished. Give it an id.
    [[nodiscard]] std::optional<link::job> next() noexcept;
    /// Not to be handed over before: the meter is given time. `instant::min()`: at once.
    [[nodiscard]] instant not_before() const noexcept { return not_before_; }
    /// What came of the job that is out.
    void take(const link::event& what) noexcept;

    [[nodiscard]] state_type state() const noexcept { return state_; }
    [[nodiscard]] bool finished() const noexcept
    {
        return state_ == state_type::finished;
    }
    [[nodiscard]] const top_up_outcome& outcome() const noexcept { return outcome_; }

private:
    [[nodiscard]] bool counts() const noexcept { return kind_.purchase_count.exists(); }
    void finish(top_up_verdict verdict, top_up_reason reason) noexcept;
    void finish_unsent(top_up_reason reason) noexcept;
    void read_purse(state_type state) noexcept;
    bool read_again(instant now) noexcept;
    void send_again(instant now) noexcept;
    [[nodiscard]] std::optional<link::job> next_opening() noexcept;
    [[nodiscard]] std::optional<link::job> next_sending() noexcept;
    void take_session(const link::event& what) noexcept;
    void take_answer(const link::event& what) noexcept;
    void prepare_sending() noexcept;
    void judge_before() noexcept;
    void judge_repeated_count() noexcept;
    void judge_next_count() noexcept;
    [[nodiscard]] bool is_count_ahead(std::uint32_t found) const noexcept;
    void judge_earlier() noexcept;
    void judge_after() noexcept;
    void judge_raised() noexcept;
    void judge_unchanged(decimal<2> rise) noexcept;
    void judge_by_money() noexcept;
    [[nodiscard]] bool is_raised_by_amount(std::int64_t rise,
                                                     std::int64_t usage) const noexcept
    {
        return rise <= order_.amount.mantissa() && rise >= order_.amount.mantissa() - usage;
    }
    [[nodiscard]] std::int64_t usage_by_time(instant from) const noexcept;
    [[nodiscard]] std::int64_t usage_since(instant from) const noexcept
    {
        return limits_.usage_max.mantissa() + usage_by_time(from);
    }
    [[nodiscard]] bool says_repeated() const noexcept;

    dialect kind_;
    codec::dlt645::address meter_;
    top_up_order order_;
    access right_;
    top_up_limits limits_;
    std::optional<earlier_purse> earlier_{};

    state_type state_ = state_type::reading_before;
    bool waiting_ = false;
    purse_reader reader_{};
    std::uint8_t readings_ = 0;
    instant not_before_ = instant::min();
    bool refused_ = false;
    bool session_lost_ = false;
    bool reopened_ = false;
    decimal<2> baseline_{};
    instant baseline_at_{};
    top_up_outcome outcome_{};
};

/// Stable lower-case name.
[[nodiscard]] constexpr std::string_view to_string(top_up_verdict verdict) noexcept;
[[nodiscard]] constexpr std::string_view to_string(top_up_reason reason) noexcept;

}  // namespace wattpurse::meter

#include <wattpurse/meter/top_up_steps.hpp>
