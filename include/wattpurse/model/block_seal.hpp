// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include <wattpurse/base/time.hpp>

namespace wattpurse {

/// SHA-256 value.
using digest = std::array<std::uint8_t, 32>;

/// The seal of one block of the hash chain: block 1, 2, 3 ... of a shard.
struct block_seal {
    std::uint64_t number = 0;  ///< 0 means "no block yet"
    digest previous{};
    digest value{};
    std::uint32_t postings = 0;
    instant sealed_at;
};

}  // namespace wattpurse
