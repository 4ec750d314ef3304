// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "batch_plan.hpp"

// Two numbers at a time, which every 64-bit processor can add at once. Four (AVX2) were no faster:
// what costs is memory, and where a slice ends.
namespace wattpurse::tariff {

namespace {

__extension__ typedef std::uint64_t two __attribute__((vector_size(16)));

two load(const void* from)
{
    two out;
    std::memcpy(&out, from, sizeof out);
    return out;
}

void store(two value, void* to) { std::memcpy(to, &value, sizeof value); }

template <bool ByCell>
std::uint64_t sum(const std::int64_t* values, const std::vector<slice>& slices, parts_of_sum* sums)
{
    constexpr std::size_t lanes = 4;
    two seen{};
    std::uint64_t seen_one = 0;
    for (const slice& each : slices) {
        parts_of_sum& into = ByCell ? sums[each.cell] : *sums++;
        two a = load(&into.each[0]);
        two b = load(&into.each[2]);
        std::size_t i = each.first;
        for (; i + lanes <= each.last; i += lanes) {
            const two first = load(values + i);
            const two second = load(values + i + 2);
            a += first;
            b += second;
            seen |= first | second;
        }
        store(a, &into.each[0]);
        store(b, &into.each[2]);
        for (; i < each.last; ++i) {
            const auto value = static_cast<std::uint64_t>(values[i]);
            into.each[0] += value;
            seen_one |= value;
        }
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
    constexpr std::size_t many = 4 * sizeof(two);  // nearly all are zero: as many at a time
    for (; from + many <= size; from += many) {
        const std::uint8_t* const at = bytes + from;
        const two any = load(at) | load(at + 16) | load(at + 32) | load(at + 48);
        if ((any[0] | any[1]) != 0) break;
    }
    while (from < size && bytes[from] == 0) ++from;
    return from;
}

}  // namespace wattpurse::tariff
