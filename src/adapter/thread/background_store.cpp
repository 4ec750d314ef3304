// SPDX-License-Identifier: Apache-2.0
#include <wattpurse/adapter/thread/background_store.hpp>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include <wattpurse/base/assert.hpp>

namespace wattpurse::adapter::thread {

namespace {

/// How long to leave a store in peace that does not do its work inside `submit` either.
constexpr auto poll_pause = std::chrono::milliseconds{1};

/// What `ask` gives, with an exception as an error.
template <class Ask>
auto without_exception(Ask ask) -> decltype(ask())
{
    try {
        return ask();
    } catch (const std::exception& error) {
        return tl::unexpected<std::string>{error.what()};
    } catch (...) {
        return tl::unexpected<std::string>{"an exception of no known kind"};
    }
}

}  // namespace

/// The thread and what it shares. One mutex guards the members for moments only; who uses the
/// other store has `is_used_` set meanwhile, so that `submit` and `poll` never wait for it.
class background_store::worker {
public:
    explicit worker(port::store& books) : books_{books}, thread_{[this] { run(); }} {}

    ~worker()
    {
        {
            const std::lock_guard lock{mutex_};
            is_ending_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    void on_outcome(std::function<void()> wake)
    {
        const std::lock_guard lock{wake_mutex_};
        wake_ = std::move(wake);
    }

    void submit(const port::batch& work)
    {
        port::batch copy = work;
        {
            const std::lock_guard lock{mutex_};
            WATTPURSE_ASSERT(!work_ && !outcome_);
            work_ = std::move(copy);
        }
        changed_.notify_all();
    }

    [[nodiscard]] std::optional<port::commit_outcome> poll()
    {
        const std::lock_guard lock{mutex_};
        return std::exchange(outcome_, std::nullopt);
    }

    /// What `ask` finds in the other store, once no batch is under way.
    template <class Ask>
    auto read(Ask ask) -> decltype(ask(std::declval<port::store&>()))
    {
        std::unique_lock lock{mutex_};
        changed_.wait(lock, [this] { return !work_ && !is_used_; });
        is_used_ = true;
        lock.unlock();
        auto found = without_exception([&] { return ask(books_); });
        lock.lock();
        is_used_ = false;
        lock.unlock();
        changed_.notify_all();
        return found;
    }

    template <class Ask>
    auto read_unless_failed(Ask ask) -> decltype(ask(std::declval<port::store&>()))
    {
        return read([&](port::store& books) -> decltype(ask(books)) {
            if (!failure_.empty()) return tl::unexpected<std::string>{failure_};
            return ask(books);
        });
    }

private:
    void run()
    {
        std::unique_lock lock{mutex_};
        for (;;) {
            changed_.wait(lock, [this] { return work_ ? !is_used_ : is_ending_; });
            if (!work_) return;  // what has been handed over is done first
            is_used_ = true;
            const port::batch work = std::move(*work_);
            lock.unlock();
            port::commit_outcome done = commit(work);
            lock.lock();
            outcome_ = std::move(done);
            work_.reset();
            is_used_ = false;
            lock.unlock();
            changed_.notify_all();
            tell();
            lock.lock();
        }
    }

    [[nodiscard]] port::commit_outcome commit(const port::batch& work)
    {
        // Touched with `is_used_` set only.
        if (!failure_.empty()) return {port::commit_status::failed, failure_};
        try {
            books_.submit(work);
            auto outcome = books_.poll();
            while (!outcome) {
                std::this_thread::sleep_for(poll_pause);
                outcome = books_.poll();
            }
            return *outcome;
        } catch (const std::exception& error) {
            failure_ = error.what();
        } catch (...) {
        }
        if (failure_.empty()) failure_ = "an exception of no known kind";
        return {port::commit_status::failed, failure_};
    }

    void tell()
    {
        const std::lock_guard lock{wake_mutex_};
        if (wake_) wake_();
    }

    port::store& books_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<port::batch> work_;  ///< handed over, no outcome yet
    std::optional<port::commit_outcome> outcome_;
    bool is_used_ = false;
    bool is_ending_ = false;
    std::string failure_;  ///< of an exception; whoever has `is_used_` set may look at it
    std::mutex wake_mutex_;
    std::function<void()> wake_;
    std::thread thread_;  // last: it begins when all else is there
};

background_store::background_store(port::store& books) : worker_{std::make_unique<worker>(books)}
{
}

background_store::~background_store() = default;

void background_store::on_outcome(std::function<void()> wake)
{
    worker_->on_outcome(std::move(wake));
}

result<std::uint64_t, std::string> background_store::fence()
{
    return worker_->read_unless_failed([](port::store& books) { return books.fence(); });
}

void background_store::submit(const port::batch& work) { worker_->submit(work); }

std::optional<port::commit_outcome> background_store::poll() { return worker_->poll(); }

result<port::snapshot, std::string> background_store::load()
{
    return worker_->read([](port::store& books) { return books.load(); });
}

result<std::vector<posting>, std::string> background_store::find_transfer(std::string_view key)
{
    return worker_->read([&](port::store& books) { return books.find_transfer(key); });
}

result<std::vector<posting>, std::string> background_store::linked(std::string_view key)
{
    return worker_->read([&](port::store& books) { return books.linked(key); });
}

result<std::vector<posting>, std::string> background_store::postings(const account_id& account,
                                                                     std::uint64_t after,
                                                                     std::size_t limit)
{
    return worker_->read([&](port::store& books) { return books.postings(account, after, limit); });
}

result<std::vector<posting>, std::string> background_store::blocks(std::uint64_t after_block,
                                                                   std::size_t block_limit,
                                                                   std::vector<block_seal>& seals)
{
    return worker_->read(
        [&](port::store& books) { return books.blocks(after_block, block_limit, seals); });
}

result<std::vector<port::booked_line>, std::string> background_store::booked(
    std::string_view subject_prefix, instant since)
{
    return worker_->read(
        [&](port::store& books) { return books.booked(subject_prefix, since); });
}

result<std::vector<reading>, std::string> background_store::readings(const account_id& account,
                                                                     instant from, instant until)
{
    return worker_->read([&](port::store& books) { return books.readings(account, from, until); });
}

result<std::vector<reading>, std::string> background_store::loose_readings(instant until,
                                                                           std::size_t limit)
{
    return worker_->read([&](port::store& books) { return books.loose_readings(until, limit); });
}

result<std::vector<sealed_day>, std::string> background_store::sealed_days(
    const account_id& account, instant from, instant until)
{
    return worker_->read(
        [&](port::store& books) { return books.sealed_days(account, from, until); });
}

result<std::vector<command>, std::string> background_store::commands()
{
    return worker_->read([](port::store& books) { return books.commands(); });
}

result<std::vector<notice>, std::string> background_store::notices()
{
    return worker_->read([](port::store& books) { return books.notices(); });
}

result<std::vector<event>, std::string> background_store::events()
{
    return worker_->read([](port::store& books) { return books.events(); });
}

}  // namespace wattpurse::adapter::thread
