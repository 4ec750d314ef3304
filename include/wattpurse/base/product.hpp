// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/base/money.hpp>
#include <wattpurse/base/quantity.hpp>

#if !WATTPURSE_HAS_INT128
#error "wattpurse/base/product.hpp belongs to the money column, which needs a 128-bit integer"
#endif

namespace wattpurse {

/// An exact product of energy and price, or a sum of such products: 128 bits at 10^-12 of the
/// currency unit (4 + 8 places), of no currency yet. It is rounded once, by `round`, after
/// everything that belongs to the charge has been added up.
class exact_charge {
public:
    static constexpr int scale = energy::scale + price::scale;

    constexpr exact_charge() noexcept = default;  ///< zero

    friend constexpr exact_charge operator*(energy used, price each) noexcept;

    friend constexpr result<exact_charge> operator+(exact_charge a, exact_charge b) noexcept;
    friend constexpr result<exact_charge> operator-(exact_charge a, exact_charge b) noexcept;
    [[nodiscard]] constexpr exact_charge operator-() const noexcept;

    friend constexpr auto operator<=>(const exact_charge&, const exact_charge&) noexcept = default;

    [[nodiscard]] constexpr bool is_zero() const noexcept { return value_ == 0; }
    [[nodiscard]] constexpr bool is_negative() const noexcept { return value_ < 0; }

    /// The charge as money of `unit`, at 10^-6.
    /// Errors: `overflow`, `inexact` (mode `exact` only).
    [[nodiscard]] constexpr result<money> round(currency unit, rounding mode) const noexcept;

    /// With all twelve places.
    [[nodiscard]] std::string text() const;

private:
    constexpr explicit exact_charge(kernel::int128 value) noexcept : value_{value} {}

    kernel::int128 value_ = 0;
};

/// Total: 63 bits by 63 bits cannot overflow 128.
[[nodiscard]] constexpr exact_charge operator*(energy used, price each) noexcept;
[[nodiscard]] constexpr exact_charge operator*(price each, energy used) noexcept;

/// Exact sum; `errc::overflow`.
[[nodiscard]] constexpr result<exact_charge> operator+(exact_charge a, exact_charge b) noexcept;

/// Exact difference; `errc::overflow`.
[[nodiscard]] constexpr result<exact_charge> operator-(exact_charge a, exact_charge b) noexcept;

/// A running total of one kind of quantity (`total<energy>`), 128 bits wide, so that adding up
/// single values never overflows in practice (2^64 of the largest).
template <class Quantity>
class total {
public:
    constexpr total() noexcept = default;  ///< zero

    constexpr void add(Quantity value) noexcept { accumulate(value.mantissa()); }
    constexpr void sub(Quantity value) noexcept { accumulate(-value.mantissa()); }

    /// Exact sum of two totals; `errc::overflow`.
    [[nodiscard]] friend constexpr result<total> operator+(total a, total b) noexcept
    {
        total out;
        if (__builtin_add_overflow(a.value_, b.value_, &out.value_)) {
            return fail(errc::overflow);
        }
        return out;
    }

    /// The total as a single quantity; `errc::overflow` where it does not fit one.
    [[nodiscard]] constexpr result<Quantity> narrow() const noexcept
    {
        if (value_ > kernel::mantissa_max || value_ < -kernel::mantissa_max) {
            return fail(errc::overflow);
        }
        return Quantity::of(static_cast<std::int64_t>(value_));
    }

    [[nodiscard]] constexpr bool is_zero() const noexcept { return value_ == 0; }
    [[nodiscard]] constexpr bool is_negative() const noexcept { return value_ < 0; }

    friend constexpr auto operator<=>(const total&, const total&) noexcept = default;

    /// With all places of the quantity, whatever the size.
    [[nodiscard]] std::string text() const;

private:
    constexpr void accumulate(std::int64_t mantissa) noexcept
    {
        const bool overflow = __builtin_add_overflow(value_, mantissa, &value_);
        WATTPURSE_ASSERT(!overflow);
    }

    kernel::int128 value_ = 0;
};

using energy_total = total<energy>;

/// A running total of one currency.
class money_total {
public:
    constexpr explicit money_total(currency unit) noexcept : unit_{unit} {}

