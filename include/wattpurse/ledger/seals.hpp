// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wattpurse/base/result.hpp>
#include <wattpurse/model/block_seal.hpp>
#include <wattpurse/model/fault.hpp>

namespace wattpurse::ledger {

/// Seals as a text to be kept where the books' keeper cannot write: a line for each block, its
/// number and the digest in hexadecimal, under the line "block,sha256".
[[nodiscard]] std::string seals_text(std::span<const block_seal> seals);

/// The same read again; only number and value are set. Faults name the line.
[[nodiscard]] result<std::vector<block_seal>, fault> read_seals(std::string_view text);

}  // namespace wattpurse::ledger
