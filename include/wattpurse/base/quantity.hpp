// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include <wattpurse/base/decimal.hpp>
#include <wattpurse/base/decimal_text.hpp>

namespace wattpurse {

/// What a quantity counts. A unit is a type with a symbol and nothing else.
namespace unit {

struct kilowatt_hour {
    static constexpr std::string_view symbol = "kWh";
};
struct kilowatt {
    static constexpr std::string_view symbol = "kW";
};
/// Money per kilowatt-hour, in whatever currency the account is kept.
struct currency_per_kilowatt_hour {
    static constexpr std::string_view symbol = "/kWh";
};

}  // namespace unit

/// A `decimal` that knows what it counts. Only what physics and bookkeeping allow compiles:
/// sums and comparisons within one unit, `energy * price` (see product.hpp), a share of a
/// quantity, the ratio of two of a kind.
template <class Unit, int Scale>
class quantity {
public:
    using unit_type = Unit;
    using value_type = decimal<Scale>;
    static constexpr int scale = Scale;

    constexpr quantity() noexcept = default;  ///< zero
    constexpr explicit quantity(value_type value) noexcept : value_{value} {}

    /// The quantity of that mantissa; `errc::overflow` for INT64_MIN.
    [[nodiscard]] static constexpr result<quantity> from_mantissa(std::int64_t mantissa) noexcept
    {
        return checked(value_type::from_mantissa(mantissa));
    }
    /// For constants known to the programmer: INT64_MIN is an assertion.
    [[nodiscard]] static constexpr quantity of(std::int64_t mantissa) noexcept
    {
        return quantity{value_type::of(mantissa)};
    }
    /// As `decimal::parse`: the number alone, without its unit.
    [[nodiscard]] static constexpr result<quantity> parse(std::string_view text) noexcept
    {
        return checked(value_type::parse(text));
    }
    /// As `decimal::parse` with rounding of surplus places.
    [[nodiscard]] static constexpr result<quantity> parse(std::string_view text,
                                                          rounding mode) noexcept
    {
        return checked(value_type::parse(text, mode));
    }

    [[nodiscard]] constexpr std::int64_t mantissa() const noexcept { return value_.mantissa(); }
    [[nodiscard]] constexpr value_type value() const noexcept { return value_; }
    [[nodiscard]] constexpr bool is_zero() const noexcept { return value_.is_zero(); }
    [[nodiscard]] constexpr bool is_negative() const noexcept { return value_.is_negative(); }

    [[nodiscard]] constexpr quantity operator-() const noexcept { return quantity{-value_}; }

    friend constexpr auto operator<=>(const quantity&, const quantity&) noexcept = default;

    /// Exact sum; `errc::overflow`.
    [[nodiscard]] friend constexpr result<quantity> operator+(quantity a, quantity b) noexcept
    {
        return checked(a.value_ + b.value_);
    }
    /// Exact difference; `errc::overflow`.
    [[nodiscard]] friend constexpr result<quantity> operator-(quantity a, quantity b) noexcept
    {
        return checked(a.value_ - b.value_);
    }

private:
    [[nodiscard]] static constexpr result<quantity> checked(result<value_type> value) noexcept
    {
        if (!value) {
            return fail(value.error());
        }
        return quantity{*value};
    }

    value_type value_;
};

/// Electrical energy (电量), steps of 0.0001 kWh.
using energy = quantity<unit::kilowatt_hour, 4>;
/// Active power (有功功率), steps of 0.0001 kW.
using power = quantity<unit::kilowatt, 4>;
/// Price of energy (电价), steps of 10^-8 of the currency unit per kWh.
using price = quantity<unit::currency_per_kilowatt_hour, 8>;

/// `share` of a quantity (a transformer ratio, a flat's part of a shared meter), rounded once.
/// Errors: `overflow`, `inexact` (mode `exact` only).
template <class Unit, int Scale, int ShareScale>
[[nodiscard]] constexpr result<quantity<Unit, Scale>>
scaled(quantity<Unit, Scale> whole, decimal<ShareScale> share, rounding mode) noexcept
{
    const auto product = mul<Scale>(whole.value(), share, mode);
    if (!product) {
        return fail(product.error());
    }
    return quantity<Unit, Scale>{*product};
}

/// part / whole as a bare number of `To` places.
/// Errors: `divide_by_zero`, `overflow`, `inexact` (mode `exact` only).
template <int To, class Unit, int A, int B>
[[nodiscard]] constexpr result<decimal<To>> ratio(quantity<Unit, A> part, quantity<Unit, B> whole,
                                                  rounding mode) noexcept
{
    return div<To>(part.value(), whole.value(), mode);
}

template <class Unit, int Scale>
[[nodiscard]] constexpr quantity<Unit, Scale> abs(quantity<Unit, Scale> a) noexcept
{
    return quantity<Unit, Scale>{abs(a.value())};
}

/// The number with all its places, without unit and without allocation.
template <class Unit, int Scale>
constexpr char* format_to(char* first, quantity<Unit, Scale> value) noexcept
{
    return format_to(first, value.value());
}

/// The number with all its places, without unit and without allocation.
template <class Unit, int Scale>
[[nodiscard]] constexpr decimal_text text(quantity<Unit, Scale> value) noexcept
{
    return text(value.value());
}

/// The number with all its places, without unit; allocates.
template <class Unit, int Scale>
[[nodiscard]] std::string to_string(quantity<Unit, Scale> value)
{
    return to_string(value.value());
}

}  // namespace wattpurse
