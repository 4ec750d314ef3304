// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/scaled_number.hpp>
#include <wattpurse/codec/modbus/pdu.hpp>
#include <wattpurse/meter/binary_fraction.hpp>
#include <wattpurse/meter/register_map.hpp>

namespace wattpurse::meter {

/// One value as it was read. Borrows the registers.
struct register_value {
    byte_span raw;               ///< the registers, big-endian, as on the wire
    bool is_missing = false;     ///< the device says that it has no such value
    bool is_sound = false;       ///< there, and its content fits its type
    errc problem = errc::not_available;  ///< why it is not sound
    bool is_inexact = false;     ///< a float past the point where its steps exceed the resolution
    bool is_implausible = false; ///< outside the range the profile gives
    scaled_number number{};      ///< of numbers: raw x scale, exact
    std::uint64_t word = 0;      ///< of numbers and bits: as they came, in one word
    scaled_number applied{1, 0}; ///< ratio and scale factor that are in `number`
};

/// Reads the value of `what` from its registers, which must be `2 * what.count` bytes.
/// `scale_power` is the value of its scale factor register, where it has one. `ratio` multiplies
/// (PT, CT or both; 1 is none). Overflow makes it not sound.
[[nodiscard]] constexpr register_value read_value(const register_field& what, byte_span registers,
                                                  int scale_power = 0,
                                                  std::int64_t ratio = 1) noexcept;

/// The reverse: `value` (in the field's unit) as registers. `inexact` where the field cannot hold
/// it exactly, `out_of_range`, `buffer_too_small`. Floats take the nearest.
[[nodiscard]] constexpr result<std::size_t> write_value(const register_field& what,
                                                        scaled_number value,
                                                        std::span<std::uint8_t> out,
                                                        int scale_power = 0) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

/// The registers in one word, at most four of them, the first 64 bits otherwise.
[[nodiscard]] constexpr std::uint64_t word_of(const register_field& what,
                                              byte_span registers) noexcept
{
    const std::size_t count = registers.size() / 2 < 4 ? registers.size() / 2 : 4;
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = what.words == word_order::high_first ? i : count - 1 - i;
        std::uint16_t each = codec::modbus::word_at(registers, 2 * at);
        if (what.bytes == byte_order::low_first) {
            each = static_cast<std::uint16_t>(each << 8U | each >> 8U);
        }
        word = word << 16U | each;
    }
    return word;
}

/// The reverse, into registers that are there.
constexpr void put_word(const register_field& what, std::uint64_t word,
                        std::span<std::uint8_t> out) noexcept
{
    const std::size_t count = out.size() / 2;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = what.words == word_order::high_first ? count - 1 - i : i;
        const auto high = static_cast<std::uint8_t>(word >> 8U & 0xFFU);
        const auto low = static_cast<std::uint8_t>(word & 0xFFU);
        const bool is_swapped = what.bytes == byte_order::low_first;
        out[2 * at] = is_swapped ? low : high;
        out[2 * at + 1] = is_swapped ? high : low;
        word >>= 16U;
    }
}

/// Registers that a number of that type takes; 0: as many as the field says.
[[nodiscard]] constexpr std::uint16_t registers_of(value_type type) noexcept
{
    switch (type) {
        case value_type::u16:
        case value_type::s16: return 1;
        case value_type::u32:
        case value_type::s32:
        case value_type::f32: return 2;
        case value_type::u64:
        case value_type::s64:
        case value_type::f64: return 4;
        default: return 0;
    }
}

[[nodiscard]] constexpr bool is_signed(value_type type) noexcept
{
    return type == value_type::s16 || type == value_type::s32 || type == value_type::s64;
}

[[nodiscard]] constexpr bool is_fraction(value_type type) noexcept
{
    return type == value_type::f32 || type == value_type::f64;
}

[[nodiscard]] constexpr fraction_format format_of(value_type type) noexcept
{
    return type == value_type::f32 ? single_precision : double_precision;
}

/// The integer that a word stands for. `not_bcd`, `out_of_range` (a digit group above 9999),
/// `overflow` past 2^63 - 1.
[[nodiscard]] constexpr result<std::int64_t> integer_of(value_type type, std::uint64_t word,
                                                        std::size_t count) noexcept
{
    std::uint64_t value = 0;
    if (type == value_type::bcd) {
        for (std::size_t i = 4 * count; i-- > 0;) {
            const std::uint64_t digit = word >> 4 * i & 0xFU;
            if (digit > 9) {
                return fail(errc::not_bcd);
            }
            value = 10 * value + digit;
        }
    } else if (type == value_type::mod10k) {
        for (std::size_t i = count; i-- > 0;) {
            const std::uint64_t group = word >> 16 * i & 0xFFFFU;
            if (group > 9999) {
                return fail(errc::out_of_range);
            }
            value = 10'000 * value + group;
        }
    } else if (is_signed(type)) {
        const auto unused = static_cast<unsigned>(64 - 16 * count);
        const auto wide = static_cast<std::int64_t>(word << unused) >> unused;
        if (wide < -kernel::mantissa_max) {
            return fail(errc::overflow);
        }
        return wide;
    } else {
        value = word;
    }
    if (value > kernel::magnitude_max) {
        return fail(errc::overflow);
    }
    return static_cast<std::int64_t>(value);
}

