// SPDX-License-Identifier: Apache-2.0
#include "profile_source.hpp"

#include <iostream>
#include <utility>

#include <CLI/CLI.hpp>

namespace wattpurse::cli {

adapter::json::meter_profile profile_of(const std::string& name_or_path)
{
    auto found = adapter::json::find_profile(name_or_path);
    if (found) return std::move(*found);
    bool is_unknown = false;
    for (const fault& each : found.error()) {
        is_unknown = each.path.empty() && each.value == '"' + name_or_path + '"';
        std::cerr << "wattpurse: profile " << name_or_path << ": " << to_string(each) << '\n';
    }
    throw CLI::RuntimeError{is_unknown ? 2 : 1};
}

adapter::json::meter_profile modbus_profile_of(const std::string& name_or_path)
{
    auto found = profile_of(name_or_path);
    if (found.is_modbus()) return found;
    std::cerr << "wattpurse: profile " << name_or_path
              << ": is of a DL/T 645 meter (expected one of a Modbus meter)\n";
    throw CLI::RuntimeError{2};
}

}  // namespace wattpurse::cli
