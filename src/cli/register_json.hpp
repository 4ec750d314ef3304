// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <wattpurse/meter/modbus_read.hpp>
#include <wattpurse/meter/register_map.hpp>
#include <wattpurse/meter/register_value.hpp>

namespace wattpurse::cli {

/// What was read of a field: name, value as a text of decimals, unit, and every doubt about it; or
/// the reason why there is no value.
[[nodiscard]] nlohmann::ordered_json field_json(const meter::register_field& field,
                                                meter::field_state state,
                                                const meter::register_value& value);

/// The value for a table, and behind it the doubts.
[[nodiscard]] std::string field_text(const nlohmann::ordered_json& object);

}  // namespace wattpurse::cli
