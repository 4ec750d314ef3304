// SPDX-License-Identifier: Apache-2.0
//
// What callers gain who share a durable commit: many at a time through one writer, beside a commit
// for each of them, over the same SQLite file with synchronous=FULL. Commits wait for the disk, so
// they are timed by the clock on the wall.
#ifdef WATTPURSE_WITH_THREAD

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <wattpurse/adapter/sqlite/store.hpp>
#include <wattpurse/adapter/thread/background_store.hpp>
#include <wattpurse/engine/book_writer.hpp>
#include <wattpurse/ledger/audit.hpp>

#include "bench.hpp"

namespace wattpurse::bench {
namespace {

using clock = std::chrono::steady_clock;
using engine::book_writer;

constexpr currency cny{"CNY"};
constexpr std::size_t account_count = 10'000;
constexpr std::size_t callers = 256;
constexpr duration linger{2};

transfer payment(std::size_t number)
{
    static const account_id till = account_id::parse("house:payments").value();
    const auto flat = account_id::parse("F" + std::to_string(10'000 + number % account_count));
    const money paid{money::amount_type::of(static_cast<std::int64_t>(number % 997) + 1), cny};
    transfer out;
    out.key = "top_up/" + std::to_string(number);
    out.kind = posting_kind::top_up;
    out.legs = {{*flat, paid}, {till, -paid}};
    return out;
}

/// The writer's clock: milliseconds of the wall.
instant now()
{
    return instant{std::chrono::duration_cast<duration>(clock::now().time_since_epoch())};
}

struct folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() /
                                 ("wattpurse_group_bench_" + std::to_string(getpid()));
    folder() { std::filesystem::create_directory(path); }
    ~folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    [[nodiscard]] std::string fresh() { return (path / std::to_string(++count)).string(); }
    int count = 0;
};

/// A thread that sleeps until the disk has answered, or for so long.
class sleeper {
public:
    void wake()
    {
        const std::lock_guard lock{mutex_};
        is_awake_ = true;
        changed_.notify_one();
    }
    void sleep(clock::duration most)
    {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, most, [this] { return is_awake_; });
        is_awake_ = false;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_awake_ = false;
};

/// The books with their writer, on a disk of its own thread.
struct till {
    explicit till(const std::string& file)
        : on_disk{file}, books{on_disk}, writer{cny, books, {linger, 1'000, 16'000}}
    {
        books.on_outcome([this] { rest.wake(); });
        require(writer.start().has_value(), "the writer does not start");
    }
    ~till() { books.on_outcome({}); }
    till(const till&) = delete;
    till& operator=(const till&) = delete;

    void post(std::size_t number)
    {
        require(writer.post(payment(number), now()).has_value(), "a transfer is not taken");
    }

    adapter::sqlite::store on_disk;
    sleeper rest;
    adapter::thread::background_store books;
    book_writer writer;
};

/// Callers each of whom posts the next transfer when the one before is answered; transfers/s.
double together(const std::string& file, std::size_t total)
{
    till at{file};
    const auto begin = clock::now();
    std::size_t posted = 0;
    std::size_t done = 0;
    while (posted < callers) at.post(posted++);
    while (done < total) {
        at.writer.advance(now());
        const auto answers = at.writer.take_answers();
        for (const auto& each : answers) {
            require(each.what == engine::answer::kind::committed, "a transfer is refused");
            ++done;
            if (posted < total) at.post(posted++);
        }
        if (answers.empty()) at.rest.sleep(std::chrono::milliseconds{1});
    }
    const std::chrono::duration<double> took = clock::now() - begin;
    require(ledger::audit(at.books).value().postings == 2 * total, "the books are not whole");
    return static_cast<double>(total) / took.count();
}

/// The same writer, a commit for each transfer.
double one_by_one(const std::string& file, std::size_t total)
{
    adapter::sqlite::store books{file};
    book_writer writer{cny, books, {duration{0}, 2, 16'000}};
    require(writer.start().has_value(), "the writer does not start");
    const auto begin = clock::now();
    for (std::size_t i = 0; i < total; ++i) {
        require(writer.post(payment(i), now()).has_value(), "a transfer is not taken");
        writer.advance(now());
        const auto told = writer.take_answers();
        require(told.size() == 1 && told[0].what == engine::answer::kind::committed,
                "a transfer is refused");
    }
    const std::chrono::duration<double> took = clock::now() - begin;
    return static_cast<double>(total) / took.count();
}

double at_99(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() * 99 / 100];
}

/// How long a caller waits, at so many transfers a second that come when they come; p99 in ms.
double waiting(const std::string& file, std::size_t total, double rate)
{
    till at{file};
    std::vector<clock::time_point> due(total);
    std::vector<double> waited;
    const auto begin = clock::now();
    for (std::size_t i = 0; i < total; ++i) {
        due[i] = begin + std::chrono::duration_cast<clock::duration>(
                             std::chrono::duration<double>(static_cast<double>(i) / rate));
    }
    std::size_t posted = 0;
    while (waited.size() < total) {
        while (posted < total && due[posted] <= clock::now()) at.post(posted++);
        at.writer.advance(now());
        const auto answers = at.writer.take_answers();
        const auto seen = clock::now();
        for (const auto& each : answers) {
            const auto since = seen - due[static_cast<std::size_t>(each.ticket - 1)];
            waited.push_back(std::chrono::duration<double, std::milli>(since).count());
        }
        if (!answers.empty()) continue;
        auto until = clock::now() + std::chrono::milliseconds{1};
        if (posted < total) until = std::min(until, due[posted]);
        at.rest.sleep(until - clock::now());
    }
    return at_99(std::move(waited));
}

/// Writes a page and flushes it, as often; p99 in ms.
double flushes(const std::string& name, int count)
{
    const int file = open(name.c_str(), O_CREAT | O_WRONLY, 0600);
    require(file >= 0, "no file to flush");
    const std::array<char, 4096> page{};
    std::vector<double> took;
    for (int i = 0; i < count; ++i) {
        const auto begin = clock::now();
        require(pwrite(file, page.data(), page.size(), i * 4096L) == 4096 &&
                    fdatasync(file) == 0,
                "a flush fails");
        took.push_back(
            std::chrono::duration<double, std::milli>(clock::now() - begin).count());
    }
    close(file);
    return at_99(std::move(took));
}

void run(report& out)
{
    constexpr int rounds = 5;
    constexpr std::size_t shared = 20'000;
    constexpr std::size_t alone = 400;
    folder disk;
    std::array<std::vector<double>, 2> rates;
    for (int i = 0; i < rounds; ++i) {
        rates[0].push_back(together(disk.fresh(), shared));
        rates[1].push_back(one_by_one(disk.fresh(), alone));
    }
    const double ours = median(rates[0]);
    const double single = median(rates[1]);
    out.push_back({"ledger.group_commit.vs_single", ours, "transfers/s",
                   "a commit for each of 256 callers", single, ours / single});

    std::array<std::vector<double>, 2> waits;
    for (int i = 0; i < rounds; ++i) {
        waits[0].push_back(waiting(disk.fresh(), shared / 2, ours / 2));
        waits[1].push_back(2.0 + 2 * flushes(disk.fresh(), 500));
    }
    const double waited = median(waits[0]);
    const double bound = median(waits[1]);
    out.push_back({"ledger.group_commit.p99_at_half", waited, "ms",
                   "linger + 2 x p99 of write and fdatasync", bound, bound / waited});
}

const registration registered{"group_commit", run};

}  // namespace
}  // namespace wattpurse::bench

#endif
