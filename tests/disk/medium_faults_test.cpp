// SPDX-License-Identifier: Apache-2.0
// The disk is full, fails once, keeps failing, is slow: nothing that was acknowledged is lost,
// no batch is there in part, and when the disk is well again the work goes on.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/sim/draw.hpp>

#include "disk/scenario.hpp"

using namespace test_disk;
using wattpurse::sim::draw;
using sqlite_store = wattpurse::adapter::sqlite::store;

namespace {

constexpr int pages_of_log = 20;  // so that it is copied into the database within a few batches

/// The first trouble of a run, and what was acknowledged before.
struct stop {
    int told = 0;
    std::string words;
};

/// What a program meets that stops at the first trouble.
[[nodiscard]] stop run(const scenario& of)
{
    stop end;
    end.words = work_on(of, [&end](int i) { end.told = i; });
    return end;
}

/// All that was acknowledged is there, and at most the batch under way.
void check_whole(const scenario& of, const std::vector<all_books>& expected, int told)
{
    int held = -1;
    const std::string fault = inspect(of, expected, held);
    CHECK_MESSAGE(fault.empty(), fault);
    CHECK((held == told || held == told + 1));
}

void check_goes_on(const scenario& of, const std::vector<all_books>& expected, int told)
{
    check_whole(of, expected, told);
    const stop end = run(of);
    CHECK_MESSAGE(end.words.empty(), end.words);
    int held = 0;
    CHECK(inspect(of, expected, held).empty());
    CHECK(held == of.batches);
    CHECK(integrity() == "ok");
}

/// A run in which `meets` decides on every request, and what comes after: with the power on and
/// the disk well again, and after a power cut. Returns whether anything went wrong at all.
bool survives(const scenario& of, const std::vector<all_books>& expected,
              const computer::fault& meets)
{
    bool fired = false;
    stop end;
    disk cut;
    {
        computer on{{}, of.seed};
        on.set_fault([&](const request& asked) {
            const int code = meets(asked);
            fired = fired || code != SQLITE_OK;
            return code;
        });
        end = run(of);
        cut = on.disk().after_power_cut(draw({of.seed, 30, on.requests()}));
        on.set_fault({});
        CHECK((end.words.empty() == (end.told == of.batches)));
        CHECK((fired || end.words.empty()));
        check_goes_on(of, expected, end.told);
        CHECK(on.open_files() == 0);
    }
    const computer after{std::move(cut), of.seed};
    check_goes_on(of, expected, end.told);
    return fired;
}

/// Commits up to the batch before, and then meets a disk whose next flush fails, and which is well
/// again afterwards. The store does not trust it any more.
void meet_failing_flush(computer& on, const scenario& of, sqlite_store& books, int batch)
{
    using wattpurse::port::commit_status;
    test_books::writer hand{books};
    for (int i = 1; i < batch; ++i) {
        REQUIRE(hand.commit(batch_of(hand, of, i)).status == commit_status::committed);
    }
    bool failed = false;
    on.set_fault([&failed](const request& asked) {
        const bool hit = asked.what == call::flush && !std::exchange(failed, true);
        return hit ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    });
    const auto outcome = hand.commit(batch_of(hand, of, batch));
    on.set_fault({});
    CHECK(outcome.status == commit_status::failed);
    CHECK_FALSE(outcome.detail.empty());
    CHECK(hand.commit(batch_of(hand, of, batch)).status == commit_status::failed);
    CHECK_FALSE(books.fence().has_value());
}

/// The n-th request that `matters`, counted from 1.
class nth {
public:
    nth(int n, std::function<bool(const request&)> matters) : n_{n}, matters_{std::move(matters)}
    {
    }
    /// Whether the request is the n-th, or a later one.
    [[nodiscard]] int place(const request& asked)
    {
        count_ += matters_(asked) ? 1 : 0;
        return !matters_(asked) || count_ < n_ ? -1 : count_ - n_;
    }

private:
    int n_;
    int count_ = 0;
    std::function<bool(const request&)> matters_;
};

[[nodiscard]] int error_for(call what)
{
    switch (what) {
    case call::read: return SQLITE_IOERR_READ;
    case call::write: return SQLITE_IOERR_WRITE;
    case call::flush: return SQLITE_IOERR_FSYNC;
    case call::resize: return SQLITE_IOERR_TRUNCATE;
    case call::remove: return SQLITE_IOERR_DELETE;
    case call::open: return SQLITE_CANTOPEN;
    case call::look: return SQLITE_IOERR_ACCESS;
    }
    return SQLITE_IOERR;
}

}  // namespace

