// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wattpurse/base/bcd.hpp>
#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/decimal.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/request.hpp>
#include <wattpurse/meter/dialect.hpp>
#include <wattpurse/meter/security_module.hpp>

namespace wattpurse::meter {

/// One purchase to be put into one meter.
struct top_up_order {
    static constexpr std::int64_t hundredths_max = 99'999'999;  ///< what a meter can show

    decimal<2> amount;                 ///< above 0; 0 is allowed when an account is opened
    std::uint32_t purchase_count = 0;  ///< what the meter's count is afterwards: its own + 1
    std::array<std::uint8_t, 8> order_number{};  ///< way order_34 only; low byte first
    std::array<std::uint8_t, 6> customer{};      ///< ways of 30 bytes; low byte first
    bool opens_account = false;        ///< 070101FF instead of 070102FF
};

/// A number as a person writes it, hexadecimal digits (usually decimal ones), padded with zeros
/// in front, as bytes low byte first: "1240826202124138" for an order number of eight bytes.
/// Error: `syntax` where it is empty, too long, or no number.
template <std::size_t Size>
[[nodiscard]] constexpr result<std::array<std::uint8_t, Size>> number_wire(
    std::string_view digits) noexcept;

/// The request that puts `order` into a meter, in the way of the dialect:
///
///     sealed_30         03: id, operator, money 4, count 4, MAC 4, customer 6, MAC 4; money and
///     plain_30              count binary, low byte first (unlike all other fields of DL/T 645)
///     order_34          03: id, operator, money 4, order number 8, zeros 4, meter number 6,
///                           zeros 4
///     write_identifier  14: id, password, operator, count 4, amount 4 in BCD: the pair is
///                           written amount first, so that on the wire the count leads
///
/// Errors: `not_found` where the dialect has no top-up; `empty` where `right` lacks what it
/// needs; `out_of_range` for an amount or count that the meter cannot hold; those of the
/// security module; `too_long`.
[[nodiscard]] constexpr result<codec::dlt645::frame> top_up_request(
    const dialect& kind, const codec::dlt645::address& meter, const top_up_order& order,
    const access& right) noexcept;

// ---------------------------------------------------------------------------------------------

template <std::size_t Size>
constexpr result<std::array<std::uint8_t, Size>> number_wire(std::string_view digits) noexcept
{
    std::array<std::uint8_t, Size> out{};
    if (digits.empty() || digits.size() > 2 * Size) {
        return fail(errc::syntax);
    }
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const int value = hex_value(digits[digits.size() - 1 - i]);
        if (value < 0) {
            return fail(errc::syntax);
        }
        out[i / 2] = static_cast<std::uint8_t>(out[i / 2] | value << (i % 2 * 4));
    }
    return out;
}

namespace detail {

constexpr void put_binary(std::uint32_t value, std::span<std::uint8_t, 4> out) noexcept
{
    for (std::uint8_t& byte : out) {
        byte = static_cast<std::uint8_t>(value & 0xFFU);
        value >>= 8U;
    }
}

[[nodiscard]] constexpr bool holds(const top_up_order& order) noexcept
{
    const std::int64_t hundredths = order.amount.mantissa();
    return hundredths >= (order.opens_account ? 0 : 1) &&
           hundredths <= top_up_order::hundredths_max;
}

/// Copies `from` behind what is there already.
template <std::size_t Capacity>
constexpr void put(std::array<std::uint8_t, Capacity>& to, std::size_t& size,
                   byte_span from) noexcept
{
    for (const std::uint8_t byte : from) {
        to[size++] = byte;
    }
}

[[nodiscard]] constexpr result<top_up_seal> seal_of(const dialect& kind,
                                                    const codec::dlt645::address& meter,
                                                    const top_up_plain& plain,
                                                    const access& right) noexcept
{
    if (kind.way != top_up_way::sealed_30) {
        return top_up_seal{};
    }
    if (right.sealing == nullptr) {
        return fail(errc::empty);
    }
    return right.sealing->seal_top_up(meter, plain);
}

[[nodiscard]] constexpr result<codec::dlt645::frame> top_up_by_security(
    const dialect& kind, const codec::dlt645::address& meter, const top_up_order& order,
    const access& right) noexcept
{
    const bool by_order = kind.way == top_up_way::order_34;
    top_up_plain plain;
    const std::span<std::uint8_t, 8> fields{plain.money_and_count};
    put_binary(static_cast<std::uint32_t>(order.amount.mantissa()), fields.first<4>());
    put_binary(order.purchase_count, fields.last<4>());
    plain.customer = by_order ? meter.wire : order.customer;
    const auto seal = seal_of(kind, meter, plain, right);
    if (!seal) {
        return fail(seal.error());
    }
    std::array<std::uint8_t, 26> data{};
    std::size_t size = 0;
    put(data, size, fields.first<4>());
    if (by_order) {
        put(data, size, order.order_number);
    } else {
        put(data, size, fields.last<4>());
    }
    put(data, size, seal->money_and_count.wire);
    put(data, size, plain.customer);
    put(data, size, seal->customer.wire);
    const bool opens = order.opens_account && kind.open_account != codec::dlt645::data_id{};
    return codec::dlt645::security_request(meter, opens ? kind.open_account : kind.top_up,
                                           kind.operator_code.value_or(right.operator_code),
                                           byte_span{data}.first(size), kind.limits);
}

[[nodiscard]] constexpr result<codec::dlt645::frame> top_up_by_writing(
    const dialect& kind, const codec::dlt645::address& meter, const top_up_order& order,
    const access& right) noexcept
{
    if (!right.plain) {
        return fail(errc::empty);
    }
    std::array<std::uint8_t, 8> data{};
    const std::span<std::uint8_t, 8> fields{data};
    const auto amount = static_cast<std::uint64_t>(order.amount.mantissa());
    if (!to_bcd(order.purchase_count, fields.first<4>()) || !to_bcd(amount, fields.last<4>())) {
        return fail(errc::out_of_range);
    }
    return codec::dlt645::write_request(meter, kind.top_up, *right.plain, data, kind.limits);
}

}  // namespace detail

constexpr result<codec::dlt645::frame> top_up_request(const dialect& kind,
                                                      const codec::dlt645::address& meter,
                                                      const top_up_order& order,
                                                      const access& right) noexcept
{
    if (!detail::holds(order)) {
        return fail(errc::out_of_range);
    }
    switch (kind.way) {
        case top_up_way::none: break;
        case top_up_way::sealed_30:
        case top_up_way::plain_30:
        case top_up_way::order_34: return detail::top_up_by_security(kind, meter, order, right);
        case top_up_way::write_identifier:
            return detail::top_up_by_writing(kind, meter, order, right);
    }
    return fail(errc::not_found);
}

}  // namespace wattpurse::meter