    /// `errc::currency_mismatch`; the total is then unchanged.
    [[nodiscard]] constexpr result<void> add(money value) noexcept;
    /// `errc::currency_mismatch`; the total is then unchanged.
    [[nodiscard]] constexpr result<void> sub(money value) noexcept;

    /// The total as one amount; `errc::overflow` where it does not fit one.
    [[nodiscard]] constexpr result<money> narrow() const noexcept;

    [[nodiscard]] constexpr currency unit() const noexcept { return unit_; }
    [[nodiscard]] constexpr bool is_zero() const noexcept { return sum_.is_zero(); }
    [[nodiscard]] constexpr bool is_negative() const noexcept { return sum_.is_negative(); }

    friend constexpr bool operator==(const money_total&, const money_total&) noexcept = default;

    /// The bare number with six places, whatever the size.
    [[nodiscard]] std::string text() const { return sum_.text(); }

private:
    total<money::amount_type> sum_;
    currency unit_;
};

// ---------------------------------------------------------------------------------------------

namespace kernel {

/// A 128-bit mantissa with `places` places, as text.
[[nodiscard]] inline std::string format_wide(int128 value, int places)
{
    std::array<char, 48> buffer{};
    auto rest = static_cast<uint128>(value);
    if (value < 0) {
        rest = 0 - rest;
    }
    char* const last = buffer.data() + buffer.size();
    char* p = last;
    for (int digits = 0; rest != 0 || digits <= places; ++digits) {
        if (digits == places && places > 0) {
            *--p = '.';
        }
        *--p = static_cast<char>('0' + static_cast<int>(rest % 10));
        rest /= 10;
    }
    if (value < 0) {
        *--p = '-';
    }
    return std::string{p, last};
}

/// The sum, or `errc::overflow` outside +-(2^127 - 1).
[[nodiscard]] constexpr result<int128> add_wide(int128 a, int128 b) noexcept
{
    int128 sum = 0;
    constexpr auto lowest = static_cast<int128>(uint128{1} << 127U);
    if (__builtin_add_overflow(a, b, &sum) || sum == lowest) {
        return fail(errc::overflow);
    }
    return sum;
}

}  // namespace kernel

constexpr exact_charge operator*(energy used, price each) noexcept
{
    return exact_charge{static_cast<kernel::int128>(used.mantissa()) * each.mantissa()};
}

constexpr exact_charge operator*(price each, energy used) noexcept
{
    return used * each;
}

constexpr result<exact_charge> operator+(exact_charge a, exact_charge b) noexcept
{
    const auto sum = kernel::add_wide(a.value_, b.value_);
    if (!sum) {
        return fail(sum.error());
    }
    return exact_charge{*sum};
}

constexpr result<exact_charge> operator-(exact_charge a, exact_charge b) noexcept
{
    return a + -b;
}

constexpr exact_charge exact_charge::operator-() const noexcept
{
    return exact_charge{-value_};
}

constexpr result<money> exact_charge::round(currency unit, rounding mode) const noexcept
{
    const bool negative = value_ < 0;
    const auto magnitude = static_cast<kernel::uint128>(negative ? -value_ : value_);
    const kernel::uint128 step = kernel::pow10_of(scale - money::scale);
    const auto mantissa =
        kernel::round_wide(magnitude / step, magnitude % step, step, negative, mode);
    if (!mantissa.ok) {
        return fail(mantissa.error);
    }
    return money{money::amount_type::of(mantissa.mantissa), unit};
}

inline std::string exact_charge::text() const
{
    return kernel::format_wide(value_, scale);
}

template <class Quantity>
std::string total<Quantity>::text() const
{
    return kernel::format_wide(value_, Quantity::scale);
}

constexpr result<void> money_total::add(money value) noexcept
{
    if (value.unit() != unit_) {
        return fail(errc::currency_mismatch);
    }
    sum_.add(value.amount());
    return {};
}

constexpr result<void> money_total::sub(money value) noexcept
{
    return add(-value);
}

constexpr result<money> money_total::narrow() const noexcept
{
    const auto amount = sum_.narrow();
    if (!amount) {
        return fail(amount.error());
    }
    return money{*amount, unit_};
}

}  // namespace wattpurse
