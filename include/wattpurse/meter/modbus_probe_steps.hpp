// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <wattpurse/codec/modbus/encode_request.hpp>
#include <wattpurse/codec/modbus/function.hpp>
#include <wattpurse/codec/modbus/parse_response.hpp>
#include <wattpurse/meter/modbus_probe.hpp>
#include <wattpurse/meter/modbus_refusal.hpp>

/// The steps of `modbus_probe`.
namespace wattpurse::meter {

namespace detail {

/// Pages of an identification looked at, and times a busy device is asked the same again.
inline constexpr std::size_t identification_pages_max = 8;
inline constexpr std::uint8_t busy_max = 3;
/// Compared bits that no device shows by accident.
inline constexpr std::uint16_t settling_bits = 32;

/// The bits of a probe that count, and whether all of them are as expected.
struct probe_match {
    bool is_match = false;
    std::uint16_t bits = 0;
};

[[nodiscard]] constexpr probe_match match(const probe_rule& rule, byte_span registers) noexcept
{
    probe_match out{registers.size() >= rule.expected.size(), 0};
    for (std::size_t i = 0; out.is_match && i < rule.expected.size(); ++i) {
        const unsigned mask = i < rule.mask.size() ? rule.mask[i] : 0xFFU;
        out.is_match = ((registers[i] ^ rule.expected[i]) & mask) == 0;
        out.bits = static_cast<std::uint16_t>(out.bits + std::popcount(mask));
    }
    return out;
}

}  // namespace detail

constexpr modbus_probe::modbus_probe(std::uint8_t unit, std::span<const register_map> maps,
                                     std::span<map_fit> fits,
                                     const modbus_probe_limits& limits) noexcept
    : unit_{unit},
      maps_{maps.first(std::min(maps.size(), fits.size()))},
      fits_{fits.first(maps_.size())},
      limits_{limits}
{
    std::fill(fits_.begin(), fits_.end(), map_fit{});
}

constexpr void modbus_probe::go_to(stage next) noexcept
{
    stage_ = next;
    map_ = 0;
    item_ = 0;
}

constexpr void modbus_probe::next_map() noexcept
{
    ++map_;
    item_ = 0;
}

constexpr bool modbus_probe::wants_sunspec() const noexcept
{
    return std::any_of(maps_.begin(), maps_.end(), [](const register_map& each) {
        return each.base == address_base::sunspec;
    });
}

/// Puts the next question of the present stage into `asked_`, or goes to the next stage.
constexpr bool modbus_probe::find_question() noexcept
{
    using codec::modbus::function;
    switch (stage_) {
        case stage::presence:
            asked_ = item_ == 0
                         ? codec::modbus::read_request(function::read_holding_registers, 0, 1)
                         : codec::modbus::read_request(function::read_input_registers, 0, 2);
            return true;
        case stage::identification:
            asked_ = codec::modbus::identification_request(
                codec::modbus::identification_code::regular, object_);
            return true;
        case stage::sunspec:
            asked_ = chain_.question();
            return true;
        case stage::probes: return find_probe();
        case stage::samples: return find_sample();
    }
    return false;
}

constexpr bool modbus_probe::find_probe() noexcept
{
    for (; map_ < maps_.size(); next_map()) {
        const register_map& map = maps_[map_];
        map_fit& fit = fits_[map_];
        if (fit.verdict != fit_verdict::untested || map.probes.empty()) {
            continue;
        }
        if (item_ == map.probes.size()) {
            fit.passed_probes = true;
            is_settled_ = is_settled_ || fit.probe_bits >= detail::settling_bits;
            continue;
        }
        const probe_rule& rule = map.probes[item_];
        if (std::uint32_t{fit.base} + rule.address + rule.count > 0x10000U) {
            fit.verdict = fit_verdict::absent;
            continue;
        }
        asked_ = codec::modbus::read_request(
            static_cast<codec::modbus::function>(rule.function),
            static_cast<std::uint16_t>(fit.base + rule.address), rule.count);
        return true;
    }
    go_to(stage::samples);
    return false;
}

constexpr bool modbus_probe::find_sample() noexcept
{
    for (; map_ < maps_.size(); next_map()) {
        const register_map& map = maps_[map_];
        map_fit& fit = fits_[map_];
        const bool is_needless = is_settled_ && !fit.passed_probes && !limits_.is_thorough;
        if (fit.verdict != fit_verdict::untested || is_needless) {
            continue;
        }
        for (; item_ < fit_samples_max; ++item_) {
            field_ = fit_sample(map, item_);
            const auto question = field_ == no_field ? std::nullopt
                                                     : fit_question(map, field_, fit.base);
            if (question) {
                asked_ = *question;
                return true;
            }
        }
        conclude(map_);
    }
    finish();
    return false;
}

constexpr std::optional<link::modbus_job> modbus_probe::next() noexcept
{
    while (!waiting_ && !finished()) {
        if (!find_question()) {
            continue;
        }
        if (const kept* known = recall()) {
            digest(known->how, byte_span{known->pdu}.first(known->size));
            continue;
        }
        if (questions_ == limits_.questions_max || silences_ >= limits_.silences_max) {
            finish();
            break;
        }
        const auto request = codec::modbus::to_pdu(asked_);
        if (!request) {
            digest(reply::refused, {});  // a rule that no device can answer
            continue;
        }
        link::modbus_job out;
        out.prio = limits_.prio;
        out.unit = unit_;
        out.request = *request;
        out.timeout = limits_.timeout;
        out.attempts_max = limits_.attempts_max;
        waiting_ = true;
        ++questions_;
        return out;
    }
    return std::nullopt;
}

constexpr void modbus_probe::take(const link::modbus_event& what) noexcept
{
    using kind = link::modbus_event::kind_type;
    if (!waiting_) {
        return;
    }
    waiting_ = false;
    reply how = reply::silent;
    if (what.kind == kind::answered) {
        how = codec::modbus::parse_response(what.answer.view(), asked_) ? reply::answered
                                                                        : reply::refused;
    } else if (what.kind == kind::refused) {
        const bool is_busy = detail::is_busy(what.exception);
        if (is_busy && stage_ != stage::presence && ++busy_ < detail::busy_max) {
            return;  // the same question once more
        }
        const bool is_there = detail::is_no(what.exception) ||
                              (is_busy && stage_ == stage::presence);
        how = is_there ? reply::refused : reply::silent;
    }
    busy_ = 0;
    silences_ += how == reply::silent ? 1 : 0;
    remember(how, what.answer.view());
    digest(how, what.answer.view());
}

constexpr void modbus_probe::digest(reply how, byte_span pdu) noexcept
{
    switch (stage_) {
        case stage::presence: return digest_presence(how);
        case stage::identification: return digest_page(how, pdu);
        case stage::sunspec: return digest_sunspec(how, pdu);
        case stage::probes: return digest_probe(how, pdu);
        case stage::samples: return digest_sample(how, pdu);
    }
}

constexpr void modbus_probe::digest_presence(reply how) noexcept
{
    if (how != reply::silent) {
        return go_to(limits_.with_identification ? stage::identification
                     : wants_sunspec()           ? stage::sunspec
                                                 : stage::probes);
    }
    ++item_;
    if (item_ == (limits_.is_thorough ? 2U : 1U)) {
        state_ = state_type::nobody;
    }
}

constexpr void modbus_probe::digest_page(reply how, byte_span pdu) noexcept
{
    bool goes_on = false;
    const auto read = codec::modbus::parse_response(pdu);
    const auto page = how == reply::answered && read
                          ? codec::modbus::read_page(*read)
                          : result<codec::modbus::identification_page>{fail(errc::not_found)};
    if (page) {
        byte_span rest = page->objects;
        while (const auto object = codec::modbus::take_object(rest)) {
            keep_text(*object);
        }
        goes_on = page->more_follows && page->next_object > object_ &&
                  page->next_object < device_identity::objects &&
                  ++item_ < detail::identification_pages_max;
        object_ = page->next_object;
    }
    if (!goes_on) {
        go_to(wants_sunspec() ? stage::sunspec : stage::probes);
    }
}

constexpr void modbus_probe::keep_text(const codec::modbus::identified& what) noexcept
{
    if (what.id >= device_identity::objects) {
        return;
    }
    const std::size_t size = std::min(what.value.size(), device_identity::text_max);
    for (std::size_t i = 0; i < size; ++i) {
        const std::uint8_t byte = what.value[i];
        identity_.texts[what.id][i] = byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '?';
    }
    identity_.sizes[what.id] = static_cast<std::uint8_t>(size);
}

constexpr void modbus_probe::digest_sunspec(reply how, byte_span pdu) noexcept
{
    const std::uint16_t at = asked_.address;
    const bool walks = chain_.walks();
    chain_.take(how == reply::answered ? pdu : byte_span{});
    if (walks && how == reply::answered) {
        for (std::size_t i = 0; i < maps_.size(); ++i) {
            // The first of several models of one kind: that is what a reading finds too.
            if (maps_[i].base == address_base::sunspec && fits_[i].base == 0 &&
                maps_[i].sunspec_model == codec::modbus::word_at(pdu, 2)) {
                fits_[i].base = at;
            }
        }
    }
    if (chain_.state() == sunspec_base::state_type::searching) {
        return;
    }
    for (std::size_t i = 0; i < maps_.size(); ++i) {
        if (maps_[i].base == address_base::sunspec && fits_[i].base == 0) {
            fits_[i].verdict = fit_verdict::absent;
        }
    }
    go_to(stage::probes);
}

constexpr void modbus_probe::digest_probe(reply how, byte_span pdu) noexcept
{
    const auto read = codec::modbus::parse_response(pdu, asked_);
    map_fit& fit = fits_[map_];
    if (how != reply::answered || !read) {
        fit.verdict = fit_verdict::absent;
        return;
    }
    const auto matched = detail::match(maps_[map_].probes[item_], read->data);
    fit.probe_bits = static_cast<std::uint16_t>(fit.probe_bits + matched.bits);
    if (!matched.is_match) {
        fit.verdict = fit_verdict::contradicted;
        return;
    }
    ++item_;
}

constexpr void modbus_probe::digest_sample(reply how, byte_span pdu) noexcept
{
    const auto read = codec::modbus::parse_response(pdu, asked_);
    map_fit& fit = fits_[map_];
    if (how != reply::answered || !read) {
        ++fit.absences;
        ++item_;
        return;
    }
    ++fit.answers;
    const sample_mark mark = judge_sample(maps_[map_], field_, item_, read->data);
    if (mark == sample_mark::impossible) {
        fit.verdict = fit_verdict::contradicted;
        return;
    }
    if (mark == sample_mark::good) {
        fit.points = static_cast<std::uint8_t>(
            fit.points + (item_ == detail::sample_frequency ? 2 : 1));
    }
    ++item_;
}

constexpr void modbus_probe::conclude(std::size_t map) noexcept
{
    map_fit& fit = fits_[map];
    const bool is_plausible = is_likely(maps_[map], fit);
    // A short probe, such as a single 1, is met by accident: values have to say the same.
    const bool is_sure = fit.probe_bits >= detail::settling_bits ||
                         (fit.probe_bits > 0 && is_plausible);
    if (fit.passed_probes && is_sure) {
        fit.verdict = fit_verdict::proven;
    } else if (is_plausible) {
        fit.verdict = fit_verdict::plausible;
    } else if (fit.answers > 0 || fit.passed_probes) {
        fit.verdict = fit_verdict::unclear;
    } else if (fit.absences > 0) {
        fit.verdict = fit_verdict::absent;
    }
}

constexpr void modbus_probe::finish() noexcept
{
    for (std::size_t i = 0; i < fits_.size(); ++i) {
        if (fits_[i].verdict == fit_verdict::untested) {
            conclude(i);
        }
    }
    state_ = state_type::found;
}

constexpr void modbus_probe::remember(reply how, byte_span pdu) noexcept
{
    const bool is_reading = stage_ == stage::probes || stage_ == stage::samples;
    if (!is_reading || pdu.size() > kept{}.pdu.size()) {
        return;
    }
    // The oldest goes: maps of one vendor stand together.
    kept& to = kept_[kept_count_++ % kept_.size()];
    to = {asked_.function, asked_.address, asked_.quantity, how, {},
          static_cast<std::uint8_t>(pdu.size())};
    std::copy(pdu.begin(), pdu.end(), to.pdu.begin());
}

constexpr const modbus_probe::kept* modbus_probe::recall() const noexcept
{
    const bool is_reading = stage_ == stage::probes || stage_ == stage::samples;
    const std::size_t count = is_reading ? std::min(kept_count_, kept_.size()) : 0;
    for (std::size_t i = 0; i < count; ++i) {
        const kept& each = kept_[i];
        if (each.function == asked_.function && each.address == asked_.address &&
            each.count == asked_.quantity) {
            return &each;
        }
    }
    return nullptr;
}

constexpr std::optional<std::size_t> modbus_probe::best() const noexcept
{
    std::optional<std::size_t> out;
    for (std::size_t i = 0; i < fits_.size(); ++i) {
        if (fits_[i].verdict >= fit_verdict::plausible &&
            (!out || fits_better(fits_[i], fits_[*out]))) {
            out = i;
        }
    }
    return out;
}

constexpr bool modbus_probe::is_ambiguous() const noexcept
{
    const auto first = best();
    std::size_t equals = 0;
    for (std::size_t i = 0; first && i < fits_.size(); ++i) {
        equals += fits_better(fits_[*first], fits_[i]) ? 0 : 1;
    }
    return equals > 1;
}

}  // namespace wattpurse::meter
