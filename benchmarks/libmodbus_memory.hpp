// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// Lets libmodbus, whose codec is reachable through its sockets only, run in memory: the system
/// calls that it makes on one descriptor are answered from a buffer. No call of ours goes there.
namespace wattpurse::bench {

/// What libmodbus has sent, and what it will receive next.
struct memory_line {
    int descriptor = -1;
    std::vector<std::uint8_t> sent;
    const std::uint8_t* heard = nullptr;
    std::size_t heard_size = 0;
};

[[nodiscard]] memory_line& libmodbus_line();

}  // namespace wattpurse::bench
