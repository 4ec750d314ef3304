// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <wattpurse/adapter/json/profile.hpp>

namespace wattpurse::cli {

/// A chapter of docs/meters.md: everything a profile says, and what of it is unconfirmed.
[[nodiscard]] std::string profile_page(const std::string& file_name,
                                       const adapter::json::meter_profile& kind);

/// A row of the table that docs/meters.md begins with, and its head.
[[nodiscard]] std::string profile_list_head();
[[nodiscard]] std::string profile_list_row(const std::string& file_name,
                                           const adapter::json::meter_profile& kind);

}  // namespace wattpurse::cli
