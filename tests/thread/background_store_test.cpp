// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/thread/background_store.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <wattpurse/port/memory_store.hpp>

#include "engine/wrapped_store.hpp"
#include "port/store_conformance.hpp"
#if __has_include(<sqlite3.h>)
#include "sqlite/temporary_books.hpp"
#endif

using namespace test_books;
using adapter::thread::background_store;
using port::commit_status;

namespace {

class background_memory {
public:
    port::store& store() { return *books_; }
    void reopen()
    {
        books_.reset();
        books_ = std::make_unique<background_store>(medium_);
    }

private:
    port::memory_store medium_;
    std::unique_ptr<background_store> books_ = std::make_unique<background_store>(medium_);
};

#if __has_include(<sqlite3.h>)
class background_sqlite {
public:
    background_sqlite() { reopen(); }
    port::store& store() { return *books_; }
    void reopen()
    {
        books_.reset();
        file_.reset();
        file_ = std::make_unique<adapter::sqlite::store>(directory_ / "ledger.db");
        books_ = std::make_unique<background_store>(*file_);
    }

private:
    temporary_directory directory_;
    std::unique_ptr<adapter::sqlite::store> file_;
    std::unique_ptr<background_store> books_;
};
#endif

/// A disk that stands still until it is told to go on.
class stopped_store final : public test_stores::wrapped_store {
public:
    void submit(const port::batch& work) override
    {
        std::unique_lock lock{mutex_};
        is_asked_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return goes_on_; });
        books_.submit(work);
    }
    void wait_until_asked()
    {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return is_asked_; });
    }
    void go_on()
    {
        const std::lock_guard lock{mutex_};
        goes_on_ = true;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_asked_ = false;
    bool goes_on_ = false;
};

/// Throws at the second batch, and in every look at commands.
class throwing_store final : public test_stores::wrapped_store {
public:
    void submit(const port::batch& work) override
    {
        if (++batches == 2) throw std::runtime_error{"out of memory, say"};
        books_.submit(work);
    }
    result<std::vector<command>, std::string> commands() override
    {
        throw std::runtime_error{"a row that nobody wrote"};
    }
    std::atomic<int> batches = 0;
};

transfer paid(int i)
{
    return move("t/" + std::to_string(i), posting_kind::top_up, "house.payments", "F01", "1.5", i);
}

port::commit_outcome outcome_of(port::store& books)
{
    auto polled = books.poll();
    for (; !polled; polled = books.poll()) std::this_thread::yield();
    return *polled;
}

}  // namespace

TYPE_TO_STRING(background_memory);
TEST_CASE_TEMPLATE_INVOKE(store_conformance, background_memory);
#if __has_include(<sqlite3.h>)
TYPE_TO_STRING(background_sqlite);
TEST_CASE_TEMPLATE_INVOKE(store_conformance, background_sqlite);
#endif

TEST_CASE("a disk that stands still holds up neither submit nor poll")
{
    stopped_store disk;
    background_store books{disk};
    writer hand{books};
    CHECK_FALSE(books.poll().has_value());
    books.submit(hand.staged({paid(1)}, 1));
    disk.wait_until_asked();
    for (int i = 0; i < 1000; ++i) REQUIRE_FALSE(books.poll().has_value());
    disk.go_on();
    CHECK(outcome_of(books).status == commit_status::committed);
    CHECK_FALSE(books.poll().has_value());  // told once
    CHECK(books.find_transfer("t/1").value().size() == 2);
}

TEST_CASE("the batch that was handed over is a copy")
{
    stopped_store disk;
    background_store books{disk};
    writer hand{books};
    {
        auto work = hand.staged({paid(1)}, 1);
        books.submit(work);
        work = {};
    }
    disk.go_on();
    CHECK(outcome_of(books).status == commit_status::committed);
    CHECK(books.find_transfer("t/1").value().size() == 2);
}

