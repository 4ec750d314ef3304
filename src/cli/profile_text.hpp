// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <wattpurse/adapter/json/profile.hpp>
#include <wattpurse/meter/register_map.hpp>

namespace wattpurse::cli {

/// The words of a profile file for what a register map holds.
[[nodiscard]] std::string_view word_of(meter::value_type type);
[[nodiscard]] std::string_view word_of(meter::word_order order);
[[nodiscard]] std::string_view word_of(meter::byte_order order);
[[nodiscard]] std::string_view word_of(meter::access_class access);
[[nodiscard]] std::string_view word_of(meter::transformer ratio);
[[nodiscard]] std::string_view word_of(meter::role what);
[[nodiscard]] std::string_view word_of(meter::write_recipe::purpose_type purpose);
[[nodiscard]] std::string_view word_of(meter::register_area::kind_type kind);
[[nodiscard]] std::string_view word_of(adapter::json::profile_protocol protocol);
[[nodiscard]] std::string_view status_word(bool is_confirmed);

/// "0x0500".
[[nodiscard]] std::string address_text(std::uint32_t address);
/// "0x0010FFFF", of so many digits at least.
[[nodiscard]] std::string hex_text(std::uint64_t value, int digits);
/// "0.01".
[[nodiscard]] std::string number_text(scaled_number value);
/// "0.01" for -2.
[[nodiscard]] std::string step_text(std::int8_t exponent);
/// What raw contents are multiplied with: "0.01", "10^A_SF", "0.1 x 10^A_SF", "" for 1; with the
/// ratios: "0.01 x PT x CT".
[[nodiscard]] std::string factor_text(const meter::register_map& map,
                                      const meter::register_field& field);
/// What a recipe writes: "amount_high amount_low sequence", "current*6 0x0100".
[[nodiscard]] std::string words_text(const meter::write_recipe& recipe);
/// "9600 8N1, unit 1".
[[nodiscard]] std::string serial_text(const meter::serial_default& line);
/// The name of a field, or nothing.
[[nodiscard]] std::string_view field_name(const meter::register_map& map, std::int16_t index);

[[nodiscard]] std::size_t confirmed_count(const meter::register_map& map);

}  // namespace wattpurse::cli
