// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/bcd.hpp>
#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/codec/dlt645/identifiers.hpp>
#include <wattpurse/codec/dlt645/values.hpp>

namespace wattpurse::codec::dlt645 {

/// A short text kept inside the object; what does not fit is cut off.
template <std::size_t Capacity>
class short_text {
public:
    constexpr short_text& operator<<(std::string_view more) noexcept
    {
        for (const char c : more) {
            if (size_ < Capacity) {
                data_[size_++] = c;
            }
        }
        return *this;
    }
    constexpr short_text& operator<<(char c) noexcept { return *this << std::string_view{&c, 1}; }
    /// Decimal, with at least `digits` digits.
    constexpr short_text& put(std::uint64_t value, std::size_t digits = 1) noexcept
    {
        std::array<char, 20> reversed{};
        std::size_t count = 0;
        for (; value != 0 || count < digits; value /= 10) {
            reversed[count++] = static_cast<char>('0' + value % 10);
        }
        while (count > 0) {
            *this << reversed[--count];
        }
        return *this;
    }
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {data_.data(), size_}; }

private:
    std::array<char, Capacity> data_{};
    std::size_t size_ = 0;
};

using name_text = short_text<96>;
using value_text = short_text<32>;

/// Which edition of the protocol a frame belongs to, as far as a single frame shows.
enum class edition : std::uint8_t { y1997 = 97, y2007 = 7 };

/// Told by the function code; the two editions share no code but 03 and 08. Where both fit, 2007.
[[nodiscard]] constexpr edition edition_of(const frame& what) noexcept;

/// Whether DATA holds, or may hold, a password, a key or a cipher, and must not be shown.
[[nodiscard]] constexpr bool holds_secret(const frame& what) noexcept;

/// "read", "control" ...; "unknown function" where it has none.
[[nodiscard]] constexpr std::string_view function_name(const frame& what) noexcept;

/// The name of an identifier in English, "forward active energy, tariff 2, settlement day -1";
/// empty where it is not in the table.
[[nodiscard]] constexpr name_text name_of(data_id id) noexcept;
[[nodiscard]] constexpr name_text name_of_1997(std::uint16_t id) noexcept;

/// One item as text: exact decimals, times as 2026-01-31T08:30:00, words in hexadecimal.
/// Errors: `not_available` (FF), `not_bcd`, `out_of_range` (size or content).
[[nodiscard]] constexpr result<value_text> value_of(const identifier& row,
                                                    byte_span item) noexcept;

// ---------------------------------------------------------------------------------------------

constexpr edition edition_of(const frame& what) noexcept
{
    switch (what.function()) {
        case 0x00:
        case 0x08: return edition::y2007;
        case 0x03:  // 1997 re-reads without DATA; the filing document's security has a lot
            return what.is_abnormal() || what.length >= 4 ? edition::y2007 : edition::y1997;
        default: return what.function() < 0x11 ? edition::y1997 : edition::y2007;
    }
}

constexpr bool holds_secret(const frame& what) noexcept
{
    if (what.length == 0 || what.is_abnormal()) {
        return false;
    }
    switch (what.function()) {
        case 0x03:  // security, ciphers and keys
        case 0x04:  // 1997 write: the password is part of DATA
        case 0x0F:  // 1997 password
        case 0x18:  // password
        case 0x1E:
        case 0x1F:  // factory functions, whatever they carry
            return true;
        case 0x10:  // 1997 demand clear
        case 0x14:
        case 0x19:
        case 0x1A:
        case 0x1B:
        case 0x1C: return !what.is_from_meter();
        case 0x11:  // passwords are parameters 04000C01 to 04000C0A
        case 0x12:
            return what.length > 4 && what.data[3] == 0x04 && what.data[2] == 0x00 &&
                   what.data[1] == 0x0C;
        default: return false;
    }
}

constexpr std::string_view function_name(const frame& what) noexcept
{
    if (edition_of(what) == edition::y1997) {
        switch (what.function()) {
            case 0x01: return "read";
            case 0x02: return "read follow-on";
            case 0x03: return "read again";
            case 0x04: return "write";
            case 0x0A: return "write address";
            case 0x0C: return "change baud rate";
            case 0x0F: return "change password";
            case 0x10: return "clear demand";
            default: return "unknown function";
        }
    }
    switch (what.function()) {
        case 0x03: return "security";
        case 0x08: return "broadcast time";
        case 0x11: return "read";
        case 0x12: return "read follow-on";
        case 0x13: return "read address";
        case 0x14: return "write";
        case 0x15: return "write address";
        case 0x16: return "freeze";
        case 0x17: return "change baud rate";
        case 0x18: return "change password";
        case 0x19: return "clear demand";
        case 0x1A: return "clear meter";
        case 0x1B: return "clear events";
        case 0x1C: return "control";
        case 0x1D: return "terminal output";
        default: return "unknown function";
    }
}

