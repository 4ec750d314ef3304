// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/scaled_number.hpp>

namespace wattpurse::meter {

/// The layout of a binary fraction (IEEE 754-2008, 3.4).
struct fraction_format {
    int mantissa_bits = 0;  ///< with the hidden one
    int exponent_bits = 0;
};
inline constexpr fraction_format single_precision{24, 8};
inline constexpr fraction_format double_precision{53, 11};

/// A binary fraction as a decimal. Computed with integers alone and rounded once, half to even.
struct decimal_of_fraction {
    enum class kind_type : std::uint8_t {
        number,
        not_a_number,
        too_large,  ///< infinite, or past what a `scaled_number` holds
    };
    kind_type kind = kind_type::number;
    scaled_number number{};  ///< its exponent is the resolution asked for
    /// The fraction's own step at this size is coarser than the resolution: digits of the device
    /// are lost already. Of single precision and hundredths that begins at 131 072.00.
    bool is_inexact = false;
};

/// `word` x `scale` at 10^`resolution`. `scale.mantissa` is positive and below 2^32.
[[nodiscard]] constexpr decimal_of_fraction to_decimal(std::uint64_t word, fraction_format format,
                                                       scaled_number scale,
                                                       int resolution) noexcept;

/// The fraction nearest to `value` / `scale`, ties to even. `out_of_range` past its largest.
[[nodiscard]] constexpr result<std::uint64_t> to_fraction(scaled_number value,
                                                          fraction_format format,
                                                          scaled_number scale) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

/// A natural number of up to 384 bits, and whether something was cut off below it. Enough for a
/// mantissa of 53 bits, a scale of 32, 36 powers of ten and what shifts need.
class long_number {
public:
    static constexpr std::size_t limbs = 12;
    static constexpr int bits_max = 32 * limbs;

