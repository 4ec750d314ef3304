// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include <wattpurse/codec/dlt645/control.hpp>
#include <wattpurse/codec/dlt645/parse_answer.hpp>
#include <wattpurse/codec/dlt645/values.hpp>
#include <wattpurse/meter/relay_order.hpp>

namespace wattpurse::meter {

namespace detail {

/// Bits of the two-byte refusal of a control command, as public firmware of the 2013 filing
/// has them (caokx/3jiliang); one-byte refusals are `error_bit` instead.
inline constexpr std::uint16_t control_refusal_time_bit = 0x0010;

/// The wall clock so much later.
[[nodiscard]] constexpr result<civil_time> later(const civil_time& time, duration by) noexcept
{
    const auto at = to_instant(time, fixed_zone{});
    if (!at) {
        return fail(at.error());
    }
    return to_civil(*at + by, fixed_zone{});
}

}  // namespace detail

inline relay_order::relay_order(const dialect& kind, const codec::dlt645::address& meter,
                                   command_kind what, const access& right,
                                   const relay_limits& limits) noexcept
    : kind_{kind}, meter_{meter}, what_{what}, right_{right}, limits_{limits}
{
    outcome_.sealed = !(accepts_plain(kind_, what_) && right_.plain);
    if (outcome_.sealed && right_.sealing == nullptr) {
        finish_unsent(relay_reason::no_right);
    } else {
        begin_attempt();
    }
}

inline void relay_order::finish(relay_verdict verdict, relay_reason reason) noexcept
{
    outcome_.verdict = verdict;
    outcome_.reason = reason;
    state_ = state_type::finished;
    if (right_.plain) {
        *right_.plain = credentials{0, {}, {}};  // overwritten: it is of no use any more
    }
    right_ = access{};
}

/// Before the first attempt nothing was done; afterwards the last reading counts.
inline void relay_order::finish_unsent(relay_reason reason) noexcept
{
    finish(outcome_.sends == 0 ? relay_verdict::not_sent
           : outcome_.status   ? relay_verdict::not_confirmed
                               : relay_verdict::unknown,
           reason);
}

inline void relay_order::begin_attempt() noexcept
{
    state_ = state_type::reading_clock;
    clock_ = clock_reader{meter_, kind_.whole_clock, limits_.how};
}

inline result<codec::dlt645::frame> relay_order::request() noexcept
{
    const codec::dlt645::control_code code = control_code_of(what_);
    if (!outcome_.sealed) {
        return codec::dlt645::control_request(meter_, code, *outcome_.valid_until, *right_.plain);
    }
    control_plain order{static_cast<std::uint8_t>(code)};
    const std::span<std::uint8_t, 8> fields{order};
    if (const auto done = codec::dlt645::write_seconds(*outcome_.valid_until, fields.last<6>());
        !done) {
        return fail(done.error());
    }
    const auto sealed = right_.sealing->seal_control(meter_, order);
    if (!sealed) {
        return fail(sealed.error());
    }
    return codec::dlt645::control_request_sealed(meter_, codec::dlt645::sealed_level,
                                                 right_.operator_code, sealed->wire);
}

inline std::optional<link::job> relay_order::next() noexcept
{
    if (waiting_) {
        return std::nullopt;
    }
    std::optional<link::job> out;
    if (state_ == state_type::reading_clock) {
        out = clock_.next();
    } else if (state_ == state_type::reading_status) {
        out = question(meter_, codec::dlt645::data_id::status_word_3, limits_.how);
    } else if (state_ != state_type::finished) {
        const bool opening = state_ == state_type::opening_session;
        const auto made = opening ? session_opening(meter_, right_) : request();
        if (!made) {
            finish_unsent(relay_reason::no_right);
            return std::nullopt;
        }
        outcome_.sends = static_cast<std::uint8_t>(outcome_.sends + (opening ? 0 : 1));
        out = change(*made, limits_.how);
    }
    waiting_ = out.has_value();
    return out;
}

inline void relay_order::take(const link::event& what) noexcept
{
    if (!waiting_ || !is_outcome(what)) {
        return;
    }
    waiting_ = false;
    not_before_ = instant::min();
    switch (state_) {
        case state_type::reading_clock: return take_clock(what);
        case state_type::opening_session: return take_session(what);
        case state_type::sending: return take_answer(what);
        case state_type::reading_status: return take_status(what);
        case state_type::finished: break;
    }
}

inline void relay_order::take_clock(const link::event& what) noexcept
{
    clock_.take(what);
    if (!clock_.finished()) {
        return;
    }
    const auto until = clock_.found() ? detail::later(*clock_.found(), limits_.margin)
                                      : fail(clock_.found().error());
    if (!until || until->year > 2099) {  // two digits of year
        return finish_unsent(relay_reason::clock_unreadable);
    }
    outcome_.meter_clock = *clock_.found();
    outcome_.valid_until = *until;
    if (const auto shown = to_instant(*clock_.found(), limits_.zone)) {
        outcome_.drift = *shown - clock_.at();
        outcome_.drift_is_large = std::chrono::abs(*outcome_.drift) > limits_.drift_max;
    }
    const bool needs_session = outcome_.sealed && !right_.sealing->has_session(meter_);
    state_ = needs_session ? state_type::opening_session : state_type::sending;
}

inline void relay_order::take_session(const link::event& what) noexcept
{
    if (accept_session(meter_, right_, what)) {
        state_ = state_type::sending;
        return;
    }
    if (what.kind == link::event::kind_type::refused) {
        outcome_.answer_word = what.error_word;
        outcome_.answer_size = what.frame.length;
    }
    finish_unsent(relay_reason::no_session);
}

inline void relay_order::take_answer(const link::event& what) noexcept
{
    outcome_.acknowledged = what.kind == link::event::kind_type::answered;
    outcome_.was_refused = what.kind == link::event::kind_type::refused;
    outcome_.answer_word = 0;
    outcome_.answer_size = 0;
    if (what.kind != link::event::kind_type::timed_out) {
        outcome_.answer_size = what.frame.length;
        outcome_.answer_word = what.error_word;
        if (const auto told = codec::dlt645::parse_control_answer(what.frame)) {
            outcome_.answer_word = told->word;
        }
    }
    session_lost_ = outcome_.sealed && lacks_session(what);
    polls_ = 0;
    outcome_.status.reset();
    state_ = state_type::reading_status;
}

inline void relay_order::take_status(const link::event& what) noexcept
{
    ++polls_;
    if (what.kind == link::event::kind_type::answered) {
        const auto read = codec::dlt645::parse_read_answer(what.frame);
        if (read && read->id == codec::dlt645::data_id::status_word_3 &&
            read->value.size() == 2 && !codec::dlt645::is_missing(read->value)) {
            outcome_.status = status_word_3{static_cast<std::uint16_t>(
                read->value[0] | static_cast<unsigned>(read->value[1]) << 8U)};
        }
    }
    judge(what.at);
}

inline void relay_order::judge(instant now) noexcept
{
    if (outcome_.status && confirms(*outcome_.status, what_)) {
        return finish(relay_verdict::confirmed, relay_reason::none);
    }
    // After a yes the relay is given time, and the word is asked for until it can be read. After
    // a no, or nothing, one reading is enough.
    const bool look_again = outcome_.acknowledged || !outcome_.status;
    if (look_again && polls_ < limits_.polls_max) {
        not_before_ = now + limits_.poll_pause;
        return;
    }
    if (may_try_again()) {
        not_before_ = now + limits_.poll_pause;
        return begin_attempt();
    }
    if (!outcome_.status) {
        return finish(relay_verdict::unknown, relay_reason::unreadable);
    }
    if (outcome_.was_refused) {
        return finish(relay_verdict::refused, relay_reason::refused_by_meter);
    }
    finish(relay_verdict::not_confirmed, why_not_shown());
}

/// After silence; after a refusal only where its cause is one that goes away.
inline bool relay_order::may_try_again() noexcept
{
    if (session_lost_ && !reopened_) {
        reopened_ = true;
        right_.sealing->drop_session(meter_);
        return true;
    }
    if (outcome_.sends >= limits_.sends_max || outcome_.acknowledged) {
        return false;
    }
    const bool too_late = outcome_.answer_size == 2 &&
                          (outcome_.answer_word & detail::control_refusal_time_bit) != 0;
    return !outcome_.was_refused || too_late;
}

inline relay_reason relay_order::why_not_shown() const noexcept
{
    if (!outcome_.acknowledged) {
        return relay_reason::unanswered;
    }
    if (what_ == command_kind::trip && outcome_.status->keep_power()) {
        return relay_reason::kept_on;
    }
    if (what_ == command_kind::trip && outcome_.status->commanded() == relay_state::open) {
        return relay_reason::held_back;
    }
    return relay_reason::not_shown;
}

}  // namespace wattpurse::meter
