// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wattpurse/meter/top_up.hpp>

namespace wattpurse::meter {

inline top_up::top_up(const dialect& kind, const codec::dlt645::address& meter,
                         const top_up_order& order, const access& right,
                         const top_up_limits& limits) noexcept
    : kind_{kind}, meter_{meter}, order_{order}, right_{right}, limits_{limits}
{
    const bool needs_module = kind_.way == top_up_way::sealed_30;
    const bool needs_password = kind_.way == top_up_way::write_identifier;
    constexpr std::uint32_t bcd_count_max = 99'999'999;
    if (kind_.way == top_up_way::none || !kind_.money.exists()) {
        finish_unsent(top_up_reason::no_way);
    } else if (!detail::holds(order_) || (counts() && order_.purchase_count == 0) ||
               (needs_password && order_.purchase_count > bcd_count_max)) {
        finish_unsent(top_up_reason::order_not_possible);
    } else if ((needs_module && right_.sealing == nullptr) || (needs_password && !right_.plain)) {
        finish_unsent(top_up_reason::no_right);
    } else {
        read_purse(state_type::reading_before);
    }
}

inline void top_up::finish(top_up_verdict verdict, top_up_reason reason) noexcept
{
    outcome_.verdict = verdict;
    outcome_.reason = reason;
    state_ = state_type::finished;
    if (right_.plain) {
        *right_.plain = credentials{0, {}, {}};  // overwritten: it is of no use any more
    }
    right_ = access{};
}

/// Nothing more is sent. Before the first attempt that settles it; afterwards the meter was last
/// read without the purchase, but may have it in its ear. A meter that says nothing settles
/// nothing: an earlier run may have sent the order before it ended.
inline void top_up::finish_unsent(top_up_reason reason) noexcept
{
    const bool settled = outcome_.sends == 0 && !earlier_ && reason != top_up_reason::meter_silent;
    finish(settled ? top_up_verdict::refused : top_up_verdict::unknown, reason);
}

inline void top_up::sent_before(const earlier_purse& earlier) noexcept
{
    earlier_ = earlier;
    if (finished() && outcome_.verdict == top_up_verdict::refused) {
        outcome_.verdict = top_up_verdict::unknown;  // what is impossible now was sent then
    }
}

inline void top_up::read_purse(state_type state) noexcept
{
    state_ = state;
    std::optional<std::uint32_t> wanted;
    if (counts()) {
        wanted = shown_count(kind_, order_.purchase_count);
    }
    reader_ = purse_reader{kind_, meter_, wanted, limits_.how};
}

/// One more look, later; false when there were enough.
inline bool top_up::read_again(instant now) noexcept
{
    if (readings_ >= limits_.readings_max) {
        return false;
    }
    not_before_ = now + limits_.reading_pause;
    read_purse(state_type::reading_after);
    return true;
}

inline void top_up::send_again(instant now) noexcept
{
    not_before_ = now + limits_.reading_pause;
    prepare_sending();
}

inline std::optional<link::job> top_up::next() noexcept
{
    if (waiting_) {
        return std::nullopt;
    }
    std::optional<link::job> out;
    switch (state_) {
        case state_type::reading_before:
        case state_type::reading_after: out = reader_.next(); break;
        case state_type::opening_session: out = next_opening(); break;
        case state_type::sending: out = next_sending(); break;
        case state_type::finished: break;
    }
    waiting_ = out.has_value();
    return out;
}

inline std::optional<link::job> top_up::next_opening() noexcept
{
    const auto request = session_opening(meter_, right_);
    if (!request) {
        finish_unsent(top_up_reason::no_right);
        return std::nullopt;
    }
    return change(*request, limits_.how);
}

inline std::optional<link::job> top_up::next_sending() noexcept
{
    const auto request = top_up_request(kind_, meter_, order_, right_);
    if (!request) {
        finish_unsent(top_up_reason::no_right);
        return std::nullopt;
    }
    ++outcome_.sends;
    return change(*request, limits_.how);
}

inline void top_up::take(const link::event& what) noexcept
{
    if (!waiting_ || !is_outcome(what)) {
        return;
    }
    waiting_ = false;
    not_before_ = instant::min();
    switch (state_) {
        case state_type::reading_before:
            reader_.take(what);
            return reader_.finished() ? judge_before() : void();
        case state_type::reading_after:
            reader_.take(what);
            return reader_.finished() ? judge_after() : void();
        case state_type::opening_session: return take_session(what);
        case state_type::sending: return take_answer(what);
        case state_type::finished: break;
    }
}

inline void top_up::prepare_sending() noexcept
{
    const bool sealed = kind_.way == top_up_way::sealed_30;
    state_ = sealed && !right_.sealing->has_session(meter_) ? state_type::opening_session
                                                            : state_type::sending;
}

inline void top_up::take_session(const link::event& what) noexcept
{
    if (accept_session(meter_, right_, what)) {
        state_ = state_type::sending;
        return;
    }
    if (what.kind == link::event::kind_type::refused) {
        outcome_.error_word = what.error_word;
        outcome_.error_size = what.frame.length;
    }
    finish_unsent(top_up_reason::no_session);
}

inline void top_up::take_answer(const link::event& what) noexcept
{
    outcome_.acknowledged = what.kind == link::event::kind_type::answered;
    refused_ = what.kind == link::event::kind_type::refused;
    session_lost_ = kind_.way == top_up_way::sealed_30 && lacks_session(what);
    if (refused_) {
        outcome_.error_word = what.error_word;
        outcome_.error_size = what.frame.length;
    }
    readings_ = 0;
    read_purse(state_type::reading_after);
}

inline void top_up::judge_before() noexcept
{
    const purse& found = reader_.found();
    outcome_.before = outcome_.after = found;
    const auto balance = found.balance();
    const std::uint32_t wanted = shown_count(kind_, order_.purchase_count);
    if (counts() && found.purchase_count && *found.purchase_count == wanted) {
        return judge_repeated_count();  // whether its money can be read or not
    }
    if ((counts() && !found.purchase_count) || !balance) {
        const errc why = counts() && !found.purchase_count ? found.purchase_count.error()
                                                           : balance.error();
        return finish_unsent(why == errc::not_found ? top_up_reason::no_purse
                                                    : top_up_reason::meter_silent);
    }
    baseline_ = *balance;
    baseline_at_ = found.at;
    if (!counts()) {
        return earlier_ ? judge_earlier() : prepare_sending();
    }
    if (shown_count(kind_, *found.purchase_count + 1) == wanted) {
        return judge_next_count();
    }
    // A meter that is ahead has had a purchase of this count, and nobody knows any more which.
    if (is_count_ahead(*found.purchase_count)) {
        return finish(top_up_verdict::inconsistent, top_up_reason::count_not_next);
    }
    finish_unsent(top_up_reason::count_not_next);
}

/// The order is the next one. Where an earlier run sent it already, its money must not be there.
inline void top_up::judge_next_count() noexcept
{
    if (earlier_ && baseline_ > earlier_->balance) {
        return finish(top_up_verdict::inconsistent, top_up_reason::money_without_count);
    }
    prepare_sending();
}

/// Counts of so many digits go round: ahead is what is less than half a turn away.
inline bool top_up::is_count_ahead(std::uint32_t found) const noexcept
{
    const std::uint64_t turn = count_capacity(kind_);
    const std::uint64_t wanted = shown_count(kind_, order_.purchase_count);
    return (found + turn - wanted) % turn < turn / 2;
}

/// The meter has had a purchase of this count. Whether it was this one its record tells.
inline void top_up::judge_repeated_count() noexcept
{
    const auto& recorded = reader_.found().recorded_amount;
    if (!recorded && recorded.error() != errc::not_found) {
        return finish(top_up_verdict::unknown, top_up_reason::unreadable);
    }
    if (recorded && *recorded != order_.amount) {
        return finish(top_up_verdict::inconsistent, top_up_reason::amount_differs);
    }
    finish(top_up_verdict::already_applied, top_up_reason::none);
}

inline void top_up::judge_earlier() noexcept
{
    const std::int64_t rise = baseline_.mantissa() - earlier_->balance.mantissa();
    const std::int64_t usage = usage_since(earlier_->at);
    const bool raised = is_raised_by_amount(rise, usage);
    const bool flat = rise <= 0 && rise >= -usage;
    if (raised == flat) {
        return finish(raised ? top_up_verdict::unknown : top_up_verdict::inconsistent,
                      raised ? top_up_reason::ambiguous : top_up_reason::money_differs);
    }
    finish(raised ? top_up_verdict::already_applied : top_up_verdict::unknown,
           raised ? top_up_reason::none : top_up_reason::unanswered);
}

inline void top_up::judge_after() noexcept
{
    ++readings_;
    const purse& found = reader_.found();
    outcome_.after = found;
    if (!counts()) {
        return judge_by_money();
    }
    if (!found.purchase_count) {
        return read_again(found.at) ? void()
                                    : finish(top_up_verdict::unknown, top_up_reason::unreadable);
    }
    const std::uint32_t wanted = shown_count(kind_, order_.purchase_count);
    if (*found.purchase_count == wanted) {
        return judge_raised();
    }
    if (*found.purchase_count != *outcome_.before.purchase_count) {
        return finish(top_up_verdict::inconsistent, top_up_reason::count_jumped);
    }
    const auto balance = found.balance();
    if (!balance) {
        return read_again(found.at) ? void()
                                    : finish(top_up_verdict::unknown, top_up_reason::unreadable);
    }
    judge_unchanged(decimal<2>::of(balance->mantissa() - baseline_.mantissa()));
}

/// The count is the order's: amount and money have to agree.
inline void top_up::judge_raised() noexcept
{
    const purse& found = reader_.found();
    if (found.recorded_amount && *found.recorded_amount != order_.amount) {
        return finish(top_up_verdict::inconsistent, top_up_reason::amount_differs);
    }
    const auto balance = found.balance();
    if (!balance) {
        if (read_again(found.at)) {
            return;
        }
        return found.recorded_amount ? finish(top_up_verdict::applied, top_up_reason::none)
                                     : finish(top_up_verdict::unknown, top_up_reason::unreadable);
    }
    const std::int64_t rise = balance->mantissa() - baseline_.mantissa();
    // Money that did not rise at all is believed only where time enough has passed to use it up.
    const bool visible = rise > 0 || usage_by_time(baseline_at_) >= order_.amount.mantissa();
    if (visible && is_raised_by_amount(rise, usage_since(baseline_at_))) {
        return finish(top_up_verdict::applied, top_up_reason::none);
    }
    // A meter may show the count before it has booked the money.
    if (!read_again(found.at)) {
        finish(top_up_verdict::inconsistent, top_up_reason::money_differs);
    }
}

/// The count is as it was.
inline void top_up::judge_unchanged(decimal<2> rise) noexcept
{
    const instant now = reader_.found().at;
    if (rise.mantissa() > 0) {
        return read_again(now) ? void() : finish(top_up_verdict::inconsistent,
                                                 top_up_reason::money_without_count);
    }
    if (rise.mantissa() < -usage_since(baseline_at_)) {
        return finish(top_up_verdict::inconsistent, top_up_reason::money_differs);
    }
    if (outcome_.acknowledged) {
        return read_again(now) ? void() : finish(top_up_verdict::unknown,
                                                 top_up_reason::acknowledged_unseen);
    }
    if (session_lost_ && !reopened_) {
        reopened_ = true;
        right_.sealing->drop_session(meter_);
        return send_again(now);
    }
    if (refused_ && says_repeated()) {
        return read_again(now) ? void() : finish(top_up_verdict::inconsistent,
                                                 top_up_reason::count_unseen);
    }
    if (refused_) {
        // What it refuses may be the repetition of an order that it heard before, and books late.
        return outcome_.sends > 1 && read_again(now)
                   ? void()
                   : finish(top_up_verdict::refused, top_up_reason::refused_by_meter);
    }
    if (outcome_.sends < limits_.sends_max) {
        return send_again(now);
    }
    finish(top_up_verdict::unknown, top_up_reason::unanswered);
}

/// Without a count, money is all there is, and nothing is sent again.
inline void top_up::judge_by_money() noexcept
{
    const purse& found = reader_.found();
    const auto balance = found.balance();
    if (!balance) {
        return read_again(found.at) ? void()
                                    : finish(top_up_verdict::unknown, top_up_reason::unreadable);
    }
    const std::int64_t rise = balance->mantissa() - baseline_.mantissa();
    const std::int64_t usage = usage_since(baseline_at_);
    const bool raised = is_raised_by_amount(rise, usage);
    const bool flat = rise <= 0 && rise >= -usage;
    // As where there is a count: what did not rise at all had to have time to be used up.
    const bool used_up = usage_by_time(baseline_at_) >= order_.amount.mantissa();
    if (raised && (!flat || (outcome_.acknowledged && used_up))) {
        return finish(top_up_verdict::applied, top_up_reason::none);
    }
    // A plain no with money as it was is believed; all else is looked at again.
    if (flat && !raised && refused_) {
        return finish(top_up_verdict::refused, top_up_reason::refused_by_meter);
    }
    if (read_again(found.at)) {
        return;
    }
    if (raised) {
        return finish(top_up_verdict::unknown, top_up_reason::ambiguous);
    }
    if (!flat) {
        return finish(top_up_verdict::inconsistent, top_up_reason::money_differs);
    }
    finish(top_up_verdict::unknown, outcome_.acknowledged ? top_up_reason::acknowledged_unseen
                                                          : top_up_reason::unanswered);
}

/// Rounded up: use in a part of an hour counts.
inline std::int64_t top_up::usage_by_time(instant from) const noexcept
{
    constexpr std::int64_t hour_ms = 3'600'000;
    constexpr std::int64_t years_ms = 10'000 * 24 * hour_ms;
    const std::int64_t passed = (reader_.found().at - from).count();
    const std::int64_t elapsed = passed < 0 ? 0 : passed > years_ms ? years_ms : passed;
    return elapsed / hour_ms * limits_.usage_hour_max.mantissa() +
           (elapsed % hour_ms * limits_.usage_hour_max.mantissa() + hour_ms - 1) / hour_ms;
}

inline bool top_up::says_repeated() const noexcept
{
    return outcome_.error_size >= 2 && kind_.way != top_up_way::write_identifier &&
           (*outcome_.error_word & static_cast<unsigned>(
                                       codec::dlt645::security_error_bit::repeated_top_up)) != 0;
}

constexpr std::string_view to_string(top_up_verdict verdict) noexcept
{
    switch (verdict) {
        case top_up_verdict::pending: return "pending";
        case top_up_verdict::applied: return "applied";
        case top_up_verdict::already_applied: return "already_applied";
        case top_up_verdict::refused: return "refused";
        case top_up_verdict::unknown: return "unknown";
        case top_up_verdict::inconsistent: return "inconsistent";
    }
    return "unknown";
}

constexpr std::string_view to_string(top_up_reason reason) noexcept
{
    switch (reason) {
        case top_up_reason::none: return "none";
        case top_up_reason::no_way: return "no_way";
        case top_up_reason::order_not_possible: return "order_not_possible";
        case top_up_reason::no_right: return "no_right";
        case top_up_reason::meter_silent: return "meter_silent";
        case top_up_reason::no_purse: return "no_purse";
        case top_up_reason::count_not_next: return "count_not_next";
        case top_up_reason::no_session: return "no_session";
        case top_up_reason::refused_by_meter: return "refused_by_meter";
        case top_up_reason::unanswered: return "unanswered";
        case top_up_reason::acknowledged_unseen: return "acknowledged_unseen";
        case top_up_reason::unreadable: return "unreadable";
        case top_up_reason::ambiguous: return "ambiguous";
        case top_up_reason::count_unseen: return "count_unseen";
        case top_up_reason::count_jumped: return "count_jumped";
        case top_up_reason::amount_differs: return "amount_differs";
        case top_up_reason::money_differs: return "money_differs";
        case top_up_reason::money_without_count: return "money_without_count";
    }
    return "unknown";
}

}  // namespace wattpurse::meter