TEST_CASE("who reads waits for the batch under way and finds it")
{
    stopped_store disk;
    background_store books{disk};
    writer hand{books};
    books.submit(hand.staged({paid(1)}, 1));
    std::atomic<bool> is_read = false;
    std::size_t found = 0;
    std::thread reader{[&] {
        found = books.find_transfer("t/1").value().size();
        is_read = true;
    }};
    disk.wait_until_asked();
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    CHECK_FALSE(is_read);
    disk.go_on();
    reader.join();
    CHECK(found == 2);
    CHECK(books.poll().value().status == commit_status::committed);  // nobody has taken it away
}

TEST_CASE("the end of the store waits for the batch under way")
{
    stopped_store disk;
    std::thread later;
    {
        background_store books{disk};
        writer hand{books};
        books.submit(hand.staged({paid(1)}, 1));
        later = std::thread{[&disk] {
            disk.wait_until_asked();
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
            disk.go_on();
        }};
    }
    later.join();
    CHECK(disk.find_transfer("t/1").value().size() == 2);
}

TEST_CASE("an exception of the other store is a failure, for ever; of one that reads, an error")
{
    throwing_store other;
    background_store books{other};
    writer hand{books};
    CHECK(hand.post({paid(1)}, 1).status == commit_status::committed);
    const auto thrown = hand.post({paid(2)}, 2);
    CHECK(thrown.status == commit_status::failed);
    CHECK(thrown.detail == "out of memory, say");
    const auto later = hand.post({paid(3)}, 3);
    CHECK(later.status == commit_status::failed);
    CHECK(later.detail == thrown.detail);
    CHECK(other.batches == 2);
    CHECK(books.fence().error() == thrown.detail);
    CHECK(books.commands().error() == "a row that nobody wrote");
    CHECK(books.find_transfer("t/1").value().size() == 2);  // what there is can still be read
    CHECK(books.find_transfer("t/3").value().empty());
}

TEST_CASE("a store that is asked in vain for a while is asked on")
{
    test_stores::slow_store other{3};
    background_store books{other};
    writer hand{books};
    CHECK(hand.post({paid(1)}, 1).status == commit_status::committed);
    CHECK(hand.post({paid(2)}, 2).status == commit_status::committed);
    CHECK(ledger::audit(books).value().ok());
}

TEST_CASE("whoever wants to know is woken when an outcome can be polled, until it says so")
{
    port::memory_store medium;
    background_store books{medium};
    writer hand{books};
    std::mutex mutex;
    std::condition_variable changed;
    int woken = 0;
    books.on_outcome([&] {
        const std::lock_guard lock{mutex};
        ++woken;
        changed.notify_all();
    });
    for (int i = 1; i <= 3; ++i) {
        const auto work = hand.staged({paid(i)}, i);
        books.submit(work);
        {
            std::unique_lock lock{mutex};
            changed.wait(lock, [&] { return woken == i; });
        }
        CHECK(books.poll().value().status == commit_status::committed);
        hand.journal.accept();
    }
    books.on_outcome({});
    CHECK(hand.post({paid(4)}, 4).status == commit_status::committed);
    books.on_outcome({});  // waits for whoever is being woken
    CHECK(woken == 3);
}

TEST_CASE("one writes, others read: what they see are whole batches")
{
    port::memory_store medium;
    background_store books{medium};
    writer hand{books};
    std::atomic<bool> is_over = false;
    std::atomic<int> torn = 0;
    std::vector<std::thread> readers;
    for (int n = 0; n < 3; ++n) {
        readers.emplace_back([&] {
            std::size_t before = 0;
            while (!is_over) {
                const auto rows = books.postings(account("F01"), 0, 10'000).value();
                const auto others = books.postings(account("house.payments"), 0, 10'000).value();
                torn += rows.size() < before || rows.size() > others.size() ? 1 : 0;
                before = rows.size();
            }
        });
    }
    for (int i = 1; i <= 300; ++i) {
        REQUIRE(hand.post({paid(i)}, i).status == commit_status::committed);
    }
    is_over = true;
    for (auto& each : readers) each.join();
    CHECK(torn == 0);
    CHECK(ledger::audit(books).value().postings == 600);
}
