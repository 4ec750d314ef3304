// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <wattpurse/base/assert.hpp>
#include <wattpurse/model/names.hpp>

namespace wattpurse::port {

/// The shard of a customer's account, 0 to `count` - 1: the same on every machine and in every
/// version, since books that are split one way cannot be read another.
///
/// FNV-1a of 64 bits over the characters of the name (draft-eastlake-fnv), then jump consistent
/// hashing (Lamping and Veach, 2014, arXiv:1406.2094), its quotient taken in integers. With one
/// shard more, only the accounts that go to the new one move. Even so, an account that moves leaves
/// its chain: begin with as many shards as there may ever be servers, and move whole shards.
///
/// House accounts are not routed: each shard has its own of the same name.
/// Precondition: `count` is above zero.
[[nodiscard]] constexpr std::uint32_t shard_of(const account_id& account,
                                               std::uint32_t count) noexcept
{
    WATTPURSE_ASSERT(count > 0);
    std::uint64_t key = 0xCBF2'9CE4'8422'2325U;
    for (const char c : account.view()) {
        key = (key ^ static_cast<std::uint8_t>(c)) * 0x0000'0100'0000'01B3U;
    }
    std::uint64_t shard = 0;
    for (std::uint64_t next = 0; next < count;) {
        shard = next;
        key = key * 2862933555777941757U + 1;
        next = (shard + 1) * (std::uint64_t{1} << 31U) / ((key >> 33U) + 1);
    }
    return static_cast<std::uint32_t>(shard);
}

}  // namespace wattpurse::port
