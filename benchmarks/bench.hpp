// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// A small harness for ratios: ours and a named peer do the same work in the same run, in
/// interleaved rounds, and the medians are compared. Times are processor time of the thread.
namespace wattpurse::bench {

/// One line of the report.
struct row {
    std::string name;       ///< "decimal.mul_round.vs_hand_int128"
    double value = 0;       ///< ours
    std::string unit;       ///< of both values, for instance "ns"
    std::string peer;       ///< what we are compared with
    double peer_value = 0;  ///< the peer's
    double ratio = 0;       ///< above 1 where we are faster or smaller
};

using report = std::vector<row>;
using body = void (*)(report&);

/// Adds a benchmark to the program: `const registration r{"decimal", run};` at namespace scope.
struct registration {
    registration(std::string_view name, body run);
};

/// Runs every registered benchmark, in order of name, or `only` those of that name.
[[nodiscard]] report run_all(std::string_view only = {});

/// One pass over all the work; returns a number that depends on every result, so that the
/// work cannot be left out. The number has to be the same in every pass.
using pass = std::function<std::uint64_t()>;

/// Times both and adds a row in nanoseconds an item, `items` being the items of one pass.
void compare(report& out, std::string_view name, std::string_view peer, std::size_t items,
             const pass& ours, const pass& theirs);

/// The same in megabytes a second, `bytes` being those of one pass.
void compare_rate(report& out, std::string_view name, std::string_view peer, std::size_t bytes,
                  const pass& ours, const pass& theirs);

/// For what threads, disks and servers have a part in, and `compare` cannot time.
[[nodiscard]] double median(std::vector<double> values);
/// By the clock on the wall.
[[nodiscard]] double seconds(const std::function<void()>& work);

/// Ends the program where a result is not what the peer or the definition says.
void require(bool same, std::string_view what);

/// Keeps the compiler from knowing what is in memory.
inline void forget_memory()
{
    asm volatile("" ::: "memory");
}

/// Has the compiler believe that somebody reads these bytes, all of them and now.
inline void show(const void* bytes)
{
    asm volatile("" : : "r"(bytes) : "memory");
}

}  // namespace wattpurse::bench
