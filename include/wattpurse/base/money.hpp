// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/base/decimal.hpp>
#include <wattpurse/base/decimal_text.hpp>

namespace wattpurse {

/// A currency by its three capital letters (ISO 4217, "CNY"). Not checked against the list of
/// currencies in force: a park may keep its purse in points.
class currency {
public:
    /// "XXX", which ISO 4217 reserves for "no currency".
    constexpr currency() noexcept = default;

    /// For constants known to the programmer: anything but three capitals is an assertion.
    constexpr currency(const char (&code)[4]) noexcept;

    /// `errc::syntax` unless the text is three ASCII capitals.
    [[nodiscard]] static constexpr result<currency> parse(std::string_view text) noexcept;

    [[nodiscard]] constexpr std::string_view code() const noexcept { return {code_.data(), 3}; }

    /// Decimal places of the currency in daily use (ISO 4217 minor unit): 2 unless it is known
    /// to have another number. Bills are rounded to it (分 for CNY).
    [[nodiscard]] constexpr int decimals() const noexcept;

    friend constexpr bool operator==(const currency&, const currency&) noexcept = default;

private:
    std::array<char, 3> code_ = {'X', 'X', 'X'};
};

/// An amount of one currency, in steps of 10^-6 of its unit. Mixing currencies is
/// `errc::currency_mismatch`; there is no order between amounts but `compare`, which says so.
class money {
public:
    using amount_type = decimal<6>;
    static constexpr int scale = 6;

    constexpr money() noexcept = default;  ///< nothing, of no currency
    constexpr money(amount_type amount, currency unit) noexcept : amount_{amount}, unit_{unit} {}

    [[nodiscard]] constexpr std::int64_t mantissa() const noexcept { return amount_.mantissa(); }
    [[nodiscard]] constexpr amount_type amount() const noexcept { return amount_; }
    [[nodiscard]] constexpr currency unit() const noexcept { return unit_; }
    [[nodiscard]] constexpr bool is_zero() const noexcept { return amount_.is_zero(); }
    [[nodiscard]] constexpr bool is_negative() const noexcept { return amount_.is_negative(); }

    [[nodiscard]] constexpr money operator-() const noexcept { return {-amount_, unit_}; }

    /// Same currency and same amount. Zero of two currencies is not the same.
    friend constexpr bool operator==(const money&, const money&) noexcept = default;

private:
    amount_type amount_;
    currency unit_;
};

/// Exact sum; `errc::currency_mismatch`, `errc::overflow`.
[[nodiscard]] constexpr result<money> operator+(money a, money b) noexcept;

/// Exact difference; `errc::currency_mismatch`, `errc::overflow`.
[[nodiscard]] constexpr result<money> operator-(money a, money b) noexcept;

/// Order of two amounts; `errc::currency_mismatch`.
[[nodiscard]] constexpr result<std::strong_ordering> compare(money a, money b) noexcept;

/// The amount rounded to `places` (0 to 6) decimal places of the unit, still carried at 10^-6.
/// Errors: `out_of_range` for other places, `overflow`, `inexact` (mode `exact` only).
[[nodiscard]] constexpr result<money> round_to(money value, int places, rounding mode) noexcept;

/// "12.500000 CNY"; allocates. For the bare number use `text(value.amount())`.
[[nodiscard]] inline std::string to_string(money value);

// ---------------------------------------------------------------------------------------------

constexpr currency::currency(const char (&code)[4]) noexcept : code_{code[0], code[1], code[2]}
{
    WATTPURSE_ASSERT(parse(std::string_view{code, 3}).has_value() && code[3] == '\0');
}

constexpr result<currency> currency::parse(std::string_view text) noexcept
{
    currency out;
    if (text.size() != 3) {
        return fail(errc::syntax);
    }
    for (std::size_t i = 0; i < 3; ++i) {
        if (text[i] < 'A' || text[i] > 'Z') {
            return fail(errc::syntax);
        }
        out.code_[i] = text[i];
    }
    return out;
}

constexpr int currency::decimals() const noexcept
{
    // ISO 4217 list one, column "minor unit", where it is not 2.
    constexpr std::string_view none[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                         "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                         "VND", "VUV", "XAF", "XOF", "XPF"};
    constexpr std::string_view three[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
    constexpr std::string_view four[] = {"CLF", "UYW"};
    const auto is_code = [this](std::string_view other) { return other == code(); };
    if (std::any_of(std::begin(none), std::end(none), is_code)) {
        return 0;
    }
    if (std::any_of(std::begin(three), std::end(three), is_code)) {
        return 3;
    }
    return std::any_of(std::begin(four), std::end(four), is_code) ? 4 : 2;
}

constexpr result<money> operator+(money a, money b) noexcept
{
    if (a.unit() != b.unit()) {
        return fail(errc::currency_mismatch);
    }
    const auto sum = a.amount() + b.amount();
    if (!sum) {
        return fail(sum.error());
    }
    return money{*sum, a.unit()};
}

constexpr result<money> operator-(money a, money b) noexcept
{
    return a + -b;
}

constexpr result<std::strong_ordering> compare(money a, money b) noexcept
{
    if (a.unit() != b.unit()) {
        return fail(errc::currency_mismatch);
    }
    return a.amount() <=> b.amount();
}

constexpr result<money> round_to(money value, int places, rounding mode) noexcept
{
    if (places < 0 || places > money::scale) {
        return fail(errc::out_of_range);
    }
    const std::uint64_t step = kernel::pow10_of(money::scale - places);
    const std::uint64_t magnitude = kernel::magnitude(value.mantissa());
    const auto steps =
        kernel::round_quotient(magnitude / step, magnitude % step, step, value.is_negative(), mode);
    if (!steps.ok) {
        return fail(steps.error);
    }
    const auto rounded = kernel::scale_up(steps.mantissa, money::scale - places);
    if (!rounded.ok) {
        return fail(rounded.error);
    }
    return money{money::amount_type::of(rounded.mantissa), value.unit()};
}

inline std::string to_string(money value)
{
    std::string out{text(value.amount()).view()};
    out += ' ';
    out += value.unit().code();
    return out;
}

}  // namespace wattpurse
