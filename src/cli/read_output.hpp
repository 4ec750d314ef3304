// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <wattpurse/codec/dlt645/frame.hpp>
#include <wattpurse/meter/long_read.hpp>

#include "read_plan.hpp"
#include "report.hpp"
#include "text_table.hpp"

namespace wattpurse::cli {

/// What has come of one identifier.
struct read_outcome {
    wanted_item item;
    codec::dlt645::address meter;  ///< who answered; who was asked where nobody did
    meter::long_read_state state = meter::long_read_state::silent;
    bool asked = true;             ///< false: given up before
    std::optional<std::uint16_t> error_word;
    std::vector<std::uint8_t> value;
    std::uint16_t frames = 0;

    [[nodiscard]] bool good() const
    {
        return asked && state == meter::long_read_state::complete;
    }
};

/// One object: di, name, value and unit as `decode` has them, or the reason why not.
[[nodiscard]] nlohmann::ordered_json outcome_json(const read_outcome& what,
                                                  const decode_context& context);

/// Rows of id, name, value and unit: one for a single value, one for each element or field
/// otherwise.
void add_outcome(text_table& to, const read_outcome& what, const decode_context& context);

}  // namespace wattpurse::cli
