// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>

namespace wattpurse {

/// The readings of one meter in one closed day, in the form that `usage::seal` gives them. What
/// came late makes the next revision; those before it stay on file.
struct sealed_day {
    account_id account;  ///< empty where the meter served none
    meter_id meter;
    instant from;        ///< the day: from <= moment < until
    instant until;
    std::uint32_t revision = 1;
    std::vector<std::uint8_t> bytes;

    friend bool operator==(const sealed_day&, const sealed_day&) = default;
};

}  // namespace wattpurse
