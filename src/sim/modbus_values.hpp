// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <wattpurse/base/scaled_number.hpp>
#include <wattpurse/meter/register_map.hpp>
#include <wattpurse/sim/measurement.hpp>

namespace wattpurse::sim {

/// What a meter measures at one moment.
struct measured_moment {
    const measurement& registers;
    minute_load load;        ///< that flows now: none while the relay is open
    int phases = 1;          ///< 1 to 3
};

/// The value of a field that is measured, in the field's unit and as fine as the simulation is;
/// nothing for a register that only holds what was written, or a phase that is not there.
[[nodiscard]] std::optional<scaled_number> measured_value(const meter::register_field& field,
                                                          const measured_moment& now);

/// The power of ten that a simulated SunSpec meter has in its scale factor for such values.
[[nodiscard]] int scale_power_for(std::string_view unit);

}  // namespace wattpurse::sim
