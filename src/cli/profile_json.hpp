// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <wattpurse/adapter/json/profile.hpp>

namespace wattpurse::cli {

/// What a list tells of a profile: name, vendor, models, status, how many registers.
[[nodiscard]] nlohmann::ordered_json profile_head_json(const adapter::json::meter_profile& kind);

/// A profile with all it holds, with the members of its file; what a file leaves out because it is
/// the usual thing stands here.
[[nodiscard]] nlohmann::ordered_json profile_json(const adapter::json::meter_profile& kind);

}  // namespace wattpurse::cli
