// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace wattpurse::credit::examples {

/// Numbers from a seed, the same with every compiler (splitmix64).
class dice {
public:
    explicit dice(std::uint64_t seed) : state_{seed} {}

    std::uint64_t next()
    {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
    std::int64_t below(std::int64_t end)
    {
        return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(end));
    }
    std::int64_t between(std::int64_t first, std::int64_t last)
    {
        return first + below(last - first + 1);
    }
    bool one_in(std::int64_t count) { return below(count) == 0; }

private:
    std::uint64_t state_;
};

}  // namespace wattpurse::credit::examples
