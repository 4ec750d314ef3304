// SPDX-License-Identifier: Apache-2.0
#include "bench.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace wattpurse::bench {
namespace {

constexpr int pairs = 41;
constexpr double pass_ns_min = 2e6;  // so that the clock's own cost and step do not matter

struct entry {
    std::string name;
    body run;
};

std::vector<entry>& entries()
{
    static std::vector<entry> all;
    return all;
}

double now_ns()
{
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

double time_ns(const pass& work, int repeats, std::uint64_t expected)
{
    const double start = now_ns();
    for (int i = 0; i < repeats; ++i) {
        forget_memory();
        require(work() == expected, "a pass gave another result than the one before");
    }
    return (now_ns() - start) / repeats;
}

/// How often to repeat a pass for one measurement; warms up on the way.
int repeats_for(const pass& work, std::uint64_t expected)
{
    int repeats = 1;
    while (time_ns(work, repeats, expected) * repeats < pass_ns_min) {
        repeats *= 2;
    }
    return repeats;
}

struct medians {
    double ours;
    double theirs;
};

/// Nanoseconds an item, in turns: what slows the machine down slows both.
medians interleaved(std::size_t items, const pass& ours, const pass& theirs)
{
    const std::uint64_t our_sum = ours();
    const std::uint64_t their_sum = theirs();
    const int our_repeats = repeats_for(ours, our_sum);
    const int their_repeats = repeats_for(theirs, their_sum);
    std::vector<double> our_ns;
    std::vector<double> their_ns;
    for (int i = 0; i < pairs; ++i) {
        if (i % 2 == 0) {
            our_ns.push_back(time_ns(ours, our_repeats, our_sum));
            their_ns.push_back(time_ns(theirs, their_repeats, their_sum));
        } else {
            their_ns.push_back(time_ns(theirs, their_repeats, their_sum));
            our_ns.push_back(time_ns(ours, our_repeats, our_sum));
        }
    }
    const auto count = static_cast<double>(items);
    return {median(our_ns) / count, median(their_ns) / count};
}

}  // namespace

registration::registration(std::string_view name, body run)
{
    entries().push_back({std::string{name}, run});
}

report run_all(std::string_view only)
{
    auto sorted = entries();
    std::sort(sorted.begin(), sorted.end(),
              [](const entry& a, const entry& b) { return a.name < b.name; });
    report out;
    for (const entry& each : sorted) {
        if (only.empty() || each.name == only) each.run(out);
    }
    return out;
}

void compare(report& out, std::string_view name, std::string_view peer, std::size_t items,
             const pass& ours, const pass& theirs)
{
    const auto [value, peer_value] = interleaved(items, ours, theirs);
    out.push_back(
        {std::string{name}, value, "ns", std::string{peer}, peer_value, peer_value / value});
}

void compare_rate(report& out, std::string_view name, std::string_view peer, std::size_t bytes,
                  const pass& ours, const pass& theirs)
{
    const auto [ns, peer_ns] = interleaved(bytes, ours, theirs);
    constexpr double megabytes_per_second = 1e3;  // of one byte a nanosecond
    out.push_back({std::string{name}, megabytes_per_second / ns, "MB/s", std::string{peer},
                   megabytes_per_second / peer_ns, peer_ns / ns});
}

void require(bool same, std::string_view what)
{
    if (!same) {
        std::fprintf(stderr, "wattpurse_bench: %.*s\n", static_cast<int>(what.size()), what.data());
        std::exit(1);
    }
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

double seconds(const std::function<void()>& work)
{
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace wattpurse::bench
