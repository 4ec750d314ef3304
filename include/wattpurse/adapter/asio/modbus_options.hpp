// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wattpurse/link/unit_backoff.hpp>

namespace wattpurse::adapter::asio {

/// How a Modbus client over a line behaves, beside what its URI says.
struct modbus_connection_options {
    /// How long a unit that was silent is left in peace. Who asks by hand wants an answer each
    /// time; a gateway with many meters takes `link::backoff_options{}`.
    link::backoff_options backoff = link::backoff_options::never();
    /// Never two requests under way to one unit (TCP and UDP): for gateways that mix up answers.
    bool one_per_unit = false;
    /// TCP and UDP: unit 0 goes to all behind a gateway and nobody answers. On serial lines that
    /// is always so.
    bool zero_is_broadcast = false;
};

}  // namespace wattpurse::adapter::asio
