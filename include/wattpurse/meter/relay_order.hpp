// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/request.hpp>
#include <wattpurse/link/event.hpp>
#include <wattpurse/link/exchange.hpp>
#include <wattpurse/meter/asking.hpp>
#include <wattpurse/meter/clock_reader.hpp>
#include <wattpurse/meter/dialect.hpp>
#include <wattpurse/meter/encode.hpp>
#include <wattpurse/meter/security_module.hpp>
#include <wattpurse/meter/session.hpp>
#include <wattpurse/meter/status.hpp>
#include <wattpurse/model/command.hpp>

namespace wattpurse::meter {

/// What has become of a relay command.
enum class relay_verdict : std::uint8_t {
    pending,        ///< not finished
    confirmed,      ///< status word 3 was read and shows it
    not_confirmed,  ///< it was read and does not show it (yet)
    refused,        ///< the meter said no, and status word 3 does not show it either
    unknown,        ///< status word 3 could not be read
    not_sent,       ///< see the reason
};

/// Why.
enum class relay_reason : std::uint8_t {
    none,
    // not sent
    no_right,          ///< no password, or where only sealed orders count no security module
    clock_unreadable,  ///< without the meter's clock nobody knows until when to be valid
    no_session,        ///< the meter did not open an identity session
    // not confirmed
    unanswered,        ///< no answer to any attempt
    held_back,         ///< told to open, still closed: a trip delay, or too much current
    kept_on,           ///< keep-power (保电) holds against a trip
    not_shown,         ///< it said yes, and status word 3 shows no sign of it
    // refused
    refused_by_meter,  ///< see `answer_word`
    // unknown
    unreadable,
};

/// Everything that happened. No secrets.
struct relay_outcome {
    relay_verdict verdict = relay_verdict::pending;
    relay_reason reason = relay_reason::none;
    std::uint8_t sends = 0;     ///< times the command went to the line
    bool sealed = false;        ///< it went sealed
    bool acknowledged = false;  ///< the meter said yes, the last time
    bool was_refused = false;   ///< the meter said no, the last time
    /// Bytes of DATA in its last answer and what they were: error bits of a refusal; some meters
    /// tell in an acknowledgement what they are about to do.
    std::uint8_t answer_size = 0;
    std::uint16_t answer_word = 0;
    std::optional<civil_time> meter_clock;  ///< as last read
    std::optional<civil_time> valid_until;  ///< as last sent
    std::optional<duration> drift;          ///< the meter's clock ahead of the caller's
    bool drift_is_large = false;            ///< beyond `relay_limits::drift_max`: set the clock
    std::optional<status_word_3> status;    ///< as last read
};

/// How long one tries.
struct relay_limits {
    asking how{.prio = link::priority::relay};
    /// How long the command stays valid, on the meter's clock: long enough to reach the meter,
    /// short enough that no command lies about and acts the next day.
    duration margin = std::chrono::minutes{5};
    duration drift_max = std::chrono::minutes{5};
    std::uint8_t sends_max = 3;
    std::uint8_t polls_max = 8;       ///< readings of the status word after each attempt
    duration poll_pause{1000};        ///< between two of them
    fixed_zone zone = china_zone;     ///< what the meter's clock should show
};

/// One relay or keep-power command to one meter, seen through (拉合闸). Sans-IO, bounded.
///
/// A meter refuses a command whose valid-until is past on the meter's own clock, so that is what
/// it is computed from: read anew before every attempt, with a margin. What the meter answers is
/// noted; what counts is status word 3. A wrong password is never tried twice: three wrong tries
/// lock many meters for a day.
class relay_order {
public:
    enum class state_type : std::uint8_t {
        reading_clock,
        opening_session,
        sending,
        reading_status,
        finished,
    };

    relay_order(const dialect& kind, const codec::dlt645::address& meter,
                          command_kind what, const access& right,
                          const relay_limits& limits = {}) noexcept;

    /// The next job for the line; none while one is out, or when finished. Give it an id.
    [[nodiscard]] std::optional<link::job> next() noexcept;
    /// Not to be handed over before: relays need their time. `instant::min()`: at once.
    [[nodiscard]] instant not_before() const noexcept { return not_before_; }
    /// What came of the job that is out.
    void take(const link::event& what) noexcept;

    [[nodiscard]] state_type state() const noexcept { return state_; }
    [[nodiscard]] bool finished() const noexcept
    {
        return state_ == state_type::finished;
    }
    [[nodiscard]] const relay_outcome& outcome() const noexcept { return outcome_; }

private:
    void finish(relay_verdict verdict, relay_reason reason) noexcept;
    void finish_unsent(relay_reason reason) noexcept;
    void begin_attempt() noexcept;
    void take_clock(const link::event& what) noexcept;
    void take_session(const link::event& what) noexcept;
    void take_answer(const link::event& what) noexcept;
    void take_status(const link::event& what) noexcept;
    void judge(instant now) noexcept;
    [[nodiscard]] bool may_try_again() noexcept;
    [[nodiscard]] relay_reason why_not_shown() const noexcept;
    [[nodiscard]] result<codec::dlt645::frame> request() noexcept;

    dialect kind_;
    codec::dlt645::address meter_;
    command_kind what_;
    access right_;
    relay_limits limits_;

    state_type state_ = state_type::reading_clock;
    bool waiting_ = false;
    instant not_before_ = instant::min();
    clock_reader clock_{};
    std::uint8_t polls_ = 0;
    bool session_lost_ = false;
    bool reopened_ = false;
    relay_outcome outcome_{};
};

/// Stable lower-case name.
[[nodiscard]] constexpr std::string_view to_string(relay_verdict verdict) noexcept
{
    switch (verdict) {
        case relay_verdict::pending: return "pending";
        case relay_verdict::confirmed: return "confirmed";
        case relay_verdict::not_confirmed: return "not_confirmed";
        case relay_verdict::refused: return "refused";
        case relay_verdict::unknown: return "unknown";
        case relay_verdict::not_sent: return "not_sent";
    }
    return "unknown";
}

[[nodiscard]] constexpr std::string_view to_string(relay_reason reason) noexcept
{
    switch (reason) {
        case relay_reason::none: return "none";
        case relay_reason::no_right: return "no_right";
        case relay_reason::clock_unreadable: return "clock_unreadable";
        case relay_reason::no_session: return "no_session";
        case relay_reason::unanswered: return "unanswered";
        case relay_reason::held_back: return "held_back";
        case relay_reason::kept_on: return "kept_on";
        case relay_reason::not_shown: return "not_shown";
        case relay_reason::refused_by_meter: return "refused_by_meter";
        case relay_reason::unreadable: return "unreadable";
    }
    return "unknown";
}

}  // namespace wattpurse::meter

#include <wattpurse/meter/relay_order_steps.hpp>
