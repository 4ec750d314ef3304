// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/parse_1997.hpp>
#include <wattpurse/codec/dlt645/parse_answer.hpp>
#include <wattpurse/codec/dlt645/request.hpp>
#include <wattpurse/codec/dlt645/request_1997.hpp>
#include <wattpurse/link/event.hpp>
#include <wattpurse/link/exchange.hpp>
#include <wattpurse/meter/asking.hpp>
#include <wattpurse/meter/dialect.hpp>

namespace wattpurse::meter {

/// Which extensions a meter answers to: reads that change nothing.
struct dialect_hints {
    bool remaining_money = false;  ///< 00900200
    bool purchase_count = false;   ///< 03330201
    bool alarm_limit = false;      ///< 04001001
    bool whole_clock = false;      ///< 0400010C
    bool vendor_status = false;    ///< 028011FF
    bool software_setup = false;   ///< 049F0000, of the meters that take top-ups by writing
    bool security = false;         ///< function 03 speaks: 078102FF is answered, be it with a no

    /// The dialect that fits best, or null. A guess: try its relay before its purse.
    [[nodiscard]] constexpr const dialect* likely() const noexcept;
};

/// What a line was found to hold.
struct probe_result {
    enum class state_type : std::uint8_t { probing, found, nobody };

    state_type state = state_type::probing;
    codec::dlt645::edition edition = codec::dlt645::edition::y2007;  ///< found
    /// Found: whom to write to. A meter that does not tell its address keeps AA..AA or 99..99.
    codec::dlt645::address meter{};
    /// Meter number (C032) of such a meter of 1997, usually its address.
    std::optional<codec::dlt645::address> number;
    bool tells_address = false;        ///< answers 13
    bool speaks_as_wildcard = false;   ///< its answers come from AA..AA
    bool hears_broadcast = false;      ///< answers a read that went to 99..99
    /// More than one meter seems to have answered a wildcard: frames that were none, or answers
    /// from two addresses. Narrow it with `address::covering`.
    bool collision = false;
    dialect_hints hints;               ///< 2007 only
    std::uint8_t questions = 0;        ///< jobs it took
};

/// How one probes. Silence is the usual answer, so little is repeated.
struct probe_limits {
    asking how{.attempts_max = 2};
    bool with_hints = true;
    /// Ask with function 03 as well. Meters without it are silent, some for four seconds.
    bool with_security = true;
};

/// What came over the line while a job was out and was no answer to it: differences of a bus's
/// counters `line().garbage_bytes` and `counters().late`.
struct overheard {
    std::uint32_t garbage_bytes = 0;
    std::uint32_t late_answers = 0;
};

/// Finds out who is at the other end of a line, and how it wants to be spoken to: 13 to AA..AA,
/// then 11 (00010000), then 01 (9010) to AA..AA and to 99..99, as meters of 1997 differ in what
/// they hear. Reads only. Sans-IO and bounded; `asking` shows how it is driven, give `take`
/// unsolicited events as well.
class probe {
public:
    explicit probe(const probe_limits& limits = {}) noexcept : limits_{limits} {}
    /// Only whether and how this one meter speaks, or whoever a shortened address covers.
    explicit probe(const codec::dlt645::address& only, const probe_limits& limits = {}) noexcept
        : limits_{limits}, target_{only}, is_wild_{only.has_wildcard()}, step_{step::read_2007}
    {
    }

    [[nodiscard]] std::optional<link::job> next() noexcept;
    void take(const link::event& what, const overheard& besides = {}) noexcept;

    [[nodiscard]] bool finished() const noexcept
    {
        return found_.state != probe_result::state_type::probing;
    }
    [[nodiscard]] const probe_result& found() const noexcept { return found_; }

private:
    enum class step : std::uint8_t {
        address_2007,
        read_2007,
        read_1997,
        read_1997_broadcast,
        number_1997,
        hints,
        done,
    };

    [[nodiscard]] link::job job_of_step() const noexcept;
    void go_to(step next) noexcept { step_ = next; }
    void take_address(const link::event& what) noexcept;
    void take_2007(const link::event& what) noexcept;
    void take_1997(const link::event& what) noexcept;
    void take_number(const link::event& what) noexcept;
    void take_hint(const link::event& what) noexcept;
    void note_speaker(const codec::dlt645::address& speaker) noexcept;
    void settle(codec::dlt645::edition edition) noexcept;
    void finish() noexcept;

