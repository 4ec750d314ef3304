// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <wattpurse/codec/dlt645/frame.hpp>

namespace wattpurse::cli {

/// What a well-formed frame says, as an object with `ok` true. Passwords, keys and ciphers are
/// left out. What is odd about it is appended to `warnings`.
[[nodiscard]] nlohmann::ordered_json frame_json(const codec::dlt645::frame& frame,
                                                std::vector<std::string>& warnings);

}  // namespace wattpurse::cli
