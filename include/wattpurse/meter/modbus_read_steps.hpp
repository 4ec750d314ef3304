// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <wattpurse/codec/modbus/encode_request.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/parse_response.hpp>
#include <wattpurse/meter/modbus_read.hpp>
#include <wattpurse/meter/modbus_refusal.hpp>

/// The steps of `modbus_read`.
namespace wattpurse::meter {

constexpr modbus_read::modbus_read(const register_map& map, std::uint8_t unit,
                                   std::span<const std::uint16_t> selection,
                                   const read_cost& cost, const read_result& to,
                                   const learned_cuts& learned, const read_limits& limits) noexcept
    : map_{&map}, unit_{unit}, cost_{cost}, to_{to}, learned_{learned}, limits_{limits}
{
    if (to.values.size() < map.fields.size() || to.states.size() < map.fields.size() ||
        to.storage.size() < storage_size(map) || map.fields.size() > read_plan::fields_max) {
        finish(fail(errc::buffer_too_small));
        return;
    }
    std::fill(to_.states.begin(), to_.states.end(), field_state::not_asked);
    std::fill(to_.values.begin(), to_.values.end(), register_value{});
    std::array<std::uint16_t, read_plan::fields_max> all{};
    std::size_t count = 0;
    for (std::size_t i = 0; selection.empty() && i < map.fields.size(); ++i) {
        if (!map.fields[i].is_secret) {
            all[count++] = static_cast<std::uint16_t>(i);
        }
    }
    const auto made = plan_.make(map, selection.empty() ? std::span{all}.first(count) : selection,
                                 cost, learned_);
    if (!made) {
        finish(made);
        return;
    }
    if (map.base == address_base::sunspec) {
        state_ = state_type::finding_base;
        search_ = sunspec_base{map.sunspec_model};
    }
}

constexpr void modbus_read::finish(result<void> how) noexcept
{
    if (how || how.error() != errc::buffer_too_small) {
        decode_all();
    }
    outcome_ = how;
    state_ = state_type::finished;
}

constexpr codec::modbus::request modbus_read::question(const read_step& step) const noexcept
{
    return codec::modbus::read_request(static_cast<codec::modbus::function>(step.function),
                                       static_cast<std::uint16_t>(base_ + step.address),
                                       step.count);
}

constexpr std::optional<link::modbus_job> modbus_read::next() noexcept
{
    if (waiting_ || finished()) {
        return std::nullopt;
    }
    if (state_ == state_type::reading && step_ == plan_.steps().size()) {
        finish({});
        return std::nullopt;
    }
    const auto made = codec::modbus::to_pdu(state_ == state_type::finding_base
                                                ? search_.question()
                                                : question(plan_.steps()[step_]));
    if (!made) {
        finish(fail(made.error()));
        return std::nullopt;
    }
    link::modbus_job out;
    out.prio = limits_.prio;
    out.unit = unit_;
    out.request = *made;
    out.timeout = limits_.timeout;
    out.attempts_max = limits_.attempts_max;
    waiting_ = true;
    ++requests_;
    return out;
}

constexpr void modbus_read::take(const link::modbus_event& what) noexcept
{
    if (!waiting_) {
        return;
    }
    waiting_ = false;
    if (what.kind == link::modbus_event::kind_type::answered && what.attempts == 1) {
        const duration took = what.at - what.sent_at;
        fastest_ = fastest_ && *fastest_ < took ? *fastest_ : took;
    }
    state_ == state_type::finding_base ? take_base(what) : take_answer(what);
}

constexpr void modbus_read::take_base(const link::modbus_event& what) noexcept
{
    using kind = link::modbus_event::kind_type;
    const bool is_refused = what.kind == kind::refused;
    if (is_refused && detail::is_busy(what.exception) &&
        ++repeats_ < limits_.confirmations_max) {
        return;
    }
    if ((what.kind != kind::answered && !is_refused) ||
        (is_refused && !detail::is_no(what.exception))) {
        return finish(fail(errc::not_available));
    }
    repeats_ = 0;
    search_.take(what.kind == kind::answered ? what.answer.view() : byte_span{});
    if (search_.state() == sunspec_base::state_type::found) {
        base_ = search_.base();
        state_ = state_type::reading;
    } else if (search_.state() == sunspec_base::state_type::absent) {
        finish(fail(errc::not_found));
    }
}

constexpr void modbus_read::take_answer(const link::modbus_event& what) noexcept
{
    using kind = link::modbus_event::kind_type;
    const read_step step = plan_.steps()[step_];
    if (what.kind == kind::refused) {
        if (detail::is_busy(what.exception) && ++repeats_ < limits_.confirmations_max) {
            return;
        }
        if (detail::is_no(what.exception)) {
            return take_refusal(step, what.exception);
        }
    }
    const auto answer =
        what.kind == kind::answered
            ? codec::modbus::parse_response(what.answer.view(), question(step))
            : result<codec::modbus::response>{fail(errc::not_found)};
    if (!answer) {
        const bool is_last = ++silences_ >= limits_.silences_max;
        if (!is_last && limits_.silence_is_refusal && learn(step)) {
            return;
        }
        mark(step, field_state::silent);
        next_step();
        if (is_last) {
            for (; step_ < plan_.steps().size(); ++step_) {
                mark(plan_.steps()[step_], field_state::silent);
            }
            finish(fail(errc::not_available));
        }
        return;
    }
    silences_ = 0;
    const bool is_same = first_size_ == answer->data.size() &&
                         std::equal(answer->data.begin(), answer->data.end(), first_.begin());
    if (limits_.confirm && !what.is_proven && !is_same) {
        std::copy(answer->data.begin(), answer->data.end(), first_.begin());
        first_size_ = answer->data.size();
        if (++repeats_ < limits_.confirmations_max) {
            return;  // the same question once more
        }
        mark(step, field_state::disputed);
        return next_step();
    }
    keep(step, answer->data);
    next_step();
}

constexpr void modbus_read::take_refusal(const read_step& step,
                                        codec::modbus::exception_code why) noexcept
{
    silences_ = 0;
    if (!detail::is_about_range(why) || !learn(step)) {
        mark(step, field_state::absent);
        next_step();
    }
}

/// Learns where to cut, and goes on with what of the plan is not read yet; false where there is
/// nothing to cut.
constexpr bool modbus_read::learn(const read_step& step) noexcept
{
    learned_cuts::cut cut;
    if (!plan_.cut_for(*map_, step, cut) || learned_.has(cut)) {
        return false;
    }
    if (!learned_.add(cut)) {
        finish(fail(errc::too_long));  // what is left is not said to be absent: nobody knows
        return true;
    }
    has_learned_ = true;
    plan_again();
    return true;
}

constexpr void modbus_read::plan_again() noexcept
{
    std::array<std::uint16_t, read_plan::fields_max> rest{};
    std::size_t count = 0;
    for (std::size_t i = step_; i < plan_.steps().size(); ++i) {
        for (const std::uint16_t index : plan_.fields_of(plan_.steps()[i])) {
            rest[count++] = index;
        }
    }
    const auto made = plan_.make(*map_, std::span{rest}.first(count), cost_, learned_);
    step_ = 0;
    repeats_ = 0;
    first_size_ = 0;
    if (!made) {
        finish(made);
    }
}

constexpr std::span<std::uint8_t> modbus_read::registers_of(std::size_t index) const noexcept
{
    std::size_t at = 0;
    for (std::size_t i = 0; i < index; ++i) {
        at += std::size_t{2} * map_->fields[i].count;
    }
    return to_.storage.subspan(at, std::size_t{2} * map_->fields[index].count);
}

constexpr void modbus_read::keep(const read_step& step, byte_span registers) noexcept
{
    for (const std::uint16_t index : plan_.fields_of(step)) {
        const register_field& field = map_->fields[index];
        const std::size_t at = std::size_t{2} * (field.address - step.address);
        const std::size_t size = std::size_t{2} * field.count;
        if (step.function <= 2 || at + size > registers.size()) {
            // Bits: the first of them as a word of its own.
            const std::span<std::uint8_t> to = registers_of(index);
            std::fill(to.begin(), to.end(), std::uint8_t{0});
            const std::size_t bit = static_cast<std::size_t>(field.address - step.address);
            if (to.size() >= 2 && bit / 8 < registers.size()) {
                to[1] = registers[bit / 8] >> bit % 8 & 1U;
            }
        } else {
            std::copy_n(registers.begin() + static_cast<std::ptrdiff_t>(at), size,
                        registers_of(index).begin());
        }
        to_.states[index] = field_state::read;
    }
}

constexpr void modbus_read::mark(const read_step& step, field_state as) noexcept
{
    for (const std::uint16_t index : plan_.fields_of(step)) {
        to_.states[index] = as;
    }
}

/// 1 where the map has no such ratio, 0 where it has one that could not be read.
constexpr std::int64_t modbus_read::ratio_of(role what) const noexcept
{
    const std::int16_t index = find_field(*map_, what);
    if (index == no_field) {
        return 1;
    }
    const auto at = static_cast<std::size_t>(index);
    if (to_.states[at] != field_state::read) {
        return 0;
    }
    const register_value value = read_value(map_->fields[at], registers_of(at));
    const auto whole = rescaled(value.number, 0, rounding::exact);
    return value.is_sound && whole && *whole > 0 ? *whole : 0;
}

constexpr void modbus_read::decode_all() noexcept
{
    const std::int64_t voltage = ratio_of(role::voltage_ratio);
    const std::int64_t current = ratio_of(role::current_ratio);
    for (std::size_t i = 0; i < map_->fields.size(); ++i) {
        if (to_.states[i] == field_state::read) {
            decode(i, voltage, current);
        }
    }
}

constexpr void modbus_read::decode(std::size_t index, std::int64_t voltage_ratio,
                                   std::int64_t current_ratio) noexcept
{
    const register_field& field = map_->fields[index];
    register_value& out = to_.values[index];
    int power = 0;
    bool is_known = true;
    if (field.scale_field != no_field) {
        const auto factor = static_cast<std::size_t>(field.scale_field);
        const register_value value = to_.states[factor] == field_state::read
                                         ? read_value(map_->fields[factor], registers_of(factor))
                                         : register_value{};
        const auto whole = rescaled(value.number, 0, rounding::exact);
        is_known = value.is_sound && whole && *whole >= -10 && *whole <= 10;
        power = is_known ? static_cast<int>(*whole) : 0;
    }
    std::int64_t ratio = 1;
    if (field.ratio == transformer::voltage || field.ratio == transformer::power) {
        ratio = voltage_ratio;
    }
    if (field.ratio == transformer::current || field.ratio == transformer::power) {
        std::int64_t both = 0;
        ratio = __builtin_mul_overflow(ratio, current_ratio, &both) ? 0 : both;
    }
    out = read_value(field, registers_of(index), power, ratio > 0 ? ratio : 1);
    if (!out.is_missing && (!is_known || ratio == 0)) {
        out.is_sound = false;
        out.problem = errc::not_found;  // what it would be multiplied with
    }
}

}  // namespace wattpurse::meter
