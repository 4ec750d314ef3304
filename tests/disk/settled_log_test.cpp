// SPDX-License-Identifier: Apache-2.0
// A flush fails, the program is killed, the next one settles the log that was left: and in the
// middle of that the power fails, at each of its changes of the disk. Or it closes the file itself.
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/sim/draw.hpp>

#include "disk/scenario.hpp"

using namespace test_disk;
using wattpurse::port::commit_status;
using wattpurse::sim::draw;
using sqlite_store = wattpurse::adapter::sqlite::store;

namespace {

struct left_behind {
    test_disk::disk disk;
    int told = 0;  ///< batches acknowledged
    bool has_failed = false;
    bool was_cut = true;
};

/// What a program leaves in whose commit of that batch the n-th flush has failed: of the log's new
/// head, of the log, or of the database the log is copied into. It is killed right after; or it
/// closes the file, and the power fails with that change of the disk, counted from 1.
[[nodiscard]] left_behind left_by_a_program(const scenario& of, int batch, int nth_flush,
                                            std::uint64_t seed, std::uint64_t closing_change = 0)
{
    computer on{{}, seed};
    auto opened = std::make_unique<sqlite_store>(ledger_path);
    sqlite_store& books = *opened;
    test_books::writer hand{books};
    for (int i = 1; i < batch; ++i) {
        REQUIRE(hand.commit(batch_of(hand, of, i)).status == commit_status::committed);
    }
    left_behind out;
    int flushes = 0;
    on.set_fault([&](const request& asked) {
        const bool hit = asked.what == call::flush && ++flushes == nth_flush;
        out.has_failed = out.has_failed || hit;
        return hit ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    });
    const auto outcome = hand.commit(batch_of(hand, of, batch));
    out.told = outcome.status == commit_status::committed ? batch : batch - 1;
    if (closing_change == 0) {
        on.stop();
        out.disk = on.disk();
        return out;
    }
    std::uint64_t changes = 0;
    on.set_fault([&](const request& asked) {
        changes += asked.changes_the_disk() ? 1 : 0;
        if (changes == closing_change) on.stop();
        return SQLITE_OK;
    });
    opened.reset();
    out.was_cut = on.stopped();
    out.disk = on.disk().after_power_cut(draw({seed, closing_change}));
    return out;
}

/// Switches the power off at the n-th change of the disk while the file is opened, or closed
/// because it could not be: with `flush_fails`, the first flush does. False: it was over before.
[[nodiscard]] bool cut_while_opening(disk& left, std::uint64_t n, std::uint64_t seed,
                                     bool flush_fails)
{
    computer on{std::move(left), seed};
    std::uint64_t changes = 0;
    bool failed = !flush_fails;
    on.set_fault([&](const request& asked) {
        changes += asked.changes_the_disk() ? 1 : 0;
        if (changes == n) on.stop();
        const bool hit = asked.what == call::flush && !std::exchange(failed, true);
        return hit ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    });
    try {
        const sqlite_store books{ledger_path};
    } catch (const std::exception&) {
    }
    left = on.disk().after_power_cut(draw({seed, n}));
    return on.stopped();
}

/// What is wrong with the books that are found; empty where nothing is.
[[nodiscard]] std::string fault_of_recovery(const scenario& of,
                                            const std::vector<all_books>& expected, disk found,
                                            std::uint64_t seed, int told)
{
    const computer on{std::move(found), seed};
    int held = -1;
    if (std::string fault = inspect(of, expected, held); !fault.empty()) return fault;
    if (held != told && held != told + 1) {
        return std::to_string(told) + " acknowledged, " + std::to_string(held) + " there";
    }
    if (std::string fault = work_on(of, [](int) {}); !fault.empty()) return "later: " + fault;
    if (std::string fault = inspect(of, expected, held); !fault.empty()) return "last: " + fault;
    return held == of.batches && integrity() == "ok" ? std::string{} : "not sound at the end";
}

[[nodiscard]] bool is_set(const char* name)
{
    const char* const value = std::getenv(name);
    return value != nullptr && std::string{value} == "1";
}

}  // namespace

TEST_CASE("the power fails while a log is settled that a failed flush has left: nothing is lost")
{
    const scenario of{10, 7, 3, 7};
    const auto expected = undisturbed(of);
    const bool is_long = is_set("WATTPURSE_LONG");
    int cuts = 0;
    int faults = 0;
    std::string first;
    const auto cut_each = [&](const left_behind& left, std::uint64_t seed,
                              const std::string& name, bool flush_fails) {
        // Not each of them is cut in each run: the next seed begins with another.
        for (std::uint64_t n = is_long ? 1 : 1 + seed % 5; n < 1'000; n += is_long ? 1 : 5) {
            disk found = left.disk;
            if (!cut_while_opening(found, n, seed, flush_fails)) break;
            ++cuts;
            const std::string fault =
                fault_of_recovery(of, expected, std::move(found), seed, left.told);
            if (!fault.empty() && ++faults == 1) {
                first = name + ", change " + std::to_string(n) + ": " + fault;
            }
        }
    };
    for (const int pages : {0, 12, 25}) {
        const connection_settings settings{pages};
        for (int batch = 1; batch < of.batches; ++batch) {
            for (int nth = 1; nth <= 4; ++nth) {
                for (std::uint64_t seed = 1; seed <= (is_long ? 10U : 2U); ++seed) {
                    const auto left = left_by_a_program(of, batch, nth, seed);
                    if (!left.has_failed) break;
                    const std::string name =
                        "pages " + std::to_string(pages) + ", batch " + std::to_string(batch) +
                        ", flush " + std::to_string(nth) + ", seed " + std::to_string(seed);
                    const auto luck = seed + static_cast<std::uint64_t>(nth);
                    cut_each(left, luck, name, false);
                    cut_each(left, luck, name + ", and the next one fails", true);
                }
            }
        }
    }
    MESSAGE(cuts << " power cuts while a log was settled");
    CHECK_MESSAGE(faults == 0, faults << " faults, the first: " << first);
    CHECK(cuts > 300);
}

TEST_CASE("the power fails while a program closes the file after a failed flush: nothing is lost")
{
    const scenario of{12, 7, 3, 7};
    const auto expected = undisturbed(of);
    const std::uint64_t seeds = is_set("WATTPURSE_LONG") ? 10 : 2;
    int cuts = 0;
    int faults = 0;
    std::string first;
    for (const int pages : {0, 12, 25}) {
        const connection_settings settings{pages};
        for (int batch = 1; batch < of.batches; ++batch) {
            for (int nth = 1; nth <= 4; ++nth) {
                for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
                    for (std::uint64_t n = 1; n < 1'000; n += 5) {
                        auto left = left_by_a_program(of, batch, nth, seed, n);
                        if (!left.has_failed || !left.was_cut) break;
                        ++cuts;
                        const std::string fault = fault_of_recovery(
                            of, expected, std::move(left.disk), seed, left.told);
                        if (!fault.empty() && ++faults == 1) {
                            first = "pages " + std::to_string(pages) + ", batch " +
                                    std::to_string(batch) + ", flush " + std::to_string(nth) +
                                    ", change " + std::to_string(n) + ": " + fault;
                        }
                    }
                }
            }
        }
    }
    MESSAGE(cuts << " power cuts while the file was closed");
    CHECK_MESSAGE(faults == 0, faults << " faults, the first: " << first);
    CHECK(cuts > 150);
}
