// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "batch_plan.hpp"

// Two numbers at a time, which every 64-bit processor can add at once, or four where AVX2 is there.
// The loop is written twice: a compiler that makes both of one takes the vectors apart before it
// knows which it makes.
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

constexpr std::size_t lanes = 4;

/// What is left of a slice behind its whole lanes.
std::uint64_t sum_rest(const std::int64_t* values, std::size_t from, std::size_t until,
                       std::uint64_t& seen)
{
    std::uint64_t out = 0;
    for (; from < until; ++from) {
        const auto value = static_cast<std::uint64_t>(values[from]);
        out += value;
        seen |= value;
    }
    return out;
}

template <bool ByCell>
std::uint64_t sum_by_two(const std::int64_t* values, const std::vector<slice>& slices,
                         parts_of_sum* sums)
{
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
        into.each[0] += sum_rest(values, i, each.last, seen_one);
    }
    return seen_one | seen[0] | seen[1];
}

#if defined(__x86_64__) && defined(__GNUC__)
__extension__ typedef std::uint64_t four __attribute__((vector_size(32)));

template <bool ByCell>
__attribute__((target("avx2"))) std::uint64_t
sum_by_four(const std::int64_t* values, const std::vector<slice>& slices, parts_of_sum* sums)
{
    four seen{};
    std::uint64_t seen_one = 0;
    for (const slice& each : slices) {
        parts_of_sum& into = ByCell ? sums[each.cell] : *sums++;
        four own;
        std::memcpy(&own, into.each.data(), sizeof own);
        std::size_t i = each.first;
        for (; i + lanes <= each.last; i += lanes) {
            four next;
            std::memcpy(&next, values + i, sizeof next);
            own += next;
            seen |= next;
        }
        std::memcpy(into.each.data(), &own, sizeof own);
        if (i < each.last) into.each[0] += sum_rest(values, i, each.last, seen_one);
    }
    return seen_one | seen[0] | seen[1] | seen[2] | seen[3];
}

bool adds_four()
{
    static const bool can = __builtin_cpu_supports("avx2") != 0;
#ifdef NDEBUG
    return can;
#else
    thread_local bool turn = false;  // tests go through both loops
    turn = !turn;
    return can && turn;
#endif
}
#endif

template <bool ByCell>
std::uint64_t sum(const std::int64_t* values, const std::vector<slice>& slices, parts_of_sum* sums)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (adds_four()) return sum_by_four<ByCell>(values, slices, sums);
#endif
    return sum_by_two<ByCell>(values, slices, sums);
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