/// The reverse. `out_of_range` where the type does not reach that far.
[[nodiscard]] constexpr result<std::uint64_t> word_of_integer(value_type type, std::int64_t value,
                                                              std::size_t count) noexcept
{
    const auto bits = static_cast<unsigned>(16 * count);
    const std::uint64_t mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
    if (is_signed(type)) {
        const std::int64_t most = static_cast<std::int64_t>(mask >> 1U);
        if (value > most || value < -most - 1) {
            return fail(errc::out_of_range);
        }
        return static_cast<std::uint64_t>(value) & mask;
    }
    if (value < 0) {
        return fail(errc::out_of_range);
    }
    auto rest = static_cast<std::uint64_t>(value);
    if (type != value_type::bcd && type != value_type::mod10k) {
        return rest > mask ? result<std::uint64_t>{fail(errc::out_of_range)}
                           : result<std::uint64_t>{rest};
    }
    const std::uint64_t base = type == value_type::bcd ? 10 : 10'000;
    const unsigned width = type == value_type::bcd ? 4 : 16;
    std::uint64_t word = 0;
    for (unsigned at = 0; at < bits; at += width) {
        word |= rest % base << at;
        rest /= base;
    }
    return rest != 0 ? result<std::uint64_t>{fail(errc::out_of_range)}
                     : result<std::uint64_t>{word};
}

constexpr void set_problem(register_value& out, errc why) noexcept
{
    out.is_sound = false;
    out.problem = why;
}

/// Range of the profile, once there is a number.
constexpr void judge_range(register_value& out, const register_field& what) noexcept
{
    out.is_implausible = out.is_sound && what.has_range &&
                         (compare(out.number, what.valid_min) < 0 ||
                          compare(out.number, what.valid_max) > 0);
}

constexpr void read_fraction(register_value& out, const register_field& what,
                             int scale_power) noexcept
{
    using kind = decimal_of_fraction::kind_type;
    scaled_number scale = what.scale;
    scale.exponent = static_cast<std::int8_t>(scale.exponent + scale_power);
    const auto read = to_decimal(out.word, format_of(what.type), scale, what.resolution);
    out.is_missing = read.kind == kind::not_a_number;
    if (read.kind != kind::number) {
        return set_problem(out, out.is_missing ? errc::not_available : errc::overflow);
    }
    out.number = read.number;
    out.is_inexact = read.is_inexact;
    out.is_sound = true;
}

constexpr void read_integer(register_value& out, const register_field& what,
                            int scale_power) noexcept
{
    const auto raw = integer_of(what.type, out.word, what.count);
    if (!raw) {
        return set_problem(out, raw.error());
    }
    scaled_number scale = what.scale;
    scale.exponent = static_cast<std::int8_t>(scale.exponent + scale_power);
    const auto number = product({*raw, 0}, scale);
    if (!number) {
        return set_problem(out, number.error());
    }
    out.number = *number;
    out.is_sound = true;
}

}  // namespace detail

constexpr register_value read_value(const register_field& what, byte_span registers,
                                    int scale_power, std::int64_t ratio) noexcept
{
    register_value out;
    out.raw = registers;
    if (registers.size() != std::size_t{2} * what.count || what.count == 0) {
        detail::set_problem(out, errc::out_of_range);
        return out;
    }
    const bool is_bare = what.type == value_type::text || what.type == value_type::raw ||
                         what.type == value_type::record;
    if (is_bare) {
        out.is_sound = true;
        return out;
    }
    const std::uint16_t wanted = detail::registers_of(what.type);
    if (what.count > 4 || (wanted != 0 && wanted != what.count) || scale_power < -18 ||
        scale_power > 18 || ratio < 1) {
        detail::set_problem(out, errc::out_of_range);
        return out;
    }
    out.word = detail::word_of(what, registers);
    if (what.has_sentinel && out.word == what.sentinel) {
        out.is_missing = true;
        return out;
    }
    if (what.type == value_type::bits) {
        out.is_sound = true;
        return out;
    }
    if (detail::is_fraction(what.type)) {
        detail::read_fraction(out, what, scale_power);
    } else {
        detail::read_integer(out, what, scale_power);
    }
    if (out.is_sound && ratio != 1) {
        const auto primary = product(out.number, {ratio, 0});
        primary ? void(out.number = *primary) : detail::set_problem(out, primary.error());
    }
    out.applied = {ratio, static_cast<std::int8_t>(scale_power)};
    detail::judge_range(out, what);
    return out;
}

constexpr result<std::size_t> write_value(const register_field& what, scaled_number value,
                                          std::span<std::uint8_t> out, int scale_power) noexcept
{
    const std::size_t size = std::size_t{2} * what.count;
    const std::uint16_t wanted = detail::registers_of(what.type);
    if (what.count == 0 || what.count > 4 || (wanted != 0 && wanted != what.count) ||
        what.type == value_type::text || what.type == value_type::raw ||
        what.type == value_type::record || scale_power < -18 || scale_power > 18) {
        return fail(errc::out_of_range);
    }
    if (out.size() < size) {
        return fail(errc::buffer_too_small);
    }
    scaled_number scale = what.scale;
    scale.exponent = static_cast<std::int8_t>(scale.exponent + scale_power);
    result<std::uint64_t> word = fail(errc::out_of_range);
    if (detail::is_fraction(what.type)) {
        word = to_fraction(value, detail::format_of(what.type), scale);
    } else {
        const auto steps = rescaled(value, scale.exponent, rounding::exact);
        if (!steps || scale.mantissa == 0) {
            return fail(steps ? errc::out_of_range : steps.error());
        }
        if (*steps % scale.mantissa != 0) {
            return fail(errc::inexact);
        }
        word = detail::word_of_integer(what.type, *steps / scale.mantissa, what.count);
    }
    if (!word) {
        return fail(word.error());
    }
    detail::put_word(what, *word, out.first(size));
    return size;
}

}  // namespace wattpurse::meter
