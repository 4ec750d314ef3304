// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "bit_stream.hpp"

namespace wattpurse::usage {

/// Codes one column of a day block in the form that takes the fewest bits. What the forms are is
/// said in <wattpurse/usage/day_block.hpp>.
///
/// Cells are signed numbers held as unsigned ones, so that differences wrap instead of overflow.
class column_code {
public:
    /// Writes a column. The cells are used up.
    void put(bit_writer& out, std::span<std::uint64_t> cells);

    /// Reads a column of as many cells; gives back what was expected where it could not.
    [[nodiscard]] static std::string_view get(bit_reader& in, std::span<std::uint64_t> cells);

private:
    std::vector<std::uint64_t> steps_;  // kept for their memory
    std::vector<std::uint64_t> gaps_;
};

}  // namespace wattpurse::usage
