// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace wattpurse::sim {

/// A random number that depends on nothing but its arguments. The world never draws from a shared
/// stream, so that a retry, a restart or another order of asking changes nothing else.
///
/// Mixing step: splitmix64 (Steele, Lea, Flood 2014).
[[nodiscard]] constexpr std::uint64_t draw(std::initializer_list<std::uint64_t> of) noexcept
{
    std::uint64_t state = 0x9E3779B97F4A7C15U;
    for (const std::uint64_t part : of) {
        state ^= part + 0x9E3779B97F4A7C15U + (state << 6U) + (state >> 2U);
        state = (state ^ (state >> 30U)) * 0xBF58476D1CE4E5B9U;
        state = (state ^ (state >> 27U)) * 0x94D049BB133111EBU;
        state ^= state >> 31U;
    }
    return state;
}

/// A text as a number to draw from (FNV-1a).
[[nodiscard]] constexpr std::uint64_t number_of(std::string_view text) noexcept
{
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    }
    return hash;
}

}  // namespace wattpurse::sim
