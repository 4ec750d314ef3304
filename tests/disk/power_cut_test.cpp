// SPDX-License-Identifier: Apache-2.0
// The power fails before and after every single call that changes the disk, for many runs of
// many seeds. What was flushed is there afterwards; what was not is there as luck would have it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/sim/draw.hpp>

#include "disk/scenario.hpp"

using namespace test_disk;
namespace port = wattpurse::port;
using wattpurse::sim::draw;

namespace {

/// An undisturbed run, call by call.
struct recording {
    std::vector<operation> steps;
    std::vector<int> acknowledged;  ///< batches the writer was told of, before each step
};

[[nodiscard]] recording record(const scenario& of)
{
    recording all;
    int told = 0;
    {
        computer on{{}, of.seed};
        on.set_recorder([&](const operation& step) {
            all.steps.push_back(step);
            all.acknowledged.push_back(told);
        });
        REQUIRE(work_on(of, [&told](int i) { told = i; }).empty());
        REQUIRE(on.open_files() == 0);
    }
    all.acknowledged.push_back(told);
    REQUIRE(told == of.batches);
    return all;
}

/// What the power cuts of a test have come to.
struct tally {
    int points = 0;
    int second_cuts = 0;  ///< the power failed once more, while the first cut was recovered from
    int unacknowledged = 0;  ///< a batch was there that nobody had been told of
    int faults = 0;
    std::string first_fault;
    std::set<int> held;

    void fault(const scenario& of, std::size_t point, const std::string& words)
    {
        if (faults++ == 0) {
            first_fault = "seed " + std::to_string(of.seed) + ", point " + std::to_string(point) +
                          ": " + words;
        }
    }
};

/// The power comes back and fails again, after `calls` changes of the disk. The batches that the
/// program found in between, or was told of, are counted too. Returns the disk as it is then found.
[[nodiscard]] disk cut_again(const scenario& of, disk found, std::uint64_t seed, int& told)
{
    computer on{std::move(found), seed};
    const std::uint64_t calls = 1 + draw({seed, 21}) % 60;
    std::uint64_t count = 0;
    on.set_fault([&](const request& asked) {
        count += asked.changes_the_disk() ? 1 : 0;
        if (count == calls) {
            on.stop();
        }
        return SQLITE_OK;
    });
    const auto found_there = [&told](port::store& books) {
        const auto state = books.load();
        if (state && state->progress) {
            told = std::max(told, static_cast<int>(state->progress->last_arrival));
        }
    };
    static_cast<void>(work_on(of, [&told](int i) { told = i; }, found_there));
    return on.disk().after_power_cut(draw({seed, 22}));
}

/// What of the books found after a power cut is not as it must be. They hold all that was
/// acknowledged and at most the one batch more that was under way.
[[nodiscard]] std::string fault_after_cut(port::store& books, const scenario& of,
                                          const std::vector<all_books>& expected, int told,
                                          int& held)
{
    std::string fault = fault_of(books, of, expected, held);
    if (fault.empty() && held != told && held != told + 1) {
        fault = std::to_string(told) + " batches were acknowledged, and " + std::to_string(held) +
                " are there";
    }
    return fault;
}

/// The power is back: the books are whole, and the work goes on from them to the same end as if
/// nothing had happened.
[[nodiscard]] std::string check_recovery(const scenario& of,
                                         const std::vector<all_books>& expected, disk found,
                                         std::uint64_t seed, int told, int& held)
{
    const computer on{std::move(found), seed};
    const auto opened = [&](port::store& books) {
        if (const auto fault = fault_after_cut(books, of, expected, told, held); !fault.empty()) {
            throw std::runtime_error{fault};
        }
    };
    const auto done = [&](port::store& books) {
        if (all_books{books, of} != expected.back()) {
            throw std::runtime_error{"the work has not ended as it should"};
        }
    };
    std::string fault = work_on(of, [](int) {}, opened, done);
    if (const bool look_closer = draw({seed, 23}) % 8 == 0; fault.empty() && look_closer) {
        int last = 0;
        fault = inspect(of, expected, last);
        const std::string words = integrity();
        if (fault.empty() && (words != "ok" || last != of.batches)) {
            fault = "at the end: " + words;
        }
    }
    return fault;
}

/// Cuts the power at every `stride`-th point of one run.
void cut_everywhere(const scenario& of, std::size_t stride, tally& all)
{
    const auto expected = undisturbed(of);
    const recording run = record(of);
    disk now;
    for (std::size_t point = 0; point <= run.steps.size(); ++point) {
        if (point % stride == of.seed % stride) {
            const std::uint64_t seed = draw({of.seed, 20, point});
            int told = run.acknowledged[point];
            disk found = now.after_power_cut(seed);
            if (seed % 4 == 0) {
                found = cut_again(of, std::move(found), draw({seed, 24}), told);
                ++all.second_cuts;
            }
            int held = 0;
            const auto fault =
                check_recovery(of, expected, std::move(found), draw({seed, 25}), told, held);
            if (!fault.empty()) {
                all.fault(of, point, fault);
            }
            all.unacknowledged += held > told ? 1 : 0;
            all.held.insert(held);
            ++all.points;
        }
        if (point < run.steps.size()) {
            now.perform(run.steps[point]);
        }
    }
}

/// The log is copied into the database as often as `seed` has it; SQLite's own choice, after
/// 1000 pages, is one of them.
[[nodiscard]] int checkpoint_pages(std::uint64_t seed)
{
    constexpr int choices[] = {0, 12, 25, 60};
    return choices[seed % 4];
}

[[nodiscard]] bool is_set(const char* name)
{
    const char* const value = std::getenv(name);
    return value != nullptr && std::string{value} == "1";
}

}  // namespace

TEST_CASE("ten thousand power cuts: all that was acknowledged is there, and no batch in part")
{
    const bool slow = is_set("WATTPURSE_SANITIZED");
    const int wanted = slow ? 1'000 : is_set("WATTPURSE_LONG") ? 100'000 : 10'000;
    tally all;
    std::uint64_t seed = 1;
    for (; all.points < wanted; ++seed) {
        const connection_settings settings{checkpoint_pages(seed)};
        const scenario of{seed, 6, static_cast<int>(2 + seed % 2),
                          static_cast<int>(2 + seed % 5)};
        cut_everywhere(of, 1, all);
    }
    MESSAGE(all.points << " power cuts in " << (seed - 1) << " runs, " << all.second_cuts
                       << " of them twice; " << all.unacknowledged
                       << " times a batch was there that nobody had been told of");
    CHECK_MESSAGE(all.faults == 0, all.first_fault);
    CHECK(all.points >= wanted);
    CHECK(all.unacknowledged > all.points / 200);  // both ends of "whole or not at all" are met
    CHECK(all.held.size() == 7);
}

// The test of the test: a store that trusts a disk too much is found out.
TEST_CASE("power cuts find the batches that are lost where the log is not flushed")
{
    for (const std::string level : {"NORMAL", "OFF"}) {
        CAPTURE(level);
        const connection_settings settings{25, level.c_str()};
        tally all;
        for (std::uint64_t seed = 1; seed <= 3; ++seed) {
            cut_everywhere({seed, 8, 3, 8}, 4, all);
        }
        MESSAGE("synchronous=" << level << ": " << all.faults << " faults in " << all.points
                               << " power cuts, the first: " << all.first_fault);
        CHECK(all.faults > all.points / 8);
    }
}