    constexpr explicit long_number(std::uint64_t value) noexcept
    {
        limb_[0] = static_cast<std::uint32_t>(value & 0xFFFF'FFFFU);
        limb_[1] = static_cast<std::uint32_t>(value >> 32U);
    }

    constexpr void multiply(std::uint32_t factor) noexcept
    {
        std::uint64_t carry = 0;
        for (std::uint32_t& each : limb_) {
            carry += std::uint64_t{each} * factor;
            each = static_cast<std::uint32_t>(carry & 0xFFFF'FFFFU);
            carry >>= 32U;
        }
    }
    constexpr void divide(std::uint32_t divisor) noexcept
    {
        std::uint64_t rest = 0;
        for (std::size_t i = limbs; i-- > 0;) {
            rest = rest << 32U | limb_[i];
            limb_[i] = static_cast<std::uint32_t>(rest / divisor);
            rest %= divisor;
        }
        cut_ = cut_ || rest != 0;
    }
    /// By a power of ten, up or down.
    constexpr void scale(int power) noexcept
    {
        for (; power > 0; --power) {
            multiply(10);
        }
        for (; power < 0; ++power) {
            divide(10);
        }
    }
    /// By a power of two, up or down.
    constexpr void shift(int power) noexcept
    {
        for (; power >= 31; power -= 31) {
            multiply(std::uint32_t{1} << 31U);
        }
        if (power > 0) {
            multiply(std::uint32_t{1} << static_cast<unsigned>(power));
        }
        if (power < -bits_max) {  // nothing is left, whatever it was
            cut_ = cut_ || bits() > 0;
            limb_ = {};
            return;
        }
        for (; power <= -31; power += 31) {
            divide(std::uint32_t{1} << 31U);
        }
        if (power < 0) {
            divide(std::uint32_t{1} << static_cast<unsigned>(-power));
        }
    }

    [[nodiscard]] constexpr int bits() const noexcept
    {
        for (std::size_t i = limbs; i-- > 0;) {
            if (limb_[i] != 0) {
                return static_cast<int>(32 * i) + 32 - std::countl_zero(limb_[i]);
            }
        }
        return 0;
    }
    /// Of a number that has 64 bits at most.
    [[nodiscard]] constexpr std::uint64_t low() const noexcept
    {
        return std::uint64_t{limb_[1]} << 32U | limb_[0];
    }
    [[nodiscard]] constexpr bool was_cut() const noexcept { return cut_; }

private:
    std::array<std::uint32_t, limbs> limb_{};
    bool cut_ = false;
};

/// Rounds a number of twice the size wanted, half to even.
[[nodiscard]] constexpr std::uint64_t halved(std::uint64_t twice, bool was_cut) noexcept
{
    const std::uint64_t whole = twice >> 1U;
    const bool is_up = (twice & 1U) != 0 && (was_cut || (whole & 1U) != 0);
    return whole + (is_up ? 1 : 0);
}

/// Mantissa and exponent: value = mantissa x 2^exponent.
struct fraction_parts {
    bool negative = false;
    bool is_special = false;  ///< infinite, or not a number
    std::uint64_t mantissa = 0;
    int exponent = 0;
};

[[nodiscard]] constexpr fraction_parts parts_of(std::uint64_t word,
                                                fraction_format format) noexcept
{
    const int stored = format.mantissa_bits - 1;
    const std::uint64_t hidden = std::uint64_t{1} << stored;
    const std::uint64_t exponent_max = (std::uint64_t{1} << format.exponent_bits) - 1;
    const std::uint64_t biased = word >> stored & exponent_max;
    fraction_parts out;
    out.negative = (word >> (stored + format.exponent_bits) & 1U) != 0;
    out.is_special = biased == exponent_max;
    out.mantissa = (word & (hidden - 1)) | (biased != 0 ? hidden : 0);
    const int bias = static_cast<int>(exponent_max >> 1U) + stored;
    out.exponent = (biased != 0 ? static_cast<int>(biased) : 1) - bias;
    return out;
}

/// Twice mantissa x 2^exponent x scale x 10^-resolution; false past 64 bits.
[[nodiscard]] constexpr bool twice_in_steps(std::uint64_t mantissa, int exponent,
                                            scaled_number scale, int resolution,
                                            std::uint64_t& out, bool& was_cut) noexcept
{
    long_number number{mantissa};
    if (mantissa != 0 && exponent > 130) {
        return false;
    }
    number.multiply(static_cast<std::uint32_t>(scale.mantissa));
    const int power = scale.exponent - resolution;
    if (power > 0) {
        number.scale(power);
    }
    number.shift(exponent + 1);
    if (power < 0) {
        number.scale(power);
    }
    was_cut = number.was_cut();
    out = number.low();
    return number.bits() <= 64;
}

}  // namespace detail

constexpr decimal_of_fraction to_decimal(std::uint64_t word, fraction_format format,
                                         scaled_number scale, int resolution) noexcept
{
    using kind = decimal_of_fraction::kind_type;
    const detail::fraction_parts parts = detail::parts_of(word, format);
    decimal_of_fraction out;
    if (parts.is_special) {
        const std::uint64_t stored = (std::uint64_t{1} << (format.mantissa_bits - 1)) - 1;
        out.kind = (parts.mantissa & stored) != 0 ? kind::not_a_number : kind::too_large;
        return out;
    }
    std::uint64_t twice = 0;
    bool was_cut = false;
    const bool fits = detail::twice_in_steps(parts.mantissa, parts.exponent, scale, resolution,
                                             twice, was_cut);
    const std::uint64_t magnitude = detail::halved(twice, was_cut);
    if (!fits || magnitude > kernel::magnitude_max) {
        out.kind = kind::too_large;
        return out;
    }
    const auto mantissa = static_cast<std::int64_t>(magnitude);
    out.number = {parts.negative ? -mantissa : mantissa, static_cast<std::int8_t>(resolution)};
    const bool is_step = detail::twice_in_steps(1, parts.exponent, scale, resolution, twice,
                                                was_cut);
    out.is_inexact = parts.mantissa != 0 && (!is_step || twice > 2 || (twice == 2 && was_cut));
    return out;
}

constexpr result<std::uint64_t> to_fraction(scaled_number value, fraction_format format,
                                            scaled_number scale) noexcept
{
    if (scale.mantissa <= 0 || scale.mantissa > std::int64_t{0xFFFF'FFFF}) {
        return fail(errc::out_of_range);
    }
    const std::uint64_t magnitude = kernel::magnitude(value.mantissa);
    const int stored = format.mantissa_bits - 1;
    const std::uint64_t sign = std::uint64_t{value.mantissa < 0 ? 1U : 0U}
                               << (stored + format.exponent_bits);
    if (magnitude == 0) {
        return sign;
    }
    constexpr int lift = 160;  // 36 divisions by ten take 120 bits, the scale 32
    const int power = value.exponent - scale.exponent;
    detail::long_number number{magnitude};
    if (power > 0) {
        number.scale(power);
    }
    number.shift(lift);
    if (power < 0) {
        number.scale(power);
    }
    number.divide(static_cast<std::uint32_t>(scale.mantissa));
    // One bit more than the mantissa has, for rounding; fewer where it is subnormal.
    const int exponent_least = 2 - (1 << (format.exponent_bits - 1)) - stored;
    int exponent = number.bits() - format.mantissa_bits - lift;
    exponent = exponent < exponent_least ? exponent_least : exponent;
    number.shift(-(exponent + lift - 1));
    std::uint64_t mantissa = detail::halved(number.low(), number.was_cut());
    if (mantissa >> format.mantissa_bits != 0) {
        mantissa >>= 1U;
        ++exponent;
    }
    const std::uint64_t hidden = std::uint64_t{1} << stored;
    const int biased = mantissa < hidden ? 0 : exponent - exponent_least + 1;
    if (biased >= (1 << format.exponent_bits) - 1) {
        return fail(errc::out_of_range);
    }
    return sign | static_cast<std::uint64_t>(biased) << stored | (mantissa & (hidden - 1));
}

}  // namespace wattpurse::meter
