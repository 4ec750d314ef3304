// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include <wattpurse/base/time.hpp>
#include <wattpurse/model/names.hpp>

namespace wattpurse {

/// A meter serving an account for a time, on a line. An exchange of meters ends one service and
/// begins the next at the same moment.
struct service {
    account_id account;
    meter_id meter;
    bus_id bus;
    instant from;
    std::optional<instant> until;  ///< not set while the meter serves
};

}  // namespace wattpurse
