// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

/// What the standard catalogue is made of, and the room it has. The texts are those of
/// share/catalogues; the build writes them into a source file of their own, see cmake/embed.cmake.
namespace wattpurse::codec::dlt645::embedded {

extern const std::string_view identifiers_2007;
extern const std::string_view identifiers_1997;
extern const std::string_view bits;

}  // namespace wattpurse::codec::dlt645::embedded

namespace wattpurse::codec::dlt645 {

inline constexpr std::size_t standard_rows_max = 2048;
inline constexpr std::size_t standard_bits_max = 1024;
inline constexpr std::size_t standard_slots = 16384;  ///< a power of two, twice the prefixes
inline constexpr std::size_t standard_wide_max = 16;

}  // namespace wattpurse::codec::dlt645