    probe_limits limits_;
    codec::dlt645::address target_ = codec::dlt645::address::wildcard();
    bool is_wild_ = true;
    step step_ = step::address_2007;
    std::size_t hint_ = 0;
    bool waiting_ = false;
    bool somebody_ = false;
    probe_result found_{};
};

/// Stable lower-case name.
[[nodiscard]] constexpr std::string_view to_string(probe_result::state_type state) noexcept
{
    switch (state) {
        case probe_result::state_type::probing: return "probing";
        case probe_result::state_type::found: return "found";
        case probe_result::state_type::nobody: return "nobody";
    }
    return "unknown";
}

// ---------------------------------------------------------------------------------------------

namespace detail {

struct hint_question {
    codec::dlt645::data_id id;
    bool dialect_hints::*answer;
};

/// The last is asked with function 03, the others with 11.
inline constexpr std::array<hint_question, 7> hint_questions{{
    {codec::dlt645::data_id::remaining_money, &dialect_hints::remaining_money},
    {codec::dlt645::data_id{0x03330201}, &dialect_hints::purchase_count},
    {codec::dlt645::data_id{0x04001001}, &dialect_hints::alarm_limit},
    {codec::dlt645::data_id::date_and_time, &dialect_hints::whole_clock},
    {codec::dlt645::data_id{0x028011FF}, &dialect_hints::vendor_status},
    {codec::dlt645::data_id{0x049F0000}, &dialect_hints::software_setup},
    {codec::dlt645::data_id{0x078102FF}, &dialect_hints::security},
}};

}  // namespace detail

constexpr const dialect* dialect_hints::likely() const noexcept
{
    // A count that can be read makes an order safe to repeat, so a dialect with one comes first.
    if (vendor_status && !purchase_count) {
        return &vendor_top_up_34;
    }
    if (software_setup) {
        return &write_identifier;
    }
    if (security && purchase_count) {
        return &state_grid_filing;
    }
    return remaining_money || purchase_count || alarm_limit ? &park_plain : nullptr;
}

inline link::job probe::job_of_step() const noexcept
{
    namespace dlt645 = codec::dlt645;
    using id_1997 = dlt645::data_id_1997;
    switch (step_) {
        case step::address_2007: return question(dlt645::read_address_request(), limits_.how);
        case step::read_1997:
            return question(dlt645::read_request_1997(target_, id_1997::forward_active_total),
                            limits_.how);
        case step::read_1997_broadcast:
            return question(dlt645::read_request_1997(dlt645::address::broadcast(),
                                                      id_1997::forward_active_total),
                            limits_.how);
        case step::number_1997:
            return question(dlt645::read_request_1997(found_.meter, id_1997::meter_number),
                            limits_.how);
        case step::hints: {
            const dlt645::data_id id = detail::hint_questions[hint_].id;
            const bool last = hint_ + 1 == detail::hint_questions.size();
            const auto security = dlt645::security_request(found_.meter, id, {}, {});
            asking once = limits_.how;
            once.attempts_max = 1;
            return last && security ? question(*security, once)
                                    : question(found_.meter, id, once);
        }
        case step::read_2007:
        case step::done: break;
    }
    return question(target_, dlt645::data_id::forward_active_total, limits_.how);
}

inline std::optional<link::job> probe::next() noexcept
{
    if (waiting_ || finished()) {
        return std::nullopt;
    }
    waiting_ = true;
    ++found_.questions;
    return job_of_step();
}

/// Whoever speaks first is noted; anybody else is one too many.
inline void probe::note_speaker(const codec::dlt645::address& speaker) noexcept
{
    if (speaker == codec::dlt645::address::wildcard()) {
        found_.speaks_as_wildcard = true;
        return;
    }
    if (!target_.has_wildcard()) {
        found_.collision = found_.collision || (is_wild_ && speaker != target_);
        return;
    }
    if (speaker.is_bcd() && !speaker.is_broadcast()) {
        target_ = speaker;
    }
}

inline void probe::take(const link::event& what, const overheard& besides) noexcept
{
    if (!waiting_) {
        return;
    }
    if (what.kind == link::event::kind_type::unsolicited) {
        // Meters that push by themselves speak too; only answers to what we ask show a second one.
        const bool tells = what.frame.function() ==
                           static_cast<std::uint8_t>(codec::dlt645::function::read_address);
        found_.collision = found_.collision || (is_wild_ && tells && what.frame.address != target_);
        return;
    }
    if (!is_outcome(what)) {
        return;
    }
    waiting_ = false;
    const bool silent = what.kind == link::event::kind_type::timed_out;
    const bool wild = is_wild_ && (target_.has_wildcard() || step_ == step::read_1997_broadcast);
    if ((wild && silent && besides.garbage_bytes > 0) ||
        (is_wild_ && besides.late_answers > 0)) {
        found_.collision = true;
    }
    switch (step_) {
        case step::address_2007: return take_address(what);
        case step::read_2007: return take_2007(what);
        case step::read_1997:
        case step::read_1997_broadcast: return take_1997(what);
        case step::number_1997: return take_number(what);
        case step::hints: return take_hint(what);
        case step::done: break;
    }
}

inline void probe::take_address(const link::event& what) noexcept
{
    go_to(step::read_2007);
    if (what.kind == link::event::kind_type::timed_out) {
        return;
    }
    const auto told = codec::dlt645::parse_address_answer(what.frame);
    if (told && told->is_bcd()) {
        found_.tells_address = true;
        target_ = *told;  // what it says is its address, whatever it speaks from
    }
    note_speaker(what.frame.address);
}

inline void probe::take_2007(const link::event& what) noexcept
{
    if (what.kind == link::event::kind_type::timed_out) {
        return go_to(step::read_1997);
    }
    note_speaker(what.frame.address);
    settle(codec::dlt645::edition::y2007);
}

inline void probe::take_1997(const link::event& what) noexcept
{
    if (what.kind != link::event::kind_type::timed_out) {
        found_.hears_broadcast = step_ == step::read_1997_broadcast;
        note_speaker(what.frame.address);
        return settle(codec::dlt645::edition::y1997);
    }
    if (found_.tells_address) {
        return settle(codec::dlt645::edition::y2007);  // it answers 13 and nothing else
    }
    if (target_ == codec::dlt645::address::wildcard() && step_ == step::read_1997) {
        return go_to(step::read_1997_broadcast);
    }
    finish();
}

/// Somebody is there. What is left to ask depends on who.
inline void probe::settle(codec::dlt645::edition edition) noexcept
{
    somebody_ = true;
    found_.edition = edition;
    const bool known = !target_.has_wildcard();
    found_.meter = known || !found_.hears_broadcast ? target_
                                                    : codec::dlt645::address::broadcast();
    found_.tells_address = found_.tells_address && known;
    if (edition == codec::dlt645::edition::y1997) {
        return known ? finish() : go_to(step::number_1997);
    }
    limits_.with_hints ? go_to(step::hints) : finish();
}

inline void probe::take_number(const link::event& what) noexcept
{
    if (what.kind == link::event::kind_type::answered) {
        const auto read = codec::dlt645::parse_read_answer_1997(what.frame);
        codec::dlt645::address number;
        if (read && read->value.size() == number.wire.size()) {
            for (std::size_t i = 0; i < number.wire.size(); ++i) {
                number.wire[i] = read->value[i];
            }
            if (number.is_bcd()) {
                found_.number = number;
            }
        }
    }
    finish();
}

inline void probe::take_hint(const link::event& what) noexcept
{
    const auto& asked = detail::hint_questions[hint_];
    const bool last = hint_ + 1 == detail::hint_questions.size();
    found_.hints.*asked.answer = what.kind == link::event::kind_type::answered ||
                                 (last && what.kind == link::event::kind_type::refused);
    ++hint_;
    const std::size_t end = detail::hint_questions.size() - (limits_.with_security ? 0U : 1U);
    if (hint_ >= end) {
        finish();
    }
}

inline void probe::finish() noexcept
{
    found_.state = somebody_ ? probe_result::state_type::found : probe_result::state_type::nobody;
    step_ = step::done;
}

}  // namespace wattpurse::meter
