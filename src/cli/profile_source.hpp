// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <wattpurse/adapter/json/profile.hpp>

namespace wattpurse::cli {

/// The standard profile of that name, or that of a file. Where there is none, or it has faults,
/// all are told on standard error and `CLI::RuntimeError` is thrown (status 2 for a name that
/// nobody knows, 1 for a faulty file).
[[nodiscard]] adapter::json::meter_profile profile_of(const std::string& name_or_path);

/// The same, where nothing but a Modbus meter will do.
[[nodiscard]] adapter::json::meter_profile modbus_profile_of(const std::string& name_or_path);

}  // namespace wattpurse::cli
