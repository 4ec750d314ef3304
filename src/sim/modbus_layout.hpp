// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <wattpurse/meter/register_map.hpp>
#include <wattpurse/sim/modbus_meter.hpp>
#include <wattpurse/sim/modbus_tables.hpp>

namespace wattpurse::sim {

/// Registers of a record, read as one from one address.
inline constexpr std::uint16_t record_registers = 10;

/// Which registers a new meter of that kind has, and what stands in those that it does not
/// measure: identity, ratios of 1, prices, scale factors, what its probes ask for, and otherwise 0
/// or, where the map has one, the sentinel that says that there is no value.
[[nodiscard]] modbus_tables lay_out(const modbus_meter_options& options);

/// Whether the map has one address stand for a record there.
[[nodiscard]] bool is_record(const meter::register_map& map, std::uint8_t function,
                             std::uint32_t address);

/// The power of ten that a field's scale factor register holds; 0 without one.
[[nodiscard]] int power_of(const meter::register_field& field);

/// Phases that are there: 1 to 3.
[[nodiscard]] int phases_of(const meter::register_map& map);

}  // namespace wattpurse::sim