TEST_CASE("an error at every single call of the disk, once and for good, until none is left")
{
    const connection_settings settings{pages_of_log};
    const scenario of{7, 4, 2, 2};
    const auto expected = undisturbed(of);
    for (const bool for_good : {false, true}) {
        int n = 1;
        for (; n < 10'000; ++n) {
            CAPTURE(n);
            nth counted{n, [](const request&) { return true; }};
            const bool fired = survives(of, expected, [&](const request& asked) {
                const int place = counted.place(asked);
                const bool hit = for_good ? place >= 0 : place == 0;
                return hit ? error_for(asked.what) : SQLITE_OK;
            });
            if (!fired) {
                break;
            }
        }
        MESSAGE((n - 1) << " calls failed, "
                    << std::string{for_good ? "with all after them" : "once each"});
        CHECK(n > 200);
        CHECK(n < 10'000);
    }
}

TEST_CASE("a disk that is full from the n-th write on, for every n, and has space again later")
{
    const connection_settings settings{pages_of_log};
    const scenario of{8, 5, 3, 3};
    const auto expected = undisturbed(of);
    int n = 1;
    for (; n < 10'000; ++n) {
        CAPTURE(n);
        nth counted{n, [](const request& asked) { return asked.what == call::write; }};
        const bool fired = survives(of, expected, [&counted](const request& asked) {
            return counted.place(asked) >= 0 ? SQLITE_FULL : SQLITE_OK;
        });
        if (!fired) {
            break;
        }
    }
    MESSAGE((n - 1) << " writes found the disk full");
    CHECK(n > 100);
    CHECK(n < 10'000);
}

TEST_CASE("a full disk is named, the store takes no more, and what it holds can be read")
{
    const scenario of{9, 4, 2, 4};
    const auto expected = undisturbed(of);
    computer on{{}, of.seed};
    {
        sqlite_store books{ledger_path};
        test_books::writer hand{books};
        REQUIRE(hand.commit(batch_of(hand, of, 1)).status ==
                wattpurse::port::commit_status::committed);
        on.set_fault([](const request& asked) {
            return asked.what == call::write ? SQLITE_FULL : SQLITE_OK;
        });
        const auto full = hand.commit(batch_of(hand, of, 2));
        CHECK(full.status == wattpurse::port::commit_status::failed);
        CHECK_MESSAGE(full.detail.find("full") != std::string::npos, full.detail);
        CHECK(all_books{books, of} == expected[1]);
        on.set_fault({});
        const auto later = hand.commit(batch_of(hand, of, 2));
        CHECK(later.status == wattpurse::port::commit_status::failed);
        CHECK(later.detail == full.detail);
        on.set_fault([](const request& asked) {
            return asked.what == call::write ? SQLITE_FULL : SQLITE_OK;
        });
    }
    check_whole(of, expected, 1);  // opened and read while the disk is full
    on.set_fault({});
    check_goes_on(of, expected, 1);
}

TEST_CASE("a flush that fails: the store says so for ever, and nothing acknowledged is lost")
{
    const scenario of{10, 6, 3, 6};
    const auto expected = undisturbed(of);
    for (int batch = 1; batch < of.batches; ++batch) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            CAPTURE(batch);
            CAPTURE(seed);
            disk cut;
            {
                computer on{{}, seed};
                {
                    sqlite_store books{ledger_path};
                    meet_failing_flush(on, of, books, batch);
                    cut = on.disk().after_power_cut(seed);
                }
                check_goes_on(of, expected, batch - 1);
            }
            const computer after{std::move(cut), seed};
            check_goes_on(of, expected, batch - 1);
        }
    }
}

// The next program reads what the disk does not have, from the memory of the system.
TEST_CASE("a flush that fails, a killed program, the next one goes on, and then the power fails")
{
    const scenario of{10, 6, 3, 6};
    const auto expected = undisturbed(of);
    for (int batch = 1; batch < of.batches; ++batch) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            CAPTURE(batch);
            CAPTURE(seed);
            disk left;
            {
                computer on{{}, seed};
                sqlite_store books{ledger_path};
                meet_failing_flush(on, of, books, batch);
                on.stop();
                left = on.disk();
            }
            int told = 0;
            {
                computer on{std::move(left), seed + 1'000};
                static_cast<void>(work_on(of, [&](int i) {
                    told = i;
                    on.stop();
                }));
                left = on.disk().after_power_cut(seed);
            }
            CHECK(told >= batch);
            const computer after{std::move(left), seed};
            check_goes_on(of, expected, told);
        }
    }
}

TEST_CASE("a slow disk holds back its caller, one batch at a time, and nothing piles up")
{
    const connection_settings settings{pages_of_log};
    const scenario of{11, 12, 3, 12};
    constexpr int flush_ms = 2'000;
    int clock_ms = 0;
    computer on{{}, of.seed};
    on.set_fault([&clock_ms](const request& asked) {
        clock_ms += asked.what == call::flush ? flush_ms : 0;
        return SQLITE_OK;
    });
    sqlite_store books{ledger_path};
    test_books::writer hand{books};
    for (int i = 1; i <= of.batches; ++i) {
        const auto work = batch_of(hand, of, i);
        CHECK(on.disk().pending_bytes() == 0);
        CHECK_FALSE(books.poll().has_value());
        const int before_ms = clock_ms;
        books.submit(work);
        // One flush, or those of copying the log as well: never an answer before the disk's.
        CHECK(clock_ms - before_ms >= flush_ms);
        CHECK(clock_ms - before_ms <= 5 * flush_ms);
        CHECK(on.disk().pending_bytes() == 0);
        const auto outcome = books.poll();
        REQUIRE(outcome.has_value());
        CHECK(outcome->status == wattpurse::port::commit_status::committed);
        CHECK_FALSE(books.poll().has_value());
        if (!hand.journal.empty()) {
            hand.journal.accept();
        }
    }
    CHECK(all_books{books, of} == undisturbed(of).back());
}
