// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <wattpurse/base/time.hpp>

namespace wattpurse::sim {

/// What one class of a load record says at one moment; empty where that class is not due.
using load_class = std::vector<std::uint8_t>;

/// Load records of a meter (负荷记录): six classes, each written at its own interval, kept as
/// blocks that all classes of one minute share (DL/T 645-2007, annex B).
class load_profile {
public:
    static constexpr std::size_t classes = 6;
    /// Blocks kept: sixty days of hours.
    static constexpr std::size_t blocks_kept = 1440;

    struct entry {
        civil_time at;
        std::array<load_class, classes> said;
    };

    void keep(entry one);
    void clear() { entries_.clear(); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    /// Blocks as they go over the wire, `count` at most: the earliest (nothing in `from`), or
    /// those from a moment on. `which` is a class from 1, or 0 for all of them. Empty where
    /// nothing matches.
    [[nodiscard]] std::vector<std::uint8_t> blocks(std::size_t which, std::size_t count,
                                                   const std::optional<civil_time>& from) const;
    /// The latest block.
    [[nodiscard]] std::vector<std::uint8_t> latest(std::size_t which) const;

private:
    std::deque<entry> entries_;  // oldest first
};

/// A0 A0, size, time, the classes with AA behind each, sum, E5.
[[nodiscard]] std::vector<std::uint8_t> block_of(const load_profile::entry& one,
                                                 std::size_t which);

}  // namespace wattpurse::sim
