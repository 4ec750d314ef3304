// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace wattpurse::adapter::asio {

/// A TCP peer: a serial device server, a concentrator, a desk.
struct endpoint {
    std::string host;
    std::uint16_t port = 0;
};

}  // namespace wattpurse::adapter::asio
