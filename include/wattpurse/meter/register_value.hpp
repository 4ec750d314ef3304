// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wattpurse/base/bytes.hpp>
#include <wattpurse/base/result.hpp>
#include <wattpurse/base/scaled_number.hpp>
#include <wattpurse/meter/register_map.hpp>

namespace wattpurse::meter {

/// One value as it was read. Borrows the registers.
struct register_value {
    byte_span raw;               ///< the registers, big-endian, as on the wire
    bool is_missing = false;     ///< the device says that it has no such value
    bool is_sound = false;       ///< there, and its content fits its type
    errc problem = errc::not_available;  ///< why it is not sound
    bool is_inexact = false;     ///< a float past the point where its steps exceed the resolution
    bool is_implausible = false; ///< outside the range the profile gives
    scaled_number number{};      ///< of numbers: raw x scale, exact
    std::uint64_t word = 0;      ///< of numbers and bits: as they came, in one word
};

/// Reads the value of `what` from its registers, which must be `2 * what.count` bytes.
/// `scale_power` is the value of its scale factor register, where it has one. `ratio` multiplies
/// (PT, CT or both; 1 is none). Overflow makes it not sound.
[[nodiscard]] constexpr register_value read_value(const register_field& what, byte_span registers,
                                                  int scale_power = 0,
                                                  std::int64_t ratio = 1) noexcept;

/// The reverse: `value` (in the field's unit) as registers. `inexact` where the field cannot hold
/// it exactly, `out_of_range`, `buffer_too_small`. Floats take the nearest.
[[nodiscard]] constexpr result<std::size_t> write_value(const register_field& what,
                                                        scaled_number value,
                                                        std::span<std::uint8_t> out,
                                                        int scale_power = 0) noexcept;

}  // namespace wattpurse::meter
