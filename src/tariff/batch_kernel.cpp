// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "batch_plan.hpp"

// Compiled twice where the loader can choose by what the processor has: four numbers at a time
// with AVX2, two without. Results are the same, for sums of integers wrap alike in any order.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define WATTPURSE_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define WATTPURSE_CLONES
#endif

namespace wattpurse::tariff {

namespace {

constexpr std::size_t lanes = 4;
__extension__ typedef std::uint64_t four __attribute__((vector_size(lanes * 8)));

}  // namespace

WATTPURSE_CLONES std::uint64_t sum_slices(const std::int64_t* values,
                                          const std::vector<slice>& slices, std::int64_t* sums)
{
    four seen{};
    std::uint64_t seen_one = 0;
    for (const slice& each : slices) {
        four sum{};
        std::size_t i = each.first;
        for (; i + lanes <= each.last; i += lanes) {
            four next;
            std::memcpy(&next, values + i, sizeof next);
            sum += next;
            seen |= next;
        }
        std::uint64_t rest = 0;
        for (; i < each.last; ++i) {
            const auto value = static_cast<std::uint64_t>(values[i]);
            rest += value;
            seen_one |= value;
        }
        *sums++ = static_cast<std::int64_t>(sum[0] + sum[1] + sum[2] + sum[3] + rest);
    }
    return seen_one | seen[0] | seen[1] | seen[2] | seen[3];
}

}  // namespace wattpurse::tariff
