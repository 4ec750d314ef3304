// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "batch_plan.hpp"

// Two numbers at a time, which every 64-bit processor can add at once. Four (AVX2) were no faster:
// the loop waits for memory.
namespace wattpurse::tariff {

namespace {

__extension__ typedef std::uint64_t two __attribute__((vector_size(16)));

/// 32 bytes from anywhere.
struct four {
    two a;
    two b;

    explicit four(const void* from) { std::memcpy(this, from, sizeof *this); }
};
static_assert(sizeof(four) == sizeof(parts_of_sum));

template <bool ByCell>
std::uint64_t sum(const std::int64_t* values, const std::vector<slice>& slices, parts_of_sum* sums)
{
    constexpr std::size_t lanes = 4;
    two seen{};
    std::uint64_t seen_one = 0;
    for (const slice& each : slices) {
        parts_of_sum& into = ByCell ? sums[each.cell] : *sums++;
        four own{into.each.data()};
        std::size_t i = each.first;
        for (; i + lanes <= each.last; i += lanes) {
            const four next{values + i};
            own.a += next.a;
            own.b += next.b;
            seen |= next.a | next.b;
        }
        std::uint64_t rest = 0;
        for (; i < each.last; ++i) {
            const auto value = static_cast<std::uint64_t>(values[i]);
            rest += value;
            seen_one |= value;
        }
        std::memcpy(into.each.data(), &own, sizeof own);
        into.each[0] += rest;
    }
    return seen_one | seen[0] | seen[1];
}

}  // namespace

std::uint64_t sum_cells(const std::int64_t* values, const std::vector<slice>& slices,
                        parts_of_sum* cells)
{
    return sum<true>(values, slices, cells);
}

std::uint64_t sum_slices(const std::int64_t* values, const std::vector<slice>& slices,
                         parts_of_sum* sums)
{
    return sum<false>(values, slices, sums);
}

std::size_t find_set(const std::uint8_t* bytes, std::size_t from, std::size_t size)
{
    constexpr std::size_t many = 2 * sizeof(four);  // nearly all are zero: as many at a time
    for (; from + many <= size; from += many) {
        const four first{bytes + from};
        const four second{bytes + from + sizeof(four)};
        const two any = first.a | first.b | second.a | second.b;
        if ((any[0] | any[1]) != 0) break;
    }
    while (from < size && bytes[from] == 0) ++from;
    return from;
}

}  // namespace wattpurse::tariff
