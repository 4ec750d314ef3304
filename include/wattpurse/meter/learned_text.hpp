// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <wattpurse/base/result.hpp>
#include <wattpurse/meter/read_plan.hpp>

namespace wattpurse::meter {

/// What was learned of a device as a line of text, to be kept until the next reading; inside the
/// object. "3:200 4:72": a request of function 3 must not go on from below address 200.
struct learned_text_buffer {
    std::array<char, learned_cuts::cuts_max * 9> data{};
    std::size_t size = 0;
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {data.data(), size}; }
};
[[nodiscard]] constexpr learned_text_buffer to_text(const learned_cuts& learned) noexcept;

/// The reverse; empty text is nothing learned. `syntax`; `out_of_range` for a function that reads
/// nothing (1 to 4 do) or an address above 65535; `too_long` for more than `cuts_max`.
[[nodiscard]] constexpr result<learned_cuts> parse_learned(std::string_view text) noexcept;

// ---------------------------------------------------------------------------------------------

namespace detail {

constexpr void put_number(learned_text_buffer& out, unsigned value) noexcept
{
    unsigned power = 1;
    while (value / power >= 10) {
        power *= 10;
    }
    for (; power > 0; power /= 10) {
        out.data[out.size++] = static_cast<char>('0' + value / power % 10);
    }
}

/// Takes the digits in front; false where there are none, or more than five.
[[nodiscard]] constexpr bool take_number(std::string_view& text, std::uint32_t& out) noexcept
{
    std::size_t digits = 0;
    out = 0;
    while (digits < text.size() && digits < 6 && text[digits] >= '0' && text[digits] <= '9') {
        out = 10 * out + static_cast<std::uint32_t>(text[digits++] - '0');
    }
    text.remove_prefix(digits);
    return digits > 0 && digits < 6;
}

}  // namespace detail

constexpr learned_text_buffer to_text(const learned_cuts& learned) noexcept
{
    learned_text_buffer out;
    for (const learned_cuts::cut& each : learned.view()) {
        if (out.size > 0) {
            out.data[out.size++] = ' ';
        }
        detail::put_number(out, each.function);
        out.data[out.size++] = ':';
        detail::put_number(out, each.address);
    }
    return out;
}

constexpr result<learned_cuts> parse_learned(std::string_view text) noexcept
{
    learned_cuts out;
    while (!text.empty()) {
        std::uint32_t function = 0;
        std::uint32_t address = 0;
        if (!detail::take_number(text, function) || !text.starts_with(':')) {
            return fail(errc::syntax);
        }
        text.remove_prefix(1);
        if (!detail::take_number(text, address) || (!text.empty() && text.front() != ' ')) {
            return fail(errc::syntax);
        }
        if (!text.empty()) {
            text.remove_prefix(1);
            if (text.empty()) {
                return fail(errc::syntax);
            }
        }
        if (function < 1 || function > 4 || address > 0xFFFF) {
            return fail(errc::out_of_range);
        }
        if (!out.add({static_cast<std::uint8_t>(function), static_cast<std::uint16_t>(address)})) {
            return fail(errc::too_long);
        }
    }
    return out;
}

}  // namespace wattpurse::meter
