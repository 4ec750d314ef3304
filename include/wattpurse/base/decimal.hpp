// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/rounding.hpp>
#include <wattpurse/base/scaled_arithmetic.hpp>
#include <wattpurse/base/scaled_text.hpp>

namespace wattpurse {

/// An exact number with `Scale` decimal places (定点小数): a 64-bit mantissa, the scale in the
/// type. The value is mantissa() * 10^-Scale.
///
/// Nothing wraps and nothing saturates: what does not fit is `errc::overflow`. The smallest
/// 64-bit integer is outside the range, so that negation is total. Digits are lost only where a
/// `rounding` was named. There is no operator for products or quotients: see `mul` and `div`.
template <int Scale>
class decimal {
    static_assert(Scale >= 0 && Scale <= 18, "a 64-bit mantissa holds 18 places");

public:
    static constexpr int scale = Scale;
    static constexpr std::int64_t mantissa_max = kernel::mantissa_max;

    constexpr decimal() noexcept = default;  ///< zero

    /// The number of that mantissa; `errc::overflow` for INT64_MIN.
    [[nodiscard]] static constexpr result<decimal> from_mantissa(std::int64_t mantissa) noexcept;

    /// For constants known to the programmer: INT64_MIN is an assertion.
    [[nodiscard]] static constexpr decimal of(std::int64_t mantissa) noexcept;

    /// Reads `-?digits(.digits)?` and nothing else: no plus, spaces, exponent, separators, bare
    /// point. Errors: `syntax`; `too_many_places` where the text has more places than the type;
    /// `overflow`.
    [[nodiscard]] static constexpr result<decimal> parse(std::string_view text) noexcept;

    /// As above, but surplus places are rounded.
    [[nodiscard]] static constexpr result<decimal> parse(std::string_view text,
                                                         rounding mode) noexcept;

    [[nodiscard]] constexpr std::int64_t mantissa() const noexcept { return mantissa_; }
    [[nodiscard]] constexpr bool is_zero() const noexcept { return mantissa_ == 0; }
    [[nodiscard]] constexpr bool is_negative() const noexcept { return mantissa_ < 0; }

    [[nodiscard]] constexpr decimal operator-() const noexcept { return decimal{-mantissa_}; }

    friend constexpr auto operator<=>(const decimal&, const decimal&) noexcept = default;

private:
    constexpr explicit decimal(std::int64_t mantissa) noexcept : mantissa_{mantissa} {}

    [[nodiscard]] static constexpr result<decimal> checked(kernel::outcome outcome) noexcept
    {
        if (!outcome.ok) [[unlikely]] {
            return fail(outcome.error);
        }
        return decimal{outcome.mantissa};
    }

    template <int S>
    friend constexpr result<decimal<S>> operator+(decimal<S> a, decimal<S> b) noexcept;
    template <int S>
    friend constexpr result<decimal<S>> operator-(decimal<S> a, decimal<S> b) noexcept;
    template <int To, int A, int B>
    friend constexpr result<decimal<To>> mul(decimal<A> a, decimal<B> b, rounding mode) noexcept;
    template <int To, int A, int B>
    friend constexpr result<decimal<To>> div(decimal<A> a, decimal<B> b, rounding mode) noexcept;
    template <int To, int A>
    friend constexpr result<decimal<To>> rescale(decimal<A> a, rounding mode) noexcept;

    std::int64_t mantissa_ = 0;
};

/// Exact sum; `errc::overflow`.
template <int S>
[[nodiscard]] constexpr result<decimal<S>> operator+(decimal<S> a, decimal<S> b) noexcept
{
    return decimal<S>::checked(kernel::add(a.mantissa(), b.mantissa()));
}

/// Exact difference; `errc::overflow`.
template <int S>
[[nodiscard]] constexpr result<decimal<S>> operator-(decimal<S> a, decimal<S> b) noexcept
{
    return decimal<S>::checked(kernel::add(a.mantissa(), -b.mantissa()));
}

/// The product, rounded once to `To` places from the exact value of up to 126 bits.
/// Errors: `overflow`, `inexact` (mode `exact` only).
template <int To, int A, int B>
[[nodiscard]] constexpr result<decimal<To>> mul(decimal<A> a, decimal<B> b, rounding mode) noexcept
{
    return decimal<To>::checked(kernel::mul<A + B - To>(a.mantissa(), b.mantissa(), mode));
}

/// The quotient, rounded once to `To` places from the exact value.
/// Errors: `divide_by_zero`, `overflow`, `inexact` (mode `exact` only).
template <int To, int A, int B>
[[nodiscard]] constexpr result<decimal<To>> div(decimal<A> a, decimal<B> b, rounding mode) noexcept
{
    return decimal<To>::checked(kernel::div(a.mantissa(), b.mantissa(), To + B - A, mode));
}

/// The same number with `To` places. Errors: `overflow`, `inexact` (mode `exact` only).
template <int To, int A>
[[nodiscard]] constexpr result<decimal<To>> rescale(decimal<A> a, rounding mode) noexcept
{
    if constexpr (To >= A) {
        return decimal<To>::checked(kernel::scale_up(a.mantissa(), To - A));
    } else {
        return decimal<To>::checked(kernel::scale_down<A - To>(a.mantissa(), mode));
    }
}

/// The magnitude; total, since the range is symmetric.
template <int S>
[[nodiscard]] constexpr decimal<S> abs(decimal<S> a) noexcept
{
    return a.is_negative() ? -a : a;
}

template <int Scale>
constexpr result<decimal<Scale>> decimal<Scale>::from_mantissa(std::int64_t mantissa) noexcept
{
    if (mantissa < -mantissa_max) {
        return fail(errc::overflow);
    }
    return decimal{mantissa};
}

template <int Scale>
constexpr decimal<Scale> decimal<Scale>::of(std::int64_t mantissa) noexcept
{
    WATTPURSE_ASSERT(mantissa >= -mantissa_max);
    return decimal{mantissa};
}

template <int Scale>
constexpr result<decimal<Scale>> decimal<Scale>::parse(std::string_view text) noexcept
{
    return checked(kernel::parse_strict(text, Scale));
}

template <int Scale>
constexpr result<decimal<Scale>> decimal<Scale>::parse(std::string_view text,
                                                       rounding mode) noexcept
{
    return checked(kernel::parse_rounded(text, Scale, mode));
}

}  // namespace wattpurse
