// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/scaled_number.hpp>
#include <wattpurse/meter/register_map.hpp>
#include <wattpurse/meter/register_value.hpp>

namespace wattpurse::meter {

/// One field as it came in one poll. Samples of one poll stand together, polls in their order.
struct order_sample {
    std::uint16_t field = 0;  ///< index into `register_map::fields`
    std::uint16_t poll = 0;
    byte_span registers;      ///< as on the wire
};

/// Which order the words and bytes of a meter's numbers seem to have. A proposal for a person:
/// nothing in this library acts on it.
struct order_proposal {
    word_order words = word_order::high_first;
    byte_order bytes = byte_order::high_first;
    /// 0 to 99: the questions by which the proposal is ahead of the runner-up, out of those and
    /// the ones that speak against it, which count twice, and two for luck. Ahead by three it is
    /// 60, by twelve 85, if nothing speaks against it. Below 50 it is not worth a thought.
    std::uint8_t confidence_percent = 0;
    std::uint16_t evidence = 0;              ///< questions that the orders answer differently
    std::array<std::uint16_t, 4> passed{};   ///< by order: words, then bytes, the low bit
};

/// Judges the four orders by what values can be: mains voltage and frequency, power factors
/// within one, energy that does not fall from poll to poll nor leap, phases that sum to the
/// total, ranges the map gives, binary fractions of a size that is measured anywhere. What all
/// orders answer alike, zeros above all, is no evidence. Fields of one register count only for
/// the order of bytes.
[[nodiscard]] constexpr order_proposal propose_order(
    const register_map& map, std::span<const order_sample> samples) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

inline constexpr std::size_t orders = 4;

/// The field read in another order.
[[nodiscard]] constexpr register_field in_order(register_field field, std::size_t order) noexcept
{
    field.words = (order & 2U) != 0 ? word_order::low_first : word_order::high_first;
    field.bytes = (order & 1U) != 0 ? byte_order::low_first : byte_order::high_first;
    return field;
}

[[nodiscard]] constexpr bool is_within(scaled_number value, scaled_number low,
                                       scaled_number high) noexcept
{
    return compare(value, low) >= 0 && compare(value, high) <= 0;
}

[[nodiscard]] constexpr scaled_number absolute(scaled_number value) noexcept
{
    return {value.mantissa < 0 ? -value.mantissa : value.mantissa, value.exponent};
}

/// What of its kind can be measured at a low-voltage connection, or that it is not measured.
[[nodiscard]] constexpr bool is_credible(const register_field& field,
                                         const register_value& value) noexcept
{
    if (value.is_missing) {
        return true;
    }
    if (!value.is_sound || value.is_implausible) {
        return false;
    }
    const scaled_number size = absolute(value.number);
    const std::string_view unit = field.unit;
    if (unit == "V") {
        return is_within(size, {80, 0}, {520, 0});
    }
    if (unit == "Hz") {
        return is_within(size, {45, 0}, {65, 0});
    }
    if (field.name.starts_with("power_factor") || unit == "PF") {
        return compare(size, {1, 0}) <= 0;
    }
    // Everything else: not larger than a large park, and not a crumb that only a binary
    // fraction read askew can show.
    const bool is_fraction = field.type == value_type::f32 || field.type == value_type::f64;
    return compare(size, {1, 9}) < 0 && !(is_fraction && size.mantissa == 0 && value.word != 0);
}

/// Marks of the four orders on one question, counted where they differ.
constexpr void count_marks(order_proposal& out, const std::array<bool, orders>& good) noexcept
{
    const auto yes = std::count(good.begin(), good.end(), true);
    if (yes == 0 || yes == static_cast<std::ptrdiff_t>(orders)) {
        return;
    }
    ++out.evidence;
    for (std::size_t i = 0; i < orders; ++i) {
        out.passed[i] = static_cast<std::uint16_t>(out.passed[i] + (good[i] ? 1 : 0));
    }
}

[[nodiscard]] constexpr const order_sample* sample_of(std::span<const order_sample> samples,
                                                      std::uint16_t poll,
                                                      std::int16_t field) noexcept
{
    for (const order_sample& each : samples) {
        if (each.poll == poll && static_cast<std::int16_t>(each.field) == field) {
            return &each;
        }
    }
    return nullptr;
}

/// From one poll to the next a counter of energy neither falls nor leaps.
[[nodiscard]] constexpr bool is_steady(const register_field& field, byte_span earlier,
                                       byte_span later, std::size_t order) noexcept
{
    const register_field seen = in_order(field, order);
    const register_value from = read_value(seen, earlier);
    const register_value to = read_value(seen, later);
    if (from.is_missing && to.is_missing) {
        return true;
    }
    if (!from.is_sound || !to.is_sound || compare(to.number, from.number) < 0) {
        return false;
    }
    const auto start = rescaled(from.number, to.number.exponent, rounding::down);
    std::int64_t rise = 0;
    return start && !__builtin_sub_overflow(to.number.mantissa, *start, &rise) && rise <= 100'000;
}

/// Three phases and their total, each within a fiftieth of it.
[[nodiscard]] constexpr bool sums_up(const register_map& map, const order_sample& total,
                                     const std::array<const order_sample*, 3>& phases,
                                     std::size_t order) noexcept
{
    const register_value whole =
        read_value(in_order(map.fields[total.field], order), total.registers);
    if (whole.is_missing) {
        return true;
    }
    if (!whole.is_sound) {
        return false;
    }
    std::int64_t difference = whole.number.mantissa;
    for (const order_sample* phase : phases) {
        const register_value part =
            read_value(in_order(map.fields[phase->field], order), phase->registers);
        if (part.is_missing) {
            continue;
        }
        const auto at = rescaled(part.number, whole.number.exponent, rounding::half_even);
        if (!part.is_sound || !at || __builtin_sub_overflow(difference, *at, &difference)) {
            return false;
        }
    }
    const std::int64_t size = absolute(whole.number).mantissa;
    return difference >= -(size / 50 + 3) && difference <= size / 50 + 3;
}

/// The field called `stem` with `_l1` (2, 3) behind it, in that poll.
[[nodiscard]] constexpr const order_sample* phase_of(const register_map& map,
                                                     std::span<const order_sample> samples,
                                                     const order_sample& total,
                                                     char digit) noexcept
{
    const std::string_view stem = map.fields[total.field].name;
    for (const order_sample& each : samples) {
        if (each.field >= map.fields.size()) {
            continue;
        }
        const std::string_view name = map.fields[each.field].name;
        if (each.poll == total.poll && name.size() == stem.size() + 3 && name.starts_with(stem) &&
            name.substr(stem.size(), 2) == "_l" && name.back() == digit) {
            return &each;
        }
    }
    return nullptr;
}

/// In hundredths; `best` of the questions are answered well, `second` by the runner-up.
[[nodiscard]] constexpr std::uint8_t confidence_of(unsigned best, unsigned second,
                                                   unsigned evidence) noexcept
{
    const unsigned lead = best - second;
    const unsigned against = evidence - best;
    const unsigned percent = lead * 100U / (lead + 2U * against + 2U);
    return static_cast<std::uint8_t>(percent < 99 ? percent : 99);
}

}  // namespace detail