namespace detail {

constexpr void name_tariff(name_text& out, std::uint32_t number, std::uint32_t block) noexcept
{
    if (number == 0) {
        out << ", total";
    } else if (number == block) {
        out << ", total and tariffs";
    } else {
        (out << ", tariff ").put(number);
    }
}

constexpr void name_phase(name_text& out, std::uint32_t number, std::uint32_t block) noexcept
{
    if (number == 0) {
        out << ", total";
    } else if (number == block) {
        out << ", all phases";
    } else {
        out << ", phase " << static_cast<char>('A' + (number - 1) % 26);
    }
}

/// A date as the meter tells it, or `out_of_range`.
constexpr result<value_text> date_text(byte_span day_month_year, value_text out = {}) noexcept
{
    const std::array<std::uint8_t, 5> minutes{0, 0, day_month_year[0], day_month_year[1],
                                              day_month_year[2]};
    const auto time = read_minutes(minutes);
    if (!time) {
        return fail(time.error());
    }
    out.put(static_cast<std::uint64_t>(time->year), 4) << '-';
    out.put(time->month, 2) << '-';
    out.put(time->day, 2);
    return out;
}

constexpr result<value_text> clock_text(byte_span second_minute_hour, value_text out) noexcept
{
    for (std::size_t i = second_minute_hour.size(); i-- > 0;) {
        const auto value = from_bcd_byte(second_minute_hour[i]);
        if (!value) {
            return fail(value.error());
        }
        if (*value > (i + 1 == second_minute_hour.size() ? 23 : 59)) {
            return fail(errc::out_of_range);
        }
        out.put(*value, 2);
        if (i > 0) {
            out << ':';
        }
    }
    return out;
}

constexpr result<value_text> number_text(result<std::int64_t> value,
                                         std::uint8_t places) noexcept
{
    if (!value) {
        return fail(value.error());
    }
    value_text out;
    if (*value < 0) {
        out << '-';
    }
    const auto magnitude = static_cast<std::uint64_t>(*value < 0 ? -*value : *value);
    std::uint64_t one = 1;
    for (std::uint8_t i = 0; i < places; ++i) {
        one *= 10;
    }
    out.put(magnitude / one);
    if (places > 0) {
        (out << '.').put(magnitude % one, places);
    }
    return out;
}

constexpr value_text hex_text(byte_span low_byte_first) noexcept
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    value_text out;
    for (std::size_t i = low_byte_first.size(); i-- > 0;) {
        out << digits[low_byte_first[i] >> 4U] << digits[low_byte_first[i] & 0x0FU];
    }
    return out;
}

}  // namespace detail

constexpr name_text name_of(data_id id) noexcept
{
    name_text out;
    const identifier* const row = find_identifier(id);
    if (row == nullptr) {
        return out;
    }
    const auto value = static_cast<std::uint32_t>(id);
    const std::uint32_t di1 = value >> 8U & 0xFFU;
    const std::uint32_t di0 = value & 0xFFU;
    out << row->name;
    if (const auto single = detail::energy_of_phase(value); single.id != 0) {
        out << ", phase " << single.phase;
    } else if (row->lower == naming::tariff) {
        detail::name_tariff(out, di1, 0xFF);
    } else if (row->lower == naming::phase || row->lower == naming::total_and_phase) {
        detail::name_phase(out, di1, 0xFF);
    }
    if (row->lower == naming::record) {
        (out << ", record ").put(di0);
    }
    if (row->lower == naming::tariff && di0 != 0) {
        (out << ", settlement day -").put(di0);
    }
    return out;
}

constexpr name_text name_of_1997(std::uint16_t id) noexcept
{
    name_text out;
    const identifier* const row = find_identifier_1997(id);
    if (row == nullptr) {
        return out;
    }
    out << row->name;
    if (row->lower == naming::tariff) {
        detail::name_tariff(out, id & 0x0FU, 0x0F);
    } else if (row->lower != naming::plain) {
        detail::name_phase(out, id & 0x0FU, 0x0F);
    }
    return out;
}

constexpr result<value_text> value_of(const identifier& row, byte_span item) noexcept
{
    if (item.size() != row.item_size) {
        return fail(errc::out_of_range);
    }
    if (is_missing(item)) {
        return fail(errc::not_available);
    }
    switch (row.form) {
        case item_form::number: return detail::number_text(read_unsigned(item), row.places);
        case item_form::signed_number: return detail::number_text(read_signed(item), row.places);
        case item_form::date: return detail::date_text(item.subspan(1, 3));
        case item_form::time: return detail::clock_text(item, {});
        case item_form::minutes:
        case item_form::date_time: break;
        case item_form::bits:
        case item_form::digits: return detail::hex_text(item);
    }
    const std::size_t clock_size = row.form == item_form::minutes ? 2 : 3;
    auto date = detail::date_text(item.last(3));
    if (!date) {
        return fail(date.error());
    }
    return detail::clock_text(item.first(clock_size), *date << 'T');
}

}  // namespace wattpurse::codec::dlt645
