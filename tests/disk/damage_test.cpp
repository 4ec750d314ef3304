// SPDX-License-Identifier: Apache-2.0
// Bits that have changed on the disk, in the log and in the database.
#include <algorithm>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/sim/draw.hpp>

#include "disk/scenario.hpp"

using namespace test_disk;
using wattpurse::sim::draw;

namespace {

const std::string log_path = std::string{ledger_path} + "-wal";

// https://sqlite.org/fileformat2.html#the_write_ahead_log
constexpr std::size_t log_header = 32;
constexpr std::size_t frame_header = 24;
constexpr std::size_t page_size = 4096;
constexpr std::size_t frame_size = frame_header + page_size;

/// The disk at the last acknowledgement, everything still in the log.
[[nodiscard]] disk with_full_log(const scenario& of)
{
    disk found;
    const computer on{{}, of.seed};
    REQUIRE(work_on(of, [&](int i) {
                if (i == of.batches) {
                    found = on.disk();
                }
            }).empty());
    REQUIRE(found.pending_bytes() == 0);
    return found;
}

/// The disk after an orderly end, everything in the database.
[[nodiscard]] disk with_database(const scenario& of)
{
    const computer on{{}, of.seed};
    REQUIRE(work_on(of, [](int) {}).empty());
    REQUIRE_FALSE(on.disk().find(log_path).has_value());
    return on.disk().after_power_cut(1);
}

/// For each frame of the log, how many transactions are whole before it; and the number of all.
[[nodiscard]] std::vector<int> transactions_before(const file_bytes& log)
{
    std::vector<int> before;
    int whole = 0;
    for (std::size_t at = log_header; at + frame_size <= log.size(); at += frame_size) {
        before.push_back(whole);
        const auto first = log.begin() + static_cast<std::ptrdiff_t>(at) + 4;
        whole += std::any_of(first, first + 4, [](auto byte) { return byte != 0; }) ? 1 : 0;
    }
    before.push_back(whole);
    return before;
}

/// Opened with a damaged log, the file holds the batches whose transactions are whole before the
/// damage; and work goes on from there.
void check_log(const scenario& of, const std::vector<all_books>& expected, disk damaged,
               int lost_transactions)
{
    const computer on{std::move(damaged), of.seed};
    int held = -1;
    const std::string fault = inspect(of, expected, held);
    CHECK_MESSAGE(fault.empty(), fault);
    CHECK(held == std::max(0, of.batches - lost_transactions));
    CHECK(work_on(of, [](int) {}).empty());
    CHECK(inspect(of, expected, held).empty());
    CHECK(held == of.batches);
    CHECK(integrity() == "ok");
}

/// Whether a transfer that is in the books is not found by its key: it could be booked twice.
[[nodiscard]] bool misses_a_key(wattpurse::port::store& books, const all_books& expected)
{
    for (const wattpurse::posting& row : expected.postings) {
        const auto found = books.find_transfer(row.key);
        if (found && found->size() != 2) {
            return true;
        }
    }
    return false;
}

/// What became of the books when a bit of the database had changed.
enum class finding {
    refused,    ///< the file is not opened, or the audit cannot read it
    faulted,    ///< the audit names a fault
    harmless,   ///< all is as it was
    unsealed,   ///< the ledger is as it was; a row that no seal covers is not
    wrong,      ///< the audit finds nothing, and the ledger is another one, or lacks a key
};

[[nodiscard]] finding find_damage(const scenario& of, const all_books& expected)
{
    try {
        if (integrity() != "ok") {  // as `wattpurse ledger verify` asks first
            return finding::refused;
        }
        wattpurse::adapter::sqlite::store books{ledger_path};
        const auto report = wattpurse::ledger::audit(books);
        if (!report) {
            return finding::refused;
        }
        if (!report->ok()) {
            return finding::faulted;
        }
        const all_books found{books, of};
        if (!found.same_ledger(expected) || misses_a_key(books, expected)) {
            return finding::wrong;
        }
        return found == expected ? finding::harmless : finding::unsealed;
    } catch (const std::runtime_error&) {
        return finding::refused;
    }
}

}  // namespace

TEST_CASE("a log with a bit changed is read up to the damage, and no further")
{
    const scenario of{21, 6, 3, 6};
    const auto expected = undisturbed(of);
    const disk whole = with_full_log(of);
    const auto before = transactions_before(whole.at(whole.find(log_path).value()).now);
    for (std::size_t frame = 0; frame + 1 < before.size(); ++frame) {
        CAPTURE(frame);
        const auto place = draw({of.seed, frame}) % frame_size;
        disk damaged = whole;
        damaged.flip_bits(log_path, log_header + frame * frame_size + place,
                          static_cast<std::uint8_t>(1U << frame % 8));
        check_log(of, expected, std::move(damaged), before.back() - before[frame]);
    }
}

TEST_CASE("a log that was cut short or filled up with zeros is read up to there")
{
    const scenario of{22, 5, 3, 5};
    const auto expected = undisturbed(of);
    const disk whole = with_full_log(of);
    const file_id id = whole.find(log_path).value();
    const std::size_t size = whole.at(id).now.size();
    const file_bytes& log = whole.at(id).now;
    const auto before = transactions_before(log);
    bool is_filled = false;
    for (std::size_t cut = log_header; cut < size; cut += 3 * sector_size) {
        CAPTURE(cut);
        CAPTURE(is_filled);
        disk damaged = whole;
        damaged.resize(id, cut);
        std::size_t first = cut;  // that is not as it was
        if (is_filled) {
            damaged.resize(id, size);
            const auto at = log.begin() + static_cast<std::ptrdiff_t>(cut);
            first = static_cast<std::size_t>(
                std::find_if(at, log.end(), [](auto byte) { return byte != 0; }) - log.begin());
        }
        is_filled = !is_filled;
        const std::size_t frame = (first - log_header) / frame_size;
        damaged.flush(id);
        check_log(of, expected, std::move(damaged), before.back() - before[frame]);
    }
}

TEST_CASE("a bit changed in the database is found, or has changed nothing in the ledger")
{
    const scenario of{23, 10, 4, 10};
    const auto expected = undisturbed(of);
    const disk whole = with_database(of);
    const std::size_t size = whole.at(whole.find(ledger_path).value()).now.size();
    int found[5] = {};
    const std::size_t stride = 97;  // some forty places in each page
    for (std::size_t place = 0; place < size; place += stride) {
        disk damaged = whole;
        damaged.flip_bits(ledger_path, place, static_cast<std::uint8_t>(1U << place % 8));
        const computer on{std::move(damaged), of.seed};
        const finding what = find_damage(of, expected.back());
        ++found[static_cast<int>(what)];
        CAPTURE(place);
        CHECK(what != finding::wrong);
        CHECK(on.open_files() == 0);
    }
    MESSAGE((size / stride + 1) << " bits: " << found[0] << " times refused, " << found[1]
                              << " times found by the audit, " << found[2]
                              << " times nothing had changed, " << found[3]
                              << " times a row that no seal covers");
    CHECK(found[0] > 0);
    CHECK(found[1] > 0);
    CHECK(found[2] > 0);
}
