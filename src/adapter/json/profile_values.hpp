// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/scaled_number.hpp>
#include <wattpurse/meter/register_map.hpp>

#include "reader.hpp"

/// What a profile's members hold, beyond what every file has. Each function gives the value, or
/// notes a fault and gives nothing.
namespace wattpurse::adapter::json {

/// A kind of register content: what it is called, and how many registers it may have.
struct value_shape {
    std::string_view name;
    meter::value_type type;
    unsigned count_min;
    unsigned count_max;

    [[nodiscard]] bool is_float() const noexcept
    {
        return type == meter::value_type::f32 || type == meter::value_type::f64;
    }
    /// It has a value that can be scaled.
    [[nodiscard]] bool is_number() const noexcept { return type <= meter::value_type::mod10k; }
};

[[nodiscard]] const value_shape& shape_of(meter::value_type type) noexcept;
[[nodiscard]] std::optional<meter::value_type> type_at(const cursor& at);

/// 1280 or "0x0500".
[[nodiscard]] std::optional<std::uint32_t> whole_at(const cursor& at, std::string_view what,
                                                    std::uint32_t min, std::uint32_t max);
/// 65535 or "0xFFFF", of at most so many bits.
[[nodiscard]] std::optional<std::uint64_t> word_at(const cursor& at, std::string_view what,
                                                   unsigned bits);
/// "-12.50".
[[nodiscard]] std::optional<scaled_number> number_at(const cursor& at, std::string_view what);
/// "0.01" as -2.
[[nodiscard]] std::optional<std::int8_t> step_at(const cursor& at, std::string_view what);
/// "53756E53" or "53 75 6E 53".
[[nodiscard]] std::optional<std::vector<std::uint8_t>> bytes_at(const cursor& at,
                                                                std::string_view what);
/// A text of at most so many bytes.
[[nodiscard]] std::optional<std::string> text_at(const cursor& at, std::string_view what,
                                                 std::size_t most);
/// A-Z, a-z, 0-9 and _, beginning with a letter; at most `name_size_max` of them.
[[nodiscard]] std::optional<std::string> name_at(const cursor& at, std::string_view what);
/// Whether "confirmed" or "unconfirmed" stands there.
[[nodiscard]] std::optional<bool> status_at(const cursor& at);

inline constexpr std::size_t name_size_max = 40;
inline constexpr std::size_t unit_size_max = 16;
inline constexpr std::size_t meaning_size_max = 250;
inline constexpr std::size_t note_size_max = 500;

}  // namespace wattpurse::adapter::json