constexpr order_proposal propose_order(const register_map& map,
                                       std::span<const order_sample> samples) noexcept
{
    order_proposal out;
    for (const order_sample& each : samples) {
        if (each.field >= map.fields.size()) {
            continue;
        }
        const register_field& field = map.fields[each.field];
        std::array<bool, detail::orders> good{};
        for (std::size_t order = 0; order < detail::orders; ++order) {
            const register_field seen = detail::in_order(field, order);
            good[order] = detail::is_credible(seen, read_value(seen, each.registers));
        }
        detail::count_marks(out, good);
        const order_sample* const earlier =
            each.poll > 0 ? detail::sample_of(samples, static_cast<std::uint16_t>(each.poll - 1),
                                              static_cast<std::int16_t>(each.field))
                          : nullptr;
        if (earlier != nullptr && field.unit.ends_with("Wh")) {
            for (std::size_t order = 0; order < detail::orders; ++order) {
                good[order] =
                    detail::is_steady(field, earlier->registers, each.registers, order);
            }
            detail::count_marks(out, good);
        }
        const std::array<const order_sample*, 3> phases{
            detail::phase_of(map, samples, each, '1'), detail::phase_of(map, samples, each, '2'),
            detail::phase_of(map, samples, each, '3')};
        if (field.unit.ends_with("W") && phases[0] && phases[1] && phases[2]) {
            for (std::size_t order = 0; order < detail::orders; ++order) {
                good[order] = detail::sums_up(map, each, phases, order);
            }
            detail::count_marks(out, good);
        }
    }
    std::size_t best = 0;
    for (std::size_t i = 1; i < detail::orders; ++i) {
        best = out.passed[i] > out.passed[best] ? i : best;
    }
    unsigned second = 0;
    for (std::size_t i = 0; i < detail::orders; ++i) {
        second = i != best && out.passed[i] > second ? out.passed[i] : second;
    }
    out.words = detail::in_order({}, best).words;
    out.bytes = detail::in_order({}, best).bytes;
    out.confidence_percent = detail::confidence_of(out.passed[best], second, out.evidence);
    return out;
}

}  // namespace wattpurse::meter
