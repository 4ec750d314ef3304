// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include <wattpurse/base/result.hpp>

namespace wattpurse::codec::dlt645 {

/// The baud word Z of function 17, one bit set (DL/T 645-2007, 7.11).
enum class baud_rate : std::uint8_t {
    b600 = 0x02,
    b1200 = 0x04,
    b2400 = 0x08,
    b4800 = 0x10,
    b9600 = 0x20,
    b19200 = 0x40,
};

/// The baud word Z of function 0C of 1997 (DL/T 645-1997, figure B4).
enum class baud_rate_1997 : std::uint8_t {
    b300 = 0x02,
    b600 = 0x04,
    b2400 = 0x10,
    b4800 = 0x20,
    b9600 = 0x40,
};

/// What a meter of 1997 answers instead of Z when it does not change.
inline constexpr std::uint8_t baud_denied_1997 = 0xFF;

/// Bits per second that a word stands for; 0 for a word that is none.
[[nodiscard]] constexpr std::uint32_t bits_per_second(baud_rate word) noexcept
{
    switch (word) {
        case baud_rate::b600: return 600;
        case baud_rate::b1200: return 1200;
        case baud_rate::b2400: return 2400;
        case baud_rate::b4800: return 4800;
        case baud_rate::b9600: return 9600;
        case baud_rate::b19200: return 19200;
    }
    return 0;
}

[[nodiscard]] constexpr std::uint32_t bits_per_second(baud_rate_1997 word) noexcept
{
    switch (word) {
        case baud_rate_1997::b300: return 300;
        case baud_rate_1997::b600: return 600;
        case baud_rate_1997::b2400: return 2400;
        case baud_rate_1997::b4800: return 4800;
        case baud_rate_1997::b9600: return 9600;
    }
    return 0;
}

/// The word for so many bits per second; `out_of_range` where the edition has none.
[[nodiscard]] constexpr result<baud_rate> baud_rate_of(std::uint32_t bits) noexcept
{
    for (unsigned bit = 1; bit <= 6; ++bit) {
        if (const auto word = static_cast<baud_rate>(1U << bit); bits_per_second(word) == bits) {
            return word;
        }
    }
    return fail(errc::out_of_range);
}

[[nodiscard]] constexpr result<baud_rate_1997> baud_rate_1997_of(std::uint32_t bits) noexcept
{
    for (unsigned bit = 1; bit <= 6; ++bit) {
        const auto word = static_cast<baud_rate_1997>(1U << bit);
        if (bits != 0 && bits_per_second(word) == bits) {
            return word;
        }
    }
    return fail(errc::out_of_range);
}

}  // namespace wattpurse::codec::dlt645
