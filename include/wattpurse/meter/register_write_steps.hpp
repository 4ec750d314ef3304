// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/codec/modbus/encode_request.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/parse_response.hpp>
#include <wattpurse/codec/modbus/request.hpp>
#include <wattpurse/meter/modbus_refusal.hpp>
#include <wattpurse/meter/register_write.hpp>

/// The steps of `checked_reading` and `register_write`.
namespace wattpurse::meter {

namespace detail {

[[nodiscard]] constexpr codec::modbus::request question_for(const register_field& what) noexcept
{
    return codec::modbus::read_request(static_cast<codec::modbus::function>(what.function),
                                       what.address, what.count);
}

[[nodiscard]] constexpr std::optional<link::modbus_job> job_of(
    std::uint8_t unit, const codec::modbus::request& what, const write_limits& limits) noexcept
{
    const auto made = codec::modbus::to_pdu(what);
    if (!made) {
        return std::nullopt;
    }
    link::modbus_job out;
    out.prio = limits.prio;
    out.unit = unit;
    out.request = *made;
    out.timeout = limits.timeout;
    out.attempts_max = limits.attempts_max;
    return out;
}

/// The field of that index, or none.
[[nodiscard]] constexpr const register_field* field_at(const register_map& map,
                                                       std::int16_t index) noexcept
{
    const bool exists = index >= 0 && static_cast<std::size_t>(index) < map.fields.size();
    return exists ? &map.fields[static_cast<std::size_t>(index)] : nullptr;
}

}  // namespace detail

constexpr std::optional<link::modbus_job> checked_reading::next() const noexcept
{
    if (finished_ || what_ == nullptr) {
        return std::nullopt;
    }
    return detail::job_of(unit_, detail::question_for(*what_), limits_);
}

constexpr void checked_reading::take(const link::modbus_event& what) noexcept
{
    using kind = link::modbus_event::kind_type;
    ++readings_;
    const auto answer =
        what.kind == kind::answered
            ? codec::modbus::parse_response(what.answer.view(), detail::question_for(*what_))
            : result<codec::modbus::response>{fail(errc::not_found)};
    if (!answer) {
        refused_ = what.kind == kind::refused && detail::is_no(what.exception);
        finished_ = true;
        return;
    }
    const register_value value = read_value(*what_, answer->data);
    if (!value.is_sound) {
        finished_ = true;
        return;
    }
    const bool is_same = has_first_ && value.word == word_;
    has_first_ = true;
    word_ = value.word;
    number_ = value.number;
    good_ = what.is_proven || is_same;
    finished_ = good_ || readings_ >= readings_max;
}

constexpr register_write::register_write(const register_map& map, const write_recipe* recipe,
                                         std::uint8_t unit, const write_order& order,
                                         const write_limits& limits) noexcept
    : map_{&map}, recipe_{recipe}, unit_{unit}, order_{order}, limits_{limits}
{
    if (recipe_ != nullptr && moves_money()) {
        const register_field* const field = detail::field_at(map, recipe_->amount_field);
        const bool is_top_up = recipe_->purpose == write_recipe::purpose_type::top_up;
        std::array<std::uint8_t, 8> registers{};
        if (field != nullptr && order.amount.mantissa >= (is_top_up ? 1 : 0)) {
            const auto size = write_value(*field, order.amount, registers);
            if (size) {
                amount_raw_ = read_value(*field, byte_span{registers}.first(*size)).word;
            }
        }
    }
    if (const write_reason why = obstacle(); why != write_reason::none) {
        finish(write_verdict::refused, why);
    } else {
        read_state(state_type::reading_before);
    }
}

constexpr write_reason register_write::obstacle() const noexcept
{
    if (unit_ == 0) {
        return write_reason::broadcast;
    }
    if (recipe_ == nullptr || recipe_->words.empty() || recipe_->words.size() > words_max ||
        detail::field_at(*map_, recipe_->verify_field) == nullptr ||
        (recipe_->function == 0x06 && recipe_->words.size() != 1)) {
        return write_reason::no_way;
    }
    if (moves_money() && (!is_purchase() ||
                          detail::field_at(*map_, recipe_->balance_field) == nullptr)) {
        return write_reason::no_way;
    }
    if (!recipe_->is_confirmed && !limits_.take_unconfirmed) {
        return write_reason::not_confirmed;
    }
    const bool fits = order_.sequence >= 1 && order_.sequence <= 0xFFFF && amount_raw_;
    return moves_money() && !fits ? write_reason::order_not_possible : write_reason::none;
}

constexpr bool register_write::has(recipe_word::source_type source) const noexcept
{
    for (const recipe_word& word : recipe_->words) {
        if (word.source == source) {
            return true;
        }
    }
    return false;
}

constexpr bool register_write::moves_money() const noexcept
{
    return recipe_->purpose == write_recipe::purpose_type::top_up ||
           recipe_->purpose == write_recipe::purpose_type::set_purse ||
           has(recipe_word::source_type::amount) || has(recipe_word::source_type::sequence);
}

constexpr bool register_write::is_done(std::uint64_t state) const noexcept
{
    return is_purchase() ? state == order_.sequence
                         : (state & recipe_->verify_mask) == recipe_->verify_expected;
}

constexpr void register_write::finish(write_verdict verdict, write_reason reason) noexcept
{
    state_ = state_type::finished;
    waiting_ = false;
    outcome_.verdict = verdict;
    outcome_.reason = reason;
}

/// An order that an earlier run may have sent is not refused for want of an answer now.
constexpr void register_write::finish_unsent(write_reason reason) noexcept
{
    finish(was_sent_ ? write_verdict::unknown : write_verdict::refused, reason);
}

constexpr void register_write::read_state(state_type state) noexcept
{
    state_ = state;
    reads_balance_ = false;
    reading_ = checked_reading{unit_, *detail::field_at(*map_, recipe_->verify_field), limits_};
}

/// The meter is given time, and looked at once more; or nobody knows.
constexpr void register_write::read_again(instant now) noexcept
{
    not_before_ = now + limits_.reading_pause;
    read_state(state_type::reading_after);
}

/// A meter that is busy, or takes long, has not said no (chapter 7, codes 05 and 06), nor has one
/// that a gateway does not reach (0A, 0B): what was sent may still get there.
constexpr write_reason register_write::why_nothing() const noexcept
{
    using codec::modbus::exception_code;
    if (outcome_.acknowledged) {
        return write_reason::acknowledged_unseen;
    }
    return outcome_.exception == exception_code::none || !detail::is_no(outcome_.exception)
               ? write_reason::unanswered
               : write_reason::refused_by_meter;
}

/// Nothing has happened: the same order once more, or it is told why not.
constexpr void register_write::send_again(instant now, write_reason why_not) noexcept
{
    if (outcome_.sends < limits_.sends_max && why_not != write_reason::refused_by_meter) {
        not_before_ = now + limits_.reading_pause;
        state_ = state_type::sending;
        return;
    }
    // Silence and a yes without effect may still be followed by one; so may what was sent before.
    const bool is_settled =
        why_not == write_reason::refused_by_meter && !was_sent_ && !is_in_doubt_;
    finish(is_settled ? write_verdict::refused : write_verdict::unknown, why_not);
}

constexpr std::optional<link::modbus_job> register_write::next() noexcept
{
    if (waiting_ || finished()) {
        return std::nullopt;
    }
    std::optional<link::modbus_job> out;
    switch (state_) {
        case state_type::reading_before:
        case state_type::reading_after: out = reading_.next(); break;
        case state_type::reading_current: out = next_current(); break;
        case state_type::sending: out = next_order(); break;
        case state_type::finished: break;
    }
    if (!out) {
        finish_unsent(write_reason::no_way);
        return std::nullopt;
    }
    waiting_ = true;
    return out;
}

constexpr std::optional<link::modbus_job> register_write::next_current() const noexcept
{
    const auto count = static_cast<std::uint16_t>(recipe_->words.size());
    return detail::job_of(
        unit_,
        codec::modbus::read_request(codec::modbus::function::read_holding_registers,
                                    recipe_->address, count),
        limits_);
}

constexpr std::optional<link::modbus_job> register_write::next_order() noexcept
{
    const std::size_t count = recipe_->words.size();
    const register_field* const amount = detail::field_at(*map_, recipe_->amount_field);
    const std::size_t amount_words = amount != nullptr ? amount->count : 0;
    // Address, number of registers, number of bytes, registers: as function 10 has it, and the
    // vendors' functions that write as well.
    std::array<std::uint8_t, 5 + 2 * words_max> body{};
    const auto put = [&](std::size_t at, std::uint64_t word) {
        body[at] = static_cast<std::uint8_t>(word >> 8U & 0xFFU);
        body[at + 1] = static_cast<std::uint8_t>(word & 0xFFU);
    };
    put(0, recipe_->address);
    put(2, count);
    body[4] = static_cast<std::uint8_t>(2 * count);
    for (std::size_t i = 0; i < count; ++i) {
        const recipe_word& word = recipe_->words[i];
        std::uint64_t value = word.value;
        switch (word.source) {
            case recipe_word::source_type::constant: break;
            case recipe_word::source_type::sequence: value = order_.sequence; break;
            case recipe_word::source_type::current:
                value = codec::modbus::word_at(current_, 2 * i);
                break;
            case recipe_word::source_type::amount:
                if (word.part >= amount_words) {
                    return std::nullopt;
                }
                value = amount_raw_.value_or(0) >> 16 * (amount_words - 1 - word.part);
                break;
        }
        put(5 + 2 * i, value);
    }
    codec::modbus::request what;
    what.function = recipe_->function;
    const byte_span registers = byte_span{body}.subspan(5, 2 * count);
    switch (recipe_->function) {
        case 0x06:
            what.address = recipe_->address;
            what.value = codec::modbus::word_at(registers, 0);
            break;
        case 0x10:
            what = codec::modbus::write_registers_request(recipe_->address, registers);
            break;
        default: what.data = byte_span{body}.first(5 + 2 * count); break;
    }
    auto out = detail::job_of(unit_, what, limits_);
    if (out) {
        out->attempts_max = 1;  // only who knows what it did may repeat it
        ++outcome_.sends;
    }
    return out;
}

constexpr void register_write::take(const link::modbus_event& what) noexcept
{
    if (!waiting_) {
        return;
    }
    waiting_ = false;
    not_before_ = instant::min();
    switch (state_) {
        case state_type::reading_before:
        case state_type::reading_after: take_reading(what); break;
        case state_type::reading_current: take_current(what); break;
        case state_type::sending: take_answer(what); break;
        case state_type::finished: break;
    }
}

constexpr void register_write::take_reading(const link::modbus_event& what) noexcept
{
    reading_.take(what);
    if (!reading_.finished()) {
        return;
    }
    const bool is_before = state_ == state_type::reading_before;
    if (!reading_.is_good()) {
        if (is_before) {
            return finish_unsent(reading_.was_refused() ? write_reason::no_such_value
                                                        : write_reason::meter_silent);
        }
        if (++readings_ < limits_.readings_max) {
            return read_again(what.at);
        }
        return finish(write_verdict::unknown, write_reason::unreadable);
    }
    if (!reads_balance_) {
        (is_before ? outcome_.state_before : outcome_.state_after) = reading_.word();
        if (is_purchase()) {
            reads_balance_ = true;
            reading_ =
                checked_reading{unit_, *detail::field_at(*map_, recipe_->balance_field), limits_};
            return;
        }
    } else {
        (is_before ? outcome_.balance_before : outcome_.balance_after) = reading_.number();
    }
    is_before ? judge_before() : judge_after(what.at);
}

constexpr void register_write::judge_before() noexcept
{
    const std::uint64_t state = *outcome_.state_before;
    if (is_done(state)) {
        outcome_.state_after = outcome_.state_before;
        outcome_.balance_after = outcome_.balance_before;
        return finish(write_verdict::already_applied, write_reason::none);
    }
    if (is_purchase() && state + 1 != order_.sequence) {
        return finish_unsent(write_reason::count_not_next);
    }
    state_ = has(recipe_word::source_type::current) ? state_type::reading_current
                                                     : state_type::sending;
}

constexpr void register_write::take_current(const link::modbus_event& what) noexcept
{
    const auto count = static_cast<std::uint16_t>(recipe_->words.size());
    const auto asked = codec::modbus::read_request(
        codec::modbus::function::read_holding_registers, recipe_->address, count);
    const auto answer = what.kind == link::modbus_event::kind_type::answered
                            ? codec::modbus::parse_response(what.answer.view(), asked)
                            : result<codec::modbus::response>{fail(errc::not_found)};
    if (!answer || !what.is_proven) {
        // What would be written back must be what is there: nothing less than proven will do.
        if (answer && ++readings_ < limits_.readings_max) {
            return;
        }
        return finish_unsent(what.kind == link::modbus_event::kind_type::refused
                                 ? write_reason::no_such_value
                                 : write_reason::meter_silent);
    }
    for (std::size_t i = 0; i < answer->data.size(); ++i) {
        current_[i] = answer->data[i];
    }
    state_ = state_type::sending;
}

constexpr void register_write::take_answer(const link::modbus_event& what) noexcept
{
    using kind = link::modbus_event::kind_type;
    if (what.kind == kind::backed_off) {  // it never went out
        --outcome_.sends;
        if (outcome_.sends == 0) {
            return finish_unsent(write_reason::meter_silent);
        }
    }
    outcome_.acknowledged = what.kind == kind::answered;
    const bool is_no = what.kind == kind::refused && detail::is_no(what.exception);
    is_in_doubt_ = is_in_doubt_ || (!is_no && what.kind != kind::backed_off);
    if (what.kind == kind::refused) {
        outcome_.exception = what.exception;
    }
    readings_ = 0;
    read_state(state_type::reading_after);
}

/// In steps of the balance.
constexpr std::int64_t register_write::in_balance(scaled_number value) const noexcept
{
    const int exponent = detail::field_at(*map_, recipe_->balance_field)->scale.exponent;
    return rescaled(value, exponent, rounding::half_even).value_or(0);
}

/// The balance is what the order makes it, less some use. Where an amount is as small as the use
/// may be, a rise tells it from nothing.
constexpr bool register_write::shows_amount() const noexcept
{
    const std::int64_t before = in_balance(*outcome_.balance_before);
    const std::int64_t after = in_balance(*outcome_.balance_after);
    const std::int64_t amount = in_balance(order_.amount);
    const std::int64_t usage = in_balance(limits_.usage_max);
    if (recipe_->purpose == write_recipe::purpose_type::set_purse) {
        return after <= amount && after >= amount - usage;
    }
    const std::int64_t rise = after - before;
    return rise <= amount && rise >= amount - usage && rise > 0;
}

/// The balance is what it was, less some use.
constexpr bool register_write::shows_use_only() const noexcept
{
    const std::int64_t rise =
        in_balance(*outcome_.balance_after) - in_balance(*outcome_.balance_before);
    return rise <= 0 && rise >= -in_balance(limits_.usage_max);
}

constexpr void register_write::judge_after(instant now) noexcept
{
    if (is_purchase()) {
        return judge_purchase(now);
    }
    if (is_done(*outcome_.state_after)) {
        return finish(write_verdict::applied, write_reason::none);
    }
    if (++readings_ < limits_.readings_max) {
        return read_again(now);
    }
    send_again(now, why_nothing());
}

constexpr void register_write::judge_purchase(instant now) noexcept
{
    const std::uint64_t count = *outcome_.state_after;
    if (is_done(count) && shows_amount()) {
        return finish(write_verdict::applied, write_reason::none);
    }
    if (++readings_ < limits_.readings_max) {  // meters book late, and not all at once
        return read_again(now);
    }
    if (is_done(count)) {
        return finish(write_verdict::inconsistent, write_reason::money_differs);
    }
    if (count != *outcome_.state_before) {
        return finish(write_verdict::inconsistent, write_reason::count_jumped);
    }
    if (!shows_use_only()) {
        return finish(write_verdict::inconsistent, write_reason::money_without_count);
    }
    send_again(now, why_nothing());
}

}  // namespace wattpurse::meter
