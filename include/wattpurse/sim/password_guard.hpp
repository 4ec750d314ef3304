// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <wattpurse/base/time.hpp>
#include <wattpurse/codec/dlt645/credentials.hpp>

namespace wattpurse::sim {

/// The passwords of a meter and its patience: three wrong ones lock their level for 24 hours,
/// even for the right one.
class password_guard {
public:
    static constexpr int tries_max = 3;
    static constexpr duration lock_time = std::chrono::hours{24};

    explicit password_guard(std::span<const codec::dlt645::credentials> passwords);

    /// Whether `who` is right, not locked, and of level `needed` or a higher one (a smaller
    /// number). A wrong password counts; a right one makes its level forget.
    [[nodiscard]] bool admits(const codec::dlt645::credentials& who, std::uint8_t needed,
                              instant now);
    /// Replaces the password of the level `fresh` has; false where the meter has no such level.
    bool change(const codec::dlt645::credentials& fresh);
    [[nodiscard]] bool is_locked(std::uint8_t level, instant now) const;

private:
    struct lock {
        codec::dlt645::credentials secret;
        int wrong = 0;
        instant locked_until{};
    };
    std::vector<lock> locks_;
};

}  // namespace wattpurse::sim
