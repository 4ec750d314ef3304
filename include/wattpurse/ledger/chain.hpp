// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/base/time.hpp>
#include <wattpurse/model/block_seal.hpp>
#include <wattpurse/model/posting.hpp>

namespace wattpurse::ledger {

/// The bytes that a block's digest is taken over. Fixed for ever: files of old versions must
/// verify with new ones.
///
/// In this order, integers big-endian, times as milliseconds since the epoch, texts as a 32-bit
/// byte count and the bytes, money as the 64-bit mantissa at 10^-6 and three letters:
///
///     "wattpurse.block.1"            as a text
///     number of this block           64 bits
///     digest of the block before     32 bytes (zeros for block 1)
///     sealed_at                      64 bits
///     count of postings              32 bits
///     and for each posting, in the order of posting:
///       account text, account_seq 64 bits, key text, leg 32 bits, kind text (its name),
///       subject text, effective_at 64 bits, recorded_at 64 bits, amount, running_balance,
///       explain text
///
/// Where one of the postings has a link or expires, the first text is "wattpurse.block.2", and each
/// explain text is followed by the link's text and by 8 bits: 1 and expires_at (64 bits), or 0.
[[nodiscard]] std::vector<std::uint8_t> block_bytes(const block_seal& previous,
                                                    std::span<const posting> postings,
                                                    instant sealed_at);

/// SHA-256 over `block_bytes`: the block that follows `previous`.
[[nodiscard]] digest digest_of(const block_seal& previous, std::span<const posting> postings,
                               instant sealed_at);

/// The seal of the block that follows `previous`.
[[nodiscard]] block_seal seal_of(const block_seal& previous, std::span<const posting> postings,
                                 instant sealed_at);

/// Checks that `seal` follows `previous` and seals exactly these postings. The error is a text
/// for a person and names the block.
[[nodiscard]] result<void, std::string> verify(std::span<const posting> postings,
                                               const block_seal& previous,
                                               const block_seal& seal);

}  // namespace wattpurse::ledger
